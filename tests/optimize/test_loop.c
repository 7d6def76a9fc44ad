/*
 * The loop without a network: the objective is arithmetic on the inputs, so that the
 * results are known.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/tensor.h"
#include "optimize/check.h"
#include "optimize/loop.h"
#include "optimize/transform.h"
#include "host/random.h"
#include "optimize/turning.h"
#include "support/cunit_main.h"

#define ITEMS_MAX 5
#define SIDE 6
#define SIZE (3 * SIDE * SIDE)

/** What the objective does to an item */
enum fate { WELL, NO_GRADIENT, SILENT, NOT_A_NUMBER, ENDLESS_GRADIENT };

/** What stands in for network, host and user */
struct world {
	struct cnnviz_random streams[ITEMS_MAX];
	enum fate fate[ITEMS_MAX];
	uint32_t fate_step;            /* from which it holds, from 1 */
	uint32_t silent_steps;         /* for which it holds, if it is SILENT */
	uint32_t redirected;           /* calls for redirected gradients */
	uint32_t freeze_at[ITEMS_MAX]; /* by the observer, after that step; 0: never */
	uint32_t cancel_at;            /* before that step; 0: never */
	uint32_t calls;                /* of the objective */
	uint32_t most;                 /* items in one call */
	uint32_t steps;
	uint32_t snapshots;
	float frozen_input[SIZE]; /* of item 0, when the observer froze it */
	double seen[ITEMS_MAX];   /* values that the observer saw last */
};

/* The value is minus the squared distance from a ramp, whose phase is the item's. */
static cnnviz_status gradient(void *context, const cnnviz_tensor *inputs, uint32_t count,
		const uint32_t *items, bool redirected, double *values,
		cnnviz_tensor **result)
{
	struct world *world = context;
	int64_t size = tensor_count(inputs) / count;
	cnnviz_tensor *made = tensor_create(4, tensor_shape(inputs));
	bool fated = world->steps + 1 >= world->fate_step;

	world->calls++;
	world->redirected += redirected;
	world->most = count > world->most ? count : world->most;
	for (uint32_t n = 0; n < count; n++) {
		enum fate fate = fated ? world->fate[items[n]] : WELL;

		values[n] = 0;
		for (int64_t i = 0; i < size; i++) {
			double off = tensor_data(inputs)[n * size + i] - 0.3;

			values[n] -= off * off;
			tensor_mutable_data(made)[n * size + i] = (float)(-2 * off);
		}
		if (fate == SILENT && !redirected && world->steps < world->silent_steps) {
			fate = NO_GRADIENT;
		}
		for (int64_t i = 0; i < size && fate == NO_GRADIENT; i++) {
			tensor_mutable_data(made)[n * size + i] = 0;
		}
		if (fate == ENDLESS_GRADIENT) {
			tensor_mutable_data(made)[n * size + 1] = INFINITY;
		}
		values[n] = fate == NOT_A_NUMBER ? NAN : values[n];
	}
	*result = made;
	return CNNVIZ_OK;
}

static void uniform(void *context, uint32_t item, float low, float high, int64_t count,
		float *values)
{
	struct world *world = context;

	random_uniform(&world->streams[item], low, high, count, values);
}

static void normal(void *context, uint32_t item, float mean, float deviation,
		int64_t count, float *values)
{
	struct world *world = context;

	random_normal(&world->streams[item], mean, deviation, count, values);
}

static cnnviz_status observe(void *context, uint32_t step, const cnnviz_tensor *inputs,
		const double *values, uint8_t *frozen)
{
	struct world *world = context;
	int64_t count = tensor_shape(inputs)[0];

	world->steps = step;
	for (int64_t n = 0; n < count; n++) {
		world->seen[n] = values[n];
		if (world->freeze_at[n] == step) {
			frozen[n] = 1;
			if (n == 0) {
				memcpy(world->frozen_input, tensor_data(inputs),
						sizeof(world->frozen_input));
			}
		}
	}
	return CNNVIZ_OK;
}

static cnnviz_status snapshot(void *context, uint32_t step, uint32_t item,
		const cnnviz_tensor *image)
{
	struct world *world = context;

	(void)step;
	(void)item;
	CU_ASSERT_EQUAL(tensor_rank(image), 3);
	world->snapshots++;
	return CNNVIZ_OK;
}

