/**
 * \file    evaluate/portion_json.c
 * \brief   Converts what a shard has measured to and from JSON that keeps every bit
 */
#include "evaluate/portion_json.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/text.h"

/* ---- Totals -------------------------------------------------------------------- */

static json_t *integers_json(const int64_t *values, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++) {
		json_array_append_new(array, json_integer(values[i]));
	}
	return array;
}

static json_t *tally_json(const struct evaluation *evaluation, const struct tally *tally)
{
	size_t points = evaluation->curve_steps + 1;

	return json_pack("{s:I,s:o,s:I,s:o,s:o}", "maps", (json_int_t)tally->maps,
			"levels", integers_json(tally->levels, MEASURE_LEVELS), "curves",
			(json_int_t)tally->curves, "deletion",
			integers_json(tally->deletion, points), "insertion",
			integers_json(tally->insertion, points));
}

static json_t *similarities_json(const struct evaluation *evaluation,
		const struct source *source)
{
	json_t *array = json_array();

	for (size_t i = 0; source->similarity != NULL && i < evaluation->stage_count;
			i++) {
		const struct similarity *similarity = &source->similarity[i];

		json_array_append_new(array,
				json_pack("{s:I,s:[I,I]}", "maps",
						(json_int_t)similarity->maps, "totals",
						(json_int_t)similarity->spearman,
						(json_int_t)similarity->ssim));
	}
	return array;
}

json_t *portion_source_to_json(const struct evaluation *evaluation,
		const struct source *source)
{
	json_t *json = json_object();

	json_object_set_new(json, "name", json_text(source->name));
	json_object_set_new(json, "failure", json_text(source->failure));
	for (size_t role = 0; role < ROLE_COUNT; role++) {
		json_object_set_new(json, role_names[role],
				tally_json(evaluation, &source->tallies[role]));
	}
	json_object_set_new(json, "similarity", similarities_json(evaluation, source));
	return json;
}

/** Add a number of maps, of which there cannot be more than `most`; returns it. */
static size_t add_count(struct json_members *in, const char *name, size_t *count,
		size_t most)
{
	size_t more = (size_t)json_member_integer(in, name, 0, (int64_t)(most - *count));

	*count += more;
	return more;
}

/** Add the totals of so many maps. */
static void add_totals(struct json_members *in, const char *name, int64_t *totals,
		size_t count, size_t maps)
{
	const json_t *list = json_member_list(in, name, count, count);
	int64_t most = (int64_t)maps * total_of(1);

	for (size_t i = 0; i < count; i++) {
		const json_t *item = json_array_get(list, i);
		int64_t total = json_integer_value(item);

		if (!json_is_integer(item) || total < -most || total > most) {
			json_members_fail(in,
					"\"%s\" has a total that %zu maps cannot have",
					name, maps);
			return;
		}
		totals[i] += total;
	}
}

static void add_tally(const struct evaluation *evaluation, struct json_members *outer,
		const char *role, struct tally *tally)
{
	struct json_members in = json_members_inside(outer, json_member(outer, role));
	size_t points = evaluation->curve_steps + 1;
	size_t maps = add_count(&in, "maps", &tally->maps, evaluation->target_count);

	add_totals(&in, "levels", tally->levels, MEASURE_LEVELS, maps);
	maps = add_count(&in, "curves", &tally->curves, evaluation->target_count);
	add_totals(&in, "deletion", tally->deletion, points, maps);
	add_totals(&in, "insertion", tally->insertion, points, maps);
	json_members_leave(&in, outer, role);
}

static void add_similarities(const struct evaluation *evaluation,
		struct json_members *outer, const struct source *source)
{
	size_t count = source->similarity != NULL ? evaluation->stage_count : 0;
	const json_t *list = json_member_list(outer, "similarity", count, count);

	for (size_t i = 0; i < count; i++) {
		struct similarity *similarity = &source->similarity[i];
		int64_t totals[] = { similarity->spearman, similarity->ssim };
		struct json_members in = json_members_inside(outer,
				json_array_get(list, i));
		size_t maps = add_count(&in, "maps", &similarity->maps,
				evaluation->sanity_pictures);

		add_totals(&in, "totals", totals, 2, maps);
		similarity->spearman = totals[0];
		similarity->ssim = totals[1];
		json_members_leave(&in, outer, "similarity");
	}
}

cnnviz_status portion_source_add(const struct evaluation *evaluation,
		struct source *source, const json_t *json, struct error *error)
{
	struct json_members in = json_members_begin(json, error);

