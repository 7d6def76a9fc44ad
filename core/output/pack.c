/**
 * \file    output/pack.c
 * \brief   Arrays of all pictures in one file for each job: [run] pack
 */
#include "output/pack.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/npy.h"
#include "base/npy_rows.h"
#include "base/tensor.h"

/** Files that are open at once: there may be as many packs as maps have shapes */
#define OPEN_MOST 32

/** One file: the arrays of a job that have a name and a shape */
struct pack {
	const struct plan_job *job;
	char *name; /* of its artifacts */
	char *path; /* relative to the output folder */
	uint32_t rank; /* of a row; 0: the file of an earlier run that is not there any more */
	int64_t shape[CNNVIZ_MAX_RANK];
	int64_t recorded; /* rows that the record had of it before this run */
	bool begun;       /* rows is valid */
	struct npy_rows rows;
	uint64_t turn; /* when it was appended to */
};

struct packs {
	const struct plan *plan;
	struct pack *items;
	size_t count;
	bool adopted; /* what the record had before has been looked at */
	uint64_t turn;
};

struct packs *packs_create(const struct plan *plan)
{
	struct packs *packs = memory_new(1, sizeof(*packs));

	packs->plan = plan;
	return packs;
}

bool packs_take(const struct packs *packs, const struct record_artifact *artifact,
		const cnnviz_tensor *array)
{
	return packs != NULL && artifact->picture != RECORD_NO_PICTURE
			&& npy_rows_can_hold(tensor_rank(array));
}

/* ---- What an earlier run has left ------------------------------------------------ */

static struct pack *add(struct packs *packs, const struct record_artifact *artifact,
		char *path)
{
	packs->items = memory_grow(packs->items, packs->count, sizeof(*packs->items));
	packs->items[packs->count] = (struct pack){
		.job = artifact->job,
		.name = memory_text(artifact->name),
		.path = path,
	};
	return &packs->items[packs->count++];
}

static struct pack *find_path(const struct packs *packs, const char *path)
{
	for (size_t i = packs->count; i > 0; i--) {
		if (strcmp(packs->items[i - 1].path, path) == 0) {
			return &packs->items[i - 1];
		}
	}
	return NULL;
}

/** Learn a pack's shape of its file; one that cannot be read matches no array. */
static void measure(const struct plan *plan, struct pack *pack)
{
	char *full = path_join(plan->output, pack->path);
	int64_t shape[CNNVIZ_MAX_RANK];
	uint32_t rank = 0;
	size_t start;
	struct error error;

	if (npy_measure(full, &rank, shape, &start, &error) == CNNVIZ_OK && rank > 1) {
		pack->rank = rank - 1;
		memcpy(pack->shape, shape + 1, pack->rank * sizeof(*shape));
	}
	free(full);
}

/** Learn of the packs that the record has rows of, which are kept. */
static void adopt(struct packs *packs, const struct record *record)
{
	for (size_t i = 0; i < record->artifact_count; i++) {
		const struct record_artifact *artifact = &record->artifacts[i];

		if (!artifact->packed) {
			continue;
		}
		const char *path = record_array_path(artifact);
		struct pack *pack = find_path(packs, path);

		if (pack == NULL) {
			pack = add(packs, artifact, memory_text(path));
			measure(packs->plan, pack);
		}
		if (pack->recorded <= artifact->row) {
			pack->recorded = artifact->row + 1;
		}
	}
	packs->adopted = true;
}

/* ---- Names ----------------------------------------------------------------------- */

/** "1x14x20"; malloc'ed */
static char *shape_text(const cnnviz_tensor *array)
{
	char *text = memory_format("%lld", (long long)tensor_shape(array)[0]);

	for (uint32_t i = 1; i < tensor_rank(array); i++) {
		char *longer = memory_format("%sx%lld", text,
				(long long)tensor_shape(array)[i]);

		free(text);
		text = longer;
	}
	return text;
}

/** Whether there is a pack of this path, or a folder of a picture */
static bool is_taken(const struct packs *packs, const char *path)
{
	const char *file = strrchr(path, '/') + 1;
	bool taken = find_path(packs, path) != NULL;

	for (size_t i = 0; i < packs->plan->picture_count && !taken; i++) {
		taken = strcmp(packs->plan->pictures[i].name, file) == 0;
	}
	return taken;
}

/**
 * The path of a new pack. Where pictures have sizes of their own it has the shape; else it has
 * that only where the job has another shape of the same name already.
 */
