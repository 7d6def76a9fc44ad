/**
 * \file    host/batch.c
 * \brief   Batches of pictures
 */
#include "host/batch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "graph/estimate.h"
#include "graph/logits.h"

/* ---- Pictures and inputs --------------------------------------------------- */

struct batch *batch_create(size_t most)
{
	struct batch *batch = memory_new(1, sizeof(*batch));

	batch->pictures = memory_new(most, sizeof(*batch->pictures));
	batch->images = memory_new(most, sizeof(*batch->images));
	batch->originals = memory_new(most, sizeof(*batch->originals));
	batch->arrays = memory_new(most, sizeof(cnnviz_tensor *));
	batch->items = memory_new(most, sizeof(cnnviz_tensor *));
	batch->streams = memory_new(most, sizeof(*batch->streams));
	return batch;
}

void batch_drop_arrays(struct batch *batch)
{
	for (size_t n = 0; batch->arrays != NULL && n < batch->count; n++) {
		tensor_unref(batch->arrays[n]);
	}
	free(batch->arrays);
	batch->arrays = NULL;
}

/** Fill item n of the inputs from an array, if the picture is one, or from its pixels. */
static cnnviz_status fill_input(const struct plan *plan, struct batch *batch, size_t n,
		struct error *error)
{
	const cnnviz_tensor *array = batch->arrays[n];

	if (array == NULL) {
		return image_to_tensor(batch->images[n],
				&plan->model->graph->normalization, batch->inputs,
				(int64_t)n, error);
	}
	memcpy(tensor_mutable_data(batch->inputs) + (int64_t)n * tensor_count(array),
			tensor_data(array), (size_t)tensor_count(array) * sizeof(float));
	return CNNVIZ_OK;
}

cnnviz_status batch_fill(const struct plan *plan, struct batch *batch,
		struct error *error)
{
	int64_t shape[] = { (int64_t)batch->count,
		plan->model->graph->normalization.channels, batch->images[0]->height,
		batch->images[0]->width };

	batch->inputs = tensor_create(4, shape);
	if (batch->inputs == NULL) {
		return error_set(error, CNNVIZ_ERROR_MEMORY,
				"not enough memory for %zu pictures at once; lower [run] "
				"batch",
				batch->count);
	}
	for (size_t n = 0; n < batch->count; n++) {
		cnnviz_status status = fill_input(plan, batch, n, error);

		if (status != CNNVIZ_OK) {
			return status;
		}
	}
	return CNNVIZ_OK;
}

const cnnviz_tensor *batch_item(struct batch *batch, size_t n)
{
	if (batch->items[n] == NULL) {
		batch->items[n] = batch->count == 1
				? tensor_ref(batch->inputs)
				: tensor_item(batch->inputs, (int64_t)n);
	}
	return batch->items[n];
}

struct batch *batch_take(struct batch *batch, size_t n)
{
	cnnviz_tensor *inputs = tensor_item(batch->inputs, (int64_t)n);

	if (inputs == NULL) {
		return NULL;
	}
	struct batch *single = batch_create(1);

	single->count = 1;
	single->inputs = inputs;
	single->pictures[0] = batch->pictures[n];
	single->streams[0] = batch->streams[n];
	single->images[0] = batch->images[n];
	single->originals[0] = batch->originals[n];
	if (batch->digests != NULL) {
		single->digests = memory_new(1, sizeof(*single->digests));
		memcpy(single->digests[0], batch->digests[n], sizeof(*single->digests));
	}
	batch->images[n] = NULL;
	batch->originals[n] = NULL;
	return single;
}

void batch_free(struct batch *batch)
{
	if (batch == NULL) {
		return;
	}
	for (size_t n = 0; n < batch->count; n++) {
		image_free(batch->images[n]);
		image_free(batch->originals[n]);
		tensor_unref(batch->items[n]);
	}
	batch_drop_arrays(batch);
	tensor_unref(batch->inputs);
	free(batch->pictures);
	free(batch->images);
	free(batch->originals);
	free(batch->items);
	free(batch->streams);
	free(batch->digests);
	free(batch->labels.best);
	tensor_unref(batch->logits);
	tensor_unref(batch->boxes);
	free(batch);
}

/* ---- Logits and labels ------------------------------------------------------- */

