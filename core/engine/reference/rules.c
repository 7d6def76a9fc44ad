/**
 * \file    engine/reference/rules.c
 * \brief   Backward rules of nodes: how relevance is shared among inputs
 */
#include <math.h>
#include <stdlib.h>

#include "engine/reference/trial.h"

/** A change of an input that is smaller than this counts as none. */
#define LEAST_CHANGE 1e-10

/* ---- Shares of a sum ---------------------------------------------------------------- */

/** Add what a term comes to, times a factor, to a sum. */
static bool add_product(const struct reference_run *run, size_t index,
		const struct engine_term *term, double factor, double *sum)
{
	struct trial trial;
	bool good = trial_open(run, term->graph, index, &trial)
			&& trial_take_part(&trial, term)
			&& trial_product(&trial, factor, sum);

	trial_close(&trial);
	return good;
}

/** Add a term's shares, for the gradient of its product, to its inputs' relevance. */
static bool add_shares(struct reference_run *run, size_t index,
		const struct engine_term *term, const double *gradient)
{
	struct trial trial;
	bool good = trial_open(run, term->graph, index, &trial)
			&& trial_take_part(&trial, term);

	if (good) {
		trial_differentiate(&trial, gradient);
	}
	for (size_t k = 0; good && k < trial.count; k++) {
		double *to = run->values[run->graph->nodes[index].inputs[k]].gradient;

		for (int64_t i = 0; i < trial.values[k].count; i++) {
			to[i] += term->sign * trial.values[k].data[i]
					* trial.values[k].gradient[i];
		}
	}
	trial_close(&trial);
	return good;
}

static double stabilized(double value, double epsilon)
{
	return value >= 0 ? value + epsilon : value - epsilon;
}

/** What a group's terms and its addend come to; NULL when out of memory */
static double *sum_group(const struct reference_run *run,
		const struct reference_value *output, const struct engine_rule *rule,
		const struct engine_group *group)
{
	double *sum = calloc((size_t)output->count, sizeof(*sum));
	const float *addend = group->addend != NULL ? run->tensor->data(group->addend)
						    : NULL;

	for (int64_t i = 0; sum != NULL && addend != NULL && i < output->count; i++) {
		sum[i] = (double)addend[rule->last_axis
						? i % output->shape[output->rank - 1]
						: i / plane(output) % output->shape[1]];
	}
	for (size_t t = 0; sum != NULL && t < group->term_count; t++) {
		const struct engine_term *term = &group->terms[t];

		for (int64_t i = 0; term->known && i < output->count; i++) {
			sum[i] += term->sign * output->data[i];
		}
		if (!term->known
				&& !add_product(run, (size_t)rule->through, term,
						term->sign, sum)) {
			free(sum);
			sum = NULL;
		}
	}
	return sum;
}

static bool share_group(struct reference_run *run, size_t index,
		const struct engine_rule *rule, const struct engine_group *group)
{
	const struct reference_value *output = &run->values[index];
	double *s = sum_group(run, output, rule, group);
	bool good = s != NULL;

	for (int64_t i = 0; good && i < output->count; i++) {
		bool shared = group->outputs == 0
				|| (group->outputs > 0 ? output->data[i] > 0
						       : output->data[i] < 0);

		s[i] = shared ? group->factor * output->gradient[i]
						/ stabilized(s[i], group->epsilon)
			      : 0;
	}
	for (size_t t = 0; good && t < group->term_count; t++) {
		good = add_shares(run, (size_t)rule->through, &group->terms[t], s);
	}
	free(s);
	return good;
}

static bool share(struct reference_run *run, size_t index, const struct engine_rule *rule)
{
	const struct reference_value *output = &run->values[index];
	bool good = true;

	for (size_t g = 0; good && g < rule->group_count; g++) {
		good = share_group(run, index, rule, &rule->groups[g]);
	}
	/* A layer that is merged has the relevance of what it is merged into. */
	for (int64_t i = 0; (size_t)rule->through != index && i < output->count; i++) {
		run->values[rule->through].gradient[i] += output->gradient[i];
	}
	return good;
}

