/**
 * \file    host/emit.c
 * \brief   Artifacts of techniques of general kind, checked and kept
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/tensor.h"
#include "image/palette.h"
#include "image/plot.h"
#include "host/artifact.h"

/* ---- Names ----------------------------------------------------------------------- */

/** Whether name is a declared one of the type, perhaps with "-text" behind it */
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
			"artifact->%s() was handed the name \"%s\", which is not in "
			"the technique's table",
			call, name);
}

/** The picture that a call is about */
static size_t job_picture(const struct cnnviz_job *job)
{
	return job->pictures != NULL && job->batch != NULL ? job->pictures[0]
							   : RECORD_NO_PICTURE;
}

/** The artifact to be, once name and time are found right */
static cnnviz_status begin_artifact(struct cnnviz_job *job, const char *name,
		uint32_t type, const char *call, struct record_artifact *artifact)
{
	size_t picture = job_picture(job);
	cnnviz_status status = job_refuse(job, "host->artifact");

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (job->plan->plugin->technique.kind != CNNVIZ_KIND_GENERAL) {
		return job_misuse(job, "artifact->%s() is for techniques of general kind",
				call);
	}
	if (name == NULL) {
		return job_misuse(job, "artifact->%s() was handed no name", call);
	}
	if (check_name(job, name, type, call) != CNNVIZ_OK) {
		return job->fault->error.status;
	}
	if (record_find(job->session->record, job->index, picture, name) != NULL) {
		return job_misuse(job, "the artifact \"%s\" was given twice", name);
	}
	*artifact = artifact_describe(job->index, picture,
			job->batch != NULL ? job->batch->targets[0] : -1, RECORD_IMAGE,
			name);
	return CNNVIZ_OK;
}

/* ---- Pictures --------------------------------------------------------------------- */

static bool all_finite(const cnnviz_tensor *tensor)
{
	const float *data = tensor_data(tensor);

	for (int64_t i = 0; i < tensor_count(tensor); i++) {
		if (!isfinite(data[i])) {
			return false;
		}
	}
	return true;
}

