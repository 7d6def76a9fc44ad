/**
 * \file    conform/check.c
 * \brief   The checks of a conformance run; those that inject faults are in faults.c
 */
#include "conform/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "conform/faults.h"
#include "conform/growth.h"

/** Number of ordinary pictures, which form one batch */
#define FULL_BATCH 5

/** Largest relative difference that a different order of rounding may cause */
#define TOLERANCE 1e-5

/* ---- Helpers ------------------------------------------------------------------- */

static const cnnviz_technique *technique_of(const struct test_job *test_job)
{
	return &test_job->job->plan->plugin->technique;
}

static bool is_attribution(const struct test_job *test_job)
{
	return technique_of(test_job)->kind == CNNVIZ_KIND_ATTRIBUTION;
}

static bool runs_once(const struct test_job *test_job)
{
	return !is_attribution(test_job)
			&& technique_of(test_job)->run_mode == CNNVIZ_RUN_ONCE;
}

/** An error that the user can fix should be found before anything is computed. */
static void suggest_check(struct error *error)
{
	if (error->status == CNNVIZ_ERROR_INPUT) {
		char *text = memory_text(error->text);

		error_set(error, CNNVIZ_ERROR_INPUT,
				"%s; if this does not depend on a picture, let check() "
				"refuse it before anything is computed",
				text);
		free(text);
	}
}

/* ---- Loading and running ------------------------------------------------------- */

static void check_loads(struct trial *trial)
{
	struct registry *registry = NULL;
	const struct plugin *plugin = NULL;
	struct error error;

	if (fixture_load(trial->fixture, &registry, &plugin, &error) != CNNVIZ_OK) {
		trial_fault(trial, "%s", error.text);
		return;
	}
	trial_technique(trial, &plugin->technique, registry->count);
	if (plugin->technique.description == NULL) {
		trial_note(trial, "it has no description for `cnnviz describe`");
	}
	if (plugin->technique.reference == NULL) {
		trial_note(trial, "it has no reference to the source of the technique");
	}
	registry_free(registry);
}

/** Run all ordinary pictures on a network */
static cnnviz_status try_network(struct trial *trial, enum fixture_network network,
		char digest[65], struct error *error)
{
	struct fixture fixture = *trial->fixture;
	struct test_job test_job;
	struct results results = { 0 };

	fixture.network = network;
	cnnviz_status status = trial_open_checked(trial, &fixture, PICTURES_ORDINARY,
			FULL_BATCH, NULL, "", &test_job, error);
	if (status == CNNVIZ_OK) {
		status = trial_run_checked(&test_job, ORDER_FORWARD, &results, error);
		if (status != CNNVIZ_OK) {
			suggest_check(error);
		}
		trial_check_process(trial, test_job.session.changes);
		results_digest(&results, digest);
		results_free(&results);
		test_job_close(&test_job);
	}
	return status;
}

/** Find a network that a technique accepts which refuses the usual one. */
static bool try_others(struct trial *trial, const struct error *refusal, char digest[65])
{
	static const char *const titles[FIXTURE_NETWORKS] = {
		[FIXTURE_AVERAGE] =
				"a network that ends in an average and a linear layer",
		[FIXTURE_ATTENTION] = "a transformer",
		[FIXTURE_SEGMENTER] = "a segmentation network",
	};
	struct error error;

	for (enum fixture_network network = FIXTURE_AVERAGE; network < FIXTURE_NETWORKS;
			network++) {
		if (try_network(trial, network, digest, &error) == CNNVIZ_OK) {
			trial_note(trial,
					"the checks use %s, because it refuses another "
					"one: %s",
					titles[network], refusal->text);
			trial_network(trial, network);
			return true;
		}
	}
	return false;
}

static void check_runs(struct trial *trial)
{
	struct error refusal;
	char digest[65];
	cnnviz_status status = try_network(trial, FIXTURE_CLASSIFIER, digest, &refusal);

	bool refused = status == CNNVIZ_ERROR_UNSUPPORTED || status == CNNVIZ_ERROR_INPUT;

	if (status == CNNVIZ_OK || (refused && try_others(trial, &refusal, digest))) {
		trial_digest(trial, digest);
	} else {
		trial_fault(trial, "the job fails: %s", refusal.text);
	}
}

static void check_dense(struct trial *trial)
{
	struct error error;
	char digest[65];

	if (trial->fixture->network == FIXTURE_SEGMENTER) {
		trial_not_applicable(trial);
		return;
	}
	cnnviz_status status = try_network(trial, FIXTURE_SEGMENTER, digest, &error);
	if (status == CNNVIZ_ERROR_PLUGIN) {
		trial_fault(trial, "the job fails: %s", error.text);
	} else if (status != CNNVIZ_OK) {
		trial_note(trial, "it reports: %s", error.text);
	}
}

