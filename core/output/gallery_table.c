/**
 * \file    output/gallery_table.c
 * \brief   Writes the table with a row for each artifact and a column for each picture
 */
#include "output/gallery_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/markup.h"
#include "base/memory.h"
#include "output/gallery_item.h"
#include "output/gallery_job.h"
#include "output/gallery_shot.h"

/** Of more pictures than this the print style puts each row on several lines */
#define WIDE 8

/* ---- Cells --------------------------------------------------------------------- */

/** Whether a picture is among those that the script shows first */
static bool is_shown(const struct gallery *gallery, size_t picture)
{
	return picture - gallery->first < GALLERY_PAGE;
}

/**
 * Write the start of a picture's cell, and the end of its tag. With scripts, those behind the first page are
 * hidden, and text until they are shown: a browser reads a thousand pictures quickly.
 */
static void begin_cell(const struct gallery *gallery, const char *tag, size_t picture)
{
	fprintf(gallery->out, "%s%s>", tag,
			is_shown(gallery, picture) ? "" : " hidden><noscript");
}

static void end_cell(const struct gallery *gallery, const char *element, size_t picture)
{
	fprintf(gallery->out, "%s</%s>", is_shown(gallery, picture) ? "" : "</noscript>",
			element);
}

static void put_blanks(const struct gallery *gallery, size_t from, size_t to)
{
	for (size_t picture = from; picture < to; picture++) {
		begin_cell(gallery, "<td class=\"cell\"", picture);
		end_cell(gallery, "td", picture);
	}
}

/* ---- Rows ---------------------------------------------------------------------- */

static void put_row(const struct gallery *gallery, const struct gallery_item *item,
		struct record_span range)
{
	const struct record *record = gallery->record;
	size_t column = gallery->first;

	fputs("<tr>", gallery->out);
	gallery_item_label(gallery, record->artifacts[range.start].job, item);
	for (size_t i = range.start; i < range.end; i++) {
		const struct record_artifact *artifact = &record->artifacts[i];

		/* The artifacts of a picture are consecutive: the first one shows them
		 * all. */
		if (artifact->picture == RECORD_NO_PICTURE || artifact->picture < column
				|| !gallery_group_has(item, artifact)) {
			continue;
		}
		put_blanks(gallery, column, artifact->picture);
		begin_cell(gallery,
				gallery_group_is_picture(artifact)
						? "<td class=\"cell\""
						: "<td class=\"cell values\"",
				artifact->picture);
		gallery_item_cell(gallery, item, range, i);
		end_cell(gallery, "td", artifact->picture);
		column = artifact->picture + 1;
	}
	put_blanks(gallery, column, gallery->end);
	fputs("</tr>\n", gallery->out);
}

static void put_rows(const struct gallery *gallery, const struct plan_job *job)
{
	struct record_span range = record_artifacts_of(gallery->record, job,
			gallery->first, gallery->end);
	size_t count;
	struct gallery_item *items = gallery_group_list(gallery->record, range, &count);

	for (size_t i = 0; i < count; i++) {
		put_row(gallery, &items[i], range);
	}
	free(items);
}

/* ---- Jobs ---------------------------------------------------------------------- */

static void put_remark(FILE *out, const char *css_class, const char *text)
{
	fprintf(out, "<span class=\"%s\">", css_class);
	markup_text(out, text);
	fputs("</span>", out);
}

/** Write what is to be said about a job on a picture. */
static void put_note(const struct gallery *gallery, const struct plan_job *job,
		size_t picture)
{
	const struct record *record = gallery->record;
	struct record_span failures = record_failures_of(record, job, picture,
			picture + 1);
	struct record_span warnings = record_warnings_of(record, job, picture,
			picture + 1);

	for (size_t i = failures.start; i < failures.end; i++) {
		put_remark(gallery->out, "remark bad", record->failures[i].reason);
	}
	for (size_t i = warnings.start; i < warnings.end; i++) {
		put_remark(gallery->out, "remark", record->warnings[i].text);
	}
}

static void put_notes(const struct gallery *gallery, const struct plan_job *job)
{
	const struct record *record = gallery->record;
	struct record_span failures = record_failures_of(record, job, gallery->first,
			gallery->end);
	struct record_span warnings = record_warnings_of(record, job, gallery->first,
			gallery->end);

	if (failures.start == failures.end && warnings.start == warnings.end) {
		return;
	}
	fputs("<tr><th scope=\"row\" class=\"label\">note</th>", gallery->out);
	for (size_t picture = gallery->first; picture < gallery->end; picture++) {
		begin_cell(gallery, "<td class=\"cell\"", picture);
		put_note(gallery, job, picture);
		end_cell(gallery, "td", picture);
	}
	fputs("</tr>\n", gallery->out);
}

