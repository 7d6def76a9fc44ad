/**
 * \file    graph/detections.h
 * \brief   What a detector's boxes and their logits say
 *
 * Boxes are numbered; a target of a detector is a class at one of them. See graph_boxes().
 */
#ifndef GRAPH_DETECTIONS_H
#define GRAPH_DETECTIONS_H

#include "graph/logits.h"

/** Least share that two boxes have in common, of what both cover, to be of one object */
#define DETECTIONS_OVERLAP 0.5

struct detections {
	const cnnviz_tensor *logits; /* (N,classes,1,boxes) */
	const cnnviz_tensor *boxes;  /* (N,4,1,boxes) */
	enum activation activation;
};

/** Left, top, width and height of a box of an item, in pixels of the input */
void detections_box(const struct detections *detections, size_t n, int64_t number,
		double box[4]);

/** The box that has the highest logit of a class; of equal ones the first */
int64_t detections_best(const cnnviz_tensor *logits, size_t n, int64_t index);

/**
 * \brief   The box for a class at a place
 *
 * Of those that have at least DETECTIONS_OVERLAP in common with what is given (intersection
 * over union), the one with the highest logit of the class, or the one that has most in
 * common where none has so much.
 *
 * \param   box     Left, top, width and height in pixels of the input
 *
 * \return  -1 where no box has anything in common with it.
 */
int64_t detections_at(const struct detections *detections, size_t n, int64_t index,
		const double box[4]);

/**
 * \brief   Best classes of one item, each at its best box
 *
 * \param   top     At most the number of classes
 * \param   results top places, those with the highest logits first
 */
void detections_rank(const struct detections *detections, size_t n, size_t top,
		struct classification *results);

/**
 * \brief   Best boxes of one item, each of the class that has the highest logit there
 *
 * Of boxes of one class that have more than 0.7 in common only the best is told, as in what
 * Ultralytics shows.
 *
 * \param   results Room for top, those with the highest logits first
 *
 * \return  Their number
 */
size_t detections_list(const struct detections *detections, size_t n, size_t top,
		struct classification *results);

#endif
