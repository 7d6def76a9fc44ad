/**
 * \file    graph/block_text.h
 * \brief   What lines of a description have for being repeated: ranges, turns, parameters
 *
 * Texts alone; import_blocks.h says what they are for.
 */
#ifndef GRAPH_BLOCK_TEXT_H
#define GRAPH_BLOCK_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/** Largest number in a name's range */
#define BLOCK_RANGE_MAX 9999

/** A name such as layer{0..11}: what stands around the range, and its ends */
struct block_range {
	const char *name;
	size_t before; /* length of what stands in front */
	const char *after;
	int64_t first; /* 0 to 0 of a name without a range */
	int64_t last;
	bool given;
};

/** A parameter of a block, with the value that a line gives it */
struct block_value {
	char *name;
	char *text;
};

struct block_values {
	struct block_value *items;
	size_t count;
};

/**
 * \brief   Read the range of a name, if it has one
 *
 * \param   range   Borrows the name
 * \param   error   A clause
 */
cnnviz_status block_range_read(const char *name, struct block_range *range,
		struct error *error);

/** The name with a number for its range; malloc'ed */
char *block_range_name(const struct block_range *range, int64_t number);

/**
 * \brief   Of each word's values a|b|c, the one whose turn it is; malloc'ed
 *
 * The first use of a line takes the first value, and after the last one the first comes again.
 */
char *block_take_turn(const char *text, int64_t use);

/** Add the names in {...} to those of the values, each once, with an empty text */
void block_names(const char *text, struct block_values *names);

/**
 * \brief   Put the values of parameters in the places of {NAME} and {4*NAME/OTHER-1}
 *
 * \param   error   A clause: a name without a value; what is no sum of products of whole
 *                  numbers, or comes to none
 *
 * \return  NULL after an error; malloc'ed
 */
char *block_substitute(const char *text, const struct block_values *values,
		struct error *error);

/** Value of a parameter, or NULL */
const char *block_value_find(const struct block_values *values, const char *name);

/** Add a parameter; both texts are copied. */
void block_value_add(struct block_values *values, const char *name, const char *text);

void block_values_free(struct block_values *values);

#endif
