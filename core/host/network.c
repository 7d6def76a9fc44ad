/**
 * \file    host/network.c
 * \brief   Networks besides that of the run, for techniques
 *
 * A network is held by the technique, by the call that uses it, and by passes. Those of the
 * plan stay open for the session; one with changed weights ends with its last holder.
 */
#include "host/network.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "host/model.h"
#include "host/random.h"
#include "host/rule_cache.h"

/* ---- Which network ----------------------------------------------------------------- */

const struct graph *network_graph(const struct session *session,
		const struct cnnviz_network *network)
{
	return network != NULL                   ? network->graph
			: session->graph != NULL ? session->graph
						 : session->plan->model->graph;
}

struct engine_network *network_engine(const struct session *session,
		const struct cnnviz_network *network)
{
	return network != NULL ? network->engine : session->network;
}

const struct graph *job_graph(const struct cnnviz_job *job)
{
	return network_graph(job->session, job->network);
}

const struct model *job_model(const struct cnnviz_job *job)
{
	return job->network != NULL ? job->network->model : job->session->plan->model;
}

/* ---- Life -------------------------------------------------------------------------- */

struct cnnviz_network *network_ref(struct cnnviz_network *network)
{
	if (network != NULL) {
		network->references++;
	}
	return network;
}

void network_release(struct cnnviz_network *network)
{
	if (network == NULL || --network->references > 0) {
		return;
	}
	rule_cache_clear(&network->rules);
	if (!network->opened) {
		if (network->engine != NULL) {
			network->session->engine->close(network->engine);
		}
		graph_view_free(network->graph);
	}
	for (size_t i = 0; i < network->tensor_count; i++) {
		tensor_unref(network->tensors[i]);
	}
	free(network->tensors);
	random_graph_close(&network->random);
	network_release(network->origin);
	free(network);
}

void network_unref(cnnviz_network *network)
{
	if (network == NULL) {
		return;
	}
	*network->previous = network->next;
	if (network->next != NULL) {
		network->next->previous = network->previous;
	}
	network_release(network);
}

/** A network that the technique holds */
static struct cnnviz_network *create(cnnviz_job *job)
{
	struct cnnviz_network *network = memory_new(1, sizeof(*network));

	network->references = 1;
	network->session = job->session;
	network->model = job_model(job);
	network->next = job->networks;
	network->previous = &job->networks;
	if (network->next != NULL) {
		network->next->previous = &network->next;
	}
	job->networks = network;
	return network;
}

void network_use(cnnviz_job *job, cnnviz_network *network)
{
	network_ref(network);
	network_release(job->network);
	job->network = network;
}

/* ---- Changed weights --------------------------------------------------------------- */

static void multiply_by_noise(cnnviz_tensor *tensor, double amount, cnnviz_random *random)
{
	int64_t count = tensor_count(tensor);
	float *factors = memory_new((size_t)count, sizeof(*factors));

	random_normal(random, 1, (float)amount, count, factors);
	for (int64_t i = 0; i < count; i++) {
		tensor_mutable_data(tensor)[i] *= factors[i];
	}
	free(factors);
}

/** Give each value of a network's weights and biases its own noise. */
static cnnviz_status add_noise(cnnviz_job *job, struct cnnviz_network *network,
		double amount, cnnviz_random *random)
{
	struct graph *graph = network->graph;

	network->tensors = memory_new(graph->node_count * 2, sizeof(cnnviz_tensor *));
	for (size_t i = 0; i < graph->node_count * 2; i++) {
		const cnnviz_tensor **place =
				&graph->nodes[i / 2].weights[i % 2 == 0 ? GRAPH_WEIGHT
									: GRAPH_BIAS];
		cnnviz_tensor *noisy = *place != NULL ? tensor_copy(*place) : NULL;

		if (*place == NULL) {
			continue;
		}
		if (noisy == NULL) {
			return job_fail(job, CNNVIZ_ERROR_MEMORY,
					"not enough memory for other weights of %s",
					graph->name);
		}
		multiply_by_noise(noisy, amount, random);
		network->tensors[network->tensor_count++] = noisy;
		*place = noisy;
	}
	return CNNVIZ_OK;
}

