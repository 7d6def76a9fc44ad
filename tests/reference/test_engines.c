/**
 * \file    reference/test_engines.c
 * \brief   The contract of every engine, and the agreement of their results
 */
#include "config.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "engine/load.h"
#include "graph/operation.h"
#include "graph/settings.h"
#include "graph/starts.h"
#include "reference/samples.h"
#include "support/cunit_main.h"

#define TOLERANCE 1e-4
#define ITEMS 2

/** Counts the questions whether to stop, and says yes to one of them */
struct stopper {
	int asked;
	int yes_to; /* 0: never */
};

static bool stop(void *context)
{
	struct stopper *stopper = context;

	stopper->asked++;
	return stopper->asked == stopper->yes_to;
}

static char *build_path(const char *path)
{
	const char *folder = getenv("top_builddir");

	return memory_format("%s/%s", folder != NULL ? folder : ".", path);
}

static const struct engine *load_built(const char *path)
{
	const struct engine *engine = NULL;
	struct error error = { 0 };
	char *full = build_path(path);

	if (engine_load(".", full, &engine, &error) != CNNVIZ_OK) {
		fprintf(stderr, "%s\n", error.text);
	}
	free(full);
	return engine;
}

/** The CPU, unless another device of libtorch's engine is to be tested */
static const char *device_of(const struct engine *engine)
{
	const char *device = getenv("CNNVIZ_TEST_DEVICE");

	return device != NULL && strcmp(engine->name, "torch") == 0 ? device : "cpu";
}

/* ---- A network on an engine --------------------------------------------------- */

struct bench {
	const struct engine *engine;
	struct graph *graph;
	struct engine_network *network;
	struct stopper stopper;
	cnnviz_tensor *input;
	struct error error;
};

/** Engines under test: the reference, and libtorch's where it is built */
static const struct engine *engines[2];
static size_t engine_count;

static void bench_open_at(struct bench *bench, const struct engine *engine,
		const char *fact, int64_t height, int64_t width)
{
	const struct sample *sample = sample_find(fact);
	struct engine_options options = {
		.tensor = &tensor_api,
		.threads = 1,
		.device = device_of(engine),
		.canceled = stop,
		.context = &bench->stopper,
	};

	memset(bench, 0, sizeof(*bench));
	bench->engine = engine;
	bench->graph = sample_open(sample);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bench->graph);
	CU_ASSERT_EQUAL_FATAL(engine->open(&options, bench->graph, &bench->network,
					      &bench->error),
			CNNVIZ_OK);
	bench->input = sample_tensor(7, 3, 4,
			(int64_t[]){ ITEMS, 3, height > 0 ? height : sample->height,
					width > 0 ? width : sample->width });
}

static void bench_open(struct bench *bench, const struct engine *engine, const char *fact)
{
	bench_open_at(bench, engine, fact, 0, 0);
}

static void bench_close(struct bench *bench)
{
	bench->engine->close(bench->network);
	tensor_unref(bench->input);
	sample_close(bench->graph);
}

static cnnviz_status forward(struct bench *bench, size_t count, const int32_t *captures,
		struct engine_pass **pass)
{
	return bench->engine->forward(bench->network, bench->input, count, captures, true,
			pass, &bench->error);
}

static struct engine_pass *forward_to(struct bench *bench, int32_t node)
{
	struct engine_pass *pass = NULL;

	CU_ASSERT_EQUAL_FATAL(forward(bench, 1, &node, &pass), CNNVIZ_OK);
	return pass;
}

static cnnviz_tensor *activation(struct bench *bench, struct engine_pass *pass,
		int32_t node)
{
	cnnviz_tensor *tensor = NULL;

	CU_ASSERT_EQUAL_FATAL(bench->engine->activation(pass, node, &tensor,
					      &bench->error),
			CNNVIZ_OK);
	return tensor;
}

/** A seed in the shape of a captured activation */
static cnnviz_tensor *seed_for(struct bench *bench, struct engine_pass *pass,
		int32_t node, uint64_t seed)
{
	cnnviz_tensor *value = activation(bench, pass, node);
	cnnviz_tensor *tensor = sample_tensor(seed, 1, tensor_rank(value),
			tensor_shape(value));

	tensor_unref(value);
	return tensor;
}

static cnnviz_tensor *backward(struct bench *bench, struct engine_pass *pass,
		uint32_t rule, int32_t node, const cnnviz_tensor *seed, int32_t wanted)
{
	cnnviz_tensor *gradient = NULL;

	CU_ASSERT_EQUAL_FATAL(bench->engine->backward(pass, rule, 1, &node, &seed, 1,
					      &wanted, &gradient, &bench->error),
			CNNVIZ_OK);
	return gradient;
}

/** max |a - b| / max |b|; the difference itself where b is zero */
static double distance(const cnnviz_tensor *a, const cnnviz_tensor *b)
{
	double difference = 0, size = 0;

	if (!tensor_same_shape(a, b)) {
		return HUGE_VAL;
	}
	for (int64_t i = 0; i < tensor_count(b); i++) {
		double v = (double)tensor_data(b)[i];
		double d = fabs((double)tensor_data(a)[i] - v);

		difference = d <= difference ? difference : d;
		size = fmax(size, fabs(v));
	}
	return size > 0 ? difference / size : difference;
}

static bool same_bits(const cnnviz_tensor *a, const cnnviz_tensor *b)
{
	return tensor_same_shape(a, b)
			&& memcmp(tensor_data(a), tensor_data(b),
					   (size_t)tensor_count(a) * sizeof(float))
			== 0;
}

/* ---- Rules --------------------------------------------------------------------- */

#define RULES 4

/* silu'(x) at 2 and -1 */
#define SLOPE_2 1.0907842487848955
#define SLOPE_M1 0.07232948812851325

static const struct rule_case {
	const char *op;
	double x, gradient;
	double expected[RULES]; /* plain, guided, deconvnet, redirected */
} rule_cases[] = {
	{ "relu", 2, 5, { 5, 5, 5, 5 } },
	{ "relu", 2, -3, { -3, 0, 0, -3 } },
	{ "relu", -1, 5, { 0, 0, 5, 5 } },
	{ "relu", -1, -3, { 0, 0, 0, 0 } },
	{ "relu", 0, 5, { 0, 0, 5, 5 } },
	{ "relu", 7, 5, { 5, 5, 5, 5 } },
	{ "relu6", 2, 5, { 5, 5, 5, 5 } },
	{ "relu6", 2, -3, { -3, 0, 0, -3 } },
	{ "relu6", -1, 5, { 0, 0, 5, 5 } },
	{ "relu6", -1, -3, { 0, 0, 0, 0 } },
	{ "relu6", 0, 5, { 0, 0, 5, 5 } },
	{ "relu6", 6, 5, { 0, 0, 5, 0 } },
	{ "relu6", 7, 5, { 0, 0, 5, 0 } },
	{ "relu6", 7, -3, { 0, 0, 0, -3 } },
	{ "silu", 2, 5, { 5 * SLOPE_2, 5 * SLOPE_2, 5 * SLOPE_2, 5 * SLOPE_2 } },
	{ "silu", 2, -3, { -3 * SLOPE_2, 0, 0, -3 * SLOPE_2 } },
	{ "silu", -1, 5, { 5 * SLOPE_M1, 0, 5 * SLOPE_M1, 5 * SLOPE_M1 } },
	{ "silu", -1, -3, { -3 * SLOPE_M1, 0, 0, -3 * SLOPE_M1 } },
};

