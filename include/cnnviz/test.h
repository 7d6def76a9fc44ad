/**
 * \file    cnnviz/test.h
 * \brief   A host for tests of techniques: no engine, no weights, nothing installed
 *
 * Link a test with what `pkg-config --libs cnnviz-test` says. It fills the upper part
 * of a job with the services' answers, calls the technique with cnnviz_test_host and
 * the job, and finds in the lower part what the technique requested and reported:
 *
 *     cnnviz_job job = { .network = network };
 *     cnnviz_status status = cnnviz_plugin()->attribute(&cnnviz_test_host, &job,
 *             &batch, &maps);
 *
 * check() is called in the same way, and should leave `passes` at 0. So are create(), with
 * &job.data as the place for the data, prepare(), prepared() and, in the end, destroy().
 *
 * Passes either run on a small network that the test defines, or return tensors that it
 * prepares. A test is run with the library of the version that it was compiled against.
 */
#ifndef CNNVIZ_TEST_H
#define CNNVIZ_TEST_H

#include <cnnviz/cnnviz.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Networks --------------------------------------------------------- */

/** A network that a test has defined: opaque */
typedef struct cnnviz_test_network cnnviz_test_network;

/**
 * \brief   One layer of such a network; it follows the one before it
 */
typedef struct cnnviz_test_layer {
	const char *name;

	/**
	 * "conv2d" (stride 1, padded by kernel / 2), "relu", "max_pool2d",
	 * "avg_pool2d" (both by kernel x kernel, without overlap), "global_mean",
	 * "flatten" or "linear"
	 */
	const char *operation;

	/** conv2d: channels; linear: features */
	int64_t out;

	/** conv2d, pools: side of the kernel */
	int64_t kernel;

	/** conv2d (out,in,kernel,kernel), linear (out,in); copied */
	const float *weight;

	/** out values, copied; or NULL */
	const float *bias;
} cnnviz_test_layer;

/**
 * \brief   Define a network
 *
 * Computed in double precision. Layer n of the array is layer n + 1 of the network, 0
 * is the input; the last one computes the logits. Inputs are pixel values themselves
 * (mean 0, deviation 1).
 *
 * \return  NULL if an operation is unknown or the shapes do not match.
 */
CNNVIZ_EXPORT cnnviz_test_network *cnnviz_test_network_create(int64_t channels,
		int64_t height, int64_t width, const cnnviz_test_layer *layers,
		uint32_t count);

/** \brief  Free a network. NULL is allowed. */
CNNVIZ_EXPORT void cnnviz_test_network_free(cnnviz_test_network *network);

/**
 * \brief   Gradient of a logit with respect to one input, by central differences
 *
 * Independent of the passes, for a test to compare with.
 *
 * \param   input       channels * height * width values
 * \param   gradient    Receives as many values
 */
CNNVIZ_EXPORT void cnnviz_test_gradient(const cnnviz_test_network *network,
		const float *input, int64_t target, double *gradient);

/* ---- Tensors ---------------------------------------------------------- */

/**
 * \brief   A new tensor
 *
 * \param   values  As many as the shape has, copied; NULL: zeros
 */
CNNVIZ_EXPORT cnnviz_tensor *cnnviz_test_tensor(uint32_t rank, const int64_t *shape,
		const float *values);

/** \brief  Number of tensors, passes, networks and random streams that have not been released */
CNNVIZ_EXPORT size_t cnnviz_test_live(void);

/** \brief  Let services run out of memory after this many tensors; -1: never */
CNNVIZ_EXPORT void cnnviz_test_limit_tensors(int count);

/* ---- Jobs ------------------------------------------------------------- */

/** Value of a parameter; one that is not in the table is not set */
struct cnnviz_test_value {
	const char *name; /* NULL ends a table */
	int64_t integer;
	const char *text;
	double real;
	uint32_t count;     /* of a list; 0 in the table: `all` */
	const double *list; /* NULL: a list of the value above */
};

/** Maps of another job, by the name of the parameter of type JOB */
struct cnnviz_test_maps {
	const char *parameter; /* NULL ends a table */
	const cnnviz_tensor *maps;
};

/** Pictures of a parameter of type PICTURES; list_count() is that of its value */
struct cnnviz_test_pictures {
	const char *parameter; /* NULL ends a table */
	const cnnviz_tensor *inputs;
};

/** Networks of a parameter of type NETWORK */
struct cnnviz_test_networks {
	const char *parameter; /* NULL ends a table */
	const cnnviz_test_network *network;
};

