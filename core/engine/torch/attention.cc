/**
 * \file    engine/torch/attention.cc
 * \brief   Attention: what tokens take from one another
 *
 * What takes memory are the shares, one for each pair of tokens and each head. They are
 * computed for as many heads at a time, or rows of one, as a processor's cache has room for,
 * and once more for the gradient: that costs little beside a transformer's other products, and no
 * array of all pairs is ever there. libtorch's own functions that do so came with 2.0, have
 * other arguments in each version since, and give no gradient of a bias on the CPU.
 */
#include "engine/torch/operation.h"

#include <algorithm>

namespace torch_engine
{

namespace
{

enum { QUERIES, KEYS, VALUES, BIASES };

/** Shares at a time: as many as fit a core's cache, or a device's many cores */
constexpr int64_t cached_shares = INT64_C(1) << 18;
constexpr int64_t device_shares = INT64_C(1) << 24;

/* ---- Arrays as stacks of matrices ---------------------------------------------- */

Tensor stacked(const Tensor &x)
{
	return x.reshape({ -1, x.size(-2), x.size(-1) });
}

/** For each stack of scores the one of an array that is repeated as the bias is */
Tensor owners(const Tensor &like, const Tensor &repeated)
{
	Sizes own(repeated.sizes().begin(), repeated.sizes().end() - 2);
	Sizes all(like.sizes().begin(), like.sizes().end() - 2);
	int64_t count = 1;

	for (int64_t extent : own) {
		count *= extent;
	}
	return at::arange(count, like.options().dtype(at::kLong))
			.reshape(own)
			.expand(all)
			.reshape(-1);
}

/** A bias as stacks, the same memory for all items where it is that already */
struct Bias {
	Tensor values, owner;

	Bias(const Tensor &like, const Tensor &bias)
	{
		Tensor once = bias.stride(0) == 0 ? bias.narrow(0, 0, 1) : bias;

		values = stacked(once);
		owner = owners(like, once);
	}
};

/** The inputs of a node as stacks of matrices, the queries scaled */
struct Attention {
	Tensor queries, keys, values;
	std::vector<Bias> biases;
	double scale;

	explicit Attention(const Step &step)
			: queries(stacked(step.self.inputs[QUERIES])),
			  keys(stacked(step.self.inputs[KEYS])),
			  values(stacked(step.self.inputs[VALUES])),
			  scale(graph_attention_scale(&step.settings(), queries.size(2)))
	{
		queries = queries.mul(scale);
		for (size_t j = BIASES; j < step.self.inputs.size(); j++) {
			biases.emplace_back(step.self.inputs[QUERIES],
					step.self.inputs[j]);
		}
	}
};

/* ---- Blocks -------------------------------------------------------------------- */

/** Rows of scores that are computed at a time: all of some stacks, or some of one */
struct Block {
	int64_t stack, stacks, row, rows;

	Tensor of_rows(const Tensor &x) const
	{
		return x.narrow(0, stack, stacks).narrow(1, row, rows);
	}

	Tensor of_stacks(const Tensor &x) const { return x.narrow(0, stack, stacks); }

	/** Of a bias, of which there may be one row for all */
	Tensor of_bias(const Tensor &x) const
	{
		return x.size(1) == 1 ? x : x.narrow(1, row, rows);
	}
};

std::vector<Block> blocks_of(const Attention &attention)
{
	int64_t stacks = attention.queries.size(0), rows = attention.queries.size(1);
	int64_t keys = attention.keys.size(1);
	int64_t limit = attention.queries.is_cpu() ? cached_shares : device_shares;
	int64_t high = std::max<int64_t>(1, limit / (rows * keys));
	int64_t wide = high > 1 ? rows
				: std::min(rows, std::max<int64_t>(1, limit / keys));
	std::vector<Block> blocks;

	for (int64_t stack = 0; stack < stacks; stack += high) {
		for (int64_t row = 0; row < rows; row += wide) {
			blocks.push_back({ stack, std::min(high, stacks - stack), row,
					std::min(wide, rows - row) });
		}
	}
	return blocks;
}

/** The shares of a block's rows */
Tensor shares_of(const Attention &attention, const Block &block)
{
	Tensor scores = at::bmm(block.of_rows(attention.queries),
			block.of_stacks(attention.keys).transpose(1, 2));

	for (const Bias &bias : attention.biases) {
		scores.add_(block.of_bias(bias.values)
						.index_select(0,
								block.of_stacks(bias.owner)));
	}
	return at::softmax(scores, -1);
}

/** Rows by rows, then stack by stack */
Tensor joined(const std::vector<Block> &blocks, const std::vector<Tensor> &parts)
{
	std::vector<Tensor> whole, rows;

	for (size_t i = 0; i < parts.size(); i++) {
		rows.push_back(parts[i]);
		if (i + 1 == parts.size() || blocks[i + 1].stack != blocks[i].stack) {
			whole.push_back(rows.size() > 1 ? at::cat(rows, 1) : rows[0]);
			rows.clear();
		}
	}
	return whole.size() > 1 ? at::cat(whole, 0) : whole[0];
}

/* ---- Forward ------------------------------------------------------------------- */

Tensor attention_forward(Step &step)
{
	Attention attention(step);
	std::vector<Block> blocks = blocks_of(attention);
	std::vector<Tensor> parts;
	Sizes sizes = step.self.inputs[QUERIES].sizes().vec();

	for (const Block &block : blocks) {
		parts.push_back(at::bmm(shares_of(attention, block),
				block.of_stacks(attention.values)));
	}
	sizes.back() = attention.values.size(2);
	return joined(blocks, parts).reshape(sizes);
}

/* ---- Backward ------------------------------------------------------------------ */

/** The gradient of a bias, whose items are not the same memory */
struct BiasSlope {
	Tensor values, owner;

