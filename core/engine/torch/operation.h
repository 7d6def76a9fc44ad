/**
 * \file    engine/torch/operation.h
 * \brief   Shared by the files of the libtorch engine: the row of an operation, the
 *                     state of a pass
 *
 * An operation is a row in the table of its family's file (conv.cc, pool.cc, ...).
 * pass.cc runs a graph by these rows, without reference to operations by name.
 */
#ifndef TORCH_OPERATION_H
#define TORCH_OPERATION_H

#include <ATen/ATen.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/torch/recent.h"

namespace torch_engine
{

using at::Tensor;
using Sizes = std::vector<int64_t>;

/** A failure with its status for the host */
struct Failure {
	cnnviz_status status;
	std::string text;
};

struct Operation;
struct Packed; /* see onednn.h */

/** The state of a node that all passes share */
struct Layer {
	const struct graph_node *node;
	const Operation *operation;
	const struct engine_options *options; /* of the network */
	Recent *recent;                       /* of the network */
	Tensor weights[GRAPH_WEIGHT_COUNT];
	bool viewed = false; /* another node's output shares this one's memory */

	/* Computed by the operation's prepare() */
	Tensor factor, offset; /* what a batch norm multiplies by and adds */
	double ceiling = -1;   /* what is below 0 or above this is cut; -1: not */
	std::shared_ptr<Packed> packed;

	/* Nodes behind a convolution that can be computed along with it; 0: none */
	size_t norm = 0, cut = 0;
	size_t folded_into = 0; /* of a batch norm: the convolution; 0: none */

	/** Let the host give back the memory of weights, from a value on, or of all */
	void spare(enum graph_weight role, int64_t first = 0, int64_t count = -1) const
	{
		if (options->spare != nullptr) {
			options->spare(node->weights[role], first,
					count < 0 ? weights[role].numel() : count);
		}
	}
};

struct Network {
	const struct graph *graph;
	struct engine_options options;
	at::Device device = at::kCPU;
	std::vector<Layer> layers;
	Recent recent;
	bool cuts = false; /* some convolution has a rectifier computed along with it */
	struct engine_canvas *canvas = nullptr; /* the open one, or null; not owned */
};

/** The state of a node in a pass */
struct Activation {
	bool ran = false;
	bool captured = false;
	bool given = false;   /* not computed */
	bool tracked = false; /* given, and what follows from it is differentiated twice */
	Sizes sizes;
	Tensor value; /* released when no longer needed */
	/* For the gradient: as required by the operation's row */
	std::vector<Tensor> inputs;
	Tensor output;
	Tensor own;
	cnnviz_tensor *tensor = nullptr; /* the value, once the host has requested it */
};

/** An operation that runs on one node of a pass */
struct Step {
	const Network &network;
	const Layer &layer;
	const std::vector<Activation> &activations; /* of all nodes, including self */
	Activation &self; /* forward: with its inputs; backward: with what was kept */
	bool in_place;    /* forward may overwrite the first input */
	uint32_t rule;    /* backward: one of CNNVIZ_RULE_* */
	/* Computed along with a convolution; null: not */
	const Layer *norm = nullptr, *cut = nullptr;

	const struct graph_settings &settings() const { return layer.node->settings; }

	const Tensor &weight(enum graph_weight role) const { return layer.weights[role]; }

	/** State of the node that input j comes from */
	const Activation &source(size_t j) const
	{
		return activations[static_cast<size_t>(layer.node->inputs[j])];
	}
};

/** Properties of an operation; any of */
enum Trait : unsigned {
	/* Kept in self if a gradient will be requested, in addition to self.own */
	KEEPS_INPUTS = 1,
	KEEPS_OUTPUT = 2,
	/* forward() can overwrite its first input, and must if step.in_place is set */
	IN_PLACE = 4,
	/* The output shares the memory of the input */
	VIEW = 8,
	/* Nodes with this one as an input read its self.own */
	LENDS = 16,
	/* Inputs after the first neither give values nor get a gradient */
	FIRST_ONLY = 32,
	/* Multiplies by packed weights, along with which a factor and an offset of the
	 * channels and a cut can be computed: it minds step.norm and step.cut */
	ABSORBS = 64,
	/* Autograd does not see how the output follows from the inputs */
	UNRECORDED = 128,
	/* No input gets a gradient */
	SOURCE = 256,
};

struct Operation {
	const char *name; /* the graph's */

	/**
	 * Compute the output from step.self.inputs. Values for the gradient that the
	 * traits do not keep are stored in step.self.own.
	 */
	Tensor (*forward)(Step &step);

	/**
	 * Compute the gradient of input j, with the input's sizes, from that of the
	 * output
	 */
	Tensor (*backward)(const Step &step, const Tensor &gradient, size_t j);

	unsigned traits = 0;

	/** Called once for each layer, after its weights are loaded; may be null */
	void (*prepare)(Layer &layer) = nullptr;

	/**
	 * Returns why a node cannot be run, or null; the function is null if all can be
	 */
	const char *(*objection)(const struct graph_node &node) = nullptr;

	/**
	 * In place of backward(), where the gradients of inputs have work in common: those
	 * of the inputs marked in `wanted`, one for each input; the others are undefined
	 */
	std::vector<Tensor> (*backward_all)(const Step &step, const Tensor &gradient,
			const std::vector<char> &wanted) = nullptr;
};

/* Tables, each ended by a row without a name */
extern const Operation conv_operations[];
extern const Operation pool_operations[];
extern const Operation activation_operations[];
extern const Operation norm_operations[];
extern const Operation resample_operations[];
extern const Operation shape_operations[];
extern const Operation arithmetic_operations[];
extern const Operation array_operations[];
extern const Operation attention_operations[];

/** An operation's row by its name in the graph, or null */
const Operation *find_operation(const char *name);

/**
 * A placeholder for an input of which a gradient uses only the sizes and the order.
 * Untouched memory costs less than an expanded element, which oneDNN would copy out.
 */
inline Tensor phantom(const Tensor &gradient, const Sizes &sizes)
{
	return at::empty(sizes, gradient.options(),
			sizes.size() == 4 ? gradient.suggest_memory_format()
					  : at::MemoryFormat::Contiguous);
}

inline at::IntArrayRef pair(const int64_t *values)
{
	return at::IntArrayRef(values, 2);
}

} // namespace torch_engine

#endif
