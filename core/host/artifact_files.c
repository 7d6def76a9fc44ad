/**
 * \file    host/artifact_files.c
 * \brief   Puts artifacts into the sink, and adds them to the record
 */
#include "host/artifact_files.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "base/text.h"
#include "image/write.h"

/* Of a neuron's name, from its end, in the names of files */
#define MOST_OF_NEURON 96

char *artifact_path(const struct plan *plan, const struct record_artifact *artifact,
		const char *extension)
{
	const char *job = artifact->job->name;

	if (artifact->picture == RECORD_NO_PICTURE) {
		return memory_format("%s/%s.%s", job, artifact->name, extension);
	}
	const char *picture = plan->pictures[artifact->picture].name;

	if (!CNNVIZ_IS_NEURON(artifact->target)) {
		return memory_format("%s/%s/%s.%s", job, picture, artifact->name,
				extension);
	}
	char *neuron = text_file_part(model_class_name(plan->model, artifact->target),
			MOST_OF_NEURON);
	char *path = memory_format("%s/%s/%s-%s.%s", job, picture, artifact->name, neuron,
			extension);

	free(neuron);
	return path;
}

struct record_artifact artifact_describe(const struct plan_job *job, size_t picture,
		int64_t target, enum record_kind kind, const char *name)
{
	return (struct record_artifact){
		.job = job,
		.picture = picture,
		.target = target,
		.kind = kind,
		.name = (char *)(uintptr_t)name,
	};
}

/* ---- Lists --------------------------------------------------------------------- */

static char *copy_or_null(const char *text)
{
	return text != NULL ? memory_text(text) : NULL;
}

void artifact_list_add(struct artifact_list *list, const struct record_artifact *artifact)
{
	list->items = memory_resize(list->items, list->count + 1, sizeof(*list->items));
	struct record_artifact *copy = &list->items[list->count++];

	*copy = *artifact;
	copy->name = memory_text(artifact->name);
	copy->path = copy_or_null(artifact->path);
}

cnnviz_status artifact_list_image(struct sink *sink, struct artifact_list *list,
		struct record_artifact artifact, const struct image *image,
		struct error *error)
{
	char *path = artifact_path(sink->plan, &artifact,
			image_extension(image, sink->plan->format == PLAN_FORMAT_JPEG));
	cnnviz_status status = sink->operations->image(sink, path, image, SINK_COLORS,
			error);

	if (status == CNNVIZ_OK) {
		artifact.path = path;
		artifact.rank = 3;
		artifact.shape[0] = image->channels;
		artifact.shape[1] = image->height;
		artifact.shape[2] = image->width;
		artifact.width = image->width;
		artifact.height = image->height;
		artifact_list_add(list, &artifact);
	}
	free(path);
	return status;
}

/** Note the shape of an artifact that is an array. */
static void set_shape(struct record_artifact *artifact, const cnnviz_tensor *array)
{
	artifact->rank = tensor_rank(array);
	memcpy(artifact->shape, tensor_shape(array),
			artifact->rank * sizeof(*artifact->shape));
}

cnnviz_status artifact_list_array(struct sink *sink, struct artifact_list *list,
		struct record_artifact artifact, const cnnviz_tensor *array,
		struct error *error)
{
	char *path = artifact_path(sink->plan, &artifact, "npy");
	cnnviz_status status = sink->operations->array(sink, path, array, error);

	if (status == CNNVIZ_OK) {
		artifact.path = path;
		set_shape(&artifact, array);
		artifact_list_add(list, &artifact);
	}
	free(path);
	return status;
}

void artifact_list_record(struct artifact_list *list, struct record *record)
{
	for (size_t i = 0; i < list->count; i++) {
		record_add(record, &list->items[i]);
	}
	artifact_list_free(list);
}

void artifact_list_free(struct artifact_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].name);
		free(list->items[i].path);
	}
	free(list->items);
	*list = (struct artifact_list){ 0 };
}

cnnviz_status artifact_keep_image(struct session *session,
		struct record_artifact artifact, const struct image *image,
		struct error *error)
{
	struct artifact_list list = { 0 };
	cnnviz_status status = artifact_list_image(session->sink, &list, artifact, image,
			error);

	artifact_list_record(&list, session->record);
	return status;
}

cnnviz_status artifact_put_array(const struct session *session,
		struct record_artifact *artifact, const cnnviz_tensor *array, char **path,
		struct error *error)
{
	struct sink *sink = session->sink;

	if (packs_take(sink->packs, artifact, array)) {
		return packs_append(sink->packs, session->record, artifact, array, path,
				error);
	}
	*path = artifact_path(sink->plan, artifact, "npy");
	cnnviz_status status = sink->operations->array(sink, *path, array, error);

	if (status != CNNVIZ_OK) {
		free(*path);
		*path = NULL;
	}
	return status;
}

cnnviz_status artifact_keep_array(struct session *session,
		struct record_artifact artifact, const cnnviz_tensor *array,
		struct error *error)
{
	cnnviz_status status = artifact_put_array(session, &artifact, array,
			&artifact.path, error);

	if (status == CNNVIZ_OK) {
		set_shape(&artifact, array);
		record_add(session->record, &artifact);
		free(artifact.path);
	}
	return status;
}

/* ---- Inputs -------------------------------------------------------------------- */

/** The network's view of a picture, being written */
struct view {
	struct task task;
	struct sink *sink;
	const struct image *image;
	char *path;
	bool wanted; /* of this run */
	struct error error;
};

static void write_view(struct task *task)
{
	struct view *view = (struct view *)task;

	view->sink->operations->image(view->sink, view->path, view->image, SINK_COLORS,
			&view->error);
}

static char *view_path(const struct plan *plan, size_t picture, const struct image *view)
{
	return memory_format(ARTIFACT_INPUT_FOLDER "/%s.%s", plan->pictures[picture].name,
			image_extension(view, plan->format == PLAN_FORMAT_JPEG));
}

cnnviz_status artifact_keep_inputs(struct session *session, struct error *error)
{
	const struct batch *batch = session->batch;
	struct view *views;
	cnnviz_status status = CNNVIZ_OK;

	if (session->plan->format == PLAN_FORMAT_NONE) {
		return status;
	}
	views = memory_new(batch->count, sizeof(*views));
	for (size_t n = 0; n < batch->count; n++) {
		views[n] = (struct view){
			.task.work = write_view,
			.sink = session->sink,
			.image = batch->images[n],
			.path = view_path(session->plan, batch->pictures[n],
					batch->images[n]),
		};
		views[n].wanted = session_wants_picture(session, batch->pictures[n]);
		if (views[n].wanted) {
			pool_start(session->pool, &views[n].task);
		}
	}
	for (size_t n = 0; n < batch->count; n++) {
		struct record_picture *picture =
				&session->record->pictures[batch->pictures[n]];

		if (!views[n].wanted) {
			free(views[n].path);
			continue;
		}
		pool_wait(session->pool, &views[n].task);
		if (status == CNNVIZ_OK && views[n].error.status != CNNVIZ_OK) {
			*error = views[n].error;
			status = error->status;
		}
		free(picture->input); /* of an attempt with more pictures at once */
		picture->input = status == CNNVIZ_OK ? views[n].path : NULL;
		if (status != CNNVIZ_OK) {
			free(views[n].path);
		}
	}
	free(views);
	return status;
}
