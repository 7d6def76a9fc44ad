/**
 * \file    output/join.c
 * \brief   Joins what the parts of a run have made into one record
 */
#include "output/join.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/memory.h"
#include "output/record_json.h"

/** A part that is being joined */
struct join {
	struct record *whole, *part;
	bool yields;
	bool *known;    /* pictures that the whole knew before */
	bool *others;   /* pictures of an earlier part that are others now */
	bool *obsolete; /* jobs of which an earlier part has made something else */
	struct join_conflict *conflict;
};

/** Note where the two disagree first; true if the part does not count there. */
static bool disagree(const struct join *join, const struct plan_job *job, size_t picture)
{
	if (join->conflict->job == NULL && join->conflict->picture == RECORD_NO_PICTURE) {
		*join->conflict = (struct join_conflict){ job, picture };
	}
	return join->yields;
}

static bool digests_differ(const char *one, const char *other)
{
	return *one != '\0' && *other != '\0' && strcmp(one, other) != 0;
}

/* ---- Pictures ------------------------------------------------------------------- */

static bool is_known(const struct record_picture *picture)
{
	return picture->done || picture->failure != NULL;
}

static bool pictures_differ(const struct record_picture *one,
		const struct record_picture *other)
{
	if (digests_differ(one->digest, other->digest)) {
		return true;
	}
	return one->done && other->done
			&& (one->target != other->target || one->width != other->width
					|| one->height != other->height
					|| one->top_count != other->top_count
					|| one->top[0].index != other->top[0].index);
}

static void exchange(struct record_picture *one, struct record_picture *other)
{
	const struct record_picture kept = *one;

	*one = *other;
	*other = kept;
}

/** Take what the part knows of a picture, if the whole does not. */
static bool join_picture(const struct join *join, size_t i)
{
	struct record_picture *mine = &join->whole->pictures[i];
	struct record_picture *theirs = &join->part->pictures[i];

	join->known[i] = is_known(mine);
	if (!is_known(theirs)) {
		return true;
	}
	if (join->known[i] && pictures_differ(mine, theirs)) {
		join->others[i] = true;
		return disagree(join, NULL, i);
	}
	if (!join->known[i] || (!mine->done && theirs->done)) {
		exchange(mine, theirs);
	} else {
		/* Jobs of both are to stand side by side. */
		free(mine->sheet);
		mine->sheet = NULL;
	}
	return true;
}

/* ---- Results -------------------------------------------------------------------- */

/** Whether the part has a result that counts */
static bool has_result(const struct join *join, const struct plan_job *job,
		size_t picture)
{
	return record_is_finished(join->part, job, picture)
			&& !join->obsolete[job - join->part->plan->jobs]
			&& (picture == RECORD_NO_PICTURE || !join->others[picture]);
}

/** What a job has made of a picture, in a record that is sorted */
struct group {
	const struct plan_job *job;
	size_t picture;
	struct record_artifact *first;
	size_t count;
};

/** The group that begins at an artifact; none at the end */
static struct group group_at(const struct record *record, size_t i)
{
	struct group group = { NULL, RECORD_NO_PICTURE, NULL, 0 };

	if (i == record->artifact_count) {
		return group;
	}
	group.first = &record->artifacts[i];
	group.job = group.first->job;
	group.picture = group.first->picture;
	while (i + group.count < record->artifact_count
			&& group.first[group.count].job == group.job
			&& group.first[group.count].picture == group.picture) {
		group.count++;
	}
	return group;
}

static int compare_groups(const struct group *one, const struct group *other)
{
	if (one->job != other->job) {
		return one->job == NULL                 ? 1
				: other->job == NULL    ? -1
				: one->job < other->job ? -1
							: 1;
	}
	return one->picture < other->picture ? -1 : one->picture > other->picture;
}

/** Whether the files, shapes and numbers of two groups are the same */
static bool groups_differ(const struct record *record, const struct group *one,
		const struct group *other)
{
	bool same = one->count == other->count;

	for (size_t i = 0; i < one->count && same; i++) {
		json_t *mine = record_artifact_to_json(record, &one->first[i]);
		json_t *theirs = record_artifact_to_json(record, &other->first[i]);

		same = json_equal(mine, theirs) != 0;
		json_decref(mine);
		json_decref(theirs);
	}
	return !same;
}

