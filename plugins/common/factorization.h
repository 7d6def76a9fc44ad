/**
 * \file    common/factorization.h
 * \brief   Feature maps as a sum of few concepts, none of which has a negative value
 *
 *     A_cp ~ sum_k W_kc H_kp,    W, H >= 0
 *
 * where c is a channel, p a position and k a concept: W_k is what the concept is made of, and
 * H_k where it is. The squared error is lowered by the multiplicative updates of D. D. Lee,
 * H. S. Seung: Algorithms for Non-negative Matrix Factorization. 2000, NIPS, theorem 1, with
 * which it never rises.
 */
#ifndef COMMON_FACTORIZATION_H
#define COMMON_FACTORIZATION_H

#include <cnnviz/cnnviz.h>

struct factorization {
	int64_t channels, positions, concepts;

	/** (channels,positions), none negative; borrowed */
	const float *A;

	double *W; /* (concepts,channels) */
	double *H; /* (concepts,positions) */

	/* Of factorization.c */
	double square; /* sum of the squares of A */
	double *products, *gram, *gram_of_H, *ratios, *squares;
};

/**
 * \brief   Begin with random factors whose products have the mean of A
 *
 * \param   factorization   channels, positions, concepts and A are set, the rest is 0;
 *                          factorization_end() releases it, after a failure too
 * \param   random          Gives W, then H, row by row
 *
 * \return  Whether there was enough memory.
 */
bool factorization_begin(struct factorization *factorization, const cnnviz_host *host,
		cnnviz_random *random);

/**
 * \brief   Change W, then H
 *
 * \return  The error then, |A - W^T H| / |A|; 0 where A is 0.
 */
double factorization_step(struct factorization *factorization);

/** \brief  Scale each W_k to length 1, which H_k takes over, and put the largest H_k first */
void factorization_order(struct factorization *factorization);

void factorization_end(struct factorization *factorization);

#endif
