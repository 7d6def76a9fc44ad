/**
 * \file    common/frame.c
 * \brief   Results of a segmentation at the size of the network's input or of the picture
 */
#include "common/frame.h"

enum place { AT_INPUT, AT_PICTURE };

const char *const frame_places[] = { "input", "picture", NULL };

static bool is_at_picture(const cnnviz_host *host, cnnviz_job *job)
{
	return host->parameter->integer(job, "at") == AT_PICTURE;
}

cnnviz_status frame_bring(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, const cnnviz_tensor *view, uint32_t filter,
		cnnviz_tensor **result)
{
	const int64_t *input = host->tensor->shape(batch->inputs);

	return is_at_picture(host, job)
			? host->image->restore(job, 0, view, filter, result)
			: host->image->resize(job, view, input[2], input[3], filter,
					result);
}

cnnviz_status frame_picture(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **picture)
{
	return is_at_picture(host, job)
			? host->image->original(job, 0, picture)
			: host->image->denormalize(job, batch->inputs, picture);
}
