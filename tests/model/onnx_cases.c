/**
 * \file    model/onnx_cases.c
 * \brief   Computes ONNX files and compares the results with arrays beside them
 *
 *     onnx_cases ENGINE... -- [FOLDER ARRAY]...
 *     onnx_cases OPERATOR...
 *
 * In each FOLDER are model.onnx, input.npy, and output.npy, which ARRAY of the model is
 * to be. Prints a line for each: "FOLDER: passes", "FOLDER: refused: REASON", or
 * "FOLDER: ENGINE: is off by ..." Without "--", prints which operators can be read.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/npy.h"
#include "base/tensor.h"
#include "engine/load.h"
#include "graph/model.h"
#include "graph/onnx/operators.h"

#define TOLERANCE 1e-5

struct arrays {
	cnnviz_tensor *input, *expected, *computed;
};

/** FOLDER/NAME; malloc'ed */
static char *inside(const char *folder, const char *name)
{
	return memory_format("%s/%s", folder, name);
}

static cnnviz_status read_array(const char *folder, const char *name,
		cnnviz_tensor **tensor, struct error *error)
{
	char *path = inside(folder, name);
	cnnviz_status status = npy_read(path, tensor, error);

	free(path);
	return status;
}

/** The first reason why there is no network goes to error. */
static struct model *load(const char *folder, const char *array, struct error *error)
{
	char *path = inside(folder, "model.onnx");
	char *folders[] = { NULL };
	struct model_paths paths = { .folders = folders };
	struct model_request request = {
		.architecture = path,
		.mean = "0",
		.std = "1",
		.allow_nonfinite = true,
		.import.logits = array,
	};
	struct problems problems = { NULL, 0 };
	struct model *model = model_load(&paths, ".", &request, &problems);

	if (problems.count > 0) {
		error_set(error, CNNVIZ_ERROR_INPUT, "%s", problems.items[0].text);
	}
	problems_free(&problems);
	free(path);
	return model;
}

static cnnviz_status compute(const struct engine *engine, const struct graph *graph,
		struct arrays *arrays, struct error *error)
{
	struct engine_options options = { .tensor = &tensor_api, .threads = 1 };
	struct engine_network *network;
	struct engine_pass *pass;
	cnnviz_status status = engine->open(&options, graph, &network, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	status = engine->forward(network, arrays->input, 1, &graph->logits, false, &pass,
			error);
	if (status == CNNVIZ_OK) {
		status = engine->activation(pass, graph->logits, &arrays->computed,
				error);
		engine->release(pass);
	}
	engine->close(network);
	return status;
}

/** The largest distance, relative to values above 1; infinite for another count */
static double distance(const cnnviz_tensor *ours, const cnnviz_tensor *theirs)
{
	double largest = 0;

	if (tensor_count(ours) != tensor_count(theirs)) {
		return INFINITY;
	}
	for (int64_t i = 0; i < tensor_count(ours); i++) {
		double expected = tensor_data(theirs)[i], found = tensor_data(ours)[i];
		double off = fabs(found - expected) / fmax(1, fabs(expected));

		if (found == expected || (isnan(found) && isnan(expected))) {
			continue;
		}
		/* Only one of them NaN counts as far away. */
		largest = off <= largest ? largest : off;
	}
	return largest;
}

/** Whether the engine gives what is expected; says so if not */
static bool passes(const struct engine *engine, const char *folder,
		const struct graph *graph, struct arrays *arrays)
{
	struct error error;
	cnnviz_status status = compute(engine, graph, arrays, &error);
	double off = status == CNNVIZ_OK ? distance(arrays->computed, arrays->expected)
					 : 0;

	if (status != CNNVIZ_OK) {
		printf("%s: %s: fails: %s\n", folder, engine->name, error.text);
	} else if (!(off <= TOLERANCE)) {
		printf("%s: %s: is off by %g\n", folder, engine->name, off);
	}
	tensor_unref(arrays->computed);
	arrays->computed = NULL;
	return status == CNNVIZ_OK && off <= TOLERANCE;
}

static void run_case(size_t engine_count, const struct engine *const *engines,
		const char *folder, const char *array)
{
	struct arrays arrays = { NULL, NULL, NULL };
	struct error error = { .text = "" };
	struct model *model = load(folder, array, &error);
	bool good = model != NULL
			&& read_array(folder, "input.npy", &arrays.input, &error)
					== CNNVIZ_OK
			&& read_array(folder, "output.npy", &arrays.expected, &error)
					== CNNVIZ_OK;

	if (!good) {
		printf("%s: refused: %s\n", folder, error.text);
	}
	for (size_t i = 0; good && i < engine_count; i++) {
		good = passes(engines[i], folder, model->graph, &arrays);
	}
	if (good) {
		printf("%s: passes\n", folder);
	}
	tensor_unref(arrays.input);
	tensor_unref(arrays.expected);
	model_free(model);
}

int main(int argc, char **argv)
{
	const struct engine **engines = memory_new((size_t)argc, sizeof(*engines));
	struct error error;
	char domain[] = "";
	int split = 1;

	while (split < argc && strcmp(argv[split], "--") != 0) {
		split++;
	}
	for (int i = 1; i < split; i++) {
		struct onnx_node node = { .operator= argv[i], .domain = domain };

		if (split == argc && onnx_operator_find(&node) != NULL) {
			puts(argv[i]);
		} else if (split < argc
				&& engine_load(".", argv[i], &engines[i - 1], &error)
						!= CNNVIZ_OK) {
			fprintf(stderr, "onnx_cases: %s\n", error.text);
			return 1;
		}
	}
	for (int i = split + 1; i + 1 < argc; i += 2) {
		run_case((size_t)split - 1, engines, argv[i], argv[i + 1]);
	}
	free(engines);
	return 0;
}
