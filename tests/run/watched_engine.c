/**
 * \file    run/watched_engine.c
 * \brief   An engine that notes what another one is asked to do
 *
 * WATCHED_ENGINE is the other's module, WATCHED_NOTES the file that lines are added to:
 * "forward ITEMS CAPTURES BACKWARD ALIVE", where ALIVE is the number of passes with this
 * one, and "backward RULE". Memory is short for more than WATCHED_PASSES at a time, and
 * for passes that gradients may follow of more than WATCHED_ITEMS.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"

static const struct engine *other;
static const cnnviz_tensor_api *tensors;
static long alive;

static void note(const char *kind, const long *numbers, size_t count)
{
	FILE *notes = fopen(getenv("WATCHED_NOTES"), "a");

	if (notes == NULL) {
		abort();
	}
	fputs(kind, notes);
	for (size_t i = 0; i < count; i++) {
		fprintf(notes, " %ld", numbers[i]);
	}
	fputs("\n", notes);
	fclose(notes);
}

/** Whether a number is larger than a variable of the environment, if that is set */
static bool exceeds(long number, const char *variable)
{
	const char *limit = getenv(variable);

	return limit != NULL && number > strtol(limit, NULL, 10);
}

static cnnviz_status watched_open(const struct engine_options *options,
		const struct graph *graph, struct engine_network **network,
		struct error *error)
{
	tensors = options->tensor;
	return other->open(options, graph, network, error);
}

static cnnviz_status watched_forward(struct engine_network *network,
		const cnnviz_tensor *input, size_t capture_count, const int32_t *captures,
		bool backward, struct engine_pass **pass, struct error *error)
{
	long items = (long)tensors->shape(input)[0];
	const long numbers[] = { items, (long)capture_count, backward, alive + 1 };

	note("forward", numbers, 4);
	if (exceeds(alive + 1, "WATCHED_PASSES")
			|| (backward && exceeds(items, "WATCHED_ITEMS"))) {
		error->status = CNNVIZ_ERROR_MEMORY;
		strcpy(error->text, "memory is short");
		return error->status;
	}
	cnnviz_status status = other->forward(network, input, capture_count, captures,
			backward, pass, error);

	alive += status == CNNVIZ_OK;
	return status;
}

static cnnviz_status watched_backward(struct engine_pass *pass, uint32_t rule,
		size_t seed_count, const int32_t *seed_nodes,
		const cnnviz_tensor *const *seeds, size_t wanted_count,
		const int32_t *wanted, cnnviz_tensor **gradients, struct error *error)
{
	const long numbers[] = { (long)rule };

	note("backward", numbers, 1);
	return other->backward(pass, rule, seed_count, seed_nodes, seeds, wanted_count,
			wanted, gradients, error);
}

static void watched_release(struct engine_pass *pass)
{
	alive--;
	other->release(pass);
}

__attribute__((visibility("default"))) const struct engine *cnnviz_engine(void);

const struct engine *cnnviz_engine(void)
{
	static struct engine engine;
	void *module = dlopen(getenv("WATCHED_ENGINE"), RTLD_NOW | RTLD_LOCAL);
	engine_entry entry = NULL;

	if (module == NULL) {
		return NULL;
	}
	/* ISO C does not convert pointers to data into those to functions. */
	*(void **)&entry = dlsym(module, ENGINE_SYMBOL);
	other = entry();
	engine = *other;
	engine.open = watched_open;
	engine.forward = watched_forward;
	engine.backward = watched_backward;
	engine.release = watched_release;
	return &engine;
}