/** Artifacts of both, in their order */
struct joined {
	struct record_artifact *items;
	size_t count;
};

static void take_group(struct joined *joined, const struct group *group)
{
	memcpy(joined->items + joined->count, group->first,
			group->count * sizeof(*group->first));
	joined->count += group->count;
}

static void drop_group(const struct group *group)
{
	for (size_t i = 0; i < group->count; i++) {
		record_artifact_clear(&group->first[i]);
	}
}

/** Join artifacts about the same, or about different things; false if they disagree. */
static bool join_groups(const struct join *join, struct joined *joined,
		const struct group *mine, const struct group *theirs, int order)
{
	bool agreed = true;

	if (order <= 0 && record_is_finished(join->whole, mine->job, mine->picture)) {
		take_group(joined, mine);
		if (order == 0) {
			agreed = !has_result(join, theirs->job, theirs->picture)
					|| !groups_differ(join->whole, mine, theirs)
					|| disagree(join, theirs->job, theirs->picture);
			drop_group(theirs);
		}
		return agreed;
	}
	if (order <= 0) {
		drop_group(mine);
	}
	if (order >= 0 && has_result(join, theirs->job, theirs->picture)
			&& !record_is_finished(join->whole, theirs->job,
					theirs->picture)) {
		take_group(joined, theirs);
	} else if (order >= 0) {
		drop_group(theirs);
	}
	return true;
}

static bool join_artifacts(const struct join *join)
{
	struct record *whole = join->whole, *part = join->part;
	struct joined joined = {
		.items = memory_new(whole->artifact_count + part->artifact_count,
				sizeof(*joined.items)),
	};
	bool agreed = true;

	for (size_t i = 0, k = 0;
			i < whole->artifact_count || k < part->artifact_count;) {
		struct group mine = group_at(whole, i), theirs = group_at(part, k);
		int order = compare_groups(&mine, &theirs);

		agreed = join_groups(join, &joined, &mine, &theirs, order) && agreed;
		i += order <= 0 ? mine.count : 0;
		k += order >= 0 ? theirs.count : 0;
	}
	free(whole->artifacts);
	whole->artifacts = joined.items;
	whole->artifact_count = joined.count;
	part->artifact_count = 0;
	return agreed;
}

/** Note which results the whole has now. */
static void join_finished(const struct join *join)
{
	const struct plan *plan = join->whole->plan;

	for (size_t i = 0; i < plan->job_count; i++) {
		const struct plan_job *job = &plan->jobs[i];
		struct record_job *mine = &join->whole->jobs[i];

		for (size_t k = 0; k < plan->picture_count && !job_is_once(job); k++) {
			if (has_result(join, job, k)) {
				record_done(join->whole, mine, k);
			}
		}
		if (job_is_once(job) && has_result(join, job, RECORD_NO_PICTURE)) {
			record_done(join->whole, mine, RECORD_NO_PICTURE);
		}
	}
}

/* ---- What is said of results ------------------------------------------------------ */

static bool is_new(const struct join *join, size_t picture)
{
	return picture != RECORD_NO_PICTURE && !join->known[picture];
}

static bool is_other(const struct join *join, const struct plan_job *job, size_t picture)
{
	return join->obsolete[job - join->whole->plan->jobs]
			|| (picture != RECORD_NO_PICTURE && join->others[picture]);
}

/** Take warnings; of a picture that was not known none can be there already. */
static void join_warnings(const struct join *join)
{
	struct record *whole = join->whole;

	for (size_t i = 0; i < join->part->warning_count; i++) {
		struct record_warning *warning = &join->part->warnings[i];

		if (is_other(join, warning->job, warning->picture)) {
			continue;
		}
		if (!is_new(join, warning->picture)) {
			record_warn(whole, warning->job, warning->picture,
					warning->target, warning->text);
			continue;
		}
		whole->warnings = memory_grow(whole->warnings, whole->warning_count,
				sizeof(*whole->warnings));
		whole->warnings[whole->warning_count++] = *warning;
		warning->text = NULL;
	}
}

