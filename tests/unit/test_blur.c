/**
 * \file    unit/test_blur.c
 * \brief   Gaussian blur: its weights, its edges, its directions
 */
#include <math.h>

#include "base/blur.h"
#include "support/cunit_main.h"

/** With this deviation a neighbor weighs half of what a sample itself does. */
static double half_weight(void)
{
	return sqrt(0.5 / log(2));
}

static void check_values(const float *values, const float *wanted, int64_t count)
{
	for (int64_t i = 0; i < count; i++) {
		CU_ASSERT_DOUBLE_EQUAL(values[i], wanted[i], 1e-6);
	}
}

/** Samples are made so large that the weights count 1, 8, 16, 8, 1. */
static void a_line_goes_on_beyond_its_ends_as_the_edge_says(void)
{
	static const struct {
		enum blur_edge edge;
		float wanted[4];
	} rows[] = {
		/* 0 0|0 1 2 4|4 4 */
		{ BLUR_REPEAT,
				{ 8 + 2, 16 + 16 + 4, 8 + 32 + 32 + 4,
						1 + 16 + 64 + 36 } },
		/* 1 0|0 1 2 4|4 2 */
		{ BLUR_MIRROR,
				{ 1 + 8 + 2, 16 + 16 + 4, 8 + 32 + 32 + 4,
						1 + 16 + 64 + 34 } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct blur blur = {
			.deviation = half_weight(),
			.radius = 2,
			.edge = rows[i].edge,
		};
		const double sum = 1.0 / 16 + 1.0 / 2 + 1 + 1.0 / 2 + 1.0 / 16;
		float row[] = { 0, 1, 2, 4 }, column[] = { 0, 1, 2, 4 };

		for (int k = 0; k < 4; k++) {
			row[k] *= (float)(16 * sum);
			column[k] = row[k];
		}
		CU_ASSERT_TRUE(blur_planes(&blur, 1, 1, 4, row));
		CU_ASSERT_TRUE(blur_planes(&blur, 1, 4, 1, column));
		check_values(row, rows[i].wanted, 4);
		check_values(column, rows[i].wanted, 4);
	}
}

static void a_radius_beyond_the_line_mirrors_it_again_and_again(void)
{
	const struct blur blur = { .deviation = 50, .radius = 500, .edge = BLUR_MIRROR };
	float values[] = { 3, 5 };

	CU_ASSERT_TRUE(blur_planes(&blur, 1, 1, 2, values));
	CU_ASSERT_DOUBLE_EQUAL(values[0], 4, 1e-3);
	CU_ASSERT_DOUBLE_EQUAL(values[1], 4, 1e-3);
}

static void planes_do_not_run_into_each_other(void)
{
	const struct blur blur = { .deviation = 2, .radius = 6, .edge = BLUR_REPEAT };
	float values[2 * 3 * 2], wanted[2 * 3 * 2];

	for (int i = 0; i < 12; i++) {
		values[i] = wanted[i] = i < 6 ? 1 : 9;
	}
	CU_ASSERT_TRUE(blur_planes(&blur, 2, 3, 2, values));
	check_values(values, wanted, 12);
}

static void nothing_is_changed_without_a_radius(void)
{
	const struct blur blur = { .deviation = 0, .radius = 0 };
	static const float wanted[] = { 1, 2, 3 };
	float values[] = { 1, 2, 3 };

	CU_ASSERT_TRUE(blur_planes(&blur, 1, 1, 3, values));
	check_values(values, wanted, 3);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "a line goes on beyond its ends as the edge says",
				a_line_goes_on_beyond_its_ends_as_the_edge_says },
		{ "a radius beyond the line mirrors it again and again",
				a_radius_beyond_the_line_mirrors_it_again_and_again },
		{ "planes do not run into each other",
				planes_do_not_run_into_each_other },
		{ "nothing is changed without a radius",
				nothing_is_changed_without_a_radius },
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "blur", NULL, NULL, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
