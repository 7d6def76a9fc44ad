/**
 * \file    host/regions.c
 * \brief   Regions of the targets of a segmentation network, for services and
 *                     evaluation
 */
#include "host/regions.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "graph/detections.h"
#include "host/batch_pass.h"
#include "host/job.h"

/** Make sure that the logits and boxes of the batch's pictures are there. */
static cnnviz_status find_boxes(struct session *session, struct error *error)
{
	cnnviz_tensor *logits = NULL;
	cnnviz_status status = CNNVIZ_OK;

	if (session->batch->boxes == NULL) {
		status = batch_pass_logits(session, &logits, error);
		tensor_unref(logits);
	}
	return status;
}

/**
 * Best class at each position of each picture of the batch; borrowed. Computed once, so
 * that a class has the same region in a picture and in modified copies of it.
 */
static cnnviz_status find_labels(struct session *session,
		const struct batch_labels **labels, struct error *error)
{
	struct batch *batch = session->batch;
	cnnviz_tensor *logits = NULL;

	if (batch->labels.best == NULL) {
		cnnviz_status status = batch_pass_logits(session, &logits, error);

		if (status != CNNVIZ_OK) {
			return status;
		}
		batch_keep_labels(batch, logits);
		tensor_unref(logits);
	}
	*labels = &batch->labels;
	return CNNVIZ_OK;
}

/** Bits of a stream that are kept in streams which a technique derives from it */
#define PICTURE_BITS UINT32_MAX

/**
 * Item of the current batch from which an item of another batch was made, or the count
 */
static size_t find_picture(const struct batch *pictures, const cnnviz_batch *batch,
		size_t n)
{
	size_t i = 0;

	while (i < pictures->count
			&& (pictures->streams[i] & PICTURE_BITS)
					!= (batch->streams[n] & PICTURE_BITS)) {
		i++;
	}
	return i;
}

static const struct region *plan_region(const struct plan *plan,
		const struct plan_job *job)
{
	return job->region != NULL ? job->region : &plan->region;
}

static const struct region *job_region_setting(const cnnviz_job *job)
{
	return plan_region(job->session->plan, job->plan);
}

/** How masks for an item of the current batch, or for any picture, are fitted */
static struct region_frame item_frame(const struct session *session, size_t item)
{
	const struct plan *plan = session->plan;
	const struct batch *batch = session->batch;

	return (struct region_frame){
		.fit = batch != NULL && item < batch->count
				? plan_picture_fit(plan, batch->pictures[item])
				: plan->fit,
		.size = { batch != NULL ? tensor_shape(batch->inputs)[2] : plan->size[0],
				batch != NULL ? tensor_shape(batch->inputs)[3]
					      : plan->size[1] },
	};
}

/**
 * Number of the box of a target in a picture of the current batch. Where a region is not near
 * any box, it is that of the class's best box, and *found is false.
 */
static int64_t find_box(const struct batch *batch, const struct region *region,
		size_t picture, int64_t target, bool *found)
{
	const struct detections detections = { .logits = batch->logits,
		.boxes = batch->boxes };
	int64_t index = CNNVIZ_CLASS_OF(target), number = -1;

	if (region->kind == REGION_BOX) {
		double box[4];

		region_box(region, &tensor_shape(batch->inputs)[2], box);
		number = detections_at(&detections, picture, index, box);
	}
	*found = region->kind != REGION_BOX || number >= 0;
	return number >= 0 ? number : detections_best(batch->logits, picture, index);
}

/** Mark the box of a target, or all; false as *found above */
static bool choose_box(const struct batch *batch, const struct region *region,
		size_t picture, int64_t target, unsigned char *inside)
{
	size_t count = (size_t)logits_positions(batch->logits);
	bool found = true;

	memset(inside, region->kind == REGION_ALL, count);
	if (region->kind != REGION_ALL) {
		inside[find_box(batch, region, picture, target, &found)] = 1;
	}
	return found;
}

/** Labels of the picture from which an item was made, or NULL if it is unknown */
static cnnviz_status picture_labels(cnnviz_job *job, const cnnviz_tensor *logits,
		const cnnviz_batch *batch, size_t n, const int32_t **best)
{
	struct session *session = job->session;
	const int64_t *shape = tensor_shape(logits);
	const struct batch_labels *labels = NULL;

	*best = NULL;
	if (session->batch == NULL || batch == NULL || batch->streams == NULL) {
		return CNNVIZ_OK;
	}
	size_t picture = find_picture(session->batch, batch, n);
	if (picture == session->batch->count) {
		return CNNVIZ_OK;
	}
	cnnviz_status status = find_labels(session, &labels, &job->fault->error);
	if (status == CNNVIZ_OK && labels->height == shape[2]
			&& labels->width == shape[3]) {
		*best = labels->best + (int64_t)picture * shape[2] * shape[3];
	}
	return status;
}

