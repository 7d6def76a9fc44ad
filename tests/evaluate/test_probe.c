/**
 * \file    evaluate/test_probe.c
 * \brief   Questions of several measures and maps share full passes, and each gets its answers
 */
#include <stdlib.h>
#include <string.h>

#include "evaluate/impute.h"
#include "evaluate/probe.h"
#include "support/cunit_main.h"

#define MOST_PASSES 16
#define BATCH 4

/* ---- An engine whose logit is the picture's only value -------------------------- */

static struct {
	size_t passes;
	int64_t sizes[MOST_PASSES];
	size_t fail_at; /* a pass; 0: none */
	cnnviz_tensor *logits;
} asked;

static cnnviz_status forward(struct engine_network *network, const cnnviz_tensor *input,
		size_t capture_count, const int32_t *captures, bool backward,
		struct engine_pass **pass, struct error *error)
{
	const int64_t shape[] = { tensor_shape(input)[0], 1 };

	(void)network;
	(void)capture_count;
	(void)captures;
	CU_ASSERT_FALSE(backward);
	CU_ASSERT_FATAL(asked.passes < MOST_PASSES);
	asked.sizes[asked.passes++] = shape[0];
	if (asked.passes == asked.fail_at) {
		return error_set(error, CNNVIZ_ERROR_MEMORY, "no memory");
	}
	asked.logits = tensor_create(2, shape);
	memcpy(tensor_mutable_data(asked.logits), tensor_data(input),
			(size_t)shape[0] * sizeof(float));
	*pass = NULL;
	return CNNVIZ_OK;
}

static cnnviz_status activation(struct engine_pass *pass, int32_t node,
		cnnviz_tensor **tensor, struct error *error)
{
	(void)pass;
	(void)node;
	(void)error;
	*tensor = asked.logits;
	return CNNVIZ_OK;
}

static void release(struct engine_pass *pass)
{
	(void)pass;
}

static const struct engine engine = {
	.forward = forward,
	.activation = activation,
	.release = release,
};

/* ---- Measures whose answers tell what was asked ---------------------------------- */

static int states; /* that have begun and not ended */

static size_t count_five(const struct map_case *map)
{
	(void)map;
	return 5;
}

static size_t count_one(const struct map_case *map)
{
	(void)map;
	return 1;
}

static void *begin(const struct probe *probe, const struct map_case *map)
{
	(void)map;
	states++;
	return (void *)(uintptr_t)probe;
}

static void end(void *state)
{
	states -= state != NULL;
}

/* Of map 3's picture 2 in a measure of variant 100 it is 132. */
static void draw(const struct map_case *map, void *state, size_t i, float *picture)
{
	const struct probe *probe = state;

	*picture = (float)(probe->variant + 10 * (int)map->stream + (int)i);
}

static void check_answers(const struct map_case *map, void *state,
		const struct classification *results)
{
	const struct probe *probe = state;
	size_t count = probe->count(map);

	for (size_t i = 0; i < count; i++) {
		CU_ASSERT_EQUAL(results[i].logit,
				probe->variant + 10 * (int)map->stream + (int)i);
	}
	map->values[probe->variant / 100]++;
}

static const struct probe five = { count_five, begin, draw, check_answers, end, 0 };
static const struct probe one = { count_one, begin, draw, check_answers, end, 100 };

/* Both of three maps; returns how it went. */
static cnnviz_status run(double values[3][PLAN_MEASURE_COUNT], struct error *error)
{
	const struct probe_network network = {
		.engine = &engine,
		.activation = ACTIVATION_SIGMOID,
		.batch = BATCH,
	};
	struct prober *prober = prober_create(&network, (const int64_t[]){ 1, 1, 1, 1 });
	struct map_case maps[3] = { { 0 } };
	struct judge_steps steps = { 0 };

	asked.passes = 0;
	for (size_t n = 0; n < 3; n++) {
		maps[n].stream = n;
		maps[n].values = values[n];
		prober_add(prober, &five, &maps[n]);
		prober_add(prober, &one, &maps[n]);
	}
	CU_ASSERT_EQUAL(prober_total(prober), 18);
	cnnviz_status status = prober_run(prober, &steps, error);

	prober_free(prober);
	CU_ASSERT_EQUAL(steps.done, status == CNNVIZ_OK ? 18 : 4 * asked.passes);
	return status;
}

static void passes_are_full_whoever_asks(void)
{
	double values[3][PLAN_MEASURE_COUNT] = { { 0 } };
	struct error error;

	asked.fail_at = 0;
	CU_ASSERT_EQUAL(run(values, &error), CNNVIZ_OK);
	CU_ASSERT_EQUAL_FATAL(asked.passes, 5);
	for (size_t i = 0; i < 5; i++) {
		CU_ASSERT_EQUAL(asked.sizes[i], i < 4 ? BATCH : 18 % BATCH);
	}
	for (size_t n = 0; n < 3; n++) {
		CU_ASSERT_EQUAL(values[n][0], 1);
		CU_ASSERT_EQUAL(values[n][1], 1);
	}
	CU_ASSERT_EQUAL(states, 0);
}

static void a_pass_that_fails_ends_what_has_begun(void)
{
	double values[3][PLAN_MEASURE_COUNT] = { { 0 } };
	struct error error;

	asked.fail_at = 3;
	CU_ASSERT_EQUAL(run(values, &error), CNNVIZ_ERROR_MEMORY);
	CU_ASSERT_EQUAL(asked.passes, 3);
	CU_ASSERT_EQUAL(values[0][1], 1);
	CU_ASSERT_EQUAL(values[1][0], 0);
	CU_ASSERT_EQUAL(states, 0);
}

/* ---- Imputation ------------------------------------------------------------------ */

/* A ramp from left to right is the mean of its neighbors everywhere inside. */
static void a_ramp_is_filled_in_as_it_was(void)
{
	enum { WIDTH = 40, HEIGHT = 30 };
	float values[HEIGHT * WIDTH];
	bool removed[HEIGHT * WIDTH];

	for (int i = 0; i < HEIGHT * WIDTH; i++) {
		int x = i % WIDTH, y = i / WIDTH;

		removed[i] = x > 0 && x < WIDTH - 1 && y > 0 && y < HEIGHT - 1;
		values[i] = removed[i] ? 1000 : (float)x;
	}
	impute_linear(removed, 1, HEIGHT, WIDTH, values);
	for (int i = 0; i < HEIGHT * WIDTH; i++) {
		CU_ASSERT_DOUBLE_EQUAL(values[i], i % WIDTH, 1e-5);
	}
}

static void without_anything_that_is_kept_all_is_0(void)
{
	float values[6] = { 1, 2, 3, 4, 5, 6 };
	const bool removed[6] = { true, true, true, true, true, true };

	impute_linear(removed, 1, 2, 3, values);
	for (int i = 0; i < 6; i++) {
		CU_ASSERT_EQUAL(values[i], 0);
	}
}

int main(void)
{
	CU_TestInfo probes[] = {
		{ "passes are full whoever asks", passes_are_full_whoever_asks },
		{ "a pass that fails ends what has begun",
				a_pass_that_fails_ends_what_has_begun },
		CU_TEST_INFO_NULL,
	};
	CU_TestInfo imputations[] = {
		{ "a ramp is filled in as it was", a_ramp_is_filled_in_as_it_was },
		{ "without anything that is kept all is 0",
				without_anything_that_is_kept_all_is_0 },
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "probe", NULL, NULL, NULL, NULL, probes },
		{ "impute", NULL, NULL, NULL, NULL, imputations },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
