/**
 * \file    image/test_deflate.c
 * \brief   What deflate_block() writes is what zlib reads
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "image/deflate.h"
#include "support/cunit_main.h"

/** Compress in blocks of so many bytes; returns the size of the stream. */
static size_t compress_blocks(const unsigned char *data, size_t size, size_t block,
		unsigned char *out)
{
	struct deflate stream = { 0 };
	size_t written = 0;

	for (size_t i = 0; i < size; i += block) {
		size_t count = size - i < block ? size - i : block;
		size_t added = deflate_block(&stream, data + i, count, i + count == size,
				out + written);

		CU_ASSERT(added <= deflate_bound(count));
		written += added;
	}
	return written;
}

/** Compress and let zlib read it; returns the size of the stream. */
static size_t check_round_trip(const unsigned char *data, size_t size, size_t block)
{
	size_t room = deflate_bound(size) + deflate_bound(0) * (size / block + 1);
	unsigned char *packed = malloc(room), *back = malloc(size);
	uLongf count = (uLongf)size;
	size_t written = compress_blocks(data, size, block, packed);

	CU_ASSERT_EQUAL(uncompress(back, &count, packed, (uLong)written), Z_OK);
	CU_ASSERT_EQUAL(count, size);
	CU_ASSERT_EQUAL(memcmp(back, data, size), 0);
	free(packed);
	free(back);
	return written;
}

static void test_runs_of_every_length_are_read_back(void)
{
	unsigned char data[2 * 600];

	for (size_t length = 1; length <= 600; length++) {
		memset(data, 'a', length);
		memset(data + length, 'b', length);
		check_round_trip(data, 2 * length, 2 * length);
		check_round_trip(data, length, length);
	}
}

static void test_blocks_make_one_stream(void)
{
	enum { SIZE = 5000 };
	unsigned char data[SIZE];
	unsigned state = 1;

	for (size_t i = 0; i < SIZE; i++) {
		state = state * 1103515245u + 12345u;
		data[i] = (unsigned char)(i / 1000 % 2 == 0 ? state >> 28 : state >> 24);
	}
	for (size_t block = 1; block <= SIZE; block = 2 * block + 1) {
		check_round_trip(data, SIZE, block);
	}
}

/* Counts like Fibonacci's numbers make Huffman's codes as long as there are symbols. */
static void test_no_code_is_longer_than_the_format_allows(void)
{
	size_t size = 0, previous = 1, count = 1;
	unsigned char *data = malloc(1 << 20);

	for (unsigned char symbol = 0; symbol < 26; symbol++) {
		for (size_t k = 0; k < count; k++) {
			/* No neighbors are equal, so nothing becomes a run. */
			data[size++] = k % 2 == 0 ? symbol
						  : (unsigned char)(symbol + 100);
		}
		size_t next = previous + count;
		previous = count;
		count = next;
	}
	check_round_trip(data, size, size);
	free(data);
}

static void test_what_repeats_and_what_is_rare_takes_little_room(void)
{
	enum { SIZE = 100000 };
	unsigned char *data = calloc(SIZE, 1);

	CU_ASSERT(check_round_trip(data, SIZE, SIZE) < SIZE / 200);
	for (size_t i = 0; i < SIZE; i++) {
		data[i] = (unsigned char)(i * i % 4); /* 0 and 1 take turns */
	}
	CU_ASSERT(check_round_trip(data, SIZE, SIZE) < SIZE / 5);
	for (size_t i = 0; i < SIZE; i++) {
		data[i] = (unsigned char)(i * 167 >> 3);
	}
	CU_ASSERT(check_round_trip(data, SIZE, SIZE) < SIZE + SIZE / 100);
	free(data);
}

#define TEST(function) \
	{ \
#function, function \
	}

int main(void)
{
	static CU_TestInfo tests[] = {
		TEST(test_runs_of_every_length_are_read_back),
		TEST(test_blocks_make_one_stream),
		TEST(test_no_code_is_longer_than_the_format_allows),
		TEST(test_what_repeats_and_what_is_rare_takes_little_room),
		CU_TEST_INFO_NULL,
	};
	static const CU_SuiteInfo suites[] = {
		{ .pName = "deflate", .pTests = tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
