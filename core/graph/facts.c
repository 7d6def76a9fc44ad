/**
 * \file    graph/facts.c
 * \brief   What a layer is made of, for those who see layers from outside
 */
#include "graph/facts.h"

#include <math.h>
#include <string.h>

#include "base/tensor.h"
#include "graph/operation.h"

uint32_t graph_copy_inputs(const struct graph_node *node, uint32_t room, int32_t *inputs)
{
	for (size_t i = 0; i < node->input_count && i < room; i++) {
		inputs[i] = node->inputs[i];
	}
	return (uint32_t)node->input_count;
}

/** One number of a setting, whatever its type */
static double read_number(const struct operation_setting *setting, const char *member,
		size_t i)
{
	double real;
	int64_t integer;
	bool flag;

	switch (setting->parameter.type) {
	case CNNVIZ_PARAMETER_BOOL:
		memcpy(&flag, member, sizeof(flag));
		return flag ? 1 : 0;
	case CNNVIZ_PARAMETER_FLOAT:
		memcpy(&real, member + i * sizeof(real), sizeof(real));
		return real;
	default:
		memcpy(&integer, member + i * sizeof(integer), sizeof(integer));
		return (double)integer;
	}
}

uint32_t graph_copy_setting(const struct graph_node *node, const char *name,
		uint32_t room, double *values)
{
	const struct operation_setting *setting = operation_setting_find(node->op, name);
	const char *settings = (const char *)&node->settings;
	uint32_t count;

	if (setting == NULL || setting->parameter.type == CNNVIZ_PARAMETER_LAYER) {
		return 0;
	}
	count = setting->count > 0 ? (uint32_t)setting->count : 1;
	for (uint32_t i = 0; i < count && i < room; i++) {
		values[i] = read_number(setting, settings + setting->offset, i);
	}
	return count;
}

/** Value i of a weight, or what stands for one that is not there */
static double weight_at(const struct graph_node *node, enum graph_weight role, int64_t i,
		double otherwise)
{
	const cnnviz_tensor *weight = node->weights[role];

	return weight != NULL ? (double)tensor_data(weight)[i] : otherwise;
}

bool graph_make_offset(const struct graph_node *node, cnnviz_tensor **offset)
{
	const cnnviz_tensor *mean = node->weights[GRAPH_RUNNING_MEAN];
	const cnnviz_tensor *like = mean != NULL ? mean : node->weights[GRAPH_BIAS];
	cnnviz_tensor *made;

	*offset = NULL;
	if (like == NULL) {
		return true;
	}
	made = tensor_create(tensor_rank(like), tensor_shape(like));
	for (int64_t i = 0; made != NULL && i < tensor_count(like); i++) {
		double scale = weight_at(node, GRAPH_WEIGHT, i, 1)
				/ sqrt(weight_at(node, GRAPH_RUNNING_VAR, i, 1)
						+ node->settings.eps);
		double moved = mean != NULL ? (double)tensor_data(mean)[i] * scale : 0;

		tensor_mutable_data(made)[i] = (float)(weight_at(node, GRAPH_BIAS, i, 0)
				- moved);
	}
	*offset = made;
	return made != NULL;
}
