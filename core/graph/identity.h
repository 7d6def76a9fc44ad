/**
 * \file    graph/identity.h
 * \brief   What determines what a network computes
 */
#ifndef GRAPH_IDENTITY_H
#define GRAPH_IDENTITY_H

#include <jansson.h>

#include "graph/model.h"

/**
 * \brief   A network as JSON: layers, settings, how pixels become inputs, classes, and the
 *          digests of its weights
 *
 * Two networks of equal JSON compute the same, wherever their files are. Reads the files of the
 * weights, but that of model->digest only if it is not known yet.
 *
 * \param   key     [model] weights_key, or NULL
 */
json_t *model_identity(struct model *model, const char *key);

#endif
