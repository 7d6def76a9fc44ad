/**
 * \file    optimize/optimizer.h
 * \brief   From a gradient to a step: SGD, Adam, normalized SGD
 */
#ifndef OPTIMIZE_OPTIMIZER_H
#define OPTIMIZE_OPTIMIZER_H

#include <cnnviz/optimize.h>

/** An optimizer of one variable, with what it remembers between steps */
struct optimizer {
	uint32_t kind; /* CNNVIZ_OPTIMIZER_* */
	double momentum;
	double weight_decay;
	int64_t count;  /* numbers in the variable */
	uint64_t steps; /* done */
	float *first;   /* momentum buffer, or Adam's first moment; or NULL */
	float *second;  /* Adam's second moment; or NULL */
};

/** Whether there was memory */
bool optimizer_start(struct optimizer *optimizer, const cnnviz_optimization *optimization,
		int64_t count);

/**
 * \brief   Take a step that makes the loss smaller
 *
 * \param   gradient    Of the loss; changed
 */
void optimizer_step(struct optimizer *optimizer, double rate, float *variable,
		float *gradient);

/** Free what start took; a zeroed one is allowed. */
void optimizer_end(struct optimizer *optimizer);

#endif
