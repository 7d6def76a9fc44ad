/**
 * \file    fuzz/fuzz_main.c
 * \brief   Runs a fuzz target without a fuzzer
 *
 *     PROGRAM [--mutate ROUNDS | --cut] FILE...
 *
 * Passes each file to the target, and with --cut all of its beginnings. Then come ROUNDS
 * mutations of it: bytes are changed,
 * removed or repeated, and numbers replaced by extreme ones. The same ROUNDS give the
 * same mutations, so that a failure can be reproduced.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SIZE_MAX_FILE ((size_t)1 << 20)

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

static void run_mutations(const uint8_t *data, size_t size, unsigned long rounds)
{
	uint8_t *work = malloc(2 * size + 1024);

	if (work == NULL) {
		perror("mutations");
		exit(99);
	}
	state = UINT64_C(0x9e3779b97f4a7c15);
	for (unsigned long i = 0; i < rounds; i++) {
		size_t changed = size;
		uint64_t changes = 1 + draw(4);

		memcpy(work, data, size);
		while (changes-- > 0) {
			changed = mutate(work, changed);
		}
		LLVMFuzzerTestOneInput(work, changed);
	}
	free(work);
}

/** Every number of bytes from the start */
static void run_cuts(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		LLVMFuzzerTestOneInput(data, i);
	}
}

int main(int argc, char **argv)
{
	unsigned long rounds = 0;
	bool cut = argc > 1 && strcmp(argv[1], "--cut") == 0;
	int first = cut ? 2 : 1;

	if (argc > 2 && strcmp(argv[1], "--mutate") == 0) {
		rounds = strtoul(argv[2], NULL, 10);
		first = 3;
	}
	if (first >= argc) {
		fprintf(stderr, "usage: %s [--mutate ROUNDS | --cut] FILE...\n", argv[0]);
		return 99;
	}
	for (int i = first; i < argc; i++) {
		size_t size;
		uint8_t *data = read_file(argv[i], &size);

		LLVMFuzzerTestOneInput(data, size);
		run_cuts(data, cut ? size : 0);
		run_mutations(data, size, rounds);
		free(data);
	}
	printf("%d files, %lu mutations of each\n", argc - first, rounds);
	return 0;
}
