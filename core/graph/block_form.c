/**
 * \file    graph/block_form.c
 * \brief   What is equal in modules that are alike, and parameters for what is not
 */
#include "graph/block_form.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/value.h"
#include "graph/settings.h"

/** Largest factor between two parameters that are one */
#define FACTOR_MAX 64

/* ---- Texts --------------------------------------------------------------------- */

/** Put a text behind one that is freed; malloc'ed */
static char *join(char *text, const char *before, const char *more)
{
	char *longer = memory_format("%s%s%s", text, before, more);

	free(text);
	return longer;
}

static void texts_free(char **texts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(texts[i]);
	}
	free(texts);
}

static bool all_equal(char *const *texts, char *const *others, size_t count)
{
	bool equal = true;

	for (size_t i = 0; equal && i < count; i++) {
		equal = strcmp(texts[i], others[i]) == 0;
	}
	return equal;
}

/** Whether texts are the same for each use */
static bool is_constant(char *const *texts, size_t count)
{
	bool constant = true;

	for (size_t i = 1; constant && i < count; i++) {
		constant = strcmp(texts[i], texts[0]) == 0;
	}
	return constant;
}

static size_t count_parts(const char *text)
{
	size_t count = 1;

	for (; *text != '\0'; text++) {
		count += *text == ',';
	}
	return count;
}

/** Part `i` of a text with commas between; malloc'ed */
static char *part_of(const char *text, size_t i)
{
	while (i-- > 0) {
		text = strchr(text, ',') + 1;
	}
	return memory_text_n(text, strcspn(text, ","));
}

/* ---- Parameters ---------------------------------------------------------------- */

/** The factor that makes each value of the first the second; 0: none */
static int64_t factor_between(char *const *first, char *const *second, size_t count)
{
	int64_t factor = 0;

	for (size_t i = 0; i < count; i++) {
		int64_t one, other;

		if (!value_int(first[i], &one) || !value_int(second[i], &other) || one < 1
				|| other < 1 || other % one != 0
				|| other / one > FACTOR_MAX
				|| (i > 0 && other / one != factor)) {
			return 0;
		}
		factor = other / one;
	}
	return factor;
}

/** A name that no parameter has yet: the setting's, and a number where need be; malloc'ed */
static char *new_name(const struct block_form *form, const char *setting)
{
	char *name = memory_text(setting);
	size_t number = 1;

	for (size_t i = 0; i < form->parameter_count; i++) {
		if (strcmp(form->parameters[i].name, name) == 0) {
			free(name);
			name = memory_format("%s%zu", setting, ++number);
			i = (size_t)-1;
		}
	}
	return name;
}

/** How a parameter gives the values: {out}, {4*out} or {out/2}; malloc'ed, NULL: it cannot */
static char *express(const struct block_parameter *parameter, char *const *values,
		size_t count)
{
	int64_t factor;

	if (all_equal(parameter->values, values, count)) {
		return memory_format("{%s}", parameter->name);
	}
	factor = factor_between(parameter->values, values, count);
	if (factor > 0) {
		return memory_format("{%" PRId64 "*%s}", factor, parameter->name);
	}
	factor = factor_between(values, parameter->values, count);
	return factor > 0 ? memory_format("{%s/%" PRId64 "}", parameter->name, factor)
			  : NULL;
}

/** The text for values of each use: one for all, or that of a parameter, which takes them */
static char *form_value(struct block_form *form, const char *setting, char **values)
{
	struct block_parameter *parameter;
	char *text = NULL;

	if (is_constant(values, form->use_count)) {
		text = memory_text(values[0]);
	}
	for (size_t i = 0; text == NULL && i < form->parameter_count; i++) {
		text = express(&form->parameters[i], values, form->use_count);
	}
	if (text != NULL) {
		texts_free(values, form->use_count);
		return text;
	}
	form->parameters = memory_resize(form->parameters, form->parameter_count + 1,
			sizeof(*form->parameters));
	parameter = &form->parameters[form->parameter_count];
	parameter->name = new_name(form, setting);
	parameter->values = values;
	form->parameter_count++;
	return memory_format("{%s}", parameter->name);
}

