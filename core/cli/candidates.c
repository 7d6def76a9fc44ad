/**
 * \file    cli/candidates.c
 * \brief   Finds candidates in the tables, plugins, networks and the user's INI file
 */
#include "cli/candidates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "cli/families.h"
#include "config/ini.h"
#include "config/parameter.h"
#include "graph/importers.h"
#include "graph/label_file.h"
#include "graph/model.h"
#include "graph/operation.h"
#include "plan/paths.h"
#include "plan/sections.h"
#include "plugin/registry.h"

#define SECTION_COUNT (sizeof(plan_sections) / sizeof(*plan_sections))

/* ---- Lines --------------------------------------------------------------------- */

void candidate_print(const char *prefix, const char *word, const char *end,
		const char *summary)
{
	int length = summary != NULL ? (int)strcspn(summary, "\t\r\n") : 0;

	printf("%s%s%s\t%.*s\n", prefix, word, end, length,
			summary != NULL ? summary : "");
}

/* Offer files with these suffixes, or all files if there are no suffixes */
static void offer_files(const char *prefix, const char *suffixes)
{
	if (prefix[0] != '\0') {
		printf(":prefix\t%s\n", prefix);
	}
	printf(":files%s%s\n", suffixes[0] != '\0' ? "\t" : "", suffixes);
}

static void offer_folders(const char *prefix)
{
	if (prefix[0] != '\0') {
		printf(":prefix\t%s\n", prefix);
	}
	puts(":folders");
}

static void offer_words(const char *prefix, const char *const *words)
{
	for (; *words != NULL; words++) {
		candidate_print(prefix, *words, "", NULL);
	}
}

/* The part of a list before its last item; malloc'ed */
static char *list_prefix(const char *prefix, const char *text)
{
	const char *comma = strrchr(text, ',');

	return memory_format("%s%.*s", prefix,
			comma != NULL ? (int)(comma - text + 1) : 0, text);
}

/* ---- What can be offered ------------------------------------------------------- */

/** The user's INI file, and the plugins and networks that a run would find */
struct scene {
	struct ini *ini; /* NULL: no file is given, or it cannot be read */
	struct paths *paths;
	struct registry *registry;
	const char *architecture; /* or NULL */
	const char *folder;       /* base of a relative path; NULL: current folder */
};

static const char *ini_text(const struct ini *ini, const char *section, const char *key)
{
	const struct ini_entry *entry = ini != NULL ? ini_find(ini, section, key) : NULL;

	return entry != NULL ? entry->value : NULL;
}

static void scene_open(struct scene *scene, const struct typed_word *word)
{
	struct problems problems = { 0 };

	*scene = (struct scene){
		.ini = word->ini != NULL ? ini_read(word->ini, &problems) : NULL,
		.paths = paths_find(),
		.architecture = word->model,
	};
	const char *plugins = ini_text(scene->ini, "run", "plugin_path");
	const char *models = ini_text(scene->ini, "run", "model_path");

	if (plugins != NULL) {
		paths_prepend_plugins(scene->paths, scene->ini->folder, plugins);
	}
	if (models != NULL) {
		paths_prepend_models(scene->paths, scene->ini->folder, models);
	}
	if (scene->architecture == NULL && scene->ini != NULL) {
		scene->architecture = ini_text(scene->ini, "model", "architecture");
		scene->folder = scene->ini->folder;
	}
	scene->registry = registry_load(scene->paths->plugin_folders);
	problems_free(&problems);
}

static void scene_close(struct scene *scene)
{
	registry_free(scene->registry);
	paths_free(scene->paths);
	ini_free(scene->ini);
}

static const struct plan_section *find_plan_section(const char *name)
{
	for (size_t i = 0; i < SECTION_COUNT; i++) {
		if (strcmp(plan_sections[i].name, name) == 0) {
			return &plan_sections[i];
		}
	}
	return NULL;
}

/* The technique of a job's section, or NULL */
static const struct plugin *find_technique(const struct scene *scene, const char *section)
{
	const char *technique = ini_text(scene->ini, section, "technique");

	return registry_find(scene->registry, technique != NULL ? technique : section);
}