	BiasSlope(const Tensor &like, const Tensor &bias)
			: values(at::zeros({ bias.numel() / bias.size(-2) / bias.size(-1),
							   bias.size(-2), bias.size(-1) },
					bias.options())),
			  owner(owners(like, bias))
	{
	}
};

/** Gradients as stacks; undefined where they are not wanted */
struct Slopes {
	Tensor queries, keys, values;
	std::vector<BiasSlope> biases; /* of those that are */

	Slopes(const Step &step, const Attention &attention,
			const std::vector<char> &wanted)
	{
		if (wanted[QUERIES]) {
			queries = at::empty_like(attention.queries);
		}
		if (wanted[KEYS]) {
			keys = at::zeros_like(attention.keys);
		}
		if (wanted[VALUES]) {
			values = at::zeros_like(attention.values);
		}
		for (size_t j = BIASES; j < wanted.size(); j++) {
			if (wanted[j]) {
				biases.emplace_back(step.self.inputs[QUERIES],
						step.self.inputs[j]);
			}
		}
	}

	bool need_scores() const
	{
		return queries.defined() || keys.defined() || !biases.empty();
	}
};

/** Add what a block's scores have on their inputs. */
void bend_scores(Slopes &slopes, const Attention &attention, const Block &block,
		const Tensor &scores)
{
	if (slopes.queries.defined()) {
		block.of_rows(slopes.queries)
				.copy_(at::bmm(scores, block.of_stacks(attention.keys)));
	}
	if (slopes.keys.defined()) {
		block.of_stacks(slopes.keys)
				.baddbmm_(scores.transpose(1, 2),
						block.of_rows(attention.queries));
	}
	for (const BiasSlope &bias : slopes.biases) {
		Tensor rows = block.of_bias(bias.values);
		Sizes sizes = rows.sizes().vec();

		sizes[0] = block.stacks;
		rows.index_add_(0, block.of_stacks(bias.owner),
				at::sum_to(scores, sizes));
	}
}

void bend_block(Slopes &slopes, const Attention &attention, const Block &block,
		const Tensor &gradient)
{
	Tensor shares = shares_of(attention, block);

	if (slopes.values.defined()) {
		block.of_stacks(slopes.values).baddbmm_(shares.transpose(1, 2), gradient);
	}
	if (slopes.need_scores()) {
		Tensor of_shares = at::bmm(gradient,
				block.of_stacks(attention.values).transpose(1, 2));

		bend_scores(slopes, attention, block,
				at::_softmax_backward_data(of_shares, shares, -1,
						shares.scalar_type()));
	}
}

std::vector<Tensor> attention_backward(const Step &step, const Tensor &gradient,
		const std::vector<char> &wanted)
{
	Attention attention(step);
	Slopes slopes(step, attention, wanted);
	Tensor stacks = stacked(gradient);

	for (const Block &block : blocks_of(attention)) {
		bend_block(slopes, attention, block, block.of_rows(stacks));
	}
	if (slopes.queries.defined()) {
		slopes.queries.mul_(attention.scale);
	}
	std::vector<Tensor> result = { slopes.queries, slopes.keys, slopes.values };
	auto bias = slopes.biases.begin();

	for (size_t j = BIASES; j < wanted.size(); j++) {
		result.push_back(wanted[j] ? (bias++)->values : Tensor());
	}
	for (size_t j = 0; j < result.size(); j++) {
		if (result[j].defined()) {
			result[j] = result[j].reshape(step.source(j).sizes);
		}
	}
	return result;
}

} // namespace

const Operation attention_operations[] = {
	{ "attention", attention_forward, nullptr, KEEPS_INPUTS, nullptr, nullptr,
			attention_backward },
	{},
};

} // namespace torch_engine
