/**
 * \file    common/frame.h
 * \brief   Results of a segmentation at the size of the network's input or of the picture
 *
 * The parameter `at` chooses. Compiled into each plugin that uses it.
 */
#ifndef COMMON_FRAME_H
#define COMMON_FRAME_H

#include <cnnviz/cnnviz.h>

extern const char *const frame_places[];

/** The initializer of `at`, in a table of parameters */
#define FRAME_AT \
	"at", CNNVIZ_PARAMETER_ENUM, .default_value = "picture", \
				     .choices = frame_places, \
				     .summary = "size and shape of the results: the " \
						"network's input's, or the picture's"

/**
 * \brief   Bring what covers the input to the size of the results
 *
 * \param   batch   The picture that the technique was run for
 * \param   view    (1,C,h,w) of any h and w
 * \param   filter  One of CNNVIZ_FILTER_*
 * \param   result  Receives a new reference to (1,C,H,W): of the input, or of the
 *                  picture, and then 0 where `resize = crop` cut it off
 *
 * \return  CNNVIZ_OK, or what host->image has failed with.
 */
cnnviz_status frame_bring(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, const cnnviz_tensor *view, uint32_t filter,
		cnnviz_tensor **result);

/**
 * \brief   The picture at the size of the results
 *
 * \param   picture Receives a new reference to (1,C,H,W) with values in 0..1, C as the
 *                  network's input has it
 *
 * \return  CNNVIZ_OK, or what host->image has failed with.
 */
cnnviz_status frame_picture(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **picture);

#endif
