/**
 * \file    conform/check.c
 * \brief   The single checks of a conformance run; those that disturb are in disturb.c
 */
#include "conform/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/** How many pictures there are of the ordinary kind: all of them make one batch */
#define WHOLE_BATCH 5

/** What rounding in another order may change; far below what another picture changes */
#define TOLERANCE 1e-5

/* ---- Tools ------------------------------------------------------------------------ */

static const cnnviz_technique *technique_of(const struct stage *stage)
{
	return &stage->job->plan->plugin->technique;
}

static bool is_attribution(const struct stage *stage)
{
	return technique_of(stage)->kind == CNNVIZ_KIND_ATTRIBUTION;
}

static bool runs_once(const struct stage *stage)
{
	return !is_attribution(stage) && technique_of(stage)->run_mode == CNNVIZ_RUN_ONCE;
}

/**
 * Open the plugin's job and ask the plugin whether it makes sense
 *
 * \param   when    Step that then goes on, a clause or ""
 */
static cnnviz_status open_checked(struct trial *trial, const struct bench *bench,
		enum bench_pictures pictures, unsigned batch, const char *assignment,
		const char *when, struct stage *stage, struct error *error)
{
	cnnviz_status status = stage_open(bench, pictures, batch, assignment, stage,
			error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	trial_step(trial, "%s%sit is asked whether its parameters make sense", when,
			*when ? " and " : "");
	status = stage_check(stage, error);
	trial_step(trial, "%s", when);
	if (status != CNNVIZ_OK) {
		stage_close(stage);
	}
	return status;
}

/** What the user could mend showed only at work: that may have been too late. */
static void suggest_check(struct error *error)
{
	if (error->status == CNNVIZ_ERROR_INPUT) {
		char *text = memory_text(error->text);

		error_set(error, CNNVIZ_ERROR_INPUT,
				"%s; if no picture is needed to tell, "
				"check() can refuse it before anything is computed",
				text);
		free(text);
	}
}

bool trial_open(struct trial *trial, enum bench_pictures pictures, unsigned batch,
		struct stage *stage)
{
	struct error error;

	if (open_checked(trial, trial->bench, pictures, batch, NULL, "", stage, &error)
			== CNNVIZ_OK) {
		return true;
	}
	trial_fault(trial, "%s", error.text);
	return false;
}

/** Play; a result that is not finite breaks the contract. */
static cnnviz_status perform(struct stage *stage, enum stage_order order,
		struct results *results, struct error *error)
{
	cnnviz_status status = stage_play(stage, NULL, order, results, error);

	if (status == CNNVIZ_OK && recorder_findings()->not_finite) {
		status = error_set(error, CNNVIZ_ERROR_PLUGIN,
				"\"%s\" holds a value that is not finite",
				recorder_findings()->not_finite);
	}
	return status;
}

bool trial_play(struct trial *trial, struct stage *stage, enum stage_order order,
		struct results *results)
{
	struct error error;

	if (perform(stage, order, results, &error) != CNNVIZ_OK) {
		trial_fault(trial, "the job fails: %s", error.text);
		return false;
	}
	return true;
}

void trial_judge(struct trial *trial, const struct leftovers *left, const char *when)
{
	if (left->tensors + left->passes + left->streams > 0) {
		trial_fault(trial,
				"%zu tensors, %zu passes and %zu random streams are not "
				"given up%s%s",
				left->tensors, left->passes, left->streams,
				*when ? " when " : "", when);
	}
}

/* ---- It loads, it runs --------------------------------------------------------------- */

static void check_loads(struct trial *trial)
{
	struct registry *registry = NULL;
	const struct plugin *plugin = NULL;
	struct error error;

	if (bench_load(trial->bench, &registry, &plugin, &error) != CNNVIZ_OK) {
		trial_fault(trial, "%s", error.text);
		return;
	}
	trial_technique(trial, &plugin->technique);
	if (plugin->technique.description == NULL) {
		trial_note(trial, "there is no description for `cnnviz describe`");
	}
	if (plugin->technique.reference == NULL) {
		trial_note(trial,
				"there is no reference to where the technique comes "
				"from");
	}
	registry_free(registry);
}

/** All ordinary pictures on a network */
static cnnviz_status try_network(struct trial *trial, const char *network,
		char digest[65], struct error *error)
{
	struct bench bench = *trial->bench;
	struct stage stage;
	struct results results = { 0 };

	bench.network = network;
	cnnviz_status status = open_checked(trial, &bench, BENCH_ORDINARY, WHOLE_BATCH,
			NULL, "", &stage, error);
	if (status == CNNVIZ_OK) {
		status = perform(&stage, STAGE_FORWARD, &results, error);
		if (status != CNNVIZ_OK) {
			suggest_check(error);
		}
		results_digest(&results, digest);
		results_free(&results);
		stage_close(&stage);
	}
	return status;
}

static void check_runs(struct trial *trial)
{
	struct error refusal, error;
	char digest[65];
	cnnviz_status status = try_network(trial, BENCH_CLASSIFIER, digest, &refusal);

	if (status == CNNVIZ_ERROR_UNSUPPORTED
			&& try_network(trial, BENCH_SEGMENTER, digest, &error)
					== CNNVIZ_OK) {
		trial_note(trial,
				"the checks use a segmentation network, since it refuses "
				"a "
				"classifier: %s",
				refusal.text);
		trial_dense(trial);
	} else if (status != CNNVIZ_OK) {
		trial_fault(trial, "the job fails: %s", refusal.text);
		return;
	}
	trial_digest(trial, digest);
}

static void check_dense(struct trial *trial)
{
	struct error error;
	char digest[65];

	if (strcmp(trial->bench->network, BENCH_SEGMENTER) == 0) {
		trial_pass_over(trial);
		return;
	}
	cnnviz_status status = try_network(trial, BENCH_SEGMENTER, digest, &error);
	if (status == CNNVIZ_ERROR_PLUGIN) {
		trial_fault(trial, "the job fails: %s", error.text);
	} else if (status != CNNVIZ_OK) {
		trial_note(trial, "it reports: %s", error.text);
	}
}

/* ---- Artifacts ------------------------------------------------------------------------ */

/** Whether some result bears a declared name, perhaps with "-text" behind it */
static bool is_given(const struct results *results, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < results->count; i++) {
		const char *given = results->items[i].name + 1; /* behind the quote */

		if (strncmp(given, name, length) == 0
				&& (given[length] == '"' || given[length] == '-')) {
			return true;
		}
	}
	return false;
}

