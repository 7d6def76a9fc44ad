/**
 * \file    graph/labels.c
 * \brief   Reads the names of classes, and finds classes by name
 */
#include "graph/model_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "config/value.h"
#include "graph/classes.h"
#include "graph/label_file.h"
#include "graph/neuron.h"

/* ---- Files --------------------------------------------------------------- */

/**
 * Read a file of names, one for each class, or for both sides of a single logit; a
 * problem if it has others
 */
static char **read_names(struct loader *loader, const char *path)
{
	const struct model *model = loader->model;
	bool sides = model->class_count == 1;
	struct mapping *mapping = NULL;
	char **names = NULL;
	size_t count = 0;
	struct error error;

	if (mapping_open(path, &mapping, &error) != CNNVIZ_OK) {
		loader_problem(loader, "labels", "%s", error.text);
		return NULL;
	}
	if (label_file_read(mapping, &names, &count, &error) != CNNVIZ_OK) {
		loader_problem(loader, "labels", "%s: %s", path, error.text);
	} else if ((int64_t)count != model->class_count && !(sides && count == 2)) {
		loader_problem(loader, "labels",
				"%s has %zu names, but %s has %" PRId64 " classes", path,
				count, model->graph->name, model->class_count);
	}
	for (size_t i = 0; i < count; i++) {
		if (names[i][0] == '\0') {
			loader_problem(loader, "labels", "%s has no name for class %zu",
					path, i);
		}
	}
	mapping_unref(mapping);
	return names;
}

/**
 * Of the names of both sides, the first is that of the negative one, as training data
 * count them: 0 without and 1 with what the logit stands for.
 */
static void take_sides(struct model *model)
{
	if (model->class_count == 1 && model->labels[0] != NULL
			&& model->labels[1] != NULL) {
		model->negations = memory_new(2, sizeof(*model->negations));
		model->negations[0] = model->labels[0];
		model->labels[0] = model->labels[1];
		model->labels[1] = NULL;
		model->sides = true;
	}
}

/** Take the names that came with the network, if there is one for each class. */
static void take_own_names(struct model *model)
{
	char **names = model->graph->class_names;
	size_t count = 0;
	size_t empty = 0;

	for (; names[count] != NULL; count++) {
		empty += names[count][0] == '\0';
	}
	if (empty > 0
			|| ((int64_t)count != model->class_count
					&& !(model->class_count == 1 && count == 2))) {
		log_write(LOG_LEVEL_WARNING,
				"%s comes with %zu names for its %" PRId64
				" classes: they are numbers, unless labels = FILE in "
				"[model] names them",
				model->graph->source, count - empty, model->class_count);
		return;
	}
	model->labels = names;
	model->graph->class_names = NULL;
}

/** FILE.synonyms beside a file of labels FILE.labels; malloc'ed */
static char *synonyms_path(const char *labels)
{
	char *folder = path_folder(labels), *stem = path_stem(labels);
	char *path = memory_format("%s/%s.synonyms", folder, stem);

	free(stem);
	free(folder);
	return path;
}

void loader_read_labels(struct loader *loader)
{
	const char *text = loader->request->labels;
	struct model *model = loader->model;
	char *path = text != NULL ? path_join(loader->folder, text) : NULL;
	const char *used = path != NULL ? path : model->graph->labels;
	char *further = used != NULL ? synonyms_path(used) : NULL;

	if (used != NULL) {
		model->labels = read_names(loader, used);
	} else if (model->graph->class_names != NULL) {
		take_own_names(model);
	}
	if (model->labels != NULL) {
		take_sides(model);
	}
	if (model->labels != NULL && !model->sides && further != NULL
			&& path_is_file(further)) {
		model->synonyms = read_names(loader, further);
	}
	free(further);
	free(path);
}

/* ---- Classes ----------------------------------------------------------- */

static cnnviz_status class_missing(const struct model *model, const char *text,
		struct error *error)
{
	const char *nearest;

	if (model->labels == NULL) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"\"%s\" is not a class: %s has no labels, so give a "
				"number from 0 to %" PRId64
				", or labels = FILE in [model]",
				text, model->graph->name, model->class_count - 1);
	}
	nearest = text_nearest(text, text_from_array, model->labels);
	return error_set(error, CNNVIZ_ERROR_INPUT,
			"there is no class \"%s\" among the %" PRId64 " of %s%s%s%s",
			text, model->class_count, model->graph->name,
			nearest != NULL ? "; did you mean \"" : "",
			nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
}

static const char *synonyms_of(const struct model *model, int64_t index)
{
	return model->synonyms != NULL ? model->synonyms[index] : NULL;
}

/** "2 (crane, bird)", or "134 (crane bird: crane)" with synonyms; malloc'ed */
static char *class_text(const struct model *model, int64_t index)
{
	const char *label = model->labels[index];
	const char *further = synonyms_of(model, index);
	bool longer = further != NULL && strncasecmp(further, label, strlen(label)) == 0;

	return further == NULL || longer
			? memory_format("%" PRId64 " (%s)", index,
					longer ? further : label)
			: memory_format("%" PRId64 " (%s: %s)", index, label, further);
}

