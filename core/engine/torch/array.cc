/**
 * \file    engine/torch/array.cc
 * \brief   Operations on arrays of any rank, such as rows of tokens
 */
#include "engine/torch/operation.h"

namespace torch_engine
{

namespace
{

/* ---- Parameter ----------------------------------------------------------------- */

/** The same memory for every item */
Tensor parameter_forward(Step &step)
{
	const Tensor &weight = step.weight(GRAPH_WEIGHT);
	Sizes sizes = weight.sizes().vec();

	sizes.insert(sizes.begin(), step.self.inputs[0].size(0));
	return weight.expand(sizes);
}

/* ---- Permute ------------------------------------------------------------------- */

Sizes order_of(const Step &step)
{
	const struct graph_settings &s = step.settings();
	Sizes order(s.order, s.order + s.rank);

	order.insert(order.begin(), 0);
	return order;
}

Tensor permute_forward(Step &step)
{
	return step.self.inputs[0].permute(order_of(step));
}

Tensor permute_backward(const Step &step, const Tensor &gradient, size_t)
{
	Sizes order = order_of(step), back(order.size());

	for (size_t d = 0; d < order.size(); d++) {
		back[static_cast<size_t>(order[d])] = static_cast<int64_t>(d);
	}
	return gradient.permute(back);
}

/* ---- Products of matrices ------------------------------------------------------ */

Tensor matmul_forward(Step &step)
{
	return at::matmul(step.self.inputs[0], step.self.inputs[1]);
}

Tensor matmul_backward(const Step &step, const Tensor &gradient, size_t j)
{
	Tensor other = step.self.inputs[1 - j].transpose(-2, -1);

	return at::sum_to(j == 0 ? at::matmul(gradient, other)
				 : at::matmul(other, gradient),
			step.source(j).sizes);
}

/* ---- Reductions of an axis ----------------------------------------------------- */

int64_t axis_of(const Step &step)
{
	return 1 + step.settings().axis;
}

/** A row of features becomes a single one. */
bool keeps_axis(const Step &step)
{
	return step.source(0).sizes.size() == 2;
}

/** What belongs to an output, for each value that it is made of */
Tensor spread(const Step &step, const Tensor &output)
{
	return keeps_axis(step) ? output : output.unsqueeze(axis_of(step));
}

Tensor mean_forward(Step &step)
{
	return at::mean(step.self.inputs[0], axis_of(step), keeps_axis(step));
}

Tensor mean_backward(const Step &step, const Tensor &gradient, size_t)
{
	const Sizes &sizes = step.source(0).sizes;
	double count = static_cast<double>(sizes[static_cast<size_t>(axis_of(step))]);

	return at::div(spread(step, gradient), count).expand(sizes);
}

Tensor amax_forward(Step &step)
{
	return at::amax(step.self.inputs[0], axis_of(step), keeps_axis(step));
}

/** Several largest values share their gradient. */
Tensor amax_backward(const Step &step, const Tensor &gradient, size_t)
{
	const Tensor &x = step.self.inputs[0];
	Tensor largest = at::eq(x, spread(step, step.self.output));

	return at::mul(spread(step, gradient), largest)
			.div_(largest.sum(axis_of(step), true));
}

Tensor norm_forward(Step &step)
{
	return at::norm(step.self.inputs[0], 2, { axis_of(step) }, keeps_axis(step));
}

/** PyTorch's choice where it has no slope: 0 */
Tensor norm_backward(const Step &step, const Tensor &gradient, size_t)
{
	Tensor norm = spread(step, step.self.output);
	Tensor share = at::div(spread(step, gradient), norm).masked_fill_(norm == 0, 0);

	return at::mul(step.self.inputs[0], share);
}

} // namespace

const Operation array_operations[] = {
	{ "parameter", parameter_forward, nullptr, SOURCE | VIEW },
	{ "permute", permute_forward, permute_backward, VIEW },
	{ "matmul", matmul_forward, matmul_backward, KEEPS_INPUTS },
	{ "mean", mean_forward, mean_backward },
	{ "amax", amax_forward, amax_backward, KEEPS_INPUTS | KEEPS_OUTPUT },
	{ "norm", norm_forward, norm_backward, KEEPS_INPUTS | KEEPS_OUTPUT },
	{},
};

} // namespace torch_engine
