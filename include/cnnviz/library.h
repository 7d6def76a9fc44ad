/**
 * \file    cnnviz/library.h
 * \brief   The library: what the program does, for programs that have no files
 *
 * Five functions. A plan is opened from the text of an INI file (see cnnviz.ini(5)), is run
 * as often as one likes, on pictures in files or in memory, and is freed:
 *
 *     cnnviz_plan *plan;
 *     if (cnnviz_plan_open(text, NULL, &plan) == CNNVIZ_OK) {
 *             cnnviz_plan_run(plan, &run);
 *     }
 *     for (size_t i = 0; cnnviz_plan_error(plan, i) != NULL; i++) {
 *             puts(cnnviz_plan_error(plan, i));
 *     }
 *     cnnviz_plan_free(plan);
 *
 * Link with what `pkg-config --libs libcnnviz` says.
 *
 * Memory or files: a run that is given one of the functions picture(), artifact() and
 * failure() hands its results to them, and writes nothing: no output folder, no manifest, no
 * lock. It needs no output folder either. (Only the plugins' card index may be written to
 * the user's cache, as by the program: where that folder cannot be written, it is not.) A run
 * without them is `cnnviz run`: it writes files, manifest and gallery.
 *
 * Threads: a process may have any number of plans, and call these functions from any
 * thread, not always the same one. But one call works at a time: open(), run() and free()
 * wait until that of another thread has returned. What a run computes, it computes on
 * several CPUs nonetheless. cnnviz_plan_cancel() never waits, and may be called from any
 * thread and from a signal's handler. All functions that a caller hands in are called in
 * the thread of the call that they were handed to, one after the other; they must not call
 * open(), run() or free() (which return an error then, or do nothing), nor leave by
 * longjmp() or an exception.
 *
 * The process: to compute in memory the library installs no handlers of signals and starts no
 * processes. A run to files does what the program does: while it lasts there is a second
 * process, and there are handlers of SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGABRT, which save
 * what is done if a plugin crashes; with `isolate = yes` each job is forked. Opening a plan
 * forks a process for each plugin that is not known yet. Forked processes load libraries, so
 * other threads should load none at that time.
 *
 * Numbers are read and written with a point in whatever locale; so they are in functions that
 * are handed in. While a technique is called, what it does to the locale, the working folder,
 * the umask, the rounding mode and standard output is put right afterwards, and what it prints
 * goes to standard error: other threads should leave these alone meanwhile. Nothing else is
 * printed where there is a function for messages, but by processes of isolated jobs.
 *
 * Where there is no memory for a large array, a picture or a job fails, or a run cannot begin;
 * if a small block cannot be allocated, the process ends with a message, as the program does.
 * After a fork() the child must not call the library.
 */
#ifndef CNNVIZ_LIBRARY_H
#define CNNVIZ_LIBRARY_H

#include <cnnviz/cnnviz.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Some jobs have failed, or failed on some pictures; all else is done. */
#define CNNVIZ_ERROR_INCOMPLETE INT32_C(100)

/** A plan: opaque */
typedef struct cnnviz_plan cnnviz_plan;

/* ---- Opening ---------------------------------------------------------- */

/* Flags of cnnviz_plan_options */
/** Runs will write files: pictures and the output folder are checked when it is opened. */
#define CNNVIZ_PLAN_FILES UINT32_C(1)
/** The first failure ends a run. */
#define CNNVIZ_PLAN_FAIL_FAST UINT32_C(2)
/** What an earlier run has left in the output folder stays there. */
#define CNNVIZ_PLAN_KEEP UINT32_C(4)
/** No code that the text names is run: its plugin_path and its engine's file. */
#define CNNVIZ_PLAN_NO_PLUGINS UINT32_C(8)
/** Runs to files show no progress on standard error; those in memory never do. */
#define CNNVIZ_PLAN_QUIET UINT32_C(16)
/** Runs to files go on where an earlier one into the folder has stopped. */
#define CNNVIZ_PLAN_RESUME UINT32_C(32)

