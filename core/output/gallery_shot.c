/**
 * \file    output/gallery_shot.c
 * \brief   Writes a picture of the gallery as a link that the script enlarges
 */
#include "output/gallery_shot.h"

#include <stdlib.h>
#include <string.h>

#include "base/markup.h"
#include "base/memory.h"
#include "output/gallery_values.h"
#include "output/thumbnail.h"

void gallery_share(double probability, char *text, size_t size)
{
	if (probability > 0 && probability < 0.0005) {
		snprintf(text, size, "<0.1%%");
	} else {
		snprintf(text, size, "%.1f%%", probability * 100);
	}
}

/** A picture and what is said about it */
struct shot {
	const char *path;
	int64_t width, height;
	char *title;
	const char *css_classes; /* additional CSS classes, or "" */
	size_t picture;          /* or RECORD_NO_PICTURE */
	const char *class_name;  /* or NULL */
	double probability;      /* of that class, or negative */
	const char *input;       /* path of the network's view to show it with, or NULL */
	const struct record_artifact
			*values; /* that has the array that it shows, or NULL */
	bool stacked;            /* may lie over the view, which covers: */
	double box[4]; /* left, top, width and height, in units of this picture */
};

static void put_attribute_url(FILE *out, const char *name, const char *path)
{
	if (path != NULL) {
		fprintf(out, "\" %s=\"", name);
		markup_url(out, path);
	}
}

/** Write what the script shows beside the enlarged picture, as attributes. */
static void put_data(const struct gallery *gallery, const struct shot *shot)
{
	FILE *out = gallery->out;

	fputs("\" data-title=\"", out);
	markup_text(out, shot->title);
	if (shot->picture != RECORD_NO_PICTURE) {
		fputs(" \xC2\xB7 ", out);
		markup_text(out, gallery->record->plan->pictures[shot->picture].name);
	}
	if (shot->class_name != NULL) {
		fputs("\" data-detail=\"", out);
		markup_text(out, shot->class_name);
		if (shot->probability >= 0) {
			char share[16];

			gallery_share(shot->probability, share, sizeof(share));
			fputs(" \xC2\xB7 ", out);
			markup_text(out, share);
		}
	}
	put_attribute_url(out, "data-input", shot->input);
	if (shot->values != NULL) {
		fputs("\" data-values=\"", out);
		gallery_values_address(out, shot->values);
	}
	if (shot->stacked) {
		fprintf(out, "\" data-box=\"%.6g %.6g %.6g %.6g", 100 * shot->box[0],
				100 * shot->box[1], 100 * shot->box[2],
				100 * shot->box[3]);
	}
}

/** Write an <img>, of a smaller copy where there is one. */
static void put_image(const struct gallery *gallery, const struct shot *shot)
{
	FILE *out = gallery->out;
	bool small = thumbnail_is_made(shot->width, shot->height);
	char *thumbnail = small ? thumbnail_path(shot->path) : memory_text(shot->path);

	fputs("<img src=\"", out);
	markup_url(out, thumbnail);
	fprintf(out,
			"\" width=\"%lld\" height=\"%lld\" loading=\"lazy\" "
			"decoding=\"async\" alt=\"",
			(long long)shot->width, (long long)shot->height);
	markup_text(out, shot->title);
	if (shot->picture != RECORD_NO_PICTURE) {
		fputs(" of ", out);
		markup_text(out, gallery->record->plan->pictures[shot->picture].name);
	}
	if (shot->class_name != NULL) {
		fputs(" for ", out);
		markup_text(out, shot->class_name);
	}
	fputs("\">", out);
	free(thumbnail);
}

static void put_shot(const struct gallery *gallery, const struct shot *shot)
{
	FILE *out = gallery->out;

	fprintf(out, "<a class=\"shot%s\" href=\"", shot->css_classes);
	markup_url(out, shot->path);
	put_data(gallery, shot);
	fputs("\">", out);
	put_image(gallery, shot);
	fputs("</a>", out);
}

void gallery_shot_input(const struct gallery *gallery, size_t picture)
{
	const struct record_picture *seen = &gallery->record->pictures[picture];
	struct shot shot = {
		.path = seen->input,
		.width = seen->width,
		.height = seen->height,
		.title = memory_text("input"),
		.css_classes = "",
		.picture = picture,
	};

	put_shot(gallery, &shot);
	free(shot.title);
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

/** Whether a picture is drawn over the photograph, not over the network's view of it */
static bool is_at_picture(const struct plan *plan, const struct record_artifact *artifact,
		const struct record_picture *view)
{
	const struct plan_picture *photograph = &plan->pictures[artifact->picture];

	if (artifact->width != photograph->width
			|| artifact->height != photograph->height) {
		return false;
	}
	return artifact->width != view->width || artifact->height != view->height
			|| job_draws_at_picture(artifact->job,
					strcmp(artifact->name, "overlay") == 0);
}

/** Where the network's view lies under a picture; false if they do not fit */
static bool find_box(const struct plan *plan, const struct record_artifact *artifact,
		const struct record_picture *view, double box[4])
{
	bool at_picture = is_at_picture(plan, artifact, view);

	image_fitted_box((const int64_t[]){ view->height, view->width },
			at_picture ? plan_picture_fit(plan, artifact->picture)
				   : IMAGE_FIT_STRETCH,
			artifact->width, artifact->height, box);
	return at_picture
			|| artifact->width * view->height
			== artifact->height * view->width;
}

void gallery_shot(const struct gallery *gallery, const struct record_artifact *artifact)
{
	const struct record *record = gallery->record;
	const struct record_picture *seen = artifact->picture == RECORD_NO_PICTURE
			? NULL
			: &record->pictures[artifact->picture];
	struct shot shot = {
		.path = artifact->path,
		.width = artifact->width,
		.height = artifact->height,
		.title = memory_format("%s, %s", artifact->job->name, artifact->name),
		.css_classes = css_classes(artifact),
		.picture = artifact->picture,
		.class_name = model_class_name(record->plan->model, artifact->target),
		.probability = -1,
		.values = gallery_values_of(gallery, artifact),
	};

	if (seen != NULL && artifact->target == seen->target) {
		shot.probability = seen->target_probability;
	}
	if (seen != NULL && seen->input != NULL && artifact->kind != RECORD_CURVE) {
		shot.input = seen->input;
		shot.stacked = find_box(record->plan, artifact, seen, shot.box);
	}
	put_shot(gallery, &shot);
	free(shot.title);
}
