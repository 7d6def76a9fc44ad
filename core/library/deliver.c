/**
 * \file    library/deliver.c
 * \brief   Hands the results of a run on to the caller's functions
 */
#include "library/deliver.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"

void delivery_start(struct delivery *delivery, cnnviz_plan *handle, const cnnviz_run *run,
		struct kept_results *results)
{
	*delivery = (struct delivery){
		.handle = handle,
		.run = run,
		.results = results,
		.told = memory_new(handle->plan->picture_count, sizeof(bool)),
		.failed = memory_new(handle->plan->job_count, sizeof(bool)),
		.picture = RECORD_NO_PICTURE,
	};
}

void delivery_end(struct delivery *delivery)
{
	free(delivery->told);
	free(delivery->failed);
}

/** What a function has returned */
static void heed(struct delivery *delivery, int32_t answer)
{
	if (answer != 0) {
		delivery->stopped = true;
		cnnviz_plan_cancel(delivery->handle);
	}
}

/* ---- Pictures -------------------------------------------------------------------- */

static cnnviz_class describe_class(const struct plan *plan,
		const struct classification *class)
{
	cnnviz_class described = {
		.index = class->index,
		.name = model_class_name(plan->model, class->index),
		.probability = class->probability,
		.logit = class->logit,
		.area = class->area,
	};

	memcpy(described.box, class->box, sizeof(described.box));
	return described;
}

/** What the network says of a picture that it has seen */
static void describe_seen(const struct delivery *delivery, const struct plan *plan,
		const struct record_picture *seen, cnnviz_class *classes,
		cnnviz_picture_result *result)
{
	struct kept *view = seen->input != NULL
			? kept_find(delivery->results, seen->input)
			: NULL;
	const struct classification target = {
		.index = seen->target,
		.logit = seen->target_logit,
		.probability = seen->target_probability,
	};

	for (size_t i = 0; i < seen->top_count; i++) {
		classes[i] = describe_class(plan, &seen->top[i]);
	}
	result->class_count = (uint32_t)seen->top_count;
	result->classes = classes;
	result->target = describe_class(plan, &target);
	result->width = seen->width;
	result->height = seen->height;
	if (view != NULL) {
		result->view = view->image->pixels;
		result->channels = view->image->channels;
		view->handed = true;
	}
}

/** Whether it is said what a picture is, and its view is there if it is kept */
static bool is_known(const struct record *record, size_t index)
{
	const struct record_picture *seen = &record->pictures[index];

	return seen->failure != NULL || seen->input != NULL
			|| (seen->done && record->plan->format == PLAN_FORMAT_NONE);
}

static void tell_picture(struct delivery *delivery, const struct record *record,
		size_t index)
{
	const struct record_picture *seen = &record->pictures[index];
	cnnviz_class classes[RECORD_TOP];
	cnnviz_picture_result result = {
		.struct_size = sizeof(result),
		.index = index,
		.name = record->plan->pictures[index].name,
		.failure = seen->failure,
	};

	if (delivery->told[index] || !is_known(record, index) || delivery->stopped) {
		return;
	}
	delivery->told[index] = true;
	if (seen->failure == NULL) {
		describe_seen(delivery, record->plan, seen, classes, &result);
	}
	if (delivery->run->picture != NULL) {
		heed(delivery, delivery->run->picture(delivery->run->context, &result));
	}
}

/** Tell of pictures in their order, up to one of which nothing is known yet. */
static void tell_pictures(struct delivery *delivery, const struct record *record,
		bool ended)
{
	size_t count = record->plan->picture_count;

	while (delivery->next < count && (ended || is_known(record, delivery->next))) {
		tell_picture(delivery, record, delivery->next++);
	}
}

/* ---- Artifacts ------------------------------------------------------------------- */

static int32_t kind_of(enum record_kind kind)
{
	static const int32_t kinds[] = {
		[RECORD_IMAGE] = CNNVIZ_RESULT_IMAGE,
		[RECORD_MAP] = CNNVIZ_RESULT_MAP,
		[RECORD_ARRAY] = CNNVIZ_RESULT_ARRAY,
		[RECORD_SCALAR] = CNNVIZ_RESULT_SCALAR,
		[RECORD_ANIMATION] = CNNVIZ_RESULT_ANIMATION,
		[RECORD_CURVE] = CNNVIZ_RESULT_CURVE,
		[RECORD_LABELS] = CNNVIZ_RESULT_LABELS,
	};

	return kinds[kind];
}

/** Job, picture, name and target */
static cnnviz_result describe(const struct plan *plan,
		const struct record_artifact *recorded)
{
	bool pictured = recorded->picture != RECORD_NO_PICTURE;
	cnnviz_result artifact = {
		.struct_size = sizeof(artifact),
		.kind = kind_of(recorded->kind),
		.job = recorded->job->name,
		.technique = recorded->job->plugin->technique.name,
		.picture = pictured ? plan->pictures[recorded->picture].name : NULL,
		.index = pictured ? recorded->picture : 0,
		.name = recorded->name,
		.target = recorded->target,
		.target_name = recorded->target != -1
				? model_class_name(plan->model, recorded->target)
				: NULL,
		.value = recorded->value,
	};

	if (recorded->curve != NULL) {
		artifact.axis = recorded->curve->axis;
		artifact.lines = (const char *const *)recorded->curve->lines;
		artifact.line_count = recorded->curve->line_count;
	}
	return artifact;
}

