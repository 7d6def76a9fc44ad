/**
 * \file    graph/graph.c
 * \brief   Graphs: shapes, layers by name, the logits
 */
#include "graph/graph.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "base/text.h"

/* More values than any machine holds; below it no product of extents overflows. */
#define MAX_VALUES (INT64_C(1) << 40)

const char *const graph_weight_suffix[GRAPH_WEIGHT_COUNT] = {
	[GRAPH_WEIGHT] = ".weight",
	[GRAPH_BIAS] = ".bias",
	[GRAPH_RUNNING_MEAN] = ".running_mean",
	[GRAPH_RUNNING_VAR] = ".running_var",
};

const char *graph_op_name(enum graph_op op)
{
	static const char *const names[GRAPH_OP_COUNT] = {
		[GRAPH_INPUT] = "input",
		[GRAPH_CONV2D] = "conv2d",
		[GRAPH_CONV_TRANSPOSE2D] = "conv_transpose2d",
		[GRAPH_BATCH_NORM2D] = "batch_norm2d",
		[GRAPH_RELU] = "relu",
		[GRAPH_RELU6] = "relu6",
		[GRAPH_SILU] = "silu",
		[GRAPH_MAX_POOL2D] = "max_pool2d",
		[GRAPH_MAX_UNPOOL2D] = "max_unpool2d",
		[GRAPH_AVG_POOL2D] = "avg_pool2d",
		[GRAPH_ADAPTIVE_AVG_POOL2D] = "adaptive_avg_pool2d",
		[GRAPH_LINEAR] = "linear",
		[GRAPH_FLATTEN] = "flatten",
		[GRAPH_DROPOUT] = "dropout",
		[GRAPH_ADD] = "add",
		[GRAPH_CONCAT] = "concat",
		[GRAPH_SOFTMAX] = "softmax",
		[GRAPH_LRN] = "lrn",
	};

	return names[op];
}

void graph_free(struct graph *graph)
{
	if (graph == NULL) {
		return;
	}
	for (size_t i = 0; i < graph->node_count; i++) {
		free(graph->nodes[i].name);
		free(graph->nodes[i].inputs);
	}
	for (size_t i = 0; i < graph->rename_count; i++) {
		free(graph->renames[i].from);
		free(graph->renames[i].to);
	}
	free(graph->nodes);
	free(graph->renames);
	free(graph->name);
	free(graph->source);
	free(graph->labels);
	free(graph->weights_names);
	free(graph->ignored);
	free(graph);
}

/* ---- Shapes ------------------------------------------------------------ */

/** "(64,55,55)" */
static const char *shape_text(const struct graph_shape *shape, char text[96])
{
	return tensor_shape_text(shape->rank, shape->extent, text, 96);
}

/** Whether the product of some extents is within MAX_VALUES */
static bool product_fits(size_t count, const int64_t *factors)
{
	int64_t product = 1;

	for (size_t i = 0; i < count; i++) {
		if (__builtin_mul_overflow(product, factors[i], &product)
				|| product > MAX_VALUES) {
			return false;
		}
	}
	return true;
}

void graph_resolve_padding(const struct graph_settings *settings, int64_t height,
		int64_t width, int64_t padding[4])
{
	const int64_t extents[2] = { height, width };

	if (!settings->padding_same) {
		memcpy(padding, settings->padding, sizeof(settings->padding));
		return;
	}
	for (int d = 0; d < 2; d++) {
		int64_t stride = settings->stride[d];
		int64_t windows = (extents[d] + stride - 1) / stride;
		int64_t total = (windows - 1) * stride
				+ (settings->kernel[d] - 1) * settings->dilation[d] + 1
				- extents[d];

		total = total > 0 ? total : 0;
		padding[2 * d] = total / 2;
		padding[2 * d + 1] = total - total / 2;
	}
}

