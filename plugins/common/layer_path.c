/**
 * \file    common/layer_path.c
 * \brief   What happens at a layer on the path from a baseline to a picture
 */
#include "common/layer_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/completeness.h"

cnnviz_status layer_check_path(const cnnviz_host *host, cnnviz_job *job)
{
	cnnviz_status status = layer_check(host, job);

	return status == CNNVIZ_OK ? baseline_check(host, job) : status;
}

cnnviz_status layer_report_sum(const cnnviz_host *host, cnnviz_job *job, uint32_t n,
		const double score[2], double sum)
{
	char advice[48];

	snprintf(advice, sizeof(advice), "use more steps than %lld",
			(long long)host->parameter->integer(job, "steps"));
	return completeness_note(host, job, n, score, sum, advice);
}

/* ---- Some points of a path --------------------------------------------------------- */

/** The points of a path that go through the network at once, and what is at their ends */
struct part {
	struct layer_path *path;
	uint32_t item;
	int64_t first;
	cnnviz_tensor *from, *to; /* ends of the path, one item each */
	cnnviz_pass *origin; /* of the picture, where the path is one of activations */
	cnnviz_batch batch;
	int64_t *targets;
	uint64_t *streams;
	double *scores;
};

static cnnviz_status no_memory(const struct layer_path *path)
{
	return path->host->fail(path->job, CNNVIZ_ERROR_MEMORY,
			"out of memory for a path; lower `points_together`");
}

static int64_t count_points(const struct layer_path *path)
{
	return path->steps + (path->ends ? 1 : 0);
}

/** Write the points first up to first + count of a path: from + a (to - from). */
static void interpolate(const struct part *part, int64_t size, float *points)
{
	const struct layer_path *path = part->path;

	for (int64_t k = 0; k < part->batch.count; k++) {
		double a = ((double)(part->first + k) + (path->ends ? 0 : 0.5))
				/ (double)path->steps;

		for (int64_t i = 0; i < size; i++) {
			points[k * size + i] = (float)(path->from[i]
					+ a * ((double)path->to[i] - path->from[i]));
		}
	}
}

/** The points of the part, of inputs or activations; a new tensor */
static cnnviz_status make_points(const struct part *part, cnnviz_tensor **points)
{
	const struct layer_path *path = part->path;
	const cnnviz_tensor_api *tensor = path->host->tensor;
	const int64_t *shape = tensor->shape(part->from);
	cnnviz_status status = tensor->create(path->job, 4,
			(const int64_t[]){ part->batch.count, shape[1], shape[2],
					shape[3] },
			points);

	if (status == CNNVIZ_OK) {
		interpolate(part, tensor->count(part->from),
				tensor->mutable_data(*points));
	}
	return status;
}

/** Room for the sums and the result, once the layer's activation (N,C,h,w) is known */
static cnnviz_status allocate_sums(struct layer_path *path, const int64_t *shape)
{
	path->size = shape[1] * shape[2] * shape[3];
	path->sums = calloc((size_t)path->size, sizeof(*path->sums));
	for (int i = 0; i < 2; i++) {
		path->before[i] = calloc((size_t)path->size, sizeof(float));
	}
	if (path->sums == NULL || path->before[0] == NULL || path->before[1] == NULL) {
		return no_memory(path);
	}
	return path->host->tensor->create(path->job, 4,
			(const int64_t[]){ path->batch->count, shape[1], shape[2],
					shape[3] },
			&path->result);
}

/** Hand the points of a part to the technique. */
static cnnviz_status add_points(const struct part *part, const cnnviz_tensor *A,
		const cnnviz_tensor *gradient)
{
	struct layer_path *path = part->path;
	const cnnviz_tensor_api *tensor = path->host->tensor;
	cnnviz_status status = path->result == NULL
			? allocate_sums(path, tensor->shape(A))
			: CNNVIZ_OK;

	for (int64_t k = 0; k < part->batch.count && status == CNNVIZ_OK; k++) {
		const struct layer_point point = {
			.index = part->first + k,
			.score = part->scores[k],
			.A = tensor->data(A) + k * path->size,
			.gradient = tensor->data(gradient) + k * path->size,
		};

		path->add(path, &point);
		if (path->ends) {
			path->score[point.index == 0 ? 1 : 0] = point.score;
		}
	}
	return status;
}

/** Run the points of a part forward, up to the target's score. */
static cnnviz_status go_forward(const struct part *part, cnnviz_pass **pass)
{
	const struct layer_path *path = part->path;
	const int32_t captures[] = { CNNVIZ_LAYER_LOGITS, path->layer };

	return part->origin != NULL
			? path->host->pass->forward_from(path->job, part->origin,
					path->layer, part->batch.inputs, NULL, 0, 1,
					captures, pass)
			: path->host->pass->forward(path->job, part->batch.inputs,
					path->layer == CNNVIZ_LAYER_INPUT ? 1 : 2,
					captures, pass);
}

