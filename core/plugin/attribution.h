/**
 * \file    plugin/attribution.h
 * \brief   What every attribution job can be told
 */
#ifndef PLUGIN_ATTRIBUTION_H
#define PLUGIN_ATTRIBUTION_H

#include <cnnviz/plugin.h>

/** Values of the parameter `at`: whose size and shape drawings have */
enum attribution_place { ATTRIBUTION_AT_INPUT, ATTRIBUTION_AT_PICTURE };

/** Values of the parameter `objective`: what of the network's output is explained */
enum attribution_objective {
	ATTRIBUTION_OF_CLASS,
	ATTRIBUTION_OF_SIMILARITY, /* of its output as features to those of another picture */
	ATTRIBUTION_OF_NORM,       /* half the squared norm of these features */
};

/** Parameters of every attribution job in addition to its own: target, colormap, ... */
extern const cnnviz_parameter attribution_parameters[];
extern const size_t attribution_parameter_count;

#endif
