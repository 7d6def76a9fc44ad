/**
 * \file    optimize/transformation.c
 * \brief   Calls of a technique's own transformations
 */
#include "optimize/transformation.h"

#include "base/tensor.h"

bool transformations_are_complete(const cnnviz_optimization *optimization)
{
	const cnnviz_transformation *const *all = optimization->transformations;
	uint32_t count = optimization->transformation_count, i = 0;

	if (count > 0 && all == NULL) {
		return false;
	}
	while (i < count && all[i] != NULL && all[i]->name != NULL
			&& all[i]->apply != NULL && all[i]->pull_back != NULL) {
		i++;
	}
	return i == count;
}

int64_t transformations_count_numbers(const cnnviz_optimization *optimization)
{
	int64_t count = 0;

	for (uint32_t i = 0; i < optimization->transformation_count; i++) {
		count += optimization->transformations[i]->number_count;
	}
	return count;
}

/** Refuse what a function made that is no tensor of the input's shape. */
static cnnviz_status judge(const cnnviz_transformation *transformation,
		const struct transformation_call *call, const char *function,
		cnnviz_status status, const cnnviz_tensor *input, cnnviz_tensor **made)
{
	if (status == CNNVIZ_OK && (*made == NULL || !tensor_same_shape(*made, input))) {
		status = error_set(call->error, CNNVIZ_ERROR_PLUGIN,
				"%s() of the transformation \"%s\" returned no tensor of "
				"its input's shape",
				function, transformation->name);
	}
	if (status != CNNVIZ_OK) {
		tensor_unref(*made);
		*made = NULL;
	}
	return status;
}

cnnviz_status transformation_apply(const cnnviz_transformation *transformation,
		const struct transformation_call *call, const cnnviz_optimize_draw *draw,
		const cnnviz_tensor *input, cnnviz_tensor **transformed)
{
	cnnviz_status status;

	*transformed = NULL;
	status = transformation->apply(call->host, call->job, transformation->context,
			draw, input, transformed);
	return judge(transformation, call, "apply", status, input, transformed);
}

cnnviz_status transformation_pull_back(const cnnviz_transformation *transformation,
		const struct transformation_call *call, const cnnviz_optimize_draw *draw,
		const cnnviz_tensor *input, const cnnviz_tensor *gradient,
		cnnviz_tensor **pulled)
{
	cnnviz_status status;

	*pulled = NULL;
	status = transformation->pull_back(call->host, call->job, transformation->context,
			draw, input, gradient, pulled);
	return judge(transformation, call, "pull_back", status, input, pulled);
}
