/**
 * \file    cnnviz/host.h
 * \brief   What the host offers a plugin: network, gradients, pictures, results
 *
 * The host passes a cnnviz_host to each call of a plugin: small const tables of
 * functions. Tables grow at their end only; a member added after minor 0 says which
 * minor added it (see CNNVIZ_HAS).
 *
 * Ownership: `const T *` is borrowed until the function returns. A `T **` result is a
 * new reference that the caller releases with the matching unref().
 *
 * Failure: a service that fails has already recorded a sentence in the job; return its
 * status, and the host adds plugin, file and section. Results (`T **` and pointers to
 * numbers) are then unchanged, unless a function says otherwise. After
 * CNNVIZ_ERROR_PLUGIN, a misuse, the job fails even if the plugin returns success.
 *
 * Each function lists all statuses that it returns. "Called from check()" means that
 * the plugin was called through cnnviz_technique.check, before anything is computed or
 * read.
 *
 * Threads: the services may be called from the thread that the host called the plugin
 * on, and from no other.
 */
#ifndef CNNVIZ_HOST_H
#define CNNVIZ_HOST_H

#include <cnnviz/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) || defined(__clang__)
#define CNNVIZ_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define CNNVIZ_PRINTF(text, first)
#endif

/**
 * \brief   Whether a table of the host's has a member: older hosts' tables are shorter
 *
 * CNNVIZ_HAS(cnnviz_host, host, optimize). Only a plugin whose abi_minor is older than
 * that of the member can meet a host without it.
 */
#define CNNVIZ_HAS(type, table, member) \
	((table)->struct_size >= offsetof(type, member) + sizeof((table)->member))

/** A forward pass with the activations it captured: opaque */
typedef struct cnnviz_pass cnnviz_pass;

/** A stream of pseudo-random numbers: opaque */
typedef struct cnnviz_random cnnviz_random;

/** A network other than that of the run: opaque */
typedef struct cnnviz_network cnnviz_network;

/**
 * \brief   The target `not CLASS`: that there is no such class
 *
 * A target is a class index, or one of these for the negative side of that class's
 * logit. Its score is minus the logit, so its seed is -1 there, and its probability is 1
 * minus that of the class. All functions that take targets take both. A technique that
 * hands on the targets it gets needs nothing more; one that finds the logit itself, by
 * CNNVIZ_CLASS_OF(), multiplies it by CNNVIZ_SIGN_OF(). (As an index such a target lies
 * so far outside of any array that a technique which forgot it ends at once.)
 */
#define CNNVIZ_NOT(index) ((index) - (INT64_C(1) << 60))
/** Whether a target is one of CNNVIZ_NOT() */
#define CNNVIZ_IS_NOT(target) ((target) < -(INT64_C(1) << 59))
/** The class of a target of either kind */
#define CNNVIZ_CLASS_OF(target) \
	(CNNVIZ_IS_NOT(target) ? (target) + (INT64_C(1) << 60) : (target))
/** 1 for a class, -1 for CNNVIZ_NOT() */
#define CNNVIZ_SIGN_OF(target) (CNNVIZ_IS_NOT(target) ? -1 : 1)

/**
 * \brief   The target of a job whose key `neuron` names one in place of a class
 *
 * Only the host makes such targets; all of a batch are then the same one. While a technique
 * works on them, CNNVIZ_LAYER_LOGITS is the neuron's layer, so that a pass ends there, and
 * what host->objective calls logits is that layer's activation: the logit and the
 * probabilities of the target are all the neuron's value, at its place or summed over those
 * of its channel. A technique that hands on the targets it gets needs nothing more; one that
 * compares classes says so (CNNVIZ_ASKS_CLASSES). As an index it lies outside of any array.
 */
#define CNNVIZ_NEURON(index) ((index) + (INT64_C(1) << 60))
/** Whether a target is one of CNNVIZ_NEURON() */
#define CNNVIZ_IS_NEURON(target) ((target) >= (INT64_C(1) << 59))

/** Optimizing inputs: see cnnviz/optimize.h */
typedef struct cnnviz_optimize_api cnnviz_optimize_api;

/** Backward rules for layers: see cnnviz/rules.h */
typedef struct cnnviz_rule_api cnnviz_rule_api;

/**
 * \brief   Inputs that are processed together
 */
typedef struct cnnviz_batch {
	uint32_t struct_size;

	/** N, at least 1 */
	uint32_t count;

	/** (N,C,H,W), normalized as the network expects it (model->normalization()) */
	const cnnviz_tensor *inputs;

	/**
	 * N targets: classes from 0 up to model->class_count(), or CNNVIZ_NOT() of one; or N
	 * times the same CNNVIZ_NEURON()
	 */
	const int64_t *targets;

	/**
	 * N numbers that identify the inputs, for random->create(): a picture has the
	 * same number in every batch. The host's are below 2^32; an input that a
	 * technique derives from a picture keeps these 32 bits, and may have others
	 * above them.
	 */
	const uint64_t *streams;
} cnnviz_batch;

/* ---- Parameters ------------------------------------------------------- */

/**
 * \brief   Values of the parameters that the technique declared
 *
 * The host has parsed and checked them. Asking for a name or type that was not declared,
 * or for an item that a list does not have, gives 0, false or "" and is a misuse.
 */
typedef struct cnnviz_parameter_api {
	uint32_t struct_size;

	/** \brief  Whether there is a value (always true with a default) */
	bool (*is_set)(const cnnviz_job *job, const char *name);

	/** \brief  Value of a BOOL; false where it is not set */
	bool (*boolean)(const cnnviz_job *job, const char *name);

	/**
	 * \brief   Value of an INT; index of an ENUM's choice; layer of a LAYER;
	 *          index of a CLASS, or CNNVIZ_NOT() of it; number of a CHANNEL;
	 *          0xRRGGBB of a COLOR
	 *
	 * \return  0 where it is not set.
	 */
	int64_t (*integer)(const cnnviz_job *job, const char *name);

	/** \brief  Value of a FLOAT or INT; 0 where it is not set */
	double (*real)(const cnnviz_job *job, const char *name);

	/**
	 * \brief   Text of any type; a PATH is absolute, a LAYER has its own name
	 *
	 * \return  "" where it is not set; borrowed, valid as long as the job.
	 */
	const char *(*text)(const cnnviz_job *job, const char *name);

	/**
	 * \brief   Number of values of a parameter with CNNVIZ_PARAMETER_LIST
	 *
	 * \return  0 where it is not set, and for `all` where CNNVIZ_PARAMETER_ALL allows
	 *          it (is_set() tells them apart).
	 */
	uint32_t (*list_count)(const cnnviz_job *job, const char *name);

	/**
	 * \brief   integer(), real() and text() of one value of a list
	 *
	 * \param   index   0 up to list_count()
	 */
	int64_t (*list_integer)(const cnnviz_job *job, const char *name, uint32_t index);
	double (*list_real)(const cnnviz_job *job, const char *name, uint32_t index);
	const char *(*list_text)(const cnnviz_job *job, const char *name, uint32_t index);
} cnnviz_parameter_api;

/* ---- Network ---------------------------------------------------------- */

/** The network's input, as a layer */
#define CNNVIZ_LAYER_INPUT INT32_C(0)
/** The class scores before any softmax or sigmoid, as a layer; or see CNNVIZ_NEURON() */
#define CNNVIZ_LAYER_LOGITS INT32_C(-1)
/** No such layer */
#define CNNVIZ_LAYER_NONE INT32_C(-2)

