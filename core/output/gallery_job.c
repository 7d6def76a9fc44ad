/**
 * \file    output/gallery_job.c
 * \brief   Writes a job's heading, and jobs without a picture
 */
#include "output/gallery_job.h"

#include <stdlib.h>
#include <string.h>

#include "base/markup.h"
#include "output/gallery_item.h"

/** The number by which links refer to a job */
static size_t job_number(const struct gallery *gallery, const struct record_job *job)
{
	return (size_t)(job - gallery->record->jobs);
}

void gallery_job_attributes(const struct gallery *gallery, const struct record_job *job)
{
	fprintf(gallery->out, " id=\"job-%zu\" data-job=\"", job_number(gallery, job));
	markup_text(gallery->out, job->plan->name);
	putc('"', gallery->out);
}

static void put_span(FILE *out, const char *css_class, const char *text)
{
	fprintf(out, "<span class=\"%s\">", css_class);
	markup_text(out, text);
	fputs("</span>", out);
}

static void put_technique(FILE *out, const struct plan_job *job)
{
	const cnnviz_technique *technique = &job->plugin->technique;

	fputs("<span class=\"technique\"", out);
	gallery_item_title(out, technique->reference);
	putc('>', out);
	markup_text(out,
			strcmp(job->name, technique->name) == 0 ? technique->summary
								: technique->name);
	fputs("</span>", out);
}

void gallery_job_name(const struct gallery *gallery, const struct record_job *job)
{
	const struct record *record = gallery->record;
	FILE *out = gallery->out;
	const struct value *target = job_common_value(job->plan, "target");

	fputs("<h2>", out);
	markup_text(out, job->plan->name);
	fputs("</h2>", out);
	put_technique(out, job->plan);
	if (job->status != RECORD_OK) {
		put_span(out, job->status == RECORD_FAILED ? "badge bad" : "badge",
				record_status_name(job->status));
	}
	if (target->set) {
		fputs("<span class=\"instead\">for the class ", out);
		markup_text(out, model_class_name(record->plan->model, target->integer));
		fputs("</span>", out);
	}
	if (job->plan->neuron != 0) {
		fputs("<span class=\"instead\">for the neuron ", out);
		markup_text(out,
				model_class_name(record->plan->model, job->plan->neuron));
		fputs("</span>", out);
	}
	if (job->reason != NULL) {
		put_span(out, "remark bad", job->reason);
	}
	struct record_span warnings = record_warnings_of(record, job->plan,
			RECORD_NO_PICTURE, RECORD_NO_PICTURE);

	for (size_t i = warnings.start; i < warnings.end; i++) {
		put_span(out, "remark", record->warnings[i].text);
	}
}

void gallery_job_alone(const struct gallery *gallery, const struct record_job *job)
{
	struct record_span range = record_artifacts_of(gallery->record, job->plan, 0,
			RECORD_NO_PICTURE);
	FILE *out = gallery->out;
	size_t count;
	struct gallery_item *items = gallery_group_list(gallery->record, range, &count);

	fputs("<section class=\"alone\"", out);
	gallery_job_attributes(gallery, job);
	fputs(">\n<div>", out);
	gallery_job_name(gallery, job);
	fputs("</div>\n", out);
	if (count > 0) {
		fputs("<ul class=\"cards\">\n", out);
		for (size_t i = 0; i < count; i++) {
			gallery_item_card(gallery, &items[i], range);
		}
		fputs("</ul>\n", out);
	}
	fputs("</section>\n", out);
	free(items);
}

void gallery_job_failures(const struct gallery *gallery)
{
	const struct record *record = gallery->record;
	const char *between = "";

	for (size_t i = 0; i < record->plan->job_count; i++) {
		const struct record_job *job = &record->jobs[i];

		if (job->status == RECORD_FAILED) {
			/* Those without pictures are on the first page alone. */
			fprintf(gallery->out, "%s<a href=\"%s#job-%zu\">", between,
					gallery->page > 0 && job_is_once(job->plan)
							? "index.html"
							: "",
					job_number(gallery, job));
			markup_text(gallery->out, job->plan->name);
			fputs("</a>", gallery->out);
			between = ", ";
		}
	}
}
