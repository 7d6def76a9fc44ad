/**
 * \file    evaluate/mask.c
 * \brief   Runs techniques with an artifact service that keeps only the mask
 */
#include "evaluate/mask.h"

#include <string.h>

#include "base/tensor.h"
#include "host/artifacts.h"
#include "host/call.h"
#include "host/job.h"
#include "host/scalars.h"
#include "host/tensors.h"
#include "image/image.h"
#include "image/resample.h"

#define MASK_NAME "mask"

/* The session's services while a mask is captured */
struct mask_host {
	cnnviz_host host;    /* first, so that a job's host can be cast */
	cnnviz_tensor *mask; /* (1,1,h,w), or NULL */
};

bool mask_is_emitted(const struct plan_job *job)
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

/* ---- Services ------------------------------------------------------------------ */

static cnnviz_status capture_mask(cnnviz_job *job, const char *name, const char *suffix,
		const cnnviz_tensor *image, uint32_t item)
{
	/* The session's host is the member of a struct mask_host. */
	struct mask_host *mask_host = (struct mask_host *)(uintptr_t)job->session->host;
	cnnviz_tensor *part = NULL, *mask = NULL;

	if (strcmp(name, MASK_NAME) != 0 || suffix != NULL) {
		return CNNVIZ_OK;
	}
	cnnviz_status status = artifact_take(job, name, image, item, &part);

	if (status == CNNVIZ_OK && tensor_rank(part) != 3) {
		status = job_misuse(job, "the picture \"%s\" is not (C,H,W)", name);
	}
	if (status == CNNVIZ_OK) {
		const int64_t *shape = tensor_shape(part);

		status = job_create_tensor(job, 4,
				(const int64_t[]){ 1, 1, shape[1], shape[2] }, &mask);
	}
	if (status == CNNVIZ_OK) {
		memcpy(tensor_mutable_data(mask), tensor_data(part),
				(size_t)tensor_count(mask) * sizeof(float));
		tensor_unref(mask_host->mask);
		mask_host->mask = mask;
	}
	tensor_unref(part);
	return status;
}

static cnnviz_status ignore_tensor(cnnviz_job *job, const char *name, const char *suffix,
		const cnnviz_tensor *tensor, uint32_t item)
{
	(void)job;
	(void)name;
	(void)suffix;
	(void)tensor;
	(void)item;
	return CNNVIZ_OK;
}

static cnnviz_status ignore_scalar(cnnviz_job *job, const char *name, const char *suffix,
		double value)
{
	(void)job;
	(void)name;
	(void)suffix;
	(void)value;
	return CNNVIZ_OK;
}

static cnnviz_status ignore_curve(cnnviz_job *job, const char *name, const char *suffix,
		const cnnviz_tensor *values, const char *const *lines, const char *axis)
{
	(void)lines;
	(void)axis;
	return ignore_tensor(job, name, suffix, values, CNNVIZ_WHOLE);
}

static cnnviz_status refuse_read_back(cnnviz_job *job, const char *name,
		const char *suffix, cnnviz_tensor **input)
{
	(void)suffix;
	(void)input;
	return job_fail(job, CNNVIZ_ERROR_UNSUPPORTED,
			"the picture \"%s\" cannot be read back: an evaluation does not "
			"write it",
			name);
}

/* Attributions that the technique builds on may note scalars about their maps. */
static const cnnviz_artifact_api services = {
	.struct_size = sizeof(cnnviz_artifact_api),
	.image = capture_mask,
	.array = ignore_tensor,
	.scalar = ignore_scalar,
	.frame = ignore_tensor,
	.curve = ignore_curve,
	.labels = ignore_tensor,
	.read_back = refuse_read_back,
	.map_scalar = job_map_scalar,
};

/* ---- One mask ------------------------------------------------------------------ */

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
			: error_set(error, CNNVIZ_ERROR_MEMORY, "out of memory");
}

cnnviz_status mask_capture(struct job *job, size_t item, cnnviz_tensor **plane,
		struct error *error)
{
	struct session *session = job->session;
	struct mask_host mask_host = { .host = *session->host };
	const cnnviz_host *before = session->host;
	const int64_t *size = session->plan->size;

	mask_host.host.artifact = &services;
	session->host = &mask_host.host;
	cnnviz_status status = run_item(job, item, error);

	session->host = before;
	if (status == CNNVIZ_OK && mask_host.mask == NULL) {
		status = error_set(error, CNNVIZ_ERROR_PLUGIN,
				"the technique emitted no picture \"" MASK_NAME
				"\" to measure");
	}
	if (status == CNNVIZ_OK) {
		status = tensor_resize(mask_host.mask, size[0], size[1],
				CNNVIZ_FILTER_BILINEAR, plane, error);
	}
	tensor_unref(mask_host.mask);
	return status;
}
