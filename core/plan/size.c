/**
 * \file    plan/size.c
 * \brief   Reads sizes, and checks whether a network supports them
 */
#include "plan/size.h"

#include <stdlib.h>

#include "base/memory.h"
#include "config/value.h"
#include "image/image.h"

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
