/**
 * \file    host/pass_hessian.h
 * \brief   Second derivatives, for techniques
 */
#ifndef HOST_PASS_HESSIAN_H
#define HOST_PASS_HESSIAN_H

#include <cnnviz/host.h>

/** host->pass->hessian_product() */
cnnviz_status pass_hessian_product(cnnviz_job *job, const cnnviz_pass *source,
		int32_t layer, uint32_t seed_count, const int32_t *seed_layers,
		const cnnviz_tensor *const *seeds, const cnnviz_tensor *direction,
		cnnviz_tensor **product);

#endif
