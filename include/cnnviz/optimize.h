/**
 * \file    cnnviz/optimize.h
 * \brief   Optimizing the input: one loop for every technique that makes pictures
 *
 * A technique says what to optimize (an objective on captured activations) and how (a
 * cnnviz_optimization); the host runs the loop: parametrization, transformations,
 * regularizers, optimizer, stopping, snapshots, loss curve, progress, and the detection
 * of NaN and of dead objectives.
 *
 * Units: an "image" is in pixel values 0..1; an "input" is what the network reads,
 * (image - mean) / std. Sums below go over channels, rows and columns of one item;
 * items of a batch never influence each other.
 */
#ifndef CNNVIZ_OPTIMIZE_H
#define CNNVIZ_OPTIMIZE_H

#include <cnnviz/host.h>
#include <cnnviz/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Start: uniform noise, low <= v < high in 8-bit gray levels, rounded down */
#define CNNVIZ_START_UNIFORM UINT32_C(0)
/** Start: normal noise on the INPUT, mean `low`, deviation `high` */
#define CNNVIZ_START_NORMAL UINT32_C(1)
/** Start: one color */
#define CNNVIZ_START_CONSTANT UINT32_C(2)
/** Start: the pictures of `start_images` */
#define CNNVIZ_START_IMAGES UINT32_C(3)

/** The variable is the input itself, as in traditional code */
#define CNNVIZ_SPACE_INPUT UINT32_C(0)
/** The variable is the image; it is kept within 0..1 */
#define CNNVIZ_SPACE_PIXEL UINT32_C(1)
/**
 * The variable is the image's spectrum: image = sigmoid(irfft2(v * s) / 4), with the
 * orthonormal transform and s = 1 / max(f, 1 / max(W,H)) at a frequency of f cycles per
 * pixel (Olah et al. 2017, "Feature Visualization"). A start of noise is drawn in the
 * spectrum, with deviation 0.01. Cannot be combined with bounds or quantize.
 */
#define CNNVIZ_SPACE_FOURIER UINT32_C(2)

/** v -= rate * (momentum buffer of (g + weight_decay * v)), as torch.optim.SGD */
#define CNNVIZ_OPTIMIZER_SGD UINT32_C(0)
/** Kingma, Ba 2014, as torch.optim.Adam with betas 0.9, 0.999 and eps 1e-8 */
#define CNNVIZ_OPTIMIZER_ADAM UINT32_C(1)
/** SGD on g / mean(|g|) of the item (Mordvintsev et al. 2015) */
#define CNNVIZ_OPTIMIZER_NORMALIZED UINT32_C(2)

/**
 * \brief   What a technique optimizes
 *
 * \param   context     cnnviz_optimization.context
 * Called once or more in each step, for some of the items at a time: at most [run]
 * batch of them, and piece by piece where there are tiles.
 *
 * \param   pass        Forward pass of the transformed inputs of `count` items;
 *                      larger than the images where there is a border (`pad`), so
 *                      take the sizes of activations from the activations
 * \param   count       Number of items in the pass (frozen items are left out)
 * \param   items       Their indices in the optimization
 * \param   values      Receives what is maximized (or minimized), per item
 * \param   seeds       Receives capture_count new tensors: the gradient of the sum of
 *                      the values with respect to each captured activation, as the
 *                      functions of host->objective return it
 */
typedef cnnviz_status (*cnnviz_optimize_objective)(const cnnviz_host *host,
		cnnviz_job *job, void *context, const cnnviz_pass *pass, uint32_t count,
		const uint32_t *items, double *values, cnnviz_tensor **seeds);

/**
 * \brief   Look at the state after a step; may stop items
 *
 * \param   step        Steps done, from 1
 * \param   inputs      (N,C,H,W), the inputs as they are now, after the step
 * \param   values      N values of the objective as the step found them: before it,
 *                      of the transformed inputs (of frozen items: their last)
 * \param   frozen      N flags; set one to stop changing that item. The loop ends when
 *                      all are set.
 */
