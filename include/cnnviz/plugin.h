/**
 * \file    cnnviz/plugin.h
 * \brief   What a plugin declares: one technique, its parameters, its artifacts
 *
 * A plugin is a shared object that exports one symbol and links nothing of the host:
 * cnnviz_plugin for one technique, or cnnviz_plugins for several (see CNNVIZ_PLUGIN and
 * CNNVIZ_PLUGINS at the end of this file).
 */
#ifndef CNNVIZ_PLUGIN_H
#define CNNVIZ_PLUGIN_H

#include <cnnviz/types.h>
#include <cnnviz/host.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Parameters ------------------------------------------------------- */

/** yes/no, true/false, on/off, 1/0; read with parameter->boolean() */
#define CNNVIZ_PARAMETER_BOOL UINT32_C(1)
/** decimal integer within minimum..maximum; read with parameter->integer() */
#define CNNVIZ_PARAMETER_INT UINT32_C(2)
/** decimal number within minimum..maximum; read with parameter->real() */
#define CNNVIZ_PARAMETER_FLOAT UINT32_C(3)
/** any text; read with parameter->text() */
#define CNNVIZ_PARAMETER_STRING UINT32_C(4)
/** one of choices; parameter->integer() gives its index, text() its name */
#define CNNVIZ_PARAMETER_ENUM UINT32_C(5)
/**
 * a layer of the network by name, or `last_features` for the last feature map (and
 * `last_conv`, the older word for it), or `input`, or `logits`; parameter->integer()
 * gives the layer, text() its name
 */
#define CNNVIZ_PARAMETER_LAYER UINT32_C(6)
/**
 * a class by name or index, with CNNVIZ_PARAMETER_NOT also `not CLASS`;
 * parameter->integer() gives the index, or CNNVIZ_NOT() of it
 */
#define CNNVIZ_PARAMETER_CLASS UINT32_C(7)
/**
 * the name of another job of the INI file whose technique is of kind attribution, or of
 * such a technique, which then runs with its defaults; used with attribution->run()
 */
#define CNNVIZ_PARAMETER_JOB UINT32_C(8)
/** a file that exists, relative to the INI file; text() gives the full path */
#define CNNVIZ_PARAMETER_PATH UINT32_C(9)
/** #rrggbb or a CSS basic color name; parameter->integer() gives 0xRRGGBB */
#define CNNVIZ_PARAMETER_COLOR UINT32_C(10)
/**
 * a channel, or a feature, of the layer that the parameter `layer` of the same table
 * has: its number, counted from 0. The host rejects one that the layer does not have;
 * if `layer` is a list, each of the layers must have it. parameter->integer() gives it.
 */
#define CNNVIZ_PARAMETER_CHANNEL UINT32_C(11)

/**
 * further pictures, given as `images` of [input] are: paths, wildcards, @list files, and
 * several of these separated by commas, without classes. The host finds and checks them
 * before anything is computed. parameter->list_count() gives their number, list_text()
 * the path of each, in the order in which they are given (those of a wildcard sorted), and
 * image->read_inputs() what the network sees. Without CNNVIZ_PARAMETER_LIST, which is
 * implied, and without default.
 */
#define CNNVIZ_PARAMETER_PICTURES UINT32_C(12)

/**
 * another network, given as `architecture` of [model] is, and after a comma its weights if
 * they are not those of its description. The host reads and checks it before anything is
 * computed; it must take inputs of as many channels as that of the run.
 * model->open() gives it, parameter->text() what the user wrote.
 */
#define CNNVIZ_PARAMETER_NETWORK UINT32_C(13)

/**
 * \brief   One parameter of a technique
 *
 * The host parses and checks the INI file's text against this before anything is
 * computed, prints it in `cnnviz describe`, and rejects keys that are not declared. All
 * strings are UTF-8 and static.
 */