/** Rounds towards minus infinity; b is positive. */
static int64_t divide_down(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/** Extents that a sliding window leaves */
static cnnviz_status infer_window(const struct graph_node *node,
		const struct graph_shape *in, struct graph_shape *out,
		struct error *error)
{
	static const char *const directions[2] = { "high", "wide" };
	const struct graph_settings *settings = &node->settings;
	bool pool = node->op != GRAPH_CONV2D;
	int64_t padding[4];

	graph_resolve_padding(settings, in->extent[1], in->extent[2], padding);
	for (int d = 0; d < 2; d++) {
		int64_t extent = in->extent[1 + d];
		int64_t before = padding[2 * d];
		int64_t padded = extent + before + padding[2 * d + 1];
		int64_t reach = settings->dilation[d] * (settings->kernel[d] - 1) + 1;
		int64_t stride = settings->stride[d];
		int64_t windows;

		for (int side = 0; pool && side < 2; side++) {
			if (padding[2 * d + side] > settings->kernel[d] / 2) {
				return error_set(error, CNNVIZ_ERROR_INPUT,
						"its padding of %" PRId64
						" is more than half "
						"of its kernel of %" PRId64,
						padding[2 * d + side],
						settings->kernel[d]);
			}
		}
		windows = divide_down(padded - reach
							  + (settings->ceil_mode ? stride - 1
										 : 0),
					  stride)
				+ 1;
		/* A last window must begin inside the input or its padding before. */
		if (settings->ceil_mode && (windows - 1) * stride >= extent + before) {
			windows--;
		}
		if (windows < 1) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"its kernel is %" PRId64
					" %s, but what it gets only "
					"%" PRId64 " (padding included); a larger input "
					"is needed",
					reach, directions[d], padded);
		}
		out->extent[1 + d] = windows;
	}
	return CNNVIZ_OK;
}

/** Extents whose windows, slid by a convolution, would be the input's values */
static cnnviz_status infer_transposed(const struct graph_node *node,
		const struct graph_shape *in, struct graph_shape *out,
		struct error *error)
{
	static const char *const directions[2] = { "high", "wide" };
	const struct graph_settings *settings = &node->settings;

	for (int d = 0; d < 2; d++) {
		int64_t stride = settings->stride[d];
		int64_t dilation = settings->dilation[d];
		int64_t kept = settings->output_padding[d];
		int64_t cut = settings->padding[2 * d] + settings->padding[2 * d + 1];
		int64_t whole = (in->extent[1 + d] - 1) * stride
				+ dilation * (settings->kernel[d] - 1) + 1 + kept;

		if (kept >= stride && kept >= dilation) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"output_padding=%" PRId64
					" must be less than its stride "
					"of %" PRId64 " or its dilation of %" PRId64,
					kept, stride, dilation);
		}
		if (whole - cut < 1) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"its padding cuts off all of an output %" PRId64
					" %s; a "
					"larger input is needed",
					whole, directions[d]);
		}
		out->extent[1 + d] = whole - cut;
	}
	return CNNVIZ_OK;
}

/** The pool's input again, if what comes in is as large as the pool's output */
static cnnviz_status infer_unpool(const struct graph *graph,
		const struct graph_node *node, const struct graph_shape *shapes,
		struct graph_shape *out, struct error *error)
{
	const struct graph_node *pool = &graph->nodes[node->inputs[1]];
	const struct graph_shape *in = &shapes[node->inputs[0]];
	const struct graph_shape *pooled = &shapes[node->inputs[1]];
	char a[96], b[96];

	if (memcmp(in->extent, pooled->extent, sizeof(in->extent)) != 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"it takes what has the shape of %s, %s, but gets %s",
				pool->name, shape_text(pooled, a), shape_text(in, b));
	}
	*out = shapes[pool->inputs[0]];
	return CNNVIZ_OK;
}

static cnnviz_status infer_conv(const struct graph_node *node,
		const struct graph_shape *in, struct graph_shape *out,
		struct error *error)
{
	const struct graph_settings *settings = &node->settings;
	int64_t channels = in->extent[0];

