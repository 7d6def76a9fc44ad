/**
 * \file    weights/suspects.h
 * \brief   Functions by which pickles attack the Python that loads them
 */
#ifndef WEIGHTS_SUSPECTS_H
#define WEIGHTS_SUSPECTS_H

#include <stdbool.h>
#include <stddef.h>

/**
 * \brief   Whether a global is in a module that runs, imports or opens things
 *
 * This program executes none of them; a file that names one is refused all the same,
 * since whoever shares it should know.
 */
bool suspect_global(const unsigned char *module, size_t module_length,
		const unsigned char *name, size_t name_length);

#endif