/** A network of one activation on one number */
static void try_rule_case(const struct engine *engine, const struct rule_case *c)
{
	char input_name[] = "input", name[] = "a";
	int32_t from = 0, node = 1;
	struct graph_node nodes[2] = {
		{ .name = input_name, .op = &operation_input },
		{
				.name = name,
				.op = operation_find(c->op),
				.inputs = &from,
				.input_count = 1,
		},
	};
	struct graph graph = {
		.name = name,
		.nodes = nodes,
		.node_count = 2,
		.normalization = { .channels = 1 },
	};
	struct bench bench = { .engine = engine, .graph = &graph };
	struct engine_options options = { .tensor = &tensor_api,
		.threads = 1,
		.device = "cpu" };
	int64_t shape[4] = { 1, 1, 1, 1 };
	cnnviz_tensor *seed = tensor_create(4, shape);

	bench.input = tensor_create(4, shape);
	tensor_mutable_data(bench.input)[0] = (float)c->x;
	tensor_mutable_data(seed)[0] = (float)c->gradient;
	CU_ASSERT_EQUAL_FATAL(engine->open(&options, &graph, &bench.network,
					      &bench.error),
			CNNVIZ_OK);

	struct engine_pass *pass = forward_to(&bench, node);

	for (uint32_t rule = 0; rule < RULES; rule++) {
		cnnviz_tensor *gradient = backward(&bench, pass, rule, node, seed, 0);
		double value = (double)tensor_data(gradient)[0];

		CU_ASSERT_DOUBLE_EQUAL(value, c->expected[rule], 1e-5);
		if (fabs(value - c->expected[rule]) > 1e-5) {
			fprintf(stderr, "%s: %s at %g, gradient %g, rule %d: %g\n",
					engine->name, c->op, c->x, c->gradient, (int)rule,
					value);
		}
		tensor_unref(gradient);
	}
	engine->release(pass);
	engine->close(bench.network);
	tensor_unref(seed);
	tensor_unref(bench.input);
}

static void test_rules_at_activations(void)
{
	for (size_t e = 0; e < engine_count; e++) {
		for (size_t i = 0; i < sizeof(rule_cases) / sizeof(*rule_cases); i++) {
			try_rule_case(engines[e], &rule_cases[i]);
		}
	}
}

/** What a rule makes of the gradient g at an activation of x, whose plain one is known */
static float ruled(enum sample_kind kind, uint32_t rule, float x, float g, float plain)
{
	/* No sample stops all of an item's gradient, so that there is nothing to redirect. */
	if (kind == SAMPLE_TRUE || rule == CNNVIZ_RULE_PLAIN
			|| rule == CNNVIZ_RULE_REDIRECTED) {
		return plain;
	}
	if (g <= 0 || (rule == CNNVIZ_RULE_GUIDED && x <= 0)) {
		return 0;
	}
	return rule == CNNVIZ_RULE_DECONVNET && kind == SAMPLE_RECTIFIES ? g : plain;
}

/** Every rule at the activation of a sample, from its output to its input */
static void try_rules(const struct engine *engine, const struct sample *sample)
{
	const int32_t nodes[2] = { 1, 2 };
	struct engine_pass *pass = NULL;
	struct bench bench;

	bench_open(&bench, engine, sample->fact);
	CU_ASSERT_EQUAL_FATAL(forward(&bench, 2, nodes, &pass), CNNVIZ_OK);

	cnnviz_tensor *x = activation(&bench, pass, 1);
	cnnviz_tensor *g = seed_for(&bench, pass, 2, 8);
	cnnviz_tensor *plain = backward(&bench, pass, CNNVIZ_RULE_PLAIN, 2, g, 1);

	for (uint32_t rule = 0; rule < RULES; rule++) {
		cnnviz_tensor *gradient = backward(&bench, pass, rule, 2, g, 1);

		for (int64_t i = 0; i < tensor_count(x); i++) {
			CU_ASSERT_EQUAL(tensor_data(gradient)[i],
					ruled(sample->kind, rule, tensor_data(x)[i],
							tensor_data(g)[i],
							tensor_data(plain)[i]));
		}
		tensor_unref(gradient);
	}
	tensor_unref(x);
	tensor_unref(g);
	tensor_unref(plain);
	engine->release(pass);
	bench_close(&bench);
}

static void test_rules_at_every_activation(void)
{
	for (size_t i = 0; i < engine_count * sample_count; i++) {
		const struct sample *sample = &samples[i / engine_count];

		if (sample->kind >= SAMPLE_RECTIFIES) {
			try_rules(engines[i % engine_count], sample);
		}
	}
}

/* ---- Agreement ----------------------------------------------------------------- */

/** Every activation, and every gradient under every rule, of one sample */
static void compare_engines(const struct sample *sample, int64_t height, int64_t width)
{
	struct bench a, b;
	struct engine_pass *pass_a, *pass_b;

	bench_open_at(&a, engines[1], sample->fact, height, width);
	bench_open_at(&b, engines[0], sample->fact, height, width);

	size_t nodes = a.graph->node_count;
	int32_t *all = memory_new(nodes, sizeof(*all));

	for (size_t i = 0; i < nodes; i++) {
		all[i] = (int32_t)i;
	}
	CU_ASSERT_EQUAL_FATAL(forward(&a, nodes, all, &pass_a), CNNVIZ_OK);
	CU_ASSERT_EQUAL_FATAL(forward(&b, nodes, all, &pass_b), CNNVIZ_OK);

	int32_t last = (int32_t)nodes - 1;
	cnnviz_tensor *seed = seed_for(&b, pass_b, last, 8);

	for (int32_t i = 0; i <= last; i++) {
		cnnviz_tensor *value_a = activation(&a, pass_a, i);
		cnnviz_tensor *value_b = activation(&b, pass_b, i);
		double worst = distance(value_a, value_b);

		for (uint32_t rule = 0; rule < RULES; rule++) {
			cnnviz_tensor *g_a = backward(&a, pass_a, rule, last, seed, i);
			cnnviz_tensor *g_b = backward(&b, pass_b, rule, last, seed, i);

			worst = fmax(worst, distance(g_a, g_b));
			tensor_unref(g_a);
			tensor_unref(g_b);
		}
		CU_ASSERT_TRUE(worst <= TOLERANCE);
		if (!(worst <= TOLERANCE)) {
			fprintf(stderr, "%s: %s: off by %g\n", sample->fact,
					a.graph->nodes[i].name, worst);
		}
		tensor_unref(value_a);
		tensor_unref(value_b);
	}
	tensor_unref(seed);
	a.engine->release(pass_a);
	b.engine->release(pass_b);
	free(all);
	bench_close(&a);
	bench_close(&b);
}

