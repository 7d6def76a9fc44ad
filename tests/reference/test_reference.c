/**
 * \file    engine/reference/test_reference.c
 * \brief   The reference engine's gradients are the derivatives of its outputs
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/tensor.h"
#include "engine/reference/reference.h"
#include "graph/operation.h"
#include "reference/samples.h"
#include "support/cunit_main.h"

#define ITEMS 2

/** A sample with an input of ITEMS items and the seed of an objective */
struct trial {
	const struct sample *sample;
	struct graph *graph;
	bool *wanted; /* every node */
	const double **seeds;
	double *seed; /* at the last node */
	double *input;
	int64_t shape[4];
	int64_t count;
	struct reference_run *run;
};

static struct reference_run *run_on(const struct trial *trial, const int64_t shape[4],
		const double *input)
{
	return reference_forward(trial->graph, &tensor_api, shape, input, trial->wanted,
			NULL, NULL, NULL);
}

static const struct reference_value *last_value(const struct trial *trial)
{
	return &trial->run->values[trial->graph->node_count - 1];
}

static void trial_open(struct trial *trial, const struct sample *sample)
{
	memset(trial, 0, sizeof(*trial));
	trial->sample = sample;
	trial->graph = sample_open(sample);
	CU_ASSERT_PTR_NOT_NULL_FATAL(trial->graph);

	size_t nodes = trial->graph->node_count;

	trial->wanted = calloc(nodes, sizeof(*trial->wanted));
	trial->seeds = calloc(nodes, sizeof(*trial->seeds));
	memset(trial->wanted, true, nodes);
	memcpy(trial->shape, (int64_t[]){ ITEMS, 3, sample->height, sample->width },
			sizeof(trial->shape));
	trial->count = ITEMS * 3 * sample->height * sample->width;
	trial->input = calloc((size_t)trial->count, sizeof(*trial->input));
	sample_numbers(7, trial->count, trial->input);
	for (int64_t i = 0; i < trial->count; i++) {
		trial->input[i] *= 3;
	}
	trial->run = run_on(trial, trial->shape, trial->input);
	CU_ASSERT_PTR_NOT_NULL_FATAL(trial->run);

	int64_t outputs = last_value(trial)->count;

	trial->seed = calloc((size_t)outputs, sizeof(*trial->seed));
	sample_numbers(8, outputs, trial->seed);
	trial->seeds[nodes - 1] = trial->seed;
}

static void trial_close(struct trial *trial)
{
	reference_free(trial->run);
	free(trial->input);
	free(trial->seed);
	free(trial->seeds);
	free(trial->wanted);
	sample_close(trial->graph);
}

static double objective(const struct trial *trial, const struct reference_run *run)
{
	const struct reference_value *y = &run->values[trial->graph->node_count - 1];
	double sum = 0;

	for (int64_t i = 0; i < y->count; i++) {
		sum += trial->seed[i] * y->data[i];
	}
	return sum;
}

/** The objective with one element of the input moved */
static double objective_at(struct trial *trial, int64_t element, double step)
{
	double before = trial->input[element];

	trial->input[element] = before + step;

	struct reference_run *run = run_on(trial, trial->shape, trial->input);
	double value = objective(trial, run);

	reference_free(run);
	trial->input[element] = before;
	return value;
}

static double largest(const double *values, int64_t count)
{
	double most = 0;

	for (int64_t i = 0; i < count; i++) {
		most = fmax(most, fabs(values[i]));
	}
	return most;
}

static void test_gradients_are_central_differences(void)
{
	const double step = 1e-6;

	for (size_t i = 0; i < sample_count; i++) {
		struct trial trial;

		trial_open(&trial, &samples[i]);
		CU_ASSERT_EQUAL(reference_backward(trial.run, CNNVIZ_RULE_PLAIN,
						trial.seeds, 0, NULL, NULL, NULL),
				CNNVIZ_OK);

		const double *gradient = trial.run->values[0].gradient;
		double bound = 1e-6 * fmax(1e-3, largest(gradient, trial.count));

		for (int64_t k = 0; k < trial.count; k += 1 + trial.count / 60) {
			double slope = (objective_at(&trial, k, step)
						       - objective_at(&trial, k, -step))
					/ (2 * step);

			CU_ASSERT_DOUBLE_EQUAL(gradient[k], slope, bound);
			if (!(fabs(gradient[k] - slope) <= bound)) {
				fprintf(stderr, "%s: input %d: %g, by differences %g\n",
						samples[i].fact, (int)k, gradient[k],
						slope);
			}
		}
		CU_ASSERT_TRUE(largest(gradient, trial.count) > 1e-4);
		trial_close(&trial);
	}
}