static bool canceled(void *context)
{
	const struct world *world = context;

	return world->cancel_at > 0 && world->steps + 1 >= world->cancel_at;
}

static const struct loop_calls calls = {
	.gradient = gradient,
	.uniform = uniform,
	.normal = normal,
	.observe = observe,
	.snapshot = snapshot,
	.canceled = canceled,
};

static cnnviz_optimization usual(uint32_t count)
{
	return (cnnviz_optimization){
		.struct_size = sizeof(cnnviz_optimization),
		.count = count,
		.start = CNNVIZ_START_UNIFORM,
		.start_low = 100,
		.start_high = 200,
		.maximize = 1,
		.space = CNNVIZ_SPACE_INPUT,
		.optimizer = CNNVIZ_OPTIMIZER_SGD,
		.iterations = 12,
		.learning_rate = 0.05,
		.norm_exponent = 6,
		.variation_exponent = 2,
	};
}

/** Items n of the optimization get stream first + n. */
static cnnviz_status run(struct world *world, const cnnviz_optimization *what,
		uint32_t batch, uint32_t first, struct loop_result *result,
		struct error *error)
{
	struct loop_request request = {
		.optimization = what,
		.height = SIDE,
		.width = SIDE,
		.pad_visible = true,
		.scale = { .channels = 3,
				.mean = { 0.5f, 0.4f, 0.3f },
				.std = { 0.25f, 0.5f, 0.2f } },
		.batch = batch,
		.calls = &calls,
		.context = world,
	};

	for (uint32_t n = 0; n < what->count; n++) {
		random_start(&world->streams[n], 3, "job", first + n);
	}
	return loop_run(&request, result, error);
}

static void expect(struct world *world, const cnnviz_optimization *what,
		struct loop_result *result)
{
	struct error error = { 0 };

	CU_ASSERT_EQUAL_FATAL(run(world, what, 8, 0, result, &error), CNNVIZ_OK);
}

static void expect_failure(struct world *world, const cnnviz_optimization *what,
		cnnviz_status status, const char *said, const char *also)
{
	struct loop_result result = { 0 };
	struct error error = { 0 };

	CU_ASSERT_EQUAL(run(world, what, 8, 0, &result, &error), status);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, said));
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, also));
	CU_ASSERT_PTR_NULL(result.image);
	if (strstr(error.text, said) == NULL || strstr(error.text, also) == NULL) {
		printf("\nsaid: %s\n", error.text);
	}
}

/* ---- Random numbers and company --------------------------------------------- */

/** Everything that draws numbers or looks at neighbors */
static cnnviz_optimization busy(uint32_t count, uint32_t space)
{
	cnnviz_optimization what = usual(count);

	what.space = space;
	what.decorrelate = space != CNNVIZ_SPACE_INPUT;
	what.optimizer = CNNVIZ_OPTIMIZER_ADAM;
	what.pad = space == CNNVIZ_SPACE_FOURIER ? 2 : 0;
	what.jitter = 2;
	what.jitter_last = 1;
	what.scale_low = 0.9;
	what.scale_high = 1.1;
	what.rotate = 10;
	what.variation = 0.01;
	what.blur_every = 5;
	what.blur_first = 0.5;
	what.clip_every = 4;
	what.clip_fraction = 0.1;
	what.tile = space == CNNVIZ_SPACE_PIXEL ? 4 : 0;
	what.transformations = turning;
	what.transformation_count = TURNING_COUNT;
	return what;
}

static void test_same_seed_same_bytes(void)
{
	for (uint32_t space = 0; space <= CNNVIZ_SPACE_FOURIER; space++) {
		cnnviz_optimization what = busy(3, space);
		struct world worlds[2] = { 0 };
		struct loop_result results[2] = { 0 };

		expect(&worlds[0], &what, &results[0]);
		expect(&worlds[1], &what, &results[1]);
		CU_ASSERT_EQUAL(memcmp(tensor_data(results[0].input),
						tensor_data(results[1].input),
						3 * SIZE * sizeof(float)),
				0);
		loop_result_clear(&results[0]);
		loop_result_clear(&results[1]);
	}
}

