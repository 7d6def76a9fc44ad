/**
 * \file    image/png_survey.c
 * \brief   Walks through the chunks of a PNG file
 */
#include "image/png_survey.h"

#include <string.h>

#include "image/orientation.h"

/* A chunk: length of the data, kind, data, CRC of kind and data */
#define KIND_AT 4
#define DATA_AT 8
#define CHUNK_OVERHEAD 12

/* Larger EXIF data are ignored: no camera writes them. */
#define EXIF_LIMIT (1u << 20)

const unsigned char png_end[PNG_END_SIZE] = { 0, 0, 0, 0, 'I', 'E', 'N', 'D', 0xAE, 0x42,
	0x60, 0x82 };

uint32_t png_number(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16
			| (uint32_t)bytes[2] << 8 | (uint32_t)bytes[3];
}

/** CRC-32 as PNG's specification defines it; bit by bit, for a few kilobytes */
static uint32_t cyclic_check(const unsigned char *bytes, size_t count)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < count; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++) {
			crc = (crc & 1) != 0 ? crc >> 1 ^ UINT32_C(0xEDB88320) : crc >> 1;
		}
	}
	return ~crc;
}

static bool is_sound_exif(const unsigned char *chunk, size_t length)
{
	return memcmp(chunk + KIND_AT, "eXIf", 4) == 0 && length <= EXIF_LIMIT
			&& cyclic_check(chunk + KIND_AT, 4 + length)
			== png_number(chunk + DATA_AT + length);
}

struct png_survey png_survey(const unsigned char *data, size_t size)
{
	struct png_survey survey = { .size = PNG_SIGNATURE_SIZE, .orientation = 1 };
	bool has_exif = false;

	while (size - survey.size >= CHUNK_OVERHEAD) {
		const unsigned char *chunk = data + survey.size;
		size_t length = png_number(chunk);

		survey.ended = memcmp(chunk, png_end, PNG_END_SIZE) == 0;
		if (length > size - survey.size - CHUNK_OVERHEAD
				|| memcmp(chunk + KIND_AT, "IEND", 4) == 0) {
			break;
		}
		if (!has_exif && is_sound_exif(chunk, length)) {
			survey.orientation = orientation_parse(chunk + DATA_AT, length);
			has_exif = true;
		}
		survey.size += CHUNK_OVERHEAD + length;
	}
	return survey;
}
