/**
 * \file    host/network.h
 * \brief   Networks besides that of the run, for techniques
 */
#ifndef HOST_NETWORK_H
#define HOST_NETWORK_H

#include "graph/randomize.h"
#include "host/job.h"

/** A network that a technique has made or opened */
struct cnnviz_network {
	size_t references;
	struct session *session;
	const struct model *model; /* whose classes it has */
	struct graph *graph;       /* the model's, or a view with weights of its own */
	struct engine_network *engine;
	bool opened; /* the plan's: kept by the session, as are its graph and engine */
	struct cnnviz_network *origin; /* that it was made of; NULL: that of the run */
	struct random_graph random;    /* whose weights it has; no graph: none */
	cnnviz_tensor **tensors;       /* weights of its own */
	size_t tensor_count;
	struct kept_rules *rules; /* see rule_cache.h */
	/* Next in the list of the call that made it, if the technique holds it */
	struct cnnviz_network *next;
	struct cnnviz_network **previous; /* NULL: it has let go */
};

/** The graph, the model and the engine's network that a call speaks of */
const struct graph *job_graph(const struct cnnviz_job *job);
const struct model *job_model(const struct cnnviz_job *job);

/** Of a network; NULL: that of the run */
const struct graph *network_graph(const struct session *session,
		const struct cnnviz_network *network);
struct engine_network *network_engine(const struct session *session,
		const struct cnnviz_network *network);

/** NULL is allowed. */
struct cnnviz_network *network_ref(struct cnnviz_network *network);
void network_release(struct cnnviz_network *network);

/** host->model->perturbed(), open(), use() and unref() */
cnnviz_status network_perturbed(cnnviz_job *job, uint32_t change, int32_t layer,
		double amount, cnnviz_random *random, cnnviz_network **network);
cnnviz_status network_opened(cnnviz_job *job, const char *parameter,
		cnnviz_network **network);
void network_use(cnnviz_job *job, cnnviz_network *network);
void network_unref(cnnviz_network *network);

#endif
