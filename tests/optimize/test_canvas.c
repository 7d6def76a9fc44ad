/*
 * An optimization whose pictures are on the engine's canvas comes to what the loop comes
 * to in its own memory. The canvas is on the CPU here; on other devices it is the same
 * code.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "engine/load.h"
#include "host/canvas.h"
#include "host/random.h"
#include "optimize/loop.h"
#include "optimize/turning.h"
#include "reference/samples.h"
#include "support/cunit_main.h"

#define ITEMS 3
#define STEPS 5
#define TOLERANCE 2e-5

/** A way to optimize, beside the common settings */
struct way {
	const char *fact;
	cnnviz_optimization settings;
	bool bgr;
	bool frozen; /* the second item, by the observer after the second step */
};

static const struct way ways[] = {
	{ .fact = "plain steps",
			.settings = { .optimizer = CNNVIZ_OPTIMIZER_SGD,
					.learning_rate = 0.5 } },
	{ .fact = "momentum, weight decay and all penalties",
			.settings = { .optimizer = CNNVIZ_OPTIMIZER_SGD,
					.learning_rate = 0.05,
					.momentum = 0.9,
					.weight_decay = 0.01,
					.l1 = 0.02,
					.l2 = 0.03,
					.norm = 0.001,
					.norm_exponent = 3,
					.variation = 0.02,
					.variation_exponent = 1.5 } },
	{ .fact = "a minimum, by normalized steps, with clipping and blur",
			.settings = { .optimizer = CNNVIZ_OPTIMIZER_NORMALIZED,
					.learning_rate = 0.02,
					.clip = 1,
					.clip_every = 2,
					.clip_fraction = 0.3,
					.blur_every = 2,
					.blur_first = 0.6,
					.blur_last = 0.9 } },
	{ .fact = "pixels of decorrelated colors, moved on gray",
			.settings = { .optimizer = CNNVIZ_OPTIMIZER_ADAM,
					.space = CNNVIZ_SPACE_PIXEL,
					.decorrelate = 1,
					.learning_rate = 0.02,
					.pad = 2,
					.jitter = 2,
					.jitter_last = 1,
					.maximize = 1 } },
	{ .fact = "rolled pictures of a network that expects blue first",
			.bgr = true,
			.settings = { .optimizer = CNNVIZ_OPTIMIZER_SGD,
					.space = CNNVIZ_SPACE_PIXEL,
					.learning_rate = 0.02,
					.jitter = 5,
					.maximize = 1 } },
	{ .fact = "spectra, scaled and turned",
			.settings = { .optimizer = CNNVIZ_OPTIMIZER_ADAM,
					.space = CNNVIZ_SPACE_FOURIER,
					.decorrelate = 1,
					.learning_rate = 0.05,
					.jitter = 2,
					.jitter_last = 1,
					.scale_low = 0.8,
					.scale_high = 1.2,
					.rotate = 10,
					.maximize = 1 } },
	{ .fact = "bounded changes, and an item that is frozen",
			.frozen = true,
			.settings = { .optimizer = CNNVIZ_OPTIMIZER_SGD,
					.learning_rate = 0.5,
					.bound_linf = 0.05,
					.bound_l2 = 0.8,
					.maximize = 1 } },
	{ .fact = "transformations that a canvas does not have",
			.settings = { .optimizer = CNNVIZ_OPTIMIZER_SGD,
					.learning_rate = 0.5,
					.jitter = 2,
					.maximize = 1,
					.transformations = turning,
					.transformation_count = TURNING_COUNT } },
};

/** What stands in for host and user */
struct world {
	struct canvas canvas;
	const struct graph *graph;
	struct cnnviz_random streams[ITEMS];
	const struct way *way;
};

static const struct engine *engine;
static struct graph *graph;
static struct engine_network *network;

/* Half the sum of the squares of the last layer, whose seed is the layer itself */
static cnnviz_status gradient(void *context, const cnnviz_tensor *inputs, uint32_t count,
		const uint32_t *items, bool redirected, double *values,
		cnnviz_tensor **result)
{
	struct world *world = context;
	const int32_t last = (int32_t)world->graph->node_count - 1, input = 0;
	struct engine_pass *pass = NULL;
	cnnviz_tensor *activation = NULL;
	cnnviz_status status = engine->forward(network, inputs, 1, &last, true, &pass,
			world->canvas.error);

	(void)items;
	if (status != CNNVIZ_OK) {
		return status;
	}
	status = engine->activation(pass, last, &activation, world->canvas.error);
	if (status == CNNVIZ_OK) {
		int64_t size = tensor_count(activation) / count;

		for (int64_t i = 0; i < size * count; i++) {
			double value = tensor_data(activation)[i];

			values[i / size] = (i % size ? values[i / size] : 0)
					+ value * value / 2;
		}
		const cnnviz_tensor *seed = activation;
		status = engine->backward(pass,
				redirected ? CNNVIZ_RULE_REDIRECTED : CNNVIZ_RULE_PLAIN,
				1, &last, &seed, 1, &input, result, world->canvas.error);
	}
	tensor_unref(activation);
	engine->release(pass);
	return status;
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
	const struct world *world = context;

	(void)inputs;
	(void)values;
	if (world->way->frozen && step == 2) {
		frozen[1] = 1;
	}
	return CNNVIZ_OK;
}

/* ---- The canvas ------------------------------------------------------------------ */

