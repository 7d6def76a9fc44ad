/**
 * \file    host/drawing.c
 * \brief   Draws maps, and writes them to files
 */
#include "host/drawing.h"

#include <math.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/tensor.h"
#include "host/artifact_files.h"
#include "host/extras.h"
#include "host/job.h"
#include "host/picture_read.h"
#include "host/pending.h"
#include "host/regions.h"
#include "host/scalars.h"
#include "image/outline.h"

/** One of the pictures drawn of a map */
struct drawing {
	const char *name;
	cnnviz_status (*draw)(const cnnviz_tensor *maps, int64_t n,
			const struct render_style *style,
			const struct render_frame *frame, struct image **image,
			struct error *error);
};

static const struct drawing gradient_drawings[] = {
	{ "color", render_color },
	{ "gray", render_gray },
	{ "positive", render_positive },
	{ "negative", render_negative },
	{ NULL, NULL },
};
static const struct drawing signed_drawings[] = {
	{ "heatmap", render_heatmap },
	{ "gray", render_gray },
	{ "color", render_color },
	{ "positive", render_positive },
	{ "negative", render_negative },
	{ NULL, NULL },
};
static const struct drawing heat_drawings[] = {
	{ "gray", render_gray },
	{ "heatmap", render_heatmap },
	{ NULL, NULL },
};

static const struct drawing *find_drawings(uint32_t map_style)
{
	switch (map_style) {
	case CNNVIZ_MAP_GRADIENT:
		return gradient_drawings;
	case CNNVIZ_MAP_SIGNED:
		return signed_drawings;
	default:
		return heat_drawings;
	}
}

struct render_style drawing_style(const struct plan_job *job)
{
	const struct value *percentile = job_common_value(job, "percentile");
	bool cam = job->map_style == CNNVIZ_MAP_CAM;

	return (struct render_style){
		.evidence = job->map_style == CNNVIZ_MAP_SIGNED,
		.colormap = (int)job_common_value(job, "colormap")->integer,
		.opacity = job_common_value(job, "opacity")->real,
		.upsample = (uint32_t)job_common_value(job, "upsample")->integer,
		.percentile = percentile->set ? percentile->real
				: cam         ? 100
					      : 99,
	};
}

static bool is_signed(const struct plan_job *job)
{
	return job->map_style == CNNVIZ_MAP_GRADIENT
			|| job->map_style == CNNVIZ_MAP_SIGNED;
}

/** The smallest and the largest value that is a number; NaN if there is none */
static void find_range(const cnnviz_tensor *map, double *low, double *high)
{
	const float *data = tensor_data(map);
	int64_t count = tensor_count(map);
	float smallest = data[0], largest = data[0];

	for (int64_t i = 1; i < count; i++) {
		smallest = data[i] < smallest || isnan(smallest) ? data[i] : smallest;
		largest = data[i] > largest || isnan(largest) ? data[i] : largest;
	}
	*low = smallest;
	*high = largest;
}

/** Swap red and blue of maps for a network that expects BGR, for drawing */
static void swap_red_and_blue(cnnviz_tensor *map)
{
	int64_t area = tensor_count(map) / 3;
	float *data = tensor_mutable_data(map);

	for (int64_t i = 0; i < area; i++) {
		float value = data[i];

		data[i] = data[i + 2 * area];
		data[i + 2 * area] = value;
	}
}

/** Warn about empty pictures. */
static void warn_about_range(struct job *job, const struct record_artifact *artifact,
		double low, double high)
{
	const struct session *session = job->session;
	const struct cnnviz_job call = {
		.job = job,
		.session = job->session,
		.plan = job->plan,
		.pictures = &artifact->picture,
		.batch = &(cnnviz_batch){ .count = 1, .targets = &artifact->target },
	};

	if (low == 0 && high == 0) {
		for (size_t i = 0; i < session->record->warning_count; i++) {
			const struct record_warning *told = &session->record->warnings[i];

			if (told->job == artifact->job
					&& told->picture == artifact->picture) {
				return; /* warned before, with the cause */
			}
		}
		job_warn(&call, 0,
				"the map is zero everywhere: there is no evidence for or "
				"against this class");
	} else if (is_signed(job->plan) && (low >= 0 || high <= 0)) {
		log_write(LOG_LEVEL_DETAIL,
				"[%s] %s: no value is %s 0, so \"%s\" is black",
				job->plan->name,
				session->plan->pictures[artifact->picture].name,
				low >= 0 ? "below" : "above",
				low >= 0 ? "negative" : "positive");
	}
}

/** Draw at the size of the picture, which the plan has fitted to the input */
static void frame_picture(const struct plan *plan, size_t picture, int64_t width,
		int64_t height, struct render_frame *frame)
{
	frame->width = width;
	frame->height = height;
	frame->fit = plan_picture_fit(plan, picture);
}

