/**
 * \file    engine/torch/torch.cc
 * \brief   The engine on libtorch: ATen's operations forward, its gradients backward
 *
 * Autograd is not used. It would build a graph for the weights as well, which costs
 * a backward pass several times its time, and it knows no rules. Instead backward()
 * walks the nodes in reverse and calls the very functions that autograd calls, for
 * the gradient of the input alone.
 *
 * Weights are wrapped where they lie, in a mapped file, and never written. The one
 * place that works in place is a relu after a layer that nobody else looks at.
 *
 * This is the only C++ in the project, and no exception leaves it.
 */
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/api/include/torch/version.h>

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <exception>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <tuple>
#include <vector>

#include "engine/engine.h"

namespace
{

using at::Tensor;
using Sizes = std::vector<int64_t>;

/** A failure with the status that the host is to see */
struct Failure {
	cnnviz_status status;
	std::string text;
};

/** What is the same for every pass over a node */
struct Layer {
	const struct graph_node *node;
	Tensor weights[GRAPH_WEIGHT_COUNT];
	Tensor scale; /* batch_norm2d: weight / sqrt(var + eps), (1,C,1,1) */
};

struct Network {
	const struct graph *graph;
	struct engine_options options;
	at::Device device = at::kCPU;
	std::vector<Layer> layers;
};

/** What a pass knows about a node */
struct Activation {
	bool ran = false;
	bool captured = false;
	Sizes sizes;
	Tensor value;                    /* dropped when nobody needs it any more */
	Tensor saved[2];                 /* what the node's gradient needs */
	cnnviz_tensor *tensor = nullptr; /* the value as the host has asked for it */
};

struct Padding {
	int64_t top, bottom, left, right;

	bool symmetric() const { return top == bottom && left == right; }
};

} // namespace

struct engine_network {
	std::shared_ptr<Network> shared;
};

struct engine_pass {
	std::shared_ptr<Network> network;
	bool backward;
	std::vector<Activation> activations;

	~engine_pass()
	{
		for (Activation &activation : activations) {
			network->options.tensor->unref(activation.tensor);
		}
	}
};

