/**
 * \file    image/png_survey.h
 * \brief   What the chunks of a PNG file tell before libpng reads it
 */
#ifndef IMAGE_PNG_SURVEY_H
#define IMAGE_PNG_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PNG_SIGNATURE_SIZE 8
#define PNG_END_SIZE 12

/** The bytes of the chunk IEND */
extern const unsigned char png_end[PNG_END_SIZE];

struct png_survey {
	size_t size;     /* of the signature and the whole chunks before IEND */
	bool ended;      /* with a valid IEND */
	int orientation; /* 1 to 8, from the first valid eXIf, wherever it is */
};

/**
 * \brief   Walk through the chunks of a file
 *
 * If the file is truncated or a length is wrong, the survey ends with the chunk before;
 * libpng finds out whether all pixels are there.
 *
 * \param   size    At least PNG_SIGNATURE_SIZE
 */
struct png_survey png_survey(const unsigned char *data, size_t size);

/** A big-endian number of 4 bytes */
uint32_t png_number(const unsigned char *bytes);

#endif
