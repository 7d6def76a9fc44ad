/**
 * \file    host/batch.c
 * \brief   Batches of pictures
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "graph/estimate.h"
#include "graph/logits.h"
#include "host/batch.h"
#include "image/array.h"
#include "image/fit.h"
#include "image/read.h"

/** A picture that has been read */
struct reading {
	struct image *view;     /* as the network sees it */
	struct image *original; /* before fitting; NULL unless it is drawn over */
	cnnviz_tensor *array;   /* of an input (.npy) */
};

/** Most bytes of a batch's pictures that are kept as they were before fitting */
#define ORIGINALS_MOST (INT64_C(16) << 20)

struct batch_reader {
	struct task task; /* reads ahead */
	bool ahead;       /* it has been started, and not been waited for */
	struct pool *pool;
	struct batch *batch; /* what it has read; or why not: */
	cnnviz_status status;
	size_t failed;
	struct error error;
	const struct plan *plan;
	size_t *order;       /* of the plan's pictures */
	size_t next;         /* in order */
	bool draws_over;     /* pictures are drawn over as they were before fitting */
	struct reading held; /* order[next], already read; for the next batch */
};

/** A picture's size, for grouping equal ones */
struct extent {
	int64_t width, height;
	size_t picture;
};

static int compare_extents(const void *left, const void *right)
{
	const struct extent *a = left, *b = right;

	if (a->width != b->width) {
		return a->width < b->width ? -1 : 1;
	}
	if (a->height != b->height) {
		return a->height < b->height ? -1 : 1;
	}
	return a->picture < b->picture ? -1 : a->picture > b->picture;
}

cnnviz_status picture_measure(const struct plan *plan, size_t index, int64_t *width,
		int64_t *height, struct error *error)
{
	const struct plan_picture *picture = &plan->pictures[index];

	if (!picture->array) {
		return image_probe(picture->path, width, height, error);
	}
	*width = picture->width;
	*height = picture->height;
	return CNNVIZ_OK;
}

/* A picture that cannot be probed gets 0 x 0, and fails when it is read. */
static void sort_by_size(const struct plan *plan, size_t *order)
{
	struct extent *extents = memory_new(plan->picture_count, sizeof(*extents));

	for (size_t i = 0; i < plan->picture_count; i++) {
		extents[i].picture = i;
		picture_measure(plan, i, &extents[i].width, &extents[i].height, NULL);
	}
	qsort(extents, plan->picture_count, sizeof(*extents), compare_extents);
	for (size_t i = 0; i < plan->picture_count; i++) {
		order[i] = extents[i].picture;
	}
	free(extents);
}

static void read_ahead(struct task *task);

struct batch_reader *batch_reader_create(const struct plan *plan, struct pool *pool)
{
	struct batch_reader *reader = memory_new(1, sizeof(*reader));

	reader->task.work = read_ahead;
	reader->pool = pool;
	reader->plan = plan;
	reader->order = memory_new(plan->picture_count, sizeof(*reader->order));
	for (size_t i = 0; i < plan->picture_count; i++) {
		reader->order[i] = i;
	}
	if (plan->size_free && plan->batch > 1) {
		sort_by_size(plan, reader->order);
	}
	reader->draws_over = plan_draws_over_pictures(plan);
	return reader;
}

static void drop_held(struct batch_reader *reader)
{
	image_free(reader->held.view);
	image_free(reader->held.original);
	tensor_unref(reader->held.array);
	reader->held = (struct reading){ 0 };
}

void batch_reader_free(struct batch_reader *reader)
{
	if (reader != NULL) {
		if (reader->ahead) {
			pool_wait(reader->pool, &reader->task);
			batch_free(reader->batch);
		}
		drop_held(reader);
		free(reader->order);
		free(reader);
	}
}

/** Read an input as it is, and what it shows */
static cnnviz_status read_array(const struct plan *plan, const char *path,
		struct image **picture, cnnviz_tensor **array, struct error *error)
{
	const struct normalization *normalization = &plan->model->graph->normalization;
	cnnviz_tensor *input = NULL;
	cnnviz_status status = array_read(path, normalization->channels, &input, error);

	if (status == CNNVIZ_OK) {
		status = array_to_image(input, normalization, picture, error);
	}
	if (status == CNNVIZ_OK && array != NULL) {
		*array = tensor_ref(input);
	}
	tensor_unref(input);
	return status;
}

