/**
 * \file    cli/limited_engine.c
 * \brief   An engine that cannot run everything, has a device that others lack, and too
 *          little memory for any pass
 */
#include <string.h>

#include "engine/engine.h"
#include "graph/operation.h"

static const char *limited_describe(void)
{
	return "a toy";
}

static const char *const *limited_devices(void)
{
	static const char *const devices[] = { "cpu", "toy", NULL };

	return devices;
}

static bool limited_supports(const struct graph *graph, int32_t node, const char **reason)
{
	*reason = "it has no matrices; write engine = reference";
	return strcmp(graph->nodes[node].op->name, "linear") != 0;
}

struct engine_network {
	int nothing;
};

static cnnviz_status limited_open(const struct engine_options *options,
		const struct graph *graph, struct engine_network **network,
		struct error *error)
{
	static struct engine_network only;

	(void)options;
	(void)graph;
	(void)error;
	*network = &only;
	return CNNVIZ_OK;
}

static void limited_close(struct engine_network *network)
{
	(void)network;
}

static cnnviz_status limited_forward(struct engine_network *network,
		const cnnviz_tensor *input, size_t capture_count, const int32_t *captures,
		bool backward, struct engine_pass **pass, struct error *error)
{
	(void)network;
	(void)input;
	(void)capture_count;
	(void)captures;
	(void)backward;
	(void)pass;
	error->status = CNNVIZ_ERROR_MEMORY;
	strcpy(error->text, "the toy is full");
	return error->status;
}

__attribute__((visibility("default"))) const struct engine *cnnviz_engine(void);

const struct engine *cnnviz_engine(void)
{
	static const struct engine engine = {
		.version = ENGINE_VERSION,
		.name = "limited",
		.describe = limited_describe,
		.devices = limited_devices,
		.supports = limited_supports,
		.open = limited_open,
		.close = limited_close,
		.forward = limited_forward,
	};

	return &engine;
}