static void test_items_do_not_depend_on_their_company(void)
{
	for (uint32_t space = 0; space <= CNNVIZ_SPACE_FOURIER; space++) {
		cnnviz_optimization what = busy(ITEMS_MAX, space);
		struct world together = { .freeze_at = { 3 } };
		struct loop_result all = { 0 };
		struct error error = { 0 };

		CU_ASSERT_EQUAL_FATAL(run(&together, &what, 2, 0, &all, &error),
				CNNVIZ_OK);
		CU_ASSERT_EQUAL(together.most, 2);
		what.count = 1;
		for (uint32_t n = 0; n < ITEMS_MAX; n++) {
			struct world alone = { .freeze_at = { n == 0 ? 3 : 0 } };
			struct loop_result single = { 0 };

			CU_ASSERT_EQUAL_FATAL(run(&alone, &what, 8, n, &single, &error),
					CNNVIZ_OK);
			CU_ASSERT_EQUAL(memcmp(tensor_data(single.input),
							tensor_data(all.input) + n * SIZE,
							SIZE * sizeof(float)),
					0);
			loop_result_clear(&single);
		}
		loop_result_clear(&all);
	}
}

static void test_streams_differ(void)
{
	cnnviz_optimization what = usual(2);
	struct world world = { 0 };
	struct loop_result result = { 0 };

	expect(&world, &what, &result);
	CU_ASSERT_NOT_EQUAL(memcmp(tensor_data(result.input),
					    tensor_data(result.input) + SIZE,
					    SIZE * sizeof(float)),
			0);
	loop_result_clear(&result);
}

/* ---- Starts ----------------------------------------------------------------- */

/** One step that is too small to be seen */
static void start_only(cnnviz_optimization *what, struct loop_result *result)
{
	struct world world = { 0 };

	what->iterations = 1;
	what->learning_rate = 1e-12;
	expect(&world, what, result);
}

static void test_uniform_noise_is_of_whole_gray_levels(void)
{
	cnnviz_optimization what = usual(1);
	struct loop_result result = { 0 };
	float least = 255, most = 0;

	what.start_low = 150;
	what.start_high = 156;
	start_only(&what, &result);
	for (int64_t i = 0; i < SIZE; i++) {
		float level = tensor_data(result.image)[i] * 255;

		CU_ASSERT_DOUBLE_EQUAL(level, rintf(level), 1e-3);
		least = fminf(least, level);
		most = fmaxf(most, level);
	}
	CU_ASSERT_DOUBLE_EQUAL(least, 150, 1e-3);
	CU_ASSERT_DOUBLE_EQUAL(most, 155, 1e-3);
	loop_result_clear(&result);
}

static void test_normal_noise_is_on_the_input(void)
{
	cnnviz_optimization what = usual(ITEMS_MAX);
	struct loop_result result = { 0 };
	double sum = 0, squares = 0;

	what.start = CNNVIZ_START_NORMAL;
	what.start_low = 2;
	what.start_high = 0.5;
	start_only(&what, &result);
	for (int64_t i = 0; i < ITEMS_MAX * SIZE; i++) {
		double value = tensor_data(result.input)[i] - 2;

		sum += value / (ITEMS_MAX * SIZE);
		squares += value * value / (ITEMS_MAX * SIZE);
	}
	CU_ASSERT_DOUBLE_EQUAL(sum, 0, 0.1);
	CU_ASSERT_DOUBLE_EQUAL(sqrt(squares), 0.5, 0.05);
	loop_result_clear(&result);
}

