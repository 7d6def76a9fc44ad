/**
 * \file    graph/graph.h
 * \brief   The internal representation of a network: operations in order, with shapes
 *
 * Importers make graphs; engines run them. Node 0 is the input. A node's inputs
 * come before it, so that the array's order is an order of execution.
 */
#ifndef GRAPH_GRAPH_H
#define GRAPH_GRAPH_H

#include "base/error.h"
#include "graph/logits.h"
#include "image/image.h"

#ifdef __cplusplus
extern "C" {
#endif

struct operation;
struct graph_roles;

/** Most axes that a layer's output has beside the batch */
#define GRAPH_MAX_RANK 7

/**
 * Settings of an operation, of which each operation uses some (its row has a table of
 * them). Unused ones are 0, except for kernel, stride, dilation and groups, which are
 * 1.
 */
struct graph_settings {
	int64_t out;       /* convolutions: output channels; linear: output features */
	int64_t kernel[2]; /* height, width */
	int64_t stride[2];
	int64_t padding[4]; /* top, bottom, left, right; conv_transpose2d: removed */
	int64_t output_padding[2]; /* conv_transpose2d: kept at the bottom and right */
	bool padding_same;         /* TensorFlow's SAME: depends on the input's size */
	int64_t dilation[2];
	int64_t groups;
	bool bias;              /* convolutions, linear */
	bool ceil_mode;         /* pools */
	bool count_include_pad; /* avg_pool2d */
	int64_t output[2];      /* adaptive_avg_pool2d; slice: first, end */
	int64_t axis;           /* of one axis: enum graph_axis, or one behind these */
	int64_t axes;           /* layer_norm: how many, the last ones */
	int64_t step;           /* slice */
	int64_t shape[GRAPH_MAX_RANK]; /* reshape, parameter: extents */
	int64_t order[GRAPH_MAX_RANK]; /* permute: for each axis which it was, from 1 */
	int64_t rank;                  /* of shape or order */
	double eps;                    /* normalizations */
	int64_t size;                  /* lrn */
	double alpha;                  /* lrn, elu */
	double beta, k;                /* lrn */
	double negative_slope;         /* leaky_relu */
	double min, max;               /* clip; clipped_relu: max */
	double factor, addend;         /* affine; attention: factor, or 0 */
	double exponent;               /* pow */
	bool affine;                   /* layer_norm, group_norm: has weights */
	bool shared;                   /* prelu: one weight for all channels */
	double value;                  /* pad */
	double scale[2];               /* upsample: height, width */
	bool align_corners;            /* upsample, interpolate */
	int64_t coordinates;           /* upsample: enum graph_coordinates */
	int64_t rounding;              /* upsample: enum graph_rounding */
	int64_t mode;                  /* index of an operation's choice: 0 or as below */
};

/* In the order of the choices that their rows give */

/** Axes of a feature map; a row of features has the first one alone, other arrays more */
enum graph_axis {
	GRAPH_AXIS_CHANNELS,
	GRAPH_AXIS_HEIGHT,
	GRAPH_AXIS_WIDTH,
};

enum graph_pad_mode {
	GRAPH_PAD_CONSTANT,
	GRAPH_PAD_REFLECT,
	GRAPH_PAD_REPLICATE,
	GRAPH_PAD_CIRCULAR,
};

enum graph_upsample_mode {
	GRAPH_UPSAMPLE_NEAREST,
	GRAPH_UPSAMPLE_BILINEAR,
};

/** Which place of the input a place of an upsample's output is; see graph_place() */
enum graph_coordinates {
	GRAPH_COORDINATES_PYTORCH,
	GRAPH_COORDINATES_HALF_PIXEL,
	GRAPH_COORDINATES_ASYMMETRIC,
	GRAPH_COORDINATES_ALIGN_CORNERS,
};

/** How an upsample by the nearest value makes a place a whole number */
enum graph_rounding {
	GRAPH_ROUNDING_FLOOR,
	GRAPH_ROUNDING_CEIL,
	GRAPH_ROUNDING_PREFER_FLOOR, /* to the nearest; of two, the one before */
	GRAPH_ROUNDING_PREFER_CEIL,
};

/** Roles of a node's weights */
enum graph_weight {
	GRAPH_WEIGHT,       /* conv2d (O,I/g,kh,kw), conv_transpose2d (I,O/g,kh,kw),
	                      * linear (O,I), batch_norm2d and group_norm (C), prelu
	                      * (1) or (C), layer_norm the last axes, parameter all */
	GRAPH_BIAS,         /* convolutions, linear (O), normalizations */
	GRAPH_RUNNING_MEAN, /* batch_norm2d (C) */
	GRAPH_RUNNING_VAR,  /* batch_norm2d (C) */
	GRAPH_WEIGHT_COUNT,
};

/** ".weight", ".bias", ".running_mean", ".running_var": torch's names */
extern const char *const graph_weight_suffix[GRAPH_WEIGHT_COUNT];

struct graph_shape {
	uint32_t rank; /* without the batch: 3 (C,h,w), 1 (features), or others */
	int64_t extent[GRAPH_MAX_RANK];
};

struct graph_node {
	char *name; /* module path, as torchvision names it */
	const struct operation *op;
	struct graph_settings settings;
	/* Indices of earlier nodes; none of the input alone. The second one of a
	 * max_unpool2d is the max_pool2d whose switches it uses, that of an interpolate
	 * the layer whose height and width it takes, that of a parameter the layer of as
	 * many items: they get neither values from it nor a gradient to it. */
	int32_t *inputs;
	size_t input_count;
	int line;                 /* line in its description, for messages */
	struct graph_shape shape; /* of the output for the default input size */
	/* Borrowed from the model's weights; NULL if the operation has none (or until
	 * weights are bound). Row-major float32. */
	const cnnviz_tensor *weights[GRAPH_WEIGHT_COUNT];
};

/** A text to replace in names of tensors, which differ in older weights files */
struct graph_rename {
	char *from; /* after a '^': only at the start of the name */
	char *to;
};

/** Another name of a node, such as that in the file the network came in */
struct graph_alias {
	char *name;
	int32_t node;
};

struct graph {
	char *name;   /* architecture */
	char *source; /* file it came from, for messages */
	struct graph_node *nodes;
	size_t node_count;
	int64_t input_size[2]; /* usual height, width */
	struct normalization normalization;
	enum activation activation; /* DEFAULT only until model_load() */
	int32_t logits;            /* node of the class scores before any softmax: one for
	                         * each class, or a map for each (a dense network's; a
	                         * detector's is a row of its boxes) */
	int32_t last_features;     /* last feature map; CNNVIZ_LAYER_NONE without one */
	struct graph_roles *roles; /* node_count: of the outputs' axes, see roles.h */

	/* What goes with the network */
	char *labels;          /* path of the file of class names, or NULL */
	char **class_names;    /* those that come with an imported network, unless labels
	                         * has them; NULL-terminated, or NULL */
	char **weights_names;  /* file names of published weights, NULL-terminated, one
	                         * block; or NULL */
	char **weights_urls;   /* where each of them can be downloaded; likewise */
	char *weights_package; /* Python package that has them, or NULL */
	char **ignored; /* prefixes of tensors in weights files that are not part of the network, NULL-terminated, one block; or NULL */
	struct graph_rename *renames;
	size_t rename_count;

	struct graph_alias *aliases; /* none of them is a node's name */
	size_t alias_count;
	char *logits_layer;  /* the user's choice of the logits, or NULL */
	bool pixels_unknown; /* nothing has said how pixels become numbers */
	bool detector;       /* the last node is of boxes and of logits: graph_boxes() */
};

/** Free a NULL-terminated array of strings, or NULL */
void names_free(char **names);

/** NULL is allowed. */
void graph_free(struct graph *graph);

/**
 * \brief   Infer shapes for an input of height x width, by PyTorch's rules
 *
 * A linear layer requires as many features as for the default input size, once
 * graph_finish() has found these.
 *
 * \param   shapes  Array of node_count shapes
 *
 * Errors name the layer, the operation and the offending extents.
 */
cnnviz_status graph_infer(const struct graph *graph, int64_t height, int64_t width,
		struct graph_shape *shapes, struct error *error);

/**
 * \brief   Like graph_infer(), but only for what the given nodes need
 *
 * So that a convolutional part can be used with sizes that later layers do not support.
 *
 * \param   shapes  Array of node_count shapes; rank 0 for nodes that are not needed
 */
cnnviz_status graph_infer_part(const struct graph *graph, int64_t height, int64_t width,
		size_t count, const int32_t *nodes, struct graph_shape *shapes,
		struct error *error);

/**
 * \brief   Like graph_infer_part(), from layers in the middle
 *
 * \param   known   node_count flags: shapes[] has that of the node already; the nodes
 *                  before it are needed for others alone
 * \param   error   Also CNNVIZ_ERROR_ENGINE where a node needs the input, which is not
 *                  known
 */
cnnviz_status graph_infer_from(const struct graph *graph, const bool *known, size_t count,
		const int32_t *nodes, struct graph_shape *shapes, struct error *error);

/**
 * \brief   Shape of one node other than the input, from those of its inputs
 *
 * Errors are clauses without the layer's name, for a caller that knows the line in a
 * file.
 *
 * \param   shapes  Array of node_count shapes; those of the node's inputs are known
 */
cnnviz_status graph_infer_node(const struct graph *graph, int32_t node,
		struct graph_shape *shapes, struct error *error);

/**
 * \brief   Effective padding of conv2d or a pool for an input of h x w
 *
 * Resolves padding_same. Also for engines.
 */
void graph_resolve_padding(const struct graph_settings *settings, int64_t height,
		int64_t width, int64_t padding[4]);

/** Height (direction 0) or width (1) that an upsample makes of one, also for engines */
int64_t graph_scaled_extent(const struct graph_settings *settings, int direction,
		int64_t extent);

/**
 * \brief   Row (direction 0) or column (1) of the input that one of an upsample's output
 *          shows, also for engines
 *
 * From 0 to in - 1; with GRAPH_UPSAMPLE_NEAREST a whole number.
 */
double graph_place(const struct graph_settings *settings, int direction, int64_t in,
		int64_t out, int64_t index);

/**
 * \brief   What an attention multiplies products of queries and keys by, also for engines
 *
 * \param   features    Of a query
 */
double graph_attention_scale(const struct graph_settings *settings, int64_t features);

/** Shape a weight must have, for a node whose input shapes are known; rank 0: none */
uint32_t graph_weight_shape(const struct graph *graph, int32_t node,
		enum graph_weight role, int64_t shape[4]);

/**
 * \brief   Find a layer by name: a node, or a block (a dotted prefix of names)
 *
 * A block means its last node. "input", "logits" and "last_features", or
 * "last_conv", name those nodes unless a node has the name. Aliases come last.
 *
 * \return  Node index, or CNNVIZ_LAYER_NONE.
 */
int32_t graph_find(const struct graph *graph, const char *name);

/** Whether the logits are a map for each class, as in a segmentation network */
bool graph_is_dense(const struct graph *graph);

/**
 * Node of the boxes that a detector's logits are of, or CNNVIZ_LAYER_NONE: (4,1,boxes),
 * their centers' x and y, widths and heights in pixels of the input. The logits are then
 * (classes,1,boxes).
 */
int32_t graph_boxes(const struct graph *graph);

/** Nearest name of a node or block, or NULL; malloc'ed */
char *graph_nearest(const struct graph *graph, const char *name);

/**
 * \brief   Infer the shapes for the default input size, and find logits, roles and
 *          last_features
 *
 * For importers, when the nodes are complete. logits: the last node, or what
 * feeds it when it makes probabilities of scores (a dropout before it is passed over,
 * and a flatten of what is flat already). last_features: see graph/last_features.h.
 *
 * Errors: those of graph_infer(); logits that are neither scores nor maps;
 * graph->logits_layer names no layer.
 */
cnnviz_status graph_finish(struct graph *graph, struct error *error);

#ifdef __cplusplus
}
#endif

#endif
