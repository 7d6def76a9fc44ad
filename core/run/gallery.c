/**
 * \file    run/gallery.c
 * \brief   index.html: what a run made, for people
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/markup.h"
#include "base/memory.h"
#include "run/gallery.h"

/* Style and script as arrays of lines, made from gallery.css and gallery.js */
#include "core/run/gallery_parts.h"

/* ---- Text ---------------------------------------------------------------------- */

static void put_lines(FILE *out, const char *const *lines)
{
	for (; *lines; lines++) {
		fputs(*lines, out);
	}
}

/** What comes before the first comma: a label's best-known synonym */
static char *short_class(const struct plan *plan, int64_t index)
{
	const char *name = model_class_name(plan->model, index);

	return memory_text_n(name, strcspn(name, ","));
}

/** "97.3%", "<0.1%" */
static void share_text(double probability, char *text, size_t size)
{
	if (probability > 0 && probability < 0.0005) {
		snprintf(text, size, "<0.1%%");
	} else {
		snprintf(text, size, "%.1f%%", probability * 100);
	}
}

static void put_share(FILE *out, double probability)
{
	char text[16];

	share_text(probability, text, sizeof(text));
	markup_text(out, text);
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

/* ---- Rows ---------------------------------------------------------------------- */

/** A job's artifacts in the sorted record */
struct range {
	size_t start, end;
};

static struct range job_range(const struct record *record, size_t job)
{
	struct range range = { 0, 0 };

	while (range.start < record->artifact_count
			&& record->artifacts[range.start].job < job) {
		range.start++;
	}
	range.end = range.start;
	while (range.end < record->artifact_count
			&& record->artifacts[range.end].job == job) {
		range.end++;
	}
	return range;
}

/** First artifact of a name in a range: the one that stands for its row */
static bool leads_row(const struct record *record, struct range range, size_t i)
{
	for (size_t k = range.start; k < i; k++) {
		if (strcmp(record->artifacts[k].name, record->artifacts[i].name) == 0) {
			return false;
		}
	}
	return true;
}

/** What the technique's table says of an artifact, or NULL */
static const char *artifact_summary(const struct plan_job *job, const char *name)
{
	static const char *const drawn[][2] = {
		{ "color", "the map's channels as colours, from its minimum to its maximum" },
		{ "gray", "how strong the map is, whatever its sign" },
		{ "positive", "what speaks for the class" },
		{ "negative", "what speaks against the class" },
		{ "heatmap", "the map's strength as colours" },
		{ "overlay", "the heat map over the picture" },
	};

	for (uint32_t i = 0; i < job->plugin->technique.artifact_count; i++) {
		const cnnviz_artifact *artifact = &job->plugin->artifacts[i];
		size_t length = strlen(artifact->name);

		if (strncmp(artifact->name, name, length) == 0
				&& (name[length] == '\0' || name[length] == '-')) {
			return artifact->summary;
		}
	}
	for (size_t i = 0; job->common && i < sizeof(drawn) / sizeof(drawn[0]); i++) {
		if (strcmp(drawn[i][0], name) == 0) {
			return drawn[i][1];
		}
	}
	return NULL;
}

static void put_title(FILE *out, const char *title)
{
	if (title) {
		fputs(" title=\"", out);
		markup_text(out, title);
		putc('"', out);
	}
}

static void put_row_label(FILE *out, const struct plan_job *job, const char *name,
		enum record_kind kind)
{
	fputs("<th scope=\"row\" class=\"label\"", out);
	put_title(out, kind == RECORD_MAP ? "the map itself, as a float32 array for NumPy"
			: artifact_summary(job, name));
	putc('>', out);
	markup_text(out, kind == RECORD_MAP ? "values" : name);
	fputs("</th>", out);
}

/** An <img> in a link, with what the dialog needs */
static void put_shot(FILE *out, const struct record *record, const char *path,
		int64_t width, int64_t height, const char *title, size_t picture,
		int64_t target, bool beside_input)
{
	char share[16] = "";
	const struct record_picture *seen = picture == RECORD_NO_PICTURE ? NULL
			: &record->pictures[picture];
	const char *class_name = target < 0 ? NULL
			: model_class_name(record->plan->model, target);

	fputs("<a class=\"shot\" href=\"", out);
	markup_url(out, path);
	fputs("\" data-title=\"", out);
	markup_text(out, title);
	if (seen) {
		fputs(" \xC2\xB7 ", out);
		markup_text(out, record->plan->pictures[picture].name);
	}
	if (class_name) {
		fputs("\" data-detail=\"", out);
		markup_text(out, class_name);
		if (seen && target == seen->target) {
			share_text(seen->target_probability, share, sizeof(share));
			fputs(" \xC2\xB7 ", out);
			markup_text(out, share);
		}
	}
	if (seen && seen->input && beside_input) {
		fputs("\" data-input=\"", out);
		markup_url(out, seen->input);
	}
	fputs("\"><img src=\"", out);
	markup_url(out, path);
	fprintf(out, "\" width=\"%lld\" height=\"%lld\" loading=\"lazy\" decoding=\"async\" "
			"alt=\"", (long long)width, (long long)height);
	markup_text(out, title);
	if (seen) {
		fputs(" of ", out);
		markup_text(out, record->plan->pictures[picture].name);
	}
	if (class_name) {
		fputs(" for ", out);
		markup_text(out, class_name);
	}
	fputs("\"></a>", out);
}

static void put_artifact_shot(FILE *out, const struct record *record,
		const struct record_artifact *artifact)
{
	char *title = memory_format("%s, %s", record->plan->jobs[artifact->job].name,
			artifact->name);

	put_shot(out, record, artifact->path, artifact->width, artifact->height, title,
			 artifact->picture, artifact->target, true);
	free(title);
}

/** A link to an array, with the range of its values where it is known */
static void put_array_link(FILE *out, const struct record_artifact *artifact)
{
	fputs("<a href=\"", out);
	markup_url(out, artifact->path);
	fputs("\">", out);
	if (artifact->kind == RECORD_MAP) {
		fprintf(out, "%.3g to %.3g", artifact->figures[0].value,
				artifact->figures[1].value);
	} else {
		markup_text(out, artifact->name);
		fputs(".npy", out);
	}
	fputs("</a>", out);
}

static void put_cell(FILE *out, const struct record *record,
		const struct record_artifact *artifact)
{
	switch (artifact->kind) {
	case RECORD_IMAGE:
	case RECORD_ANIMATION:
	case RECORD_CURVE:
	case RECORD_LABELS:
		fputs("<td class=\"cell\">", out);
		put_artifact_shot(out, record, artifact);
		break;
	case RECORD_MAP:
	case RECORD_ARRAY:
		fputs("<td class=\"cell values\">", out);
		put_array_link(out, artifact);
		break;
	case RECORD_FIGURE:
		fprintf(out, "<td class=\"cell values\">%.6g", artifact->value);
		break;
	}
	fputs("</td>", out);
}

static void put_blanks(FILE *out, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		fputs("<td class=\"cell\"></td>", out);
	}
}