/* Levels of messages */
#define CNNVIZ_MESSAGE_ERROR INT32_C(0)
#define CNNVIZ_MESSAGE_WARNING INT32_C(1)
#define CNNVIZ_MESSAGE_INFO INT32_C(2)
#define CNNVIZ_MESSAGE_DETAIL INT32_C(3)

/**
 * \brief   How a plan is opened; set all that is not used to 0 or NULL
 *
 * Texts and arrays are copied, and may go after cnnviz_plan_open(). New members come at the
 * end: struct_size tells which ones a caller knows.
 */
typedef struct cnnviz_plan_options {
	/** sizeof(cnnviz_plan_options) */
	uint32_t struct_size;

	/** Or of CNNVIZ_PLAN_* */
	uint32_t flags;

	/** What problems in the text begin with, NULL: "plan"; or, without a text, the path of
	 * an INI file */
	const char *name;

	/** What relative paths of the text start from; NULL: the working folder */
	const char *folder;

	/** Further settings, "section.key=value", that replace those of the text; up to NULL */
	const char *const *overrides;

	/** Jobs to do, with commas between; NULL: all */
	const char *only;

	/** The part of the results to make, "I/N" or "auto", as the program's --shard; NULL: all.
	 * Not with a text: what joins shards reads their file again. */
	const char *shard;

	/** Folder of the results of runs to files; NULL: as the text says */
	const char *output;

	/** Folders of plugins, before those of the text and the installed ones; up to NULL */
	const char *const *plugin_folders;

	/**
	 * Gets what the program would print: a level (CNNVIZ_MESSAGE_*) and a sentence in
	 * UTF-8, valid during the call. It is called during open(), run() and free() of this
	 * plan. NULL: it is printed on standard error.
	 */
	void (*message)(void *context, int32_t level, const char *text);
	void *context;

	/** With message(): the last level that it gets; the others are not made. */
	int32_t level;
} cnnviz_plan_options;

/**
 * \brief   Open a plan
 *
 * Everything is checked: sections, keys, the network, its weights, layers, classes, and every
 * job by its technique. Nothing is computed, and weights are mapped, not copied.
 *
 * \param   text        The text of an INI file in UTF-8, copied; NULL: that of the file that
 *                      options->name is. [input] images may be
 *                      absent if runs are given pictures, and [run] output is not used
 *                      where they write nothing.
 * \param   options     NULL: none
 * \param   plan        Receives the plan, to be freed with cnnviz_plan_free(), also if
 *                      this fails: then it has errors and cannot be run. NULL if there
 *                      is not even that (see CNNVIZ_ERROR_UNSUPPORTED).
 *
 * \retval  CNNVIZ_OK                   it can be run
 * \retval  CNNVIZ_ERROR_INPUT          something is wrong with the text; all of it is
 *                                      told by cnnviz_plan_error()
 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from a function that a call was given;
 *                                      *plan is NULL
 */
CNNVIZ_EXPORT cnnviz_status cnnviz_plan_open(const char *text,
		const cnnviz_plan_options *options, cnnviz_plan **plan);

/**
 * \brief   What is wrong, after a call that did not return CNNVIZ_OK
 *
 * \param   index   0, 1, ... up to where NULL is returned
 *
 * \return  A sentence in UTF-8, such as `plan:7: [grad_cam] layer: there is no layer
 *          "conv9" in alexnet; did you mean "conv5"?`; borrowed, valid until the next
 *          call of run() or free() with this plan
 */
CNNVIZ_EXPORT const char *cnnviz_plan_error(const cnnviz_plan *plan, size_t index);

/** \brief  Free a plan. NULL is allowed. Its runs must have returned. */
CNNVIZ_EXPORT void cnnviz_plan_free(cnnviz_plan *plan);

/* ---- Pictures --------------------------------------------------------- */

/**
 * \brief   A picture in memory, or a file
 *
 * One of the three: bytes of a PNG or JPEG file or of an array (.npy, see cnnviz.ini(5)),
 * pixels, or neither of them and the path of a file in name. The caller keeps the bytes or
 * pixels unchanged until cnnviz_plan_run() returns.
 */