/* The i-th parameter of a section, or NULL past the last */
static const cnnviz_parameter *section_parameter(const struct scene *scene,
		const char *section, size_t i)
{
	const struct plan_section *fixed = find_plan_section(section);
	const struct plugin *plugin = find_technique(scene, section);

	if (fixed != NULL) {
		if (i < fixed->count) {
			return &fixed->parameters[i];
		}
		i -= fixed->count;
		return fixed == &plan_sections[PLAN_SECTION_RUN] && i < LIMIT_COUNT
				? &limit_parameters[i]
				: NULL;
	}
	if (i == 0) {
		return &technique_parameter;
	}
	i--;
	if (plugin == NULL) {
		return NULL;
	}
	if (i < plugin->technique.parameter_count) {
		return &plugin->parameters[i];
	}
	i -= plugin->technique.parameter_count;
	return plugin->technique.kind == CNNVIZ_KIND_ATTRIBUTION
					&& i < attribution_parameter_count
			? &attribution_parameters[i]
			: NULL;
}

static void offer_techniques(const struct scene *scene, const char *prefix,
		const char *end)
{
	const struct registry *registry = scene->registry;

	for (size_t i = 0; i < registry->count; i++) {
		const cnnviz_technique *technique = &registry->plugins[i].technique;

		candidate_print(prefix, technique->name, end, technique->summary);
	}
}

/* Offer each family once */
static void offer_families(const struct scene *scene, const char *prefix)
{
	const struct plugin **sorted = families_sort(scene->registry);
	const char *last = "";

	for (size_t i = 0; i < scene->registry->count; i++) {
		const char *name = family_name(&sorted[i]->technique);

		if (strcmp(name, last) != 0) {
			candidate_print(prefix, name, "", NULL);
			last = name;
		}
	}
	free(sorted);
}

static void offer_fixed_sections(const char *prefix, const char *end)
{
	for (size_t i = 0; i < SECTION_COUNT; i++) {
		candidate_print(prefix, plan_sections[i].name, end,
				plan_sections[i].summary);
	}
}

/* Offer the file's jobs; without a file, jobs named like techniques */
static void offer_jobs(const struct scene *scene, const char *prefix, const char *end)
{
	if (scene->ini == NULL) {
		offer_techniques(scene, prefix, end);
		return;
	}
	for (size_t i = 0; i < scene->ini->section_count; i++) {
		const char *name = scene->ini->sections[i].name;
		const struct plugin *plugin = find_technique(scene, name);

		if (find_plan_section(name) == NULL) {
			candidate_print(prefix, name, end,
					plugin != NULL ? plugin->technique.summary
						       : NULL);
		}
	}
}

/* Offer what a job can take maps of: the file's jobs, and techniques without one */
static void offer_bases(const struct scene *scene, const char *prefix)
{
	const struct registry *registry = scene->registry;

	offer_jobs(scene, prefix, "");
	for (size_t i = 0; scene->ini != NULL && i < registry->count; i++) {
		const cnnviz_technique *technique = &registry->plugins[i].technique;

		if (technique->kind == CNNVIZ_KIND_ATTRIBUTION
				&& ini_find_section(scene->ini, technique->name)
						== NULL) {
			candidate_print(prefix, technique->name, "", technique->summary);
		}
	}
}

static void offer_models(const char *prefix, const struct paths *paths)
{
	const struct model_paths folders = { .folders = paths->model_folders };
	size_t count = 0;
	struct model_entry *entries = model_list(&folders, &count);
	const struct network_file *importer;

	for (size_t i = 0; i < count; i++) {
		candidate_print(prefix, entries[i].name, "", NULL);
	}
	model_list_free(entries, count);
	for (size_t i = 0; (importer = importer_at(i)) != NULL; i++) {
		offer_files(prefix, importer->ending);
	}
}

static void offer_weights(const char *prefix)
{
	static const char *const words[] = { "embedded", "random", NULL };

	offer_words(prefix, words);
	offer_files(prefix, ".pth .pt .safetensors");
}

