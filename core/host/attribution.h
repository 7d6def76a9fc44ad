/**
 * \file    host/attribution.h
 * \brief   Maps of other jobs, for techniques
 */
#ifndef HOST_ATTRIBUTION_H
#define HOST_ATTRIBUTION_H

#include <cnnviz/host.h>

/** host->attribution */
extern const cnnviz_attribution_api attribution_services;

#endif
