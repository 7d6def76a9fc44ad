/**
 * \file    meaningful_perturbation.c
 * \brief   Meaningful perturbation: the least that must be blurred to lose the class
 *
 *     M = argmin of  F(x blurred by 1 - m) + l1 sum |1 - M| + l2 sum |grad M|^b
 *     m(u) = sum_i g_s(u - u_i) M_i / sum_i g_s(u - u_i)
 *
 * where M, within 0..1, has a value for each `cell` of pixels, g_s is a Gaussian of
 * deviation `smooth`, F the class's score and b = 3. The map shows 1 - m. At each step the
 * picture is moved by up to `jitter` pixels, so that M does not fit single pixels.
 *
 * R. Fong, A. Vedaldi: Interpretable Explanations of Black Boxes by Meaningful Perturbation.
 * 2017, arXiv:1704.03296, sections 4.1 to 4.3, equation 4.
 *
 * The paper starts from a disk that is large enough; this starts from M = 1, as most code
 * in use does, so that no place is preferred.
 */
#include "common/mask_search.h"

#include <math.h>
#include <stdlib.h>

static const char *const scores[] = { "logit", "probability", NULL };

static const cnnviz_parameter parameters[] = {
	MASK_SEARCH_PARAMETERS("300", "10"),
	{ "learning_rate", CNNVIZ_PARAMETER_FLOAT, .default_value = "0.1",
			.minimum = 0.000001, .maximum = 100,
			.summary = "size of a step of Adam" },
	{ "cell", CNNVIZ_PARAMETER_INT, .default_value = "8", .minimum = 1,
			.maximum = 1024, .unit = "pixels",
			.summary = "side of what the mask has a value for" },
	{ "smooth", CNNVIZ_PARAMETER_FLOAT, .default_value = "5", .minimum = 0.1,
			.maximum = 1024, .unit = "pixels",
			.summary = "deviation of the Gaussian between values" },
	{ "area_weight", CNNVIZ_PARAMETER_FLOAT, .default_value = "0.0001", .minimum = 0,
			.maximum = 1000, .summary = "l1: how much a blurred cell costs" },
	{ "edge_weight", CNNVIZ_PARAMETER_FLOAT, .default_value = "0.01", .minimum = 0,
			.maximum = 1000,
			.summary = "l2: how much a difference of neighbors costs" },
	{ "jitter", CNNVIZ_PARAMETER_INT, .default_value = "4", .minimum = 0,
			.maximum = 1024, .unit = "pixels",
			.summary = "how far the picture moves at most" },
	{ "score", CNNVIZ_PARAMETER_ENUM, .default_value = "probability",
			.choices = scores, .summary = "what is to fall" },
};

/** M of all pictures, and Adam's two means */
struct cells {
	int64_t rows, columns, count; /* count: of one picture */
	double *values, *first, *second, *slopes;
	double *down, *right; /* (H,rows), (W,columns): shares of cells in a pixel */
	double *between;      /* (H,columns) */
};

/** Shares of `count` cells in each of `extent` pixels along one side */
static void share_cells(int64_t extent, int64_t count, double smooth, double *shares)
{
	double size = (double)extent / (double)count;

	for (int64_t u = 0; u < extent; u++) {
		double total = 0;

		for (int64_t i = 0; i < count; i++) {
			double apart = (double)u + 0.5 - ((double)i + 0.5) * size;

			shares[u * count + i] = exp(-apart * apart
					/ (2 * smooth * smooth));
			total += shares[u * count + i];
		}
		for (int64_t i = 0; i < count; i++) {
			shares[u * count + i] /= total;
		}
	}
}

static cnnviz_status allocate(const struct mask_search *s, struct cells *cells)
{
	int64_t cell = s->host->parameter->integer(s->job, "cell");
	double smooth = s->host->parameter->real(s->job, "smooth");

	cells->rows = (s->height + cell - 1) / cell;
	cells->columns = (s->width + cell - 1) / cell;
	cells->count = cells->rows * cells->columns;

	int64_t all = s->count * cells->count;
	int64_t shares = s->height * (cells->rows + cells->columns)
			+ s->width * cells->columns;

	cells->values = calloc((size_t)(4 * all + shares), sizeof(*cells->values));
	if (cells->values == NULL) {
		return s->host->fail(s->job, CNNVIZ_ERROR_MEMORY,
				"out of memory for %lld cells", (long long)all);
	}
	cells->first = cells->values + all;
	cells->second = cells->first + all;
	cells->slopes = cells->second + all;
	cells->down = cells->slopes + all;
	cells->right = cells->down + s->height * cells->rows;
	cells->between = cells->right + s->width * cells->columns;
	for (int64_t i = 0; i < all; i++) {
		cells->values[i] = 1;
	}
	share_cells(s->height, cells->rows, smooth, cells->down);
	share_cells(s->width, cells->columns, smooth, cells->right);
	return CNNVIZ_OK;
}

/** m = down M right' of picture k */
static void enlarge(const struct mask_search *s, const struct cells *cells, int64_t k)
{
	const double *values = cells->values + k * cells->count;
	float *mask = s->masks + k * s->area;

	for (int64_t y = 0; y < s->height; y++) {
		double *between = cells->between + y * cells->columns;

		for (int64_t j = 0; j < cells->columns; j++) {
			between[j] = 0;
			for (int64_t i = 0; i < cells->rows; i++) {
				between[j] += cells->down[y * cells->rows + i]
						* values[i * cells->columns + j];
			}
		}
		for (int64_t x = 0; x < s->width; x++) {
			double value = 0;

			for (int64_t j = 0; j < cells->columns; j++) {
				value += cells->right[x * cells->columns + j]
						* between[j];
			}
			mask[y * s->width + x] = (float)(value < 1 ? value : 1);
		}
	}
}

