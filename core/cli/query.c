/**
 * \file    cli/query.c
 * \brief   Commands that list and describe: techniques, describe, models, layers
 */
#include "cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "graph/importers.h"
#include "graph/model.h"
#include "graph/operation.h"
#include "plan/paths.h"
#include "plan/sections.h"
#include "plan/size.h"
#include "plugin/registry.h"

/* Columns of numbers, right-aligned */
#define RIGHT_MODELS (1u << 1 | 1u << 2 | 1u << 3)
#define RIGHT_LAYERS (1u << 2 | 1u << 3)

/* ---- techniques ----------------------------------------------------------------- */

static const char *kind_name(const cnnviz_technique *technique)
{
	return technique->kind == CNNVIZ_KIND_ATTRIBUTION ? "attribution" : "general";
}

static char *abi_text(const cnnviz_technique *technique)
{
	return memory_format("%" PRIu32 ".%" PRIu32, technique->abi_major,
			technique->abi_minor);
}

static json_t *technique_json(const struct plugin *plugin)
{
	const cnnviz_technique *technique = &plugin->technique;
	json_t *json = json_object();
	char *abi = abi_text(technique);

	json_object_set_new(json, "name", json_text(technique->name));
	json_object_set_new(json, "version", json_text(technique->version));
	json_object_set_new(json, "abi", json_text(abi));
	json_object_set_new(json, "kind", json_text(kind_name(technique)));
	json_object_set_new(json, "path", json_text(plugin->path));
	json_object_set_new(json, "summary", json_text(technique->summary));
	free(abi);
	return json;
}

static void print_techniques_json(const struct registry *registry)
{
	json_t *json = json_object();
	json_t *techniques = json_array();
	json_t *refused = json_array();

	for (size_t i = 0; i < registry->count; i++) {
		json_array_append_new(techniques, technique_json(&registry->plugins[i]));
	}
	for (size_t i = 0; i < registry->refused_count; i++) {
		json_t *item = json_object();
		json_object_set_new(item, "path", json_text(registry->refused[i].path));
		json_object_set_new(item, "reason",
				json_text(registry->refused[i].reason));
		json_array_append_new(refused, item);
	}
	json_object_set_new(json, "techniques", techniques);
	json_object_set_new(json, "refused", refused);
	json_print(json);
}

static void print_techniques(const struct registry *registry)
{
	static const char *const head[] = {
		"NAME",
		"VERSION",
		"ABI",
		"KIND",
		"PATH",
		"SUMMARY",
	};
	struct table table;

	table_start(&table, 6, 0);
	for (size_t i = 0; i < sizeof(head) / sizeof(*head); i++) {
		table_add(&table, "%s", head[i]);
	}
	for (size_t i = 0; i < registry->count; i++) {
		const cnnviz_technique *technique = &registry->plugins[i].technique;
		char *abi = abi_text(technique);
		table_add(&table, "%s", technique->name);
		table_add(&table, "%s", technique->version);
		table_add(&table, "%s", abi);
		table_add(&table, "%s", kind_name(technique));
		table_add(&table, "%s", registry->plugins[i].path);
		table_add(&table, "%s", technique->summary);
		free(abi);
	}
	table_print(&table);
}

int command_techniques(const struct cli_request *request)
{
	struct paths *paths = paths_find();
	struct registry *registry = registry_load(paths->plugin_folders);

	for (size_t i = 0; i < registry->refused_count; i++) {
		log_write(LOG_LEVEL_WARNING, "skipped a plugin: %s",
				registry->refused[i].reason);
	}
	if (request->json) {
		print_techniques_json(registry);
	} else if (registry->count > 0) {
		print_techniques(registry);
	} else {
		log_write(LOG_LEVEL_WARNING,
				"no plugins were found; set CNNVIZ_PLUGIN_PATH to the "
				"folders that contain them");
	}
	registry_free(registry);
	paths_free(paths);
	return CLI_EXIT_DONE;
}

/* ---- describe: what a technique or section is made of ------------------------------ */