	if (channels % settings->groups != 0 || settings->out % settings->groups != 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"groups=%" PRId64 " does not divide its %" PRId64
				" input and %" PRId64 " output channels",
				settings->groups, channels, settings->out);
	}
	if (!product_fits(4,
			    (const int64_t[]){ settings->out, channels / settings->groups,
					    settings->kernel[0], settings->kernel[1] })) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "its weight is too large");
	}
	out->rank = 3;
	out->extent[0] = settings->out;
	return node->op == GRAPH_CONV2D ? infer_window(node, in, out, error)
					: infer_transposed(node, in, out, error);
}

static cnnviz_status infer_linear(const struct graph *graph,
		const struct graph_node *node, const struct graph_shape *shapes,
		struct graph_shape *out, struct error *error)
{
	const struct graph_shape *in = &shapes[node->inputs[0]];
	const struct graph_shape *usual = &graph->nodes[node->inputs[0]].shape;
	char text[96];

	if (in->rank != 1) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"it takes a row of features, but gets %s; put a flatten "
				"before it",
				shape_text(in, text));
	}
	if (usual->rank == 1 && usual->extent[0] != in->extent[0]) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"it takes %" PRId64 " features, but gets %" PRId64
				" from an input of %" PRId64 "x%" PRId64
				"; this network wants one of %" PRId64 "x%" PRId64,
				usual->extent[0], in->extent[0], shapes[0].extent[1],
				shapes[0].extent[2], graph->input_size[0],
				graph->input_size[1]);
	}
	if (!product_fits(2, (const int64_t[]){ node->settings.out, in->extent[0] })) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "its weight is too large");
	}
	out->rank = 1;
	out->extent[0] = node->settings.out;
	return CNNVIZ_OK;
}

/** All inputs must be alike: in every extent, or (concat) in all but the first. */
static cnnviz_status infer_join(const struct graph *graph, const struct graph_node *node,
		const struct graph_shape *shapes, struct graph_shape *out,
		struct error *error)
{
	uint32_t first = node->op == GRAPH_CONCAT;

	*out = shapes[node->inputs[0]];
	for (size_t i = 1; i < node->input_count; i++) {
		const struct graph_shape *in = &shapes[node->inputs[i]];
		bool alike = in->rank == out->rank;

		for (uint32_t d = first; alike && d < in->rank; d++) {
			alike = in->extent[d] == out->extent[d];
		}
		if (!alike) {
			char a[96], b[96];

			return error_set(error, CNNVIZ_ERROR_INPUT,
					"its inputs do not fit together: %s gives %s, "
					"%s gives %s",
					graph->nodes[node->inputs[0]].name,
					shape_text(&shapes[node->inputs[0]], a),
					graph->nodes[node->inputs[i]].name,
					shape_text(in, b));
		}
		if (node->op == GRAPH_CONCAT) {
			out->extent[0] += in->extent[0];
		}
		if (out->extent[0] > MAX_VALUES) {
			break;
		}
	}
	return CNNVIZ_OK;
}

static bool needs_space(enum graph_op op)
{
	switch (op) {
	case GRAPH_CONV2D:
	case GRAPH_CONV_TRANSPOSE2D:
	case GRAPH_BATCH_NORM2D:
	case GRAPH_MAX_POOL2D:
	case GRAPH_MAX_UNPOOL2D:
	case GRAPH_AVG_POOL2D:
	case GRAPH_ADAPTIVE_AVG_POOL2D:
	case GRAPH_LRN:
		return true;
	default:
		return false;
	}
}

cnnviz_status graph_infer_node(const struct graph *graph, int32_t index,
		struct graph_shape *shapes, struct error *error)
{
	const struct graph_node *node = &graph->nodes[index];
	const struct graph_shape *in = &shapes[node->inputs[0]];
	struct graph_shape out = *in;
	cnnviz_status status = CNNVIZ_OK;
	char text[96];

