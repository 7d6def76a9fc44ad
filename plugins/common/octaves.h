/**
 * \file    common/octaves.h
 * \brief   Changing a picture at several sizes, from small to large
 *
 * What was added to the picture at one size is enlarged and added at the next size,
 * where the detail of the picture itself comes from the original. Compiled into each
 * plugin that uses it.
 */
#ifndef COMMON_OCTAVES_H
#define COMMON_OCTAVES_H

#include <cnnviz/cnnviz.h>

struct octaves {
	const cnnviz_host *host;
	cnnviz_job *job;

	/** (1,C,H,W), 0..1: the picture, and the size of the last octave */
	const cnnviz_tensor *original;

	/** Number of sizes, at least 1, and the factor from one to the next, above 1 */
	int64_t count;
	double scale;

	/** How many versions of the picture there are, each with details of its own: N */
	uint32_t versions;

	/**
	 * \brief   Change the picture at one size
	 *
	 * \param   octave  From 0 to count - 1, which has the original's size
	 * \param   start   (N,C,h,w), 0..1: what to start from
	 * \param   changed Receives a new (N,C,h,w)
	 */
	cnnviz_status (*change)(const struct octaves *octaves, int64_t octave,
			const cnnviz_tensor *start, cnnviz_tensor **changed);

	/** The technique's own data */
	void *context;
};

/**
 * \brief   Go through all octaves
 *
 * Those that would have a side of fewer than 32 pixels, where layers would be empty,
 * are skipped.
 *
 * \param   changed Receives the result of the last octave, (N,C,H,W)
 */
cnnviz_status octaves_run(const struct octaves *octaves, cnnviz_tensor **changed);

#endif