typedef struct cnnviz_picture {
	/** sizeof(cnnviz_picture); all items of an array have that of the first */
	uint32_t struct_size;

	/** Channels of the pixels: 1 gray, 3 RGB or 4 RGBA */
	uint32_t channels;

	/** What results and messages call it, such as "upload.png"; or a path */
	const char *name;

	/** Class to explain, by index or name, as in [input] images; NULL: as [input] target
	 * says, or else the predicted one */
	const char *target;

	/** Bytes of a file, and their number; or NULL */
	const void *bytes;
	size_t size;

	/** width * height * channels samples, row by row, those of a pixel together; or NULL */
	const uint8_t *pixels;
	int64_t width;
	int64_t height;
} cnnviz_picture;

/* ---- Results ---------------------------------------------------------- */

/** A class of a picture; this struct will not grow */
typedef struct cnnviz_class {
	/** As targets are: an index, or CNNVIZ_NOT() of one */
	int64_t index;

	/** UTF-8, or as the file of labels has it */
	const char *name;

	double probability;
	double logit;

	/** Segmentation: share of the positions where it is the best class */
	double area;

	/** Detection: left, top, width and height, in pixels of the input */
	double box[4];
} cnnviz_class;

/**
 * \brief   What the network says of a picture, or why it could not be used
 *
 * All pointers here and in the structs below are borrowed, valid during the call.
 */
typedef struct cnnviz_picture_result {
	uint32_t struct_size;

	/** Number of `classes`, at most 5, the best first */
	uint32_t class_count;

	/** Its place among the pictures of the run */
	size_t index;

	/** Unique in the run: the name given, without folder and extension; maybe with -2 */
	const char *name;

	/** A sentence, or NULL; then the members below are not set */
	const char *failure;

	const cnnviz_class *classes;

	/** The class that is explained; its number is as of cnnviz_result.target */
	cnnviz_class target;

	/** The network's view: height * width * channels samples, as in a picture; NULL with
	 * output_format = npy-only */
	const uint8_t *view;
	int64_t width;
	int64_t height;
	int64_t channels;
} cnnviz_picture_result;

/* Kinds of artifacts, and what `data` and `values` are */
/** data: uint8 (H,W,C), C is 1, 3 or 4. values: NULL; or, where inputs have channels that no
 * picture has, the input itself (C,H,W) */
#define CNNVIZ_RESULT_IMAGE INT32_C(0)
/** values: (C,h,w), the map of an attribution. No data */
#define CNNVIZ_RESULT_MAP INT32_C(1)
/** values: an array of any shape. No data */
#define CNNVIZ_RESULT_ARRAY INT32_C(2)
/** `value` alone */
#define CNNVIZ_RESULT_SCALAR INT32_C(3)
/** data: the bytes of a GIF file, of shape[0] frames (C,H,W). No values */
#define CNNVIZ_RESULT_ANIMATION INT32_C(4)
/** data: the bytes of an SVG file. values: (steps) or (steps,lines) */
#define CNNVIZ_RESULT_CURVE INT32_C(5)
/** data: uint8 (H,W,1), a class for each pixel. values: the same, (H,W) */
#define CNNVIZ_RESULT_LABELS INT32_C(6)

/** A number about an artifact: of a map "min", "max" and, where it is known, "confidence".
 * This struct will not grow. */
typedef struct cnnviz_scalar {
	const char *name;
	double value;
} cnnviz_scalar;

/**
 * \brief   What a job has made
 *
 * The values are those of the .npy file, the pixels those of the .png file and the bytes
 * those of the .gif or .svg file that a run to files writes. With output_format = npy-only
 * nothing is drawn: `data` is NULL then, and `values` of an image are its numbers (C,H,W).
 */