typedef cnnviz_status (*cnnviz_optimize_observer)(const cnnviz_host *host,
		cnnviz_job *job, void *context, uint32_t step,
		const cnnviz_tensor *inputs, const double *values, uint8_t *frozen);

/**
 * \brief   What has been drawn for an item in a step
 */
typedef struct cnnviz_optimize_draw {
	uint32_t struct_size;

	/** Index of the item in the optimization */
	uint32_t item;

	/** Steps done before this one, from 0 */
	uint32_t step;
	uint32_t reserved;

	/**
	 * The number_count random numbers of the transformation, 0 <= u < 1, from the item's
	 * stream and new in each step; NULL if it has none
	 */
	const float *numbers;
} cnnviz_optimize_draw;

/**
 * \brief   A transformation of the technique's own
 *
 * In each step it changes what the network sees of an item, after the transformations
 * that cnnviz_optimization has, and the gradient goes back through it on its way to the
 * item. It is a function of the draw and the input alone: everything random comes
 * from the draw's numbers, so that the same seed gives the same pictures.
 */
typedef struct cnnviz_transformation {
	uint32_t struct_size;

	/** How many random numbers it wants in each step */
	uint32_t number_count;

	/** Names it in messages: "flip" */
	const char *name;

	/** Handed to both functions; borrowed */
	void *context;

	/**
	 * \brief   Transform an item: T(x)
	 *
	 * \param   context     cnnviz_transformation.context
	 * \param   input       x, (1,C,h,w), as the network reads it: the item with its
	 *                      border (`pad`), not yet in tiles. Any finite values.
	 * \param   transformed Receives T(x), a new tensor of the same shape, which the
	 *                      host releases
	 *
	 * \return  CNNVIZ_OK; any other status ends the optimization with it.
	 */
	cnnviz_status (*apply)(const cnnviz_host *host, cnnviz_job *job, void *context,
			const cnnviz_optimize_draw *draw, const cnnviz_tensor *input,
			cnnviz_tensor **transformed);

	/**
	 * \brief   Pull a gradient back: T'(x)^T y
	 *
	 * The exact transpose of the derivative of apply() at x: <T'(x) d, y> is
	 * <d, T'(x)^T y> for every d. `cnnviz test-plugin` and the host of
	 * cnnviz/test.h hold it against differences of apply() and name the
	 * transformation for which it is not; a run takes it as it is.
	 *
	 * \param   draw        As in apply()
	 * \param   input       x, what apply() was given
	 * \param   gradient    y, the gradient with respect to T(x), of that shape
	 * \param   pulled      Receives the gradient with respect to x, a new tensor of
	 *                      the same shape, which the host releases
	 *
	 * \return  CNNVIZ_OK; any other status ends the optimization with it.
	 */
	cnnviz_status (*pull_back)(const cnnviz_host *host, cnnviz_job *job,
			void *context, const cnnviz_optimize_draw *draw,
			const cnnviz_tensor *input, const cnnviz_tensor *gradient,
			cnnviz_tensor **pulled);
} cnnviz_transformation;

/**
 * \brief   How an input is optimized; zero means off, unless it says otherwise
 *
 * Fill it with optimize->defaults(), set what the technique needs, let
 * optimize->configure() apply what the user set, and pass it to optimize->run().
 */
