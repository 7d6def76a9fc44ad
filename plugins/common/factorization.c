/**
 * \file    common/factorization.c
 * \brief   Feature maps as a sum of few concepts, none of which has a negative value
 */
#include "common/factorization.h"

#include <math.h>
#include <stdlib.h>

static double dot(const double *a, const double *b, int64_t count)
{
	double sum = 0;

	for (int64_t i = 0; i < count; i++) {
		sum += a[i] * b[i];
	}
	return sum;
}

/** Products of all pairs of rows */
static void fill_gram(const double *rows, int64_t count, int64_t length, double *gram)
{
	for (int64_t k = 0; k < count; k++) {
		for (int64_t j = 0; j < count; j++) {
			gram[k * count + j] = dot(rows + k * length, rows + j * length,
					length);
		}
	}
}

static bool allocate(struct factorization *f)
{
	int64_t longer = f->channels > f->positions ? f->channels : f->positions;
	int64_t count = f->channels + f->positions + longer + 2 * f->concepts + 2;

	f->W = calloc((size_t)(count * f->concepts), sizeof(*f->W));
	if (f->W == NULL) {
		return false;
	}
	f->H = f->W + f->concepts * f->channels;
	f->products = f->H + f->concepts * f->positions;
	f->gram = f->products + f->concepts * longer;
	f->gram_of_H = f->gram + f->concepts * f->concepts;
	f->ratios = f->gram_of_H + f->concepts * f->concepts;
	f->squares = f->ratios + f->concepts;
	return true;
}

bool factorization_begin(struct factorization *f, const cnnviz_host *host,
		cnnviz_random *random)
{
	int64_t values = f->channels * f->positions;
	double sum = 0;

	if (!allocate(f)) {
		return false;
	}
	f->square = 0;
	for (int64_t i = 0; i < values; i++) {
		sum += f->A[i];
		f->square += (double)f->A[i] * f->A[i];
	}
	/* The mean of a product is that of A by the number of concepts. */
	double most = 2 * sqrt(sum / (double)values / (double)f->concepts);

	for (int64_t i = 0; i < f->concepts * (f->channels + f->positions); i++) {
		float unit;

		host->random->uniform(random, 0, 1, 1, &unit);
		f->W[i] = most * (double)unit; /* H lies behind W */
	}
	fill_gram(f->H, f->concepts, f->positions, f->gram_of_H);
	return true;
}

/**
 * Multiply a factor (concepts,length) by its products with A, over the same products with
 * what stands for A, which are those of the other factor's Gram matrix with this one.
 */
static void update(struct factorization *f, const double *gram, int64_t length,
		double *factor)
{
	for (int64_t i = 0; i < length; i++) {
		for (int64_t k = 0; k < f->concepts; k++) {
			double divisor = 0;

			for (int64_t j = 0; j < f->concepts; j++) {
				divisor += gram[k * f->concepts + j]
						* factor[j * length + i];
			}
			f->ratios[k] = divisor > 0 ? f->products[k * length + i] / divisor
						   : 0;
		}
		for (int64_t k = 0; k < f->concepts; k++) {
			factor[k * length + i] *= f->ratios[k];
		}
	}
}

static void update_W(struct factorization *f)
{
	for (int64_t k = 0; k < f->concepts; k++) {
		const double *H = f->H + k * f->positions;

		for (int64_t c = 0; c < f->channels; c++) {
			const float *A = f->A + c * f->positions;
			double sum = 0;

			for (int64_t p = 0; p < f->positions; p++) {
				sum += A[p] * H[p];
			}
			f->products[k * f->channels + c] = sum;
		}
	}
	update(f, f->gram_of_H, f->channels, f->W);
}

static void update_H(struct factorization *f)
{
	for (int64_t i = 0; i < f->concepts * f->positions; i++) {
		f->products[i] = 0;
	}
	for (int64_t k = 0; k < f->concepts; k++) {
		double *products = f->products + k * f->positions;

		for (int64_t c = 0; c < f->channels; c++) {
			const float *A = f->A + c * f->positions;
			double weight = f->W[k * f->channels + c];

			for (int64_t p = 0; p < f->positions; p++) {
				products[p] += weight * A[p];
			}
		}
	}
	fill_gram(f->W, f->concepts, f->channels, f->gram);
	update(f, f->gram, f->positions, f->H);
}

double factorization_step(struct factorization *f)
{
	update_W(f);
	update_H(f);
	fill_gram(f->H, f->concepts, f->positions, f->gram_of_H);

	/* |A|^2 - 2 <H, W A> + <W W^T, H H^T>, with products that are there already */
	double rest = f->square - 2 * dot(f->H, f->products, f->concepts * f->positions)
			+ dot(f->gram, f->gram_of_H, f->concepts * f->concepts);

	return f->square > 0 && rest > 0 ? sqrt(rest / f->square) : 0;
}

static void swap_rows(double *rows, int64_t length, int64_t a, int64_t b)
{
	for (int64_t i = 0; i < length && a != b; i++) {
		double kept = rows[a * length + i];

		rows[a * length + i] = rows[b * length + i];
		rows[b * length + i] = kept;
	}
}

void factorization_order(struct factorization *f)
{
	for (int64_t k = 0; k < f->concepts; k++) {
		double *W = f->W + k * f->channels, *H = f->H + k * f->positions;
		double length = sqrt(dot(W, W, f->channels));

		for (int64_t c = 0; c < f->channels && length > 0; c++) {
			W[c] /= length;
		}
		for (int64_t p = 0; p < f->positions; p++) {
			H[p] *= length;
		}
		f->squares[k] = dot(H, H, f->positions);
	}
	for (int64_t k = 0; k < f->concepts; k++) {
		int64_t most = k;

		for (int64_t j = k + 1; j < f->concepts; j++) {
			most = f->squares[j] > f->squares[most] ? j : most;
		}
		swap_rows(f->W, f->channels, k, most);
		swap_rows(f->H, f->positions, k, most);
		swap_rows(f->squares, 1, k, most);
	}
}

void factorization_end(struct factorization *f)
{
	free(f->W);
}
