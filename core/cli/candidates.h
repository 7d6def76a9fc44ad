/**
 * \file    cli/candidates.h
 * \brief   Candidates for a word of the command line, for completion
 *
 * Candidates are printed to standard output, one per line: the word, a tab, a summary.
 * All are printed, whether or not they start with the typed text: the shell selects
 * those that do. Three lines are not candidates:
 *
 * :files<TAB>.SUFFIX .SUFFIX    files with these suffixes are accepted too; without
 * suffixes any file :folders                      folders are accepted too
 * :prefix<TAB>TEXT the path of a file or folder starts after this text
 */
#ifndef CLI_CANDIDATES_H
#define CLI_CANDIDATES_H

#include "cli/command.h"

/** The word that is typed, and what the words before it set */
struct typed_word {
	const char *prefix; /* complete first part, such as "--set=" */
	const char *text;   /* the rest */
	const char *ini;    /* path of the INI file, or NULL */
	const char *model;  /* -m, or NULL */
};

/** Print one candidate; summary may be NULL. */
void candidate_print(const char *prefix, const char *word, const char *end,
		const char *summary);

/** Print the candidates for a word of a kind; sources that cannot be read give none. */
void candidates_print(enum word_kind kind, const struct typed_word *word);

#endif