struct subject {
	const char *name;
	const char *summary;
	const struct plugin *plugin;        /* NULL for run, model and input */
	const cnnviz_parameter *parameters; /* its own */
	size_t count;
	const cnnviz_parameter *common; /* those of every attribution job, or NULL */
	size_t common_count;
};

const cnnviz_parameter technique_parameter = {
	.name = "technique",
	.type = CNNVIZ_PARAMETER_STRING,
	.summary = "the technique, if the section's name is not that of one",
};

static const char *const gradient_artifacts[][2] = {
	{ "color.png", "the signed map, its minimum black and its maximum white" },
	{ "gray.png", "sum over channels of the absolute values" },
	{ "positive.png", "the positive part" },
	{ "negative.png", "the negative part" },
	{ "attribution.npy", "the map itself: float32, (C,H,W), unscaled" },
	{ NULL, NULL },
};

static const char *const heat_artifacts[][2] = {
	{ "gray.png", "the map in gray" },
	{ "heatmap.png", "the map in the colors of the color map" },
	{ "overlay.png", "the heat map over the picture" },
	{ "attribution.npy", "the map itself: float32, (C,H,W), unscaled" },
	{ NULL, NULL },
};

static const char *const like_artifacts[][2] = {
	{ "gray.png", "the map in gray" },
	{ "color.png", "for a base with signed gradients: the signed map" },
	{ "positive.png", "the same: the positive part" },
	{ "negative.png", "the same: the negative part" },
	{ "heatmap.png", "for other bases: the map in the colors of the color map" },
	{ "overlay.png", "the same: the heat map over the picture" },
	{ "attribution.npy", "the map itself: float32, (C,H,W), unscaled" },
	{ NULL, NULL },
};

/* The artifacts that the host draws from maps: name and summary, up to NULL */
static const char *const (*map_artifacts(const cnnviz_technique *technique))[2]
{
	return technique->map_style == CNNVIZ_MAP_GRADIENT            ? gradient_artifacts
			: technique->map_style == CNNVIZ_MAP_LIKE_JOB ? like_artifacts
								      : heat_artifacts;
}

static const char *artifact_type(uint32_t type)
{
	static const char *const names[] = {
		[CNNVIZ_ARTIFACT_IMAGE] = "image",
		[CNNVIZ_ARTIFACT_ARRAY] = "array",
		[CNNVIZ_ARTIFACT_FIGURE] = "figure",
		[CNNVIZ_ARTIFACT_ANIMATION] = "animation",
		[CNNVIZ_ARTIFACT_CURVE] = "curve",
		[CNNVIZ_ARTIFACT_LABELS] = "labels",
	};

	return names[type];
}

/* ---- describe: a sample section ------------------------------------------------------ */

/* A technique whose maps a job can use: vanilla_bp, or else any */
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
		return memory_text("last_conv");
	case CNNVIZ_PARAMETER_CLASS:
	case CNNVIZ_PARAMETER_CHANNEL:
		return memory_text("0");
	case CNNVIZ_PARAMETER_JOB:
		return memory_text(sample_technique(registry, subject->name));
	case CNNVIZ_PARAMETER_COLOR:
		return memory_text("#ff0000");
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

/* Write the sections of the jobs that a sample refers to */
static void write_needed_sections(FILE *stream, const struct subject *subject,
		const struct registry *registry)
{
	for (size_t i = 0; i < subject->count; i++) {
		const cnnviz_parameter *parameter = &subject->parameters[i];
		bool repeated = false;
		if (parameter->type != CNNVIZ_PARAMETER_JOB || is_hint(parameter)) {
			continue;
		}
		char *value = sample_value(subject, parameter, registry);
		for (size_t k = 0; !repeated && k < i; k++) {
			if (subject->parameters[k].type == CNNVIZ_PARAMETER_JOB
					&& !is_hint(&subject->parameters[k])) {
				char *earlier = sample_value(subject,
						&subject->parameters[k], registry);
				repeated = strcmp(earlier, value) == 0;
				free(earlier);
			}
		}
		if (!repeated) {
			fprintf(stream, "[%s]\n\n", value);
		}
		free(value);
	}
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
static char *sample_section(const struct subject *subject,
		const struct registry *registry)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	if (stream == NULL) {
		return memory_text("");
	}
	write_needed_sections(stream, subject, registry);
	fprintf(stream, "[%s]\n", subject->name);
	for (size_t i = 0; i < subject->count; i++) {
		write_sample_line(stream, subject, &subject->parameters[i], registry);
	}
	for (size_t i = 0; i < subject->common_count; i++) {
		write_sample_line(stream, subject, &subject->common[i], registry);
	}
	return fclose(stream) == 0 ? text : memory_text("");
}