/** The gradient by the input, with the input moved along a direction; malloc'ed */
static double *gradient_at(const struct trial *trial, const double *direction,
		double step)
{
	double *input = calloc((size_t)trial->count, sizeof(*input));

	for (int64_t i = 0; i < trial->count; i++) {
		input[i] = trial->input[i] + step * direction[i];
	}
	struct reference_run *run = run_on(trial, trial->shape, input);

	CU_ASSERT_EQUAL(reference_backward(run, CNNVIZ_RULE_PLAIN, trial->seeds, 0, NULL,
					NULL, NULL),
			CNNVIZ_OK);
	memcpy(input, run->values[0].gradient, (size_t)trial->count * sizeof(*input));
	reference_free(run);
	return input;
}

/** Differences of gradients are right up to the edges of rectifiers, which must not be near. */
static void test_second_derivatives_are_differences_of_gradients(void)
{
	const double step = 1e-6;
	size_t curved = 0;

	for (size_t i = 0; i < sample_count; i++) {
		struct trial trial;

		trial_open(&trial, &samples[i]);
		double *direction = calloc((size_t)trial.count, sizeof(*direction));
		double *product = calloc((size_t)trial.count, sizeof(*product));

		sample_numbers(9, trial.count, direction);
		CU_ASSERT_EQUAL(reference_hessian_product(trial.run, trial.seeds, 0,
						direction, product, NULL, NULL, NULL),
				CNNVIZ_OK);
		double *above = gradient_at(&trial, direction, step);
		double *below = gradient_at(&trial, direction, -step);
		double bound = 1e-6 * fmax(1, largest(product, trial.count));
		double worst = 0;

		for (int64_t k = 0; k < trial.count; k++) {
			worst = fmax(worst,
					fabs(product[k]
							- (above[k] - below[k])
									/ (2 * step)));
		}
		CU_ASSERT_TRUE(worst <= bound);
		if (!(worst <= bound)) {
			fprintf(stderr, "%s: Hessian off by %g\n", samples[i].fact,
					worst);
		}
		curved += largest(product, trial.count) > 1e-3;
		free(above);
		free(below);
		free(product);
		free(direction);
		trial_close(&trial);
	}
	CU_ASSERT_TRUE(curved > 5);
}

/** What the constants of one node contribute to the objective */
static double constant_part(const struct trial *trial, size_t index)
{
	const struct graph_node *node = &trial->graph->nodes[index];
	const struct reference_value *value = &trial->run->values[index];
	const float *weight[GRAPH_WEIGHT_COUNT];
	double sum = 0;

	for (int role = 0; role < GRAPH_WEIGHT_COUNT; role++) {
		weight[role] = node->weights[role] != NULL
				? tensor_data(node->weights[role])
				: NULL;
	}
	for (int64_t i = 0; weight[GRAPH_BIAS] != NULL && i < value->count; i++) {
		int64_t c = i / (value->shape[2] * value->shape[3]) % value->shape[1];
		double constant = (double)weight[GRAPH_BIAS][c];

		if ((node->op->flags & OPERATION_NORMALIZES) != 0) {
			constant -= (double)weight[GRAPH_WEIGHT][c]
					* (double)weight[GRAPH_RUNNING_MEAN][c]
					/ sqrt((double)weight[GRAPH_RUNNING_VAR][c]
							+ node->settings.eps);
		}
		sum += constant * value->gradient[i];
	}
	return sum;
}

/** At a relu6 that is cut at 6, what is cut is a constant too. */
static double cut_part(const struct trial *trial, size_t index)
{
	const struct graph_node *node = &trial->graph->nodes[index];
	const struct reference_value *value = &trial->run->values[index];
	double sum = 0;

	for (int64_t i = 0; strcmp(node->op->name, "relu6") == 0 && i < value->count;
			i++) {
		sum += value->data[i] >= 6 ? 6 * value->gradient[i] : 0;
	}
	return sum;
}

static void test_inputs_and_biases_make_up_the_output(void)
{
	size_t tried = 0;

	for (size_t i = 0; i < sample_count; i++) {
		struct trial trial;
		double sum = 0;

		if (samples[i].kind != SAMPLE_LINEAR) {
			continue;
		}
		trial_open(&trial, &samples[i]);
		CU_ASSERT_EQUAL(reference_backward(trial.run, CNNVIZ_RULE_PLAIN,
						trial.seeds, 0, NULL, NULL, NULL),
				CNNVIZ_OK);
		for (int64_t k = 0; k < trial.count; k++) {
			sum += trial.input[k] * trial.run->values[0].gradient[k];
		}
		for (size_t k = 1; k < trial.graph->node_count; k++) {
			sum += constant_part(&trial, k) + cut_part(&trial, k);
		}
		CU_ASSERT_DOUBLE_EQUAL(sum, objective(&trial, trial.run), 1e-9);
		tried++;
		trial_close(&trial);
	}
	CU_ASSERT_TRUE(tried > 20);
}

