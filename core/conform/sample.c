/**
 * \file    conform/sample.c
 * \brief   Chooses parameter values with which a technique runs
 */
#include "conform/sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/value.h"

/** The base of a job whose parameter has no technique as default */
#define FALLBACK_BASE "vanilla_bp"

/** A number of steps or samples that is enough for the checks */
#define EFFORT 3

static double clip_to_range(const cnnviz_parameter *parameter, double value)
{
	if (parameter->minimum == 0 && parameter->maximum == 0) {
		return value;
	}
	return value < parameter->minimum            ? parameter->minimum
			: value > parameter->maximum ? parameter->maximum
						     : value;
}

/** A value for a required parameter */
static char *required_value(const cnnviz_parameter *parameter, const char *picture)
{
	switch (parameter->type) {
	case CNNVIZ_PARAMETER_BOOL:
		return memory_text("yes");
	case CNNVIZ_PARAMETER_INT:
	case CNNVIZ_PARAMETER_FLOAT:
		return memory_format("%.17g", clip_to_range(parameter, 1));
	case CNNVIZ_PARAMETER_ENUM:
		return memory_text(parameter->choices[0]);
	case CNNVIZ_PARAMETER_LAYER:
		return memory_text("last_features");
	case CNNVIZ_PARAMETER_CLASS:
		return memory_text("1");
	case CNNVIZ_PARAMETER_CHANNEL:
		return memory_text("0");
	case CNNVIZ_PARAMETER_PATH:
	case CNNVIZ_PARAMETER_PICTURES:
		return memory_text(picture);
	case CNNVIZ_PARAMETER_NETWORK:
		return memory_text("conform, random:2");
	case CNNVIZ_PARAMETER_COLOR:
		return memory_text("#808080");
	default:
		return memory_text("text");
	}
}

/** The technique to use for a parameter of type JOB */
static const char *base_technique(const struct registry *registry,
		const struct plugin *plugin, const cnnviz_parameter *parameter)
{
	const char *name = parameter->default_value;

	return name != NULL && strcmp(name, plugin->technique.name) != 0
					&& registry_find(registry, name) != NULL
			? name
			: FALLBACK_BASE;
}

/** Whether the default means more work than the checks need, or is not known */
static bool takes_long(const cnnviz_parameter *parameter)
{
	double own;

	return (parameter->flags & CNNVIZ_PARAMETER_EFFORT) != 0
			&& (parameter->default_value == NULL
					|| (value_float(parameter->default_value, &own)
							&& own > EFFORT));
}

/** Value to write for a parameter, malloc'ed; NULL to use its default */
static char *sample_value(const struct registry *registry, const struct plugin *plugin,
		const cnnviz_parameter *parameter, const char *picture)
{
	if (parameter->type == CNNVIZ_PARAMETER_JOB) {
		return memory_text(base_technique(registry, plugin, parameter));
	}
	if (takes_long(parameter)) {
		return memory_format("%.17g", clip_to_range(parameter, EFFORT));
	}
	return parameter->flags & CNNVIZ_PARAMETER_REQUIRED
			? required_value(parameter, picture)
			: NULL;
}

static void write_section(FILE *stream, const struct registry *registry,
		const struct plugin *plugin, const char *picture)
{
	fprintf(stream, "[%s]\n", plugin->technique.name);
	for (uint32_t i = 0; i < plugin->technique.parameter_count; i++) {
		const cnnviz_parameter *parameter = &plugin->parameters[i];
		char *value = sample_value(registry, plugin, parameter, picture);

		if (value != NULL) {
			fprintf(stream, "%s = %s\n", parameter->name, value);
		}
		free(value);
	}
}

/** Write the sections of the jobs whose maps a technique uses, each once, bases first */
static void write_bases(FILE *stream, const struct registry *registry,
		const struct plugin *plugin, const char *picture, bool *written)
{
	for (uint32_t i = 0; i < plugin->technique.parameter_count; i++) {
		const cnnviz_parameter *parameter = &plugin->parameters[i];
		const struct plugin *base = parameter->type != CNNVIZ_PARAMETER_JOB
				? NULL
				: registry_find(registry,
						base_technique(registry, plugin,
								parameter));

		if (base != NULL && !written[base - registry->plugins]) {
			written[base - registry->plugins] = true;
			write_bases(stream, registry, base, picture, written);
			write_section(stream, registry, base, picture);
		}
	}
}

char *sample_sections(const struct registry *registry, const struct plugin *plugin,
		const char *picture)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	if (stream == NULL) {
		return memory_text("");
	}
	bool *written = memory_new(registry->count, sizeof(*written));
	const struct plugin *own = registry_find(registry, plugin->technique.name);

	if (own != NULL) {
		written[own - registry->plugins] = true;
	}
	write_bases(stream, registry, plugin, picture, written);
	write_section(stream, registry, plugin, picture);
	free(written);
	fclose(stream);
	return text;
}
