/**
 * \file    host/artifacts.h
 * \brief   Artifacts, for general techniques
 */
#ifndef HOST_ARTIFACTS_H
#define HOST_ARTIFACTS_H

#include <cnnviz/plugin.h>

/** host->artifact */
extern const cnnviz_artifact_api artifact_services;

/** What a technique gave: the arguments of a function of host->artifact */
struct given_artifact {
	uint32_t type; /* CNNVIZ_ARTIFACT_* */
	const char *name, *suffix;
	const cnnviz_tensor *tensor; /* not of a scalar */
	uint32_t item;
	double value;             /* of a scalar */
	const char *const *lines; /* of a curve: names, or NULL */
	const char *axis;
};

/** Write an artifact, and record it. */
cnnviz_status artifact_write(struct cnnviz_job *job, const struct given_artifact *given);

/**
 * \brief   What an artifact's call means of a tensor
 *
 * \param   item    Along the first extent, or CNNVIZ_WHOLE
 * \param   part    Where to put a read-only tensor; release it
 */
cnnviz_status artifact_take(const cnnviz_job *job, const char *name,
		const cnnviz_tensor *tensor, uint32_t item, cnnviz_tensor **part);

#endif
