/**
 * \file    occlusion.c
 * \brief   Occlusion: how much the score falls while a window hides a part
 *
 *     R_i(x) = mean over the windows w that hide pixel i of  F(x) - F(x hidden in w)
 *
 * where F is the class's score. A window is moved over the picture in steps of `stride`;
 * at the right and the bottom edge it is cut off.
 *
 * M. Zeiler, R. Fergus: Visualizing and Understanding Convolutional Networks. 2014,
 * arXiv:1311.2901, section 4.2.
 *
 * The paper draws F itself at the middle of each window, so that evidence is dark; this is
 * the fall, shared among the pixels that a window hides, as in captum.
 */
#include "common/perturbation.h"

#include <stdlib.h>

static const cnnviz_parameter parameters[] = {
	{ "window", CNNVIZ_PARAMETER_INT, .default_value = "32", .minimum = 1,
			.maximum = 32768, .unit = "pixels",
			.summary = "side of the square that hides a part" },
	{ "stride", CNNVIZ_PARAMETER_INT, .default_value = "16", .minimum = 1,
			.maximum = 32768, .unit = "pixels",
			.summary = "step from one window to the next; at most `window`" },
	PERTURBATION_PARAMETERS("probability"),
};

struct windows {
	int64_t side, stride, rows, columns;
	double whole; /* F(x) */
	double *falls, *counts;
};

/** Rows or columns y0 <= y < y1 of the window */
struct span {
	int64_t first, end;
};

static struct span span_of(const struct windows *windows, int64_t index, int64_t extent)
{
	int64_t first = index * windows->stride, end = first + windows->side;

	return (struct span){ first, end < extent ? end : extent };
}

/** The picture as it is, then the windows row by row */
static void mask(struct perturbation *p, int64_t k, float *mask)
{
	const struct windows *windows = p->context;

	for (int64_t i = 0; i < p->area; i++) {
		mask[i] = 1;
	}
	if (k == 0) {
		return;
	}
	struct span y = span_of(windows, (k - 1) / windows->columns, p->height);
	struct span x = span_of(windows, (k - 1) % windows->columns, p->width);

	for (int64_t row = y.first; row < y.end; row++) {
		for (int64_t column = x.first; column < x.end; column++) {
			mask[row * p->width + column] = 0;
		}
	}
}

static void take(struct perturbation *p, int64_t k, const float *mask, double score)
{
	struct windows *windows = p->context;

	if (k == 0) {
		windows->whole = score;
		return;
	}
	for (int64_t i = 0; i < p->area; i++) {
		windows->falls[i] += (1 - mask[i]) * (windows->whole - score);
		windows->counts[i] += 1 - mask[i];
	}
}

static int64_t count_windows(const struct windows *windows, int64_t extent)
{
	int64_t left = extent > windows->side ? extent - windows->side : 0;

	return (left + windows->stride - 1) / windows->stride + 1;
}

static cnnviz_status explain(struct perturbation *p, float *map)
{
	struct windows *windows = p->context;
	cnnviz_status status = perturbation_allocate(p, 2 * p->area, &windows->falls);

	if (status != CNNVIZ_OK) {
		return status;
	}
	windows->counts = windows->falls + p->area;
	windows->rows = count_windows(windows, p->height);
	windows->columns = count_windows(windows, p->width);
	p->mask = mask;
	p->take = take;
	status = perturbation_run(p, 1 + windows->rows * windows->columns);
	for (int64_t i = 0; i < p->area && status == CNNVIZ_OK; i++) {
		map[i] = (float)(windows->falls[i] / windows->counts[i]);
	}
	free(windows->falls);
	return status;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	struct windows windows = {
		.side = host->parameter->integer(job, "window"),
		.stride = host->parameter->integer(job, "stride"),
	};
	struct perturbation perturbation = {
		.host = host,
		.job = job,
		.batch = batch,
		.context = &windows,
		.explain = explain,
	};

	return perturbation_explain(&perturbation, maps);
}

static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	int64_t window = host->parameter->integer(job, "window");
	int64_t stride = host->parameter->integer(job, "stride");

	return stride <= window
			? baseline_check(host, job)
			: host->fail(job, CNNVIZ_ERROR_INPUT,
					"`stride` is %lld and `window` %lld, so that no "
					"window would hide the pixels between two; give "
					"a "
					"stride of at most %lld",
					(long long)stride, (long long)window,
					(long long)window);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("occlusion", "1.0"),
	.summary = "Occlusion: how much the score falls while a window hides a part",
	.description = "Moves a square over the picture and gives each pixel the mean "
		       "fall "
		       "of the score over the squares that hide it. Needs one pass for "
		       "each place of the square. Equal to captum's Occlusion with a "
		       "window over all channels; the paper draws the score itself.",
	.reference = "Zeiler, Fergus 2014, Visualizing and Understanding Convolutional "
		     "Networks, arXiv:1311.2901, section 4.2",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SIGNED,
	.attribute = attribute,
	.check = check,
	.family = CNNVIZ_FAMILY_PERTURBATION,
};

CNNVIZ_PLUGIN(technique)