static void test_colors_and_pictures(void)
{
	cnnviz_tensor *picture = tensor_create(4, (const int64_t[]){ 1, 3, SIDE, SIDE });

	for (uint32_t space = 0; space <= CNNVIZ_SPACE_FOURIER; space++) {
		cnnviz_optimization what = usual(2);
		struct loop_result result = { 0 };

		what.space = space;
		what.decorrelate = space != CNNVIZ_SPACE_INPUT;
		what.start = CNNVIZ_START_CONSTANT;
		what.start_color = 0x336699;
		start_only(&what, &result);
		for (int64_t i = 0; i < 2 * SIZE; i++) {
			CU_ASSERT_DOUBLE_EQUAL(tensor_data(result.image)[i],
					0.2 * (double)(1 + i / (SIDE * SIDE) % 3), 1e-5);
		}
		loop_result_clear(&result);
		for (int64_t i = 0; i < SIZE; i++) {
			tensor_mutable_data(picture)[i] = (float)(0.1
					+ 0.8 * (double)i / SIZE);
		}
		what.start = CNNVIZ_START_IMAGES;
		what.start_images = picture;
		start_only(&what, &result);
		for (int64_t i = 0; i < 2 * SIZE; i++) {
			CU_ASSERT_DOUBLE_EQUAL(tensor_data(result.image)[i],
					tensor_data(picture)[i % SIZE], 1e-5);
		}
		loop_result_clear(&result);
	}
	tensor_unref(picture);
}

/* ---- Steps ------------------------------------------------------------------ */

/* SGD on (x - 0.3)^2: each step takes 2 * rate of the way that is left. */
static void test_steps_and_rates(void)
{
	cnnviz_optimization what = usual(1);
	struct loop_result first = { 0 }, result = { 0 };
	struct world world = { 0 };
	double left = 1, rate = 0.1;

	start_only(&what, &first);
	what.iterations = 6;
	what.learning_rate = rate;
	what.rate_every = 2;
	what.rate_factor = 0.5;
	for (int step = 0; step < 6; step++) {
		rate *= step % 2 == 0 ? 0.5 : 1; /* also before the first step */
		left *= 1 - 2 * rate;
	}
	for (uint32_t maximize = 0; maximize < 2; maximize++) {
		what.maximize = maximize;
		expect(&world, &what, &result);
		double away = 1;

		rate = 0.1;
		for (int step = 0; step < 6; step++) {
			rate *= step % 2 == 0 ? 0.5 : 1;
			away *= 1 + 2 * rate;
		}
		for (int64_t i = 0; i < SIZE; i++) {
			double start = tensor_data(first.input)[i] - 0.3;

			CU_ASSERT_DOUBLE_EQUAL(tensor_data(result.input)[i] - 0.3,
					start * (maximize ? left : away), 1e-5);
		}
		loop_result_clear(&result);
	}
	loop_result_clear(&first);
}

static void test_losses_hold_the_penalties(void)
{
	cnnviz_optimization what = usual(2);
	struct world world = { 0 };
	struct loop_result result = { 0 };

	what.l1 = 0.5;
	expect(&world, &what, &result);
	CU_ASSERT_EQUAL(result.steps, 12);
	CU_ASSERT_EQUAL(tensor_shape(result.values)[0], 12);
	CU_ASSERT_EQUAL(tensor_shape(result.values)[1], 2);
	for (int64_t i = 2; i < 24; i++) {
		CU_ASSERT(tensor_data(result.losses)[i] > -tensor_data(result.values)[i]);
		CU_ASSERT(tensor_data(result.losses)[i]
				< tensor_data(result.losses)[i - 2]);
	}
	CU_ASSERT_DOUBLE_EQUAL(world.seen[1], tensor_data(result.values)[23], 1e-6);
	loop_result_clear(&result);
}

/* The objective is a sum over pixels, so that pieces make no difference. */
static void test_tiles_give_the_gradient_of_the_whole(void)
{
	static const uint32_t sides[] = { 1, 2, 4, 5, 6, 9 };
	cnnviz_optimization what = usual(2);
	struct loop_result whole = { 0 };
	struct world world = { 0 };

	expect(&world, &what, &whole);
	for (size_t i = 0; i < sizeof(sides) / sizeof(sides[0]); i++) {
		struct world tiled = { 0 };
		struct loop_result result = { 0 };
		uint32_t across = (SIDE + sides[i] - 1) / sides[i];

		what.tile = sides[i];
		expect(&tiled, &what, &result);
		CU_ASSERT_EQUAL(tiled.calls, 12 * across * across);
		for (int64_t k = 0; k < 2 * SIZE; k++) {
			CU_ASSERT_DOUBLE_EQUAL(tensor_data(result.input)[k],
					tensor_data(whole.input)[k], 1e-5);
		}
		loop_result_clear(&result);
	}
	loop_result_clear(&whole);
}

