/**
 * \file    extremal_perturbation.c
 * \brief   Extremal perturbation: the part of a given area that shows the class best
 *
 *     M = argmax of  F(x as m shows it) - l |sort(m) - r_a|^2 / |m|
 *     m(u) = smax_i  k(|u - u_i| / s) M_i,   k(z) = exp(-2 max(z - 1/2, 0)^2)
 *
 * where M, within 0..1, has a value for each `step` pixels, s is `sigma`, smax(v) = sum v
 * e^(20 v) / sum e^(20 v) over the values nearby, r_a has as many ones as the area a has
 * pixels, and zeros, and F is the class's logit. l rises from 300 by 0.35 % a step.
 *
 * R. Fong, M. Patrick, A. Vedaldi: Understanding Deep Networks via Extremal Perturbations
 * and Smooth Masks. 2019, arXiv:1910.08485, sections 3.1 to 3.3; numbers as in the authors'
 * TorchRay, torchray/attribution/extremal_perturbation.py.
 *
 * Differences: pixels of equal value, of which not all can be in the area, are in it to
 * equal parts, so that the first steps prefer no corner; blurred pictures go on beyond
 * their edges as in a mirror. Several areas are averaged. TorchRay's game of both at once
 * (dual) is left out.
 */
#include "common/mask_search.h"

#include <math.h>
#include <stdlib.h>

#define COLDNESS 20
/** Values that differ by rounding */
#define EQUAL 1e-5f
#define AREA_WEIGHT 300
#define AREA_WEIGHT_RISES 1.0035

enum game { PRESERVE, DELETE };

static const char *const games[] = { "preserve", "delete", NULL };

static const cnnviz_parameter parameters[] = {
	{ "areas", CNNVIZ_PARAMETER_FLOAT, CNNVIZ_PARAMETER_LIST, .default_value = "0.1",
			.minimum = 0.001, .maximum = 0.999,
			.unit = "fraction of the picture",
			.summary = "how much is shown, or hidden; of several the mean" },
	{ "game", CNNVIZ_PARAMETER_ENUM, .default_value = "preserve", .choices = games,
			.summary = "whether showing the part alone keeps the class, or "
				   "hiding "
				   "it loses the class" },
	MASK_SEARCH_PARAMETERS("800", "20"),
	{ "step", CNNVIZ_PARAMETER_INT, .default_value = "7", .minimum = 1,
			.maximum = 1024, .unit = "pixels",
			.summary = "from one value of the mask to the next" },
	{ "sigma", CNNVIZ_PARAMETER_INT, .default_value = "21", .minimum = 1,
			.maximum = 1024, .unit = "pixels",
			.summary = "how far a value reaches: how smooth the mask is" },
	{ "mirror", CNNVIZ_PARAMETER_BOOL, .default_value = "yes",
			.summary = "show the picture mirrored at every other step" },
};

/** M of all masks, with zeros around each, and one mask with a margin around the picture */
struct grid {
	int64_t step, sigma;
	int64_t side;                 /* of the square of values that a pixel sees */
	int64_t padding;              /* zeros on each side of M */
	int64_t rows, columns, count; /* of M with zeros; count: of one mask */
	int64_t height, width, area;  /* of a mask with its margin, which is sigma wide */
	float *values, *velocity, *slopes;
	float *weights; /* (step,step,side,side): k by the pixel's place among values */
	float *masks, *totals;       /* (height,width) of each mask */
	float *mask_slopes, *sorted; /* the same of one */
};

static void measure(const struct mask_search *s, struct grid *grid)
{
	int64_t step = grid->step = s->host->parameter->integer(s->job, "step");
	int64_t sigma = grid->sigma = s->host->parameter->integer(s->job, "sigma");
	int64_t radius = 1 + (sigma + step - 1) / step;

	grid->side = 2 * radius + 1;
	grid->padding = 1 + (2 * sigma + step - 1) / step;
	grid->rows = (s->height + step - 1) / step + 2 * grid->padding;
	grid->columns = (s->width + step - 1) / step + 2 * grid->padding;
	grid->count = grid->rows * grid->columns;
	grid->height = step * (grid->rows - grid->side) + 1;
	grid->width = step * (grid->columns - grid->side) + 1;
	grid->area = grid->height * grid->width;
}

static bool inside(const struct grid *grid, int64_t i)
{
	int64_t y = i % grid->count / grid->columns, x = i % grid->columns;

	return y >= grid->padding && y < grid->rows - grid->padding && x >= grid->padding
			&& x < grid->columns - grid->padding;
}

