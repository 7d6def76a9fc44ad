/**
 * \file    plan/builder.h
 * \brief   What the parts of a plan's reader share
 */
#ifndef PLAN_BUILDER_H
#define PLAN_BUILDER_H

#include "plan/request.h"

/** A plan that is being read. */
struct builder {
	struct plan *plan;
	const struct plan_options *options; /* NULL for plan_classify() */
	struct problems *problems;
	size_t before; /* problems that were there already */
	/* The network's graph, also when only its weights or labels are at fault, so
	 * that layers and sizes can be checked all the same; NULL when unknown. */
	const struct graph *graph;
	struct graph *salvaged; /* graph, when there is no plan->model to keep it */
};

/** Section and key whose fault it is, as a problem with the key's line */
void plan_problem(const struct plan *plan, struct problems *problems, const char *section,
		const char *key, const char *format, ...) CNNVIZ_PRINTF(5, 6);
void builder_problem(struct builder *builder, const char *section, const char *key,
		const char *format, ...) CNNVIZ_PRINTF(4, 5);

/** Path of a value: relative to the INI file, or to the current folder for -s */
char *builder_path(const struct builder *builder, const struct value *value,
		const char *path);

/** Class by name or index, as far as the model is known. */
cnnviz_status builder_class(const struct builder *builder, const char *text,
		int64_t *index, struct error *error);

/** What a problem's file is called: "-s" for what the command line sets */
const char *builder_problem_file(const struct ini *ini, const struct ini_entry *entry,
		const struct ini_section *section);

/** "; did you mean "x"?" or "", malloc'ed */
char *builder_suggestion(const char *nearest);

#endif
