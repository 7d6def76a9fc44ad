/**
 * \file    cli/import.c
 * \brief   The command import: a description to go on from, of an ONNX or .pt2 file
 */
#include "cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/memory.h"
#include "graph/importers.h"
#include "graph/logits.h"
#include "graph/normalize.h"
#include "graph/write_ini.h"
#include "image/array.h"
#include "plan/read.h"
#include "run/classify.h"

/* How many names of classes show that they are the right ones */
#define NAMES_SHOWN 3

/** One of the usual ways to make numbers of pixels */
struct recipe {
	const char *name;
	const char *keys[4]; /* overrides, NULL-terminated */
	bool color;          /* for three channels only */
};

static const struct recipe recipes[] = {
	{ "scale = 1, mean = 0, std = 1",
			{ "model.scale=1", "model.mean=0", "model.std=1" }, false },
	{ "scale = 1, mean = 0.485 0.456 0.406, std = 0.229 0.224 0.225",
			{ "model.scale=1", "model.mean=0.485 0.456 0.406",
					"model.std=0.229 0.224 0.225" },
			true },
	{ "scale = 1, mean = 0.5, std = 0.5",
			{ "model.scale=1", "model.mean=0.5", "model.std=0.5" }, false },
	{ "scale = 255, mean = 0, std = 1",
			{ "model.scale=255", "model.mean=0", "model.std=1" }, false },
};

#define RECIPE_COUNT (sizeof(recipes) / sizeof(*recipes))

/* ---- The picture under the recipes --------------------------------------------- */

/* A line with the best class, malloc'ed; NULL after an error, which is reported */
static char *classify_text(struct plan *plan)
{
	struct classified *results = NULL;
	struct error error;
	char *text = NULL;

	if (run_classify(plan, 1, &results, &error) != CNNVIZ_OK) {
		log_write(LOG_LEVEL_ERROR, "%s", error.text);
		return NULL;
	}
	if (results[0].failure != NULL) {
		log_write(LOG_LEVEL_ERROR, "%s", results[0].failure);
	} else {
		const struct classification *best = &results[0].classes[0];

		text = memory_format("%.4f  %s%" PRId64 "  %s", best->probability,
				CNNVIZ_IS_NOT(best->index) ? "not " : "",
				CNNVIZ_CLASS_OF(best->index),
				model_class_name(plan->model, best->index));
	}
	classified_free(results, plan->picture_count);
	return text;
}

/* The user's overrides and then the recipe's, which so come first; malloc'ed */
static const char **join_overrides(const char *const *ours, const char *const *recipe)
{
	const char **all;
	size_t count = 0, more = 0;

	while (ours != NULL && ours[count] != NULL) {
		count++;
	}
	while (recipe[more] != NULL) {
		more++;
	}
	all = memory_new(count + more + 1, sizeof(*all));
	for (size_t i = 0; i < count + more; i++) {
		all[i] = i < count ? ours[i] : recipe[i - count];
	}
	return all;
}

/* The recipe is in the text, so that the plan need not tell of it as well. */
static char *try_recipe(const struct cli_request *request, const char *path,
		const struct recipe *recipe)
{
	enum log_level level = log_get_level();
	char *picture = memory_text(request->picture);
	char *pictures[] = { picture, NULL };
	const char **overrides = join_overrides(request->overrides, recipe->keys);
	const struct plan_request plan_request = {
		.architecture = path,
		.overrides = overrides,
		.pictures = pictures,
		.picture_count = 1,
	};
	struct problems problems = { 0 };

	log_set_level(LOG_LEVEL_WARNING);
	struct plan *plan = plan_classify(&plan_request, &problems);
	char *text = NULL;

	log_set_level(level);
	problems_print(&problems);
	if (plan != NULL) {
		text = classify_text(plan);
	}
	plan_free(plan);
	problems_free(&problems);
	free(overrides);
	free(picture);
	return text;
}

/* Comments with the best class under each recipe; false after an error */
static bool write_recipes(const struct cli_request *request, const char *path,
		const struct graph *graph, FILE *out)
{
	if (image_is_array(request->picture)) {
		log_write(LOG_LEVEL_ERROR,
				"-i: %s is an array, which is the input however pixels "
				"become numbers; give a picture",
				request->picture);
		return false;
	}
	interrupt_install();
	fprintf(out,
			"\n# The best class of a picture, its probability first, under "
			"the "
			"usual ways to make\n"
			"# numbers of pixels. Take the one that fits:\n");
	for (size_t i = 0; i < RECIPE_COUNT; i++) {
		if (recipes[i].color && graph->normalization.channels != 3) {
			continue;
		}
		char *text = try_recipe(request, path, &recipes[i]);

		if (text == NULL) {
			return false;
		}
		fprintf(out, "#   %s\n#       %s\n", recipes[i].name, text);
		free(text);
	}
	return true;
}

