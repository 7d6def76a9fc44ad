/**
 * \file    graph/pt2/lowering.h
 * \brief   A program of ATen calls while it becomes nodes of ONNX operators
 *
 * Both kinds of files say the same in other words, so calls are translated into the nodes
 * that an ONNX file would have, and one importer folds constants, follows axes and builds
 * the graph. What no row translates is kept under its own name, for the importer to list
 * with all else that is missing.
 *
 * The first error is kept, and everything after it does nothing: translators need not check.
 */
#ifndef PT2_LOWERING_H
#define PT2_LOWERING_H

#include <jansson.h>

#include "graph/onnx/file.h"

struct pt2_operator;

struct lowering {
	struct onnx_file *file;
	const json_t *values; /* from an array's name to its type and sizes */
	json_t *names; /* from an array's name to that in the nodes, if it is another */
	json_t *bases; /* from a view's name to the array that it is a part of */
	json_t *stale; /* arrays a view of which was changed in place since */
	const json_t *call;             /* the one being translated */
	const struct pt2_operator *row; /* its row, or NULL */
	char *scopes; /* its module's path, as torch's ONNX exporter writes it */
	size_t made;  /* arrays that it has needed besides its outputs */
	cnnviz_status status;
	struct error *error;
};

/** Longest list of integers that an argument is */
#define LOWERING_MAX_LIST 16

struct integers {
	int64_t values[LOWERING_MAX_LIST];
	size_t count;
};

/** Fail with a clause about the call: "has ..."; UNSUPPORTED where it is no damage. */
void lower_fail(struct lowering *lowering, cnnviz_status status, const char *format, ...)
		CNNVIZ_PRINTF(3, 4);

/* ---- Arguments of the call ------------------------------------------------------
 * What is left out, or None, is the value by default; another type than asked for is an
 * error. */

/** Whether an argument is there, and not None */
bool lower_has(const struct lowering *lowering, const char *name);

int64_t lower_integer(struct lowering *lowering, const char *name, int64_t otherwise);
double lower_real(struct lowering *lowering, const char *name, double otherwise);
bool lower_boolean(struct lowering *lowering, const char *name, bool otherwise);

/** Borrowed */
const char *lower_text(struct lowering *lowering, const char *name,
		const char *otherwise);

/** A list of integers, none by default; a single one is a list of one */
struct integers lower_integers(struct lowering *lowering, const char *name);

/** Integers of two axes, of which one stands for both; none: a pair of the default */
struct integers lower_pair(struct lowering *lowering, const char *name,
		int64_t otherwise);

/** The array that an argument is, by its name in the nodes; "" by default; borrowed */
const char *lower_array(struct lowering *lowering, const char *name);

/** The same of an argument that may be a number, which becomes a constant */
const char *lower_operand(struct lowering *lowering, const char *name);

/** Number of arrays in a list, and one of them; "" for None */
size_t lower_list_length(const struct lowering *lowering, const char *name);
const char *lower_list_array(struct lowering *lowering, const char *name, size_t i);

/** All arrays among the arguments, or as many as there is room for; their number */
size_t lower_all_arrays(struct lowering *lowering, const char *inputs[LOWERING_MAX_LIST]);

/** Extents that may depend on others computed before, as an array of integers */
const char *lower_extents(struct lowering *lowering, const char *name);

/** Shape of an array that is an argument; -1 for open extents. False: not known */
bool lower_shape(struct lowering *lowering, const char *name, struct integers *shape);

/** Rank of that array, 0 if not known */
size_t lower_rank(struct lowering *lowering, const char *name);

/** Shape of the call's first output */
bool lower_output_shape(struct lowering *lowering, struct integers *shape);

/** Name of an output; "" past the last one; borrowed */
const char *lower_output(const struct lowering *lowering, size_t i);
size_t lower_output_count(const struct lowering *lowering);

/* ---- Nodes ---------------------------------------------------------------------- */

/** Name of a new array between two nodes of the call; lives as long as the lowering */
const char *lower_between(struct lowering *lowering);

/** New arrays of constants; likewise */
const char *lower_constant_integers(struct lowering *lowering, size_t count,
		const int64_t *values);
const char *lower_constant_integer(struct lowering *lowering, int64_t value); /* rank 0 */
const char *lower_constant_real(struct lowering *lowering, double value);     /* rank 0 */

/**
 * \brief   Add a node with one output
 *
 * \param   inputs  "" for one that is left out
 */
void lower_add(struct lowering *lowering, const char *operator, const char * output,
		size_t count, const char *const *inputs);

/** Likewise, of one input, and of two */
void lower_unary(struct lowering *lowering, const char *operator, const char * output,
		const char *input);
void lower_binary(struct lowering *lowering, const char *operator, const char * output,
		const char *a, const char *b);

/** Add a further output to the last node. */
void lower_add_output(struct lowering *lowering, const char *output);

/** Set the domain of the last node's operator, which is "" otherwise. */
void lower_set_domain(struct lowering *lowering, const char *domain);

/** Give the last node an attribute. */
void lower_set_integer(struct lowering *lowering, const char *name, int64_t value);
void lower_set_real(struct lowering *lowering, const char *name, double value);
void lower_set_text(struct lowering *lowering, const char *name, const char *text);
void lower_set_integers(struct lowering *lowering, const char *name,
		const struct integers *list);

/** Change the axes of an array. */
void lower_transpose(struct lowering *lowering, const char *output, const char *input,
		const struct integers *permutation);
void lower_reshape(struct lowering *lowering, const char *output, const char *input,
		size_t rank, const int64_t *extent);

/** Keep the call as a node of its own name, which no importer knows. */
void lower_unknown(struct lowering *lowering);

#endif
