/**
 * \file    graph/onnx/conversion.h
 * \brief   The arrays of a file while its nodes become a graph
 *
 * Each array is a constant, or live: a view of what a node of the graph computes.
 */
#ifndef ONNX_CONVERSION_H
#define ONNX_CONVERSION_H

#include "graph/build.h"
#include "graph/name_index.h"
#include "graph/onnx/file.h"
#include "graph/onnx/view.h"

enum value_kind {
	VALUE_UNKNOWN, /* made by what cannot be converted, or not made yet */
	VALUE_CONSTANT,
	VALUE_LIVE,
};

struct value {
	enum value_kind kind;
	const char *fault; /* VALUE_UNKNOWN: why a tensor cannot be used, or NULL */
	struct constant constant;
	struct view view;
	/* Rows and columns of a number around a live value, which the window behind takes
	 * in: top, bottom, left, right */
	bool padded;
	int64_t padding[4];
	double padding_value;
	/* Extents that a live value is repeated to where it has 1, as Expand says, until it
	 * is known what for; rank 0: it is not */
	uint32_t repeated_rank;
	int64_t repeated[CNNVIZ_MAX_RANK];
};

/** A product of two live arrays, of which an attention may be made yet */
struct live_product {
	int32_t node;
	struct view factors[2]; /* of the rank of the product */
	uint32_t skipped;       /* axes in front that the node does not have */
};

struct conversion {
	struct onnx_file *file;
	struct build build;
	struct arena arena;      /* of folded constants */
	struct name_index names; /* of arrays: index in values plus 1 */
	struct name_index uses;  /* of arrays: how many inputs of nodes they are */
	struct value *values;
	size_t value_count;
	struct live_product *products;
	size_t product_count;
	/* The node being converted */
	const struct onnx_node *node;
	char *path;
};

/** Number of the node's inputs, without those left out at the end */
size_t onnx_input_count(const struct conversion *conversion);

/** An input of the node, or NULL for one that is left out */
const struct value *onnx_input_at(const struct conversion *conversion, size_t i);

/** The value of an array, which is made if need be */
struct value *onnx_value_of(struct conversion *conversion, const char *name);

/* Errors of the following, and of what converts nodes, are clauses about the node.
 * CNNVIZ_ERROR_UNSUPPORTED says that cnnviz cannot do it, any other that the file is
 * wrong. */

/** Refuse what the node asks for: an error of CNNVIZ_ERROR_UNSUPPORTED. */
cnnviz_status onnx_refuse(struct error *error, const char *format, ...)
		CNNVIZ_PRINTF(2, 3);

/** A constant input, or an error that says what it is: "its weight" */
cnnviz_status onnx_input_constant(const struct conversion *conversion, size_t i,
		const char *what, const struct constant **constant, struct error *error);

/** Extents of a live array in the file, with padding around it and repeats; its rank */
uint32_t onnx_extents(const struct value *value, int64_t extent[CNNVIZ_MAX_RANK]);

/** Make padding around a live array, or its repeats, a layer. */
cnnviz_status onnx_complete(struct conversion *conversion, const char *name,
		struct error *error);

/** A live input; padding around it and repeats become a layer */
cnnviz_status onnx_input_live(struct conversion *conversion, size_t i,
		const struct view **view, struct error *error);

/** A live input as the node that has it as (channels,height,width); one is added to shuffle */
cnnviz_status onnx_input_spatial(struct conversion *conversion, size_t i, int32_t *node,
		struct error *error);

/**
 * \brief   A live input of windows, as the node that has it as (channels,height,width)
 *
 * One of three dimensions, (batch,channels,length), is (channels,length,1).
 *
 * \param   rank    3 or 4
 */
cnnviz_status onnx_input_window(struct conversion *conversion, size_t i, int32_t *node,
		uint32_t *rank, struct error *error);

/**
 * \brief   A live input as a node with a row of features, in the file's order or not
 *
 * \param   axis    That of the features: 1, or 0 for a column
 */
cnnviz_status onnx_input_row(struct conversion *conversion, size_t i, uint32_t axis,
		int32_t *node, struct view_axis *order, struct error *error);

/** A row of a node's values, in the order in which they lie in memory */
cnnviz_status onnx_flatten(struct conversion *conversion, const struct view *view,
		int32_t *node, struct error *error);

/** A view as a node of (channels,height,width), or as a row in order */
cnnviz_status onnx_view_spatial(struct conversion *conversion, const struct view *view,
		int32_t *node, struct error *error);
cnnviz_status onnx_view_row(struct conversion *conversion, const struct view *view,
		int32_t *node, struct error *error);

/** Add a node of the graph. */
cnnviz_status onnx_add_node(struct conversion *conversion, const char *operation,
		const struct graph_settings *settings, size_t count,
		const int32_t *inputs, int32_t *node, struct error *error);

/** Say what an output of the node is. */
void onnx_set_output(struct conversion *conversion, size_t i, const struct view *view);
void onnx_set_constant_output(struct conversion *conversion, size_t i,
		const struct constant *constant);

/** Say what the node's first output is. */
void onnx_set_constant(struct conversion *conversion, const struct constant *constant);
void onnx_set_view(struct conversion *conversion, const struct view *view);
void onnx_set_node(struct conversion *conversion, int32_t node); /* as view_whole() */

/** Likewise, of a node whose input was read by onnx_input_window() */
void onnx_set_window(struct conversion *conversion, int32_t node, uint32_t rank);

/**
 * \brief   An operation of each value by itself, of what a view shows, as the output
 *
 * The axes stay as they are.
 *
 * \param   settings    NULL: those by default
 */
cnnviz_status onnx_apply(struct conversion *conversion, const char *operation,
		const struct graph_settings *settings, const struct view *view,
		struct error *error);

/** Of two inputs the live one and the constant, in either order */
cnnviz_status onnx_split_inputs(struct conversion *conversion, const struct view **view,
		const struct constant **constant, struct error *error);

/** Hand an input on as the output. */
cnnviz_status onnx_pass_on(struct conversion *conversion, struct error *error);

/**
 * \brief   Read a list of integers, from an attribute or from a constant input
 *
 * \param   input   Number of the input, or SIZE_MAX for none
 * \param   list    count integers; 0 where neither is there
 */
cnnviz_status onnx_read_list(const struct conversion *conversion, const char *attribute,
		size_t input, int64_t list[CNNVIZ_MAX_RANK * 2], size_t *count,
		struct error *error);

/** Make an axis that may count from the end count from the beginning. */
cnnviz_status onnx_read_axis(int64_t axis, uint32_t rank, uint32_t *result,
		struct error *error);

#endif
