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

/** A primitive for inputs of one size, with the weights it takes */
struct Prepared {
	Sizes sizes;
	dnnl::primitive primitive;
	memory::desc from, to;
	memory weights;
	memory bias; /* forward, where there is one */
};

/** Weights in an order that a primitive has asked for */
struct Copy {
	bool scaled; /* by the batch norm behind the convolution */
	memory weights;
};

} // namespace

struct Packed {
	/* By direction, whether scaled and whether cut, for the size that was last used */
	Prepared prepared[2][2][2];
	std::vector<Copy> copies;
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

/** The weights in an order, made once for each order that is asked for */
memory pack(Packed &packed, const Layer &layer, const Layer *norm,
		const memory::desc &desc)
{
	for (const Copy &copy : packed.copies) {
		if (copy.scaled == (norm != nullptr) && copy.weights.get_desc() == desc) {
			return copy.weights;
		}
	}
	Tensor weights = layer.weights[GRAPH_WEIGHT].contiguous();

	if (norm != nullptr) {
		weights = weights * norm->factor.view({ -1, 1, 1, 1 });
	}
	memory plain(weight_desc(layer, false), cpu(), weights.data_ptr<float>());
	memory result(desc, cpu());

	run(dnnl::reorder(plain, result),
			{ { DNNL_ARG_FROM, plain }, { DNNL_ARG_TO, result } });
	packed.copies.push_back({ norm != nullptr, result });
	return result;
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
	return { sizes, dnnl::convolution_forward(description), description.src_desc(),
		description.dst_desc(),
		pack(packed, layer, epilogue.norm, description.weights_desc()),
		bias.defined() ? memory(description.bias_desc(), cpu(),
				bias.data_ptr<float>())
			       : memory() };
}

/* With fewer channels than this in a group, oneDNN's kernels for channels last leave most
 * of their lanes empty; the pictures' own three are so few. */
constexpr int64_t FEW_CHANNELS = 8;

Prepared prepare_backward(Packed &packed, const Layer &layer, const Sizes &sizes,
		const Layer *norm)
{
	Geometry geometry(layer, sizes);
	bool few = layer.node->settings.groups == 1 && sizes[1] < FEW_CHANNELS;
	auto description = backward_in(layer, geometry, few ? Tag::nchw : Tag::nhwc);

	if (is_plain(description)) {
		description = backward_in(layer, geometry, Tag::any);
	}
	return { sizes, dnnl::convolution_backward_data(description),
		description.diff_dst_desc(), description.diff_src_desc(),
		pack(packed, layer, norm, description.weights_desc()), memory() };
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

/** Run a primitive that reads and writes maps under the given names. */
Tensor apply(const Prepared &prepared, const Tensor &from, int name_from, int name_to)
{
	Tensor given = contiguous(from);
	Tensor result = make_output(prepared.to, from.options());
	memory to = output_for(prepared.to, result);
	std::unordered_map<int, memory> arguments{
		{ name_from, reordered(view(given), prepared.from) },
		{ DNNL_ARG_WEIGHTS, prepared.weights },
		{ name_to, to },
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
		return apply(prepared, x, DNNL_ARG_SRC, DNNL_ARG_DST);
	});
}

Tensor convolve_back(const Layer &layer, const Tensor &gradient, const Sizes &sizes,
		const Layer *norm)
{
	Packed &packed = *layer.packed;
	Prepared &prepared = packed.prepared[1][norm != nullptr][0];

	return guarded([&] {
		if (sizes != prepared.sizes) {
			prepared = prepare_backward(packed, layer, sizes, norm);
		}
		return apply(prepared, gradient, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC);
	});
}

/* ---- Products ------------------------------------------------------------------ */

Tensor multiply(const Tensor &rows, const Tensor &matrix, const Tensor &bias)
{
	return guarded([&] {
		auto float32 = memory::data_type::f32;
		Tensor given = rows.contiguous();
		Tensor result = at::empty({ rows.size(0), matrix.size(1) },
				rows.options());
		memory::desc a(given.sizes().vec(), float32, Tag::ab);
		memory::desc b(matrix.sizes().vec(), float32, matrix.strides().vec());
		memory::desc c(result.sizes().vec(), float32, Tag::ab);
		memory::desc d = bias.defined()
				? memory::desc({ 1, matrix.size(1) }, float32, Tag::ab)
				: memory::desc();
		std::unordered_map<int, memory> arguments{
			{ DNNL_ARG_SRC, memory(a, cpu(), given.data_ptr<float>()) },
			{ DNNL_ARG_WEIGHTS, memory(b, cpu(), matrix.data_ptr<float>()) },
			{ DNNL_ARG_DST, memory(c, cpu(), result.data_ptr<float>()) },
		};

		if (bias.defined()) {
			arguments.insert({ DNNL_ARG_BIAS,
					memory(d, cpu(), bias.data_ptr<float>()) });
		}
		run(dnnl::matmul({ { a, b, d, c }, cpu() }), arguments);
		return result;
	});
}

} // namespace torch_engine
