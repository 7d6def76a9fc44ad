/**
 * \file    graph/normalize.h
 * \brief   Reads and formats how pixels become a network's input
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
cnnviz_status normalize_read(const char *text, int channels, bool positive, float *values,
		struct error *error);

/** What the channels of pictures can be: RGB, BGR, gray, RGBA, BGRA; NULL-terminated */
extern const char *const channel_words[];

/** The word for the channels of an input, or NULL */
const char *normalize_channel_word(const struct normalization *normalization);

/**
 * \brief   Read what the channels are: one of the words
 *
 * \param   normalization   Its number of channels is what the word must fit, unless it is 0
 */
cnnviz_status normalize_read_channels(const char *text,
		struct normalization *normalization, struct error *error);

/** "mean 0.485 0.456 0.406, std 0.229 0.224 0.225, pixels up to 1"; malloc'ed */
char *normalize_text(const struct normalization *normalization);

#endif
