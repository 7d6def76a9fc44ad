/**
 * \file    image/deflate.c
 * \brief   Compresses bytes by Huffman codes and runs of equal bytes
 */
#include "image/deflate.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Literals and lengths: bytes, the end of a block, and lengths of runs */
#define SYMBOLS 286
#define BLOCK_END 256
#define FIRST_LENGTH 257

/* Longest code of a symbol */
#define CODE_MOST 15

/* Lengths of runs that DEFLATE knows. Shorter ones than RUN_LEAST are no shorter than their
 * bytes, and are not looked for. */
#define LENGTH_LEAST 3
#define LENGTH_MOST 258
#define RUN_LEAST 4

/** A symbol's bits, the first one lowest, above the number of them */
typedef uint32_t huffman_code;

static unsigned code_length(huffman_code code)
{
	return code & 31;
}

static uint32_t code_bits(huffman_code code)
{
	return code >> 5;
}

/* ---- Codes ---------------------------------------------------------------------- */

struct leaf {
	uint32_t count;
	int symbol;
};

static int compare_leaves(const void *left, const void *right)
{
	const struct leaf *a = left, *b = right;

	if (a->count != b->count) {
		return a->count < b->count ? -1 : 1;
	}
	return a->symbol - b->symbol;
}

/** Leaves of those symbols that occur, the rarest first; returns how many there are */
static int collect_leaves(const uint32_t counts[SYMBOLS], struct leaf leaves[SYMBOLS])
{
	int count = 0;

	for (int symbol = 0; symbol < SYMBOLS; symbol++) {
		if (counts[symbol] > 0) {
			leaves[count++] = (struct leaf){ counts[symbol], symbol };
		}
	}
	qsort(leaves, (size_t)count, sizeof(*leaves), compare_leaves);
	return count;
}

/**
 * Huffman's algorithm: join the two lightest trees until one is left. Joined trees grow
 * ever heavier, so those that are left are two queues. Returns the deepest leaf's depth.
 *
 * \param   depths  Of the leaves, which are at least two
 */
static unsigned find_depths(const struct leaf *leaves, int count, unsigned *depths)
{
	uint32_t weights[2 * SYMBOLS];
	int parents[2 * SYMBOLS] = { 0 };
	unsigned levels[2 * SYMBOLS];
	int leaf = 0, tree = count, root = 2 * count - 2;
	unsigned deepest = 0;

	for (int made = count; made <= root; made++) {
		weights[made] = 0;
		for (int k = 0; k < 2; k++) {
			bool take_leaf = leaf < count
					&& (tree == made
							|| leaves[leaf].count
									<= weights[tree]);

			weights[made] += take_leaf ? leaves[leaf].count : weights[tree];
			parents[take_leaf ? leaf++ : tree++] = made;
		}
	}
	levels[root] = 0;
	for (int i = root - 1; i >= 0; i--) {
		levels[i] = levels[parents[i]] + 1;
	}
	for (int i = 0; i < count; i++) {
		depths[i] = levels[i];
		deepest = levels[i] > deepest ? levels[i] : deepest;
	}
	return deepest;
}

/** Lengths of all symbols' codes; 0 of those that do not occur */
static void choose_lengths(const uint32_t counts[SYMBOLS], unsigned lengths[SYMBOLS])
{
	struct leaf leaves[SYMBOLS];
	unsigned depths[SYMBOLS] = { 1 };
	int count = collect_leaves(counts, leaves);

	/* With more even counts a tree is less deep. Halved, they keep their order. */
	while (count > 1 && find_depths(leaves, count, depths) > CODE_MOST) {
		for (int i = 0; i < count; i++) {
			leaves[i].count = leaves[i].count / 2 + 1;
		}
	}
	memset(lengths, 0, SYMBOLS * sizeof(*lengths));
	for (int i = 0; i < count; i++) {
		lengths[leaves[i].symbol] = depths[i];
	}
}