static void warn_about_empty(const cnnviz_job *job, const cnnviz_batch *batch, size_t n,
		const char *message)
{
	if (batch != NULL && job->batch != NULL && batch->inputs == job->batch->inputs) {
		job_warn(job, (int64_t)n, message);
	}
}

/** The box of an item's target: that of the picture it was made of, or else the best one */
static cnnviz_status job_box(cnnviz_job *job, const cnnviz_tensor *logits, size_t n,
		int64_t target, const cnnviz_batch *batch, unsigned char *inside)
{
	struct session *session = job->session;
	bool made = session->batch != NULL && batch != NULL && batch->streams != NULL;
	size_t picture = made ? find_picture(session->batch, batch, n) : 0;
	cnnviz_status status;

	if (!made || picture == session->batch->count) {
		inside[detections_best(logits, n, CNNVIZ_CLASS_OF(target))] = 1;
		return CNNVIZ_OK;
	}
	status = find_boxes(session, &job->fault->error);
	if (status == CNNVIZ_OK
			&& !choose_box(session->batch, job_region_setting(job), picture,
					target, inside)) {
		warn_about_empty(job, batch, n,
				"the network finds no box near the region, so the best "
				"box of the class is explained");
	}
	return status;
}

cnnviz_status job_region(cnnviz_job *job, const cnnviz_tensor *logits, size_t n,
		int64_t target, const cnnviz_batch *batch, unsigned char *inside)
{
	const struct region *region = job_region_setting(job);
	const struct session *session = job->session;
	const bool made = session->batch != NULL && batch != NULL
			&& batch->streams != NULL;
	const struct region_frame frame = item_frame(session,
			made ? find_picture(session->batch, batch, n) : SIZE_MAX);
	const int32_t *best = NULL;
	int32_t *own = NULL;
	cnnviz_status status;

	if (!logits_are_dense(logits)) {
		inside[0] = 1;
		return CNNVIZ_OK;
	}
	if (graph_boxes(session->plan->model->graph) != CNNVIZ_LAYER_NONE) {
		memset(inside, 0, (size_t)logits_positions(logits));
		return job_box(job, logits, n, target, batch, inside);
	}
	status = picture_labels(job, logits, batch, n, &best);
	if (status != CNNVIZ_OK) {
		return status;
	}
	if (best == NULL) {
		own = memory_new((size_t)logits_positions(logits), sizeof(*own));
		logits_labels(logits, n, own);
	}
	if (!region_positions(region, &frame, best != NULL ? best : own,
			    tensor_shape(logits)[2], tensor_shape(logits)[3],
			    CNNVIZ_CLASS_OF(target), inside)) {
		warn_about_empty(job, batch, n, region_fallback_message(region));
	}
	free(own);
	return CNNVIZ_OK;
}

cnnviz_status session_region(struct session *session, size_t item, int64_t target,
		unsigned char **inside, struct error *error)
{
	const struct plan *plan = session->plan;
	const struct region_frame frame = item_frame(session, item);
	const struct batch_labels *labels = NULL;

	*inside = NULL;
	if (!graph_is_dense(plan->model->graph)) {
		return CNNVIZ_OK;
	}
	if (graph_boxes(plan->model->graph) != CNNVIZ_LAYER_NONE) {
		cnnviz_status found = find_boxes(session, error);

		if (found == CNNVIZ_OK) {
			const cnnviz_tensor *logits = session->batch->logits;

			*inside = memory_new((size_t)logits_positions(logits),
					sizeof(**inside));
			choose_box(session->batch, &plan->region, item, target, *inside);
		}
		return found;
	}
	cnnviz_status status = find_labels(session, &labels, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	size_t places = (size_t)(labels->height * labels->width);

	*inside = memory_new(places, sizeof(**inside));
	region_positions(&plan->region, &frame, labels->best + item * places,
			labels->height, labels->width, CNNVIZ_CLASS_OF(target), *inside);
	return CNNVIZ_OK;
}

bool job_target_box(const struct job *job, size_t item, int64_t target, double box[4])
{
	const struct batch *batch = job->session->batch;
	const struct region *region = plan_region(job->session->plan, job->plan);
	bool found;

	if (batch->boxes == NULL || region->kind == REGION_ALL
			|| CNNVIZ_IS_NEURON(target)) {
		return false;
	}
	const struct detections detections = { .logits = batch->logits,
		.boxes = batch->boxes };

	detections_box(&detections, item, find_box(batch, region, item, target, &found),
			box);
	return true;
}
