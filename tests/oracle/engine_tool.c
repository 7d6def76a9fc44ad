/**
 * \file    oracle/engine_tool.c
 * \brief   Logits, activations and gradients of a network as .npy files
 *
 * engine_tool ENGINE ARCHITECTURE WEIGHTS INPUT.npy FOLDER [LAYER...]
 *
 * ENGINE is a path, ARCHITECTURE a path or a name in $top_srcdir/models. Writes
 * logits.npy; reads seed.npy from FOLDER if there is one, of the logits' shape, and
 * writes plain.npy, guided.npy and deconvnet.npy, the input's gradients, and for every
 * LAYER the activation, LAYER.npy, and the gradient, LAYER.gradient.npy.
 *
 * $ENGINE_TOOL_INPUT_SIZE, such as 48x192, is the size of networks that leave it open.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/npy.h"
#include "base/tensor.h"
#include "engine/load.h"
#include "graph/model.h"

struct tool {
	const struct engine *engine;
	struct model *model;
	struct engine_network *network;
	const char *folder;
	size_t count; /* captures: the logits, then the layers */
	int32_t *captures;
	char **names; /* of the layers */
	struct error error;
};

static cnnviz_status load_model(struct tool *tool, const char *architecture,
		const char *weights)
{
	const char *source = getenv("top_srcdir");
	char *folders[2] = { memory_format("%s/models", source != NULL ? source : "."),
		NULL };
	struct model_paths paths = { .folders = folders };
	const char *size = getenv("ENGINE_TOOL_INPUT_SIZE");
	struct model_request request = {
		.architecture = architecture,
		.weights = weights,
	};
	struct problems problems = { NULL, 0 };

	if (size != NULL) {
		sscanf(size, "%" SCNd64 "x%" SCNd64, &request.import.input_size[0],
				&request.import.input_size[1]);
	}
	tool->model = model_load(&paths, ".", &request, &problems);
	for (size_t i = 0; i < problems.count; i++) {
		char *sentence = problem_sentence(&problems.items[i]);

		fprintf(stderr, "engine_tool: %s\n", sentence);
		free(sentence);
	}
	problems_free(&problems);
	free(folders[0]);
	return tool->model != NULL
			? CNNVIZ_OK
			: error_set(&tool->error, CNNVIZ_ERROR_INPUT, "no model");
}

static cnnviz_status find_captures(struct tool *tool, char **names)
{
	const struct graph *graph = tool->model->graph;

	tool->names = names;
	tool->captures = memory_new(tool->count, sizeof(*tool->captures));
	tool->captures[0] = graph->logits;
	for (size_t i = 1; i < tool->count; i++) {
		tool->captures[i] = graph_find(graph, names[i - 1]);
		if (tool->captures[i] < 0) {
			return error_set(&tool->error, CNNVIZ_ERROR_INPUT, "no layer %s",
					names[i - 1]);
		}
	}
	return CNNVIZ_OK;
}

static cnnviz_status open_network(struct tool *tool)
{
	const char *threads = getenv("ENGINE_TOOL_THREADS");
	struct engine_options options = {
		.tensor = &tensor_api,
		.device = "cpu",
		.threads = threads != NULL ? atoi(threads) : 1,
	};

	return tool->engine->open(&options, tool->model->graph, &tool->network,
			&tool->error);
}

/** FOLDER/NAMEending, and the tensor is released */
static cnnviz_status save(struct tool *tool, const char *name, const char *ending,
		cnnviz_tensor *tensor)
{
	char *path = memory_format("%s/%s%s.npy", tool->folder, name, ending);
	cnnviz_status status = npy_write(path, tensor, &tool->error);

	free(path);
	tensor_unref(tensor);
	return status;
}

