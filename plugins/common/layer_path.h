/**
 * \file    common/layer_path.h
 * \brief   What happens at a layer on the path from a baseline to a picture
 *
 * Compiled into each plugin that uses it.
 */
#ifndef PLUGINS_COMMON_LAYER_PATH_H
#define PLUGINS_COMMON_LAYER_PATH_H

#include "common/baseline.h"
#include "common/layer.h"

/** Rows of a technique's table of parameters, beside LAYER_PARAMETER and BASELINE_PARAMETERS */
#define LAYER_PATH_PARAMETERS \
	{ "steps", CNNVIZ_PARAMETER_INT, .flags = CNNVIZ_PARAMETER_EFFORT, \
		.default_value = "50", .minimum = 1, .maximum = 100000, \
		.summary = "equal steps of the path" }, \
	{ \
		"points_together", CNNVIZ_PARAMETER_INT, \
				.default_value = "8", .minimum = 1, .maximum = 4096, \
				.summary = "how many points go through the network at " \
					   "once; fewer need less memory" \
	}

/** layer_check(), and baseline_check() of the parameters of a path */
cnnviz_status layer_check_path(const cnnviz_host *host, cnnviz_job *job);

/** What one point of a path gives */
struct layer_point {
	int64_t index;         /* 0 up to the number of points */
	double score;          /* of the target */
	const float *A;        /* activation of the layer */
	const float *gradient; /* of the score with respect to it */
};

/**
 * A straight path from a baseline to each picture of a batch: of inputs, or of activations
 * of the layer, where what goes around the layer stays as the picture has it
 */
struct layer_path {
	const cnnviz_host *host;
	cnnviz_job *job;
	const cnnviz_batch *batch;

	/** Whether it is one of activations */
	bool within;

	/** Whether points are the ends of the steps, one more than these; or their middles */
	bool ends;

	/** Take one more point of the path, in order. */
	void (*add)(struct layer_path *path, const struct layer_point *point);

	/** Write the map of item n from the sums. */
	cnnviz_status (*finish)(struct layer_path *path, uint32_t n, float *map);

	/* The rest is set by layer_path_run(). */
	int32_t layer;
	int64_t steps;
	int64_t size;     /* values of the layer's activation */
	double *sums;     /* so many; 0 at a picture's first point */
	float *before[2]; /* room for so many each: what add() remembers of a point */
	const float *from, *to; /* its ends, of inputs or activations, for finish() */
	double score[2]; /* of the target at the picture and at its baseline, where points are
	                  * the ends of steps or the path is one of activations */
	cnnviz_tensor *result;
};

/**
 * \brief   Compute a map of the layer for each picture of the batch
 *
 * Reports progress, and stops if the user cancels.
 *
 * \param   maps    Receives (N,C,h,w)
 */
cnnviz_status layer_path_run(struct layer_path *path, cnnviz_tensor **maps);

/**
 * \brief   Record how far a map's sum is from the change of the score between the ends of
 *          its path, and warn if that is more than 5 %
 *
 * \param   score       At the picture, and at its baseline
 */
cnnviz_status layer_report_sum(const cnnviz_host *host, cnnviz_job *job, uint32_t n,
		const double score[2], double sum);

#endif
