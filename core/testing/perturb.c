/**
 * \file    testing/perturb.c
 * \brief   Networks besides that of a job of the test host
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "graph/operation.h"
#include "graph/copy.h"
#include "host/random.h"
#include "testing/network.h"
#include "testing/tables.h"

size_t network_live;

struct cnnviz_network {
	const cnnviz_test_network *network;
	cnnviz_test_network *own; /* NULL: the test's */
};

const cnnviz_test_network *job_network(const cnnviz_job *job)
{
	return job->used != NULL ? job->used : job->network;
}

static void hand_out(const cnnviz_test_network *network, cnnviz_test_network *own,
		cnnviz_network **result)
{
	struct cnnviz_network *made = memory_new(1, sizeof(*made));

	made->network = network;
	made->own = own;
	network_live++;
	*result = made;
}

void test_use(cnnviz_job *job, cnnviz_network *network)
{
	job->used = network != NULL ? network->network : NULL;
}

void test_network_unref(cnnviz_network *network)
{
	if (network != NULL) {
		cnnviz_test_network_free(network->own);
		free(network);
		network_live--;
	}
}

cnnviz_status test_open(cnnviz_job *job, const char *parameter, cnnviz_network **network)
{
	for (const struct cnnviz_test_networks *known = job->networks;
			known != NULL && known->parameter != NULL; known++) {
		if (strcmp(known->parameter, parameter) == 0) {
			hand_out(known->network, NULL, network);
			return CNNVIZ_OK;
		}
	}
	return test_fail(job, CNNVIZ_ERROR_PLUGIN, "no network \"%s\"", parameter);
}

/** Change one tensor of weights: by noise, or drawn anew. */
static void change_values(cnnviz_tensor *tensor, const struct graph_node *node,
		enum graph_weight role, uint32_t change, double amount,
		cnnviz_random *random)
{
	const int64_t *shape = tensor_shape(tensor);
	float *values = tensor_mutable_data(tensor);
	float deviation = change == CNNVIZ_PERTURB_NOISE ? (float)amount
			: role == GRAPH_WEIGHT
			? (float)sqrt(2 / node->op->fan_in(node, shape))
			: 0;

	for (int64_t i = 0; i < tensor_count(tensor); i++) {
		float drawn;

		random_normal(random, change == CNNVIZ_PERTURB_NOISE, deviation, 1,
				&drawn);
		values[i] = change == CNNVIZ_PERTURB_NOISE ? values[i] * drawn : drawn;
	}
}

/** A view of a network whose weights from a node on are its own */
static cnnviz_test_network *change_network(const cnnviz_test_network *from,
		uint32_t change, int32_t first, double amount, cnnviz_random *random)
{
	cnnviz_test_network *made = memory_new(1, sizeof(*made));
	size_t end = change == CNNVIZ_PERTURB_LAYER ? (size_t)first + 1
						    : from->graph->node_count;

	made->graph = graph_view(from->graph);
	made->view = true;
	made->class_count = from->class_count;
	made->weights = memory_new(2 * from->graph->node_count, sizeof(cnnviz_tensor *));
	for (size_t i = 2 * (size_t)first; i < 2 * end; i++) {
		struct graph_node *node = &made->graph->nodes[i / 2];
		enum graph_weight role = i % 2 == 0 ? GRAPH_WEIGHT : GRAPH_BIAS;

		if (node->weights[role] != NULL) {
			cnnviz_tensor *own = test_copy(node->weights[role]);

			change_values(own, node, role, change, amount, random);
			node->weights[role] = own;
			made->weights[made->weight_count++] = own;
		}
	}
	return made;
}

cnnviz_status test_perturbed(cnnviz_job *job, uint32_t change, int32_t layer,
		double amount, cnnviz_random *random, cnnviz_network **network)
{
	const cnnviz_test_network *from = job_network(job);
	int32_t first = change == CNNVIZ_PERTURB_NOISE ? 0
			: from != NULL                 ? network_node(from, layer)
						       : -1;

	if (from == NULL || change > CNNVIZ_PERTURB_CASCADE || first < 0 || random == NULL
			|| (change == CNNVIZ_PERTURB_NOISE && !(amount >= 0))
			|| (change != CNNVIZ_PERTURB_NOISE
					&& from->graph->nodes[first].weights[GRAPH_WEIGHT]
							== NULL)) {
		return test_fail(job, CNNVIZ_ERROR_PLUGIN,
				"model->perturbed() got no network, no stream, an "
				"unknown "
				"change, a negative amount or a layer without weights");
	}
	cnnviz_test_network *own = change_network(from, change, first, amount, random);

	hand_out(own, own, network);
	return CNNVIZ_OK;
}
