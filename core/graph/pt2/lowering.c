/**
 * \file    graph/pt2/lowering.c
 * \brief   Adds nodes of ONNX operators for a call
 */
#include "graph/pt2/lowering.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "graph/onnx/list.h"

/* ---- Arrays --------------------------------------------------------------------- */

const char *lower_between(struct lowering *lowering)
{
	char *name = memory_format("%s:%zu", lower_output(lowering, 0), lowering->made++);
	const char *kept;

	json_object_set_new(lowering->names, name, json_string(name));
	kept = json_string_value(json_object_get(lowering->names, name));
	free(name);
	return kept != NULL ? kept : "";
}

/** Whether the network may have one more of something */
static bool has_room(struct lowering *lowering, enum limit limit, size_t count)
{
	struct error error;

	if (limit_check(limit, count + 1, &error, "makes that the network has")
			== CNNVIZ_OK) {
		return true;
	}
	lower_fail(lowering, error.status, "%s", error.text);
	return false;
}

static struct onnx_tensor *add_tensor(struct lowering *lowering, const char *name)
{
	struct onnx_file *file = lowering->file;
	struct onnx_tensor *tensor;

	if (!has_room(lowering, LIMIT_TENSORS, file->tensor_count)) {
		return NULL;
	}
	file->tensors = list_grow(file->tensors, file->tensor_count,
			sizeof(*file->tensors));
	tensor = &file->tensors[file->tensor_count++];
	*tensor = (struct onnx_tensor){ .name = memory_text(name) };
	return tensor;
}

static const char *constant_integers(struct lowering *lowering, uint32_t rank,
		size_t count, const int64_t *values)
{
	const char *name = lower_between(lowering);
	struct onnx_tensor *tensor = add_tensor(lowering, name);
	int64_t extent = (int64_t)count, *own;

	if (tensor != NULL
			&& arena_integers(&lowering->file->arena, rank, &extent,
					   &tensor->constant, &own, lowering->error)
					== CNNVIZ_OK) {
		memcpy(own, values, count * sizeof(*own));
	} else if (lowering->status == CNNVIZ_OK) {
		lowering->status = lowering->error->status;
	}
	return name;
}

const char *lower_constant_integers(struct lowering *lowering, size_t count,
		const int64_t *values)
{
	return constant_integers(lowering, 1, count, values);
}

const char *lower_constant_integer(struct lowering *lowering, int64_t value)
{
	return constant_integers(lowering, 0, 1, &value);
}

const char *lower_constant_real(struct lowering *lowering, double value)
{
	const char *name = lower_between(lowering);
	struct onnx_tensor *tensor = add_tensor(lowering, name);
	double *own;

	if (tensor != NULL
			&& arena_reals(&lowering->file->arena, 0, NULL, &tensor->constant,
					   &own, lowering->error)
					== CNNVIZ_OK) {
		*own = value;
	} else if (lowering->status == CNNVIZ_OK) {
		lowering->status = lowering->error->status;
	}
	return name;
}

/* ---- Nodes ---------------------------------------------------------------------- */

static struct onnx_node *last_node(const struct lowering *lowering)
{
	return &lowering->file->nodes[lowering->file->node_count - 1];
}

static void add_input(struct onnx_node *node, const char *name)
{
	node->inputs = list_grow(node->inputs, node->input_count, sizeof(*node->inputs));
	node->inputs[node->input_count++] = memory_text(name);
}

void lower_add(struct lowering *lowering, const char *operator, const char * output,
		size_t count, const char *const *inputs)
{
	struct onnx_file *file = lowering->file;
	const char *name = json_string_value(json_object_get(lowering->call, "name"));
	struct onnx_node *node;

	if (!has_room(lowering, LIMIT_NODES, file->node_count)) {
		return;
	}
	file->nodes = list_grow(file->nodes, file->node_count, sizeof(*file->nodes));
	node = &file->nodes[file->node_count++];
	*node = (struct onnx_node){
		.name = memory_text(name != NULL ? name : output),
		.operator= memory_text(operator),
		.domain = memory_text(""),
		.scopes = memory_text(lowering->scopes),
	};
	for (size_t i = 0; i < count; i++) {
		add_input(node, inputs[i]);
	}
	lower_add_output(lowering, output);
}

