/**
 * \file    conform/sample.h
 * \brief   Values that let a technique run without a person who chooses them
 */
#ifndef CONFORM_SAMPLE_H
#define CONFORM_SAMPLE_H

#include "plugin/registry.h"

/**
 * \brief   The sections of an INI file that let a technique do its work
 *
 * Its own section and those of the jobs that it builds on. Required parameters get
 * a value of their type and range; numbers of rounds become small.
 *
 * \param   registry    All techniques there are
 * \param   picture     Path of a picture, for parameters of type PATH
 *
 * \return  malloc'ed
 */
char *sample_sections(const struct registry *registry, const struct plugin *plugin,
		const char *picture);

#endif
