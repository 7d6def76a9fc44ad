/**
 * \file    run/centered.c
 * \brief   An attribution with private data: pictures less the mean of the run's
 *          pictures, or of further ones
 *
 * `fault` says what goes wrong, so that tests see what becomes of it. `destroyed` in the
 * environment names a file that gets a byte for each call of destroy().
 */
#include <stdio.h>
#include <stdlib.h>

#include <cnnviz/cnnviz.h>

enum fault {
	NONE,
	IN_CREATE,
	IN_PREPARED,
	ON_DOTS,   /* in prepare(): the picture whose stream is 1 */
	TOGETHER,  /* in prepare(): with more than one picture */
	LEAK,      /* a tensor of the data is not released */
	TOO_EARLY, /* prepare() gives a result */
};

static const char *const faults[] = { "none", "create", "prepared", "dots", "together",
	"leak", "early", NULL };

static const cnnviz_parameter parameters[] = {
	{ "from", CNNVIZ_PARAMETER_PICTURES,
			.summary = "pictures whose mean is taken in place of the run's" },
	{ "fault", CNNVIZ_PARAMETER_ENUM, .default_value = "none", .choices = faults,
			.summary = "what goes wrong" },
	{ "base", CNNVIZ_PARAMETER_JOB, .default_value = "vanilla_bp",
			.summary = "job whose maps are computed in prepare(), too" },
};

struct data {
	cnnviz_tensor *mean; /* (1,C,H,W); a sum until prepared() */
	int64_t pictures;
	bool leak;
};

static cnnviz_status create(const cnnviz_host *host, cnnviz_job *job, void **place)
{
	int64_t fault = host->parameter->integer(job, "fault");
	struct data *data = NULL;

	if (fault == IN_CREATE || host->job_data(job) != NULL) {
		return host->fail(job, CNNVIZ_ERROR_INPUT, "create was asked to fail");
	}
	data = calloc(1, sizeof(*data));
	if (data == NULL) {
		return host->fail(job, CNNVIZ_ERROR_MEMORY, "out of memory");
	}
	data->leak = fault == LEAK;
	*place = data;
	return CNNVIZ_OK;
}

static void destroy(const cnnviz_host *host, void *place)
{
	struct data *data = place;
	const char *path = getenv("destroyed");
	FILE *file = path != NULL ? fopen(path, "a") : NULL;

	if (file != NULL) {
		fputc('.', file);
		fclose(file);
	}
	if (!data->leak) {
		host->tensor->unref(data->mean);
	}
	free(data);
}

/** Add inputs to the sum; nothing is changed where that fails. */
static cnnviz_status add(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_tensor *inputs)
{
	struct data *data = host->job_data(job);
	const int64_t *shape = host->tensor->shape(inputs);
	int64_t size = shape[1] * shape[2] * shape[3];

	if (data->mean == NULL) {
		cnnviz_status status = host->tensor->create(job, 4,
				(const int64_t[]){ 1, shape[1], shape[2], shape[3] },
				&data->mean);

		if (status != CNNVIZ_OK) {
			return status;
		}
	}
	for (int64_t i = 0; i < host->tensor->count(inputs); i++) {
		host->tensor->mutable_data(data->mean)[i % size] +=
				host->tensor->data(inputs)[i];
	}
	data->pictures += shape[0];
	return CNNVIZ_OK;
}

static cnnviz_status prepare(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	int64_t fault = host->parameter->integer(job, "fault");
	const cnnviz_tensor *maps = NULL;

	for (uint32_t n = 0; n < batch->count; n++) {
		if (fault == ON_DOTS && batch->streams[n] == 1) {
			return host->fail(job, CNNVIZ_ERROR_INPUT, "dots are not liked");
		}
	}
	if (fault == TOGETHER && batch->count > 1) {
		return host->fail(job, CNNVIZ_ERROR_MEMORY, "too many pictures");
	}
	if (fault == TOO_EARLY) {
		return host->artifact->map_scalar(job, 0, "early", 1);
	}
	cnnviz_status status = host->attribution->run(job, "base", batch, &maps);

	return status != CNNVIZ_OK || host->parameter->is_set(job, "from")
			? status
			: add(host, job, batch->inputs);
}

/** Add the pictures of `from`, as many at once as the run takes. */
static cnnviz_status add_others(const cnnviz_host *host, cnnviz_job *job)
{
	uint32_t count = host->parameter->list_count(job, "from");
	uint32_t batch = host->model->batch(job);
	cnnviz_status status = CNNVIZ_OK;

	for (uint32_t first = 0; first < count && status == CNNVIZ_OK; first += batch) {
		cnnviz_tensor *inputs = NULL;

		status = host->image->read_inputs(job, "from", first,
				count - first < batch ? count - first : batch, &inputs);
		if (status == CNNVIZ_OK) {
			status = add(host, job, inputs);
		}
		host->tensor->unref(inputs);
	}
	return status;
}

static cnnviz_status prepared(const cnnviz_host *host, cnnviz_job *job)
{
	struct data *data = host->job_data(job);

	if (host->parameter->integer(job, "fault") == IN_PREPARED) {
		return host->fail(job, CNNVIZ_ERROR_INPUT, "prepared was asked to fail");
	}
	cnnviz_status status = add_others(host, job);

	for (int64_t i = 0; status == CNNVIZ_OK && data->mean != NULL
			&& i < host->tensor->count(data->mean);
			i++) {
		host->tensor->mutable_data(data->mean)[i] /= (float)data->pictures;
	}
	return status;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	const struct data *data = host->job_data(job);
	int64_t size = host->tensor->count(data->mean);
	cnnviz_status status = host->tensor->create(job, 4,
			host->tensor->shape(batch->inputs), maps);

	for (int64_t i = 0; status == CNNVIZ_OK && i < host->tensor->count(*maps); i++) {
		host->tensor->mutable_data(*maps)[i] =
				host->tensor->data(batch->inputs)[i]
				- host->tensor->data(data->mean)[i % size];
	}
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("centered", "1.0"),
	.summary = "Pictures less their mean",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_GRADIENT,
	.attribute = attribute,
	.asks = CNNVIZ_ASKS_MAPS,
	.create = create,
	.destroy = destroy,
	.prepare = prepare,
	.prepared = prepared,
};

CNNVIZ_PLUGIN(technique)