static void add_values(const cnnviz_tensor *array, cnnviz_result *artifact)
{
	artifact->values = tensor_data(array);
	artifact->rank = tensor_rank(array);
	memcpy(artifact->values_shape, tensor_shape(array),
			artifact->rank * sizeof(*artifact->values_shape));
}

static void add_pixels(const struct image *image, cnnviz_result *artifact)
{
	artifact->data = image->pixels;
	artifact->size = (size_t)(image->width * image->height * image->channels);
	artifact->shape[0] = image->height;
	artifact->shape[1] = image->width;
	artifact->shape[2] = image->channels;
}

/** Put what was kept under a path into an artifact; marks it as handed on */
static void add_kept(const struct delivery *delivery, const char *path,
		const struct record_artifact *recorded, cnnviz_result *artifact)
{
	struct kept *kept = path != NULL ? kept_find(delivery->results, path) : NULL;

	if (kept == NULL) {
		return;
	}
	kept->handed = true;
	if (kept->array != NULL) {
		add_values(kept->array, artifact);
	} else if (kept->image != NULL) {
		add_pixels(kept->image, artifact);
	} else {
		artifact->data = kept->bytes.data;
		artifact->size = kept->bytes.size;
		if (recorded->kind == RECORD_ANIMATION) {
			memcpy(artifact->shape, recorded->shape, sizeof(artifact->shape));
		}
	}
}

static void hand_on(struct delivery *delivery, const struct record *record,
		const struct record_artifact *recorded)
{
	cnnviz_result artifact = describe(record->plan, recorded);
	cnnviz_scalar scalars[RECORD_SCALARS];

	if (recorded->job != delivery->job || recorded->picture != delivery->picture) {
		kept_drop(delivery->results, false);
		delivery->job = recorded->job;
		delivery->picture = recorded->picture;
	}
	for (size_t i = 0; i < recorded->scalar_count; i++) {
		scalars[i] = (cnnviz_scalar){ recorded->scalars[i].name,
			recorded->scalars[i].value };
	}
	artifact.scalars = scalars;
	artifact.scalar_count = (uint32_t)recorded->scalar_count;
	add_kept(delivery, recorded->path, recorded, &artifact);
	add_kept(delivery, recorded->array, recorded, &artifact);
	if (delivery->run->artifact != NULL) {
		heed(delivery,
				delivery->run->artifact(delivery->run->context,
						&artifact));
	}
}

static void hand_artifacts_on(struct delivery *delivery, const struct record *record)
{
	while (delivery->artifacts < record->artifact_count && !delivery->stopped) {
		const struct record_artifact *recorded =
				&record->artifacts[delivery->artifacts++];

		if (recorded->picture != RECORD_NO_PICTURE) {
			tell_picture(delivery, record, recorded->picture);
		}
		if (!delivery->stopped) {
			hand_on(delivery, record, recorded);
		}
	}
}

/* ---- Failures -------------------------------------------------------------------- */

static void tell_failure(struct delivery *delivery, const struct plan *plan,
		const struct plan_job *job, size_t picture, const char *text)
{
	bool pictured = picture != RECORD_NO_PICTURE;
	const cnnviz_failure failure = {
		.struct_size = sizeof(failure),
		.job = job->name,
		.technique = job->plugin->technique.name,
		.picture = pictured ? plan->pictures[picture].name : NULL,
		.index = pictured ? picture : 0,
		.text = text,
	};

	if (delivery->run->failure != NULL && !delivery->stopped) {
		heed(delivery, delivery->run->failure(delivery->run->context, &failure));
	}
}

static void tell_failures(struct delivery *delivery, const struct record *record)
{
	while (delivery->failures < record->failure_count) {
		const struct record_failure *failure =
				&record->failures[delivery->failures++];

		tell_picture(delivery, record, failure->picture);
		tell_failure(delivery, record->plan, failure->job, failure->picture,
				failure->reason);
	}
	for (size_t i = 0; i < record->plan->job_count; i++) {
		const struct record_job *job = &record->jobs[i];

		if (job->status == RECORD_FAILED && !delivery->failed[i]) {
			delivery->failed[i] = true;
			tell_failure(delivery, record->plan, job->plan, RECORD_NO_PICTURE,
					job->reason);
		}
	}
}

/* ---- All ------------------------------------------------------------------------- */

void delivery_go_on(void *context, const struct record *record, bool ended)
{
	struct delivery *delivery = context;

	tell_pictures(delivery, record, ended);
	hand_artifacts_on(delivery, record);
	tell_failures(delivery, record);
}

void delivery_progress(void *context, double done, const char *job)
{
	struct delivery *delivery = context;

	if (!delivery->stopped) {
		heed(delivery,
				delivery->run->progress(delivery->run->context, done,
						job));
	}
}
