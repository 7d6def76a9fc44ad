/**
 * \file    output/gallery_item.c
 * \brief   Writes one artifact, or a series of them, for the gallery
 */
#include "output/gallery_item.h"

#include <stdlib.h>
#include <string.h>

#include "base/markup.h"
#include "base/memory.h"
#include "output/gallery_shot.h"
#include "output/gallery_values.h"

/** Largest number of classes in the legend of a label map */
#define LEGEND_MAX 12

/* ---- Texts --------------------------------------------------------------------- */

/** What a drawing of a map shows, or NULL */
static const char *drawing_summary(const struct plan_job *job, const char *name)
{
	/* Name, of maps in general, of signed evidence */
	static const char *const drawn[][3] = {
		{ "color",
				"the map's channels as colors, from its minimum to its "
				"maximum" },
		{ "gray", "the magnitude of the map",
				"evidence for the class, summed over channels" },
		{ "positive", "evidence for the class" },
		{ "negative", "evidence against the class" },
		{ "heatmap", "the magnitude of the map in colors",
				"evidence for and against the class in colors that "
				"diverge from 0" },
		{ "overlay", "the heat map over the picture" },
	};
	bool evidence = job->map_style == CNNVIZ_MAP_SIGNED;

	for (size_t i = 0; job->common != NULL && i < sizeof(drawn) / sizeof(drawn[0]);
			i++) {
		if (strcmp(drawn[i][0], name) == 0) {
			return drawn[i][evidence && drawn[i][2] != NULL ? 2 : 1];
		}
	}
	return NULL;
}

/** The artifact's summary in the technique's table, or NULL */
static const char *artifact_summary(const struct plan_job *job, const char *name)
{
	for (uint32_t i = 0; i < job->plugin->technique.artifact_count; i++) {
		const cnnviz_artifact *artifact = &job->plugin->artifacts[i];
		size_t length = strlen(artifact->name);

		if (strncmp(artifact->name, name, length) == 0
				&& (name[length] == '\0' || name[length] == '-')) {
			return artifact->summary;
		}
	}
	return drawing_summary(job, name);
}

void gallery_item_title(FILE *out, const char *title)
{
	if (title != NULL) {
		fputs(" title=\"", out);
		markup_text(out, title);
		putc('"', out);
	}
}

static void put_name(FILE *out, const struct gallery_item *item)
{
	char *name = memory_text_n(item->name, item->length);

	markup_text(out, name);
	free(name);
}

void gallery_item_label(const struct gallery *gallery, const struct plan_job *job,
		const struct gallery_item *item)
{
	FILE *out = gallery->out;
	bool map = item->kind == RECORD_MAP;

	fputs("<th scope=\"row\" class=\"label\"", out);
	gallery_item_title(out,
			map ? "the map itself, as a float32 array for NumPy"
			    : artifact_summary(job, item->name));
	putc('>', out);
	if (map) {
		fputs("values", out);
	} else {
		put_name(out, item);
	}
	fputs("</th>", out);
}

/* ---- Parts --------------------------------------------------------------------- */

/** Write the legend of a label map: color, name and area of its classes */
static void put_legend(FILE *out, const struct plan *plan,
		const struct record_artifact *artifact)
{
	char share[16];

	fputs("<ul class=\"legend\">", out);
	for (size_t i = 0; i < artifact->area_count && i < LEGEND_MAX; i++) {
		const struct record_area *area = &artifact->areas[i];

		gallery_share(area->fraction, share, sizeof(share));
		fprintf(out,
				"<li data-index=\"%lld\"><span class=\"swatch\" "
				"style=\"background: #%06lx\"></span>"
				"<span class=\"meaning\">",
				(long long)area->index, (unsigned long)area->color);
		markup_text(out, model_class_name(plan->model, area->index));
		fputs("</span> <small>", out);
		markup_text(out, share);
		fputs("</small></li>", out);
	}
	if (artifact->area_count > LEGEND_MAX) {
		fprintf(out, "<li><span>and %zu more</span></li>",
				artifact->area_count - LEGEND_MAX);
	}
	fputs("</ul>", out);
}

/** Write a link to an array, with the range of its values if it is known */
static void put_array_link(const struct gallery *gallery,
		const struct record_artifact *artifact)
{
	const char *path = record_array_path(artifact);
	char *text = artifact->kind == RECORD_MAP
			? memory_format("%.3g to %.3g", artifact->scalars[0].value,
					artifact->scalars[1].value)
			: memory_text(strrchr(path, '/') + 1);

	gallery_values_link(gallery, artifact, text);
	free(text);
	if (artifact->packed) {
		fprintf(gallery->out, " <small>row %lld</small>",
				(long long)artifact->row);
	}
}

/** Write a picture with its caption */
static void put_shown(const struct gallery *gallery,
		const struct record_artifact *artifact)
{
	if (artifact->path != NULL) {
		gallery_shot(gallery, artifact);
	}
	if (artifact->kind == RECORD_LABELS) {
		put_legend(gallery->out, gallery->record->plan, artifact);
	}
	if (artifact->array != NULL) {
		fputs("<span class=\"values\">", gallery->out);
		gallery_values_link(gallery, artifact, "values");
		fputs("</span>", gallery->out);
	}
}

/* ---- Series -------------------------------------------------------------------- */