/* ---- Artifacts ----------------------------------------------------------------- */

/** Whether a result has a declared name, possibly followed by "-text" */
static bool is_emitted(const struct results *results, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < results->count; i++) {
		const char *given = results->items[i].name + 1; /* after the quote */

		if (strncmp(given, name, length) == 0
				&& (given[length] == '"' || given[length] == '-')) {
			return true;
		}
	}
	return false;
}

static void check_artifacts(struct trial *trial)
{
	struct test_job test_job;
	struct results results = { 0 };

	if (!trial_open(trial, PICTURES_ORDINARY, FULL_BATCH, &test_job)) {
		return;
	}
	const struct plugin *plugin = test_job.job->plan->plugin;

	if (plugin->technique.artifact_count == 0) {
		trial_not_applicable(trial);
	} else if (trial_run(trial, &test_job, ORDER_FORWARD, &results)) {
		if (results.count == 0) {
			trial_fault(trial, "it emits no artifact");
		}
		for (uint32_t i = 0; i < plugin->technique.artifact_count; i++) {
			if (!is_emitted(&results, plugin->artifacts[i].name)) {
				trial_note(trial,
						"\"%s\" is declared but was not emitted "
						"with these parameters",
						plugin->artifacts[i].name);
			}
		}
	}
	results_free(&results);
	test_job_close(&test_job);
}

/* ---- Repetition ---------------------------------------------------------------- */

static void check_repeats(struct trial *trial)
{
	struct test_job test_job;
	struct results first = { 0 }, second = { 0 };
	char digest[65], *difference = NULL;

	if (!trial_open(trial, PICTURES_ORDINARY, FULL_BATCH, &test_job)) {
		return;
	}
	if (trial_run(trial, &test_job, ORDER_FORWARD, &first)
			&& trial_run(trial, &test_job, ORDER_FORWARD, &second)) {
		difference = results_compare(&first, &second, 0);
		results_digest(&first, digest);
		if (difference != NULL) {
			trial_fault(trial, "when run twice with the same seed, %s",
					difference);
		} else if (strcmp(digest, trial->digest) != 0) {
			trial_fault(trial,
					"another process with the same seed gives "
					"different bytes; is something uninitialized?");
		}
	}
	free(difference);
	results_free(&first);
	results_free(&second);
	test_job_close(&test_job);
}

/** Run all ordinary pictures in batches of a given size. */
static bool run_batches(struct trial *trial, unsigned batch, enum picture_order order,
		struct results *results, bool *meaningful)
{
	struct test_job test_job;
	bool done;

	if (!trial_open(trial, PICTURES_ORDINARY, batch, &test_job)) {
		return false;
	}
	*meaningful = order == ORDER_FORWARD ? is_attribution(&test_job)
					     : !runs_once(&test_job);
	done = *meaningful && trial_run(trial, &test_job, order, results);
	test_job_close(&test_job);
	return done;
}

static void check_batches(struct trial *trial)
{
	static const unsigned sizes[] = { 1, 2 };
	struct results whole = { 0 };
	bool meaningful = true;

	if (!run_batches(trial, FULL_BATCH, ORDER_FORWARD, &whole, &meaningful)) {
		if (!meaningful) {
			trial_not_applicable(trial);
		}
		return;
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct results parts = { 0 };

		if (run_batches(trial, sizes[i], ORDER_FORWARD, &parts, &meaningful)) {
			char *difference = results_compare(&whole, &parts, TOLERANCE);

			if (difference != NULL) {
				trial_fault(trial, "in batches of %u instead of %u, %s",
						sizes[i], FULL_BATCH, difference);
			}
			free(difference);
		}
		results_free(&parts);
	}
	results_free(&whole);
}

static void check_order(struct trial *trial)
{
	struct test_job test_job;
	struct results forward = { 0 }, backward = { 0 };

	if (!trial_open(trial, PICTURES_ORDINARY, FULL_BATCH, &test_job)) {
		return;
	}
	if (runs_once(&test_job)) {
		trial_not_applicable(trial);
	} else if (trial_run(trial, &test_job, ORDER_FORWARD, &forward)
			&& trial_run(trial, &test_job, ORDER_BACKWARD, &backward)) {
		char *difference = results_compare(&forward, &backward,
				is_attribution(&test_job) ? TOLERANCE : 0);

		if (difference != NULL) {
			trial_fault(trial, "with the pictures in a different order, %s",
					difference);
		}
		free(difference);
	}
	results_free(&forward);
	results_free(&backward);
	test_job_close(&test_job);
}

/* ---- Unusual pictures and choices ---------------------------------------------- */

