/**
 * \file    common/samples.h
 * \brief   Maps made of another job's maps of many samples of a picture
 *
 * Samples are noisy copies of the picture, or points on the way to it: inputs that go
 * through the network some at a time, each with the picture's target and a random stream
 * of its own. What the job `base` gives for each is summed up. Samples of one picture go
 * together, never those of two, so that a picture's map does not depend on the pictures
 * that it comes with. Compiled into each plugin that uses it.
 */
#ifndef COMMON_SAMPLES_H
#define COMMON_SAMPLES_H

#include <cnnviz/cnnviz.h>

struct samples {
	const cnnviz_host *host;
	cnnviz_job *job;

	/** What the technique was given */
	const cnnviz_batch *batch;

	/** Samples of each picture, and how many of them go through the network at once */
	int64_t count;
	int64_t together;

	/** Whether the maps of `base` must have the inputs' shape */
	bool like_input;

	/** Prepare for the picture x of item n; fails as host->fail() does. */
	cnnviz_status (*begin)(struct samples *samples, uint32_t n, const float *x);

	/** Write samples first up to first + count, of `size` values each. */
	void (*make)(struct samples *samples, int64_t first, int64_t count,
			float *inputs);

	/** Add one more sample's map to the sums; `taken` counts it already. */
	void (*add)(struct samples *samples, const float *map);

	/** Write the map of item n, made of the sums. */
	cnnviz_status (*finish)(struct samples *samples, uint32_t n, float *map);

	/** Release what begin() made, also where that failed half-way. */
	void (*end)(struct samples *samples);

	/** The technique's own */
	void *context;

	/* The rest is set by samples_run(). */
	int64_t size;     /* values of an input */
	int64_t map_size; /* values of a map; 0 before the first */
	int64_t taken;    /* samples of the picture so far */
	double *sums[2];  /* map_size values each; 0 before a picture's first sample */
	cnnviz_tensor *result; /* (N,C,h,w) */
};

/**
 * \brief   A map of each picture of the batch, one picture after the other
 *
 * Tells how far it is, and stops where the user wants to.
 *
 * \param   maps    Where to put (N,C,h,w), of the shape of the base's maps
 */
cnnviz_status samples_run(struct samples *samples, cnnviz_tensor **maps);

/** \brief  Refuse maps of the job `base` that have another shape than the inputs. */
cnnviz_status samples_check_shape(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_tensor *maps, const cnnviz_tensor *inputs);

#endif
