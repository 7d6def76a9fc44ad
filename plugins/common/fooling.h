/**
 * \file    common/fooling.h
 * \brief   Pictures that a network assigns to a class, as measured on the saved files
 *
 * What fooling from noise and fooling from a photograph have in common: one picture for
 * each class of the parameter `target`, optimized until the picture, rounded as in a
 * file, has the required `confidence`, and then frozen. What finally counts is the
 * probability of the saved file, read back. Compiled into each plugin that uses
 * it.
 */
#ifndef COMMON_FOOLING_H
#define COMMON_FOOLING_H

#include "common/series.h"

struct fooling {
	/** The caller sets host, job, names of artifacts and, from fooling_defaults(), recipe */
	struct series series;

	/**
	 * (1,C,H,W), 0..1 in steps of 1/255: the picture that changes are measured
	 * from; or NULL
	 */
	const cnnviz_tensor *original;

	/** Whether pictures are rounded towards the original, so that no change grows */
	bool towards_original;

	/** Called for each picture that was saved, (C,H,W) as in the file; or NULL */
	cnnviz_status (*saved)(const struct fooling *fooling, uint32_t item,
			const float *picture);

	/* The rest is private to fooling.c */
	uint32_t objective;
	double confidence;
	int64_t *targets;
	double *likely;          /* confidence of each item in the last step */
	double *best;            /* largest confidence of a rounded picture; -1: none */
	double *measured;        /* confidence of the file */
	cnnviz_tensor *pictures; /* (N,C,H,W), the pictures of `best` */
};

/** Words of the parameter `objective` */
extern const char *const fooling_objectives[];

/* Entries of techniques' tables: three parameters, two artifacts */
#define FOOLING_TARGET \
	"target", CNNVIZ_PARAMETER_CLASS, \
			.flags = CNNVIZ_PARAMETER_REQUIRED | CNNVIZ_PARAMETER_LIST \
			| CNNVIZ_PARAMETER_UNIQUE | CNNVIZ_PARAMETER_NOT, \
			.summary = "class that the network should see, or several, one " \
				   "picture each"
#define FOOLING_CONFIDENCE \
	"confidence", CNNVIZ_PARAMETER_FLOAT, \
			.default_value = "0.99", .minimum = 0.001, .maximum = 0.99999, \
			.summary = "probability of the class that the saved file must " \
				   "reach"
#define FOOLING_OBJECTIVE \
	"objective", CNNVIZ_PARAMETER_ENUM, \
			.default_value = "log_odds", .choices = fooling_objectives, \
			.summary = "what is maximized; traditionally the logit, whose " \
				   "gradient is zero for some classes of some networks"
#define FOOLING_SHEET \
	"sheet", CNNVIZ_ARTIFACT_IMAGE, \
			.summary = "contact sheet, row by row in the order of the " \
				   "classes"
#define FOOLING_REACHED \
	"confidence", CNNVIZ_ARTIFACT_SCALAR, \
			.summary = "the class's probability for the saved file, read " \
				   "back"

/** \brief  host->optimize->defaults(), and what both fooling techniques set */
void fooling_defaults(const cnnviz_host *host, cnnviz_optimization *recipe);

/** \brief  The picture of a batch as a file has it, (1,C,H,W), for `original` */
cnnviz_status fooling_read_picture(const struct fooling *fooling,
		const cnnviz_batch *batch, cnnviz_tensor **picture);

/**
 * \brief   Make all pictures, save and measure them
 *
 * Sets the series up for the classes. Fails, after all pictures are saved, if one does
 * not have the confidence.
 */
cnnviz_status fooling_run(struct fooling *fooling);

#endif
