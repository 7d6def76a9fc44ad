/**
 * \file    evaluate/total.h
 * \brief   Sums of numbers from -1 to 1 that do not depend on the order of adding
 *
 * A total is a whole number of units of 2^-40, so that the totals of several processes add
 * up to the very bits that one process would have. It has room for eight million numbers.
 */
#ifndef EVALUATE_TOTAL_H
#define EVALUATE_TOTAL_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#define TOTAL_BITS 40

/** A finite number, to be added to a total */
static inline int64_t total_of(double number)
{
	return (int64_t)llround(ldexp(number, TOTAL_BITS));
}

/** The mean of what was added, or 0 of nothing */
static inline double total_mean(int64_t total, size_t count)
{
	return count > 0 ? ldexp((double)total, -TOTAL_BITS) / (double)count : 0;
}

#endif