typedef struct cnnviz_optimization {
	uint32_t struct_size;

	/** N: how many pictures are optimized together; at least 1 */
	uint32_t count;

	/** Size in pixels; 0: that of the network's input (or of start_images) */
	int64_t height;
	int64_t width;

	/* -- Start -- */

	/** One of CNNVIZ_START_* */
	uint32_t start;
	/** 0xRRGGBB of CNNVIZ_START_CONSTANT */
	uint32_t start_color;
	double start_low;
	double start_high;
	/** (N,C,H,W) or (1,C,H,W) for all, 0..1, for CNNVIZ_START_IMAGES; borrowed */
	const cnnviz_tensor *start_images;
	/** N numbers for random->create(), or NULL for 0, 1, 2, ...; borrowed */
	const uint64_t *streams;

	/* -- Objective -- */

	cnnviz_optimize_objective objective;
	cnnviz_optimize_observer observer;
	void *context;
	/** Layers that the objective reads; borrowed */
	const int32_t *captures;
	uint32_t capture_count;
	/** 1: values are maximized; 0: values are minimized */
	uint32_t maximize;

	/* -- Variable and optimizer -- */

	/** One of CNNVIZ_SPACE_* */
	uint32_t space;
	/** Whether colors are decorrelated with ImageNet's matrix (FOURIER, PIXEL) */
	uint32_t decorrelate;
	/** One of CNNVIZ_OPTIMIZER_* */
	uint32_t optimizer;
	/** Steps; at least 1 */
	uint32_t iterations;
	double learning_rate;
	double momentum;
	double weight_decay;
	/** Multiply the rate by rate_factor before steps 0, k, 2k, ... for k = rate_every */
	double rate_factor;
	uint32_t rate_every;
	/** Round the image to 8 bits after each step, as traditional code does */
	uint32_t quantize;
	/** Keep the image within 0..1 after each step (SPACE_INPUT; PIXEL always does) */
	uint32_t clip;
	uint32_t reserved;

	/* -- Regularizers, added to what is minimized; weights -- */

	/** l1 * sum |x|, l2 * sum x^2 of the input */
	double l1;
	double l2;
	/** norm * sum |x|^norm_exponent of the input (Mahendran, Vedaldi 2014) */
	double norm;
	double norm_exponent;
	/** variation * sum ((x_right - x)^2 + (x_down - x)^2)^(variation_exponent / 2) of
	 * the input; differences across its edge count as 0 */
	double variation;
	double variation_exponent;

	/* -- Operations on the image every so many steps -- */

	/** Gaussian blur every blur_every steps; deviation in pixels, from first to last */
	uint32_t blur_every;
	/** Every so many steps, set pixels to mid-gray as clip_fraction says */
	uint32_t clip_every;
	double blur_first;
	double blur_last;
	/** The fraction of pixels with the smallest |sum over channels of x * gradient of
	 * the objective| that is set to gray (Yosinski et al. 2015) */
	double clip_fraction;

	/* -- Transformations of the image, drawn anew in each step -- */

	/**
	 * Mid-gray border added around the image, pixels. A network that supports
	 * inputs of its own size only sees the middle of it.
	 */
	uint32_t pad;
	/** Shift by up to this many pixels each way; what is shifted in is gray where
	 * padded, else what was shifted out on the other side */
	uint32_t jitter;
	/** A second shift after scaling and rotating, pixels */
	uint32_t jitter_last;
	uint32_t reserved_transform;
	/** Scale factor between the two; 0, 0: none */
	double scale_low;
	double scale_high;
	/** Rotation by up to this many degrees either way */
	double rotate;

	/** Tiles: side in pixels of the pieces that a larger image's gradient is
	 * computed in, at a random offset in each step; 0: in one piece. The objective
	 * applies to each piece; an item's value is the mean over its pieces. */
	uint32_t tile;

	/* -- Bounds on the change from the start -- */

	/** Largest change of a pixel value, 0..1 */
	double bound_linf;
	/** Largest Euclidean norm of the change of the image */
	double bound_l2;

	/* -- Stopping -- */

	/** Freeze an item whose value has not improved by `tolerance` (relative) for
	 * so many steps */
	uint32_t patience;
	/**
	 * 1: an item that never starts, or stops having a gradient (run() says when), is
	 * frozen. The job goes on, and lists at its end the items that started in none of
	 * its optimizations; it fails if none has. 0: it makes run() fail.
	 */
	uint32_t spare_dead;
	double tolerance;

	/* -- Intermediate results: names of declared artifacts, or NULL -- */

	/** N texts that name the items in artifacts, as their suffix, of which the last 48
	 * bytes stay, and messages; NULL: their numbers, or nothing for a single item */
	const char *const *item_names;
	/**
	 * Text after the items' names in snapshots and curves, which distinguishes
	 * several runs, or NULL. An animation continues from run to run.
	 */
	const char *run_name;
	/** IMAGE: every `snapshots` steps, NAME-item-step-0010 */
	const char *snapshot_name;
	/** ANIMATION: the same pictures, at the size of its frames; 0: at their own */
	const char *animation_name;
	int64_t frame_height;
	int64_t frame_width;
	/** CURVE: the loss of each step, which is the value (negated where maximized)
	 * and the regularizers; NAME-item for each item */
	const char *curve_name;
	uint32_t snapshots;
	/** Whether to make the animation (it needs snapshots) */
	uint32_t animation;

	/* -- Transformations of the technique's own -- */

	/**
	 * transformation_count of them, the first applied first; borrowed. Pictures that
	 * would be optimized where the network is, on a graphics card, then stay in the
	 * host's memory, and each step takes them there and their gradients back.
	 */
	const cnnviz_transformation *const *transformations;
	uint32_t transformation_count;
	uint32_t reserved_last;
} cnnviz_optimization;