/** What layers multiply by; of a batch normalization, the scale */
#define CNNVIZ_WEIGHT UINT32_C(0)
/** What they add then */
#define CNNVIZ_BIAS UINT32_C(1)
/** Mean and variance that a batch normalization takes its input to have */
#define CNNVIZ_RUNNING_MEAN UINT32_C(2)
#define CNNVIZ_RUNNING_VAR UINT32_C(3)

/* How model->perturbed() changes weights */

/** Weights and biases are each multiplied by 1 + amount * n, with normal n (NoiseGrad) */
#define CNNVIZ_PERTURB_NOISE UINT32_C(0)
/** Those of one layer are drawn anew, as `weights = random` draws them */
#define CNNVIZ_PERTURB_LAYER UINT32_C(1)
/** Those of a layer and of all behind it are (cascading randomization) */
#define CNNVIZ_PERTURB_CASCADE UINT32_C(2)

/**
 * \brief   Facts about the network of the run, or of the one that is in use instead
 *
 * A layer is a number: that of a leaf such as features.12 or of a block such as
 * layer3, which stands for its last leaf. Numbers rise from input to output. Where it is
 * known which values of a layer are at which position of the picture, the layer is
 * (C,h,w) in all services, whatever its order in the network: the tokens of a transformer,
 * without class tokens, and maps with channels last, too. Texts are
 * borrowed, valid as long as the job. None of these functions fails, but for those that
 * return a status.
 */
typedef struct cnnviz_model_api {
	uint32_t struct_size;

	/** \brief  Name of the architecture, such as "vgg16" */
	const char *(*name)(const cnnviz_job *job);

	/** \brief  Layer by name, or CNNVIZ_LAYER_NONE */
	int32_t (*find_layer)(const cnnviz_job *job, const char *name);

	/** \brief  Number of layers, the input (0) included */
	int32_t (*layer_count)(const cnnviz_job *job);

	/** \brief  Name of a layer, or NULL for one that does not exist */
	const char *(*layer_name)(const cnnviz_job *job, int32_t layer);

	/** \brief  Operation of a layer, such as "conv2d", or NULL as above */
	const char *(*layer_operation)(const cnnviz_job *job, int32_t layer);

	/**
	 * \brief   Shape of a layer's output for one input of the default size
	 *
	 * \param   shape   Receives up to CNNVIZ_MAX_RANK extents, without the batch's:
	 *                  C,h,w or features; or others where positions are not known, as
	 *                  of a transformer's windows
	 *
	 * \return  The number of extents; 0 for a layer that does not exist, when shape is
	 *          unchanged.
	 */
	uint32_t (*layer_shape)(const cnnviz_job *job, int32_t layer, int64_t *shape);

	/**
	 * \brief   Layers that a layer takes its input from
	 *
	 * \param   room    Number of layers that there is room for
	 * \param   inputs  Receives up to room layers, in the operation's order; may be
	 *                  NULL with a room of 0
	 *
	 * \return  How many there are, which may be more than room; 0 of the input, and of
	 *          a layer that does not exist.
	 */
	uint32_t (*layer_inputs)(const cnnviz_job *job, int32_t layer, uint32_t room,
			int32_t *inputs);

	/**
	 * \brief   A setting of a layer's operation, as numbers
	 *
	 * \param   name    As in cnnviz-network(5): "stride" has two numbers, height and
	 *                  width; "padding" has four, top, bottom, left and right. A choice
	 *                  is its index among the words there, yes is 1 and no is 0
	 * \param   room    Number of numbers that there is room for
	 * \param   values  Receives up to room numbers; may be NULL with a room of 0
	 *
	 * \return  How many there are; 0 where the operation has no such setting, and of a
	 *          layer that does not exist.
	 */
	uint32_t (*layer_setting)(const cnnviz_job *job, int32_t layer, const char *name,
			uint32_t room, double *values);

	/**
	 * \brief   Weights of a layer
	 *
	 * \param   role    One of CNNVIZ_WEIGHT to CNNVIZ_RUNNING_VAR
	 *
	 * \return  Read-only, borrowed, valid as long as the job, in PyTorch's shape:
	 *          (out,in/groups,kh,kw) of a convolution, (out,in) of a linear layer,
	 *          (channels). NULL where the layer has none of the role or does not exist.
	 */
	const cnnviz_tensor *(*layer_weight)(const cnnviz_job *job, int32_t layer,
			uint32_t role);

	/**
	 * \brief   What a layer adds to each channel of its output, whatever its input
	 *
	 * The bias of a convolution or linear layer; of a batch normalization also what
	 * comes of its mean: bias - mean * weight / sqrt(variance + eps). The gradient of
	 * an objective with respect to it is that with respect to the layer's output,
	 * summed over the positions: with these FullGrad needs no more (Srinivas & Fleuret
	 * 2019), and a network of ReLUs is complete: its logit is the sum of input times
	 * gradient and of all these numbers times theirs.
	 *
	 * \param   offset  Receives a new tensor (channels), or NULL where the layer adds
	 *                  nothing
	 *
	 * \retval  CNNVIZ_OK                   *offset is the caller's
	 * \retval  CNNVIZ_ERROR_MEMORY         out of memory
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check()
	 * \retval  CNNVIZ_ERROR_PLUGIN         the layer does not exist
	 */
	cnnviz_status (*layer_offset)(cnnviz_job *job, int32_t layer,
			cnnviz_tensor **offset);

	/**
	 * \brief   Layers whose values are needed beside that of one layer
	 *
	 * What lies behind a layer may take more than that layer's value: in a residual
	 * block, what the block starts with, and elsewhere other branches. A pass that
	 * pass->forward_from() is to start from must capture these layers. There are
	 * none where everything goes through the layer, as behind a whole block.
	 *
	 * \param   last    Layer up to which the network is run, such as
	 *                  CNNVIZ_LAYER_LOGITS. If it does not depend on the layer, it is
	 *                  the only one listed
	 * \param   room    Number of layers that there is room for
	 * \param   layers  Receives up to room layers, from input to output; may be NULL
	 *                  with a room of 0
	 *
	 * \return  How many there are, which may be more than room; 0 where either layer
	 *          does not exist.
	 */
	uint32_t (*side_layers)(const cnnviz_job *job, int32_t layer, int32_t last,
			uint32_t room, int32_t *layers);

	/** \brief  Number of classes */
	int64_t (*class_count)(const cnnviz_job *job);

	/**
	 * \brief   Name of a target: of a class (its number where there are no labels),
	 *          or "not NAME"
	 *
	 * \return  NULL for a class that does not exist.
	 */
	const char *(*class_name)(const cnnviz_job *job, int64_t target);

	/**
	 * \brief   How pixel values 0..1 become input values: (v - mean) / std
	 *
	 * \param   channel     0 up to the input's channels; others get 0 and 1
	 * \param   mean, std   In units of pixel values
	 */
	void (*normalization)(const cnnviz_job *job, uint32_t channel, float *mean,
			float *std);

	/**
	 * \brief   How many inputs the user wants in one pass: `[run] batch`, at least 1
	 *
	 * A technique that makes inputs of its own gives pass->forward() and the like as
	 * many at a time, so that it needs no more memory than the run allows; fewer are
	 * always right. Batches of pictures are never larger, but may be smaller.
	 */
	uint32_t (*batch)(const cnnviz_job *job);

	/**
	 * \brief   The network that is in use, with changed weights
	 *
	 * The network itself keeps its weights. The new one has its layers and takes its
	 * inputs; use() lets the services speak of it.
	 *
	 * \param   change      One of CNNVIZ_PERTURB_*
	 * \param   layer       Of LAYER and CASCADE: a layer with weights. A batch
	 *                      normalization right behind a convolution is drawn anew with
	 *                      it, and by itself only where nothing is in front of it
	 * \param   amount      Of NOISE: the deviation, at least 0; statistics of batch
	 *                      normalizations have none
	 * \param   random      Stream that the numbers come from: equal streams give equal
	 *                      networks
	 * \param   network     Receives it; release it with unref()
	 *
	 * \retval  CNNVIZ_OK                   *network is the caller's
	 * \retval  CNNVIZ_ERROR_MEMORY         out of memory
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check()
	 * \retval  CNNVIZ_ERROR_ENGINE         the engine cannot prepare the network
	 * \retval  CNNVIZ_ERROR_PLUGIN         the change is unknown, the layer has no
	 *                                      weights or does not exist, the amount is
	 *                                      negative or there is no stream
	 */
	cnnviz_status (*perturbed)(cnnviz_job *job, uint32_t change, int32_t layer,
			double amount, cnnviz_random *random, cnnviz_network **network);

	/**
	 * \brief   The network that a parameter of type NETWORK names
	 *
	 * \param   parameter   Its name
	 * \param   network     Receives it; release it with unref()
	 *
	 * \retval  CNNVIZ_OK                   *network is the caller's
	 * \retval  CNNVIZ_ERROR_INPUT          the parameter is not set
	 * \retval  CNNVIZ_ERROR_MEMORY         out of memory
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check()
	 * \retval  CNNVIZ_ERROR_ENGINE         the engine cannot prepare the network
	 * \retval  CNNVIZ_ERROR_PLUGIN         the technique has no such parameter of this
	 *                                      type
	 */
	cnnviz_status (*open)(cnnviz_job *job, const char *parameter,
			cnnviz_network **network);

	/**
	 * \brief   Which network the services speak of from now on
	 *
	 * model, pass and objective do, image->normalize() and denormalize() too, and so
	 * do those of a technique that attribution->run() calls, so that its maps are
	 * those of this network; until use() is called again or the function returns. The
	 * batch's inputs and targets stay those of the run. A pass stays one of the network
	 * that it was made with, and may be used at any time.
	 *
	 * \param   network     Of perturbed() or open(); NULL: that of the run. May be
	 *                      released while it is in use
	 */
	void (*use)(cnnviz_job *job, cnnviz_network *network);

	/** \brief  Release a network. NULL is allowed. */
	void (*unref)(cnnviz_network *network);

	/**
	 * \brief   Shape of an attention's weights, for one input of the default size
	 *
	 * Of the operation `attention`, which transformers mix their tokens by.
	 *
	 * \param   shape   Receives up to 4 extents, without the batch's: (heads,queries,
	 *                  keys); or (windows,heads,queries,keys) where tokens see those of
	 *                  their window alone. Each row of keys sums to 1
	 *
	 * \return  The number of extents; 0 for a layer that is no attention or does not
	 *          exist, when shape is unchanged.
	 */
	uint32_t (*attention_shape)(const cnnviz_job *job, int32_t layer, int64_t *shape);

	/**
	 * \brief   Where the keys of an attention lie in the picture
	 *
	 * \param   grid    Receives 3 numbers: class tokens and the like, which come first,
	 *                  then rows and columns of the positions that follow, row by row.
	 *                  Further keys may come behind them
	 *
	 * \return  3; 0 where it is not known, as within windows, and of a layer that is no
	 *          attention or does not exist, when grid is unchanged.
	 */
	uint32_t (*attention_grid)(const cnnviz_job *job, int32_t layer, int64_t grid[3]);
} cnnviz_model_api;

