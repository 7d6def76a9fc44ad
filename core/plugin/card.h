/**
 * \file    plugin/card.h
 * \brief   What descriptors say, as JSON: what is known of plugins without their code
 *
 * The answer to what a file provides is an object with one member:
 * - techniques: a list with what each descriptor says;
 * - refused: the sentence with which the file was refused;
 * - ended: how the process ended that looked at it, as child_describe() says it.
 */
#ifndef PLUGIN_CARD_H
#define PLUGIN_CARD_H

#include <jansson.h>

#include "plugin/library.h"

/** What a plugin's technique points to that is not in the plugin's own code */
struct card;

/** The answer of a file that has been opened; library NULL: it was refused, for this */
json_t *answer_of(const struct library *library, const char *refused);

/** The answer of a file that has ended the process that looked at it */
json_t *answer_of_end(const char *how);

/** Whether an answer stays what it is as long as the file does */
bool answer_lasts(const json_t *answer);

/**
 * \brief   Read an answer, which is not trusted
 *
 * \param   path    The plugin's file
 * \param   plugins Receives the plugins, malloc'ed, each to be cleared with
 *                  plugin_clear(); their functions stand for those that the code has, and
 *                  fail when called
 * \param   refused Receives a sentence if there are none, malloc'ed
 * \param   error   What is wrong with the answer
 */
cnnviz_status answer_read(const json_t *answer, const char *path, struct plugin **plugins,
		size_t *count, char **refused, struct error *error);

void card_free(struct card *card);

#endif
