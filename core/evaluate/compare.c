/**
 * \file    evaluate/compare.c
 * \brief   Sanity checks: runs the cascade of sanity.h and compares the maps
 */
#include "evaluate/compare.h"

#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/tensor.h"
#include "evaluate/keep.h"
#include "evaluate/measure.h"
#include "evaluate/prepare.h"
#include "evaluate/sanity.h"
#include "host/drawing.h"
#include "host/batch_pass.h"
#include "host/maps.h"
#include "host/rule_cache.h"
#include "host/state.h"

/** One map, prepared for comparison */
struct map_view {
	cnnviz_tensor *plane; /* (1,1,H,W) magnitudes */
	struct image *gray;   /* as artifact "gray" draws it */
};

struct comparison {
	struct evaluation *evaluation;
	struct sanity_cascade cascade;
	size_t *chosen; /* indices of targets, ascending */
	size_t chosen_count;
	size_t kept;            /* number of chosen pictures kept so far */
	struct batch **batches; /* the chosen pictures, in order */
	size_t batch_count;
	struct map_view *views; /* for each source, for each chosen picture */
};

static void view_clear(struct map_view *map_view)
{
	tensor_unref(map_view->plane);
	image_free(map_view->gray);
	*map_view = (struct map_view){ 0 };
}

void source_expect(const struct source *source, const struct session *session)
{
	if (source->job != NULL && source_is_due(source)) {
		batch_pass_expect(session_job(session, source->job));
	}
}

cnnviz_status source_maps(const struct source *source, struct session *session,
		const cnnviz_tensor **maps, struct error *error)
{
	const struct batch *batch = session->batch;
	const char *failure = job_failure(session_job(session, source->job));

	if (failure != NULL) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN, "%s", failure);
	}
	int64_t *targets = memory_new(batch->count, sizeof(*targets));

	for (size_t n = 0; n < batch->count; n++) {
		targets[n] = session->plan->pictures[batch->pictures[n]].target;
	}
	cnnviz_status status = maps_get(session_job(session, source->job), 0,
			batch->count, targets, maps, error);
	free(targets);
	return status;
}

/* ---- Choice -------------------------------------------------------------------- */

/* Main objects, or all objects if there are none */
static size_t list_candidates(const struct evaluation *evaluation, size_t *candidates)
{
	size_t mains = evaluation_objects(evaluation, ROLE_MAIN, ANY_CLASS);
	size_t count = 0;

	for (size_t i = 0; i < evaluation->target_count; i++) {
		if (mains == 0 || evaluation->targets[i].object->main) {
			candidates[count++] = i;
		}
	}
	return count;
}

/* Of those that an evaluation compares, a shard does its own. */
static void choose_pictures(struct comparison *comparison)
{
	struct evaluation *evaluation = comparison->evaluation;
	size_t wanted = (size_t)evaluation->plan->evaluation.sanity_pictures;
	size_t *candidates = memory_new(evaluation->target_count, sizeof(*candidates));
	size_t count = list_candidates(evaluation, candidates);
	size_t all = count < wanted ? count : wanted;

	comparison->chosen = memory_new(all, sizeof(size_t));
	for (size_t i = 0; i < all; i++) {
		size_t target = candidates[i * count / all];

		if (!evaluation->plan->pictures[target].elsewhere) {
			comparison->chosen[comparison->chosen_count++] = target;
		}
	}
	comparison->views = memory_new(comparison->chosen_count
					* evaluation->source_count,
			sizeof(*comparison->views));
	evaluation->sanity_pictures = all;
	evaluation->compared = comparison->chosen_count;
	free(candidates);
}

cnnviz_status comparison_start(struct evaluation *evaluation, struct comparison **result,
		struct error *error)
{
	struct comparison *comparison = memory_new(1, sizeof(*comparison));
	const struct plan *plan = evaluation->plan;
	cnnviz_status status = sanity_start(plan->model->graph, plan->seed,
			(size_t)plan->evaluation.sanity_stages, &comparison->cascade,
			error);

	comparison->evaluation = evaluation;
	*result = comparison;
	if (status != CNNVIZ_OK) {
		return status;
	}
	choose_pictures(comparison);
	evaluation_start_stages(evaluation, comparison->cascade.count);
	for (size_t i = 0; i < evaluation->stage_count; i++) {
		evaluation->stages[i] =
				memory_text(sanity_stage_name(&comparison->cascade, i));
	}
	return CNNVIZ_OK;
}

