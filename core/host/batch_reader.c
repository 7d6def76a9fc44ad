/**
 * \file    host/batch_reader.c
 * \brief   Reads the plan's pictures in batches, the next one while one is used
 */
#include "host/batch_reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/path_digest.h"
#include "base/tensor.h"
#include "host/picture_read.h"
#include "image/read.h"

/** A picture that has been read */
struct reading {
	struct image *view;     /* as the network sees it */
	struct image *original; /* before fitting; NULL unless it is drawn over */
	cnnviz_tensor *array;   /* of an input (.npy) */
	char digest[65];        /* of its file, if that is wanted */
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
	size_t *order; /* of those of the plan's pictures that are read */
	size_t count;
	size_t next;         /* in order */
	bool draws_over;     /* pictures are drawn over as they were before fitting */
	bool digests;        /* of their files are taken */
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

/* A picture that cannot be probed gets 0 x 0, and fails when it is read. */
static void sort_by_size(const struct plan *plan, size_t *order, size_t count)
{
	struct extent *extents = memory_new(count, sizeof(*extents));

	for (size_t i = 0; i < count; i++) {
		extents[i].picture = order[i];
		picture_measure(plan, order[i], &extents[i].width, &extents[i].height,
				NULL);
	}
	qsort(extents, count, sizeof(*extents), compare_extents);
	for (size_t i = 0; i < count; i++) {
		order[i] = extents[i].picture;
	}
	free(extents);
}

static void read_ahead(struct task *task);

struct batch_reader *batch_reader_create(const struct plan *plan,
		struct batch_choice choice, struct pool *pool)
{
	struct batch_reader *reader = memory_new(1, sizeof(*reader));

	reader->task.work = read_ahead;
	reader->pool = pool;
	reader->plan = plan;
	reader->order = memory_new(plan->picture_count, sizeof(*reader->order));
	for (size_t i = 0; i < plan->picture_count; i++) {
		if (choice.wants == NULL || choice.wants(choice.context, i)) {
			reader->order[reader->count++] = i;
		}
	}
	if (plan->size_free && plan->batch > 1) {
		sort_by_size(plan, reader->order, reader->count);
	}
	reader->draws_over = plan_draws_over_pictures(plan);
	reader->digests = choice.digests;
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

/** Take the digest of a picture's file, which has been read. */
static void take_digest(const char *path, struct reading *reading)
{
	path_digest(path, reading->digest);
	if (reading->digest[0] == '\0') {
		log_write(LOG_LEVEL_WARNING,
				"the manifest will not tell the digest of %s, which "
				"cannot be read again",
				path);
	}
}

/** Read a picture for a batch. */
static cnnviz_status read_for_batch(const struct batch_reader *reader, const char *path,
		struct reading *reading, struct error *error)
{
	struct image *original = NULL;
	cnnviz_status status = picture_read_original(reader->plan, path, &original,
			&reading->array, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (reader->digests) {
		take_digest(path, reading);
	}
	if (reading->array != NULL) {
		reading->view = image_ref(original);
	} else {
		status = picture_make_view(reader->plan, original, &reading->view, error);
	}
	if (status == CNNVIZ_OK && reader->draws_over) {
		reading->original = image_ref(original);
	}
	image_free(original);
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
	if (batch->digests != NULL) {
		memcpy(batch->digests[n], reading->digest, sizeof(reading->digest));
	}
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

	if (reader->digests) {
		batch->digests = memory_new(most, sizeof(*batch->digests));
	}
	cnnviz_status status = fill_batch(reader, batch, most, error);
	bool together = batch->count > 1;

	*failed = reader->order[first];
	if (batch->count == 0) {
		reader->next++;
	} else {
		/* A picture that fails after good ones is read again, first in the next
		 * batch. */
		status = batch_fill(reader->plan, batch, error);
	}
	if (status == CNNVIZ_OK) {
		batch_drop_arrays(batch);
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
	size_t left = reader->count - reader->next;
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
	reader->ahead = reader->pool != NULL && reader->next < reader->count;
	if (reader->ahead) {
		pool_start(reader->pool, &reader->task);
	}
	return status;
}
