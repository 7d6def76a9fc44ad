/**
 * \file    common/layer.h
 * \brief   Attributions to a layer: what each value of its activation contributes
 *
 * Their maps are (N,C,h,w), as the layer; the host draws the sum over channels. Compiled
 * into each plugin that uses it.
 */
#ifndef PLUGINS_COMMON_LAYER_H
#define PLUGINS_COMMON_LAYER_H

#include <cnnviz/cnnviz.h>

/** A row of a technique's table of parameters, with the layer that is taken by default */
#define LAYER_PARAMETER(value) \
	{ \
		"layer", CNNVIZ_PARAMETER_LAYER, .default_value = value, \
						 .summary = "layer whose values are " \
							    "explained, or input; " \
							    "maps are at its size, and " \
							    "what is drawn is the " \
							    "sum over its channels" \
	}

/**
 * \brief   Fail in check() if the parameter `layer` names one without height and width
 *
 * \retval  CNNVIZ_OK           it has both, or is the input
 * \retval  CNNVIZ_ERROR_INPUT  it has not, so that there is no map of it
 */
cnnviz_status layer_check(const cnnviz_host *host, cnnviz_job *job);

#endif
