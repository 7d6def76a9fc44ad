/**
 * \file    cli/candidates.h
 * \brief   What a word of the command line may be, for completion
 *
 * Candidates go to standard output, a line each: the word, a tab, a summary for people.
 * All are given, whether or not they begin as the word that is being typed: the shell
 * picks those that do. Three lines are not candidates:
 *
 *     :files<TAB>.SUFFIX .SUFFIX    files with one of these may stand here too; without
 *                                   suffixes any file
 *     :folders                      folders may
 *     :prefix<TAB>TEXT              the path of a file or folder begins behind that text
 */
#ifndef CLI_CANDIDATES_H
#define CLI_CANDIDATES_H

#include "cli/command.h"

/** The word that is being typed, and what the words before it tell */
struct typed_word {
	const char *prefix; /* beginning that is settled, such as "--set=" */
	const char *text;   /* what follows */
	const char *ini;    /* path of the INI file, or NULL */
	const char *model;  /* -m, or NULL */
};

/** Print one candidate; summary may be NULL. */
void candidate_print(const char *prefix, const char *word, const char *end,
		const char *summary);

/** Print the candidates for a word of a kind. What cannot be read gives none. */
void candidates_print(enum word_kind kind, const struct typed_word *word);

#endif