static uint32_t reverse(uint32_t bits, unsigned length)
{
	uint32_t reversed = 0;

	for (unsigned i = 0; i < length; i++) {
		reversed |= (bits >> i & 1) << (length - 1 - i);
	}
	return reversed;
}

/** The codes that follow from their lengths, RFC 1951, 3.2.2 */
static void assign_codes(const unsigned lengths[SYMBOLS], huffman_code codes[SYMBOLS])
{
	uint32_t next[CODE_MOST + 2] = { 0 }, used[CODE_MOST + 1] = { 0 };

	for (int symbol = 0; symbol < SYMBOLS; symbol++) {
		used[lengths[symbol]]++;
	}
	used[0] = 0;
	for (int length = 1; length <= CODE_MOST; length++) {
		next[length + 1] = (next[length] + used[length]) << 1;
	}
	for (int symbol = 0; symbol < SYMBOLS; symbol++) {
		unsigned length = lengths[symbol];

		codes[symbol] = length == 0
				? 0
				: reverse(next[length]++, length) << 5 | length;
	}
}

/* ---- Runs ----------------------------------------------------------------------- */

static uint32_t load_four(const unsigned char *data)
{
	uint32_t value;

	memcpy(&value, data, sizeof(value));
	return value;
}

/**
 * Where, not before `from`, the next RUN_LEAST bytes begin that equal the one before
 * them; size if nowhere
 */
static size_t find_run(const unsigned char *data, size_t from, size_t size)
{
	/* Four bytes that equal those one place before them are equal to each other. */
	for (size_t i = from > 0 ? from : 1; i + RUN_LEAST <= size; i++) {
		if (load_four(data + i) == load_four(data + i - 1)) {
			return i;
		}
	}
	return size;
}

/** Number of bytes from here on that equal the one before, as many as one length tells */
static unsigned measure_run(const unsigned char *data, size_t from, size_t size)
{
	size_t most = size - from < LENGTH_MOST ? size - from : LENGTH_MOST;
	unsigned length = RUN_LEAST;

	while (length < most && data[from + length] == data[from - 1]) {
		length++;
	}
	return length;
}

/** How a run's length is told: by a symbol, and by further bits of its own */
struct length_symbol {
	int symbol;
	unsigned extra_bits, extra;
};

/** RFC 1951, 3.2.5: from eleven on, four symbols for each number of further bits */
static struct length_symbol describe_length(unsigned length)
{
	unsigned above = length - LENGTH_LEAST, extra_bits = 0;

	if (length == LENGTH_MOST) {
		return (struct length_symbol){ SYMBOLS - 1, 0, 0 };
	}
	while (above >> extra_bits >= 8) {
		extra_bits++;
	}
	return (struct length_symbol){
		.symbol = FIRST_LENGTH + (int)(4 * extra_bits + (above >> extra_bits)),
		.extra_bits = extra_bits,
		.extra = above & ((1u << extra_bits) - 1),
	};
}

/* ---- Bits ----------------------------------------------------------------------- */

static void put(struct deflate *stream, uint64_t bits, unsigned count)
{
	stream->bits |= bits << stream->bit_count;
	stream->bit_count += count;
}

/** Write whole bytes; fewer than 8 bits are left. */
static unsigned char *flush(struct deflate *stream, unsigned char *out)
{
	while (stream->bit_count >= 8) {
		*out++ = (unsigned char)stream->bits;
		stream->bits >>= 8;
		stream->bit_count -= 8;
	}
	return out;
}

static void put_code(struct deflate *stream, huffman_code code)
{
	put(stream, code_bits(code), code_length(code));
}

/* ---- Blocks --------------------------------------------------------------------- */

static void count_symbols(const unsigned char *data, size_t size,
		uint32_t counts[SYMBOLS])
{
	size_t i = 0;

	memset(counts, 0, SYMBOLS * sizeof(*counts));
	counts[BLOCK_END] = 1;
	while (i < size) {
		size_t run = find_run(data, i, size);

		for (; i < run; i++) {
			counts[data[i]]++;
		}
		if (i < size) {
			unsigned length = measure_run(data, i, size);

			counts[describe_length(length).symbol]++;
			i += length;
		}
	}
}

