/**
 * \file    evaluate/report.c
 * \brief   The columns of the reports, and writing all reports together
 */
#include "evaluate/report.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

#define AT(member) offsetof(struct summary, member)

const struct report_column report_columns[REPORT_COLUMNS] = {
	{
			"pointing",
			"POINTING",
			"Pointing",
			"share of maps whose maximum lies in the box or within the "
			"tolerance of it",
			AT(pointing),
			1,
			false,
			false,
	},
	{
			"inside",
			"INSIDE",
			"Inside",
			"likewise, without tolerance",
			AT(inside),
			1,
			false,
			false,
	},
	{
			"energy",
			"ENERGY",
			"Energy",
			"share of a map's sum that lies in the box",
			AT(energy),
			1,
			false,
			false,
	},
	{
			"iou",
			"IOU",
			"IoU",
			"intersection over union with the mask or box, each map at its "
			"own best threshold",
			AT(iou),
			1,
			false,
			false,
	},
	{
			"iou_common",
			"IOU AT T",
			"IoU at T",
			"likewise, all maps at one threshold",
			AT(iou_common),
			1,
			false,
			true,
	},
	{
			"threshold",
			"T",
			"T",
			"that threshold, as a share of a map's maximum",
			AT(threshold),
			0,
			false,
			true,
	},
	{
			"deletion",
			"DELETION",
			"Deletion",
			"area under the class's probability while the most important "
			"pixels go; low is good",
			AT(deletion),
			-1,
			true,
			false,
	},
	{
			"insertion",
			"INSERTION",
			"Insertion",
			"area under the class's probability while the most important "
			"pixels come; high is good",
			AT(insertion),
			1,
			true,
			false,
	},
};

const char *const report_role_titles[ROLE_COUNT] = { "Main objects", "Distractors" };

bool report_value(const struct summary *summary, const struct report_column *column,
		double *value)
{
	if (summary->maps == 0 || (column->of_curves && summary->curves == 0)) {
		return false;
	}
	memcpy(value, (const char *)summary + column->offset, sizeof(*value));
	return true;
}

/* ---- Files ------------------------------------------------------------------------- */

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
	for (size_t i = 0; i < PART_COUNT; i++) {
		if (writers[i] == NULL) {
			if (status == CNNVIZ_OK) {
				remove_part(&parts[i], folder);
			}
		} else if (status == CNNVIZ_OK) {
			status = writer_commit(writers[i], error);
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