/* ---- Passes ----------------------------------------------------------- */

/** The true gradient */
#define CNNVIZ_RULE_PLAIN UINT32_C(0)
/** Guided backpropagation: at each ReLU, g * [g > 0] * [x > 0] */
#define CNNVIZ_RULE_GUIDED UINT32_C(1)
/** Deconvnet: at each ReLU, g * [g > 0], whatever the forward pass did */
#define CNNVIZ_RULE_DECONVNET UINT32_C(2)
/**
 * \brief   Redirected: a gradient to climb by where the true one is stopped
 *
 * At a ReLU that would pass nothing at all of an input's gradient, g * [g > 0] where
 * x <= 0; at a ReLU6 also g * [g < 0] where x >= 6: what leads out of the flat part.
 * Every other input and every other operation has the true gradient. Seeds must be the
 * gradient of something that is to rise. (Lucid, misc/redirected_relu_grad.py)
 */
#define CNNVIZ_RULE_REDIRECTED UINT32_C(3)

/**
 * \brief   As a flag of forward_from(): no backward pass will follow
 *
 * Nothing is kept for one, so that the pass needs less memory: about that of its two
 * largest layers in place of that of all. forward_only() is forward() with it.
 */
#define CNNVIZ_PASS_FORWARD_ONLY UINT32_C(1)

/**
 * \brief   Forward passes with captures, backward passes with any seeds
 *
 * Gradients come in two steps, so that any objective is possible: read the captured
 * activations, compute the gradient of the objective with respect to them
 * (cnnviz_objective_api has the common ones), and pass it back as a seed. Weights never
 * take part in the gradients, and no pass changes a later one.
 */
