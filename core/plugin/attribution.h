/**
 * \file    plugin/attribution.h
 * \brief   What every attribution job can be told
 */
#ifndef PLUGIN_ATTRIBUTION_H
#define PLUGIN_ATTRIBUTION_H

#include <cnnviz/plugin.h>

/** Values of the parameter `at`: whose size and shape drawings have */
enum attribution_place { ATTRIBUTION_AT_INPUT, ATTRIBUTION_AT_PICTURE };

/** Parameters of every attribution job in addition to its own: target, colormap, ... */
extern const cnnviz_parameter attribution_parameters[];
extern const size_t attribution_parameter_count;

#endif
