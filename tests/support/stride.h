/**
 * \file    support/stride.h
 * \brief   How many of many cases a test tries
 */
#ifndef SUPPORT_STRIDE_H
#define SUPPORT_STRIDE_H

#include <stddef.h>
#include <stdlib.h>

/** From one case to the next: valgrind takes minutes for all of them. */
static size_t stride(void)
{
	return getenv("UNDER_VALGRIND") != NULL ? 11 : 1;
}

#endif