typedef struct cnnviz_pass_api {
	uint32_t struct_size;

	/**
	 * \brief   Run the network up to the deepest captured layer
	 *
	 * \param   input           (N,C,H,W), normalized; kept by reference
	 * \param   capture_count   At least 1
	 * \param   captures        Layers whose activations are requested; copied
	 * \param   pass            Receives the pass; release it with unref()
	 *
	 * \retval  CNNVIZ_OK                   *pass is the caller's
	 * \retval  CNNVIZ_ERROR_INPUT          the network does not support inputs of
	 *                                      this size
	 * \retval  CNNVIZ_ERROR_MEMORY         out of memory
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check()
	 * \retval  CNNVIZ_ERROR_ENGINE         the engine failed
	 * \retval  CNNVIZ_ERROR_PLUGIN         input is not (N,C,H,W) with the
	 *                                      network's C, nothing is to be captured,
	 *                                      or a layer does not exist
	 * \retval  CNNVIZ_ERROR_CANCELED       the user interrupted the run
	 */
	cnnviz_status (*forward)(cnnviz_job *job, const cnnviz_tensor *input,
			uint32_t capture_count, const int32_t *captures,
			cnnviz_pass **pass);

	/**
	 * \brief   Run the rest of the network from a changed activation
	 *
	 * Runs what lies behind a layer, up to the deepest captured one, on M variants of
	 * the N items of an earlier pass: there may be more of them than items. Nothing
	 * before the layer is run again. What goes around the layer, as a skip connection
	 * does, has the values of the earlier pass, repeated for the variants; that pass
	 * must have captured the layers which these come from (model->side_layers()).
	 *
	 * The result is a pass like any other. Its gradients end at the layer, which may
	 * be requested without having been captured. With an unchanged activation of as
	 * many items, the values are those of the earlier pass: to the last bit with
	 * libtorch on the CPU, unless the layer is a convolution that is computed along
	 * with the normalization behind it; otherwise within rounding.
	 *
	 * \param   pass            Of forward() or forward_from(); not changed
	 * \param   layer           A layer that it has run
	 * \param   activation      (M,C,h,w) or (M,features), in the layer's shape; kept by
	 *                          reference. Class tokens keep their values, so that the
	 *                          earlier pass must have captured a layer that has some
	 * \param   items           For each variant the item of the pass that it is a
	 *                          variant of. NULL: M is a multiple of N, and the first
	 *                          M/N variants are those of item 0, and so on
	 * \param   flags           0 or CNNVIZ_PASS_FORWARD_ONLY
	 * \param   capture_count   At least 1
	 * \param   captures        Layers whose activations are requested; copied. One that
	 *                          does not depend on the layer has the values that the
	 *                          earlier pass captured
	 * \param   variants        Receives the pass; release it with unref(). It does not
	 *                          need the earlier one
	 *
	 * \retval  CNNVIZ_OK                   *variants is the caller's
	 * \retval  CNNVIZ_ERROR_INPUT          a layer behind the captures of the earlier
	 *                                      pass does not support inputs of this size
	 * \retval  CNNVIZ_ERROR_MEMORY         out of memory; fewer variants need less
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check()
	 * \retval  CNNVIZ_ERROR_ENGINE         the engine failed
	 * \retval  CNNVIZ_ERROR_PLUGIN         there is no pass, it has not run the layer or
	 *                                      not captured it where it has class tokens,
	 *                                      or one that goes around it, no
	 *                                      capture depends on it, or one takes its
	 *                                      switches (unpooling), the
	 *                                      activation is of another shape, an item does
	 *                                      not exist or M is not a multiple of N, a flag
	 *                                      is unknown, nothing is to be captured, or a
	 *                                      layer does not exist
	 * \retval  CNNVIZ_ERROR_CANCELED       the user interrupted the run
	 */
	cnnviz_status (*forward_from)(cnnviz_job *job, const cnnviz_pass *pass,
			int32_t layer, const cnnviz_tensor *activation,
			const uint32_t *items, uint32_t flags, uint32_t capture_count,
			const int32_t *captures, cnnviz_pass **variants);

	/**
	 * \brief   Activation of a captured layer
	 *
	 * \return  In the layer's shape, borrowed as long as the pass. NULL where
	 *          the layer was not captured, and where the engine cannot give it, which
	 *          makes the job fail with CNNVIZ_ERROR_ENGINE or CNNVIZ_ERROR_MEMORY.
	 */
	const cnnviz_tensor *(*activation)(const cnnviz_pass *pass, int32_t layer);

	/**
	 * \brief   Run the network backward from seeds to the requested layers
	 *
	 * Goes back no further than the shallowest requested layer. May be called
	 * several times on one pass, with different seeds and rules.
	 *
	 * \param   rule            One of CNNVIZ_RULE_*
	 * \param   seed_count      At least 1
	 * \param   seed_layers     Captured layers
	 * \param   seeds           For each, the gradient of the objective with
	 *                          respect to its activation, in its shape
	 * \param   wanted_count    At least 1
	 * \param   wanted          Layers whose gradients are requested: captured ones,
	 *                          and the one that the pass began with
	 *                          (CNNVIZ_LAYER_INPUT, or the layer of forward_from())
	 * \param   gradients       Receives wanted_count new tensors, each of the shape
	 *                          of its layer's activation; zeros where no seed
	 *                          depends on the layer
	 *
	 * \retval  CNNVIZ_OK                   all gradients are the caller's
	 * \retval  CNNVIZ_ERROR_MEMORY         out of memory
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check()
	 * \retval  CNNVIZ_ERROR_ENGINE         the engine failed
	 * \retval  CNNVIZ_ERROR_PLUGIN         the rule is unknown, there is no seed or
	 *                                      no layer to differentiate to, a layer
	 *                                      was not captured, a seed has another
	 *                                      shape than its activation, the pass was
	 *                                      made with CNNVIZ_PASS_FORWARD_ONLY, or it
	 *                                      is one of the batch's inputs and the
	 *                                      technique asks for activations alone
	 *                                      (CNNVIZ_ASKS_ACTIVATIONS)
	 * \retval  CNNVIZ_ERROR_CANCELED       the user interrupted the run
	 */
	cnnviz_status (*backward)(cnnviz_job *job, cnnviz_pass *pass, uint32_t rule,
			uint32_t seed_count, const int32_t *seed_layers,
			const cnnviz_tensor *const *seeds, uint32_t wanted_count,
			const int32_t *wanted, cnnviz_tensor **gradients);

	/** \brief  Release a pass. NULL is allowed. */
	void (*unref)(cnnviz_pass *pass);

	/**
	 * \brief   Gradient of each input's target logit with respect to a layer
	 *
	 * Forward to the logits, backward to the layer. Warns, once for each
	 * picture, where the gradient is zero everywhere, naming the class.
	 *
	 * \param   rule            One of CNNVIZ_RULE_*
	 * \param   layer           Layer to differentiate to
	 * \param   activation      Receives a new reference to its activation, or NULL
	 * \param   gradient        Receives the gradient, in its shape
	 *
	 * \retval  CNNVIZ_OK                   *gradient, and *activation if it is not
	 *                                      NULL, are the caller's
	 * \retval  CNNVIZ_ERROR_INPUT          the network does not support inputs of
	 *                                      this size
	 * \retval  CNNVIZ_ERROR_MEMORY         out of memory
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check()
	 * \retval  CNNVIZ_ERROR_ENGINE         the engine failed
	 * \retval  CNNVIZ_ERROR_PLUGIN         batch is not count inputs (N,C,H,W) with a
	 *                                      target each that is a class, the rule is
	 *                                      unknown or the layer does not exist
	 * \retval  CNNVIZ_ERROR_CANCELED       the user interrupted the run
	 */
	cnnviz_status (*logit_gradient)(cnnviz_job *job, const cnnviz_batch *batch,
			uint32_t rule, int32_t layer, cnnviz_tensor **activation,
			cnnviz_tensor **gradient);

	/**
	 * \brief   forward(), after which no backward pass follows
	 *
	 * As forward(), with CNNVIZ_PASS_FORWARD_ONLY: backward() refuses the pass, and
	 * forward_from() and hessian_product() may start from it. What looks at values
	 * alone, as occlusion does, gets more inputs into the same memory.
	 *
	 * \return  As forward().
	 */
	cnnviz_status (*forward_only)(cnnviz_job *job, const cnnviz_tensor *input,
			uint32_t capture_count, const int32_t *captures,
			cnnviz_pass **pass);

	/**
	 * \brief   How the gradient at a layer changes along a direction
	 *
	 * The Hessian of the sum over seeds of <seed, activation>, with respect to the
	 * activation of the layer and with the seeds held fixed, times the direction.
	 * Runs what lies behind the layer once forward and twice backward, on the values
	 * that the pass has captured.
	 *
	 * It is no difference of gradients of the network, which would cross edges of
	 * rectifiers: libtorch's engine differentiates each operation's own backward
	 * formula; the reference engine takes differences of single operations, in
	 * double precision, right to about 1e-9. Rectifiers, maxima and what else is made
	 * of straight pieces has no second derivative, so behind the last smooth
	 * activation, product or normalization by the input itself all is zero.
	 *
	 * \param   pass            Of forward(), forward_only() or forward_from(); not
	 *                          changed. It has captured the layer, those that go around
	 *                          it (model->side_layers()) and those of the seeds
	 * \param   layer           Layer whose activation varies
	 * \param   seed_count      At least 1
	 * \param   seed_layers     Captured layers behind that one
	 * \param   seeds           As of backward()
	 * \param   direction       In the shape of the layer's activation
	 * \param   product         Receives a new tensor of that shape
	 *
	 * \retval  CNNVIZ_OK                   *product is the caller's
	 * \retval  CNNVIZ_ERROR_MEMORY         out of memory; fewer inputs need less
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check(), or the engine has no
	 *                                      second derivative of an operation behind the
	 *                                      layer, which the reason names (max_unpool2d
	 *                                      with libtorch)
	 * \retval  CNNVIZ_ERROR_ENGINE         the engine failed
	 * \retval  CNNVIZ_ERROR_PLUGIN         there is no pass or no seed, a layer was not
	 *                                      captured, no seed depends on the layer, or a
	 *                                      seed or the direction has another shape than
	 *                                      its activation
	 * \retval  CNNVIZ_ERROR_CANCELED       the user interrupted the run
	 */
	cnnviz_status (*hessian_product)(cnnviz_job *job, const cnnviz_pass *pass,
			int32_t layer, uint32_t seed_count, const int32_t *seed_layers,
			const cnnviz_tensor *const *seeds, const cnnviz_tensor *direction,
			cnnviz_tensor **product);

	/**
	 * \brief   Weights of an attention
	 *
	 * How much of each key's value each query takes, after the softmax. Passes do not
	 * compute them as a whole: they are computed now, and again with each call.
	 *
	 * \param   pass        Has captured the layer
	 * \param   layer       One with a model->attention_shape()
	 * \param   weights     Receives a new tensor (N,heads,queries,keys) or
	 *                      (N,windows,heads,queries,keys)
	 *
	 * \retval  CNNVIZ_OK                   *weights is the caller's
	 * \retval  CNNVIZ_ERROR_MEMORY         out of memory
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check()
	 * \retval  CNNVIZ_ERROR_ENGINE         the engine failed
	 * \retval  CNNVIZ_ERROR_PLUGIN         there is no pass, or the layer is no attention
	 *                                      that it has captured
	 * \retval  CNNVIZ_ERROR_CANCELED       the user interrupted the run
	 */
	cnnviz_status (*attention)(cnnviz_job *job, const cnnviz_pass *pass,
			int32_t layer, cnnviz_tensor **weights);

	/**
	 * \brief   Run the network backward from seeds to the weights of attentions
	 *
	 * The true gradient, as of backward() with CNNVIZ_RULE_PLAIN: what a change of a
	 * weight alone would do, whatever its row then sums to.
	 *
	 * \param   seed_count      At least 1
	 * \param   seed_layers     Captured layers
	 * \param   seeds           As of backward()
	 * \param   wanted_count    At least 1
	 * \param   wanted          Captured layers with a model->attention_shape()
	 * \param   gradients       Receives wanted_count new tensors, each of the shape that
	 *                          attention() gives; zeros where no seed depends on the layer
	 *
	 * \retval  CNNVIZ_OK                   all gradients are the caller's
	 * \retval  CNNVIZ_ERROR_MEMORY         out of memory
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check()
	 * \retval  CNNVIZ_ERROR_ENGINE         the engine failed
	 * \retval  CNNVIZ_ERROR_PLUGIN         there is no pass, no seed or no layer, a layer
	 *                                      was not captured or is no attention, a seed
	 *                                      has another shape than its activation, or the
	 *                                      pass was made without backward passes to
	 *                                      follow, as of backward()
	 * \retval  CNNVIZ_ERROR_CANCELED       the user interrupted the run
	 */
	cnnviz_status (*attention_gradients)(cnnviz_job *job, cnnviz_pass *pass,
			uint32_t seed_count, const int32_t *seed_layers,
			const cnnviz_tensor *const *seeds, uint32_t wanted_count,
			const int32_t *wanted, cnnviz_tensor **gradients);
} cnnviz_pass_api;