namespace
{

/* ---- Failures ---------------------------------------------------------------- */

cnnviz_status report(struct error *error, cnnviz_status status, const std::string &text)
{
	if (error != nullptr) {
		/* ATen appends a backtrace and hints for Python after its first line. */
		std::string line = text.substr(0, text.find('\n'));
		error->status = status;
		std::snprintf(error->text, sizeof(error->text), "%s", line.c_str());
	}
	return status;
}

std::string layer_prefix(const struct graph_node *node)
{
	return node != nullptr ? std::string("layer ") + node->name + ": "
			       : std::string();
}

bool tells_of_memory(const std::string &text)
{
	return text.find("allocate memory") != std::string::npos
			|| text.find("out of memory") != std::string::npos;
}

/** The exception at hand as a status; may itself run out of memory */
cnnviz_status report_exception(struct error *error, const struct graph_node *current)
{
	try {
		throw;
	} catch (const Failure &failure) {
		return report(error, failure.status,
				failure.status == CNNVIZ_ERROR_CANCELED
						? failure.text
						: layer_prefix(current) + failure.text);
	} catch (const std::bad_alloc &) {
		return report(error, CNNVIZ_ERROR_MEMORY,
				layer_prefix(current)
						+ "memory is short; use a smaller batch "
						  "or input size");
	} catch (const c10::Error &failure) {
		return report(error,
				tells_of_memory(failure.msg()) ? CNNVIZ_ERROR_MEMORY
							       : CNNVIZ_ERROR_ENGINE,
				layer_prefix(current) + failure.msg());
	} catch (const std::exception &failure) {
		return report(error, CNNVIZ_ERROR_ENGINE,
				layer_prefix(current) + failure.what());
	}
}

/**
 * Run body and turn whatever it throws into a status. *current is the node at work,
 * for the message.
 */
template <typename Body>
cnnviz_status guarded(struct error *error, const struct graph_node *const *current,
		Body body) noexcept
{
	try {
		try {
			c10::InferenceMode mode;
			body();
			return CNNVIZ_OK;
		} catch (...) {
			return report_exception(error, *current);
		}
	} catch (...) {
		if (error != nullptr) {
			error->status = CNNVIZ_ERROR_ENGINE;
			std::snprintf(error->text, sizeof(error->text),
					"libtorch failed without saying why");
		}
		return CNNVIZ_ERROR_ENGINE;
	}
}

void check_canceled(const Network &network)
{
	const struct engine_options &options = network.options;

	if (options.canceled != nullptr && options.canceled(options.context)) {
		throw Failure{ CNNVIZ_ERROR_CANCELED, "interrupted" };
	}
}

/* ---- Tensors of the host ------------------------------------------------------ */

/** The host's memory as a tensor, without a copy: only ever read */
Tensor wrap(const cnnviz_tensor_api *api, const cnnviz_tensor *tensor)
{
	at::IntArrayRef sizes(api->shape(tensor), api->rank(tensor));

	return at::from_blob(const_cast<float *>(api->data(tensor)), sizes,
			at::TensorOptions().dtype(at::kFloat));
}

cnnviz_tensor *create_host(const cnnviz_tensor_api *api, const Sizes &sizes)
{
	cnnviz_tensor *tensor = api->create(static_cast<uint32_t>(sizes.size()),
			sizes.data());

	if (tensor == nullptr) {
		throw std::bad_alloc();
	}
	return tensor;
}

cnnviz_tensor *to_host(const cnnviz_tensor_api *api, const Tensor &value)
{
	Tensor here = value.to(at::kCPU).contiguous();
	cnnviz_tensor *tensor = create_host(api, here.sizes().vec());

	std::memcpy(api->mutable_data(tensor), here.data_ptr<float>(), here.nbytes());
	return tensor;
}

/* ---- Geometry ------------------------------------------------------------------ */

int64_t same_padding(int64_t input, int64_t kernel, int64_t stride, int64_t dilation)
{
	int64_t output = (input + stride - 1) / stride;

	return std::max<int64_t>(0,
			(output - 1) * stride + (kernel - 1) * dilation + 1 - input);
}

Padding padding_of(const struct graph_settings &settings, const Sizes &input)
{
	const int64_t *padding = settings.padding;

	if (!settings.padding_same) {
		return { padding[0], padding[1], padding[2], padding[3] };
	}
	int64_t high = same_padding(input[2], settings.kernel[0], settings.stride[0],
			settings.dilation[0]);
	int64_t wide = same_padding(input[3], settings.kernel[1], settings.stride[1],
			settings.dilation[1]);
	return { high / 2, high - high / 2, wide / 2, wide - wide / 2 };
}

/** ATen pads both ends alike; anything else is padded beforehand. */
std::array<int64_t, 2> padding_within(const Padding &padding)
{
	if (padding.symmetric()) {
		return { padding.top, padding.left };
	}
	return { 0, 0 };
}

Tensor pad_before(const Tensor &x, const Padding &padding, double value)
{
	if (padding.symmetric()) {
		return x;
	}
	return at::constant_pad_nd(x,
			{ padding.left, padding.right, padding.top, padding.bottom },
			value);
}

Sizes padded_sizes(const Sizes &sizes, const Padding &padding)
{
	if (padding.symmetric()) {
		return sizes;
	}
	return { sizes[0], sizes[1], sizes[2] + padding.top + padding.bottom,
		sizes[3] + padding.left + padding.right };
}

Tensor unpad(const Tensor &gradient, const Padding &padding, const Sizes &sizes)
{
	if (padding.symmetric()) {
		return gradient;
	}
	return gradient.narrow(2, padding.top, sizes[2])
			.narrow(3, padding.left, sizes[3])
			.contiguous();
}

/**
 * Stands for an input of which a gradient reads the sizes alone. Memory that is never
 * touched costs less than an expanded element, which oneDNN would spread out.
 */
Tensor phantom(const Tensor &gradient, const Sizes &sizes)
{
	return at::empty(sizes, gradient.options());
}

at::IntArrayRef pair(const int64_t *values)
{
	return at::IntArrayRef(values, 2);
}

/* ---- Average pooling that leaves out uneven padding ------------------------------ */

/** For each output, how many inputs (not padding) its window holds: (1,1,h,w) */
Tensor window_counts(const struct graph_settings &s, const Sizes &sizes,
		const Padding &padding, const at::TensorOptions &options)
{
	Tensor ones = at::ones({ 1, 1, sizes[2], sizes[3] }, options);

	return at::avg_pool2d(pad_before(ones, padding, 0), pair(s.kernel),
			pair(s.stride), { 0, 0 }, false, true, 1);
}

bool counts_apart(const struct graph_settings &settings, const Padding &padding)
{
	return !padding.symmetric() && !settings.count_include_pad;
}

Tensor avg_pool_forward(const struct graph_settings &s, const Tensor &x)
{
	Padding padding = padding_of(s, x.sizes().vec());
	bool ceil_mode = s.ceil_mode && !s.padding_same;

	if (counts_apart(s, padding)) {
		return at::avg_pool2d(pad_before(x, padding, 0), pair(s.kernel),
				       pair(s.stride), { 0, 0 }, false, true, 1)
				/ window_counts(s, x.sizes().vec(), padding, x.options());
	}
	return at::avg_pool2d(pad_before(x, padding, 0), pair(s.kernel), pair(s.stride),
			padding_within(padding), ceil_mode, s.count_include_pad);
}

Tensor avg_pool_backward(const struct graph_settings &s, const Tensor &gradient,
		const Sizes &sizes)
{
	Padding padding = padding_of(s, sizes);
	bool ceil_mode = s.ceil_mode && !s.padding_same;
	Tensor input = phantom(gradient, padded_sizes(sizes, padding));
	Tensor result;

	if (counts_apart(s, padding)) {
		Tensor share = gradient
				/ window_counts(s, sizes, padding, gradient.options());
		result = at::avg_pool2d_backward(share, input, pair(s.kernel),
				pair(s.stride), { 0, 0 }, false, true, 1);
	} else {
		result = at::avg_pool2d_backward(gradient, input, pair(s.kernel),
				pair(s.stride), padding_within(padding), ceil_mode,
				s.count_include_pad, {});
	}
	return unpad(result, padding, sizes);
}

/* ---- Local response normalization ------------------------------------------------ */

/** Sum over a window of channels that reaches `before` back and `after` ahead */
Tensor channel_window(const Tensor &x, int64_t before, int64_t after)
{
	int64_t channels = x.size(1);
	Tensor padded = at::constant_pad_nd(x, { 0, 0, 0, 0, before, after }, 0);
	Tensor sum = padded.narrow(1, 0, channels).clone();

	for (int64_t i = 1; i <= before + after; i++) {
		sum.add_(padded.narrow(1, i, channels));
	}
	return sum;
}

/** d = k + alpha / size * sum of squares, so that y = x d^-beta */
Tensor lrn_denominator(const struct graph_settings &s, const Tensor &x)
{
	Tensor squares = channel_window(x * x, s.size / 2, (s.size - 1) / 2);

	return squares.mul_(s.alpha / static_cast<double>(s.size)).add_(s.k);
}

Tensor lrn_backward(const struct graph_settings &s, const Tensor &g, const Tensor &x,
		const Tensor &d)
{
	double factor = 2 * s.alpha * s.beta / static_cast<double>(s.size);
	Tensor power = at::pow(d, -s.beta);
	/* A channel sees those whose windows hold it: the window mirrored. */
	Tensor others = channel_window(g * x * power / d, (s.size - 1) / 2, s.size / 2);

	return g * power - x * others * factor;
}

/* ---- Switches ---------------------------------------------------------------------- */

/**
 * Where a pool's winners lie in its input as it was before any padding; -1 where a
 * window held nothing but padding.
 *
 * \param   indices     (N,C,h,w), as max_pool2d_with_indices() gives them for the
 *                      padded input
 * \param   sizes       Of the input
 */
Tensor switches_of(const struct graph_settings &s, const Tensor &indices,
		const Sizes &sizes)
{
	Padding padding = padding_of(s, sizes);
	int64_t width = padded_sizes(sizes, padding)[3];
	int64_t top = padding.symmetric() ? 0 : padding.top;
	int64_t left = padding.symmetric() ? 0 : padding.left;
	Tensor here = indices.to(at::kCPU).contiguous();
	Tensor switches = at::empty_like(here);
	const int64_t *from = here.data_ptr<int64_t>();
	int64_t *to = switches.data_ptr<int64_t>();

	for (int64_t i = 0; i < here.numel(); i++) {
		int64_t row = from[i] / width - top, column = from[i] % width - left;
		bool inside = from[i] >= 0 && row >= 0 && row < sizes[2] && column >= 0
				&& column < sizes[3];
		to[i] = inside ? row * sizes[3] + column : -1;
	}
	return switches;
}

/**
 * Values to their switches' places. Where windows of the pool overlap, several values
 * may have one place: the last one in the order of rows has it, and for the others
 * the switch becomes -1, so that they get no gradient. (ATen leaves open which one
 * has it, and gives all of them its gradient.)
 */
Tensor unpool_forward(const Tensor &x, Tensor &switches, const Sizes &sizes)
{
	Tensor values = x.to(at::kCPU).contiguous();
	Tensor y = at::zeros({ sizes[0], sizes[1], sizes[2], sizes[3] },
			values.options());
	int64_t area = sizes[2] * sizes[3], places = x.size(2) * x.size(3);
	const float *from = values.data_ptr<float>();
	float *to = y.data_ptr<float>();
	int64_t *where = switches.data_ptr<int64_t>();
	std::vector<char> taken;

	for (int64_t plane = 0; plane < sizes[0] * sizes[1]; plane++) {
		taken.assign(static_cast<size_t>(area), 0);
		for (int64_t i = (plane + 1) * places; i-- > plane * places;) {
			if (where[i] < 0 || taken[static_cast<size_t>(where[i])]) {
				where[i] = -1;
				continue;
			}
			taken[static_cast<size_t>(where[i])] = 1;
			to[plane * area + where[i]] = from[i];
		}
	}
	return y.to(x.device());
}

/** The gradient at each value's place; none for a value that has no place */
Tensor unpool_backward(const Tensor &g, const Tensor &switches, const Sizes &sizes)
{
	Tensor places = switches.reshape({ sizes[0], sizes[1], -1 }).to(g.device());
	Tensor picked = g.reshape({ sizes[0], sizes[1], -1 })
					.gather(2, places.clamp_min(0));

	return picked.mul_(places.ge(0)).reshape(sizes);
}

/* ---- Forward ---------------------------------------------------------------------- */

Tensor conv_forward(const Layer &layer, const Tensor &x)
{
	const struct graph_settings &s = layer.node->settings;
	Padding padding = padding_of(s, x.sizes().vec());

	return at::conv2d(pad_before(x, padding, 0), layer.weights[GRAPH_WEIGHT],
			layer.weights[GRAPH_BIAS], pair(s.stride),
			padding_within(padding), pair(s.dilation), s.groups);
}

/** Cut uneven padding off afterwards: ATen cuts both ends alike. */
Tensor conv_transpose_forward(const Layer &layer, const Tensor &x)
{
	const struct graph_settings &s = layer.node->settings;
	Padding padding = padding_of(s, x.sizes().vec());
	std::array<int64_t, 2> within = padding_within(padding);
	Tensor y = at::conv_transpose2d(x, layer.weights[GRAPH_WEIGHT],
			layer.weights[GRAPH_BIAS], pair(s.stride), within,
			pair(s.output_padding), s.groups, pair(s.dilation));

	if (padding.symmetric()) {
		return y;
	}
	return y.narrow(2, padding.top, y.size(2) - padding.top - padding.bottom)
			.narrow(3, padding.left, y.size(3) - padding.left - padding.right)
			.contiguous();
}

Tensor max_pool_forward(const struct graph_settings &s, const Tensor &x, Tensor &indices)
{
	Padding padding = padding_of(s, x.sizes().vec());
	Tensor padded = pad_before(x, padding, -std::numeric_limits<double>::infinity());
	Tensor y;

	std::tie(y, indices) = at::max_pool2d_with_indices(padded, pair(s.kernel),
			pair(s.stride), padding_within(padding), pair(s.dilation),
			s.ceil_mode && !s.padding_same);
	return y;
}

/**
 * The output of a node, and in saved[] what its gradient needs. in_place: x may be
 * overwritten.
 */
Tensor forward_node(const Layer &layer, const std::vector<Tensor> &inputs, bool in_place,
		Tensor saved[2])
{
	const struct graph_settings &s = layer.node->settings;
	const Tensor &x = inputs[0];
	Tensor y;

	switch (layer.node->op) {
	case GRAPH_CONV2D:
		return conv_forward(layer, x);
	case GRAPH_CONV_TRANSPOSE2D:
		return conv_transpose_forward(layer, x);
	case GRAPH_BATCH_NORM2D:
		return at::batch_norm(x, layer.weights[GRAPH_WEIGHT],
				layer.weights[GRAPH_BIAS],
				layer.weights[GRAPH_RUNNING_MEAN],
				layer.weights[GRAPH_RUNNING_VAR], false, 0, s.eps, false);
	case GRAPH_RELU:
		/* The output tells as much about the gradient as the input. */
		return saved[0] = in_place ? x.relu_() : at::relu(x);
	case GRAPH_RELU6:
		return saved[0] = at::hardtanh(x, 0, 6);
	case GRAPH_SILU:
		saved[0] = x;
		return at::silu(x);
	case GRAPH_MAX_POOL2D:
		return max_pool_forward(s, x, saved[0]);
	case GRAPH_AVG_POOL2D:
		return avg_pool_forward(s, x);
	case GRAPH_ADAPTIVE_AVG_POOL2D:
		return at::adaptive_avg_pool2d(x, pair(s.output));
	case GRAPH_LINEAR:
		return at::linear(x, layer.weights[GRAPH_WEIGHT],
				layer.weights[GRAPH_BIAS]);
	case GRAPH_FLATTEN:
		return at::flatten(x, 1);
	case GRAPH_INPUT:
	case GRAPH_DROPOUT:
		return x;
	case GRAPH_ADD:
		y = at::add(inputs[0], inputs[1]);
		for (size_t i = 2; i < inputs.size(); i++) {
			y.add_(inputs[i]);
		}
		return y;
	case GRAPH_CONCAT:
		return at::cat(inputs, 1);
	case GRAPH_SOFTMAX:
		return saved[0] = at::softmax(x, 1);
	case GRAPH_LRN:
		saved[0] = x;
		saved[1] = lrn_denominator(s, x);
		return x * at::pow(saved[1], -s.beta);
	case GRAPH_MAX_UNPOOL2D: /* see run_unpool() */
	case GRAPH_OP_COUNT:
		break;
	}
	throw Failure{ CNNVIZ_ERROR_UNSUPPORTED,
		"the libtorch engine does not know this operation" };
}

/** Whether an operation's output is memory of its own that its gradient does not need */
bool output_is_free(enum graph_op op)
{
	return op == GRAPH_CONV2D || op == GRAPH_CONV_TRANSPOSE2D
			|| op == GRAPH_MAX_UNPOOL2D || op == GRAPH_BATCH_NORM2D
			|| op == GRAPH_LINEAR || op == GRAPH_ADD || op == GRAPH_CONCAT;
}

/** How many times each node's output is read on the way to the captures; -1: not run */
std::vector<int> count_readers(const struct graph *graph, size_t capture_count,
		const int32_t *captures)
{
	std::vector<int> readers(graph->node_count, -1);

	for (size_t i = 0; i < capture_count; i++) {
		readers[static_cast<size_t>(captures[i])] = 0;
	}
	for (size_t i = graph->node_count; i-- > 0;) {
		const struct graph_node &node = graph->nodes[i];
		for (size_t j = 0; readers[i] >= 0 && j < node.input_count; j++) {
			int &count = readers[static_cast<size_t>(node.inputs[j])];
			count = std::max(count, 0) + 1;
		}
	}
	return readers;
}

Tensor run_unpool(engine_pass &pass, const struct graph_node &node, Activation &self)
{
	size_t from = static_cast<size_t>(node.inputs[0]);
	size_t pool = static_cast<size_t>(node.inputs[1]);
	const struct graph_node &pool_node = *pass.network->layers[pool].node;
	const Sizes &sizes =
			pass.activations[static_cast<size_t>(pool_node.inputs[0])].sizes;

	self.saved[0] = switches_of(pool_node.settings, pass.activations[pool].saved[0],
			sizes);
	return unpool_forward(pass.activations[from].value, self.saved[0], sizes);
}

void run_node(engine_pass &pass, size_t index, std::vector<int> &readers)
{
	const Layer &layer = pass.network->layers[index];
	const struct graph_node &node = *layer.node;
	Activation &self = pass.activations[index];
	std::vector<Tensor> inputs;

	for (size_t j = 0; j < node.input_count; j++) {
		inputs.push_back(pass.activations[static_cast<size_t>(node.inputs[j])]
						 .value);
	}
	if (node.op == GRAPH_MAX_UNPOOL2D) {
		self.value = run_unpool(pass, node, self);
	} else if (!inputs.empty()) {
		size_t first = static_cast<size_t>(node.inputs[0]);
		bool in_place = readers[first] == 1 && !pass.activations[first].captured
				&& output_is_free(pass.network->graph->nodes[first].op);
		self.value = forward_node(layer, inputs, in_place, self.saved);
	}
	self.ran = true;
	self.sizes = self.value.sizes().vec();
	/* What a pool has saved are the switches that an unpooling will ask for. */
	if (!pass.backward && node.op != GRAPH_MAX_POOL2D) {
		self.saved[0].reset();
		self.saved[1].reset();
	}
	for (size_t j = 0; j < node.input_count; j++) {
		size_t input = static_cast<size_t>(node.inputs[j]);
		if (--readers[input] == 0 && !pass.activations[input].captured) {
			pass.activations[input].value.reset();
		}
		if (readers[input] == 0 && !pass.backward) {
			pass.activations[input].saved[0].reset();
		}
	}
}

/* ---- Backward ----------------------------------------------------------------------- */

Tensor activation_backward(enum graph_op op, const Tensor &gradient, const Tensor &saved,
		uint32_t rule)
{
	Tensor g = rule == CNNVIZ_RULE_PLAIN ? gradient : at::clamp_min(gradient, 0);

	if (op == GRAPH_SILU) {
		g = at::silu_backward(g, saved);
		return rule == CNNVIZ_RULE_GUIDED ? at::threshold_backward(g, saved, 0)
						  : g;
	}
	if (rule == CNNVIZ_RULE_DECONVNET) {
		return g;
	}
	return op == GRAPH_RELU ? at::threshold_backward(g, saved, 0)
				: at::hardtanh_backward(g, saved, 0, 6);
}

Tensor conv_backward(const Layer &layer, const Tensor &g, const Sizes &sizes)
{
	const struct graph_settings &s = layer.node->settings;
	Padding padding = padding_of(s, sizes);
	std::array<int64_t, 2> within = padding_within(padding);
	Tensor result = std::get<0>(at::convolution_backward(g,
			phantom(g, padded_sizes(sizes, padding)),
			layer.weights[GRAPH_WEIGHT], at::OptionalIntArrayRef(),
			pair(s.stride), within, pair(s.dilation), false, { 0, 0 },
			s.groups, { true, false, false }));

	return unpad(result, padding, sizes);
}

/** The gradient of a transposed convolution is a convolution. */
Tensor conv_transpose_backward(const Layer &layer, const Tensor &g, const Sizes &sizes)
{
	const struct graph_settings &s = layer.node->settings;
	const int64_t *p = s.padding;
	Padding padding{ p[0], p[1], p[2], p[3] };

	Tensor result = at::conv2d(pad_before(g, padding, 0), layer.weights[GRAPH_WEIGHT],
			{}, pair(s.stride), padding_within(padding), pair(s.dilation),
			s.groups);

	/* An output_padding as large as the stride makes room for further windows. */
	return result.narrow(2, 0, sizes[2]).narrow(3, 0, sizes[3]).contiguous();
}

Tensor max_pool_backward(const struct graph_settings &s, const Tensor &g,
		const Sizes &sizes, const Tensor &indices)
{
	Padding padding = padding_of(s, sizes);
	std::array<int64_t, 2> within = padding_within(padding);
	Tensor result = at::max_pool2d_with_indices_backward(g,
			phantom(g, padded_sizes(sizes, padding)), pair(s.kernel),
			pair(s.stride), within, pair(s.dilation),
			s.ceil_mode && !s.padding_same, indices);

	return unpad(result, padding, sizes);
}

Tensor softmax_backward(const Tensor &g, const Tensor &y)
{
	Tensor product = g * y;

	return product - y * product.sum(1, true);
}

/** Gradient of the node's first input (concat: see backward_concat()) */
Tensor backward_node(const Layer &layer, const Activation &self, const Sizes &sizes,
		const Tensor &g, uint32_t rule)
{
	const struct graph_settings &s = layer.node->settings;

	switch (layer.node->op) {
	case GRAPH_CONV2D:
		return conv_backward(layer, g, sizes);
	case GRAPH_CONV_TRANSPOSE2D:
		return conv_transpose_backward(layer, g, sizes);
	case GRAPH_BATCH_NORM2D:
		return g * layer.scale;
	case GRAPH_RELU:
	case GRAPH_RELU6:
	case GRAPH_SILU:
		return activation_backward(layer.node->op, g, self.saved[0], rule);
	case GRAPH_MAX_POOL2D:
		return max_pool_backward(s, g, sizes, self.saved[0]);
	case GRAPH_MAX_UNPOOL2D:
		return unpool_backward(g, self.saved[0], sizes);
	case GRAPH_AVG_POOL2D:
		return avg_pool_backward(s, g, sizes);
	case GRAPH_ADAPTIVE_AVG_POOL2D:
		return at::_adaptive_avg_pool2d_backward(g, phantom(g, sizes));
	case GRAPH_LINEAR:
		return at::matmul(g, layer.weights[GRAPH_WEIGHT]);
	case GRAPH_FLATTEN:
		return g.reshape(sizes);
	case GRAPH_DROPOUT:
	case GRAPH_ADD:
		return g;
	case GRAPH_SOFTMAX:
		return softmax_backward(g, self.saved[0]);
	case GRAPH_LRN:
		return lrn_backward(s, g, self.saved[0], self.saved[1]);
	case GRAPH_INPUT:
	case GRAPH_CONCAT:
	case GRAPH_OP_COUNT:
		break;
	}
	throw Failure{ CNNVIZ_ERROR_UNSUPPORTED,
		"the libtorch engine has no gradient of this operation" };
}

void accumulate(Tensor &sum, const Tensor &gradient)
{
	sum = sum.defined() ? at::add(sum, gradient) : gradient;
}

/** How many of a node's inputs its gradient goes to, the first ones */
size_t gradient_inputs(const struct graph_node &node)
{
	return node.op == GRAPH_MAX_UNPOOL2D ? 1 : node.input_count;
}

/** Hand a node's gradient on to those inputs that lead to a wanted node. */
void spread(const engine_pass &pass, size_t index, uint32_t rule,
		const std::vector<char> &leads, std::vector<Tensor> &gradients)
{
	const Layer &layer = pass.network->layers[index];
	const struct graph_node &node = *layer.node;
	const Tensor g = gradients[index];
	Tensor shared;
	int64_t channel = 0;

	for (size_t j = 0; j < gradient_inputs(node); j++) {
		size_t input = static_cast<size_t>(node.inputs[j]);
		const Sizes &sizes = pass.activations[input].sizes;
		if (!leads[input]) {
			channel += sizes[1];
			continue;
		}
		if (node.op == GRAPH_CONCAT) {
			accumulate(gradients[input],
					g.narrow(1, channel, sizes[1]).contiguous());
			channel += sizes[1];
			continue;
		}
		if (!shared.defined()) {
			shared = backward_node(layer, pass.activations[index], sizes, g,
					rule);
		}
		accumulate(gradients[input], shared);
	}
}

/** Nodes that are wanted or have a wanted one upstream */
std::vector<char> find_leads(const engine_pass &pass, size_t wanted_count,
		const int32_t *wanted)
{
	const struct graph *graph = pass.network->graph;
	std::vector<char> leads(graph->node_count, 0);

	for (size_t i = 0; i < wanted_count; i++) {
		leads[static_cast<size_t>(wanted[i])] = 1;
	}
	for (size_t i = 0; i < graph->node_count; i++) {
		const struct graph_node &node = graph->nodes[i];
		for (size_t j = 0; j < gradient_inputs(node); j++) {
			if (leads[static_cast<size_t>(node.inputs[j])]) {
				leads[i] = 1;
			}
		}
	}
	return leads;
}

Activation &find_activation(engine_pass &pass, int32_t node, bool captured)
{
	const struct graph *graph = pass.network->graph;

	if (node < 0 || static_cast<size_t>(node) >= graph->node_count) {
		throw Failure{ CNNVIZ_ERROR_ENGINE,
			"there is no layer " + std::to_string(node) };
	}
	Activation &activation = pass.activations[static_cast<size_t>(node)];
	if (captured ? !activation.captured : !activation.ran) {
		throw Failure{ CNNVIZ_ERROR_ENGINE,
			std::string("layer ") + graph->nodes[node].name
					+ " was not captured by this pass" };
	}
	return activation;
}

void plant_seed(engine_pass &pass, int32_t node, const cnnviz_tensor *seed,
		std::vector<Tensor> &gradients)
{
	const Activation &activation = find_activation(pass, node, true);
	Tensor tensor = wrap(pass.network->options.tensor, seed);

	if (tensor.sizes() != at::IntArrayRef(activation.sizes)) {
		throw Failure{ CNNVIZ_ERROR_ENGINE,
			std::string("the seed at layer ")
					+ pass.network->graph->nodes[node].name
					+ " has another shape than its activation" };
	}
	accumulate(gradients[static_cast<size_t>(node)],
			tensor.to(pass.network->device, at::kFloat, false, true));
}

void walk_back(engine_pass &pass, uint32_t rule, const std::vector<char> &leads,
		const std::vector<char> &is_wanted, std::vector<Tensor> &gradients,
		const struct graph_node **current)
{
	for (size_t i = gradients.size(); i-- > 0;) {
		if (!gradients[i].defined() || !leads[i]) {
			continue;
		}
		check_canceled(*pass.network);
		*current = &pass.network->graph->nodes[i];
		spread(pass, i, rule, leads, gradients);
		if (!is_wanted[i]) {
			gradients[i].reset();
		}
	}
	*current = nullptr;
}

/* ---- The machine ------------------------------------------------------------------ */

/**
 * OpenBLAS keeps threads of its own, which ATen does not know of. It is only there
 * under the name of the system's BLAS, so it is looked up rather than linked.
 */
void *find_openblas(const char *symbol)
{
	for (const char *library : { "libblas.so.3", "libopenblas.so.0" }) {
		void *handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
		void *found = handle != nullptr ? dlsym(handle, symbol) : nullptr;
		if (handle != nullptr) {
			dlclose(handle);
		}
		if (found != nullptr) {
			return found;
		}
	}
	return nullptr;
}

void set_threads(int threads)
{
	int count = threads > 0 ? threads : at::intraop_default_num_threads();
	void *found = find_openblas("openblas_set_num_threads");

	at::set_num_threads(count);
	if (found != nullptr) {
		reinterpret_cast<void (*)(int)>(found)(count);
	}
}

at::Device parse_device(const char *name)
{
	if (std::strcmp(name, "cpu") == 0) {
		return at::kCPU;
	}
	bool numbered = std::strncmp(name, "cuda:", 5) == 0 && name[5] != '\0'
			&& std::strlen(name) < 8
			&& std::strspn(name + 5, "0123456789") == std::strlen(name + 5);
	if (std::strcmp(name, "cuda") != 0 && !numbered) {
		throw Failure{ CNNVIZ_ERROR_INPUT,
			std::string("unknown device '") + name
					+ "'; use device = cpu, cuda or cuda:N" };
	}
	if (!at::hasCUDA()) {
		throw Failure{ CNNVIZ_ERROR_UNSUPPORTED,
			"this libtorch has no CUDA: use device = cpu" };
	}
	return at::Device(std::string(name));
}

/* ---- Opening a network -------------------------------------------------------------- */

bool needs_weights(enum graph_op op)
{
	return op == GRAPH_CONV2D || op == GRAPH_CONV_TRANSPOSE2D || op == GRAPH_LINEAR
			|| op == GRAPH_BATCH_NORM2D;
}

void prepare_batch_norm(Layer &layer)
{
	const Tensor &weight = layer.weights[GRAPH_WEIGHT];
	const Tensor &variance = layer.weights[GRAPH_RUNNING_VAR];

	if (!layer.weights[GRAPH_RUNNING_MEAN].defined() || !variance.defined()) {
		throw Failure{ CNNVIZ_ERROR_ENGINE, "it has no running statistics" };
	}
	layer.scale = at::rsqrt(variance + layer.node->settings.eps);
	if (weight.defined()) {
		layer.scale.mul_(weight);
	}
	layer.scale = layer.scale.reshape({ 1, -1, 1, 1 });
}

void check_pool(const struct graph_settings &s)
{
	Padding padding{ s.padding[0], s.padding[1], s.padding[2], s.padding[3] };

	if (!s.padding_same && s.ceil_mode && !padding.symmetric()) {
		throw Failure{ CNNVIZ_ERROR_UNSUPPORTED,
			"ceil_mode and uneven padding do not go together; pad evenly" };
	}
}

Layer prepare_layer(const Network &network, const struct graph_node &node)
{
	Layer layer;

	layer.node = &node;
	for (int role = 0; role < GRAPH_WEIGHT_COUNT; role++) {
		if (node.weights[role] != nullptr) {
			layer.weights[role] = wrap(network.options.tensor,
					node.weights[role])
							      .to(network.device);
		}
	}
	if (needs_weights(node.op) && node.op != GRAPH_BATCH_NORM2D
			&& !layer.weights[GRAPH_WEIGHT].defined()) {
		throw Failure{ CNNVIZ_ERROR_ENGINE, "it has no weights" };
	}
	if (node.op == GRAPH_BATCH_NORM2D) {
		prepare_batch_norm(layer);
	}
	if (node.op == GRAPH_MAX_POOL2D || node.op == GRAPH_AVG_POOL2D) {
		check_pool(node.settings);
	}
	return layer;
}

/* ---- The table ------------------------------------------------------------------------ */

const char *engine_describe(void)
{
	static char text[160];
	const char *blas = find_openblas("openblas_set_num_threads") != nullptr
			? ", OpenBLAS"
			: at::hasMKL() ? ", MKL"
				       : "";

	std::snprintf(text, sizeof(text), "libtorch %s%s%s, %d threads", TORCH_VERSION,
			blas, at::hasMKLDNN() ? ", oneDNN" : "", at::get_num_threads());
	return text;
}

cnnviz_status engine_open(const struct engine_options *options, const struct graph *graph,
		struct engine_network **network, struct error *error)
{
	const struct graph_node *current = nullptr;

