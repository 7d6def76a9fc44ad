/**
 * \file    evaluate/test_measure.c
 * \brief   Measures of maps on examples that can be computed by hand
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/tensor.h"
#include "evaluate/baseline.h"
#include "evaluate/complexity.h"
#include "evaluate/curve.h"
#include "evaluate/measure.h"
#include "evaluate/robustness.h"
#include "support/cunit_main.h"

#define NEAR(value, expected) CU_ASSERT_DOUBLE_EQUAL(value, expected, 1e-9)

/* ---- Pointing game ------------------------------------------------------------- */

/* A 10x10 plane with one point at (7, 5), whose center is (7.5, 5.5) */
static void a_maximum_hits_within_the_tolerance_of_the_box(void)
{
	static const struct {
		double box[4];
		double tolerance;
		double score;
	} cases[] = {
		{ { 7, 5, 8, 6 }, 0, 1 },    /* the very pixel */
		{ { 0, 0, 10, 10 }, 0, 1 },  /* everything */
		{ { 0, 0, 7, 10 }, 0, 0 },   /* ends where the pixel begins */
		{ { 0, 0, 7.5, 10 }, 0, 1 }, /* ends at its center */
		{ { 0, 0, 7, 10 }, 0.49, 0 },
		{ { 0, 0, 7, 10 }, 0.5, 1 }, /* half a pixel away */
		{ { 0, 0, 4.5, 1.5 }, 4.99, 0 },
		{ { 0, 0, 4.5, 1.5 }, 5, 1 }, /* 3 across and 4 down: 5 from the corner */
		{ { 9, 5, 10, 6 }, 1.5, 1 },  /* from the left */
		{ { 9, 5, 10, 6 }, 1.4, 0 },
		{ { 0, 8, 10, 10 }, 2.5, 1 }, /* from above */
		{ { 0, 8, 10, 10 }, 2.4, 0 },
	};
	float plane[100] = { [57] = 3 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CU_ASSERT_EQUAL(measure_pointing(plane, 10, 10, cases[i].box,
						cases[i].tolerance),
				cases[i].score);
	}
}

static void of_equal_maxima_the_share_that_hits_counts(void)
{
	const double box[] = { 0, 0, 2, 2 };
	float plane[16] = { [0] = 2, [5] = 2, [15] = 2, [3] = 1 };
	float constant[16];

	NEAR(measure_pointing(plane, 4, 4, box, 0), 2.0 / 3);
	for (size_t i = 0; i < 16; i++) {
		constant[i] = 0.25f;
	}
	NEAR(measure_pointing(constant, 4, 4, box, 0), 0.25);
}

static void a_zero_map_misses_everything(void)
{
	const double box[] = { 0, 0, 4, 4 };
	float plane[16] = { 0 }, coverage[16];
	struct measure_iou iou;

	CU_ASSERT_TRUE(measure_is_zero(plane, 16));
	NEAR(measure_pointing(plane, 4, 4, box, 100), 0);
	NEAR(measure_energy(plane, 4, 4, box), 0);
	measure_cover_box(box, 4, 4, coverage);
	measure_iou(plane, coverage, 16, &iou);
	NEAR(iou.best, 0);
	for (int i = 0; i < MEASURE_LEVELS; i++) {
		NEAR(iou.levels[i], 0);
	}
	plane[9] = 1e-30f;
	CU_ASSERT_FALSE(measure_is_zero(plane, 16));
}

/* ---- Energy -------------------------------------------------------------------- */

static void energy_is_the_share_of_the_sum_in_the_box(void)
{
	static const struct {
		double box[4];
		double share;
	} cases[] = {
		{ { 0, 0, 3, 2 }, 1 },
		{ { 0, 0, 1, 1 }, 1.0 / 21 },
		{ { 1, 0, 3, 2 }, (2.0 + 3 + 5 + 6) / 21 },
		{ { 0.5, 0, 1, 1 }, 0.5 / 21 }, /* half of a pixel */
		{ { 0.5, 0.5, 1.5, 1.5 }, (1 + 2 + 4 + 5) * 0.25 / 21 },
	};
	const float plane[] = { 1, 2, 3, 4, 5, 6 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		NEAR(measure_energy(plane, 3, 2, cases[i].box), cases[i].share);
	}
}

