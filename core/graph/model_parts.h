/**
 * \file    graph/model_parts.h
 * \brief   Shared by the files that load a model
 */
#ifndef GRAPH_MODEL_PARTS_H
#define GRAPH_MODEL_PARTS_H

#include "graph/model.h"

/** Arguments and results of model_load() */
struct loader {
	const struct model_paths *paths;
	const char *folder;
	const struct model_request *request;
	struct problems *problems;
	struct model *model;
};

/** Add a problem of a key of [model] */
void loader_problem(struct loader *loader, const char *key, const char *format, ...)
		CNNVIZ_PRINTF(3, 4);

/** Path of the weights file that a text means; malloc'ed, NULL with a problem */
char *loader_find_weights(struct loader *loader, const char *text);

/** Fill in the model's labels from a file, or the one that the description names. */
void loader_read_labels(struct loader *loader);

/** Make numbers and negations, as far as labels do not have them */
void model_name_classes(struct model *model);

#endif
