/**
 * \file    rise.c
 * \brief   RISE: the mean of random masks, weighted by the score that each leaves
 *
 *     S(i) = 1 / (N p) * sum_k F(x o M_k) M_k(i)
 *
 * A mask M is a `grid` of cells, each kept with probability p = `keep`, enlarged
 * bilinearly to one cell more than the picture and moved by a random part of a cell.
 *
 * V. Petsiuk, A. Das, K. Saenko: RISE: Randomized Input Sampling for Explanation of
 * Black-box Models. 2018, arXiv:1806.07421, section 3.
 *
 * S is the mean score plus a small part that tells the pixels apart. `center = yes` leaves
 * that part alone: the sum runs over F - mean(F), so that evidence for and against the
 * class has a sign, and what is common to all masks cancels out.
 */
#include "common/perturbation.h"

#include <math.h>
#include <stdlib.h>

static const cnnviz_parameter parameters[] = {
	{ "masks", CNNVIZ_PARAMETER_INT, .flags = CNNVIZ_PARAMETER_EFFORT,
			.default_value = "1000", .minimum = 1, .maximum = 1000000,
			.summary = "random masks for each picture; the paper takes 4000 "
				   "to "
				   "8000" },
	{ "grid", CNNVIZ_PARAMETER_INT, .default_value = "7", .minimum = 1,
			.maximum = 256, .summary = "cells of a mask along each side" },
	{ "keep", CNNVIZ_PARAMETER_FLOAT, .default_value = "0.5", .minimum = 0.01,
			.maximum = 1, .unit = "probability",
			.summary = "how likely a cell is kept" },
	{ "center", CNNVIZ_PARAMETER_BOOL, .default_value = "yes",
			.summary = "subtract the mean score; no: the paper's map" },
	PERTURBATION_PARAMETERS("probability"),
};

struct rise {
	int64_t count, grid;
	float keep;
	float *cells;               /* (grid,grid), 0 or 1 */
	double total;               /* of all scores */
	double *weighted, *covered; /* (H,W): sums of F M and of M */
};

/** Where a pixel lies among cells, as of align_corners = false */
struct between {
	int64_t low, high;
	float share; /* of high */
};

static struct between between_cells(int64_t pixel, int64_t shift, int64_t cell,
		int64_t grid)
{
	double place = ((double)(pixel + shift) + 0.5) * (double)grid
					/ (double)((grid + 1) * cell)
			- 0.5;
	double low = floor(place < 0 ? 0 : place);

	if (low >= (double)(grid - 1)) {
		return (struct between){ grid - 1, grid - 1, 0 };
	}
	return (struct between){ (int64_t)low, (int64_t)low + 1,
		(float)((place < 0 ? 0 : place) - low) };
}

static int64_t draw_shift(const struct perturbation *p, int64_t cell)
{
	float unit = 0;

	p->host->random->uniform(p->random, 0, 1, 1, &unit);
	return (int64_t)((double)unit * (double)cell);
}

static void mask(struct perturbation *p, int64_t k, float *mask)
{
	struct rise *rise = p->context;
	int64_t grid = rise->grid;
	int64_t cell_height = (p->height + grid - 1) / grid;
	int64_t cell_width = (p->width + grid - 1) / grid;

	(void)k;
	p->host->random->uniform(p->random, 0, 1, grid * grid, rise->cells);
	for (int64_t i = 0; i < grid * grid; i++) {
		rise->cells[i] = rise->cells[i] < rise->keep ? 1 : 0;
	}
	int64_t down = draw_shift(p, cell_height), right = draw_shift(p, cell_width);

	for (int64_t y = 0; y < p->height; y++) {
		struct between row = between_cells(y, down, cell_height, grid);
		const float *above = rise->cells + row.low * grid;
		const float *below = rise->cells + row.high * grid;

		for (int64_t x = 0; x < p->width; x++) {
			struct between at = between_cells(x, right, cell_width, grid);
			float top = above[at.low]
					+ at.share * (above[at.high] - above[at.low]);
			float bottom = below[at.low]
					+ at.share * (below[at.high] - below[at.low]);

			mask[y * p->width + x] = top + row.share * (bottom - top);
		}
	}
}

static void take(struct perturbation *p, int64_t k, const float *mask, double score)
{
	struct rise *rise = p->context;

	(void)k;
	rise->total += score;
	for (int64_t i = 0; i < p->area; i++) {
		rise->weighted[i] += score * mask[i];
		rise->covered[i] += mask[i];
	}
}

static cnnviz_status explain(struct perturbation *p, float *map)
{
	struct rise *rise = p->context;
	double *sums = NULL;
	bool center = p->host->parameter->boolean(p->job, "center");
	cnnviz_status status = perturbation_allocate(p, 2 * p->area, &sums);

	if (status != CNNVIZ_OK) {
		return status;
	}
	rise->weighted = sums;
	rise->covered = sums + p->area;
	rise->total = 0;
	p->mask = mask;
	p->take = take;
	status = perturbation_run(p, rise->count);

	double mean = center ? rise->total / (double)rise->count : 0;

	for (int64_t i = 0; i < p->area && status == CNNVIZ_OK; i++) {
		map[i] = (float)((rise->weighted[i] - mean * rise->covered[i])
				/ ((double)rise->count * rise->keep));
	}
	free(sums);
	return status;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	struct rise rise = {
		.count = host->parameter->integer(job, "masks"),
		.grid = host->parameter->integer(job, "grid"),
		.keep = (float)host->parameter->real(job, "keep"),
	};
	struct perturbation perturbation = {
		.host = host,
		.job = job,
		.batch = batch,
		.context = &rise,
		.explain = explain,
	};

	rise.cells = calloc((size_t)(rise.grid * rise.grid), sizeof(*rise.cells));
	if (rise.cells == NULL) {
		return host->fail(job, CNNVIZ_ERROR_MEMORY, "out of memory for a mask");
	}
	cnnviz_status status = perturbation_explain(&perturbation, maps);

	free(rise.cells);
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("rise", "1.0"),
	.summary = "RISE: random masks weighted by the score of what each leaves",
	.description = "Keeps random parts of the picture and averages the masks by how "
		       "sure the network still is of the class. The network is used "
		       "forward only. With center = no the map is the paper's, as the "
		       "authors' code and OpenVINO's compute it.",
	.reference = "Petsiuk, Das, Saenko 2018, RISE: Randomized Input Sampling for "
		     "Explanation of Black-box Models, arXiv:1806.07421, section 3",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SIGNED,
	.attribute = attribute,
	.check = baseline_check,
	.family = CNNVIZ_FAMILY_PERTURBATION,
};

CNNVIZ_PLUGIN(technique)
