/*
 * All public types in one shared object, for comparing the ABI of two sets of headers.
 * Each is reached through a pointer, as plugins and hosts reach them.
 */
#include <cnnviz/cnnviz.h>

__attribute__((visibility("default"))) const cnnviz_technique *
cnnviz_public(const cnnviz_host *host, cnnviz_job *job, const cnnviz_batch *batch,
		cnnviz_tensor *tensor, cnnviz_pass *pass, cnnviz_random *random,
		cnnviz_network *network, const cnnviz_parameter *parameter,
		const cnnviz_artifact *artifact);

const cnnviz_technique *cnnviz_public(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor *tensor, cnnviz_pass *pass,
		cnnviz_random *random, cnnviz_network *network,
		const cnnviz_parameter *parameter, const cnnviz_artifact *artifact)
{
	return host != NULL && job != NULL && batch != NULL && tensor != NULL
					&& pass != NULL && random != NULL
					&& network != NULL && parameter != NULL
					&& artifact != NULL
			? cnnviz_plugin()
			: NULL;
}

const cnnviz_technique *cnnviz_plugin(void)
{
	return NULL;
}
