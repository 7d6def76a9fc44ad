/**
 * \file    evaluate/mask.c
 * \brief   Runs techniques with an artifact service that keeps nothing but the mask
 */
#include "evaluate/mask.h"

#include <string.h>

#include "base/tensor.h"
#include "host/call.h"
#include "host/job.h"
#include "host/scalars.h"
#include "image/image.h"

#define MASK_NAME "mask"

/* The session's services while a mask is taken */
struct mask_host {
	cnnviz_host host;    /* first, so that a job leads to the whole */
	cnnviz_tensor *mask; /* (1,1,h,w), or NULL */
};

bool mask_is_left(const struct plan_job *job)
{
	const cnnviz_technique *technique = &job->plugin->technique;

	if (technique->kind != CNNVIZ_KIND_GENERAL
			|| technique->run_mode != CNNVIZ_RUN_PER_PICTURE) {
		return false;
	}
	for (uint32_t i = 0; i < technique->artifact_count; i++) {
		if (job->plugin->artifacts[i].type == CNNVIZ_ARTIFACT_IMAGE
				&& strcmp(job->plugin->artifacts[i].name, MASK_NAME)
						== 0) {
			return true;
		}
	}
	return false;
}

/* ---- Services ------------------------------------------------------------------------- */

static cnnviz_status take_image(cnnviz_job *job, const char *name,
		const cnnviz_tensor *image)
{
	/* The host that the session hands out is the one in a struct mask_host below. */
	struct mask_host *taker = (struct mask_host *)(uintptr_t)job->session->host;

	if (strcmp(name, MASK_NAME) != 0) {
		return CNNVIZ_OK;
	}
	if (image == NULL || tensor_rank(image) != 3) {
		return job_misuse(job, "the picture \"%s\" is not (C,H,W)", name);
	}
	const int64_t *shape = tensor_shape(image);
	cnnviz_tensor *mask = tensor_create(4,
			(const int64_t[]){ 1, 1, shape[1], shape[2] });

	if (mask == NULL) {
		return job_fail(job, CNNVIZ_ERROR_MEMORY, "memory is too short");
	}
	memcpy(tensor_mutable_data(mask), tensor_data(image),
			(size_t)(shape[1] * shape[2]) * sizeof(float));
	tensor_unref(taker->mask);
	taker->mask = mask;
	return CNNVIZ_OK;
}

static cnnviz_status drop_tensor(cnnviz_job *job, const char *name,
		const cnnviz_tensor *tensor)
{
	(void)job;
	(void)name;
	(void)tensor;
	return CNNVIZ_OK;
}

static cnnviz_status drop_figure(cnnviz_job *job, const char *name, double value)
{
	(void)job;
	(void)name;
	(void)value;
	return CNNVIZ_OK;
}

static cnnviz_status drop_curve(cnnviz_job *job, const char *name,
		const cnnviz_tensor *values, const char *const *lines, const char *axis)
{
	(void)lines;
	(void)axis;
	return drop_tensor(job, name, values);
}

static cnnviz_status refuse_read_back(cnnviz_job *job, const char *name,
		cnnviz_tensor **input)
{
	(void)input;
	return job_fail(job, CNNVIZ_ERROR_UNSUPPORTED,
			"an evaluation writes no picture \"%s\" that could be read back",
			name);
}

/* Attributions that the technique builds on may note scalars about their maps. */
static const cnnviz_artifact_api services = {
	.struct_size = sizeof(cnnviz_artifact_api),
	.image = take_image,
	.array = drop_tensor,
	.figure = drop_figure,
	.frame = drop_tensor,
	.curve = drop_curve,
	.labels = drop_tensor,
	.read_back = refuse_read_back,
	.map_figure = job_map_scalar,
};

/* ---- One mask ------------------------------------------------------------------------- */

static cnnviz_status run_item(struct job *job, size_t item, struct error *error)
{
	struct batch *batch = job->session->batch;
	const cnnviz_batch single = {
		.struct_size = sizeof(single),
		.count = 1,
		.inputs = batch_item(batch, item),
		.targets = &job->session->plan->pictures[batch->pictures[item]].target,
		.streams = &batch->streams[item],
	};

	return single.inputs != NULL
			? call_run(job, &single, &batch->pictures[item], error)
			: error_set(error, CNNVIZ_ERROR_MEMORY, "memory is too short");
}

cnnviz_status mask_take(struct job *job, size_t item, cnnviz_tensor **plane,
		struct error *error)
{
	struct session *session = job->session;
	struct mask_host taker = { .host = *session->host };
	const cnnviz_host *before = session->host;
	const int64_t *size = session->plan->size;

	taker.host.artifact = &services;
	session->host = &taker.host;
	cnnviz_status status = run_item(job, item, error);

	session->host = before;
	if (status == CNNVIZ_OK && taker.mask == NULL) {
		status = error_set(error, CNNVIZ_ERROR_PLUGIN,
				"the technique left no picture \"" MASK_NAME
				"\" to measure");
	}
	if (status == CNNVIZ_OK) {
		status = tensor_resize(taker.mask, size[0], size[1],
				CNNVIZ_FILTER_BILINEAR, plane, error);
	}
	tensor_unref(taker.mask);
	return status;
}
