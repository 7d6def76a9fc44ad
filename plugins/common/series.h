/**
 * \file    common/series.h
 * \brief   Pictures that a technique optimizes side by side, and their contact sheet
 *
 * A technique that makes one picture for each of many filters or classes fills in a
 * series: what the pictures have in common (the recipe) and what tells them apart
 * (their names, and whatever the objective finds by an item's number). Compiled into
 * each plugin that uses it.
 */
#ifndef COMMON_SERIES_H
#define COMMON_SERIES_H

#include <cnnviz/cnnviz.h>

/** Longest name of an item; behind it come "-step-0010" and the like */
#define SERIES_NAME_MAX 48

struct series;

/**
 * \brief   Measure a picture as it was saved
 *
 * \param   item        Number of the item in the series
 * \param   start       Value of the objective in the first step
 * \param   input       (1,C,H,W), the saved picture as the network sees it, or at its
 *                      own size
 */
typedef cnnviz_status (*series_measure)(struct series *series, uint32_t item,
		double start, const cnnviz_tensor *input);

/**
 * \brief   Change what was reached before it is saved
 *
 * \param   result      Of items series->first and on; its tensors may be written
 */
typedef cnnviz_status (*series_amend)(struct series *series, cnnviz_optimized *result);

struct series {
	const cnnviz_host *host;
	cnnviz_job *job;

	/** Number of pictures */
	uint32_t count;

	/**
	 * count names, each different from the others, and count numbers that tell the
	 * items' random streams apart; series_begin() makes the room, the technique
	 * fills it
	 */
	char **names;
	uint64_t *streams;

	/**
	 * What all have in common; series_run() sets count, streams, item_names and
	 * context, and optimizes as many together as memory should hold. The
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
	 * them: for layers that take any
	 */
	bool own_size;

	series_measure measure;

	/** Or NULL */
	series_amend amend;

	/** The technique's own */
	void *context;
};

/** \brief  Make room for the names and streams of series->count items */
cnnviz_status series_begin(struct series *series);

/**
 * \brief   A picture for each class of the parameter `target`, a list without repetition
 *
 * Calls series_begin() for as many, and names each by its class's index and name.
 *
 * \param   targets     New array of series->count classes, freed with free()
 */
cnnviz_status series_begin_classes(struct series *series, int64_t **targets);

/** \brief  Release what series_begin() made */
void series_end(struct series *series);

/**
 * \brief   Optimize all pictures, save and measure them, and draw the contact sheet
 *
 * The sheet has the pictures row by row in the series' order, and is drawn where there
 * are at least two.
 */
cnnviz_status series_run(struct series *series);

/** \brief  One number about an item, by the declared SCALAR's name */
cnnviz_status series_scalar(const struct series *series, const char *name, uint32_t item,
		double value);

/**
 * \brief   Name of an item: text, then "-number" where it is not negative
 *
 * Where there is no room for it all, the number and the end of the text stay.
 *
 * \param   name        Room for SERIES_NAME_MAX + 1 bytes
 */
void series_name(char *name, const char *text, int64_t number);

/*
 * Entries of techniques' tables: what recipes with series_defaults() keep on the way, and
 * the parameter and the artifact of those that keep inputs where that is asked for
 */
#define SERIES_SNAPSHOT \
	"snapshot", CNNVIZ_ARTIFACT_IMAGE, \
			.summary = "the picture on the way, every `snapshots` steps"
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
 * \brief   Set an optimization up as the state of the art has it
 *
 * Fourier space, decorrelated colors, Adam, random transformations, with the constants
 * of Olah et al. 2017, "Feature Visualization".
 */
void series_modern(cnnviz_optimization *recipe);

/** \brief  Record that memory is out; returns CNNVIZ_ERROR_MEMORY */
cnnviz_status series_no_memory(const cnnviz_host *host, cnnviz_job *job);

#endif
