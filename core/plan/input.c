/**
 * \file    plan/input.c
 * \brief   Reads [input], except for the pictures: how they are fitted, and regions
 */
#include "plan/input.h"

#include <inttypes.h>
#include <stdlib.h>

#include "plan/pictures.h"
#include "plan/sections.h"
#include "plan/size.h"

/* ---- Size ------------------------------------------------------------------ */

static void read_size(struct builder *builder, const struct value *size)
{
	struct plan *plan = builder->plan;
	const struct graph *graph = builder->graph;
	struct error error;

	if (graph != NULL) {
		plan->size[0] = graph->input_size[0];
		plan->size[1] = graph->input_size[1];
	}
	if (size->text == NULL) {
		return;
	}
	if (plan->size_free) {
		builder_problem(builder, "input", "size",
				"with resize = none pictures keep their own sizes; "
				"remove size or resize");
	} else if (!plan_parse_size(size->text, plan->size)) {
		builder_problem(builder, "input", "size",
				"\"%s\" is not a valid size; write height and width, 1 "
				"to %d, as in 224 224",
				size->text, IMAGE_MAX_EXTENT);
	} else if (graph != NULL
			&& !plan_network_takes(graph, plan->size[0], plan->size[1],
					&error)) {
		builder_problem(builder, "input", "size", "%s", error.text);
	}
}

/* ---- Region ----------------------------------------------------------------- */

/** Whether a box begins outside of the input, whose size is known */
static bool is_outside(const struct plan *plan, const struct region *region)
{
	return region->kind == REGION_BOX && !region->shares && plan->size[0] > 0
			&& !plan->size_free
			&& (region->box[0] >= (double)plan->size[1]
					|| region->box[1] >= (double)plan->size[0]);
}

/* Of a region that has been read */
static void check_region(struct builder *builder, const char *section,
		const struct region *region)
{
	const struct plan *plan = builder->plan;

	if (is_outside(plan, region)) {
		builder_problem(builder, section, "region",
				"the box begins outside of the network's input, which is "
				"%" PRId64 " pixels wide and %" PRId64
				" high; give it in pixels of that, or as shares, as in "
				"0.25, 0.25, 0.5, 0.5",
				plan->size[1], plan->size[0]);
	}
	if (region->kind == REGION_MASK && builder->graph != NULL
			&& graph_boxes(builder->graph) != CNNVIZ_LAYER_NONE) {
		builder_problem(builder, section, "region",
				"%s finds boxes, of which a mask tells none; write best, "
				"all, or a box as left, top, width and height",
				builder->graph->name);
	}
}

void plan_read_region(struct builder *builder, const char *section,
		const struct value *value, struct region *region)
{
	struct error error;

	if (value->text == NULL) {
		return;
	}
	if (builder->graph != NULL && !graph_is_dense(builder->graph)) {
		builder_problem(builder, section, "region",
				"%s gives one score for each class, not a map, so "
				"regions do not apply; remove the key",
				builder->graph->name);
		return;
	}
	char *path = builder_path(builder, value, value->text);
	if (region_read(value->text, path, region, &error) != CNNVIZ_OK) {
		builder_problem(builder, section, "region", "%s", error.text);
	} else {
		check_region(builder, section, region);
	}
	free(path);
}

/* ---- Target ------------------------------------------------------------------ */

/* The class of pictures that name none themselves */
static void read_target(struct builder *builder, const struct value *value)
{
	struct plan *plan = builder->plan;
	struct error error;

	plan->target = PLAN_TARGET_PREDICTED;
	if (value->text == NULL) {
		return;
	}
	if (builder_target(builder, value->text, &plan->target, &error) != CNNVIZ_OK) {
		builder_problem(builder, "input", "target", "%s", error.text);
	}
	for (size_t i = 0; i < plan->picture_count; i++) {
		if (plan->pictures[i].target == PLAN_TARGET_PREDICTED) {
			plan->pictures[i].target = plan->target;
		}
	}
}

/* ---- The section ------------------------------------------------------------- */

void plan_read_input(struct builder *builder, const struct plan_request *request)
{
	const struct plan_section *section = &plan_sections[PLAN_SECTION_INPUT];
	struct plan *plan = builder->plan;
	struct value values[INPUT_COUNT] = { 0 };

	values_read(plan->ini, section->name, section->parameters, INPUT_COUNT, NULL,
			NULL, values, builder->problems);
	plan->fit = (enum image_fit)values[INPUT_RESIZE].integer;
	plan->filter = (uint32_t)values[INPUT_FILTER].integer;
	plan->size_free = plan->fit == IMAGE_FIT_NONE;
	read_size(builder, &values[INPUT_SIZE]);
	plan_read_region(builder, "input", &values[INPUT_REGION], &plan->region);
	plan_read_pictures(builder, &values[INPUT_IMAGES], request);
	read_target(builder, &values[INPUT_TARGET]);
	values_free(values, INPUT_COUNT);
}
