/**
 * \file    run/batch.h
 * \brief   Pictures on their way through the network together
 */
#ifndef RUN_BATCH_H
#define RUN_BATCH_H

#include "engine/engine.h"
#include "image/image.h"
#include "run/plan.h"
#include "run/run.h"

struct batch {
	size_t count;
	size_t *pictures;       /* their indices in the plan */
	struct image **images;  /* as the network sees them */
	cnnviz_tensor *inputs;  /* (N,C,H,W) */
	cnnviz_tensor **items;  /* (1,C,H,W) each; NULL until batch_item() */
	uint64_t *streams;      /* indices in the plan again: the same in any batch */
};

/**
 * \brief   Read a picture as [input] says
 *
 * \param   fit     Whether it is brought to the plan's size; with `resize = none`
 *                  it is not in any case
 */
cnnviz_status picture_read(const struct plan *plan, const char *path, bool fit,
		struct image **picture, struct error *error);

/** Gives batch after batch, each of pictures of one size */
struct batch_reader;

/**
 * \brief   Prepare to read the plan's pictures
 *
 * In the plan's order, except that with `resize = none` pictures of equal size come
 * together.
 */
struct batch_reader *batch_reader_create(const struct plan *plan);

/**
 * \brief   Read the next pictures
 *
 * \param   batch       NULL when there are no more
 * \param   failed      On failure, the picture that could not be used; the next
 *                      call goes on behind it
 */
cnnviz_status batch_read(struct batch_reader *reader, struct batch **batch,
		size_t *failed, struct error *error);

void batch_reader_free(struct batch_reader *reader);

/** Input of one item as a batch of one; borrowed. NULL when memory is short. */
const cnnviz_tensor *batch_item(struct batch *batch, size_t n);

void batch_free(struct batch *batch);

/**
 * \brief   Logits of a batch
 *
 * \param   logits  New (N,classes)
 */
cnnviz_status batch_logits(const struct engine *engine,
		struct engine_network *network, const struct graph *graph,
		const struct batch *batch, cnnviz_tensor **logits,
		struct error *error);

/**
 * \brief   Best classes of one item
 *
 * \param   logits  (N,classes)
 * \param   top     At most the number of classes
 * \param   results top places, best first; of equal logits the lower class first
 */
void logits_rank(const cnnviz_tensor *logits, size_t n, size_t top,
		struct classification *results);

/** Logit and softmax probability of one class of one item */
struct classification logits_class(const cnnviz_tensor *logits, size_t n,
		int64_t index);

#endif