static void test_engines_agree(void)
{
	for (size_t i = 0; engine_count > 1 && i < sample_count; i++) {
		compare_engines(&samples[i], 0, 0);
	}
}

static void test_engines_agree_on_another_input_size(void)
{
	if (engine_count > 1) {
		compare_engines(sample_find("a network with blocks of each kind"), 33,
				26);
	}
}

/* ---- Passes -------------------------------------------------------------------- */

static const char *const blocks = "a network with blocks of each kind";
static const char *const relus =
		"relu after everything it may overwrite, and what it may not";

/** With and without capturing what comes before: the same activations */
static void test_captures_are_not_overwritten(void)
{
	for (size_t e = 0; e < engine_count; e++) {
		struct bench bench;

		bench_open(&bench, engines[e], relus);

		int32_t last = (int32_t)bench.graph->node_count - 1;

		for (int32_t node = 0; node <= last; node++) {
			struct engine_pass *alone = forward_to(&bench, node),
					   *both = NULL;
			int32_t captures[2] = { node, last };

			CU_ASSERT_EQUAL_FATAL(forward(&bench, 2, captures, &both),
					CNNVIZ_OK);

			cnnviz_tensor *a = activation(&bench, alone, node);
			cnnviz_tensor *b = activation(&bench, both, node);

			CU_ASSERT_TRUE(same_bits(a, b));
			tensor_unref(a);
			tensor_unref(b);
			bench.engine->release(alone);
			bench.engine->release(both);
		}
		bench_close(&bench);
	}
}

/* ---- Passes from the middle ------------------------------------------------------ */

/** A pass that captures every node, and one from its values at a node and beside it */
struct middle {
	struct bench bench;
	int32_t node, last;
	bool *starts;
	struct engine_pass *whole;
};

static void middle_open(struct middle *middle, const struct engine *engine,
		const char *fact)
{
	bench_open(&middle->bench, engine, fact);
	size_t nodes = middle->bench.graph->node_count;
	int32_t *all = memory_new(nodes, sizeof(*all));

	for (size_t i = 0; i < nodes; i++) {
		all[i] = (int32_t)i;
	}
	CU_ASSERT_EQUAL_FATAL(forward(&middle->bench, nodes, all, &middle->whole),
			CNNVIZ_OK);
	free(all);
	middle->last = (int32_t)nodes - 1;
	middle->starts = memory_new(nodes, sizeof(*middle->starts));
}

static void middle_close(struct middle *middle)
{
	middle->bench.engine->release(middle->whole);
	free(middle->starts);
	bench_close(&middle->bench);
}

/** Run from the node to the last one, with its value and those beside it as they were. */
static struct engine_pass *run_middle(struct middle *middle)
{
	struct bench *bench = &middle->bench;
	struct engine_start starts[16];
	struct engine_pass *pass = NULL;
	size_t count = 0;

	graph_mark_starts(bench->graph, middle->node, 1, &middle->last, middle->starts);
	for (int32_t i = 0; i <= middle->last; i++) {
		if (middle->starts[i]) {
			starts[count++] = (struct engine_start){ i,
				activation(bench, middle->whole, i) };
		}
	}
	bench->stopper.asked = 0;
	CU_ASSERT_EQUAL_FATAL(bench->engine->forward_from(bench->network, count, starts,
					      1, &middle->last, true, &pass,
					      &bench->error),
			CNNVIZ_OK);
	while (count-- > 0) {
		tensor_unref((cnnviz_tensor *)(uintptr_t)starts[count].value);
	}
	return pass;
}

/** Whether a node depends on another, by walking all ways from it to the input */
static bool depends(const struct graph *graph, int32_t node, int32_t other)
{
	bool found = node == other;

	for (size_t k = 0; !found && k < graph->nodes[node].input_count; k++) {
		found = depends(graph, graph->nodes[node].inputs[k], other);
	}
	return found;
}

/** Number of nodes that change with a node and that the last one depends on */
static int count_behind(const struct middle *middle)
{
	const struct graph *graph = middle->bench.graph;
	int count = 0;

	for (int32_t i = middle->node + 1; i <= middle->last; i++) {
		count += depends(graph, i, middle->node)
				&& depends(graph, middle->last, i);
	}
	return count;
}

/** Whether an unpooling takes more of a node than its values */
static bool lends_switches(const struct graph *graph, int32_t node)
{
	bool found = false;

	for (size_t i = 0; i < graph->node_count; i++) {
		const struct graph_node *reader = &graph->nodes[i];

		found = found
				|| (strcmp(reader->op->name, "max_unpool2d") == 0
						&& reader->inputs[1] == node);
	}
	return found;
}

/** From every node of a sample: the values, the gradients and the work that is left */
static void try_middles(const struct engine *engine, const struct sample *sample)
{
	bool switches = strstr(sample->layers, "max_unpool2d") != NULL;
	struct middle middle;

	middle_open(&middle, engine, sample->fact);
	struct bench *bench = &middle.bench;
	cnnviz_tensor *whole = activation(bench, middle.whole, middle.last);
	cnnviz_tensor *seed = seed_for(bench, middle.whole, middle.last, 8);

	for (middle.node = 0; middle.node < middle.last; middle.node++) {
		if (!depends(bench->graph, middle.last, middle.node)
				|| lends_switches(bench->graph, middle.node)) {
			continue;
		}
		bool alone = strcmp(bench->graph->nodes[middle.node].op->name, "conv2d")
				!= 0;
		struct engine_pass *pass = run_middle(&middle);
		cnnviz_tensor *value = activation(bench, pass, middle.last);

		/* A pool is run once more where its switches are needed. */
		CU_ASSERT_TRUE(switches || bench->stopper.asked == count_behind(&middle));
		CU_ASSERT_TRUE(alone && strcmp(engine->name, "torch") == 0
						? same_bits(value, whole)
						: distance(value, whole) < 1e-5);
		cnnviz_tensor *g = backward(bench, pass, 0, middle.last, seed,
				middle.node);
		cnnviz_tensor *expected = backward(bench, middle.whole, 0, middle.last,
				seed, middle.node);

		CU_ASSERT_TRUE(distance(g, expected) < 1e-5);
		if (!(distance(g, expected) < 1e-5 && distance(value, whole) < 1e-5
				    && (!alone || same_bits(value, whole)))) {
			fprintf(stderr, "%s: %s: from %s: off by %g and %g\n",
					engine->name, sample->fact,
					bench->graph->nodes[middle.node].name,
					distance(value, whole), distance(g, expected));
		}
		tensor_unref(g);
		tensor_unref(expected);
		tensor_unref(value);
		engine->release(pass);
	}
	tensor_unref(whole);
	tensor_unref(seed);
	middle_close(&middle);
}

