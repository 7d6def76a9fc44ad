/**
 * \file    cnnviz/rules.h
 * \brief   Backward rules for layers: how relevance is shared among a layer's inputs
 *
 * A backward pass takes what has come to a layer's output to its inputs. The true gradient is one
 * way to do so; layer-wise relevance propagation, excitation backpropagation and DeepLIFT are
 * others, each with a rule for each kind of layer. A composite maps layers to rules, as data;
 * a rule that no data describes is a function of the plugin's.
 *
 * Notation: x is the input of a layer, w its weights, b its bias, z = w x + b its output, R the
 * relevance that has come to z; x+ = max(x,0), x- = min(x,0), and so for w and b. A sum over
 * contributions is divided by as |z| + epsilon with the sign of z, which for 0 is positive.
 */
#ifndef CNNVIZ_RULES_H
#define CNNVIZ_RULES_H

#include <cnnviz/host.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Rules ------------------------------------------------------------- */

/*
 * Kinds of rules, beside CNNVIZ_RULE_PLAIN to CNNVIZ_RULE_REDIRECTED (host.h). A rule of
 * weights acts at conv2d, conv_transpose2d and linear; one of activations where each value
 * of the output comes of one value of the input, as at relu and sigmoid.
 */

/** Every input gets what has come to its output: R. Of activations and batch norms */
#define CNNVIZ_RULE_PASS UINT32_C(4)
/**
 * \brief   LRP-epsilon: x * gradient of <R / z, layer>
 *
 * Of any layer. At a sum, a concatenation or a mean these are the inputs' parts of the output
 * (zennit's Norm); a max pool gives to its maxima; at a product each factor gets
 * all of R, since each makes the output. (Bach et al. 2015, equation 58)
 */
#define CNNVIZ_RULE_EPSILON UINT32_C(5)
/**
 * \brief   LRP-gamma, of weights: epsilon's with w + gamma w+ in place of w
 *
 * Generalized for inputs and outputs of either sign: where z > 0, contributions above 0 count
 * 1 + gamma times, where z < 0 those below 0. (Montavon et al. 2019, table 10.1; Andeol
 * et al. 2021)
 */
#define CNNVIZ_RULE_GAMMA UINT32_C(6)
/**
 * \brief   LRP-alpha-beta, of weights
 *
 * alpha times the shares in what is positive (x+ w+ + x- w- + b+), minus beta times those
 * in what is negative (x+ w- + x- w+ + b-). alpha - beta is 1. (Bach et al. 2015,
 * equation 60)
 */
#define CNNVIZ_RULE_ALPHA_BETA UINT32_C(7)
/** z+: alpha-beta with alpha 1 and beta 0 (Montavon et al. 2017, section 4.1) */
#define CNNVIZ_RULE_Z_PLUS UINT32_C(8)
/**
 * \brief   z^B, of weights: x w - low w+ - high w-, for inputs within bounds
 *
 * Of layers of pictures. (Montavon et al. 2017, section 4.2)
 */
#define CNNVIZ_RULE_Z_BOX UINT32_C(9)
/** w^2, of weights: R w^2 / sum of w^2, whatever the input is (the same, section 4) */
#define CNNVIZ_RULE_W_SQUARE UINT32_C(10)
/** flat, of weights: R by equal parts to all inputs (Lapuschkin et al. 2019) */
#define CNNVIZ_RULE_FLAT UINT32_C(11)
/** Excitation backpropagation, of weights: z+ without bias (Zhang et al. 2016) */
#define CNNVIZ_RULE_EXCITATION UINT32_C(12)
/** Its contrast: the same of -w, for what inhibits in place of what excites (section 3.3) */
#define CNNVIZ_RULE_INHIBITION UINT32_C(13)
/**
 * \brief   DeepLIFT's rescale rule: R times change of output by change of input
 *
 * Changes are those from a reference pass. Of any layer: by element at activations; at max
 * pools the changes of the maxima go to their places; at all others the mean of the gradients
 * at both inputs, which is exact where the layer is linear, or a product. R and its
 * shares are multipliers: times the change of an input they are what it contributes.
 * (Shrikumar et al. 2017, section 3.5.1)
 */
