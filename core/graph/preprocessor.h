/**
 * \file    graph/preprocessor.h
 * \brief   Reads what Hugging Face's libraries put beside a network: preprocessor_config.json, config.json
 */
#ifndef GRAPH_PREPROCESSOR_H
#define GRAPH_PREPROCESSOR_H

#include "image/image.h"

/**
 * \brief   Read how pixels become numbers
 *
 * \param   path            Of the network; the file is looked for beside it
 * \param   normalization   Its channels are known; scale, mean, std and bgr are filled in, or
 *                          left as they are
 *
 * \return  False without such a file, or one that does not say it for as many channels.
 */
bool preprocessor_read(const char *path, struct normalization *normalization);

/** Read height and width of the input; they are left as they are where nothing says them. */
void preprocessor_read_size(const char *path, int64_t size[2]);

/** The class names of config.json (id2label), NULL-terminated, or NULL; names_free() */
char **config_read_labels(const char *path);

#endif
