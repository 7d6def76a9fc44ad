/**
 * \file    host/shown.h
 * \brief   Layers as techniques see them: (channels,height,width) where their roles tell
 *
 * The engine has the values of tokens, or of maps with channels last, in their own order.
 * All that a technique gets or gives of a layer comes through here: there is nothing else
 * that it would have to know of transformers. Class tokens are left out. What it gives of
 * them is zero in seeds and directions; where a pass begins, they stay as they were.
 */
#ifndef HOST_SHOWN_H
#define HOST_SHOWN_H

#include "host/held_pass.h"

/** The shape of a layer, without the batch, for the size of a pass's input */
struct graph_shape shown_shape(const cnnviz_pass *pass, int32_t node);

/** Whether a tensor has that shape; items are as many as it has */
bool shown_fits(const cnnviz_pass *pass, int32_t node, const cnnviz_tensor *tensor);

/**
 * \brief   Activation of a node that a pass captures
 *
 * \param   activation  Borrowed as long as the pass
 */
cnnviz_status shown_activation(const cnnviz_pass *pass, int32_t node,
		const cnnviz_tensor **activation, struct error *error);

/** Whether techniques see the engine's own tensor, which others may read */
bool shown_is_unchanged(const cnnviz_pass *pass, int32_t node);

/**
 * shared_pass_backward() with seeds and gradients as techniques see them, or where there are
 * rules of layers, shared_pass_backward_by_rules()
 */
cnnviz_status shown_backward(const cnnviz_pass *pass, uint32_t rule,
		const struct engine_rules *rules, uint32_t seed_count,
		const int32_t *seed_nodes, const cnnviz_tensor *const *seeds,
		uint32_t wanted_count, const int32_t *wanted, cnnviz_tensor **gradients,
		struct error *error);

/**
 * \brief   The engine's tensor of what a technique gives
 *
 * \param   shown   Of the layer's shape
 * \param   base    What the rest of it is, in the engine's order; NULL: zeros
 * \param   items   For each item that of the base; NULL: as many of each
 * \param   tensor  New reference, to the given one where that is the same
 */
cnnviz_status shown_to_engine(const cnnviz_pass *pass, int32_t node,
		const cnnviz_tensor *shown, const cnnviz_tensor *base,
		const uint32_t *items, cnnviz_tensor **tensor, struct error *error);

/**
 * \brief   shown_to_engine() for each of some seeds, the rest of which is zero
 *
 * \param   tensors     All NULL; receives new references, some also before a failure
 */
cnnviz_status shown_seeds_to_engine(const cnnviz_pass *pass, uint32_t count,
		const int32_t *nodes, const cnnviz_tensor *const *seeds,
		cnnviz_tensor **tensors, struct error *error);

/**
 * \brief   What a technique gets of the engine's tensor
 *
 * \param   tensor  Replaced where the two differ; released then, also after a failure
 */
cnnviz_status shown_from_engine(const cnnviz_pass *pass, int32_t node,
		cnnviz_tensor **tensor, struct error *error);

/**
 * \brief   Warn of gradients that are zero since only class tokens matter behind a layer,
 *          and name the one to take instead
 */
void shown_warn_past(const struct cnnviz_job *call, const cnnviz_pass *pass,
		uint32_t count, const int32_t *nodes, cnnviz_tensor *const *gradients);

#endif
