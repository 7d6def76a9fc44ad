/**
 * \file    image/deflate.h
 * \brief   Compresses bytes quickly: DEFLATE in zlib's format, RFC 1950 and 1951
 *
 * Of the means of DEFLATE it uses Huffman codes and runs of equal bytes, and searches for
 * no other repetitions: filtered photographs have none. What it writes is for any reader
 * of zlib's format.
 */
#ifndef IMAGE_DEFLATE_H
#define IMAGE_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A stream on its way; begin with zeros */
struct deflate {
	bool begun;
	uint32_t checksum;
	uint64_t bits; /* not yet in a whole byte, the first one lowest */
	unsigned bit_count;
};

/** Most bytes that a block of so many bytes becomes */
size_t deflate_bound(size_t size);

/**
 * \brief   Add a block, with codes of its own
 *
 * \param   last    Whether the stream ends with it
 * \param   out     deflate_bound(size) bytes
 * \return  Number of bytes written
 */
size_t deflate_block(struct deflate *stream, const unsigned char *data, size_t size,
		bool last, unsigned char *out);

#endif