	if (needs_space(node->op) && in->rank != 3) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"it takes (channels,height,width), but gets %s",
				shape_text(in, text));
	}
	switch (node->op) {
	case GRAPH_CONV2D:
	case GRAPH_CONV_TRANSPOSE2D:
		status = infer_conv(node, in, &out, error);
		break;
	case GRAPH_MAX_UNPOOL2D:
		status = infer_unpool(graph, node, shapes, &out, error);
		break;
	case GRAPH_MAX_POOL2D:
	case GRAPH_AVG_POOL2D:
		status = infer_window(node, in, &out, error);
		break;
	case GRAPH_ADAPTIVE_AVG_POOL2D:
		out.extent[1] = node->settings.output[0];
		out.extent[2] = node->settings.output[1];
		break;
	case GRAPH_LINEAR:
		status = infer_linear(graph, node, shapes, &out, error);
		break;
	case GRAPH_FLATTEN:
		for (uint32_t d = 1; d < in->rank; d++) {
			out.extent[0] *= in->extent[d];
		}
		out.rank = 1;
		break;
	case GRAPH_ADD:
	case GRAPH_CONCAT:
		status = infer_join(graph, node, shapes, &out, error);
		break;
	default:
		break;
	}
	if (status == CNNVIZ_OK && !product_fits(out.rank, out.extent)) {
		status = error_set(error, CNNVIZ_ERROR_INPUT, "its output is too large");
	}
	if (status == CNNVIZ_OK) {
		shapes[index] = out;
	}
	return status;
}

/** needed: node_count flags, or NULL for all */
static cnnviz_status infer(const struct graph *graph, int64_t height, int64_t width,
		const bool *needed, struct graph_shape *shapes, struct error *error)
{
	if (height < 1 || width < 1 || height > IMAGE_MAX_EXTENT
			|| width > IMAGE_MAX_EXTENT) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"an input of %" PRId64 "x%" PRId64 " is not possible: "
				"height and width go from 1 to %d",
				height, width, IMAGE_MAX_EXTENT);
	}
	shapes[0] = (struct graph_shape){
		.rank = 3,
		.extent = { graph->normalization.channels, height, width },
	};
	for (size_t i = 1; i < graph->node_count; i++) {
		if (needed != NULL && !needed[i]) {
			shapes[i] = (struct graph_shape){ .rank = 0 };
			continue;
		}
		cnnviz_status status = graph_infer_node(graph, (int32_t)i, shapes, error);

		if (status != CNNVIZ_OK) {
			return error_prefix(error, "layer %s (%s) of %s",
					graph->nodes[i].name,
					graph_op_name(graph->nodes[i].op), graph->name);
		}
	}
	return CNNVIZ_OK;
}

cnnviz_status graph_infer(const struct graph *graph, int64_t height, int64_t width,
		struct graph_shape *shapes, struct error *error)
{
	return infer(graph, height, width, NULL, shapes, error);
}

cnnviz_status graph_infer_part(const struct graph *graph, int64_t height, int64_t width,
		size_t count, const int32_t *nodes, struct graph_shape *shapes,
		struct error *error)
{
	bool *needed = memory_new(graph->node_count, sizeof(*needed));

	for (size_t i = 0; i < count; i++) {
		needed[nodes[i]] = true;
	}
	for (size_t i = graph->node_count; i-- > 0;) {
		const struct graph_node *node = &graph->nodes[i];

		for (size_t k = 0; needed[i] && k < node->input_count; k++) {
			needed[node->inputs[k]] = true;
		}
	}
	cnnviz_status status = infer(graph, height, width, needed, shapes, error);

	free(needed);
	return status;
}

static uint32_t vector_shape(int64_t extent, int64_t shape[4])
{
	shape[0] = extent;
	return 1;
}

uint32_t graph_weight_shape(const struct graph *graph, int32_t index,
		enum graph_weight role, int64_t shape[4])
{
	const struct graph_node *node = &graph->nodes[index];
	const struct graph_settings *settings = &node->settings;
	int64_t channels;

