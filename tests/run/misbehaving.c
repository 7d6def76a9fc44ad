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
	{ "how", CNNVIZ_PARAMETER_ENUM, .default_value = "fail", .choices = ways,
			.summary = "which fault to show" },
	{ "item", CNNVIZ_PARAMETER_INT, .default_value = "0", .minimum = 0,
			.maximum = 100,
			.summary = "random stream of the picture that is at fault" },
};

static cnnviz_status zeros(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, int64_t more_items, int64_t more_width,
		cnnviz_tensor **made)
{
	const int64_t *input = host->tensor->shape(batch->inputs);

	return host->tensor->create(job, 4,
			(const int64_t[]){ input[0] + more_items, 1, input[2],
					input[3] + more_width },
			made);
}

static cnnviz_status give_value(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, uint64_t stream, float value,
		cnnviz_tensor **maps)
{
	cnnviz_status status = zeros(host, job, batch, 0, 0, maps);

	for (uint32_t n = 0; n < batch->count && status == CNNVIZ_OK; n++) {
		int64_t size = host->tensor->count(*maps) / batch->count;
		float *map = host->tensor->mutable_data(*maps) + n * size;

		map[0] = 1;
		if (batch->streams[n] == stream) {
			map[size - 1] = value;
		}
	}
	return status;
}

/* A backward pass from a layer that was not captured, or with a misshapen seed */
static cnnviz_status go_wrong(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, int64_t how)
{
	const int32_t logits = CNNVIZ_LAYER_LOGITS;
	const int32_t start = how == UNCAPTURED ? 1 : logits;
	const int32_t input = CNNVIZ_LAYER_INPUT;
	cnnviz_pass *pass = NULL;
	cnnviz_tensor *gradient = NULL, *seed = NULL;
	cnnviz_status status = zeros(host, job, batch, 0, 0, &seed);

	if (status == CNNVIZ_OK) {
		status = host->pass->forward(job, batch->inputs, 1, &logits, &pass);
	}
	if (status == CNNVIZ_OK) {
		status = host->pass->backward(job, pass, CNNVIZ_RULE_PLAIN, 1, &start,
				(const cnnviz_tensor *const *)&seed, 1, &input,
				&gradient);
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
	cnnviz_random *random = NULL;
	cnnviz_status status = host->pass->forward(job, batch->inputs, 1, &logits, &pass);

	if (status == CNNVIZ_OK) {
		status = host->random->create(job, 1, &random);
	}
	return status != CNNVIZ_OK ? status : give_value(host, job, batch, 0, 2, maps);
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
		return give_value(host, job, batch, stream, NAN, maps);
	case INFINITE:
		return give_value(host, job, batch, stream, INFINITY, maps);
	case WRONG_COUNT:
		return zeros(host, job, batch, 1, 0, maps);
	case WRONG_SIZE:
		return zeros(host, job, batch, 0, 1, maps);
	case NO_MAPS:
		return CNNVIZ_OK;
	case UNDECLARED:
		host->parameter->real(job, "temperature");
		return give_value(host, job, batch, stream, 2, maps);
	case WRONG_TYPE:
		host->parameter->boolean(job, "item");
		return give_value(host, job, batch, stream, 2, maps);
	case UNCAPTURED:
	case WRONG_SEED:
		return go_wrong(host, job, batch, how);
	case ARTIFACT:
		return host->artifact->scalar(job, "scalar", NULL, 1);
	case LEAK:
		return leak(host, job, batch, maps);
	default:
		return host->fail(job, CNNVIZ_ERROR_UNSUPPORTED,
				"picture %lu is not to its taste",
				(unsigned long)batch->streams[0]);
	}
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("misbehaving", "1.0"),
	.summary = "Breaks its contract",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_GRADIENT,
	.attribute = attribute,
};

CNNVIZ_PLUGIN(technique)
