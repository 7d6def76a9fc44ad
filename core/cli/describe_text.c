/**
 * \file    cli/describe_text.c
 * \brief   What a technique or section is made of, as text
 */
#include "cli/cli.h"
#include "cli/subject.h"

#include <inttypes.h>
#include <stdio.h>

#include "config/value.h"

static void print_parameter(const cnnviz_parameter *parameter)
{
	bool list = (parameter->flags & CNNVIZ_PARAMETER_LIST) != 0;

	printf("  %s: %s%s", parameter->name, list ? "list of " : "",
			parameter_type_name(parameter->type));
	for (size_t i = 0; parameter->choices != NULL && parameter->choices[i] != NULL;
			i++) {
		printf("%s%s", i == 0 ? ", one of " : " | ", parameter->choices[i]);
	}
	if (subject_has_range(parameter)) {
		printf(", %.16g to %.16g", parameter->minimum, parameter->maximum);
	}
	if (parameter->layer != NULL) {
		printf(" of %s", parameter->layer);
	}
	if (list
			&& (parameter->type == CNNVIZ_PARAMETER_INT
					|| parameter->type == CNNVIZ_PARAMETER_CHANNEL)) {
		printf(", also ranges such as 8-15");
	}
	if (parameter->type == CNNVIZ_PARAMETER_PICTURES) {
		printf(": paths, wildcards, @list files");
	}
	if (parameter->type == CNNVIZ_PARAMETER_NETWORK) {
		printf(": an architecture, or ARCHITECTURE, WEIGHTS");
	}
	if ((parameter->flags & CNNVIZ_PARAMETER_NOT) != 0) {
		printf(", also not CLASS");
	}
	if ((parameter->flags & CNNVIZ_PARAMETER_ALL) != 0) {
		printf(", or all");
	}
	if ((parameter->flags & CNNVIZ_PARAMETER_UNIQUE) != 0) {
		printf(", each once");
	}
	if (parameter->unit != NULL) {
		printf(", in %s", parameter->unit);
	}
	if (parameter->default_value != NULL) {
		printf(", default %s", parameter->default_value);
	} else {
		printf((parameter->flags & CNNVIZ_PARAMETER_REQUIRED) != 0
						? ", required"
						: ", no default");
	}
	putchar('\n');
	print_wrapped(parameter->summary, 6);
}

static void print_parameters(const char *title, const cnnviz_parameter *parameters,
		size_t count)
{
	if (count == 0) {
		return;
	}
	printf("\n%s\n", title);
	for (size_t i = 0; i < count; i++) {
		print_parameter(&parameters[i]);
	}
}

static void print_artifacts(const struct plugin *plugin)
{
	const cnnviz_technique *technique = &plugin->technique;
	struct table table;

	table_start(&table, 2, 0);
	if (technique->kind == CNNVIZ_KIND_ATTRIBUTION) {
		const char *const(*rows)[2] = subject_map_artifacts(technique);
		for (; (*rows)[0] != NULL; rows++) {
			table_add(&table, "  %s", (*rows)[0]);
			table_add(&table, "%s", (*rows)[1]);
		}
	}
	for (size_t i = 0; i < technique->artifact_count; i++) {
		table_add(&table, "  %s (%s)", plugin->artifacts[i].name,
				subject_artifact_type(plugin->artifacts[i].type));
		table_add(&table, "%s", plugin->artifacts[i].summary);
	}
	printf("\nArtifacts\n");
	table_print(&table);
}

void subject_print(const struct subject *subject, const char *sample)
{
	const struct plugin *plugin = subject->plugin;

	if (plugin == NULL) {
		printf("[%s]: %s\n", subject->name, subject->summary);
		print_parameters("Keys", subject->parameters, subject->count);
		print_parameters("Limits", subject->common, subject->common_count);
		printf("\nSample\n\n%s", sample);
		return;
	}
	printf("%s %s: %s\n", subject->name, plugin->technique.version, subject->summary);
	if (plugin->technique.description != NULL) {
		putchar('\n');
		print_wrapped(plugin->technique.description, 0);
	}
	if (plugin->technique.family != NULL) {
		printf("\nFamily\n  %s\n", plugin->technique.family);
	}
	print_parameters("Parameters", subject->parameters, subject->count);
	print_parameters("Parameters of every attribution job", subject->common,
			subject->common_count);
	print_artifacts(plugin);
	if (plugin->technique.reference != NULL) {
		printf("\nReference\n");
		print_wrapped(plugin->technique.reference, 2);
	}
	printf("\nSample\n\n%s", sample);
}