/* ---- What follows a step ---------------------------------------------------- */

static void test_rounding_and_clipping(void)
{
	for (uint32_t space = 0; space <= CNNVIZ_SPACE_PIXEL; space++) {
		cnnviz_optimization what = usual(1);
		struct world world = { 0 };
		struct loop_result result = { 0 };

		what.space = space;
		what.quantize = 1;
		what.maximize = 0; /* away from 0.3, out of what an image can be */
		what.learning_rate = 1;
		expect(&world, &what, &result);
		for (int64_t i = 0; i < SIZE; i++) {
			float level = (tensor_data(result.input)[i]
								      * (float[]){ 0.25f,
										      0.5f,
										      0.2f }
										      [i / 36]
						      + (float[]){ 0.5f, 0.4f,
								      0.3f }[i / 36])
					* 255;

			CU_ASSERT_DOUBLE_EQUAL(level, rintf(level), 1e-3);
			CU_ASSERT(level > -1e-3f && level < 255.001f);
		}
		loop_result_clear(&result);
	}
}

static void test_bounds_hold(void)
{
	for (uint32_t round = 0; round < 8; round++) {
		cnnviz_optimization what = usual(1);
		struct loop_result first = { 0 }, result = { 0 };
		struct world world = { 0 };
		double square = 0, most = 0;

		what.space = round & 1 ? CNNVIZ_SPACE_PIXEL : CNNVIZ_SPACE_INPUT;
		what.quantize = round >> 1 & 1;
		start_only(&what, &first);
		what.iterations = 12;
		what.learning_rate = 0.3;
		what.bound_linf = round & 4 ? 0.05 : 0;
		what.bound_l2 = round & 4 ? 0 : 0.4;
		expect(&world, &what, &result);
		for (int64_t i = 0; i < SIZE; i++) {
			double change = (double)tensor_data(result.image)[i]
					- tensor_data(first.image)[i];

			square += change * change;
			most = fmax(most, fabs(change));
		}
		if (round & 4) {
			CU_ASSERT(most > 0.04 && most < 0.05 + 1e-5);
		} else {
			CU_ASSERT(square > 0.2 * 0.2 && sqrt(square) < 0.4 + 1e-4);
		}
		loop_result_clear(&first);
		loop_result_clear(&result);
	}
}

/** How far values are from their neighbors on the right */
static double roughness(const struct loop_result *result)
{
	double sum = 0;

	for (int64_t i = 0; i < SIZE; i++) {
		sum += i % SIDE < SIDE - 1
				? fabs((double)tensor_data(result->image)[i + 1]
						- tensor_data(result->image)[i])
				: 0;
	}
	return sum;
}

static void test_blur_comes_when_it_is_due(void)
{
	cnnviz_optimization what = usual(1);
	struct loop_result sharp = { 0 }, result = { 0 };

	start_only(&what, &sharp);
	what.blur_first = what.blur_last = 1;
	what.blur_every = 2;
	start_only(&what, &result); /* one step */
	CU_ASSERT_DOUBLE_EQUAL(roughness(&result), roughness(&sharp), 1e-4);
	loop_result_clear(&result);
	what.blur_every = 1;
	start_only(&what, &result);
	CU_ASSERT(roughness(&result) < 0.5 * roughness(&sharp));
	loop_result_clear(&result);

	/* From nothing to much: only the last of two steps blurs. */
	struct world world = { 0 };
	what.blur_first = 0;
	what.iterations = 2;
	expect(&world, &what, &result);
	CU_ASSERT(roughness(&result) < 0.5 * roughness(&sharp));
	loop_result_clear(&result);
	loop_result_clear(&sharp);
}

