/**
 * \file    graph/build.h
 * \brief   Builds a graph from a file that has its own weights
 *
 * Shared by importers of files other than descriptions. Nodes are added in order, each with
 * the path of the module that it comes from; nodes that turn out to be of no use are left
 * out at the end, when the others get their names.
 */
#ifndef GRAPH_BUILD_H
#define GRAPH_BUILD_H

#include "graph/constant.h"
#include "graph/graph.h"
#include "weights/weights.h"

/** What is known of a node in addition to the graph's */
struct build_item {
	char *path; /* of its module, with dots; "" if it lies in none */
	struct constant weights[GRAPH_WEIGHT_COUNT];
	bool has[GRAPH_WEIGHT_COUNT];
};

/** Another name of a node */
struct build_alias {
	char *name;
	int32_t node;
};

struct build {
	struct graph *graph; /* its nodes have no names until build_finish() */
	struct build_item *items;
	struct graph_shape *shapes;
	struct build_alias *aliases;
	size_t alias_count;
};

/** A node to be added */
struct build_request {
	const char *operation; /* the graph's word */
	struct graph_settings settings;
	const int32_t *inputs;
	size_t input_count;
	const char *path;
};

/** Start a graph with the input, whose normalization and size have been filled in. */
void build_start(struct build *build, struct graph *graph);

/** Default settings of an operation */
struct graph_settings build_settings(const char *operation);

/**
 * \brief   Add a node and infer its shape
 *
 * Errors are clauses without the node's name: "its kernel is ..."
 *
 * \param   node    Its index
 */
cnnviz_status build_add(struct build *build, const struct build_request *request,
		int32_t *node, struct error *error);

/** Give a node a weight; the bytes outlive build_finish(). */
void build_weight(struct build *build, int32_t node, enum graph_weight role,
		const struct constant *constant);

/** Let a name, such as the file's own, stand for a node. */
void build_alias(struct build *build, int32_t node, const char *name);

/** Shape of a node's output */
const struct graph_shape *build_shape(const struct build *build, int32_t node);

/**
 * \brief   End the graph with a node, name the nodes and gather the weights
 *
 * The only node of a module gets the module's path; others the path and the operation, and
 * a number where that is taken: layer1.0.add, layer1.0.add_1. An alias that is a node's
 * name is dropped; of equal ones the last one counts.
 *
 * \param   mapping The file, of which the weights get a reference
 * \param   weights Tensors under torch's names, layer1.0.conv1.weight; of those that lie
 *                  in a mapped file nothing is copied yet; NULL: not needed
 *
 * Errors name the node: those of graph_finish(); a weight of another shape than needed.
 */
cnnviz_status build_finish(struct build *build, int32_t output, struct mapping *mapping,
		struct weights **weights, struct error *error);

/** Free all but the graph. */
void build_free(struct build *build);

#endif
