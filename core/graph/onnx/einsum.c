/**
 * \file    graph/onnx/einsum.c
 * \brief   Einsum of one array or two, as sums over axes and a product of matrices
 */
#include "graph/onnx/einsum.h"

#include <inttypes.h>
#include <string.h>

#include "graph/onnx/layout.h"
#include "graph/onnx/products.h"

/** Letters for the axes of an array, or of two; ended by 0 */
struct letters {
	char text[2 * CNNVIZ_MAX_RANK + 1];
};

struct operand {
	struct view view;
	struct letters axes;
};

struct equation {
	size_t count; /* operands */
	struct operand operands[2];
	struct letters result;
};

static bool has(const struct letters *letters, char letter)
{
	return strchr(letters->text, letter) != NULL;
}

static void append(struct letters *letters, char letter)
{
	size_t length = strlen(letters->text);

	letters->text[length] = letter;
	letters->text[length + 1] = '\0';
}

static uint32_t rank_of(const struct letters *letters)
{
	return (uint32_t)strlen(letters->text);
}

/* ---- The equation -------------------------------------------------------------- */

/** Read the letters of one array; false where one stands twice, or is none. */
static bool read_letters(const char **text, struct letters *letters)
{
	*letters = (struct letters){ "" };
	for (; **text != '\0' && **text != ',' && **text != '-'; (*text)++) {
		char letter = **text;
		bool known = (letter >= 'a' && letter <= 'z')
				|| (letter >= 'A' && letter <= 'Z');

		if (letter == ' ') {
			continue;
		}
		if (!known || has(letters, letter)
				|| rank_of(letters) == CNNVIZ_MAX_RANK) {
			return false;
		}
		append(letters, letter);
	}
	return true;
}

/** Without `->` the result has the letters that stand once, in the order of the alphabet. */
static bool imply_result(struct equation *equation)
{
	for (int letter = 'A'; letter <= 'z'; letter++) {
		size_t times = 0;

		for (size_t i = 0; i < equation->count && letter != '\0'; i++) {
			times += has(&equation->operands[i].axes, (char)letter);
		}
		if (times == 1 && rank_of(&equation->result) == CNNVIZ_MAX_RANK) {
			return false;
		}
		if (times == 1) {
			append(&equation->result, (char)letter);
		}
	}
	return true;
}

static cnnviz_status read_equation(const struct conversion *conversion,
		struct equation *equation, struct error *error)
{
	const char *whole = onnx_text(conversion->node, "equation", "");
	const char *text = whole;
	bool good = true;

	*equation = (struct equation){ .count = onnx_input_count(conversion) };
	if (whole[0] == '\0') {
		return onnx_refuse(error, "without an equation");
	}
	if (equation->count < 1 || equation->count > 2) {
		return onnx_refuse(error, "of %zu arrays", equation->count);
	}
	for (size_t i = 0; i < equation->count && good; i++) {
		good = read_letters(&text, &equation->operands[i].axes);
		text += *text == ',' && i + 1 < equation->count;
	}
	if (good && text[0] == '-' && text[1] == '>') {
		text += 2;
		good = read_letters(&text, &equation->result);
	} else {
		good = good && imply_result(equation);
	}
	for (const char *at = equation->result.text; *at != '\0' && good; at++) {
		good = has(&equation->operands[0].axes, *at)
				|| has(&equation->operands[1].axes, *at);
	}
	return good && *text == '\0' && equation->result.text[0] != '\0'
			? CNNVIZ_OK
			: onnx_refuse(error, "by the equation %s", whole);
}

/* ---- Operands ------------------------------------------------------------------ */

static int64_t extent_of(const struct operand *operand, char letter)
{
	return operand->view.axes[strchr(operand->axes.text, letter) - operand->axes.text]
			.extent;
}

static bool is_live(const struct conversion *conversion, size_t i)
{
	const struct value *value = onnx_input_at(conversion, i);

	return value != NULL && value->kind == VALUE_LIVE;
}

/** A constant as a node of as many items as a live one */
static cnnviz_status read_constant(struct conversion *conversion, size_t i, int32_t like,
		struct view *view, struct error *error)
{
	const struct constant *constant;
	int32_t node;
	cnnviz_status status = onnx_input_constant(conversion, i, "operand", &constant,
			error);

	if (status == CNNVIZ_OK) {
		status = onnx_constant_node(conversion, constant, constant->rank, like,
				&node, error);
	}
	if (status == CNNVIZ_OK) {
		*view = onnx_array_view(conversion, node, 0);
	}
	return status;
}

static cnnviz_status read_operands(struct conversion *conversion,
		struct equation *equation, struct error *error)
{
	const struct view *view = NULL;
	cnnviz_status status = CNNVIZ_OK;

