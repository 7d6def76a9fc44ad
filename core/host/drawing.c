/**
 * \file    host/artifact.c
 * \brief   Files of the output folder: the network's views, and maps as they are drawn
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/npy.h"
#include "base/tensor.h"
#include "image/render.h"
#include "host/artifact.h"

/* ---- Places ---------------------------------------------------------------- */

char *artifact_path(const struct plan *plan, const struct record_artifact *artifact,
		const char *extension)
{
	const char *job = plan->jobs[artifact->job].name;

	return artifact->picture == RECORD_NO_PICTURE
			? memory_format("%s/%s.%s", job, artifact->name, extension)
			: memory_format("%s/%s/%s.%s", job,
					plan->pictures[artifact->picture].name,
					artifact->name, extension);
}

cnnviz_status artifact_place(const struct plan *plan, const char *relative, char **path,
		struct error *error)
{
	char *full = path_join(plan->output, relative);
	char *folder = path_folder(full);
	cnnviz_status status = folder_create(folder, error);

	free(folder);
	if (status == CNNVIZ_OK) {
		*path = full;
	} else {
		free(full);
	}
	return status;
}

static cnnviz_status write_png(const struct plan *plan, const char *relative,
		const struct image *image, struct error *error)
{
	char *path = NULL;
	cnnviz_status status = artifact_place(plan, relative, &path, error);

	if (status == CNNVIZ_OK) {
		status = image_write_png(path, image, error);
	}
	free(path);
	return status;
}

cnnviz_status artifact_write_array(const struct plan *plan, const char *relative,
		const cnnviz_tensor *array, struct error *error)
{
	char *path = NULL;
	cnnviz_status status = artifact_place(plan, relative, &path, error);

	if (status == CNNVIZ_OK) {
		status = npy_write(path, array, error);
	}
	free(path);
	return status;
}

struct record_artifact artifact_describe(size_t job, size_t picture, int64_t target,
		enum record_kind kind, const char *name)
{
	return (struct record_artifact){
		.job = job,
		.picture = picture,
		.target = target,
		.kind = kind,
		.name = (char *)(uintptr_t)name,
	};
}

cnnviz_status artifact_keep_image(struct session *session,
		struct record_artifact artifact, const struct image *image,
		struct error *error)
{
	char *path = artifact_path(session->plan, &artifact, "png");
	cnnviz_status status = write_png(session->plan, path, image, error);

	if (status == CNNVIZ_OK) {
		artifact.path = path;
		artifact.rank = 3;
		artifact.shape[0] = image->channels;
		artifact.shape[1] = image->height;
		artifact.shape[2] = image->width;
		artifact.width = image->width;
		artifact.height = image->height;
		record_add(session->record, &artifact);
	}
	free(path);
	return status;
}

cnnviz_status artifact_keep_array(struct session *session,
		struct record_artifact artifact, const cnnviz_tensor *array,
		struct error *error)
{
	char *path = artifact_path(session->plan, &artifact, "npy");
	cnnviz_status status = artifact_write_array(session->plan, path, array, error);

	if (status == CNNVIZ_OK) {
		artifact.path = path;
		artifact.rank = tensor_rank(array);
		memcpy(artifact.shape, tensor_shape(array),
				artifact.rank * sizeof(*artifact.shape));
		record_add(session->record, &artifact);
	}
	free(path);
	return status;
}

/* ---- Inputs ------------------------------------------------------------------ */

cnnviz_status inputs_write(struct session *session, struct error *error)
{
	const struct batch *batch = session->batch;

	for (size_t n = 0; n < batch->count; n++) {
		struct record_picture *picture =
				&session->record->pictures[batch->pictures[n]];
		char *path = memory_format(ARTIFACT_INPUT_FOLDER "/%s.png",
				session->plan->pictures[batch->pictures[n]].name);
		cnnviz_status status = write_png(session->plan, path, batch->images[n],
				error);

		if (status != CNNVIZ_OK) {
			free(path);
			return status;
		}
		picture->input = path;
	}
	return CNNVIZ_OK;
}

/* ---- Maps --------------------------------------------------------------------- */

/** One of the pictures that a map is drawn as */
struct drawing {
	const char *name;
	cnnviz_status (*draw)(const cnnviz_tensor *maps, int64_t n,
			const struct render_style *style, int64_t width, int64_t height,
			struct image **image, struct error *error);
};

static const struct drawing gradient_drawings[] = {
	{ "color", render_color },
	{ "gray", render_gray },
	{ "positive", render_positive },
	{ "negative", render_negative },
	{ NULL, NULL },
};
static const struct drawing cam_drawings[] = {
	{ "gray", render_gray },
	{ "heatmap", render_heatmap },
	{ NULL, NULL },
};

static const struct value *common_value(const struct plan_job *job, const char *name)
{
	static const struct value unset = { 0 };
	size_t place = parameter_find(attribution_parameters, attribution_parameter_count,
			name);

	return place == attribution_parameter_count ? &unset : &job->common[place];
}

struct render_style job_style(const struct plan_job *job)
{
	const struct value *percentile = common_value(job, "percentile");
	bool cam = job->map_style == CNNVIZ_MAP_CAM;

	return (struct render_style){
		.colormap = (int)common_value(job, "colormap")->integer,
		.opacity = common_value(job, "opacity")->real,
		.upsample = (uint32_t)common_value(job, "upsample")->integer,
		.percentile = percentile->set ? percentile->real
				: cam         ? 100
					      : 99,
	};
}

