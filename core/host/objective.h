/**
 * \file    host/objective.h
 * \brief   Common objectives, for techniques
 */
#ifndef HOST_OBJECTIVE_H
#define HOST_OBJECTIVE_H

#include <cnnviz/host.h>

/** host->objective */
extern const cnnviz_objective_api objective_services;

#endif