/** Run the points of a part forward and backward. */
static cnnviz_status run_points(const struct part *part)
{
	const struct layer_path *path = part->path;
	const cnnviz_host *host = path->host;
	const int32_t logits = CNNVIZ_LAYER_LOGITS;
	bool captured = part->origin == NULL && path->layer != CNNVIZ_LAYER_INPUT;
	cnnviz_tensor *seed = NULL, *gradient = NULL;
	cnnviz_pass *pass = NULL;
	cnnviz_status status = go_forward(part, &pass);

	if (status == CNNVIZ_OK) {
		status = host->objective->batch_logit(path->job, &part->batch,
				host->pass->activation(pass, logits), part->scores,
				&seed);
	}
	if (status == CNNVIZ_OK) {
		const cnnviz_tensor *const seeds[] = { seed };

		status = host->pass->backward(path->job, pass, CNNVIZ_RULE_PLAIN, 1,
				&logits, seeds, 1, &path->layer, &gradient);
	}
	if (status == CNNVIZ_OK) {
		const cnnviz_tensor *A = captured
				? host->pass->activation(pass, path->layer)
				: part->batch.inputs;

		status = A != NULL ? add_points(part, A, gradient) : CNNVIZ_ERROR_ENGINE;
	}
	host->tensor->unref(gradient);
	host->tensor->unref(seed);
	host->pass->unref(pass);
	return status;
}

static cnnviz_status run_part(struct part *part, int64_t count)
{
	const struct layer_path *path = part->path;
	cnnviz_tensor *points = NULL;

	part->batch.count = (uint32_t)count;
	for (int64_t k = 0; k < count; k++) {
		part->targets[k] = path->batch->targets[part->item];
		part->streams[k] = path->batch->streams[part->item];
	}
	cnnviz_status status = make_points(part, &points);

	part->batch.inputs = points;
	if (status == CNNVIZ_OK) {
		status = run_points(part);
	}
	path->host->tensor->unref(points);
	return status;
}

/* ---- The ends of a path ---------------------------------------------------------------- */

/** The item of the batch as a tensor of its own */
static cnnviz_status copy_item(const struct part *part, cnnviz_tensor **item)
{
	const struct layer_path *path = part->path;
	const cnnviz_tensor_api *tensor = path->host->tensor;
	const int64_t *shape = tensor->shape(path->batch->inputs);
	int64_t size = shape[1] * shape[2] * shape[3];
	cnnviz_status status = tensor->create(path->job, 4,
			(const int64_t[]){ 1, shape[1], shape[2], shape[3] }, item);

	if (status == CNNVIZ_OK) {
		memcpy(tensor->mutable_data(*item),
				tensor->data(path->batch->inputs) + part->item * size,
				(size_t)size * sizeof(float));
	}
	return status;
}

/** Replace an input by the layer's activation; with sides, keep the pass as the origin. */
static cnnviz_status go_to_layer(struct part *part, uint32_t sides, int32_t *captures,
		cnnviz_tensor **end)
{
	const struct layer_path *path = part->path;
	const cnnviz_host *host = path->host;
	cnnviz_pass *pass = NULL;
	cnnviz_status status = host->pass->forward_only(path->job, *end, 1 + sides,
			captures, &pass);

	if (status != CNNVIZ_OK) {
		return status;
	}
	const cnnviz_tensor *A = host->pass->activation(pass, path->layer);

	if (A == NULL) {
		status = CNNVIZ_ERROR_ENGINE;
	} else {
		host->tensor->unref(*end);
		/* A reference count is not visible to the pass. */
		*end = host->tensor->ref((cnnviz_tensor *)(uintptr_t)A);
	}
	if (end == &part->to) {
		part->origin = pass;
	} else {
		host->pass->unref(pass);
	}
	return status;
}

/** Turn the ends of a path of inputs into those of one of activations. */
static cnnviz_status go_within(struct part *part)
{
	const struct layer_path *path = part->path;
	const cnnviz_model_api *model = path->host->model;
	uint32_t sides = model->side_layers(path->job, path->layer, CNNVIZ_LAYER_LOGITS,
			0, NULL);
	int32_t *captures = calloc(sides + 1, sizeof(*captures));
	cnnviz_status status = captures != NULL ? CNNVIZ_OK : no_memory(path);

	if (status == CNNVIZ_OK) {
		captures[0] = path->layer;
		model->side_layers(path->job, path->layer, CNNVIZ_LAYER_LOGITS, sides,
				captures + 1);
		status = go_to_layer(part, 0, captures, &part->from);
	}
	if (status == CNNVIZ_OK) {
		status = go_to_layer(part, sides, captures, &part->to);
	}
	free(captures);
	return status;
}