/** k(|u - u_i| / s) for a pixel at (y,x) of a step's square and the value at (i,j) near it */
static float reach(const struct grid *grid, int64_t y, int64_t x, int64_t i, int64_t j)
{
	double down = (double)(y + grid->step * (grid->padding - i) - grid->sigma);
	double right = (double)(x + grid->step * (grid->padding - j) - grid->sigma);
	double far = sqrt(down * down + right * right) / (double)grid->sigma - 0.5;

	return (float)(far > 0 ? exp(-2 * far * far) : 1);
}

static cnnviz_status allocate(const struct mask_search *s, struct grid *grid)
{
	measure(s, grid);

	int64_t all = s->count * grid->count, near = grid->side * grid->side;
	int64_t weights = grid->step * grid->step * near;

	grid->values = calloc((size_t)(3 * all + weights
					      + 2 * (s->count + 1) * grid->area),
			sizeof(*grid->values));
	if (grid->values == NULL) {
		return s->host->fail(s->job, CNNVIZ_ERROR_MEMORY,
				"out of memory for masks");
	}
	grid->velocity = grid->values + all;
	grid->slopes = grid->velocity + all;
	grid->weights = grid->slopes + all;
	grid->masks = grid->weights + weights;
	grid->totals = grid->masks + s->count * grid->area;
	grid->mask_slopes = grid->totals + s->count * grid->area;
	grid->sorted = grid->mask_slopes + grid->area;
	for (int64_t i = 0; i < all; i++) {
		grid->values[i] = inside(grid, i) ? 1 : 0;
	}
	for (int64_t i = 0; i < weights; i++) {
		grid->weights[i] = reach(grid, i / near / grid->step,
				i / near % grid->step, i % near / grid->side,
				i % grid->side);
	}
	return CNNVIZ_OK;
}

/** Weights of the values near pixel (y,x), of which the first is at *first */
static const float *look_around(const struct grid *grid, int64_t y, int64_t x,
		int64_t *first)
{
	int64_t place = y % grid->step * grid->step + x % grid->step;

	*first = y / grid->step * grid->columns + x / grid->step;
	return grid->weights + place * grid->side * grid->side;
}

/** e^(20 v); most values are 0 */
static float weigh(float value)
{
	return value > 0 ? expf(COLDNESS * value) : 1;
}

/** m of mask k, with its margin; and what the smooth maxima are divided by */
static void enlarge(const struct grid *grid, int64_t k)
{
	for (int64_t u = 0; u < grid->area; u++) {
		int64_t first;
		const float *weights = look_around(grid, u / grid->width, u % grid->width,
				&first);
		const float *values = grid->values + k * grid->count + first;
		float sum = 0, total = 0;

		for (int64_t i = 0; i < grid->side; i++) {
			for (int64_t j = 0; j < grid->side; j++) {
				float value = *weights++ * values[i * grid->columns + j];
				float share = weigh(value);

				sum += value * share;
				total += share;
			}
		}
		grid->masks[k * grid->area + u] = sum / total;
		grid->totals[k * grid->area + u] = total;
	}
}

/** Slopes of M by those of m, after enlarge() */
static void reduce(const struct grid *grid, int64_t k)
{
	for (int64_t i = 0; i < grid->count; i++) {
		grid->slopes[k * grid->count + i] = 0;
	}
	for (int64_t u = 0; u < grid->area; u++) {
		int64_t first;
		const float *weights = look_around(grid, u / grid->width, u % grid->width,
				&first);
		const float *values = grid->values + k * grid->count + first;
		float *slopes = grid->slopes + k * grid->count + first;
		float slope = grid->mask_slopes[u] / grid->totals[k * grid->area + u];
		float mask = grid->masks[k * grid->area + u];

		for (int64_t i = 0; i < grid->side; i++) {
			for (int64_t j = 0; j < grid->side; j++) {
				float weight = *weights++;
				float value = weight * values[i * grid->columns + j];
				float change = 1 + COLDNESS * (value - mask);

				slopes[i * grid->columns + j] += slope * weight * change
						* weigh(value);
			}
		}
	}
}

static int compare(const void *left, const void *right)
{
	float a = *(const float *)left, b = *(const float *)right;

	return (a > b) - (a < b);
}

