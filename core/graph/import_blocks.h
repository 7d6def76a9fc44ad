/**
 * \file    graph/import_blocks.h
 * \brief   Imports the lines of a description that are repeated, and its blocks
 */
#ifndef GRAPH_IMPORT_BLOCKS_H
#define GRAPH_IMPORT_BLOCKS_H

#include "graph/import_layers.h"

/** Most layers and blocks that lines which are repeated, or in blocks, may come to */
#define IMPORT_STEPS_MAX 20000

/** Whether a section is a block: [block NAME] */
bool import_is_block(const struct ini_section *section);

/** Check the blocks' names, and that each has lines. */
void import_check_blocks(struct reader *reader);

/** Check that each block is used. */
void import_check_uses(struct reader *reader);

/**
 * \brief   Import one line of [layers], and all that it stands for
 *
 * NAME = OPERATION [setting=value]... is a layer, and NAME = BLOCK [parameter=value]...
 * [from=NAME] has all lines of [block BLOCK] with NAME and a dot in front of theirs. The
 * first of them takes what the line would; `input` is that too, and other names are the
 * block's own. Where NAME has a range, {0..11}, the line stands for as many. cnnviz-network(5)
 * has the language at length.
 */
void import_line(struct reader *reader, const struct ini_entry *entry);

/** Names of blocks for suggestions: a text_candidate over a struct ini */
const char *import_block_word(const void *ini, size_t i);

/** Free what reading lines has left in the reader. */
void import_blocks_free(struct reader *reader);

#endif
