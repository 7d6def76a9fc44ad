/*
 * What the process of a job gives as its results: numbers that make sense are taken as they
 * are, and others fail their source, whatever the bytes.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "evaluate/transfer.h"
#include "support/cunit_main.h"

#define TARGETS 3
#define STEPS 4
#define STAGES 2

static void start(struct evaluation *evaluation, struct source *source)
{
	*evaluation = (struct evaluation){ .target_count = TARGETS,
		.curve_steps = STEPS,
		.stage_count = STAGES };
	*source = (struct source){ .name = "job" };
	source->scores = memory_new(TARGETS, sizeof(*source->scores));
	source->similarity = memory_new(STAGES, sizeof(*source->similarity));
	for (size_t role = 0; role < ROLE_COUNT; role++) {
		source->tallies[role].deletion = memory_new(STEPS + 1, sizeof(int64_t));
		source->tallies[role].insertion = memory_new(STEPS + 1, sizeof(int64_t));
	}
}

static void end(struct source *source)
{
	for (size_t role = 0; role < ROLE_COUNT; role++) {
		free(source->tallies[role].deletion);
		free(source->tallies[role].insertion);
	}
	free(source->similarity);
	free(source->scores);
	free(source->failure);
}

static void test_round_trip(void)
{
	struct evaluation evaluation;
	struct source child, parent;

	start(&evaluation, &child);
	start(&evaluation, &parent);
	child.scores[2] = (struct score){ .measured = true, .iou = 0.25, .deletion = 3 };
	child.scores[2].has[PLAN_MEASURE_ROAD] = true;
	child.scores[2].values[PLAN_MEASURE_ROAD] = -0.5;
	child.tallies[ROLE_MAIN].maps = 2;
	child.tallies[ROLE_MAIN].levels[MEASURE_LEVELS - 1] = 5;
	child.tallies[ROLE_DISTRACTOR].curves = 1;
	child.tallies[ROLE_DISTRACTOR].insertion[STEPS] = 7;
	child.similarity[1] = (struct similarity){ 2, 8, -1 };
	child.failure = memory_text("no face");
	char *memory = memory_new(1, transfer_size(&evaluation, &child));

	transfer_put(&evaluation, &child, memory);
	transfer_take(&evaluation, &parent, memory);
	CU_ASSERT_TRUE(parent.scores[2].measured);
	CU_ASSERT_EQUAL(parent.scores[2].iou, 0.25);
	CU_ASSERT_EQUAL(parent.scores[2].deletion, 3);
	CU_ASSERT_TRUE(parent.scores[2].has[PLAN_MEASURE_ROAD]);
	CU_ASSERT_EQUAL(parent.scores[2].values[PLAN_MEASURE_ROAD], -0.5);
	CU_ASSERT_EQUAL(parent.tallies[ROLE_MAIN].maps, 2);
	CU_ASSERT_EQUAL(parent.tallies[ROLE_MAIN].levels[MEASURE_LEVELS - 1], 5);
	CU_ASSERT_EQUAL(parent.tallies[ROLE_DISTRACTOR].curves, 1);
	CU_ASSERT_EQUAL(parent.tallies[ROLE_DISTRACTOR].insertion[STEPS], 7);
	CU_ASSERT_EQUAL(parent.similarity[1].maps, 2);
	CU_ASSERT_EQUAL(parent.similarity[1].ssim, -1);
	CU_ASSERT_STRING_EQUAL(parent.failure, "no face");
	free(memory);
	end(&child);
	end(&parent);
}

/* Of each eight bytes in turn, what a wild write may leave there */
static void test_any_bytes(void)
{
	static const double wild[] = { NAN, -INFINITY };
	struct evaluation evaluation;
	struct source child;
	size_t failed = 0;

	start(&evaluation, &child);
	size_t size = transfer_size(&evaluation, &child);

	for (size_t place = 0; place + sizeof(double) <= size; place += sizeof(double)) {
		struct source parent;
		char *memory = memory_new(1, size);

		start(&evaluation, &parent);
		transfer_put(&evaluation, &child, memory);
		memcpy(memory + place, &wild[place % 16 == 0], sizeof(double));
		transfer_take(&evaluation, &parent, memory);
		for (size_t i = 0; i < TARGETS; i++) {
			CU_ASSERT_TRUE(isfinite(parent.scores[i].energy)
					&& isfinite(parent.scores[i].insertion)
					&& isfinite(parent.scores[i].values
									[PLAN_MEASURE_COMPLEXITY]));
		}
		failed += parent.failure != NULL;
		free(memory);
		end(&parent);
	}
	/* A number of each of the scores, and all that a text's first byte can be */
	CU_ASSERT_TRUE(failed > TARGETS * PLAN_MEASURE_COUNT);
	end(&child);
}

static void test_a_text_without_end(void)
{
	struct evaluation evaluation;
	struct source source;

	start(&evaluation, &source);
	size_t size = transfer_size(&evaluation, &source);
	char *memory = memory_new(1, size);

	memset(memory, 0xff, size);
	transfer_take(&evaluation, &source, memory);
	CU_ASSERT_PTR_NOT_NULL_FATAL(source.failure);
	CU_ASSERT_TRUE(strncmp(source.failure, "\xef\xbf\xbd", 3) == 0);
	CU_ASSERT_FALSE(source.scores[0].measured);
	free(memory);
	end(&source);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "results arrive as they were", test_round_trip },
		{ "whatever is in the memory, what is taken makes sense",
				test_any_bytes },
		{ "a text without an end has one", test_a_text_without_end },
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "transfer", NULL, NULL, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
