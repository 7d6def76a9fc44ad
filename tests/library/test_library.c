/**
 * \file    library/test_library.c
 * \brief   The five functions: errors, cancelling, several runs, plans and threads
 *
 * Linked with the library alone, as other programs are.
 */
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cnnviz/library.h>

#include "support/cunit_main.h"

#define WIDTH 40
#define HEIGHT 30
#define NETWORK "[model]\narchitecture = tiny.ini\nweights = random\n"
#define PLAN NETWORK "[run]\nthreads = 1\n[vanilla_bp]\n"
#define ISOLATED NETWORK "[run]\nisolate = yes\n[vanilla_bp]\n"

static char data[PATH_MAX];
static uint8_t pixels[HEIGHT][WIDTH][3];

static int find_parts(void)
{
	const char *source = getenv("top_srcdir"), *built = getenv("top_builddir");
	char engine[PATH_MAX];

	snprintf(data, sizeof(data), "%s/tests/data", source != NULL ? source : ".");
	snprintf(engine, sizeof(engine), "%s/core/engine/reference.la",
			built != NULL ? built : ".");
	for (int y = 0; y < HEIGHT; y++) {
		for (int x = 0; x < WIDTH; x++) {
			pixels[y][x][0] = (uint8_t)(6 * x);
			pixels[y][x][1] = (uint8_t)(8 * y);
			pixels[y][x][2] = 90;
		}
	}
	return setenv("CNNVIZ_ENGINE", engine, 1);
}

/* ---- A caller -------------------------------------------------------------------- */

/** What a run has handed out */
struct seen {
	cnnviz_plan *plan;
	size_t done; /* runs */
	size_t pictures, broken, artifacts, failures, progress, messages;
	int64_t target;
	float maximum; /* of the last map */
	char failure[256], message[256];
	size_t stop_at; /* artifact that returns 1; 0: none */
	bool cancels;   /* the first artifact cancels */
	cnnviz_status nested[2];
	pthread_t thread;
	bool elsewhere; /* something came in another thread */
};

static int32_t on_picture(void *context, const cnnviz_picture_result *result)
{
	struct seen *seen = context;

	seen->pictures++;
	if (result->failure != NULL) {
		seen->broken++;
		snprintf(seen->failure, sizeof(seen->failure), "%s", result->failure);
	} else {
		seen->target = result->target.index;
	}
	seen->elsewhere = seen->elsewhere || !pthread_equal(seen->thread, pthread_self());
	return 0;
}

static void call_again(struct seen *seen)
{
	const cnnviz_run run = { .struct_size = sizeof(run) };
	cnnviz_plan *other = seen->plan;

	seen->nested[0] = cnnviz_plan_run(seen->plan, &run);
	seen->nested[1] = cnnviz_plan_open(PLAN, NULL, &other);
	CU_ASSERT_PTR_NULL(other);
	cnnviz_plan_free(seen->plan); /* does nothing */
}

static int32_t on_artifact(void *context, const cnnviz_result *result)
{
	struct seen *seen = context;

	if (result->kind == CNNVIZ_RESULT_MAP) {
		seen->maximum = result->values[0];
		for (int64_t i = 1; i < result->values_shape[0] * result->values_shape[1]
						* result->values_shape[2];
				i++) {
			seen->maximum = result->values[i] > seen->maximum
					? result->values[i]
					: seen->maximum;
		}
	}
	if (++seen->artifacts == 1) {
		call_again(seen);
		if (seen->cancels) {
			cnnviz_plan_cancel(seen->plan);
		}
	}
	seen->elsewhere = seen->elsewhere || !pthread_equal(seen->thread, pthread_self());
	return seen->artifacts == seen->stop_at;
}

static int32_t on_failure(void *context, const cnnviz_failure *failure)
{
	struct seen *seen = context;

	(void)failure;
	seen->failures++;
	return 0;
}

static int32_t on_progress(void *context, double done, const char *job)
{
	struct seen *seen = context;

	(void)done;
	(void)job;
	seen->progress++;
	return 0;
}

static void on_message(void *context, int32_t level, const char *text)
{
	struct seen *seen = context;

	seen->messages++;
	if (level == CNNVIZ_MESSAGE_ERROR) {
		snprintf(seen->message, sizeof(seen->message), "%s", text);
	}
}