typedef struct cnnviz_parameter {
	/** Key in the INI file: lower-case letters, digits and underscores. */
	const char *name;

	/** One of CNNVIZ_PARAMETER_* */
	uint32_t type;

	/** Any of CNNVIZ_PARAMETER_REQUIRED, _LIST, _ALL, _UNIQUE, _NOT, _WAS_SINGLE, _EFFORT */
	uint32_t flags;

	/**
	 * Value used where the INI file has none, in the INI file's syntax and
	 * checked like it. NULL: unset (see parameter->is_set()).
	 */
	const char *default_value;

	/** Range of INT and FLOAT, both ends included; both 0: no range. */
	double minimum;
	double maximum;

	/** ENUM: the allowed words, ended by NULL; otherwise NULL. */
	const char *const *choices;

	/** CHANNEL: name of the parameter of type LAYER it counts in; otherwise NULL. */
	const char *layer;

	/** Unit for people ("pixels", "fraction of the input's range"), or NULL. */
	const char *unit;

	/** One line for people; must not be empty. */
	const char *summary;
} cnnviz_parameter;

/** The user must give it */
#define CNNVIZ_PARAMETER_REQUIRED UINT32_C(1)
/**
 * One or more values, separated by commas; of an INT or CHANNEL also ranges such as
 * 8-15. Not for BOOL and JOB. Read with parameter->list_count() and list_*(); the
 * functions for single values give the first.
 */
#define CNNVIZ_PARAMETER_LIST UINT32_C(2)
/** With LIST: the word `all` is allowed, and gives an empty list. */
#define CNNVIZ_PARAMETER_ALL UINT32_C(4)
/**
 * With LIST: no value may appear twice, even under different names. Layers, classes and
 * channels are compared by what their names mean.
 */
#define CNNVIZ_PARAMETER_UNIQUE UINT32_C(8)
/** CLASS: the value is a target, so that `not CLASS` is allowed (see CNNVIZ_NOT()) */
#define CNNVIZ_PARAMETER_NOT UINT32_C(16)
/**
 * With LIST: the manifest has a single value as a text, as of a parameter without LIST,
 * and only several as a list; for a parameter that has become one
 */
#define CNNVIZ_PARAMETER_WAS_SINGLE UINT32_C(32)
/**
 * INT or FLOAT without LIST: how much is done, such as a number of steps, samples or masks.
 * The technique takes the longer the larger it is, and does in principle the same: so
 * `cnnviz test-plugin` gives a small value in place of a larger default.
 */
#define CNNVIZ_PARAMETER_EFFORT UINT32_C(64)

/* ---- Artifacts -------------------------------------------------------- */

/** a picture, drawn as it is */
#define CNNVIZ_ARTIFACT_IMAGE UINT32_C(1)
/** a float32 array, kept as .npy */
#define CNNVIZ_ARTIFACT_ARRAY UINT32_C(2)
/** a named number, in the manifest and under the picture, without a file of its own */
#define CNNVIZ_ARTIFACT_SCALAR UINT32_C(3)
/** frames, kept as an animated GIF */
#define CNNVIZ_ARTIFACT_ANIMATION UINT32_C(4)
/** numbers over steps, kept as .npy and drawn as .svg */
#define CNNVIZ_ARTIFACT_CURVE UINT32_C(5)
/** a map of class indices, kept as an indexed PNG */
#define CNNVIZ_ARTIFACT_LABELS UINT32_C(6)

/**
 * \brief   One artifact that a technique may emit; an ATTRIBUTION beside each map, with its picture
 */
typedef struct cnnviz_artifact {
	/** File name without suffix and extension: lower-case letters, digits, underscores. */
	const char *name;

	/** One of CNNVIZ_ARTIFACT_* */
	uint32_t type;

	uint32_t reserved;

	/** One line for people; must not be empty. */
	const char *summary;
} cnnviz_artifact;

/* ---- Technique -------------------------------------------------------- */

/** Given inputs and targets, computes one map for each input. */
#define CNNVIZ_KIND_ATTRIBUTION UINT32_C(1)
/** Given a picture or nothing, emits artifacts. */
#define CNNVIZ_KIND_GENERAL UINT32_C(2)

