/**
 * \file    plan/builder.h
 * \brief   Shared by the readers of a plan's sections
 */
#ifndef PLAN_BUILDER_H
#define PLAN_BUILDER_H

#include "plan/request.h"

/** A plan being read */
struct builder {
	struct plan *plan;
	const struct plan_options *options; /* NULL for plan_classify() */
	struct problems *problems;
	size_t before; /* number of problems before reading */
	/* The network's graph, even if its weights or labels are not valid, so that
	 * layers and sizes can still be checked; NULL if unknown. */
	const struct graph *graph;
	struct graph *graph_only; /* owns the graph if there is no plan->model */
};

/** Add a problem with a section and key, at the key's line */
void plan_problem(const struct plan *plan, struct problems *problems, const char *section,
		const char *key, const char *format, ...) CNNVIZ_PRINTF(5, 6);
void builder_problem(struct builder *builder, const char *section, const char *key,
		const char *format, ...) CNNVIZ_PRINTF(4, 5);

/** Resolve a value's path: relative to the INI file, or to the current folder for -s */
char *builder_path(const struct builder *builder, const struct value *value,
		const char *path);

/** Resolve a target: a class by name or index, or `not` one; succeeds and leaves *target
 * if the model is unknown */
cnnviz_status builder_target(const struct builder *builder, const char *text,
		int64_t *target, struct error *error);

/** Resolve a layer's name; succeeds and leaves 0 if the network is unknown */
cnnviz_status builder_layer(const struct builder *builder, const char *text,
		int64_t *layer, struct error *error);

/** Whether `check --decode` asks for every picture that is damaged */
bool builder_decodes(const struct builder *builder);

/** Whether the plan is to join what runs have made, and the pictures are theirs */
bool builder_merges(const struct builder *builder);

/** Name of a problem's file: "-s" for what the command line sets */
const char *builder_problem_file(const struct ini *ini, const struct ini_entry *entry,
		const struct ini_section *section);

/** "; did you mean "x"?" or "", malloc'ed */
char *builder_suggestion(const char *nearest);

#endif
