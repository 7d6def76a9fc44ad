/**
 * \file    optimize/optimizer.c
 * \brief   Optimizers: SGD, Adam and normalized SGD
 *
 * The arithmetic is that of torch.optim.SGD and torch.optim.Adam (not AdamW): weight
 * decay is added to the gradient, SGD's momentum buffer starts as the first gradient,
 * and Adam's epsilon is added after the bias correction.
 */
#include "optimize/optimizer.h"

#include <math.h>
#include <stdlib.h>

static const double beta_first = 0.9, beta_second = 0.999, epsilon = 1e-8;

bool optimizer_start(struct optimizer *optimizer, const cnnviz_optimization *optimization,
		int64_t count)
{
	bool adam = optimization->optimizer == CNNVIZ_OPTIMIZER_ADAM;

	*optimizer = (struct optimizer){
		.kind = optimization->optimizer,
		.momentum = optimization->momentum,
		.weight_decay = optimization->weight_decay,
		.count = count,
	};
	if (adam || optimizer->momentum > 0) {
		optimizer->first = calloc((size_t)count, sizeof(float));
	}
	if (adam) {
		optimizer->second = calloc((size_t)count, sizeof(float));
	}
	return (optimizer->first != NULL || !(adam || optimizer->momentum > 0))
			&& (optimizer->second != NULL || !adam);
}

void optimizer_end(struct optimizer *optimizer)
{
	free(optimizer->first);
	free(optimizer->second);
	*optimizer = (struct optimizer){ 0 };
}

/**
 * Divide a gradient by the mean of its absolute values; a gradient of zeros stays as it
 * is.
 */
static void normalize(float *gradient, int64_t count)
{
	double sum = 0;

	for (int64_t i = 0; i < count; i++) {
		sum += fabs((double)gradient[i]);
	}
	for (int64_t i = 0; i < count && sum > 0; i++) {
		gradient[i] = (float)(gradient[i] * (double)count / sum);
	}
}

static void step_sgd(struct optimizer *optimizer, double rate, float *variable,
		const float *gradient)
{
	for (int64_t i = 0; i < optimizer->count; i++) {
		double step = gradient[i] + optimizer->weight_decay * variable[i];

		if (optimizer->first != NULL) {
			step += optimizer->momentum * optimizer->first[i];
			optimizer->first[i] = (float)step;
		}
		variable[i] = (float)(variable[i] - rate * step);
	}
}

static void step_adam(struct optimizer *optimizer, double rate, float *variable,
		const float *gradient)
{
	double done = (double)optimizer->steps + 1;
	double size = rate / (1 - pow(beta_first, done));
	double spread = sqrt(1 - pow(beta_second, done));

	for (int64_t i = 0; i < optimizer->count; i++) {
		double slope = gradient[i] + optimizer->weight_decay * variable[i];
		double first = beta_first * optimizer->first[i]
				+ (1 - beta_first) * slope;
		double second = beta_second * optimizer->second[i]
				+ (1 - beta_second) * slope * slope;

		optimizer->first[i] = (float)first;
		optimizer->second[i] = (float)second;
		variable[i] = (float)(variable[i]
				- size * first / (sqrt(second) / spread + epsilon));
	}
}

void optimizer_step(struct optimizer *optimizer, double rate, float *variable,
		float *gradient)
{
	if (optimizer->kind == CNNVIZ_OPTIMIZER_NORMALIZED) {
		normalize(gradient, optimizer->count);
	}
	if (optimizer->kind == CNNVIZ_OPTIMIZER_ADAM) {
		step_adam(optimizer, rate, variable, gradient);
	} else {
		step_sgd(optimizer, rate, variable, gradient);
	}
	optimizer->steps++;
}
