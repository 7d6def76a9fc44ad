/**
 * \file    output/gallery.c
 * \brief   Writes index.html: the results of a run for people
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/markup.h"
#include "base/memory.h"
#include "output/gallery_item.h"
#include "output/gallery.h"

/* Style and script as arrays of lines, made from gallery.css and gallery.js */
#include "core/output/gallery_parts.h"

/* ---- Text ---------------------------------------------------------------------- */

static void put_lines(FILE *out, const char *const *lines)
{
	for (; *lines; lines++) {
		fputs(*lines, out);
	}
}

/** The part of a label before the first comma: its best-known synonym */
static char *short_class(const struct plan *plan, int64_t index)
{
	const char *name = model_class_name(plan->model, index);

	return memory_text_n(name, strcspn(name, ","));
}

static void put_share(FILE *out, double probability)
{
	char text[16];

	gallery_item_share(probability, text, sizeof(text));
	markup_text(out, text);
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

/* ---- Rows ---------------------------------------------------------------------- */

static void put_blanks(FILE *out, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		fputs("<td class=\"cell\"></td>", out);
	}
}

static void put_row(FILE *out, const struct record *record,
		const struct gallery_item *item, struct range range)
{
	size_t column = 0;

	fputs("<tr>", out);
	gallery_item_label(out, record->artifacts[range.start].job, item);
	for (size_t i = range.start; i < range.end; i++) {
		const struct record_artifact *artifact = &record->artifacts[i];

		/* The artifacts of a picture are consecutive: the first one shows them
		 * all. */
		if (artifact->picture == RECORD_NO_PICTURE || artifact->picture < column
				|| !gallery_item_has(item, artifact)) {
			continue;
		}
		put_blanks(out, artifact->picture - column);
		gallery_item_cell(out, record, item, range, i);
		column = artifact->picture + 1;
	}
	put_blanks(out, record->plan->picture_count - column);
	fputs("</tr>\n", out);
}

/** Pictures and scalars first, in order; arrays last */
static void put_rows(FILE *out, const struct record *record, const struct plan_job *job)
{
	struct range range = gallery_item_range(record, job);
	size_t count;
	struct gallery_item *items = gallery_item_list(record, range, &count);

	for (int arrays = 0; arrays < 2; arrays++) {
		for (size_t i = 0; i < count; i++) {
			enum record_kind kind = items[i].kind;
			bool array = kind == RECORD_MAP || kind == RECORD_ARRAY;

			if (array == (arrays == 1)) {
				put_row(out, record, &items[i], range);
			}
		}
	}
	free(items);
}

/* ---- Jobs ---------------------------------------------------------------------- */

/** The number by which links refer to a job */
static size_t job_number(const struct record *record, const struct record_job *job)
{
	return (size_t)(job - record->jobs);
}

/** The class that a job explains instead of each picture's own, or -1 */
static int64_t own_target(const struct plan_job *job)
{
	size_t place = parameter_find(attribution_parameters, attribution_parameter_count,
			"target");

	return job->common != NULL && place < attribution_parameter_count
					&& job->common[place].set
			? job->common[place].integer
			: -1;
}

static void put_badge(FILE *out, const struct record_job *job)
{
	if (job->status != RECORD_OK) {
		fprintf(out, "<span class=\"badge%s\">%s</span>",
				job->status == RECORD_FAILED ? " bad" : "",
				record_status_name(job->status));
	}
}

static void put_job_name(FILE *out, const struct record *record,
		const struct record_job *job)
{
	const cnnviz_technique *technique = &job->plan->plugin->technique;
	int64_t target = own_target(job->plan);

	fputs("<h2>", out);
	markup_text(out, job->plan->name);
	fputs("</h2><span class=\"technique\"", out);
	gallery_item_title(out, technique->reference);
	putc('>', out);
	markup_text(out,
			strcmp(job->plan->name, technique->name) == 0 ? technique->summary
								      : technique->name);
	fputs("</span>", out);
	put_badge(out, job);
	if (target >= 0) {
		fputs("<span class=\"instead\">for the class ", out);
		markup_text(out, model_class_name(record->plan->model, target));
		fputs("</span>", out);
	}
	if (job->reason != NULL) {
		fputs("<span class=\"remark bad\">", out);
		markup_text(out, job->reason);
		fputs("</span>", out);
	}
	for (size_t i = 0; i < record->warning_count; i++) {
		if (record->warnings[i].job == job->plan
				&& record->warnings[i].picture == RECORD_NO_PICTURE) {
			fputs("<span class=\"remark\">", out);
			markup_text(out, record->warnings[i].text);
			fputs("</span>", out);
		}
	}
}

/** Whether there is something to say about a job's pictures */
static bool has_note(const struct record *record, const struct plan_job *job)
{
	for (size_t i = 0; i < record->failure_count; i++) {
		if (record->failures[i].job == job) {
			return true;
		}
	}
	for (size_t i = 0; i < record->warning_count; i++) {
		if (record->warnings[i].job == job
				&& record->warnings[i].picture != RECORD_NO_PICTURE) {
			return true;
		}
	}
	return false;
}

