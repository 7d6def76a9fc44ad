/**
 * \file    common/grabcut.h
 * \brief   Cutting an object out by its colors: a C interface to OpenCV
 *
 * OpenCV has only a C++ interface: all calls to it are in grabcut.cc.
 */
#ifndef COMMON_GRABCUT_H
#define COMMON_GRABCUT_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is known about a pixel */
#define GRABCUT_UNKNOWN 0
#define GRABCUT_BACKGROUND 1
#define GRABCUT_OBJECT 2

/**
 * \brief   Divide a picture into object and background by color and contrast
 *
 * One mixture of Gaussians each is fitted to the colors of the object's and of the
 * background's seeds, then a graph cut decides about every pixel; after that, both
 * mixtures are fitted to the result and the cut is repeated, `rounds` times. Depends on
 * its arguments only: the random numbers of the fit are seeded, and nothing runs in
 * parallel.
 *
 * C. Rother, V. Kolmogorov, A. Blake: GrabCut: interactive foreground extraction using
 * iterated graph cuts. 2004, doi:10.1145/1015706.1015720, section 3.
 *
 * \param   rgb     width * height * 3
 * \param   seeds   width * height of GRABCUT_*, at least one of each kind of seed
 * \param   inside  Receives width * height values: 1 object, 0 background
 * \param   reason  Receives the reason for a failure, truncated to size bytes
 *
 * \return  0, or -1 with a reason.
 */
int grabcut(const unsigned char *rgb, int width, int height, const unsigned char *seeds,
		int rounds, unsigned char *inside, char *reason, size_t size);

#ifdef __cplusplus
}
#endif

#endif
