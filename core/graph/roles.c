/**
 * \file    graph/roles.c
 * \brief   Follows the roles of axes through a graph
 */
#include "graph/roles.h"

#include <string.h>

#include "graph/operation.h"
#include "graph/operations/role_rules.h"

/** Number of axes with a role */
static uint32_t count_role(const struct graph_roles *roles, uint32_t rank,
		enum graph_role role)
{
	uint32_t count = 0;

	for (uint32_t d = 0; d < rank; d++) {
		count += roles->role[d] == role;
	}
	return count;
}

/** Forget roles that do not tell the positions; rows and columns are as many as the axes. */
static void settle(struct graph_roles *roles, const struct graph_shape *shape)
{
	uint32_t rank = shape->rank;
	uint32_t rows = count_role(roles, rank, GRAPH_ROLE_HEIGHT);
	uint32_t columns = count_role(roles, rank, GRAPH_ROLE_WIDTH);
	uint32_t tokens = count_role(roles, rank, GRAPH_ROLE_TOKENS);

	roles->known = roles->known
			&& (tokens == 1 ? rows + columns == 0
					: tokens == 0 && rows == 1 && columns == 1);
	for (uint32_t d = 0; roles->known && d < rank; d++) {
		if (roles->role[d] == GRAPH_ROLE_HEIGHT) {
			roles->height = shape->extent[d];
		} else if (roles->role[d] == GRAPH_ROLE_WIDTH) {
			roles->width = shape->extent[d];
		}
	}
	if (!roles->known) {
		*roles = (struct graph_roles){ 0 };
	}
}

static struct graph_roles infer(const struct role_step *step)
{
	const struct operation *op = step->node->op;
	struct graph_roles roles = { 0 };

	if (step->out->rank == 0 || (op->flags & OPERATION_CONSTANT) != 0) {
		return roles;
	}
	if (step->node->input_count == 0 || (op->flags & OPERATION_SPATIAL) != 0) {
		roles_of_map(step, &roles);
	} else if (op->roles != NULL) {
		op->roles(step, &roles);
	} else {
		roles_joined(step, &roles);
	}
	settle(&roles, step->out);
	return roles;
}

void graph_infer_roles(const struct graph *graph, const struct graph_shape *shapes,
		const bool *known, struct graph_roles *roles)
{
	for (size_t i = 0; i < graph->node_count; i++) {
		if (known == NULL || !known[i]) {
			roles[i] = infer(&(struct role_step){
					.node = &graph->nodes[i],
					.shapes = shapes,
					.out = &shapes[i],
					.roles = roles,
			});
		}
	}
	if (graph->logits > 0) {
		roles[graph->logits] = (struct graph_roles){ 0 };
	}
}

bool graph_roles_are_map(const struct graph_roles *roles, uint32_t rank)
{
	return roles->known && rank == 3 && roles->role[0] == GRAPH_ROLE_CHANNELS
			&& roles->role[1] == GRAPH_ROLE_HEIGHT
			&& roles->role[2] == GRAPH_ROLE_WIDTH;
}

bool graph_has_map(const struct graph_roles *roles, const struct graph_shape *shape)
{
	return roles->known && count_role(roles, shape->rank, GRAPH_ROLE_CHANNELS) > 0
			&& count_role(roles, shape->rank, GRAPH_ROLE_OTHER) == 0;
}

bool graph_map_differs(const struct graph_roles *roles, const struct graph_shape *shape)
{
	return graph_has_map(roles, shape) && !graph_roles_are_map(roles, shape->rank);
}

int64_t graph_other_tokens(const struct graph_roles *roles,
		const struct graph_shape *shape)
{
	for (uint32_t d = 0; graph_has_map(roles, shape) && d < shape->rank; d++) {
		if (roles->role[d] == GRAPH_ROLE_TOKENS) {
			return shape->extent[d] - roles->height * roles->width;
		}
	}
	return 0;
}

struct graph_shape graph_shown_shape(const struct graph_roles *roles,
		const struct graph_shape *shape)
{
	struct graph_shape shown = { .rank = 3, .extent = { 1 } };

	if (!graph_has_map(roles, shape)) {
		return *shape;
	}
	for (uint32_t d = 0; d < shape->rank; d++) {
		if (roles->role[d] == GRAPH_ROLE_CHANNELS) {
			shown.extent[0] *= shape->extent[d];
		}
	}
	shown.extent[1] = roles->height;
	shown.extent[2] = roles->width;
	return shown;
}
