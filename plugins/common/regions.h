/**
 * \file    common/regions.h
 * \brief   Overlapping regions of a picture, and what is densest among them
 *
 * Kapishnikov et al. 2019, arXiv:1906.02825, algorithm 1.
 */
#ifndef COMMON_REGIONS_H
#define COMMON_REGIONS_H

#include <stdbool.h>
#include <stdint.h>

struct regions {
	int64_t height, width;
	int32_t count; /* of regions */
	/* Regions that each pixel is in: members[starts[p]] up to members[starts[p + 1]] */
	int64_t *starts;
	int32_t *members;
	int64_t room; /* for members */
};

/**
 * \brief   Make regions of the parts of several segmentations, each grown by a disk
 *
 * \param   regions         Zeros but for height, width and count; ended with regions_end(),
 *                          whatever is returned
 * \param   segmentations   How many
 * \param   labels          (segmentations,H,W): 0 up to count, different in each segmentation
 * \param   radius          Of the disk, in pixels; 0 grows nothing
 *
 * \return  false when out of memory.
 */
bool regions_make(struct regions *regions, int64_t segmentations, const int32_t *labels,
		int64_t radius);

/**
 * \brief   Take the densest regions one after the other
 *
 * The density of a region is the mean of the map over those of its pixels that no region taken
 * before has; it becomes the value of these pixels. A region with fewer than `smallest` such
 * pixels is left out. What is in no region taken has the mean over all of that.
 *
 * \param   map         (H,W)
 * \param   values      Receives (H,W)
 * \param   ranks       Receives (H,W): 1 for the densest, and so on; what no region has taken
 *                      comes last
 *
 * \return  false when out of memory.
 */
bool regions_rank(const struct regions *regions, const double *map, int64_t smallest,
		float *values, float *ranks);

void regions_end(struct regions *regions);

#endif
