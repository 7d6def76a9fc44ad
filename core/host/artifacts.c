/**
 * \file    host/artifacts.c
 * \brief   Artifacts that techniques give: checks and writes them
 */
#include "host/artifacts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/npy.h"
#include "base/tensor.h"
#include "base/text.h"
#include "host/animation.h"
#include "host/artifact_curve.h"
#include "host/artifact_files.h"
#include "host/artifact_labels.h"
#include "host/extras.h"
#include "host/job.h"
#include "host/picture_read.h"
#include "host/scalars.h"
#include "host/tensors.h"
#include "image/array.h"

/** Longest suffix of a name */
#define SUFFIX_MAX 96

/* ---- Names --------------------------------------------------------------------- */

static bool is_declared(const struct plugin *plugin, const char *name, uint32_t type)
{
	for (uint32_t i = 0; i < plugin->technique.artifact_count; i++) {
		if (plugin->artifacts[i].type == type
				&& strcmp(plugin->artifacts[i].name, name) == 0) {
			return true;
		}
	}
	return false;
}

/** NAME or NAME-SUFFIX; new */
static char *full_name(const char *name, const char *suffix)
{
	if (suffix == NULL) {
		return memory_text(name);
	}
	char *part = text_file_part(suffix, SUFFIX_MAX);
	char *full = memory_format("%s-%s", name, part);

	free(part);
	return full;
}

static cnnviz_status check_name(const struct cnnviz_job *job, const char *name,
		const char *suffix, uint32_t type, const char *call)
{
	if (name == NULL || !is_declared(job->plan->plugin, name, type)) {
		return job_misuse(job,
				"artifact->%s() was given the name \"%s\", which is "
				"not in the technique's table with this type",
				call, name != NULL ? name : "");
	}
	if (suffix != NULL && suffix[0] == '\0') {
		return job_misuse(job,
				"artifact->%s() was given an empty suffix of \"%s\"",
				call, name);
	}
	return CNNVIZ_OK;
}

/** The picture of a call */
static size_t job_picture(const struct cnnviz_job *job)
{
	return job->pictures != NULL && job->batch != NULL ? job->pictures[0]
							   : RECORD_NO_PICTURE;
}

/** Describe a new artifact; its name is new. */
static cnnviz_status describe_artifact(struct cnnviz_job *job, const char *name,
		const char *suffix, struct record_artifact *artifact)
{
	size_t picture = job_picture(job);
	char *full = full_name(name, suffix);

	if (record_find(job->session->record, job->plan, picture, full) != NULL) {
		job_misuse(job, "the artifact \"%s\" was given twice", full);
		free(full);
		return CNNVIZ_ERROR_PLUGIN;
	}
	*artifact = artifact_describe(job->plan, picture,
			job->batch != NULL ? job->batch->targets[0] : -1, RECORD_IMAGE,
			full);
	return CNNVIZ_OK;
}

cnnviz_status artifact_take(const cnnviz_job *job, const char *name,
		const cnnviz_tensor *tensor, uint32_t item, cnnviz_tensor **part)
{
	if (tensor == NULL) {
		return job_misuse(job, "\"%s\" is missing", name);
	}
	if (item == CNNVIZ_WHOLE) {
		*part = tensor_ref((cnnviz_tensor *)(uintptr_t)tensor);
		return CNNVIZ_OK;
	}
	if (tensor_rank(tensor) < 2 || item >= tensor_shape(tensor)[0]) {
		return job_misuse(job, "\"%s\" has no item %lu", name,
				(unsigned long)item);
	}
	*part = tensor_view(tensor, item);
	return *part != NULL ? CNNVIZ_OK
			     : job_fail(job, CNNVIZ_ERROR_MEMORY, "out of memory");
}

/* ---- Pictures ------------------------------------------------------------------ */

static bool takes_pictures(const struct cnnviz_job *job)
{
	return channels_are_picture(
			job->session->plan->model->graph->normalization.channels);
}

/** Whether a picture has a number of channels that can be shown */
static bool may_show(const struct cnnviz_job *job, int64_t channels, bool opacity)
{
	return channels == 1 || channels == 3 || (opacity && channels == 4)
			|| channels
			== job->session->plan->model->graph->normalization.channels;
}