/** Draw the weights of a layer anew, and if `behind` those of all behind it. */
static cnnviz_status draw_weights(cnnviz_job *job, struct cnnviz_network *network,
		int32_t layer, bool behind, cnnviz_random *random)
{
	float words[3];

	random_uniform(random, 0, 1 << 20, 3, words);
	uint64_t seed = (uint64_t)words[0] << 40 | (uint64_t)words[1] << 20
			| (uint64_t)words[2];
	cnnviz_status status = random_graph_open(network->graph, seed, &network->random,
			&job->fault->error);

	for (size_t i = (size_t)layer;
			status == CNNVIZ_OK && i < network->graph->node_count; i++) {
		if (behind || graph_is_part_of_layer(network->graph, i, layer)) {
			graph_take_weights(network->graph, network->random.graph, i);
		}
	}
	return status;
}

static cnnviz_status check_change(cnnviz_job *job, uint32_t change, int32_t layer,
		double amount, const cnnviz_random *random)
{
	const struct graph *graph = job_graph(job);
	int32_t node = graph_layer_node(graph, layer);

	if (random == NULL || change > CNNVIZ_PERTURB_CASCADE
			|| (change == CNNVIZ_PERTURB_NOISE && !(amount >= 0))) {
		return job_misuse(job,
				"model->perturbed() was given no random stream, an "
				"unknown change or a negative amount");
	}
	if (change != CNNVIZ_PERTURB_NOISE
			&& (node < 0
					|| graph->nodes[node].weights[GRAPH_WEIGHT]
							== NULL)) {
		return job_misuse(job,
				"model->perturbed() was given layer number %ld, which "
				"has "
				"no weights",
				(long)layer);
	}
	return CNNVIZ_OK;
}

cnnviz_status network_perturbed(cnnviz_job *job, uint32_t change, int32_t layer,
		double amount, cnnviz_random *random, cnnviz_network **result)
{
	cnnviz_status status = job_refuse(job, "model->perturbed()");

	if (status == CNNVIZ_OK) {
		status = check_change(job, change, layer, amount, random);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	struct cnnviz_network *network = create(job);

	network->graph = graph_view(job_graph(job));
	/* Names, and weights that do not change, are those of the network in use. */
	network->origin = network_ref(job->network);
	status = change == CNNVIZ_PERTURB_NOISE
			? add_noise(job, network, amount, random)
			: draw_weights(job, network,
					graph_layer_node(network->graph, layer),
					change == CNNVIZ_PERTURB_CASCADE, random);
	if (status == CNNVIZ_OK) {
		status = network_open_on(job->session->engine, job->session->plan,
				network->graph, true, &network->engine,
				&job->fault->error);
	}
	if (status != CNNVIZ_OK) {
		network_unref(network);
		return status;
	}
	*result = network;
	return CNNVIZ_OK;
}

/* ---- Networks of the plan ------------------------------------------------------------ */

cnnviz_status network_opened(cnnviz_job *job, const char *parameter,
		cnnviz_network **result)
{
	struct session *session = job->session;
	const struct plan *plan = session->plan;
	const struct plugin *plugin = job->plan->plugin;
	size_t place = parameter_find(plugin->parameters,
			plugin->technique.parameter_count, parameter);
	cnnviz_status status = job_refuse(job, "model->open()");

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (place == plugin->technique.parameter_count
			|| plugin->parameters[place].type != CNNVIZ_PARAMETER_NETWORK) {
		return job_misuse(job,
				"asked for the network of \"%s\", which is not one of "
				"its "
				"parameters of type network",
				parameter);
	}
	if (!job->plan->values[place].set) {
		return job_fail(job, CNNVIZ_ERROR_INPUT, "%s does not name a network",
				parameter);
	}
	size_t index = (size_t)job->plan->values[place].integer;

	if (session->networks == NULL) {
		session->networks = memory_new(plan->network_count,
				sizeof(*session->networks));
	}
	if (session->networks[index] == NULL) {
		status = network_open_on(session->engine, plan,
				plan->networks[index].model->graph, false,
				&session->networks[index], &job->fault->error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	struct cnnviz_network *network = create(job);

	network->opened = true;
	network->model = plan->networks[index].model;
	network->graph = network->model->graph;
	network->engine = session->networks[index];
	*result = network;
	return CNNVIZ_OK;
}
