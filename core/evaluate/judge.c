/**
 * \file    evaluate/judge.c
 * \brief   Measures the maps of one job, or of a baseline, for a batch of objects
 */
#include "evaluate/judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "evaluate/compare.h"
#include "evaluate/curve.h"
#include "evaluate/mask.h"
#include "evaluate/probe.h"
#include "evaluate/rerun.h"
#include "host/drawing.h"
#include "host/regions.h"

/* ---- Objects ------------------------------------------------------------------- */

static bool runs_network(const struct evaluation *evaluation, enum role role)
{
	return criteria_run(&evaluation->kinds)
			&& (role == ROLE_MAIN || evaluation->plan->evaluation.curve_all);
}

static cnnviz_status compute_coverage(const struct evaluation *evaluation,
		const struct target *target, float *coverage, struct error *error)
{
	const int64_t *size = evaluation->plan->size;
	unsigned char *mask = NULL;

	if (target->object->mask == NULL) {
		measure_cover_box(target->box, size[1], size[0], coverage);
		return CNNVIZ_OK;
	}
	cnnviz_status status = annotation_mask(target->picture, target->object, &mask,
			error);
	if (status == CNNVIZ_OK) {
		measure_cover_mask(mask, target->picture->width, target->picture->height,
				size[1], size[0], coverage);
	}
	free(mask);
	return status;
}

static cnnviz_status start_subject(const struct evaluation *evaluation,
		struct session *session, size_t n, struct subject *subject,
		struct error *error)
{
	struct batch *batch = session->batch;
	const int64_t *size = evaluation->plan->size;

	*subject = (struct subject){ .index = batch->pictures[n] };
	subject->target = &evaluation->targets[subject->index];
	subject->role = subject->target->object->main ? ROLE_MAIN : ROLE_DISTRACTOR;
	subject->coverage = memory_new((size_t)(size[0] * size[1]), sizeof(float));
	subject->runs = runs_network(evaluation, subject->role);
	subject->input = batch_item(batch, n);
	if (subject->input != NULL && subject->runs) {
		subject->blurred = curve_blur(subject->input, evaluation->blur);
	}
	if (subject->input == NULL || (subject->runs && subject->blurred == NULL)) {
		return error_set(error, CNNVIZ_ERROR_MEMORY, "out of memory");
	}
	cnnviz_status status = session_region(session, n,
			subject->target->object->class_index, &subject->inside, error);

	return status != CNNVIZ_OK ? status
				   : compute_coverage(evaluation, subject->target,
						   subject->coverage, error);
}

void subjects_end(struct subject *subjects, size_t count)
{
	for (size_t n = 0; n < count; n++) {
		tensor_unref(subjects[n].blurred);
		free(subjects[n].inside);
		free(subjects[n].coverage);
	}
}

/* ---- Passes -------------------------------------------------------------------- */

static struct prober *create_prober(const struct evaluation *evaluation,
		const struct session *session, const struct subject *subjects)
{
	const struct graph *graph = evaluation->plan->model->graph;
	const struct probe_network network = {
		.engine = session->engine,
		.network = session->network,
		.logits = graph->logits,
		.activation = graph->activation,
		.batch = (size_t)evaluation->plan->batch,
	};

	return prober_create(&network, tensor_shape(subjects[0].input));
}

static struct map_case case_of(const struct evaluation *evaluation,
		const struct session *session, size_t n, struct subject *subject)
{
	return (struct map_case){
		.plan = evaluation->plan,
		.input = subject->input,
		.blurred = subject->blurred,
		.item = n,
		.stream = session->batch->pictures[n],
		.base = &subject->base,
		.target = subject->target->object->class_index,
		.inside = subject->inside,
	};
}

static size_t count_one(const struct map_case *map)
{
	(void)map;
	return 1;
}

static void draw_unchanged(const struct map_case *map, void *state, size_t i,
		float *picture)
{
	(void)state;
	(void)i;
	memcpy(picture, tensor_data(map->input),
			(size_t)tensor_count(map->input) * sizeof(*picture));
}

