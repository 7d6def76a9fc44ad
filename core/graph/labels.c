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
#include "base/memory.h"
#include "base/text.h"
#include "config/value.h"
#include "graph/classes.h"
#include "graph/label_file.h"

/* ---- Files --------------------------------------------------------------- */

/** Read a file of names, one for each class; a problem if it has others */
static char **read_names(struct loader *loader, const char *path)
{
	const struct model *model = loader->model;
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
	} else if ((int64_t)count != model->class_count) {
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
	}
	if (model->labels != NULL && path_is_file(further)) {
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
	} else if (found < 0 || found >= model->class_count) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"there is no class %" PRId64
				": those of %s go from 0 to %" PRId64,
				found, model->graph->name, model->class_count - 1);
	}
	*index = found;
	return CNNVIZ_OK;
}

const char *model_class_name(const struct model *model, int64_t index)
{
	char *const *names = model->labels != NULL ? model->labels : model->numbers;

	return index < 0 || index >= model->class_count ? NULL : names[index];
}