static void test_unimportant_pixels_become_gray(void)
{
	cnnviz_optimization what = usual(1);
	struct loop_result result = { 0 };
	int gray = 0;

	what.clip_every = 1;
	what.clip_fraction = 0.25;
	start_only(&what, &result);
	for (int64_t i = 0; i < SIDE * SIDE; i++) {
		const float *image = tensor_data(result.image) + i;

		gray += fabsf(image[0] - 0.5f) < 1e-5f && fabsf(image[36] - 0.5f) < 1e-5f
				&& fabsf(image[72] - 0.5f) < 1e-5f;
	}
	CU_ASSERT_EQUAL(gray, 9);
	loop_result_clear(&result);
}

/* ---- Stopping --------------------------------------------------------------- */

static void test_frozen_items_stay_as_they_are(void)
{
	cnnviz_optimization what = busy(2, CNNVIZ_SPACE_PIXEL);
	struct world world = { .freeze_at = { 3, 7 } };
	struct loop_result result = { 0 };

	what.snapshots = 2;
	expect(&world, &what, &result);
	CU_ASSERT_EQUAL(result.steps, 7);
	CU_ASSERT_EQUAL(result.item_steps[0], 3);
	CU_ASSERT_EQUAL(result.item_steps[1], 7);
	CU_ASSERT_EQUAL(world.snapshots, 1 + 3); /* after 2; after 2, 4 and 6 */
	CU_ASSERT_EQUAL(memcmp(world.frozen_input, tensor_data(result.input),
					sizeof(world.frozen_input)),
			0);
	for (int64_t i = 3; i < 7; i++) {
		CU_ASSERT_EQUAL(tensor_data(result.values)[2 * i],
				tensor_data(result.values)[2 * 2]);
	}
	loop_result_clear(&result);
}

static void test_patience_ends(void)
{
	cnnviz_optimization what = usual(1);
	struct world world = { 0 };
	struct loop_result result = { 0 };

	what.iterations = 1000;
	what.learning_rate = 0.25; /* half of the way in each step */
	what.patience = 5;
	what.tolerance = 1; /* which no value below 0 can rise by */
	expect(&world, &what, &result);
	CU_ASSERT_EQUAL(result.steps, 6);
	loop_result_clear(&result);
	what.tolerance = 0.7;
	what.iterations = 12;
	expect(&world, &what, &result);
	CU_ASSERT_EQUAL(result.steps, 12);
	loop_result_clear(&result);
}

static void test_canceling_ends_before_the_next_step(void)
{
	cnnviz_optimization what = usual(1);
	struct world world = { .cancel_at = 4 };

	expect_failure(&world, &what, CNNVIZ_ERROR_CANCELED, "interrupted", "");
	CU_ASSERT_EQUAL(world.calls, 3);
}

/* ---- What goes wrong -------------------------------------------------------- */

static void test_values_and_gradients_must_be_finite(void)
{
	static const char *const names[] = { "zebra", "snail" };
	cnnviz_optimization what = usual(2);
	struct world world = { .fate = { WELL, NOT_A_NUMBER }, .fate_step = 3 };

	what.item_names = names;
	expect_failure(&world, &what, CNNVIZ_ERROR_INPUT,
			"in step 3 the value of \"snail\"", "lower learning_rate");
	world = (struct world){ .fate = { ENDLESS_GRADIENT }, .fate_step = 2 };
	what.l2 = 0.1;
	what.item_names = NULL;
	expect_failure(&world, &what, CNNVIZ_ERROR_INPUT,
			"in step 2 the gradient of picture 0",
			"weights of the regularizers");
	world = (struct world){ 0 };
	what.learning_rate = 1e30;
	expect_failure(&world, &what, CNNVIZ_ERROR_INPUT, "became infinite or NaN",
			"lower learning_rate");
}

static void test_no_gradient_is_explained(void)
{
	cnnviz_optimization what = usual(1);
	struct world world = { .fate = { NO_GRADIENT } };

	expect_failure(&world, &what, CNNVIZ_ERROR_INPUT,
			"in step 1 the gradient of the "
			"picture is zero everywhere",
			"another layer, filter or class");
	world = (struct world){ .fate = { NO_GRADIENT }, .fate_step = 2 };
	what.iterations = 50;
	expect_failure(&world, &what, CNNVIZ_ERROR_INPUT, "in step 11 ",
			"tenth step in a row");
	CU_ASSERT_EQUAL(world.calls, 11 + 1); /* the last one redirected as well */
}