/**
 * \brief   Common objectives: their values and their seeds
 *
 * Each takes an activation of N inputs and gives one value for each input (values has
 * room for N, or is NULL) and a seed for pass->backward(): the gradient of the sum of
 * the values with respect to the activation, in its shape. Where seed is NULL, none is
 * computed. On failure some values may have been written.
 *
 * Logits are (N,classes), or (N,classes,h,w) of a segmentation network. For the latter
 * a target is the class within a region, as the key `region` says: where the class has
 * the highest of these logits (everywhere if it nowhere has), the whole picture, or a
 * mask. logit() is then the sum over the region, probability() and log_probability()
 * are means. Those of a detector are (N,classes,1,boxes), and the region is one of the
 * boxes, by default the one that has the class's highest logit.
 *
 * Where a job's key `objective` asks for features in place of classes, logit(), the
 * probabilities of targets and those of batches are all the similarity to a reference, or
 * half the squared norm, of what is given as logits, whatever the targets are.
 */
typedef struct cnnviz_objective_api {
	uint32_t struct_size;

	/**
	 * \brief   Logit of a target
	 *
	 * \param   logits      Activation of CNNVIZ_LAYER_LOGITS
	 * \param   targets     N targets; the value of CNNVIZ_NOT() is minus the logit
	 *
	 * \retval  CNNVIZ_OK                   *seed is the caller's
	 * \retval  CNNVIZ_ERROR_MEMORY         out of memory
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check()
	 * \retval  CNNVIZ_ERROR_PLUGIN         logits are not of the network's rank, or a
	 *                                      target is not one of their classes
	 */
	cnnviz_status (*logit)(cnnviz_job *job, const cnnviz_tensor *logits,
			const int64_t *targets, double *values, cnnviz_tensor **seed);

	/**
	 * \brief   Probability of a target, 0..1; statuses as of logit()
	 *
	 * The softmax of its logit among all, or for a network whose classes do not
	 * exclude one another (and one with a single logit) the sigmoid of its own, as
	 * the key `activation` says. That of CNNVIZ_NOT() is 1 minus that of the class.
	 */
	cnnviz_status (*probability)(cnnviz_job *job, const cnnviz_tensor *logits,
			const int64_t *targets, double *values, cnnviz_tensor **seed);

	/**
	 * \brief   Natural logarithm of probability()
	 *
	 * Its gradient does not vanish while the probability is small, and where that of
	 * the target's logit is zero, the other classes still have one. Statuses as of
	 * logit().
	 */
	cnnviz_status (*log_probability)(cnnviz_job *job, const cnnviz_tensor *logits,
			const int64_t *targets, double *values, cnnviz_tensor **seed);

	/**
	 * \brief   logit() of a batch's targets, within the regions of the batch's
	 *          pictures
	 *
	 * If the region of a target is the one that a segmentation network predicts, it
	 * is predicted for the picture that batch->streams identifies, not for the
	 * inputs. So the objective is the same for noisy copies or blends of a picture.
	 *
	 * \retval  CNNVIZ_OK                   *seed is the caller's
	 * \retval  CNNVIZ_ERROR_INPUT          the regions have to be predicted, and
	 *                                      the network does not support the
	 *                                      pictures' size; or the reference of the
	 *                                      job's objective does not fit
	 * \retval  CNNVIZ_ERROR_MEMORY         out of memory
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check()
	 * \retval  CNNVIZ_ERROR_ENGINE         the engine failed while predicting the
	 *                                      regions
	 * \retval  CNNVIZ_ERROR_PLUGIN         logits are not of the network's rank or not
	 *                                      of as many items as the batch, or a target
	 *                                      is not one of their classes
	 * \retval  CNNVIZ_ERROR_CANCELED       the user interrupted the run
	 */
	cnnviz_status (*batch_logit)(cnnviz_job *job, const cnnviz_batch *batch,
			const cnnviz_tensor *logits, double *values,
			cnnviz_tensor **seed);

	/**
	 * \brief   probability() of a batch's targets, within the regions of the batch's
	 *          pictures
	 *
	 * Otherwise as batch_logit(), with its statuses. With seed NULL it is all that
	 * a technique needs which changes pictures and looks at what comes out.
	 */
	cnnviz_status (*batch_probability)(cnnviz_job *job, const cnnviz_batch *batch,
			const cnnviz_tensor *logits, double *values,
			cnnviz_tensor **seed);

	/**
	 * \brief   Mean over space of one channel
	 *
	 * \param   activation  (N,C,h,w) or (N,C)
	 * \param   channel     0 up to C
	 *
	 * \retval  CNNVIZ_OK                   *seed is the caller's
	 * \retval  CNNVIZ_ERROR_INPUT          there is no such channel
	 * \retval  CNNVIZ_ERROR_MEMORY         out of memory
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check()
	 * \retval  CNNVIZ_ERROR_PLUGIN         activation is of another rank
	 */
	cnnviz_status (*channel_mean)(cnnviz_job *job, const cnnviz_tensor *activation,
			int64_t channel, double *values, cnnviz_tensor **seed);

	/**
	 * \brief   Mean over space of one channel, different for each input
	 *
	 * \param   channels    N channels; otherwise as channel_mean()
	 */
	cnnviz_status (*channel_means)(cnnviz_job *job, const cnnviz_tensor *activation,
			const int64_t *channels, double *values, cnnviz_tensor **seed);

	/**
	 * \brief   Half the squared Euclidean norm
	 *
	 * \param   activation  (N,...)
	 *
	 * \retval  CNNVIZ_OK                   *seed is the caller's
	 * \retval  CNNVIZ_ERROR_MEMORY         out of memory
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check()
	 * \retval  CNNVIZ_ERROR_PLUGIN         activation is NULL
	 */
	cnnviz_status (*half_squared_norm)(cnnviz_job *job,
			const cnnviz_tensor *activation, double *values,
			cnnviz_tensor **seed);

	/**
	 * \brief   The probabilities of all classes, not as an objective
	 *
	 * \param   logits          (N,classes) or (N,classes,h,w), of any number of
	 *                          classes
	 * \param   probabilities   Receives a new tensor of their shape, 0..1. Those of
	 *                          one input, or of one of its positions, sum to 1
	 *                          unless each is a sigmoid (see probability())
	 *
	 * \retval  CNNVIZ_OK                   *probabilities is the caller's
	 * \retval  CNNVIZ_ERROR_MEMORY         out of memory
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check()
	 * \retval  CNNVIZ_ERROR_PLUGIN         logits are of another rank
	 */
	cnnviz_status (*probabilities)(cnnviz_job *job, const cnnviz_tensor *logits,
			cnnviz_tensor **probabilities);

	/**
	 * \brief   Cosine similarity to features, -1..1
	 *
	 * The scalar product of an input's activation and the reference, divided by the
	 * product of their Euclidean norms; where one of them is 0, so are the value and
	 * its gradient.
	 *
	 * \param   activation  (N,...)
	 * \param   reference   (1,...) or (N,...), otherwise in the activation's shape
	 *
	 * \retval  CNNVIZ_OK                   *seed is the caller's
	 * \retval  CNNVIZ_ERROR_MEMORY         out of memory
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check()
	 * \retval  CNNVIZ_ERROR_PLUGIN         activation or reference is NULL, or their
	 *                                      shapes do not fit together
	 */
	cnnviz_status (*similarity)(cnnviz_job *job, const cnnviz_tensor *activation,
			const cnnviz_tensor *reference, double *values,
			cnnviz_tensor **seed);
} cnnviz_objective_api;