/* ---- A map on its way ---------------------------------------------------------- */

/** A map that is drawn and written, maybe by a thread */
struct drawn {
	struct pending pending;
	struct job *job;
	struct record_artifact about; /* its job, picture and target */
	cnnviz_tensor *map;           /* (1,C,h,w); NULL when out of memory */
	struct image *view;           /* of the network */
	struct image *original; /* of the picture, before fitting; NULL: not in memory */
	double low, high;
	bool swapped; /* red and blue of the map */
	bool boxed;   /* the target is at a box, in pixels of the input: */
	double box[4];
	map_end *end;
	struct artifact_list artifacts, scalars;
	struct extras *extras;
	struct error error;
};

/** Draw the map in the ways of its style that need no picture. */
static cnnviz_status draw_map(struct drawn *drawn)
{
	struct record_artifact artifact = drawn->about;
	const struct plan *plan = drawn->job->session->plan;
	const struct drawing *drawing = find_drawings(artifact.job->map_style);
	struct render_style style = drawing_style(artifact.job);
	struct render_frame frame = render_input_frame(drawn->view->width,
			drawn->view->height);
	cnnviz_status status = CNNVIZ_OK;

	if (job_draws_at_picture(artifact.job, false)) {
		int64_t width, height;

		status = picture_measure(plan, artifact.picture, &width, &height,
				&drawn->error);
		if (status != CNNVIZ_OK) {
			return status;
		}
		frame_picture(plan, artifact.picture, width, height, &frame);
	}
	for (; drawing->name && status == CNNVIZ_OK; drawing++) {
		struct image *image = NULL;

		artifact.name = (char *)(uintptr_t)drawing->name;
		status = drawing->draw(drawn->map, 0, &style, &frame, &image,
				&drawn->error);
		if (status == CNNVIZ_OK) {
			status = artifact_list_image(drawn->job->session->sink,
					&drawn->artifacts, artifact, image,
					&drawn->error);
			image_free(image);
		}
	}
	return status;
}

/** Draw the box that a detector's target is at. */
static void draw_box(const struct drawn *drawn, const struct render_frame *frame,
		struct image *image)
{
	double place[4], box[4];

	image_fitted_box(frame->input, frame->fit, frame->width, frame->height, place);
	for (int i = 0; i < 4; i++) {
		bool across = i % 2 == 0;
		double extent = (double)(across ? frame->width : frame->height);
		double scale = place[across ? 2 : 3] * extent
				/ (double)frame->input[across ? 1 : 0];

		box[i] = drawn->box[i] * scale + (i < 2 ? place[i] * extent : 0);
	}
	image_outline(image, box);
}

/**
 * Draw the map over its picture. A large one is read again, since the full-size pictures of
 * a batch may not fit in memory.
 */
static cnnviz_status draw_overlay(struct drawn *drawn)
{
	struct record_artifact artifact = drawn->about;
	const struct plan *plan = drawn->job->session->plan;
	struct render_style style = drawing_style(artifact.job);
	struct render_frame frame = render_input_frame(drawn->view->width,
			drawn->view->height);
	const struct image *under = drawn->view;
	struct image *picture = NULL, *image = NULL;
	cnnviz_status status = CNNVIZ_OK;

	if (job_draws_at_picture(artifact.job, true)) {
		under = drawn->original;
		if (under == NULL) {
			status = picture_read(plan, plan->pictures[artifact.picture].path,
					false, &picture, NULL, &drawn->error);
			under = picture;
		}
		if (status != CNNVIZ_OK) {
			return status;
		}
		frame_picture(plan, artifact.picture, under->width, under->height,
				&frame);
	}
	status = render_overlay(drawn->map, 0, &style, &frame, under, &image,
			&drawn->error);
	image_free(picture);
	if (status == CNNVIZ_OK && drawn->boxed) {
		draw_box(drawn, &frame, image);
	}
	if (status == CNNVIZ_OK) {
		artifact.name = (char *)(uintptr_t) "overlay";
		status = artifact_list_image(drawn->job->session->sink, &drawn->artifacts,
				artifact, image, &drawn->error);
		image_free(image);
	}
	return status;
}

/** The map without the batch dimension, in its memory; NULL, with an error: out of memory */
static cnnviz_tensor *flatten(struct drawn *drawn)
{
	const cnnviz_tensor *map = drawn->map;
	cnnviz_tensor *flat = tensor_wrap(tensor_rank(map) - 1, tensor_shape(map) + 1,
			tensor_data(map), NULL, NULL);

	if (flat == NULL) {
		error_set(&drawn->error, CNNVIZ_ERROR_MEMORY, "out of memory");
	}
	return flat;
}

static struct record_artifact describe_map(const struct drawn *drawn)
{
	struct record_artifact artifact = drawn->about;

