/**
 * \file    image/png_survey.h
 * \brief   What can be told of a PNG file from its chunks, before libpng reads it
 */
#ifndef IMAGE_PNG_SURVEY_H
#define IMAGE_PNG_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PNG_SIGNATURE_SIZE 8
#define PNG_END_SIZE 12

/** The chunk IEND as it must be */
extern const unsigned char png_end[PNG_END_SIZE];

struct png_survey {
	size_t size;     /* of the signature and the whole chunks before IEND */
	bool ended;      /* by a sound IEND */
	int orientation; /* 1 to 8, from the first sound eXIf, wherever it lies */
};

/**
 * \brief   Go through the chunks of a file
 *
 * Where the file is cut short or a length is wrong, the survey ends with the chunk
 * before; whether all pixels lie in what is left is for libpng to tell.
 *
 * \param   size    At least PNG_SIGNATURE_SIZE
 */
struct png_survey png_survey(const unsigned char *data, size_t size);

/** 4 bytes, as PNG stores its numbers */
uint32_t png_number(const unsigned char *bytes);

#endif
