/**
 * \file    plan/explain.c
 * \brief   The INI file that a command line of `explain` stands for
 */
#include "plan/explain.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"

/* ---- Pictures ------------------------------------------------------------------ */

/* One item of `images`, in quotes where it needs them; malloc'ed, NULL with a problem */
static char *picture_item(const char *picture, struct problems *problems)
{
	size_t length = strlen(picture);
	bool bare = strchr(picture, ',') == NULL && picture[0] != '"'
			&& strcspn(picture, " \t") > 0
			&& (length == 0 || strchr(" \t", picture[length - 1]) == NULL);

	if (bare) {
		return memory_text(picture);
	}
	if (strchr(picture, '"') != NULL) {
		problems_add(problems, NULL, 0, NULL, NULL,
				"the picture %s has a double quote besides a comma or "
				"space, so it must come in a list: @FILE",
				picture);
		return NULL;
	}
	return memory_format("\"%s\"", picture);
}

/* The pictures as a value of `images`; malloc'ed */
static char *join_pictures(const struct plan_request *request, struct problems *problems)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	for (size_t i = 0; stream != NULL && i < request->picture_count; i++) {
		char *item = picture_item(request->pictures[i], problems);

		fprintf(stream, "%s%s", i > 0 ? ", " : "", item != NULL ? item : "");
		free(item);
	}
	return stream != NULL && fclose(stream) == 0 ? text : memory_text("");
}

/* ---- The file ------------------------------------------------------------------ */

static void set(struct ini *ini, const char *section, const char *key, const char *value)
{
	if (value != NULL) {
		ini_set(ini, section, key, value, 1);
	}
}

static void add_techniques(struct ini *ini, const struct plan_request *request,
		struct problems *problems)
{
	size_t count = 0;
	char **names = value_list(request->techniques, &count);

	if (count == 0) {
		problems_add(problems, "-t", 0, NULL, NULL,
				"give at least one technique (`cnnviz techniques` lists "
				"them)");
	}
	for (size_t i = 0; i < count; i++) {
		ini_set(ini, names[i], NULL, NULL, 1);
	}
	free(names);
}

/* Let entries count as written in the file, so that what follows is the same as with it:
 * but for [run], whose paths are shorter when they are those of -o and -s. */
static void number_lines(struct ini *ini)
{
	for (size_t i = 0; i < ini->entry_count; i++) {
		bool run = strcmp(ini->entries[i].section, "run") == 0;
		ini->entries[i].line = run ? 0 : 1;
	}
}

struct ini *explain_ini(const struct plan_request *request, struct problems *problems)
{
	struct ini *ini = memory_new(1, sizeof(*ini));
	char *pictures = join_pictures(request, problems);

	ini->path = memory_text("explain");
	ini->folder = memory_text(".");
	set(ini, "run", "output", request->output);
	set(ini, "model", "architecture", request->architecture);
	set(ini, "model", "weights", request->weights);
	set(ini, "model", "labels", request->labels);
	set(ini, "input", "images", pictures);
	set(ini, "input", "target", request->target);
	add_techniques(ini, request, problems);
	ini_override_all(ini, request->overrides, problems);
	number_lines(ini);
	free(pictures);
	return ini;
}

bool explain_names(const struct plan_request *request, const char *technique)
{
	size_t count = 0;
	char **names = value_list(request->techniques, &count);
	bool found = false;

	for (size_t i = 0; i < count; i++) {
		found = found || strcasecmp(names[i], technique) == 0;
	}
	free(names);
	return found;
}
