/**
 * \file    graph/operations/role_rules.c
 * \brief   What operations make of the roles of axes
 */
#include "graph/operations/role_rules.h"

#include <string.h>

static const struct graph_roles *input_roles(const struct role_step *step, size_t i)
{
	return &step->roles[step->node->inputs[i]];
}

static const struct graph_shape *input_shape(const struct role_step *step, size_t i)
{
	return &step->shapes[step->node->inputs[i]];
}

static bool is_position(uint8_t role)
{
	return role == GRAPH_ROLE_HEIGHT || role == GRAPH_ROLE_WIDTH
			|| role == GRAPH_ROLE_TOKENS;
}

void roles_lost(const struct role_step *step, struct graph_roles *out)
{
	(void)step;
	(void)out;
}

void roles_of_map(const struct role_step *step, struct graph_roles *out)
{
	if (step->out->rank != 3
			|| (step->node->input_count > 0 && input_roles(step, 0)->known
					&& !graph_roles_are_map(input_roles(step, 0),
							input_shape(step, 0)->rank))) {
		return;
	}
	*out = (struct graph_roles){
		.known = true,
		.role = { GRAPH_ROLE_CHANNELS, GRAPH_ROLE_HEIGHT, GRAPH_ROLE_WIDTH },
	};
}

/* ---- Inputs of one layout ------------------------------------------------------- */

/** Whether an input's axes are the output's, but for channels that are repeated */
static bool has_positions_of(const struct graph_roles *roles,
		const struct graph_shape *in, const struct graph_shape *out)
{
	bool fits = roles->known && in->rank == out->rank;

	for (uint32_t d = 0; fits && d < in->rank; d++) {
		fits = in->extent[d] == out->extent[d]
				|| roles->role[d] == GRAPH_ROLE_CHANNELS;
	}
	return fits;
}

static bool agree(const struct graph_roles *a, const struct graph_roles *b, uint32_t rank)
{
	return memcmp(a->role, b->role, rank * sizeof(*a->role)) == 0
			&& a->height == b->height && a->width == b->width
			&& a->prefix == b->prefix;
}

/** Take an input's roles; false if others were taken before. */
static bool join(const struct graph_roles *roles, uint32_t rank, struct graph_roles *out)
{
	if (out->known && !agree(roles, out, rank)) {
		out->known = false;
		return false;
	}
	*out = *roles;
	return true;
}

void roles_joined(const struct role_step *step, struct graph_roles *out)
{
	for (size_t i = 0; i < step->node->input_count; i++) {
		if (has_positions_of(input_roles(step, i), input_shape(step, i),
				    step->out)
				&& !join(input_roles(step, i), step->out->rank, out)) {
			return;
		}
	}
}

/** Class tokens come in front of the one input that has positions. */
static void join_tokens(const struct role_step *step, uint32_t axis,
		struct graph_roles *out)
{
	int64_t before = 0;
	bool found = false;

	for (size_t i = 0; i < step->node->input_count; i++) {
		const struct graph_roles *roles = input_roles(step, i);

		if (roles->known && found) {
			out->known = false; /* maps of several sizes, say */
			return;
		}
		if (roles->known) {
			found = true;
			*out = *roles;
			out->prefix += before;
		}
		before += input_shape(step, i)->extent[axis];
	}
}

void roles_concatenated(const struct role_step *step, struct graph_roles *out)
{
	uint32_t axis = (uint32_t)step->node->settings.axis;
	uint8_t role = GRAPH_ROLE_CHANNELS;

	for (size_t i = 0; i < step->node->input_count; i++) {
		if (input_roles(step, i)->known) {
			role = input_roles(step, i)->role[axis];
		}
	}
	if (role == GRAPH_ROLE_TOKENS) {
		join_tokens(step, axis, out);
		return;
	}
	if (is_position(role)) {
		return; /* rows in another order, or of several pictures */
	}
	for (size_t i = 0; i < step->node->input_count; i++) {
		if (input_roles(step, i)->known
				&& !join(input_roles(step, i), step->out->rank, out)) {
			return;
		}
	}
}

/* ---- Other axes ------------------------------------------------------------------ */

void roles_permuted(const struct role_step *step, struct graph_roles *out)
{
	const struct graph_roles *in = input_roles(step, 0);

	*out = *in;
	for (uint32_t d = 0; d < step->out->rank; d++) {
		out->role[d] = in->role[step->node->settings.order[d] - 1];
	}
}

/** A part of the tokens that has all positions, or every second row or column and so on */
void roles_sliced(const struct role_step *step, struct graph_roles *out)
{
	const struct graph_settings *settings = &step->node->settings;
	const struct graph_roles *in = input_roles(step, 0);
	int64_t extent = input_shape(step, 0)->extent[settings->axis];
	int64_t part = step->out->extent[settings->axis];
	int64_t first = settings->output[0];

	*out = *in;
	if (!in->known || !is_position(in->role[settings->axis])) {
		return;
	}
	if (in->role[settings->axis] == GRAPH_ROLE_TOKENS) {
		out->known = settings->step == 1 && first <= in->prefix
				&& first + part >= in->prefix + in->height * in->width;
		out->prefix -= first;
	} else {
		out->known = first < settings->step && part * settings->step == extent;
	}
}

void roles_reduced(const struct role_step *step, struct graph_roles *out)
{
	const struct graph_roles *in = input_roles(step, 0);

	if (input_shape(step, 0)->rank == 1) {
		return;
	}
	*out = *in;
	for (uint32_t d = (uint32_t)step->node->settings.axis; d < step->out->rank; d++) {
		out->role[d] = in->role[d + 1];
	}
}

