/**
 * \file    host/pass_attention.h
 * \brief   Weights of attentions, and their gradients, for techniques
 */
#ifndef HOST_PASS_ATTENTION_H
#define HOST_PASS_ATTENTION_H

#include <cnnviz/host.h>

/* host->pass->attention() and attention_gradients() */
cnnviz_status pass_attention(cnnviz_job *job, const cnnviz_pass *pass, int32_t layer,
		cnnviz_tensor **weights);
cnnviz_status pass_attention_gradients(cnnviz_job *job, cnnviz_pass *pass,
		uint32_t seed_count, const int32_t *seed_layers,
		const cnnviz_tensor *const *seeds, uint32_t wanted_count,
		const int32_t *wanted, cnnviz_tensor **gradients);

#endif
