/**
 * \file    engine/torch/canvas.cc
 * \brief   Pictures that are optimized on the device
 *
 * A step is that of core/optimize on the CPU, for all items of a group at once: penalties
 * as in regularize.c, optimizers as in optimizer.c, what follows them as in settle.c.
 */
#include "engine/torch/canvas.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/torch/canvas_space.h"
#include "engine/torch/canvas_view.h"

/** Tensors have a row for each item. */
struct engine_canvas {
	std::shared_ptr<torch_engine::Network> network;
	struct engine_canvas_settings settings;
	at::TensorOptions options;
	torch_engine::Space space;
	at::Tensor variables; /* (N,size) */
	at::Tensor inputs;    /* (N,C,H,W) */
	at::Tensor starts;    /* (N,C,H,W), or undefined */
	at::Tensor gradients; /* (N,C,h,w), by the views */
	at::Tensor first;  /* momentum or Adam's first moment, (N,size), or undefined */
	at::Tensor second; /* Adam's second moment, (N,size), or undefined */
	std::vector<double> steps;
	std::vector<struct engine_view> views;
	/* What was looked at last */
	std::vector<int64_t> items;
	at::Tensor seen;
	/* Held, so that no other tensor comes to lie where it was */
	cnnviz_tensor *stand_in = nullptr;

	engine_canvas(std::shared_ptr<torch_engine::Network> device_network,
			const struct engine_canvas_settings &given,
			const at::TensorOptions &device_options)
			: network(std::move(device_network)), settings(given),
			  options(device_options), space(given, device_options)
	{
	}

	~engine_canvas()
	{
		network->options.tensor->unref(stand_in);
		if (network->canvas == this) {
			network->canvas = nullptr;
		}
	}
};

