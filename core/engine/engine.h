/**
 * \file    engine/engine.h
 * \brief   A tensor engine: a module with this table
 *
 * An engine is a shared object that exports one function, cnnviz_engine. The host
 * passes it the functions on tensors; the graph's rules on shapes and padding are
 * linked into it. It sees graphs with bound weights, and float32 tensors. No exception
 * leaves it. An engine is not part of the plugin ABI: it must come from the same build
 * as the host, and ENGINE_VERSION says so.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <cnnviz/host.h>

#include "base/error.h"
#include "engine/canvas.h"
#include "engine/rule.h"
#include "graph/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ENGINE_VERSION UINT32_C(7)
#define ENGINE_SYMBOL "cnnviz_engine"

/** A graph that is ready to run on a device; private to the engine */
struct engine_network;
/** A forward pass and what its backward passes need; private to the engine */
struct engine_pass;

/** A node whose value a pass is given instead of computing it */
struct engine_start {
	int32_t node;
	const cnnviz_tensor *value; /* in the shape of the node's output */
};

struct engine_options {
	const cnnviz_tensor_api *tensor;
	int threads;        /* at least 1 */
	const char *device; /* one of devices(); NULL: "cpu" */
	/* Called between operations; true ends the call with CNNVIZ_ERROR_CANCELED. */
	bool (*canceled)(void *context);
	void *context;
	/*
	 * Called for weights that have been read and are not needed for now: where they
	 * can be read again from a file, the host may give back the memory of these
	 * values. NULL: it does not.
	 */
	void (*spare)(const cnnviz_tensor *weights, int64_t first, int64_t count);
	/* Few passes will follow, so what is prepared for one is not kept for others. */
	bool brief;
};

struct engine {
	uint32_t version; /* ENGINE_VERSION */
	const char *name; /* "torch", "reference" */

	/** "libtorch 1.13.1, OpenBLAS, 2 threads"; static */
	const char *(*describe)(void);

	/**
	 * Names of the devices that it can use here, first of all "cpu";
	 * NULL-terminated, static
	 */
	const char *const *(*devices)(void);

	/**
	 * The best of devices() that has proved to work, for device = auto; static. NULL:
	 * "cpu" is
	 */
	const char *(*choose_device)(void);

	/**
	 * \brief   Whether it can run a node of a graph
	 *
	 * \param   reason      If not: why, and what to do about it; one clause, static
	 */
	bool (*supports)(const struct graph *graph, int32_t node, const char **reason);

	/**
	 * \brief   Prepare a graph
	 *
	 * \param   graph       With weights bound; must outlive the network
	 */
	cnnviz_status (*open)(const struct engine_options *options,
			const struct graph *graph, struct engine_network **network,
			struct error *error);
	void (*close)(struct engine_network *network);

	/**
	 * \brief   Run up to the deepest captured node and keep the captures
	 *
	 * \param   input       (N,C,H,W)
	 * \param   captures    Node indices (CNNVIZ_LAYER_* resolved)
	 * \param   backward    Whether backward() will be called; if not, only the
	 *                     captures are kept
	 */
	cnnviz_status (*forward)(struct engine_network *network,
			const cnnviz_tensor *input, size_t capture_count,
			const int32_t *captures, bool backward, struct engine_pass **pass,
			struct error *error);

	/**
	 * \brief   Like forward(), from values of nodes in the middle
	 *
	 * The nodes that the captures need and that are not given are run, and no others.
	 * The value of a given node may be captured, and backward() stops there.
	 *
	 * \param   starts      Nodes without which nothing can be computed that is needed,
	 *                      all of as many items; copied
	 */
	cnnviz_status (*forward_from)(struct engine_network *network, size_t start_count,
			const struct engine_start *starts, size_t capture_count,
			const int32_t *captures, bool backward, struct engine_pass **pass,
			struct error *error);

	/** New reference to a captured activation (never changed by later operations) */
	cnnviz_status (*activation)(struct engine_pass *pass, int32_t node,
			cnnviz_tensor **tensor, struct error *error);

	/**
	 * \brief   Gradients of sum over seeds of <seed, activation>
	 *
	 * \param   rule        One of CNNVIZ_RULE_*; acts at activations. At those that
	 *                      are zero below zero (as relu) it is what was published.
	 *                      At smooth ones (as silu) it is g * [g > 0] (* [x > 0] if
	 *                      guided) times the true derivative, which stands in place
	 *                      of the 1 of a relu. At those that open and close (as
	 *                      sigmoid), and everywhere else, it is the true gradient.
	 *                      Redirected acts at the first kind alone.
	 * \param   wanted      Nodes; the walk stops at the shallowest. The gradient
	 *                      of a node is that with respect to its output.
	 * \param   gradients   wanted_count new references, zeros where nothing flows
	 */
	cnnviz_status (*backward)(struct engine_pass *pass, uint32_t rule,
			size_t seed_count, const int32_t *seed_nodes,
			const cnnviz_tensor *const *seeds, size_t wanted_count,
			const int32_t *wanted, cnnviz_tensor **gradients,
			struct error *error);

	void (*release)(struct engine_pass *pass);

	/**
	 * \brief   The Hessian of sum over seeds of <seed, activation>, times a direction
	 *
	 * With respect to the value of the first start, under the plain rule; the seeds
	 * and the other starts do not vary.
	 *
	 * \param   starts      As of forward_from(); each seed's node depends on the first
	 * \param   direction   In the shape of the first start's value
	 * \param   product     New reference, of that shape
	 *
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    there is no second derivative of an
	 *                                      operation between them
	 */
	cnnviz_status (*hessian_product)(struct engine_network *network,
			size_t start_count, const struct engine_start *starts,
			size_t seed_count, const int32_t *seed_nodes,
			const cnnviz_tensor *const *seeds, const cnnviz_tensor *direction,
			cnnviz_tensor **product, struct error *error);

	/** For optimizations on a device with memory of its own; NULL: none */
	const struct engine_canvas_table *canvas;

	/**
	 * \brief   Like backward(), with a rule for each node
	 *
	 * The pass has captured the inputs and the output of each node that has a rule
	 * other than ENGINE_RULE_NONE, _OWN and _MERGED.
	 */
	cnnviz_status (*backward_by_rules)(struct engine_pass *pass,
			const struct engine_rules *rules, size_t seed_count,
			const int32_t *seed_nodes, const cnnviz_tensor *const *seeds,
			size_t wanted_count, const int32_t *wanted,
			cnnviz_tensor **gradients, struct error *error);
};

typedef const struct engine *(*engine_entry)(void);

#ifdef __cplusplus
}
#endif

#endif