/** Row of the artifact at place and all of its name */
static void put_row(FILE *out, const struct record *record, struct range range,
		size_t place)
{
	const struct record_artifact *lead = &record->artifacts[place];
	const struct plan *plan = record->plan;
	size_t column = 0;

	fputs("<tr>", out);
	put_row_label(out, &plan->jobs[lead->job], lead->name, lead->kind);
	for (size_t i = place; i < range.end; i++) {
		const struct record_artifact *artifact = &record->artifacts[i];

		if (artifact->picture == RECORD_NO_PICTURE
				|| strcmp(artifact->name, lead->name) != 0) {
			continue;
		}
		put_blanks(out, artifact->picture - column);
		put_cell(out, record, artifact);
		column = artifact->picture + 1;
	}
	put_blanks(out, plan->picture_count - column);
	fputs("</tr>\n", out);
}

/* ---- Jobs ---------------------------------------------------------------------- */

/** A class that the job explains instead of each picture's own, or -1 */
static int64_t own_target(const struct plan_job *job)
{
	size_t place = parameter_find(attribution_parameters,
			attribution_parameter_count, "target");

	return job->common && place < attribution_parameter_count
			&& job->common[place].set ? job->common[place].integer : -1;
}

static void put_badge(FILE *out, const struct record_job *job)
{
	if (job->status != RECORD_OK) {
		fprintf(out, "<span class=\"badge%s\">%s</span>",
				job->status == RECORD_FAILED ? " bad" : "",
				record_status_name(job->status));
	}
}

