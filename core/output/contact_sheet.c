/**
 * \file    output/contact_sheet.c
 * \brief   One picture with what all jobs made of a photograph, side by side
 */
#include "output/contact_sheet.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "image/letters.h"
#include "image/read.h"
#include "image/resample.h"
#include "image/write.h"

/** Beside the network's views, whose folder is no job's */
#define FOLDER "input/sheets"
/** Longer side of a picture, and the space around each, in pixels */
#define EXTENT 320
#define GAP 8
#define WHITE 255

/** A picture in the output folder, and what stands below it */
struct cell {
	const char *path;
	int64_t width, height;
	char *label; /* short enough */
};

struct sheet {
	struct cell *cells; /* the network's view, then one for each job that has any */
	size_t count;
	int64_t columns, row_height;
	struct image *image;
};

/** Set a size to that of the cell: its longer side becomes EXTENT. */
static void fit(const struct cell *cell, int64_t *width, int64_t *height)
{
	int64_t longer = cell->width > cell->height ? cell->width : cell->height;

	*width = (cell->width * EXTENT + longer / 2) / longer;
	*height = (cell->height * EXTENT + longer / 2) / longer;
	*width = *width > 0 ? *width : 1;
	*height = *height > 0 ? *height : 1;
}

/* ---- What is shown --------------------------------------------------------------- */

static void add_cell(struct sheet *sheet, const char *path, int64_t width, int64_t height,
		const char *label)
{
	size_t room = (size_t)letters_that_fit(EXTENT);

	sheet->cells[sheet->count++] = (struct cell){
		.path = path,
		.width = width,
		.height = height,
		.label = strlen(label) <= room
				? memory_text(label)
				: memory_format("%.*s..", (int)(room - 2), label),
	};
}

/** The network's view, with the picture's name and the class that is explained */
static void add_view(const struct record *record, size_t picture, struct sheet *sheet)
{
	const struct plan *plan = record->plan;
	const struct record_picture *seen = &record->pictures[picture];
	const char *target = model_class_name(plan->model, seen->target);
	char *label = memory_format("%s%s%s", plan->pictures[picture].name,
			target != NULL ? ": " : "", target != NULL ? target : "");

	add_cell(sheet, seen->input, seen->width, seen->height, label);
	free(label);
}

/** A job's overlay of a picture, or else its first picture of it; or NULL */
static const struct record_artifact *find_shown(const struct record *record,
		const struct plan_job *job, size_t picture)
{
	const struct record_artifact *first = NULL;
	struct record_span span = record_artifacts_of(record, job, picture, picture + 1);

	for (size_t i = span.start; i < span.end; i++) {
		const struct record_artifact *artifact = &record->artifacts[i];

		if (artifact->kind == RECORD_IMAGE
				&& strcmp(artifact->name, "overlay") == 0) {
			return artifact;
		}
		first = first == NULL && artifact->kind == RECORD_IMAGE ? artifact
									: first;
	}
	return first;
}

static void find_cells(const struct record *record, size_t picture, struct sheet *sheet)
{
	const struct plan *plan = record->plan;

	sheet->cells = memory_new(plan->job_count + 1, sizeof(*sheet->cells));
	add_view(record, picture, sheet);
	for (size_t i = 0; i < plan->job_count; i++) {
		const struct record_artifact *shown = find_shown(record, &plan->jobs[i],
				picture);

		if (shown != NULL) {
			add_cell(sheet, shown->path, shown->width, shown->height,
					plan->jobs[i].name);
		}
	}
}

/* ---- The sheet ------------------------------------------------------------------- */

