/**
 * \file    graph/normalize.h
 * \brief   Reads and formats mean and standard deviation of a network's input
 */
#ifndef GRAPH_NORMALIZE_H
#define GRAPH_NORMALIZE_H

#include "base/error.h"
#include "image/image.h"

/**
 * \brief   Read a number for each channel, or one for all
 *
 * \param   positive    Whether they must be above 0
 * \param   values      Filled for all channels; unchanged on error
 */
cnnviz_status normalize_read(const char *text, int channels, bool positive,
		float values[3], struct error *error);

/** "mean 0.485 0.456 0.406, std 0.229 0.224 0.225, pixels up to 1"; malloc'ed */
char *normalize_text(const struct normalization *normalization);

#endif
