/**
 * \file    plan/picture_parts.h
 * \brief   Shared by the files that read [input] images
 */
#ifndef PLAN_PICTURE_PARTS_H
#define PLAN_PICTURE_PARTS_H

#include "plan/builder.h"

/** Pictures that are found */
struct picture_set {
	struct plan_picture *items;
	size_t count;
};

/** Where a picture is given: at the key itself, or on a line of a list */
struct picture_origin {
	struct builder *builder;
	struct picture_set *set; /* that it is added to */
	const char *section, *key;
	const char *folder; /* base of relative paths; NULL: current folder */
	const char *list;   /* the list's path, or NULL */
	int line;           /* in the list */
	bool results;       /* they get results, which shards share among them */
};

/** Add a problem at the key, or at the line of the list */
void picture_problem(const struct picture_origin *origin, const char *format, ...)
		CNNVIZ_PRINTF(2, 3);

/** Add the pictures of PATH or PATH:TARGET. */
void picture_read_item(const struct picture_origin *origin, const char *text);

/** Add the pictures of a path, with a class; "": the predicted one */
void picture_read_pair(const struct picture_origin *origin, const char *path,
		const char *target);

/** Add the pictures of a list; the origin is where the list is given. */
void picture_read_list(const struct picture_origin *outer, const char *name);

#endif