/* ---- describe: as text ------------------------------------------------------------------ */

static bool has_range(const cnnviz_parameter *parameter)
{
	return (parameter->type == CNNVIZ_PARAMETER_INT
			       || parameter->type == CNNVIZ_PARAMETER_FLOAT)
			&& (parameter->minimum < 0 || parameter->minimum > 0
					|| parameter->maximum < 0
					|| parameter->maximum > 0);
}

static void print_parameter(const cnnviz_parameter *parameter)
{
	bool list = (parameter->flags & CNNVIZ_PARAMETER_LIST) != 0;

	printf("  %s: %s%s", parameter->name, list ? "list of " : "",
			parameter_type_name(parameter->type));
	for (size_t i = 0; parameter->choices != NULL && parameter->choices[i] != NULL;
			i++) {
		printf("%s%s", i == 0 ? ", one of " : " | ", parameter->choices[i]);
	}
	if (has_range(parameter)) {
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
		const char *const(*rows)[2] = map_artifacts(technique);
		for (; (*rows)[0] != NULL; rows++) {
			table_add(&table, "  %s", (*rows)[0]);
			table_add(&table, "%s", (*rows)[1]);
		}
	}
	for (size_t i = 0; i < technique->artifact_count; i++) {
		table_add(&table, "  %s (%s)", plugin->artifacts[i].name,
				artifact_type(plugin->artifacts[i].type));
		table_add(&table, "%s", plugin->artifacts[i].summary);
	}
	printf("\nArtifacts\n");
	table_print(&table);
}

static void print_subject(const struct subject *subject, const char *sample)
{
	const struct plugin *plugin = subject->plugin;

	if (plugin == NULL) {
		printf("[%s]: %s\n", subject->name, subject->summary);
		print_parameters("Keys", subject->parameters, subject->count);
		printf("\nSample\n\n%s", sample);
		return;
	}
	printf("%s %s: %s\n", subject->name, plugin->technique.version, subject->summary);
	if (plugin->technique.description != NULL) {
		putchar('\n');
		print_wrapped(plugin->technique.description, 0);
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

/* ---- describe: as JSON -------------------------------------------------------------------- */

static json_t *parameter_json(const cnnviz_parameter *parameter, bool common)
{
	json_t *json = json_object();
	json_t *choices = json_array();
	bool range = has_range(parameter);

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
		const char *const(*rows)[2] = map_artifacts(technique);
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
						artifact_type(artifact->type),
						artifact->summary));
	}
	return array;
}