static void put_notes(FILE *out, const struct record *record, const struct plan_job *job)
{
	if (!has_note(record, job)) {
		return;
	}
	fputs("<tr><th scope=\"row\" class=\"label\">note</th>", out);
	for (size_t picture = 0; picture < record->plan->picture_count; picture++) {
		const char *failure = record_failure(record, job, picture);

		fputs("<td class=\"cell\">", out);
		if (failure != NULL) {
			fputs("<span class=\"remark bad\">", out);
			markup_text(out, failure);
			fputs("</span>", out);
		}
		for (size_t i = 0; i < record->warning_count; i++) {
			const struct record_warning *warning = &record->warnings[i];

			if (warning->job == job && warning->picture == picture) {
				fputs("<span class=\"remark\">", out);
				markup_text(out, warning->text);
				fputs("</span>", out);
			}
		}
		fputs("</td>", out);
	}
	fputs("</tr>\n", out);
}

static void put_job(FILE *out, const struct record *record, const struct record_job *job)
{
	fprintf(out,
			"<tbody id=\"job-%zu\">\n<tr class=\"job\"><th "
			"scope=\"rowgroup\" colspan=\"%zu\"><div class=\"job-head\">",
			job_number(record, job), record->plan->picture_count + 1);
	put_job_name(out, record, job);
	fputs("</div></th></tr>\n", out);
	put_notes(out, record, job->plan);
	put_rows(out, record, job->plan);
	fputs("</tbody>\n", out);
}

/* ---- Jobs without a picture ------------------------------------------------------ */

static void put_once_job(FILE *out, const struct record *record,
		const struct record_job *job)
{
	struct range range = gallery_item_range(record, job->plan);
	size_t count;
	struct gallery_item *items = gallery_item_list(record, range, &count);

	fprintf(out, "<section class=\"alone\" id=\"job-%zu\">\n<div>",
			job_number(record, job));
	put_job_name(out, record, job);
	fputs("</div>\n", out);
	if (count > 0) {
		fputs("<ul class=\"cards\">\n", out);
		for (size_t i = 0; i < count; i++) {
			gallery_item_card(out, record, &items[i], range);
		}
		fputs("</ul>\n", out);
	}
	fputs("</section>\n", out);
	free(items);
}

/* ---- Columns ---------------------------------------------------------------------- */

static void put_caption(FILE *out, const struct record *record, size_t index)
{
	const struct plan *plan = record->plan;
	const struct record_picture *picture = &record->pictures[index];

	fputs("<th scope=\"col\" class=\"cell\">", out);
	if (picture->failure != NULL) {
		fputs("<span class=\"picture-name\">", out);
		markup_text(out, plan->pictures[index].name);
		fputs("</span><span class=\"remark bad\">", out);
		markup_text(out, picture->failure);
		fputs("</span></th>", out);
		return;
	}
	fputs("<span class=\"picture-name\">", out);
	markup_text(out, plan->pictures[index].name);
	fputs("</span>", out);
	if (picture->done) {
		char *name = short_class(plan, picture->target);

		fputs("<span class=\"class-name\"", out);
		gallery_item_title(out, model_class_name(plan->model, picture->target));
		putc('>', out);
		markup_text(out, name);
		free(name);
		fprintf(out,
				"</span><span class=\"share\"><meter min=\"0\" max=\"1\" "
				"value=\"%.4f\" aria-label=\"probability\"></meter>",
				picture->target_probability);
		put_share(out, picture->target_probability);
		fputs("</span>", out);
		if (picture->top[0].index != picture->target) {
			name = short_class(plan, picture->top[0].index);
			fputs("<span class=\"instead\">predicted: ", out);
			markup_text(out, name);
			fputs(", ", out);
			put_share(out, picture->top[0].probability);
			fputs("</span>", out);
			free(name);
		}
	}
	fputs("</th>", out);
}

static void put_inputs(FILE *out, const struct record *record)
{
	fputs("<tbody>\n<tr><th scope=\"row\" class=\"label\" title=\"the picture as the "
	      "network sees it\">input</th>",
			out);
	for (size_t i = 0; i < record->plan->picture_count; i++) {
		const struct record_picture *picture = &record->pictures[i];

		fputs("<td class=\"cell\">", out);
		if (picture->input != NULL) {
			gallery_item_input(out, record, i);
		}
		fputs("</td>", out);
	}
	fputs("</tr>\n</tbody>\n", out);
}

static void put_table(FILE *out, const struct record *record)
{
	const struct plan *plan = record->plan;

	if (plan->picture_count == 0) {
		return;
	}
	fprintf(out,
			"<div class=\"table-region\" role=\"region\" tabindex=\"0\" "
			"aria-label=\"Results by job and picture\">\n"
			"<table style=\"--pictures: %zu\">\n<thead><tr>"
			"<td class=\"label\"></td>",
			plan->picture_count);
	for (size_t i = 0; i < plan->picture_count; i++) {
		put_caption(out, record, i);
	}
	fputs("</tr></thead>\n", out);
	put_inputs(out, record);
	for (size_t i = 0; i < plan->job_count; i++) {
		const struct record_job *job = &record->jobs[i];

		if (!job_is_once(job->plan) && !record_hidden(job)) {
			put_job(out, record, job);
		}
	}
	fputs("</table>\n</div>\n", out);
}