/** A picture of some number of channels, as 8 bits */
static cnnviz_status take_image(struct cnnviz_job *job, const char *name,
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
	if (!all_finite(tensor)) {
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
	cnnviz_status status = begin_artifact(job, name, CNNVIZ_ARTIFACT_IMAGE, "image",
			&artifact);

	if (status == CNNVIZ_OK) {
		status = take_image(job, name, tensor, true, &image);
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
	cnnviz_status status = begin_artifact(job, name, CNNVIZ_ARTIFACT_ANIMATION,
			"frame", &artifact);

	if (status == CNNVIZ_OK) {
		status = take_image(job, name, tensor, false, &image);
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
			: record_find(job->session->record, job->index, job_picture(job),
					name);
	if (artifact == NULL || artifact->kind != RECORD_IMAGE) {
		return job_misuse(job,
				"artifact->read_back() was asked for a picture \"%s\" "
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

	status = result == NULL
			? job_fail(job, CNNVIZ_ERROR_MEMORY, "memory is too short")
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
	cnnviz_status status = begin_artifact(job, name, CNNVIZ_ARTIFACT_ARRAY, "array",
			&artifact);

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
	cnnviz_status status = begin_artifact(job, name, CNNVIZ_ARTIFACT_FIGURE, "figure",
			&artifact);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (!isfinite(value)) {
		return job_misuse(job, "the figure \"%s\" is not finite (%g)", name,
				value);
	}
	artifact.kind = RECORD_FIGURE;
	artifact.value = value;
	record_add(job->session->record, &artifact);
	return CNNVIZ_OK;
}

/* ---- Curves --------------------------------------------------------------------------- */

/** Panel of values (steps) or (steps,lines); names is one text for each line */
static struct plot_panel make_panel(const cnnviz_tensor *values, char **names,
		const char *axis)
{
	size_t lines = tensor_rank(values) == 2 ? (size_t)tensor_shape(values)[1] : 1;
	const float *data = tensor_data(values);
	struct plot_panel panel = {
		.title = axis,
		.scale = PLOT_VALUES,
		.across = "step",
		.points = (size_t)tensor_shape(values)[0],
	};

	for (size_t k = 0; k < lines; k++) {
		struct plot_line *line = plot_add_line(&panel, names[k], false);

		for (size_t i = 0; i < panel.points; i++) {
			line->values[i] = data[i * lines + k];
		}
	}
	return panel;
}

/** Draw NAME.svg; gives its size to the artifact. */
static cnnviz_status write_plot(struct cnnviz_job *job, struct record_artifact *artifact,
		const struct plot *plot)
{
	struct writer *writer = NULL;
	char *path = NULL;
	cnnviz_status status = artifact_place(job->session->plan, artifact->path, &path,
			&job->fault->error);

	if (status == CNNVIZ_OK) {
		status = writer_open(path, &writer, &job->fault->error);
	}
	if (status == CNNVIZ_OK) {
		plot_size(plot, &artifact->width, &artifact->height);
		plot_write(writer->stream, plot);
		status = writer_commit(writer, &job->fault->error);
	}
	free(path);
	return status;
}

static cnnviz_status keep_curve(struct cnnviz_job *job, struct record_artifact artifact,
		const cnnviz_tensor *values, char **names)
{
	const struct plan *plan = job->session->plan;
	struct plot_panel panel = make_panel(values, names, artifact.curve->axis);
	char *label = memory_format("%s: %s at each step", artifact.name,
			artifact.curve->axis);
	const struct plot plot = {
		.label = label,
		.panels = &panel,
		.count = 1,
		.legend = panel.count > 1 && panel.count <= PLOT_COLORS,
		.thin = panel.count > PLOT_COLORS,
	};

	artifact.path = artifact_path(plan, &artifact, "svg");
	artifact.array = artifact_path(plan, &artifact, "npy");
	artifact.rank = tensor_rank(values);
	memcpy(artifact.shape, tensor_shape(values),
			artifact.rank * sizeof(*artifact.shape));
	cnnviz_status status = artifact_write_array(plan, artifact.array, values,
			&job->fault->error);
	if (status == CNNVIZ_OK) {
		status = write_plot(job, &artifact, &plot);
	}
	if (status == CNNVIZ_OK) {
		record_add(job->session->record, &artifact);
	} else {
		record_curve_free(artifact.curve);
	}
	plot_free_lines(&panel, 1);
	free(label);
	free(artifact.path);
	free(artifact.array);
	return status;
}

static cnnviz_status artifact_curve(cnnviz_job *job, const char *name,
		const cnnviz_tensor *values, const char *const *lines, const char *axis)
{
	struct record_artifact artifact;
	cnnviz_status status = begin_artifact(job, name, CNNVIZ_ARTIFACT_CURVE, "curve",
			&artifact);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (values == NULL || tensor_rank(values) < 1 || tensor_rank(values) > 2
			|| axis == NULL) {
		return job_misuse(job,
				"the curve \"%s\" is not (steps) or (steps,lines), or "
				"does not say what its values are",
				name);
	}
	if (!all_finite(values)) {
		return job_misuse(job, "the curve \"%s\" has a value that is not finite",
				name);
	}
	size_t count = tensor_rank(values) == 2 ? (size_t)tensor_shape(values)[1] : 1;
	char **names = memory_new(count, sizeof(*names));

	for (size_t i = 0; i < count; i++) {
		names[i] = lines != NULL && lines[i] != NULL ? memory_text(lines[i])
				: count == 1                 ? memory_text(axis)
							     : memory_format("%zu", i);
	}
	artifact.kind = RECORD_CURVE;
	artifact.curve = memory_new(1, sizeof(*artifact.curve));
	artifact.curve->axis = memory_text(axis);
	artifact.curve->lines = names;
	artifact.curve->line_count = count;
	return keep_curve(job, artifact, values, names);
}

/* ---- Label maps ------------------------------------------------------------------------- */

/** The map as 8 bits, and the pixels of each class; or why it is none */
static cnnviz_status take_labels(struct cnnviz_job *job, const char *name,
		const cnnviz_tensor *labels, int64_t pixels[PALETTE_SIZE],
		struct image **image)
{
	int64_t classes = job->session->plan->model->class_count;
	const int64_t *shape = labels != NULL ? tensor_shape(labels) : NULL;

	if (labels == NULL || tensor_rank(labels) != 2 || shape[0] > IMAGE_MAX_EXTENT
			|| shape[1] > IMAGE_MAX_EXTENT) {
		return job_misuse(job,
				"the label map \"%s\" is not (H,W) with extents up to "
				"%d",
				name, IMAGE_MAX_EXTENT);
	}
	struct image *made = image_create(shape[1], shape[0], 1);

	if (made == NULL) {
		return job_fail(job, CNNVIZ_ERROR_MEMORY, "memory is too short");
	}
	for (int64_t i = 0; i < tensor_count(labels); i++) {
		float value = tensor_data(labels)[i];

		if (!(value >= 0 && value < (float)classes) || value != floorf(value)
				|| value >= PALETTE_SIZE) {
			image_free(made);
			return job_misuse(job,
					"the label map \"%s\" has the value %g, which "
					"is not an index of one of the first %lld "
					"classes",
					name, (double)value,
					(long long)(classes < PALETTE_SIZE
									? classes
									: PALETTE_SIZE));
		}
		made->pixels[i] = (unsigned char)value;
		pixels[made->pixels[i]]++;
	}
	*image = made;
	return CNNVIZ_OK;
}

static int compare_areas(const void *left, const void *right)
{
	const struct record_area *a = left, *b = right;

	if (a->pixels != b->pixels) {
		return a->pixels > b->pixels ? -1 : 1;
	}
	return a->index < b->index ? -1 : a->index > b->index;
}

static void fill_areas(struct record_artifact *artifact,
		const int64_t pixels[PALETTE_SIZE])
{
	double all = (double)(artifact->width * artifact->height);

	artifact->areas = memory_new(PALETTE_SIZE, sizeof(*artifact->areas));
	for (int64_t i = 0; i < PALETTE_SIZE; i++) {
		if (pixels[i] > 0) {
			artifact->areas[artifact->area_count++] = (struct record_area){
				.index = i,
				.color = palette_color(i),
				.pixels = pixels[i],
				.fraction = (double)pixels[i] / all,
			};
		}
	}
	qsort(artifact->areas, artifact->area_count, sizeof(*artifact->areas),
			compare_areas);
}

static cnnviz_status keep_labels(struct cnnviz_job *job, struct record_artifact artifact,
		const cnnviz_tensor *labels, const struct image *image,
		const int64_t pixels[PALETTE_SIZE])
{
	const struct plan *plan = job->session->plan;
	char *path = NULL;

	artifact.kind = RECORD_LABELS;
	artifact.path = artifact_path(plan, &artifact, "png");
	artifact.array = artifact_path(plan, &artifact, "npy");
	artifact.rank = 2;
	artifact.shape[0] = artifact.height = image->height;
	artifact.shape[1] = artifact.width = image->width;
	cnnviz_status status = artifact_write_array(plan, artifact.array, labels,
			&job->fault->error);
	if (status == CNNVIZ_OK) {
		status = artifact_place(plan, artifact.path, &path, &job->fault->error);
	}
	if (status == CNNVIZ_OK) {
		status = image_write_labels(path, image, &job->fault->error);
	}
	if (status == CNNVIZ_OK) {
		fill_areas(&artifact, pixels);
		record_add(job->session->record, &artifact);
	}
	free(path);
	free(artifact.path);
	free(artifact.array);
	return status;
}

static cnnviz_status artifact_labels(cnnviz_job *job, const char *name,
		const cnnviz_tensor *labels)
{
	int64_t pixels[PALETTE_SIZE] = { 0 };
	struct record_artifact artifact;
	struct image *image = NULL;
	cnnviz_status status = begin_artifact(job, name, CNNVIZ_ARTIFACT_LABELS, "labels",
			&artifact);

	if (status == CNNVIZ_OK) {
		status = take_labels(job, name, labels, pixels, &image);
	}
	if (status == CNNVIZ_OK) {
		status = keep_labels(job, artifact, labels, image, pixels);
		image_free(image);
	}
	return status;
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
	.map_figure = job_map_figure,
};
