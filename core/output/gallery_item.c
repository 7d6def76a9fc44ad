/**
 * \file    output/gallery_item.c
 * \brief   Writes one artifact, or a series of them, for the gallery
 */
#include "output/gallery_item.h"

#include <stdlib.h>
#include <string.h>

#include "base/markup.h"
#include "base/memory.h"

/** This many artifacts with the same base name form a series */
#define SERIES_MIN 4
/** Largest number of classes in the legend of a label map */
#define LEGEND_MAX 12

/* ---- Grouping -------------------------------------------------------------------- */

struct range gallery_item_range(const struct record *record, const struct plan_job *job)
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

static size_t base_length(const char *name)
{
	return strcspn(name, "-");
}

/** Whether one of the pictures has a series with an artifact's base name and type */
static bool in_series(const struct record *record, struct range range,
		const struct record_artifact *artifact)
{
	const struct gallery_item base = {
		.name = artifact->name,
		.length = base_length(artifact->name),
		.kind = artifact->kind,
		.series = true,
	};
	size_t found = 0;

	for (size_t i = range.start; i < range.end && found < SERIES_MIN; i++) {
		if (i > range.start
				&& record->artifacts[i].picture
						!= record->artifacts[i - 1].picture) {
			found = 0;
		}
		found += gallery_item_has(&base, &record->artifacts[i]);
	}
	return found == SERIES_MIN;
}

bool gallery_item_has(const struct gallery_item *item,
		const struct record_artifact *artifact)
{
	char end;

	if (item->kind != artifact->kind
			|| strncmp(item->name, artifact->name, item->length) != 0) {
		return false;
	}
	end = artifact->name[item->length];
	return end == '\0' || (item->series && end == '-');
}

struct gallery_item *gallery_item_list(const struct record *record, struct range range,
		size_t *count)
{
	struct gallery_item *list = memory_new(range.end - range.start + 1,
			sizeof(*list));

	*count = 0;
	for (size_t i = range.start; i < range.end; i++) {
		const struct record_artifact *artifact = &record->artifacts[i];
		size_t known = 0;

		while (known < *count && !gallery_item_has(&list[known], artifact)) {
			known++;
		}
		if (known < *count) {
			continue;
		}
		bool series = in_series(record, range, artifact);
		list[(*count)++] = (struct gallery_item){
			.name = artifact->name,
			.kind = artifact->kind,
			.series = series,
			.length = series ? base_length(artifact->name)
					 : strlen(artifact->name),
		};
	}
	return list;
}

/* ---- Texts ----------------------------------------------------------------------- */

void gallery_item_share(double probability, char *text, size_t size)
{
	if (probability > 0 && probability < 0.0005) {
		snprintf(text, size, "<0.1%%");
	} else {
		snprintf(text, size, "%.1f%%", probability * 100);
	}
}