namespace torch_engine
{

namespace
{

const cnnviz_optimization &recipe(const engine_canvas &canvas)
{
	return *canvas.settings.optimization;
}

/** Rows of a tensor, as a tensor of numbers on the device */
Tensor rows(const engine_canvas &canvas, const std::vector<int64_t> &items)
{
	return at::tensor(items, at::kLong).to(canvas.options.device());
}

/** A factor for each row of a tensor of that rank */
Tensor per_item(const Tensor &values, const Tensor &like)
{
	Sizes shape(static_cast<size_t>(like.dim()), 1);

	shape[0] = values.size(0);
	return values.view(shape);
}

std::vector<struct engine_view> views_of(const engine_canvas &canvas,
		const std::vector<int64_t> &items)
{
	std::vector<struct engine_view> views;

	for (int64_t item : items) {
		views.push_back(canvas.views[static_cast<size_t>(item)]);
	}
	return views;
}

/* ---- Penalties ----------------------------------------------------------------- */

/** l1 |x| + l2 x^2 + norm |x|^a; its slope is added to the gradient. (n) */
Tensor add_penalty(const cnnviz_optimization &recipe, const Tensor &x, Tensor &gradient)
{
	Tensor size = x.abs(), sign = x.sign();
	Tensor loss = size.mul(recipe.l1).add(x.square().mul(recipe.l2));

	gradient = gradient.add(sign.mul(recipe.l1)).add(x.mul(2 * recipe.l2));
	if (recipe.norm > 0) {
		double exponent = recipe.norm_exponent;

		loss = loss.add(size.pow(exponent).mul(recipe.norm));
		gradient = gradient.add(size.pow(exponent - 1)
							.mul(sign)
							.mul(recipe.norm * exponent));
	}
	return loss.flatten(1).sum(1, false, at::kDouble);
}

/** Total variation; its slope is added to the gradient. (n) */
Tensor add_variation(const cnnviz_optimization &recipe, const Tensor &x, Tensor &gradient)
{
	double weight = recipe.variation, exponent = recipe.variation_exponent;
	int64_t height = x.size(2), width = x.size(3);
	Tensor across = at::zeros_like(x), down = at::zeros_like(x);

	across.narrow(3, 0, width - 1)
			.copy_(x.narrow(3, 1, width - 1).sub(x.narrow(3, 0, width - 1)));
	down.narrow(2, 0, height - 1)
			.copy_(x.narrow(2, 1, height - 1)
							.sub(x.narrow(2, 0, height - 1)));
	Tensor square = across.square().add(down.square());
	Tensor flat = square.eq(0);
	Tensor safe = square.masked_fill(flat, 1);
	Tensor factor = safe.pow(exponent / 2 - 1)
					.mul(weight * exponent)
					.masked_fill(flat, 0);
	Tensor changed = gradient.sub(factor.mul(across.add(down)));
	changed.narrow(3, 1, width - 1).add_(factor.mul(across).narrow(3, 0, width - 1));
	changed.narrow(2, 1, height - 1).add_(factor.mul(down).narrow(2, 0, height - 1));
	gradient = changed;
	return safe.pow(exponent / 2)
			.mul(weight)
			.masked_fill(flat, 0)
			.flatten(1)
			.sum(1, false, at::kDouble);
}

/** Sum of the penalties (n); their gradient is added. */
Tensor regularize(const cnnviz_optimization &recipe, const Tensor &inputs,
		Tensor &gradient)
{
	Tensor loss = at::zeros({ inputs.size(0) }, inputs.options().dtype(at::kDouble));

	if (recipe.l1 > 0 || recipe.l2 > 0 || recipe.norm > 0) {
		loss = loss.add(add_penalty(recipe, inputs, gradient));
	}
	if (recipe.variation > 0) {
		loss = loss.add(add_variation(recipe, inputs, gradient));
	}
	return loss;
}

/** The least important pixels (n,1,H,W), as many as given; the first ones of equals */
Tensor least_important(const Tensor &inputs, const Tensor &gradient, int64_t count)
{
	Tensor weight = inputs.to(at::kDouble).mul(gradient).sum(1).abs().flatten(1);
	Tensor order = std::get<1>(at::sort(weight, true, 1, false));
	Tensor least = at::zeros_like(weight, at::kBool);

	least.scatter_(1, order.narrow(1, 0, count), true);
	return least.view({ inputs.size(0), 1, inputs.size(2), inputs.size(3) });
}

/* ---- Optimizers ---------------------------------------------------------------- */

/** What SGD subtracts, times the rate */
Tensor sgd_step(engine_canvas &canvas, const Tensor &index, const Tensor &slope)
{
	if (!canvas.first.defined()) {
		return slope;
	}
	Tensor step = slope.add(canvas.first.index_select(0, index),
			recipe(canvas).momentum);

	canvas.first.index_copy_(0, index, step);
	return step;
}

/** What Adam subtracts, times the rate */
Tensor adam_step(engine_canvas &canvas, const std::vector<int64_t> &items,
		const Tensor &index, const Tensor &slope)
{
	const double beta_first = 0.9, beta_second = 0.999, epsilon = 1e-8;
	std::vector<double> sizes, spreads;

	for (int64_t item : items) {
		double done = canvas.steps[static_cast<size_t>(item)] + 1;

		sizes.push_back(1 / (1 - std::pow(beta_first, done)));
		spreads.push_back(1 / std::sqrt(1 - std::pow(beta_second, done)));
	}
	Tensor size = per_item(at::tensor(sizes, canvas.options), slope);
	Tensor spread = per_item(at::tensor(spreads, canvas.options), slope);
	Tensor first = canvas.first.index_select(0, index)
				       .mul(beta_first)
				       .add(slope, 1 - beta_first);
	Tensor second = canvas.second.index_select(0, index)
					.mul(beta_second)
					.add(slope.square(), 1 - beta_second);

	canvas.first.index_copy_(0, index, first);
	canvas.second.index_copy_(0, index, second);
	return first.mul(size).div(second.sqrt().mul(spread).add(epsilon));
}

/** The variables of some items after a step down a slope */
Tensor descend(engine_canvas &canvas, const std::vector<int64_t> &items,
		const Tensor &index, double rate, const Tensor &by_variable)
{
	const cnnviz_optimization &recipe = torch_engine::recipe(canvas);
	Tensor variables = canvas.variables.index_select(0, index);
	Tensor slope = by_variable;

	if (recipe.optimizer == CNNVIZ_OPTIMIZER_NORMALIZED) {
		Tensor sum = slope.abs().sum(1, true, at::kDouble);
		Tensor factor = sum.reciprocal().mul(static_cast<double>(slope.size(1)));

		slope = slope.mul(at::where(sum.gt(0), factor, at::ones_like(sum))
						  .to(at::kFloat));
	}
	slope = slope.add(variables, recipe.weight_decay);
	Tensor step = recipe.optimizer == CNNVIZ_OPTIMIZER_ADAM
			? adam_step(canvas, items, index, slope)
			: sgd_step(canvas, index, slope);
	for (int64_t item : items) {
		canvas.steps[static_cast<size_t>(item)]++;
	}
	return variables.sub(step, rate);
}

/* ---- What follows a step ------------------------------------------------------- */

Tensor blurred(const Tensor &pictures, double deviation, int64_t radius)
{
	Tensor place = at::arange(-radius, radius + 1,
			pictures.options().dtype(at::kDouble));
	Tensor weights = at::exp(place.square().mul(-0.5 / (deviation * deviation)));
	Tensor kernel = weights.div(weights.sum()).to(at::kFloat);
	Tensor planes = pictures.reshape({ -1, 1, pictures.size(2), pictures.size(3) });
	Tensor rows = at::conv2d(at::replication_pad2d(planes, { radius, radius, 0, 0 }),
			kernel.view({ 1, 1, 1, -1 }));

	return at::conv2d(at::replication_pad2d(rows, { 0, 0, radius, radius }),
			kernel.view({ 1, 1, -1, 1 }))
			.view(pictures.sizes());
}

/** Limit the change of pictures from their starts. */
Tensor bounded(const cnnviz_optimization &recipe, const Tensor &pictures,
		const Tensor &starts)
{
	Tensor change = pictures.sub(starts);

	if (recipe.bound_linf > 0) {
		change = change.clamp(-recipe.bound_linf, recipe.bound_linf);
	}
	if (recipe.bound_l2 > 0) {
		Tensor size = change.flatten(1)
					      .square()
					      .sum(1, false, at::kDouble)
					      .sqrt();
		Tensor factor = size.reciprocal().mul(recipe.bound_l2).clamp_max(1);

		change = change.mul(per_item(factor.to(at::kFloat), change));
	}
	return starts.add(change);
}

/** Round to one of 256 levels: the nearest one, or the one towards the start */
Tensor quantized(const Tensor &pictures, const Tensor &starts)
{
	Tensor level = pictures.mul(255);
	Tensor nearest = level.round();

	if (!starts.defined()) {
		return nearest.div(255);
	}
	Tensor towards = at::where(pictures.gt(starts), level.floor(), level.ceil());

	return at::where(level.sub(nearest).abs().lt(1e-3), nearest, towards).div(255);
}

/** Blur, bounds, clipping and rounding; updates variables where there was any of them. */
Tensor settle(const engine_canvas &canvas, const struct engine_canvas_step &step,
		const Tensor &least, const Tensor &starts, Tensor &variables)
{
	const cnnviz_optimization &recipe = torch_engine::recipe(canvas);
	bool clipped = recipe.clip || recipe.quantize
			|| recipe.space == CNNVIZ_SPACE_PIXEL;
	Tensor inputs = canvas.space.input_of(variables);

	if (!clipped && !starts.defined() && step.blur_radius == 0 && !least.defined()) {
		return inputs;
	}
	Tensor pictures = canvas.space.pictures_of(inputs);
	if (step.blur_radius > 0) {
		pictures = blurred(pictures, step.blur, step.blur_radius);
	}
	if (least.defined()) {
		pictures = pictures.masked_fill(least, 0.5);
	}
	if (starts.defined()) {
		pictures = bounded(recipe, pictures, starts);
	}
	if (clipped) {
		pictures = pictures.clamp(0, 1);
	}
	if (recipe.quantize) {
		pictures = quantized(pictures, starts);
	}
	variables = canvas.space.variables_of(pictures);
	return canvas.space.input_of(variables);
}

/* ---- Steps --------------------------------------------------------------------- */

Tensor all_finite(const Tensor &values)
{
	return at::isfinite(values.flatten(1)).all(1).to(at::kDouble);
}

void tell_outcomes(const Tensor &gradient, const Tensor &variables,
		const Tensor &penalties, struct engine_canvas_outcome *outcomes)
{
	/* One transfer for all */
	Tensor numbers = at::stack({ all_finite(gradient), all_finite(variables),
						   penalties })
					 .to(at::kCPU);
	const double *each = numbers.data_ptr<double>();
	int64_t count = penalties.size(0);

	for (int64_t i = 0; i < count; i++) {
		outcomes[i] = { each[i] != 0, each[count + i] != 0, each[2 * count + i] };
	}
}

} // namespace

engine_canvas *open_canvas(std::shared_ptr<Network> network,
		const struct engine_canvas_settings &settings,
		const cnnviz_tensor *variables, const cnnviz_tensor *starts)
{
	const cnnviz_tensor_api *api = network->options.tensor;
	at::TensorOptions options =
			at::TensorOptions().dtype(at::kFloat).device(network->device);
	const cnnviz_optimization &recipe = *settings.optimization;
	bool adam = recipe.optimizer == CNNVIZ_OPTIMIZER_ADAM;
	auto canvas = std::make_unique<engine_canvas>(network, settings, options);

	if (network->canvas != nullptr) {
		throw Failure{ CNNVIZ_ERROR_ENGINE, "the network has a canvas already" };
	}
	canvas->variables = copy_in(*network, variables);
	canvas->inputs = canvas->space.input_of(canvas->variables);
	if (starts != nullptr) {
		canvas->starts = copy_in(*network, starts);
	}
	if (adam || recipe.momentum > 0) {
		canvas->first = at::zeros_like(canvas->variables);
	}
	if (adam) {
		canvas->second = at::zeros_like(canvas->variables);
	}
	int64_t count = api->shape(variables)[0];
	canvas->steps.assign(static_cast<size_t>(count), 0);
	canvas->views.resize(static_cast<size_t>(count));
	canvas->gradients = at::zeros({ count, settings.channels, settings.view_height,
						      settings.view_width },
			options);
	network->canvas = canvas.get();
	return canvas.release();
}

void close_canvas(engine_canvas *canvas)
{
	delete canvas;
}

void look(engine_canvas &canvas, const std::vector<int64_t> &items,
		const struct engine_view *views, const cnnviz_tensor *stand_in)
{
	for (size_t i = 0; i < items.size(); i++) {
		canvas.views[static_cast<size_t>(items[i])] = views[i];
	}
	Taps taps = find_taps(canvas.settings, views_of(canvas, items), canvas.options);

	canvas.items = items;
	const cnnviz_tensor_api *api = canvas.network->options.tensor;
	api->unref(canvas.stand_in);
	/* A reference count is not visible to its owner. */
	canvas.stand_in = api->ref(const_cast<cnnviz_tensor *>(stand_in));
	canvas.seen = apply_views(canvas.settings, taps,
			canvas.inputs.index_select(0, rows(canvas, items)));
}

Tensor seen_by(const engine_canvas *canvas, const cnnviz_tensor *input)
{
	return canvas != nullptr && canvas->stand_in == input ? canvas->seen : Tensor();
}

void keep_gradient(engine_canvas &canvas, const Tensor &gradient)
{
	canvas.gradients.index_copy_(0, rows(canvas, canvas.items),
			gradient.defined() ? gradient : at::zeros_like(canvas.seen));
}

void find_silent(const engine_canvas &canvas, const std::vector<int64_t> &items,
		bool *silent)
{
	Tensor zero = canvas.gradients.index_select(0, rows(canvas, items))
				      .flatten(1)
				      .eq(0)
				      .all(1)
				      .to(at::kCPU);

	std::copy_n(zero.data_ptr<bool>(), items.size(), silent);
}

void take_step(engine_canvas &canvas, const std::vector<int64_t> &items,
		const struct engine_canvas_step &step,
		struct engine_canvas_outcome *outcomes)
{
	Tensor index = rows(canvas, items);
	Tensor inputs = canvas.inputs.index_select(0, index);
	Tensor starts = canvas.starts.defined() ? canvas.starts.index_select(0, index)
						: Tensor();
	Taps taps = find_taps(canvas.settings, views_of(canvas, items), canvas.options);
	Tensor gradient = views_gradient(canvas.settings, taps,
			canvas.gradients.index_select(0, index));
	Tensor least;

	if (recipe(canvas).maximize) {
		gradient = gradient.neg();
	}
	if (step.clipped > 0) {
		least = least_important(inputs, gradient, step.clipped);
	}
	Tensor by_input = gradient;
	Tensor penalties = regularize(recipe(canvas), inputs, by_input);
	Tensor variables = descend(canvas, items, index, step.rate,
			canvas.space.gradient(inputs, by_input));
	Tensor stepped = variables;

	canvas.inputs.index_copy_(0, index,
			settle(canvas, step, least, starts, variables));
	canvas.variables.index_copy_(0, index, variables);
	tell_outcomes(gradient, stepped, penalties, outcomes);
}

void read_inputs(const engine_canvas &canvas, cnnviz_tensor *inputs)
{
	wrap(canvas.network->options.tensor, inputs).copy_(canvas.inputs);
}

} // namespace torch_engine
