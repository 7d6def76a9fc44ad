/**
 * \file    host/artifacts.c
 * \brief   Artifacts of general techniques: checks and writes them
 */
#include "host/artifacts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/tensor.h"
#include "host/animation.h"
#include "host/artifact_curve.h"
#include "host/artifact_files.h"
#include "host/artifact_labels.h"
#include "host/job.h"
#include "host/scalars.h"

/* ---- Names ----------------------------------------------------------------------- */

/** Whether name is declared with the type, possibly followed by "-text" */
static bool name_matches(const cnnviz_artifact *declared, const char *name)
{
	size_t length = strlen(declared->name);

	if (strncmp(name, declared->name, length) != 0) {
		return false;
	}
	const char *suffix = name + length;
	if (*suffix == '\0') {
		return true;
	}
	return *suffix == '-' && suffix[1] != '\0' && strlen(suffix) <= 64
			&& suffix[strspn(suffix,
					   "abcdefghijklmnopqrstuvwxyz"
					   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")]
			== '\0';
}

static cnnviz_status check_name(const struct cnnviz_job *job, const char *name,
		uint32_t type, const char *call)
{
	const struct plugin *plugin = job->plan->plugin;

	for (uint32_t i = 0; i < plugin->technique.artifact_count; i++) {
		if (plugin->artifacts[i].type == type
				&& name_matches(&plugin->artifacts[i], name)) {
			return CNNVIZ_OK;
		}
	}
	return job_misuse(job,
			"artifact->%s() was given the name \"%s\", which is not in the "
			"technique's table",
			call, name);
}

/** The picture of a call */
static size_t job_picture(const struct cnnviz_job *job)
{
	return job->pictures != NULL && job->batch != NULL ? job->pictures[0]
							   : RECORD_NO_PICTURE;
}

/** Describe a new artifact, after checking its name and the phase */
static cnnviz_status describe_artifact(struct cnnviz_job *job, const char *name,
		uint32_t type, const char *call, struct record_artifact *artifact)
{
	size_t picture = job_picture(job);
	cnnviz_status status = job_refuse(job, "host->artifact");

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (job->plan->plugin->technique.kind != CNNVIZ_KIND_GENERAL) {
		return job_misuse(job, "artifact->%s() is for general techniques", call);
	}
	if (name == NULL) {
		return job_misuse(job, "artifact->%s() was given no name", call);
	}
	if (check_name(job, name, type, call) != CNNVIZ_OK) {
		return job->fault->error.status;
	}
	if (record_find(job->session->record, job->plan, picture, name) != NULL) {
		return job_misuse(job, "the artifact \"%s\" was given twice", name);
	}
	*artifact = artifact_describe(job->plan, picture,
			job->batch != NULL ? job->batch->targets[0] : -1, RECORD_IMAGE,
			name);
	return CNNVIZ_OK;
}

/* ---- Pictures --------------------------------------------------------------------- */

/** Convert a picture to 8 bits, if its number of channels is allowed */
static cnnviz_status convert_image(struct cnnviz_job *job, const char *name,
		const cnnviz_tensor *tensor, bool opacity, struct image **image)
{
	int64_t channels = tensor != NULL && tensor_rank(tensor) == 3
			? tensor_shape(tensor)[0]
			: 0;

	if (channels != 3 && channels != 1 && !(opacity && channels == 4)) {
		return job_misuse(job, "the %s \"%s\" is not (3,H,W)%s",
				opacity ? "picture" : "frame", name,
				opacity ? ", (1,H,W) or (4,H,W)" : " or (1,H,W)");
	}
	if (!tensor_is_finite(tensor)) {
		return job_misuse(job, "the %s \"%s\" has a value that is not finite",
				opacity ? "picture" : "frame", name);
	}
	return image_from_tensor(tensor, 0, image, &job->fault->error);
}

static cnnviz_status artifact_image(cnnviz_job *job, const char *name,
		const cnnviz_tensor *tensor)
{
	struct record_artifact artifact;
	struct image *image = NULL;
	cnnviz_status status = describe_artifact(job, name, CNNVIZ_ARTIFACT_IMAGE,
			"image", &artifact);

	if (status == CNNVIZ_OK) {
		status = convert_image(job, name, tensor, true, &image);
	}
	if (status == CNNVIZ_OK) {
		status = artifact_keep_image(job->session, artifact, image,
				&job->fault->error);
		image_free(image);
	}
	return status;
}

static cnnviz_status artifact_frame(cnnviz_job *job, const char *name,
		const cnnviz_tensor *tensor)
{
	struct record_artifact artifact;
	struct image *image = NULL;
	cnnviz_status status = describe_artifact(job, name, CNNVIZ_ARTIFACT_ANIMATION,
			"frame", &artifact);

	if (status == CNNVIZ_OK) {
		status = convert_image(job, name, tensor, false, &image);
	}
	if (status == CNNVIZ_OK) {
		artifact.kind = RECORD_ANIMATION;
		status = animation_add(job, &artifact, image);
		image_free(image);
	}
	return status;
}

static cnnviz_status artifact_read_back(cnnviz_job *job, const char *name,
		cnnviz_tensor **input)
{
	const struct plan *plan = job->session->plan;
	const struct normalization *normalization = &plan->model->graph->normalization;
	struct image *view = NULL;
	cnnviz_status status = job_refuse(job, "artifact->read_back()");

	if (status != CNNVIZ_OK) {
		return status;
	}
	const struct record_artifact *artifact = name == NULL
			? NULL
			: record_find(job->session->record, job->plan, job_picture(job),
					name);
	if (artifact == NULL || artifact->kind != RECORD_IMAGE) {
		return job_misuse(job,
				"artifact->read_back() was called for a picture \"%s\" "
				"that artifact->image() has not saved",
				name != NULL ? name : "");
	}
	char *path = path_join(plan->output, artifact->path);
	status = picture_read(plan, path, true, &view, &job->fault->error);
	free(path);
	if (status != CNNVIZ_OK) {
		return status;
	}
	cnnviz_tensor *result = tensor_create(4,
			(const int64_t[]){ 1, normalization->channels, view->height,
					view->width });

	status = result == NULL ? job_fail(job, CNNVIZ_ERROR_MEMORY, "out of memory")
				: image_to_tensor(view, normalization, result, 0,
						&job->fault->error);
	image_free(view);
	if (status == CNNVIZ_OK) {
		*input = result;
	} else {
		tensor_unref(result);
	}
	return status;
}

/* ---- Numbers ------------------------------------------------------------------------ */

static cnnviz_status artifact_array(cnnviz_job *job, const char *name,
		const cnnviz_tensor *array)
{
	struct record_artifact artifact;
	cnnviz_status status = describe_artifact(job, name, CNNVIZ_ARTIFACT_ARRAY,
			"array", &artifact);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (array == NULL) {
		return job_misuse(job, "the array \"%s\" is missing", name);
	}
	artifact.kind = RECORD_ARRAY;
	return artifact_keep_array(job->session, artifact, array, &job->fault->error);
}

static cnnviz_status artifact_figure(cnnviz_job *job, const char *name, double value)
{
	struct record_artifact artifact;
	cnnviz_status status = describe_artifact(job, name, CNNVIZ_ARTIFACT_FIGURE,
			"figure", &artifact);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (!isfinite(value)) {
		return job_misuse(job, "the scalar \"%s\" is not finite (%g)", name,
				value);
	}
	artifact.kind = RECORD_FIGURE;
	artifact.value = value;
	record_add(job->session->record, &artifact);
	return CNNVIZ_OK;
}

static cnnviz_status artifact_curve(cnnviz_job *job, const char *name,
		const cnnviz_tensor *values, const char *const *lines, const char *axis)
{
	struct record_artifact artifact;
	cnnviz_status status = describe_artifact(job, name, CNNVIZ_ARTIFACT_CURVE,
			"curve", &artifact);

	return status != CNNVIZ_OK ? status
				   : curve_keep(job, artifact, values, lines, axis);
}

static cnnviz_status artifact_labels(cnnviz_job *job, const char *name,
		const cnnviz_tensor *labels)
{
	struct record_artifact artifact;
	cnnviz_status status = describe_artifact(job, name, CNNVIZ_ARTIFACT_LABELS,
			"labels", &artifact);

	return status != CNNVIZ_OK ? status : labels_keep(job, artifact, labels);
}

const cnnviz_artifact_api artifact_services = {
	.struct_size = sizeof(cnnviz_artifact_api),
	.image = artifact_image,
	.array = artifact_array,
	.figure = artifact_figure,
	.frame = artifact_frame,
	.curve = artifact_curve,
	.labels = artifact_labels,
	.read_back = artifact_read_back,
	.map_figure = job_map_scalar,
};
