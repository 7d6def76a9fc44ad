/**
 * \file    common/baseline.c
 * \brief   What a picture is compared with: an input that shows nothing of it
 */
#include "common/baseline.h"

#include <string.h>

enum baseline {
	BLACK,
	MEAN,
	BLUR,
	PICTURE,
	WHITE,
};

/* In the order of enum baseline */
const char *const baseline_names[] = { "black", "mean", "blur", "picture", "white",
	NULL };

cnnviz_status baseline_check(const cnnviz_host *host, cnnviz_job *job)
{
	return host->parameter->integer(job, "baseline") != PICTURE
					|| host->parameter->is_set(job, "picture")
			? CNNVIZ_OK
			: host->fail(job, CNNVIZ_ERROR_INPUT,
					"baseline = picture needs a file: add a line "
					"picture = PATH");
}

/** The picture that `picture` names, as an input of the shape */
static cnnviz_status read_picture(const cnnviz_host *host, cnnviz_job *job,
		const int64_t *shape, cnnviz_tensor **input)
{
	cnnviz_tensor *image = NULL;
	const char *path = host->parameter->text(job, "picture");
	cnnviz_status status = host->image->read(job, path, true, &image);

	if (status != CNNVIZ_OK) {
		return status;
	}
	const int64_t *found = host->tensor->shape(image);

	if (found[2] != shape[2] || found[3] != shape[3]) {
		status = host->fail(job, CNNVIZ_ERROR_INPUT,
				"the picture %s has %lldx%lld pixels and the input "
				"%lldx%lld; give one of the same size, or resize both "
				"with [input] resize",
				path, (long long)found[3], (long long)found[2],
				(long long)shape[3], (long long)shape[2]);
	} else {
		status = host->image->normalize(job, image, input);
	}
	host->tensor->unref(image);
	return status;
}

cnnviz_status baseline_make(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, uint32_t n, cnnviz_tensor **baseline)
{
	const int64_t *shape = host->tensor->shape(batch->inputs);
	int64_t kind = host->parameter->integer(job, "baseline");
	cnnviz_tensor *plain = NULL; /* zeros, the mean color of a normalized input */

	if (kind == PICTURE) {
		return read_picture(host, job, shape, baseline);
	}
	cnnviz_status status = host->tensor->create(job, 4,
			(const int64_t[]){ 1, shape[1], shape[2], shape[3] }, &plain);

	if (status == CNNVIZ_OK && kind == MEAN) {
		*baseline = host->tensor->ref(plain);
	} else if (status == CNNVIZ_OK && (kind == BLACK || kind == WHITE)) {
		for (int64_t i = 0; i < host->tensor->count(plain); i++) {
			host->tensor->mutable_data(plain)[i] = kind == WHITE;
		}
		status = host->image->normalize(job, plain, baseline);
	} else if (status == CNNVIZ_OK) {
		int64_t size = shape[1] * shape[2] * shape[3];

		memcpy(host->tensor->mutable_data(plain),
				host->tensor->data(batch->inputs) + n * size,
				(size_t)size * sizeof(float));
		status = host->image->blur(job, plain, host->parameter->real(job, "blur"),
				CNNVIZ_EDGE_MIRROR, baseline);
	}
	host->tensor->unref(plain);
	return status;
}
