/**
 * \file    graph/build_names.c
 * \brief   Names the nodes of a graph that is being built
 */
#include "graph/build_names.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/name_index.h"
#include "graph/operation.h"

/** How many nodes lie in each module or below it */
static void count_modules(const struct build *build, struct name_index *modules)
{
	for (size_t i = 1; i < build->graph->node_count; i++) {
		char *path = memory_text(build->items[i].path);
		char *dot;

		while (path[0] != '\0') {
			++*name_index_add(modules, path, NULL);
			dot = strrchr(path, '.');
			*(dot != NULL ? dot : path) = '\0';
		}
		free(path);
	}
}

/** A name that no node has yet, with a number at its end if need be; takes the text */
static char *unique(struct name_index *names, char *name)
{
	bool known;
	int64_t number = *name_index_add(names, name, &known);
	char *numbered = NULL;

	if (!known) {
		return name;
	}
	while (known) {
		free(numbered);
		numbered = memory_format("%s_%" PRId64, name, ++number);
		name_index_add(names, numbered, &known);
	}
	*name_index_find(names, name) = number;
	free(name);
	return numbered;
}

static void name_node(struct build *build, size_t i, const struct name_index *modules,
		struct name_index *names)
{
	struct graph_node *node = &build->graph->nodes[i];
	const char *path = build->items[i].path;
	bool alone = path[0] != '\0' && *name_index_find(modules, path) == 1;

	free(node->name);
	node->name = unique(names,
			alone ? memory_text(path)
			      : memory_format("%s%s%s", path, path[0] != '\0' ? "." : "",
					      node->op->name));
}

/** Hand over the aliases that say anything new; the last one of a name counts. */
static void keep_aliases(struct build *build, struct name_index *names)
{
	struct graph *graph = build->graph;

	graph->aliases = memory_new(build->alias_count, sizeof(*graph->aliases));
	for (size_t i = build->alias_count; i-- > 0;) {
		struct build_alias *alias = &build->aliases[i];
		bool known = alias->node == CNNVIZ_LAYER_NONE;

		if (!known) {
			name_index_add(names, alias->name, &known);
		}
		if (!known) {
			graph->aliases[graph->alias_count++] = (struct graph_alias){
				.name = alias->name,
				.node = alias->node,
			};
			alias->name = NULL;
		}
	}
}

void build_name_nodes(struct build *build)
{
	struct name_index modules = { 0 }, names = { 0 };

	count_modules(build, &modules);
	name_index_add(&names, operation_input.name, NULL);
	for (size_t i = 1; i < build->graph->node_count; i++) {
		name_node(build, i, &modules, &names);
	}
	keep_aliases(build, &names);
	name_index_free(&modules);
	name_index_free(&names);
}