static void test_items_without_gradient_can_be_spared(void)
{
	cnnviz_optimization what = usual(2);
	struct world world = { .fate = { NO_GRADIENT, WELL } };
	struct loop_result result = { 0 };

	what.spare_dead = 1;
	expect(&world, &what, &result);
	CU_ASSERT_EQUAL(result.steps, 12);
	CU_ASSERT_EQUAL(result.item_steps[0], 1);
	CU_ASSERT_FALSE(result.started[0]);
	CU_ASSERT_TRUE(result.started[1]);
	loop_result_clear(&result);
	world = (struct world){ .fate = { NO_GRADIENT, NO_GRADIENT } };
	expect(&world, &what, &result);
	CU_ASSERT_EQUAL(result.steps, 1);
	CU_ASSERT_FALSE(result.started[0] || result.started[1]);
	loop_result_clear(&result);
}

/* ---- Silent items -------------------------------------------------------------- */

/** As if it had never been silent, since the redirected gradient is here the usual one */
static void test_silent_items_start(void)
{
	for (uint32_t space = 0; space <= CNNVIZ_SPACE_FOURIER; space++) {
		cnnviz_optimization what = busy(3, space);
		struct world usual_world = { 0 },
			     world = { .fate = { WELL, SILENT, WELL },
				     .silent_steps = 5 };
		struct loop_result ours = { 0 }, usual_result = { 0 };

		what.patience = 3; /* which does not end an item on its way */
		what.tolerance = 0;
		expect(&usual_world, &what, &usual_result);
		expect(&world, &what, &ours);
		CU_ASSERT_TRUE(world.redirected >= 5);
		CU_ASSERT_EQUAL(usual_world.redirected, 0);
		CU_ASSERT_TRUE(ours.started[0] && ours.started[1] && ours.started[2]);
		CU_ASSERT_EQUAL(memcmp(tensor_data(ours.image),
						tensor_data(usual_result.image),
						(size_t)tensor_count(ours.image)
								* sizeof(float)),
				0);
		loop_result_clear(&ours);
		loop_result_clear(&usual_result);
	}
}

static void test_gradients_are_redirected_in_16_steps_at_most(void)
{
	cnnviz_optimization what = usual(2);
	struct world world = { .fate = { SILENT, WELL }, .silent_steps = 1000 };
	struct loop_result result = { 0 };

	what.spare_dead = 1;
	what.iterations = 40;
	expect(&world, &what, &result);
	CU_ASSERT_EQUAL(world.redirected, 16);
	CU_ASSERT_EQUAL(result.item_steps[0], 16 + 10);
	CU_ASSERT_EQUAL(result.item_steps[1], 40);
	CU_ASSERT_FALSE(result.started[0]);
	loop_result_clear(&result);
	what.spare_dead = 0;
	world.steps = 0;
	expect_failure(&world, &what, CNNVIZ_ERROR_INPUT, "in step 26 ",
			"tenth step in a row");
	what.iterations = 4;
	world.steps = 0;
	expect_failure(&world, &what, CNNVIZ_ERROR_INPUT, "in step 4 ",
			"as in every step before");
}

/** An item that falls silent later is redirected when it would be abandoned. */
static void test_later_silence_is_redirected_at_last(void)
{
	cnnviz_optimization what = usual(1);
	struct world world = { .fate = { SILENT }, .fate_step = 2, .silent_steps = 10 };
	struct loop_result result = { 0 };

	expect(&world, &what, &result);
	CU_ASSERT_EQUAL(world.redirected, 0);
	loop_result_clear(&result);
	world = (struct world){ .fate = { SILENT }, .fate_step = 2, .silent_steps = 14 };
	what.iterations = 50;
	expect(&world, &what, &result);
	CU_ASSERT_EQUAL(world.redirected, 14 - 10);
	CU_ASSERT_TRUE(result.started[0] && !result.dead[0]);
	loop_result_clear(&result);
	world = (struct world){ .fate = { SILENT },
		.fate_step = 2,
		.silent_steps = 1000 };
	expect_failure(&world, &what, CNNVIZ_ERROR_INPUT, "in step 36 ",
			"tenth step in a row");
	what.spare_dead = 1;
	world.steps = 0;
	expect(&world, &what, &result);
	CU_ASSERT_TRUE(result.started[0] && result.dead[0]);
	loop_result_clear(&result);
}

