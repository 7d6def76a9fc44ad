/**
 * \file    optimize/optimizer.h
 * \brief   Optimizers: SGD, Adam and normalized SGD
 */
#ifndef OPTIMIZE_OPTIMIZER_H
#define OPTIMIZE_OPTIMIZER_H

#include <cnnviz/optimize.h>

/** The state of an optimizer of one variable */
struct optimizer {
	uint32_t kind; /* CNNVIZ_OPTIMIZER_* */
	double momentum;
	double weight_decay;
	int64_t count;  /* elements of the variable */
	uint64_t steps; /* number done */
	float *first;   /* momentum buffer, or Adam's first moment; or NULL */
	float *second;  /* Adam's second moment; or NULL */
};

/** false when out of memory; call optimizer_end() in either case */
bool optimizer_start(struct optimizer *optimizer, const cnnviz_optimization *optimization,
		int64_t count);

/**
 * \brief   Take a step that decreases the loss
 *
 * \param   gradient    Gradient of the loss; overwritten
 */
void optimizer_step(struct optimizer *optimizer, double rate, float *variable,
		float *gradient);

/** Free the optimizer's buffers; a zeroed optimizer is allowed. */
void optimizer_end(struct optimizer *optimizer);

#endif
