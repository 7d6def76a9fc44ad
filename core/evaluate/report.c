/**
 * \file    evaluate/report.c
 * \brief   Writing all reports of an evaluation together
 */
#include "evaluate/report.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "evaluate/page.h"
#include "evaluate/plot.h"
#include "evaluate/report_json.h"
#include "evaluate/report_text.h"

static void put_json(FILE *out, const struct evaluation *evaluation)
{
	json_t *json = report_json(evaluation);

	json_dumpf(json, out, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
	fputc('\n', out);
	json_decref(json);
}

struct part {
	const char *name;
	void (*put)(FILE *out, const struct evaluation *evaluation);
	bool (*applies)(const struct evaluation *evaluation); /* NULL: always */
};

static const struct part parts[] = {
	{ "evaluation.txt", report_text, NULL },
	{ "curves.svg", plot_curves, plot_has_curves },
	{ "sanity.svg", plot_sanity, plot_has_sanity },
	{ "index.html", report_page, NULL },
	{ "evaluation.json", put_json, NULL },
};

#define PART_COUNT (sizeof(parts) / sizeof(*parts))

static cnnviz_status write_part(const struct part *part,
		const struct evaluation *evaluation, const char *folder,
		struct writer **writer, struct error *error)
{
	char *path = path_join(folder, part->name);
	cnnviz_status status = writer_open(path, writer, error);

	if (status == CNNVIZ_OK) {
		part->put((*writer)->stream, evaluation);
		/* A full disk must be noticed before any file is replaced. */
		if (fflush((*writer)->stream) != 0 || ferror((*writer)->stream)) {
			status = error_set(error, CNNVIZ_ERROR_IO, "cannot write to %s",
					path);
		}
	}
	free(path);
	return status;
}

/*
 * Say that the report is under way, in the file that programs read: the files get their names
 * one by one, and those of another evaluation may be there.
 */
static cnnviz_status mark(const char *folder, struct error *error)
{
	char *path = path_join(folder, "evaluation.json");
	struct writer *writer = NULL;
	cnnviz_status status = writer_open(path, &writer, error);

	if (status == CNNVIZ_OK) {
		fputs("{\n \"under_way\": true\n}\n", writer->stream);
		status = writer_commit_durably(writer, error);
	}
	free(path);
	return status;
}

static void remove_part(const struct part *part, const char *folder)
{
	char *path = path_join(folder, part->name);

	unlink(path);
	free(path);
}

cnnviz_status report_write(const struct evaluation *evaluation, const char *folder,
		struct error *error)
{
	struct writer *writers[PART_COUNT] = { NULL };
	cnnviz_status status = folder_create(folder, error);

	for (size_t i = 0; i < PART_COUNT && status == CNNVIZ_OK; i++) {
		if (parts[i].applies == NULL || parts[i].applies(evaluation)) {
			status = write_part(&parts[i], evaluation, folder, &writers[i],
					error);
		}
	}
	if (status == CNNVIZ_OK) {
		status = mark(folder, error);
	}
	for (size_t i = 0; i < PART_COUNT; i++) {
		if (writers[i] == NULL) {
			if (status == CNNVIZ_OK) {
				remove_part(&parts[i], folder);
			}
		} else if (status == CNNVIZ_OK) {
			/* The last one says that the report is whole. */
			status = i + 1 < PART_COUNT
					? writer_commit(writers[i], error)
					: writer_commit_durably(writers[i], error);
		} else {
			writer_abort(writers[i]);
		}
	}
	return status;
}

void report_print(const struct evaluation *evaluation, bool json)
{
	(json ? put_json : report_text)(stdout, evaluation);
}
