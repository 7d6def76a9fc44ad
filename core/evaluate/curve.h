/**
 * \file    evaluate/curve.h
 * \brief   Deletion and insertion (Petsiuk, Das, Saenko 2018, RISE, arXiv 1806.07421)
 *
 * Section 4.3: pixels are deleted from a picture, or inserted into a blurred one, in
 * the order of a map's values, while the network's probability of the class is
 * measured. With a good map it falls early, or rises early.
 */
#ifndef EVALUATE_CURVE_H
#define EVALUATE_CURVE_H

#include "evaluate/map_case.h"

/**
 * \brief   Order pixels by descending value
 *
 * Equal values are ordered randomly, depending on seed and stream only, so that
 * constant areas of a map are not ordered from top to bottom.
 */
int64_t *curve_order(const float *plane, int64_t count, uint64_t seed, uint64_t stream);

/** (1,C,H,W) blurred by a Gaussian, mirrored at the edges; NULL when out of memory */
cnnviz_tensor *curve_blur(const cnnviz_tensor *input, double deviation);

/** What pixels are where the picture's are not */
enum curve_base {
	CURVE_ZERO, /* 0 of the network's input, the mean color of what it was trained on */
	CURVE_MEAN, /* the picture's own mean color */
	CURVE_BLUR, /* the blurred picture */
	CURVE_BASE_COUNT,
};

/**
 * \brief   Areas under the probability of the target after 0 to curve_steps parts of the
 *                     pixels
 *
 * After step k, round(k / steps * H * W) pixels are deleted or inserted. Deletion to zero
 * and insertion from blur also give the points of the map's plain curves.
 */
extern const struct probe curve_deletion[CURVE_BASE_COUNT];
extern const struct probe curve_insertion[CURVE_BASE_COUNT];

#endif