/* ---- Coverage ------------------------------------------------------------------ */

static void a_mask_covers_pixels_by_area(void)
{
	/* 4x2 onto 2x1: squares of 2x2; onto 3x2: thirds of pixels */
	const unsigned char mask[] = { 1, 0, 1, 1, 0, 0, 1, 1 };
	float coverage[6];

	measure_cover_mask(mask, 4, 2, 2, 1, coverage);
	CU_ASSERT_DOUBLE_EQUAL(coverage[0], 0.25, 1e-7);
	CU_ASSERT_DOUBLE_EQUAL(coverage[1], 1, 1e-7);
	measure_cover_mask(mask, 4, 2, 3, 2, coverage);
	/* pixel 0 spans 0 to 4/3: all of sample 0, a third of sample 1 */
	CU_ASSERT_DOUBLE_EQUAL(coverage[0], 0.75, 1e-7);
	CU_ASSERT_DOUBLE_EQUAL(coverage[1], 0.5, 1e-7);
	CU_ASSERT_DOUBLE_EQUAL(coverage[2], 1, 1e-7);
	CU_ASSERT_DOUBLE_EQUAL(coverage[3], 0, 1e-7);
	CU_ASSERT_DOUBLE_EQUAL(coverage[4], 0.5, 1e-7);
}

static void a_box_and_its_mask_cover_alike(void)
{
	const double box[] = { 1, 2, 5, 4 };
	unsigned char mask[48];
	float by_box[48], by_mask[48];

	for (int i = 0; i < 48; i++) {
		mask[i] = i % 8 >= 1 && i % 8 < 5 && i / 8 >= 2 && i / 8 < 4;
	}
	measure_cover_box(box, 8, 6, by_box);
	measure_cover_mask(mask, 8, 6, 8, 6, by_mask);
	for (int i = 0; i < 48; i++) {
		CU_ASSERT_DOUBLE_EQUAL(by_box[i], by_mask[i], 1e-7);
	}
}

/* ---- Intersection over union --------------------------------------------------- */

static void thresholds_are_swept_over_the_values(void)
{
	/* Object: pixels 0 and 1. Selected at 4: {0} 1/2; at 3: {0,2} 1/3;
	 * at 2: {0,2,1} 2/3; at 1: {0,2,1,3} 2/4. */
	const float plane[] = { 4, 2, 3, 1, 0 };
	const float coverage[] = { 1, 1, 0, 0, 0 };
	struct measure_iou iou;

	measure_iou(plane, coverage, 5, &iou);
	NEAR(iou.best, 2.0 / 3);
	NEAR(iou.threshold, 0.5);
	for (int i = 0; i < MEASURE_LEVELS; i++) {
		double t = 4 * measure_level(i);
		NEAR(iou.levels[i],
				t > 3                   ? 1.0 / 2
						: t > 2 ? 1.0 / 3
						: t > 1 ? 2.0 / 3
							: 1.0 / 2);
	}
	NEAR(measure_level(MEASURE_LEVELS - 1), 1);
}

static void equal_values_are_selected_together(void)
{
	const float plane[] = { 1, 1, 1, 0 };
	const float coverage[] = { 1, 0, 0, 0 };
	struct measure_iou iou;

	measure_iou(plane, coverage, 4, &iou);
	NEAR(iou.best, 1.0 / 3);
}

static void partly_covered_pixels_count_by_their_part(void)
{
	const float plane[] = { 1, 0 };
	const float coverage[] = { 1, 0.5f };
	struct measure_iou iou;

	measure_iou(plane, coverage, 2, &iou);
	NEAR(iou.best, 1 / 1.5);
}

/* ---- Properties ---------------------------------------------------------------- */

static void a_perfect_map_scores_1(void)
{
	const double box[] = { 3, 2, 9, 7 };
	float plane[120];
	struct measure_iou iou;

	measure_cover_box(box, 12, 10, plane);
	NEAR(measure_pointing(plane, 12, 10, box, 0), 1);
	NEAR(measure_energy(plane, 12, 10, box), 1);
	measure_iou(plane, plane, 120, &iou);
	NEAR(iou.best, 1);
	NEAR(iou.levels[0], 1);
	NEAR(iou.levels[MEASURE_LEVELS - 1], 1);
}