/*
 * Where a parameter of type LAYER of a job, or of the job whose maps it has, names a layer
 * other than the input, maps may be at that layer: of any height and width, and those of
 * signed styles with as many channels as the layer. The host enlarges them, and draws the sum
 * over channels that are no colors.
 */

/**
 * Signed gradients, (N,C,H,W) or (N,1,H,W), at the size of inputs (N,C,H,W). The host
 * draws color, gray, positive and negative.
 */
#define CNNVIZ_MAP_GRADIENT UINT32_C(1)
/**
 * Values from 0 up, (N,1,H,W), at the input's size. The host draws gray,
 * heatmap and overlay, clipped at the 99th percentile.
 */
#define CNNVIZ_MAP_SALIENCY UINT32_C(2)
/**
 * Values from 0 up, (N,1,h,w), at a layer's size. The host enlarges them and
 * draws gray, heatmap and overlay.
 */
#define CNNVIZ_MAP_CAM UINT32_C(3)
/**
 * Shape and meaning of the maps of the job that the technique's first parameter
 * of type JOB names, which is required or has a default.
 */
#define CNNVIZ_MAP_LIKE_JOB UINT32_C(4)
/**
 * Signed evidence, (N,1,h,w), or (N,C,h,w) with C that of the inputs or 3, at any size:
 * the input's, or a layer's, which the host enlarges bilinearly (`upsample`). Above 0 is
 * for the target, below 0 against it. A place's evidence is the sum over its channels.
 * The host draws
 * - heatmap and overlay in a diverging color map (`colormap`) with its middle at 0 and
 *   its ends at plus and minus the 99th percentile (`percentile`) of the magnitudes; in
 *   overlay the colors fade to the picture toward 0;
 * - gray: the positive part of the evidence, clipped at its 99th percentile, which is
 *   also what `cnnviz evaluate` measures;
 * - color, positive and negative as of a gradient, channel by channel.
 */
#define CNNVIZ_MAP_SIGNED UINT32_C(5)

/** GENERAL: run once for each picture of [input] */
#define CNNVIZ_RUN_PER_PICTURE UINT32_C(1)
/** GENERAL: run once, without a picture */
#define CNNVIZ_RUN_ONCE UINT32_C(2)

/** By gradients with respect to the picture */
#define CNNVIZ_FAMILY_GRADIENT "gradient"
/** Class activation maps: by a layer's feature maps */
#define CNNVIZ_FAMILY_CAM "cam"
/** By what the tokens of a transformer take from one another */
#define CNNVIZ_FAMILY_ATTENTION "attention"
/** By trying what happens when parts of the picture change */
#define CNNVIZ_FAMILY_PERTURBATION "perturbation"
/** What layers, channels and directions in them stand for, by many pictures */
#define CNNVIZ_FAMILY_CONCEPT "concept"
/** Pictures that are made, not explained */
#define CNNVIZ_FAMILY_OPTIMIZATION "optimization"
/** Which object, or which class, each pixel belongs to */
#define CNNVIZ_FAMILY_SEGMENTATION "segmentation"

/*
 * What a technique asks of the batch that it is given, as it is: see asks. Inputs that it
 * makes itself are not meant.
 */

/** Activations: pass->forward(), and no backward pass from there */
#define CNNVIZ_ASKS_ACTIVATIONS UINT32_C(1)
/** Gradients: pass->logit_gradient(), or pass->forward() and pass->backward() */
#define CNNVIZ_ASKS_GRADIENTS UINT32_C(2)
/** Maps of the jobs that its parameters name: attribution->run() */
#define CNNVIZ_ASKS_MAPS UINT32_C(4)
/** Gradients, of which one is pass->logit_gradient() at the input by the plain rule */
#define CNNVIZ_ASKS_INPUT_GRADIENT (UINT32_C(8) | CNNVIZ_ASKS_GRADIENTS)
/** Gradients, among them the same at every layer that its parameters name */
#define CNNVIZ_ASKS_LAYER_GRADIENTS (UINT32_C(16) | CNNVIZ_ASKS_GRADIENTS)
/** Classes: it compares the target with others, so that a job is refused the key `neuron` */
#define CNNVIZ_ASKS_CLASSES UINT32_C(32)

