/**
 * \file    evaluate/transfer.h
 * \brief   Carries a source's results from the process that measured it to its parent
 *
 * Through memory that both share. The process may have run a foreign plugin, so the parent
 * takes nothing from it but numbers that are some, and a text. Whatever the report is made
 * of must be carried here.
 */
#ifndef EVALUATE_TRANSFER_H
#define EVALUATE_TRANSFER_H

#include "evaluate/evaluation.h"

/** Bytes that a source's results take; one whose results have been started */
size_t transfer_size(const struct evaluation *evaluation, const struct source *source);

/** In the child: put a source's results there. */
void transfer_put(const struct evaluation *evaluation, const struct source *source,
		char *memory);

/**
 * \brief   In the parent: take a source's results from there
 *
 * A source whose results make no sense has failed. The memory may still change.
 */
void transfer_take(const struct evaluation *evaluation, struct source *source,
		const char *memory);

#endif