static cnnviz_plan_options options_for(struct seen *seen)
{
	return (cnnviz_plan_options){
		.struct_size = sizeof(cnnviz_plan_options),
		.folder = data,
		.message = on_message,
		.context = seen,
		.level = CNNVIZ_MESSAGE_INFO,
	};
}

static cnnviz_plan *open_plan(const char *text, struct seen *seen)
{
	const cnnviz_plan_options options = options_for(seen);

	*seen = (struct seen){ .thread = pthread_self() };
	CU_ASSERT_EQUAL(cnnviz_plan_open(text, &options, &seen->plan), CNNVIZ_OK);
	CU_ASSERT_PTR_NULL(cnnviz_plan_error(seen->plan, 0));
	return seen->plan;
}

static cnnviz_picture ramp(void)
{
	return (cnnviz_picture){
		.struct_size = sizeof(cnnviz_picture),
		.name = "ramp",
		.pixels = &pixels[0][0][0],
		.channels = 3,
		.width = WIDTH,
		.height = HEIGHT,
	};
}

static cnnviz_status run_on(struct seen *seen, const cnnviz_picture *pictures,
		uint32_t count)
{
	const cnnviz_run run = {
		.struct_size = sizeof(run),
		.picture_count = count,
		.pictures = pictures,
		.context = seen,
		.picture = on_picture,
		.artifact = on_artifact,
		.failure = on_failure,
		.progress = on_progress,
	};

	return cnnviz_plan_run(seen->plan, &run);
}

/* ---- Opening --------------------------------------------------------------------- */

static void problems_of_a_text(void)
{
	static const char text[] =
			"[run]\nseed = many\n[model]\narchitecture = tiny.ini\n"
			"weights = random\n[grad_cam]\nlayer = nowhere\n[no_such_job]\n";
	struct seen seen = { .thread = pthread_self() };
	cnnviz_plan_options options = options_for(&seen);
	cnnviz_plan *plan = NULL;

	options.name = "request 7";
	CU_ASSERT_EQUAL(cnnviz_plan_open(text, &options, &plan), CNNVIZ_ERROR_INPUT);
	CU_ASSERT_PTR_NOT_NULL_FATAL(plan);
	CU_ASSERT_PTR_NOT_NULL_FATAL(cnnviz_plan_error(plan, 2));
	CU_ASSERT_PTR_NULL(cnnviz_plan_error(plan, 3));
	CU_ASSERT_EQUAL(strncmp(cnnviz_plan_error(plan, 0),
					"request 7:2: [run] seed: ", 25),
			0);
	CU_ASSERT_EQUAL(strncmp(cnnviz_plan_error(plan, 1),
					"request 7:7: [grad_cam] layer: ", 31),
			0);
	CU_ASSERT_PTR_NOT_NULL(strstr(cnnviz_plan_error(plan, 2), "[no_such_job]"));
	CU_ASSERT_EQUAL(seen.messages, 0); /* they are told once */
	CU_ASSERT_EQUAL(cnnviz_plan_run(plan, NULL), CNNVIZ_ERROR_INPUT);
	cnnviz_plan_free(plan);
	cnnviz_plan_free(NULL);
}

static void overrides_and_jobs(void)
{
	static const char *const overrides[] = { "model.weights=nowhere.pth", NULL };
	static const char text[] = PLAN "[grad_cam]\n[saliency]\n";
	struct seen seen = { .thread = pthread_self() };
	cnnviz_plan_options options = options_for(&seen);
	const cnnviz_picture picture = ramp();

	options.overrides = overrides;
	CU_ASSERT_EQUAL(cnnviz_plan_open(text, &options, &seen.plan), CNNVIZ_ERROR_INPUT);
	CU_ASSERT_PTR_NOT_NULL(strstr(cnnviz_plan_error(seen.plan, 0), "nowhere.pth"));
	cnnviz_plan_free(seen.plan);
	options.overrides = NULL;
	options.only = "grad_cam";
	CU_ASSERT_EQUAL(cnnviz_plan_open(text, &options, &seen.plan), CNNVIZ_OK);
	CU_ASSERT_EQUAL(run_on(&seen, &picture, 1), CNNVIZ_OK);
	CU_ASSERT_EQUAL(seen.artifacts, 4); /* map, gray, heatmap and overlay */
	cnnviz_plan_free(seen.plan);
}

