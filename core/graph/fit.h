/**
 * \file    graph/fit.h
 * \brief   Matches the tensors of a weights file with the names in a network
 *
 * A checkpoint may contain several networks, in nested dicts (groups) or under prefixes
 * added by wrappers (DataParallel's "module.", a class's "backbone."). The group and
 * prefix with the most tensors that have the network's names are used.
 */
#ifndef GRAPH_FIT_H
#define GRAPH_FIT_H

#include "graph/graph.h"
#include "weights/weights.h"

/** A tensor of the file with its name in the network */
struct fit_slot {
	char *name;
	struct weights_tensor *tensor;
	bool taken;
};

struct fit {
	struct fit_slot *slots; /* sorted by name */
	size_t count;
	char *prefix; /* removed from the file's names; "" for none */
};

/**
 * \brief   Find the tensors of a network in a file
 *
 * \param   path    Path of the weights file, for messages
 * \param   key     [model] weights_key, or NULL. It names a group, or a group with a
 *                  prefix
 * \param   fit     Clear it with fit_clear()
 *
 * Where several fit equally, one at `state_dict`, `model` or the root of the file is
 * taken, in this order, with a note. Errors: several without such a one; no tensors
 * under the key. Both name the keys that there are.
 */
cnnviz_status fit_weights(const struct graph *graph, const struct weights *weights,
		const char *path, const char *key, struct fit *fit, struct error *error);

/** The tensor with a name, or NULL */
struct fit_slot *fit_find(const struct fit *fit, const char *name);

/** Replace a prefix of names by another. */
void fit_rename(struct fit *fit, const char *from, const char *to);

void fit_clear(struct fit *fit);

#endif