void comparison_end(struct comparison *comparison)
{
	if (comparison == NULL) {
		return;
	}
	for (size_t i = 0; i < comparison->batch_count; i++) {
		batch_free(comparison->batches[i]);
	}
	for (size_t i = 0; comparison->views != NULL
			&& i < comparison->chosen_count
							* comparison->evaluation
									  ->source_count;
			i++) {
		view_clear(&comparison->views[i]);
	}
	free(comparison->views);
	free(comparison->batches);
	free(comparison->chosen);
	sanity_end(&comparison->cascade);
	free(comparison);
}

/* ---- Maps ---------------------------------------------------------------------- */

static struct map_view *view_of(const struct comparison *comparison, size_t source,
		size_t chosen)
{
	return &comparison->views[source * comparison->chosen_count + chosen];
}

static cnnviz_status make_view(const struct source *source, const cnnviz_tensor *maps,
		size_t n, const int64_t size[2], struct map_view *map_view,
		struct error *error)
{
	const struct render_style style = drawing_style(source->job);
	const struct render_frame frame = render_input_frame(size[1], size[0]);
	cnnviz_status status = render_magnitude(maps, (int64_t)n, &style, size[1],
			size[0], &map_view->plane, error);

	return status != CNNVIZ_OK ? status
				   : render_gray(maps, (int64_t)n, &style, &frame,
						   &map_view->gray, error);
}

/* Append a copy of item n of a batch to the pictures that are kept. */
static cnnviz_status keep_input(struct comparison *comparison, const struct batch *from,
		size_t n, struct error *error)
{
	size_t most = (size_t)comparison->evaluation->plan->batch;
	size_t place = comparison->kept % most;
	size_t left = comparison->chosen_count - comparison->kept;

	if (place == 0) {
		struct batch *fresh = keep_create(from->inputs,
				left < most ? left : most);

		if (fresh == NULL) {
			return error_set(error, CNNVIZ_ERROR_MEMORY, "out of memory");
		}
		comparison->batches = memory_resize(comparison->batches,
				comparison->batch_count + 1,
				sizeof(*comparison->batches));
		comparison->batches[comparison->batch_count++] = fresh;
	}
	/* Random networks explain the same region as the trained network. */
	keep_add(comparison->batches[comparison->batch_count - 1], from, n, most);
	return CNNVIZ_OK;
}

/* Keep item n of the session's batch, which is the next chosen picture. */
static cnnviz_status keep_item(struct comparison *comparison, struct session *session,
		size_t n, struct error *error)
{
	struct evaluation *evaluation = comparison->evaluation;
	cnnviz_status status = keep_input(comparison, session->batch, n, error);

	for (size_t i = 0; i < evaluation->source_count && status == CNNVIZ_OK; i++) {
		const struct source *source = &evaluation->sources[i];
		const cnnviz_tensor *maps = NULL;

		if (!source_is_compared(source) || !source_is_due(source)) {
			continue;
		}
		status = source_maps(source, session, &maps, error);
		if (status == CNNVIZ_OK) {
			status = make_view(source, maps, n, evaluation->plan->size,
					view_of(comparison, i, comparison->kept), error);
		}
	}
	comparison->kept++;
	return status;
}

cnnviz_status comparison_keep(struct comparison *comparison, struct session *session,
		struct error *error)
{
	const struct batch *batch = session->batch;
	cnnviz_status status = CNNVIZ_OK;

	for (size_t n = 0; n < batch->count && status == CNNVIZ_OK; n++) {
		if (comparison->kept < comparison->chosen_count
				&& comparison->chosen[comparison->kept]
						== batch->pictures[n]) {
			status = keep_item(comparison, session, n, error);
		}
	}
	return status;
}

/* ---- Stages -------------------------------------------------------------------- */

static void compare_views(const struct map_view *trained, const struct map_view *random,
		struct similarity *similarity)
{
	similarity->maps++;
	similarity->spearman += total_of(measure_spearman(tensor_data(trained->plane),
			tensor_data(random->plane), tensor_count(trained->plane)));
	similarity->ssim += total_of(measure_ssim(trained->gray->pixels,
			random->gray->pixels, trained->gray->width,
			trained->gray->height));
}