	json_member_equals(&in, "name", json_text(source->name));
	char *failure = json_member_text_or_null(&in, "failure");

	for (size_t role = 0; role < ROLE_COUNT; role++) {
		add_tally(evaluation, &in, role_names[role], &source->tallies[role]);
	}
	add_similarities(evaluation, &in, source);
	cnnviz_status status = json_members_end(&in);

	if (source->failure == NULL && failure != NULL) {
		source->failure = text_utf8(failure);
	}
	free(failure);
	return status;
}

/* ---- Scores -------------------------------------------------------------------- */

#define PLACES 6 /* numbers of a score that do not depend on the plan */

/** Where a score keeps them */
static void list_places(struct score *score, double *places[PLACES])
{
	double *const all[PLACES] = { &score->pointing, &score->inside, &score->energy,
		&score->iou, &score->deletion, &score->insertion };

	for (size_t i = 0; i < PLACES; i++) {
		places[i] = all[i];
	}
}

/** A list: whether it is zero and has curves, the numbers, the plan's measures */
static json_t *score_json(const struct plan *plan, struct score *score)
{
	double *places[PLACES];
	json_t *json = json_array();

	if (!score->measured) {
		json_decref(json);
		return json_null();
	}
	list_places(score, places);
	json_array_append_new(json, json_boolean(score->zero));
	json_array_append_new(json, json_boolean(score->curves));
	for (size_t i = 0; i < PLACES; i++) {
		json_array_append_new(json, json_real(*places[i]));
	}
	for (size_t i = 0; i < PLAN_MEASURE_COUNT; i++) {
		if (plan->evaluation.measures[i]) {
			json_array_append_new(json,
					score->has[i] ? json_real(score->values[i])
						      : json_null());
		}
	}
	return json;
}

json_t *portion_object_to_json(const struct evaluation *evaluation, size_t target)
{
	json_t *scores = json_array();

	for (size_t i = 0; i < evaluation->source_count; i++) {
		json_array_append_new(scores,
				score_json(evaluation->plan,
						&evaluation->sources[i].scores[target]));
	}
	return json_pack("{s:I,s:o}", "object", (json_int_t)target, "scores", scores);
}

/** The items of a score's list, which are read one after the other */
struct items {
	const json_t *list;
	size_t next;
	bool wrong; /* one was of another type */
};

static bool next_flag(struct items *items)
{
	const json_t *item = json_array_get(items->list, items->next++);

	items->wrong = items->wrong || !json_is_boolean(item);
	return json_is_true(item);
}

static double next_number(struct items *items, bool *is_number)
{
	const json_t *item = json_array_get(items->list, items->next++);

	*is_number = json_is_real(item);
	items->wrong = items->wrong || !(*is_number || json_is_null(item));
	return json_real_value(item);
}

/** False if it is none */
static bool take_score(const struct plan *plan, const json_t *json, struct score *score)
{
	struct items items = { .list = json };
	double *places[PLACES];
	bool is_number;

	if (json_is_null(json)) {
		return true;
	}
	list_places(score, places);
	score->measured = true;
	score->zero = next_flag(&items);
	score->curves = next_flag(&items);
	for (size_t i = 0; i < PLACES; i++) {
		*places[i] = next_number(&items, &is_number);
		items.wrong = items.wrong || !is_number;
	}
	for (size_t i = 0; i < PLAN_MEASURE_COUNT; i++) {
		if (plan->evaluation.measures[i]) {
			score->values[i] = next_number(&items, &score->has[i]);
		}
	}
	return !items.wrong && items.next == json_array_size(json);
}

cnnviz_status portion_object_add(struct evaluation *evaluation, const json_t *json,
		size_t *target, struct error *error)
{
	struct json_members in = json_members_begin(json, error);
	int64_t index = json_member_integer(&in, "object", 0,
			(int64_t)evaluation->target_count - 1);
	const json_t *scores = json_member_list(&in, "scores", evaluation->source_count,
			evaluation->source_count);

	*target = (size_t)index;
	for (size_t i = 0; scores != NULL && i < evaluation->source_count; i++) {
		struct source *source = &evaluation->sources[i];

		if (!take_score(evaluation->plan, json_array_get(scores, i),
				    &source->scores[index])) {
			json_members_fail(&in,
					"the scores of [%s] for object %" PRId64
					" are none of this evaluation",
					source->name, index);
		}
	}
	return json_members_end(&in);
}
