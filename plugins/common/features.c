/**
 * \file    common/features.c
 * \brief   Parts of a picture that are replaced as a whole: a grid, superpixels, a file's
 */
#include "common/features.h"

#include "common/superpixels.h"

#include <stdlib.h>

/** More colors than this are a photograph, not parts */
#define MOST_COLORS 65536

enum kind { GRID, SUPERPIXELS, MASK };

const char *const feature_kinds[] = { "grid", "superpixels", "mask", NULL };

cnnviz_status features_check(const cnnviz_host *host, cnnviz_job *job)
{
	if (host->parameter->integer(job, "features") == MASK
			&& !host->parameter->is_set(job, "mask")) {
		return host->fail(job, CNNVIZ_ERROR_INPUT,
				"features = mask needs a file: add a line mask = PATH");
	}
	return baseline_check(host, job);
}

static void find_grid(const struct perturbation *p, struct features *features)
{
	int64_t grid = p->host->parameter->integer(p->job, "grid");
	int64_t rows = grid < p->height ? grid : p->height;
	int64_t columns = grid < p->width ? grid : p->width;

	features->count = rows * columns;
	for (int64_t i = 0; i < p->area; i++) {
		int64_t row = i / p->width * rows / p->height;
		int64_t column = i % p->width * columns / p->width;

		features->labels[i] = (int32_t)(row * columns + column);
	}
}

static cnnviz_status find_superpixels(const struct perturbation *p,
		struct features *features)
{
	const cnnviz_host *host = p->host;
	cnnviz_tensor *input = NULL, *image = NULL;
	cnnviz_status status = host->tensor->create(p->job, 4,
			(const int64_t[]){ 1, p->channels, p->height, p->width }, &input);

	if (status != CNNVIZ_OK) {
		return status;
	}
	float *values = host->tensor->mutable_data(input);

	for (int64_t i = 0; i < p->size; i++) {
		values[i] = p->x[i];
	}
	status = host->image->denormalize(p->job, input, &image);
	host->tensor->unref(input);
	if (status == CNNVIZ_OK) {
		features->count = superpixels_find(host->tensor->data(image), p->channels,
				p->height, p->width,
				host->parameter->integer(p->job, "superpixels"),
				host->parameter->real(p->job, "compactness"),
				features->labels);
	}
	host->tensor->unref(image);
	return status != CNNVIZ_OK || features->count > 0
			? status
			: host->fail(p->job, CNNVIZ_ERROR_MEMORY,
					"out of memory for superpixels");
}

/* ---- A mask's colors -------------------------------------------------------------- */

