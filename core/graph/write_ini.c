/**
 * \file    graph/write_ini.c
 * \brief   Writes the layers of a graph as a description has them
 */
#include "graph/write_ini.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/block_form.h"
#include "graph/block_text.h"
#include "graph/import_layers.h"
#include "graph/name_index.h"
#include "graph/operation.h"

/** Columns that a name takes at least */
#define NAME_WIDTH 24

struct writer_state {
	const struct graph *graph;
	FILE *out;
	struct block_uses uses;
	struct block_form *forms; /* of the groups */
	char **names;             /* of the blocks */
};

/* ---- Names --------------------------------------------------------------------- */

static cnnviz_status check_names(const struct graph *graph, struct error *error)
{
	struct name_index known_names = { 0 };
	cnnviz_status status = CNNVIZ_OK;

	for (size_t i = 1; status == CNNVIZ_OK && i < graph->node_count; i++) {
		char *name = memory_text(graph->nodes[i].name);
		bool known;

		for (char *letter = name; *letter != '\0'; letter++) {
			*letter = (char)tolower((unsigned char)*letter);
		}
		name_index_add(&known_names, name, &known);
		if (known || !import_name_is_valid(name)) {
			status = error_set(error, CNNVIZ_ERROR_INPUT,
					"no layer of a description can be called "
					"\"%.200s\"%s",
					graph->nodes[i].name,
					known ? ", since another one's name differs in "
						"capitals alone"
					      : "");
		}
		free(name);
	}
	name_index_free(&known_names);
	return status;
}

/** The last word of a module's name that is no number, without digits; malloc'ed */
static char *module_word(const char *module)
{
	size_t end = strlen(module), start;

	while (end > 0 && !isalpha((unsigned char)module[end - 1])) {
		end--;
	}
	for (start = end; start > 0
			&& (isalpha((unsigned char)module[start - 1])
					|| module[start - 1] == '_');) {
		start--;
	}
	return end > 0 ? memory_text_n(module + start, end - start)
		       : memory_text("block");
}

/** A block's name: no operation's, and no other block's; malloc'ed */
static char *choose_name(const struct writer_state *state, size_t group)
{
	char *word = module_word(state->forms[group].uses[0]->name);
	char *name = memory_text(word);
	size_t number = 1;
	bool taken = true;

	while (taken) {
		taken = operation_find(name) != NULL;
		for (size_t i = 0; !taken && i < group; i++) {
			taken = strcmp(state->names[i], name) == 0;
		}
		if (taken) {
			free(name);
			name = memory_format("%s%zu", word, ++number);
		}
	}
	free(word);
	return name;
}

/* ---- Lines --------------------------------------------------------------------- */

/** How many inputs `from` names; those of settings come behind them */
static size_t count_from(const struct graph_node *node)
{
	size_t count = node->input_count;

	for (size_t s = 0; node->op->settings != NULL && node->op->settings[s] != NULL;
			s++) {
		count -= node->op->settings[s]->parameter.type == CNNVIZ_PARAMETER_LAYER;
	}
	return count;
}

/** An input's name, in the block of a use or outside */
static const char *input_name(const struct writer_state *state,
		const struct block_use *use, int32_t input)
{
	const char *name = state->graph->nodes[input].name;

	if (use == NULL) {
		return name;
	}
	return (size_t)input < use->first ? operation_input.name
					  : name + strlen(use->name) + 1;
}

/** Whether a node takes what its line would without `from` */
static bool follows(const struct writer_state *state, const struct block_use *use,
		size_t i)
{
	const struct graph_node *node = &state->graph->nodes[i];
	bool first = use != NULL && i == use->first;

	return count_from(node) == 1 && node->op->least_inputs <= 1
			&& node->inputs[0] == (first ? use->input : (int32_t)i - 1);
}

/** The settings that name layers, and `from` */
static void write_inputs(const struct writer_state *state, const struct block_use *use,
		size_t i)
{
	const struct graph_node *node = &state->graph->nodes[i];
	size_t count = count_from(node), next = count;

	for (size_t s = 0; node->op->settings != NULL && node->op->settings[s] != NULL;
			s++) {
		const cnnviz_parameter *setting = &node->op->settings[s]->parameter;

		if (setting->type == CNNVIZ_PARAMETER_LAYER) {
			fprintf(state->out, " %s=%s", setting->name,
					input_name(state, use, node->inputs[next++]));
		}
	}
	for (size_t k = 0; !follows(state, use, i) && k < count; k++) {
		fprintf(state->out, "%s%s", k == 0 ? " from=" : ",",
				input_name(state, use, node->inputs[k]));
	}
	fputc('\n', state->out);
}

static void write_layer(const struct writer_state *state, size_t i)
{
	const struct graph_node *node = &state->graph->nodes[i];
	char *settings = block_node_settings(node);

	fprintf(state->out, "%-*s = %s%s", NAME_WIDTH, node->name, node->op->name,
			settings);
	write_inputs(state, NULL, i);
	free(settings);
}

static void write_block(const struct writer_state *state, size_t group)
{
	const struct block_form *form = &state->forms[group];
	const struct block_use *use = form->uses[0];

	fprintf(state->out, "\n[block %s]\n", state->names[group]);
	for (size_t k = 0; k < form->node_count; k++) {
		const struct graph_node *node = &state->graph->nodes[use->first + k];

		fprintf(state->out, "%-*s = %s%s", NAME_WIDTH,
				node->name + strlen(use->name) + 1, node->op->name,
				form->settings[k]);
		write_inputs(state, use, use->first + k);
	}
}