/** A caller of an older header knows fewer members; the rest count as 0. */
static void older_callers(void)
{
	struct seen seen = { .thread = pthread_self() };
	cnnviz_plan_options options = options_for(&seen);
	cnnviz_picture picture = ramp();
	cnnviz_run run = {
		.struct_size = offsetof(cnnviz_run, failure),
		.picture_count = 1,
		.pictures = &picture,
		.context = &seen,
		.picture = on_picture,
		.failure = on_failure,
		.progress = on_progress,
	};

	options.struct_size = offsetof(cnnviz_plan_options, message);
	options.flags = CNNVIZ_PLAN_QUIET;
	CU_ASSERT_EQUAL(cnnviz_plan_open(PLAN, &options, &seen.plan), CNNVIZ_OK);
	CU_ASSERT_EQUAL(cnnviz_plan_run(seen.plan, &run), CNNVIZ_OK);
	CU_ASSERT_EQUAL(seen.pictures, 1);
	CU_ASSERT_EQUAL(seen.progress, 0);
	cnnviz_plan_free(seen.plan);
}

/* ---- Running --------------------------------------------------------------------- */

static void several_runs(void)
{
	struct seen seen;
	cnnviz_picture pictures[] = { ramp(), ramp() };

	open_plan(PLAN, &seen);
	CU_ASSERT_EQUAL(run_on(&seen, pictures, 2), CNNVIZ_OK);
	CU_ASSERT_EQUAL(seen.pictures, 2);
	CU_ASSERT_EQUAL(seen.artifacts, 10);
	CU_ASSERT_TRUE(seen.progress > 0);
	CU_ASSERT_FALSE(seen.elsewhere);
	CU_ASSERT_EQUAL(seen.nested[0], CNNVIZ_ERROR_UNSUPPORTED);
	CU_ASSERT_EQUAL(seen.nested[1], CNNVIZ_ERROR_UNSUPPORTED);
	float maximum = seen.maximum;
	int64_t target = seen.target;

	CU_ASSERT_TRUE(maximum > 0);
	CU_ASSERT_EQUAL(run_on(&seen, pictures, 1), CNNVIZ_OK);
	CU_ASSERT_EQUAL(seen.artifacts, 15);
	CU_ASSERT_EQUAL(seen.maximum, maximum);
	pictures[0].target = target == 0 ? "1" : "0";
	CU_ASSERT_EQUAL(run_on(&seen, pictures, 1), CNNVIZ_OK);
	CU_ASSERT_EQUAL(seen.target, target == 0 ? 1 : 0);
	CU_ASSERT_NOT_EQUAL(seen.maximum, maximum);
	cnnviz_plan_free(seen.plan);
}

static void pictures_that_fail(void)
{
	struct seen seen;
	cnnviz_picture pictures[] = { ramp(), ramp(), ramp() };

	pictures[0].pixels = NULL;
	pictures[0].name = "upload.png";
	pictures[2].name = NULL;
	pictures[0].bytes = "GIF89a";
	pictures[0].size = 6;
	pictures[1].channels = 2;
	open_plan(PLAN, &seen);
	CU_ASSERT_EQUAL(run_on(&seen, pictures, 3), CNNVIZ_ERROR_INCOMPLETE);
	CU_ASSERT_EQUAL(seen.pictures, 3);
	CU_ASSERT_EQUAL(seen.broken, 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(seen.failure, "not 2"));
	CU_ASSERT_PTR_NOT_NULL(strstr(cnnviz_plan_error(seen.plan, 0), "upload.png"));
	CU_ASSERT_EQUAL(seen.artifacts, 5); /* of the third */
	CU_ASSERT_EQUAL(run_on(&seen, pictures, 1), CNNVIZ_ERROR_INCOMPLETE);
	cnnviz_plan_free(seen.plan);
}

static void what_cannot_be_run(void)
{
	struct seen seen;
	const cnnviz_picture picture = ramp();

	open_plan(PLAN, &seen);
	CU_ASSERT_EQUAL(run_on(&seen, NULL, 0), CNNVIZ_ERROR_INPUT);
	CU_ASSERT_PTR_NOT_NULL(strstr(cnnviz_plan_error(seen.plan, 0), "[input] images"));
	CU_ASSERT_STRING_EQUAL(seen.message, cnnviz_plan_error(seen.plan, 0));
	cnnviz_plan_free(seen.plan);
	open_plan(ISOLATED, &seen);
	CU_ASSERT_EQUAL(run_on(&seen, &picture, 1), CNNVIZ_ERROR_INPUT);
	CU_ASSERT_PTR_NOT_NULL(strstr(cnnviz_plan_error(seen.plan, 0), "[run] isolate"));
	cnnviz_plan_free(seen.plan);
}

