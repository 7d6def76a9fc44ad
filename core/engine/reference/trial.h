/**
 * \file    engine/reference/trial.h
 * \brief   One node run by itself: on values, weights and gradients that are not the run's
 */
#ifndef REFERENCE_TRIAL_H
#define REFERENCE_TRIAL_H

#include "engine/reference/operation.h"

struct trial {
	struct work work;
	size_t count;
	struct reference_value *values; /* of its inputs */
	struct reference_value **inputs;
	struct reference_value output;
	double *parts; /* the first input's values, where they are changed */
};

/**
 * \brief   A node with the values of a run; its gradients are zeros of its own
 *
 * \param   graph   Whose weights it has; NULL: those of the run
 *
 * \return  False when out of memory; close it all the same.
 */
bool trial_open(const struct reference_run *run, const struct graph *graph, size_t index,
		struct trial *trial);
void trial_close(struct trial *trial);

/** Let its first input have the values of a term; false when out of memory. */
bool trial_take_part(struct trial *trial, const struct engine_term *term);

/** Add what its operation makes of its inputs, times a factor; false when out of memory. */
bool trial_product(struct trial *trial, double factor, double *sum);

/** Find the gradients of its inputs for one of its output. */
void trial_differentiate(struct trial *trial, const double *gradient);

#endif