static int compare_colors(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

/** Number the colors from the darkest on; each one's part is its place */
static int64_t number_colors(const uint32_t *colors, int64_t count, uint32_t *sorted,
		int32_t *labels)
{
	int64_t different = 0;

	for (int64_t i = 0; i < count; i++) {
		sorted[i] = colors[i];
	}
	qsort(sorted, (size_t)count, sizeof(*sorted), compare_colors);
	for (int64_t i = 0; i < count; i++) {
		if (different == 0 || sorted[i] != sorted[different - 1]) {
			sorted[different++] = sorted[i];
		}
	}
	for (int64_t i = 0; i < count && different <= MOST_COLORS; i++) {
		const uint32_t *found = bsearch(&colors[i], sorted, (size_t)different,
				sizeof(*sorted), compare_colors);

		labels[i] = (int32_t)(found - sorted);
	}
	return different;
}

static uint32_t color_at(const float *image, int64_t channels, int64_t area, int64_t i)
{
	uint32_t color = 0;

	for (int64_t c = 0; c < channels; c++) {
		color = color << 8 | (uint32_t)(255 * image[c * area + i] + 0.5f);
	}
	return color;
}

/** Parts of an image (1,C,H,W) that has the input's size */
static cnnviz_status label_colors(const struct perturbation *p,
		const cnnviz_tensor *image, struct features *features)
{
	int64_t channels = p->host->tensor->shape(image)[1];
	uint32_t *colors = calloc(2 * (size_t)p->area, sizeof(*colors));

	if (colors == NULL) {
		return p->host->fail(p->job, CNNVIZ_ERROR_MEMORY,
				"out of memory for a mask");
	}
	for (int64_t i = 0; i < p->area; i++) {
		colors[i] = color_at(p->host->tensor->data(image), channels, p->area, i);
	}
	features->count = number_colors(colors, p->area, colors + p->area,
			features->labels);
	free(colors);
	return features->count <= MOST_COLORS
			? CNNVIZ_OK
			: p->host->fail(p->job, CNNVIZ_ERROR_INPUT,
					"the picture of `mask` has %lld colors; give one "
					"with a color for each part, saved without loss",
					(long long)features->count);
}

static cnnviz_status find_mask(const struct perturbation *p, struct features *features)
{
	const cnnviz_host *host = p->host;
	cnnviz_tensor *image = NULL, *fitting = NULL;
	cnnviz_status status = host->image->read(p->job,
			host->parameter->text(p->job, "mask"), false, &image);

	/* Colors that are mixed would be parts of their own. */
	if (status == CNNVIZ_OK) {
		status = host->image->resize(p->job, image, p->height, p->width,
				CNNVIZ_FILTER_NEAREST, &fitting);
	}
	if (status == CNNVIZ_OK) {
		status = label_colors(p, fitting, features);
	}
	host->tensor->unref(image);
	host->tensor->unref(fitting);
	return status;
}

/* ---- Parts as variants ------------------------------------------------------------ */

cnnviz_status features_find(struct perturbation *p, struct features *features)
{
	int64_t kind = p->host->parameter->integer(p->job, "features");

	features->labels = calloc((size_t)p->area, sizeof(*features->labels));
	if (features->labels == NULL) {
		return p->host->fail(p->job, CNNVIZ_ERROR_MEMORY,
				"out of memory for the picture's parts");
	}
	if (kind == SUPERPIXELS) {
		return find_superpixels(p, features);
	}
	if (kind == MASK) {
		return find_mask(p, features);
	}
	find_grid(p, features);
	return CNNVIZ_OK;
}

struct coalitions {
	const struct features *features;
	const float *kept;
	double *scores;
};

static void mask(struct perturbation *p, int64_t k, float *mask)
{
	const struct coalitions *coalitions = p->context;
	const float *kept = coalitions->kept + k * coalitions->features->count;

	for (int64_t i = 0; i < p->area; i++) {
		mask[i] = kept[coalitions->features->labels[i]];
	}
}

static void take(struct perturbation *p, int64_t k, const float *mask, double score)
{
	const struct coalitions *coalitions = p->context;

	(void)mask;
	coalitions->scores[k] = score;
}

cnnviz_status features_allocate(struct perturbation *p, const struct features *features,
		int64_t count, float **kept)
{
	*kept = calloc((size_t)(count * features->count), sizeof(**kept));
	return *kept != NULL
			? CNNVIZ_OK
			: p->host->fail(p->job, CNNVIZ_ERROR_MEMORY,
					"out of memory for %lld samples of %lld parts",
					(long long)count, (long long)features->count);
}

cnnviz_status features_score(struct perturbation *p, const struct features *features,
		int64_t count, const float *kept, double *scores)
{
	struct coalitions coalitions = { features, kept, scores };
	void *context = p->context;

	p->context = &coalitions;
	p->mask = mask;
	p->take = take;

	cnnviz_status status = perturbation_run(p, count);

	p->context = context;
	return status;
}

void features_paint(const struct perturbation *p, const struct features *features,
		const double *values, float *map)
{
	for (int64_t i = 0; i < p->area; i++) {
		map[i] = (float)values[features->labels[i]];
	}
}