/* The network, or NULL */
static struct graph *scene_graph(const struct scene *scene)
{
	const struct model_paths folders = { .folders = scene->paths->model_folders };
	struct problems problems = { 0 };
	char *path = scene->architecture != NULL
			? model_find(&folders, scene->folder, scene->architecture)
			: NULL;
	struct graph *graph = path != NULL ? graph_import(path, NULL, NULL, &problems)
					   : NULL;

	free(path);
	problems_free(&problems);
	return graph;
}

static void offer_layers(const struct scene *scene, const char *prefix)
{
	struct graph *graph = scene_graph(scene);

	candidate_print(prefix, "last_features", "", "the last feature map");
	for (size_t i = 1; graph != NULL && i < graph->node_count; i++) {
		candidate_print(prefix, graph->nodes[i].name, "",
				graph->nodes[i].op->name);
	}
	graph_free(graph);
}

/* Offer a class by its first name, with underscores, since a shell's words end at spaces. */
static void offer_class(const char *prefix, const char *label)
{
	char *word = memory_text_n(label, strcspn(label, ","));

	for (char *c = word; (c = strchr(c, ' ')) != NULL;) {
		*c = '_';
	}
	candidate_print(prefix, word, "", label);
	free(word);
}

static void offer_classes(const struct scene *scene, const char *prefix)
{
	struct graph *graph = scene_graph(scene);
	const char *own = ini_text(scene->ini, "model", "labels");
	char *path = own != NULL ? path_join(scene->ini->folder, own) : NULL;
	const char *used = path != NULL ? path : graph != NULL ? graph->labels : NULL;
	struct mapping *mapping = NULL;
	char **labels = NULL;
	size_t count = 0;

	if (used != NULL && mapping_open(used, &mapping, NULL) == CNNVIZ_OK) {
		label_file_read(mapping, &labels, &count, NULL);
	}
	for (size_t i = 0; i < count; i++) {
		offer_class(prefix, labels[i]);
		free(labels[i]);
	}
	free(labels);
	mapping_unref(mapping);
	free(path);
	graph_free(graph);
}

/* ---- section.key=value --------------------------------------------------------- */

/* Keys whose values can be listed */
static const struct {
	const char *section;
	const char *key;
	enum word_kind kind;
} known_texts[] = {
	{ "run", "output", WORD_FOLDER },
	{ "run", "plugin_path", WORD_FOLDER },
	{ "run", "model_path", WORD_FOLDER },
	{ "model", "architecture", WORD_MODEL },
	{ "model", "weights", WORD_WEIGHTS },
	{ "input", "images", WORD_PICTURE },
	{ "evaluation", "annotations", WORD_FILE },
};

static enum word_kind kind_of_text(const char *section, const char *key)
{
	for (size_t i = 0; i < sizeof(known_texts) / sizeof(*known_texts); i++) {
		if (strcmp(known_texts[i].section, section) == 0
				&& strcmp(known_texts[i].key, key) == 0) {
			return known_texts[i].kind;
		}
	}
	return WORD_OTHER;
}

static void offer_keys(const struct scene *scene, const struct typed_word *word)
{
	const char *dot = strrchr(word->text, '.');

	offer_fixed_sections(word->prefix, ".");
	offer_jobs(scene, word->prefix, ".");
	if (dot == NULL) {
		return;
	}
	char *section = memory_text_n(word->text, (size_t)(dot - word->text));
	char *prefix = memory_format("%s%s.", word->prefix, section);
	const cnnviz_parameter *parameter;

	for (size_t i = 0; (parameter = section_parameter(scene, section, i)) != NULL;
			i++) {
		candidate_print(prefix, parameter->name, "=", parameter->summary);
	}
	free(prefix);
	free(section);
}

