/**
 * \file    host/held_pass.h
 * \brief   The forward pass that a plugin holds
 */
#ifndef HOST_HELD_PASS_H
#define HOST_HELD_PASS_H

#include "host/job.h"
#include "graph/roles.h"
#include "host/shared_pass.h"

/** A forward pass of a plugin */
struct cnnviz_pass {
	struct session *session;
	struct cnnviz_job *job;
	struct job_fault *fault;
	struct shared_pass *pass;       /* NULL until it has run */
	struct cnnviz_network *network; /* that it is a pass of; NULL: that of the run */
	cnnviz_tensor *input;           /* the value of its first layer */
	int32_t first;       /* that layer: the network's input, or one behind it */
	bool backward;       /* may follow */
	cnnviz_rules *rules; /* whose layers it has kept; NULL: none */
	size_t count;        /* number of captures */
	int32_t *nodes;
	struct graph_shape *shapes; /* of the captures and what was run for them */
	struct graph_roles *roles;  /* of these nodes' axes; all unknown until it runs */
	cnnviz_tensor **shown; /* captures as techniques see them, where they differ */
	struct cnnviz_pass *next;
	struct cnnviz_pass **previous;
};

/**
 * \brief   A pass that has not run
 *
 * \param   network     That it is a pass of, NULL for that of the run; kept by reference
 * \param   input       Value of the first layer; kept by reference
 * \param   captures    Layers, resolved and added to its nodes
 * \param   pass        Released by pass_unref(), or with the call of the technique
 *
 * \retval  CNNVIZ_ERROR_PLUGIN     there are no captures, or not all of them exist
 */
cnnviz_status pass_create(cnnviz_job *job, struct cnnviz_network *network,
		const cnnviz_tensor *input, int32_t first, uint32_t capture_count,
		const int32_t *captures, cnnviz_pass **pass);

/** host->pass->unref() */
void pass_unref(cnnviz_pass *pass);

/** The graph of its network, and the node of a layer or CNNVIZ_LAYER_NONE */
const struct graph *pass_graph(const cnnviz_pass *pass);
int32_t pass_node(const cnnviz_pass *pass, int64_t layer);

/** Whether it captures a node */
bool pass_captures(const cnnviz_pass *pass, int32_t node);

/**
 * \brief   Run a pass from values of some layers to its captures
 *
 * If memory lacks, the pass of the batch is dropped.
 */
cnnviz_status pass_run(cnnviz_job *job, cnnviz_pass *pass, size_t start_count,
		const struct engine_start *starts);

/**
 * \brief   Find the nodes of seeds, and check that the seeds fit
 *
 * \param   nodes       Receives count nodes
 *
 * \retval  CNNVIZ_ERROR_PLUGIN     a layer was not captured, or a seed has another shape
 */
cnnviz_status pass_resolve_seeds(cnnviz_job *job, const cnnviz_pass *pass, uint32_t count,
		const int32_t *layers, const cnnviz_tensor *const *seeds, int32_t *nodes);

/** The nodes that a backward pass starts from and is to come to */
struct pass_way {
	int32_t *seeds, *wanted;
	cnnviz_tensor **results; /* room for one for each that is wanted */
};

/**
 * \brief   Find the nodes of a backward pass, and check that the seeds fit
 *
 * \param   way To be released by pass_way_end(), also after a failure
 *
 * \retval  CNNVIZ_ERROR_PLUGIN     a layer was not captured, or a seed has another shape
 */
cnnviz_status pass_way_begin(cnnviz_job *job, const cnnviz_pass *pass,
		uint32_t seed_count, const int32_t *seed_layers,
		const cnnviz_tensor *const *seeds, uint32_t wanted_count,
		const int32_t *wanted, struct pass_way *way);

void pass_way_end(struct pass_way *way);

#endif
