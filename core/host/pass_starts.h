/**
 * \file    host/pass_starts.h
 * \brief   What a pass that begins in the middle of a network begins with
 *
 * What lies behind a layer may take more than that layer: a skip connection, another
 * branch. Those values are an earlier pass's, repeated for the variants.
 */
#ifndef HOST_PASS_STARTS_H
#define HOST_PASS_STARTS_H

#include "host/held_pass.h"

/** Layers that a pass is given, and their values: first the one that it begins with */
struct pass_starts {
	bool *known; /* node_count: which nodes these are */
	struct engine_start *starts;
	size_t count;
};

/**
 * \brief   The value of a layer in an earlier pass, in the engine's order
 *
 * \param   first   The layer that a pass is to begin with, for messages
 *
 * \return  Borrowed; NULL after an error: the earlier pass has not captured it
 */
const cnnviz_tensor *pass_starts_value(cnnviz_job *job, const cnnviz_pass *source,
		int32_t first, int32_t node);

/**
 * \brief   Find what a pass begins with
 *
 * \param   source      An earlier pass, from which the values beside the first layer come
 * \param   pass        Has not run; its first layer's value is its input
 * \param   items       For each item of the pass, that of the source; NULL: as many of each
 * \param   starts      Released by pass_starts_release(), also after a failure
 *
 * \retval  CNNVIZ_ERROR_PLUGIN     nothing that the pass captures depends on its first
 *                                 layer, or the source has not captured what it needs
 */
cnnviz_status pass_starts_find(cnnviz_job *job, const cnnviz_pass *source,
		const cnnviz_pass *pass, const uint32_t *items,
		struct pass_starts *starts);

void pass_starts_release(const struct pass_starts *starts);

#endif