/* Compare the maps of one source for the session's batch, whose first picture is
 * chosen[first] */
static cnnviz_status compare_source(struct comparison *comparison,
		struct session *session, size_t i, size_t first, size_t stage,
		struct error *error)
{
	const struct source *source = &comparison->evaluation->sources[i];
	const cnnviz_tensor *maps = NULL;
	cnnviz_status status = source_maps(source, session, &maps, error);

	for (size_t n = 0; n < session->batch->count && status == CNNVIZ_OK; n++) {
		struct map_view map_view = { 0 };
		status = make_view(source, maps, n, comparison->evaluation->plan->size,
				&map_view, error);
		if (status == CNNVIZ_OK) {
			compare_views(view_of(comparison, i, first + n), &map_view,
					&source->similarity[stage]);
		}
		view_clear(&map_view);
	}
	return status;
}

static void source_failed(struct evaluation *evaluation, struct source *source,
		size_t stage, const struct error *error)
{
	if (!interrupt_requested()) {
		source->failure = memory_text(error->text);
		log_write(LOG_LEVEL_ERROR,
				"%s: [%s] with randomized layers down to %s: %s",
				evaluation->plan->ini->path, source->name,
				evaluation->stages[stage], error->text);
	}
}

/* Compare all sources for the session's batch, whose first picture is chosen[first] */
static void compare_batch(struct comparison *comparison, struct session *session,
		size_t first, size_t stage)
{
	struct evaluation *evaluation = comparison->evaluation;

	for (size_t i = 0; i < evaluation->source_count; i++) {
		if (source_is_compared(&evaluation->sources[i])) {
			source_expect(&evaluation->sources[i], session);
		}
	}
	for (size_t i = 0; i < evaluation->source_count; i++) {
		struct source *source = &evaluation->sources[i];
		struct error error = { 0 };

		if (!source_is_compared(source) || source->elsewhere) {
			continue;
		}
		progress_job(session->progress, source->name, session->batch->count);
		if (source->failure == NULL
				&& compare_source(comparison, session, i, first, stage,
						   &error)
						!= CNNVIZ_OK) {
			source_failed(evaluation, source, stage, &error);
		}
		progress_results(session->progress, session->batch->count);
	}
	batch_pass_end(session);
	maps_clear(session);
}

/* Compare all sources on the session's network; false when interrupted */
static bool compare_stage(struct comparison *comparison, struct session *session,
		size_t stage)
{
	size_t first = 0;

	for (size_t b = 0; b < comparison->batch_count; b++) {
		session->batch = comparison->batches[b];
		compare_batch(comparison, session, first, stage);
		first += session->batch->count;
		session->batch = NULL;
		if (interrupt_requested()) {
			return false;
		}
	}
	return true;
}

static cnnviz_status run_stage(struct comparison *comparison, struct session *session,
		size_t stage, struct error *error)
{
	struct engine_network *trained = session->network;
	struct graph *graph = sanity_graph(&comparison->cascade, stage);
	const struct engine *engine = NULL;
	struct engine_network *network = NULL;
	cnnviz_status status = network_open(session->plan, graph, false, &engine,
			&network, error);

	if (status == CNNVIZ_OK) {
		rule_cache_clear(&session->rules);
		session->network = network;
		session->graph = graph;
		status = targets_prepare(session, error);
		if (status == CNNVIZ_OK && !compare_stage(comparison, session, stage)) {
			status = CNNVIZ_ERROR_CANCELED;
		}
		session_stop_jobs(session);
		rule_cache_clear(&session->rules);
		session->network = trained;
		session->graph = session->plan->model->graph;
		engine->close(network);
	}
	graph_view_free(graph);
	return status;
}

cnnviz_status comparison_run(struct comparison *comparison, struct session *session,
		struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;

	for (size_t i = 0; i < comparison->cascade.count && status == CNNVIZ_OK; i++) {
		log_write(LOG_LEVEL_DETAIL, "randomized layers down to %s",
				comparison->evaluation->stages[i]);
		status = run_stage(comparison, session, i, error);
	}
	return status;
}