static void test_relu6_is_cut_at_both_ends_in_the_sample(void)
{
	struct trial trial;
	int low = 0, within = 0, high = 0;

	trial_open(&trial, sample_find("relu6, cut at both ends"));

	const struct reference_value *y = &trial.run->values[3];

	for (int64_t i = 0; i < y->count; i++) {
		low += y->data[i] <= 0;
		high += y->data[i] >= 6;
		within += y->data[i] > 0 && y->data[i] < 6;
	}
	CU_ASSERT_TRUE(low > 0 && within > 0 && high > 0);
	trial_close(&trial);
}

static void test_cam_before_mean_and_linear_sums_to_logit_minus_bias(void)
{
	struct trial trial;
	int32_t map, logits;

	trial_open(&trial, sample_find("a feature map, its mean and a linear layer"));
	map = graph_find(trial.graph, "features.1");
	logits = graph_find(trial.graph, "classifier");

	const struct reference_value *a = &trial.run->values[map];
	const struct reference_value *f = &trial.run->values[logits];
	const float *bias = tensor_data(trial.graph->nodes[logits].weights[GRAPH_BIAS]);

	for (int64_t class = 0; class < 5; class ++) {
		memset(trial.seed, 0, (size_t)f->count * sizeof(*trial.seed));
		trial.seed[class] = 1;
		CU_ASSERT_EQUAL(reference_backward(trial.run, CNNVIZ_RULE_PLAIN,
						trial.seeds, 0, NULL, NULL, NULL),
				CNNVIZ_OK);

		double sum = 0;

		for (int64_t i = 0; i < a->count / ITEMS; i++) {
			sum += a->gradient[i] * a->data[i];
		}
		CU_ASSERT_DOUBLE_EQUAL(sum, f->data[class] - (double)bias[class], 1e-12);
	}
	trial_close(&trial);
}

static void test_a_batch_is_its_items(void)
{
	for (size_t i = 0; i < sample_count; i++) {
		struct trial trial;

		trial_open(&trial, &samples[i]);
		CU_ASSERT_EQUAL(reference_backward(trial.run, CNNVIZ_RULE_GUIDED,
						trial.seeds, 0, NULL, NULL, NULL),
				CNNVIZ_OK);

		const struct reference_value *all = last_value(&trial);
		int64_t shape[4] = { 1, trial.shape[1], trial.shape[2], trial.shape[3] };
		size_t item = (size_t)(trial.count / ITEMS);
		size_t output = (size_t)(all->count / ITEMS);

		for (size_t n = 0; n < ITEMS; n++) {
			struct reference_run *one = run_on(&trial, shape,
					trial.input + n * item);
			const struct reference_value *y =
					&one->values[trial.graph->node_count - 1];

			CU_ASSERT_EQUAL(memcmp(y->data, all->data + n * output,
							output * sizeof(double)),
					0);
			trial.seeds[trial.graph->node_count - 1] = trial.seed
					+ n * output;
			CU_ASSERT_EQUAL(reference_backward(one, CNNVIZ_RULE_GUIDED,
							trial.seeds, 0, NULL, NULL, NULL),
					CNNVIZ_OK);
			CU_ASSERT_EQUAL(memcmp(one->values[0].gradient,
							trial.run->values[0].gradient
									+ n * item,
							item * sizeof(double)),
					0);
			reference_free(one);
		}
		trial_close(&trial);
	}
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "gradients are central differences",
				test_gradients_are_central_differences },
		{ "second derivatives are differences of gradients",
				test_second_derivatives_are_differences_of_gradients },
		{ "input times gradient plus biases times theirs is the output",
				test_inputs_and_biases_make_up_the_output },
		{ "relu6 is cut at both ends in the sample of it",
				test_relu6_is_cut_at_both_ends_in_the_sample },
		{ "a class activation map before mean and linear sums to logit minus "
		  "bias",
				test_cam_before_mean_and_linear_sums_to_logit_minus_bias },
		{ "a batch is its items", test_a_batch_is_its_items },
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "reference", NULL, NULL, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