/* ---- The page ----------------------------------------------------------------------- */

static size_t shown_jobs(const struct record *record, bool failed)
{
	size_t count = 0;

	for (size_t i = 0; i < record->plan->job_count; i++) {
		count += failed ? record->jobs[i].status == RECORD_FAILED
				: !record_hidden(&record->jobs[i]);
	}
	return count;
}

/** Links to the jobs that failed */
static void put_failed_jobs(FILE *out, const struct record *record)
{
	const char *between = "";

	for (size_t i = 0; i < record->plan->job_count; i++) {
		const struct record_job *job = &record->jobs[i];

		if (job->status == RECORD_FAILED) {
			fprintf(out, "%s<a href=\"#job-%zu\">", between,
					job_number(record, job));
			markup_text(out, job->plan->name);
			fputs("</a>", out);
			between = ", ";
		}
	}
}

void page_begin(FILE *out, const char *title)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n"
	      "<link rel=\"icon\" href=\"data:,\">\n<title>",
			out);
	markup_text(out, title);
	fputs(" \xC2\xB7 cnnviz</title>\n<style>\n", out);
	put_lines(out, gallery_css);
}

static void put_head(FILE *out, const struct record *record)
{
	const struct plan *plan = record->plan;
	size_t jobs = shown_jobs(record, false), failed = shown_jobs(record, true);

	page_begin(out, plan->architecture);
	fputs("</style>\n</head>\n<body>\n<header class=\"page-head\">\n<h1>What ", out);
	markup_text(out, plan->architecture);
	fprintf(out,
			" sees</h1>\n<p class=\"lead\">%zu job%s on %zu picture%s</p>\n"
			"</header>\n",
			jobs, plural(jobs), plan->picture_count,
			plural(plan->picture_count));
	if (record->interrupted) {
		fputs("<p class=\"notice\"><strong>Interrupted.</strong> What was "
		      "finished is here.</p>\n",
				out);
	}
	if (failed > 0) {
		fputs("<p class=\"notice bad\"><strong>Failed:</strong> ", out);
		put_failed_jobs(out, record);
		fputs("</p>\n", out);
	}
}

static void put_foot(FILE *out, const struct record *record)
{
	const struct plan *plan = record->plan;
	const char *weights = plan->model->weights_path;
	const char *slash = weights != NULL ? strrchr(weights, '/') : NULL;

	fputs("<footer class=\"page-foot\">\n<p>Weights ", out);
	markup_text(out,
			slash != NULL                     ? slash + 1
					: weights != NULL ? weights
							  : "random");
	if (plan->model->digest[0]) {
		fputs(" <span class=\"digest\">sha256 ", out);
		markup_text(out, plan->model->digest);
		fputs("</span>", out);
	}
	fprintf(out, "</p>\n<p>Seed %llu \xC2\xB7 ", (unsigned long long)plan->seed);
	markup_text(out, record->engine_description);
	fputs(" \xC2\xB7 cnnviz " PACKAGE_VERSION " \xC2\xB7 all facts in <a "
	      "href=\"manifest.json\">manifest.json</a></p>\n</footer>\n",
			out);
}

static void put_dialog(FILE *out)
{
	fputs("<dialog aria-label=\"Picture, large\">\n<div class=\"stage\">"
	      "<img class=\"input\" alt=\"input\" hidden><img class=\"result\" alt=\"\">"
	      "</div>\n<div class=\"dialog-foot\">"
	      "<button type=\"button\" class=\"before\" aria-label=\"Previous\">"
	      "\xE2\x86\x90</button>"
	      "<p><span class=\"caption\"></span><small class=\"detail\"></small></p>"
	      "<button type=\"button\" class=\"after\" aria-label=\"Next\">"
	      "\xE2\x86\x92</button>"
	      "<button type=\"button\" class=\"close\">Close</button>"
	      "</div>\n</dialog>\n",
			out);
}

static void put_page(FILE *out, const struct record *record)
{
	put_head(out, record);
	fputs("<main>\n", out);
	put_table(out, record);
	for (size_t i = 0; i < record->plan->job_count; i++) {
		const struct record_job *job = &record->jobs[i];

		if (job_is_once(job->plan) && !record_hidden(job)) {
			put_once_job(out, record, job);
		}
	}
	fputs("</main>\n", out);
	put_foot(out, record);
	put_dialog(out);
	fputs("<script>\n", out);
	put_lines(out, gallery_js);
	fputs("</script>\n</body>\n</html>\n", out);
}

cnnviz_status gallery_write(const struct record *record, struct error *error)
{
	char *path = path_join(record->plan->output, "index.html");
	struct writer *writer = NULL;
	cnnviz_status status = writer_open(path, &writer, error);

	if (status == CNNVIZ_OK) {
		put_page(writer->stream, record);
		status = writer_commit(writer, error);
	}
	free(path);
	return status;
}