/* ---- The description ----------------------------------------------------------- */

static void write_numbers(FILE *out, const char *key, const float *values, int count)
{
	fprintf(out, "%s =", key);
	for (int i = 0; i < count; i++) {
		fprintf(out, " %.9g", (double)values[i]);
	}
	fprintf(out, "\n");
}

static void write_pixels(const struct graph *graph, FILE *out)
{
	const struct normalization *pixels = &graph->normalization;
	const char *word = normalize_channel_word(pixels);
	bool color = pixels->channels == 3 || pixels->channels == 4;

	fprintf(out, "\n# Height and width\ninput_size = %" PRId64 " %" PRId64 "\n",
			graph->input_size[0], graph->input_size[1]);
	if (word != NULL) {
		fprintf(out, "\n# %s\nchannels = %s\n",
				!color ? "The input has one channel"
						: pixels->bgr
						? "Said by the file, beside it, or with "
						  "-s"
						: "A guess, unless the file says it: "
						  "OpenCV's users often have BGR",
				word);
	} else {
		fprintf(out,
				"\n# No picture has so many: inputs are arrays "
				"(.npy)\nchannels = %d\n",
				pixels->channels);
	}
	fprintf(out, "\n# %s\n",
			graph->pixels_unknown
					? "A guess: nothing says how pixels become "
					  "numbers. A "
					  "white pixel is scale; mean\n# is "
					  "subtracted, and the "
					  "rest divided by std"
					: "Said by the file, beside it, or with -s: a "
					  "white pixel is "
					  "scale; mean is subtracted, and the\n# "
					  "rest divided "
					  "by std");
	write_numbers(out, "scale", &pixels->scale, 1);
	write_numbers(out, "mean", pixels->mean, pixels->channels);
	write_numbers(out, "std", pixels->std, pixels->channels);
}

/* Text of a file in a comment: control characters would end it. */
static void write_name(FILE *out, const char *name)
{
	for (; *name != '\0'; name++) {
		fputc((unsigned char)*name < ' ' ? ' ' : *name, out);
	}
}

static void write_classes(const struct plan *plan, FILE *out)
{
	const struct graph *graph = plan->model->graph;
	const struct ini_entry *labels = ini_find(plan->ini, "model", "labels");
	int64_t classes = graph->nodes[graph->logits].shape.extent[0];
	char **names = plan->model->labels;

	fprintf(out, "\n# The scores of %" PRId64 " class%s are those of the layer ",
			classes, classes == 1 ? "" : "es");
	write_name(out, graph->nodes[graph->logits].name);
	if (labels != NULL) {
		char *path = path_absolute(labels->value);

		fprintf(out, "\nlabels = \"%s\"\n", path);
		free(path);
	} else if (names == NULL) {
		fprintf(out,
				".\n# Nothing names them; labels = FILE does, a line for "
				"each\n");
	} else {
		fprintf(out, ".\n# Named in the file, or beside it: ");
		for (size_t i = 0; i < NAMES_SHOWN && names[i] != NULL; i++) {
			fprintf(out, "%s", i > 0 ? ", " : "");
			write_name(out, names[i]);
		}
		fprintf(out, ", ...\n");
	}
}

static void write_activation(const struct plan *plan, FILE *out)
{
	bool guessed = ini_find(plan->ini, "model", "activation") == NULL;

	fprintf(out,
			"\n# %s, where exactly one class is there, or sigmoid, "
			"where each is there\n# or not\nactivation = %s\n",
			guessed ? "A guess: softmax" : "Softmax",
			activation_names[plan->model->graph->activation
					- ACTIVATION_SOFTMAX]);
}

/* What [model] says of the graph, as the keys of a description that say the same */
static void write_choices(const struct ini *ini, FILE *out)
{
	static const char *const keys[] = { "output", "logits", "task" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const struct ini_entry *entry = ini_find(ini, "model", keys[i]);

		if (entry != NULL) {
			fprintf(out, "%s = \"%s\"\n", keys[i], entry->value);
		}
	}
}