#define CNNVIZ_RULE_RESCALE UINT32_C(14)
/**
 * \brief   DeepLIFT's reveal-cancel rule, of activations right behind a layer with weights
 *
 * What the positive and the negative contributions to the activation's input do to it are told
 * apart, each as the mean over both orders. Elsewhere as RESCALE. (The same, section 3.5.3)
 */
#define CNNVIZ_RULE_REVEAL_CANCEL UINT32_C(15)
/** What a function of the plugin's makes of it. Of any layer */
#define CNNVIZ_RULE_CALLBACK UINT32_C(16)

/** As a flag: the bias has no part in sums that are divided by */
#define CNNVIZ_RULE_ZERO_BIAS UINT32_C(1)

/** A layer whose relevance a callback is to share */
typedef struct cnnviz_rule_call {
	uint32_t struct_size;

	/** Its number */
	int32_t layer;

	/** Number of inputs that get a share, at least 1 */
	uint32_t input_count;
	uint32_t reserved;

	/** Values of the inputs and the output, in the network's own order of axes */
	const cnnviz_tensor *const *inputs;
	const cnnviz_tensor *output;

	/** What has come to the output, in its shape */
	const cnnviz_tensor *relevance;

	/** As of model->layer_weight(); NULL where the layer has none */
	const cnnviz_tensor *weight;
	const cnnviz_tensor *bias;

	/**
	 * \brief   The layer's true gradient, for any gradient of its output
	 *
	 * \param   gradients   Receives input_count new tensors, in the inputs' shapes
	 *
	 * \retval  CNNVIZ_OK               all of them are the caller's
	 * \retval  CNNVIZ_ERROR_MEMORY     out of memory
	 * \retval  CNNVIZ_ERROR_ENGINE     the engine failed
	 * \retval  CNNVIZ_ERROR_PLUGIN     gradient has another shape than the output
	 */
	cnnviz_status (*differentiate)(const struct cnnviz_rule_call *call,
			const cnnviz_tensor *gradient, cnnviz_tensor **gradients);

	/** The host's */
	void *host_data;
} cnnviz_rule_call;

/**
 * \brief   Share a layer's relevance among its inputs
 *
 * Called once for each layer of the rule in a backward pass, from output to input. It may
 * not make passes of its own.
 *
 * \param   context     cnnviz_rule.context
 * \param   shares      Receives call->input_count new tensors, each in its input's shape
 *
 * \return  CNNVIZ_OK, or what rule->backward() then returns.
 */
typedef cnnviz_status (*cnnviz_rule_callback)(const cnnviz_host *host, cnnviz_job *job,
		void *context, const cnnviz_rule_call *call, cnnviz_tensor **shares);

/**
 * \brief   A rule, as data
 */
typedef struct cnnviz_rule {
	uint32_t struct_size;

	/** One of CNNVIZ_RULE_* */
	uint32_t kind;

	/** 0 or CNNVIZ_RULE_ZERO_BIAS */
	uint32_t flags;
	uint32_t reserved;

	/** EPSILON to INHIBITION: what sums are stabilized by, at least 0 */
	double epsilon;

	/** GAMMA: at least 0 */
	double gamma;

	/** ALPHA_BETA: at least 0, and alpha - beta is 1 */
	double alpha;
	double beta;

	/**
	 * Z_BOX: least and greatest value of each input channel, normalized; NULL: those of
	 * pixels of 0 and 1. Copied
	 */
	const float *low;
	const float *high;

	/** CALLBACK: the function, and what it is given */
	cnnviz_rule_callback callback;
	void *context;
} cnnviz_rule;

/* ---- Composites -------------------------------------------------------- */

/* Where a layer is; any of, all of which must hold */

/** No layer with weights is in front of it */
#define CNNVIZ_AT_FIRST UINT32_C(1)
/** None is behind it, up to the logits */
#define CNNVIZ_AT_LAST UINT32_C(2)
/** A pool is behind it */
#define CNNVIZ_AT_BEFORE_POOLING UINT32_C(4)
/** None is */
#define CNNVIZ_AT_AFTER_POOLING UINT32_C(8)

/**
 * \brief   Which layers have a rule
 */
