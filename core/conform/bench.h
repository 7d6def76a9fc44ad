/**
 * \file    conform/bench.h
 * \brief   Where a plugin is put to the test: network, pictures, a job, and its results
 */
#ifndef CONFORM_BENCH_H
#define CONFORM_BENCH_H

#include "conform/conform.h"
#include "conform/recorder.h"
#include "host/session.h"

/* Networks: small, and not square, so that nobody can swap height and width */
#define BENCH_CLASSIFIER "conform"
#define BENCH_SEGMENTER "conform_dense"

/** A folder for scratch with the plugin and the pictures in it */
struct bench {
	const struct conform_request *request;
	const char *network; /* that jobs run on */
	char *folder;
	char *link; /* to the plugin's shared object */
};

/** Pictures to run on; see bench.c for what they show */
enum bench_pictures {
	BENCH_ORDINARY,
	BENCH_SINGLE, /* the first of the ordinary ones */
	BENCH_PLAIN,  /* of one color: black, white, gray */
	BENCH_THIN,   /* one pixel wide, one high, a single one */
};

/** Make the folder. */
cnnviz_status bench_create(const struct conform_request *request, struct bench *bench,
		struct error *error);
void bench_remove(struct bench *bench);

/**
 * \brief   Load the plugin alone
 *
 * \param   plugin  Valid as long as the registry
 */
cnnviz_status bench_load(const struct bench *bench, struct registry **registry,
		const struct plugin **plugin, struct error *error);

/** The plugin as the job of a plan, ready to be called */
struct stage {
	struct plan *plan;
	struct session session;
	struct job *job;
};

/**
 * \brief   Make plan and session, without asking the plugin about its job
 *
 * \param   batch       How many pictures are treated together
 * \param   assignment  One more "section.key=value", or NULL
 */
cnnviz_status stage_open(const struct bench *bench, enum bench_pictures pictures,
		unsigned batch, const char *assignment, struct stage *stage,
		struct error *error);
void stage_close(struct stage *stage);

/** Ask the plugin whether its job makes sense, as a plan does; CNNVIZ_OK where it does */
cnnviz_status stage_check(struct stage *stage, struct error *error);

/** One thing that the plugin gave */
struct result {
	char *name;         /* "the map of ordinary-1" */
	cnnviz_tensor *map; /* of an attribution, or NULL */
	char digest[65];    /* of the map's or the file's bytes, or of the number */
};

struct results {
	struct result *items;
	size_t count;
	struct leftovers leftovers;
};

enum stage_order { STAGE_FORWARD, STAGE_BACKWARD };

/**
 * \brief   Let the plugin do all the job's work
 *
 * \param   order       Of the pictures; STAGE_BACKWARD takes them one by one
 * \param   results     Free with results_free() even after a failure
 */
cnnviz_status stage_play(struct stage *stage, const struct recorder_orders *orders,
		enum stage_order order, struct results *results, struct error *error);

void results_free(struct results *results);

/**
 * \brief   First difference of two plays as a clause, malloc'ed; NULL when equal
 *
 * \param   tolerance   Of maps, relative to their largest magnitude; 0: same bytes
 */
char *results_compare(const struct results *a, const struct results *b, double tolerance);

/** Digest of all results, in any order of theirs */
void results_digest(const struct results *results, char hex[65]);

#endif
