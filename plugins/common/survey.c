/**
 * \file    common/survey.c
 * \brief   The pictures of a run one by one, with what a layer makes of each
 */
#include "common/survey.h"

cnnviz_status survey_batch(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, int32_t layer, survey_visit *visit,
		void *context)
{
	cnnviz_tensor *pictures = NULL;
	cnnviz_pass *pass = NULL;
	cnnviz_status status = host->image->denormalize(job, batch->inputs, &pictures);

	if (status == CNNVIZ_OK) {
		status = host->pass->forward_only(job, batch->inputs, 1, &layer, &pass);
	}
	const cnnviz_tensor *activation = status == CNNVIZ_OK
			? host->pass->activation(pass, layer)
			: NULL;
	if (status == CNNVIZ_OK && activation == NULL) {
		status = CNNVIZ_ERROR_ENGINE;
	}
	for (uint32_t n = 0; n < batch->count && status == CNNVIZ_OK; n++) {
		status = visit(host, job, activation, pictures, n, batch->streams[n],
				context);
	}
	host->pass->unref(pass);
	host->tensor->unref(pictures);
	return status;
}
