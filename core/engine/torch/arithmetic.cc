/**
 * \file    engine/torch/arithmetic.cc
 * \brief   Sums, differences, products and quotients, with what is smaller repeated
 */
#include "engine/torch/operation.h"

namespace torch_engine
{

namespace
{

/** The gradient of input j, from that of it repeated */
Tensor reduce(const Step &step, const Tensor &gradient, size_t j)
{
	return at::sum_to(gradient, step.source(j).sizes);
}

Tensor add_forward(Step &step)
{
	const std::vector<Tensor> &inputs = step.self.inputs;
	Tensor y = at::add(inputs[0], inputs[1]);

	for (size_t i = 2; i < inputs.size(); i++) {
		y = at::add(y, inputs[i]);
	}
	return y;
}

Tensor add_backward(const Step &step, const Tensor &gradient, size_t j)
{
	return reduce(step, gradient, j);
}

Tensor sub_forward(Step &step)
{
	return at::sub(step.self.inputs[0], step.self.inputs[1]);
}

Tensor sub_backward(const Step &step, const Tensor &gradient, size_t j)
{
	return reduce(step, j == 0 ? gradient : at::neg(gradient), j);
}

Tensor mul_forward(Step &step)
{
	return at::mul(step.self.inputs[0], step.self.inputs[1]);
}

Tensor mul_backward(const Step &step, const Tensor &gradient, size_t j)
{
	return reduce(step, at::mul(gradient, step.self.inputs[1 - j]), j);
}

Tensor div_forward(Step &step)
{
	return at::div(step.self.inputs[0], step.self.inputs[1]);
}

Tensor div_backward(const Step &step, const Tensor &gradient, size_t j)
{
	const Tensor &a = step.self.inputs[0], &b = step.self.inputs[1];
	Tensor share = at::div(gradient, b);

	return reduce(step, j == 0 ? share : at::neg(share) * at::div(a, b), j);
}

} // namespace

const Operation arithmetic_operations[] = {
	{ "add", add_forward, add_backward },
	{ "sub", sub_forward, sub_backward },
	{ "mul", mul_forward, mul_backward, KEEPS_INPUTS },
	{ "div", div_forward, div_backward, KEEPS_INPUTS },
	{},
};

} // namespace torch_engine
