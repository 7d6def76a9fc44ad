/**
 * \file    graph/operation.h
 * \brief   An operation is one row
 *
 * What descriptions may say of it, the shape of its output and of its weights, what
 * random weights need and how much memory it takes. How it is computed stands in each
 * engine's own row of the same name (engine/torch, engine/reference); nothing else in
 * the program knows operations by name.
 */
#ifndef GRAPH_OPERATION_H
#define GRAPH_OPERATION_H

#include <stddef.h>

#include <cnnviz/plugin.h>

#include "graph/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * \brief   What a description can tell an operation: NAME=VALUE
 *
 * The parameter says how one value is written, its range, its default (NULL: none) and
 * what it means. Its type says what it is kept as in struct graph_settings: BOOL as
 * bool, INT as int64_t, FLOAT as double, ENUM as int64_t (the place among the choices).
 * A LAYER is kept nowhere: it is one more input, behind those of `from`.
 */
struct operation_setting {
	cnnviz_parameter parameter;

	/** Of the member of struct graph_settings, LAYER aside */
	size_t offset;

	/**
	 * How many numbers the member has. As many can be given, with commas between, or
	 * a divisor of that, each of which then stands for several in a row: of four
	 * numbers, 1 is for all, 2,3 is 2,2,3,3. 0 means 1.
	 */
	size_t count;

	/** How several are given: "one number or two (height,width)" */
	const char *numbers;

	/** Another setting, whose value this one has unless it is given; or NULL */
	const char *like;

	/** A word that can stand in place of the numbers, and the bool that it sets */
	const char *word;
	size_t word_offset;
};

/** What the rest of the graph's code asks about an operation; any of */
enum operation_flag {
	/** It takes (channels,height,width), nothing flat */
	OPERATION_SPATIAL = 1 << 0,
	/** A convolution: the last one is what CAMs explain */
	OPERATION_CONVOLUTION = 1 << 1,
	/** A linear layer: what comes before it are not the scores */
	OPERATION_LINEAR = 1 << 2,
	/** A feature map remains one of the same places: last_conv goes on through it */
	OPERATION_REFINES = 1 << 3,
	/** The identity: values stay what and as many as they are, whatever their shape */
	OPERATION_IDENTITY = 1 << 4,
	/** It makes probabilities of scores: as the last layer it is not the logits */
	OPERATION_PROBABILITIES = 1 << 5,
	/** Zero below zero: where no value is above, no gradient comes through */
	OPERATION_RECTIFIES = 1 << 6,
	/** A pool: it sums up windows */
	OPERATION_POOLS = 1 << 7,
	/** Its weights say what to normalize by; others multiply, and have a fan_in */
	OPERATION_NORMALIZES = 1 << 8,
	/** It keeps where values came from, for operations that put them back */
	OPERATION_SWITCHES = 1 << 9,
};

/** Values of the graph that the gradient of an operation needs */
enum operation_kept {
	OPERATION_KEEPS_NOTHING,
	OPERATION_KEEPS_INPUTS,
	OPERATION_KEEPS_OUTPUT,
};

/** Bytes of an operation's own */
struct operation_memory {
	int64_t scratch; /* while it runs */
	int64_t kept;    /* until the gradient has been computed */
};

struct operation {
	/** The word in descriptions, as PyTorch calls it where it has it */
	const char *name;

	uint32_t flags;

	/** How many inputs `from` can name; both 0: one */
	uint32_t least_inputs;
	uint32_t most_inputs;

	/** Ended by NULL; NULL: none */
	const struct operation_setting *const *settings;

	/**
	 * \brief   Shape of the output, from those of the inputs
	 *
	 * NULL: as the first input.
	 *
	 * \param   shapes  Of every node; those of the inputs are known
	 * \param   out     The first input's shape, to be changed
	 * \param   error   A clause without the layer's name: "its kernel is ..."
	 */
	cnnviz_status (*shape)(const struct graph *graph, const struct graph_node *node,
			const struct graph_shape *shapes, struct graph_shape *out,
			struct error *error);

	/**
	 * \brief   Shape of a weight
	 *
	 * NULL: it has none.
	 *
	 * \param   in      Shape of the first input
	 *
	 * \return  Rank, or 0 where there is no weight of this role.
	 */
	uint32_t (*weight_shape)(const struct graph_node *node,
			const struct graph_shape *in, enum graph_weight role,
			int64_t shape[4]);

	/**
	 * \brief   With random weights: the expected mean square of the output
	 *
	 * NULL: as that of the first input.
	 *
	 * \param   power   Of every node before this one
	 */
	double (*power)(const struct graph *graph, const struct graph_node *node,
			const double *power);

	/**
	 * \brief   How many products with the weight one output sums up, on average
	 *
	 * NULL for those that multiply by no weight.
	 *
	 * \param   shape   Of the weight
	 */
	double (*fan_in)(const struct graph_node *node, const int64_t shape[4]);

	/** Values that an engine keeps for the gradient */
	enum operation_kept kept;

	/** What it takes for one item beside its inputs and its output; NULL: nothing */
	struct operation_memory (*memory)(const struct graph_node *node,
			const struct graph_shape *in, const struct graph_shape *out);
};

/** The operation of node 0. It has no word in descriptions. */
extern const struct operation operation_input;

/** An operation by its word, or NULL */
const struct operation *operation_find(const char *name);

/** All of them, those of one kind together; NULL past the last one */
const struct operation *operation_at(size_t index);

/** A setting of an operation by its name, or NULL */
const struct operation_setting *operation_setting_find(const struct operation *operation,
		const char *name);

#ifdef __cplusplus
}
#endif

#endif
