/**
 * \file    evaluate/measure.h
 * \brief   How well a map shows an object, and how alike two maps are: mathematics alone
 *
 * A plane is a map of one channel, width * height values, none below 0. Pixel (x, y)
 * covers the square from (x, y) to (x+1, y+1); its center is (x+1/2, y+1/2). Boxes are
 * x0, y0, x1, y1 in the same coordinates and need not lie on pixels' edges.
 */
#ifndef EVALUATE_MEASURE_H
#define EVALUATE_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEASURE_LEVELS 100

/** Threshold i of 0 to LEVELS-1, as a share of a map's maximum: ((i+1)/LEVELS)^2, so that
 * maps whose values are mostly small (gradients) find theirs too */
double measure_level(int i);

/** Whether there is no value above 0: such a map shows nothing and misses everything. */
bool measure_is_zero(const float *plane, int64_t count);

/**
 * \brief   Pointing game (Zhang et al. 2018, arXiv 1608.00507, section 4.1)
 *
 * 1 where the center of the pixel with the largest value is no farther than tolerance
 * from the box, else 0. Of several pixels with that value, the share that hits: so a
 * constant map scores as a random guess does.
 */
double measure_pointing(const float *plane, int64_t width, int64_t height,
		const double box[4], double tolerance);

/**
 * \brief   Share of the plane's sum that lies in the box
 *
 * The energy-based pointing game of Wang et al. 2020, arXiv 1910.01279, section 4.3.
 * A pixel that the box cuts counts by the part of its area inside.
 */
double measure_energy(const float *plane, int64_t width, int64_t height,
		const double box[4]);

/** For each pixel, the part of its area that is in the box */
void measure_cover_box(const double box[4], int64_t width, int64_t height,
		float *coverage);

/** For each pixel of a picture of another size, the part of its area that is in a mask
 * of 0 and 1 that is stretched over it */
void measure_cover_mask(const unsigned char *mask, int64_t mask_width,
		int64_t mask_height, int64_t width, int64_t height, float *coverage);

struct measure_iou {
	double best;                   /* over all of the map's own values above 0 */
	double threshold;              /* where that is, as a share of the maximum */
	double levels[MEASURE_LEVELS]; /* at measure_level(i) */
};

/**
 * \brief   Intersection over union of the pixels at or above a threshold with an object
 *
 * With coverage c and selected pixels s (0 or 1): sum(s c) / sum(s + c - s c).
 */
void measure_iou(const float *plane, const float *coverage, int64_t count,
		struct measure_iou *iou);

/** Area under a curve of equally spaced points over 0..1, by trapezoids; count >= 2 */
double measure_area_under(const double *values, size_t count);

/**
 * \brief   Spearman's rank correlation, equal values sharing their mean rank
 *
 * 0 where one of the two is constant and so has no order.
 */
double measure_spearman(const float *a, const float *b, int64_t count);

/**
 * \brief   Structural similarity of two gray pictures (Wang et al. 2004)
 *
 * Gaussian window of 11 pixels with standard deviation 1.5, K1 = 0.01, K2 = 0.03,
 * L = 255; mean over all places where the window lies in the picture. Pictures smaller
 * than the window take the largest odd one that fits.
 */
double measure_ssim(const unsigned char *a, const unsigned char *b, int64_t width,
		int64_t height);

#endif