/** As many columns as rows, or one more, and rows as high as the highest picture */
static cnnviz_status create_sheet(struct sheet *sheet, struct error *error)
{
	int64_t count = (int64_t)sheet->count, rows, width, height, highest = 1;

	for (size_t i = 0; i < sheet->count; i++) {
		fit(&sheet->cells[i], &width, &height);
		highest = height > highest ? height : highest;
	}
	sheet->columns = 1;
	while (sheet->columns * sheet->columns < count) {
		sheet->columns++;
	}
	rows = (count + sheet->columns - 1) / sheet->columns;
	sheet->row_height = highest + LETTERS_HEIGHT + 2 * GAP;
	width = sheet->columns * (EXTENT + GAP) + GAP;
	height = rows * sheet->row_height + GAP;
	sheet->image = image_create(width, height, 3);
	if (sheet->image == NULL) {
		return error_set(error, CNNVIZ_ERROR_MEMORY,
				"not enough memory for a contact sheet of %zu pictures",
				sheet->count);
	}
	memset(sheet->image->pixels, WHITE, (size_t)(width * height * 3));
	return CNNVIZ_OK;
}

static void copy(const struct image *from, int64_t x, int64_t y, struct image *to)
{
	for (int64_t row = 0; row < from->height; row++) {
		memcpy(to->pixels + ((y + row) * to->width + x) * to->channels,
				from->pixels + row * from->width * from->channels,
				(size_t)(from->width * from->channels));
	}
}

static cnnviz_status put_cell(const char *output, const struct sheet *sheet, size_t i,
		struct error *error)
{
	const struct cell *cell = &sheet->cells[i];
	int64_t x = GAP + (int64_t)i % sheet->columns * (EXTENT + GAP);
	int64_t y = GAP + (int64_t)i / sheet->columns * sheet->row_height;
	int64_t width, height;
	char *path = path_join(output, cell->path);
	struct image *image = NULL, *fitted = NULL;
	cnnviz_status status = image_read(path, &image, error);

	fit(cell, &width, &height);
	if (status == CNNVIZ_OK) {
		status = image_resize(image, width, height, CNNVIZ_FILTER_BILINEAR, NULL,
				&fitted, error);
	}
	if (status == CNNVIZ_OK) {
		copy(fitted, x + (EXTENT - width) / 2, y, sheet->image);
		letters_draw(sheet->image, x,
				y + sheet->row_height - LETTERS_HEIGHT - GAP,
				cell->label);
	}
	image_free(fitted);
	image_free(image);
	free(path);
	return status;
}

/** Write the sheet into the output folder, under a path below it. */
static cnnviz_status save(const struct plan *plan, const char *relative,
		const struct image *image, struct error *error)
{
	char *folder = path_join(plan->output, FOLDER);
	char *path = path_join(plan->output, relative);
	cnnviz_status status = folder_create(folder, error);

	if (status == CNNVIZ_OK) {
		status = image_write(path, image, plan->jpeg_quality, error);
	}
	free(path);
	free(folder);
	return status;
}

static cnnviz_status write_sheet(struct record *record, size_t picture,
		struct error *error)
{
	const char *output = record->plan->output;
	struct record_picture *seen = &record->pictures[picture];
	struct sheet sheet = { .count = 0 };
	cnnviz_status status = CNNVIZ_OK;

	find_cells(record, picture, &sheet);
	if (sheet.count > 1) {
		char *path = memory_format(FOLDER "/%s", strrchr(seen->input, '/') + 1);

		status = create_sheet(&sheet, error);
		for (size_t i = 0; i < sheet.count && status == CNNVIZ_OK; i++) {
			status = put_cell(output, &sheet, i, error);
		}
		if (status == CNNVIZ_OK) {
			status = save(record->plan, path, sheet.image, error);
		}
		free(seen->sheet);
		seen->sheet = status == CNNVIZ_OK ? memory_text(path) : NULL;
		free(path);
	}
	image_free(sheet.image);
	for (size_t i = 0; i < sheet.count; i++) {
		free(sheet.cells[i].label);
	}
	free(sheet.cells);
	return status;
}

cnnviz_status contact_sheets_write(struct record *record, struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;

	for (size_t i = 0; i < record->plan->picture_count && status == CNNVIZ_OK; i++) {
		const struct record_picture *picture = &record->pictures[i];

		if (picture->done && picture->input != NULL && picture->sheet == NULL) {
			status = write_sheet(record, i, error);
		}
	}
	return status;
}
