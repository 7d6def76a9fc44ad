/**
 * \file    host/artifacts.h
 * \brief   Artifacts, for general techniques
 */
#ifndef HOST_ARTIFACTS_H
#define HOST_ARTIFACTS_H

#include <cnnviz/host.h>

/** host->artifact */
extern const cnnviz_artifact_api artifact_services;

#endif
