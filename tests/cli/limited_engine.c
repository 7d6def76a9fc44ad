/**
 * \file    cli/limited_engine.c
 * \brief   An engine that cannot run everything, and has a device that others lack
 */
#include <string.h>

#include "engine/engine.h"
#include "graph/operation.h"

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

__attribute__((visibility("default"))) const struct engine *cnnviz_engine(void);

const struct engine *cnnviz_engine(void)
{
	static const struct engine engine = {
		.version = ENGINE_VERSION,
		.name = "limited",
		.devices = limited_devices,
		.supports = limited_supports,
	};

	return &engine;
}