static void put_job_name(FILE *out, const struct record *record, size_t index)
{
	const struct plan_job *job = &record->plan->jobs[index];
	const cnnviz_technique *technique = &job->plugin->technique;
	int64_t target = own_target(job);

	fputs("<h2>", out);
	markup_text(out, job->name);
	fputs("</h2><span class=\"technique\"", out);
	put_title(out, technique->reference);
	putc('>', out);
	markup_text(out, strcmp(job->name, technique->name) == 0 ? technique->summary
			: technique->name);
	fputs("</span>", out);
	put_badge(out, &record->jobs[index]);
	if (target >= 0) {
		fputs("<span class=\"instead\">for the class ", out);
		markup_text(out, model_class_name(record->plan->model, target));
		fputs("</span>", out);
	}
	if (record->jobs[index].reason) {
		fputs("<span class=\"remark bad\">", out);
		markup_text(out, record->jobs[index].reason);
		fputs("</span>", out);
	}
	for (size_t i = 0; i < record->warning_count; i++) {
		if (record->warnings[i].job == index
				&& record->warnings[i].picture == RECORD_NO_PICTURE) {
			fputs("<span class=\"remark\">", out);
			markup_text(out, record->warnings[i].text);
			fputs("</span>", out);
		}
	}
}

static bool has_warning(const struct record *record, size_t job)
{
	for (size_t i = 0; i < record->warning_count; i++) {
		if (record->warnings[i].job == job
				&& record->warnings[i].picture != RECORD_NO_PICTURE) {
			return true;
		}
	}
	return false;
}

