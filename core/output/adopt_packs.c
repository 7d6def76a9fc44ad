/**
 * \file    output/adopt_packs.c
 * \brief   Which results of an earlier run stand in packs as they would now
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "output/adopt_parts.h"

/** The artifacts of a job, and how many rows of each of its packs are adopted */
struct rows {
	const struct record_artifact *artifacts; /* sorted by pictures */
	size_t count, next;
	const char **paths;
	int64_t *rows; /* as many as paths */
	size_t path_count;
};

/** Whether a packed artifact has the next row of its pack */
static bool is_next_row(struct rows *rows, const struct record_artifact *artifact)
{
	const char *path = record_array_path(artifact);
	size_t i = 0;

	while (i < rows->path_count && strcmp(rows->paths[i], path) != 0) {
		i++;
	}
	if (i == rows->path_count) {
		rows->paths = memory_grow(rows->paths, i, sizeof(*rows->paths));
		rows->rows = memory_grow(rows->rows, i, sizeof(*rows->rows));
		rows->paths[i] = path;
		rows->rows[i] = 0;
		rows->path_count++;
	}
	return artifact->row == rows->rows[i]++;
}

/** Whether all that is packed of a picture lies in the rows behind those before */
static bool are_next_rows(struct rows *rows, size_t picture)
{
	bool next = true;

	while (rows->next < rows->count
			&& rows->artifacts[rows->next].picture < picture) {
		rows->next++;
	}
	while (rows->next < rows->count
			&& rows->artifacts[rows->next].picture == picture) {
		const struct record_artifact *artifact = &rows->artifacts[rows->next++];

		next = (!artifact->packed || is_next_row(rows, artifact)) && next;
	}
	return next;
}

/**
 * Rows stand in the order in which pictures go by. So what is adopted of a job ends before the
 * first picture that is to be done; where pictures go by in the order of their sizes, all is
 * adopted or nothing.
 */
static void adopt_rows(const struct adoption *adoption, struct rows *rows,
		struct record_job *job)
{
	const struct plan *plan = adoption->record->plan;
	bool sorted = plan->size_free && plan->batch > 1;
	bool going = !sorted || job->done == plan_own_pictures(plan);

	for (size_t k = 0; k < plan->picture_count; k++) {
		bool next = are_next_rows(rows, k);

		if (plan->pictures[k].elsewhere) {
			continue;
		}
		going = going && record_is_finished(adoption->record, job->plan, k)
				&& (sorted || next);
		if (!going) {
			record_undo(adoption->record, job, k);
		}
	}
	free(rows->paths);
	free(rows->rows);
}

void adopt_packs(const struct adoption *adoption)
{
	struct record *record = adoption->record;
	size_t next = 0;

	record_sort(record);
	while (next < record->artifact_count) {
		const struct plan_job *job = record->artifacts[next].job;
		struct rows rows = { .artifacts = &record->artifacts[next] };
		bool packed = false;

		for (; next < record->artifact_count
				&& record->artifacts[next].job == job;
				next++) {
			packed = packed || record->artifacts[next].packed;
			rows.count++;
		}
		if (packed) {
			adopt_rows(adoption, &rows,
					&record->jobs[adoption_place(adoption, job)]);
		}
	}
}