/** The part of an artifact's name that distinguishes it within its series */
static const char *suffix(const struct gallery_item *item,
		const struct record_artifact *artifact)
{
	const char *end = artifact->name + item->length;

	return *end == '-' ? end + 1 : artifact->name;
}

/** Write one artifact of a series, small */
static void put_member(const struct gallery *gallery, const struct gallery_item *item,
		const struct record_artifact *artifact)
{
	FILE *out = gallery->out;

	if (artifact->kind == RECORD_SCALAR) {
		fputs("<span class=\"member\"><small>", out);
		markup_text(out, suffix(item, artifact));
		fprintf(out, "</small> %.6g</span>", artifact->value);
	} else if (gallery_group_is_picture(artifact)) {
		fputs("<figure>", out);
		gallery_shot(gallery, artifact);
		fputs("<figcaption>", out);
		markup_text(out, suffix(item, artifact));
		fputs("</figcaption></figure>", out);
	} else {
		gallery_values_link(gallery, artifact, suffix(item, artifact));
	}
}

/** The end of the artifacts from `place` on that have the same picture */
static size_t same_picture(const struct record *record, struct record_span range,
		size_t place)
{
	size_t end = place;

	while (end < range.end
			&& record->artifacts[end].picture
					== record->artifacts[place].picture) {
		end++;
	}
	return end;
}

/** Write all artifacts of an item from `place` on that have the same picture */
static void put_series(const struct gallery *gallery, const struct gallery_item *item,
		struct record_span range, size_t place)
{
	const struct record *record = gallery->record;
	size_t end = same_picture(record, range, place);

	fprintf(gallery->out, "<div class=\"series%s\">",
			item->kind == RECORD_CURVE ? " plots" : "");
	for (size_t i = place; i < end; i++) {
		if (gallery_group_has(item, &record->artifacts[i])) {
			put_member(gallery, item, &record->artifacts[i]);
		}
	}
	fputs("</div>", gallery->out);
}

/** Open the fold in which an item's curves from `place` on are, and say how many. */
static void open_fold(const struct gallery *gallery, const struct gallery_item *item,
		struct record_span range, size_t place)
{
	const struct record *record = gallery->record;
	size_t end = same_picture(record, range, place), count = 0;

	for (size_t i = place; i < end; i++) {
		count += gallery_group_has(item, &record->artifacts[i]);
	}
	fputs("<details><summary>", gallery->out);
	if (count > 1) {
		fprintf(gallery->out, "%zu curves", count);
	} else {
		fputs("curve", gallery->out);
	}
	fputs("</summary>", gallery->out);
}

/* ---- Cells and cards ----------------------------------------------------------- */

void gallery_item_cell(const struct gallery *gallery, const struct gallery_item *item,
		struct record_span range, size_t place)
{
	const struct record_artifact *artifact = &gallery->record->artifacts[place];
	bool folded = item->kind == RECORD_CURVE;

	if (folded) {
		open_fold(gallery, item, range, place);
	}
	if (item->series) {
		put_series(gallery, item, range, place);
	} else if (gallery_group_is_picture(artifact) || item->kind == RECORD_LABELS) {
		put_shown(gallery, artifact);
	} else if (item->kind == RECORD_SCALAR) {
		fprintf(gallery->out, "%.6g", artifact->value);
	} else {
		put_array_link(gallery, artifact);
	}
	if (folded) {
		fputs("</details>", gallery->out);
	}
}

static void put_single(const struct gallery *gallery,
		const struct record_artifact *artifact)
{
	FILE *out = gallery->out;

	if (artifact->kind == RECORD_SCALAR) {
		fprintf(out, "<p class=\"number\"><b>%.6g</b>", artifact->value);
		markup_text(out, artifact->name);
		fputs("</p>", out);
	} else if (gallery_group_is_picture(artifact)
			|| artifact->kind == RECORD_LABELS) {
		fputs("<figure>", out);
		put_shown(gallery, artifact);
		fputs("<figcaption>", out);
		markup_text(out, artifact->name);
		fputs("</figcaption></figure>", out);
	} else {
		fputs("<p class=\"number\">", out);
		put_array_link(gallery, artifact);
		fputs("</p>", out);
	}
}

/** Write what a card holds: one artifact, or a series under its name. */
static void put_content(const struct gallery *gallery, const struct gallery_item *item,
		struct record_span range, size_t place)
{
	if (!item->series) {
		put_single(gallery, &gallery->record->artifacts[place]);
		return;
	}
	fputs("<p class=\"number\">", gallery->out);
	put_name(gallery->out, item);
	fputs("</p>", gallery->out);
	put_series(gallery, item, range, place);
}

void gallery_item_card(const struct gallery *gallery, const struct gallery_item *item,
		struct record_span range)
{
	FILE *out = gallery->out;
	size_t place = range.start;

	while (!gallery_group_has(item, &gallery->record->artifacts[place])) {
		place++;
	}
	const struct record_artifact *artifact = &gallery->record->artifacts[place];
	bool folded = item->kind == RECORD_CURVE;

	fprintf(out, "<li class=\"%s\"", item->series ? "wide" : folded ? "broad" : "");
	gallery_item_title(out, artifact_summary(artifact->job, artifact->name));
	putc('>', out);
	if (folded) {
		open_fold(gallery, item, range, place);
	}
	put_content(gallery, item, range, place);
	fputs(folded ? "</details></li>\n" : "</li>\n", out);
}