/** A picture (C,H,W) with pixel values 0..1, or what inputs of other channels show */
static cnnviz_status show(const cnnviz_tensor *part, struct image **image,
		struct error *error)
{
	int channels = (int)tensor_shape(part)[0];
	const struct normalization plain = normalization_none(channels);

	return channels_are_picture(channels)
			? image_from_tensor(part, 0, image, error)
			: array_to_image(part, &plain, image, error);
}

/** Take an item of a tensor, if its number of channels is allowed */
static cnnviz_status take_picture(struct cnnviz_job *job, const char *name,
		const cnnviz_tensor *tensor, uint32_t item, bool opacity,
		cnnviz_tensor **picture)
{
	const char *what = opacity ? "picture" : "frame";
	cnnviz_tensor *part = NULL;
	cnnviz_status status = artifact_take(job, name, tensor, item, &part);

	if (status != CNNVIZ_OK) {
		return status;
	}
	int64_t channels = tensor_rank(part) == 3 ? tensor_shape(part)[0] : 0;

	if (!may_show(job, channels, opacity)) {
		status = job_misuse(job, "the %s \"%s\" is not (3,H,W)%s", what, name,
				opacity ? ", (1,H,W) or (4,H,W)" : " or (1,H,W)");
	} else if (!tensor_is_finite(part)) {
		status = job_misuse(job, "the %s \"%s\" has a value that is not finite",
				what, name);
	}
	if (status != CNNVIZ_OK) {
		tensor_unref(part);
		return status;
	}
	*picture = part;
	return CNNVIZ_OK;
}

/** Convert an item of a tensor to 8 bits, if its number of channels is allowed */
static cnnviz_status convert_image(struct cnnviz_job *job, const char *name,
		const cnnviz_tensor *tensor, uint32_t item, bool opacity,
		struct image **image)
{
	cnnviz_tensor *part = NULL;
	cnnviz_status status = take_picture(job, name, tensor, item, opacity, &part);

	if (status == CNNVIZ_OK) {
		status = show(part, image, &job->fault->error);
		tensor_unref(part);
	}
	return status;
}

/**
 * Save an input of channels that no picture has, beside what it shows, so that it can be
 * read back
 */
static cnnviz_status keep_input(struct cnnviz_job *job, struct record_artifact *artifact,
		const cnnviz_tensor *tensor, uint32_t item)
{
	const cnnviz_model_api *model = job->session->host->model;
	cnnviz_tensor *part = NULL, *input = NULL;
	cnnviz_status status = artifact_take(job, artifact->name, tensor, item, &part);

	if (status == CNNVIZ_OK) {
		status = job_create_tensor(job, 3, tensor_shape(part), &input);
	}
	if (status != CNNVIZ_OK) {
		tensor_unref(part);
		return status;
	}
	int64_t area = tensor_count(part) / tensor_shape(part)[0];

	for (int64_t i = 0; i < tensor_count(part); i++) {
		float mean, std;

		model->normalization(job, (uint32_t)(i / area), &mean, &std);
		tensor_mutable_data(input)[i] = (tensor_data(part)[i] - mean) / std;
	}
	status = artifact_put_array(job->session, artifact, input, &artifact->array,
			&job->fault->error);
	tensor_unref(input);
	tensor_unref(part);
	return status;
}

/** Keep the numbers of a picture that is not drawn: its values, or an input as above */
static cnnviz_status keep_undrawn(cnnviz_job *job, struct record_artifact artifact,
		const struct given_artifact *given)
{
	cnnviz_tensor *part = NULL;
	cnnviz_status status = take_picture(job, artifact.name, given->tensor,
			given->item, true, &part);

	if (status != CNNVIZ_OK) {
		return status;
	}
	artifact.rank = tensor_rank(part);
	memcpy(artifact.shape, tensor_shape(part),
			artifact.rank * sizeof(*artifact.shape));
	artifact.height = artifact.shape[1];
	artifact.width = artifact.shape[2];
	status = takes_pictures(job)
			? artifact_put_array(job->session, &artifact, part,
					&artifact.array, &job->fault->error)
			: keep_input(job, &artifact, given->tensor, given->item);
	if (status == CNNVIZ_OK) {
		record_add(job->session->record, &artifact);
	}
	tensor_unref(part);
	free(artifact.array);
	return status;
}

