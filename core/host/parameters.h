/**
 * \file    host/parameters.h
 * \brief   Parameters of a job, for its technique
 */
#ifndef HOST_PARAMETERS_H
#define HOST_PARAMETERS_H

#include <cnnviz/host.h>

/** host->parameter */
extern const cnnviz_parameter_api parameter_services;

#endif