	if (node->input_count == 0) {
		return 0;
	}
	channels = graph->nodes[node->inputs[0]].shape.extent[0];
	switch (node->op) {
	case GRAPH_BATCH_NORM2D:
		return vector_shape(channels, shape);
	case GRAPH_CONV2D:
	case GRAPH_CONV_TRANSPOSE2D:
	case GRAPH_LINEAR:
		if (role == GRAPH_BIAS && settings->bias) {
			return vector_shape(settings->out, shape);
		}
		if (role != GRAPH_WEIGHT) {
			return 0;
		}
		shape[0] = settings->out;
		shape[1] = channels;
		if (node->op == GRAPH_LINEAR) {
			return 2;
		}
		shape[1] = channels / settings->groups;
		shape[2] = settings->kernel[0];
		shape[3] = settings->kernel[1];
		if (node->op == GRAPH_CONV_TRANSPOSE2D) {
			shape[0] = channels;
			shape[1] = settings->out / settings->groups;
		}
		return 4;
	default:
		return 0;
	}
}

/* ---- Names ------------------------------------------------------------- */

int32_t graph_find(const struct graph *graph, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < graph->node_count; i++) {
		if (strcmp(graph->nodes[i].name, name) == 0) {
			return (int32_t)i;
		}
	}
	for (size_t i = graph->node_count; length > 0 && i-- > 0;) {
		if (strncmp(graph->nodes[i].name, name, length) == 0
				&& graph->nodes[i].name[length] == '.') {
			return (int32_t)i;
		}
	}
	if (strcmp(name, "logits") == 0) {
		return graph->logits;
	}
	if (strcmp(name, "last_conv") == 0) {
		return graph->last_conv;
	}
	return CNNVIZ_LAYER_NONE;
}

/** Growing NULL-terminated list of names */
struct names {
	char **items;
	size_t count;
};

static void names_add(struct names *names, const char *text, size_t length)
{
	for (size_t i = names->count; i-- > 0;) {
		if (strncmp(names->items[i], text, length) == 0
				&& names->items[i][length] == '\0') {
			return;
		}
	}
	names->items = memory_resize(names->items, names->count + 2,
			sizeof(*names->items));
	names->items[names->count++] = memory_text_n(text, length);
	names->items[names->count] = NULL;
}

char *graph_nearest(const struct graph *graph, const char *name)
{
	struct names names = { NULL, 0 };
	const char *nearest;
	char *result = NULL;

	names_add(&names, "last_conv", strlen("last_conv"));
	names_add(&names, "logits", strlen("logits"));
	for (size_t i = 0; i < graph->node_count; i++) {
		const char *text = graph->nodes[i].name;

		for (const char *dot = strchr(text, '.'); dot != NULL;
				dot = strchr(dot + 1, '.')) {
			names_add(&names, text, (size_t)(dot - text));
		}
		names_add(&names, text, strlen(text));
	}
	nearest = text_nearest(name, text_from_array, names.items);
	if (nearest != NULL) {
		result = memory_text(nearest);
	}
	for (size_t i = 0; i < names.count; i++) {
		free(names.items[i]);
	}
	free(names.items);
	return result;
}

/* ---- Landmarks --------------------------------------------------------- */

static int32_t find_logits(const struct graph *graph)
{
	const struct graph_node *nodes = graph->nodes;
	int32_t index = (int32_t)graph->node_count - 1;

	if (nodes[index].op != GRAPH_SOFTMAX) {
		return index;
	}
	index = nodes[index].inputs[0];
	while (nodes[index].op == GRAPH_DROPOUT
			|| (nodes[index].op == GRAPH_FLATTEN
					&& nodes[nodes[index].inputs[0]].shape.rank
							== 1)) {
		index = nodes[index].inputs[0];
	}
	return index;
}

