/**
 * \file    host/neuron.c
 * \brief   Neurons that jobs explain in place of classes, for services
 */
#include "host/neuron.h"

#include "base/tensor.h"
#include "graph/neuron.h"
#include "host/network.h"
#include "host/tensors.h"

/** Whether a network has the layers of the run's, maybe with other weights */
static bool has_layers_of_run(const struct cnnviz_job *job,
		const struct cnnviz_network *network)
{
	return network == NULL
			|| network->graph->name == job->session->plan->model->graph->name;
}

int32_t output_node(const struct cnnviz_job *job, const struct cnnviz_network *network)
{
	const struct session *session = job->session;
	const cnnviz_batch *batch = job->batch;
	int64_t target = batch != NULL && batch->targets != NULL ? batch->targets[0]
			: session->phase == PHASE_CHECK          ? job->plan->neuron
								 : 0;
	const struct neuron *neuron = has_layers_of_run(job, network)
			? neurons_get(&session->plan->model->neurons, target)
			: NULL;

	return neuron != NULL ? neuron->node : network_graph(session, network)->logits;
}

int32_t plan_output_node(const struct plan *plan, const struct plan_job *job)
{
	const struct neuron *neuron = neurons_get(&plan->model->neurons, job->neuron);

	return neuron != NULL ? neuron->node : plan->model->graph->logits;
}

/** First value of the neuron in an item, and how many there are; false if it has none */
static bool find_values(const struct neuron *neuron, const cnnviz_tensor *activation,
		int64_t *first, int64_t *count)
{
	const int64_t *shape = tensor_shape(activation);
	bool map = tensor_rank(activation) == 4;

	if ((!map && tensor_rank(activation) != 2) || neuron->channel >= shape[1]
			|| (neuron->row >= 0
					&& (!map || neuron->row >= shape[2]
							|| neuron->column >= shape[3]))) {
		return false;
	}
	*count = map ? shape[2] * shape[3] : 1;
	*first = neuron->channel * *count;
	if (neuron->row >= 0) {
		*first += neuron->row * shape[3] + neuron->column;
		*count = 1;
	}
	return true;
}

/** The sum of an item's values, and ones where these are */
static double score_item(const cnnviz_tensor *activation, int64_t first, int64_t count,
		cnnviz_tensor *seed)
{
	double sum = 0;

	for (int64_t i = first; i < first + count; i++) {
		sum += tensor_data(activation)[i];
		if (seed != NULL) {
			tensor_mutable_data(seed)[i] = 1;
		}
	}
	return sum;
}

cnnviz_status neuron_score(struct cnnviz_job *job, const cnnviz_tensor *activation,
		const int64_t *targets, double *values, cnnviz_tensor **seed)
{
	cnnviz_tensor *made = NULL;
	int64_t items = tensor_shape(activation)[0];
	int64_t size = tensor_count(activation) / items, first = 0, count = 0;
	cnnviz_status status = job_refuse(job, "host->objective");

	if (status == CNNVIZ_OK && !has_layers_of_run(job, job->network)) {
		status = job_fail(job, CNNVIZ_ERROR_INPUT,
				"another network than that of [model] does not have the "
				"neuron; remove `neuron`");
	}
	if (status == CNNVIZ_OK && seed != NULL) {
		status = job_create_tensor(job, tensor_rank(activation),
				tensor_shape(activation), &made);
	}
	for (int64_t n = 0; n < items && status == CNNVIZ_OK; n++) {
		const struct neuron *neuron = neurons_get(
				&job->session->plan->model->neurons, targets[n]);

		if (neuron == NULL || !find_values(neuron, activation, &first, &count)) {
			status = job_fail(job, CNNVIZ_ERROR_INPUT,
					"`neuron` names a place that the layer does not "
					"have for a picture of this size; name one that "
					"it has, or resize pictures with [input] resize");
			break;
		}
		double value = score_item(activation, n * size + first, count, made);

		if (values != NULL) {
			values[n] = value;
		}
	}
	if (status != CNNVIZ_OK) {
		tensor_unref(made);
	} else if (seed != NULL) {
		*seed = made;
	}
	return status;
}
