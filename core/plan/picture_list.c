/**
 * \file    plan/picture_list.c
 * \brief   Reads lists of pictures: text with an item on each line, or CSV
 */
#include "plan/picture_parts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/csv.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"

/** After this many lines with problems the file is not a list of pictures. */
#define PROBLEMS_MAX 20

/** A list being read */
struct list {
	struct picture_origin origin; /* the current line */
	const char *text;             /* after a byte-order mark */
	const char *end;
	size_t before; /* number of problems before the list */
};

/** Open a list's file; NULL with a problem at the origin that gives it */
static struct mapping *open_list(const struct picture_origin *origin, const char *path)
{
	struct mapping *file = NULL;
	struct error error;

	if (mapping_open(path, &file, &error) != CNNVIZ_OK) {
		picture_problem(origin, "%s", error.text);
		return NULL;
	}
	if (limit_check(LIMIT_TEXT_BYTES, file->size, &error,
			    "\"%s\" cannot be a list of pictures: it has", path)
			!= CNNVIZ_OK) {
		picture_problem(origin, "%s", error.text);
		mapping_unref(file);
		return NULL;
	}
	if (memchr(file->data, '\0', file->size) != NULL) {
		picture_problem(origin,
				"\"%s\" is not text, so it cannot be a list of pictures; "
				"give a picture without \"@\"",
				path);
		mapping_unref(file);
		return NULL;
	}
	return file;
}

/** Whether a path or an item can be used; a problem if not */
static bool check_text(const struct picture_origin *origin, const char *text)
{
	if (strlen(text) > VALUE_LENGTH_MAX) {
		picture_problem(origin,
				"this line has more than %d characters; shorten it",
				VALUE_LENGTH_MAX);
	} else if (!text_is_utf8(text)) {
		picture_problem(origin,
				"this line is not UTF-8; save the list in that encoding");
	} else if (*text == '@') {
		picture_problem(origin,
				"a list cannot contain another list; write \"./%s\" for "
				"a picture with this name",
				text);
	} else {
		return true;
	}
	return false;
}

/** Whether there are so many problems that the rest of the file is not read */
static bool give_up(const struct list *list, const char *rest)
{
	if (list->origin.builder->problems->count - list->before < PROBLEMS_MAX
			|| rest >= list->end || builder_decodes(list->origin.builder)) {
		return false;
	}
	picture_problem(&list->origin,
			"fix these first; more may follow (is this a list of pictures?)");
	return true;
}

/* ---- An item on each line ------------------------------------------------------ */

/** Read the lines of a list; returns the number of lines with pictures. */
static size_t read_lines(struct list *list)
{
	const char *next = list->text;
	size_t count = 0;

	while (next < list->end) {
		const char *newline = memchr(next, '\n', (size_t)(list->end - next));
		const char *stop = newline != NULL ? newline : list->end;
		char *text = text_trimmed(next, (size_t)(stop - next));

		list->origin.line++;
		if (*text != '\0' && *text != '#') {
			if (check_text(&list->origin, text)) {
				picture_read_item(&list->origin, text);
			}
			count++;
		}
		free(text);
		next = newline != NULL ? newline + 1 : list->end;
		if (give_up(list, next)) {
			break;
		}
	}
	return count;
}

/* ---- CSV ----------------------------------------------------------------------- */

/** Which field has what; absent ones are SIZE_MAX */
struct columns {
	size_t path, target;
	bool named; /* by a header */
};

/** Find a column by its name in a header. */
static size_t find_column(const struct csv_record *header, const char *name)
{
	for (size_t i = 0; i < header->count; i++) {
		if (strcasecmp(header->fields[i], name) == 0) {
			return i;
		}
	}
	return SIZE_MAX;
}

static struct csv start_csv(const struct list *list)
{
	return (struct csv){ .at = list->text, .end = list->end, .line = 1 };
}

/** Read the columns of a header, if the first record is one */
static struct columns read_header(const struct list *list)
{
	struct columns columns = { .path = 0, .target = 1 };
	struct csv csv = start_csv(list);
	struct csv_record record = { 0 };
	struct error error;

	if (csv_next(&csv, &record, &error) && find_column(&record, "path") != SIZE_MAX) {
		columns = (struct columns){
			.path = find_column(&record, "path"),
			.target = find_column(&record, "target"),
			.named = true,
		};
	}
	csv_record_clear(&record);
	return columns;
}

/** Whether a list is CSV: by the name of its file, or by its header */
static bool is_csv(const struct list *list, const struct columns *columns)
{
	const char *extension = strrchr(list->origin.list, '.');

	return (extension != NULL && strcasecmp(extension, ".csv") == 0)
			|| (columns->named && columns->target != SIZE_MAX);
}

static void read_record(const struct list *list, const struct columns *columns,
		const struct csv_record *record)
{
	const struct picture_origin *origin = &list->origin;
	const char *path = columns->path < record->count ? record->fields[columns->path]
							 : "";

	if (!columns->named && record->count > 2) {
		picture_problem(origin,
				"this line has %zu values; write path,target, and a path "
				"or a class that has a comma in double quotes",
				record->count);
	} else if (!check_text(origin, path)) {
		return;
	} else if (columns->target < record->count) {
		picture_read_pair(origin, path, record->fields[columns->target]);
	} else {
		picture_read_item(origin, path);
	}
}

/** Read the records of a list; returns the number of those with pictures. */
static size_t read_records(struct list *list, const struct columns *columns)
{
	struct csv csv = start_csv(list);
	struct csv_record record = { 0 };
	size_t count = 0;
	struct error error;

	if (columns->named) {
		csv_next(&csv, &record, &error);
	}
	while (csv_next(&csv, &record, &error)) {
		list->origin.line = record.line;
		read_record(list, columns, &record);
		count++;
		if (give_up(list, csv.at)) {
			break;
		}
	}
	if (error.status != CNNVIZ_OK) {
		list->origin.line = record.line;
		picture_problem(&list->origin, "%s", error.text);
		count++;
	}
	csv_record_clear(&record);
	return count;
}

/* ---- The list ------------------------------------------------------------------ */

void picture_read_list(const struct picture_origin *outer, const char *name)
{
	char *path = path_join(outer->folder, name);
	char *folder = strchr(path, '/') != NULL ? path_folder(path) : NULL;
	struct mapping *file = open_list(outer, path);

	if (file != NULL) {
		const char *text = (const char *)file->data;
		bool marked = file->size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0;
		struct list list = {
			.origin = *outer,
			.text = text + (marked ? 3 : 0),
			.end = text + file->size,
			.before = outer->builder->problems->count,
		};
		list.origin.folder = folder;
		list.origin.list = path;

		const struct columns columns = read_header(&list);
		size_t count = is_csv(&list, &columns) ? read_records(&list, &columns)
						       : read_lines(&list);

		if (count == 0) {
			picture_problem(outer, "the list \"%s\" has no pictures", path);
		}
		mapping_unref(file);
	}
	free(folder);
	free(path);
}
