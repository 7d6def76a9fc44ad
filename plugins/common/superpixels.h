/**
 * \file    common/superpixels.h
 * \brief   Parts of a picture of like color and place
 */
#ifndef PLUGINS_COMMON_SUPERPIXELS_H
#define PLUGINS_COMMON_SUPERPIXELS_H

#include <stdint.h>

/**
 * \brief   SLIC: k-means of color and place, around centers of a grid
 *
 * R. Achanta et al.: SLIC Superpixels Compared to State-of-the-art Superpixel Methods.
 * 2012, DOI 10.1109/TPAMI.2012.120, section 3. Colors are compared in CIELAB where the
 * picture has three channels, otherwise as they are, 100 times. Parts are connected: what
 * lies apart from a superpixel and is smaller than a quarter of one joins a neighbor, what
 * is larger is a part of its own.
 *
 * \param   image       (C,H,W), 0..1
 * \param   wanted      About how many
 * \param   compactness At what difference of color the distance to the next center counts
 *                      as much
 * \param   labels      Receives (H,W): 0 up to the number of superpixels
 *
 * \return  Number of superpixels, or 0: out of memory.
 */
int64_t superpixels_find(const float *image, int64_t channels, int64_t height,
		int64_t width, int64_t wanted, double compactness, int32_t *labels);

#endif
