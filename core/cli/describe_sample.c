/**
 * \file    cli/describe_sample.c
 * \brief   A sample section of a technique, ready to be used
 */
#include "cli/subject.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* A technique that stands for a job: vanilla_bp, or else any */
static const char *sample_technique(const struct registry *registry, const char *excluded)
{
	const struct plugin *plugin = registry_find(registry, "vanilla_bp");

	for (size_t i = 0; plugin == NULL && i < registry->count; i++) {
		const cnnviz_technique *technique = &registry->plugins[i].technique;
		if (technique->kind == CNNVIZ_KIND_ATTRIBUTION
				&& strcmp(technique->name, excluded) != 0) {
			plugin = &registry->plugins[i];
		}
	}
	return plugin != NULL ? plugin->technique.name : "job";
}

/* A parameter's default, or an example of a value; malloc'ed */
static char *sample_value(const struct subject *subject,
		const cnnviz_parameter *parameter, const struct registry *registry)
{
	if (parameter->default_value != NULL) {
		return memory_text(parameter->default_value);
	}
	switch (parameter->type) {
	case CNNVIZ_PARAMETER_BOOL:
		return memory_text("no");
	case CNNVIZ_PARAMETER_INT:
	case CNNVIZ_PARAMETER_FLOAT:
		return memory_format("%.15g", parameter->minimum);
	case CNNVIZ_PARAMETER_ENUM:
		return memory_text(parameter->choices[0]);
	case CNNVIZ_PARAMETER_LAYER:
		return memory_text("last_features");
	case CNNVIZ_PARAMETER_CLASS:
	case CNNVIZ_PARAMETER_CHANNEL:
		return memory_text("0");
	case CNNVIZ_PARAMETER_JOB:
		return memory_text(sample_technique(registry, subject->name));
	case CNNVIZ_PARAMETER_COLOR:
		return memory_text("#ff0000");
	case CNNVIZ_PARAMETER_NETWORK:
		return memory_text("squeezenet1_0");
	case CNNVIZ_PARAMETER_PICTURES:
		return memory_text("photos/*.png");
	default:
		break;
	}
	if (strcmp(parameter->name, "architecture") == 0) {
		return memory_text("squeezenet1_0");
	}
	if (strcmp(parameter->name, "annotations") == 0) {
		return memory_text("scenes/annotations.json");
	}
	return memory_text(strcmp(parameter->name, "images") == 0 ? "photos/*.png"
					: parameter->type == CNNVIZ_PARAMETER_PATH
					? "file"
					: "text");
}

/* Whether a sample shows a parameter only as a comment */
static bool is_hint(const cnnviz_parameter *parameter)
{
	return parameter->default_value == NULL
			&& (parameter->flags & CNNVIZ_PARAMETER_REQUIRED) == 0
			&& strcmp(parameter->name, "images") != 0
			&& strcmp(parameter->name, "annotations") != 0;
}

static void write_sample_line(FILE *stream, const struct subject *subject,
		const cnnviz_parameter *parameter, const struct registry *registry)
{
	char *value = sample_value(subject, parameter, registry);
	const char *quote = strpbrk(value, "#;") != NULL ? "\"" : "";

	if (is_hint(parameter)) {
		fprintf(stream, "; %s =\n", parameter->name);
	} else {
		fprintf(stream, "%s = %s%s%s\n", parameter->name, quote, value, quote);
	}
	free(value);
}

/* A sample section to copy; malloc'ed */
char *subject_sample(const struct subject *subject, const struct registry *registry)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	if (stream == NULL) {
		return memory_text("");
	}
	fprintf(stream, "[%s]\n", subject->name);
	for (size_t i = 0; i < subject->count; i++) {
		write_sample_line(stream, subject, &subject->parameters[i], registry);
	}
	for (size_t i = 0; i < subject->common_count; i++) {
		write_sample_line(stream, subject, &subject->common[i], registry);
	}
	return fclose(stream) == 0 ? text : memory_text("");
}
