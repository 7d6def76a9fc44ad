/**
 * \file    plan/input.c
 * \brief   Reading [input], but for the pictures: how they are fitted, and regions
 */
#include "plan/build.h"

#include <stdlib.h>

#include "base/memory.h"

/* ---- Size ------------------------------------------------------------------ */

bool plan_parse_size(const char *text, int64_t size[2])
{
	char *spaced = memory_text(text);
	size_t count = 0;
	bool good = true;

	for (char *c = spaced; *c != '\0'; c++) {
		if (*c == 'x') {
			*c = ' ';
		}
	}
	char **words = value_words(spaced, &count);
	if (count == 1 || count == 2) {
		for (size_t i = 0; i < 2; i++) {
			good = good && value_int(words[count == 2 ? i : 0], &size[i])
					&& size[i] >= 1 && size[i] <= IMAGE_MAX_EXTENT;
		}
	} else {
		good = false;
	}
	free(words);
	free(spaced);
	return good;
}

bool plan_network_takes(const struct graph *graph, int64_t height, int64_t width,
		struct error *error)
{
	struct graph_shape *shapes = memory_new(graph->node_count, sizeof(*shapes));
	cnnviz_status status = graph_infer(graph, height, width, shapes, error);

	free(shapes);
	return status == CNNVIZ_OK;
}

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
				"pictures keep their own sizes with resize = none; "
				"remove the one or the other");
	} else if (!plan_parse_size(size->text, plan->size)) {
		builder_problem(builder, "input", "size",
				"\"%s\" is no size; write height and width, 1 to %d, as "
				"in 224 224",
				size->text, IMAGE_MAX_EXTENT);
	} else if (graph != NULL
			&& !plan_network_takes(graph, plan->size[0], plan->size[1],
					&error)) {
		builder_problem(builder, "input", "size", "%s", error.text);
	}
}

/* ---- Region ----------------------------------------------------------------- */

void plan_read_region(struct builder *builder, const char *section,
		const struct value *value, struct region *region)
{
	struct error error;

	if (value->text == NULL) {
		return;
	}
	if (builder->graph != NULL && !graph_is_dense(builder->graph)) {
		builder_problem(builder, section, "region",
				"%s gives one score for each "
				"class, not a map for each, so there are no regions; "
				"remove the key",
				builder->graph->name);
		return;
	}
	char *path = builder_path(builder, value, value->text);
	if (region_read(value->text, path, region, &error) != CNNVIZ_OK) {
		builder_problem(builder, section, "region", "%s", error.text);
	}
	free(path);
}

/* ---- The section ------------------------------------------------------------- */

void plan_read_input(struct builder *builder, const struct value *values,
		const struct plan_request *request)
{
	struct plan *plan = builder->plan;

	plan->fit = (enum image_fit)values[INPUT_RESIZE].integer;
	plan->filter = (uint32_t)values[INPUT_FILTER].integer;
	plan->size_free = plan->fit == IMAGE_FIT_NONE;
	read_size(builder, &values[INPUT_SIZE]);
	plan_read_region(builder, "input", &values[INPUT_REGION], &plan->region);
	plan_read_pictures(builder, &values[INPUT_IMAGES], request);
}
