/**
 * \file    optimise/optimiser.c
 * \brief   From a gradient to a step: SGD, Adam, normalised SGD
 *
 * The arithmetic is that of torch.optim.SGD and torch.optim.Adam (not AdamW): the
 * weight decay joins the gradient, SGD's buffer starts as the first gradient, and
 * Adam's epsilon is added after the correction of its bias.
 */
#include "optimise/optimiser.h"

#include <math.h>
#include <stdlib.h>

static const double beta_first = 0.9, beta_second = 0.999, epsilon = 1e-8;

bool optimiser_start(struct optimiser *optimiser,
		const cnnviz_optimisation *optimisation, int64_t count)
{
	bool adam = optimisation->optimiser == CNNVIZ_OPTIMISER_ADAM;

	*optimiser = (struct optimiser){
		.kind = optimisation->optimiser,
		.momentum = optimisation->momentum,
		.weight_decay = optimisation->weight_decay,
		.count = count,
	};
	if (adam || optimiser->momentum > 0) {
		optimiser->first = calloc((size_t)count, sizeof(float));
	}
	if (adam) {
		optimiser->second = calloc((size_t)count, sizeof(float));
	}
	return (optimiser->first || !(adam || optimiser->momentum > 0))
			&& (optimiser->second || !adam);
}

void optimiser_end(struct optimiser *optimiser)
{
	free(optimiser->first);
	free(optimiser->second);
	*optimiser = (struct optimiser){ 0 };
}

/** Divide a gradient by the mean of its absolute values; leave zeros as they are. */
static void normalise(float *gradient, int64_t count)
{
	double sum = 0;

	for (int64_t i = 0; i < count; i++) {
		sum += fabs((double)gradient[i]);
	}
	for (int64_t i = 0; i < count && sum > 0; i++) {
		gradient[i] = (float)(gradient[i] * (double)count / sum);
	}
}

static void step_sgd(struct optimiser *optimiser, double rate, float *variable,
		const float *gradient)
{
	for (int64_t i = 0; i < optimiser->count; i++) {
		double step = gradient[i] + optimiser->weight_decay * variable[i];

		if (optimiser->first) {
			step += optimiser->momentum * optimiser->first[i];
			optimiser->first[i] = (float)step;
		}
		variable[i] = (float)(variable[i] - rate * step);
	}
}

static void step_adam(struct optimiser *optimiser, double rate, float *variable,
		const float *gradient)
{
	double done = (double)optimiser->steps + 1;
	double size = rate / (1 - pow(beta_first, done));
	double spread = sqrt(1 - pow(beta_second, done));

	for (int64_t i = 0; i < optimiser->count; i++) {
		double slope = gradient[i] + optimiser->weight_decay * variable[i];
		double first = beta_first * optimiser->first[i]
				+ (1 - beta_first) * slope;
		double second = beta_second * optimiser->second[i]
				+ (1 - beta_second) * slope * slope;

		optimiser->first[i] = (float)first;
		optimiser->second[i] = (float)second;
		variable[i] = (float)(variable[i]
				- size * first / (sqrt(second) / spread + epsilon));
	}
}

void optimiser_step(struct optimiser *optimiser, double rate, float *variable,
		float *gradient)
{
	if (optimiser->kind == CNNVIZ_OPTIMISER_NORMALISED) {
		normalise(gradient, optimiser->count);
	}
	if (optimiser->kind == CNNVIZ_OPTIMISER_ADAM) {
		step_adam(optimiser, rate, variable, gradient);
	} else {
		step_sgd(optimiser, rate, variable, gradient);
	}
	optimiser->steps++;
}
