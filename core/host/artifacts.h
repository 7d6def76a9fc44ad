/**
 * \file    host/artifacts.h
 * \brief   Artifacts, for general techniques
 */
#ifndef HOST_ARTIFACTS_H
#define HOST_ARTIFACTS_H

#include <cnnviz/host.h>

/** host->artifact */
extern const cnnviz_artifact_api artifact_services;

/**
 * \brief   What an artifact's call means of a tensor
 *
 * \param   item    Along the first extent, or CNNVIZ_WHOLE
 * \param   part    Where to put a read-only tensor; release it
 */
cnnviz_status artifact_take(const cnnviz_job *job, const char *name,
		const cnnviz_tensor *tensor, uint32_t item, cnnviz_tensor **part);

#endif
