/*
 * An attribution whose maps are the first channel of the pictures at their own size,
 * which is possible only for the pictures of [input].
 */
#include <string.h>

#include <cnnviz/cnnviz.h>

/** Put a picture's first channel into item n of the maps, which the first call makes. */
static cnnviz_status add_map(const cnnviz_host *host, cnnviz_job *job, uint32_t count,
		uint32_t n, const cnnviz_tensor *picture, cnnviz_tensor **maps)
{
	const int64_t *shape = host->tensor->shape(picture);
	size_t area = (size_t)(shape[2] * shape[3]);
	cnnviz_status status = *maps != NULL
			? CNNVIZ_OK
			: host->tensor->create(job, 4,
					(const int64_t[]){ count, 1, shape[2], shape[3] },
					maps);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (host->tensor->count(*maps) != (int64_t)(area * count)) {
		return host->fail(job, CNNVIZ_ERROR_INPUT, "the pictures differ in size");
	}
	memcpy(host->tensor->mutable_data(*maps) + n * area, host->tensor->data(picture),
			area * sizeof(float));
	return CNNVIZ_OK;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	cnnviz_tensor *result = NULL;
	cnnviz_status status = CNNVIZ_OK;

	for (uint32_t n = 0; n < batch->count && status == CNNVIZ_OK; n++) {
		cnnviz_tensor *picture = NULL;

		status = host->image->original(job, n, &picture);
		if (status == CNNVIZ_OK) {
			status = add_map(host, job, batch->count, n, picture, &result);
		}
		host->tensor->unref(picture);
	}
	if (status != CNNVIZ_OK) {
		host->tensor->unref(result);
		return status;
	}
	*maps = result;
	return CNNVIZ_OK;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("own_size", "1.0"),
	.summary = "Pictures at their own size as maps",
	.map_style = CNNVIZ_MAP_CAM,
	.attribute = attribute,
};

CNNVIZ_PLUGIN(technique)