/** Let a node's only input have the relevance that has come to it. */
static void pass_on(struct reference_run *run, size_t index)
{
	const struct reference_value *output = &run->values[index];
	double *to = run->values[run->graph->nodes[index].inputs[0]].gradient;

	for (int64_t i = 0; i < output->count; i++) {
		to[i] += output->gradient[i];
	}
}

/* ---- DeepLIFT ----------------------------------------------------------------------- */

/** Add the true gradients of a run's node, for one of its output, to those of inputs. */
static bool add_gradients(const struct reference_run *run, size_t index,
		const double *gradient, double factor, double *const *sums)
{
	struct trial trial;
	bool good = trial_open(run, NULL, index, &trial);

	if (good) {
		trial_differentiate(&trial, gradient);
	}
	for (size_t k = 0; good && k < trial.count; k++) {
		for (int64_t i = 0; i < trial.values[k].count; i++) {
			sums[k][i] += factor * trial.values[k].gradient[i];
		}
	}
	trial_close(&trial);
	return good;
}

/** The mean of the gradients at the pass and at the reference */
static bool rescale_mean(struct reference_run *run, const struct reference_run *reference,
		size_t index)
{
	const struct graph_node *node = &run->graph->nodes[index];
	double **sums = calloc(node->input_count, sizeof(*sums));
	bool good = sums != NULL;

	for (size_t k = 0; good && k < node->input_count; k++) {
		sums[k] = run->values[node->inputs[k]].gradient;
	}
	good = good && add_gradients(run, index, run->values[index].gradient, 0.5, sums)
			&& add_gradients(reference, index, run->values[index].gradient,
					0.5, sums);
	free(sums);
	return good;
}

/**
 * The relevance that reaches an input's places, times their changes: by element, that of the
 * output; of maxima, what the larger of both has and the other has not goes to its own place
 */
static bool move_changes(const struct reference_run *run,
		const struct reference_run *reference, size_t index, bool maxima,
		double *moved)
{
	const struct reference_value *output = &run->values[index];
	const double *other = reference->values[index].data;
	double *above = calloc((size_t)output->count, sizeof(*above));
	double *below = calloc((size_t)output->count, sizeof(*below));
	bool good = above != NULL && below != NULL;

	for (int64_t i = 0; good && i < output->count; i++) {
		double largest = fmax(output->data[i], other[i]);

		above[i] = output->gradient[i] * (largest - other[i]);
		below[i] = output->gradient[i] * (output->data[i] - largest);
	}
	for (int64_t i = 0; good && !maxima && i < output->count; i++) {
		moved[i] = above[i] + below[i];
	}
	if (good && maxima) {
		good = add_gradients(run, index, above, 1, &moved)
				&& add_gradients(reference, index, below, 1, &moved);
	}
	free(above);
	free(below);
	return good;
}

static bool rescale(struct reference_run *run, const struct reference_run *reference,
		size_t index, bool maxima)
{
	int32_t source = run->graph->nodes[index].inputs[0];
	struct reference_value *input = &run->values[source];
	double *plain = calloc((size_t)input->count, sizeof(*plain));
	double *moved = calloc((size_t)input->count, sizeof(*moved));
	bool good = plain != NULL && moved != NULL
			&& add_gradients(run, index, run->values[index].gradient, 1,
					&plain)
			&& move_changes(run, reference, index, maxima, moved);

	for (int64_t i = 0; good && i < input->count; i++) {
		double change = input->data[i] - reference->values[source].data[i];

		input->gradient[i] += fabs(change) < LEAST_CHANGE ? plain[i]
								  : moved[i] / change;
	}
	free(plain);
	free(moved);
	return good;
}

/* ---- Hooks -------------------------------------------------------------------------- */

/** What a hook's question is about */
struct hooked {
	struct reference_run *run;
	size_t index;
};

static cnnviz_tensor *to_tensor(const struct reference_run *run,
		const struct reference_value *value, const double *doubles)
{
	cnnviz_tensor *tensor = NULL;

	if (run->tensor->create(NULL, value->rank, value->shape, &tensor) != CNNVIZ_OK) {
		return NULL;
	}
	for (int64_t i = 0; i < value->count; i++) {
		run->tensor->mutable_data(tensor)[i] = (float)doubles[i];
	}
	return tensor;
}

