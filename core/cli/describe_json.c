/**
 * \file    cli/describe_json.c
 * \brief   What a technique or section is made of, as JSON
 */
#include "cli/subject.h"

#include <string.h>

#include "base/json.h"
#include "cli/techniques.h"
#include "config/value.h"

json_t *subject_parameter_json(const cnnviz_parameter *parameter, bool common)
{
	json_t *json = json_object();
	json_t *choices = json_array();
	bool range = subject_has_range(parameter);

	for (size_t i = 0; parameter->choices != NULL && parameter->choices[i] != NULL;
			i++) {
		json_array_append_new(choices, json_text(parameter->choices[i]));
	}
	json_object_set_new(json, "name", json_text(parameter->name));
	json_object_set_new(json, "type",
			json_text(parameter_type_name(parameter->type)));
	json_object_set_new(json, "required",
			json_boolean(parameter->flags & CNNVIZ_PARAMETER_REQUIRED));
	json_object_set_new(json, "list",
			json_boolean(parameter->flags & CNNVIZ_PARAMETER_LIST));
	json_object_set_new(json, "all",
			json_boolean(parameter->flags & CNNVIZ_PARAMETER_ALL));
	json_object_set_new(json, "unique",
			json_boolean(parameter->flags & CNNVIZ_PARAMETER_UNIQUE));
	json_object_set_new(json, "not",
			json_boolean(parameter->flags & CNNVIZ_PARAMETER_NOT));
	json_object_set_new(json, "layer", json_text(parameter->layer));
	json_object_set_new(json, "default", json_text(parameter->default_value));
	json_object_set_new(json, "minimum",
			range ? json_real(parameter->minimum) : json_null());
	json_object_set_new(json, "maximum",
			range ? json_real(parameter->maximum) : json_null());
	json_object_set_new(json, "choices", choices);
	json_object_set_new(json, "unit", json_text(parameter->unit));
	json_object_set_new(json, "summary", json_text(parameter->summary));
	json_object_set_new(json, "common", json_boolean(common));
	return json;
}

static json_t *artifact_json(const char *name, const char *type, const char *summary)
{
	json_t *json = json_object();

	json_object_set_new(json, "name", json_text(name));
	json_object_set_new(json, "type", json_text(type));
	json_object_set_new(json, "summary", json_text(summary));
	return json;
}

static json_t *artifacts_json(const struct plugin *plugin)
{
	const cnnviz_technique *technique = &plugin->technique;
	json_t *array = json_array();

	if (technique->kind == CNNVIZ_KIND_ATTRIBUTION) {
		const char *const(*rows)[2] = subject_map_artifacts(technique);
		for (; (*rows)[0] != NULL; rows++) {
			const char *type = strstr((*rows)[0], ".npy") != NULL ? "array"
									      : "image";
			json_array_append_new(array,
					artifact_json((*rows)[0], type, (*rows)[1]));
		}
	}
	for (size_t i = 0; i < technique->artifact_count; i++) {
		const cnnviz_artifact *artifact = &plugin->artifacts[i];
		json_array_append_new(array,
				artifact_json(artifact->name,
						subject_artifact_type(artifact->type),
						artifact->summary));
	}
	return array;
}

json_t *subject_json(const struct subject *subject, const char *sample)
{
	const struct plugin *plugin = subject->plugin;
	json_t *json = plugin != NULL ? technique_json(plugin) : json_object();
	json_t *parameters = json_array();

	for (size_t i = 0; i < subject->count; i++) {
		json_array_append_new(parameters,
				subject_parameter_json(&subject->parameters[i], false));
	}
	for (size_t i = 0; i < subject->common_count; i++) {
		json_array_append_new(parameters,
				subject_parameter_json(&subject->common[i],
						subject->plugin != NULL));
	}
	json_object_set_new(json, "name", json_text(subject->name));
	json_object_set_new(json, "summary", json_text(subject->summary));
	json_object_set_new(json, "parameters", parameters);
	if (plugin != NULL) {
		json_object_set_new(json, "description",
				json_text(plugin->technique.description));
		json_object_set_new(json, "reference",
				json_text(plugin->technique.reference));
		json_object_set_new(json, "artifacts", artifacts_json(plugin));
	}
	json_object_set_new(json, "sample", json_text(sample));
	return json;
}
