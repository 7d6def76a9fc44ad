/**
 * \file    engine/torch/onednn.cc
 * \brief   Convolutions and products by oneDNN itself, with weights packed once
 */
#include "engine/torch/onednn.h"

#include <cmath>
#include <cstring>
#include <new>
#include <unordered_map>

#include <dnnl.hpp>

#include "engine/torch/padding.h"

namespace torch_engine
{

namespace
{

using dnnl::memory;
using Tag = memory::format_tag;

/** What is made of a layer's weights before they are packed */
struct Form {
	const Layer *norm; /* whose factors they are multiplied by, or null */
	bool turned; /* for a convolution backward: inputs for outputs, upside down */
};

/** A primitive for inputs of one size, and what it is to be given */
struct Prepared {
	Sizes sizes;
	dnnl::primitive primitive;
	int reads, writes; /* names of its arguments */
	memory::desc from, to, weights;
	bool turned;
	memory bias; /* forward, where there is one */
};

/** Weights in an order that a primitive has asked for */
struct Copy {
	bool scaled, turned;
	memory weights;
};

} // namespace

struct Packed {
	/* By direction, whether scaled and whether cut, for the size that was last used */
	Prepared prepared[2][2][2];
	std::vector<Copy> copies;
	int packings = 0;
	Tensor bias[2]; /* as it is, and with a batch norm; undefined until needed */
};

namespace
{

/* ---- oneDNN's objects ---------------------------------------------------------- */

const dnnl::engine &cpu()
{
	static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);

	return engine;
}

/** Run body; what oneDNN throws for want of memory becomes what C++ throws for it. */
template <typename Body>
auto guarded(Body body)
{
	try {
		return body();
	} catch (const dnnl::error &error) {
		if (error.status == dnnl_out_of_memory) {
			throw std::bad_alloc();
		}
		throw;
	}
}

void run(const dnnl::primitive &primitive,
		const std::unordered_map<int, memory> &arguments)
{
	dnnl::stream stream(cpu());

	primitive.execute(stream, arguments);
	stream.wait();
}

memory::desc describe(const Sizes &sizes, Tag tag)
{
	return memory::desc(sizes, memory::data_type::f32, tag);
}

/** Channels last where a tensor has them so, else rows after rows */
Tag order_of(const Tensor &tensor)
{
	return tensor.is_contiguous(at::MemoryFormat::ChannelsLast) ? Tag::nhwc
								    : Tag::nchw;
}

/** The memory of maps (N,C,H,W), which are contiguous in one order or the other */
memory view(const Tensor &maps)
{
	return memory(describe(maps.sizes().vec(), order_of(maps)), cpu(),
			maps.data_ptr<float>());
}

memory reordered(const memory &from, const memory::desc &desc)
{
	if (from.get_desc() == desc) {
		return from;
	}
	memory to(desc, cpu());

	run(dnnl::reorder(from, to), { { DNNL_ARG_FROM, from }, { DNNL_ARG_TO, to } });
	return to;
}

/** Memory for a primitive's output: that of the tensor, if it has the right order */
memory output_for(const memory::desc &desc, const Tensor &result)
{
	memory own = view(result);

	return own.get_desc() == desc ? own : memory(desc, cpu());
}

/* ---- Weights ------------------------------------------------------------------- */

/** Sizes of the weights as oneDNN has them: with groups in front */
Sizes weight_sizes(const Layer &layer)
{
	Sizes sizes = layer.weights[GRAPH_WEIGHT].sizes().vec();
	int64_t groups = layer.node->settings.groups;

	if (groups > 1) {
		sizes[0] /= groups;
		sizes.insert(sizes.begin(), groups);
	}
	return sizes;
}

memory::desc weight_desc(const Layer &layer, bool packed)
{
	bool grouped = layer.node->settings.groups > 1;

	return describe(weight_sizes(layer),
			packed                    ? Tag::any
					: grouped ? Tag::goihw
						  : Tag::oihw);
}

/** Pack a layer's weights in an order. Those in the file are not needed after that. */
memory pack(const Layer &layer, const Form &form, const memory::desc &desc)
{
	Tensor weights = layer.weights[GRAPH_WEIGHT].contiguous();
	memory result(desc, cpu());

	if (form.norm != nullptr) {
		weights = weights * form.norm->factor.view({ -1, 1, 1, 1 });
	}
	if (form.turned) {
		weights = at::flip(weights, { 2, 3 }).transpose(0, 1).contiguous();
	}
	memory plain(form.turned ? describe(weights.sizes().vec(), Tag::oihw)
				 : weight_desc(layer, false),
			cpu(), weights.data_ptr<float>());

	run(dnnl::reorder(plain, result),
			{ { DNNL_ARG_FROM, plain }, { DNNL_ARG_TO, result } });
	layer.spare(GRAPH_WEIGHT);
	return result;
}

/* With more, there are not few passes after all: some techniques add many of their own. */
constexpr int FEW_PACKINGS = 8;

/** The weights as a primitive takes them: packed once, unless few passes will follow */
memory packed_weights(Packed &packed, const Layer &layer, const Form &form,
		const memory::desc &desc)
{
	for (const Copy &copy : packed.copies) {
		if (copy.scaled == (form.norm != nullptr) && copy.turned == form.turned
				&& copy.weights.get_desc() == desc) {
			return copy.weights;
		}
	}
	memory made = pack(layer, form, desc);

	packed.packings++;
	if (!layer.options->brief || packed.packings > FEW_PACKINGS) {
		packed.copies.push_back({ form.norm != nullptr, form.turned, made });
	}
	return made;
}

/** The bias, or what a batch norm makes of it; undefined if there is none */
const Tensor &bias_of(Packed &packed, const Layer &layer, const Layer *norm)
{
	Tensor &bias = packed.bias[norm != nullptr];

	if (!bias.defined()) {
		const Tensor &own = layer.weights[GRAPH_BIAS];

		bias = norm == nullptr ? own
				: own.defined()
				? norm->offset + own * norm->factor.view({ -1 })
				: norm->offset;
	}
	return bias;
}

/* ---- Convolutions -------------------------------------------------------------- */

/** The numbers of a convolution over maps of one size, in oneDNN's words */
struct Geometry {
	Sizes from, to;
	memory::dims stride, dilation, before, after;

