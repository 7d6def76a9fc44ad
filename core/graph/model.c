/**
 * \file    graph/model.c
 * \brief   Loads networks, ready to run
 */
#include "graph/model.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "config/value.h"
#include "graph/bind.h"
#include "graph/importers.h"
#include "graph/model_parts.h"
#include "graph/neuron.h"
#include "graph/normalize.h"
#include "graph/operation.h"
#include "weights/open.h"

void loader_problem(struct loader *loader, const char *key, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	problems_vadd(loader->problems, NULL, 0, "model", key, format, arguments);
	va_end(arguments);
}

/* ---- The architecture ---------------------------------------------------------- */

static const char *entry_name(const void *context, size_t i)
{
	return ((const struct model_entry *)context)[i].name;
}

static void architecture_missing(struct loader *loader, const char *name)
{
	size_t count;
	struct model_entry *entries = model_list(loader->paths, &count);
	const char *nearest = text_nearest(name, entry_name, entries);
	char *path = path_join(loader->folder, name);

	if (path_is_file(path) || path_is_folder(path)) {
		graph_refuse(path, loader->problems);
	} else if (strchr(name, '/') != NULL || importer_is_file_name(name)) {
		loader_problem(loader, "architecture", "there is no file %s", path);
	} else {
		loader_problem(loader, "architecture",
				"there is no network \"%s\"%s%s%s; \"cnnviz models\" "
				"lists them; give your own by the path of its INI file",
				name, nearest != NULL ? "; did you mean \"" : "",
				nearest != NULL ? nearest : "",
				nearest != NULL ? "\"?" : "");
	}
	free(path);
	model_list_free(entries, count);
}

static bool load_architecture(struct loader *loader, const char *name)
{
	char *path = model_find(loader->paths, loader->folder, name);

	if (path == NULL) {
		architecture_missing(loader, name);
		return false;
	}
	loader->model->graph = graph_import(path, &loader->request->import,
			&loader->model->weights, loader->problems);
	free(path);
	return loader->model->graph != NULL;
}

/* ---- Weights -------------------------------------------- */

/** Whether the text is "random" or "random:SEED" */
static bool is_random(const char *text, bool *valid, uint64_t *seed)
{
	int64_t value = 0;

	if (text == NULL || strncmp(text, "random", 6) != 0
			|| (text[6] != '\0' && text[6] != ':')) {
		return false;
	}
	*valid = text[6] == '\0' || (value_int(text + 7, &value) && value >= 0);
	*seed = (uint64_t)value;
	return true;
}

/**
 * Hexadecimal digits that torch hub puts at the end of file names: after the last
 * '-' and before the extension, 8 or more.
 */
static char *hub_hash(const char *path)
{
	char *stem = path_stem(path);
	const char *dash = strrchr(stem, '-');
	char *hash = NULL;

	if (dash != NULL) {
		size_t length = strspn(dash + 1, "0123456789abcdef");

		if (length >= 8 && length <= 64 && dash[1 + length] == '\0') {
			hash = memory_text(dash + 1);
		}
	}
	free(stem);
	return hash;
}

static void verify_hash(struct loader *loader)
{
	struct model *model = loader->model;
	char *hash = hub_hash(model->weights_path);

	if (hash == NULL) {
		loader_problem(loader, "verify",
				"%s cannot be verified: its name has no hash (as in "
				"alexnet-owt-7be5be79.pth)",
				model->weights_path);
		return;
	}
	model_digest(model);
	if (strncmp(model->digest, hash, strlen(hash)) != 0) {
		loader_problem(loader, "weights",
				"%s does not match the hash in its name: its SHA-256 "
				"starts with %.*s instead of %s; download it again",
				model->weights_path, (int)strlen(hash), model->digest,
				hash);
	}
	free(hash);
}

static bool make_random(struct loader *loader, const char *text, bool valid,
		uint64_t seed)
{
	struct model *model = loader->model;

	if (!valid) {
		loader_problem(loader, "weights",
				"\"%s\" is not random or random:SEED with a whole number "
				"from 0 up",
				text);
		return false;
	}
	model->weights_path = memory_format("random:%" PRIu64, seed);
	model->weights = weights_random(model->graph, seed);
	if (model->weights == NULL) {
		loader_problem(loader, "weights",
				"not enough memory for the weights of %s",
				model->graph->name);
		return false;
	}
	return true;
}

static bool open_weights(struct loader *loader, const char *text)
{
	struct model *model = loader->model;
	struct error error;

	model->weights_path = loader_find_weights(loader, text);
	if (model->weights_path == NULL) {
		return false;
	}
	if (weights_open(model->weights_path, &model->weights, &error) != CNNVIZ_OK) {
		loader_problem(loader, "weights", "%s", error.text);
		return false;
	}
	if (loader->request->verify) {
		verify_hash(loader);
	}
	return true;
}

/** Whether the weights that came with the network are to be used */
static bool use_own(struct loader *loader, const char *text)
{
	struct model *model = loader->model;
	bool own = model->weights != NULL
			&& (text == NULL || strcmp(text, "embedded") == 0);

	if (own) {
		model->weights_path = memory_text(model->graph->source);
	} else {
		weights_free(model->weights);
		model->weights = NULL;
	}
	return own;
}