/**
 * \brief   A technique: the descriptor that a plugin's entry returns
 *
 * The host reads abi_major, abi_minor and struct_size before anything else and
 * runs no other code of the plugin until they are accepted. Static and const.
 */
typedef struct cnnviz_technique {
	/** CNNVIZ_ABI_MAJOR and CNNVIZ_ABI_MINOR of the headers compiled against */
	uint32_t abi_major;
	uint32_t abi_minor;

	/** sizeof(cnnviz_technique) */
	uint32_t struct_size;

	/** One of CNNVIZ_KIND_* */
	uint32_t kind;

	/** Unique name: a lower-case letter, then letters, digits, underscores */
	const char *name;

	/** The plugin's own version, for people */
	const char *version;

	/** One line for `cnnviz techniques` */
	const char *summary;

	/** A paragraph for `cnnviz describe`, or NULL */
	const char *description;

	/** Author, year, title, identifier and section of the source, or NULL */
	const char *reference;

	/** Table of parameters, its length, and sizeof(cnnviz_parameter) */
	const cnnviz_parameter *parameters;
	uint32_t parameter_count;
	uint32_t parameter_size;

	/** Table of artifacts (ATTRIBUTION: of images, arrays and labels), its length, stride */
	const cnnviz_artifact *artifacts;
	uint32_t artifact_count;
	uint32_t artifact_size;

	/** ATTRIBUTION: one of CNNVIZ_MAP_*; otherwise 0 */
	uint32_t map_style;

	/** GENERAL: one of CNNVIZ_RUN_*; otherwise 0 */
	uint32_t run_mode;

	/**
	 * \brief   Compute a map for each input of a batch (ATTRIBUTION)
	 *
	 * \param   host    The host's services; valid until the call returns
	 * \param   job     The running job: parameters, cancellation, messages
	 * \param   batch   Inputs and targets; borrowed until the call returns
	 * \param   maps    Receives a new reference to (N,C,h,w) finite values;
	 *                  unchanged on failure. Item n must depend on input n, target
	 *                  n and random stream n alone.
	 *
	 * Where a batch of several pictures fails, it is called again for each of them
	 * alone, so that the others get their maps.
	 *
	 * \return  CNNVIZ_OK, or what host->fail() or a service returned. The job fails
	 *          on the batch with CNNVIZ_ERROR_PLUGIN if there was no reason for the
	 *          failure, or if the maps have another shape or are not finite.
	 */
	cnnviz_status (*attribute)(const cnnviz_host *host, cnnviz_job *job,
			const cnnviz_batch *batch, cnnviz_tensor **maps);

	/**
	 * \brief   Do the work of a technique of general kind (GENERAL)
	 *
	 * \param   batch   One picture for CNNVIZ_RUN_PER_PICTURE, NULL for
	 *                  CNNVIZ_RUN_ONCE; borrowed until the call returns
	 *
	 * Results go to host->artifact.
	 *
	 * \return  CNNVIZ_OK, or what host->fail() or a service returned.
	 */
	cnnviz_status (*run)(const cnnviz_host *host, cnnviz_job *job,
			const cnnviz_batch *batch);

	/**
	 * \brief   Say whether the job's parameters make sense for the network
	 *
	 * May be NULL. Called once for each job of the INI file, before anything is
	 * computed or written, and for `cnnviz check` too: a reason given to
	 * host->fail() is reported like a mistake in the file. If it names a parameter
	 * in backquotes, or begins with one, that key's line is reported with it.
	 * Pictures and maps of other jobs are not known yet.
	 *
	 * Available are host->parameter, host->model, host->tensor, fail(), warn(),
	 * log() and optimize->defaults() and configure(), which here reads no picture.
	 * All other services fail with CNNVIZ_ERROR_UNSUPPORTED. Nothing that the host
	 * checks by the table, such as a channel that does not exist, has to be checked
	 * again.
	 *
	 * \return  CNNVIZ_OK, or what host->fail() or a service returned.
	 */
	cnnviz_status (*check)(const cnnviz_host *host, cnnviz_job *job);

	/**
	 * Any of CNNVIZ_ASKS_*, or 0; also of the batches of prepare()
	 *
	 * Of the batch that it is given, a technique asks for the logits and for layers
	 * that its parameters name. Where it says so here, the host runs the network
	 * forward once for all jobs that do, and keeps what they need until the last of
	 * them has returned; and it goes backward once for all gradients of one rule and
	 * target that it knows of by then. Results are the same without; each job then
	 * has passes of its own.
	 */
	uint32_t asks;

	uint32_t reserved;

	/**
	 * What the technique belongs to, by which `cnnviz techniques` groups it, or NULL
	 *
	 * A word in lower-case letters: one of CNNVIZ_FAMILY_*, or the plugin's own.
	 */
	const char *family;

	/**
	 * \brief   Make the job's private data
	 *
	 * May be NULL. Called before every other function of the job but check(), once in
	 * each process that needs the job: its own, and with `[run] isolate` also those of
	 * jobs that use its maps. Services are available as in attribute(), but there is
	 * no batch, and host->artifact fails with CNNVIZ_ERROR_UNSUPPORTED. The layers'
	 * weights and the parameters do not change before destroy().
	 *
	 * \param   data    Receives the data, which host->job_data() returns from then on;
	 *                  owned by the plugin, NULL is allowed; unchanged on failure
	 *
	 * The data may hold tensors, but no passes and no streams of random numbers. What
	 * attribute() and run() give must not depend on the pictures that they were called
	 * with before: data changes in create(), prepare() and prepared() alone, except for
	 * what is only remembered to save time.
	 *
	 * \return  CNNVIZ_OK, or what host->fail() or a service returned: then the job
	 *          fails as a whole, and destroy() is not called.
	 */
	cnnviz_status (*create)(const cnnviz_host *host, cnnviz_job *job, void **data);

	/**
	 * \brief   Release the job's private data
	 *
	 * NULL only if create is. Called once for each create() that succeeded, after all
	 * other functions of the job, whatever their outcome. Only host->tensor is
	 * available. A process that crashes or is killed does not come to it.
	 *
	 * \param   data    What create() made
	 */
	void (*destroy)(const cnnviz_host *host, void *data);

	/**
	 * \brief   Look at a batch of the run's pictures, before the first map is made
	 *
	 * May be NULL. All pictures of the run go by, in batches as for attribute(), with
	 * inputs, targets and streams as there; then prepared() is called once, and only
	 * then attribute() or run(), also one for CNNVIZ_RUN_ONCE. So a technique can know
	 * all pictures before it explains one: statistics, backgrounds, directions. Jobs
	 * whose maps a parameter of type JOB names have been prepared before. Services
	 * are available as in attribute(), but host->artifact fails with
	 * CNNVIZ_ERROR_UNSUPPORTED.
	 *
	 * \param   batch   One or more pictures; borrowed until the call returns
	 *
	 * The order and number of pictures in a batch depend on `[run] batch`: what is
	 * collected should not.
	 *
	 * \return  CNNVIZ_OK, or what host->fail() or a service returned. A call that fails
	 *          must leave the data as it was: where a batch of several pictures fails,
	 *          it is called again for each of them alone. The job fails on a picture
	 *          that fails alone, and is neither prepared with it nor called for it.
	 */
	cnnviz_status (*prepare)(const cnnviz_host *host, cnnviz_job *job,
			const cnnviz_batch *batch);

	/**
	 * \brief   Finish what prepare() collected
	 *
	 * May be NULL; otherwise prepare is not NULL. Called once when all pictures have
	 * gone by, also if none of them could be used; not after an interruption. Services
	 * are available as in create().
	 *
	 * \return  CNNVIZ_OK, or what host->fail() or a service returned: then the job
	 *          fails as a whole.
	 */
	cnnviz_status (*prepared)(const cnnviz_host *host, cnnviz_job *job);
} cnnviz_technique;

