/**
 * \file    graph/model.h
 * \brief   A network ready to run: graph, weights, labels
 */
#ifndef GRAPH_MODEL_H
#define GRAPH_MODEL_H

#include "graph/graph.h"
#include "weights/weights.h"

/**
 * \brief   Import a network description from an INI file
 *
 * [network]
 *   name        of the architecture (default: the file's name without ".ini")
 *   input_size  H W, or one number for both; the usual one
 *   channels    RGB (default), BGR or gray
 *   scale       value of a white pixel (default 1), the unit of mean and std
 *   mean, std   one number, or one for each channel (default 0 and 1)
 *   labels      file of class names, relative to this one: one name a line, in the
 *               order of the classes, after comment lines that begin with '#'
 *   weights     names of published weights files, the best one first: what is taken
 *               when the user names none, and what `embedded` looks for
 *   ignore      prefixes of tensors in weights files that are no part of the network
 *   rename      OLD -> NEW, ...: texts to replace in names of tensors, once each
 * [layers]
 *   NAME = OPERATION [setting=value]... [from=NAME[,NAME]...]
 *
 * Each layer follows the one on the line before unless `from` says otherwise; `input`
 * is the network's input, and a block's name stands for its last layer so far. Names
 * keep their capitals. Settings take one number for both directions or height,width;
 * padding takes also top,bottom,left,right or same (TensorFlow's SAME):
 *   conv2d               out kernel [stride=1] [padding=0] [dilation=1] [groups=1]
 *                        [bias=yes]
 *   conv_transpose2d     out kernel [stride=1] [padding=0] [output_padding=0]
 *                        [dilation=1] [groups=1] [bias=yes]; padding as numbers
 *   batch_norm2d         [eps=1e-5]
 *   max_pool2d           kernel [stride=kernel] [padding=0] [dilation=1] [ceil_mode=no]
 *   max_unpool2d         pool: the max_pool2d whose switches say where values go, and
 *                        whose input it is as large as
 *   avg_pool2d           kernel [stride=kernel] [padding=0] [ceil_mode=no]
 *                        [count_include_pad=yes]
 *   adaptive_avg_pool2d  output
 *   linear               out [bias=yes]
 *   add, concat          from, two or more
 *   lrn                  size [alpha=1e-4] [beta=0.75] [k=1]
 *   relu, relu6, silu, flatten, dropout, softmax
 *
 * Every fault is added to problems with file, line and layer.
 *
 * \return  NULL when there were problems.
 */
struct graph *graph_import_ini(const char *path, struct problems *problems);

/** Where things are looked for; NULL-terminated arrays of folders. */
struct model_paths {
	char **folders; /* [run] model_path, $CNNVIZ_MODEL_PATH, installed or source models/ */
};

/** Path of architecture `name` (NAME.ini in a folder, or a path); malloc'ed or NULL */
char *model_find(const struct model_paths *paths, const char *folder, const char *name);

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
	char **labels;       /* class names, NULL-terminated, or NULL */
	char **numbers;      /* names of classes without labels; NULL with labels */
	int64_t class_count; /* of the logits */
	char *weights_path;  /* or "random:SEED" */
	char digest[65];     /* SHA-256 of the weights file; "" until model_digest(),
	                         * and for random weights */
};

/**
 * \brief   Load architecture, weights and labels and check them against each other
 *
 * \param   architecture    Name or path
 * \param   weights         Path; bare file name (looked up in folder, beside the
 *                          description, in the model path,
 *                          $TORCH_HOME/hub/checkpoints, and
 *                          $XDG_CACHE_HOME/torch/hub/checkpoints or
 *                          ~/.cache/torch/hub/checkpoints); NULL: the published
 *                          file that the description names, looked up likewise;
 *                          `embedded`: that file beside the description; `random`
 *                          or `random:SEED`: seeded He initialization, for
 *                          demonstrations and tests
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