cnnviz_status batch_logits(const struct engine *engine, struct engine_network *network,
		const struct graph *graph, const struct batch *batch,
		cnnviz_tensor **logits, cnnviz_tensor **boxes, struct error *error)
{
	struct engine_pass *pass = NULL;
	int32_t nodes[2];
	size_t count = batch_outputs(graph, nodes);
	cnnviz_status status = engine->forward(network, batch->inputs, count, nodes,
			false, &pass, error);

	*boxes = NULL;
	if (status != CNNVIZ_OK) {
		graph_explain_memory(graph, tensor_shape(batch->inputs), count, nodes,
				false, error);
		return status;
	}
	status = engine->activation(pass, nodes[0], logits, error);
	if (status == CNNVIZ_OK && count > 1) {
		status = engine->activation(pass, nodes[1], boxes, error);
	}
	engine->release(pass);
	if (status != CNNVIZ_OK) {
		tensor_unref(*logits);
		*logits = NULL;
	}
	return status;
}

cnnviz_status batch_check_logits(const struct plan *plan, const struct batch *batch,
		const cnnviz_tensor *logits, size_t n, struct error *error)
{
	size_t count = (size_t)(tensor_count(logits) / tensor_shape(logits)[0]);
	const float *values = tensor_data(logits) + n * count;
	const char *weights = plan->model->weights_path;
	size_t odd = 0;

	for (size_t i = 0; i < count; i++) {
		odd += isnan(values[i]) || (isinf(values[i]) && values[i] > 0);
	}
	return odd == 0 ? CNNVIZ_OK
			: error_set(error, CNNVIZ_ERROR_INPUT,
					"%s: %zu of the network's %zu outputs are no "
					"finite numbers; what is wrong is the weights "
					"(%s), or the mean and std that the picture is "
					"prepared with",
					plan->pictures[batch->pictures[n]].path, odd,
					count, weights != NULL ? weights : "random");
}

size_t batch_outputs(const struct graph *graph, int32_t nodes[2])
{
	nodes[0] = graph->logits;
	nodes[1] = graph_boxes(graph);
	return nodes[1] != CNNVIZ_LAYER_NONE ? 2 : 1;
}

void batch_keep_boxes(struct batch *batch, cnnviz_tensor *logits, cnnviz_tensor *boxes)
{
	tensor_unref(batch->logits);
	tensor_unref(batch->boxes);
	batch->logits = tensor_ref(logits);
	batch->boxes = tensor_ref(boxes);
}

void batch_keep_labels(struct batch *batch, const cnnviz_tensor *logits)
{
	const int64_t *shape = tensor_shape(logits);
	size_t places = (size_t)logits_positions(logits);

	free(batch->labels.best);
	batch->labels = (struct batch_labels){
		.height = shape[2],
		.width = shape[3],
		.best = memory_new(batch->count * places, sizeof(int32_t)),
	};
	for (size_t n = 0; n < batch->count; n++) {
		logits_labels(logits, n, batch->labels.best + n * places);
	}
}

/** Copy an item to a tensor with room for more, which is made if it is NULL. */
static void copy_item(const cnnviz_tensor *from, size_t n, cnnviz_tensor **to,
		size_t index, size_t most)
{
	int64_t shape[CNNVIZ_MAX_RANK];
	size_t size;

	if (from == NULL) {
		return;
	}
	memcpy(shape, tensor_shape(from), tensor_rank(from) * sizeof(*shape));
	size = (size_t)(tensor_count(from) / shape[0]);
	shape[0] = (int64_t)most;
	if (*to == NULL) {
		*to = tensor_create(tensor_rank(from), shape);
	}
	if (*to != NULL) {
		memcpy(tensor_mutable_data(*to) + index * size,
				tensor_data(from) + n * size, size * sizeof(float));
	}
}

void batch_copy_labels(const struct batch *from, size_t n, struct batch *to, size_t index,
		size_t most)
{
	size_t places = (size_t)(from->labels.height * from->labels.width);

	copy_item(from->logits, n, &to->logits, index, most);
	copy_item(from->boxes, n, &to->boxes, index, most);
	if (from->labels.best == NULL) {
		return;
	}
	if (to->labels.best == NULL) {
		to->labels = from->labels;
		to->labels.best = memory_new(most * places, sizeof(int32_t));
	}
	memcpy(to->labels.best + index * places, from->labels.best + n * places,
			places * sizeof(int32_t));
}
