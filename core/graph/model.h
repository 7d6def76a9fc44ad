/**
 * \file    graph/model.h
 * \brief   A network that is ready to run: graph, weights, labels
 */
#ifndef GRAPH_MODEL_H
#define GRAPH_MODEL_H

#include "graph/find.h"
#include "graph/graph.h"
#include "graph/import_options.h"
#include "graph/neuron.h"
#include "weights/weights.h"

struct model {
	struct graph *graph;
	struct weights *weights;
	char **labels;          /* class names, NULL-terminated, or NULL */
	char **synonyms;        /* lines of further names of the classes, or NULL */
	char **numbers;         /* names of classes without labels, or NULL */
	char **negations;       /* names of their negative sides, "not NAME" */
	bool sides;             /* labels name both sides of a single logit */
	int64_t class_count;    /* of the logits */
	struct neurons neurons; /* that jobs explain */
	char *weights_path;     /* or "random:SEED" */
	char digest[65];        /* SHA-256 of the weights file; "" until model_digest(),
	                         * and for random weights */
};

/** What to load; all texts but the architecture may be NULL */
struct model_request {
	const char *architecture; /* name or path */
	/*
	 * Path; bare file name (looked up in folder, beside the description, in the model
	 * path, $TORCH_HOME/hub/checkpoints, and $XDG_CACHE_HOME/torch/hub/checkpoints or
	 * ~/.cache/torch/hub/checkpoints); NULL: the published file that the description
	 * names, looked up likewise; `embedded`: that file beside the description; `random`
	 * or `random:SEED`: seeded He initialization, for demonstrations and tests
	 */
	const char *weights;
	const char *weights_key; /* one of several networks in the file; see fit.h */
	const char *labels;      /* path; NULL: those of the description */
	bool verify; /* compare a torch-hub hash in the file's name (8 or more hex digits
	              * after the last '-') with the file */
	const char *mean, *std;     /* of the input, instead of the description's */
	double scale;               /* likewise; 0: the description's */
	const char *channels;       /* likewise: RGB, BGR or gray */
	enum activation activation; /* likewise; ACTIVATION_DEFAULT: as described */
	struct import_options import;
	bool allow_nonfinite; /* accept weights that are NaN or infinite */
};

/**
 * \brief   Load architecture, weights and labels and check them against each other
 *
 * \param   folder      Base of relative paths
 * \param   problems    Gets all problems, with section "model" and the key
 */
struct model *model_load(const struct model_paths *paths, const char *folder,
		const struct model_request *request, struct problems *problems);

/** Fill in model->digest (reads the whole file once). */
void model_digest(struct model *model);

/**
 * \brief   Class by index ("243") or name, as class_fit() compares them
 *
 * A class whose first name it is comes before those that have it as a synonym. Errors:
 * not found (with the nearest), ambiguous (with all that fit), index out of range.
 */
cnnviz_status model_find_class(const struct model *model, const char *text,
		int64_t *index, struct error *error);

/**
 * \brief   Like model_find_class(), also CNNVIZ_NOT() for `not CLASS`, and for the name
 *                     of the negative side of a single logit
 */
cnnviz_status model_find_target(const struct model *model, const char *text,
		int64_t *target, struct error *error);

/**
 * \brief   Name of a target
 *
 * \return  A label, or the number as text if there are no labels, or of CNNVIZ_NOT()
 *                     "not " with it or the name that the labels have for it, or of
 *                     CNNVIZ_NEURON() the neuron's name; borrowed; NULL where there is no
 *                     such class
 */
const char *model_class_name(const struct model *model, int64_t target);

void model_free(struct model *model);

#endif