static cnnviz_status open_canvas(void *context, const struct views *views,
		const struct space *space, const cnnviz_tensor *variables,
		const cnnviz_tensor *starts)
{
	struct world *world = context;

	return canvas_start(&world->canvas, views, space, variables, starts);
}

static void close_canvas(void *context)
{
	struct world *world = context;

	canvas_end(&world->canvas);
}

static cnnviz_status look(void *context, uint32_t count, const uint32_t *items,
		const struct view *views, const cnnviz_tensor *stand_in)
{
	struct world *world = context;

	return canvas_see(&world->canvas, count, items, views, stand_in);
}

static cnnviz_status find_silent(void *context, uint32_t count, const uint32_t *items,
		bool *silent)
{
	struct world *world = context;

	return engine->canvas->find_silent(world->canvas.canvas, count, items, silent,
			world->canvas.error);
}

static cnnviz_status advance(void *context, uint32_t count, const uint32_t *items,
		const struct canvas_step *step, struct canvas_outcome *outcomes)
{
	struct world *world = context;

	return canvas_advance(&world->canvas, count, items, step, outcomes);
}

static cnnviz_status read_canvas(void *context, cnnviz_tensor *inputs)
{
	struct world *world = context;

	return engine->canvas->read(world->canvas.canvas, inputs, world->canvas.error);
}

static const struct canvas_calls canvas_calls = {
	.open = open_canvas,
	.close = close_canvas,
	.look = look,
	.find_silent = find_silent,
	.step = advance,
	.read = read_canvas,
};

/* ---- Both ------------------------------------------------------------------------ */

static cnnviz_optimization complete(const struct way *way)
{
	cnnviz_optimization settings = way->settings;

	settings.struct_size = sizeof(settings);
	settings.count = ITEMS;
	settings.iterations = STEPS;
	settings.start = CNNVIZ_START_UNIFORM;
	settings.start_high = 256;
	settings.norm_exponent = settings.norm > 0 ? settings.norm_exponent : 6;
	return settings;
}

static struct loop_result run(const struct way *way, bool on_canvas)
{
	cnnviz_optimization settings = complete(way);
	struct error error = { 0 };
	struct world world = {
		.canvas = { .engine = engine,
				.network = network,
				.optimization = &settings,
				.error = &error },
		.graph = graph,
		.way = way,
	};
	const struct loop_calls calls = {
		.gradient = gradient,
		.uniform = uniform,
		.normal = normal,
		.observe = observe,
		.canvas = on_canvas ? &canvas_calls : NULL,
	};
	const struct loop_request request = {
		.optimization = &settings,
		.scale = { .channels = 3,
				.bgr = way->bgr,
				.mean = { 0.45f, 0.5f, 0.4f },
				.std = { 0.2f, 0.25f, 0.3f } },
		.height = graph->input_size[0],
		.width = graph->input_size[1],
		.batch = 2,
		.calls = &calls,
		.context = &world,
	};
	struct loop_result result = { 0 };

	for (uint32_t n = 0; n < ITEMS; n++) {
		random_start(&world.streams[n], 7, "canvas", n);
	}
	CU_ASSERT_EQUAL_FATAL(loop_run(&request, &result, &error), CNNVIZ_OK);
	return result;
}

static double distance(const cnnviz_tensor *one, const cnnviz_tensor *other)
{
	double difference = 0, size = 0;

	for (int64_t i = 0; i < tensor_count(other); i++) {
		double off = (double)tensor_data(one)[i] - tensor_data(other)[i];

		difference += off * off;
		size += (double)tensor_data(other)[i] * tensor_data(other)[i];
	}
	return sqrt(difference / size);
}

static void test_a_canvas_comes_to_what_the_loop_comes_to(void)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		struct loop_result own = run(&ways[i], false),
				   there = run(&ways[i], true);
		double image = distance(there.image, own.image);
		double input = distance(there.input, own.input);
		double losses = distance(there.losses, own.losses);

		CU_ASSERT_EQUAL(there.steps, own.steps);
		CU_ASSERT_TRUE(image < TOLERANCE && input < TOLERANCE);
		CU_ASSERT_TRUE(losses < TOLERANCE);
		printf("%s: image %.1e, input %.1e, losses %.1e\n", ways[i].fact, image,
				input, losses);
		loop_result_clear(&own);
		loop_result_clear(&there);
	}
}

int main(void)
{
	const struct engine_options options = { .tensor = &tensor_api, .threads = 1 };
	CU_TestInfo tests[] = {
		{ "a canvas comes to what the loop comes to",
				test_a_canvas_comes_to_what_the_loop_comes_to },
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "canvas", NULL, NULL, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};
	const char *folder = getenv("top_builddir");
	char *path = memory_format("%s/core/engine/torch.la",
			folder != NULL ? folder : ".");
	struct error error = { 0 };
	int result = 99;

	graph = sample_open(sample_find("a network with blocks of each kind"));
#ifndef WITH_TORCH
	printf("SKIP built without libtorch\n");
	free(path);
	sample_close(graph);
	return 77;
#endif
	if (graph != NULL && engine_load(".", path, &engine, &error) == CNNVIZ_OK
			&& engine->open(&options, graph, &network, &error) == CNNVIZ_OK) {
		result = cunit_run(suites);
		engine->close(network);
	} else {
		fprintf(stderr, "%s\n", error.text);
	}
	sample_close(graph);
	free(path);
	return result;
}
