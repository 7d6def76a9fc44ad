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

/* ---- Relative positions -------------------------------------------------------- */

/* What torchvision adds to scores of places that were no neighbors before a shift */
constexpr double SEPARATED = -100;

/** Row of the table for each pair of places in a window */
Tensor relative_index(const struct graph_settings &s, const Tensor &table)
{
	const auto whole = at::device(table.device()).dtype(at::kLong);
	Tensor places = at::arange(s.kernel[0] * s.kernel[1], whole);
	Tensor rows = at::floor_divide(places, s.kernel[1]);
	Tensor columns = at::remainder(places, s.kernel[1]);
	Tensor down = rows.unsqueeze(1) - rows + (s.kernel[0] - 1);
	Tensor right = columns.unsqueeze(1) - columns + (s.kernel[1] - 1);

	return (down * (2 * s.kernel[1] - 1) + right).flatten();
}

/** For rows or columns, from 0 to 2: which of the parts between which the map was rolled */
Tensor parts_of(int64_t extent, int64_t window, int64_t shift, const Tensor &table)
{
	const auto whole = at::device(table.device()).dtype(at::kLong);
	Tensor places = at::arange(extent, whole);

	return (places >= extent - window).to(at::kLong)
			+ (places >= extent - shift).to(at::kLong);
}

/** (windows,1,places,places): what keeps those apart that a shift has brought together */
Tensor separate(const struct graph_settings &s, const Tensor &table)
{
	Tensor rows = parts_of(s.output[0], s.kernel[0], s.step, table);
	Tensor columns = parts_of(s.output[1], s.kernel[1], s.step, table);
	Tensor parts = rows.unsqueeze(1) * 3 + columns;

	parts = parts.view({ s.output[0] / s.kernel[0], s.kernel[0],
					   s.output[1] / s.kernel[1], s.kernel[1] })
				.permute({ 0, 2, 1, 3 })
				.reshape({ -1, 1, s.kernel[0] * s.kernel[1] });
	return at::ne(parts.unsqueeze(2), parts.unsqueeze(3))
			.to(table.scalar_type())
			.mul_(SEPARATED);
}

Tensor relative_bias_forward(Step &step)
{
	const struct graph_settings &s = step.settings();
	const Tensor &table = step.self.inputs[0];
	int64_t places = s.kernel[0] * s.kernel[1];
	Tensor bias = table.index_select(1, relative_index(s, table))
				      .view({ table.size(0), 1, places, places,
						      table.size(2) })
				      .permute({ 0, 1, 4, 2, 3 });

	return s.step > 0 ? bias + separate(s, table) : bias.contiguous();
}

Tensor relative_bias_backward(const Step &step, const Tensor &gradient, size_t)
{
	const Sizes &sizes = step.source(0).sizes;
	Tensor each = gradient.sum(1).permute({ 0, 2, 3, 1 })
				      .reshape({ sizes[0], -1, sizes[2] });

	return at::zeros(sizes, gradient.options())
			.index_add(1, relative_index(step.settings(), gradient), each);
}

} // namespace

const Operation array_operations[] = {
	{ "parameter", parameter_forward, nullptr, SOURCE | VIEW },
	{ "permute", permute_forward, permute_backward, VIEW },
	{ "matmul", matmul_forward, matmul_backward, KEEPS_INPUTS },
	{ "relative_bias", relative_bias_forward, relative_bias_backward },
	{ "mean", mean_forward, mean_backward },
	{ "amax", amax_forward, amax_backward, KEEPS_INPUTS | KEEPS_OUTPUT },
	{ "norm", norm_forward, norm_backward, KEEPS_INPUTS | KEEPS_OUTPUT },
	{},
};

} // namespace torch_engine