static void test_contradictions_are_refused(void)
{
	const struct {
		cnnviz_optimization what;
		const char *said;
	} rows[] = {
		{ { .start = CNNVIZ_START_IMAGES }, "start_picture" },
		{ { .start_low = 3, .start_high = 2 }, "start_low" },
		{ { .space = CNNVIZ_SPACE_FOURIER, .bound_l2 = 1 }, "bound_l2" },
		{ { .space = CNNVIZ_SPACE_FOURIER, .bound_linf = 1 }, "bound_linf" },
		{ { .space = CNNVIZ_SPACE_FOURIER, .quantize = 1 }, "quantize" },
		{ { .decorrelate = 1 }, "decorrelate" },
		{ { .scale_low = 1.2, .scale_high = 1.1 }, "scale_low" },
		{ { .scale_high = 1.1 }, "scale_low" },
		{ { .clip_every = 2, .clip_fraction = 1 }, "clip_fraction" },
		{ { .clip_fraction = 0.2 }, "clip_every" },
		{ { .blur_last = 2 }, "blur_every" },
		{ { .optimizer = CNNVIZ_OPTIMIZER_ADAM, .momentum = 0.9 }, "momentum" },
		{ { .animation = 1 }, "snapshots" },
		{ { .learning_rate = -1 }, "learning_rate" },
	};
	struct error error = { 0 };
	cnnviz_optimization good = usual(1);

	CU_ASSERT_EQUAL(loop_check(&good, 3, &error), CNNVIZ_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cnnviz_optimization what = rows[i].what;

		what.iterations = 1;
		what.learning_rate = what.learning_rate < 0 ? 0 : 1;
		error.text[0] = '\0';
		CU_ASSERT_EQUAL(loop_check(&what, 3, &error), CNNVIZ_ERROR_INPUT);
		CU_ASSERT_PTR_NOT_NULL(strstr(error.text, rows[i].said));
	}
	good.space = CNNVIZ_SPACE_PIXEL;
	good.decorrelate = 1;
	CU_ASSERT_EQUAL(loop_check(&good, 1, &error), CNNVIZ_ERROR_INPUT);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "the same seed gives the same bytes", test_same_seed_same_bytes },
		{ "items do not depend on their company",
				test_items_do_not_depend_on_their_company },
		{ "items have streams of their own", test_streams_differ },
		{ "uniform noise is of whole gray levels",
				test_uniform_noise_is_of_whole_gray_levels },
		{ "normal noise is on the input", test_normal_noise_is_on_the_input },
		{ "colors and pictures to start from", test_colors_and_pictures },
		{ "steps and rates", test_steps_and_rates },
		{ "losses hold the penalties", test_losses_hold_the_penalties },
		{ "tiles give the gradient of the whole",
				test_tiles_give_the_gradient_of_the_whole },
		{ "rounding and clipping", test_rounding_and_clipping },
		{ "bounds hold", test_bounds_hold },
		{ "blur comes when it is due", test_blur_comes_when_it_is_due },
		{ "unimportant pixels become gray", test_unimportant_pixels_become_gray },
		{ "frozen items stay as they are", test_frozen_items_stay_as_they_are },
		{ "patience ends", test_patience_ends },
		{ "canceling ends before the next step",
				test_canceling_ends_before_the_next_step },
		{ "values and gradients must be finite",
				test_values_and_gradients_must_be_finite },
		{ "no gradient is explained", test_no_gradient_is_explained },
		{ "items without gradient can be spared",
				test_items_without_gradient_can_be_spared },
		{ "silent items start", test_silent_items_start },
		{ "gradients are redirected in 16 steps at most",
				test_gradients_are_redirected_in_16_steps_at_most },
		{ "later silence is redirected at last",
				test_later_silence_is_redirected_at_last },
		{ "contradictions are refused", test_contradictions_are_refused },
		CU_TEST_INFO_NULL,
	};
	const CU_SuiteInfo suites[] = {
		{ "the loop", NULL, NULL, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