void lower_unary(struct lowering *lowering, const char *operator, const char * output,
		const char *input)
{
	lower_add(lowering, operator, output, 1, &input);
}

void lower_binary(struct lowering *lowering, const char *operator, const char * output,
		const char *a, const char *b)
{
	lower_add(lowering, operator, output, 2, (const char *[]){ a, b });
}

void lower_add_output(struct lowering *lowering, const char *output)
{
	struct onnx_node *node = last_node(lowering);

	node->outputs = list_grow(node->outputs, node->output_count,
			sizeof(*node->outputs));
	node->outputs[node->output_count++] = memory_text(output);
}

void lower_set_domain(struct lowering *lowering, const char *domain)
{
	struct onnx_node *node = last_node(lowering);

	free(node->domain);
	node->domain = memory_text(domain);
}

/* ---- Attributes ----------------------------------------------------------------- */

static struct onnx_attribute *add_attribute(struct lowering *lowering, const char *name)
{
	struct onnx_node *node = last_node(lowering);
	struct onnx_attribute *attribute;

	node->attributes = list_grow(node->attributes, node->attribute_count,
			sizeof(*node->attributes));
	attribute = &node->attributes[node->attribute_count++];
	*attribute = (struct onnx_attribute){ .name = memory_text(name) };
	return attribute;
}

void lower_set_integer(struct lowering *lowering, const char *name, int64_t value)
{
	struct onnx_attribute *attribute = add_attribute(lowering, name);

	attribute->has_integer = true;
	attribute->integer = value;
}

void lower_set_real(struct lowering *lowering, const char *name, double value)
{
	struct onnx_attribute *attribute = add_attribute(lowering, name);

	attribute->has_real = true;
	attribute->real = value;
}

void lower_set_text(struct lowering *lowering, const char *name, const char *text)
{
	add_attribute(lowering, name)->text = memory_text(text);
}

void lower_set_integers(struct lowering *lowering, const char *name,
		const struct integers *list)
{
	struct onnx_attribute *attribute = add_attribute(lowering, name);

	attribute->integers = memory_new(list->count, sizeof(*attribute->integers));
	memcpy(attribute->integers, list->values, list->count * sizeof(*list->values));
	attribute->count = list->count;
}

/* ---- Axes ----------------------------------------------------------------------- */

void lower_transpose(struct lowering *lowering, const char *output, const char *input,
		const struct integers *permutation)
{
	lower_unary(lowering, "Transpose", output, input);
	lower_set_integers(lowering, "perm", permutation);
}

void lower_reshape(struct lowering *lowering, const char *output, const char *input,
		size_t rank, const int64_t *extent)
{
	lower_binary(lowering, "Reshape", output, input,
			lower_constant_integers(lowering, rank, extent));
}

void lower_unknown(struct lowering *lowering)
{
	static const char prefix[] = "torch.ops.";
	const char *target = json_string_value(json_object_get(lowering->call, "target"));
	size_t known = strncmp(target, prefix, strlen(prefix)) == 0 ? strlen(prefix) : 0;
	size_t space = strcspn(target + known, ".");
	char *domain = memory_text_n(target + known, space);
	const char *inputs[LOWERING_MAX_LIST];

	lower_add(lowering, target + known + space + (target[known + space] == '.'),
			lower_output(lowering, 0), lower_all_arrays(lowering, inputs),
			inputs);
	for (size_t i = 1; i < lower_output_count(lowering); i++) {
		lower_add_output(lowering, lower_output(lowering, i));
	}
	lower_set_domain(lowering, domain);
	free(domain);
}
