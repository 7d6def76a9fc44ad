/**
 * \file    output/whole.h
 * \brief   Whether a file of an earlier run is there, from its beginning to its end
 */
#ifndef OUTPUT_WHOLE_H
#define OUTPUT_WHOLE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * \brief   Whether a file begins and ends as its extension says
 *
 * What a machine that stopped left may be empty, cut off or full of zeros. A .npy file has the
 * size that its shape asks for; pictures and curves have their marks. Links are not followed.
 *
 * \param   folder  File descriptor
 * \param   path    Below it
 */
bool file_is_whole(int folder, const char *path);

/** Whether a .npy file has a row, however many there are behind it */
bool file_has_row(int folder, const char *path, int64_t row);

#endif
