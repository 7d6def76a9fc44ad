/**
 * \file    common/samples.h
 * \brief   Maps computed from another job's maps of many samples of a picture
 *
 * Samples are noisy copies of the picture, or points on a path to it: inputs that go
 * through the network a few at a time, each with the picture's target and a random
 * stream of its own. The maps of the job `base` are summed. A batch holds samples of
 * one picture only, so that a picture's map does not depend on other pictures. Compiled
 * into each plugin that uses it.
 */
#ifndef COMMON_SAMPLES_H
#define COMMON_SAMPLES_H

#include <cnnviz/cnnviz.h>

struct samples {
	const cnnviz_host *host;
	cnnviz_job *job;

	/** The batch that the technique was called with */
	const cnnviz_batch *batch;

	/** Samples of each picture, and how many of them go through the network at once */
	int64_t count;
	int64_t together;

	/** Whether the maps of `base` must have the inputs' shape */
	bool like_input;

	/**
	 * Whether each sample's map is multiplied, value by value, by the weights that
	 * make() has given it before it is summed; needs like_input
	 */
	bool weighted;

	/** Prepare for the picture x of item n; fails as host->fail() does. */
	cnnviz_status (*begin)(struct samples *samples, uint32_t n, const float *x);

	/**
	 * Write sample k, of `size` values, and as many weights, which are NULL unless
	 * weighted. Called for each in turn; fails as host->fail() does.
	 */
	cnnviz_status (*make)(struct samples *samples, int64_t k, float *weights,
			float *input);

	/**
	 * Add one more sample's map to the sums; `taken` already includes it. NULL if
	 * weighted.
	 */
	void (*add)(struct samples *samples, const float *map);

	/** Write the map of item n, computed from the sums. */
	cnnviz_status (*finish)(struct samples *samples, uint32_t n, float *map);

	/** Release what begin() allocated, also if that failed halfway. */
	void (*end)(struct samples *samples);

	/** The technique's own data */
	void *context;

	/* The rest is set by samples_run(). */
	int64_t size;     /* values of an input */
	int64_t map_size; /* values of a map; 0 before the first */
	int64_t taken;    /* samples of the picture so far */
	float *weights;   /* size values for each sample in the network, if weighted */
	double *sums[2];  /* map_size values each; 0 before a picture's first sample */
	cnnviz_tensor *result; /* (N,C,h,w) */
};

/**
 * \brief   Compute a map for each picture of the batch, one picture after the other
 *
 * Reports progress, and stops if the user cancels.
 *
 * \param   maps    Receives (N,C,h,w), of the shape of the base's maps
 */
cnnviz_status samples_run(struct samples *samples, cnnviz_tensor **maps);

/** The largest of the values less the smallest */
float samples_range(const float *values, int64_t count);

/** \brief  Fail if the maps of the job `base` have another shape than the inputs */
cnnviz_status samples_check_shape(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_tensor *maps, const cnnviz_tensor *inputs);

#endif