/** Refuse a text that fits count classes equally well, and list them all */
static cnnviz_status class_ambiguous(const struct model *model, const char *text,
		enum class_fit fit, size_t count, struct error *error)
{
	char *list = memory_text("");
	size_t listed = 0;

	for (int64_t i = 0; i < model->class_count; i++) {
		if (class_fit(model->labels[i], synonyms_of(model, i), text) != fit) {
			continue;
		}
		char *class = class_text(model, i);
		const char *before = listed == 0     ? ""
				: listed + 1 < count ? ", "
						     : " and ";
		char *longer = memory_format("%s%s%s", list, before, class);

		listed++;
		free(class);
		free(list);
		list = longer;
	}
	error_set(error, CNNVIZ_ERROR_INPUT,
			"\"%s\" names several classes, %s; give the number of the one "
			"that is meant",
			text, list);
	free(list);
	return CNNVIZ_ERROR_INPUT;
}

static cnnviz_status find_by_name(const struct model *model, const char *text,
		int64_t *index, struct error *error)
{
	enum class_fit best = CLASS_FIT_NONE;
	size_t count = 0;

	for (int64_t i = 0; model->labels != NULL && i < model->class_count; i++) {
		enum class_fit fit = class_fit(model->labels[i], synonyms_of(model, i),
				text);

		if (fit > best) {
			best = fit;
			count = 0;
			*index = i;
		}
		count += fit == best;
	}
	return best == CLASS_FIT_NONE ? class_missing(model, text, error)
			: count > 1   ? class_ambiguous(model, text, best, count, error)
				      : CNNVIZ_OK;
}

cnnviz_status model_find_class(const struct model *model, const char *text,
		int64_t *index, struct error *error)
{
	int64_t found = -1;

	if (!value_int(text, &found)) {
		cnnviz_status status = find_by_name(model, text, &found, error);

		if (status != CNNVIZ_OK) {
			return status;
		}
	} else if (found != 0 && model->class_count == 1) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"there is no class %" PRId64
				": %s has one logit; 0 is its positive side (%s) and "
				"not 0 its negative one",
				found, model->graph->name, model_class_name(model, 0));
	} else if (found < 0 || found >= model->class_count) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"there is no class %" PRId64
				": those of %s go from 0 to %" PRId64,
				found, model->graph->name, model->class_count - 1);
	}
	*index = found;
	return CNNVIZ_OK;
}

/** The text after "not ", or NULL where it does not begin so */
static const char *after_not(const char *text)
{
	text += strspn(text, " \t");
	return strncasecmp(text, "not", 3) == 0 && text[3] != '\0'
					&& strchr(" \t_", text[3]) != NULL
			? text + 4
			: NULL;
}

cnnviz_status model_find_target(const struct model *model, const char *text,
		int64_t *target, struct error *error)
{
	const char *rest = after_not(text);
	cnnviz_status status;
	int64_t other;

	if (model->sides
			&& class_fit(model->negations[0], NULL, text) != CLASS_FIT_NONE) {
		*target = CNNVIZ_NOT(0);
		return CNNVIZ_OK;
	}
	/* A label may begin with this word itself. */
	status = model_find_class(model, text, target, rest != NULL ? NULL : error);
	if (status == CNNVIZ_OK || rest == NULL) {
		return status;
	}
	status = model_find_target(model, rest, &other, error);
	if (status == CNNVIZ_OK) {
		*target = CNNVIZ_IS_NOT(other) ? CNNVIZ_CLASS_OF(other)
					       : CNNVIZ_NOT(other);
	}
	return status;
}

void model_name_classes(struct model *model)
{
	size_t count = (size_t)model->class_count;
	bool numbers = model->labels == NULL, negations = model->negations == NULL;

	if (numbers) {
		model->numbers = memory_new(count + 1, sizeof(*model->numbers));
	}
	if (negations) {
		model->negations = memory_new(count + 1, sizeof(*model->negations));
	}
	for (size_t i = 0; i < count; i++) {
		if (numbers) {
			model->numbers[i] = memory_format("%zu", i);
		}
		if (negations) {
			model->negations[i] = memory_format("not %s",
					model_class_name(model, (int64_t)i));
		}
	}
}

const char *model_class_name(const struct model *model, int64_t target)
{
	const struct neuron *neuron = neurons_get(&model->neurons, target);
	int64_t index = CNNVIZ_CLASS_OF(target);
	char *const *names = CNNVIZ_IS_NOT(target) ? model->negations
			: model->labels != NULL    ? model->labels
						   : model->numbers;

	if (neuron != NULL) {
		return neuron->name;
	}
	return index < 0 || index >= model->class_count ? NULL : names[index];
}
