/**
 * \file    host/optimize.h
 * \brief   The loop that optimizes inputs, for techniques
 */
#ifndef HOST_OPTIMIZE_H
#define HOST_OPTIMIZE_H

#include <cnnviz/host.h>

/** host->optimize */
extern const cnnviz_optimize_api optimize_services;

#endif