	for (size_t i = 0; i < equation->count && status == CNNVIZ_OK; i++) {
		if (is_live(conversion, i)) {
			status = onnx_input_live(conversion, i, &view, error);
			if (status == CNNVIZ_OK) {
				equation->operands[i].view = *view;
			}
		}
	}
	if (status == CNNVIZ_OK && view == NULL) {
		status = onnx_refuse(error, "of constants");
	}
	for (size_t i = 0; i < equation->count && status == CNNVIZ_OK; i++) {
		if (!is_live(conversion, i)) {
			status = read_constant(conversion, i, view->node,
					&equation->operands[i].view, error);
		}
	}
	return status;
}

static cnnviz_status check_extents(const struct equation *equation, struct error *error)
{
	const struct operand *a = &equation->operands[0], *b = &equation->operands[1];

	for (size_t i = 0; i < equation->count; i++) {
		const struct operand *operand = &equation->operands[i];

		if (operand->view.rank != rank_of(&operand->axes)) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"has an equation of %" PRIu32
					" axes for an array of %" PRIu32,
					rank_of(&operand->axes), operand->view.rank);
		}
	}
	for (const char *at = a->axes.text; *at != '\0'; at++) {
		if (has(&b->axes, *at) && extent_of(a, *at) != extent_of(b, *at)) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"has two extents for the axis %c", *at);
		}
	}
	return CNNVIZ_OK;
}

/* ---- Axes in another order ----------------------------------------------------- */

static struct operand ordered(const struct operand *operand, const struct letters *order)
{
	int64_t axes[CNNVIZ_MAX_RANK];
	struct operand result = { .axes = *order };

	for (uint32_t d = 0; d < rank_of(order); d++) {
		axes[d] = strchr(operand->axes.text, order->text[d]) - operand->axes.text;
	}
	result.view = view_permuted(&operand->view, axes);
	return result;
}

static int64_t count_of(const struct operand *operand, const struct letters *letters)
{
	int64_t count = 1;

	for (const char *at = letters->text; *at != '\0'; at++) {
		count *= extent_of(operand, *at);
	}
	return count;
}

/** Append the letters of one array that another has, or has not. */
static void choose(const struct letters *from, const struct letters *other, bool shared,
		struct letters *chosen)
{
	for (const char *at = from->text; *at != '\0'; at++) {
		if (has(other, *at) == shared && !has(chosen, *at)) {
			append(chosen, *at);
		}
	}
}

/* ---- Sums ---------------------------------------------------------------------- */

/** The sum over the last axis of a view, as a node */
static cnnviz_status add_sum(struct conversion *conversion, const struct view *view,
		struct view *result, struct error *error)
{
	struct graph_settings mean = build_settings("mean");
	struct graph_settings scale = build_settings("affine");
	uint32_t skipped = view->rank > 2 ? onnx_skipped(view) : 0;
	int32_t input, sums, node;
	cnnviz_status status = onnx_view_array(conversion, view, skipped, &input, error);

	mean.axis = view->rank - 1 - skipped;
	scale.factor = (double)view->axes[view->rank - 1].extent;
	if (status == CNNVIZ_OK) {
		status = onnx_add_node(conversion, "mean", &mean, 1, &input, &sums,
				error);
	}
	if (status == CNNVIZ_OK) {
		status = onnx_add_node(conversion, "affine", &scale, 1, &sums, &node,
				error);
	}
	if (status == CNNVIZ_OK) {
		*result = onnx_array_view(conversion, node, skipped);
	}
	return status;
}

/** Sum over the axes of an operand that neither the result nor the other one has. */
static cnnviz_status sum_out(struct conversion *conversion, struct operand *operand,
		const struct letters *wanted, struct error *error)
{
	struct letters kept = { "" }, order;
	int64_t extent[CNNVIZ_MAX_RANK];
	struct operand turned;
	uint32_t rank;

	choose(&operand->axes, wanted, true, &kept);
	rank = rank_of(&kept);
	if (rank == rank_of(&operand->axes)) {
		return CNNVIZ_OK;
	}
	if (rank == 0) {
		return onnx_refuse(error, "over all axes of an array");
	}
	order = kept;
	choose(&operand->axes, wanted, false, &order);
	turned = ordered(operand, &order);
	extent[rank] = 1;
	for (uint32_t d = 0; d < rank_of(&order); d++) {
		int64_t own = turned.view.axes[d].extent;

		if (d < rank) {
			extent[d] = own;
		} else {
			extent[rank] *= own;
		}
	}
	if (!view_reshape(&turned.view, rank + 1, extent)) {
		return onnx_refuse(error, "over axes that lie apart");
	}
	operand->axes = kept;
	return add_sum(conversion, &turned.view, &operand->view, error);
}