/** Slopes of m: l |m - r_a|^2 / |m|, and the score's where the picture is */
static void find_slopes(const struct mask_search *s, const struct grid *grid, int64_t k,
		double weight)
{
	double area = s->host->parameter->list_real(s->job, "areas",
			(uint32_t)(k % s->each));
	int64_t zeros = (int64_t)((double)grid->area * (1 - area)), above = 0, equal = 0;
	const float *mask = grid->masks + k * grid->area;

	for (int64_t u = 0; u < grid->area; u++) {
		grid->sorted[u] = mask[u];
	}
	qsort(grid->sorted, (size_t)grid->area, sizeof(*grid->sorted), compare);

	float edge = grid->sorted[zeros];

	for (int64_t u = 0; u < grid->area; u++) {
		above += mask[u] - edge > EQUAL ? 1 : 0;
		equal += fabsf(mask[u] - edge) <= EQUAL ? 1 : 0;
	}
	/* What those at the edge have of the ones left to them */
	double share = (double)(grid->area - zeros - above) / (double)equal;

	for (int64_t u = 0; u < grid->area; u++) {
		double wanted = fabsf(mask[u] - edge) <= EQUAL ? share
							       : (mask[u] > edge ? 1 : 0);

		grid->mask_slopes[u] = (float)(-2 * weight * (mask[u] - wanted)
				/ (double)grid->area);
	}
	for (int64_t i = 0; i < s->area; i++) {
		int64_t u = (i / s->width + grid->sigma) * grid->width + i % s->width
				+ grid->sigma;

		grid->mask_slopes[u] += s->slopes[k * s->area + i];
	}
}

/** What the picture shows of mask k, after enlarge() */
static void show(struct mask_search *s, const struct grid *grid, int64_t k)
{
	for (int64_t i = 0; i < s->area; i++) {
		int64_t u = (i / s->width + grid->sigma) * grid->width + i % s->width
				+ grid->sigma;
		float value = grid->masks[k * grid->area + u];

		s->masks[k * s->area + i] = s->hides ? 1 - value : value;
	}
}

/** Stochastic gradient ascent as in PyTorch, momentum and dampening 0.9 */
static void ascend(const struct mask_search *s, const struct grid *grid, int64_t step)
{
	for (int64_t i = 0; i < s->count * grid->count; i++) {
		float *v = &grid->velocity[i];

		*v = step == 0 ? grid->slopes[i] : 0.9f * *v + 0.1f * grid->slopes[i];
		if (inside(grid, i)) {
			grid->values[i] = fminf(fmaxf(grid->values[i] + 0.01f * *v, 0),
					1);
		}
	}
}

static cnnviz_status find(struct mask_search *s)
{
	bool mirror = s->host->parameter->boolean(s->job, "mirror");
	double weight = AREA_WEIGHT;
	struct grid grid = { .values = NULL };
	cnnviz_status status = allocate(s, &grid);

	for (int64_t step = 0; step < s->iterations && status == CNNVIZ_OK; step++) {
		for (int64_t k = 0; k < s->count; k++) {
			enlarge(&grid, k);
			show(s, &grid, k);
		}
		s->mirrored = mirror && step % 2 == 0;
		status = mask_search_step(s, step);
		for (int64_t k = 0; k < s->count && status == CNNVIZ_OK; k++) {
			/* Of minus the score by m = 1 - what is shown: the same slope */
			find_slopes(s, &grid, k, weight);
			reduce(&grid, k);
		}
		if (status == CNNVIZ_OK) {
			ascend(s, &grid, step);
			weight *= AREA_WEIGHT_RISES;
		}
	}
	free(grid.values);
	return status;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	struct mask_search search = {
		.host = host,
		.job = job,
		.batch = batch,
		.each = host->parameter->list_count(job, "areas"),
		.levels = 8,
		.hides = host->parameter->integer(job, "game") == DELETE,
	};

	return mask_search_attribute(&search, find, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("extremal_perturbation", "1.0"),
	.summary = "Extremal perturbation: the part of a given area that shows the class "
		   "best",
	.description = "Finds a smooth mask of a given area that keeps the class's logit "
		       "as "
		       "large as possible while all else is blurred (or that makes it as "
		       "small as possible, hidden). Needs a forward and a backward pass "
		       "for each step. As the authors' TorchRay, but pixels of equal "
		       "value "
		       "share the area.",
	.reference = "Fong, Patrick, Vedaldi 2019, Understanding Deep Networks via "
		     "Extremal "
		     "Perturbations and Smooth Masks, arXiv:1910.08485, section 3",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SALIENCY,
	.attribute = attribute,
	.family = CNNVIZ_FAMILY_PERTURBATION,
};

CNNVIZ_PLUGIN(technique)