/**
 * \brief   Result of an optimization; the caller releases the tensors
 */
typedef struct cnnviz_optimized {
	uint32_t struct_size;

	/** Steps done */
	uint32_t steps;

	/** (N,C,H,W), 0..1 */
	cnnviz_tensor *image;

	/** (N,C,H,W), the input; may lie outside the range of images */
	cnnviz_tensor *input;

	/** (steps,N), the objective's values */
	cnnviz_tensor *values;

	/**
	 * The caller's N flags, or NULL: receives 1 for an item whose objective had a
	 * gradient in some step, 0 for one that has not started, in no earlier run() of
	 * this call of the technique under the same name either
	 */
	uint8_t *started;
} cnnviz_optimized;

/**
 * \brief   The loop
 */
struct cnnviz_optimize_api {
	uint32_t struct_size;

	/**
	 * \brief   Zero everything, then set struct_size, count 1, maximize 1,
	 *          norm_exponent 6 and variation_exponent 2
	 *
	 * \param   struct_size     sizeof(cnnviz_optimization)
	 */
	void (*defaults)(cnnviz_optimization *optimization, uint32_t struct_size);

	/**
	 * \brief   Apply the parameters that the technique declares and the user set
	 *
	 * Looks only at those names of CNNVIZ_OPTIMIZE_PARAMETERS_* that the technique
	 * has declared; one without a value (no default, not set) leaves the member as
	 * it is, so that presets are what the technique fills in first. Reads
	 * start_picture, which the host keeps until the job ends, and resizes it as
	 * [input] says, or to the width and height that are set.
	 *
	 * Called from check() (see cnnviz_technique.check), it does not read
	 * start_picture or change start_images, which CNNVIZ_START_IMAGES does not need
	 * yet. With captures, it also checks that the network supports pictures of the
	 * size.
	 *
	 * \param   optimization    Changed only on success
	 *
	 * \retval  CNNVIZ_OK               the settings are consistent
	 * \retval  CNNVIZ_ERROR_INPUT      they are not, the network does not support
	 *                                  pictures of the size, or start_picture is
	 *                                  not a picture
	 * \retval  CNNVIZ_ERROR_MEMORY     out of memory
	 * \retval  CNNVIZ_ERROR_IO         start_picture could not be read
	 * \retval  CNNVIZ_ERROR_PLUGIN     start_images are not (count,C,H,W) or (1,C,H,W)
	 */
	cnnviz_status (*configure)(cnnviz_job *job, cnnviz_optimization *optimization);