static void a_random_map_scores_about_the_box_s_share(void)
{
	const double box[] = { 10, 20, 40, 50 };
	const double share = 30.0 * 30 / (64 * 64);
	double pointing = 0, energy = 0;
	int maps = 400;

	for (int i = 0; i < maps; i++) {
		cnnviz_tensor *plane = baseline_plane(BASELINE_RANDOM, 64, 64, 9,
				(uint64_t)i);
		pointing += measure_pointing(tensor_data(plane), 64, 64, box, 0) / maps;
		energy += measure_energy(tensor_data(plane), 64, 64, box) / maps;
		tensor_unref(plane);
	}
	/* Three standard deviations of a proportion; energy hardly varies. */
	CU_ASSERT_DOUBLE_EQUAL(pointing, share, 3 * sqrt(share * (1 - share) / maps));
	CU_ASSERT_DOUBLE_EQUAL(energy, share, 0.002);
}

static void random_maps_depend_on_seed_and_object_alone(void)
{
	cnnviz_tensor *first = baseline_plane(BASELINE_RANDOM, 4, 4, 1, 2);
	cnnviz_tensor *same = baseline_plane(BASELINE_RANDOM, 4, 4, 1, 2);
	cnnviz_tensor *other = baseline_plane(BASELINE_RANDOM, 4, 4, 1, 3);
	size_t size = 16 * sizeof(float);

	CU_ASSERT_EQUAL(memcmp(tensor_data(first), tensor_data(same), size), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(tensor_data(first), tensor_data(other), size), 0);
	tensor_unref(other);
	tensor_unref(same);
	tensor_unref(first);
}

static void the_center_dot_points_at_the_center(void)
{
	const double middle[] = { 10, 6, 12, 8 };
	cnnviz_tensor *plane = baseline_plane(BASELINE_CENTER, 14, 22, 0, 0);

	NEAR(measure_pointing(tensor_data(plane), 22, 14, middle, 0), 1);
	/* a quarter of the width from the middle: one standard deviation */
	const float *row = tensor_data(plane) + 7 * 22;
	CU_ASSERT_DOUBLE_EQUAL(row[5] / row[10],
			exp(-(5.5 * 5.5 - 0.5 * 0.5) / (2 * 5.5 * 5.5)), 1e-6);
	tensor_unref(plane);
}

/* ---- Areas and ranks ----------------------------------------------------------- */

static void the_area_under_a_curve_is_that_of_trapezoids(void)
{
	const double constant[] = { 0.3, 0.3, 0.3, 0.3 };
	const double line[] = { 1, 0 };
	const double bent[] = { 1, 0.5, 0.25, 0 }; /* (0.5 + 0.5 + 0.25) / 3 */

	NEAR(measure_area_under(constant, 4), 0.3);
	NEAR(measure_area_under(line, 2), 0.5);
	NEAR(measure_area_under(bent, 4), 1.25 / 3);
}

static void rank_correlation_sees_order_alone(void)
{
	const float rising[] = { 1, 2, 3, 4 };
	const float steep[] = { 0.1f, 5, 90, 1e6f };
	const float falling[] = { 9, 4, 2, 0 };
	const float swapped[] = { 2, 1, 4, 3 }; /* 1 - 6 * 4 / (4 * 15) */
	const float constant[] = { 7, 7, 7, 7 };
	/* Ranks 1.5 1.5 3 4 against 1 2 3.5 3.5: 4 / sqrt(4.5 * 4.5) */
	const float tied[] = { 0, 0, 1, 2 };
	const float other[] = { 1, 2, 3, 3 };

	NEAR(measure_spearman(rising, rising, 4), 1);
	NEAR(measure_spearman(rising, steep, 4), 1);
	NEAR(measure_spearman(rising, falling, 4), -1);
	NEAR(measure_spearman(rising, swapped, 4), 0.6);
	NEAR(measure_spearman(tied, other, 4), 4 / 4.5);
	NEAR(measure_spearman(rising, constant, 4), 0);
}

