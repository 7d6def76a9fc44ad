/**
 * \file    common/receptive.h
 * \brief   Which part of the input a place of a layer can see
 *
 * Compiled into each plugin that uses it.
 */
#ifndef PLUGINS_COMMON_RECEPTIVE_H
#define PLUGINS_COMMON_RECEPTIVE_H

#include <cnnviz/cnnviz.h>

/** A rectangle in pixels of the input: from top, left up to but without bottom, right */
struct receptive {
	int64_t top, left, bottom, right;
};

/**
 * \brief   The receptive field of one place of a layer
 *
 * Windows of convolutions and pools are followed to the input through all branches. What
 * looks at the whole of its input, as attention, a linear layer or a gate of channels does,
 * sees the whole picture.
 *
 * \param   row, column Of the layer; of one without places both 0
 * \param   height      Of the input, to which the field is cut; width likewise
 * \param   field       Receives it; never empty
 *
 * \retval  CNNVIZ_OK               *field is set
 * \retval  CNNVIZ_ERROR_MEMORY     out of memory
 */
cnnviz_status receptive_field(const cnnviz_host *host, cnnviz_job *job, int32_t layer,
		int64_t row, int64_t column, int64_t height, int64_t width,
		struct receptive *field);

/**
 * \brief   Cut a picture to a field, at the size of a cell
 *
 * \param   picture (C,H,W), a shape whose first number is left out: shape is (N,C,H,W)
 * \param   patch   New (1,C,cell,cell)
 *
 * \return  An error when out of memory
 */
cnnviz_status receptive_patch(const cnnviz_host *host, cnnviz_job *job,
		const float *picture, const int64_t shape[4],
		const struct receptive *field, int64_t cell, cnnviz_tensor **patch);

#endif