static void test_passes_start_at_any_layer(void)
{
	for (size_t i = 0; i < engine_count * sample_count; i++) {
		try_middles(engines[i % engine_count], &samples[i / engine_count]);
	}
}

/** More items than before, each as if it had come alone */
static void test_passes_from_the_middle_take_larger_batches(void)
{
	for (size_t e = 0; e < engine_count; e++) {
		struct bench bench;

		bench_open(&bench, engines[e], "maps for each class");
		int32_t node = graph_find(bench.graph, "relu");
		int32_t last = (int32_t)bench.graph->node_count - 1;
		cnnviz_tensor *many = sample_tensor(9, 1, 4, (int64_t[]){ 5, 6, 8, 6 });
		struct engine_pass *pass = NULL;
		struct engine_start start = { node, many };

		CU_ASSERT_EQUAL_FATAL(engines[e]->forward_from(bench.network, 1, &start,
						      1, &last, false, &pass,
						      &bench.error),
				CNNVIZ_OK);
		cnnviz_tensor *values = activation(&bench, pass, last);

		CU_ASSERT_EQUAL(tensor_shape(values)[0], 5);
		engines[e]->release(pass);
		for (int64_t i = 0; i < 5; i++) {
			cnnviz_tensor *one = tensor_item(many, i);
			cnnviz_tensor *expected = tensor_item(values, i);

			start.value = one;
			CU_ASSERT_EQUAL_FATAL(engines[e]->forward_from(bench.network, 1,
							      &start, 1, &last, false,
							      &pass, &bench.error),
					CNNVIZ_OK);
			cnnviz_tensor *value = activation(&bench, pass, last);

			CU_ASSERT_TRUE(distance(value, expected) < 1e-6);
			engines[e]->release(pass);
			tensor_unref(value);
			tensor_unref(expected);
			tensor_unref(one);
		}
		tensor_unref(values);
		tensor_unref(many);
		bench_close(&bench);
	}
}

/* ---- Passes, whatever they start with --------------------------------------------- */

/** What a pass that captures every node gives for the last one */
static cnnviz_tensor *last_of_all(struct bench *bench)
{
	size_t nodes = bench->graph->node_count;
	int32_t *all = memory_new(nodes, sizeof(*all));
	struct engine_pass *pass = NULL;

	for (size_t i = 0; i < nodes; i++) {
		all[i] = (int32_t)i;
	}
	CU_ASSERT_EQUAL_FATAL(forward(bench, nodes, all, &pass), CNNVIZ_OK);

	cnnviz_tensor *value = activation(bench, pass, all[nodes - 1]);

	bench->engine->release(pass);
	free(all);
	return value;
}

/** Nothing is overwritten that a later layer reads, in any sample */
static void test_activations_do_not_depend_on_captures(void)
{
	for (size_t i = 0; i < engine_count * sample_count; i++) {
		const struct sample *sample = &samples[i / engine_count];
		struct bench bench;

		bench_open(&bench, engines[i % engine_count], sample->fact);

		int32_t last = (int32_t)bench.graph->node_count - 1;
		struct engine_pass *pass = forward_to(&bench, last);
		cnnviz_tensor *alone = activation(&bench, pass, last);
		cnnviz_tensor *among_all = last_of_all(&bench);

		CU_ASSERT_TRUE(same_bits(alone, among_all));
		if (!same_bits(alone, among_all)) {
			fprintf(stderr, "%s: %s\n", bench.engine->name, sample->fact);
		}
		tensor_unref(alone);
		tensor_unref(among_all);
		bench.engine->release(pass);
		bench_close(&bench);
	}
}

/** The input's gradient when every layer's is asked for */
static cnnviz_tensor *first_of_all(struct bench *bench, struct engine_pass *pass,
		int32_t last, const cnnviz_tensor *seed)
{
	size_t nodes = bench->graph->node_count;
	int32_t *all = memory_new(nodes, sizeof(*all));
	cnnviz_tensor **gradients = memory_new(nodes, sizeof(cnnviz_tensor *));

	for (size_t i = 0; i < nodes; i++) {
		all[i] = (int32_t)i;
	}
	CU_ASSERT_EQUAL_FATAL(bench->engine->backward(pass, CNNVIZ_RULE_PLAIN, 1, &last,
					      &seed, nodes, all, gradients,
					      &bench->error),
			CNNVIZ_OK);

	cnnviz_tensor *first = gradients[0];

	for (size_t i = 1; i < nodes; i++) {
		tensor_unref(gradients[i]);
	}
	free(gradients);
	free(all);
	return first;
}

/** Neither what a pass has captured nor what else is wanted makes a difference */
static void try_gradient(const struct engine *engine, const struct sample *sample)
{
	struct bench bench;

	bench_open(&bench, engine, sample->fact);

	size_t nodes = bench.graph->node_count;
	int32_t last = (int32_t)nodes - 1;
	int32_t *all = memory_new(nodes, sizeof(*all));
	struct engine_pass *few = forward_to(&bench, last), *many = NULL;

	for (size_t i = 0; i < nodes; i++) {
		all[i] = (int32_t)i;
	}
	CU_ASSERT_EQUAL_FATAL(forward(&bench, nodes, all, &many), CNNVIZ_OK);

	cnnviz_tensor *seed = seed_for(&bench, few, last, 8);
	cnnviz_tensor *a = backward(&bench, few, CNNVIZ_RULE_PLAIN, last, seed, 0);
	cnnviz_tensor *b = backward(&bench, many, CNNVIZ_RULE_PLAIN, last, seed, 0);
	cnnviz_tensor *c = first_of_all(&bench, few, last, seed);

	CU_ASSERT_TRUE(same_bits(a, b));
	CU_ASSERT_TRUE(same_bits(a, c));
	if (!same_bits(a, b) || !same_bits(a, c)) {
		fprintf(stderr, "%s: %s\n", bench.engine->name, sample->fact);
	}
	tensor_unref(a);
	tensor_unref(b);
	tensor_unref(c);
	tensor_unref(seed);
	bench.engine->release(few);
	bench.engine->release(many);
	free(all);
	bench_close(&bench);
}

static void test_gradients_do_not_depend_on_captures(void)
{
	for (size_t i = 0; i < engine_count * sample_count; i++) {
		try_gradient(engines[i % engine_count], &samples[i / engine_count]);
	}
}

static void test_later_passes_do_not_depend_on_earlier_rules(void)
{
	for (size_t e = 0; e < engine_count; e++) {
		struct bench bench;
		cnnviz_tensor *logits[2], *gradients[2];

		bench_open(&bench, engines[e], blocks);

		int32_t last = (int32_t)bench.graph->node_count - 1;

		for (int i = 0; i < 2; i++) {
			struct engine_pass *pass = forward_to(&bench, last);
			cnnviz_tensor *seed = seed_for(&bench, pass, last, 8);

			for (uint32_t rule = 1; i == 0 && rule < RULES; rule++) {
				cnnviz_tensor *other = backward(&bench, pass, rule, last,
						seed, 0);

				tensor_unref(other);
				bench.engine->release(pass);
				pass = forward_to(&bench, last);
			}
			logits[i] = activation(&bench, pass, last);
			gradients[i] = backward(&bench, pass, CNNVIZ_RULE_PLAIN, last,
					seed, 0);
			tensor_unref(seed);
			bench.engine->release(pass);
		}
		CU_ASSERT_TRUE(same_bits(logits[0], logits[1]));
		CU_ASSERT_TRUE(same_bits(gradients[0], gradients[1]));
		for (int i = 0; i < 2; i++) {
			tensor_unref(logits[i]);
			tensor_unref(gradients[i]);
		}
		bench_close(&bench);
	}
}

