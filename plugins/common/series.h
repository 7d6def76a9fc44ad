/**
 * \file    common/series.h
 * \brief   Pictures that a technique optimizes side by side, and their contact sheet
 *
 * A technique that makes one picture for each of many filters or classes fills in a
 * series: what the pictures have in common (the recipe) and what distinguishes them
 * (their names, and whatever the objective looks up by an item's number). Compiled into
 * each plugin that uses it.
 */
#ifndef COMMON_SERIES_H
#define COMMON_SERIES_H

#include <cnnviz/cnnviz.h>

/** Longest name of an item, without suffixes such as "-step-0010" */
#define SERIES_NAME_MAX 48

struct series;

/**
 * \brief   Measure a picture as it was saved
 *
 * \param   item        Number of the item in the series
 * \param   start       Value of the objective in the first step
 * \param   input       (1,C,H,W), the saved picture as the network sees it, or at the
 *                      picture's own size
 */
typedef cnnviz_status (*series_measure)(struct series *series, uint32_t item,
		double start, const cnnviz_tensor *input);

/**
 * \brief   Change the result before it is saved
 *
 * \param   result      Of the items from series->first on; its tensors may be modified
 */
typedef cnnviz_status (*series_before_saving)(struct series *series,
		cnnviz_optimized *result);

struct series {
	const cnnviz_host *host;
	cnnviz_job *job;

	/** Number of pictures */
	uint32_t count;

	/**
	 * count names, each different from the others, and count distinct numbers of
	 * the items' random streams; series_begin() allocates both arrays, the
	 * technique fills them
	 */
	char **names;
	uint64_t *streams;

	/**
	 * count flags, whether each item has started, see cnnviz_optimized.started;
	 * series_begin() allocates them, and series_run() fills them
	 */
	uint8_t *started;

	/**
	 * The settings of all items; series_run() sets count, streams, item_names and
	 * context, and optimizes as many together as should fit in memory. The
	 * objective's context is the series, and its item i is the series' item
	 * series->first + i.
	 */
	cnnviz_optimization recipe;
	uint32_t first;

	/** Declared IMAGE of each picture; the sheet is called "sheet", with a suffix or NULL */
	const char *picture_name;
	const char *sheet_suffix;

	/** Whether the inputs as they were optimized are kept: the table of artifacts has SERIES_ARRAY */
	bool keeps_array;

	/**
	 * Whether pictures are measured at their own size instead of as [input] resizes
	 * them: for layers that accept any size
	 */
	bool own_size;

	series_measure measure;

	/** Or NULL */
	series_before_saving before_saving;

	/** The technique's own data */
	void *context;
};

/** \brief  Allocate the names and streams of series->count items */
cnnviz_status series_begin(struct series *series);

/**
 * \brief   A picture for each class of the parameter `target`, a list without repetition
 *
 * Calls series_begin() for as many items, and names each by its class's index and name.
 *
 * \param   targets     New array of series->count classes, freed with free()
 */
cnnviz_status series_begin_classes(struct series *series, int64_t **targets);

/** \brief  Release what series_begin() allocated */
void series_end(struct series *series);

/**
 * \brief   Optimize all pictures, save and measure them, and draw the contact sheet
 *
 * The sheet has the pictures row by row in the series' order, and is drawn where there
 * are at least two. A picture that never started (see cnnviz_optimized.started) leaves
 * its place on it white. If none has started, the last ones optimized are not saved.
 */
cnnviz_status series_run(struct series *series);

/** \brief  Whether any item has started; where none has, the host lets the job fail */
bool series_started(const struct series *series);

/** \brief  Emit one scalar of an item; name is that of a declared SCALAR */
cnnviz_status series_scalar(const struct series *series, const char *name, uint32_t item,
		double value);

/** \brief  Emit the scalars WHAT_start and WHAT_end of an item, which are declared */
cnnviz_status series_change(const struct series *series, const char *what, uint32_t item,
		double start, double end);

/**
 * \brief   Name of an item: text, then "-number" where it is not negative
 *
 * If it does not fit, the number and the end of the text are kept.
 *
 * \param   name        Receives up to SERIES_NAME_MAX + 1 bytes
 */
void series_name(char *name, const char *text, int64_t number);

/*
 * Entries of techniques' tables: the artifacts that recipes with series_defaults() keep
 * during the optimization, and the parameter and the artifact of those that keep inputs
 * on request
 */
#define SERIES_SNAPSHOT \
	"snapshot", CNNVIZ_ARTIFACT_IMAGE, \
			.summary = "the picture during the optimization, every " \
				   "`snapshots` steps"
#define SERIES_ANIMATION \
	"animation", CNNVIZ_ARTIFACT_ANIMATION, .summary = "the snapshots, animated"
#define SERIES_CURVE(minimized) \
	"curve", CNNVIZ_ARTIFACT_CURVE, \
			.summary = "what is minimized in each step: " minimized
#define SERIES_ARRAY \
	"array", CNNVIZ_ARTIFACT_ARRAY, \
			.summary = "the network's input (C,H,W), not rounded"
#define SERIES_KEEP_ARRAY \
	"keep_array", CNNVIZ_PARAMETER_BOOL, \
			.default_value = "no", \
			.summary = "whether to keep the network's inputs as .npy too"

/** \brief  host->optimize->defaults(), the names of the first three, and spare_dead */
void series_defaults(const cnnviz_host *host, cnnviz_optimization *recipe);

/**
 * \brief   Set an optimization up with the settings of the state of the art
 *
 * Fourier space, decorrelated colors, Adam, random transformations, with the constants
 * of Olah et al. 2017, "Feature Visualization".
 */
void series_modern(cnnviz_optimization *recipe);

/** \brief  Record that memory ran out; returns CNNVIZ_ERROR_MEMORY */
cnnviz_status series_no_memory(const cnnviz_host *host, cnnviz_job *job);

#endif
