/**
 * \file    graph/operation.h
 * \brief   An operation is one row
 *
 * It has its settings in descriptions, the shapes of its output and weights, the scale
 * of random weights, and its memory. Each engine has its own row with the same name
 * that computes it (engine/torch, engine/reference); nothing else in the program refers
 * to operations by name.
 */
#ifndef GRAPH_OPERATION_H
#define GRAPH_OPERATION_H

#include <stddef.h>

#include <cnnviz/plugin.h>

#include "graph/graph.h"

struct graph_roles;
struct role_step;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * \brief   A setting of an operation in descriptions: NAME=VALUE
 *
 * The parameter gives the type of one value, its range, its default (NULL: none) and
 * its meaning. The type determines the type in struct graph_settings: BOOL is bool, INT
 * is int64_t, FLOAT is double, ENUM is int64_t (the index of the choice). A LAYER is
 * not stored: it is another input, after those of `from`.
 */
struct operation_setting {
	cnnviz_parameter parameter;

	/** Offset of the member in struct graph_settings, except for LAYER */
	size_t offset;

	/**
	 * Number of values of the member. As many can be given, separated by commas, or
	 * a divisor of that, each of which is then repeated: for four values, 1 is
	 * 1,1,1,1 and 2,3 is 2,2,3,3. 0 means 1.
	 */
	size_t count;

	/** How several values are given: "one number or two (height,width)" */
	const char *numbers;

	/**
	 * Where the number of values is stored, of a list of 1 to `count`; 0: none, all of
	 * the member are given
	 */
	size_t length_offset;

	/** Another setting, whose value is the default of this one; or NULL */
	const char *like;

	/** A word that can be given instead of the numbers, and the bool that it sets */
	const char *word;
	size_t word_offset;
};

/** Properties of an operation for the rest of the graph's code; any of */
enum operation_flag {
	/** Its input must be (channels,height,width) */
	OPERATION_SPATIAL = 1 << 0,
	/** A convolution: CAMs use the last one */
	OPERATION_CONVOLUTION = 1 << 1,
	/** A linear layer: nodes before it are not the scores */
	OPERATION_LINEAR = 1 << 2,
	/**
	 * It keeps the positions of a feature map, so that last_features continues
	 * through it
	 */
	OPERATION_REFINES = 1 << 3,
	/** The identity: values stay what and as many as they are, whatever their shape */
	OPERATION_IDENTITY = 1 << 4,
	/** It converts scores to probabilities: as the last layer it is not the logits */
	OPERATION_PROBABILITIES = 1 << 5,
	/** Zero for negative inputs: without positive values, no gradient passes */
	OPERATION_RECTIFIES = 1 << 6,
	/** A pool: it reduces windows */
	OPERATION_POOLS = 1 << 7,
	/**
	 * Its weights normalize; those of other operations multiply, and have a fan_in
	 */
	OPERATION_NORMALIZES = 1 << 8,
	/** It stores the origin of values, for operations that put them back */
	OPERATION_SWITCHES = 1 << 9,
	/** The backward rules guided and deconvnet act at it */
	OPERATION_RULED = 1 << 10,
	/** Its second input lends it the origin of values, not the values */
	OPERATION_UNPOOLS = 1 << 11,
	/** Values that do not depend on the picture; its input says how many items */
	OPERATION_CONSTANT = 1 << 12,
	/** It gives values in another order */
	OPERATION_REORDERS = 1 << 13,
	/** It gives a part of an axis */
	OPERATION_PARTS = 1 << 14,
	/** Each row of its output takes all of its second input */
	OPERATION_MIXES = 1 << 15,
	/** It is an attention, see graph/attention.h */
	OPERATION_ATTENDS = 1 << 16,
	/** Each value of its output comes of the value of its input at the same place */
	OPERATION_ELEMENTWISE = 1 << 17,
	/** Each value of its output is the largest of some of its input */
	OPERATION_MAXIMA = 1 << 18,
	/** Without negative values in its inputs there are none in its output */
	OPERATION_KEEPS_SIGN = 1 << 19,
	/** Its weights are (in,out/groups,...) */
	OPERATION_TRANSPOSED = 1 << 20,
};

/** Values that the gradient of an operation needs */
enum operation_kept {
	OPERATION_KEEPS_NOTHING,
	OPERATION_KEEPS_INPUTS,
	OPERATION_KEEPS_OUTPUT,
};

/** An operation's own memory in bytes */
struct operation_memory {
	int64_t scratch; /* while it runs */
	int64_t kept;    /* until the gradient has been computed */
};

struct operation {
	/** The name in descriptions, which is PyTorch's if it has the operation */
	const char *name;

	uint32_t flags;

	/** Smallest and largest number of inputs in `from`; both 0: one */
	uint32_t least_inputs;
	uint32_t most_inputs;

	/** NULL-terminated; NULL: none */
	const struct operation_setting *const *settings;

	/**
	 * \brief   Shape of the output, from those of the inputs
	 *
	 * NULL: same as the first input.
	 *
	 * \param   shapes  Shapes of all nodes; those of the inputs are known
	 * \param   out     Initialized with the first input's shape
	 * \param   error   A clause without the layer's name: "its kernel is ..."
	 */
	cnnviz_status (*shape)(const struct graph *graph, const struct graph_node *node,
			const struct graph_shape *shapes, struct graph_shape *out,
			struct error *error);

	/**
	 * \brief   What the axes of the output are, see graph/roles.h
	 *
	 * NULL: (channels,height,width) of OPERATION_SPATIAL, unknown of
	 * OPERATION_CONSTANT, and else the roles of the inputs.
	 *
	 * \param   out     Not known
	 */
	void (*roles)(const struct role_step *step, struct graph_roles *out);

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
	 * NULL: same as that of the first input.
	 *
	 * \param   power   Of every node before this one
	 */
	double (*power)(const struct graph *graph, const struct graph_node *node,
			const double *power);

	/**
	 * \brief   Average number of products with the weight in one output
	 *
	 * NULL if it has no weight that multiplies.
	 *
	 * \param   shape   Of the weight
	 */
	double (*fan_in)(const struct graph_node *node, const int64_t shape[4]);

	/** Values that an engine keeps for the gradient */
	enum operation_kept kept;

	/** Its memory for one item in addition to inputs and output; NULL: none */
	struct operation_memory (*memory)(const struct graph_node *node,
			const struct graph_shape *in, const struct graph_shape *out);
};

/** The operation of node 0, which has no name in descriptions */
extern const struct operation operation_input;

/** An operation by name, or NULL */
const struct operation *operation_find(const char *name);

/** All operations, grouped by kind; NULL past the last one */
const struct operation *operation_at(size_t index);

/** A setting of an operation by name, or NULL */
const struct operation_setting *operation_setting_find(const struct operation *operation,
		const char *name);

#ifdef __cplusplus
}
#endif

#endif
