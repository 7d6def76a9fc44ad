/**
 * \file    host/held_pass.h
 * \brief   The forward pass that a plugin holds
 */
#ifndef HOST_HELD_PASS_H
#define HOST_HELD_PASS_H

#include "host/job.h"
#include "host/shared_pass.h"

/** A forward pass of a plugin */
struct cnnviz_pass {
	struct session *session;
	struct cnnviz_job *job;
	struct job_fault *fault;
	struct shared_pass *pass; /* NULL until it has run */
	cnnviz_tensor *input;     /* the value of its first layer */
	int32_t first;            /* that layer: the network's input, or one behind it */
	bool backward;            /* may follow */
	size_t count;             /* number of captures */
	int32_t *nodes;
	struct graph_shape *shapes; /* of the captures and what was run for them */
	struct cnnviz_pass *next;
	struct cnnviz_pass **previous;
};

/**
 * \brief   A pass that has not run
 *
 * \param   input       Value of the first layer; kept by reference
 * \param   captures    Layers, resolved and added to its nodes
 * \param   pass        Released by pass_unref(), or with the call of the technique
 *
 * \retval  CNNVIZ_ERROR_PLUGIN     there are no captures, or not all of them exist
 */
cnnviz_status pass_create(cnnviz_job *job, const cnnviz_tensor *input, int32_t first,
		uint32_t capture_count, const int32_t *captures, cnnviz_pass **pass);

/** host->pass->unref() */
void pass_unref(cnnviz_pass *pass);

/** Whether it captures a node */
bool pass_captures(const cnnviz_pass *pass, int32_t node);

/**
 * \brief   Run a pass from values of some layers to its captures
 *
 * If memory lacks, the pass of the batch is dropped.
 */
cnnviz_status pass_run(cnnviz_job *job, cnnviz_pass *pass, size_t start_count,
		const struct engine_start *starts);

#endif
