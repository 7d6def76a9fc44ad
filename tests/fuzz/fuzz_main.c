/**
 * \file    fuzz/fuzz_main.c
 * \brief   Runs a fuzz target without a fuzzer
 *
 *     PROGRAM SECONDS FILE...
 *
 * Passes each file to the target, and all of its beginnings, or 200 of them where it is
 * large. Then come mutations of the files in turn, until the time is over: bytes are
 * changed, removed or repeated, and numbers replaced by extreme ones. They are the same
 * each time, so that a failure comes again.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SIZE_MAX_FILE ((size_t)1 << 20)
/** A file up to this size is cut at every byte, a larger one at CUTS places */
#define SIZE_SMALL 4096
#define CUTS 200
/** Mutations of a file before the next one's turn */
#define TURN 64

struct seed {
	uint8_t *data;
	size_t size;
};

/** How often the target was called */
static unsigned long executions;

static uint64_t state;

/** xorshift64* */
static uint64_t draw(uint64_t below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return below > 0 ? (state * UINT64_C(2685821657736338717) >> 11) % below : 0;
}

static void write_edge(uint8_t *data, size_t size)
{
	static const uint64_t edges[] = {
		0,
		1,
		2,
		0x7f,
		0x80,
		0xff,
		0x7fff,
		0xffff,
		0x7fffffff,
		0x80000000,
		0xffffffff,
		INT64_MAX,
		UINT64_C(1) << 63,
		UINT64_MAX,
		UINT64_MAX - 7,
	};
	uint64_t edge = edges[draw(sizeof(edges) / sizeof(*edges))];
	size_t length = (size_t)1 << draw(4);

	if (size < length) {
		return;
	}
	data += draw(size - length + 1);
	for (size_t i = 0; i < length; i++) {
		data[i] = (uint8_t)(edge >> 8 * i);
	}
}

/** One small change; data has room for twice its size */
static size_t mutate(uint8_t *data, size_t size)
{
	size_t from = draw(size);
	size_t length = 1 + draw(size - from < 64 ? size - from : 64);

	switch (size == 0 ? 6 : draw(6)) {
	case 0:
		data[from] ^= (uint8_t)(1U << draw(8));
		break;
	case 1:
		data[from] = (uint8_t)draw(256);
		break;
	case 2:
		write_edge(data, size);
		break;
	case 3:
		if (from + length <= size) {
			memmove(data + from, data + from + length, size - from - length);
			return size - length;
		}
		break;
	case 4:
		if (from + length <= size) {
			memmove(data + from + length, data + from, size - from);
			return size + length;
		}
		break;
	case 5:
		if (from + length <= size) {
			memmove(data + draw(size - length + 1), data + from, length);
		}
		break;
	default:
		break;
	}
	return size;
}

static uint8_t *read_file(const char *path, size_t *size)
{
	uint8_t *data = malloc(SIZE_MAX_FILE);
	FILE *stream = fopen(path, "rb");

	if (data == NULL || stream == NULL) {
		perror(path);
		exit(99);
	}
	*size = fread(data, 1, SIZE_MAX_FILE, stream);
	fclose(stream);
	return data;
}

/** Give the target a copy that ends where the memory ends, so that no byte beyond is read */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size > 0 ? size : 1);

	if (exact == NULL) {
		perror("run");
		exit(99);
	}
	memcpy(exact, data, size);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	executions++;
}

static void run_cuts(const struct seed *seed)
{
	size_t step = seed->size > SIZE_SMALL ? seed->size / CUTS : 1;

	for (size_t size = 0; size < seed->size; size += step) {
		run(seed->data, size);
	}
}

static void run_mutations(const struct seed *seed)
{
	uint8_t *work = malloc(2 * seed->size + 1024);

	if (work == NULL) {
		perror("mutations");
		exit(99);
	}
	for (int i = 0; i < TURN; i++) {
		size_t changed = seed->size;
		uint64_t changes = 1 + draw(4);

		memcpy(work, seed->data, seed->size);
		while (changes-- > 0) {
			changed = mutate(work, changed);
		}
		run(work, changed);
	}
	free(work);
}

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec)
			+ (double)(now.tv_nsec - start->tv_nsec) * 1e-9;
}

int main(int argc, char **argv)
{
	size_t count = argc > 2 ? (size_t)argc - 2 : 0;
	double seconds = argc > 1 ? strtod(argv[1], NULL) : 0;
	struct seed *seeds = calloc(count + 1, sizeof(*seeds));
	struct timespec start;

	if (count == 0 || seeds == NULL) {
		fprintf(stderr, "usage: %s SECONDS FILE...\n", argv[0]);
		return 99;
	}
	for (size_t i = 0; i < count; i++) {
		seeds[i].data = read_file(argv[i + 2], &seeds[i].size);
		run(seeds[i].data, seeds[i].size);
		run_cuts(&seeds[i]);
	}
	state = UINT64_C(0x9e3779b97f4a7c15);
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (size_t i = 0; seconds_since(&start) < seconds; i = (i + 1) % count) {
		run_mutations(&seeds[i]);
	}
	for (size_t i = 0; i < count; i++) {
		free(seeds[i].data);
	}
	free(seeds);
	printf("%zu files, %lu executions\n", count, executions);
	return 0;
}
