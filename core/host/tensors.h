/**
 * \file    host/tensors.h
 * \brief   Tensors, for techniques
 */
#ifndef HOST_TENSORS_H
#define HOST_TENSORS_H

#include <cnnviz/host.h>

/** host->tensor */
extern const cnnviz_tensor_api tensor_services;

/** host->tensor->create(), which services use as well: it tells the job why there is none */
cnnviz_status job_create_tensor(cnnviz_job *job, uint32_t rank, const int64_t *shape,
		cnnviz_tensor **tensor);

#endif
