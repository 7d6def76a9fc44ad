/*
 * All public types in one shared object, for comparing the ABI of two sets of headers.
 * Each is reached through a pointer, as plugins and hosts reach them.
 */
#include <cnnviz/library.h>

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

/* The library's functions and what they are given, as programs reach them */
__attribute__((visibility("default"))) int
cnnviz_public_library(__typeof__(cnnviz_plan_open) *open,
		__typeof__(cnnviz_plan_run) *run, __typeof__(cnnviz_plan_cancel) *cancel,
		__typeof__(cnnviz_plan_error) *error, __typeof__(cnnviz_plan_free) *free,
		const cnnviz_plan_options *options, const cnnviz_run *given);

int cnnviz_public_library(__typeof__(cnnviz_plan_open) *open,
		__typeof__(cnnviz_plan_run) *run, __typeof__(cnnviz_plan_cancel) *cancel,
		__typeof__(cnnviz_plan_error) *error, __typeof__(cnnviz_plan_free) *free,
		const cnnviz_plan_options *options, const cnnviz_run *given)
{
	return open != NULL && run != NULL && cancel != NULL && error != NULL
			&& free != NULL && options != NULL && given != NULL;
}