/** The artifact's summary in the technique's table, or NULL */
static const char *artifact_summary(const struct plan_job *job, const char *name)
{
	static const char *const drawn[][2] = {
		{ "color",
				"the map's channels as colors, from its minimum to its "
				"maximum" },
		{ "gray", "the magnitude of the map" },
		{ "positive", "evidence for the class" },
		{ "negative", "evidence against the class" },
		{ "heatmap", "the magnitude of the map in colors" },
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
	for (size_t i = 0; job->common != NULL && i < sizeof(drawn) / sizeof(drawn[0]);
			i++) {
		if (strcmp(drawn[i][0], name) == 0) {
			return drawn[i][1];
		}
	}
	return NULL;
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

void gallery_item_label(FILE *out, const struct plan_job *job,
		const struct gallery_item *item)
{
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

/* ---- Pictures -------------------------------------------------------------------- */

/** A picture with a link */
struct picture_link {
	const char *path;
	int64_t width, height;
	const char *title;
	const char *css_classes; /* additional CSS classes, or "" */
	size_t picture;          /* or RECORD_NO_PICTURE */
	int64_t target;          /* or -1 */
	bool beside_input;       /* shown large beside the input */
};

/** Write an <img> in a link, with the data for the dialog */
static void put_picture_link(FILE *out, const struct record *record,
		const struct picture_link *picture_link)
{
	char share[16] = "";
	const struct record_picture *seen = picture_link->picture == RECORD_NO_PICTURE
			? NULL
			: &record->pictures[picture_link->picture];
	const char *class_name = picture_link->target < 0
			? NULL
			: model_class_name(record->plan->model, picture_link->target);

	fprintf(out, "<a class=\"shot%s\" href=\"", picture_link->css_classes);
	markup_url(out, picture_link->path);
	fputs("\" data-title=\"", out);
	markup_text(out, picture_link->title);
	if (seen != NULL) {
		fputs(" \xC2\xB7 ", out);
		markup_text(out, record->plan->pictures[picture_link->picture].name);
	}
	if (class_name != NULL) {
		fputs("\" data-detail=\"", out);
		markup_text(out, class_name);
		if (seen != NULL && picture_link->target == seen->target) {
			gallery_item_share(seen->target_probability, share,
					sizeof(share));
			fputs(" \xC2\xB7 ", out);
			markup_text(out, share);
		}
	}
	if (seen != NULL && seen->input != NULL && picture_link->beside_input) {
		fputs("\" data-input=\"", out);
		markup_url(out, seen->input);
	}
	fputs("\"><img src=\"", out);
	markup_url(out, picture_link->path);
	fprintf(out,
			"\" width=\"%lld\" height=\"%lld\" loading=\"lazy\" "
			"decoding=\"async\" alt=\"",
			(long long)picture_link->width, (long long)picture_link->height);
	markup_text(out, picture_link->title);
	if (seen != NULL) {
		fputs(" of ", out);
		markup_text(out, record->plan->pictures[picture_link->picture].name);
	}
	if (class_name != NULL) {
		fputs(" for ", out);
		markup_text(out, class_name);
	}
	fputs("\"></a>", out);
}

void gallery_item_input(FILE *out, const struct record *record, size_t picture)
{
	const struct record_picture *seen = &record->pictures[picture];
	const struct picture_link picture_link = {
		.path = seen->input,
		.width = seen->width,
		.height = seen->height,
		.title = "input",
		.css_classes = "",
		.picture = picture,
		.target = -1,
	};

	put_picture_link(out, record, &picture_link);
}

static const char *css_classes(const struct record_artifact *artifact)
{
	switch (artifact->kind) {
	case RECORD_ANIMATION:
		return " moving";
	case RECORD_CURVE:
		return " plotted";
	case RECORD_LABELS:
		return " labeled";
	default:
		return artifact->shape[0] == 4 ? " clear" : "";
	}
}

static void put_picture(FILE *out, const struct record *record,
		const struct record_artifact *artifact)
{
	char *title = memory_format("%s, %s", artifact->job->name, artifact->name);
	const struct picture_link picture_link = {
		.path = artifact->path,
		.width = artifact->width,
		.height = artifact->height,
		.title = title,
		.css_classes = css_classes(artifact),
		.picture = artifact->picture,
		.target = artifact->target,
		.beside_input = artifact->kind != RECORD_CURVE,
	};

	put_picture_link(out, record, &picture_link);
	free(title);
}

/** Write the legend of a label map: color, name and area of its classes */
static void put_legend(FILE *out, const struct plan *plan,
		const struct record_artifact *artifact)
{
	char share[16];

	fputs("<ul class=\"legend\">", out);
	for (size_t i = 0; i < artifact->area_count && i < LEGEND_MAX; i++) {
		const struct record_area *area = &artifact->areas[i];

		gallery_item_share(area->fraction, share, sizeof(share));
		fprintf(out,
				"<li><span class=\"swatch\" style=\"background: "
				"#%06lx\"></span>"
				"<span>",
				(unsigned long)area->color);
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

static void put_link(FILE *out, const char *path, const char *text)
{
	fputs("<a href=\"", out);
	markup_url(out, path);
	fputs("\">", out);
	markup_text(out, text);
	fputs("</a>", out);
}

/** Write a link to an array, with the range of its values if it is known */
static void put_array_link(FILE *out, const struct record_artifact *artifact)
{
	char *text = artifact->kind == RECORD_MAP
			? memory_format("%.3g to %.3g", artifact->scalars[0].value,
					artifact->scalars[1].value)
			: memory_format("%s.npy", artifact->name);

	put_link(out, artifact->path, text);
	free(text);
}

/* ---- Cells and cards --------------------------------------------------------------- */

/** Write a picture with its caption */
static void put_shown(FILE *out, const struct record *record,
		const struct record_artifact *artifact)
{
	put_picture(out, record, artifact);
	if (artifact->kind == RECORD_LABELS) {
		put_legend(out, record->plan, artifact);
	}
	if (artifact->array != NULL) {
		fputs("<span class=\"values\">", out);
		put_link(out, artifact->array, "values");
		fputs("</span>", out);
	}
}

/** The part of an artifact's name that distinguishes it within its series */
static const char *suffix(const struct gallery_item *item,
		const struct record_artifact *artifact)
{
	const char *end = artifact->name + item->length;

	return *end == '-' ? end + 1 : artifact->name;
}

/** Write one artifact of a series, small */
static void put_member(FILE *out, const struct record *record,
		const struct gallery_item *item, const struct record_artifact *artifact)
{
	switch (artifact->kind) {
	case RECORD_MAP:
	case RECORD_ARRAY:
		put_link(out, artifact->path, suffix(item, artifact));
		return;
	case RECORD_SCALAR:
		fputs("<span class=\"member\"><small>", out);
		markup_text(out, suffix(item, artifact));
		fprintf(out, "</small> %.6g</span>", artifact->value);
		return;
	default:
		fputs("<figure>", out);
		put_picture(out, record, artifact);
		fputs("<figcaption>", out);
		markup_text(out, suffix(item, artifact));
		fputs("</figcaption></figure>", out);
	}
}

/** Write all artifacts of an item from `place` on that have the same picture */
static void put_series(FILE *out, const struct record *record,
		const struct gallery_item *item, struct range range, size_t place)
{
	size_t picture = record->artifacts[place].picture;

	fprintf(out, "<div class=\"series%s\">",
			item->kind == RECORD_CURVE ? " plots" : "");
	for (size_t i = place; i < range.end && record->artifacts[i].picture == picture;
			i++) {
		if (gallery_item_has(item, &record->artifacts[i])) {
			put_member(out, record, item, &record->artifacts[i]);
		}
	}
	fputs("</div>", out);
}

static bool is_picture(enum record_kind kind)
{
	return kind != RECORD_MAP && kind != RECORD_ARRAY && kind != RECORD_SCALAR;
}

void gallery_item_cell(FILE *out, const struct record *record,
		const struct gallery_item *item, struct range range, size_t place)
{
	const struct record_artifact *artifact = &record->artifacts[place];

	fprintf(out, "<td class=\"cell%s\">", is_picture(item->kind) ? "" : " values");
	if (item->series) {
		put_series(out, record, item, range, place);
	} else if (is_picture(item->kind)) {
		put_shown(out, record, artifact);
	} else if (item->kind == RECORD_SCALAR) {
		fprintf(out, "%.6g", artifact->value);
	} else {
		put_array_link(out, artifact);
	}
	fputs("</td>", out);
}

static void put_single(FILE *out, const struct record *record,
		const struct record_artifact *artifact)
{
	if (artifact->kind == RECORD_SCALAR) {
		fprintf(out, "<p class=\"number\"><b>%.6g</b>", artifact->value);
		markup_text(out, artifact->name);
		fputs("</p>", out);
	} else if (is_picture(artifact->kind)) {
		fputs("<figure>", out);
		put_shown(out, record, artifact);
		fputs("<figcaption>", out);
		markup_text(out, artifact->name);
		fputs("</figcaption></figure>", out);
	} else {
		fputs("<p class=\"number\">", out);
		put_array_link(out, artifact);
		fputs("</p>", out);
	}
}

void gallery_item_card(FILE *out, const struct record *record,
		const struct gallery_item *item, struct range range)
{
	size_t place = range.start;

	while (!gallery_item_has(item, &record->artifacts[place])) {
		place++;
	}
	const struct record_artifact *artifact = &record->artifacts[place];

	fprintf(out, "<li class=\"%s\"",
			item->series                                 ? "wide"
					: item->kind == RECORD_CURVE ? "broad"
								     : "");
	gallery_item_title(out, artifact_summary(artifact->job, artifact->name));
	putc('>', out);
	if (item->series) {
		fputs("<p class=\"number\">", out);
		put_name(out, item);
		fputs("</p>", out);
		put_series(out, record, item, range, place);
	} else {
		put_single(out, record, artifact);
	}
	fputs("</li>\n", out);
}