static void offer_parameter_values(const struct scene *scene, const char *prefix,
		const char *section, const cnnviz_parameter *parameter)
{
	static const char *const bools[] = { "yes", "no", NULL };
	const struct typed_word path = { .prefix = prefix, .text = "" };

	switch (parameter->type) {
	case CNNVIZ_PARAMETER_BOOL:
		offer_words(prefix, bools);
		break;
	case CNNVIZ_PARAMETER_ENUM:
		offer_words(prefix, parameter->choices);
		break;
	case CNNVIZ_PARAMETER_JOB:
		offer_bases(scene, prefix);
		break;
	case CNNVIZ_PARAMETER_LAYER:
		offer_layers(scene, prefix);
		break;
	case CNNVIZ_PARAMETER_CLASS:
		offer_classes(scene, prefix);
		break;
	case CNNVIZ_PARAMETER_PATH:
	case CNNVIZ_PARAMETER_PICTURES:
		offer_files(prefix, "");
		break;
	default:
		if (parameter == &technique_parameter) {
			offer_techniques(scene, prefix, "");
		} else {
			candidates_print(kind_of_text(section, parameter->name), &path);
		}
		break;
	}
	if ((parameter->flags & CNNVIZ_PARAMETER_ALL) != 0) {
		candidate_print(prefix, "all", "", NULL);
	}
}

static void offer_values(const struct scene *scene, const struct typed_word *word,
		const char *equals)
{
	char *section = memory_text_n(word->text, (size_t)(equals - word->text));
	char *key = strrchr(section, '.');
	char *prefix = memory_format("%s%.*s", word->prefix,
			(int)(equals - word->text + 1), word->text);
	const cnnviz_parameter *parameter = NULL;

	if (key != NULL) {
		*key++ = '\0';
		for (size_t i = 0;
				(parameter = section_parameter(scene, section, i)) != NULL
				&& strcmp(parameter->name, key) != 0;
				i++) {
		}
	}
	if (parameter != NULL) {
		bool list = (parameter->flags & CNNVIZ_PARAMETER_LIST) != 0
				|| kind_of_text(section, key) == WORD_PICTURE;
		char *settled = list_prefix(prefix, list ? equals + 1 : "");
		offer_parameter_values(scene, settled, section, parameter);
		free(settled);
	}
	free(prefix);
	free(section);
}

/* ---- All kinds ----------------------------------------------------------------- */

static void offer_from_scene(enum word_kind kind, const struct typed_word *word)
{
	const char *equals = strchr(word->text, '=');
	struct scene scene;

	scene_open(&scene, word);
	if (kind == WORD_MODEL) {
		offer_models(word->prefix, scene.paths);
	} else if (kind == WORD_FAMILY) {
		offer_families(&scene, word->prefix);
	} else if (kind == WORD_SUBJECT) {
		offer_fixed_sections(word->prefix, "");
		offer_techniques(&scene, word->prefix, "");
	} else if (kind == WORD_JOBS) {
		char *prefix = list_prefix(word->prefix, word->text);
		offer_jobs(&scene, prefix, "");
		free(prefix);
	} else if (equals != NULL) {
		offer_values(&scene, word, equals);
	} else {
		offer_keys(&scene, word);
	}
	scene_close(&scene);
}

void candidates_print(enum word_kind kind, const struct typed_word *word)
{
	static const char *const shells[] = { "bash", "fish", "zsh", NULL };

	switch (kind) {
	case WORD_ASSIGNMENT:
	case WORD_FAMILY:
	case WORD_JOBS:
	case WORD_MODEL:
	case WORD_SUBJECT:
		offer_from_scene(kind, word);
		break;
	case WORD_COMMAND:
		for (size_t i = 0; commands[i].name != NULL; i++) {
			candidate_print(word->prefix, commands[i].name, "",
					commands[i].summary);
		}
		break;
	case WORD_FILE:
		offer_files(word->prefix, "");
		break;
	case WORD_FOLDER:
		offer_folders(word->prefix);
		break;
	case WORD_INI_FILE:
		offer_files(word->prefix, ".ini");
		break;
	case WORD_MODULE:
		offer_files(word->prefix, ".so .la");
		break;
	case WORD_PICTURE:
		offer_files(word->prefix, ".png .jpg .jpeg .PNG .JPG .JPEG .npy");
		break;
	case WORD_SHELL:
		offer_words(word->prefix, shells);
		break;
	case WORD_WEIGHTS:
		offer_weights(word->prefix);
		break;
	case WORD_OTHER:
		break;
	}
}