static void check_pictures(struct trial *trial, enum picture_set pictures)
{
	struct test_job test_job;
	struct results results = { 0 };
	struct error error;

	if (!trial_open(trial, pictures, 1, &test_job)) {
		return;
	}
	if (runs_once(&test_job)) {
		trial_not_applicable(trial);
	} else if (trial_run_checked(&test_job, ORDER_FORWARD, &results, &error)
			!= CNNVIZ_OK) {
		if (is_attribution(&test_job) || error.status == CNNVIZ_ERROR_PLUGIN) {
			trial_fault(trial, "the job fails: %s", error.text);
		} else {
			trial_note(trial, "it reports: %s", error.text);
		}
	}
	results_free(&results);
	test_job_close(&test_job);
}

static void check_plain(struct trial *trial)
{
	check_pictures(trial, PICTURES_PLAIN);
}

static void check_thin(struct trial *trial)
{
	check_pictures(trial, PICTURES_THIN);
}

static void try_choice(struct trial *trial, const char *technique, const char *parameter,
		const char *choice)
{
	char *assignment = memory_format("%s.%s=%s", technique, parameter, choice);
	struct test_job test_job;
	struct results results = { 0 };
	struct error error;

	char *when = memory_format("%s = %s", parameter, choice);
	cnnviz_status status = trial_open_checked(trial, trial->fixture, PICTURES_SINGLE,
			1, assignment, when, &test_job, &error);
	if (status == CNNVIZ_OK) {
		status = test_job_run(&test_job, NULL, ORDER_FORWARD, &results, &error);
		if (status != CNNVIZ_OK) {
			suggest_check(&error);
		}
		test_job_close(&test_job);
	}
	if (status == CNNVIZ_ERROR_PLUGIN) {
		trial_fault(trial, "with %s = %s the job fails: %s", parameter, choice,
				error.text);
	} else if (status != CNNVIZ_OK) {
		trial_note(trial, "with %s = %s it reports: %s", parameter, choice,
				error.text);
	}
	results_free(&results);
	free(when);
	free(assignment);
}

static void check_choices(struct trial *trial)
{
	static const char *const yes_and_no[] = { "yes", "no", NULL };
	struct registry *registry = NULL;
	const struct plugin *plugin = NULL;
	struct error error;
	size_t tried = 0;

	if (fixture_load(trial->fixture, &registry, &plugin, &error) != CNNVIZ_OK) {
		trial_fault(trial, "%s", error.text);
		return;
	}
	for (uint32_t i = 0; i < plugin->technique.parameter_count; i++) {
		const cnnviz_parameter *parameter = &plugin->parameters[i];
		const char *const *choices = parameter->type == CNNVIZ_PARAMETER_ENUM
				? parameter->choices
				: parameter->type == CNNVIZ_PARAMETER_BOOL ? yes_and_no
									   : NULL;

		for (; choices != NULL && *choices; choices++) {
			try_choice(trial, plugin->technique.name, parameter->name,
					*choices);
			tried++;
		}
	}
	if (tried == 0) {
		trial_not_applicable(trial);
	}
	registry_free(registry);
}

/* ---- Handles ------------------------------------------------------------------- */

static void check_handles(struct trial *trial)
{
	struct test_job test_job;
	struct results results = { 0 };

	if (!trial_open(trial, PICTURES_ORDINARY, FULL_BATCH, &test_job)) {
		return;
	}
	trial_check_leaks(trial, &test_job.session.leftovers, "it checks its parameters");
	if (trial_run(trial, &test_job, ORDER_FORWARD, &results)) {
		trial_check_leaks(trial, &results.leftovers, "");
	}
	results_free(&results);
	test_job_close(&test_job);
}

/* ---- The table ----------------------------------------------------------------- */

const struct check checks[] = {
	{ "loads", "descriptor, parameters and artifacts are valid", check_loads, true },
	{ "runs", "it runs on ordinary pictures", check_runs, true },
	{ "artifacts", "it emits the artifacts that it declares", check_artifacts,
			false },
	{ "repeats", "the same seed gives the same bytes", check_repeats, false },
	{ "batches", "a picture's map does not depend on its batch", check_batches,
			false },
	{ "order", "earlier pictures do not affect the results", check_order, false },
	{ "plain", "black, white and gray pictures give finite values", check_plain,
			false },
	{ "thin", "pictures one pixel wide or high give finite values", check_thin,
			false },
	{ "dense", "a segmentation network works or is refused with a message",
			check_dense, false },
	{ "choices", "every choice of its parameters works or is refused with a message",
			check_choices, false },
	{ "interrupted", "an interruption at the start ends it", check_interrupted,
			false },
	{ "midway", "an interruption midway ends it", check_interrupted_midway, false },
	{ "memory", "it reports that memory ran out", check_memory, false },
	{ "services", "it reports that a service failed", check_services, false },
	{ "handles", "it releases its tensors, passes and random streams", check_handles,
			false },
	{ "growth", "its own memory does not grow with each call", check_growth, false },
};

const size_t check_count = sizeof(checks) / sizeof(*checks);
