/**
 * \file    conform/fixture.h
 * \brief   What a plugin is tested with: networks, pictures, a job, and its results
 */
#ifndef CONFORM_FIXTURE_H
#define CONFORM_FIXTURE_H

#include "conform/request.h"
#include "conform/recorder.h"
#include "host/session.h"

/** Networks: small, and not square, so that swapped height and width are noticed */
enum fixture_network {
	FIXTURE_CLASSIFIER,
	FIXTURE_AVERAGE, /* a classifier of the last feature maps' averages */
	FIXTURE_ATTENTION,
	FIXTURE_SEGMENTER,
	FIXTURE_NETWORKS
};

/** A temporary folder with the plugin and the pictures */
struct fixture {
	const struct conform_request *request;
	enum fixture_network network; /* on which jobs run */
	char *folder;
	char *link; /* symbolic link to the plugin's shared object */
};

/** Sets of pictures; see fixture.c for what they show */
enum picture_set {
	PICTURES_ORDINARY,
	PICTURES_SINGLE, /* the first ordinary one */
	PICTURES_PLAIN,  /* of one color: black, white, gray */
	PICTURES_THIN,   /* one pixel wide, one high, and one of a single pixel */
};

/** Create the folder. */
cnnviz_status fixture_create(const struct conform_request *request,
		struct fixture *fixture, struct error *error);
void fixture_remove(struct fixture *fixture);

/**
 * \brief   Load only the plugin's file
 *
 * \param   registry    All techniques of the file
 * \param   plugin      The one that is tested; valid as long as the registry
 */
cnnviz_status fixture_load(const struct fixture *fixture, struct registry **registry,
		const struct plugin **plugin, struct error *error);

/** A plan with the plugin as its job, ready to run */
struct test_job {
	struct plan *plan;
	struct session session;
	struct job *job;
};

/**
 * \brief   Create plan and session, without calling the plugin
 *
 * \param   batch       Number of pictures in a batch
 * \param   assignment  One more "section.key=value", or NULL
 */
cnnviz_status test_job_open(const struct fixture *fixture, enum picture_set pictures,
		unsigned batch, const char *assignment, struct test_job *test_job,
		struct error *error);
void test_job_close(struct test_job *test_job);

/** Let the plugin check its parameters, as a plan does; CNNVIZ_OK if it accepts them */
cnnviz_status test_job_check(struct test_job *test_job, struct error *error);

/** One result of the plugin */
struct result {
	char *name;         /* "the map of ordinary-1" */
	cnnviz_tensor *map; /* for an attribution, or NULL */
	char digest[65];    /* of the bytes of the map, file or scalar */
};

struct results {
	struct result *items;
	size_t count;
	struct leftovers leftovers;
};

enum picture_order { ORDER_FORWARD, ORDER_BACKWARD };

/**
 * \brief   Run the plugin's job
 *
 * \param   order       Order of the pictures; ORDER_BACKWARD runs them one at a time
 * \param   results     Free them with results_free() even after a failure
 */
cnnviz_status test_job_run(struct test_job *test_job,
		const struct recorder_faults *faults, enum picture_order order,
		struct results *results, struct error *error);

void results_free(struct results *results);

/**
 * \brief   First difference of two runs as a clause, malloc'ed; NULL when equal
 *
 * \param   tolerance   Of maps, relative to their largest magnitude; 0: same bytes
 */
char *results_compare(const struct results *a, const struct results *b, double tolerance);

/** Digest of all results, independent of their order */
void results_digest(const struct results *results, char hex[65]);

#endif
