/**
 * \file    common/grabcut.h
 * \brief   Cutting an object out by its colors, behind a C face
 *
 * OpenCV has nothing but C++: all of it that a technique needs stands in grabcut.cc.
 */
#ifndef COMMON_GRABCUT_H
#define COMMON_GRABCUT_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is known of a pixel */
#define GRABCUT_UNKNOWN 0
#define GRABCUT_BACKGROUND 1
#define GRABCUT_OBJECT 2

/**
 * \brief   Divide a picture into object and background by color and contrast
 *
 * One mixture of Gaussians each is fitted to the colors of the object's and of the
 * background's seeds, then a graph cut decides about every pixel; after that, both
 * mixtures are fitted to what was decided, and the cut repeated, `rounds` times. Depends
 * on its arguments alone: the random numbers of the fit are seeded, and nothing runs in
 * parallel.
 *
 * C. Rother, V. Kolmogorov, A. Blake: GrabCut: interactive foreground extraction using
 * iterated graph cuts. 2004, doi:10.1145/1015706.1015720, section 3.
 *
 * \param   rgb     width * height * 3
 * \param   seeds   width * height of GRABCUT_*, at least one of each kind of seed
 * \param   inside  Where to put width * height: 1 object, 0 background
 * \param   reason  Where to put why it failed, cut to size bytes
 *
 * \return  0, or -1 with a reason.
 */
int grabcut(const unsigned char *rgb, int width, int height, const unsigned char *seeds,
		int rounds, unsigned char *inside, char *reason, size_t size);

#ifdef __cplusplus
}
#endif

#endif
