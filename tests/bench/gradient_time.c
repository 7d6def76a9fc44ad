/**
 * \file    bench/gradient_time.c
 * \brief   Seconds that one gradient of the input takes
 *
 * gradient_time ENGINE ARCHITECTURE BATCH HEIGHT WIDTH THREADS REPEATS [WEIGHTS]
 *
 * Random weights, if no file is named. Prints the seconds that opening the network took
 * once the engine was loaded, then a line for every repeat: seconds forward, seconds
 * backward.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "engine/load.h"
#include "graph/model.h"
#include "weights/weights.h"

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static struct model *load_model(const char *architecture, const char *weights)
{
	const char *source = getenv("top_srcdir");
	char *folders[2] = { memory_format("%s/models", source != NULL ? source : "."),
		NULL };
	struct model_paths paths = { .folders = folders };
	const struct model_request request = {
		.architecture = architecture,
		.weights = weights,
	};
	struct problems problems = { NULL, 0 };
	struct model *model = model_load(&paths, ".", &request, &problems);

	for (size_t i = 0; i < problems.count; i++) {
		fprintf(stderr, "gradient_time: %s\n", problems.items[i].text);
	}
	problems_free(&problems);
	free(folders[0]);
	return model;
}

/** Class 0 of every picture, or NULL when out of memory */
static cnnviz_tensor *make_seed(int64_t batch, int64_t classes)
{
	cnnviz_tensor *seed = tensor_create(2, (int64_t[]){ batch, classes });

	for (int64_t i = 0; seed != NULL && i < batch; i++) {
		tensor_mutable_data(seed)[i * classes] = 1;
	}
	return seed;
}

static cnnviz_tensor *make_input(const int64_t shape[4])
{
	cnnviz_tensor *input = tensor_create(4, shape);

	for (int64_t i = 0; input != NULL && i < tensor_count(input); i++) {
		tensor_mutable_data(input)[i] = (float)(i * 7919 % 1000) / 500 - 1;
	}
	return input;
}

static cnnviz_status measure(const struct engine *engine, struct engine_network *network,
		int32_t logits, const cnnviz_tensor *input, const cnnviz_tensor *seed,
		struct error *error)
{
	const int32_t image = 0;
	struct engine_pass *pass;
	cnnviz_tensor *gradient;
	double start = now(), middle;
	cnnviz_status status = engine->forward(network, input, 1, &logits, true, &pass,
			error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	middle = now();
	status = engine->backward(pass, CNNVIZ_RULE_PLAIN, 1, &logits, &seed, 1, &image,
			&gradient, error);
	if (status == CNNVIZ_OK) {
		printf("%.4f %.4f\n", middle - start, now() - middle);
		fflush(stdout);
		tensor_unref(gradient);
	}
	engine->release(pass);
	return status;
}

/** The model and the network that the engine makes of it; says how long that took */
static cnnviz_status open_network(const struct engine *engine, const char *architecture,
		const char *weights, const struct engine_options *options,
		struct model **model, struct engine_network **network,
		struct error *error)
{
	double start = now();
	cnnviz_status status;

	*model = load_model(architecture, weights);
	if (*model == NULL) {
		return CNNVIZ_ERROR_INPUT;
	}
	status = engine->open(options, (*model)->graph, network, error);
	if (status == CNNVIZ_OK) {
		printf("%.4f\n", now() - start);
	}
	return status;
}

int main(int argc, char **argv)
{
	const struct engine *engine = NULL;
	struct engine_network *network = NULL;
	struct model *model = NULL;
	cnnviz_tensor *input = NULL, *seed = NULL;
	struct error error = { .text = "no model, or no memory" };
	cnnviz_status status;

	if (argc != 8 && argc != 9) {
		fprintf(stderr,
				"usage: gradient_time ENGINE ARCHITECTURE BATCH HEIGHT "
				"WIDTH THREADS REPEATS [WEIGHTS]\n");
		return 2;
	}
	const struct engine_options options = { .tensor = &tensor_api,
		.device = "cpu",
		.threads = atoi(argv[6]),
		.spare = weights_spare };

	status = engine_load(".", argv[1], &engine, &error);
	if (status == CNNVIZ_OK) {
		status = open_network(engine, argv[2], argc == 9 ? argv[8] : "random:1",
				&options, &model, &network, &error);
	}
	if (status == CNNVIZ_OK) {
		input = make_input((int64_t[]){ atoi(argv[3]), 3, atoi(argv[4]),
				atoi(argv[5]) });
		seed = make_seed(atoi(argv[3]), model->class_count);
		status = input != NULL && seed != NULL ? CNNVIZ_OK : CNNVIZ_ERROR_MEMORY;
	}
	for (int i = 0; status == CNNVIZ_OK && i < atoi(argv[7]); i++) {
		status = measure(engine, network, model->graph->logits, input, seed,
				&error);
	}
	if (status != CNNVIZ_OK) {
		fprintf(stderr, "gradient_time: %s\n", error.text);
	}
	if (network != NULL) {
		engine->close(network);
	}
	model_free(model);
	tensor_unref(input);
	tensor_unref(seed);
	return status == CNNVIZ_OK ? 0 : 1;
}