/* ---- Descriptors ------------------------------------------------------ */

/*
 * What descriptors have in common. All of it is positional, so that in C the other
 * members follow by name and in C++17 in their order:
 *
 *     static const cnnviz_technique technique = {
 *             CNNVIZ_ATTRIBUTION("grad_cam", "1.0"),
 *             .summary = "where a layer's feature maps are evidence for the class",
 *             .parameters = CNNVIZ_TABLE(parameters),
 *             .map_style = CNNVIZ_MAP_CAM,
 *             .attribute = attribute,
 *     };
 */

/** The first six members of an attribution's descriptor: version, size, kind, names */
#define CNNVIZ_ATTRIBUTION(name, version) \
	CNNVIZ_ABI_MAJOR, CNNVIZ_ABI_MINOR, sizeof(cnnviz_technique), \
			CNNVIZ_KIND_ATTRIBUTION, name, version

/** The same of a technique of general kind */
#define CNNVIZ_GENERAL(name, version) \
	CNNVIZ_ABI_MAJOR, CNNVIZ_ABI_MINOR, sizeof(cnnviz_technique), \
			CNNVIZ_KIND_GENERAL, name, version

/** A table of parameters or artifacts with the two members behind it: length and stride */
#define CNNVIZ_TABLE(table) table, sizeof(table) / sizeof((table)[0]), sizeof((table)[0])

