/**
 * \file    host/random.c
 * \brief   Philox4x32-10, uniform and normal numbers
 */
#include <math.h>

#include "host/random.h"

#define ROUNDS 10
static const double two_pi = 6.283185307179586476925286766559;

/** Words of several blocks by their place in a block, so that a round is one loop over all */
typedef uint32_t lanes[4][RANDOM_BLOCKS];

static void round_once(lanes words, uint32_t first_key, uint32_t second_key)
{
	for (int i = 0; i < RANDOM_BLOCKS; i++) {
		uint64_t first = UINT64_C(0xD2511F53) * words[0][i];
		uint64_t second = UINT64_C(0xCD9E8D57) * words[2][i];

		words[0][i] = (uint32_t)(second >> 32) ^ words[1][i] ^ first_key;
		words[1][i] = (uint32_t)second;
		words[2][i] = (uint32_t)(first >> 32) ^ words[3][i] ^ second_key;
		words[3][i] = (uint32_t)first;
	}
}

void random_blocks(const uint32_t counter[4], const uint32_t key[2],
		uint32_t words[RANDOM_WORDS])
{
	uint64_t block = counter[0] | (uint64_t)counter[1] << 32;
	uint32_t round_key[2] = { key[0], key[1] };
	lanes mixed;

	for (int i = 0; i < RANDOM_BLOCKS; i++) {
		mixed[0][i] = (uint32_t)(block + (uint64_t)i);
		mixed[1][i] = (uint32_t)((block + (uint64_t)i) >> 32);
		mixed[2][i] = counter[2];
		mixed[3][i] = counter[3];
	}
	for (int round = 0; round < ROUNDS; round++) {
		round_once(mixed, round_key[0], round_key[1]);
		round_key[0] += UINT32_C(0x9E3779B9);
		round_key[1] += UINT32_C(0xBB67AE85);
	}
	for (int i = 0; i < RANDOM_WORDS; i++) {
		words[i] = mixed[i % 4][i / 4];
	}
}

/* splitmix64's finalizer: every bit of the seed reaches every bit of the key. */
static uint64_t mix(uint64_t value)
{
	value += UINT64_C(0x9E3779B97F4A7C15);
	value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
	return value ^ (value >> 31);
}

/* FNV-1a */
static uint64_t hash_text(const char *text)
{
	uint64_t hash = UINT64_C(0xCBF29CE484222325);

	for (; *text; text++) {
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001B3);
	}
	return hash;
}

void random_start(struct cnnviz_random *random, uint64_t seed, const char *job,
		uint64_t stream)
{
	uint64_t key = mix(mix(seed) ^ hash_text(job));

	random->key[0] = (uint32_t)key;
	random->key[1] = (uint32_t)(key >> 32);
	random->stream = stream;
	random->block = 0;
	random->used = RANDOM_WORDS;
	random->spare_set = false;
}

static uint32_t next_word(struct cnnviz_random *random)
{
	if (random->used == RANDOM_WORDS) {
		uint32_t counter[4] = {
			(uint32_t)random->block,
			(uint32_t)(random->block >> 32),
			(uint32_t)random->stream,
			(uint32_t)(random->stream >> 32),
		};

		random_blocks(counter, random->key, random->words);
		random->block += RANDOM_BLOCKS;
		random->used = 0;
	}
	return random->words[random->used++];
}

void random_uniform(struct cnnviz_random *random, float low, float high, int64_t count,
		float *values)
{
	double width = (double)high - low;

	for (int64_t i = 0; i < count; i++) {
		double unit = (double)(next_word(random) >> 8) * 0x1p-24;
		float value = (float)(low + width * unit);

		/* Rounding to float may give the upper end, which is excluded. */
		values[i] = value < high || high <= low ? value : nextafterf(high, low);
	}
}

static double next_normal(struct cnnviz_random *random)
{
	if (random->spare_set) {
		random->spare_set = false;
		return random->spare;
	}

	/* (0,1], so that the logarithm is finite */
	double first = ((double)next_word(random) + 1) * 0x1p-32;
	double second = (double)next_word(random) * 0x1p-32;
	double radius = sqrt(-2 * log(first));

	random->spare = radius * sin(two_pi * second);
	random->spare_set = true;
	return radius * cos(two_pi * second);
}

void random_normal(struct cnnviz_random *random, float mean, float deviation,
		int64_t count, float *values)
{
	for (int64_t i = 0; i < count; i++) {
		values[i] = (float)(mean + deviation * next_normal(random));
	}
}