	/**
	 * \brief   Optimize
	 *
	 * Random numbers of an item come from its stream only, so that its result does
	 * not depend on the other items.
	 *
	 * An item without a gradient in the first step, or in ten steps in a row, is given
	 * that of CNNVIZ_RULE_REDIRECTED in up to 16 of the steps in which it has none of
	 * its own: silent ReLUs do not end an objective. For other items nothing differs.
	 *
	 * \param   result  Filled on success; struct_size set by the caller
	 *
	 * \retval  CNNVIZ_OK                   the tensors of *result are the caller's
	 * \retval  CNNVIZ_ERROR_INPUT          settings are not consistent, the network
	 *                                      does not support pictures of the size, a
	 *                                      value or a gradient is not finite, or
	 *                                      an item has no gradient to follow in
	 *                                      the first step or in ten steps in a
	 *                                      row, or none of its own in any step
	 *                                      (but see spare_dead)
	 * \retval  CNNVIZ_ERROR_MEMORY         out of memory
	 * \retval  CNNVIZ_ERROR_IO             a snapshot, animation or curve cannot be
	 *                                      written
	 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from check()
	 * \retval  CNNVIZ_ERROR_ENGINE         the engine failed
	 * \retval  CNNVIZ_ERROR_PLUGIN         there is no objective, nothing to
	 *                                      capture, no picture to make, an unknown
	 *                                      start, space or optimizer, start_images
	 *                                      of another shape, a transformation that
	 *                                      lacks a function, or a name that is not
	 *                                      a declared artifact; or the objective
	 *                                      returned no seed, or a transformation
	 *                                      no tensor of its input's shape
	 * \retval  CNNVIZ_ERROR_CANCELED       the user interrupted the run
	 * \return  Any other status that the objective, the observer or a transformation
	 *          returned.
	 */
	cnnviz_status (*run)(cnnviz_job *job, const cnnviz_optimization *optimization,
			cnnviz_optimized *result);
};

/* ---- Parameters that configure() knows --------------------------------- */
/* Entries for a technique's table. All without a default: the preset decides. */

/** Words of the parameters start, optimizer and space, in the order of the constants */
static const char *const cnnviz_optimize_starts[] = { "uniform", "normal", "constant",
	"picture", NULL };
static const char *const cnnviz_optimize_optimizers[] = { "sgd", "adam", "normalized",
	NULL };
static const char *const cnnviz_optimize_spaces[] = { "input", "pixel", "fourier", NULL };

#define CNNVIZ_OPTIMIZE_PARAMETER_(name, type, low, high, unit, summary) \
	{ \
		name, type, 0, NULL, low, high, NULL, NULL, unit, summary \
	}

/** start, start_low, start_high, start_color, start_picture */
#define CNNVIZ_OPTIMIZE_PARAMETERS_START_FROM \
	{ "start", CNNVIZ_PARAMETER_ENUM, 0, NULL, 0, 0, cnnviz_optimize_starts, NULL, \
		NULL, "what the picture starts from" }, \
			CNNVIZ_OPTIMIZE_PARAMETER_("start_low", CNNVIZ_PARAMETER_FLOAT, \
					-255, 255, "gray levels", \
					"lower end of uniform noise, or mean of normal " \
					"noise"), \
			CNNVIZ_OPTIMIZE_PARAMETER_("start_high", CNNVIZ_PARAMETER_FLOAT, \
					0, 256, "gray levels", \
					"upper end of uniform noise, or deviation of " \
					"normal noise"), \
			CNNVIZ_OPTIMIZE_PARAMETER_("start_color", \
					CNNVIZ_PARAMETER_COLOR, 0, 0, NULL, \
					"color of a constant start"), \
			CNNVIZ_OPTIMIZE_PARAMETER_("start_picture", \
					CNNVIZ_PARAMETER_PATH, 0, 0, NULL, \
					"picture to start from, for start = picture")

/** Those, width and height */
#define CNNVIZ_OPTIMIZE_PARAMETERS_START \
	CNNVIZ_OPTIMIZE_PARAMETERS_START_FROM, \
			CNNVIZ_OPTIMIZE_PARAMETER_("width", CNNVIZ_PARAMETER_INT, 8, \
					16384, "pixels", \
					"width of the picture; unset: the network's"), \
			CNNVIZ_OPTIMIZE_PARAMETER_("height", CNNVIZ_PARAMETER_INT, 8, \
					16384, "pixels", \
					"height of the picture; unset: the network's")