static cnnviz_status write_image(cnnviz_job *job, struct record_artifact artifact,
		const struct given_artifact *given)
{
	struct image *image = NULL;

	if (job->session->plan->format == PLAN_FORMAT_NONE) {
		return keep_undrawn(job, artifact, given);
	}
	cnnviz_status status = convert_image(job, artifact.name, given->tensor,
			given->item, true, &image);

	if (status == CNNVIZ_OK && !takes_pictures(job)) {
		status = keep_input(job, &artifact, given->tensor, given->item);
	}
	if (status == CNNVIZ_OK) {
		status = artifact_keep_image(job->session, artifact, image,
				&job->fault->error);
	}
	image_free(image);
	free(artifact.array);
	return status;
}

/** Check a frame where no animation is drawn. */
static cnnviz_status pass_frame(cnnviz_job *job, const char *name,
		const struct given_artifact *given)
{
	cnnviz_tensor *part = NULL;
	cnnviz_status status = take_picture(job, name, given->tensor, given->item, false,
			&part);

	tensor_unref(part);
	return status;
}

static cnnviz_status write_frame(cnnviz_job *job, struct record_artifact artifact,
		const struct given_artifact *given)
{
	struct image *image = NULL;

	if (job->session->plan->format == PLAN_FORMAT_NONE) {
		return pass_frame(job, artifact.name, given);
	}
	cnnviz_status status = convert_image(job, artifact.name, given->tensor,
			given->item, false, &image);

	if (status == CNNVIZ_OK) {
		artifact.kind = RECORD_ANIMATION;
		status = animation_add(job, &artifact, image);
		image_free(image);
	}
	return status;
}

/** A picture that was saved, or NULL */
static const struct record_artifact *find_image(const struct cnnviz_job *job,
		const char *name, const char *suffix)
{
	char *full = full_name(name != NULL ? name : "", suffix);
	const struct record_artifact *artifact = record_find(job->session->record,
			job->plan, job_picture(job), full);

	free(full);
	return artifact != NULL && artifact->kind == RECORD_IMAGE ? artifact : NULL;
}

/**
 * \brief   Read the numbers of a picture back: an input, or what would have been drawn
 *
 * \param   array   Gets an input, of channels that no picture has
 */
static cnnviz_status read_numbers(const struct cnnviz_job *job,
		const struct record_artifact *saved, const char *path,
		struct image **view, cnnviz_tensor **array, struct error *error)
{
	const struct plan *plan = job->session->plan;
	cnnviz_tensor *numbers = NULL;
	struct image *image = NULL;
	cnnviz_status status = saved->packed
			? npy_read_row(path, saved->row, &numbers, error)
			: npy_read_exact(path, &numbers, error);

	if (status == CNNVIZ_OK) {
		status = show(numbers, &image, error);
	}
	if (status == CNNVIZ_OK && takes_pictures(job)) {
		status = picture_make_view(plan, image, view, error);
	} else if (status == CNNVIZ_OK) {
		*view = image_ref(image);
		*array = tensor_ref(numbers);
	}
	image_free(image);
	tensor_unref(numbers);
	return status;
}

/** Put what was read of a file into an input (1,C,H,W): its numbers, or its pixels */
static cnnviz_status make_input(cnnviz_job *job, const struct image *view,
		const cnnviz_tensor *array, cnnviz_tensor **input)
{
	const struct normalization *normalization =
			&job->session->plan->model->graph->normalization;
	const int64_t shape[] = { 1, normalization->channels, view->height, view->width };
	cnnviz_tensor *result = NULL;
	cnnviz_status status = job_create_tensor(job, 4, shape, &result);

	if (status == CNNVIZ_OK && array != NULL) {
		memcpy(tensor_mutable_data(result), tensor_data(array),
				(size_t)tensor_count(array) * sizeof(float));
	} else if (status == CNNVIZ_OK) {
		status = image_to_tensor(view, normalization, result, 0,
				&job->fault->error);
	}
	if (status != CNNVIZ_OK) {
		tensor_unref(result);
		return status;
	}
	*input = result;
	return CNNVIZ_OK;
}

