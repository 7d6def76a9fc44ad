/*
 * Prints a network as described, for comparison with other implementations; several, each
 * followed by "done" or "refused"; or the operations and settings that descriptions may use:
 *   graph_dump FILE.ini [HEIGHT WIDTH] | each FILE.ini... | operations
 *
 * One line each, fields between tabs:
 *   operation NAME LEAST-INPUTS MOST-INPUTS
 *   setting OPERATION NAME DEFAULT CHOICES SUMMARY
 *   node NAME OPERATION INPUTS SHAPE SETTINGS
 *   weight NAME SHAPE
 *   block NAME SHAPE
 *   logits NAME
 *   last_features NAME
 *   ignore PREFIX
 *   rename OLD NEW
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/import_ini.h"
#include "graph/operation.h"

static void print_extents(uint32_t rank, const int64_t *extents)
{
	for (uint32_t d = 0; d < rank; d++) {
		printf("%s%" PRId64, d > 0 ? "," : "", extents[d]);
	}
}

static void print_reals(size_t count, const char *member)
{
	double numbers[CNNVIZ_MAX_RANK] = { 0 };

	memcpy(numbers, member, count * sizeof(*numbers));
	printf("%s", count > 1 ? "[" : "");
	for (size_t i = 0; i < count; i++) {
		printf("%s%.17g", i > 0 ? ", " : "", numbers[i]);
	}
	printf("%s", count > 1 ? "]" : "");
}

/** Value of a setting; padding as it really is, for an input of a shape */
static void print_setting(const struct operation_setting *setting,
		const struct graph_settings *settings, const struct graph_shape *in)
{
	const char *member = (const char *)settings + setting->offset;
	size_t count = setting->count > 0 ? setting->count : 1;
	int64_t numbers[CNNVIZ_MAX_RANK] = { 0 };
	bool flag;

	switch (setting->parameter.type) {
	case CNNVIZ_PARAMETER_BOOL:
		memcpy(&flag, member, sizeof(flag));
		printf("%s", flag ? "true" : "false");
		return;
	case CNNVIZ_PARAMETER_FLOAT:
		print_reals(count, member);
		return;
	default:
		memcpy(numbers, member, count * sizeof(*numbers));
	}
	if (setting->offset == offsetof(struct graph_settings, padding)) {
		graph_resolve_padding(settings, in->extent[1], in->extent[2], numbers);
	}
	printf("%s", count > 1 ? "[" : "");
	for (size_t i = 0; i < count; i++) {
		printf("%s%" PRId64, i > 0 ? ", " : "", numbers[i]);
	}
	printf("%s", count > 1 ? "]" : "");
}

static void print_settings(const struct graph_node *node, const struct graph_shape *in)
{
	const struct operation_setting *const *setting = node->op->settings;
	const char *before = "\t{";

	for (; setting != NULL && *setting != NULL; setting++) {
		if ((*setting)->parameter.type == CNNVIZ_PARAMETER_LAYER) {
			continue;
		}
		printf("%s\"%s\": ", before, (*setting)->parameter.name);
		print_setting(*setting, &node->settings, in);
		before = ", ";
	}
	printf("%s}\n", before[0] == ',' ? "" : before);
}

static void print_node(const struct graph *graph, size_t index,
		const struct graph_shape *shapes)
{
	const struct graph_node *node = &graph->nodes[index];

	printf("node\t%s\t%s\t", node->name, node->op->name);
	for (size_t i = 0; i < node->input_count; i++) {
		printf("%s%s", i > 0 ? "," : "", graph->nodes[node->inputs[i]].name);
	}
	putchar('\t');
	print_extents(shapes[index].rank, shapes[index].extent);
	print_settings(node, &shapes[node->input_count > 0 ? node->inputs[0] : 0]);
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

/** Words with commas between, or - where anything else is written */
static void print_choices(const char *const *choices)
{
	printf("%s", choices == NULL ? "-" : "");
	for (size_t i = 0; choices != NULL && choices[i] != NULL; i++) {
		printf("%s%s", i > 0 ? "," : "", choices[i]);
	}
}

/** The number of inputs, and every setting with its default (or - where it must be given) */
static void print_operation(const struct operation *operation)
{
	const struct operation_setting *const *setting = operation->settings;
	uint32_t least = operation->least_inputs > 0 ? operation->least_inputs : 1;
	uint32_t most = operation->most_inputs > 0 ? operation->most_inputs : 1;

	printf("operation\t%s\t%" PRIu32 "\t", operation->name, least);
	printf(most == UINT32_MAX ? "any\n" : "%" PRIu32 "\n", most);
	for (; setting != NULL && *setting != NULL; setting++) {
		const cnnviz_parameter *parameter = &(*setting)->parameter;
		const char *usual = parameter->default_value != NULL
				? parameter->default_value
				: (*setting)->like;

		printf("setting\t%s\t%s\t%s\t", operation->name, parameter->name,
				usual != NULL ? usual : "-");
		print_choices(parameter->choices);
		printf("\t%s\n", parameter->summary);
	}
}

static void print_operations(void)
{
	const struct operation *operation;

	for (size_t i = 0; (operation = operation_at(i)) != NULL; i++) {
		print_operation(operation);
	}
}

/** Print what is wrong with a description. */
static void print_problems(const struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		char *sentence = problem_sentence(&problems->items[i]);

		fprintf(stderr, "%s\n", sentence);
		free(sentence);
	}
}

static void print_graph(const struct graph *graph, const struct graph_shape *shapes)
{
	for (size_t i = 0; i < graph->node_count; i++) {
		print_node(graph, i, shapes);
		print_blocks(graph, i, shapes);
	}
	printf("logits\t%s\n", graph->nodes[graph->logits].name);
	if (graph->last_features >= 0) {
		printf("last_features\t%s\n", graph->nodes[graph->last_features].name);
	}
	print_names(graph);
}

/** Print a network on an input of this size, or of its own; returns whether there is one. */
static bool dump(const char *path, const int64_t *size)
{
	struct problems problems = { NULL, 0 };
	struct graph *graph = graph_import_ini(path, NULL, NULL, &problems);
	struct error error;
	bool inferred = false;

	print_problems(&problems);
	problems_free(&problems);
	if (graph != NULL) {
		struct graph_shape *shapes = memory_new(graph->node_count,
				sizeof(*shapes));

		size = size != NULL ? size : graph->input_size;
		inferred = graph_infer(graph, size[0], size[1], shapes, &error)
				== CNNVIZ_OK;
		if (inferred) {
			print_graph(graph, shapes);
		} else {
			fprintf(stderr, "%s\n", error.text);
		}
		free(shapes);
	}
	graph_free(graph);
	return inferred;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr,
				"usage: graph_dump operations | FILE.ini [HEIGHT WIDTH] "
				"| "
				"each FILE.ini...\n");
		return 2;
	}
	if (strcmp(argv[1], "operations") == 0) {
		print_operations();
		return 0;
	}
	if (strcmp(argv[1], "each") != 0) {
		const int64_t size[2] = { argc > 3 ? atoll(argv[2]) : 0,
			argc > 3 ? atoll(argv[3]) : 0 };

		return dump(argv[1], argc > 3 ? size : NULL) ? 0 : 2;
	}
	for (int i = 2; i < argc; i++) {
		printf("%s\n", dump(argv[i], NULL) ? "done" : "refused");
	}
	return 0;
}