static cnnviz_status make_ends(struct part *part)
{
	struct layer_path *path = part->path;
	const cnnviz_tensor_api *tensor = path->host->tensor;
	cnnviz_status status = baseline_make(path->host, path->job, path->batch,
			part->item, &part->from);

	if (status == CNNVIZ_OK) {
		status = copy_item(part, &part->to);
	}
	if (status == CNNVIZ_OK && path->within) {
		status = go_within(part);
	}
	if (status == CNNVIZ_OK) {
		path->from = tensor->data(part->from);
		path->to = tensor->data(part->to);
	}
	return status;
}

static void release_ends(struct part *part)
{
	const cnnviz_host *host = part->path->host;

	host->tensor->unref(part->from);
	host->tensor->unref(part->to);
	host->pass->unref(part->origin);
	part->from = part->to = NULL;
	part->origin = NULL;
}

/* ---- The whole path ------------------------------------------------------------------ */

/** Compute the target's score at both ends of a path of activations. */
static cnnviz_status score_ends(const struct part *part)
{
	struct layer_path *path = part->path;
	const cnnviz_host *host = path->host;
	const int32_t logits = CNNVIZ_LAYER_LOGITS;
	int64_t target = path->batch->targets[part->item];
	uint64_t stream = path->batch->streams[part->item];
	const cnnviz_tensor *const ends[] = { part->to, part->from };
	cnnviz_status status = CNNVIZ_OK;

	for (int i = 0; i < 2 && status == CNNVIZ_OK; i++) {
		const cnnviz_batch batch = {
			.struct_size = sizeof(batch),
			.count = 1,
			.inputs = ends[i],
			.targets = &target,
			.streams = &stream,
		};
		cnnviz_pass *pass = NULL;

		status = host->pass->forward_from(path->job, part->origin, path->layer,
				ends[i], NULL, CNNVIZ_PASS_FORWARD_ONLY, 1, &logits,
				&pass);
		if (status == CNNVIZ_OK) {
			status = host->objective->batch_logit(path->job, &batch,
					host->pass->activation(pass, logits),
					&path->score[i], NULL);
		}
		host->pass->unref(pass);
	}
	return status;
}

static cnnviz_status run_item(struct part *part, int64_t together)
{
	struct layer_path *path = part->path;
	int64_t count = count_points(path);
	cnnviz_status status = make_ends(part);

	for (int64_t i = 0; i < path->size; i++) {
		path->sums[i] = 0;
	}
	for (part->first = 0; part->first < count && status == CNNVIZ_OK;
			part->first += together) {
		int64_t left = count - part->first;

		path->host->progress(path->job,
				(uint64_t)(part->item * count + part->first),
				(uint64_t)(path->batch->count * count));
		status = path->host->canceled(path->job)
				? CNNVIZ_ERROR_CANCELED
				: run_part(part, left < together ? left : together);
	}
	if (status == CNNVIZ_OK && path->within) {
		status = score_ends(part);
	}
	if (status == CNNVIZ_OK) {
		status = path->finish(path, part->item,
				path->host->tensor->mutable_data(path->result)
						+ part->item * path->size);
	}
	release_ends(part);
	return status;
}

static void free_path(struct layer_path *path, struct part *part)
{
	free(part->targets);
	free(part->streams);
	free(part->scores);
	free(path->sums);
	free(path->before[0]);
	free(path->before[1]);
}

cnnviz_status layer_path_run(struct layer_path *path, cnnviz_tensor **maps)
{
	const cnnviz_host *host = path->host;
	int64_t together = host->parameter->integer(path->job, "points_together");
	struct part part = {
		.path = path,
		.batch.struct_size = sizeof(part.batch),
		.targets = calloc((size_t)together, sizeof(*part.targets)),
		.streams = calloc((size_t)together, sizeof(*part.streams)),
		.scores = calloc((size_t)together, sizeof(*part.scores)),
	};
	cnnviz_status status = part.targets != NULL && part.streams != NULL
					&& part.scores != NULL
			? CNNVIZ_OK
			: no_memory(path);

	part.batch.targets = part.targets;
	part.batch.streams = part.streams;
	path->layer = (int32_t)host->parameter->integer(path->job, "layer");
	path->steps = host->parameter->integer(path->job, "steps");
	for (; part.item < path->batch->count && status == CNNVIZ_OK; part.item++) {
		status = run_item(&part, together);
	}
	free_path(path, &part);
	if (status != CNNVIZ_OK) {
		host->tensor->unref(path->result);
		return status;
	}
	*maps = path->result;
	return CNNVIZ_OK;
}