static cnnviz_status artifact_read_back(cnnviz_job *job, const char *name,
		const char *suffix, cnnviz_tensor **input)
{
	struct sink *sink = job->session->sink;
	struct image *view = NULL;
	cnnviz_tensor *array = NULL;
	cnnviz_status status = job_refuse(job, "artifact->read_back()");

	if (status != CNNVIZ_OK) {
		return status;
	}
	const struct record_artifact *saved = find_image(job, name, suffix);

	if (saved == NULL) {
		return job_misuse(job,
				"artifact->read_back() was called for a picture "
				"\"%s%s%s\" "
				"that artifact->image() has not saved",
				name != NULL ? name : "", suffix != NULL ? "-" : "",
				suffix != NULL ? suffix : "");
	}
	char *path = NULL;

	status = sink->operations->locate(sink,
			saved->array != NULL ? saved->array : saved->path, &path,
			&job->fault->error);
	if (status == CNNVIZ_OK) {
		status = saved->array != NULL
				? read_numbers(job, saved, path, &view, &array,
						&job->fault->error)
				: picture_read(sink->plan, path, true, &view, NULL,
						&job->fault->error);
	}
	free(path);
	if (status == CNNVIZ_OK) {
		status = make_input(job, view, array, input);
	}
	tensor_unref(array);
	image_free(view);
	return status;
}

/* ---- Numbers ------------------------------------------------------------------- */

static cnnviz_status write_array(cnnviz_job *job, struct record_artifact artifact,
		const struct given_artifact *given)
{
	cnnviz_tensor *part = NULL;
	cnnviz_status status = artifact_take(job, artifact.name, given->tensor,
			given->item, &part);

	if (status == CNNVIZ_OK) {
		artifact.kind = RECORD_ARRAY;
		status = artifact_keep_array(job->session, artifact, part,
				&job->fault->error);
	}
	tensor_unref(part);
	return status;
}

static cnnviz_status write_scalar(cnnviz_job *job, struct record_artifact artifact,
		const struct given_artifact *given)
{
	if (!isfinite(given->value)) {
		return job_misuse(job, "the scalar \"%s\" is not finite (%g)",
				artifact.name, given->value);
	}
	artifact.kind = RECORD_SCALAR;
	artifact.value = given->value;
	record_add(job->session->record, &artifact);
	return CNNVIZ_OK;
}

static cnnviz_status write_curve(cnnviz_job *job, struct record_artifact artifact,
		const struct given_artifact *given)
{
	return curve_keep(job, artifact, given->tensor, given->lines, given->axis);
}

/** Labels (H,W) or (1,H,W) */
static cnnviz_status keep_labels(cnnviz_job *job, struct record_artifact artifact,
		const cnnviz_tensor *labels)
{
	cnnviz_tensor *plane = NULL;

	if (tensor_rank(labels) != 3 || tensor_shape(labels)[0] != 1) {
		return labels_keep(job, artifact, labels);
	}
	cnnviz_status status = artifact_take(job, artifact.name, labels, 0, &plane);

	if (status == CNNVIZ_OK) {
		status = labels_keep(job, artifact, plane);
	}
	tensor_unref(plane);
	return status;
}

static cnnviz_status write_labels(cnnviz_job *job, struct record_artifact artifact,
		const struct given_artifact *given)
{
	cnnviz_tensor *part = NULL;
	cnnviz_status status = artifact_take(job, artifact.name, given->tensor,
			given->item, &part);

	if (status == CNNVIZ_OK) {
		status = keep_labels(job, artifact, part);
	}
	tensor_unref(part);
	return status;
}

/* ---- The services ---------------------------------------------------------------- */

