/**
 * \file    engine/reference/reveal.c
 * \brief   DeepLIFT's reveal-cancel rule, of a layer with weights and its activation
 *
 * The change of what the activation is given has a positive and a negative part, of the
 * contributions of single inputs. What each part does is the mean of what it does alone, and
 * what it does after the other (Shrikumar, Greenside, Kundaje 2017, section 3.5.3).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/reference/trial.h"

/** A part of a change that is smaller than this has no multiplier. */
#define LEAST_CHANGE 1e-10

/** The rule at one node */
struct reveal {
	struct reference_run *run;
	const struct reference_run *reference;
	size_t index, through; /* the activation, and the layer with weights */
	const struct graph *signs
			[2];    /* whose weights are the positive and the negative ones */
	double *change;         /* of the layer's input */
	double *parts[2];       /* of the change of its output: above and below 0 */
	double *multipliers[2]; /* of these parts */
};

static void reveal_free(struct reveal *reveal)
{
	for (size_t p = 0; p < 2; p++) {
		free(reveal->parts[p]);
		free(reveal->multipliers[p]);
	}
	free(reveal->change);
}

/** Add what positive or negative weights make of one part of the change. */
static bool add_contributions(const struct reveal *reveal, size_t weights, bool positive,
		double *sum)
{
	struct trial trial;
	bool good = trial_open(reveal->run, reveal->signs[weights], reveal->through,
			&trial);

	if (good) {
		trial.parts = calloc((size_t)trial.values[0].count, sizeof(double));
		good = trial.parts != NULL;
	}
	for (int64_t i = 0; good && i < trial.values[0].count; i++) {
		trial.parts[i] = positive ? fmax(reveal->change[i], 0)
					  : fmin(reveal->change[i], 0);
	}
	if (good) {
		trial.values[0].data = trial.parts;
		good = trial_product(&trial, 1, sum);
	}
	trial_close(&trial);
	return good;
}

/** Add the activation of the reference plus some parts of the change, times a factor. */
static bool add_activation(const struct reveal *reveal, bool above, bool below,
		double factor, double *sum)
{
	struct trial trial;
	bool good = trial_open(reveal->reference, NULL, reveal->index, &trial);

	if (good) {
		trial.parts = calloc((size_t)trial.values[0].count, sizeof(double));
		good = trial.parts != NULL;
	}
	for (int64_t i = 0; good && i < trial.values[0].count; i++) {
		trial.parts[i] = trial.values[0].data[i]
				+ (above ? reveal->parts[0][i] : 0)
				+ (below ? reveal->parts[1][i] : 0);
	}
	if (good) {
		trial.values[0].data = trial.parts;
		good = trial_product(&trial, factor, sum);
	}
	trial_close(&trial);
	return good;
}

/** What a part of the change does to the activation, by what it is and what came */
static bool find_multipliers(const struct reveal *reveal, bool above)
{
	const struct reference_value *output = &reveal->run->values[reveal->index];
	const double *part = reveal->parts[above ? 0 : 1];
	double *multiplier = reveal->multipliers[above ? 0 : 1];
	bool good = add_activation(reveal, above, !above, 0.5, multiplier)
			&& add_activation(reveal, false, false, -0.5, multiplier)
			&& add_activation(reveal, true, true, 0.5, multiplier)
			&& add_activation(reveal, !above, above, -0.5, multiplier);

	for (int64_t i = 0; good && i < output->count; i++) {
		multiplier[i] = fabs(part[i]) < LEAST_CHANGE
				? 0
				: output->gradient[i] * multiplier[i] / part[i];
	}
	return good;
}

/**
 * Give the layer's input its multipliers: weights of the sign of the input's change lead to
 * the positive part, others to the negative one; where there is no change, it is the mean.
 */
static bool spread(const struct reveal *reveal, size_t weights, size_t part)
{
	int32_t source = reveal->run->graph->nodes[reveal->through].inputs[0];
	struct reference_value *input = &reveal->run->values[source];
	bool rising = weights == part;
	struct trial trial;
	bool good = trial_open(reveal->run, reveal->signs[weights], reveal->through,
			&trial);

	if (good) {
		trial_differentiate(&trial, reveal->multipliers[part]);
	}
	for (int64_t i = 0; good && i < input->count; i++) {
		double change = reveal->change[i];
		double share = change == 0 ? 0.5 : (change > 0) == rising ? 1 : 0;

		input->gradient[i] += share * trial.values[0].gradient[i];
	}
	trial_close(&trial);
	return good;
}

bool reference_reveal(struct reference_run *run, const struct reference_run *reference,
		size_t index, const struct engine_rule *rule)
{
	struct reveal reveal = {
		.run = run,
		.reference = reference,
		.index = index,
		.through = (size_t)rule->through,
		.signs = { rule->groups[0].terms[0].graph,
				rule->groups[0].terms[1].graph },
	};
	int32_t source = run->graph->nodes[rule->through].inputs[0];
	const struct reference_value *input = &run->values[source];
	size_t count = (size_t)run->values[index].count;
	bool good = true;

	reveal.change = calloc((size_t)input->count, sizeof(double));
	for (size_t p = 0; p < 2; p++) {
		reveal.parts[p] = calloc(count, sizeof(double));
		reveal.multipliers[p] = calloc(count, sizeof(double));
		good = good && reveal.parts[p] != NULL && reveal.multipliers[p] != NULL;
	}
	good = good && reveal.change != NULL;
	for (int64_t i = 0; good && i < input->count; i++) {
		reveal.change[i] = input->data[i] - reference->values[source].data[i];
	}
	for (size_t w = 0; good && w < 2; w++) {
		good = add_contributions(&reveal, w, true, reveal.parts[w])
				&& add_contributions(&reveal, w, false,
						reveal.parts[1 - w]);
	}
	good = good && find_multipliers(&reveal, true)
			&& find_multipliers(&reveal, false);
	for (size_t w = 0; good && w < 2; w++) {
		good = spread(&reveal, w, 0) && spread(&reveal, w, 1);
	}
	reveal_free(&reveal);
	return good;
}