static void put_warnings(FILE *out, const struct record *record, size_t job)
{
	if (!has_warning(record, job)) {
		return;
	}
	fputs("<tr><th scope=\"row\" class=\"label\">note</th>", out);
	for (size_t picture = 0; picture < record->plan->picture_count; picture++) {
		fputs("<td class=\"cell\">", out);
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

static bool is_once(const struct plan_job *job)
{
	return job->plugin->technique.kind == CNNVIZ_KIND_GENERAL
			&& job->plugin->technique.run_mode == CNNVIZ_RUN_ONCE;
}

/** Pictures and numbers first, in their order; arrays last */
static void put_rows(FILE *out, const struct record *record, size_t job)
{
	struct range range = job_range(record, job);

	for (int arrays = 0; arrays < 2; arrays++) {
		for (size_t i = range.start; i < range.end; i++) {
			enum record_kind kind = record->artifacts[i].kind;
			bool array = kind == RECORD_MAP || kind == RECORD_ARRAY;

			if (array == (arrays == 1) && leads_row(record, range, i)) {
				put_row(out, record, range, i);
			}
		}
	}
}

static void put_job(FILE *out, const struct record *record, size_t job)
{
	fprintf(out, "<tbody id=\"job-%zu\">\n<tr class=\"job\"><th scope=\"rowgroup\" "
			"colspan=\"%zu\"><div class=\"job-head\">", job,
			record->plan->picture_count + 1);
	put_job_name(out, record, job);
	fputs("</div></th></tr>\n", out);
	put_warnings(out, record, job);
	put_rows(out, record, job);
	fputs("</tbody>\n", out);
}

/** Whether an artifact's file is shown by <img> */
static bool is_picture(enum record_kind kind)
{
	return kind == RECORD_IMAGE || kind == RECORD_ANIMATION || kind == RECORD_CURVE
			|| kind == RECORD_LABELS;
}

/* ---- Jobs without a picture ------------------------------------------------------ */

static void put_card(FILE *out, const struct record *record,
		const struct record_artifact *artifact)
{
	const struct plan_job *job = &record->plan->jobs[artifact->job];

	fputs("<li", out);
	put_title(out, artifact_summary(job, artifact->name));
	putc('>', out);
	if (artifact->kind == RECORD_FIGURE) {
		fprintf(out, "<p class=\"number\"><b>%.6g</b>", artifact->value);
		markup_text(out, artifact->name);
		fputs("</p>", out);
	} else if (is_picture(artifact->kind)) {
		fputs("<figure>", out);
		put_artifact_shot(out, record, artifact);
		fputs("<figcaption>", out);
		markup_text(out, artifact->name);
		fputs("</figcaption></figure>", out);
	} else {
		fputs("<p class=\"number\">", out);
		put_array_link(out, artifact);
		fputs("</p>", out);
	}
	fputs("</li>\n", out);
}

static void put_once_job(FILE *out, const struct record *record, size_t job)
{
	struct range range = job_range(record, job);

	fprintf(out, "<section class=\"alone\" id=\"job-%zu\">\n<div>", job);
	put_job_name(out, record, job);
	fputs("</div>\n", out);
	if (range.end > range.start) {
		fputs("<ul class=\"cards\">\n", out);
		for (size_t i = range.start; i < range.end; i++) {
			put_card(out, record, &record->artifacts[i]);
		}
		fputs("</ul>\n", out);
	}
	fputs("</section>\n", out);
}

/* ---- Columns ---------------------------------------------------------------------- */

static void put_caption(FILE *out, const struct record *record, size_t index)
{
	const struct plan *plan = record->plan;
	const struct record_picture *picture = &record->pictures[index];

	fputs("<th scope=\"col\" class=\"cell\">", out);
	if (picture->failure) {
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
		put_title(out, model_class_name(plan->model, picture->target));
		putc('>', out);
		markup_text(out, name);
		free(name);
		fprintf(out, "</span><span class=\"share\"><meter min=\"0\" max=\"1\" "
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
	fputs("<tbody>\n<tr><th scope=\"row\" class=\"label\" "
			"title=\"the picture as the network sees it\">input</th>", out);
	for (size_t i = 0; i < record->plan->picture_count; i++) {
		const struct record_picture *picture = &record->pictures[i];

		fputs("<td class=\"cell\">", out);
		if (picture->input) {
			put_shot(out, record, picture->input, picture->width,
					picture->height, "input", i, -1, false);
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
	fprintf(out, "<div class=\"table-region\" role=\"region\" tabindex=\"0\" "
			"aria-label=\"Results by job and picture\">\n"
			"<table style=\"--pictures: %zu\">\n<thead><tr>"
			"<td class=\"label\"></td>", plan->picture_count);
	for (size_t i = 0; i < plan->picture_count; i++) {
		put_caption(out, record, i);
	}
	fputs("</tr></thead>\n", out);
	put_inputs(out, record);
	for (size_t i = 0; i < plan->job_count; i++) {
		if (!is_once(&plan->jobs[i]) && !record_hidden(record, i)) {
			put_job(out, record, i);
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
				: !record_hidden(record, i);
	}
	return count;
}

/** Links to the jobs that failed */
static void put_failed_jobs(FILE *out, const struct record *record)
{
	const char *between = "";

	for (size_t i = 0; i < record->plan->job_count; i++) {
		if (record->jobs[i].status == RECORD_FAILED) {
			fprintf(out, "%s<a href=\"#job-%zu\">", between, i);
			markup_text(out, record->plan->jobs[i].name);
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
			"<link rel=\"icon\" href=\"data:,\">\n<title>", out);
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
	fprintf(out, " sees</h1>\n<p class=\"lead\">%zu job%s on %zu picture%s</p>\n"
			"</header>\n", jobs, plural(jobs), plan->picture_count,
			plural(plan->picture_count));
	if (record->interrupted) {
		fputs("<p class=\"notice\"><strong>Interrupted.</strong> What was finished "
				"is here.</p>\n", out);
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
	const char *slash = weights ? strrchr(weights, '/') : NULL;

	fputs("<footer class=\"page-foot\">\n<p>Weights ", out);
	markup_text(out, slash ? slash + 1 : weights ? weights : "random");
	if (plan->model->digest[0]) {
		fputs(" <span class=\"digest\">sha256 ", out);
		markup_text(out, plan->model->digest);
		fputs("</span>", out);
	}
	fprintf(out, "</p>\n<p>Seed %llu \xC2\xB7 ", (unsigned long long)plan->seed);
	markup_text(out, record->engine_description);
	fputs(" \xC2\xB7 cnnviz " PACKAGE_VERSION " \xC2\xB7 all facts in "
			"<a href=\"manifest.json\">manifest.json</a></p>\n</footer>\n", out);
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
			"</div>\n</dialog>\n", out);
}

static void put_page(FILE *out, const struct record *record)
{
	put_head(out, record);
	fputs("<main>\n", out);
	put_table(out, record);
	for (size_t i = 0; i < record->plan->job_count; i++) {
		if (is_once(&record->plan->jobs[i]) && !record_hidden(record, i)) {
			put_once_job(out, record, i);
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