/** What a technique emitted through host->artifact */
struct cnnviz_test_artifact {
	char name[96];         /* NAME or NAME-SUFFIX */
	uint32_t type;         /* one of CNNVIZ_ARTIFACT_* */
	double value;          /* of a scalar */
	cnnviz_tensor *tensor; /* otherwise: a copy; of an animation the last frame */
	unsigned frames;       /* of an animation */
	uint32_t item;         /* which of the tensor it was, or CNNVIZ_WHOLE; of what an
	                        * ATTRIBUTION gave, the input that it is about */
};

#define CNNVIZ_TEST_WARNINGS_MAX 8
#define CNNVIZ_TEST_ARTIFACTS_MAX 300
#define CNNVIZ_TEST_ITEMS_MAX 64

/** A job of the test host */
struct cnnviz_job {
	/* What the services answer */
	const struct cnnviz_test_value *values;
	const cnnviz_tensor *inputs;        /* of the batch, for the test's own use */
	const cnnviz_test_network *network; /* or, without one, ... */
	const cnnviz_tensor *activation;    /* ... of logit_gradient() and forward(),
	                                         * its first items for fewer inputs */
	const cnnviz_tensor *gradient;
	const struct cnnviz_test_maps *maps;
	int64_t layer_shape[CNNVIZ_MAX_RANK]; /* of every layer */
	uint32_t layer_rank;
	bool pass_fails;
	bool optimize_fails;
	unsigned cancel_at; /* call of canceled() that returns true, from 1; 0: none */
	void *data;         /* of job_data(): what the test had create() make */
	uint32_t batch;     /* of model->batch(); 0: 1 */
	const struct cnnviz_test_pictures *pictures; /* of read_inputs() */
	const struct cnnviz_test_networks *networks; /* of model->open() */

	/* The network that model->use() has set; NULL: the one above */
	const cnnviz_test_network *used;

	/* What the technique did */
	unsigned passes;
	uint32_t rule;
	int32_t layer;
	uint32_t filter;    /* of the last resize() */
	unsigned questions; /* calls of canceled() */
	size_t warning_count;
	int64_t warned_item[CNNVIZ_TEST_WARNINGS_MAX];
	char warning[CNNVIZ_TEST_WARNINGS_MAX][512];
	cnnviz_status failure;
	char failure_text[512];

	/* Of the last call of optimize->run() */
	unsigned optimizations;
	cnnviz_optimization recipe;
	char first_item[96]; /* name of item 0, or "" */
	char run_name[48];   /* of the recipe, or "" */
	uint64_t first_stream;
	double values_found[CNNVIZ_TEST_ITEMS_MAX]; /* by the objective, called once */
	cnnviz_tensor *seed;                        /* of the first capture */

	size_t artifact_count;
	struct cnnviz_test_artifact artifacts[CNNVIZ_TEST_ARTIFACTS_MAX];
};

/**
 * \brief   The host
 *
 * resize() uses the nearest pixel, whatever the filter; read() and original() return a
 * gray picture of 4x5 pixels, and restore() assumes that the network sees all of it.
 * Objectives of logits (N,classes,h,w) sum over the positions whose best class is the
 * target, or over all if there are none; batch_logit() does the same as logit().
 * optimize->run() calls the objective once, with job->activation or the network's pass
 * of start_images (of zeros if there are none of its size), and returns pictures of 2x3
 * pixels, item n of the value n / 64; before that it holds pull_back() of each of the
 * technique's own transformations against its apply(), for an item of the network's size
 * (without a network: of 3x2x3), and fails with CNNVIZ_ERROR_PLUGIN where they do not
 * match. configure() changes nothing. read_back() returns
 * the picture as it was saved. map_scalar() of item 2 is kept as the scalar "NAME-2".
 * hessian_product() gives zeros without a network, where perturbed() fails; the latter draws
 * new weights with a variance of 2 / fan-in, and no biases. blur() and probabilities() are the host's; those of a network with one logit are a
 * sigmoid, those of others a softmax.
 */
CNNVIZ_EXPORT extern const cnnviz_host cnnviz_test_host;

/** \brief  The first artifact of a name, or NULL */
CNNVIZ_EXPORT const struct cnnviz_test_artifact *cnnviz_test_find(const cnnviz_job *job,
		const char *name);

/**
 * \brief   The artifact of a name that was an item of its tensor, or NULL
 *
 * Tells apart what an attribution gives under one name with several of its maps.
 */
CNNVIZ_EXPORT const struct cnnviz_test_artifact *
cnnviz_test_find_item(const cnnviz_job *job, const char *name, uint32_t item);

/** \brief  Release what a job keeps of its artifacts and optimizations */
CNNVIZ_EXPORT void cnnviz_test_forget(cnnviz_job *job);

#ifdef __cplusplus
}
#endif

#endif