/* ---- Maps of other jobs ------------------------------------------------ */

/**
 * \brief   Techniques that build on other attribution jobs
 */
typedef struct cnnviz_attribution_api {
	uint32_t struct_size;

	/**
	 * \brief   Maps of another job
	 *
	 * \param   parameter   Name of a parameter of type JOB
	 * \param   batch       The batch the plugin was given (then the maps are shared
	 *                      with all jobs that request them) or one of its own
	 * \param   maps        Receives (N,C,h,w), borrowed: maps of the batch that the
	 *                      plugin was given until it returns, maps of one of its
	 *                      own until it requests such maps again, so that many
	 *                      samples need little memory
	 *
	 * \retval  CNNVIZ_OK                   *maps can be read
	 * \retval  CNNVIZ_ERROR_INPUT          the parameter is not set, or its job has
	 *                                      no maps
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check(), or the other one
	 *                                      has failed before, or it keeps data of
	 *                                      its own and a network is in use that is
	 *                                      not the run's
	 * \retval  CNNVIZ_ERROR_PLUGIN         parameter is no declared one of type JOB,
	 *                                      batch is not count inputs (N,C,H,W) with
	 *                                      classes and streams, or the other technique
	 *                                      broke its contract
	 * \retval  CNNVIZ_ERROR_CANCELED       the user interrupted the run
	 * \return  Any other status that the other job failed with.
	 */
	cnnviz_status (*run)(cnnviz_job *job, const char *parameter,
			const cnnviz_batch *batch, const cnnviz_tensor **maps);
} cnnviz_attribution_api;

/* ---- Pictures --------------------------------------------------------- */

#define CNNVIZ_FILTER_NEAREST UINT32_C(0)
#define CNNVIZ_FILTER_BILINEAR UINT32_C(1)
#define CNNVIZ_FILTER_BICUBIC UINT32_C(2)
#define CNNVIZ_FILTER_LANCZOS UINT32_C(3)

/** Beyond an edge: a b c|c c c, the last pixel again and again */
#define CNNVIZ_EDGE_REPEAT UINT32_C(0)
/** Beyond an edge: a b c|c b a, backwards from the last pixel on */
#define CNNVIZ_EDGE_MIRROR UINT32_C(1)

/**
 * \brief   Pictures and maps as arrays
 */
