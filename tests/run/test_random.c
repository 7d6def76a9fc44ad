/*
 * Random numbers: the published generator, its streams, and its distributions.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/random.h"
#include "support/cunit_main.h"

/* Random123's kat_vectors, philox4x32 with 10 rounds */
static const struct {
	uint32_t counter[4];
	uint32_t key[2];
	uint32_t words[4];
} published[] = {
	{
			{ 0, 0, 0, 0 },
			{ 0, 0 },
			{ 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 },
	},
	{
			{ 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
			{ 0xffffffff, 0xffffffff },
			{ 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd },
	},
	{
			{ 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
			{ 0xa4093822, 0x299f31d0 },
			{ 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 },
	},
};

static void test_blocks_are_those_published(void)
{
	for (size_t i = 0; i < sizeof(published) / sizeof(published[0]); i++) {
		uint32_t words[RANDOM_WORDS];

		random_blocks(published[i].counter, published[i].key, words);
		CU_ASSERT_EQUAL(memcmp(words, published[i].words,
						sizeof(published[i].words)),
				0);
	}
}

static void test_blocks_follow_each_other(void)
{
	static const uint32_t key[2] = { 1, 2 };
	uint32_t counter[4] = { UINT32_MAX - 2, 7, 3, 4 };
	uint32_t together[RANDOM_WORDS], alone[RANDOM_WORDS];

	random_blocks(counter, key, together);
	for (int i = 0; i < RANDOM_BLOCKS; i++) {
		random_blocks(counter, key, alone);
		CU_ASSERT_EQUAL(memcmp(alone, together + i * 4, 4 * sizeof(*alone)), 0);
		counter[0]++;
		counter[1] += counter[0] == 0;
	}
}

#define COUNT 100000

static float drawn[COUNT];

static void draw_uniform(uint64_t seed, const char *job, uint64_t stream, float *values,
		int64_t count)
{
	struct cnnviz_random random = { 0 };

	random_start(&random, seed, job, stream);
	random_uniform(&random, 0, 1, count, values);
}

static void test_streams_differ_by_seed_job_and_number(void)
{
	static const struct {
		uint64_t seed;
		const char *job;
		uint64_t stream;
	} others[] = {
		{ 1, "job", 0 },
		{ 0, "jobs", 0 },
		{ 0, "job", 1 },
		{ 0, "job", UINT64_C(1) << 32 },
		{ UINT64_C(1) << 32, "job", 0 },
	};
	float first[8], again[8], other[8];

	draw_uniform(0, "job", 0, first, 8);
	draw_uniform(0, "job", 0, again, 8);
	CU_ASSERT_EQUAL(memcmp(first, again, sizeof(first)), 0);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		draw_uniform(others[i].seed, others[i].job, others[i].stream, other, 8);
		for (int k = 0; k < 8; k++) {
			CU_ASSERT_NOT_EQUAL(first[k], other[k]);
		}
	}
}

static void test_uniform_numbers_fill_their_range(void)
{
	struct cnnviz_random random = { 0 };
	double sum = 0, squares = 0;

	random_start(&random, 3, "uniform", 0);
	random_uniform(&random, -2, 4, COUNT, drawn);
	for (int i = 0; i < COUNT; i++) {
		CU_ASSERT_FATAL(drawn[i] >= -2 && drawn[i] < 4);
		sum += drawn[i];
		squares += (double)drawn[i] * drawn[i];
	}
	/* mean 1, variance 6^2 / 12 = 3; five deviations of each estimate */
	CU_ASSERT(fabs(sum / COUNT - 1) < 5 * sqrt(3.0 / COUNT));
	CU_ASSERT(fabs(squares / COUNT - 1 - 3) < 5 * 6 / sqrt(COUNT));
}

static void test_the_upper_end_is_never_reached(void)
{
	struct cnnviz_random random = { 0 };
	float low = 1, high = nextafterf(nextafterf(1, 2), 2);

	random_start(&random, 0, "narrow", 0);
	random_uniform(&random, low, high, 1000, drawn);
	for (int i = 0; i < 1000; i++) {
		CU_ASSERT_FATAL(drawn[i] >= low && drawn[i] < high);
	}
}

static void test_normal_numbers_have_the_moments_asked_for(void)
{
	struct cnnviz_random random = { 0 };
	double moments[5] = { 0 };
	int beyond = 0;

	random_start(&random, 7, "normal", 0);
	random_normal(&random, 10, 2, COUNT, drawn);
	for (int i = 0; i < COUNT; i++) {
		double z = (drawn[i] - 10) / 2;

		for (int k = 1; k < 5; k++) {
			moments[k] += pow(z, k) / COUNT;
		}
		beyond += fabs(z) > 1.959964;
	}
	/* Variances of z, z^2, z^3, z^4: 1, 2, 15, 96 */
	CU_ASSERT(fabs(moments[1]) < 5 * sqrt(1.0 / COUNT));
	CU_ASSERT(fabs(moments[2] - 1) < 5 * sqrt(2.0 / COUNT));
	CU_ASSERT(fabs(moments[3]) < 5 * sqrt(15.0 / COUNT));
	CU_ASSERT(fabs(moments[4] - 3) < 5 * sqrt(96.0 / COUNT));
	CU_ASSERT(abs(beyond - COUNT / 20) < 5 * sqrt(COUNT * 0.05 * 0.95));
}

static void test_how_many_are_asked_for_at_once_does_not_matter(void)
{
	struct cnnviz_random whole = { 0 }, parts = { 0 };
	float all[11], some[11];

	random_start(&whole, 1, "parts", 2);
	random_normal(&whole, 0, 1, 11, all);
	random_start(&parts, 1, "parts", 2);
	random_normal(&parts, 0, 1, 3, some);
	random_normal(&parts, 0, 1, 0, some + 3);
	random_normal(&parts, 0, 1, 8, some + 3);
	CU_ASSERT_EQUAL(memcmp(all, some, sizeof(all)), 0);
}

static CU_TestInfo tests[] = {
	{ "blocks are those published", test_blocks_are_those_published },
	{ "blocks follow each other", test_blocks_follow_each_other },
	{ "streams differ by seed, job and number",
			test_streams_differ_by_seed_job_and_number },
	{ "uniform numbers fill their range", test_uniform_numbers_fill_their_range },
	{ "the upper end is never reached", test_the_upper_end_is_never_reached },
	{ "normal numbers have the moments asked for",
			test_normal_numbers_have_the_moments_asked_for },
	{ "how many are asked for at once does not matter",
			test_how_many_are_asked_for_at_once_does_not_matter },
	CU_TEST_INFO_NULL,
};

static CU_SuiteInfo suites[] = {
	{ "random numbers", NULL, NULL, NULL, NULL, tests },
	CU_SUITE_INFO_NULL,
};

int main(void)
{
	return cunit_run(suites);
}
