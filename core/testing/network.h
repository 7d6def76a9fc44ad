/**
 * \file    testing/network.h
 * \brief   The small networks of cnnviz/test.h, as the test host uses them
 */
#ifndef TESTING_NETWORK_H
#define TESTING_NETWORK_H

#include <cnnviz/test.h>

#include "engine/reference/reference.h"
#include "graph/graph.h"

struct cnnviz_test_network {
	struct graph *graph;
	cnnviz_tensor **weights; /* that the graph's nodes borrow */
	size_t weight_count;
	int64_t class_count;
};

/** A forward pass: of a network, or answers that the test has laid down */
struct cnnviz_pass {
	const cnnviz_test_network *network; /* NULL: laid down */
	struct reference_run *run;
	cnnviz_tensor **activations; /* of each node; NULL where not captured */
	const cnnviz_tensor *answer; /* laid down, for the layer */
	int32_t layer;
	cnnviz_tensor *few; /* the pass's own, or NULL: first items */
};

/** Node of a layer number or CNNVIZ_LAYER_LOGITS; below 0 when there is none */
int32_t network_node(const cnnviz_test_network *network, int32_t layer);

/** Reasons of failure are clauses for host->fail(). */
cnnviz_status network_forward(const cnnviz_test_network *network,
		const cnnviz_tensor *input, uint32_t capture_count,
		const int32_t *captures, cnnviz_pass **pass, const char **reason);

cnnviz_status network_backward(cnnviz_pass *pass, uint32_t rule, uint32_t seed_count,
		const int32_t *seed_layers, const cnnviz_tensor *const *seeds,
		uint32_t wanted_count, const int32_t *wanted, cnnviz_tensor **gradients,
		const char **reason);

const cnnviz_tensor *network_activation(const cnnviz_pass *pass, int32_t layer);

/** NULL is allowed */
void network_pass_free(cnnviz_pass *pass);

/** Number of passes alive */
extern size_t network_live_passes;

#endif