/** Take failures, likewise. */
static void join_failures(const struct join *join)
{
	struct record *whole = join->whole;

	for (size_t i = 0; i < join->part->failure_count; i++) {
		struct record_failure *failure = &join->part->failures[i];

		if (is_other(join, failure->job, failure->picture)) {
			continue;
		}
		if (!is_new(join, failure->picture)) {
			record_fail_picture(whole, failure->job, failure->picture,
					failure->reason);
			continue;
		}
		whole->failures = memory_grow(whole->failures, whole->failure_count,
				sizeof(*whole->failures));
		whole->failures[whole->failure_count++] = *failure;
		failure->reason = NULL;
	}
}

/** A job that failed in one part, and has done it in another one, has not failed. */
static void drop_mended(struct record *record)
{
	size_t kept = 0;

	for (size_t i = 0; i < record->failure_count; i++) {
		struct record_failure *failure = &record->failures[i];

		if (record_is_finished(record, failure->job, failure->picture)) {
			free(failure->reason);
		} else {
			record->failures[kept++] = *failure;
		}
	}
	record->failure_count = kept;
}

static void join_rest(const struct join *join)
{
	struct record *whole = join->whole, *part = join->part;

	for (size_t i = 0; i < part->rule_count; i++) {
		record_add_rule(whole, &part->rules[i]);
	}
	for (size_t i = 0; i < whole->plan->job_count; i++) {
		const struct record_job *theirs = &part->jobs[i];

		if (theirs->status == RECORD_FAILED && !join->obsolete[i]) {
			record_fail(whole, &whole->jobs[i], theirs->reason);
		}
	}
	whole->earlier = memory_resize(whole->earlier,
			whole->earlier_count + part->earlier_count + 1,
			sizeof(*whole->earlier));
	for (size_t i = 0; i < part->earlier_count; i++) {
		whole->earlier[whole->earlier_count++] = part->earlier[i];
	}
	part->earlier_count = 0;
}

/* ---- Records -------------------------------------------------------------------- */

/** Move a text, unless there is one. */
static void move_text(char **to, char **from)
{
	if (*to == NULL) {
		*to = *from;
		*from = NULL;
	}
}

/** What was computed of what, and by what */
static bool join_origin(const struct join *join)
{
	struct record *whole = join->whole, *part = join->part;
	bool agreed = true;

	move_text(&whole->device, &part->device);
	move_text(&whole->engine_name, &part->engine_name);
	move_text(&whole->engine_description, &part->engine_description);
	if (whole->threads == 0) {
		whole->threads = part->threads;
		whole->batch = part->batch;
	}
	if (whole->digest[0] == '\0') {
		memcpy(whole->digest, part->digest, sizeof(whole->digest));
	}
	for (size_t i = 0; i < whole->plan->job_count; i++) {
		struct record_job *mine = &whole->jobs[i];
		const struct record_job *theirs = &part->jobs[i];

		join->obsolete[i] = digests_differ(mine->digest, theirs->digest);
		if (join->obsolete[i]) {
			agreed = disagree(join, mine->plan, RECORD_NO_PICTURE) && agreed;
		} else if (mine->digest[0] == '\0') {
			memcpy(mine->digest, theirs->digest, sizeof(mine->digest));
		}
		mine->draws = mine->draws || (theirs->draws && !join->obsolete[i]);
	}
	return agreed;
}

static bool join_all(const struct join *join)
{
	bool agreed = join_origin(join);

	for (size_t i = 0; i < join->whole->plan->picture_count && agreed; i++) {
		agreed = join_picture(join, i);
	}
	if (!agreed) {
		return false;
	}
	record_sort(join->part);
	if (!join_artifacts(join)) {
		return false;
	}
	join_finished(join);
	join_warnings(join);
	join_failures(join);
	drop_mended(join->whole);
	join_rest(join);
	record_sort(join->whole);
	return true;
}

bool record_join(struct record *whole, struct record *part, bool yields,
		struct join_conflict *conflict)
{
	const struct plan *plan = whole->plan;
	struct join join = {
		.whole = whole,
		.part = part,
		.yields = yields,
		.known = memory_new(plan->picture_count, sizeof(*join.known)),
		.others = memory_new(plan->picture_count, sizeof(*join.others)),
		.obsolete = memory_new(plan->job_count, sizeof(*join.obsolete)),
		.conflict = conflict,
	};

	*conflict = (struct join_conflict){ NULL, RECORD_NO_PICTURE };
	bool agreed = join_all(&join);

	free(join.obsolete);
	free(join.others);
	free(join.known);
	return agreed;
}