static void note_base(const struct map_case *map, void *state,
		const struct classification *results)
{
	(void)state;
	*map->base = results[0];
}

static const struct probe probe_unchanged = {
	.count = count_one,
	.draw = draw_unchanged,
	.measure = note_base,
};

/* What the network says of the pictures as they are */
static cnnviz_status find_bases(const struct evaluation *evaluation,
		const struct session *session, struct subject *subjects,
		struct error *error)
{
	size_t count = session->batch->count;
	struct prober *prober = create_prober(evaluation, session, subjects);
	struct map_case *maps = memory_new(count, sizeof(*maps));

	for (size_t n = 0; n < count; n++) {
		if (subjects[n].runs) {
			maps[n] = case_of(evaluation, session, n, &subjects[n]);
			prober_add(prober, &probe_unchanged, &maps[n]);
		}
	}
	struct judge_steps steps = { 0 };
	cnnviz_status status = prober_run(prober, &steps, error);

	prober_free(prober);
	free(maps);
	return status;
}

cnnviz_status subjects_start(const struct evaluation *evaluation, struct session *session,
		struct subject *subjects, struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;

	for (size_t n = 0; n < session->batch->count && status == CNNVIZ_OK; n++) {
		status = start_subject(evaluation, session, n, &subjects[n], error);
	}
	return status == CNNVIZ_OK ? find_bases(evaluation, session, subjects, error)
				   : status;
}

/* ---- Planes -------------------------------------------------------------------- */

static cnnviz_status make_plane(const struct evaluation *evaluation,
		const struct source *source, struct session *session,
		const cnnviz_tensor *maps, size_t n, cnnviz_tensor **plane,
		struct error *error)
{
	const struct plan *plan = evaluation->plan;

	if (source->masks) {
		return mask_capture(session_job(session, source->job), n, plane, error);
	}
	if (source->job != NULL) {
		const struct render_style style = drawing_style(source->job);

		return render_magnitude(maps, (int64_t)n, &style, plan->size[1],
				plan->size[0], plane, error);
	}
	*plane = baseline_plane(source->baseline, plan->size[0], plan->size[1],
			plan->seed, session->batch->pictures[n]);
	return *plane != NULL ? CNNVIZ_OK
			      : error_set(error, CNNVIZ_ERROR_MEMORY, "out of memory");
}

static cnnviz_status make_evidence(const struct evaluation *evaluation,
		const struct source *source, const cnnviz_tensor *maps, size_t n,
		cnnviz_tensor *plane, cnnviz_tensor **evidence, struct error *error)
{
	if (!source_is_compared(source)) {
		*evidence = tensor_ref(plane);
		return CNNVIZ_OK;
	}
	const struct render_style style = drawing_style(source->job);

	return render_evidence(maps, (int64_t)n, &style, evaluation->plan->size[1],
			evaluation->plan->size[0], evidence, error);
}

/* A gradient says what a pixel gives only together with the pixel. */
static bool is_gradient_of(const struct source *source, const cnnviz_tensor *maps,
		const cnnviz_tensor *input)
{
	return source_is_compared(source) && source->job->map_style == CNNVIZ_MAP_GRADIENT
			&& memcmp(tensor_shape(maps) + 1, tensor_shape(input) + 1,
					   3 * sizeof(int64_t))
			== 0;
}

static float *make_linear(const struct source *source, const struct map_case *map)
{
	int64_t area = map_area(map), size = tensor_count(map->input);
	float *linear = memory_new((size_t)area, sizeof(*linear));

	if (!is_gradient_of(source, map->maps, map->input)) {
		memcpy(linear, map->evidence, (size_t)area * sizeof(*linear));
		return linear;
	}
	const float *gradient = tensor_data(map->maps) + (int64_t)map->item * size;

	for (int64_t i = 0; i < area; i++) {
		double sum = 0;

		for (int64_t k = i; k < size; k += area) {
			sum += (double)gradient[k] * (double)tensor_data(map->input)[k];
		}
		linear[i] = (float)sum;
	}
	return linear;
}

