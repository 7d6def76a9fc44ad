/**
 * \file    engine/torch/company.cc
 * \brief   Which nodes can be computed along with a convolution
 *
 * Its batch norm then is a part of the weights, and what a rectifier cuts off is cut off
 * before the output is written.
 */
#include "engine/torch/pass.h"

namespace torch_engine
{

namespace
{

/** The one node that reads each node's output; 0: none, or several */
std::vector<size_t> find_only_readers(const Network &network)
{
	std::vector<size_t> reader(network.layers.size(), 0);
	std::vector<int> count(network.layers.size(), 0);

	for (size_t i = 1; i < network.layers.size(); i++) {
		const struct graph_node &node = *network.layers[i].node;

		for (size_t j = 0; j < node.input_count; j++) {
			size_t input = static_cast<size_t>(node.inputs[j]);

			reader[input] = ++count[input] == 1 ? i : 0;
		}
	}
	return reader;
}

} // namespace

void find_company(Network &network)
{
	std::vector<size_t> reader = find_only_readers(network);

	for (size_t i = 1; i < network.layers.size(); i++) {
		Layer &layer = network.layers[i];
		size_t last = i;

		if ((layer.operation->traits & ABSORBS) == 0 || !layer.packed) {
			continue;
		}
		if (network.layers[reader[last]].factor.defined()) {
			layer.norm = last = reader[last];
			network.layers[last].folded_into = i;
		}
		if (network.layers[reader[last]].ceiling >= 0) {
			layer.cut = reader[last];
			network.cuts = true;
		}
	}
}

} // namespace torch_engine