/** How each type is written, and the service that gives it, by CNNVIZ_ARTIFACT_* */
static const struct {
	cnnviz_status (*write)(cnnviz_job *job, struct record_artifact artifact,
			const struct given_artifact *given);
	const char *call;
} types[] = {
	[CNNVIZ_ARTIFACT_IMAGE] = { write_image, "image" },
	[CNNVIZ_ARTIFACT_ARRAY] = { write_array, "array" },
	[CNNVIZ_ARTIFACT_SCALAR] = { write_scalar, "scalar" },
	[CNNVIZ_ARTIFACT_ANIMATION] = { write_frame, "frame" },
	[CNNVIZ_ARTIFACT_CURVE] = { write_curve, "curve" },
	[CNNVIZ_ARTIFACT_LABELS] = { write_labels, "labels" },
};

cnnviz_status artifact_write(struct cnnviz_job *job, const struct given_artifact *given)
{
	struct record_artifact artifact;
	cnnviz_status status = describe_artifact(job, given->name, given->suffix,
			&artifact);

	if (status == CNNVIZ_OK) {
		status = types[given->type].write(job, artifact, given);
		free(artifact.name);
	}
	return status;
}

static cnnviz_status give(cnnviz_job *job, const struct given_artifact *given)
{
	cnnviz_status status = job_refuse_result(job, "host->artifact");

	if (status == CNNVIZ_OK) {
		status = check_name(job, given->name, given->suffix, given->type,
				types[given->type].call);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	return job->plan->plugin->technique.kind == CNNVIZ_KIND_ATTRIBUTION
			? extras_keep(job, given)
			: artifact_write(job, given);
}

static cnnviz_status give_tensor(cnnviz_job *job, uint32_t type, const char *name,
		const char *suffix, const cnnviz_tensor *tensor, uint32_t item)
{
	return give(job,
			&(struct given_artifact){
					.type = type,
					.name = name,
					.suffix = suffix,
					.tensor = tensor,
					.item = item,
			});
}

static cnnviz_status artifact_image(cnnviz_job *job, const char *name, const char *suffix,
		const cnnviz_tensor *image, uint32_t item)
{
	return give_tensor(job, CNNVIZ_ARTIFACT_IMAGE, name, suffix, image, item);
}

static cnnviz_status artifact_array(cnnviz_job *job, const char *name, const char *suffix,
		const cnnviz_tensor *array, uint32_t item)
{
	return give_tensor(job, CNNVIZ_ARTIFACT_ARRAY, name, suffix, array, item);
}

static cnnviz_status artifact_frame(cnnviz_job *job, const char *name, const char *suffix,
		const cnnviz_tensor *image, uint32_t item)
{
	return give_tensor(job, CNNVIZ_ARTIFACT_ANIMATION, name, suffix, image, item);
}

static cnnviz_status artifact_labels(cnnviz_job *job, const char *name,
		const char *suffix, const cnnviz_tensor *labels, uint32_t item)
{
	return give_tensor(job, CNNVIZ_ARTIFACT_LABELS, name, suffix, labels, item);
}

static cnnviz_status artifact_scalar(cnnviz_job *job, const char *name,
		const char *suffix, double value)
{
	return give(job,
			&(struct given_artifact){
					.type = CNNVIZ_ARTIFACT_SCALAR,
					.name = name,
					.suffix = suffix,
					.value = value,
			});
}

static cnnviz_status artifact_curve(cnnviz_job *job, const char *name, const char *suffix,
		const cnnviz_tensor *values, const char *const *lines, const char *axis)
{
	return give(job,
			&(struct given_artifact){
					.type = CNNVIZ_ARTIFACT_CURVE,
					.name = name,
					.suffix = suffix,
					.tensor = values,
					.item = CNNVIZ_WHOLE,
					.lines = lines,
					.axis = axis,
			});
}

const cnnviz_artifact_api artifact_services = {
	.struct_size = sizeof(cnnviz_artifact_api),
	.image = artifact_image,
	.array = artifact_array,
	.scalar = artifact_scalar,
	.frame = artifact_frame,
	.curve = artifact_curve,
	.labels = artifact_labels,
	.read_back = artifact_read_back,
	.map_scalar = job_map_scalar,
};