/** iterations, learning_rate, optimizer, momentum, weight_decay, space, ... */
#define CNNVIZ_OPTIMIZE_PARAMETERS_OPTIMIZER \
	{ "iterations", CNNVIZ_PARAMETER_INT, CNNVIZ_PARAMETER_EFFORT, NULL, 1, 100000, \
		NULL, NULL, "steps", "number of steps" }, \
			CNNVIZ_OPTIMIZE_PARAMETER_("learning_rate", \
					CNNVIZ_PARAMETER_FLOAT, 0, 1e9, NULL, \
					"size of a step"), \
			{ "optimizer", CNNVIZ_PARAMETER_ENUM, 0, NULL, 0, 0, \
				cnnviz_optimize_optimizers, NULL, NULL, \
				"how a gradient becomes a step" }, \
			CNNVIZ_OPTIMIZE_PARAMETER_("momentum", CNNVIZ_PARAMETER_FLOAT, \
					0, 1, NULL, \
					"share of the last step in the next (sgd, " \
					"normalized)"), \
			CNNVIZ_OPTIMIZE_PARAMETER_("weight_decay", \
					CNNVIZ_PARAMETER_FLOAT, 0, 1e3, NULL, \
					"pull of each step towards zero"), \
			{ "space", CNNVIZ_PARAMETER_ENUM, 0, NULL, 0, 0, \
				cnnviz_optimize_spaces, NULL, NULL, \
				"what is optimized: the network's input, the pixels or " \
				"their spectrum" }, \
			CNNVIZ_OPTIMIZE_PARAMETER_("decorrelate", CNNVIZ_PARAMETER_BOOL, \
					0, 0, NULL, \
					"optimize decorrelated colors (space = pixel " \
					"or fourier)"), \
			CNNVIZ_OPTIMIZE_PARAMETER_("quantize", CNNVIZ_PARAMETER_BOOL, 0, \
					0, NULL, "round to 8 bits after each step")

/** l1, l2, norm, variation, blur, clipping */
#define CNNVIZ_OPTIMIZE_PARAMETERS_REGULARIZER \
	CNNVIZ_OPTIMIZE_PARAMETER_("l1", CNNVIZ_PARAMETER_FLOAT, 0, 1e9, NULL, \
			"weight of the sum of absolute input values"), \
			CNNVIZ_OPTIMIZE_PARAMETER_("l2", CNNVIZ_PARAMETER_FLOAT, 0, 1e9, \
					NULL, \
					"weight of the sum of squared input values"), \
			CNNVIZ_OPTIMIZE_PARAMETER_("norm", CNNVIZ_PARAMETER_FLOAT, 0, \
					1e9, NULL, \
					"weight of the sum of input values to the " \
					"power of norm_exponent"), \
			CNNVIZ_OPTIMIZE_PARAMETER_("norm_exponent", \
					CNNVIZ_PARAMETER_FLOAT, 1, 20, NULL, \
					"exponent of norm"), \
			CNNVIZ_OPTIMIZE_PARAMETER_("variation", CNNVIZ_PARAMETER_FLOAT, \
					0, 1e9, NULL, "weight of the total variation"), \
			CNNVIZ_OPTIMIZE_PARAMETER_("variation_exponent", \
					CNNVIZ_PARAMETER_FLOAT, 0.5, 4, NULL, \
					"exponent of the total variation: 1 sharp " \
					"edges, 2 smooth"), \
			CNNVIZ_OPTIMIZE_PARAMETER_("blur_every", CNNVIZ_PARAMETER_INT, \
					0, 100000, "steps", \
					"blur the picture every so many steps; 0 " \
					"never"), \
			CNNVIZ_OPTIMIZE_PARAMETER_("blur_first", CNNVIZ_PARAMETER_FLOAT, \
					0, 64, "pixels", "deviation of the first blur"), \
			CNNVIZ_OPTIMIZE_PARAMETER_("blur_last", CNNVIZ_PARAMETER_FLOAT, \
					0, 64, "pixels", "deviation of the last blur"), \
			CNNVIZ_OPTIMIZE_PARAMETER_("clip_every", CNNVIZ_PARAMETER_INT, \
					0, 100000, "steps", \
					"set unimportant pixels to gray every so many " \
					"steps; 0 never"), \
			CNNVIZ_OPTIMIZE_PARAMETER_("clip_fraction", \
					CNNVIZ_PARAMETER_FLOAT, 0, 1, "fraction", \
					"how many pixels are unimportant")