static cnnviz_status read_original(const struct plan *plan, const char *path,
		struct image **picture, cnnviz_tensor **array, struct error *error)
{
	if (image_is_array(path)) {
		return read_array(plan, path, picture, array, error);
	}
	return plan->model->graph->normalization.channels == 4
			? image_read_with_opacity(path, picture, error)
			: image_read(path, picture, error);
}

/** Make the network's view of a picture that is no array. */
static cnnviz_status make_view(const struct plan *plan, struct image *original,
		struct image **view, struct error *error)
{
	if (plan->size_free) {
		*view = image_ref(original);
		return CNNVIZ_OK;
	}
	return image_fit(original, plan->size[1], plan->size[0], plan->fit, plan->filter,
			view, error);
}

cnnviz_status picture_read(const struct plan *plan, const char *path, bool fit,
		struct image **picture, cnnviz_tensor **array, struct error *error)
{
	struct image *image = NULL;
	cnnviz_status status = read_original(plan, path, &image, array, error);

	if (status != CNNVIZ_OK || !fit || image_is_array(path)) {
		*picture = image;
		return status;
	}
	status = make_view(plan, image, picture, error);
	image_free(image);
	return status;
}

/** Read a picture for a batch. */
static cnnviz_status read_for_batch(const struct batch_reader *reader, const char *path,
		struct reading *reading, struct error *error)
{
	struct image *original = NULL;
	cnnviz_status status = read_original(reader->plan, path, &original,
			&reading->array, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (reading->array != NULL) {
		reading->view = image_ref(original);
	} else {
		status = make_view(reader->plan, original, &reading->view, error);
	}
	if (status == CNNVIZ_OK && reader->draws_over) {
		reading->original = image_ref(original);
	}
	image_free(original);
	return status;
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

static cnnviz_status fill_inputs(const struct plan *plan, struct batch *batch,
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

static struct batch *batch_create(size_t most)
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

static void drop_arrays(struct batch *batch)
{
	for (size_t n = 0; batch->arrays != NULL && n < batch->count; n++) {
		tensor_unref(batch->arrays[n]);
	}
	free(batch->arrays);
	batch->arrays = NULL;
}

/** Add a picture to a batch whose pictures all have one size. */
static cnnviz_status add_read(const struct plan *plan, struct batch *batch,
		const char *path, struct error *error)
{
	size_t n = batch->count;
	cnnviz_status status = picture_read(plan, path, true, &batch->images[n],
			&batch->arrays[n], error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	batch->count++;
	if (batch->images[n]->width != batch->images[0]->width
			|| batch->images[n]->height != batch->images[0]->height) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"%s has another size than the pictures before it, so "
				"they cannot be read together; give pictures of one "
				"size, "
				"or resize them with [input] resize",
				path);
	}
	return CNNVIZ_OK;
}

cnnviz_status inputs_read(const struct plan *plan, const struct value *items,
		size_t count, cnnviz_tensor **inputs, struct error *error)
{
	struct batch *batch = batch_create(count);
	cnnviz_status status = CNNVIZ_OK;

	for (size_t n = 0; n < count && status == CNNVIZ_OK; n++) {
		status = add_read(plan, batch, items[n].text, error);
	}
	if (status == CNNVIZ_OK) {
		status = fill_inputs(plan, batch, error);
	}
	if (status == CNNVIZ_OK) {
		*inputs = tensor_ref(batch->inputs);
	}
	batch_free(batch);
	return status;
}

/** Read the next picture, unless it is already in memory; it remains the next. */
static cnnviz_status read_next(struct batch_reader *reader, struct reading *reading,
		struct error *error)
{
	size_t picture = reader->order[reader->next];
	const char *failure = reader->plan->pictures[picture].failure;

	if (failure != NULL) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "%s", failure);
	}
	*reading = reader->held;
	reader->held = (struct reading){ 0 };
	return reading->view != NULL
			? CNNVIZ_OK
			: read_for_batch(reader, reader->plan->pictures[picture].path,
					reading, error);
}

static int64_t image_bytes(const struct image *image)
{
	return image != NULL ? image->width * image->height * image->channels : 0;
}

