/**
 * \file    engine/rule.h
 * \brief   Backward rules of nodes, as engines carry them out
 *
 * A rule shares the relevance that has come to a node's output among its inputs. All rules for
 * layers with weights are of one form, a sum of shares: the layer is run on parts of its
 * inputs with changed weights, the relevance is divided by what comes out, and what its
 * gradient takes that back to is multiplied by those parts. Which parts and weights make
 * which published rule is known to rules/terms.c alone.
 */
#ifndef ENGINE_RULE_H
#define ENGINE_RULE_H

#include <cnnviz/types.h>

#include "base/error.h"
#include "graph/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

struct engine_network;
struct engine_pass;

/** Most groups of a rule, and terms of a group */
#define ENGINE_GROUPS 2
#define ENGINE_TERMS 3

/** Which values of a node's inputs a term multiplies */
enum engine_part {
	ENGINE_PART_WHOLE,
	ENGINE_PART_POSITIVE, /* max(x, 0) */
	ENGINE_PART_NEGATIVE, /* min(x, 0) */
	ENGINE_PART_ONES,
	ENGINE_PART_CHANNELS, /* other values, one for each channel */
};

/** A product of inputs and weights */
struct engine_term {
	enum engine_part part;
	const cnnviz_tensor *channels; /* (C), of ENGINE_PART_CHANNELS */
	double sign;                   /* 1 or -1 */
	bool known; /* what it adds to the sum is the node's output as the pass has it */
	/* Whose weights the node has in it, biases being zero, and that graph opened on
	 * the engine; NULL: the pass's own */
	const struct graph *graph;
	struct engine_network *network;
};

/**
 * Relevance that is shared among all terms in proportion to their parts of one sum:
 *
 *     s = factor * R / stabilized(sum of sign * term)
 *     share of input i = sum over terms of sign * part(x)_i * gradient of <s, term>_i
 *
 * where stabilized(z) is z + epsilon for z >= 0, and z - epsilon below.
 */
struct engine_group {
	size_t term_count;
	struct engine_term terms[ENGINE_TERMS];
	const cnnviz_tensor
			*addend; /* of the sum, one for each channel (O); NULL: none */
	int outputs; /* whose relevance it shares: 1 those above 0, -1 below 0, 0 all */
	double factor, epsilon;
};

enum engine_rule_kind {
	ENGINE_RULE_NONE,    /* the true gradient */
	ENGINE_RULE_OWN,     /* one of CNNVIZ_RULE_PLAIN to _REDIRECTED */
	ENGINE_RULE_MERGED,  /* nothing: the node behind it passes by it */
	ENGINE_RULE_PASS,    /* its only input gets what has come */
	ENGINE_RULE_SHARES,  /* the sum over groups */
	ENGINE_RULE_RESCALE, /* DeepLIFT, see enum engine_rescale */
	ENGINE_RULE_REVEAL,  /* DeepLIFT's reveal-cancel, of a layer and its activation */
	ENGINE_RULE_HOOK,    /* what the hook makes of it */
};

/** How the multiplier of a node follows from the pass and the reference */
enum engine_rescale {
	ENGINE_RESCALE_RATIO, /* change of the output by that of the input, by element */
	ENGINE_RESCALE_SWITCHES, /* of maxima: the changes go to where they were */
	ENGINE_RESCALE_MEAN,     /* the mean of both gradients: exact for products */
};

struct engine_rule {
	enum engine_rule_kind kind;
	uint32_t own;                /* of ENGINE_RULE_OWN */
	enum engine_rescale rescale; /* of ENGINE_RULE_RESCALE */
	/* The node whose inputs get the shares: this one, or the layer that it is merged
	 * with (a batch normalization, or an activation of ENGINE_RULE_REVEAL) */
	int32_t through;
	bool last_axis; /* channels are the last axis, as of a linear layer, not the first */
	size_t group_count;
	/* ENGINE_RULE_REVEAL: the first two terms of the first have positive and negative
	 * weights */
	struct engine_group groups[ENGINE_GROUPS];
};

/** A node that a hook is asked about */
struct engine_question {
	int32_t node;
	size_t input_count; /* that get a share */
	const cnnviz_tensor *const *inputs;
	const cnnviz_tensor *output;
	const cnnviz_tensor *relevance;

	/** The true gradients of the inputs for a gradient of the output: input_count new ones */
	cnnviz_status (*differentiate)(const struct engine_question *question,
			const cnnviz_tensor *gradient, cnnviz_tensor **gradients,
			struct error *error);
	void *engine;
};

/**
 * \brief   Share the relevance of a node
 *
 * \param   shares  Receives input_count new tensors, each of its input's shape
 */
typedef cnnviz_status (*engine_hook)(void *context,
		const struct engine_question *question, cnnviz_tensor **shares,
		struct error *error);

struct engine_rules {
	const struct engine_rule *rules; /* node_count */
	/* Of RESCALE and REVEAL: a pass of as many items, of the same network, which has
	 * captured the same */
	struct engine_pass *reference;
	engine_hook hook;
	void *context;
};

#ifdef __cplusplus
}
#endif

#endif