static void test_one_pass_takes_many_backward_calls(void)
{
	for (size_t e = 0; e < engine_count; e++) {
		struct bench bench;
		cnnviz_tensor *first[RULES], *again[RULES];

		bench_open(&bench, engines[e], blocks);

		int32_t last = (int32_t)bench.graph->node_count - 1;
		struct engine_pass *pass = forward_to(&bench, last);
		cnnviz_tensor *seed = seed_for(&bench, pass, last, 8);

		for (uint32_t rule = 0; rule < RULES; rule++) {
			first[rule] = backward(&bench, pass, rule, last, seed, 0);
		}
		for (uint32_t rule = RULES; rule-- > 0;) {
			again[rule] = backward(&bench, pass, rule, last, seed, 0);
		}
		CU_ASSERT_FALSE(same_bits(first[0], first[1]));
		CU_ASSERT_FALSE(same_bits(first[1], first[2]));
		for (int rule = 0; rule < RULES; rule++) {
			CU_ASSERT_TRUE(same_bits(first[rule], again[rule]));
			tensor_unref(first[rule]);
			tensor_unref(again[rule]);
		}
		tensor_unref(seed);
		bench.engine->release(pass);
		bench_close(&bench);
	}
}

static void test_a_batch_is_its_items(void)
{
	for (size_t e = 0; e < engine_count; e++) {
		struct bench bench;

		bench_open(&bench, engines[e], blocks);

		int32_t last = (int32_t)bench.graph->node_count - 1;
		struct engine_pass *pass = forward_to(&bench, last);
		cnnviz_tensor *all_seeds = seed_for(&bench, pass, last, 8);
		cnnviz_tensor *all = backward(&bench, pass, CNNVIZ_RULE_PLAIN, last,
				all_seeds, 0);
		cnnviz_tensor *batch = bench.input;

		bench.engine->release(pass);
		for (int64_t n = 0; n < ITEMS; n++) {
			cnnviz_tensor *seed = tensor_item(all_seeds, n);
			cnnviz_tensor *item = tensor_item(all, n);

			bench.input = tensor_item(batch, n);
			pass = forward_to(&bench, last);

			cnnviz_tensor *one = backward(&bench, pass, CNNVIZ_RULE_PLAIN,
					last, seed, 0);

			CU_ASSERT_TRUE(distance(one, item) < 1e-5);
			tensor_unref(one);
			tensor_unref(item);
			tensor_unref(seed);
			tensor_unref(bench.input);
			bench.engine->release(pass);
		}
		bench.input = batch;
		tensor_unref(all_seeds);
		tensor_unref(all);
		bench_close(&bench);
	}
}

static void test_several_seeds_add_up(void)
{
	for (size_t e = 0; e < engine_count; e++) {
		struct bench bench;
		cnnviz_tensor *both[2];

		bench_open(&bench, engines[e], blocks);

		int32_t nodes[2] = { graph_find(bench.graph, "block1.add"),
			(int32_t)bench.graph->node_count - 1 };
		int32_t wanted[2] = { 0, graph_find(bench.graph, "block1.add") };
		struct engine_pass *pass = NULL;

		CU_ASSERT_EQUAL_FATAL(forward(&bench, 2, nodes, &pass), CNNVIZ_OK);

		const cnnviz_tensor *seeds[2] = { seed_for(&bench, pass, nodes[0], 8),
			seed_for(&bench, pass, nodes[1], 9) };

		CU_ASSERT_EQUAL_FATAL(bench.engine->backward(pass, CNNVIZ_RULE_PLAIN, 2,
						      nodes, seeds, 2, wanted, both,
						      &bench.error),
				CNNVIZ_OK);
		for (int i = 0; i < 2; i++) {
			cnnviz_tensor *a = backward(&bench, pass, CNNVIZ_RULE_PLAIN,
					nodes[0], seeds[0], wanted[i]);
			cnnviz_tensor *b = backward(&bench, pass, CNNVIZ_RULE_PLAIN,
					nodes[1], seeds[1], wanted[i]);

			for (int64_t k = 0; k < tensor_count(a); k++) {
				tensor_mutable_data(a)[k] += tensor_data(b)[k];
			}
			CU_ASSERT_TRUE(distance(both[i], a) < 1e-5);
			tensor_unref(a);
			tensor_unref(b);
			tensor_unref(both[i]);
		}
		for (int i = 0; i < 2; i++) {
			tensor_unref((cnnviz_tensor *)(uintptr_t)seeds[i]);
		}
		bench.engine->release(pass);
		bench_close(&bench);
	}
}

static void test_gradients_are_zero_where_nothing_flows(void)
{
	for (size_t e = 0; e < engine_count; e++) {
		struct bench bench;

		bench_open(&bench, engines[e], blocks);

		int32_t nodes[2] = { graph_find(bench.graph, "fire.left"),
			graph_find(bench.graph, "fire.right") };
		struct engine_pass *pass = NULL;

		CU_ASSERT_EQUAL_FATAL(forward(&bench, 2, nodes, &pass), CNNVIZ_OK);

		cnnviz_tensor *seed = seed_for(&bench, pass, nodes[0], 8);
		cnnviz_tensor *own = backward(&bench, pass, CNNVIZ_RULE_GUIDED, nodes[0],
				seed, nodes[0]);
		cnnviz_tensor *other = backward(&bench, pass, CNNVIZ_RULE_PLAIN, nodes[0],
				seed, nodes[1]);
		cnnviz_tensor *shape = activation(&bench, pass, nodes[1]);

		CU_ASSERT_TRUE(same_bits(own, seed));
		CU_ASSERT_TRUE(tensor_same_shape(other, shape));
		for (int64_t i = 0; i < tensor_count(other); i++) {
			CU_ASSERT_EQUAL(tensor_data(other)[i], 0);
		}
		tensor_unref(own);
		tensor_unref(other);
		tensor_unref(shape);
		tensor_unref(seed);
		bench.engine->release(pass);
		bench_close(&bench);
	}
}