static void find_range(const cnnviz_tensor *map, double *low, double *high)
{
	const float *data = tensor_data(map);

	*low = *high = data[0];
	for (int64_t i = 1; i < tensor_count(map); i++) {
		*low = fmin(*low, data[i]);
		*high = fmax(*high, data[i]);
	}
}

/** Items of a network that takes BGR, for drawing: red first again */
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

/** Say what would otherwise puzzle: an empty picture. */
static void explain_range(struct session *session, const struct record_artifact *artifact,
		bool gradient, double low, double high)
{
	const struct plan *plan = session->plan;
	struct cnnviz_job job = {
		.session = session,
		.index = artifact->job,
		.plan = &plan->jobs[artifact->job],
		.pictures = &artifact->picture,
		.batch = &(cnnviz_batch){ .count = 1, .targets = &artifact->target },
	};

	if (low == 0 && high == 0) {
		for (size_t i = 0; i < session->record->warning_count; i++) {
			const struct record_warning *told = &session->record->warnings[i];

			if (told->job == artifact->job
					&& told->picture == artifact->picture) {
				return; /* with its cause */
			}
		}
		job_warn(&job, 0,
				"the map is zero everywhere: nothing here speaks for "
				"or against this class");
	} else if (gradient && (low >= 0 || high <= 0)) {
		log_write(LOG_LEVEL_DETAIL,
				"[%s] %s: no value is %s 0, so \"%s\" is black",
				job.plan->name, plan->pictures[artifact->picture].name,
				low >= 0 ? "below" : "above",
				low >= 0 ? "negative" : "positive");
	}
}

/** Draw one map in every way of its style. map is (1,C,h,w). */
static cnnviz_status draw_map(struct session *session, struct record_artifact artifact,
		const cnnviz_tensor *map, const struct image *picture,
		struct error *error)
{
	const struct plan_job *job = &session->plan->jobs[artifact.job];
	bool gradient = job->map_style == CNNVIZ_MAP_GRADIENT;
	const struct drawing *drawing = gradient ? gradient_drawings : cam_drawings;
	struct render_style style = job_style(job);
	struct image *image = NULL;
	cnnviz_status status = CNNVIZ_OK;

	for (; drawing->name && status == CNNVIZ_OK; drawing++) {
		artifact.name = (char *)(uintptr_t)drawing->name;
		status = drawing->draw(map, 0, &style, picture->width, picture->height,
				&image, error);
		if (status == CNNVIZ_OK) {
			status = artifact_keep_image(session, artifact, image, error);
			image_free(image);
		}
	}
	if (gradient || status != CNNVIZ_OK) {
		return status;
	}
	artifact.name = (char *)(uintptr_t) "overlay";
	status = render_overlay(map, 0, &style, picture, &image, error);
	if (status == CNNVIZ_OK) {
		status = artifact_keep_image(session, artifact, image, error);
		image_free(image);
	}
	return status;
}

/** The array without the batch's dimension */
static cnnviz_status keep_map(struct session *session, struct record_artifact artifact,
		const cnnviz_tensor *map, double low, double high, struct error *error)
{
	const struct record_picture *picture =
			&session->record->pictures[artifact.picture];
	cnnviz_tensor *flat = tensor_wrap(tensor_rank(map) - 1, tensor_shape(map) + 1,
			tensor_data(map), NULL, NULL);

	if (flat == NULL) {
		return error_set(error, CNNVIZ_ERROR_MEMORY, "memory is too short");
	}
	artifact.kind = RECORD_MAP;
	artifact.name = (char *)(uintptr_t) "attribution";
	artifact.figures[artifact.figure_count++] = (struct record_figure){ "min", low };
	artifact.figures[artifact.figure_count++] = (struct record_figure){ "max", high };
	if (artifact.target == picture->target) {
		artifact.figures[artifact.figure_count++] = (struct record_figure){
			"confidence", picture->target_probability
		};
	}
	cnnviz_status status = artifact_keep_array(session, artifact, flat, error);
	tensor_unref(flat);
	return status;
}

static cnnviz_status write_map(struct session *session, size_t index,
		const cnnviz_tensor *maps, size_t n, int64_t target, struct error *error)
{
	const struct plan *plan = session->plan;
	bool gradient = plan->jobs[index].map_style == CNNVIZ_MAP_GRADIENT;
	struct record_artifact artifact = artifact_describe(index,
			session->batch->pictures[n], target, RECORD_IMAGE, NULL);
	cnnviz_tensor *map = tensor_item(maps, (int64_t)n);
	double low, high;

	if (map == NULL) {
		return error_set(error, CNNVIZ_ERROR_MEMORY, "memory is too short");
	}
	find_range(map, &low, &high);
	explain_range(session, &artifact, gradient, low, high);
	cnnviz_status status = keep_map(session, artifact, map, low, high, error);
	if (status == CNNVIZ_OK) {
		if (plan->model->graph->normalization.bgr && tensor_shape(map)[1] == 3) {
			swap_red_and_blue(map);
		}
		status = draw_map(session, artifact, map, session->batch->images[n],
				error);
	}
	if (status == CNNVIZ_OK) {
		figures_write(session, index, artifact.picture, target);
	}
	tensor_unref(map);
	return status;
}

cnnviz_status maps_write(struct session *session, size_t job, const cnnviz_tensor *maps,
		const int64_t *targets, struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;

	for (size_t n = 0; n < session->batch->count && status == CNNVIZ_OK; n++) {
		status = write_map(session, job, maps, n, targets[n], error);
		if (status == CNNVIZ_OK) {
			record_done(session->record, job);
		}
	}
	return status;
}
