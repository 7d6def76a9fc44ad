/**
 * \file    common/guided_path.h
 * \brief   A path from a baseline to a picture whose values of small gradient move first
 *
 * Kapishnikov et al. 2021, arXiv:2106.09788, algorithm 1.
 */
#ifndef COMMON_GUIDED_PATH_H
#define COMMON_GUIDED_PATH_H

#include <stdbool.h>
#include <stdint.h>

struct guided_path {
	int64_t size;
	bool both_ends; /* moves count by the mean gradient at the ends of a step */
	const float *from, *to; /* baseline and picture, borrowed */
	double whole;           /* their distance in L1 */
	double *point;          /* where the path has come to */
	double *moved;          /* by how much in the last step */
	double *sums;           /* of gradients times moves: the map so far */
	/* To work in */
	double *slopes; /* magnitudes of the gradient; infinite: arrived for this step */
	double *sorted;
};

/**
 * \brief   Begin at the baseline
 *
 * \param   path    Zeros but for both_ends; ended with guided_path_end(), whatever is returned
 *
 * \return  false when out of memory.
 */
bool guided_path_begin(struct guided_path *path, int64_t size, const float *from,
		const float *to);

/**
 * \brief   Go on
 *
 * \param   gradient    At the point
 * \param   share       Of the path that is done after the step, 0..1
 * \param   fraction    How many values move at a time, 0..1
 * \param   distance    From the share, that each value has to keep within, 0..1
 */
void guided_path_step(struct guided_path *path, const float *gradient, double share,
		double fraction, double distance);

/**
 * \brief   Count the last step
 *
 * \param   gradient    At the end of the path; needed for both ends alone
 */
void guided_path_arrive(struct guided_path *path, const float *gradient);

void guided_path_end(struct guided_path *path);

#endif