static void check_artifacts(struct trial *trial)
{
	struct stage stage;
	struct results results = { 0 };

	if (!trial_open(trial, BENCH_ORDINARY, WHOLE_BATCH, &stage)) {
		return;
	}
	if (is_attribution(&stage)) {
		trial_pass_over(trial);
	} else if (trial_play(trial, &stage, STAGE_FORWARD, &results)) {
		const struct plugin *plugin = stage.job->plan->plugin;

		if (results.count == 0) {
			trial_fault(trial, "it gives no artifact at all");
		}
		for (uint32_t i = 0; i < plugin->technique.artifact_count; i++) {
			if (!is_given(&results, plugin->artifacts[i].name)) {
				trial_note(trial,
						"\"%s\" is declared and was not given "
						"with these "
						"parameters",
						plugin->artifacts[i].name);
			}
		}
	}
	results_free(&results);
	stage_close(&stage);
}

/* ---- The same again ------------------------------------------------------------------- */

static void check_repeats(struct trial *trial)
{
	struct stage stage;
	struct results first = { 0 }, second = { 0 };
	char digest[65], *difference = NULL;

	if (!trial_open(trial, BENCH_ORDINARY, WHOLE_BATCH, &stage)) {
		return;
	}
	if (trial_play(trial, &stage, STAGE_FORWARD, &first)
			&& trial_play(trial, &stage, STAGE_FORWARD, &second)) {
		difference = results_compare(&first, &second, 0);
		results_digest(&first, digest);
		if (difference != NULL) {
			trial_fault(trial, "done twice with the same seed, %s",
					difference);
		} else if (strcmp(digest, trial->digest) != 0) {
			trial_fault(trial,
					"another process with the same seed gives other "
					"bytes; is something used before it is set?");
		}
	}
	free(difference);
	results_free(&first);
	results_free(&second);
	stage_close(&stage);
}

/** Play all ordinary pictures in batches of a size. */
static bool play_batches(struct trial *trial, unsigned batch, enum stage_order order,
		struct results *results, bool *meaningful)
{
	struct stage stage;
	bool played;

	if (!trial_open(trial, BENCH_ORDINARY, batch, &stage)) {
		return false;
	}
	*meaningful = order == STAGE_FORWARD ? is_attribution(&stage)
					     : !runs_once(&stage);
	played = *meaningful && trial_play(trial, &stage, order, results);
	stage_close(&stage);
	return played;
}

static void check_batches(struct trial *trial)
{
	static const unsigned sizes[] = { 1, 2 };
	struct results whole = { 0 };
	bool meaningful = true;

	if (!play_batches(trial, WHOLE_BATCH, STAGE_FORWARD, &whole, &meaningful)) {
		if (!meaningful) {
			trial_pass_over(trial);
		}
		return;
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct results parts = { 0 };

		if (play_batches(trial, sizes[i], STAGE_FORWARD, &parts, &meaningful)) {
			char *difference = results_compare(&whole, &parts, TOLERANCE);

			if (difference != NULL) {
				trial_fault(trial, "in batches of %u instead of %u, %s",
						sizes[i], WHOLE_BATCH, difference);
			}
			free(difference);
		}
		results_free(&parts);
	}
	results_free(&whole);
}

