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
#include "output/gallery.h"
#include "output/gallery_job.h"
#include "output/gallery_pages.h"
#include "output/gallery_table.h"
#include "output/gallery_values.h"

/* Style, markup and script as arrays of lines, each named like the file it is made from */
#include "core/output/gallery_parts.h"

/* ---- Text ---------------------------------------------------------------------- */

static void put_lines(FILE *out, const char *const *lines)
{
	for (; *lines; lines++) {
		fputs(*lines, out);
	}
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

/* ---- The page ------------------------------------------------------------------ */

static size_t shown_jobs(const struct record *record, bool failed)
{
	size_t count = 0;

	for (size_t i = 0; i < record->plan->job_count; i++) {
		count += failed ? record->jobs[i].status == RECORD_FAILED
				: !record_hidden(&record->jobs[i]);
	}
	return count;
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
	put_lines(out, gallery_print_css);
}

static void put_head(const struct gallery *gallery)
{
	const struct record *record = gallery->record;
	const struct plan *plan = record->plan;
	FILE *out = gallery->out;
	size_t jobs = shown_jobs(record, false), failed = shown_jobs(record, true);

	char *title = gallery->page == 0
			? memory_text(plan->architecture)
			: memory_format("%s, page %zu", plan->architecture,
					gallery->page + 1);

	page_begin(out, title);
	free(title);
	/* Without a script there are no pages to turn. */
	fputs("</style>\n<noscript><style>.cell[hidden] { display: table-cell "
	      "!important; }</style>"
	      "</noscript>\n</head>\n<body>\n<header class=\"page-head\">\n<h1>What ",
			out);
	markup_text(out, plan->architecture);
	fprintf(out, " sees</h1>\n<p class=\"lead\">%zu job%s on %zu picture%s</p>\n",
			jobs, plural(jobs), plan->picture_count,
			plural(plan->picture_count));
	gallery_pages_links(out, record, gallery->page);
	if (plan->format == PLAN_FORMAT_NONE) {
		fputs("<p class=\"notice\">No pictures were drawn, since the run was "
		      "made "
		      "with <code>output_format = npy-only</code>: there are numbers, "
		      "and "
		      "links to arrays.</p>\n",
				out);
	}
	if (record->interrupted) {
		fputs("<p class=\"notice\"><strong>Interrupted.</strong> What was "
		      "finished is here.</p>\n",
				out);
	}
	if (failed > 0) {
		fputs("<p class=\"notice bad\"><strong>Failed:</strong> ", out);
		gallery_job_failures(gallery);
		fputs("</p>\n", out);
	}
	fputs("</header>\n", out);
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
	markup_text(out,
			record->engine_description != NULL ? record->engine_description
							   : "no engine");
	fputs(" \xC2\xB7 cnnviz " PACKAGE_VERSION " \xC2\xB7 all facts in <a "
	      "href=\"manifest.json\">manifest.json</a></p>\n</footer>\n",
			out);
}

static void put_page(const struct gallery *gallery)
{
	const struct record *record = gallery->record;
	FILE *out = gallery->out;

	put_head(gallery);
	fputs("<main>\n", out);
	put_lines(out, gallery_filters_html);
	gallery_table(gallery);
	for (size_t i = 0; i < record->plan->job_count; i++) {
		const struct record_job *job = &record->jobs[i];

		if (gallery->page == 0 && job_is_once(job->plan) && !record_hidden(job)) {
			gallery_job_alone(gallery, job);
		}
	}
	fputs("</main>\n", out);
	put_foot(out, record);
	put_lines(out, gallery_dialog_html);
	fputs("<script>\n", out);
	put_lines(out, gallery_still_js);
	put_lines(out, gallery_shown_js);
	put_lines(out, gallery_values_js);
	put_lines(out, gallery_large_js);
	fputs("</script>\n</body>\n</html>\n", out);
}

static cnnviz_status write_page(const struct record *record, size_t page,
		struct error *error)
{
	size_t pictures = record->plan->picture_count, size = gallery_pages_size(record);
	char *name = gallery_pages_name(page);
	char *path = path_join(record->plan->output, name);
	struct writer *writer = NULL;
	cnnviz_status status = writer_open(path, &writer, error);

	if (status == CNNVIZ_OK) {
		struct gallery gallery = {
			.out = writer->stream,
			.record = record,
			.page = page,
			.first = page * size,
			.end = (page + 1) * size < pictures ? (page + 1) * size
							    : pictures,
		};

		gallery.embedded = gallery_values_limit(&gallery);
		put_page(&gallery);
		status = writer_commit(writer, error);
	}
	free(path);
	free(name);
	return status;
}

cnnviz_status gallery_write(const struct record *record, struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;

	/* The first one, which links to the others, comes when they are there. */
	for (size_t page = gallery_pages_count(record); page > 0 && status == CNNVIZ_OK;
			page--) {
		status = write_page(record, page - 1, error);
	}
	return status;
}