/* ---- Settings ------------------------------------------------------------------ */

/** Whether a list has as many values in each use */
static bool has_equal_parts(char *const *texts, size_t count)
{
	bool equal = true;

	for (size_t i = 1; equal && i < count; i++) {
		equal = count_parts(texts[i]) == count_parts(texts[0]);
	}
	return equal;
}

/** The text for a setting: parts between commas are parameters of their own. */
static char *form_setting(struct block_form *form, const char *setting, char **texts)
{
	size_t parts = has_equal_parts(texts, form->use_count) ? count_parts(texts[0])
							       : 0;
	char *text = NULL;

	if (parts == 0) {
		return form_value(form, setting, texts);
	}
	for (size_t part = 0; part < parts; part++) {
		char **values = memory_new(form->use_count, sizeof(*values));
		char *value;

		for (size_t i = 0; i < form->use_count; i++) {
			values[i] = part_of(texts[i], part);
		}
		value = form_value(form, setting, values);
		text = text == NULL ? memory_text(value) : join(text, ",", value);
		free(value);
	}
	texts_free(texts, form->use_count);
	return text;
}

/** Settings of node k of the block, with parameters for what differs; malloc'ed */
static char *form_node(struct block_form *form, const struct graph *graph, size_t k)
{
	const struct operation *op = graph->nodes[form->uses[0]->first + k].op;
	char *text = memory_text("");

	for (size_t s = 0; op->settings != NULL && op->settings[s] != NULL; s++) {
		const struct operation_setting *setting = op->settings[s];
		char **texts, *value;
		bool usual = true;

		if (setting->parameter.type == CNNVIZ_PARAMETER_LAYER) {
			continue;
		}
		texts = memory_new(form->use_count, sizeof(*texts));
		for (size_t i = 0; i < form->use_count; i++) {
			const struct graph_node *node =
					&graph->nodes[form->uses[i]->first + k];

			texts[i] = settings_text(setting, &node->settings);
			usual = usual
					&& settings_is_default(op, setting,
							&node->settings);
		}
		if (usual) {
			texts_free(texts, form->use_count);
			continue;
		}
		value = form_setting(form, setting->parameter.name, texts);
		text = join(text, " ", setting->parameter.name);
		text = join(text, "=", value);
		free(value);
	}
	return text;
}

char *block_node_settings(const struct graph_node *node)
{
	char *text = memory_text("");

	for (size_t s = 0; node->op->settings != NULL && node->op->settings[s] != NULL;
			s++) {
		const struct operation_setting *setting = node->op->settings[s];

		if (setting->parameter.type != CNNVIZ_PARAMETER_LAYER
				&& !settings_is_default(node->op, setting,
						&node->settings)) {
			char *value = settings_text(setting, &node->settings);

			text = join(text, " ", setting->parameter.name);
			text = join(text, "=", value);
			free(value);
		}
	}
	return text;
}

struct block_form block_form_make(const struct graph *graph,
		const struct block_uses *uses, size_t group)
{
	struct block_form form = { .uses = memory_new(uses->count, sizeof(*form.uses)) };

	for (size_t i = 0; i < uses->count; i++) {
		if (uses->items[i].group == group) {
			form.uses[form.use_count++] = &uses->items[i];
		}
	}
	form.node_count = form.uses[0]->end - form.uses[0]->first;
	form.settings = memory_new(form.node_count, sizeof(*form.settings));
	for (size_t k = 0; k < form.node_count; k++) {
		form.settings[k] = form_node(&form, graph, k);
	}
	return form;
}

void block_form_free(struct block_form *form)
{
	for (size_t i = 0; i < form->parameter_count; i++) {
		free(form->parameters[i].name);
		texts_free(form->parameters[i].values, form->use_count);
	}
	texts_free(form->settings, form->node_count);
	free(form->parameters);
	free(form->uses);
	*form = (struct block_form){ .uses = NULL };
}
