/**
 * \file    common/layer.c
 * \brief   Attributions to a layer: what each value of its activation contributes
 */
#include "common/layer.h"

cnnviz_status layer_check(const cnnviz_host *host, cnnviz_job *job)
{
	int32_t layer = (int32_t)host->parameter->integer(job, "layer");
	int64_t shape[CNNVIZ_MAX_RANK];
	uint32_t rank = host->model->layer_shape(job, layer, shape);

	return rank == 3 && shape[1] * shape[2] > 1
			? CNNVIZ_OK
			: host->fail(job, CNNVIZ_ERROR_INPUT,
					"the layer \"%s\" has no height and width, so "
					"there is no map of it; name a convolutional "
					"layer with `layer`",
					host->parameter->text(job, "layer"));
}