/* ---- Cancelling ------------------------------------------------------------------ */

static void cancelled_by_functions(void)
{
	struct seen seen;
	const cnnviz_picture picture = ramp();

	open_plan(PLAN, &seen);
	seen.stop_at = 2;
	CU_ASSERT_EQUAL(run_on(&seen, &picture, 1), CNNVIZ_ERROR_CANCELED);
	CU_ASSERT_EQUAL(seen.artifacts, 2);
	seen = (struct seen){ .plan = seen.plan, .thread = seen.thread, .cancels = true };
	CU_ASSERT_EQUAL(run_on(&seen, &picture, 1), CNNVIZ_ERROR_CANCELED);
	seen = (struct seen){ .plan = seen.plan, .thread = seen.thread };
	cnnviz_plan_cancel(seen.plan);
	CU_ASSERT_EQUAL(run_on(&seen, &picture, 1), CNNVIZ_ERROR_CANCELED);
	CU_ASSERT_EQUAL(seen.artifacts, 0);
	CU_ASSERT_EQUAL(run_on(&seen, &picture, 1), CNNVIZ_OK);
	CU_ASSERT_EQUAL(seen.artifacts, 5);
	cnnviz_plan_free(seen.plan);
}

/** A run that goes on for as long as nobody cancels it, in a thread of its own */
static void *run_long(void *context)
{
	static cnnviz_picture pictures[2000];
	struct seen *seen = context;

	seen->thread = pthread_self();
	for (size_t i = 0; i < 2000; i++) {
		pictures[i] = ramp();
	}
	seen->nested[0] = run_on(seen, pictures, 2000);
	return NULL;
}

static void cancelled_by_another_thread(void)
{
	struct seen seen;
	pthread_t thread;

	open_plan(PLAN, &seen);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, run_long, &seen), 0);
	usleep(50000);
	cnnviz_plan_cancel(seen.plan);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(seen.nested[0], CNNVIZ_ERROR_CANCELED);
	CU_ASSERT_TRUE(seen.artifacts < 10000);
	CU_ASSERT_FALSE(seen.elsewhere);
	cnnviz_plan_free(seen.plan);
}

/* ---- Two plans ------------------------------------------------------------------- */

static void *run_other(void *context)
{
	const cnnviz_picture picture = ramp();
	struct seen *seen = context;

	seen->thread = pthread_self();
	for (int i = 0; i < 3; i++) {
		seen->done += run_on(seen, &picture, 1) == CNNVIZ_OK;
	}
	return NULL;
}

static void two_plans_in_two_threads(void)
{
	struct seen one, other;
	pthread_t thread;

	open_plan(PLAN, &one);
	open_plan(PLAN "[grad_cam]\n", &other);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, run_other, &other), 0);
	run_other(&one);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(one.done, 3);
	CU_ASSERT_EQUAL(other.done, 3);
	CU_ASSERT_EQUAL(one.artifacts, 15);
	CU_ASSERT_EQUAL(other.artifacts, 27);
	CU_ASSERT_FALSE(one.elsewhere || other.elsewhere);
	cnnviz_plan_free(one.plan);
	cnnviz_plan_free(other.plan);
}

int main(void)
{
	CU_TestInfo opening[] = {
		{ "all problems of a text", problems_of_a_text },
		{ "overrides, and jobs that are chosen", overrides_and_jobs },
		{ "callers that know fewer members", older_callers },
		CU_TEST_INFO_NULL,
	};
	CU_TestInfo running[] = {
		{ "several runs", several_runs },
		{ "pictures that fail", pictures_that_fail },
		{ "what cannot be run", what_cannot_be_run },
		{ "cancelled by functions", cancelled_by_functions },
		{ "cancelled by another thread", cancelled_by_another_thread },
		{ "two plans in two threads", two_plans_in_two_threads },
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "opening", find_parts, NULL, NULL, NULL, opening },
		{ "running", NULL, NULL, NULL, NULL, running },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
