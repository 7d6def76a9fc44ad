/**
 * \file    graph/import_options.h
 * \brief   What the user says about a network file
 */
#ifndef GRAPH_IMPORT_OPTIONS_H
#define GRAPH_IMPORT_OPTIONS_H

#include <stdint.h>

/** What the output of a network is */
enum import_task {
	IMPORT_TASK_BY_FILE, /* what the file says, and the output's shape */
	IMPORT_TASK_SCORE,   /* scores of classes, or maps of them */
	IMPORT_TASK_DETECT,  /* boxes, each with a score for each class */
};

/** Words for the tasks from IMPORT_TASK_SCORE on, NULL-terminated */
extern const char *const import_task_names[];

/** Keys of [model]; NULL and 0: the file decides */
struct import_options {
	int64_t input_size[2]; /* height, width */
	const char *output;    /* which of the file's outputs, or what within to end at */
	const char *logits;    /* a layer, or an array of the file */
	enum import_task task;
};

#endif