typedef struct cnnviz_result {
	uint32_t struct_size;

	/** CNNVIZ_RESULT_* */
	int32_t kind;

	/** Its section, and the technique */
	const char *job;
	const char *technique;

	/** As in cnnviz_picture_result; NULL for jobs that run once, and then index is 0 */
	const char *picture;
	size_t index;

	/** "attribution", "overlay", ...: name of the file without its extension */
	const char *name;

	/** Class that it explains, CNNVIZ_NOT() of one, or CNNVIZ_NEURON() of a number; -1: none */
	int64_t target;

	/** Its name; NULL: none */
	const char *target_name;

	/** As the kind says: bytes, and their number; or NULL */
	const void *data;
	size_t size;

	/** As the kind says: float32 in row-major order, and their shape; or NULL */
	const float *values;
	uint32_t rank;
	uint32_t scalar_count;
	int64_t values_shape[CNNVIZ_MAX_RANK];

	/** Shape of data: see the kind. All 0 for a curve */
	int64_t shape[4];

	/** Of a scalar */
	double value;

	const cnnviz_scalar *scalars;

	/** Of a curve: name of its values, and of its lines (line_count, or 0) */
	const char *axis;
	const char *const *lines;
	size_t line_count;
} cnnviz_result;

/** What a job could not do */
typedef struct cnnviz_failure {
	uint32_t struct_size;
	const char *job;
	const char *technique;

	/** The picture that it failed on; NULL: the job itself has failed. index is 0 then. */
	const char *picture;
	size_t index;

	/** A sentence */
	const char *text;
} cnnviz_failure;

/* ---- Running ---------------------------------------------------------- */

/**
 * \brief   What is run, and who gets the results; set all that is not used to 0 or NULL
 *
 * A function that returns anything but 0 cancels the run, and no more functions are called
 * for it.
 */
typedef struct cnnviz_run {
	/** sizeof(cnnviz_run) */
	uint32_t struct_size;

	/** Number of pictures; 0: those of [input] images */
	uint32_t picture_count;

	/** In place of those of [input] images */
	const cnnviz_picture *pictures;

	void *context;

	/** Gets each picture, in order, before the artifacts about it */
	int32_t (*picture)(void *context, const cnnviz_picture_result *result);

	/** Gets each artifact as soon as it is there */
	int32_t (*artifact)(void *context, const cnnviz_result *artifact);

	/** Gets each failure; the run goes on, unless CNNVIZ_PLAN_FAIL_FAST is set */
	int32_t (*failure)(void *context, const cnnviz_failure *failure);

	/**
	 * Gets the part of all results that is done, from 0 to 1, and the job at work or
	 * NULL; not of isolated jobs, which are in other processes
	 */
	int32_t (*progress)(void *context, double done, const char *job);
} cnnviz_run;

/**
 * \brief   Run a plan, into memory or to files
 *
 * The engine is loaded by the first run in the process (libtorch takes half a second), and
 * the network stays open for further runs in memory of the same plan: its weights are packed
 * once.
 *
 * \param   run     NULL: pictures as the text says, results to files
 *
 * \retval  CNNVIZ_OK                   all is done
 * \retval  CNNVIZ_ERROR_INCOMPLETE     failure() and picture() have told what is not
 * \retval  CNNVIZ_ERROR_CANCELED       by a function, cnnviz_plan_cancel(), or a signal if
 *                                      the program handles it; what was done has been
 *                                      handed out or, of files, is complete
 * \retval  CNNVIZ_ERROR_INPUT          it could not begin, or the plan has errors:
 *                                      cnnviz_plan_error() tells
 * \retval  CNNVIZ_ERROR_UNSUPPORTED    called from a function that a call was given
 */
CNNVIZ_EXPORT cnnviz_status cnnviz_plan_run(cnnviz_plan *plan, const cnnviz_run *run);

/**
 * \brief   Cancel a run: it ends as soon as an operation of the network allows
 *
 * From any thread, from a function that the run was given, or from a signal's handler. If
 * none is running, the next one ends at once.
 */
CNNVIZ_EXPORT void cnnviz_plan_cancel(cnnviz_plan *plan);

#ifdef __cplusplus
}
#endif

#endif