static void a_picture_is_like_itself_and_unlike_its_negative(void)
{
	unsigned char picture[400], negative[400], flat[400], lighter[400];

	for (int i = 0; i < 400; i++) {
		picture[i] = (unsigned char)((i * 37 + i / 20 * 11) % 256);
		negative[i] = (unsigned char)(255 - picture[i]);
		flat[i] = 100;
		lighter[i] = 200;
	}
	NEAR(measure_ssim(picture, picture, 20, 20), 1);
	CU_ASSERT_TRUE(measure_ssim(picture, negative, 20, 20) < 0);
	/* Flat pictures differ in luminance alone. */
	double c1 = 0.01 * 255 * 0.01 * 255;
	NEAR(measure_ssim(flat, lighter, 20, 20),
			(2.0 * 100 * 200 + c1) / (100.0 * 100 + 200.0 * 200 + c1));
	NEAR(measure_ssim(picture, picture, 4, 100), 1);
	NEAR(measure_ssim(picture, picture, 1, 1), 1);
}

/* ---- Order and blur ------------------------------------------------------------ */

static void pixels_come_by_falling_value_and_then_by_chance(void)
{
	float plane[64] = { [10] = 2, [50] = 3, [20] = 1 };
	int64_t *order = curve_order(plane, 64, 4, 5);
	int64_t *same = curve_order(plane, 64, 4, 5);
	bool met[64] = { false };
	int in_place = 0;

	CU_ASSERT_EQUAL(order[0], 50);
	CU_ASSERT_EQUAL(order[1], 10);
	CU_ASSERT_EQUAL(order[2], 20);
	for (int i = 0; i < 64; i++) {
		met[order[i]] = true;
		in_place += i > 3 && order[i] == order[i - 1] + 1;
	}
	for (int i = 0; i < 64; i++) {
		CU_ASSERT_TRUE(met[i]);
	}
	CU_ASSERT_TRUE(in_place < 10);
	CU_ASSERT_EQUAL(memcmp(order, same, 64 * sizeof(*order)), 0);
	free(same);
	free(order);
}

static void blur_keeps_what_is_constant_and_the_sum(void)
{
	cnnviz_tensor *input = tensor_create(4, (const int64_t[]){ 1, 2, 31, 17 });
	float *values = tensor_mutable_data(input);
	double sum = 0;

	for (int i = 0; i < 31 * 17; i++) {
		values[i] = -0.75f;
	}
	values[31 * 17 + 8 * 17 + 8] = 1;
	cnnviz_tensor *blurred = curve_blur(input, 1.2);
	const float *result = tensor_data(blurred);
	for (int i = 0; i < 31 * 17; i++) {
		CU_ASSERT_DOUBLE_EQUAL(result[i], -0.75, 1e-6);
		sum += result[31 * 17 + i];
	}
	CU_ASSERT_DOUBLE_EQUAL(sum, 1, 1e-6);
	const float *dot = result + 31 * 17 + 8 * 17 + 8;
	CU_ASSERT_DOUBLE_EQUAL(dot[2] / dot[0], exp(-4 / (2 * 1.2 * 1.2)), 1e-5);
	CU_ASSERT_DOUBLE_EQUAL(dot[2], dot[2 * 17], 1e-7);
	tensor_unref(blurred);
	tensor_unref(input);
}

/* ---- Maps alone ------------------------------------------------------------------ */

#define FEW 12

/* Sparseness and complexity of a map of FEW pixels */
static void look_at(const float *plane, double values[PLAN_MEASURE_COUNT])
{
	cnnviz_tensor *input = tensor_create(4, (const int64_t[]){ 1, 1, 3, FEW / 3 });
	const struct map_case map = { .input = input, .plane = plane, .values = values };

	complexity_sparseness(&map);
	complexity_entropy(&map);
	robustness_adcc(&map);
	tensor_unref(input);
}

static void a_single_pixel_is_sparse_and_simple(void)
{
	const float plane[FEW] = { [5] = 3 };
	double values[PLAN_MEASURE_COUNT] = { 0 };

	look_at(plane, values);
	CU_ASSERT_DOUBLE_EQUAL(values[PLAN_MEASURE_SPARSENESS], 1 - 1.0 / FEW, 1e-12);
	CU_ASSERT_EQUAL(values[PLAN_MEASURE_COMPLEXITY], 0);
	CU_ASSERT_DOUBLE_EQUAL(values[PLAN_MEASURE_ADCC_COMPLEXITY], 1.0 / FEW, 1e-7);
}

