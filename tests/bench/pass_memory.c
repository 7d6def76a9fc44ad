/**
 * \file    bench/pass_memory.c
 * \brief   Whether a pass takes as much memory as estimated, by a factor of 1.5
 *
 * The peak of the process with a batch of 5 less that with 1, by 4. Each network has a
 * process of its own, since memory that was freed stays.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "engine/load.h"
#include "graph/estimate.h"
#include "graph/model.h"

#define SIZE 224
#define MANY 5
#define FACTOR 1.5
#define SKIP 77

struct subject {
	const char *network;
	bool backward;
};

static const struct subject subjects[] = {
	{ "resnet18", true },
	{ "resnet18", false },
	{ "squeezenet1_1", true },
	{ "mobilenet_v2", true },
};

static struct model *load(const char *architecture)
{
	char *folders[] = { memory_format("%s/models", getenv("top_srcdir")), NULL };
	struct model_paths paths = { .folders = folders };
	const struct model_request request = {
		.architecture = architecture,
		.weights = "random:1",
	};
	struct problems problems = { NULL, 0 };
	struct model *model = model_load(&paths, ".", &request, &problems);

	problems_free(&problems);
	free(folders[0]);
	return model;
}

static double peak(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)usage.ru_maxrss * 1024;
}

/**
 * Let the peak count from now on: loading libtorch takes more than a pass with one item. Where
 * the kernel does not, the test says so by its factor.
 */
static void forget_peak(void)
{
	FILE *file = fopen("/proc/self/clear_refs", "w");

	if (file != NULL) {
		fputs("5", file);
		fclose(file);
	}
}

/** Forward, and backward to the input; false: it failed */
static bool run_pass(const struct engine *engine, struct engine_network *network,
		const struct model *model, int64_t items, bool backward)
{
	const int32_t image = 0, logits = model->graph->logits;
	cnnviz_tensor *input = tensor_create(4, (int64_t[]){ items, 3, SIZE, SIZE });
	cnnviz_tensor *seed = tensor_create(2, (int64_t[]){ items, model->class_count });
	cnnviz_tensor *gradient = NULL;
	struct engine_pass *pass = NULL;
	struct error error;
	cnnviz_status status = engine->forward(network, input, 1, &logits, backward,
			&pass, &error);

	if (status == CNNVIZ_OK && backward) {
		status = engine->backward(pass, CNNVIZ_RULE_PLAIN, 1, &logits,
				(const cnnviz_tensor *const *)&seed, 1, &image, &gradient,
				&error);
	}
	if (pass != NULL) {
		engine->release(pass);
	}
	tensor_unref(input);
	tensor_unref(seed);
	tensor_unref(gradient);
	return status == CNNVIZ_OK;
}

static double estimate(const struct model *model, bool backward)
{
	const struct graph *graph = model->graph;
	struct graph_shape *shapes = memory_new(graph->node_count, sizeof(*shapes));
	struct error error;
	double bytes = graph_infer(graph, SIZE, SIZE, shapes, &error) == CNNVIZ_OK
			? graph_memory(graph, shapes, 1, backward)
			: -1;

	free(shapes);
	return bytes;
}

/** An exit status: 0 where the estimate holds */
static int check(const char *path, const struct subject *subject)
{
	const struct engine_options options = { .tensor = &tensor_api, .threads = 1 };
	const struct engine *engine;
	struct engine_network *network;
	struct model *model = load(subject->network);
	struct error error;

	if (model == NULL || engine_load(".", path, &engine, &error) != CNNVIZ_OK
			|| engine->open(&options, model->graph, &network, &error)
					!= CNNVIZ_OK) {
		return 1;
	}
	forget_peak();
	if (!run_pass(engine, network, model, 1, subject->backward)) {
		return 1;
	}
	double before = peak();
	if (!run_pass(engine, network, model, MANY, subject->backward)) {
		return 1;
	}
	double measured = (peak() - before) / (MANY - 1);
	double estimated = estimate(model, subject->backward);

	printf("%s%s: %.1f MiB for each item, %.1f estimated, a factor of %.2f\n",
			subject->network, subject->backward ? "" : ", forward alone",
			measured / 1048576, estimated / 1048576, estimated / measured);
	fflush(stdout);
	engine->close(network);
	model_free(model);
	return measured > estimated * FACTOR || estimated > measured * FACTOR;
}

int main(void)
{
	const char *path = "core/engine/torch.la";
	int result = 0;

	if (access(path, R_OK) != 0) {
		printf("built without libtorch\n");
		return SKIP;
	}
	for (size_t i = 0; i < sizeof(subjects) / sizeof(*subjects); i++) {
		int status = 1;
		pid_t child = fork();

		if (child == 0) {
			return check(path, &subjects[i]);
		}
		waitpid(child, &status, 0);
		result |= status != 0;
	}
	return result;
}