/** RFC 1951, 3.2.7, with every length of a code told in 4 bits */
static unsigned char *put_header(struct deflate *stream, bool last,
		const unsigned lengths[SYMBOLS], unsigned char *out)
{
	put(stream, last, 1);
	put(stream, 2, 2); /* codes of its own */
	put(stream, SYMBOLS - 257, 5);
	put(stream, 0, 5);      /* one distance */
	put(stream, 19 - 4, 4); /* symbols that tell lengths: */
	put(stream, 0, 9);      /* none of the three that repeat lengths, */
	out = flush(stream, out);
	for (int i = 0; i < 16; i++) { /* all others with 4 bits */
		put(stream, 4, 3);
		out = flush(stream, out);
	}
	for (int symbol = 0; symbol < SYMBOLS; symbol++) {
		put(stream, reverse(lengths[symbol], 4), 4);
		out = flush(stream, out);
	}
	put(stream, reverse(1, 4), 4); /* the distance has a code of one bit */
	return flush(stream, out);
}

static unsigned char *put_literals(struct deflate *stream,
		const huffman_code codes[SYMBOLS], const unsigned char *data,
		size_t count, unsigned char *out)
{
	/* A copy, for the compiler to keep in registers */
	struct deflate local = *stream;
	size_t i = 0;

	/* Three codes and what is left of a byte fit into 64 bits. */
	for (; i + 3 <= count; i += 3) {
		put_code(&local, codes[data[i]]);
		put_code(&local, codes[data[i + 1]]);
		put_code(&local, codes[data[i + 2]]);
		out = flush(&local, out);
	}
	for (; i < count; i++) {
		put_code(&local, codes[data[i]]);
		out = flush(&local, out);
	}
	*stream = local;
	return out;
}

static unsigned char *put_symbols(struct deflate *stream,
		const huffman_code codes[SYMBOLS], const unsigned char *data, size_t size,
		unsigned char *out)
{
	size_t i = 0;

	while (i < size) {
		size_t run = find_run(data, i, size);

		out = put_literals(stream, codes, data + i, run - i, out);
		i = run;
		if (i < size) {
			unsigned length = measure_run(data, i, size);
			struct length_symbol told = describe_length(length);

			put_code(stream, codes[told.symbol]);
			put(stream, told.extra, told.extra_bits);
			put(stream, 0, 1); /* the distance: one byte back */
			out = flush(stream, out);
			i += length;
		}
	}
	put_code(stream, codes[BLOCK_END]);
	return flush(stream, out);
}

size_t deflate_bound(size_t size)
{
	/* A byte has 15 bits at most, and a run fewer than its bytes would have. */
	return 2 * size + 256;
}

size_t deflate_block(struct deflate *stream, const unsigned char *data, size_t size,
		bool last, unsigned char *out)
{
	const unsigned char *start = out;
	uint32_t counts[SYMBOLS];
	unsigned lengths[SYMBOLS];
	huffman_code codes[SYMBOLS];

	if (!stream->begun) {
		stream->begun = true;
		stream->checksum = (uint32_t)adler32(0, NULL, 0);
		put(stream, 0x0178, 16); /* DEFLATE, 32 KiB, fast; a multiple of 31 */
	}
	stream->checksum = (uint32_t)adler32_z(stream->checksum, data, size);
	count_symbols(data, size, counts);
	choose_lengths(counts, lengths);
	assign_codes(lengths, codes);
	out = put_header(stream, last, lengths, out);
	out = put_symbols(stream, codes, data, size, out);
	if (last) {
		out = flush(stream, out);
		put(stream, 0, (8 - stream->bit_count) % 8);
		for (int shift = 24; shift >= 0; shift -= 8) {
			put(stream, stream->checksum >> shift & 255, 8);
		}
		out = flush(stream, out);
	}
	return (size_t)(out - start);
}
