/**
 * \file    config/spelling.h
 * \brief   British and American spelling of names
 *
 * Names of keys and choices are declared in American spelling. Users may write either,
 * in lower case: colour, grey, centre, normalised, optimiser, ...
 */
#ifndef CONFIG_SPELLING_H
#define CONFIG_SPELLING_H

#include <stdbool.h>

/** A name in American spelling; malloc'ed */
char *spelling_american(const char *name);

/** Whether two names are the same in American spelling */
bool spelling_same(const char *a, const char *b);

#endif
