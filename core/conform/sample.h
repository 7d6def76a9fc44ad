/**
 * \file    conform/sample.h
 * \brief   Chooses parameter values with which a technique runs
 */
#ifndef CONFORM_SAMPLE_H
#define CONFORM_SAMPLE_H

#include "plugin/registry.h"

/**
 * \brief   Write the sections of an INI file that run a technique
 *
 * These are its own section and those of the jobs that it uses. Required parameters get
 * a value of their type and range; numbers of iterations become small.
 *
 * \param   registry    All available techniques
 * \param   picture     Path of a picture, for parameters of type PATH
 *
 * \return  malloc'ed
 */
char *sample_sections(const struct registry *registry, const struct plugin *plugin,
		const char *picture);

#endif
