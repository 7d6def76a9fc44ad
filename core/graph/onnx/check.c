/**
 * \file    graph/onnx/check.c
 * \brief   Checks that a file's arrays have one maker each, and finds what is needed
 */
#include "graph/onnx/check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/** The first version of the operators whose meaning this reader knows */
#define LEAST_OPSET 7

const char *onnx_label(const struct onnx_node *node)
{
	return node->name[0] != '\0'             ? node->name
			: node->output_count > 0 ? node->outputs[0]
						 : "without a name";
}

/* ---- Makers -------------------------------------------------------------------- */

static cnnviz_status add_maker(struct name_index *makers, const char *name, int64_t maker,
		struct error *error)
{
	bool known;

	*name_index_add(makers, name, &known) = maker;
	return known ? error_set(error, CNNVIZ_ERROR_INPUT,
			       "it has two arrays named \"%.200s\"", name)
		     : CNNVIZ_OK;
}

static cnnviz_status check_node(const struct onnx_file *file, size_t index,
		struct name_index *makers, struct error *error)
{
	const struct onnx_node *node = &file->nodes[index];
	cnnviz_status status = CNNVIZ_OK;

	for (size_t i = 0; i < node->input_count; i++) {
		if (node->inputs[i][0] != '\0'
				&& name_index_find(makers, node->inputs[i]) == NULL) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"node %.200s uses \"%.200s\", which nothing "
					"before "
					"it makes",
					onnx_label(node), node->inputs[i]);
		}
	}
	if (node->output_count == 0 || node->outputs[0][0] == '\0') {
		return error_set(error, CNNVIZ_ERROR_INPUT, "node %.200s makes nothing",
				onnx_label(node));
	}
	for (size_t i = 0; i < node->output_count && status == CNNVIZ_OK; i++) {
		if (node->outputs[i][0] != '\0') {
			status = add_maker(makers, node->outputs[i], (int64_t)index,
					error);
		}
	}
	return status;
}

cnnviz_status onnx_check(const struct onnx_file *file, struct name_index *makers,
		struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;

	if (file->opset < LEAST_OPSET) {
		return error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
				"it uses version %" PRId64
				" of ONNX's operators, and cnnviz reads them from %d on; "
				"export the network again, or convert the file with "
				"onnx.version_converter",
				file->opset, LEAST_OPSET);
	}
	for (size_t i = 0; i < file->tensor_count && status == CNNVIZ_OK; i++) {
		status = add_maker(makers, file->tensors[i].name, ONNX_MAKER_TENSOR,
				error);
	}
	for (size_t i = 0; i < file->input_count && status == CNNVIZ_OK; i++) {
		/* Old files list initializers as inputs, whose values can be replaced. */
		if (name_index_find(makers, file->inputs[i].name) == NULL) {
			*name_index_add(makers, file->inputs[i].name,
					NULL) = ONNX_MAKER_INPUT;
		}
	}
	for (size_t i = 0; i < file->node_count && status == CNNVIZ_OK; i++) {
		status = check_node(file, i, makers, error);
	}
	return status;
}

/* ---- What is needed ------------------------------------------------------------ */

static void need(const struct name_index *makers, const char *name, bool *needed)
{
	const int64_t *maker = name_index_find(makers, name);

	if (maker != NULL && *maker >= 0) {
		needed[*maker] = true;
	}
}

bool *onnx_needed(const struct onnx_file *file, const struct name_index *makers,
		const char *name)
{
	bool *needed = memory_new(file->node_count, sizeof(*needed));

	need(makers, name, needed);
	for (size_t i = file->node_count; i-- > 0;) {
		for (size_t k = 0; needed[i] && k < file->nodes[i].input_count; k++) {
			need(makers, file->nodes[i].inputs[k], needed);
		}
	}
	return needed;
}

/* ---- Strangers ----------------------------------------------------------------- */

#define QUANTIZED \
	"is quantised to 8 bits: its rounding has no gradient; give the float model " \
	"that it " \
	"was made from"
#define CONTROL \
	"decides while it runs which operators to use, which cnnviz does not follow"

static const struct {
	const char *operator;
	const char *text;
} strangers[] = {
	{ "QuantizeLinear", QUANTIZED },
	{ "DynamicQuantizeLinear", QUANTIZED },
	{ "QLinearConv", QUANTIZED },
	{ "QLinearMatMul", QUANTIZED },
	{ "ConvInteger", QUANTIZED },
	{ "MatMulInteger", QUANTIZED },
	{ "If", CONTROL },
	{ "Loop", CONTROL },
	{ "Scan", CONTROL },
	{ "NonMaxSuppression",
			"ends in a detector's post-processing; export it without, or "
			"name an "
			"earlier array with output = NAME in [model]" },
};

const char *onnx_stranger(const struct onnx_node *node)
{
	if (strncmp(node->domain, "com.microsoft", 13) == 0) {
		return "was fused for ONNX Runtime; give the file before optimisation";
	}
	if (strcmp(node->domain, "ai.onnx.ml") == 0) {
		return "holds no convolutional network, but a model of classical machine "
		       "learning";
	}
	for (size_t i = 0; i < sizeof(strangers) / sizeof(*strangers); i++) {
		if (strcmp(strangers[i].operator, node->operator) == 0) {
			return strangers[i].text;
		}
	}
	return strncmp(node->operator, "Sequence", 8) == 0 ? CONTROL : NULL;
}