static void check_order(struct trial *trial)
{
	struct stage stage;
	struct results forward = { 0 }, backward = { 0 };

	if (!trial_open(trial, BENCH_ORDINARY, WHOLE_BATCH, &stage)) {
		return;
	}
	if (runs_once(&stage)) {
		trial_pass_over(trial);
	} else if (trial_play(trial, &stage, STAGE_FORWARD, &forward)
			&& trial_play(trial, &stage, STAGE_BACKWARD, &backward)) {
		char *difference = results_compare(&forward, &backward,
				is_attribution(&stage) ? TOLERANCE : 0);

		if (difference != NULL) {
			trial_fault(trial, "with the pictures in another order, %s",
					difference);
		}
		free(difference);
	}
	results_free(&forward);
	results_free(&backward);
	stage_close(&stage);
}

/* ---- Odd pictures and choices ----------------------------------------------------------- */

static void check_pictures(struct trial *trial, enum bench_pictures pictures)
{
	struct stage stage;
	struct results results = { 0 };
	struct error error;

	if (!trial_open(trial, pictures, 1, &stage)) {
		return;
	}
	if (runs_once(&stage)) {
		trial_pass_over(trial);
	} else if (perform(&stage, STAGE_FORWARD, &results, &error) != CNNVIZ_OK) {
		if (is_attribution(&stage) || error.status == CNNVIZ_ERROR_PLUGIN) {
			trial_fault(trial, "the job fails: %s", error.text);
		} else {
			trial_note(trial, "it reports: %s", error.text);
		}
	}
	results_free(&results);
	stage_close(&stage);
}

static void check_plain(struct trial *trial)
{
	check_pictures(trial, BENCH_PLAIN);
}

static void check_thin(struct trial *trial)
{
	check_pictures(trial, BENCH_THIN);
}

static void try_choice(struct trial *trial, const char *technique, const char *parameter,
		const char *choice)
{
	char *assignment = memory_format("%s.%s=%s", technique, parameter, choice);
	struct stage stage;
	struct results results = { 0 };
	struct error error;

	char *when = memory_format("%s = %s", parameter, choice);
	cnnviz_status status = open_checked(trial, trial->bench, BENCH_SINGLE, 1,
			assignment, when, &stage, &error);
	if (status == CNNVIZ_OK) {
		status = stage_play(&stage, NULL, STAGE_FORWARD, &results, &error);
		if (status != CNNVIZ_OK) {
			suggest_check(&error);
		}
		stage_close(&stage);
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

	if (bench_load(trial->bench, &registry, &plugin, &error) != CNNVIZ_OK) {
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
		trial_pass_over(trial);
	}
	registry_free(registry);
}

/* ---- Handles ------------------------------------------------------------------------------- */

static void check_handles(struct trial *trial)
{
	struct stage stage;
	struct results results = { 0 };

	if (!trial_open(trial, BENCH_ORDINARY, WHOLE_BATCH, &stage)) {
		return;
	}
	trial_judge(trial, &stage.session.leftovers, "it checks its parameters");
	if (trial_play(trial, &stage, STAGE_FORWARD, &results)) {
		trial_judge(trial, &results.leftovers, "");
	}
	results_free(&results);
	stage_close(&stage);
}

/* ---- The table -------------------------------------------------------------------------------- */

const struct check checks[] = {
	{ "loads", "descriptor, parameters and artifacts are declared as they should be",
			check_loads, true },
	{ "runs", "it does its work on ordinary pictures", check_runs, true },
	{ "artifacts", "it gives artifacts that it declares", check_artifacts, false },
	{ "repeats", "the same seed gives the same bytes", check_repeats, false },
	{ "batches", "a picture's map does not depend on the batch it comes in",
			check_batches, false },
	{ "order", "what it did before does not matter", check_order, false },
	{ "plain", "black, white and gray pictures give finite values", check_plain,
			false },
	{ "thin", "pictures one pixel wide, one high and of one pixel do too", check_thin,
			false },
	{ "dense",
			"a network with a map of each class works or is refused with a "
			"sentence",
			check_dense, false },
	{ "choices", "every choice of its parameters works or is refused with a sentence",
			check_choices, false },
	{ "interrupted", "an interruption at the start ends it", check_interrupted,
			false },
	{ "midway", "an interruption midway ends it", check_interrupted_midway, false },
	{ "memory", "it reports that memory is short", check_memory, false },
	{ "services", "it reports that a service failed", check_services, false },
	{ "handles", "it gives up its tensors, passes and random streams", check_handles,
			false },
};

const size_t check_count = sizeof(checks) / sizeof(*checks);