/* ---- Products ------------------------------------------------------------------ */

/** What becomes of the letters of two operands */
struct plan {
	struct letters batch, rows, columns, summed;
};

static struct plan make_plan(const struct equation *equation)
{
	const struct letters *a = &equation->operands[0].axes;
	const struct letters *b = &equation->operands[1].axes;
	struct letters shared = { "" };
	struct plan plan = { { "" }, { "" }, { "" }, { "" } };

	choose(a, b, true, &shared);
	choose(&shared, &equation->result, true, &plan.batch);
	choose(&shared, &equation->result, false, &plan.summed);
	choose(a, b, false, &plan.rows);
	choose(b, a, false, &plan.columns);
	return plan;
}

/** An operand as matrices: its batch, then two groups of axes, each as one */
static bool make_matrices(const struct operand *operand, const struct plan *plan,
		const struct letters *first, const struct letters *second,
		struct view *result)
{
	struct letters order = plan->batch;
	int64_t extent[CNNVIZ_MAX_RANK + 2];
	uint32_t rank = rank_of(&plan->batch);

	choose(first, &order, false, &order);
	choose(second, &order, false, &order);
	*result = ordered(operand, &order).view;
	for (uint32_t d = 0; d < rank; d++) {
		extent[d] = result->axes[d].extent;
	}
	extent[rank] = count_of(operand, first);
	extent[rank + 1] = count_of(operand, second);
	return rank + 2 <= CNNVIZ_MAX_RANK && view_reshape(result, rank + 2, extent);
}

/** The result of a product, whose axes are the batch, rows and columns, as asked for */
static bool order_result(const struct equation *equation, const struct plan *plan,
		const struct view *product, struct view *result)
{
	const struct operand *a = &equation->operands[0], *b = &equation->operands[1];
	struct operand whole = { .view = *product, .axes = plan->batch };
	int64_t extent[CNNVIZ_MAX_RANK];

	choose(&plan->rows, &whole.axes, false, &whole.axes);
	choose(&plan->columns, &whole.axes, false, &whole.axes);
	for (uint32_t d = 0; d < rank_of(&whole.axes); d++) {
		char letter = whole.axes.text[d];

		extent[d] = extent_of(has(&a->axes, letter) ? a : b, letter);
	}
	if (!view_reshape(&whole.view, rank_of(&whole.axes), extent)) {
		return false;
	}
	*result = ordered(&whole, &equation->result).view;
	return true;
}

static cnnviz_status multiply(struct conversion *conversion,
		const struct equation *equation, struct view *result, struct error *error)
{
	struct plan plan = make_plan(equation);
	struct live_product product = { 0 };
	int32_t nodes[2], node;
	struct view view;
	cnnviz_status status = CNNVIZ_OK;

	if (!make_matrices(&equation->operands[0], &plan, &plan.rows, &plan.summed,
			    &product.factors[0])
			|| !make_matrices(&equation->operands[1], &plan, &plan.summed,
					&plan.columns, &product.factors[1])) {
		return onnx_refuse(error, "of arrays whose axes lie apart");
	}
	product.skipped = product.factors[0].rank > 2
			&& product.factors[0].axes[0].extent == 1;
	for (size_t i = 0; i < 2 && status == CNNVIZ_OK; i++) {
		status = onnx_view_array(conversion, &product.factors[i], product.skipped,
				&nodes[i], error);
	}
	if (status == CNNVIZ_OK) {
		status = onnx_add_product(conversion, nodes, &product, &node, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	view = onnx_array_view(conversion, node, product.skipped);
	return order_result(equation, &plan, &view, result)
			? CNNVIZ_OK
			: onnx_refuse(error, "of arrays whose axes lie apart");
}

/* ---- The node ------------------------------------------------------------------ */

cnnviz_status onnx_convert_einsum(struct conversion *conversion, struct error *error)
{
	struct equation equation;
	struct view result;
	cnnviz_status status = read_equation(conversion, &equation, error);

	if (status == CNNVIZ_OK) {
		status = read_operands(conversion, &equation, error);
	}
	if (status == CNNVIZ_OK) {
		status = check_extents(&equation, error);
	}
	for (size_t i = 0; i < equation.count && status == CNNVIZ_OK; i++) {
		struct letters wanted = equation.result;

		choose(&equation.operands[1 - i].axes, &wanted, false, &wanted);
		status = sum_out(conversion, &equation.operands[i], &wanted, error);
	}
	if (status == CNNVIZ_OK && equation.count == 1) {
		result = ordered(&equation.operands[0], &equation.result).view;
	} else if (status == CNNVIZ_OK) {
		status = multiply(conversion, &equation, &result, error);
	}
	if (status == CNNVIZ_OK) {
		onnx_set_view(conversion, &result);
	}
	return status;
}
