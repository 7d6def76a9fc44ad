/**
 * \file    graph/operations/role_rules.h
 * \brief   What operations make of the roles of axes
 *
 * Each is given roles that are not known, and leaves them so where it cannot tell.
 */
#ifndef GRAPH_OPERATIONS_ROLE_RULES_H
#define GRAPH_OPERATIONS_ROLE_RULES_H

#include "graph/roles.h"

/** (channels,height,width), unless the input is known to be something else */
void roles_of_map(const struct role_step *step, struct graph_roles *out);

/** Those of the inputs that have the output's positions, if they agree */
void roles_joined(const struct role_step *step, struct graph_roles *out);

/** Rules of rows: reshape, permute, concat, slice, reductions, linear, matmul, attention */
void roles_reshaped(const struct role_step *step, struct graph_roles *out);
void roles_permuted(const struct role_step *step, struct graph_roles *out);
void roles_concatenated(const struct role_step *step, struct graph_roles *out);
void roles_sliced(const struct role_step *step, struct graph_roles *out);
void roles_reduced(const struct role_step *step, struct graph_roles *out);
void roles_linear(const struct role_step *step, struct graph_roles *out);
void roles_multiplied(const struct role_step *step, struct graph_roles *out);
void roles_attended(const struct role_step *step, struct graph_roles *out);

/** None: of a row, positions cannot be told from channels */
void roles_lost(const struct role_step *step, struct graph_roles *out);

#endif
