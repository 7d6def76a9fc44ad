/**
 * \file    host/pass_from.h
 * \brief   Forward passes from the middle of a network, for techniques
 */
#ifndef HOST_PASS_FROM_H
#define HOST_PASS_FROM_H

#include <cnnviz/host.h>

/** host->pass->forward_from() */
cnnviz_status pass_forward_from(cnnviz_job *job, const cnnviz_pass *source, int32_t layer,
		const cnnviz_tensor *activation, const uint32_t *items, uint32_t flags,
		uint32_t capture_count, const int32_t *captures, cnnviz_pass **pass);

#endif
