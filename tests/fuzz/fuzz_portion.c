/**
 * \file    fuzz/fuzz_portion.c
 * \brief   Any bytes as what a shard of an evaluation has measured: an error, or numbers that
 *                     its maps can have
 */
#include "config.h"

#include "fuzz_file.h"

#include <math.h>

#include "base/memory.h"
#include "evaluate/portion_file.h"

#define TARGETS 3
#define SOURCES 2
#define STEPS 2

/* A job and a baseline, for three objects of one picture */
static struct plan_job job = { .selected = true };
static struct ini ini = { .path = (char *)(uintptr_t) "run.ini",
	.folder = (char *)(uintptr_t) "/" };
static struct plan plan = { .ini = &ini,
	.evaluation = { .sanity = true, .sanity_stages = 2 } };
static struct annotation_object objects[TARGETS] = { { .main = true }, { .main = true },
	{ .main = false } };
static struct annotation_picture picture = { .path = (char *)(uintptr_t) "/a.png",
	.objects = objects,
	.count = TARGETS };

static struct evaluation *start(void)
{
	struct evaluation *evaluation = memory_new(1, sizeof(*evaluation));

	plan.evaluation.measures[PLAN_MEASURE_SPARSENESS] = true;
	evaluation->plan = &plan;
	evaluation->curve_steps = STEPS;
	evaluation->target_count = TARGETS;
	evaluation->targets = memory_new(TARGETS, sizeof(*evaluation->targets));
	for (size_t i = 0; i < TARGETS; i++) {
		evaluation->targets[i].picture = &picture;
		evaluation->targets[i].object = &objects[i];
	}
	evaluation->source_count = SOURCES;
	evaluation->sources = memory_new(SOURCES, sizeof(*evaluation->sources));
	for (size_t i = 0; i < SOURCES; i++) {
		struct source *source = &evaluation->sources[i];

		source->name = i == 0 ? "job" : "baseline";
		source->job = i == 0 ? &job : NULL;
		source->scores = memory_new(TARGETS, sizeof(*source->scores));
		for (size_t role = 0; role < ROLE_COUNT; role++) {
			source->tallies[role].deletion = memory_new(STEPS + 1,
					sizeof(int64_t));
			source->tallies[role].insertion = memory_new(STEPS + 1,
					sizeof(int64_t));
		}
	}
	return evaluation;
}

static void check(const struct evaluation *evaluation)
{
	for (size_t i = 0; i < SOURCES; i++) {
		const struct source *source = &evaluation->sources[i];

		for (size_t k = 0; k < TARGETS; k++) {
			if (!isfinite(source->scores[k].energy)
					|| !isfinite(source->scores[k].values
									[PLAN_MEASURE_SPARSENESS])) {
				abort();
			}
		}
		for (size_t role = 0; role < ROLE_COUNT; role++) {
			const struct tally *tally = &source->tallies[role];

			if (tally->maps > TARGETS
					|| fabs(total_mean(tally->levels[0], tally->maps))
							> 1) {
				abort();
			}
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_file file = fuzz_file_open(data, size);
	struct evaluation *evaluation = start();
	struct portion portion;
	struct error error = { 0 };
	bool seen[TARGETS] = { false };
	cnnviz_status status = portion_open(file.path, &portion, &error);

	if (status == CNNVIZ_OK) {
		status = portion_begin(&portion, evaluation, &error);
	}
	if (status == CNNVIZ_OK) {
		/* As if it belonged to this evaluation, to get to the rest */
		status = portion_add(&portion, evaluation,
				json_object_get(portion.head, "shared"), seen, &error);
	}
	fuzz_check_error(status, &error);
	if (status == CNNVIZ_OK) {
		check(evaluation);
	}
	portion_close(&portion);
	evaluation_free(evaluation);
	fuzz_file_close(&file);
	return 0;
}
