/**
 * \file    evaluate/rerun.c
 * \brief   Has techniques explain changed pictures, in full batches
 */
#include "evaluate/rerun.h"

#include "base/tensor.h"
#include "evaluate/compare.h"
#include "evaluate/keep.h"
#include "host/batch_pass.h"
#include "host/maps.h"

/* What a session keeps of its batch, while it has another one */
struct aside {
	struct batch *batch;
	struct batch_pass *batch_pass;
	struct shared_map *shared;
	size_t shared_count;
	struct extras *extras;
	struct map_scalar *scalars;
	size_t scalar_count;
};

static struct aside set_aside(struct session *session, struct batch *batch)
{
	struct aside aside = {
		.batch = session->batch,
		.batch_pass = session->batch_pass,
		.shared = session->shared,
		.shared_count = session->shared_count,
		.extras = session->extras,
		.scalars = session->scalars,
		.scalar_count = session->scalar_count,
	};

	session->batch = batch;
	session->batch_pass = NULL;
	session->shared = NULL;
	session->shared_count = 0;
	session->extras = NULL;
	session->scalars = NULL;
	session->scalar_count = 0;
	return aside;
}

static void take_back(struct session *session, const struct aside *aside)
{
	batch_pass_end(session);
	maps_clear(session);
	session->batch = aside->batch;
	session->batch_pass = aside->batch_pass;
	session->shared = aside->shared;
	session->shared_count = aside->shared_count;
	session->extras = aside->extras;
	session->scalars = aside->scalars;
	session->scalar_count = aside->scalar_count;
}

/* The changed pictures of a source, and how far they have come */
struct round {
	const struct evaluation *evaluation;
	const struct source *source;
	struct session *session;
	const struct rerun *rerun;
	const struct map_case *maps;
	const bool *measured;
	rerun_plane *plane;
	size_t item;    /* of the batch that is next */
	size_t picture; /* of that item */
};

/* Go on to the next changed picture; false: there are no more. */
static bool find_next(struct round *round, size_t items)
{
	while (round->item < items
			&& (!round->measured[round->item]
					|| round->picture
							== round->rerun->count(
									&round->maps[round->item]))) {
		round->item++;
		round->picture = 0;
	}
	return round->item < items;
}

size_t rerun_total(const struct rerun *rerun, const struct map_case *maps,
		const bool *measured, size_t count)
{
	size_t total = 0;

	for (size_t n = 0; n < count; n++) {
		total += measured[n] ? rerun->count(&maps[n]) : 0;
	}
	return total;
}

static cnnviz_status compare_changed(struct round *round, const cnnviz_tensor *maps,
		size_t n, struct error *error)
{
	cnnviz_tensor *plane = NULL;
	cnnviz_status status = round->plane(round->evaluation, round->source,
			round->session, maps, n, &plane, error);

	if (status == CNNVIZ_OK) {
		const struct changed_map changed = {
			.maps = maps,
			.item = n,
			.plane = tensor_data(plane),
		};

		round->rerun->compare(&round->maps[round->item], round->picture,
				&changed);
	}
	tensor_unref(plane);
	return status;
}

/* Explain the changed pictures of a batch, of which the first is the round's next one. */
static cnnviz_status explain(struct round *round, struct batch *batch, size_t items,
		struct error *error)
{
	struct session *session = round->session;
	struct aside aside = set_aside(session, batch);
	bool gives_maps = source_is_compared(round->source);
	const cnnviz_tensor *maps = NULL;
	cnnviz_status status = CNNVIZ_OK;

	if (gives_maps) {
		source_expect(round->source, session);
		status = source_maps(round->source, session, &maps, error);
	}
	for (size_t n = 0; n < batch->count && status == CNNVIZ_OK; n++) {
		find_next(round, items);
		status = compare_changed(round, maps, n, error);
		round->picture++;
	}
	take_back(session, &aside);
	return status;
}

static cnnviz_status explain_next(struct round *round, size_t count, struct error *error)
{
	const struct batch *from = round->session->batch;
	struct batch *batch = keep_create(from->inputs, count);
	struct round ahead = *round;

	if (batch == NULL) {
		return error_set(error, CNNVIZ_ERROR_MEMORY,
				"not enough memory for %zu pictures at once; lower [run] "
				"batch",
				count);
	}
	while (batch->count < count && find_next(&ahead, from->count)) {
		round->rerun->draw(&round->maps[ahead.item], ahead.picture,
				keep_add(batch, from, ahead.item, count));
		ahead.picture++;
	}
	cnnviz_status status = explain(round, batch, from->count, error);

	batch_free(batch);
	return status;
}

cnnviz_status rerun_measure(const struct evaluation *evaluation,
		const struct source *source, struct session *session,
		const struct rerun *rerun, const struct map_case *maps,
		const bool *measured, rerun_plane *plane, struct judge_steps *steps,
		struct error *error)
{
	struct round round = {
		.evaluation = evaluation,
		.source = source,
		.session = session,
		.rerun = rerun,
		.maps = maps,
		.measured = measured,
		.plane = plane,
	};
	size_t most = (size_t)evaluation->plan->batch;
	size_t total = rerun_total(rerun, maps, measured, session->batch->count);
	cnnviz_status status = CNNVIZ_OK;

	for (size_t done = 0; done < total && status == CNNVIZ_OK;) {
		size_t count = total - done < most ? total - done : most;

		status = explain_next(&round, count, error);
		done += count;
		judge_steps_add(steps, count);
	}
	return status;
}