static void a_constant_map_is_neither(void)
{
	double values[PLAN_MEASURE_COUNT] = { 0 };
	float plane[FEW];

	for (int i = 0; i < FEW; i++) {
		plane[i] = 0.25f;
	}
	look_at(plane, values);
	CU_ASSERT_DOUBLE_EQUAL(values[PLAN_MEASURE_SPARSENESS], 0, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(values[PLAN_MEASURE_COMPLEXITY], log(FEW), 1e-12);
	CU_ASSERT_EQUAL(values[PLAN_MEASURE_ADCC_COMPLEXITY], 0);
}

static void of_a_zero_map_there_is_no_share(void)
{
	const float plane[FEW] = { 0 };
	double values[PLAN_MEASURE_COUNT] = { 0 };

	look_at(plane, values);
	CU_ASSERT_TRUE(isnan(values[PLAN_MEASURE_SPARSENESS]));
	CU_ASSERT_TRUE(isnan(values[PLAN_MEASURE_COMPLEXITY]));
}

/* The harmonic mean, which is 0 where one of its parts is */
static void adcc_takes_all_three(void)
{
	const float plane[FEW] = { [5] = 3 };
	double values[PLAN_MEASURE_COUNT] = {
		[PLAN_MEASURE_AVERAGE_DROP] = 0.5,
		[PLAN_MEASURE_COHERENCY] = 0.75,
	};

	look_at(plane, values);
	CU_ASSERT_DOUBLE_EQUAL(values[PLAN_MEASURE_ADCC],
			3 / (1 / 0.5 + 1 / 0.75 + FEW / (FEW - 1.0)), 1e-6);
	values[PLAN_MEASURE_AVERAGE_DROP] = 1;
	look_at(plane, values);
	CU_ASSERT_EQUAL(values[PLAN_MEASURE_ADCC], 0);
}

int main(void)
{
	CU_TestInfo boxes[] = {
		{ "a maximum hits within the tolerance of the box",
				a_maximum_hits_within_the_tolerance_of_the_box },
		{ "of equal maxima the share that hits counts",
				of_equal_maxima_the_share_that_hits_counts },
		{ "a zero map misses everything", a_zero_map_misses_everything },
		{ "energy is the share of the sum in the box",
				energy_is_the_share_of_the_sum_in_the_box },
		{ "a mask covers pixels by area", a_mask_covers_pixels_by_area },
		{ "a box and its mask cover alike", a_box_and_its_mask_cover_alike },
		{ "thresholds are swept over the values",
				thresholds_are_swept_over_the_values },
		{ "equal values are selected together",
				equal_values_are_selected_together },
		{ "partly covered pixels count by their part",
				partly_covered_pixels_count_by_their_part },
		CU_TEST_INFO_NULL,
	};
	CU_TestInfo properties[] = {
		{ "a perfect map scores 1", a_perfect_map_scores_1 },
		{ "a random map scores about the box's share",
				a_random_map_scores_about_the_box_s_share },
		{ "random maps depend on seed and object alone",
				random_maps_depend_on_seed_and_object_alone },
		{ "the center dot points at the center",
				the_center_dot_points_at_the_center },
		CU_TEST_INFO_NULL,
	};
	CU_TestInfo alone[] = {
		{ "a single pixel is sparse and simple",
				a_single_pixel_is_sparse_and_simple },
		{ "a constant map is neither", a_constant_map_is_neither },
		{ "of a zero map there is no share", of_a_zero_map_there_is_no_share },
		{ "ADCC takes all three", adcc_takes_all_three },
		CU_TEST_INFO_NULL,
	};
	CU_TestInfo comparisons[] = {
		{ "the area under a curve is that of trapezoids",
				the_area_under_a_curve_is_that_of_trapezoids },
		{ "rank correlation sees order alone",
				rank_correlation_sees_order_alone },
		{ "a picture is like itself and unlike its negative",
				a_picture_is_like_itself_and_unlike_its_negative },
		{ "pixels come by falling value and then by chance",
				pixels_come_by_falling_value_and_then_by_chance },
		{ "blur keeps what is constant and the sum",
				blur_keeps_what_is_constant_and_the_sum },
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "boxes and masks", NULL, NULL, NULL, NULL, boxes },
		{ "properties", NULL, NULL, NULL, NULL, properties },
		{ "curves and maps against maps", NULL, NULL, NULL, NULL, comparisons },
		{ "maps alone", NULL, NULL, NULL, NULL, alone },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
