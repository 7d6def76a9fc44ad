/**
 * \file    engine/torch/rules.cc
 * \brief   Backward rules of nodes: how relevance is shared among inputs
 */
#include "engine/torch/rules.h"

#include <cstdio>
#include <new>

namespace torch_engine
{

namespace
{

/** A change of an input that is smaller than this counts as none. */
constexpr double LEAST_CHANGE = 1e-10;

/** A rule at a node of a pass */
struct Place {
	engine_pass &pass;
	const struct engine_rules &rules;
	const struct engine_rule &rule;
	size_t index;
	const Tensor &relevance;
	const std::vector<char> &wanted;

	const struct graph_node &node(size_t other) const
	{
		return pass.network->graph->nodes[other];
	}

	size_t through() const { return static_cast<size_t>(rule.through); }

	const Tensor &output() const { return value(pass, index); }

	/** Value of input j of a node in a pass */
	const Tensor &input(const engine_pass &of, size_t other, size_t j) const
	{
		return value(of, static_cast<size_t>(node(other).inputs[j]));
	}

	const Tensor &value(const engine_pass &of, size_t other) const
	{
		return of.activations[other].value;
	}
};

/* ---- One node ---------------------------------------------------------------------- */

const Network &network_of(const Place &place, const struct engine_term *term)
{
	return term != nullptr && term->network != nullptr ? *term->network->shared
							   : *place.pass.network;
}

/** What a node makes of a value of its first input */
Tensor run_alone(const Place &place, size_t index, const Network &network,
		const Tensor &value)
{
	Activation self;

	self.inputs.push_back(value);
	Step step{ network, network.layers[index], place.pass.activations, self, false,
		CNNVIZ_RULE_PLAIN };
	return step.layer.operation->forward(step);
}

/** The gradients of the wanted inputs of a node of a pass, with a network's weights */
std::vector<Tensor> go_back(const Place &place, engine_pass &pass, size_t index,
		const Network &network, const Tensor &gradient)
{
	const Step step{ network, network.layers[index], pass.activations,
		pass.activations[index], false, CNNVIZ_RULE_PLAIN };

	return differentiate(step, gradient, place.wanted);
}

/** A number for each channel, in the shape of a node's output or input */
Tensor by_channel(const Place &place, const cnnviz_tensor *channels, int64_t rank)
{
	Sizes sizes(static_cast<size_t>(rank), 1);

	sizes[place.rule.last_axis ? sizes.size() - 1 : 1] = -1;
	return wrap(place.pass.network->options.tensor, channels)
			.to(place.pass.network->device)
			.view(sizes);
}

/** The part of an input that a term multiplies */
Tensor part_of(const Place &place, const struct engine_term &term, const Tensor &x)
{
	switch (term.part) {
	case ENGINE_PART_POSITIVE:
		return at::clamp_min(x, 0);
	case ENGINE_PART_NEGATIVE:
		return at::clamp_max(x, 0);
	case ENGINE_PART_ONES:
		return at::ones_like(x);
	case ENGINE_PART_CHANNELS:
		return at::empty_like(x).copy_(by_channel(place, term.channels, x.dim()));
	default:
		return x;
	}
}

void add(Tensor &sum, const Tensor &term)
{
	sum = sum.defined() ? at::add(sum, term) : term;
}

/* ---- Shares of a sum --------------------------------------------------------------- */

/** The inputs' parts in each term; the first input's alone may be changed */
std::vector<Tensor> find_parts(const Place &place, const struct engine_group &group)
{
	const Tensor &x = place.input(place.pass, place.through(), 0);
	std::vector<Tensor> parts;

	for (size_t t = 0; t < group.term_count; t++) {
		parts.push_back(part_of(place, group.terms[t], x));
	}
	return parts;
}

Tensor sum_terms(const Place &place, const struct engine_group &group,
		const std::vector<Tensor> &parts)
{
	Tensor sum;

	for (size_t t = 0; t < group.term_count; t++) {
		const struct engine_term &term = group.terms[t];
		Tensor product = term.known
				? place.output()
				: run_alone(place, place.through(),
						network_of(place, &term), parts[t]);

		add(sum, term.sign < 0 ? product.neg() : product);
	}
	if (group.addend != nullptr) {
		sum = at::add(sum, by_channel(place, group.addend, sum.dim()));
	}
	return sum;
}

/** The relevance that a group shares; undefined where there is none */
Tensor shared_by(const Place &place, const struct engine_group &group)
{
	if (group.outputs == 0) {
		return place.relevance;
	}
	const Tensor &output = place.output();
	Tensor shared = place.relevance.masked_fill(group.outputs > 0 ? output <= 0
								      : output >= 0,
			0);

	/* Behind a rectifier nothing has come to what is below 0: a pass is saved. */
	return at::any(shared).item<bool>() ? shared : Tensor();
}

/** Relevance for each unit of a stabilized sum */
Tensor divide(const struct engine_group &group, const Tensor &relevance,
		const Tensor &sum)
{
	Tensor stabilizer = at::copysign(at::scalar_tensor(group.epsilon, sum.options()),
			sum);
	Tensor s = at::div(relevance, stabilizer.add_(sum));

	return group.factor != 1 ? s.mul_(group.factor) : s;
}

void share_group(const Place &place, const struct engine_group &group,
		std::vector<Tensor> &shares)
{
	Tensor shared = shared_by(place, group);

	if (!shared.defined()) {
		return;
	}
	std::vector<Tensor> parts = find_parts(place, group);
	Tensor s = divide(group, shared, sum_terms(place, group, parts));

	for (size_t t = 0; t < group.term_count; t++) {
		const struct engine_term &term = group.terms[t];
		std::vector<Tensor> gradients = go_back(place, place.pass,
				place.through(), network_of(place, &term), s);

		for (size_t j = 0; j < gradients.size(); j++) {
			if (!place.wanted[j]) {
				continue;
			}
			const Tensor &part = j == 0
					? parts[t]
					: place.input(place.pass, place.through(), j);
			Tensor share = gradients[j] * part;

			add(shares[j], term.sign < 0 ? share.neg() : share);
		}
	}
}

/* ---- DeepLIFT ---------------------------------------------------------------------- */

engine_pass &reference_of(const Place &place)
{
	if (place.rules.reference == nullptr) {
		throw Failure{ CNNVIZ_ERROR_ENGINE, "the rule needs a reference" };
	}
	return *place.rules.reference;
}

/** The mean of the gradients at the pass and at the reference */
void rescale_mean(const Place &place, std::vector<Tensor> &shares)
{
	Tensor half = place.relevance * 0.5;

	for (engine_pass *pass : { &place.pass, &reference_of(place) }) {
		std::vector<Tensor> gradients = go_back(place, *pass, place.index,
				*place.pass.network, half);

		for (size_t j = 0; j < shares.size(); j++) {
			if (place.wanted[j]) {
				add(shares[j], gradients[j]);
			}
		}
	}
}

/** The relevance that reaches an input's places, times their changes */
Tensor move_changes(const Place &place)
{
	engine_pass &reference = reference_of(place);
	const Tensor &output = place.output(),
		     &other = place.value(reference, place.index);

	if (place.rule.rescale == ENGINE_RESCALE_RATIO) {
		return place.relevance * (output - other);
	}
	/* What the larger maximum has and the other has not goes to its own place. */
	Tensor largest = at::maximum(output, other);
	const Network &network = *place.pass.network;

	return go_back(place, place.pass, place.index, network,
			       place.relevance * (largest - other))[0]
			+ go_back(place, reference, place.index, network,
					place.relevance * (output - largest))[0];
}

Tensor rescale(const Place &place)
{
	Tensor change = place.input(place.pass, place.index, 0)
			- place.input(reference_of(place), place.index, 0);
	Tensor plain = go_back(place, place.pass, place.index, *place.pass.network,
			place.relevance)[0];

	return at::where(at::abs(change) < LEAST_CHANGE, plain,
			move_changes(place) / change);
}

/**
 * Reveal-cancel: what each part of a change does to an activation is the mean of what it
 * does alone, and what it does after the other. See engine/reference/reveal.c.
 */
Tensor reveal(const Place &place)
{
	const struct engine_term *terms = place.rule.groups[0].terms;
	const Network &positive = network_of(place, &terms[0]);
	const Network &negative = network_of(place, &terms[1]);
	const Network &own = *place.pass.network;
	size_t layer = place.through();
	engine_pass &reference = reference_of(place);
	Tensor change = place.input(place.pass, layer, 0)
			- place.input(reference, layer, 0);
	Tensor rising = at::clamp_min(change, 0), falling = at::clamp_max(change, 0);
	Tensor up = run_alone(place, layer, positive, rising)
			+ run_alone(place, layer, negative, falling);
	Tensor down = run_alone(place, layer, negative, rising)
			+ run_alone(place, layer, positive, falling);
	const Tensor &start = place.input(reference, place.index, 0);
	auto activation = [&](const Tensor &value) {
		return run_alone(place, place.index, own, value);
	};
	Tensor none = activation(start), all = activation(start + up + down);
	Tensor after_up = activation(start + up), after_down = activation(start + down);
	auto multiplier = [&](const Tensor &part, const Tensor &effect) {
		return (place.relevance * effect / part)
				.masked_fill(at::abs(part) < LEAST_CHANGE, 0);
	};
	Tensor of_up = multiplier(up, (after_up - none + all - after_down) * 0.5);
	Tensor of_down = multiplier(down, (after_down - none + all - after_up) * 0.5);
	auto back = [&](const Network &network, const Tensor &gradient) {
		return go_back(place, place.pass, layer, network, gradient)[0];
	};
	Tensor if_rising = back(positive, of_up) + back(negative, of_down);
	Tensor if_falling = back(negative, of_up) + back(positive, of_down);

	return at::where(change > 0, if_rising,
			at::where(change < 0, if_falling,
					(if_rising + if_falling) * 0.5));
}

/* ---- Hooks ------------------------------------------------------------------------- */

/** The host's tensors, released at the end */
struct Lent {
	const cnnviz_tensor_api *api;
	std::vector<cnnviz_tensor *> tensors;