/** Number of pictures that are shown at first */
static size_t count_shown(const struct gallery *gallery)
{
	size_t count = gallery->end - gallery->first;

	return count < GALLERY_PAGE ? count : GALLERY_PAGE;
}

static void put_job(const struct gallery *gallery, const struct record_job *job)
{
	FILE *out = gallery->out;

	fputs("<tbody", out);
	gallery_job_attributes(gallery, job);
	fprintf(out,
			">\n<tr class=\"job\"><th scope=\"rowgroup\" colspan=\"%zu\">"
			"<div class=\"job-head\">",
			count_shown(gallery) + 1);
	gallery_job_name(gallery, job);
	fputs("</div></th></tr>\n", out);
	put_notes(gallery, job->plan);
	put_rows(gallery, job->plan);
	fputs("</tbody>\n", out);
}

/* ---- Columns ------------------------------------------------------------------- */

static void put_share(FILE *out, double probability)
{
	char text[16];

	gallery_share(probability, text, sizeof(text));
	markup_text(out, text);
}

/** Write the part of a label before the first comma: its best-known synonym. */
static void put_class(FILE *out, const struct plan *plan, int64_t target)
{
	const char *name = model_class_name(plan->model, target);
	char *first = memory_text_n(name, strcspn(name, ","));

	markup_text(out, first);
	free(first);
}

/** Write the class that is explained, and the one that is seen where that is another. */
static void put_classes(FILE *out, const struct plan *plan,
		const struct record_picture *picture)
{
	fputs("<span class=\"class-name\"", out);
	gallery_item_title(out, model_class_name(plan->model, picture->target));
	putc('>', out);
	put_class(out, plan, picture->target);
	fprintf(out,
			"</span><span class=\"share\"><meter min=\"0\" max=\"1\" "
			"value=\"%.4f\" aria-label=\"probability\"></meter>",
			picture->target_probability);
	put_share(out, picture->target_probability);
	fputs("</span>", out);
	if (picture->top[0].index != picture->target) {
		fputs("<span class=\"instead\">predicted: ", out);
		put_class(out, plan, picture->top[0].index);
		fputs(", ", out);
		put_share(out, picture->top[0].probability);
		fputs("</span>", out);
	}
}

static void put_caption(const struct gallery *gallery, size_t index)
{
	const struct plan *plan = gallery->record->plan;
	const struct record_picture *picture = &gallery->record->pictures[index];
	FILE *out = gallery->out;

	fputs("<th scope=\"col\" class=\"cell\"", out);
	if (picture->done) {
		fputs(" data-class=\"", out);
		markup_text(out, model_class_name(plan->model, picture->target));
		putc('"', out);
	}
	begin_cell(gallery, "", index);
	fputs("<span class=\"picture-name\">", out);
	markup_text(out, plan->pictures[index].name);
	fputs("</span>", out);
	if (picture->failure != NULL) {
		put_remark(out, "remark bad", picture->failure);
	} else if (picture->done) {
		put_classes(out, plan, picture);
	}
	end_cell(gallery, "th", index);
}

static void put_inputs(const struct gallery *gallery)
{
	const struct record *record = gallery->record;
	FILE *out = gallery->out;

	if (record->plan->format == PLAN_FORMAT_NONE) {
		return;
	}
	fputs("<tbody>\n<tr><th scope=\"row\" class=\"label\" title=\"the picture as the "
	      "network sees it\">input</th>",
			out);
	for (size_t i = gallery->first; i < gallery->end; i++) {
		begin_cell(gallery, "<td class=\"cell\"", i);
		if (record->pictures[i].input != NULL) {
			gallery_shot_input(gallery, i);
		}
		end_cell(gallery, "td", i);
	}
	fputs("</tr>\n</tbody>\n", out);
}

void gallery_table(const struct gallery *gallery)
{
	const struct plan *plan = gallery->record->plan;
	size_t shown = count_shown(gallery);
	FILE *out = gallery->out;

	if (shown == 0) {
		return;
	}
	fprintf(out,
			"<div class=\"table-region\" role=\"region\" tabindex=\"0\" "
			"aria-label=\"Results by job and picture\">\n"
			"<table class=\"results%s\" data-page=\"%d\" "
			"data-wide=\"%d\" "
			"style=\"--pictures: %zu\">\n"
			"<thead><tr><td class=\"label\"></td>",
			shown > WIDE ? " many" : "", GALLERY_PAGE, WIDE, shown);
	for (size_t i = gallery->first; i < gallery->end; i++) {
		put_caption(gallery, i);
	}
	fputs("</tr></thead>\n", out);
	put_inputs(gallery);
	for (size_t i = 0; i < plan->job_count; i++) {
		const struct record_job *job = &gallery->record->jobs[i];

		if (!job_is_once(job->plan) && !record_hidden(job)) {
			put_job(gallery, job);
		}
	}
	fputs("</table>\n</div>\n", out);
}