typedef struct cnnviz_image_api {
	uint32_t struct_size;

	/**
	 * \brief   Resample (N,C,h,w) to (N,C,height,width)
	 *
	 * Half-pixel centers (align_corners = false), antialiased when
	 * shrinking. Lanczos and bicubic may overshoot the input's range.
	 *
	 * \param   height, width   1 to 32768
	 * \param   filter          One of CNNVIZ_FILTER_*
	 * \param   resized         Receives a new tensor
	 *
	 * \retval  CNNVIZ_OK                   *resized is the caller's
	 * \retval  CNNVIZ_ERROR_MEMORY         out of memory
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check()
	 * \retval  CNNVIZ_ERROR_PLUGIN         image is of another rank, the size out
	 *                                      of its range or the filter unknown
	 */
	cnnviz_status (*resize)(cnnviz_job *job, const cnnviz_tensor *image,
			int64_t height, int64_t width, uint32_t filter,
			cnnviz_tensor **resized);

	/**
	 * \brief   Gaussian blur of each channel of (N,C,H,W)
	 *
	 * Pixels farther away than three deviations have no weight.
	 *
	 * \param   deviation   In pixels, above 0 and at most 32768
	 * \param   edge        One of CNNVIZ_EDGE_*
	 * \param   blurred     Receives a new tensor of the same shape
	 *
	 * \retval  CNNVIZ_OK                   *blurred is the caller's
	 * \retval  CNNVIZ_ERROR_MEMORY         out of memory
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check()
	 * \retval  CNNVIZ_ERROR_PLUGIN         image is of another rank, the deviation out
	 *                                      of its range or the edge unknown
	 */
	cnnviz_status (*blur)(cnnviz_job *job, const cnnviz_tensor *image,
			double deviation, uint32_t edge, cnnviz_tensor **blurred);

	/**
	 * \brief   Normalized (N,C,H,W) to pixel values, clipped to 0..1
	 *
	 * \retval  CNNVIZ_OK                   *image is the caller's, in RGB order
	 * \retval  CNNVIZ_ERROR_MEMORY         out of memory
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check()
	 * \retval  CNNVIZ_ERROR_PLUGIN         input is not (N,C,H,W) with the network's C
	 */
	cnnviz_status (*denormalize)(cnnviz_job *job, const cnnviz_tensor *input,
			cnnviz_tensor **image);

	/**
	 * \brief  Pixel values to normalized (N,C,H,W), the inverse; statuses as of
	 * denormalize()
	 */
	cnnviz_status (*normalize)(cnnviz_job *job, const cnnviz_tensor *image,
			cnnviz_tensor **input);

	/**
	 * \brief   Read a picture file in the same way as the pictures of [input]
	 *
	 * \param   path        Text of a parameter of type PATH
	 * \param   fit         Whether it is resized as [input] says; otherwise it
	 *                      keeps its own size
	 * \param   image       Receives (1,C,H,W), 0..1
	 *
	 * \retval  CNNVIZ_OK                   *image is the caller's
	 * \retval  CNNVIZ_ERROR_INPUT          the file is not a picture that can be
	 *                                      read
	 * \retval  CNNVIZ_ERROR_MEMORY         out of memory
	 * \retval  CNNVIZ_ERROR_IO             the file could not be read
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check()
	 * \retval  CNNVIZ_ERROR_PLUGIN         path is NULL or empty
	 */
	cnnviz_status (*read)(cnnviz_job *job, const char *path, bool fit,
			cnnviz_tensor **image);

	/**
	 * \brief   The picture that the technique was run for, at its own size
	 *
	 * \param   item        Index in the batch the technique was given
	 * \param   image       Receives (1,C,h,w), 0..1, not resized
	 *
	 * \retval  CNNVIZ_OK                   *image is the caller's
	 * \retval  CNNVIZ_ERROR_INPUT          the file can no longer be read as a picture
	 * \retval  CNNVIZ_ERROR_MEMORY         out of memory
	 * \retval  CNNVIZ_ERROR_IO             the file could not be read
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check(), or another
	 *                                      technique runs this one on inputs of its
	 *                                      own
	 * \retval  CNNVIZ_ERROR_PLUGIN         the batch has no such item
	 */
	cnnviz_status (*original)(cnnviz_job *job, uint32_t item, cnnviz_tensor **image);

	/**
	 * \brief   Color of a class in label maps, 0xRRGGBB
	 *
	 * PASCAL VOC's palette; class 0 is black.
	 */
	uint32_t (*class_color)(const cnnviz_job *job, int64_t index);

	/**
	 * \brief   Map an array that covers the network's input back onto the picture
	 *
	 * Undoes `resize` of [input]: the result has the size of original(). Where the
	 * network has not seen the picture (the margin of `crop`), it is 0.
	 *
	 * \param   item        Index in the batch the technique was given
	 * \param   view        (1,C,h,w), of any h and w: covers the whole input
	 * \param   filter      One of CNNVIZ_FILTER_*
	 * \param   restored    Receives (1,C,H,W)
	 *
	 * \return  As original(), and CNNVIZ_ERROR_PLUGIN where view is of another
	 *          shape or the filter is unknown.
	 */
	cnnviz_status (*restore)(cnnviz_job *job, uint32_t item,
			const cnnviz_tensor *view, uint32_t filter,
			cnnviz_tensor **restored);

	/**
	 * \brief   Read pictures of a parameter of type PICTURES as inputs of the network
	 *
	 * They are resized and normalized as those of [input] are.
	 *
	 * \param   parameter   Its name; parameter->list_count() tells how many there are
	 * \param   first       The first picture, counted from 0
	 * \param   count       How many, at least 1; model->batch() of them are as many as
	 *                      the user wants in memory together
	 * \param   inputs      Receives (count,C,H,W), normalized
	 *
	 * \retval  CNNVIZ_OK                   *inputs is the caller's
	 * \retval  CNNVIZ_ERROR_INPUT          a file can no longer be read as a picture, or,
	 *                                      with `resize = none`, they differ in size
	 * \retval  CNNVIZ_ERROR_MEMORY         out of memory
	 * \retval  CNNVIZ_ERROR_IO             a file could not be read
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check()
	 * \retval  CNNVIZ_ERROR_PLUGIN         the technique has no such parameter of this
	 *                                      type, or it has no such pictures
	 */
	cnnviz_status (*read_inputs)(cnnviz_job *job, const char *parameter,
			uint32_t first, uint32_t count, cnnviz_tensor **inputs);
} cnnviz_image_api;

/* ---- Random numbers ---------------------------------------------------- */

/**
 * \brief   Reproducible pseudo-random numbers
 *
 * A stream depends only on [run] seed, the job's name and the stream number.
 */
typedef struct cnnviz_random_api {
	uint32_t struct_size;

	/**
	 * \brief   Start a stream
	 *
	 * \param   random  Receives it; release it with unref()
	 *
	 * \retval  CNNVIZ_OK                   *random is the caller's
	 * \retval  CNNVIZ_ERROR_MEMORY         out of memory
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check()
	 */
	cnnviz_status (*create)(cnnviz_job *job, uint64_t stream, cnnviz_random **random);

	/** \brief  Release a stream. NULL is allowed. */
	void (*unref)(cnnviz_random *random);

	/** \brief  count numbers, uniform in low <= v < high */
	void (*uniform)(cnnviz_random *random, float low, float high, int64_t count,
			float *values);

	/** \brief  count numbers, normal with the given mean and deviation */
	void (*normal)(cnnviz_random *random, float mean, float deviation, int64_t count,
			float *values);
} cnnviz_random_api;

/* ---- Results ----------------------------------------------------------- */

/** As `item` of a function of host->artifact: the whole tensor */
#define CNNVIZ_WHOLE UINT32_MAX

/**
 * \brief   Results of techniques of general kind, and what others give beside their maps
 *
 * `name` is one that the technique's table of artifacts declares with the type of the
 * call. One declared artifact stands for a series where `suffix` is not NULL: its files
 * are then called NAME-SUFFIX. A suffix may be any text that is not empty, such as a
 * layer's or a class's name; what is not a letter, a digit, '.', '_' or '-' becomes
 * '_', and only the last 96 bytes of a longer text are kept, so that numbers at its end
 * remain. No name may be emitted twice.
 *
 * `item` selects a part of a tensor: the item of that index along its first extent, without that
 * extent, or CNNVIZ_WHOLE; of an ATTRIBUTION's, the item is the input that it is about, not WHOLE.
 */