/* ---- Uses of blocks ------------------------------------------------------------ */

/** The number in a name at a place, without zeros in front; -1: none, or a large one */
static int64_t number_at(const char *text, size_t *length)
{
	*length = strspn(text, "0123456789");
	return *length == 0 || *length > 4 || (text[0] == '0' && *length > 1)
			? -1
			: strtoll(text, NULL, 10);
}

/** Where the numbers are in which two names differ by one, and in nothing else; or -1 */
static int64_t find_step(const char *one, const char *other)
{
	size_t at = 0, a, b;

	while (one[at] != '\0' && one[at] == other[at]) {
		at++;
	}
	while (at > 0 && isdigit((unsigned char)one[at - 1])) {
		at--;
	}

	int64_t first = number_at(one + at, &a), second = number_at(other + at, &b);

	return first >= 0 && second == first + 1
					&& strcmp(one + at + a, other + at + b) == 0
			? (int64_t)at
			: -1;
}

/** Whether a use takes the layer before it, so that its line needs no `from` */
static bool use_follows(const struct block_use *use)
{
	return use->input == (int32_t)use->first - 1;
}

/** End of the uses from one on that a line with a range stands for; *at: the range's place */
static size_t find_run(const struct writer_state *state, size_t first, int64_t *at)
{
	const struct block_use *uses = state->uses.items;
	size_t end = first + 1;

	*at = -1;
	/* With `from`, each use of a range would take the same layer. */
	for (; end < state->uses.count && use_follows(&uses[first]); end++) {
		int64_t step = find_step(uses[end - 1].name, uses[end].name);

		if (uses[end].group != uses[first].group
				|| uses[end].first != uses[end - 1].end
				|| !use_follows(&uses[end]) || step < 0
				|| (*at >= 0 && step != *at)) {
			break;
		}
		*at = step;
	}
	return end;
}

/** After how many uses the values of a run come again */
static size_t find_period(char *const *values, size_t count)
{
	size_t period = 1;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(values[i], values[i % period]) != 0) {
			period = i + 1;
			i = 0;
		}
	}
	return period;
}

/** Place of a use among those of its group */
static size_t place_in_group(const struct block_form *form, const struct block_use *use)
{
	size_t place = 0;

	while (form->uses[place] != use) {
		place++;
	}
	return place;
}

/** The name of a run, its range at a place, in the same columns as other names */
static void write_run_name(const struct writer_state *state, size_t first, size_t end,
		int64_t at)
{
	const char *name = state->uses.items[first].name;
	size_t length, last;
	char *whole;

	if (at < 0) {
		fprintf(state->out, "%-*s", NAME_WIDTH, name);
		return;
	}
	number_at(name + at, &length);
	whole = memory_format("%.*s{%.*s..%" PRId64 "}%s", (int)at, name, (int)length,
			name + at, number_at(state->uses.items[end - 1].name + at, &last),
			name + at + length);
	fprintf(state->out, "%-*s", NAME_WIDTH, whole);
	free(whole);
}

/** Write the uses of a block from one on that a line stands for; returns what follows */
static size_t write_run(const struct writer_state *state, size_t first)
{
	const struct block_use *use = &state->uses.items[first];
	const struct block_form *form = &state->forms[use->group];
	size_t place = place_in_group(form, use);
	int64_t at;
	size_t end = find_run(state, first, &at);

	write_run_name(state, first, end, at);
	fprintf(state->out, " = %s", state->names[use->group]);
	for (size_t p = 0; p < form->parameter_count; p++) {
		char *const *values = form->parameters[p].values + place;
		size_t period = find_period(values, end - first);

		for (size_t i = 0; i < period; i++) {
			fprintf(state->out, "%s%s%s", i == 0 ? " " : "|",
					i == 0 ? form->parameters[p].name : "",
					i == 0 ? "=" : "");
			fputs(values[i], state->out);
		}
	}
	if (!use_follows(use)) {
		fprintf(state->out, " from=%s", state->graph->nodes[use->input].name);
	}
	fputc('\n', state->out);
	return end;
}

/* ---- All ----------------------------------------------------------------------- */

static void write_all(const struct writer_state *state)
{
	size_t use = 0;

	fputs("[layers]\n", state->out);
	for (size_t i = 1; i < state->graph->node_count;) {
		if (use < state->uses.count && state->uses.items[use].first == i) {
			use = write_run(state, use);
			i = state->uses.items[use - 1].end;
		} else {
			write_layer(state, i++);
		}
	}
	for (size_t group = 0; group < state->uses.group_count; group++) {
		write_block(state, group);
	}
}

cnnviz_status graph_write_layers(const struct graph *graph, FILE *out,
		struct error *error)
{
	struct writer_state state = { .graph = graph, .out = out };
	cnnviz_status status = check_names(graph, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	state.uses = block_find_uses(graph);
	state.forms = memory_new(state.uses.group_count, sizeof(*state.forms));
	state.names = memory_new(state.uses.group_count, sizeof(*state.names));
	for (size_t i = 0; i < state.uses.group_count; i++) {
		state.forms[i] = block_form_make(graph, &state.uses, i);
		state.names[i] = choose_name(&state, i);
	}
	write_all(&state);
	for (size_t i = 0; i < state.uses.group_count; i++) {
		block_form_free(&state.forms[i]);
		free(state.names[i]);
	}
	free(state.forms);
	free(state.names);
	block_uses_free(&state.uses);
	return CNNVIZ_OK;
}