void roles_linear(const struct role_step *step, struct graph_roles *out)
{
	*out = *input_roles(step, 0);
	out->known = out->known && out->role[step->out->rank - 1] == GRAPH_ROLE_CHANNELS;
}

/** Whether the axes before the last two have the output's extents or are channels */
static bool stacks_fit(const struct graph_roles *roles, const struct graph_shape *in,
		const struct graph_shape *out)
{
	bool fits = true;

	for (uint32_t d = 0; fits && d + 2 < out->rank; d++) {
		fits = in->extent[d] == out->extent[d]
				|| roles->role[d] == GRAPH_ROLE_CHANNELS;
	}
	return fits;
}

/**
 * Rows are those of the first input, columns those of the second; columns that are
 * positions themselves are what the rows are compared with.
 */
void roles_multiplied(const struct role_step *step, struct graph_roles *out)
{
	const struct graph_roles *a = input_roles(step, 0), *b = input_roles(step, 1);
	uint32_t rank = step->out->rank;

	if (a->known) {
		*out = *a;
		out->known = stacks_fit(a, input_shape(step, 0), step->out);
		out->role[rank - 1] = b->known && b->role[rank - 1] != GRAPH_ROLE_CHANNELS
				? GRAPH_ROLE_OTHER
				: GRAPH_ROLE_CHANNELS;
	} else if (b->known) {
		*out = *b;
		out->known = stacks_fit(b, input_shape(step, 1), step->out);
		out->role[rank - 2] = GRAPH_ROLE_CHANNELS;
	}
}

/** The rows of the queries, whatever they take from others */
void roles_attended(const struct role_step *step, struct graph_roles *out)
{
	roles_linear(step, out);
}

/* ---- Other extents --------------------------------------------------------------- */

/** Neighboring axes, but for those of one value that are no positions */
struct run {
	uint32_t count;
	uint32_t axis[GRAPH_MAX_RANK];
};

/** The smallest group of axes of an array that have as many values as one of another's */
struct group {
	uint32_t first_in, last_in; /* the last one is behind it */
	uint32_t first_out, last_out;
};

static void next_group(const struct graph_shape *in, const struct graph_shape *out,
		struct group *group)
{
	int64_t a = 1, b = 1;

	group->first_in = group->last_in;
	group->first_out = group->last_out;
	if (group->last_in < in->rank) {
		a = in->extent[group->last_in++];
	}
	if (group->last_out < out->rank) {
		b = out->extent[group->last_out++];
	}
	while (a != b) {
		if (a < b) {
			a *= in->extent[group->last_in++];
		} else {
			b *= out->extent[group->last_out++];
		}
	}
}

static struct run find_run(const struct graph_shape *shape,
		const struct graph_roles *roles, uint32_t first, uint32_t last)
{
	struct run run = { 0 };

	for (uint32_t d = first; d < last; d++) {
		if (shape->extent[d] > 1
				|| (roles != NULL && is_position(roles->role[d]))) {
			run.axis[run.count++] = d;
		}
	}
	return run;
}

static bool all_channels(const struct graph_roles *roles, const struct run *run)
{
	bool all = true;

	for (uint32_t i = 0; i < run->count; i++) {
		all = all && roles->role[run->axis[i]] == GRAPH_ROLE_CHANNELS;
	}
	return all;
}

/** Give the axes that a group makes their roles; false if they have none. */
static bool regroup(const struct role_step *step, const struct group *group,
		struct graph_roles *out)
{
	const struct graph_roles *in = input_roles(step, 0);
	struct run from = find_run(input_shape(step, 0), in, group->first_in,
			group->last_in);
	struct run to = find_run(step->out, NULL, group->first_out, group->last_out);
	const uint8_t *role = in->role;

	for (uint32_t d = group->first_out; d < group->last_out; d++) {
		out->role[d] = GRAPH_ROLE_CHANNELS;
	}
	if (all_channels(in, &from)) {
		return true;
	}
	if (to.count == 0 && group->first_out < group->last_out) {
		to.axis[to.count++] = group->first_out; /* positions, but a single one */
	}
	if (from.count == 1 && to.count == 1) {
		out->role[to.axis[0]] = role[from.axis[0]];
		return true;
	}
	if (from.count == 2 && to.count == 1 && role[from.axis[0]] == GRAPH_ROLE_HEIGHT
			&& role[from.axis[1]] == GRAPH_ROLE_WIDTH) {
		out->role[to.axis[0]] = GRAPH_ROLE_TOKENS;
		return true;
	}
	if (from.count == 1 && to.count == 2 && role[from.axis[0]] == GRAPH_ROLE_TOKENS
			&& step->out->extent[to.axis[0]] == in->height
			&& step->out->extent[to.axis[1]] == in->width) {
		out->role[to.axis[0]] = GRAPH_ROLE_HEIGHT;
		out->role[to.axis[1]] = GRAPH_ROLE_WIDTH;
		return true;
	}
	return false;
}

void roles_reshaped(const struct role_step *step, struct graph_roles *out)
{
	const struct graph_shape *in = input_shape(step, 0);
	struct group group = { 0 };

	*out = *input_roles(step, 0);
	while (out->known
			&& (group.last_in < in->rank
					|| group.last_out < step->out->rank)) {
		next_group(in, step->out, &group);
		out->known = regroup(step, &group, out);
	}
}
