/**
 * \file    graph/onnx/products.c
 * \brief   Products of two live matrices, of which some are attentions
 */
#include "graph/onnx/products.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "graph/onnx/layout.h"
#include "graph/onnx/patterns.h"
#include "graph/operation.h"

#define MOST_BIASES 2

/** Where the scores of an attention come from */
struct scores {
	int32_t product; /* the matmul of queries and keys */
	double scale;
	int32_t biases[MOST_BIASES];
	size_t bias_count;
};

static const struct graph_node *node_at(const struct conversion *conversion, int32_t node)
{
	return &conversion->build.graph->nodes[node];
}

static bool is(const struct conversion *conversion, int32_t node, const char *operation)
{
	return node > 0 && strcmp(node_at(conversion, node)->op->name, operation) == 0;
}

static bool same_shape(const struct conversion *conversion, int32_t a, int32_t b)
{
	const struct graph_shape *first = build_shape(&conversion->build, a);
	const struct graph_shape *second = build_shape(&conversion->build, b);

	return first->rank == second->rank
			&& memcmp(first->extent, second->extent,
					   first->rank * sizeof(*first->extent))
			== 0;
}

/* ---- What is multiplied by a number -------------------------------------------- */

/** The node that another one is a multiple of, or that node itself */
static int32_t without_factor(const struct conversion *conversion, int32_t node,
		double *scale)
{
	while (is(conversion, node, "affine")
			&& node_at(conversion, node)->settings.addend == 0) {
		*scale *= node_at(conversion, node)->settings.factor;
		node = node_at(conversion, node)->inputs[0];
	}
	return node;
}

/* ---- Scores -------------------------------------------------------------------- */

/** Views of a product's factors, if they have been noted; or NULL */
static const struct live_product *find_product(const struct conversion *conversion,
		int32_t node)
{
	size_t i = conversion->product_count;

	while (i > 0 && conversion->products[i - 1].node != node) {
		i--;
	}
	return i > 0 ? &conversion->products[i - 1] : NULL;
}

/** Follow a few sums, then multiples, to a product whose scores they are; false: to none. */
static bool find_scores(const struct conversion *conversion, int32_t node, size_t sums,
		struct scores *scores)
{
	const struct graph_node *sum = node_at(conversion, node);

	*scores = (struct scores){ .scale = 1 };
	scores->product = without_factor(conversion, node, &scores->scale);
	if (is(conversion, scores->product, "matmul")) {
		return scores->scale != 0;
	}
	if (sums == 0 || !is(conversion, node, "add") || sum->input_count != 2) {
		return false;
	}
	for (size_t i = 0; i < 2; i++) {
		if (same_shape(conversion, sum->inputs[i], node)
				&& find_scores(conversion, sum->inputs[i], sums - 1,
						scores)) {
			scores->biases[scores->bias_count++] = sum->inputs[1 - i];
			return true;
		}
	}
	return false;
}

/** Whether two nodes agree in all axes but the last two */
static bool same_stacks(const struct conversion *conversion, int32_t a, int32_t b)
{
	const struct graph_shape *first = build_shape(&conversion->build, a);
	const struct graph_shape *second = build_shape(&conversion->build, b);

	return first->rank == second->rank
			&& memcmp(first->extent, second->extent,
					   (first->rank - 2) * sizeof(*first->extent))
			== 0;
}

/** Whether a product with values is an attention; its scores */
static bool find_attention(const struct conversion *conversion, int32_t shares,
		int32_t values, struct scores *scores)
{
	const struct graph_node *softmax = node_at(conversion, shares), *product;

	if (!is(conversion, shares, "softmax")
			|| softmax->settings.axis + 1
					!= build_shape(&conversion->build, shares)->rank
			|| !find_scores(conversion, softmax->inputs[0], MOST_BIASES,
					scores)) {
		return false;
	}
	product = node_at(conversion, scores->product);
	return find_product(conversion, scores->product) != NULL
			&& same_stacks(conversion, product->inputs[0], product->inputs[1])
			&& same_stacks(conversion, product->inputs[0], values);
}

/* ---- Queries and keys ---------------------------------------------------------- */

/** Keys as rows, of keys as columns */
static struct view turned(const struct view *columns)
{
	int64_t order[CNNVIZ_MAX_RANK];
	uint32_t last = columns->rank - 1;

	for (uint32_t d = 0; d < columns->rank; d++) {
		order[d] = d;
	}
	order[last] = last - 1;
	order[last - 1] = last;
	return view_permuted(columns, order);
}

/** Queries and keys as nodes, without the numbers that they are multiplied by */
static cnnviz_status lay_out(struct conversion *conversion,
		const struct live_product *product, double *scale, int32_t nodes[2],
		struct error *error)
{
	struct view views[] = { product->factors[0], turned(&product->factors[1]) };
	uint32_t skipped = product->skipped;
	cnnviz_status status = CNNVIZ_OK;

	for (size_t i = 0; i < 2 && status == CNNVIZ_OK; i++) {
		views[i].node = without_factor(conversion, views[i].node, scale);
		status = onnx_view_array(conversion, &views[i], skipped, &nodes[i],
				error);
	}
	return status;
}

/**
 * Let a bias that is a constant count its items by another node than the scores, which
 * nothing else needs.
 */
static void count_by(struct conversion *conversion, int32_t bias, int32_t node)
{
	while (is(conversion, bias, "reshape")) {
		bias = node_at(conversion, bias)->inputs[0];
	}
	if (is(conversion, bias, "parameter")) {
		node_at(conversion, bias)->inputs[0] = node;
	}
}

/* ---- Nodes --------------------------------------------------------------------- */

static cnnviz_status add_attention(struct conversion *conversion, struct scores *scores,
		int32_t values, int32_t *node, struct error *error)
{
	struct live_product product = *find_product(conversion, scores->product);
	struct graph_settings settings = build_settings("attention");
	int32_t inputs[3 + MOST_BIASES] = { 0 };
	const struct graph_shape *shape;
	double unused = 1;
	int32_t source;
	cnnviz_status status = lay_out(conversion, &product, &scores->scale, inputs,
			error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	inputs[2] = values;
	source = without_factor(conversion, product.factors[0].node, &unused);
	for (size_t i = 0; i < scores->bias_count; i++) {
		inputs[3 + i] = scores->biases[i];
		count_by(conversion, scores->biases[i], source);
	}
	shape = build_shape(&conversion->build, inputs[0]);
	if (!pattern_is_about(scores->scale,
			    1 / sqrt((double)shape->extent[shape->rank - 1]))) {
		settings.factor = scores->scale;
	}
	return onnx_add_node(conversion, "attention", &settings, 3 + scores->bias_count,
			inputs, node, error);
}

static void note_product(struct conversion *conversion,
		const struct live_product *product)
{
	size_t count = conversion->product_count;

	conversion->products = memory_resize(conversion->products, count + 1,
			sizeof(*conversion->products));
	conversion->products[count] = *product;
	conversion->product_count = count + 1;
}

cnnviz_status onnx_add_product(struct conversion *conversion, const int32_t factors[2],
		struct live_product *product, int32_t *node, struct error *error)
{
	struct scores scores;
	cnnviz_status status;

	if (find_attention(conversion, factors[0], factors[1], &scores)) {
		return add_attention(conversion, &scores, factors[1], node, error);
	}
	status = onnx_add_node(conversion, "matmul", NULL, 2, factors, node, error);
	if (status == CNNVIZ_OK && product != NULL) {
		product->node = *node;
		note_product(conversion, product);
	}
	return status;
}
