/**
 * \file    host/shown.c
 * \brief   Layers as techniques see them: (channels,height,width) where their roles tell
 */
#include "host/shown.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "graph/last_features.h"
#include "graph/roles.h"
#include "graph/shapes.h"

/* ---- Order ----------------------------------------------------------------------- */

/** Where the values of one item are that are shown as (channels,height,width) */
struct order {
	struct graph_shape shown;
	int64_t size; /* values of the item */
	int64_t first, row, column;
	uint32_t parts; /* axes that make the channels, the last one first */
	int64_t extent[GRAPH_MAX_RANK], stride[GRAPH_MAX_RANK];
};

static bool differs(const cnnviz_pass *pass, int32_t node)
{
	return graph_map_differs(&pass->roles[node], &pass->shapes[node]);
}

static struct order find_order(const cnnviz_pass *pass, int32_t node)
{
	const struct graph_roles *roles = &pass->roles[node];
	const struct graph_shape *shape = &pass->shapes[node];
	struct order order = { .shown = shown_shape(pass, node), .size = 1 };

	for (uint32_t d = shape->rank; d-- > 0;) {
		switch (roles->role[d]) {
		case GRAPH_ROLE_HEIGHT:
			order.row = order.size;
			break;
		case GRAPH_ROLE_WIDTH:
			order.column = order.size;
			break;
		case GRAPH_ROLE_TOKENS:
			order.first = roles->prefix * order.size;
			order.row = roles->width * order.size;
			order.column = order.size;
			break;
		default:
			order.extent[order.parts] = shape->extent[d];
			order.stride[order.parts++] = order.size;
			break;
		}
		order.size *= shape->extent[d];
	}
	return order;
}

/** Place of a channel's first value within an item */
static int64_t find_channel(const struct order *order, int64_t channel)
{
	int64_t place = order->first;

	for (uint32_t i = 0; i < order->parts; i++) {
		place += channel % order->extent[i] * order->stride[i];
		channel /= order->extent[i];
	}
	return place;
}

/** For each value that is shown of an item, its place within the engine's; new */
static int64_t *list_places(const struct order *order)
{
	const int64_t *extent = order->shown.extent;
	int64_t *places = memory_new((size_t)shape_values(&order->shown),
			sizeof(*places));
	size_t i = 0;

	for (int64_t c = 0; c < extent[0]; c++) {
		int64_t channel = find_channel(order, c);

		for (int64_t y = 0; y < extent[1]; y++) {
			for (int64_t x = 0; x < extent[2]; x++) {
				places[i++] = channel + y * order->row
						+ x * order->column;
			}
		}
	}
	return places;
}

static cnnviz_tensor *create(int64_t count, const struct graph_shape *shape)
{
	int64_t extents[CNNVIZ_MAX_RANK] = { count };

	memcpy(extents + 1, shape->extent, shape->rank * sizeof(*extents));
	return tensor_create(shape->rank + 1, extents);
}

/* ---- One way and back -------------------------------------------------------------- */

struct graph_shape shown_shape(const cnnviz_pass *pass, int32_t node)
{
	return graph_shown_shape(&pass->roles[node], &pass->shapes[node]);
}

bool shown_fits(const cnnviz_pass *pass, int32_t node, const cnnviz_tensor *tensor)
{
	struct graph_shape shape = shown_shape(pass, node);

	return tensor != NULL && tensor_rank(tensor) == shape.rank + 1
			&& memcmp(tensor_shape(tensor) + 1, shape.extent,
					   shape.rank * sizeof(*shape.extent))
			== 0;
}

static cnnviz_status make_shown(const cnnviz_pass *pass, int32_t node,
		const cnnviz_tensor *tensor, cnnviz_tensor **shown, struct error *error)
{
	struct order order = find_order(pass, node);
	int64_t count = tensor_shape(tensor)[0];
	int64_t size = shape_values(&order.shown);

	*shown = create(count, &order.shown);
	if (*shown == NULL) {
		return error_set(error, CNNVIZ_ERROR_MEMORY, "out of memory");
	}
	int64_t *places = list_places(&order);

	for (int64_t n = 0; n < count; n++) {
		const float *item = tensor_data(tensor) + n * order.size;
		float *values = tensor_mutable_data(*shown) + n * size;

		for (int64_t i = 0; i < size; i++) {
			values[i] = item[places[i]];
		}
	}
	free(places);
	return CNNVIZ_OK;
}

cnnviz_status shown_from_engine(const cnnviz_pass *pass, int32_t node,
		cnnviz_tensor **tensor, struct error *error)
{
	cnnviz_tensor *shown = NULL;

	if (!differs(pass, node)) {
		return CNNVIZ_OK;
	}
	cnnviz_status status = make_shown(pass, node, *tensor, &shown, error);

	tensor_unref(*tensor);
	*tensor = shown;
	return status;
}