static char *choose_path(const struct packs *packs,
		const struct record_artifact *artifact, const cnnviz_tensor *array)
{
	const struct plan *plan = packs->plan;
	const char *stem = artifact->kind == RECORD_MAP ? "maps" : artifact->name;
	char *shape = shape_text(array);
	char *shard = plan->shard.count > 0 ? memory_format("-%zu-of-%zu",
				      plan->shard.index, plan->shard.count)
					    : memory_text("");
	char *path = NULL;

	for (int more = plan->size_free ? 1 : 0; path == NULL || is_taken(packs, path);
			more++) {
		char *between = more == 0   ? memory_text("")
				: more == 1 ? memory_format("-%s", shape)
					    : memory_format("-%s-%d", shape, more);

		free(path);
		path = memory_format("%s/%s%s%s.npy", artifact->job->name, stem, between,
				shard);
		free(between);
	}
	free(shard);
	free(shape);
	return path;
}

/* ---- Appending ------------------------------------------------------------------- */

/** The pack that an array belongs to; new if there is none */
static struct pack *find_pack(struct packs *packs, const struct record_artifact *artifact,
		const cnnviz_tensor *array)
{
	uint32_t rank = tensor_rank(array);
	size_t size = rank * sizeof(*tensor_shape(array));

	for (size_t i = packs->count; i > 0; i--) {
		struct pack *pack = &packs->items[i - 1];

		if (pack->job == artifact->job && pack->rank == rank
				&& memcmp(pack->shape, tensor_shape(array), size) == 0
				&& strcmp(pack->name, artifact->name) == 0) {
			return pack;
		}
	}
	struct pack *pack = add(packs, artifact, choose_path(packs, artifact, array));

	pack->rank = rank;
	memcpy(pack->shape, tensor_shape(array), size);
	return pack;
}

/** Close the file that has waited longest, if there are as many open as may be. */
static cnnviz_status make_room(const struct packs *packs, struct error *error)
{
	struct pack *oldest = NULL;
	size_t open = 0;

	for (size_t i = 0; i < packs->count; i++) {
		struct pack *pack = &packs->items[i];

		if (pack->begun && pack->rows.file >= 0) {
			open++;
			oldest = oldest == NULL || pack->turn < oldest->turn ? pack
									     : oldest;
		}
	}
	return open >= OPEN_MOST ? npy_rows_pause(&oldest->rows, error) : CNNVIZ_OK;
}

/** Create a pack's file, or go on with it behind the rows that are recorded. */
static cnnviz_status begin(const struct packs *packs, struct pack *pack,
		struct error *error)
{
	char *full = path_join(packs->plan->output, pack->path);
	char *folder = path_folder(full);
	cnnviz_status status = folder_create(folder, error);

	if (status == CNNVIZ_OK && pack->recorded > 0) {
		status = npy_rows_open(&pack->rows, full, pack->rank, pack->shape,
				pack->recorded, error);
	} else if (status == CNNVIZ_OK) {
		status = npy_rows_create(&pack->rows, full, pack->rank, pack->shape,
				error);
	}
	pack->begun = status == CNNVIZ_OK;
	free(folder);
	free(full);
	return status;
}

cnnviz_status packs_append(struct packs *packs, const struct record *record,
		struct record_artifact *artifact, const cnnviz_tensor *array, char **path,
		struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;

	if (!packs->adopted) {
		adopt(packs, record);
	}
	struct pack *pack = find_pack(packs, artifact, array);

	if (!pack->begun || pack->rows.file < 0) {
		status = make_room(packs, error);
	}
	if (status == CNNVIZ_OK && !pack->begun) {
		status = begin(packs, pack, error);
	}
	if (status == CNNVIZ_OK) {
		status = npy_rows_append(&pack->rows, array, &artifact->row, error);
	}
	if (status == CNNVIZ_OK) {
		pack->turn = ++packs->turn;
		artifact->packed = true;
		*path = memory_text(pack->path);
	}
	return status;
}

cnnviz_status packs_pause(struct packs *packs, const struct plan_job **job,
		struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;

	for (size_t i = 0; packs != NULL && i < packs->count && status == CNNVIZ_OK;
			i++) {
		if (packs->items[i].begun) {
			*job = packs->items[i].job;
			status = npy_rows_pause(&packs->items[i].rows, error);
		}
	}
	return status;
}

void packs_free(struct packs *packs)
{
	struct error error;

	for (size_t i = 0; packs != NULL && i < packs->count; i++) {
		struct pack *pack = &packs->items[i];

		if (pack->begun) {
			npy_rows_close(&pack->rows, &error);
		}
		free(pack->name);
		free(pack->path);
	}
	if (packs != NULL) {
		free(packs->items);
	}
	free(packs);
}