	return guarded(error, &current, [&] {
		auto shared = std::make_shared<Network>();
		shared->graph = graph;
		shared->options = *options;
		shared->device = parse_device(options->device != nullptr ? options->device
									 : "cpu");
		set_threads(options->threads);
		for (size_t i = 0; i < graph->node_count; i++) {
			current = &graph->nodes[i];
			shared->layers.push_back(prepare_layer(*shared, graph->nodes[i]));
		}
		current = nullptr;
		*network = new engine_network{ shared };
	});
}

void engine_close(struct engine_network *network)
{
	delete network;
}

void check_captures(const struct graph *graph, size_t count, const int32_t *captures)
{
	for (size_t i = 0; i < count; i++) {
		if (captures[i] < 0
				|| static_cast<size_t>(captures[i])
						>= graph->node_count) {
			throw Failure{ CNNVIZ_ERROR_ENGINE,
				"there is no layer " + std::to_string(captures[i]) };
		}
	}
}

cnnviz_status engine_forward(struct engine_network *network, const cnnviz_tensor *input,
		size_t capture_count, const int32_t *captures, bool backward,
		struct engine_pass **pass, struct error *error)
{
	const struct graph_node *current = nullptr;

	return guarded(error, &current, [&] {
		const Network &shared = *network->shared;
		check_captures(shared.graph, capture_count, captures);
		if (shared.options.tensor->rank(input) != 4) {
			throw Failure{ CNNVIZ_ERROR_ENGINE,
				"the input is not of shape (N,C,H,W)" };
		}
		std::unique_ptr<engine_pass> made(new engine_pass{ network->shared,
				backward,
				std::vector<Activation>(shared.graph->node_count) });
		for (size_t i = 0; i < capture_count; i++) {
			made->activations[static_cast<size_t>(captures[i])].captured =
					true;
		}
		/* A copy: the caller may change its own later, and the pass still needs it. */
		made->activations[0].value = wrap(shared.options.tensor, input)
							     .to(shared.device,
									     at::kFloat,
									     false, true);
		std::vector<int> readers = count_readers(shared.graph, capture_count,
				captures);
		for (size_t i = 0; i < shared.graph->node_count; i++) {
			if (readers[i] < 0 && i > 0) {
				continue;
			}
			check_canceled(shared);
			current = &shared.graph->nodes[i];
			run_node(*made, i, readers);
		}
		current = nullptr;
		*pass = made.release();
	});
}

cnnviz_status engine_activation(struct engine_pass *pass, int32_t node,
		cnnviz_tensor **tensor, struct error *error)
{
	const struct graph_node *current = nullptr;

	return guarded(error, &current, [&] {
		const cnnviz_tensor_api *api = pass->network->options.tensor;
		Activation &activation = find_activation(*pass, node, true);
		if (activation.tensor == nullptr) {
			activation.tensor = to_host(api, activation.value);
		}
		*tensor = api->ref(activation.tensor);
	});
}

cnnviz_status engine_backward(struct engine_pass *pass, uint32_t rule, size_t seed_count,
		const int32_t *seed_nodes, const cnnviz_tensor *const *seeds,
		size_t wanted_count, const int32_t *wanted, cnnviz_tensor **gradients,
		struct error *error)
{
	const struct graph_node *current = nullptr;
	const cnnviz_tensor_api *api = pass->network->options.tensor;
	std::vector<cnnviz_tensor *> made;
	cnnviz_status status = guarded(error, &current, [&] {
		size_t count = pass->activations.size();
		std::vector<Tensor> at_node(count);
		std::vector<char> is_wanted(count, 0);

		if (!pass->backward) {
			throw Failure{ CNNVIZ_ERROR_ENGINE,
				"this pass was made without backward" };
		}
		if (rule > CNNVIZ_RULE_DECONVNET) {
			throw Failure{ CNNVIZ_ERROR_ENGINE,
				"there is no backward rule " + std::to_string(rule) };
		}
		for (size_t i = 0; i < wanted_count; i++) {
			find_activation(*pass, wanted[i], false);
			is_wanted[static_cast<size_t>(wanted[i])] = 1;
		}
		for (size_t i = 0; i < seed_count; i++) {
			plant_seed(*pass, seed_nodes[i], seeds[i], at_node);
		}
		walk_back(*pass, rule, find_leads(*pass, wanted_count, wanted), is_wanted,
				at_node, &current);
		made.reserve(wanted_count);
		for (size_t i = 0; i < wanted_count; i++) {
			size_t node = static_cast<size_t>(wanted[i]);
			made.push_back(at_node[node].defined()
							? to_host(api, at_node[node])
							: create_host(api,
									pass->activations[node]
											.sizes));
		}
	});

	for (size_t i = 0; i < made.size(); i++) {
		if (status == CNNVIZ_OK) {
			gradients[i] = made[i];
		} else {
			api->unref(made[i]);
		}
	}
	return status;
}

void engine_release(struct engine_pass *pass)
{
	delete pass;
}

const struct engine table = {
	ENGINE_VERSION,
	"torch",
	engine_describe,
	engine_open,
	engine_close,
	engine_forward,
	engine_activation,
	engine_backward,
	engine_release,
};

} // namespace

extern "C" __attribute__((visibility("default"))) const struct engine *
cnnviz_engine(void);

const struct engine *cnnviz_engine(void)
{
	return &table;
}