typedef struct cnnviz_rule_entry {
	/** The same in all entries of a composite */
	uint32_t struct_size;

	/** Any of CNNVIZ_AT_*; 0: wherever it is */
	uint32_t position;

	/**
	 * Words of cnnviz-network(5) with spaces between them, such as "conv2d linear". NULL:
	 * those of a rule of weights; of another rule all that it can act at
	 */
	const char *operations;

	/** This layer alone; 0: any */
	int32_t layer;
	uint32_t reserved;

	const cnnviz_rule *rule;
} cnnviz_rule_entry;

/**
 * As a flag of a composite: batch norms are merged into the convolution or linear layer right in
 * front of them where that has a rule of weights, whose weights are then those of both (zennit's canonizers)
 */
#define CNNVIZ_COMPOSITE_MERGE_NORMS UINT32_C(1)

/**
 * \brief   A map of layers to rules
 *
 * A layer has the rule of the first entry that speaks of it, and the true gradient if there
 * is none.
 */
typedef struct cnnviz_composite {
	uint32_t struct_size;

	/** 0 or CNNVIZ_COMPOSITE_MERGE_NORMS */
	uint32_t flags;

	uint32_t entry_count;
	uint32_t reserved;
	const cnnviz_rule_entry *entries;
} cnnviz_composite;

/** A composite that has been applied to a network: opaque */
typedef struct cnnviz_rules cnnviz_rules;

/**
 * \brief   Passes by rules of layers
 */
struct cnnviz_rule_api {
	uint32_t struct_size;

	/**
	 * \brief   Apply a composite to the network that is in use
	 *
	 * Prepares the weights that its rules change. They are kept: the same composite,
	 * of the same network, is prepared once in a run.
	 *
	 * \param   composite   Not needed afterwards, but for what its callbacks are given
	 * \param   rules       Receives them, lent until the function of the technique returns
	 *
	 * \retval  CNNVIZ_OK                   *rules may be used
	 * \retval  CNNVIZ_ERROR_MEMORY         out of memory
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check(), or a rule makes no sense
	 *                                      at a layer that an entry names, which the
	 *                                      reason tells
	 * \retval  CNNVIZ_ERROR_ENGINE         the engine cannot prepare the weights
	 * \retval  CNNVIZ_ERROR_PLUGIN         there is no composite, a number is out of its
	 *                                      range, or a rule, a flag, a position, an
	 *                                      operation or a layer does not exist
	 */
	cnnviz_status (*compose)(cnnviz_job *job, const cnnviz_composite *composite,
			const cnnviz_rules **rules);

	/**
	 * \brief   pass->forward(), keeping what rules need of layers
	 *
	 * \param   rules       Of the network in use
	 *
	 * \return  As pass->forward(), and CNNVIZ_ERROR_PLUGIN where there are no rules or they
	 *          are of another network.
	 */
	cnnviz_status (*forward)(cnnviz_job *job, const cnnviz_rules *rules,
			const cnnviz_tensor *input, uint32_t capture_count,
			const int32_t *captures, cnnviz_pass **pass);

	/**
	 * \brief   pass->backward() by rules of layers
	 *
	 * \param   pass        Of forward() of this table, which says by which rules
	 * \param   reference   For RESCALE and REVEAL_CANCEL: a pass of the same rules, of as
	 *                      many reference inputs; otherwise NULL
	 * \param   seeds       The relevance that layers begin with, such as a logit, or 1 for
	 *                      multipliers
	 * \param   relevance   As pass->backward()'s gradients. A layer that is merged has
	 *                      that of its batch norm
	 *
	 * \return  As pass->backward(), what a callback returned, and CNNVIZ_ERROR_PLUGIN also
	 *          where the pass has no rules, the reference is missing or does not fit, or
	 *          a callback gave shares of other shapes or none.
	 */
	cnnviz_status (*backward)(cnnviz_job *job, cnnviz_pass *pass,
			const cnnviz_pass *reference, uint32_t seed_count,
			const int32_t *seed_layers, const cnnviz_tensor *const *seeds,
			uint32_t wanted_count, const int32_t *wanted,
			cnnviz_tensor **relevance);
};

#ifdef __cplusplus
}
#endif

#endif
