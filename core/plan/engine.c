/**
 * \file    plan/engine.c
 * \brief   Checks that the engine supports a plan's device and operations
 */
#include "plan/engine.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "engine/load.h"
#include "graph/operation.h"
#include "plan/sections.h"

/** "cpu, cuda, cuda:0 or auto"; malloc'ed */
static char *list_devices(const char *const *devices)
{
	char *text = memory_text("");

	for (size_t i = 0; devices[i] != NULL; i++) {
		char *longer = memory_format("%s%s%s", text, i == 0 ? "" : ", ",
				devices[i]);

		free(text);
		text = longer;
	}
	char *whole = memory_format("%s or %s", text, PLAN_DEVICE_AUTO);

	free(text);
	return whole;
}

/** Whether a plan leaves the device to the engine */
static bool is_automatic(const struct plan *plan)
{
	return plan->device != NULL && strcmp(plan->device, PLAN_DEVICE_AUTO) == 0;
}

static void check_device(const struct plan *plan, const struct engine *engine,
		struct problems *problems)
{
	const char *const *devices = engine->devices();
	bool found = is_automatic(plan);
	char *known;

	for (size_t i = 0; devices[i] != NULL; i++) {
		found = found || strcmp(devices[i], plan->device) == 0;
	}
	if (found) {
		return;
	}
	known = list_devices(devices);
	plan_problem(plan, problems, "run", "device",
			"the engine %s has no device \"%s\" here; available: %s",
			engine->name, plan->device, known);
	free(known);
}

/** Whether an earlier node with the same operation has been reported */
static bool is_reported(const struct engine *engine, const struct graph *graph,
		size_t index)
{
	const char *reason;

	for (size_t i = 1; i < index; i++) {
		if (graph->nodes[i].op == graph->nodes[index].op
				&& !engine->supports(graph, (int32_t)i, &reason)) {
			return true;
		}
	}
	return false;
}

static void check_operations(const struct plan *plan, const struct engine *engine,
		const struct graph *graph, struct problems *problems)
{
	for (size_t i = 1; i < graph->node_count; i++) {
		const struct graph_node *node = &graph->nodes[i];
		const char *reason = NULL;

		if (!engine->supports(graph, (int32_t)i, &reason)
				&& !is_reported(engine, graph, i)) {
			plan_problem(plan, problems, "run", "engine",
					"%s cannot run layer %s (%s) of %s: %s",
					engine->name, node->name, node->op->name,
					graph->name, reason);
		}
	}
}

const struct engine *plan_load_engine(const struct plan *plan, const struct graph *graph,
		struct problems *problems)
{
	size_t before = problems->count;
	const struct engine *engine = NULL;
	struct error error;

	if (engine_load(plan->paths->engine_folder, plan->engine, &engine, &error)
			!= CNNVIZ_OK) {
		plan_problem(plan, problems, "run", "engine", "%s", error.text);
		return NULL;
	}
	check_device(plan, engine, problems);
	if (graph != NULL) {
		check_operations(plan, engine, graph, problems);
	}
	return problems->count == before ? engine : NULL;
}

const char *plan_find_device(const struct plan *plan, const struct engine *engine)
{
	if (!is_automatic(plan)) {
		return plan->device;
	}
	return engine->choose_device != NULL ? engine->choose_device()
					     : engine->devices()[0];
}

void plan_check_engine(struct builder *builder)
{
	const struct plan *plan = builder->plan;
	const char *usual = plan_sections[PLAN_SECTION_RUN]
					    .parameters[RUN_DEVICE]
					    .default_value;

	if (plan->device != NULL && plan->engine != NULL && !is_automatic(plan)
			&& strcmp(plan->device, usual) != 0 && !plan->isolation.isolate) {
		plan_load_engine(plan, builder->graph, builder->problems);
	}
}
