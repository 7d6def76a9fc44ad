/**
 * \file    host/random.h
 * \brief   Philox4x32-10: reproducible random numbers in independent streams
 *
 * Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3". A counter-based
 * generator: block i of stream s with key k is a fixed function of (k, s, i), so that a
 * picture gets the same numbers in any batch and order, on every machine. The key is
 * derived from [run] seed and the job's name.
 */
#ifndef HOST_RANDOM_H
#define HOST_RANDOM_H

#include <cnnviz/host.h>

/* Blocks that are computed together: as many as keep the units of a processor busy, each of
 * whose steps waits for the one before */
#define RANDOM_BLOCKS 16
#define RANDOM_WORDS (4 * RANDOM_BLOCKS)

struct cnnviz_random {
	uint32_t key[2];
	uint64_t stream;
	uint64_t block;               /* index of the next block */
	uint32_t words[RANDOM_WORDS]; /* of the current blocks */
	unsigned used;                /* number of words used; RANDOM_WORDS: all */
	bool spare_set;               /* second number of a Box-Muller pair */
	double spare;
	/* Next in the list of the call that created it. */
	struct cnnviz_random *next;
	struct cnnviz_random **previous;
};

/**
 * The generator itself: four words from a counter and a key, then those of the counters that
 * follow, of which the first two words are one number
 */
void random_blocks(const uint32_t counter[4], const uint32_t key[2],
		uint32_t words[RANDOM_WORDS]);

/** Start a stream. */
void random_start(struct cnnviz_random *random, uint64_t seed, const char *job,
		uint64_t stream);

/**
 * Fill values with count numbers, low <= v < high, each from the top 24 bits of a word
 */
void random_uniform(struct cnnviz_random *random, float low, float high, int64_t count,
		float *values);

/**
 * Fill values with count normal numbers by the Box-Muller method, from two words for
 * each pair
 */
void random_normal(struct cnnviz_random *random, float mean, float deviation,
		int64_t count, float *values);

#endif