static void load_weights(struct loader *loader)
{
	struct model *model = loader->model;
	const char *text = loader->request->weights;
	bool valid;
	uint64_t seed;
	bool there = use_own(loader, text)
			|| (is_random(text, &valid, &seed) ? make_random(loader, text,
					    valid, seed)
							   : open_weights(loader, text));

	if (there) {
		const struct bind_request bind = {
			.path = model->weights_path,
			.key = loader->request->weights_key,
			.allow_nonfinite = loader->request->allow_nonfinite,
		};

		graph_bind(model->graph, model->weights, &bind, loader->problems);
	}
}

void model_digest(struct model *model)
{
	const struct mapping *mapping = model->weights == NULL ? NULL
							       : model->weights->mapping;

	if (model->digest[0] == '\0' && mapping != NULL) {
		mapping_digest(mapping, model->digest);
	}
}

/* ---- The model ----------------------------------------------------------------- */

/** Use the request's order of channels and value of white. */
static void set_pixels(struct loader *loader)
{
	const struct model_request *request = loader->request;
	struct normalization *normalization = &loader->model->graph->normalization;
	struct error error;

	if (request->scale > 0) {
		normalization->scale = (float)request->scale;
	}
	if (request->channels != NULL
			&& normalize_read_channels(request->channels, normalization,
					   &error)
					!= CNNVIZ_OK) {
		loader_problem(loader, "channels", "%s: %s", loader->model->graph->name,
				error.text);
	}
}

/** Warn when nothing has said how pixels become numbers. */
static void warn_of_pixels(const struct loader *loader)
{
	if (loader->model->graph->pixels_unknown) {
		log_write(LOG_LEVEL_WARNING,
				"%s does not say how pixels become numbers: they are 0 "
				"to 1; "
				"most networks want mean = 0.485 0.456 0.406 and std = "
				"0.229 "
				"0.224 0.225 in [model], or mean = 0.5 and std = 0.5",
				loader->model->graph->source);
	}
}

/** Use mean and std of the request, and log the normalization. */
static void set_normalization(struct loader *loader)
{
	const struct model_request *request = loader->request;
	struct normalization *normalization = &loader->model->graph->normalization;
	bool numbers = request->mean != NULL || request->std != NULL
			|| request->scale > 0;
	bool given = numbers || request->channels != NULL;
	struct error error;
	char *text;

	set_pixels(loader);
	if (numbers) {
		loader->model->graph->pixels_unknown = false;
	}
	if (request->mean != NULL
			&& normalize_read(request->mean, normalization->channels, false,
					   normalization->mean, &error)
					!= CNNVIZ_OK) {
		loader_problem(loader, "mean", "%s", error.text);
	}
	if (request->std != NULL
			&& normalize_read(request->std, normalization->channels, true,
					   normalization->std, &error)
					!= CNNVIZ_OK) {
		loader_problem(loader, "std", "%s", error.text);
	}
	text = normalize_text(normalization);
	log_write(given ? LOG_LEVEL_INFO : LOG_LEVEL_DETAIL,
			"pictures are normalized as in %s: %s",
			given ? "[model]" : loader->model->graph->source, text);
	free(text);
}

/** Whether the network's output is the sigmoid of its logits */
static bool ends_in_sigmoid(const struct graph *graph)
{
	int32_t node = (int32_t)graph->node_count - 1;

	while (node > graph->logits && graph->nodes[node].input_count == 1) {
		if (strcmp(graph->nodes[node].op->name, "sigmoid") == 0) {
			return true;
		}
		node = graph->nodes[node].inputs[0];
	}
	return false;
}

/** Choose how logits become probabilities: as asked, as described, or by the network. */
static void set_activation(struct loader *loader)
{
	struct graph *graph = loader->model->graph;
	int64_t classes = loader->model->class_count;

	if (loader->request->activation != ACTIVATION_DEFAULT) {
		graph->activation = loader->request->activation;
	}
	if (graph->activation == ACTIVATION_DEFAULT) {
		graph->activation = ends_in_sigmoid(graph) ? ACTIVATION_SIGMOID
							   : logits_activation(classes);
	} else if (graph->activation == ACTIVATION_SOFTMAX && classes == 1) {
		loader_problem(loader, "activation",
				"%s has one logit, whose softmax is always 1; write "
				"activation = sigmoid",
				graph->name);
	}
}

static int64_t count_classes(const struct graph *graph)
{
	return graph->nodes[graph->logits].shape.extent[0];
}

struct model *model_load(const struct model_paths *paths, const char *folder,
		const struct model_request *request, struct problems *problems)
{
	size_t before = problems->count;
	struct model *model = memory_new(1, sizeof(*model));
	struct loader loader = { paths, folder, request, problems, model };

	if (load_architecture(&loader, request->architecture)) {
		int64_t described = count_classes(model->graph);

		set_normalization(&loader);
		warn_of_pixels(&loader);
		load_weights(&loader);
		model->class_count = count_classes(model->graph);
		set_activation(&loader);
		if (request->labels != NULL || model->class_count == described) {
			loader_read_labels(&loader);
		} else {
			log_write(LOG_LEVEL_INFO,
					"%s has %" PRId64 " classes, %s %" PRId64
					": they are numbers, unless labels = FILE in "
					"[model] names them",
					model->weights_path, model->class_count,
					model->graph->name, described);
		}
	}
	if (problems->count != before) {
		model_free(model);
		return NULL;
	}
	model_name_classes(model);
	return model;
}

void model_free(struct model *model)
{
	if (model == NULL) {
		return;
	}
	names_free(model->labels);
	names_free(model->synonyms);
	names_free(model->numbers);
	names_free(model->negations);
	neurons_free(&model->neurons);
	free(model->weights_path);
	graph_free(model->graph);
	weights_free(model->weights);
	free(model);
}