	Geometry(const Layer &layer, const Sizes &sizes) : from(sizes)
	{
		const struct graph_settings &s = layer.node->settings;
		Padding padding(s, sizes);
		int64_t ends[2] = { padding.top + padding.bottom,
			padding.left + padding.right };

		to = { sizes[0], s.out, 0, 0 };
		for (size_t i = 0; i < 2; i++) {
			int64_t reach = s.dilation[i] * (s.kernel[i] - 1) + 1;

			to[i + 2] = (sizes[i + 2] + ends[i] - reach) / s.stride[i] + 1;
			stride.push_back(s.stride[i]);
			dilation.push_back(s.dilation[i] - 1);
		}
		before = { padding.top, padding.left };
		after = { padding.bottom, padding.right };
	}
};

dnnl::primitive_attr attributes(double ceiling)
{
	dnnl::primitive_attr attributes;
	dnnl::post_ops operations;

	if (std::isinf(ceiling)) {
		operations.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
	} else if (ceiling >= 0) {
		operations.append_eltwise(1, dnnl::algorithm::eltwise_clip, 0,
				static_cast<float>(ceiling));
	}
	attributes.set_post_ops(operations);
	return attributes;
}

dnnl::convolution_forward::primitive_desc forward_in(const Layer &layer,
		const Geometry &g, Tag order, const Tensor &bias, double ceiling)
{
	memory::desc bias_desc = bias.defined() ? describe(bias.sizes().vec(), Tag::x)
						: memory::desc();

	return { { dnnl::prop_kind::forward_inference,
				 dnnl::algorithm::convolution_direct,
				 describe(g.from, order), weight_desc(layer, true),
				 bias_desc, describe(g.to, order), g.stride, g.dilation,
				 g.before, g.after },
		attributes(ceiling), cpu() };
}

dnnl::convolution_backward_data::primitive_desc backward_in(const Layer &layer,
		const Geometry &g, Tag order)
{
	memory::desc from = describe(g.from, order), to = describe(g.to, order);
	memory::desc weights = weight_desc(layer, true);
	dnnl::convolution_forward::primitive_desc hint(
			{ dnnl::prop_kind::forward_training,
					dnnl::algorithm::convolution_direct, from,
					weights, to, g.stride, g.dilation, g.before,
					g.after },
			cpu());

	return { { dnnl::algorithm::convolution_direct, from, weights, to, g.stride,
				 g.dilation, g.before, g.after },
		cpu(), hint };
}

/** Whether oneDNN has only its plain loops for it, which are slower than any reordering */
template <typename Description>
bool is_plain(const Description &description)
{
	return std::strncmp(description.impl_info_str(), "ref", 3) == 0;
}

Prepared prepare_forward(Packed &packed, const Layer &layer, const Sizes &sizes,
		const Epilogue &epilogue)
{
	Geometry geometry(layer, sizes);
	const Tensor &bias = bias_of(packed, layer, epilogue.norm);
	auto description = forward_in(layer, geometry, Tag::nhwc, bias, epilogue.ceiling);

	if (is_plain(description)) {
		description = forward_in(layer, geometry, Tag::any, bias,
				epilogue.ceiling);
	}
	return { sizes, dnnl::convolution_forward(description), DNNL_ARG_SRC,
		DNNL_ARG_DST, description.src_desc(), description.dst_desc(),
		description.weights_desc(), false,
		bias.defined() ? memory(description.bias_desc(), cpu(),
				bias.data_ptr<float>())
			       : memory() };
}

/* With fewer channels than this, oneDNN's kernels for channels last leave most of their
 * lanes empty; the pictures' own three are so few. */
constexpr int64_t FEW_CHANNELS = 8;

/**
 * Whether the gradient can be computed as a convolution of its own, with the weights upside
 * down: oneDNN's kernels for that direction are faster.
 */
bool can_turn(const Layer &layer, const Geometry &g)
{
	const struct graph_settings &s = layer.node->settings;
	bool turns = s.groups == 1 && g.from[1] >= FEW_CHANNELS;

	for (size_t i = 0; i < 2; i++) {
		int64_t reach = s.dilation[i] * (s.kernel[i] - 1);

		turns = turns && s.stride[i] == 1 && g.before[i] <= reach
				&& g.after[i] <= reach;
	}
	return turns;
}

/** The convolution that computes the gradient of another's input */
dnnl::convolution_forward::primitive_desc turned_in(const Layer &layer, const Geometry &g)
{
	const struct graph_settings &s = layer.node->settings;
	memory::dims before, after;

	for (size_t i = 0; i < 2; i++) {
		int64_t reach = s.dilation[i] * (s.kernel[i] - 1);

		before.push_back(reach - g.before[i]);
		after.push_back(reach - g.after[i]);
	}
	return {
		{ dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct,
				describe(g.to, Tag::nhwc),
				describe({ g.from[1], g.to[1], s.kernel[0], s.kernel[1] },
						Tag::any),
				describe(g.from, Tag::nhwc), g.stride, g.dilation, before,
				after },
		cpu()
	};
}

Prepared prepare_backward(const Layer &layer, const Sizes &sizes)
{
	Geometry geometry(layer, sizes);

	if (can_turn(layer, geometry)) {
		auto turned = turned_in(layer, geometry);

		if (!is_plain(turned)) {
			return { sizes, dnnl::convolution_forward(turned), DNNL_ARG_SRC,
				DNNL_ARG_DST, turned.src_desc(), turned.dst_desc(),
				turned.weights_desc(), true, memory() };
		}
	}
	bool few = layer.node->settings.groups == 1 && sizes[1] < FEW_CHANNELS;
	auto description = backward_in(layer, geometry, few ? Tag::nchw : Tag::nhwc);

	if (is_plain(description)) {
		description = backward_in(layer, geometry, Tag::any);
	}
	return { sizes, dnnl::convolution_backward_data(description), DNNL_ARG_DIFF_DST,
		DNNL_ARG_DIFF_SRC, description.diff_dst_desc(),
		description.diff_src_desc(), description.weights_desc(), false,
		memory() };
}

/** Maps that are contiguous in one of the two orders */
Tensor contiguous(const Tensor &maps)
{
	return maps.is_contiguous(at::MemoryFormat::ChannelsLast) ? maps
								  : maps.contiguous();
}

/** A new tensor for what a primitive writes in the given order */
Tensor make_output(const memory::desc &desc, const at::TensorOptions &options)
{
	bool rows = desc == describe(desc.dims(), Tag::nchw);

	return at::empty(desc.dims(), options,
			rows ? at::MemoryFormat::Contiguous
			     : at::MemoryFormat::ChannelsLast);
}

/** Run a primitive that reads and writes maps. */
Tensor apply(const Layer &layer, const Prepared &prepared, const Tensor &from,
		const Layer *norm)
{
	Tensor given = contiguous(from);
	Tensor result = make_output(prepared.to, from.options());
	memory to = output_for(prepared.to, result);
	std::unordered_map<int, memory> arguments{
		{ prepared.reads, reordered(view(given), prepared.from) },
		{ DNNL_ARG_WEIGHTS,
				packed_weights(*layer.packed, layer,
						{ norm, prepared.turned },
						prepared.weights) },
		{ prepared.writes, to },
	};

	if (prepared.bias) {
		arguments.insert({ DNNL_ARG_BIAS, prepared.bias });
	}
	run(prepared.primitive, arguments);
	if (to.get_data_handle() != result.data_ptr()) {
		memory own = view(result);

		run(dnnl::reorder(to, own),
				{ { DNNL_ARG_FROM, to }, { DNNL_ARG_TO, own } });
	}
	return result;
}

} // namespace

