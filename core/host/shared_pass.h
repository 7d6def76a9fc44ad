/**
 * \file    host/shared_pass.h
 * \brief   Forward passes that several jobs may use
 */
#ifndef HOST_SHARED_PASS_H
#define HOST_SHARED_PASS_H

#include "host/session.h"

/** A forward pass with a reference count, and what has been computed from it */
struct shared_pass;

/** What a pass is to compute */
struct pass_request {
	size_t start_count;
	const struct engine_start *starts; /* the network's input, or what replaces it */
	size_t count;
	const int32_t *nodes;           /* whose activations are kept */
	bool backward;                  /* shared_pass_backward() may be called */
	struct cnnviz_network *network; /* NULL: that of the run; outlives the pass */
};

/**
 * \brief   Run the session's network up to the deepest of some nodes
 *
 * \param   request     Copied; the value of its first start is kept by reference
 * \param   pass        New; release it with shared_pass_unref()
 */
cnnviz_status shared_pass_run(struct session *session, const struct pass_request *request,
		struct shared_pass **pass, struct error *error);

struct shared_pass *shared_pass_ref(struct shared_pass *pass);

/** NULL is allowed. */
void shared_pass_unref(struct shared_pass *pass);

/** Whether another one holds it too */
bool shared_pass_is_shared(const struct shared_pass *pass);

/** Whether it has kept these nodes, and what backward passes need if they are to follow */
bool shared_pass_has(const struct shared_pass *pass, size_t count, const int32_t *nodes,
		bool backward);

/** Say whether later calls of shared_pass_backward() may want the same as this one. */
void shared_pass_keep_gradients(struct shared_pass *pass, bool keep);

/**
 * \brief   Say which nodes' gradients will be wanted too, by the rule and of the seed of the
 *          next call of shared_pass_backward()
 *
 * If gradients are kept, that call computes them in the same pass, and keeps them.
 *
 * \param   nodes   The input, or nodes whose activations it has; copied
 */
void shared_pass_foresee(struct shared_pass *pass, size_t count, const int32_t *nodes);

/**
 * \brief   Activation of a node that it has kept
 *
 * \param   activation  Borrowed as long as the pass
 */
cnnviz_status shared_pass_activation(struct shared_pass *pass, int32_t node,
		const cnnviz_tensor **activation, struct error *error);

/**
 * \brief   Gradients as of the engine's backward()
 *
 * That of one node and one seed is not computed again where it was kept.
 *
 * \param   gradients   wanted_count new tensors
 */
cnnviz_status shared_pass_backward(struct shared_pass *pass, uint32_t rule,
		size_t seed_count, const int32_t *seed_nodes,
		const cnnviz_tensor *const *seeds, size_t wanted_count,
		const int32_t *wanted, cnnviz_tensor **gradients, struct error *error);

/** Relevance as of the engine's backward_by_rules() */
cnnviz_status shared_pass_backward_by_rules(struct shared_pass *pass,
		const struct engine_rules *rules, size_t seed_count,
		const int32_t *seed_nodes, const cnnviz_tensor *const *seeds,
		size_t wanted_count, const int32_t *wanted, cnnviz_tensor **gradients,
		struct error *error);

/** The engine's pass, as a reference of rules; borrowed */
struct engine_pass *shared_pass_engine(const struct shared_pass *pass);

/** Number of tensors that it holds besides its input */
size_t shared_pass_tensors(const struct shared_pass *pass);

#endif