/* ---- Maps ---------------------------------------------------------------------- */

/* The maps of a source for a batch */
struct docket {
	size_t count;
	struct map_case *maps;
	bool *runs;
	cnnviz_tensor **planes, **evidence;
	float **linear;
	double *values; /* of the plan's measures, for each map */
	double *points; /* of both plain curves of each map */
};

static void docket_start(struct docket *docket, const struct evaluation *evaluation,
		size_t count)
{
	*docket = (struct docket){
		.count = count,
		.maps = memory_new(count, sizeof(*docket->maps)),
		.runs = memory_new(count, sizeof(*docket->runs)),
		.planes = memory_new(count, sizeof(cnnviz_tensor *)),
		.evidence = memory_new(count, sizeof(cnnviz_tensor *)),
		.linear = memory_new(count, sizeof(float *)),
		.values = memory_new(count * PLAN_MEASURE_COUNT, sizeof(double)),
		.points = memory_new(count * 2 * (evaluation->curve_steps + 1),
				sizeof(double)),
	};
}

static void docket_end(struct docket *docket)
{
	for (size_t n = 0; n < docket->count; n++) {
		tensor_unref(docket->planes[n]);
		tensor_unref(docket->evidence[n]);
		free(docket->linear[n]);
	}
	free(docket->maps);
	free(docket->runs);
	free(docket->planes);
	free(docket->evidence);
	free(docket->linear);
	free(docket->values);
	free(docket->points);
}

static cnnviz_status add_map(struct docket *docket, const struct evaluation *evaluation,
		struct session *session, const struct source *source,
		const cnnviz_tensor *maps, size_t n, struct subject *subject,
		struct error *error)
{
	struct map_case *map = &docket->maps[n];
	size_t points = evaluation->curve_steps + 1;
	cnnviz_status status = make_plane(evaluation, source, session, maps, n,
			&docket->planes[n], error);

