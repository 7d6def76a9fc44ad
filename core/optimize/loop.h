/**
 * \file    optimize/loop.h
 * \brief   The optimization loop
 *
 * Gets gradients and random numbers only from the functions it is given, so that tests
 * can replace networks by functions.
 */
#ifndef OPTIMIZE_LOOP_H
#define OPTIMIZE_LOOP_H

#include "optimize/request.h"

struct loop_result {
	uint32_t steps;        /* number done */
	cnnviz_tensor *image;  /* (N,C,H,W), 0..1 */
	cnnviz_tensor *input;  /* (N,C,H,W) */
	cnnviz_tensor *values; /* (steps,N) */
	cnnviz_tensor *losses; /* (steps,N) */
	uint32_t *item_steps;  /* of each item, before it was frozen; owned */
	uint8_t *started;      /* 1 for each item that had a gradient; owned */
	uint8_t *dead; /* 1 for each whose gradient stayed zero in the end; owned */
};

/** \param result   Filled on success; release it with loop_result_clear() */
cnnviz_status loop_run(const struct loop_request *request, struct loop_result *result,
		struct error *error);

void loop_result_clear(struct loop_result *result);

#endif