typedef struct cnnviz_artifact_api {
	uint32_t struct_size;

	/**
	 * \brief   A picture: (3,H,W) RGB, (1,H,W) gray or (4,H,W) RGB with opacity
	 *
	 * Values are clipped to 0..1, rounded to 8 bits and saved as PNG. C may also be
	 * that of the network's inputs, and of no picture: then the PNG shows the mean of
	 * the channels, and the input itself is saved as .npy beside it.
	 *
	 * \param   image   (C,H,W) as CNNVIZ_WHOLE, or (N,C,H,W) and an item
	 *
	 * \retval  CNNVIZ_OK                   the file has been written
	 * \retval  CNNVIZ_ERROR_MEMORY         out of memory
	 * \retval  CNNVIZ_ERROR_IO             the file cannot be written
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check()
	 * \retval  CNNVIZ_ERROR_PLUGIN         the technique is not of general kind,
	 *                                      the name is not declared with this type
	 *                                      or was given before, the suffix is
	 *                                      empty, the picture is of another shape
	 *                                      or has no such item, or a value is not
	 *                                      finite
	 */
	cnnviz_status (*image)(cnnviz_job *job, const char *name, const char *suffix,
			const cnnviz_tensor *image, uint32_t item);

	/**
	 * \brief   Any array, saved as .npy; statuses as of image(), but all values are
	 *          allowed
	 *
	 * \param   array   Of any shape; an item needs a rank of 2 or more
	 */
	cnnviz_status (*array)(cnnviz_job *job, const char *name, const char *suffix,
			const cnnviz_tensor *array, uint32_t item);

	/**
	 * \brief   A finite number, written to the manifest and the gallery
	 *
	 * \retval  CNNVIZ_OK                   it will be written
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check()
	 * \retval  CNNVIZ_ERROR_PLUGIN         as of image()
	 */
	cnnviz_status (*scalar)(cnnviz_job *job, const char *name, const char *suffix,
			double value);

	/**
	 * \brief   One more frame of an animated GIF, (3,H,W) or (1,H,W)
	 *
	 * Ten frames a second; the last is shown for two seconds, then it starts again.
	 * Frames of one name have one shape. The file appears when the technique
	 * returns with success. Arguments and statuses as of image(), but the same name
	 * may be repeated, and CNNVIZ_ERROR_UNSUPPORTED also means that there are 256
	 * unfinished animations already.
	 */
	cnnviz_status (*frame)(cnnviz_job *job, const char *name, const char *suffix,
			const cnnviz_tensor *image, uint32_t item);

	/**
	 * \brief   A curve of numbers, saved as .npy and drawn as .svg
	 *
	 * \param   values      (steps) or (steps,lines), finite
	 * \param   lines       Names of the lines, or NULL
	 * \param   axis        What the values are, such as "logit"
	 *
	 * \return  As image().
	 */
	cnnviz_status (*curve)(cnnviz_job *job, const char *name, const char *suffix,
			const cnnviz_tensor *values, const char *const *lines,
			const char *axis);

	/**
	 * \brief   A map of class indices, saved as an indexed PNG and as .npy
	 *
	 * The gallery and the manifest name the classes in it, with colors and areas.
	 *
	 * \param   labels  (H,W) or (1,H,W) as CNNVIZ_WHOLE, or (N,H,W) or (N,1,H,W)
	 *                  and an item: whole numbers, from 0 up to the number of
	 *                  classes and at most 255
	 *
	 * \return  As image().
	 */
	cnnviz_status (*labels)(cnnviz_job *job, const char *name, const char *suffix,
			const cnnviz_tensor *labels, uint32_t item);

	/**
	 * \brief   What the network sees in the saved file of an image()
	 *
	 * Reads the PNG back in the same way as the pictures of [input], or the .npy.
	 *
	 * \param   input       Receives (1,C,H,W), normalized
	 *
	 * \retval  CNNVIZ_OK                   *input is the caller's
	 * \retval  CNNVIZ_ERROR_INPUT          the file can no longer be read as a picture
	 * \retval  CNNVIZ_ERROR_MEMORY         out of memory
	 * \retval  CNNVIZ_ERROR_IO             the file could not be read
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check()
	 * \retval  CNNVIZ_ERROR_PLUGIN         no such picture was given to image()
	 */
	cnnviz_status (*read_back)(cnnviz_job *job, const char *name, const char *suffix,
			cnnviz_tensor **input);

	/**
	 * \brief   A finite number about a map of an ATTRIBUTION
	 *
	 * Written to the manifest and the gallery with the map, if that is drawn.
	 *
	 * \param   item        Which input of the batch it is about
	 * \param   name        A lower-case letter, then at most 63 more, digits and
	 *                      underscores
	 *
	 * \retval  CNNVIZ_OK                   it will be written
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check()
	 * \retval  CNNVIZ_ERROR_PLUGIN         the technique is not of attribution
	 *                                      kind, the batch has no such item, the
	 *                                      name is of another form or the value is
	 *                                      not finite
	 */
	cnnviz_status (*map_scalar)(cnnviz_job *job, uint32_t item, const char *name,
			double value);
} cnnviz_artifact_api;

/* ---- Host -------------------------------------------------------------- */

/**
 * \brief   All services
 */
typedef struct cnnviz_host {
	/** Version of the ABI that the host implements */
	uint32_t abi_major;
	uint32_t abi_minor;
	uint32_t struct_size;
	uint32_t reserved;

	const cnnviz_tensor_api *tensor;
	const cnnviz_parameter_api *parameter;
	const cnnviz_model_api *model;
	const cnnviz_pass_api *pass;
	const cnnviz_objective_api *objective;
	const cnnviz_attribution_api *attribution;
	const cnnviz_image_api *image;
	const cnnviz_random_api *random;
	const cnnviz_artifact_api *artifact;
	const cnnviz_optimize_api *optimize;

	/**
	 * \brief   Record why the call fails
	 *
	 * One sentence without a full stop; the host adds plugin, file, section and
	 * picture. The job fails on the pictures of the call, and is called for the
	 * others.
	 *
	 * \return  status, so that `return host->fail(...)` reads well; where that is
	 *          CNNVIZ_OK, CNNVIZ_ERROR_PLUGIN.
	 */
	cnnviz_status (*fail)(cnnviz_job *job, cnnviz_status status, const char *format,
			...) CNNVIZ_PRINTF(3, 4);

	/**
	 * \brief   Warn the user of an unexpected property of a result
	 *
	 * Kept in the manifest and the gallery, and printed. Of warnings whose texts
	 * differ by numbers and the picture's name alone, the first is printed, and at
	 * the end how many came after it.
	 *
	 * \param   item    Which input of the batch it is about, or -1
	 */
	void (*warn)(cnnviz_job *job, int64_t item, const char *format, ...)
			CNNVIZ_PRINTF(3, 4);

	/** \brief  A line for `cnnviz run -v` */
	void (*log)(cnnviz_job *job, const char *format, ...) CNNVIZ_PRINTF(2, 3);

	/** \brief  Report the progress of a long job: done of total steps */
	void (*progress)(cnnviz_job *job, uint64_t done, uint64_t total);

	/**
	 * \brief   Whether the user wants to stop
	 *
	 * A long loop calls it once per step and then returns CNNVIZ_ERROR_CANCELED.
	 * Passes also fail with that status once it is true.
	 */
	bool (*canceled)(const cnnviz_job *job);

	/**
	 * \brief   The job's private data, which its create() made
	 *
	 * \return  NULL if the technique has no create(), or from check() and create().
	 */
	void *(*job_data)(const cnnviz_job *job);

	const cnnviz_rule_api *rule;
} cnnviz_host;

#ifdef __cplusplus
}
#endif

#endif