	~Lent()
	{
		for (cnnviz_tensor *tensor : tensors) {
			api->unref(tensor);
		}
	}
};

cnnviz_status tell(struct error *error, cnnviz_status status, const std::string &text)
{
	error->status = status;
	std::snprintf(error->text, sizeof(error->text), "%s", text.c_str());
	return status;
}

cnnviz_status differentiate_hooked(const struct engine_question *question,
		const cnnviz_tensor *gradient, cnnviz_tensor **gradients,
		struct error *error)
{
	const Place &place = *static_cast<const Place *>(question->engine);
	const Network &network = *place.pass.network;
	Lent made{ network.options.tensor, {} };

	try {
		std::vector<char> all(question->input_count, 1);
		Place asked{ place.pass, place.rules, place.rule, place.index,
			place.relevance, all };

		for (const Tensor &found : go_back(asked, place.pass, place.index,
				     network, copy_in(network, gradient))) {
			made.tensors.push_back(to_host(made.api, found));
		}
	} catch (const Failure &failure) {
		return tell(error, failure.status, failure.text);
	} catch (const std::bad_alloc &) {
		return tell(error, CNNVIZ_ERROR_MEMORY,
				"out of memory; use a smaller batch");
	} catch (const std::exception &failure) {
		return tell(error, CNNVIZ_ERROR_ENGINE, failure.what());
	}
	for (size_t j = 0; j < question->input_count; j++) {
		gradients[j] = made.api->ref(made.tensors[j]);
	}
	return CNNVIZ_OK;
}

std::vector<Tensor> ask_hook(const Place &place)
{
	const cnnviz_tensor_api *api = place.pass.network->options.tensor;
	size_t count = place.wanted.size();
	Lent lent{ api, {} };
	Lent shares{ api, std::vector<cnnviz_tensor *>(count, nullptr) };
	std::vector<Tensor> result;
	struct error error;

	for (size_t j = 0; j < count; j++) {
		lent.tensors.push_back(to_host(api,
				place.input(place.pass, place.index, j)));
	}
	lent.tensors.push_back(to_host(api, place.output()));
	lent.tensors.push_back(to_host(api, place.relevance));
	const struct engine_question question = { static_cast<int32_t>(place.index),
		count, lent.tensors.data(), lent.tensors[count], lent.tensors[count + 1],
		differentiate_hooked,
		const_cast<void *>(static_cast<const void *>(&place)) };
	cnnviz_status status = place.rules.hook(place.rules.context, &question,
			shares.tensors.data(), &error);

	if (status != CNNVIZ_OK) {
		throw Failure{ status, error.text };
	}
	for (size_t j = 0; j < count; j++) {
		result.push_back(copy_in(*place.pass.network, shares.tensors[j]));
	}
	return result;
}

} // namespace

std::vector<Tensor> apply_rule(engine_pass &pass, const struct engine_rules &rules,
		size_t index, const Tensor &relevance, const std::vector<char> &wanted)
{
	const struct engine_rule &rule = rules.rules[index];
	const Place place{ pass, rules, rule, index, relevance, wanted };
	std::vector<Tensor> shares(wanted.size());

	switch (rule.kind) {
	case ENGINE_RULE_PASS:
		shares[0] = relevance;
		break;
	case ENGINE_RULE_SHARES:
		for (size_t g = 0; g < rule.group_count; g++) {
			share_group(place, rule.groups[g], shares);
		}
		break;
	case ENGINE_RULE_RESCALE:
		if (rule.rescale == ENGINE_RESCALE_MEAN) {
			rescale_mean(place, shares);
		} else {
			shares[0] = rescale(place);
		}
		break;
	case ENGINE_RULE_REVEAL:
		shares[0] = reveal(place);
		break;
	case ENGINE_RULE_HOOK:
		return ask_hook(place);
	default:
		break; /* merged: nothing goes on from here */
	}
	return shares;
}

} // namespace torch_engine