	artifact.kind = RECORD_MAP;
	artifact.name = (char *)(uintptr_t) "attribution";
	return artifact;
}

/** Write the map as an array in a file of its own. */
static cnnviz_status write_array(struct drawn *drawn)
{
	cnnviz_tensor *flat = flatten(drawn);

	if (flat == NULL) {
		return CNNVIZ_ERROR_MEMORY;
	}
	cnnviz_status status = artifact_list_array(drawn->job->session->sink,
			&drawn->artifacts, describe_map(drawn), flat, &drawn->error);
	tensor_unref(flat);
	return status;
}

/** Whether the map becomes a row of a pack, in the order of maps, once it is drawn */
static bool is_packed(const struct drawn *drawn)
{
	return drawn->job->session->sink->packs != NULL;
}

static void draw(struct task *task)
{
	struct drawn *drawn = (struct drawn *)task;
	const struct plan *plan = drawn->job->session->plan;

	if (drawn->map == NULL) {
		error_set(&drawn->error, CNNVIZ_ERROR_MEMORY, "out of memory");
		return;
	}
	find_range(drawn->map, &drawn->low, &drawn->high);
	if (!is_packed(drawn) && write_array(drawn) != CNNVIZ_OK) {
		return;
	}
	if (plan->format == PLAN_FORMAT_NONE) {
		return;
	}
	if (plan->model->graph->normalization.bgr && tensor_shape(drawn->map)[1] == 3) {
		swap_red_and_blue(drawn->map);
		drawn->swapped = true;
	}
	if (draw_map(drawn) == CNNVIZ_OK
			&& drawn->about.job->map_style != CNNVIZ_MAP_GRADIENT) {
		draw_overlay(drawn);
	}
}

/** The scalars that every map has */
static void add_scalars(const struct drawn *drawn, struct record_artifact *map)
{
	const struct record_picture *picture =
			&drawn->job->session->record->pictures[drawn->about.picture];

	map->scalars[map->scalar_count++] = (struct record_scalar){ "min", drawn->low };
	map->scalars[map->scalar_count++] = (struct record_scalar){ "max", drawn->high };
	if (map->target == picture->target) {
		map->scalars[map->scalar_count++] = (struct record_scalar){ "confidence",
			picture->target_probability };
	}
}

/** Append the map to its pack, and record it before what was drawn of it. */
static void pack_map(struct drawn *drawn)
{
	struct session *session = drawn->job->session;
	struct record_artifact artifact = describe_map(drawn);
	cnnviz_tensor *flat;

	if (drawn->swapped) {
		swap_red_and_blue(drawn->map);
	}
	flat = flatten(drawn);
	if (flat != NULL) {
		add_scalars(drawn, &artifact);
		artifact_keep_array(session, artifact, flat, &drawn->error);
		tensor_unref(flat);
	}
}

static void end(struct session *session, struct pending *pending)
{
	struct drawn *drawn = (struct drawn *)pending;

	if (drawn->map != NULL) {
		warn_about_range(drawn->job, &drawn->about, drawn->low, drawn->high);
	}
	if (is_packed(drawn) && drawn->map != NULL) {
		pack_map(drawn);
	} else if (drawn->artifacts.count > 0) {
		add_scalars(drawn, &drawn->artifacts.items[0]);
	}
	artifact_list_record(&drawn->artifacts, session->record);
	if (drawn->error.status == CNNVIZ_OK) {
		artifact_list_record(&drawn->scalars, session->record);
		extras_write(drawn->job, drawn->extras, &drawn->error);
	} else {
		extras_free(drawn->extras);
	}
	drawn->end(drawn->job, drawn->about.picture, &drawn->error);
	artifact_list_free(&drawn->scalars);
	tensor_unref(drawn->map);
	image_free(drawn->view);
	image_free(drawn->original);
	free(drawn);
}

void map_write(struct job *job, const cnnviz_tensor *maps, size_t item, size_t n,
		int64_t target, map_end *when_written)
{
	struct session *session = job->session;
	struct drawn *drawn = memory_new(1, sizeof(*drawn));

	*drawn = (struct drawn){
		.pending = { .task.work = draw, .end = end },
		.job = job,
		.about = artifact_describe(job->plan, session->batch->pictures[n], target,
				RECORD_IMAGE, NULL),
		.map = tensor_item(maps, (int64_t)item),
		.view = image_ref(session->batch->images[n]),
		.original = image_ref(session->batch->originals[n]),
		.extras = extras_take(job, session->batch->pictures[n], target),
		.end = when_written,
	};
	drawn->boxed = job_target_box(job, n, target, drawn->box);
	scalars_list(job, drawn->about.picture, target, &drawn->scalars);
	pending_add(session, &drawn->pending);
}
