/*
 * Prints what a network's description says, for comparison with other
 * implementations: graph_dump FILE.ini [HEIGHT WIDTH]
 *
 * One line each, fields between tabs:
 *   node NAME OPERATION INPUTS SHAPE SETTINGS
 *   weight NAME SHAPE
 *   block NAME SHAPE
 *   logits NAME
 *   last_conv NAME
 *   ignore PREFIX
 *   rename OLD NEW
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/model.h"

static void print_extents(uint32_t rank, const int64_t *extents)
{
	for (uint32_t d = 0; d < rank; d++) {
		printf("%s%" PRId64, d > 0 ? "," : "", extents[d]);
	}
}

static void print_settings(const struct graph_settings *settings,
		const struct graph_shape *in)
{
	int64_t padding[4] = { 0, 0, 0, 0 };

	if (in->rank == 3 && settings->stride[0] > 0) {
		graph_resolve_padding(settings, in->extent[1], in->extent[2], padding);
	}
	printf("\t{\"out\": %" PRId64 ", \"kernel\": [%" PRId64 ", %" PRId64
	       "], \"stride\": [%" PRId64 ", %" PRId64 "], \"padding\": [%" PRId64
	       ", %" PRId64 ", %" PRId64 ", %" PRId64 "], \"dilation\": [%" PRId64
	       ", %" PRId64 "], \"groups\": %" PRId64 ", \"bias\": %s, "
	       "\"ceil_mode\": %s, \"count_include_pad\": %s, \"output\": [%" PRId64
	       ", %" PRId64 "], \"eps\": %.17g, \"size\": %" PRId64
	       ", \"alpha\": %.17g, \"beta\": %.17g, \"k\": %.17g}\n",
			settings->out, settings->kernel[0], settings->kernel[1],
			settings->stride[0], settings->stride[1], padding[0], padding[1],
			padding[2], padding[3], settings->dilation[0],
			settings->dilation[1], settings->groups,
			settings->bias ? "true" : "false",
			settings->ceil_mode ? "true" : "false",
			settings->count_include_pad ? "true" : "false",
			settings->output[0], settings->output[1], settings->eps,
			settings->size, settings->alpha, settings->beta, settings->k);
}

static void print_node(const struct graph *graph, size_t index,
		const struct graph_shape *shapes)
{
	const struct graph_node *node = &graph->nodes[index];

	printf("node\t%s\t%s\t", node->name, graph_op_name(node->op));
	for (size_t i = 0; i < node->input_count; i++) {
		printf("%s%s", i > 0 ? "," : "", graph->nodes[node->inputs[i]].name);
	}
	putchar('\t');
	print_extents(shapes[index].rank, shapes[index].extent);
	print_settings(&node->settings,
			&shapes[node->input_count > 0 ? node->inputs[0] : 0]);
	for (int role = 0; role < GRAPH_WEIGHT_COUNT; role++) {
		int64_t shape[4];
		uint32_t rank = graph_weight_shape(graph, (int32_t)index,
				(enum graph_weight)role, shape);

		if (rank > 0) {
			printf("weight\t%s%s\t", node->name, graph_weight_suffix[role]);
			print_extents(rank, shape);
			putchar('\n');
		}
	}
}

/** Every block once: after the first node under it */
static void print_blocks(const struct graph *graph, size_t index,
		const struct graph_shape *shapes)
{
	const char *name = graph->nodes[index].name;

	for (const char *dot = strchr(name, '.'); dot != NULL;
			dot = strchr(dot + 1, '.')) {
		char *block = memory_text_n(name, (size_t)(dot - name));
		size_t length = strlen(block);
		bool known = false;

		for (size_t i = 0; i < index && !known; i++) {
			known = strncmp(graph->nodes[i].name, block, length) == 0
					&& graph->nodes[i].name[length] == '.';
		}
		if (!known) {
			int32_t node = graph_find(graph, block);

			printf("block\t%s\t", block);
			print_extents(shapes[node].rank, shapes[node].extent);
			putchar('\n');
		}
		free(block);
	}
}

/** What the description says of names in weights files */
static void print_names(const struct graph *graph)
{
	for (char **prefix = graph->ignored; prefix != NULL && *prefix != NULL;
			prefix++) {
		printf("ignore\t%s\n", *prefix);
	}
	for (size_t i = 0; i < graph->rename_count; i++) {
		printf("rename\t%s\t%s\n", graph->renames[i].from, graph->renames[i].to);
	}
}

int main(int argc, char **argv)
{
	struct problems problems = { NULL, 0 };
	struct graph_shape *shapes = NULL;
	struct graph *graph = NULL;
	struct error error;
	int status = 2;

	if (argc != 2 && argc != 4) {
		fprintf(stderr, "usage: graph_dump FILE.ini [HEIGHT WIDTH]\n");
		return 2;
	}
	graph = graph_import_ini(argv[1], &problems);
	if (graph == NULL) {
		for (size_t i = 0; i < problems.count; i++) {
			char *sentence = problem_sentence(&problems.items[i]);

			fprintf(stderr, "%s\n", sentence);
			free(sentence);
		}
		goto done;
	}
	shapes = memory_new(graph->node_count, sizeof(*shapes));
	if (graph_infer(graph, argc > 2 ? atoll(argv[2]) : graph->input_size[0],
			    argc > 2 ? atoll(argv[3]) : graph->input_size[1], shapes,
			    &error)
			!= CNNVIZ_OK) {
		fprintf(stderr, "%s\n", error.text);
		goto done;
	}
	for (size_t i = 0; i < graph->node_count; i++) {
		print_node(graph, i, shapes);
		print_blocks(graph, i, shapes);
	}
	printf("logits\t%s\n", graph->nodes[graph->logits].name);
	if (graph->last_conv >= 0) {
		printf("last_conv\t%s\n", graph->nodes[graph->last_conv].name);
	}
	print_names(graph);
	status = 0;
done:
	free(shapes);
	graph_free(graph);
	problems_free(&problems);
	return status;
}