/** Add the reader's next picture to a batch; its original only if not too much is kept. */
static void add_reading(struct batch_reader *reader, struct batch *batch,
		const struct reading *reading)
{
	size_t n = batch->count++;
	int64_t kept = image_bytes(reading->original);

	for (size_t i = 0; i < n; i++) {
		kept += image_bytes(batch->originals[i]);
	}
	batch->pictures[n] = reader->order[reader->next++];
	batch->streams[n] = batch->pictures[n];
	batch->arrays[n] = reading->array;
	batch->images[n] = reading->view;
	if (kept <= ORIGINALS_MOST) {
		batch->originals[n] = reading->original;
	} else {
		image_free(reading->original);
	}
}

/**
 * Add pictures of one size; the first with a different size is kept for the next batch.
 */
static cnnviz_status fill_batch(struct batch_reader *reader, struct batch *batch,
		size_t most, struct error *error)
{
	while (batch->count < most) {
		const struct image *first = batch->images[0];
		struct reading reading = { 0 };
		cnnviz_status status = read_next(reader, &reading, error);

		if (status != CNNVIZ_OK) {
			return status;
		}
		if (batch->count > 0
				&& (reading.view->width != first->width
						|| reading.view->height
								!= first->height)) {
			reader->held = reading;
			break;
		}
		add_reading(reader, batch, &reading);
	}
	return CNNVIZ_OK;
}

/**
 * Read at most so many pictures. If they cannot be put into one batch, the first is read
 * alone.
 */
static cnnviz_status read_some(struct batch_reader *reader, size_t most,
		struct batch **result, size_t *failed, struct error *error)
{
	size_t first = reader->next;
	struct batch *batch = batch_create(most);
	cnnviz_status status = fill_batch(reader, batch, most, error);
	bool together = batch->count > 1;

	*failed = reader->order[first];
	if (batch->count == 0) {
		reader->next++;
	} else {
		/* A picture that fails after good ones is read again, first in the next
		 * batch. */
		status = fill_inputs(reader->plan, batch, error);
	}
	if (status == CNNVIZ_OK) {
		drop_arrays(batch);
		*result = batch;
		return status;
	}
	batch_free(batch);
	if (!together) {
		return status;
	}
	drop_held(reader);
	reader->next = first;
	return read_some(reader, 1, result, failed, error);
}

/** Read the next batch into the reader. */
static void read_ahead(struct task *task)
{
	struct batch_reader *reader = (struct batch_reader *)task;
	const struct plan *plan = reader->plan;
	size_t left = plan->picture_count - reader->next;
	size_t most = (uint64_t)plan->batch < left ? (size_t)plan->batch : left;

	reader->batch = NULL;
	reader->status = most == 0 ? CNNVIZ_OK
				   : read_some(reader, most, &reader->batch,
						   &reader->failed, &reader->error);
}

cnnviz_status batch_read(struct batch_reader *reader, struct batch **result,
		size_t *failed, struct error *error)
{
	if (!reader->ahead) {
		pool_start(reader->pool, &reader->task);
	}
	pool_wait(reader->pool, &reader->task);
	*result = reader->batch;
	*failed = reader->failed;
	cnnviz_status status = reader->status;

	if (status != CNNVIZ_OK) {
		*error = reader->error;
	}
	reader->ahead = reader->pool != NULL
			&& reader->next < reader->plan->picture_count;
	if (reader->ahead) {
		pool_start(reader->pool, &reader->task);
	}
	return status;
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
	drop_arrays(batch);
	tensor_unref(batch->inputs);
	free(batch->pictures);
	free(batch->images);
	free(batch->originals);
	free(batch->items);
	free(batch->streams);
	free(batch->labels.best);
	free(batch);
}

cnnviz_status batch_logits(const struct engine *engine, struct engine_network *network,
		const struct graph *graph, const struct batch *batch,
		cnnviz_tensor **logits, struct error *error)
{
	struct engine_pass *pass = NULL;
	cnnviz_status status = engine->forward(network, batch->inputs, 1, &graph->logits,
			false, &pass, error);

	if (status != CNNVIZ_OK) {
		graph_explain_memory(graph, tensor_shape(batch->inputs), 1,
				&graph->logits, false, error);
		return status;
	}
	status = engine->activation(pass, graph->logits, logits, error);
	engine->release(pass);
	return status;
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

void batch_copy_labels(const struct batch *from, size_t n, struct batch *to, size_t index,
		size_t most)
{
	size_t places = (size_t)(from->labels.height * from->labels.width);

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
