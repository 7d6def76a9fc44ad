/**
 * \file    optimise/optimiser.h
 * \brief   From a gradient to a step: SGD, Adam, normalised SGD
 */
#ifndef OPTIMISE_OPTIMISER_H
#define OPTIMISE_OPTIMISER_H

#include <cnnviz/optimise.h>

/** An optimiser of one variable, with what it remembers between steps */
struct optimiser {
	uint32_t kind;          /* CNNVIZ_OPTIMISER_* */
	double momentum;
	double weight_decay;
	int64_t count;          /* numbers in the variable */
	uint64_t steps;         /* done */
	float *first;           /* momentum buffer, or Adam's first moment; or NULL */
	float *second;          /* Adam's second moment; or NULL */
};

/** Whether there was memory */
bool optimiser_start(struct optimiser *optimiser,
		const cnnviz_optimisation *optimisation, int64_t count);

/**
 * \brief   Take a step that makes the loss smaller
 *
 * \param   gradient    Of the loss; changed
 */
void optimiser_step(struct optimiser *optimiser, double rate, float *variable,
		float *gradient);

/** Free what start took; a zeroed one is allowed. */
void optimiser_end(struct optimiser *optimiser);

#endif
