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
#include "graph/label_file.h"

/* ---- The file ------------------------------------------------------------ */

void loader_read_labels(struct loader *loader)
{
	const char *text = loader->request->labels;
	struct model *model = loader->model;
	struct mapping *mapping = NULL;
	char *path = text != NULL ? path_join(loader->folder, text) : NULL;
	const char *used = path != NULL ? path : model->graph->labels;
	size_t count = 0;
	struct error error;

	if (used == NULL) {
		goto done;
	}
	if (mapping_open(used, &mapping, &error) != CNNVIZ_OK) {
		loader_problem(loader, "labels", "%s", error.text);
		goto done;
	}
	if (label_file_read(mapping, &model->labels, &count, &error) != CNNVIZ_OK) {
		loader_problem(loader, "labels", "%s: %s", used, error.text);
		goto done;
	}
	if ((int64_t)count != model->class_count) {
		loader_problem(loader, "labels",
				"%s has %zu names, but %s has %" PRId64 " classes", used,
				count, model->graph->name, model->class_count);
	}
	for (size_t i = 0; i < count; i++) {
		if (model->labels[i][0] == '\0') {
			loader_problem(loader, "labels", "%s has no name for class %zu",
					used, i);
		}
	}
done:
	mapping_unref(mapping);
	free(path);
}

/* ---- Classes ----------------------------------------------------------- */

/** Whether a label equals a name, or has it as one of its comma-separated synonyms */
static bool label_matches(const char *label, const char *name, bool synonyms)
{
	size_t wanted = strlen(name);

	if (!synonyms) {
		return strcasecmp(label, name) == 0;
	}
	for (;;) {
		size_t length;

		label += strspn(label, " ");
		length = strcspn(label, ",");
		if (length >= wanted && strncasecmp(label, name, wanted) == 0
				&& strspn(label + wanted, " ") == length - wanted) {
			return true;
		}
		if (label[length] == '\0') {
			return false;
		}
		label += length + 1;
	}
}

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

static cnnviz_status find_by_name(const struct model *model, const char *text,
		bool synonyms, int64_t *index, struct error *error)
{
	*index = -1;
	for (int64_t i = 0; i < model->class_count; i++) {
		if (!label_matches(model->labels[i], text, synonyms)) {
			continue;
		}
		if (*index >= 0) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"\"%s\" names several classes, %" PRId64
					" (%s) and %" PRId64
					" (%s) among them; give the number",
					text, *index, model->labels[*index], i,
					model->labels[i]);
		}
		*index = i;
	}
	return CNNVIZ_OK;
}

cnnviz_status model_find_class(const struct model *model, const char *text,
		int64_t *index, struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;
	int64_t found = -1;

	if (value_int(text, &found)) {
		if (found < 0 || found >= model->class_count) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"there is no class %" PRId64
					": those of %s go from 0 to %" PRId64,
					found, model->graph->name,
					model->class_count - 1);
		}
		*index = found;
		return CNNVIZ_OK;
	}
	found = -1;
	for (int synonyms = 0; synonyms < 2 && model->labels != NULL && found < 0;
			synonyms++) {
		status = find_by_name(model, text, synonyms, &found, error);
		if (status != CNNVIZ_OK) {
			return status;
		}
	}
	if (found < 0) {
		return class_missing(model, text, error);
	}
	*index = found;
	return CNNVIZ_OK;
}

const char *model_class_name(const struct model *model, int64_t index)
{
	char *const *names = model->labels != NULL ? model->labels : model->numbers;

	return index < 0 || index >= model->class_count ? NULL : names[index];
}
