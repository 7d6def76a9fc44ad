/**
 * \file    graph/fit.h
 * \brief   Which tensors of a weights file go by the names of a network
 *
 * A checkpoint may hold several networks, in dicts of its own (groups) or under
 * prefixes that wrappers give (DataParallel's "module.", a class's "backbone."). What
 * is taken is the group and the prefix under which the most tensors have names of the
 * network.
 */
#ifndef GRAPH_FIT_H
#define GRAPH_FIT_H

#include "graph/graph.h"
#include "weights/weights.h"

/** A tensor of the file under the name that the network has for it */
struct fit_slot {
	char *name;
	struct weights_tensor *tensor;
	bool taken;
};

struct fit {
	struct fit_slot *slots; /* sorted by name */
	size_t count;
	char *prefix; /* cut from the file's names; "" for none */
};

/**
 * \brief   Find the tensors of a network in a file
 *
 * \param   path    Where the weights came from, for messages
 * \param   key     What [model] weights_key says, or NULL. It names a group, or a group
 *                  with a prefix
 * \param   fit     Clear it with fit_clear()
 *
 * Where several fit equally, one at `state_dict`, `model` or the root of the file is
 * taken, in this order, with a note. Errors: several without such a one; no tensors
 * under the key. Both name the keys that there are.
 */
cnnviz_status fit_weights(const struct graph *graph, const struct weights *weights,
		const char *path, const char *key, struct fit *fit, struct error *error);

/** The tensor of a name, or NULL */
struct fit_slot *fit_find(const struct fit *fit, const char *name);

/** Let the names that begin with a text begin with another. */
void fit_rename(struct fit *fit, const char *from, const char *to);

void fit_clear(struct fit *fit);

#endif