static void test_a_pass_keeps_its_input(void)
{
	for (size_t e = 0; e < engine_count; e++) {
		struct bench bench;

		bench_open(&bench, engines[e], "activation: silu");

		int32_t captures[2] = { 0, (int32_t)bench.graph->node_count - 1 };
		cnnviz_tensor *copy = sample_tensor(7, 3, 4, tensor_shape(bench.input));
		struct engine_pass *pass = NULL;

		CU_ASSERT_EQUAL_FATAL(forward(&bench, 2, captures, &pass), CNNVIZ_OK);
		memset(tensor_mutable_data(bench.input), 0,
				(size_t)tensor_count(bench.input) * sizeof(float));

		cnnviz_tensor *kept = activation(&bench, pass, 0);

		CU_ASSERT_TRUE(same_bits(kept, copy));
		tensor_unref(kept);
		tensor_unref(copy);
		bench.engine->release(pass);
		bench_close(&bench);
	}
}

static void test_forward_stops_at_the_deepest_capture(void)
{
	for (size_t e = 0; e < engine_count; e++) {
		struct bench bench;
		struct engine_pass *pass = NULL;

		bench_open(&bench, engines[e], blocks);

		int32_t captures[2] = { graph_find(bench.graph, "stem.bn"),
			graph_find(bench.graph, "fire.right") };

		CU_ASSERT_EQUAL_FATAL(forward(&bench, 2, captures, &pass), CNNVIZ_OK);
		/* Nor is the other branch run, which no capture needs. */
		CU_ASSERT_TRUE(bench.stopper.asked <= captures[1] + 1 - 2);
		CU_ASSERT_TRUE(bench.stopper.asked >= captures[1] - 2);
		bench.engine->release(pass);
		bench_close(&bench);
	}
}

static void test_backward_stops_at_the_shallowest_gradient(void)
{
	for (size_t e = 0; e < engine_count; e++) {
		struct bench bench;

		bench_open(&bench, engines[e], blocks);

		int32_t last = (int32_t)bench.graph->node_count - 1;
		int32_t wanted = graph_find(bench.graph, "classifier.1");
		struct engine_pass *pass = forward_to(&bench, last);
		cnnviz_tensor *seed = seed_for(&bench, pass, last, 8);

		bench.stopper.asked = 0;

		cnnviz_tensor *gradient = backward(&bench, pass, CNNVIZ_RULE_PLAIN, last,
				seed, wanted);

		CU_ASSERT_TRUE(bench.stopper.asked >= 2);
		CU_ASSERT_TRUE(bench.stopper.asked <= 3);
		tensor_unref(gradient);
		tensor_unref(seed);
		bench.engine->release(pass);
		bench_close(&bench);
	}
}

static void test_calls_end_when_canceled(void)
{
	for (size_t e = 0; e < engine_count; e++) {
		struct bench bench;
		struct engine_pass *pass = NULL;
		cnnviz_tensor *gradient = NULL;

		bench_open(&bench, engines[e], blocks);

		int32_t last = (int32_t)bench.graph->node_count - 1, input = 0;

		for (int yes_to = 1; yes_to < 20; yes_to += 6) {
			bench.stopper = (struct stopper){ .yes_to = yes_to };
			CU_ASSERT_EQUAL(forward(&bench, 1, &last, &pass),
					CNNVIZ_ERROR_CANCELED);
			CU_ASSERT_PTR_NULL(pass);
		}
		bench.stopper = (struct stopper){ 0 };
		pass = forward_to(&bench, last);

		cnnviz_tensor *seed = seed_for(&bench, pass, last, 8);
		const cnnviz_tensor *seeds[1] = { seed };

		bench.stopper = (struct stopper){ .yes_to = 5 };
		CU_ASSERT_EQUAL(bench.engine->backward(pass, CNNVIZ_RULE_PLAIN, 1, &last,
						seeds, 1, &input, &gradient,
						&bench.error),
				CNNVIZ_ERROR_CANCELED);
		CU_ASSERT_PTR_NULL(gradient);
		tensor_unref(seed);
		bench.engine->release(pass);
		bench_close(&bench);
	}
}

/* ---- Refusals ------------------------------------------------------------------ */

static void expect_text(const struct error *error, const char *fragment)
{
	CU_ASSERT_PTR_NOT_NULL(strstr(error->text, fragment));
	if (strstr(error->text, fragment) == NULL) {
		fprintf(stderr, "\"%s\" is not in: %s\n", fragment, error->text);
	}
	CU_ASSERT_PTR_NULL(strchr(error->text, '\n'));
}

static void test_misuse_of_a_pass_is_refused(void)
{
	for (size_t e = 0; e < engine_count; e++) {
		struct bench bench;

		bench_open(&bench, engines[e], blocks);

		int32_t last = (int32_t)bench.graph->node_count - 1, input = 0;
		int32_t middle = graph_find(bench.graph, "fire.squeeze");
		struct engine_pass *pass = forward_to(&bench, last), *light = NULL;
		cnnviz_tensor *seed = seed_for(&bench, pass, last, 8), *out = NULL;
		const cnnviz_tensor *seeds[1] = { seed };
		const cnnviz_tensor *wrong[1] = { bench.input };
		const struct engine *engine = bench.engine;
		struct error *error = &bench.error;

		CU_ASSERT_EQUAL(engine->activation(pass, middle, &out, error),
				CNNVIZ_ERROR_ENGINE);
		expect_text(error, "layer fire.squeeze was not captured");
		CU_ASSERT_EQUAL(engine->backward(pass, 0, 1, &middle, seeds, 1, &input,
						&out, error),
				CNNVIZ_ERROR_ENGINE);
		expect_text(error, "layer fire.squeeze was not captured");
		CU_ASSERT_EQUAL(engine->backward(pass, 0, 1, &last, wrong, 1, &input,
						&out, error),
				CNNVIZ_ERROR_ENGINE);
		expect_text(error, "at layer classifier.3");
		CU_ASSERT_EQUAL(engine->backward(pass, RULES, 1, &last, seeds, 1, &input,
						&out, error),
				CNNVIZ_ERROR_ENGINE);
		expect_text(error, "no backward rule 4");
		CU_ASSERT_EQUAL(engine->forward(bench.network, bench.input, 1, &last,
						false, &light, error),
				CNNVIZ_OK);
		CU_ASSERT_EQUAL(engine->backward(light, 0, 1, &last, seeds, 1, &input,
						&out, error),
				CNNVIZ_ERROR_ENGINE);
		expect_text(error, "made without backward");
		CU_ASSERT_PTR_NULL(out);
		engine->release(light);
		engine->release(pass);
		tensor_unref(seed);
		bench_close(&bench);
	}
}

static void test_every_engine_has_a_cpu(void)
{
	for (size_t e = 0; e < engine_count; e++) {
		const char *const *devices = engines[e]->devices();
		int found = 0;

		for (size_t i = 0; devices[i] != NULL; i++) {
			found += strcmp(devices[i], "cpu") == 0;
		}
		CU_ASSERT_EQUAL(found, 1);
		CU_ASSERT_PTR_EQUAL(engines[e]->devices(), devices);
	}
}

