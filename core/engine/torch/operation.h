/**
 * \file    engine/torch/operation.h
 * \brief   What the files of the libtorch engine share: an operation's row, a pass
 *
 * An operation is a row in the table of its family's file (conv.cc, pool.cc, ...).
 * pass.cc takes a graph forward and backward by these rows alone and knows no
 * operation by name.
 */
#ifndef TORCH_OPERATION_H
#define TORCH_OPERATION_H

#include <ATen/ATen.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace torch_engine
{

using at::Tensor;
using Sizes = std::vector<int64_t>;

/** A failure with the status that the host is to see */
struct Failure {
	cnnviz_status status;
	std::string text;
};

struct Operation;

/** What is the same for every pass over a node */
struct Layer {
	const struct graph_node *node;
	const Operation *operation;
	Tensor weights[GRAPH_WEIGHT_COUNT];
	Tensor factor;       /* what the operation's prepare() made of them */
	bool viewed = false; /* another node's output is this one's memory */
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
	Tensor value; /* dropped when nobody needs it any more */
	/* For the gradient: what the operation's row asks for */
	std::vector<Tensor> inputs;
	Tensor output;
	Tensor own;
	cnnviz_tensor *tensor = nullptr; /* the value as the host has asked for it */
};

/** An operation at work on one node of a pass */
struct Step {
	const Network &network;
	const Layer &layer;
	const std::vector<Activation> &activations; /* of every node, self among them */
	Activation &self; /* forward: its inputs are there; backward: what was kept */
	bool in_place;    /* forward may overwrite the first input */
	uint32_t rule;    /* backward: one of CNNVIZ_RULE_* */

	const struct graph_settings &settings() const { return layer.node->settings; }

	const Tensor &weight(enum graph_weight role) const { return layer.weights[role]; }

	/** What the pass knows of the node that input j comes from */
	const Activation &source(size_t j) const
	{
		return activations[static_cast<size_t>(layer.node->inputs[j])];
	}
};

/** What is particular about an operation; any of */
enum Trait : unsigned {
	/* Kept in self where a gradient will be asked for, beside self.own */
	KEEPS_INPUTS = 1,
	KEEPS_OUTPUT = 2,
	/* forward() can write over its first input: it must, where step.in_place says so */
	IN_PLACE = 4,
	/* The output is the memory of the input */
	VIEW = 8,
	/* Nodes that take this one as an input read what it left in self.own */
	LENDS = 16,
	/* From the inputs behind the first come no values, and no gradient goes there */
	FIRST_ONLY = 32,
};

struct Operation {
	const char *name; /* the graph's */

	/**
	 * The output, from step.self.inputs. What the gradient needs beside that which
	 * the traits keep goes to step.self.own.
	 */
	Tensor (*forward)(Step &step);

	/** From the gradient of the output that of input j, in the sizes of the input */
	Tensor (*backward)(const Step &step, const Tensor &gradient, size_t j);

	unsigned traits = 0;

	/** Once for each layer, when its weights are there; may be null */
	void (*prepare)(Layer &layer) = nullptr;

	/** Why a node cannot be run, or null; null where all can be */
	const char *(*objection)(const struct graph_node &node) = nullptr;
};

/* Tables, each ended by a row without a name */
extern const Operation conv_operations[];
extern const Operation pool_operations[];
extern const Operation activation_operations[];
extern const Operation norm_operations[];
extern const Operation shape_operations[];

/** An operation's row by its name in the graph, or null */
const Operation *find_operation(const char *name);

/**
 * Stands for an input of which a gradient reads the sizes alone. Memory that is never
 * touched costs less than an expanded element, which oneDNN would spread out.
 */
inline Tensor phantom(const Tensor &gradient, const Sizes &sizes)
{
	return at::empty(sizes, gradient.options());
}

inline at::IntArrayRef pair(const int64_t *values)
{
	return at::IntArrayRef(values, 2);
}

} // namespace torch_engine

#endif
