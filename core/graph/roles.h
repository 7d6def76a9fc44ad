/**
 * \file    graph/roles.h
 * \brief   What the axes of a layer's output are: channels, rows and columns, or tokens
 *
 * The operations of transformers, and those behind a permute, have the positions of the
 * picture on other axes than (channels,height,width), or all of them on one, a row of
 * tokens with class tokens in front. Roles are followed from the input and from
 * convolutions on, so that such an output can be shown as (channels,height,width).
 */
#ifndef GRAPH_ROLES_H
#define GRAPH_ROLES_H

#include "graph/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

enum graph_role {
	GRAPH_ROLE_CHANNELS, /* or a part of them, such as heads */
	GRAPH_ROLE_HEIGHT,
	GRAPH_ROLE_WIDTH,
	GRAPH_ROLE_TOKENS, /* class tokens, then height * width positions, then others */
	GRAPH_ROLE_OTHER,  /* such as the tokens that attention looks at */
};

/** The roles of one output's axes. All zero: they are not known, as those of windows. */
struct graph_roles {
	bool known;
	uint8_t role[GRAPH_MAX_RANK]; /* enum graph_role; either tokens once, or height and
	                                * width once each */
	int64_t height, width;        /* positions */
	int64_t prefix;               /* tokens in front of these */
};

/** What a rule for an operation's output is given */
struct role_step {
	const struct graph_node *node;
	const struct graph_shape *shapes; /* of all nodes: inputs and outputs are known */
	const struct graph_shape *out;    /* the node's own */
	const struct graph_roles *roles;  /* of the nodes before */
};

/**
 * \brief   Find the roles of all outputs
 *
 * An operation on (channels,height,width) gives such an output. Other rows have a rule or
 * keep the roles of their inputs: of those whose positions the output has, if all that are
 * known agree. So the sum of a block's input and of what came of its windows is known.
 *
 * \param   shapes  node_count shapes; rank 0 for nodes that are not needed
 * \param   known   node_count flags: roles[] has those of the node already; or NULL
 * \param   roles   node_count; those of the logits stay unknown, since their axes are as
 *                  they are
 */
void graph_infer_roles(const struct graph *graph, const struct graph_shape *shapes,
		const bool *known, struct graph_roles *roles);

/** Whether these are the roles of an output that is (channels,height,width) by itself */
bool graph_roles_are_map(const struct graph_roles *roles, uint32_t rank);

/** Whether an output can be shown as (channels,height,width) */
bool graph_has_map(const struct graph_roles *roles, const struct graph_shape *shape);

/** Whether that is another array than the output */
bool graph_map_differs(const struct graph_roles *roles, const struct graph_shape *shape);

/** Tokens of the output that are no positions; 0 where it cannot be shown */
int64_t graph_other_tokens(const struct graph_roles *roles,
		const struct graph_shape *shape);

/** The shape that an output is shown in: (channels,height,width), or else its own */
struct graph_shape graph_shown_shape(const struct graph_roles *roles,
		const struct graph_shape *shape);

#ifdef __cplusplus
}
#endif

#endif