/** pad, jitter, scale, rotate */
#define CNNVIZ_OPTIMIZE_PARAMETERS_TRANSFORM \
	CNNVIZ_OPTIMIZE_PARAMETER_("pad", CNNVIZ_PARAMETER_INT, 0, 1024, "pixels", \
			"gray border around the picture"), \
			CNNVIZ_OPTIMIZE_PARAMETER_("jitter", CNNVIZ_PARAMETER_INT, 0, \
					1024, "pixels", "random shift in each step"), \
			CNNVIZ_OPTIMIZE_PARAMETER_("jitter_last", CNNVIZ_PARAMETER_INT, \
					0, 1024, "pixels", \
					"random shift after scaling and rotating"), \
			CNNVIZ_OPTIMIZE_PARAMETER_("scale_low", CNNVIZ_PARAMETER_FLOAT, \
					0, 4, NULL, "smallest random scale"), \
			CNNVIZ_OPTIMIZE_PARAMETER_("scale_high", CNNVIZ_PARAMETER_FLOAT, \
					0, 4, NULL, "largest random scale"), \
			CNNVIZ_OPTIMIZE_PARAMETER_("rotate", CNNVIZ_PARAMETER_FLOAT, 0, \
					180, "degrees", "largest random rotation")

/** bound_linf, bound_l2 */
#define CNNVIZ_OPTIMIZE_PARAMETERS_BOUND \
	CNNVIZ_OPTIMIZE_PARAMETER_("bound_linf", CNNVIZ_PARAMETER_FLOAT, 0, 1, \
			"pixel value", \
			"largest change of a pixel from the start, 0 to 1; 0 any"), \
			CNNVIZ_OPTIMIZE_PARAMETER_("bound_l2", CNNVIZ_PARAMETER_FLOAT, \
					0, 1e6, "pixel value", \
					"largest Euclidean norm of the change; 0 any")

/** tile */
#define CNNVIZ_OPTIMIZE_PARAMETERS_TILE \
	CNNVIZ_OPTIMIZE_PARAMETER_("tile", CNNVIZ_PARAMETER_INT, 0, 16384, "pixels", \
			"side of the pieces that a large picture is computed in; 0 in " \
			"one piece")

/** snapshots, animation, patience, tolerance */
#define CNNVIZ_OPTIMIZE_PARAMETERS_PROGRESS \
	CNNVIZ_OPTIMIZE_PARAMETER_("snapshots", CNNVIZ_PARAMETER_INT, 0, 100000, \
			"steps", "keep a picture every so many steps; 0 never"), \
			CNNVIZ_OPTIMIZE_PARAMETER_("animation", CNNVIZ_PARAMETER_BOOL, \
					0, 0, NULL, \
					"make an animated GIF of the snapshots"), \
			CNNVIZ_OPTIMIZE_PARAMETER_("patience", CNNVIZ_PARAMETER_INT, 0, \
					100000, "steps", \
					"stop after so many steps without progress; 0 " \
					"never"), \
			CNNVIZ_OPTIMIZE_PARAMETER_("tolerance", CNNVIZ_PARAMETER_FLOAT, \
					0, 1, "relative", "how much counts as progress")

#ifdef __cplusplus
}
#endif

#endif
