/**
 * \file    evaluate/test_cascade.c
 * \brief   Cascading randomization goes from the logits down and does not change the
 *                     network
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "evaluate/sanity.h"
#include "graph/model.h"
#include "support/cunit_main.h"

static struct model *model;

static int load_model(void)
{
	const char *source = getenv("top_srcdir");
	char *path = memory_format("%s/tests/data/tiny.ini",
			source != NULL ? source : ".");
	char *none[] = { NULL };
	const struct model_paths paths = { none };
	const struct model_request request = {
		.architecture = path,
		.weights = "random:3",
	};
	struct problems problems = { 0 };

	model = model_load(&paths, ".", &request, &problems);
	problems_free(&problems);
	free(path);
	return model == NULL;
}

static int free_model(void)
{
	model_free(model);
	return 0;
}

static bool same_values(const cnnviz_tensor *a, const cnnviz_tensor *b)
{
	return memcmp(tensor_data(a), tensor_data(b),
			       (size_t)tensor_count(a) * sizeof(float))
			== 0;
}

static void stages_go_from_the_logits_to_the_input(void)
{
	static const char *const names[] = { "classifier", "features.3", "features.0" };
	struct sanity_cascade cascade;
	struct error error;

	CU_ASSERT_EQUAL_FATAL(sanity_start(model->graph, 8, 100, &cascade, &error),
			CNNVIZ_OK);
	CU_ASSERT_EQUAL_FATAL(cascade.count, 3);
	for (size_t i = 0; i < 3; i++) {
		CU_ASSERT_STRING_EQUAL(sanity_stage_name(&cascade, i), names[i]);
	}
	sanity_end(&cascade);
}

static void with_fewer_stages_layers_go_together_and_the_last_takes_all(void)
{
	struct sanity_cascade cascade;
	struct error error;

	CU_ASSERT_EQUAL_FATAL(sanity_start(model->graph, 8, 2, &cascade, &error),
			CNNVIZ_OK);
	CU_ASSERT_EQUAL_FATAL(cascade.count, 2);
	CU_ASSERT_STRING_EQUAL(sanity_stage_name(&cascade, 0), "classifier");
	CU_ASSERT_STRING_EQUAL(sanity_stage_name(&cascade, 1), "features.0");
	sanity_end(&cascade);
}

static void a_stage_is_random_above_and_trained_below(void)
{
	struct sanity_cascade cascade;
	struct error error;

	CU_ASSERT_EQUAL_FATAL(sanity_start(model->graph, 8, 100, &cascade, &error),
			CNNVIZ_OK);
	for (size_t stage = 0; stage < cascade.count; stage++) {
		struct graph *graph = sanity_graph(&cascade, stage);
		for (size_t i = 0; i < graph->node_count; i++) {
			const cnnviz_tensor *trained =
					model->graph->nodes[i].weights[GRAPH_WEIGHT];
			const cnnviz_tensor *now = graph->nodes[i].weights[GRAPH_WEIGHT];
			if (trained == NULL) {
				CU_ASSERT_PTR_NULL(now);
			} else if ((int32_t)i >= cascade.stages[stage]) {
				CU_ASSERT_TRUE(tensor_same_shape(trained, now));
				CU_ASSERT_FALSE(same_values(trained, now));
			} else {
				CU_ASSERT_PTR_EQUAL(trained, now);
			}
		}
		graph_view_free(graph);
	}
	sanity_end(&cascade);
}

static void the_network_s_own_weights_stay(void)
{
	size_t count = model->graph->node_count;
	const cnnviz_tensor **before = memory_new(count, sizeof(cnnviz_tensor *));
	cnnviz_tensor **copies = memory_new(count, sizeof(*copies));
	struct sanity_cascade cascade;
	struct error error;

	for (size_t i = 0; i < count; i++) {
		before[i] = model->graph->nodes[i].weights[GRAPH_WEIGHT];
		if (before[i] != NULL) {
			copies[i] = tensor_create(tensor_rank(before[i]),
					tensor_shape(before[i]));
			memcpy(tensor_mutable_data(copies[i]), tensor_data(before[i]),
					(size_t)tensor_count(before[i]) * sizeof(float));
		}
	}
	CU_ASSERT_EQUAL_FATAL(sanity_start(model->graph, 8, 100, &cascade, &error),
			CNNVIZ_OK);
	graph_view_free(sanity_graph(&cascade, 2));
	sanity_end(&cascade);
	for (size_t i = 0; i < count; i++) {
		CU_ASSERT_PTR_EQUAL(model->graph->nodes[i].weights[GRAPH_WEIGHT],
				before[i]);
		CU_ASSERT_TRUE(before[i] == NULL || same_values(before[i], copies[i]));
		tensor_unref(copies[i]);
	}
	free(copies);
	free(before);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "stages go from the logits to the input",
				stages_go_from_the_logits_to_the_input },
		{ "with fewer stages layers go together and the last takes all",
				with_fewer_stages_layers_go_together_and_the_last_takes_all },
		{ "a stage is random above and trained below",
				a_stage_is_random_above_and_trained_below },
		{ "the network's own weights stay", the_network_s_own_weights_stay },
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "cascade", load_model, free_model, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
