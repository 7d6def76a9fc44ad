/**
 * \file    common/segments.h
 * \brief   Parts of a picture between which its color changes more than within them
 */
#ifndef COMMON_SEGMENTS_H
#define COMMON_SEGMENTS_H

#include <stdbool.h>
#include <stdint.h>

/** A picture's pairs of neighboring pixels, the least different first */
struct segments {
	int64_t pixels;
	int64_t count; /* of edges */
	struct segments_edge *edges;
	struct segments_part *parts; /* to work in */
};

/**
 * \brief   Compare neighbors
 *
 * \param   segments    Ended with segments_end(), whatever is returned
 * \param   image       (C,H,W)
 *
 * \return  false when out of memory.
 */
bool segments_begin(struct segments *segments, const float *image, int64_t channels,
		int64_t height, int64_t width);

/**
 * \brief   Merge pixels to parts, in the order of how much neighbors differ
 *
 * P. Felzenszwalb, D. Huttenlocher: Efficient Graph-Based Image Segmentation. 2004,
 * International Journal of Computer Vision 59(2), section 4: pixels and their eight neighbors
 * are a graph; two parts become one where they differ by less than each does within itself, plus
 * k over its pixels. The paper smooths the picture before (sigma = 0.8), which is the
 * caller's part.
 *
 * As in scikit-image (segmentation.felzenszwalb), k is given for values of 0..255: it is divided
 * by 255; and at last parts of fewer than `smallest` pixels join a neighbor, in the same order.
 *
 * \param   k           Above 0: larger parts where it is larger
 * \param   labels      Receives (H,W): 0 up to the number of parts, in the order of their
 *                      first pixels
 *
 * \return  Number of parts.
 */
int32_t segments_merge(struct segments *segments, double k, int64_t smallest,
		int32_t *labels);

void segments_end(struct segments *segments);

#endif