/* ---- Entry ------------------------------------------------------------ */

#if defined(__GNUC__) || defined(__clang__)
#define CNNVIZ_EXPORT __attribute__((visibility("default")))
#else
#define CNNVIZ_EXPORT
#endif

/** Type of a plugin's entry: free of side effects, returns a static descriptor */
typedef const cnnviz_technique *(*cnnviz_plugin_entry)(void);

/** Name of a plugin's entry */
#define CNNVIZ_PLUGIN_SYMBOL "cnnviz_plugin"

/** Declaration of a plugin's entry */
CNNVIZ_EXPORT const cnnviz_technique *cnnviz_plugin(void);

/**
 * \brief   Define the plugin's entry
 *
 * Use once, at the end of the plugin's file: CNNVIZ_PLUGIN(technique)
 * where technique is a static const cnnviz_technique.
 */
#define CNNVIZ_PLUGIN(technique) \
	const cnnviz_technique *cnnviz_plugin(void) \
	{ \
		return &(technique); \
	}

/* ---- Several techniques in one file ------------------------------------ */

/**
 * Type of the entry of a plugin that provides several techniques: free of side effects,
 * returns a static array of one or more static descriptors, with NULL behind the last
 *
 * Each has a name of its own and is found, described, run and isolated like that of a file
 * of its own. The host checks all descriptors when it opens the file, and refuses the file
 * as a whole if one of them is not valid or two have the same name.
 */
typedef const cnnviz_technique *const *(*cnnviz_plugins_entry)(void);

/** Name of that entry; a plugin that also has the other one is refused */
#define CNNVIZ_PLUGINS_SYMBOL "cnnviz_plugins"

/** Declaration of that entry */
CNNVIZ_EXPORT const cnnviz_technique *const *cnnviz_plugins(void);

/**
 * \brief   Define the entry of a plugin with several techniques
 *
 * Use once, in place of CNNVIZ_PLUGIN: CNNVIZ_PLUGINS(&mean, &median) where mean and
 * median are static const cnnviz_technique.
 */
#define CNNVIZ_PLUGINS(...) \
	const cnnviz_technique *const *cnnviz_plugins(void) \
	{ \
		static const cnnviz_technique *const list[] = { __VA_ARGS__, NULL }; \
		return list; \
	}

#ifdef __cplusplus
}
#endif

#endif
