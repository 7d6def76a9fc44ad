/*
 * An attribution that breaks its contract in the way selected by a parameter, or fails
 * as it should.
 */
#include <math.h>

#include <cnnviz/cnnviz.h>

enum {
	FAIL,
	SILENT,
	NOT_A_NUMBER,
	INFINITE,
	WRONG_COUNT,
	WRONG_SIZE,
	NO_MAPS,
	UNDECLARED,
	WRONG_TYPE,
	UNCAPTURED,
	WRONG_SEED,
	ARTIFACT,
	LEAK,
};

static const char *const ways[] = {
	"fail",
	"silent",
	"not_a_number",
	"infinite",
	"wrong_count",
	"wrong_size",
	"no_maps",
	"undeclared",
	"wrong_type",
	"uncaptured",
	"wrong_seed",
	"artifact",
	"leak",
	NULL,
};

static const cnnviz_parameter parameters[] = {
	{
			.name = "how",
			.type = CNNVIZ_PARAMETER_ENUM,
			.default_value = "fail",
			.choices = ways,
			.summary = "which fault to show",
	},
	{
			.name = "item",
			.type = CNNVIZ_PARAMETER_INT,
			.default_value = "0",
			.minimum = 0,
			.maximum = 100,
			.summary = "random stream of the picture that is at fault",
	},
};

static cnnviz_tensor *zeros(const cnnviz_host *host, const cnnviz_batch *batch,
		int64_t more_items, int64_t more_width)
{
	const int64_t *input = host->tensor->shape(batch->inputs);

	return host->tensor->create(4,
			(const int64_t[]){ input[0] + more_items, 1, input[2],
					input[3] + more_width });
}

static cnnviz_status give_value(const cnnviz_host *host, const cnnviz_batch *batch,
		uint64_t stream, float value, cnnviz_tensor **maps)
{
	cnnviz_tensor *result = zeros(host, batch, 0, 0);
	int64_t size = host->tensor->count(result) / batch->count;

	for (uint32_t n = 0; n < batch->count; n++) {
		host->tensor->mutable_data(result)[n * size] = 1;
		if (batch->streams[n] == stream) {
			host->tensor->mutable_data(result)[n * size + size - 1] = value;
		}
	}
	*maps = result;
	return CNNVIZ_OK;
}

/* A backward pass from a layer that was not captured, or with a misshapen seed */
static cnnviz_status go_wrong(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, int64_t how)
{
	const int32_t logits = CNNVIZ_LAYER_LOGITS;
	const int32_t start = how == UNCAPTURED ? 1 : logits;
	const int32_t input = CNNVIZ_LAYER_INPUT;
	cnnviz_pass *pass = NULL;
	cnnviz_tensor *gradient = NULL;
	cnnviz_tensor *seed = zeros(host, batch, 0, 0);
	const cnnviz_tensor *const seeds[] = { seed };
	cnnviz_status status = host->pass->forward(job, batch->inputs, 1, &logits, &pass);

	if (status == CNNVIZ_OK) {
		status = host->pass->backward(job, pass, CNNVIZ_RULE_PLAIN, 1, &start,
				seeds, 1, &input, &gradient);
	}
	host->tensor->unref(seed);
	host->pass->unref(pass);
	return status;
}

/* Gives right maps, but keeps a pass, a stream and a tensor */
static cnnviz_status leak(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	const int32_t logits = CNNVIZ_LAYER_LOGITS;
	cnnviz_pass *pass = NULL;
	cnnviz_status status = host->pass->forward(job, batch->inputs, 1, &logits, &pass);

	host->random->create(job, 1);
	return status != CNNVIZ_OK ? status : give_value(host, batch, 0, 2, maps);
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	int64_t how = host->parameter->integer(job, "how");
	uint64_t stream = (uint64_t)host->parameter->integer(job, "item");

	switch (how) {
	case SILENT:
		return CNNVIZ_ERROR_ENGINE;
	case NOT_A_NUMBER:
		return give_value(host, batch, stream, NAN, maps);
	case INFINITE:
		return give_value(host, batch, stream, INFINITY, maps);
	case WRONG_COUNT:
		*maps = zeros(host, batch, 1, 0);
		return CNNVIZ_OK;
	case WRONG_SIZE:
		*maps = zeros(host, batch, 0, 1);
		return CNNVIZ_OK;
	case NO_MAPS:
		return CNNVIZ_OK;
	case UNDECLARED:
		host->parameter->real(job, "temperature");
		return give_value(host, batch, stream, 2, maps);
	case WRONG_TYPE:
		host->parameter->boolean(job, "item");
		return give_value(host, batch, stream, 2, maps);
	case UNCAPTURED:
	case WRONG_SEED:
		return go_wrong(host, job, batch, how);
	case ARTIFACT:
		return host->artifact->figure(job, "figure", 1);
	case LEAK:
		return leak(host, job, batch, maps);
	default:
		return host->fail(job, CNNVIZ_ERROR_UNSUPPORTED,
				"picture %lu is not to its taste",
				(unsigned long)batch->streams[0]);
	}
}

static const cnnviz_technique technique = {
	.abi_major = CNNVIZ_ABI_MAJOR,
	.abi_minor = CNNVIZ_ABI_MINOR,
	.struct_size = sizeof(cnnviz_technique),
	.kind = CNNVIZ_KIND_ATTRIBUTION,
	.name = "misbehaving",
	.version = "1.0",
	.summary = "Breaks its contract",
	.parameters = parameters,
	.parameter_count = sizeof(parameters) / sizeof(parameters[0]),
	.parameter_size = sizeof(cnnviz_parameter),
	.map_style = CNNVIZ_MAP_GRADIENT,
	.attribute = attribute,
};

CNNVIZ_PLUGIN(technique)