std::shared_ptr<Packed> prepare_packed(const Layer &layer)
{
	return layer.weights[GRAPH_WEIGHT].device().is_cpu() ? std::make_shared<Packed>()
							     : nullptr;
}

Tensor convolve(const Layer &layer, const Tensor &x, const Epilogue &epilogue)
{
	Packed &packed = *layer.packed;
	Prepared &prepared = packed.prepared[0][epilogue.norm != nullptr]
					    [epilogue.ceiling >= 0];

	return guarded([&] {
		if (x.sizes() != at::IntArrayRef(prepared.sizes)) {
			prepared = prepare_forward(packed, layer, x.sizes().vec(),
					epilogue);
		}
		return apply(layer, prepared, x, epilogue.norm);
	});
}

Tensor convolve_back(const Layer &layer, const Tensor &gradient, const Sizes &sizes,
		const Layer *norm)
{
	Packed &packed = *layer.packed;
	Prepared &prepared = packed.prepared[1][norm != nullptr][0];

	return guarded([&] {
		if (sizes != prepared.sizes) {
			prepared = prepare_backward(layer, sizes);
		}
		return apply(layer, prepared, gradient, norm);
	});
}

/* ---- Products ------------------------------------------------------------------ */

void multiply(const Tensor &result, const Tensor &rows, const Tensor &matrix,
		const Tensor &bias, bool add)
{
	guarded([&] {
		auto float32 = memory::data_type::f32;
		auto described = [&](const Tensor &tensor) {
			return memory::desc(tensor.sizes().vec(), float32,
					tensor.strides().vec());
		};
		memory::desc a = described(rows), b = described(matrix),
			     c = described(result), d;
		dnnl::primitive_attr attributes;
		dnnl::post_ops operations;
		std::unordered_map<int, memory> arguments{
			{ DNNL_ARG_SRC, memory(a, cpu(), rows.data_ptr<float>()) },
			{ DNNL_ARG_WEIGHTS, memory(b, cpu(), matrix.data_ptr<float>()) },
			{ DNNL_ARG_DST, memory(c, cpu(), result.data_ptr<float>()) },
		};

		if (add) {
			operations.append_sum();
		}
		if (bias.defined()) {
			d = memory::desc({ 1, matrix.size(1) }, float32, Tag::ab);
			arguments.insert({ DNNL_ARG_BIAS,
					memory(d, cpu(), bias.data_ptr<float>()) });
		}
		attributes.set_post_ops(operations);
		run(dnnl::matmul({ { a, b, d, c }, attributes, cpu() }), arguments);
	});
}

} // namespace torch_engine