/** Whether an operation keeps a feature map a feature map of the same place */
static bool refines(enum graph_op op)
{
	switch (op) {
	case GRAPH_BATCH_NORM2D:
	case GRAPH_RELU:
	case GRAPH_RELU6:
	case GRAPH_SILU:
	case GRAPH_ADD:
	case GRAPH_CONCAT:
		return true;
	default:
		return false;
	}
}

/** The one node that takes a node's output, or CNNVIZ_LAYER_NONE */
static int32_t only_consumer(const struct graph *graph, int32_t index)
{
	int32_t consumer = CNNVIZ_LAYER_NONE;

	for (size_t i = (size_t)index + 1; i < graph->node_count; i++) {
		for (size_t k = 0; k < graph->nodes[i].input_count; k++) {
			if (graph->nodes[i].inputs[k] != index) {
				continue;
			}
			if (consumer != CNNVIZ_LAYER_NONE && consumer != (int32_t)i) {
				return CNNVIZ_LAYER_NONE;
			}
			consumer = (int32_t)i;
		}
	}
	return consumer;
}

/**
 * The last convolution over space. One that gives the class scores themselves, with
 * no linear layer after it, counts only when there is no other.
 */
static int32_t find_conv(const struct graph *graph)
{
	int64_t classes = graph->nodes[graph->logits].shape.extent[0];
	int32_t scores = CNNVIZ_LAYER_NONE;
	int32_t flat = CNNVIZ_LAYER_NONE;
	bool linear = false;

	for (int32_t i = (int32_t)graph->node_count - 1; i > 0; i--) {
		const struct graph_node *node = &graph->nodes[i];
		bool wide = node->shape.rank == 3
				&& node->shape.extent[1] * node->shape.extent[2] > 1;

		linear = linear || node->op == GRAPH_LINEAR;
		if (node->op != GRAPH_CONV2D && node->op != GRAPH_CONV_TRANSPOSE2D) {
			continue;
		}
		if (wide && (linear || node->shape.extent[0] != classes)) {
			return i;
		}
		if (wide && scores == CNNVIZ_LAYER_NONE) {
			scores = i;
		}
		if (flat == CNNVIZ_LAYER_NONE) {
			flat = i;
		}
	}
	return scores != CNNVIZ_LAYER_NONE ? scores : flat;
}

static int32_t find_last_conv(const struct graph *graph)
{
	int32_t index = find_conv(graph);

	while (index != CNNVIZ_LAYER_NONE) {
		int32_t next = only_consumer(graph, index);

		if (next == CNNVIZ_LAYER_NONE || !refines(graph->nodes[next].op)) {
			break;
		}
		index = next;
	}
	return index;
}

bool graph_is_dense(const struct graph *graph)
{
	return graph->nodes[graph->logits].shape.rank == 3;
}

cnnviz_status graph_finish(struct graph *graph, struct error *error)
{
	struct graph_shape *shapes = NULL;
	const struct graph_node *logits;
	cnnviz_status status;
	char text[96];

	graph->logits = CNNVIZ_LAYER_NONE;
	graph->last_conv = CNNVIZ_LAYER_NONE;
	if (graph->node_count < 2 || graph->node_count > INT32_MAX) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "%s has no layers",
				graph->name);
	}
	shapes = memory_new(graph->node_count, sizeof(*shapes));
	status = graph_infer(graph, graph->input_size[0], graph->input_size[1], shapes,
			error);
	if (status != CNNVIZ_OK) {
		goto done;
	}
	for (size_t i = 0; i < graph->node_count; i++) {
		graph->nodes[i].shape = shapes[i];
	}
	graph->logits = find_logits(graph);
	logits = &graph->nodes[graph->logits];
	if (logits->shape.rank != 1
			&& logits->shape.extent[1] * logits->shape.extent[2] == 1) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"layer %s (%s) of %s gives %s, neither one score for "
				"each class "
				"nor a map for each; end the network with a flatten",
				logits->name, graph_op_name(logits->op), graph->name,
				shape_text(&logits->shape, text));
		goto done;
	}
	graph->last_conv = find_last_conv(graph);
done:
	free(shapes);
	return status;
}
