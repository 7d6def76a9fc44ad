/**
 * \file    host/batch.h
 * \brief   Batches of pictures
 */
#ifndef HOST_BATCH_H
#define HOST_BATCH_H

#include "base/pool.h"
#include "engine/engine.h"
#include "image/image.h"
#include "plan/plan.h"

/** Best class at each position, for a segmentation network */
struct batch_labels {
	int64_t height, width;
	int32_t *best; /* (N,height,width); NULL until batch_keep_labels() */
};

struct batch {
	size_t count;
	size_t *pictures;         /* their indices in the plan */
	struct image **images;    /* as the network sees them */
	struct image **originals; /* before fitting, for overlays; NULL where not kept */
	cnnviz_tensor **arrays; /* (C,H,W) of those that are inputs; NULL once they are in: */
	cnnviz_tensor *inputs; /* (N,C,H,W) */
	cnnviz_tensor **items; /* (1,C,H,W) each; NULL until batch_item() */
	uint64_t *streams;     /* indices in the plan, whatever the batch */
	struct batch_labels labels;
};

/**
 * \brief   Read a picture by the settings of [input], or an input and what it shows
 *
 * \param   fit     Whether to fit it to the plan's size; ignored with `resize = none`
 * \param   array   Gets (C,H,W) of an input (.npy), unless it is NULL
 */
cnnviz_status picture_read(const struct plan *plan, const char *path, bool fit,
		struct image **picture, cnnviz_tensor **array, struct error *error);

/** Height and width of one of the plan's pictures now, before it is fitted */
cnnviz_status picture_measure(const struct plan *plan, size_t picture, int64_t *width,
		int64_t *height, struct error *error);

/** Reads batches, each of pictures with one size */
struct batch_reader;

/**
 * \brief   Prepare to read the plan's pictures
 *
 * In the plan's order, except that with `resize = none` pictures are grouped by size.
 *
 * \param   pool    Reads the next batch while the current one is used; or NULL
 */
struct batch_reader *batch_reader_create(const struct plan *plan, struct pool *pool);

/**
 * \brief   Read the next pictures
 *
 * \param   batch       NULL when there are no more
 * \param   failed      On failure, the picture that could not be used; the next call
 *                     continues after it
 */
cnnviz_status batch_read(struct batch_reader *reader, struct batch **batch,
		size_t *failed, struct error *error);

void batch_reader_free(struct batch_reader *reader);

/**
 * \brief   Read pictures that are not the plan's as inputs of the network
 *
 * \param   items   Values whose texts are the paths
 * \param   inputs  New (count,C,H,W)
 */
cnnviz_status inputs_read(const struct plan *plan, const struct value *items,
		size_t count, cnnviz_tensor **inputs, struct error *error);

/** Input of one item as a batch of one; borrowed. NULL when out of memory. */
const cnnviz_tensor *batch_item(struct batch *batch, size_t n);

/**
 * \brief   Move one item to a batch of its own; NULL when out of memory
 *
 * Only the inputs stay in the batch that it was taken from.
 */
struct batch *batch_take(struct batch *batch, size_t n);

void batch_free(struct batch *batch);

/**
 * \brief   Logits of a batch, in a pass of their own
 *
 * \param   logits  New (N,classes), or (N,classes,h,w) of a segmentation network
 */
cnnviz_status batch_logits(const struct engine *engine, struct engine_network *network,
		const struct graph *graph, const struct batch *batch,
		cnnviz_tensor **logits, struct error *error);

/** Compute the labels from logits (N,classes,h,w). */
void batch_keep_labels(struct batch *batch, const cnnviz_tensor *logits);

/**
 * \brief   Copy the labels of one item, if there are any, to an item of another batch
 *
 * \param   most    Largest number of items in the other batch
 */
void batch_copy_labels(const struct batch *from, size_t n, struct batch *to, size_t index,
		size_t most);

#endif
