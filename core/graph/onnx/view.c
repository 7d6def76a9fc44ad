/**
 * \file    graph/onnx/view.c
 * \brief   How an array of the file relates to the output of a node
 */
#include "graph/onnx/view.h"

#include <string.h>

/** Append a piece to an axis; false without room */
static bool add_piece(struct view_axis *axis, int64_t extent, int64_t stride)
{
	struct view_piece *last = axis->count > 0 ? &axis->pieces[axis->count - 1] : NULL;

	if (extent == 1) {
		return true;
	}
	axis->extent *= extent;
	if (last != NULL && last->stride == stride * extent) {
		last->extent *= extent;
		last->stride = stride;
		return true;
	}
	if (axis->count == VIEW_MAX_PIECES) {
		return false;
	}
	axis->pieces[axis->count++] = (struct view_piece){ extent, stride };
	return true;
}

struct view view_whole(int32_t node, const struct graph_shape *shape)
{
	struct view view = { .node = node, .rank = shape->rank + 1 };
	int64_t stride = 1;

	view.axes[0].extent = 1;
	for (uint32_t d = shape->rank; d-- > 0;) {
		view.axes[d + 1].extent = 1;
		add_piece(&view.axes[d + 1], shape->extent[d], stride);
		stride *= shape->extent[d];
	}
	return view;
}

void view_extents(const struct view *view, int64_t extent[CNNVIZ_MAX_RANK])
{
	for (uint32_t d = 0; d < view->rank; d++) {
		extent[d] = view->axes[d].extent;
	}
}

static bool same_axis(const struct view_axis *a, const struct view_axis *b)
{
	return a->extent == b->extent && a->count == b->count
			&& memcmp(a->pieces, b->pieces, a->count * sizeof(*a->pieces))
			== 0;
}

bool view_same(const struct view *a, const struct view *b)
{
	bool same = a->rank == b->rank;

	for (uint32_t d = 0; same && d < a->rank; d++) {
		same = same_axis(&a->axes[d], &b->axes[d]);
	}
	return same;
}

bool view_is_whole(const struct view *view, const struct graph_shape *shape)
{
	struct view whole = view_whole(view->node, shape);

	return view_same(view, &whole);
}

struct view_axis view_pieces(const struct view *view)
{
	struct view_axis all = { .extent = 1 };

	for (uint32_t d = 0; d < view->rank; d++) {
		for (uint32_t i = 0; i < view->axes[d].count; i++) {
			const struct view_piece *piece = &view->axes[d].pieces[i];

			add_piece(&all, piece->extent, piece->stride);
		}
	}
	return all;
}

bool view_is_in_order(const struct view *view)
{
	struct view_axis all = view_pieces(view);

	return all.count == 0 || (all.count == 1 && all.pieces[0].stride == 1);
}

struct view view_permuted(const struct view *view, const int64_t *permutation)
{
	struct view result = *view;

	for (uint32_t d = 0; d < view->rank; d++) {
		result.axes[d] = view->axes[permutation[d]];
	}
	return result;
}

/** Take what an axis of an extent needs from a queue of pieces. */
static bool take_pieces(struct view_axis *axis, int64_t extent,
		const struct view_axis *all, uint32_t *next, struct view_piece *left)
{
	axis->extent = 1;
	while (extent > 1) {
		if (left->extent == 1) {
			if (*next == all->count) {
				return false;
			}
			*left = all->pieces[(*next)++];
		}

		int64_t taken = left->extent < extent ? left->extent : extent;

		if (left->extent % taken != 0 || extent % taken != 0) {
			return false;
		}
		left->extent /= taken;
		extent /= taken;
		if (!add_piece(axis, taken, left->stride * left->extent)) {
			return false;
		}
	}
	return true;
}

bool view_reshape(struct view *view, uint32_t rank, const int64_t *extent)
{
	struct view_axis all = { .extent = 1 };
	struct view_piece left = { 1, 1 };
	struct view result = { .maker = view->maker, .node = view->node, .rank = rank };
	uint32_t next = 0;

	for (uint32_t d = 0; d < view->rank; d++) {
		for (uint32_t i = 0; i < view->axes[d].count; i++) {
			const struct view_piece *piece = &view->axes[d].pieces[i];

			if (!add_piece(&all, piece->extent, piece->stride)) {
				return false;
			}
		}
	}
	for (uint32_t d = 0; d < rank; d++) {
		if (!take_pieces(&result.axes[d], extent[d], &all, &next, &left)) {
			return false;
		}
	}
	if (left.extent != 1 || next != all.count) {
		return false;
	}
	*view = result;
	return true;
}

/** Number of places of a node's channel; 1 for features */
static int64_t plane_of(const struct graph_shape *shape)
{
	return shape->rank == 3 ? shape->extent[1] * shape->extent[2] : 1;
}

bool view_is_channel(const struct view *view, uint32_t d, const struct graph_shape *shape)
{
	const struct view_axis *axis = &view->axes[d];

	return (shape->rank == 1 || shape->rank == 3) && axis->extent == shape->extent[0]
			&& (axis->count == 0
					|| (axis->count == 1
							&& axis->pieces[0].stride
									== plane_of(shape)));
}

int64_t view_shuffle(const struct view *view, const struct graph_shape *shape)
{
	struct view whole = view_whole(view->node, shape);
	const struct view_axis *axis = &view->axes[1];
	int64_t plane = plane_of(shape);

	if (shape->rank != 3 || view->rank != 4 || axis->count != 2
			|| axis->extent != shape->extent[0]
			|| !same_axis(&view->axes[2], &whole.axes[2])
			|| !same_axis(&view->axes[3], &whole.axes[3])) {
		return 0;
	}
	return axis->pieces[0].stride == plane
					&& axis->pieces[1].stride
							== plane * axis->pieces[0].extent
			? axis->pieces[1].extent
			: 0;
}