	if (status == CNNVIZ_OK) {
		status = make_evidence(evaluation, source, maps, n, docket->planes[n],
				&docket->evidence[n], error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	*map = case_of(evaluation, session, n, subject);
	map->maps = maps;
	map->plane = tensor_data(docket->planes[n]);
	map->evidence = tensor_data(docket->evidence[n]);
	map->linear = docket->linear[n] = make_linear(source, map);
	map->values = docket->values + n * PLAN_MEASURE_COUNT;
	map->deletion = docket->points + 2 * n * points;
	map->insertion = map->deletion + points;
	docket->runs[n] = subject->runs;
	for (size_t i = 0; i < PLAN_MEASURE_COUNT; i++) {
		map->values[i] = NAN;
	}
	return CNNVIZ_OK;
}

/* ---- Measures ------------------------------------------------------------------ */

static void add_questions(const struct criterion_kinds *kinds,
		const struct docket *docket, struct prober *prober)
{
	for (size_t n = 0; n < docket->count; n++) {
		for (size_t i = 0; i < kinds->probe_count && docket->runs[n]; i++) {
			prober_add(prober, kinds->probes[i], &docket->maps[n]);
		}
	}
}

/* Ask the network, and then the technique, about changed pictures. */
static cnnviz_status ask(const struct evaluation *evaluation, struct session *session,
		const struct source *source, const struct subject *subjects,
		const struct docket *docket, struct error *error)
{
	const struct criterion_kinds *kinds = &evaluation->kinds;
	struct prober *prober = create_prober(evaluation, session, subjects);
	struct judge_steps steps = { .progress = session->progress };

	add_questions(kinds, docket, prober);
	steps.total = prober_total(prober);
	for (size_t i = 0; i < kinds->rerun_count; i++) {
		steps.total += rerun_total(kinds->reruns[i], docket->maps, docket->runs,
				docket->count);
	}
	cnnviz_status status = prober_run(prober, &steps, error);

	prober_free(prober);
	for (size_t i = 0; i < kinds->rerun_count && status == CNNVIZ_OK; i++) {
		status = rerun_measure(evaluation, source, session, kinds->reruns[i],
				docket->maps, docket->runs, make_plane, &steps, error);
	}
	return status;
}

/* Where a map lies */
static void measure_place(const struct evaluation *evaluation, struct source *source,
		const struct subject *subject, const float *plane)
{
	int64_t height = evaluation->plan->size[0], width = evaluation->plan->size[1];
	struct tally *tally = &source->tallies[subject->role];
	struct score *score = &source->scores[subject->index];
	const double *box = subject->target->box;
	struct measure_iou iou;

	measure_iou(plane, subject->coverage, height * width, &iou);
	tally->maps++;
	for (size_t i = 0; i < MEASURE_LEVELS; i++) {
		tally->levels[i] += total_of(iou.levels[i]);
	}
	score->measured = true;
	score->zero = measure_is_zero(plane, height * width);
	score->pointing = measure_pointing(plane, width, height, box,
			evaluation->tolerance);
	score->inside = measure_pointing(plane, width, height, box, 0);
	score->energy = measure_energy(plane, width, height, box);
	score->iou = iou.best;
}

static void note_values(struct score *score, const double *values)
{
	for (size_t i = 0; i < PLAN_MEASURE_COUNT; i++) {
		score->has[i] = isfinite(values[i]);
		score->values[i] = score->has[i] ? values[i] : 0;
	}
}

/* Of a network that gives numbers for all changed pictures */
static void note_curves(const struct evaluation *evaluation, struct source *source,
		const struct subject *subject, const struct map_case *map)
{
	struct tally *tally = &source->tallies[subject->role];
	struct score *score = &source->scores[subject->index];

	double deletion = map->values[PLAN_MEASURE_DELETION_ZERO];
	double insertion = map->values[PLAN_MEASURE_INSERTION_BLUR];

	if (!isfinite(deletion) || !isfinite(insertion)) {
		return;
	}
	tally->curves++;
	for (size_t i = 0; i <= evaluation->curve_steps; i++) {
		tally->deletion[i] += total_of(map->deletion[i]);
		tally->insertion[i] += total_of(map->insertion[i]);
	}
	score->curves = true;
	score->deletion = deletion;
	score->insertion = insertion;
}

static cnnviz_status measure_maps(const struct evaluation *evaluation,
		struct session *session, struct source *source,
		const struct subject *subjects, const struct docket *docket,
		struct error *error)
{
	const struct criterion_kinds *kinds = &evaluation->kinds;

	for (size_t n = 0; n < docket->count; n++) {
		measure_place(evaluation, source, &subjects[n], docket->maps[n].plane);
	}
	cnnviz_status status = ask(evaluation, session, source, subjects, docket, error);

	for (size_t n = 0; n < docket->count && status == CNNVIZ_OK; n++) {
		for (size_t i = 0; i < kinds->look_count; i++) {
			kinds->looks[i](&docket->maps[n]);
		}
		note_values(&source->scores[subjects[n].index], docket->maps[n].values);
		if (docket->runs[n] && evaluation->curve_steps > 0) {
			note_curves(evaluation, source, &subjects[n], &docket->maps[n]);
		}
	}
	return status;
}

cnnviz_status judge_source(const struct evaluation *evaluation, struct session *session,
		struct source *source, struct subject *subjects, struct error *error)
{
	const cnnviz_tensor *maps = NULL;
	struct docket docket;
	cnnviz_status status = source_is_compared(source)
			? source_maps(source, session, &maps, error)
			: CNNVIZ_OK;

	docket_start(&docket, evaluation, session->batch->count);
	for (size_t n = 0; n < docket.count && status == CNNVIZ_OK; n++) {
		status = add_map(&docket, evaluation, session, source, maps, n,
				&subjects[n], error);
	}
	if (status == CNNVIZ_OK) {
		status = measure_maps(evaluation, session, source, subjects, &docket,
				error);
	}
	docket_end(&docket);
	return status;
}