static cnnviz_status differentiate(const struct engine_question *question,
		const cnnviz_tensor *gradient, cnnviz_tensor **gradients,
		struct error *error)
{
	const struct hooked *hooked = question->engine;
	const cnnviz_tensor_api *api = hooked->run->tensor;
	struct trial trial;
	bool good = trial_open(hooked->run, NULL, hooked->index, &trial);

	for (int64_t i = 0; good && i < trial.output.count; i++) {
		trial.output.gradient[i] = (double)api->data(gradient)[i];
	}
	if (good) {
		trial.work.operation->backward(&trial.work);
	}
	for (size_t k = 0; k < question->input_count; k++) {
		gradients[k] = good ? to_tensor(hooked->run, &trial.values[k],
					       trial.values[k].gradient)
				    : NULL;
		good = gradients[k] != NULL;
	}
	trial_close(&trial);
	return good ? CNNVIZ_OK : reference_fail_memory(error);
}

/** Add the shares that a hook has given to its inputs, and release them. */
static void take_shares(struct reference_run *run, const struct graph_node *node,
		cnnviz_tensor **shares, bool add)
{
	for (size_t k = 0; shares != NULL && k < node->input_count; k++) {
		struct reference_value *input = &run->values[node->inputs[k]];

		for (int64_t i = 0; add && shares[k] != NULL && i < input->count; i++) {
			input->gradient[i] += (double)run->tensor->data(shares[k])[i];
		}
		run->tensor->unref(shares[k]);
	}
}

static cnnviz_status ask_hook(struct reference_run *run, const struct engine_rules *rules,
		size_t index, struct error *error)
{
	const struct graph_node *node = &run->graph->nodes[index];
	const struct reference_value *output = &run->values[index];
	cnnviz_tensor **lent = calloc(node->input_count + 2, sizeof(cnnviz_tensor *));
	cnnviz_tensor **shares = calloc(node->input_count, sizeof(cnnviz_tensor *));
	struct hooked hooked = { run, index };
	bool good = lent != NULL && shares != NULL;

	for (size_t k = 0; good && k < node->input_count + 2; k++) {
		const struct reference_value *value = k < node->input_count
				? &run->values[node->inputs[k]]
				: output;

		lent[k] = to_tensor(run, value,
				k <= node->input_count ? value->data : value->gradient);
		good = lent[k] != NULL;
	}
	cnnviz_status status = good ? CNNVIZ_OK : reference_fail_memory(error);

	if (good) {
		const struct engine_question question = {
			.node = (int32_t)index,
			.input_count = node->input_count,
			.inputs = (const cnnviz_tensor *const *)lent,
			.output = lent[node->input_count],
			.relevance = lent[node->input_count + 1],
			.differentiate = differentiate,
			.engine = &hooked,
		};

		status = rules->hook(rules->context, &question, shares, error);
	}
	take_shares(run, node, shares, status == CNNVIZ_OK);
	for (size_t k = 0; lent != NULL && k < node->input_count + 2; k++) {
		run->tensor->unref(lent[k]);
	}
	free(shares);
	free(lent);
	return status;
}

/* ---- All rules ---------------------------------------------------------------------- */

cnnviz_status reference_apply_rule(struct reference_run *run,
		const struct engine_rules *rules, const struct reference_run *reference,
		size_t index, struct error *error)
{
	const struct engine_rule *rule = &rules->rules[index];
	bool good = true;

	switch (rule->kind) {
	case ENGINE_RULE_PASS:
		pass_on(run, index);
		break;
	case ENGINE_RULE_SHARES:
		good = share(run, index, rule);
		break;
	case ENGINE_RULE_RESCALE:
		good = rule->rescale == ENGINE_RESCALE_MEAN
				? rescale_mean(run, reference, index)
				: rescale(run, reference, index,
						rule->rescale == ENGINE_RESCALE_SWITCHES);
		break;
	case ENGINE_RULE_REVEAL:
		good = reference_reveal(run, reference, index, rule);
		break;
	case ENGINE_RULE_HOOK:
		return ask_hook(run, rules, index, error);
	default:
		break; /* merged: nothing goes on from here */
	}
	return good ? CNNVIZ_OK : reference_fail_memory(error);
}
