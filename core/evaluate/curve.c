/**
 * \file    evaluate/curve.c
 * \brief   Deletion and insertion curves
 */
#include "evaluate/curve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/blur.h"
#include "base/memory.h"
#include "base/tensor.h"
#include "evaluate/measure.h"
#include "host/random.h"

/* ---- Order --------------------------------------------------------------------- */

struct ranked {
	float value;
	float chance;
	int64_t place;
};

static int compare_ranked(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;

	if (a->value != b->value) {
		return a->value > b->value ? -1 : 1;
	}
	if (a->chance != b->chance) {
		return a->chance < b->chance ? -1 : 1;
	}
	return a->place < b->place ? -1 : a->place > b->place;
}

int64_t *curve_order(const float *plane, int64_t count, uint64_t seed, uint64_t stream)
{
	struct ranked *pixels = memory_new((size_t)count, sizeof(*pixels));
	int64_t *order = memory_new((size_t)count, sizeof(*order));
	struct cnnviz_random random = { 0 };

	random_start(&random, seed, "(order of equal pixels)", stream);
	for (int64_t i = 0; i < count; i++) {
		pixels[i] = (struct ranked){ .value = plane[i], .place = i };
		random_uniform(&random, 0, 1, 1, &pixels[i].chance);
	}
	qsort(pixels, (size_t)count, sizeof(*pixels), compare_ranked);
	for (int64_t i = 0; i < count; i++) {
		order[i] = pixels[i].place;
	}
	free(pixels);
	return order;
}

/* ---- Blur ---------------------------------------------------------------------- */

cnnviz_tensor *curve_blur(const cnnviz_tensor *input, double deviation)
{
	const int64_t *shape = tensor_shape(input);
	const struct blur blur = {
		.deviation = deviation,
		.radius = (int64_t)ceil(3 * deviation),
		.edge = BLUR_MIRROR,
	};
	cnnviz_tensor *blurred = tensor_item(input, 0);

	if (blurred != NULL
			&& !blur_planes(&blur, shape[1], shape[2], shape[3],
					tensor_mutable_data(blurred))) {
		tensor_unref(blurred);
		return NULL;
	}
	return blurred;
}

/* ---- Curves -------------------------------------------------------------------- */

/* A measure's own variant: the base, and INSERTION of the other end */
#define INSERTION CURVE_BASE_COUNT

struct curve {
	enum curve_base base;
	bool insertion;
	int64_t *order;
	float *mean; /* of each channel */
};

static float *find_mean(const cnnviz_tensor *input)
{
	const int64_t *shape = tensor_shape(input);
	int64_t area = shape[2] * shape[3];
	float *mean = memory_new((size_t)shape[1], sizeof(*mean));

	for (int64_t c = 0; c < shape[1]; c++) {
		double sum = 0;

		for (int64_t i = 0; i < area; i++) {
			sum += tensor_data(input)[c * area + i];
		}
		mean[c] = (float)(sum / (double)area);
	}
	return mean;
}

static size_t count_points(const struct map_case *map)
{
	return (size_t)map->plan->evaluation.curve_steps + 1;
}

static void *begin_curve(const struct probe *probe, const struct map_case *map)
{
	struct curve *curve = memory_new(1, sizeof(*curve));

	curve->base = (enum curve_base)(probe->variant % INSERTION);
	curve->insertion = probe->variant >= INSERTION;
	curve->mean = find_mean(map->input);
	curve->order = curve_order(map->plane, map_area(map), map->plan->seed,
			map->stream);
	return curve;
}

static void end_curve(void *state)
{
	struct curve *curve = state;

	if (curve != NULL) {
		free(curve->order);
		free(curve->mean);
	}
	free(curve);
}

static float base_value(const struct map_case *map, const struct curve *curve, int64_t c,
		int64_t place)
{
	switch (curve->base) {
	case CURVE_MEAN:
		return curve->mean[c];
	case CURVE_BLUR:
		return tensor_data(map->blurred)[place];
	default:
		return 0;
	}
}

static void draw_step(const struct map_case *map, void *state, size_t step,
		float *picture)
{
	const struct curve *curve = state;
	int64_t channels = tensor_shape(map->input)[1], area = map_area(map);
	double steps = (double)(count_points(map) - 1);
	int64_t changed = (int64_t)((double)step / steps * (double)area + 0.5);

	for (int64_t i = 0; i < area; i++) {
		bool shown = curve->insertion == (i < changed);

		for (int64_t c = 0; c < channels; c++) {
			int64_t place = c * area + curve->order[i];

			picture[place] = shown ? tensor_data(map->input)[place]
					       : base_value(map, curve, c, place);
		}
	}
}

/* Where the area and the points of a curve go */
struct curve_goal {
	enum plan_measure measure;
	double *points; /* or NULL */
};

static struct curve_goal find_goal(const struct map_case *map, const struct curve *curve)
{
	static const enum plan_measure measures[2][CURVE_BASE_COUNT] = {
		{ PLAN_MEASURE_DELETION_ZERO, PLAN_MEASURE_DELETION_MEAN,
				PLAN_MEASURE_DELETION_BLUR },
		{ PLAN_MEASURE_INSERTION_ZERO, PLAN_MEASURE_INSERTION_MEAN,
				PLAN_MEASURE_INSERTION_BLUR },
	};
	struct curve_goal goal = { measures[curve->insertion][curve->base], NULL };

	if (goal.measure == PLAN_MEASURE_DELETION_ZERO) {
		goal.points = map->deletion;
	} else if (goal.measure == PLAN_MEASURE_INSERTION_BLUR) {
		goal.points = map->insertion;
	}
	return goal;
}

static void measure_curve(const struct map_case *map, void *state,
		const struct classification *results)
{
	struct curve_goal goal = find_goal(map, state);
	size_t count = count_points(map);
	double *points = memory_new(count, sizeof(*points));

	for (size_t i = 0; i < count; i++) {
		points[i] = results[i].probability;
	}
	map->values[goal.measure] = measure_area_under(points, count);
	if (goal.points != NULL) {
		memcpy(goal.points, points, count * sizeof(*points));
	}
	free(points);
}

#define CURVE_PROBE(its_variant) \
	{ \
		.count = count_points, .begin = begin_curve, .draw = draw_step, \
		.measure = measure_curve, .end = end_curve, .variant = (its_variant), \
	}

const struct probe curve_deletion[CURVE_BASE_COUNT] = {
	CURVE_PROBE(CURVE_ZERO),
	CURVE_PROBE(CURVE_MEAN),
	CURVE_PROBE(CURVE_BLUR),
};
const struct probe curve_insertion[CURVE_BASE_COUNT] = {
	CURVE_PROBE(INSERTION + CURVE_ZERO),
	CURVE_PROBE(INSERTION + CURVE_MEAN),
	CURVE_PROBE(INSERTION + CURVE_BLUR),
};