/** As graphs of the input and one node, whose settings are the usual ones */
static void test_every_operation_is_supported(void)
{
	const struct operation *operation;

	for (size_t i = 0; (operation = operation_at(i)) != NULL; i++) {
		struct graph_node nodes[2] = { { .op = &operation_input },
			{ .op = operation, .settings = settings_default(operation) } };
		const struct graph graph = { .nodes = nodes, .node_count = 2 };

		for (size_t e = 0; e < engine_count; e++) {
			const char *reason = NULL;

			CU_ASSERT_TRUE(engines[e]->supports(&graph, 1, &reason));
			CU_ASSERT_PTR_NULL(reason);
			if (reason != NULL) {
				fprintf(stderr, "%s: %s: %s\n", engines[e]->name,
						operation->name, reason);
			}
		}
	}
}

static void test_what_is_not_supported_is_refused(void)
{
	const struct operation unknown = { .name = "unknown" };
	struct graph *graph = sample_open(sample_find("average pool with ceil_mode"));

	graph->nodes[1].settings.padding[0] = 0;
	for (size_t e = 0; e < engine_count; e++) {
		bool all = strcmp(engines[e]->name, "reference") == 0;
		struct engine_options options = { .tensor = &tensor_api, .threads = 1 };
		struct engine_network *network = NULL;
		const char *reason = NULL;
		struct error error;

		CU_ASSERT_EQUAL(engines[e]->supports(graph, 1, &reason), all);
		CU_ASSERT_EQUAL(engines[e]->open(&options, graph, &network, &error),
				all ? CNNVIZ_OK : CNNVIZ_ERROR_UNSUPPORTED);
		if (!all) {
			CU_ASSERT_PTR_NOT_NULL_FATAL(reason);
			CU_ASSERT_PTR_NOT_NULL(strstr(reason, "pad evenly"));
			expect_text(&error, "layer a: ceil_mode and uneven padding");
		} else {
			engines[e]->close(network);
		}
		graph->nodes[2].op = &unknown;
		CU_ASSERT_FALSE(engines[e]->supports(graph, 2, &reason));
		CU_ASSERT_PTR_NOT_NULL_FATAL(reason);
		CU_ASSERT_PTR_NOT_NULL(strstr(reason, "does not support this operation"));
		graph->nodes[2].op = graph->nodes[1].op;
	}
	sample_close(graph);
}

static void test_a_device_that_is_not_there_is_refused(void)
{
	struct graph *graph = sample_open(sample_find(blocks));

	for (size_t e = 0; e < engine_count; e++) {
		struct engine_options options = { .tensor = &tensor_api,
			.device = "quantum" };
		struct engine_network *network = NULL;
		struct error error;

		CU_ASSERT_NOT_EQUAL(engines[e]->open(&options, graph, &network, &error),
				CNNVIZ_OK);
		expect_text(&error, "device = cpu");
		CU_ASSERT_PTR_NULL(network);
	}
	sample_close(graph);
}

/** A weight that the graph's settings do not fit: libtorch itself objects */
static void test_failures_inside_name_the_layer(void)
{
	struct bench bench;
	struct engine_pass *pass = NULL;

	if (engine_count < 2) {
		return;
	}
	bench_open(&bench, engines[1], blocks);

	int32_t last = (int32_t)bench.graph->node_count - 1;
	int32_t wrong = graph_find(bench.graph, "fire.right");

	bench.graph->nodes[wrong].settings.groups = 3;
	CU_ASSERT_EQUAL(forward(&bench, 1, &last, &pass), CNNVIZ_ERROR_ENGINE);
	expect_text(&bench.error, "layer fire.right: ");
	CU_ASSERT_PTR_NULL(pass);
	bench_close(&bench);
}

static void test_no_tensor_is_left_behind(void)
{
	size_t before = tensor_live_count();

	test_misuse_of_a_pass_is_refused();
	test_several_seeds_add_up();
	test_calls_end_when_canceled();
	CU_ASSERT_EQUAL(tensor_live_count(), before);
}

/* ---- Loading ------------------------------------------------------------------- */

static const struct load_case {
	const char *path; /* in the build tree */
	cnnviz_status status;
	const char *message;
} load_cases[] = {
	{ "tests/reference/absent.la", CNNVIZ_ERROR_INPUT, "there is no engine" },
	{ "Makefile", CNNVIZ_ERROR_UNSUPPORTED, "invalid ELF header" },
	{ "tests/reference/engine_without_entry.la", CNNVIZ_ERROR_UNSUPPORTED,
			"does not export cnnviz_engine" },
	{ "tests/reference/engine_unresolved.la", CNNVIZ_ERROR_UNSUPPORTED,
			"undefined symbol: a_function_that_nobody_has" },
	{ "tests/reference/engine_other_version.la", CNNVIZ_ERROR_UNSUPPORTED,
			"must be from the same build" },
};

static void test_load_failures_tell_what_is_wrong(void)
{
	for (size_t i = 0; i < sizeof(load_cases) / sizeof(*load_cases); i++) {
		const struct engine *engine = NULL;
		struct error error = { 0 };
		char *path = build_path(load_cases[i].path);

		CU_ASSERT_EQUAL(engine_load(".", path, &engine, &error),
				load_cases[i].status);
		expect_text(&error, load_cases[i].message);
		expect_text(&error, path);
		CU_ASSERT_PTR_NULL(engine);
		free(path);
	}
}

static void test_engines_are_found_by_name(void)
{
	const struct engine *engine = NULL;
	struct error error;
	char *folder = build_path("core/engine");
	char *without = build_path("tests/reference");
	char *objects = build_path("tests/reference/.libs");

	CU_ASSERT_EQUAL(engine_load(folder, "reference", &engine, &error), CNNVIZ_OK);
	CU_ASSERT_PTR_EQUAL(engine, engines[0]);
	/* Installed without .la files, as distributions do */
	engine = NULL;
	CU_ASSERT_EQUAL(engine_load(objects, "engine_other_version", &engine, &error),
			CNNVIZ_ERROR_UNSUPPORTED);
	expect_text(&error, "must be from the same build");
	CU_ASSERT_EQUAL(engine_load(without, "torch", &engine, &error),
			CNNVIZ_ERROR_UNSUPPORTED);
	expect_text(&error, "there is no engine \"torch\" in");
#ifndef WITH_TORCH
	expect_text(&error, "this build has no libtorch engine");
#endif
	free(folder);
	free(without);
	free(objects);
}

/* ---- Second derivatives ---------------------------------------------------------- */

/** The Hessian of <seed, the last node> by the input, times a direction */
static cnnviz_status multiply_hessian(struct bench *bench, const cnnviz_tensor *seed,
		const cnnviz_tensor *direction, cnnviz_tensor **product)
{
	const struct engine_start start = { 0, bench->input };
	int32_t last = (int32_t)bench->graph->node_count - 1;

	return bench->engine->hessian_product(bench->network, 1, &start, 1, &last, &seed,
			direction, product, &bench->error);
}

static double largest(const cnnviz_tensor *tensor)
{
	double size = 0;

	for (int64_t i = 0; i < tensor_count(tensor); i++) {
		size = fmax(size, fabs((double)tensor_data(tensor)[i]));
	}
	return size;
}