/** down' slopes right: the score's derivatives by M */
static void reduce(const struct mask_search *s, const struct cells *cells, int64_t k)
{
	double *slopes = cells->slopes + k * cells->count;

	for (int64_t i = 0; i < cells->count; i++) {
		slopes[i] = 0;
	}
	for (int64_t y = 0; y < s->height; y++) {
		const float *row = s->slopes + k * s->area + y * s->width;

		for (int64_t j = 0; j < cells->columns; j++) {
			double sum = 0;

			for (int64_t x = 0; x < s->width; x++) {
				sum += row[x] * cells->right[x * cells->columns + j];
			}
			for (int64_t i = 0; i < cells->rows; i++) {
				slopes[i * cells->columns + j] +=
						cells->down[y * cells->rows + i] * sum;
			}
		}
	}
}

/** The derivative of |a - b|^3 by a */
static double edge_slope(double a, double b)
{
	return 3 * (a - b) * fabs(a - b);
}

/** Add the slopes of what blurred cells and edges cost */
static void add_costs(const struct mask_search *s, const struct cells *cells, int64_t k)
{
	double area = s->host->parameter->real(s->job, "area_weight");
	double edge = s->host->parameter->real(s->job, "edge_weight");
	int64_t columns = cells->columns;
	const double *values = cells->values + k * cells->count;
	double *slopes = cells->slopes + k * cells->count;

	for (int64_t i = 0; i < cells->count; i++) {
		slopes[i] -= area;
		if (i % columns < columns - 1) {
			double slope = edge * edge_slope(values[i], values[i + 1]);

			slopes[i] += slope;
			slopes[i + 1] -= slope;
		}
		if (i + columns < cells->count) {
			double slope = edge * edge_slope(values[i], values[i + columns]);

			slopes[i] += slope;
			slopes[i + columns] -= slope;
		}
	}
}

/** Kingma, Ba 2014, and back into 0..1 */
static void step_adam(const struct mask_search *s, const struct cells *cells,
		int64_t step)
{
	double rate = s->host->parameter->real(s->job, "learning_rate");
	double first = 1 - pow(0.9, (double)step + 1);
	double second = 1 - pow(0.999, (double)step + 1);

	for (int64_t i = 0; i < s->count * cells->count; i++) {
		double slope = cells->slopes[i];

		cells->first[i] += 0.1 * (slope - cells->first[i]);
		cells->second[i] += 0.001 * (slope * slope - cells->second[i]);
		cells->values[i] -= rate * cells->first[i] / first
				/ (sqrt(cells->second[i] / second) + 1e-8);
		cells->values[i] = fmin(fmax(cells->values[i], 0), 1);
	}
}

/** Move each picture by its own random numbers */
static cnnviz_status move(struct mask_search *s, int64_t step)
{
	int64_t jitter = s->host->parameter->integer(s->job, "jitter");

	for (int64_t k = 0; k < s->count && jitter > 0; k++) {
		cnnviz_random *random = NULL;
		float units[2];
		/* Steps are told apart above the picture's 32 bits. */
		cnnviz_status status = s->host->random->create(s->job,
				s->streams[k] + ((uint64_t)step << 32), &random);

		if (status != CNNVIZ_OK) {
			return status;
		}
		s->host->random->uniform(random, 0, 1, 2, units);
		s->host->random->unref(random);
		s->down[k] = (int64_t)(units[0] * (float)(2 * jitter + 1)) - jitter;
		s->right[k] = (int64_t)(units[1] * (float)(2 * jitter + 1)) - jitter;
	}
	return CNNVIZ_OK;
}

static cnnviz_status find(struct mask_search *s)
{
	struct cells cells = { .values = NULL };
	cnnviz_status status = allocate(s, &cells);

	for (int64_t step = 0; step < s->iterations && status == CNNVIZ_OK; step++) {
		for (int64_t k = 0; k < s->count; k++) {
			enlarge(s, &cells, k);
		}
		status = move(s, step);
		if (status == CNNVIZ_OK) {
			status = mask_search_step(s, step);
		}
		for (int64_t k = 0; k < s->count && status == CNNVIZ_OK; k++) {
			reduce(s, &cells, k);
			add_costs(s, &cells, k);
		}
		if (status == CNNVIZ_OK) {
			step_adam(s, &cells, step);
		}
	}
	for (int64_t k = 0; k < s->count && status == CNNVIZ_OK; k++) {
		enlarge(s, &cells, k);
	}
	free(cells.values);
	return status;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	struct mask_search search = {
		.host = host,
		.job = job,
		.batch = batch,
		.each = 1,
		.levels = 2,
		.probability = host->parameter->integer(job, "score") == 1,
		.hides = true,
	};

	return mask_search_attribute(&search, find, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("meaningful_perturbation", "1.0"),
	.summary = "Meaningful perturbation: the least that must be blurred to lose the "
		   "class",
	.description = "Finds by Adam a smooth mask that blurs as little of the picture "
		       "as "
		       "possible so that the class's score falls. The map shows what is "
		       "blurred. Needs a forward and a backward pass for each step. "
		       "Starts "
		       "from the whole picture rather than from a disk.",
	.reference = "Fong, Vedaldi 2017, Interpretable Explanations of Black Boxes by "
		     "Meaningful Perturbation, arXiv:1704.03296, section 4",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SALIENCY,
	.attribute = attribute,
	.family = CNNVIZ_FAMILY_PERTURBATION,
};

CNNVIZ_PLUGIN(technique)
