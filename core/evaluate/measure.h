/**
 * \file    evaluate/measure.h
 * \brief   Measures of how well a map locates an object, and of the similarity of two
 *                     maps
 *
 * A plane is a map with one channel, width * height values, none negative. Pixel (x, y)
 * covers the square from (x, y) to (x+1, y+1); its center is (x+1/2, y+1/2). Boxes are
 * x0, y0, x1, y1 in the same coordinates and need not be aligned to pixels.
 */
#ifndef EVALUATE_MEASURE_H
#define EVALUATE_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEASURE_LEVELS 100

/**
 * Threshold i of 0 to LEVELS-1, as a share of a map's maximum: ((i+1)/LEVELS)^2, so
 * that low thresholds, which suit gradients, are finely spaced
 */
double measure_level(int i);

/** Whether no value is positive: such a map counts as a miss in every measure. */
bool measure_is_zero(const float *plane, int64_t count);

/**
 * \brief   Pointing game (Zhang et al. 2018, arXiv 1608.00507, section 4.1)
 *
 * 1 if the center of the pixel with the largest value is within tolerance of the box,
 * else 0. If several pixels have that value, the share of them that hits, so that a
 * constant map scores like a random guess.
 */
double measure_pointing(const float *plane, int64_t width, int64_t height,
		const double box[4], double tolerance);

/**
 * \brief   Share of the plane's sum that lies in the box
 *
 * The energy-based pointing game of Wang et al. 2020, arXiv 1910.01279, section 4.3. A
 * pixel on the box's edge counts by the share of its area inside.
 */
double measure_energy(const float *plane, int64_t width, int64_t height,
		const double box[4]);

/** For each pixel, the share of its area that is in the box */
void measure_cover_box(const double box[4], int64_t width, int64_t height,
		float *coverage);

/**
 * For each pixel, the share of its area that is in a mask of 0 and 1, which is
 * stretched to the size of the picture
 */
void measure_cover_mask(const unsigned char *mask, int64_t mask_width,
		int64_t mask_height, int64_t width, int64_t height, float *coverage);

struct measure_iou {
	double best;      /* over all positive values of the map as thresholds */
	double threshold; /* best threshold, as a share of the maximum */
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
 * \brief   Spearman's rank correlation, with mean ranks for equal values
 *
 * 0 if one of the two is constant.
 */
double measure_spearman(const float *a, const float *b, int64_t count);

/**
 * \brief   Structural similarity of two gray pictures (Wang et al. 2004)
 *
 * Gaussian window of 11 pixels with standard deviation 1.5, K1 = 0.01, K2 = 0.03, L =
 * 255; mean over all positions of the window within the picture. For smaller pictures,
 * the window is the largest odd one that fits.
 */
double measure_ssim(const unsigned char *a, const unsigned char *b, int64_t width,
		int64_t height);

#endif
