/**
 * \file    model/model.h
 * \brief   A network ready to run: graph, weights, labels
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "model/graph.h"
#include "model/weights.h"

/**
 * \brief   Import a network description from an INI file
 *
 * [network] name, labels (file beside it, optional), input_size = H W, channels
 * (RGB|BGR|gray), scale, mean, std, weights (default file or hub names, for people
 * and for `weights = embedded`)
 * [layers]  NAME = OPERATION [setting=value]... [from=NAME[,NAME]...]
 * Each layer follows the previous one unless `from` says otherwise; `input` is
 * the network's input. Names keep their capitals.
 *
 * Every fault is added to problems with file, line and layer.
 *
 * \return  NULL when there were problems.
 */
struct graph *graph_import_ini(const char *path, struct problems *problems);

/** Where things are looked for; NULL-terminated arrays of folders. */
struct model_paths {
	char **folders;         /* [run] model_path, $CNNVIZ_MODEL_PATH, installed or source models/ */
};

/** Path of architecture `name` (NAME.ini in a folder, or a path); malloc'ed or NULL */
char *model_find(const struct model_paths *paths, const char *folder,
		const char *name);

/** Every NAME.ini found, first folder wins, sorted: NULL-terminated, free with model_list_free() */
struct model_entry {
	char *name;
	char *path;
};
struct model_entry *model_list(const struct model_paths *paths, size_t *count);
void model_list_free(struct model_entry *entries, size_t count);

struct model {
	struct graph *graph;
	struct weights *weights;
	char **labels;          /* class names, or NULL */
	int64_t class_count;    /* of the logits */
	char *weights_path;
	char digest[65];        /* SHA-256 of the weights file; "" until model_digest() */
};

/**
 * \brief   Load architecture, weights and labels and check them against each other
 *
 * \param   architecture    Name or path
 * \param   weights         Path, bare file name (looked up in the model path,
 *                          $TORCH_HOME/hub/checkpoints, and
 *                          $XDG_CACHE_HOME/torch/hub/checkpoints or
 *                          ~/.cache/torch/hub/checkpoints), `embedded` (the file
 *                          that the description's [network] weights names, beside
 *                          it), or `random` / `random:SEED` (seeded He
 *                          initialisation, for demonstrations and tests)
 * \param   labels          Path or NULL (then what the description says)
 * \param   folder          What relative paths are relative to
 * \param   verify          Compare a torch-hub hash in the file's name (8 or more
 *                          hex digits after the last '-') with the file
 * \param   problems        Every fault; section "model" and the key are given
 */
struct model *model_load(const struct model_paths *paths, const char *folder,
		const char *architecture, const char *weights, const char *labels,
		bool verify, struct problems *problems);

/** Fill in model->digest (reads the whole file once). */
void model_digest(struct model *model);

/**
 * \brief   Class by index ("243") or name, ignoring case
 *
 * A name matches a whole label, or one of its comma-separated synonyms. Errors:
 * not found (with the nearest), ambiguous, index out of range.
 */
cnnviz_status model_find_class(const struct model *model, const char *text,
		int64_t *index, struct error *error);

/** Label, or the number as text where there are no labels; borrowed */
const char *model_class_name(const struct model *model, int64_t index);

void model_free(struct model *model);

#endif