cnnviz_status shown_to_engine(const cnnviz_pass *pass, int32_t node,
		const cnnviz_tensor *shown, const cnnviz_tensor *base,
		const uint32_t *items, cnnviz_tensor **tensor, struct error *error)
{
	if (!differs(pass, node)) {
		/* A reference count is not visible to the plugin. */
		*tensor = tensor_ref((cnnviz_tensor *)(uintptr_t)shown);
		return CNNVIZ_OK;
	}
	struct order order = find_order(pass, node);
	int64_t count = tensor_shape(shown)[0];
	int64_t each = base != NULL ? count / tensor_shape(base)[0] : 1;
	int64_t size = shape_values(&order.shown);

	*tensor = create(count, &pass->shapes[node]);
	if (*tensor == NULL) {
		return error_set(error, CNNVIZ_ERROR_MEMORY, "out of memory");
	}
	int64_t *places = list_places(&order);

	for (int64_t n = 0; n < count; n++) {
		const float *values = tensor_data(shown) + n * size;
		float *item = tensor_mutable_data(*tensor) + n * order.size;

		if (base != NULL) {
			int64_t source = items != NULL ? items[n] : n / each;

			memcpy(item, tensor_data(base) + source * order.size,
					(size_t)order.size * sizeof(*item));
		}
		for (int64_t i = 0; i < size; i++) {
			item[places[i]] = values[i];
		}
	}
	free(places);
	return CNNVIZ_OK;
}

/* ---- Passes ------------------------------------------------------------------------ */

bool shown_is_unchanged(const cnnviz_pass *pass, int32_t node)
{
	return !differs(pass, node);
}

cnnviz_status shown_activation(const cnnviz_pass *pass, int32_t node,
		const cnnviz_tensor **activation, struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;
	size_t i = 0;

	while (pass->nodes[i] != node) {
		i++;
	}
	*activation = pass->shown[i];
	if (*activation == NULL) {
		status = shared_pass_activation(pass->pass, node, activation, error);
	}
	if (status == CNNVIZ_OK && pass->shown[i] == NULL && differs(pass, node)) {
		status = make_shown(pass, node, *activation, &pass->shown[i], error);
		*activation = pass->shown[i];
	}
	return status;
}

cnnviz_status shown_seeds_to_engine(const cnnviz_pass *pass, uint32_t count,
		const int32_t *nodes, const cnnviz_tensor *const *seeds,
		cnnviz_tensor **tensors, struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;

	for (uint32_t i = 0; i < count && status == CNNVIZ_OK; i++) {
		status = shown_to_engine(pass, nodes[i], seeds[i], NULL, NULL,
				&tensors[i], error);
	}
	return status;
}

cnnviz_status shown_backward(const cnnviz_pass *pass, uint32_t rule,
		const struct engine_rules *rules, uint32_t seed_count,
		const int32_t *seed_nodes, const cnnviz_tensor *const *seeds,
		uint32_t wanted_count, const int32_t *wanted, cnnviz_tensor **gradients,
		struct error *error)
{
	cnnviz_tensor **converted = memory_new(seed_count, sizeof(cnnviz_tensor *));
	cnnviz_status status = shown_seeds_to_engine(pass, seed_count, seed_nodes, seeds,
			converted, error);

	const cnnviz_tensor *const *given = (const cnnviz_tensor *const *)converted;

	if (status == CNNVIZ_OK) {
		status = rules != NULL
				? shared_pass_backward_by_rules(pass->pass, rules,
						seed_count, seed_nodes, given,
						wanted_count, wanted, gradients, error)
				: shared_pass_backward(pass->pass, rule, seed_count,
						seed_nodes, given, wanted_count, wanted,
						gradients, error);
	}
	for (uint32_t i = 0; i < seed_count; i++) {
		tensor_unref(converted[i]);
	}
	free(converted);
	if (status != CNNVIZ_OK) {
		return status;
	}
	for (uint32_t i = 0; i < wanted_count && status == CNNVIZ_OK; i++) {
		status = shown_from_engine(pass, wanted[i], &gradients[i], error);
	}
	for (uint32_t i = 0; i < wanted_count && status != CNNVIZ_OK; i++) {
		tensor_unref(gradients[i]);
		gradients[i] = NULL;
	}
	return status;
}

/* ---- Layers that say nothing ------------------------------------------------------- */

static bool is_zero(const cnnviz_tensor *tensor)
{
	int64_t i = 0;

	while (i < tensor_count(tensor) && tensor_data(tensor)[i] == 0) {
		i++;
	}
	return i == tensor_count(tensor);
}

void shown_warn_past(const struct cnnviz_job *call, const cnnviz_pass *pass,
		uint32_t count, const int32_t *nodes, cnnviz_tensor *const *gradients)
{
	const struct graph *graph = pass_graph(pass);

	for (uint32_t i = 0; i < count; i++) {
		if (graph->last_features == CNNVIZ_LAYER_NONE || !is_zero(gradients[i])
				|| !graph_is_past_features(graph, nodes[i])) {
			continue;
		}
		char *text = memory_format("the gradient at layer %s is zero at all "
					   "positions: behind the last attention only a "
					   "class token leads to the classes; take the "
					   "layer %s or one before it",
				graph->nodes[nodes[i]].name,
				graph->nodes[graph->last_features].name);

		job_warn(call, -1, text);
		free(text);
	}
}
