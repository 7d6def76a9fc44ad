/**
 * \file    host/pass.h
 * \brief   Forward and backward passes, for techniques
 */
#ifndef HOST_PASS_H
#define HOST_PASS_H

#include <cnnviz/host.h>

/** A forward pass of a plugin */
struct cnnviz_pass {
	struct session *session;
	struct job_fault *fault;
	struct shared_pass *pass; /* NULL until it has run */
	cnnviz_tensor *input;
	size_t count; /* number of captures */
	int32_t *nodes;
	struct graph_shape *shapes; /* of the captures and the layers before them */
	struct cnnviz_pass *next;
	struct cnnviz_pass **previous;
};

/** host->pass */
extern const cnnviz_pass_api pass_services;

/** host->pass->unref() */
void pass_unref(cnnviz_pass *pass);

#endif
