/**
 * \file    common/octaves.c
 * \brief   Changing a picture at several sizes, from small to large
 */
#include "common/octaves.h"

#include <math.h>

#define SMALLEST_SIDE 32

/** a + sign * b, clipped to 0..1 on request; both (N,C,H,W) or b (1,C,H,W) */
static void add(const cnnviz_tensor_api *tensor, cnnviz_tensor *a, const cnnviz_tensor *b,
		float sign, bool clip)
{
	float *to = tensor->mutable_data(a);
	const float *from = tensor->data(b);
	int64_t count = tensor->count(a), period = tensor->count(b);

	for (int64_t i = 0; i < count; i++) {
		float value = to[i] + sign * from[i % period];

		to[i] = !clip ? value : value < 0 ? 0 : value > 1 ? 1 : value;
	}
}

/** The original of an octave, N times, and the detail of the octave before, enlarged */
static cnnviz_status prepare(const struct octaves *octaves, const cnnviz_tensor *base,
		const cnnviz_tensor *detail, cnnviz_tensor **start)
{
	const cnnviz_host *host = octaves->host;
	const int64_t *shape = host->tensor->shape(base);
	cnnviz_tensor *larger = NULL;
	cnnviz_status status = host->tensor->create(octaves->job, 4,
			(const int64_t[]){ octaves->versions, shape[1], shape[2],
					shape[3] },
			start);

	if (status != CNNVIZ_OK) {
		return status;
	}
	add(host->tensor, *start, base, 1, true);
	if (detail == NULL) {
		return CNNVIZ_OK;
	}
	status = host->image->resize(octaves->job, detail, shape[2], shape[3],
			CNNVIZ_FILTER_BILINEAR, &larger);
	if (status == CNNVIZ_OK) {
		add(host->tensor, *start, larger, 1, true);
	}
	host->tensor->unref(larger);
	return status;
}

/** A side of the original in an octave; the last octave has the original's size */
static int64_t side_of(const struct octaves *octaves, int64_t side, int64_t octave)
{
	return (int64_t)lround((double)side
			/ pow(octaves->scale, (double)(octaves->count - 1 - octave)));
}

/** One octave: from the detail of the one before to the picture, or its own detail */
static cnnviz_status run_octave(const struct octaves *octaves, int64_t octave,
		cnnviz_tensor **detail, cnnviz_tensor **changed)
{
	const cnnviz_host *host = octaves->host;
	const int64_t *shape = host->tensor->shape(octaves->original);
	int64_t height = side_of(octaves, shape[2], octave);
	int64_t width = side_of(octaves, shape[3], octave);
	cnnviz_tensor *base = NULL, *start = NULL;
	bool last = octave == octaves->count - 1;

	if (!last && (height < SMALLEST_SIDE || width < SMALLEST_SIDE)) {
		host->log(octaves->job,
				"octave %lld would be %lldx%lld, which is too small, and "
				"is skipped",
				(long long)octave + 1, (long long)width,
				(long long)height);
		return CNNVIZ_OK;
	}
	cnnviz_status status = host->image->resize(octaves->job, octaves->original,
			height, width, CNNVIZ_FILTER_LANCZOS, &base);

	if (status == CNNVIZ_OK) {
		status = prepare(octaves, base, *detail, &start);
	}
	if (status == CNNVIZ_OK) {
		status = octaves->change(octaves, octave, start, changed);
	}
	if (status == CNNVIZ_OK && !last) {
		host->tensor->unref(*detail);
		*detail = *changed;
		*changed = NULL;
		add(host->tensor, *detail, base, -1, false);
	}
	host->tensor->unref(base);
	host->tensor->unref(start);
	return status;
}

cnnviz_status octaves_run(const struct octaves *octaves, cnnviz_tensor **changed)
{
	cnnviz_tensor *detail = NULL;
	cnnviz_status status = CNNVIZ_OK;

	for (int64_t octave = 0; octave < octaves->count && status == CNNVIZ_OK;
			octave++) {
		status = run_octave(octaves, octave, &detail, changed);
	}
	octaves->host->tensor->unref(detail);
	return status;
}
