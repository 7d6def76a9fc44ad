/**
 * \file    base/limits.h
 * \brief   How much a file may ask for: one table, which [run] can change
 *
 * A reader asks here before it allocates what a file's numbers say. A plan sets all limits
 * when [run] is read, before it reads any other file and before threads start.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include <cnnviz/plugin.h>

#include "base/error.h"

enum limit {
	LIMIT_FILE_BYTES,
	LIMIT_TEXT_BYTES,
	LIMIT_INI_LINES,
	LIMIT_JOBS,
	LIMIT_PICTURES,
	LIMIT_PICTURE_PIXELS,
	LIMIT_PICTURE_BYTES,
	LIMIT_TENSORS,
	LIMIT_TENSOR_BYTES,
	LIMIT_HEADER_BYTES,
	LIMIT_ZIP_ENTRIES,
	LIMIT_PICKLE_VALUES,
	LIMIT_NESTING,
	LIMIT_NODES,
	LIMIT_OUTPUT_BYTES,
	LIMIT_COUNT,
};

/** The keys of [run] that set limits, "limits.NAME", by enum limit */
extern const cnnviz_parameter limit_parameters[LIMIT_COUNT];

/** The keys' names, up to NULL */
extern const char *const limit_keys[LIMIT_COUNT + 1];

int64_t limit_get(enum limit limit);

/** Set a limit for the whole process. */
void limit_set(enum limit limit, int64_t value);

/** All limits at once, to be put back later: those of one plan of several */
struct limits {
	int64_t values[LIMIT_COUNT];
};
struct limits limits_keep(void);
void limits_put_back(const struct limits *limits);

/** Set all limits to their defaults. */
void limits_reset(void);

/**
 * \brief   Refuse an amount beyond a limit, with the limit's name
 *
 * \param   format  The sentence up to "more than", such as "the picture has"
 */
cnnviz_status limit_check(enum limit limit, uint64_t amount, struct error *error,
		const char *format, ...) CNNVIZ_PRINTF(4, 5);

/** Product of two amounts; the largest number if it overflows, which is beyond any limit */
uint64_t limit_product(uint64_t a, uint64_t b);

#endif