static json_t *subject_json(const struct subject *subject, const char *sample)
{
	const struct plugin *plugin = subject->plugin;
	json_t *json = plugin != NULL ? technique_json(plugin) : json_object();
	json_t *parameters = json_array();

	for (size_t i = 0; i < subject->count; i++) {
		json_array_append_new(parameters,
				parameter_json(&subject->parameters[i], false));
	}
	for (size_t i = 0; i < subject->common_count; i++) {
		json_array_append_new(parameters,
				parameter_json(&subject->common[i], true));
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

/* ---- describe: the command ------------------------------------------------------------------ */

#define SECTION_COUNT (sizeof(plan_sections) / sizeof(*plan_sections))

static const char *subject_candidate(const void *context, size_t i)
{
	const struct registry *registry = context;

	if (i < SECTION_COUNT) {
		return plan_sections[i].name;
	}
	i -= SECTION_COUNT;
	return i < registry->count ? registry->plugins[i].technique.name : NULL;
}

static void report_unknown_subject(const struct registry *registry, const char *name)
{
	const struct refused_plugin *refused = registry_find_refused(registry, name);
	const char *nearest = text_nearest(name, subject_candidate, registry);

	if (refused != NULL) {
		log_write(LOG_LEVEL_ERROR, "the plugin was refused: %s", refused->reason);
	} else if (registry_missing_reason(name) != NULL) {
		log_write(LOG_LEVEL_ERROR, "%s", registry_missing_reason(name));
	} else if (nearest != NULL) {
		log_write(LOG_LEVEL_ERROR,
				"there is no technique \"%s\"; did you mean \"%s\"?",
				name, nearest);
	} else {
		log_write(LOG_LEVEL_ERROR,
				"there is no technique \"%s\"; `cnnviz techniques` lists "
				"them",
				name);
	}
}

static bool find_subject(const struct registry *registry, const char *name,
		struct subject *subject)
{
	const struct plugin *plugin = registry_find(registry, name);

	*subject = (struct subject){ .name = name };
	for (size_t i = 0; i < SECTION_COUNT; i++) {
		if (strcmp(plan_sections[i].name, name) == 0) {
			subject->summary = plan_sections[i].summary;
			subject->parameters = plan_sections[i].parameters;
			subject->count = plan_sections[i].count;
			return true;
		}
	}
	if (plugin == NULL) {
		report_unknown_subject(registry, name);
		return false;
	}
	subject->plugin = plugin;
	subject->summary = plugin->technique.summary;
	subject->parameters = plugin->parameters;
	subject->count = plugin->technique.parameter_count;
	if (plugin->technique.kind == CNNVIZ_KIND_ATTRIBUTION) {
		subject->common = attribution_parameters;
		subject->common_count = attribution_parameter_count;
	}
	return true;
}

static void describe_one(const struct subject *subject, const struct registry *registry,
		bool json)
{
	char *sample = sample_section(subject, registry);

	if (json) {
		json_print(subject_json(subject, sample));
	} else {
		print_subject(subject, sample);
	}
	free(sample);
}

static void describe_all(const struct registry *registry)
{
	const char *name;

	for (size_t i = 0; (name = subject_candidate(registry, i)) != NULL; i++) {
		struct subject subject;

		if (find_subject(registry, name, &subject)) {
			fputs(i > 0 ? "\n" : "", stdout);
			describe_one(&subject, registry, false);
		}
	}
}

/* Print all sections and their parameters, for editors of INI files */
static void describe_all_json(const struct registry *registry)
{
	json_t *json = json_object();
	json_t *sections = json_array();
	json_t *techniques = json_array();
	json_t *of_jobs = json_array();
	const char *name;

	for (size_t i = 0; (name = subject_candidate(registry, i)) != NULL; i++) {
		struct subject subject;

		if (find_subject(registry, name, &subject)) {
			char *sample = sample_section(&subject, registry);
			json_array_append_new(subject.plugin != NULL ? techniques
								     : sections,
					subject_json(&subject, sample));
			free(sample);
		}
	}
	json_array_append_new(of_jobs, parameter_json(&technique_parameter, true));
	json_object_set_new(json, "sections", sections);
	json_object_set_new(json, "techniques", techniques);
	json_object_set_new(json, "job_parameters", of_jobs);
	json_print(json);
}

int command_describe(const struct cli_request *request)
{
	struct paths *paths = paths_find();
	struct registry *registry = registry_load(paths->plugin_folders);
	const char *name = request->arguments[0];
	struct subject subject;
	bool found = name == NULL || find_subject(registry, name, &subject);

	if (name == NULL && request->json) {
		describe_all_json(registry);
	} else if (name == NULL) {
		describe_all(registry);
	} else if (found) {
		describe_one(&subject, registry, request->json);
	}
	registry_free(registry);
	paths_free(paths);
	return found ? CLI_EXIT_DONE : CLI_EXIT_INPUT;
}

/* ---- models ------------------------------------------------------------------------------------ */

/* Number of trained parameters of a node: weights and biases, not running statistics */
static int64_t node_parameters(const struct graph *graph, size_t node)
{
	int64_t sum = 0;

	for (int role = GRAPH_WEIGHT; role <= GRAPH_BIAS; role++) {
		int64_t shape[4];
		uint32_t rank = graph_weight_shape(graph, (int32_t)node,
				(enum graph_weight)role, shape);
		int64_t product = rank > 0 ? 1 : 0;
		for (uint32_t i = 0; i < rank; i++) {
			product *= shape[i];
		}
		sum += product;
	}
	return sum;
}

static int64_t graph_parameters(const struct graph *graph)
{
	int64_t sum = 0;

	for (size_t i = 1; i < graph->node_count; i++) {
		sum += node_parameters(graph, i);
	}
	return sum;
}

static void add_model(const struct model_entry *entry, const struct graph *graph,
		struct table *table, json_t *array)
{
	json_t *json = json_object();
	int64_t parameters = graph_parameters(graph);

	table_add(table, "%s", entry->name);
	table_add(table, "%" PRId64 "x%" PRId64, graph->input_size[0],
			graph->input_size[1]);
	table_add(table, "%" PRId64, parameters);
	table_add(table, "%zu", graph->node_count - 1);
	table_add(table, "%s", entry->path);
	json_object_set_new(json, "name", json_text(entry->name));
	json_object_set_new(json, "path", json_text(entry->path));
	json_object_set_new(json, "input_size",
			json_pack("[I, I]", (json_int_t)graph->input_size[0],
					(json_int_t)graph->input_size[1]));
	json_object_set_new(json, "parameters", json_integer(parameters));
	json_object_set_new(json, "layers",
			json_integer((json_int_t)graph->node_count - 1));
	json_array_append_new(array, json);
}

/* Warn of an invalid description in one line; `layers` shows all problems. */
static void warn_about_model(const struct model_entry *entry,
		const struct problems *problems)
{
	char *sentence = problems->count > 0 ? problem_sentence(&problems->items[0])
					     : NULL;

	log_write(LOG_LEVEL_WARNING, "skipped the network %s: %s%s", entry->name,
			sentence != NULL ? sentence : entry->path,
			problems->count > 1 ? " (and more; `cnnviz layers` shows all "
					      "problems)"
					    : "");
	free(sentence);
}

int command_models(const struct cli_request *request)
{
	struct paths *paths = paths_find();
	const struct model_paths folders = { .folders = paths->model_folders };
	size_t count = 0;
	struct model_entry *entries = model_list(&folders, &count);
	json_t *array = json_array();
	struct table table;

	table_start(&table, 5, RIGHT_MODELS);
	table_add(&table, "NAME");
	table_add(&table, "INPUT");
	table_add(&table, "PARAMETERS");
	table_add(&table, "LAYERS");
	table_add(&table, "PATH");
	for (size_t i = 0; i < count; i++) {
		struct problems problems = { 0 };
		struct graph *graph = graph_import(entries[i].path, &problems);
		if (graph != NULL) {
			add_model(&entries[i], graph, &table, array);
		} else {
			warn_about_model(&entries[i], &problems);
		}
		graph_free(graph);
		problems_free(&problems);
	}
	if (request->json) {
		table_free(&table);
		json_print(array);
	} else {
		table_print(&table);
		json_decref(array);
	}
	model_list_free(entries, count);
	paths_free(paths);
	return CLI_EXIT_DONE;
}

/* ---- layers -------------------------------------------------------------------------------------- */

static void print_layers(const struct graph *graph, const struct graph_shape *shapes)
{
	struct table table;

	table_start(&table, 4, RIGHT_LAYERS);
	table_add(&table, "NAME");
	table_add(&table, "OPERATION");
	table_add(&table, "OUTPUT");
	table_add(&table, "PARAMETERS");
	for (size_t i = 0; i < graph->node_count; i++) {
		const struct graph_shape *shape = &shapes[i];
		int64_t parameters = i > 0 ? node_parameters(graph, i) : 0;
		table_add(&table, "%s", graph->nodes[i].name);
		table_add(&table, "%s", graph->nodes[i].op->name);
		if (shape->rank == 3) {
			table_add(&table, "%" PRId64 "x%" PRId64 "x%" PRId64,
					shape->extent[0], shape->extent[1],
					shape->extent[2]);
		} else {
			table_add(&table, "%" PRId64, shape->extent[0]);
		}
		if (parameters > 0) {
			table_add(&table, "%" PRId64, parameters);
		} else {
			table_add(&table, "%s", "");
		}
	}
	table_print(&table);
	printf("\n%zu layers, %" PRId64 " parameters\n", graph->node_count - 1,
			graph_parameters(graph));
}

static json_t *layer_json(const struct graph *graph, size_t node,
		const struct graph_shape *shape)
{
	json_t *json = json_object();
	json_t *extents = json_array();

	for (uint32_t i = 0; i < shape->rank; i++) {
		json_array_append_new(extents, json_integer(shape->extent[i]));
	}
	json_object_set_new(json, "name", json_text(graph->nodes[node].name));
	json_object_set_new(json, "operation", json_text(graph->nodes[node].op->name));
	json_object_set_new(json, "shape", extents);
	json_object_set_new(json, "parameters",
			json_integer(node > 0 ? node_parameters(graph, node) : 0));
	return json;
}

static void print_layers_json(const struct graph *graph, const struct graph_shape *shapes,
		const int64_t size[2])
{
	json_t *json = json_object();
	json_t *layers = json_array();

	for (size_t i = 0; i < graph->node_count; i++) {
		json_array_append_new(layers, layer_json(graph, i, &shapes[i]));
	}
	json_object_set_new(json, "model", json_text(graph->name));
	json_object_set_new(json, "input_size",
			json_pack("[I, I]", (json_int_t)size[0], (json_int_t)size[1]));
	json_object_set_new(json, "parameters", json_integer(graph_parameters(graph)));
	json_object_set_new(json, "layers", layers);
	json_print(json);
}

struct model_names {
	const struct model_entry *entries;
	size_t count;
};

static const char *model_candidate(const void *context, size_t i)
{
	const struct model_names *names = context;

	return i < names->count ? names->entries[i].name : NULL;
}

static void report_unknown_model(const struct model_paths *folders, const char *name)
{
	size_t count = 0;
	struct model_entry *entries = model_list(folders, &count);
	const struct model_names names = { entries, count };
	const char *nearest = text_nearest(name, model_candidate, &names);

	log_write(LOG_LEVEL_ERROR, "there is no network \"%s\"%s%s%s", name,
			nearest != NULL ? "; did you mean \""
					: "; `cnnviz models` lists them",
			nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
	model_list_free(entries, count);
}

/* Read a network's description by name or path; NULL after an error, which is reported */
static struct graph *open_graph(const char *name)
{
	struct paths *paths = paths_find();
	const struct model_paths folders = { .folders = paths->model_folders };
	struct problems problems = { 0 };
	struct graph *graph = NULL;
	char *path = model_find(&folders, NULL, name);

	if (path != NULL) {
		graph = graph_import(path, &problems);
		problems_print(&problems);
	} else {
		report_unknown_model(&folders, name);
	}
	free(path);
	problems_free(&problems);
	paths_free(paths);
	return graph;
}

int command_layers(const struct cli_request *request)
{
	struct graph *graph = NULL;
	struct graph_shape *shapes = NULL;
	int64_t size[2] = { 0, 0 };
	int status = CLI_EXIT_INPUT;
	struct error error;

	if (request->size != NULL && !plan_parse_size(request->size, size)) {
		log_write(LOG_LEVEL_ERROR,
				"--size %s is not valid; write HxW, as in 224x224",
				request->size);
		goto done;
	}
	graph = open_graph(request->arguments[0]);
	if (graph == NULL) {
		goto done;
	}
	if (request->size == NULL) {
		memcpy(size, graph->input_size, sizeof(size));
	}
	shapes = memory_new(graph->node_count, sizeof(*shapes));
	if (graph_infer(graph, size[0], size[1], shapes, &error) != CNNVIZ_OK) {
		log_write(LOG_LEVEL_ERROR, "%s", error.text);
		goto done;
	}
	if (request->json) {
		print_layers_json(graph, shapes, size);
	} else {
		print_layers(graph, shapes);
	}
	status = CLI_EXIT_DONE;
done:
	free(shapes);
	graph_free(graph);
	return status;
}