static cnnviz_status save_activations(struct tool *tool, struct engine_pass *pass)
{
	cnnviz_status status = CNNVIZ_OK;

	for (size_t i = 0; status == CNNVIZ_OK && i < tool->count; i++) {
		cnnviz_tensor *tensor;

		status = tool->engine->activation(pass, tool->captures[i], &tensor,
				&tool->error);
		if (status == CNNVIZ_OK) {
			status = save(tool, i == 0 ? "logits" : tool->names[i - 1], "",
					tensor);
		}
	}
	return status;
}

static cnnviz_status save_gradients(struct tool *tool, struct engine_pass *pass,
		const cnnviz_tensor *seed)
{
	static const char *const rules[] = { "plain", "guided", "deconvnet",
		"redirected" };
	cnnviz_tensor **gradients = memory_new(tool->count, sizeof(*gradients));
	int32_t *wanted = memory_new(tool->count, sizeof(*wanted));
	cnnviz_status status = CNNVIZ_OK;

	/* In the logits' place the input, which is node 0 */
	memcpy(wanted + 1, tool->captures + 1, (tool->count - 1) * sizeof(*wanted));
	for (uint32_t rule = sizeof(rules) / sizeof(*rules);
			status == CNNVIZ_OK && rule-- > 0;) {
		size_t count = rule == CNNVIZ_RULE_PLAIN ? tool->count : 1;

		status = tool->engine->backward(pass, rule, 1, tool->captures, &seed,
				count, wanted, gradients, &tool->error);
		for (size_t i = 0; status == CNNVIZ_OK && i < count; i++) {
			status = save(tool, i == 0 ? rules[rule] : tool->names[i - 1],
					i == 0 ? "" : ".gradient", gradients[i]);
		}
	}
	free(gradients);
	free(wanted);
	return status;
}

static cnnviz_status compute(struct tool *tool, const cnnviz_tensor *input,
		const cnnviz_tensor *seed)
{
	struct engine_pass *pass = NULL;
	cnnviz_status status = tool->engine->forward(tool->network, input, tool->count,
			tool->captures, seed != NULL, &pass, &tool->error);

	if (status == CNNVIZ_OK) {
		status = save_activations(tool, pass);
	}
	if (status == CNNVIZ_OK && seed != NULL) {
		status = save_gradients(tool, pass, seed);
	}
	if (pass != NULL) {
		tool->engine->release(pass);
	}
	return status;
}

int main(int argc, char **argv)
{
	struct tool tool = { .folder = NULL };
	cnnviz_tensor *input = NULL, *seed = NULL;
	char *seed_path = NULL;
	cnnviz_status status;

	if (argc < 6) {
		fprintf(stderr,
				"usage: engine_tool ENGINE ARCHITECTURE WEIGHTS "
				"INPUT.npy "
				"FOLDER [LAYER...]\n");
		return 2;
	}
	tool.folder = argv[5];
	tool.count = (size_t)argc - 5;
	seed_path = memory_format("%s/seed.npy", tool.folder);
	status = npy_read(argv[4], &input, &tool.error);
	if (status == CNNVIZ_OK && path_is_file(seed_path)) {
		status = npy_read(seed_path, &seed, &tool.error);
	}
	if (status == CNNVIZ_OK) {
		status = engine_load(".", argv[1], &tool.engine, &tool.error);
	}
	if (status == CNNVIZ_OK) {
		status = load_model(&tool, argv[2], argv[3]);
	}
	if (status == CNNVIZ_OK) {
		status = find_captures(&tool, argv + 6);
	}
	if (status == CNNVIZ_OK) {
		status = open_network(&tool);
	}
	if (status == CNNVIZ_OK) {
		status = compute(&tool, input, seed);
	}
	if (status != CNNVIZ_OK) {
		fprintf(stderr, "engine_tool: %s\n", tool.error.text);
	}
	if (tool.network != NULL) {
		tool.engine->close(tool.network);
	}
	free(tool.captures);
	model_free(tool.model);
	tensor_unref(input);
	tensor_unref(seed);
	free(seed_path);
	return status == CNNVIZ_OK ? 0 : 1;
}
