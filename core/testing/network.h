/**
 * \file    testing/network.h
 * \brief   The small networks of cnnviz/test.h, for the test host
 */
#ifndef TESTING_NETWORK_H
#define TESTING_NETWORK_H

#include <cnnviz/test.h>

#include "engine/reference/reference.h"
#include "graph/graph.h"
#include "rules/composite.h"

struct cnnviz_test_network {
	struct graph *graph; /* owned, or a view of another one's */
	bool view;
	cnnviz_tensor **weights; /* owned; the graph's nodes borrow them */
	size_t weight_count;
	int64_t class_count;
	cnnviz_rules **rules; /* that were made of it, owned */
	size_t rule_count;
};

/** A forward pass: through a network, or with an activation that the test has prepared */
struct cnnviz_pass {
	const cnnviz_test_network *network; /* NULL: prepared by the test */
	struct reference_run *run;
	const cnnviz_rules *rules;   /* of rule->forward(), or NULL */
	int32_t first;               /* node that it began with */
	bool forward_only;           /* backward() is refused */
	cnnviz_tensor **activations; /* of each node; NULL if not captured */
	const cnnviz_tensor *answer; /* prepared activation of the layer */
	int32_t layer;
	cnnviz_tensor *first_items; /* owned, of a prepared activation; or NULL */
};

/** Node of a layer's number or CNNVIZ_LAYER_LOGITS; negative if there is none */
int32_t network_node(const cnnviz_test_network *network, int32_t layer);

/** Run a forward pass; on failure, the reason is a clause for host->fail(). */
cnnviz_status network_forward(const cnnviz_test_network *network,
		const cnnviz_tensor *input, uint32_t capture_count,
		const int32_t *captures, cnnviz_pass **pass, const char **reason);

/**
 * Run what lies behind a layer on variants of items of a pass; reasons as above. Since
 * each layer follows the one before it, nothing goes around a layer.
 */
cnnviz_status network_forward_from(const cnnviz_pass *source, int32_t layer,
		const cnnviz_tensor *activation, const uint32_t *items, uint32_t flags,
		uint32_t capture_count, const int32_t *captures, cnnviz_pass **pass,
		const char **reason);

/** Rules of layers, and the run that some of them refer to */
struct network_rules {
	const struct engine_rules *rules;
	const struct reference_run *reference; /* or NULL */
};

/**
 * By one rule, or where there are rules of layers by these
 *
 * \param   reason  Unchanged where a function of the technique's has failed
 */
cnnviz_status network_backward(cnnviz_pass *pass, uint32_t rule,
		const struct network_rules *rules, uint32_t seed_count,
		const int32_t *seed_layers, const cnnviz_tensor *const *seeds,
		uint32_t wanted_count, const int32_t *wanted, cnnviz_tensor **gradients,
		const char **reason);

/** pass->hessian_product(); reasons as above */
cnnviz_status network_hessian_product(const cnnviz_pass *pass, int32_t layer,
		uint32_t seed_count, const int32_t *seed_layers,
		const cnnviz_tensor *const *seeds, const cnnviz_tensor *direction,
		cnnviz_tensor **product, const char **reason);

/**
 * Sums of the seeds of each node, NULL for those without, which the caller frees; what is
 * wrong with them, or NULL
 */
const char *network_sum_seeds(const cnnviz_pass *pass, uint32_t count,
		const int32_t *layers, const cnnviz_tensor *const *seeds, double **sums);

double *network_to_doubles(const cnnviz_tensor *tensor);
cnnviz_tensor *network_to_tensor(const struct reference_value *value,
		const double *values);

const cnnviz_tensor *network_activation(const cnnviz_pass *pass, int32_t layer);

/** NULL is allowed */
void network_pass_free(cnnviz_pass *pass);

/** Release the rules that were made of a network. */
void network_release_rules(cnnviz_test_network *network);

/** Number of tensors that rules of networks hold */
extern size_t network_rule_tensors;

/** Number of live passes */
extern size_t network_live_passes;

/** Number of networks of a technique that it has not released */
extern size_t network_live;

#endif
