/**
 * \file    graph/pt2/tables.h
 * \brief   A row for each ATen operator that becomes nodes of ONNX, in tables by their kind
 */
#ifndef PT2_TABLES_H
#define PT2_TABLES_H

#include "graph/pt2/lowering.h"

struct pt2_operator {
	/** Without namespace, overload and the line that marks a change in place: "relu" */
	const char *name;

	void (*lower)(struct lowering *lowering);

	/** The ONNX operator of what several rows share; or NULL */
	const char *operator;

	/** Whether the output is a part of the first argument, and shares its memory */
	bool view;
};

/* Tables, each ended by a row without a name */
extern const struct pt2_operator pt2_window_operators[];
extern const struct pt2_operator pt2_linear_operators[];
extern const struct pt2_operator pt2_activation_operators[];
extern const struct pt2_operator pt2_arithmetic_operators[];
extern const struct pt2_operator pt2_shape_operators[];
extern const struct pt2_operator pt2_part_operators[];

/** The row of the call that is being translated, or NULL */
const struct pt2_operator *pt2_operator_find(const struct lowering *lowering);

/** Whether the call changes its first argument in place */
bool pt2_changes_in_place(const struct lowering *lowering);

/** The array that the call is of: its first argument */
const char *lower_subject(struct lowering *lowering);

/** Rank and shape of that array; 0 and false if not known */
size_t lower_subject_rank(struct lowering *lowering);
bool lower_subject_shape(struct lowering *lowering, struct integers *shape);

/** The row's operator of the first argument, and of the first two */
void lower_as_unary(struct lowering *lowering);
void lower_as_binary(struct lowering *lowering);

/** An axis that may count from the end, from the beginning; clamped to the array's */
size_t lower_axis(struct lowering *lowering, const char *name, int64_t otherwise,
		size_t rank);

#endif
