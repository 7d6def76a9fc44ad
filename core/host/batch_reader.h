/**
 * \file    host/batch_reader.h
 * \brief   Reads the plan's pictures in batches, the next one while one is used
 */
#ifndef HOST_BATCH_READER_H
#define HOST_BATCH_READER_H

#include "base/pool.h"
#include "host/batch.h"

/** Reads batches, each of pictures with one size */
struct batch_reader;

/** Which of the plan's pictures are read: those for which wants() is true */
struct batch_choice {
	bool (*wants)(const void *context, size_t picture); /* NULL: all */
	const void *context;
	bool digests; /* the digests of their files are wanted as well */
};

/**
 * \brief   Prepare to read the plan's pictures
 *
 * In the plan's order, except that with `resize = none` pictures are grouped by size.
 *
 * \param   choice  Asked before this returns
 * \param   pool    Reads the next batch while the current one is used; or NULL
 */
struct batch_reader *batch_reader_create(const struct plan *plan,
		struct batch_choice choice, struct pool *pool);

/**
 * \brief   Read the next pictures
 *
 * \param   batch       NULL when there are no more
 * \param   failed      On failure, the picture that could not be used; the next call
 *                     continues after it
 */
cnnviz_status batch_read(struct batch_reader *reader, struct batch **batch,
		size_t *failed, struct error *error);

void batch_reader_free(struct batch_reader *reader);

#endif