/** The largest difference of two values at one place */
static double difference(const cnnviz_tensor *a, const cnnviz_tensor *b)
{
	double worst = tensor_same_shape(a, b) ? 0 : HUGE_VAL;

	for (int64_t i = 0; worst < HUGE_VAL && i < tensor_count(a); i++) {
		double d = fabs((double)tensor_data(a)[i] - (double)tensor_data(b)[i]);

		worst = d <= worst ? worst : d;
	}
	return worst;
}

static bool has_operation(const struct graph *graph, const char *name)
{
	size_t i = 0;

	while (i < graph->node_count && strcmp(graph->nodes[i].op->name, name) != 0) {
		i++;
	}
	return i < graph->node_count;
}

static void compare_products(const struct sample *sample)
{
	struct bench a, b;
	cnnviz_tensor *found = NULL, *expected = NULL;

	bench_open(&a, engines[1], sample->fact);
	bench_open(&b, engines[0], sample->fact);
	struct engine_pass *pass = forward_to(&b, (int32_t)b.graph->node_count - 1);
	cnnviz_tensor *seed = seed_for(&b, pass, (int32_t)b.graph->node_count - 1, 8);
	cnnviz_tensor *direction = sample_tensor(9, 1, 4, tensor_shape(b.input));

	CU_ASSERT_EQUAL(multiply_hessian(&b, seed, direction, &expected), CNNVIZ_OK);
	cnnviz_status status = multiply_hessian(&a, seed, direction, &found);

	if (has_operation(a.graph, "max_unpool2d")) {
		CU_ASSERT_EQUAL(status, CNNVIZ_ERROR_UNSUPPORTED);
		CU_ASSERT_PTR_NOT_NULL(strstr(a.error.text, "second derivative"));
	} else {
		CU_ASSERT_EQUAL_FATAL(status, CNNVIZ_OK);
		double off = difference(found, expected);

		/* Where all is straight, one has zeros and the other rounding errors. */
		CU_ASSERT_TRUE(off <= TOLERANCE * fmax(1e-3, largest(expected)));
		if (!(off <= TOLERANCE * fmax(1e-3, largest(expected)))) {
			fprintf(stderr, "%s: Hessian off by %g of %g\n", sample->fact,
					off, largest(expected));
		}
	}
	tensor_unref(found);
	tensor_unref(expected);
	tensor_unref(direction);
	tensor_unref(seed);
	b.engine->release(pass);
	bench_close(&a);
	bench_close(&b);
}

static void test_engines_agree_on_second_derivatives(void)
{
	for (size_t i = 0; engine_count > 1 && i < sample_count; i++) {
		compare_products(&samples[i]);
	}
}

/** A seed of another node than the last, a direction of another shape */
static void test_second_derivatives_need_what_fits(void)
{
	for (size_t e = 0; e < engine_count; e++) {
		struct bench bench;
		cnnviz_tensor *product = NULL;

		bench_open(&bench, engines[e], blocks);
		cnnviz_tensor *seed = sample_tensor(8, 1, 2, (int64_t[]){ ITEMS, 1 });
		const struct engine_start start = { 0, bench.input };
		int32_t last = (int32_t)bench.graph->node_count - 1;

		CU_ASSERT_EQUAL(engines[e]->hessian_product(bench.network, 1, &start, 1,
						&last,
						(const cnnviz_tensor *const *)&seed,
						bench.input, &product, &bench.error),
				CNNVIZ_ERROR_ENGINE);
		CU_ASSERT_PTR_NULL(product);
		tensor_unref(seed);
		bench_close(&bench);
	}
}

int main(void)
{
	CU_TestInfo loading[] = {
		{ "failures to load tell what is wrong",
				test_load_failures_tell_what_is_wrong },
		{ "engines are found by name", test_engines_are_found_by_name },
		CU_TEST_INFO_NULL,
	};
	CU_TestInfo agreement[] = {
		{ "rules at activations are as published", test_rules_at_activations },
		{ "rules at every activation are those of its kind",
				test_rules_at_every_activation },
		{ "libtorch agrees with the reference in every operation",
				test_engines_agree },
		{ "engines agree on second derivatives",
				test_engines_agree_on_second_derivatives },
		{ "second derivatives need what fits",
				test_second_derivatives_need_what_fits },
		{ "libtorch agrees with the reference on another input size",
				test_engines_agree_on_another_input_size },
		CU_TEST_INFO_NULL,
	};
	CU_TestInfo passes[] = {
		{ "captures are not overwritten", test_captures_are_not_overwritten },
		{ "passes start at any layer", test_passes_start_at_any_layer },
		{ "passes from the middle take larger batches",
				test_passes_from_the_middle_take_larger_batches },
		{ "activations do not depend on captures",
				test_activations_do_not_depend_on_captures },
		{ "gradients do not depend on captures",
				test_gradients_do_not_depend_on_captures },
		{ "later passes do not depend on earlier rules, to the bit",
				test_later_passes_do_not_depend_on_earlier_rules },
		{ "one pass takes many backward calls",
				test_one_pass_takes_many_backward_calls },
		{ "a batch is its items", test_a_batch_is_its_items },
		{ "several seeds add up", test_several_seeds_add_up },
		{ "gradients are zero where nothing flows",
				test_gradients_are_zero_where_nothing_flows },
		{ "a pass keeps its input", test_a_pass_keeps_its_input },
		{ "forward stops at the deepest capture",
				test_forward_stops_at_the_deepest_capture },
		{ "backward stops at the shallowest gradient",
				test_backward_stops_at_the_shallowest_gradient },
		{ "calls end when canceled", test_calls_end_when_canceled },
		CU_TEST_INFO_NULL,
	};
	CU_TestInfo refusals[] = {
		{ "misuse of a pass is refused", test_misuse_of_a_pass_is_refused },
		{ "every engine has a CPU", test_every_engine_has_a_cpu },
		{ "every operation is supported", test_every_operation_is_supported },
		{ "what is not supported is refused",
				test_what_is_not_supported_is_refused },
		{ "a device that does not exist is refused",
				test_a_device_that_is_not_there_is_refused },
		{ "failures inside libtorch name the layer",
				test_failures_inside_name_the_layer },
		{ "no tensor is left behind", test_no_tensor_is_left_behind },
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "loading", NULL, NULL, NULL, NULL, loading },
		{ "agreement", NULL, NULL, NULL, NULL, agreement },
		{ "passes", NULL, NULL, NULL, NULL, passes },
		{ "refusals", NULL, NULL, NULL, NULL, refusals },
		CU_SUITE_INFO_NULL,
	};

	engines[engine_count++] = load_built("core/engine/reference.la");
#ifdef WITH_TORCH
	engines[engine_count++] = load_built("core/engine/torch.la");
#else
	printf("without libtorch: only the reference engine is tested\n");
#endif
	for (size_t i = 0; i < engine_count; i++) {
		if (engines[i] == NULL) {
			return 99;
		}
	}
	return cunit_run(suites);
}
