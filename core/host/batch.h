/**
 * \file    host/batch.h
 * \brief   Batches of pictures
 */
#ifndef HOST_BATCH_H
#define HOST_BATCH_H

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
	char (*digests)[65];   /* of the pictures' files; or NULL */
	struct batch_labels labels;
	cnnviz_tensor *logits, *boxes; /* of a detector; NULL until batch_keep_boxes() */
};

/** A batch without pictures, with room for some */
struct batch *batch_create(size_t most);

/** Make the inputs from the arrays and the images. */
cnnviz_status batch_fill(const struct plan *plan, struct batch *batch,
		struct error *error);

/** Release the arrays, which are in the inputs. */
void batch_drop_arrays(struct batch *batch);

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
 * \param   boxes   New (N,4,1,boxes) of a detector, whose h is 1 and whose w the number of
 *                  boxes; or else NULL
 */
cnnviz_status batch_logits(const struct engine *engine, struct engine_network *network,
		const struct graph *graph, const struct batch *batch,
		cnnviz_tensor **logits, cnnviz_tensor **boxes, struct error *error);

/** The layers that batch_logits() looks at, the logits first; their number */
size_t batch_outputs(const struct graph *graph, int32_t nodes[2]);

/** Keep a reference to a detector's logits and boxes, from which targets' boxes are found. */
void batch_keep_boxes(struct batch *batch, cnnviz_tensor *logits, cnnviz_tensor *boxes);

/** Compute the labels from logits (N,classes,h,w). */
void batch_keep_labels(struct batch *batch, const cnnviz_tensor *logits);

/**
 * \brief   Copy the labels, or logits and boxes, of one item, if there are any, to an item
 *          of another batch
 *
 * \param   most    Largest number of items in the other batch
 */
void batch_copy_labels(const struct batch *from, size_t n, struct batch *to, size_t index,
		size_t most);

/**
 * \brief   Look whether the logits of one picture of a batch are numbers
 *
 * A logit of minus infinity is one, of a class that is ruled out.
 *
 * \return  CNNVIZ_ERROR_INPUT with a sentence that names picture and weights: then no map
 *          of it would mean anything
 */
cnnviz_status batch_check_logits(const struct plan *plan, const struct batch *batch,
		const cnnviz_tensor *logits, size_t n, struct error *error);

#endif