/* What the description is of: another file, or layers that follow */
static void write_subject(const struct cli_request *request, const struct plan *plan,
		const char *name, FILE *out)
{
	const struct graph *graph = plan->model->graph;

	if (!request->layers) {
		fprintf(out,
				"# A network whose layers and weights are in another "
				"file. "
				"Check what is called a\n# guess here; cnnviz-network(5) "
				"explains the keys.\n"
				"[network]\ngraph = \"%s\"\n",
				name);
		write_choices(plan->ini, out);
		return;
	}
	fprintf(out, "# The layers of ");
	write_name(out, name);
	fprintf(out,
			". Its weights are not here. Check what is called a\n# guess; "
			"cnnviz-network(5) explains the keys.\n[network]\n");
	if (graph_boxes(graph) != CNNVIZ_LAYER_NONE) {
		fprintf(out, "task = detect\n");
	} else if ((size_t)graph->logits + 1 != graph->node_count) {
		fprintf(out, "logits = %s\n", graph->nodes[graph->logits].name);
	}
}

/* The layers; false where a name cannot be written, which is reported */
static bool write_layers(const struct graph *graph, FILE *out)
{
	struct error error;

	fputc('\n', out);
	if (graph_write_layers(graph, out, &error) == CNNVIZ_OK) {
		return true;
	}
	log_write(LOG_LEVEL_ERROR, "--layers: %s", error.text);
	return false;
}

static bool same_folder(const char *one, const char *other)
{
	struct stat a, b;

	return stat(one, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev
			&& a.st_ino == b.st_ino;
}

/* The network's file as a description names it: beside it by its name; malloc'ed */
static char *name_network(const char *path, const char *output)
{
	char *folder = path_folder(path);
	char *place = path_folder(output != NULL ? output : "");
	char *name = memory_text(same_folder(folder, place) ? strrchr(path, '/') + 1
							    : path);

	free(place);
	free(folder);
	return name;
}

/* The description, malloc'ed; NULL after an error, which is reported */
static char *describe(const struct cli_request *request, const char *path,
		const struct plan *plan)
{
	const struct graph *graph = plan->model->graph;
	char *name = name_network(path, request->output);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	bool good = true;

	if (out == NULL) {
		log_write(LOG_LEVEL_ERROR, "out of memory");
		free(name);
		return NULL;
	}
	write_subject(request, plan, name, out);
	free(name);
	write_pixels(graph, out);
	write_classes(plan, out);
	write_activation(plan, out);
	if (request->picture != NULL) {
		good = write_recipes(request, path, graph, out);
	}
	if (good && request->layers) {
		good = write_layers(graph, out);
	}
	fclose(out);
	if (!good) {
		free(text);
		return NULL;
	}
	return text;
}

/* ---- The command --------------------------------------------------------------- */

/* The plan of an ONNX file and -s alone; NULL after an error, which is reported */
static struct plan *open_network(const struct cli_request *request, const char *path)
{
	const struct plan_request plan_request = {
		.architecture = path,
		.overrides = request->overrides,
	};
	struct problems problems = { 0 };
	struct plan *plan = NULL;

	if (!path_is_file(path)) {
		log_write(LOG_LEVEL_ERROR, "there is no file %s", path);
	} else if (strpbrk(path, "\"\n") != NULL) {
		log_write(LOG_LEVEL_ERROR, "%s cannot be named in an INI file; rename it",
				path);
	} else if (importer_is_description(path)) {
		log_write(LOG_LEVEL_ERROR,
				"%s is a description already; import takes an ONNX or "
				".pt2 file",
				path);
	} else {
		plan = plan_classify(&plan_request, &problems);
	}
	problems_print(&problems);
	problems_free(&problems);
	return plan;
}

/* Write a text to a new file; returns the exit code. */
static int write_file(const char *path, const char *text)
{
	struct writer *writer = NULL;
	struct error error;

	if (writer_open(path, &writer, &error) == CNNVIZ_OK) {
		fputs(text, writer->stream);
		if (writer_commit(writer, &error) == CNNVIZ_OK) {
			return CLI_EXIT_DONE;
		}
	}
	log_write(LOG_LEVEL_ERROR, "-o: %s", error.text);
	return CLI_EXIT_FAILED;
}

static bool may_write(const char *path)
{
	if (path != NULL && (path_is_file(path) || path_is_folder(path))) {
		log_write(LOG_LEVEL_ERROR,
				"-o: %s is there already; remove it, or give another "
				"name",
				path);
		return false;
	}
	return true;
}

int command_import(const struct cli_request *request)
{
	char *path = path_absolute(request->arguments[0]);
	struct plan *plan = may_write(request->output) ? open_network(request, path)
						       : NULL;
	char *text = plan != NULL ? describe(request, path, plan) : NULL;
	int status = CLI_EXIT_INPUT;

	if (text != NULL && request->output != NULL) {
		status = write_file(request->output, text);
	} else if (text != NULL) {
		fputs(text, stdout);
		status = CLI_EXIT_DONE;
	}
	free(text);
	plan_free(plan);
	free(path);
	return status;
}
