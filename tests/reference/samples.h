/**
 * \file    reference/samples.h
 * \brief   Small networks with random weights, which together use every operation with
 *                     all its settings
 */
#ifndef REFERENCE_SAMPLES_H
#define REFERENCE_SAMPLES_H

#include "graph/graph.h"

/** What is particular about a sample */
enum sample_kind {
	SAMPLE_LINEAR, /* only operations that are linear between kinks */
	SAMPLE_CURVED, /* others too */
	/* An activation, by what the backward rules make of it, see engine.h */
	SAMPLE_RECTIFIES, /* zero below zero: deconvnet goes by the gradient alone */
	SAMPLE_SMOOTH,    /* the true derivative, under the rules' conditions */
	SAMPLE_TRUE,      /* the true gradient under every rule */
};

struct sample {
	const char *fact; /* what it is a sample of */
	int64_t height, width;
	const char *layers; /* as in a description's [layers] */
	enum sample_kind kind;
};

extern const struct sample samples[];
extern const size_t sample_count;

/** The sample of that fact */
const struct sample *sample_find(const char *fact);

/** A sample as a graph with weights bound; NULL, after a message, when it is wrong */
struct graph *sample_open(const struct sample *sample);
void sample_close(struct graph *graph);

/** Numbers that look random: uniform within -1..1, the same for the same seed */
void sample_numbers(uint64_t seed, int64_t count, double *values);

/** A tensor of such numbers times scale */
cnnviz_tensor *sample_tensor(uint64_t seed, double scale, uint32_t rank,
		const int64_t *shape);

#endif
