/*
 * An attribution that logs each call to a file: which pictures, by their streams, for
 * which targets. The map of a picture is its target plus its stream.
 */
#include <stdio.h>

#include <cnnviz/cnnviz.h>

static const cnnviz_parameter parameters[] = {
	{ "notes", CNNVIZ_PARAMETER_STRING, .flags = CNNVIZ_PARAMETER_REQUIRED,
			.summary = "file that a line stream:target is added to for each "
				   "picture" },
};

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	const int64_t *input = host->tensor->shape(batch->inputs);
	const char *path = host->parameter->text(job, "notes");
	FILE *notes = fopen(path, "a");
	int64_t size = input[2] * input[3];

	if (notes == NULL) {
		return host->fail(job, CNNVIZ_ERROR_IO, "cannot write %s", path);
	}
	cnnviz_status status = host->tensor->create(job, 4,
			(const int64_t[]){ input[0], 1, input[2], input[3] }, maps);

	for (uint32_t n = 0; n < batch->count && status == CNNVIZ_OK; n++) {
		for (int64_t i = 0; i < size; i++) {
			host->tensor->mutable_data(
					*maps)[n * size + i] = (float)(batch->targets[n]
					+ 100 * (i + 1)
							* (int64_t)(batch->streams[n]
									+ 1));
		}
		fprintf(notes, "%llu:%lld\n", (unsigned long long)batch->streams[n],
				(long long)batch->targets[n]);
	}
	fclose(notes);
	return CNNVIZ_OK;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("counting", "1.0"),
	.summary = "Notes its calls",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_GRADIENT,
	.attribute = attribute,
};

CNNVIZ_PLUGIN(technique)
