/**
 * \file    plan/shard.c
 * \brief   Which part of a run a process is to do: shard I of N
 */
#include "plan/shard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"

/** Ends every sentence about what cannot be known */
#define WAY_OUT "; give --shard I/N, such as --shard 3/8"

/* ---- Numbers --------------------------------------------------------------------- */

/** Read digits, and nothing else, as a number up to the most shards; -1 if they are none */
static long read_number(const char *text)
{
	char *end = NULL;

	if (*text < '0' || *text > '9') {
		return -1;
	}
	errno = 0;
	long number = strtol(text, &end, 10);

	return errno != 0 || *end != '\0' || number > SHARDS_MAX ? -1 : number;
}

/** The value of a variable; NULL if it is not set, or set to nothing */
static const char *find_variable(const char *name)
{
	const char *text = getenv(name);

	return text != NULL && *text != '\0' ? text : NULL;
}

static cnnviz_status read_variable(const char *name, long *number, struct error *error)
{
	const char *text = find_variable(name);

	if (text == NULL) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"--shard auto: %s is not set" WAY_OUT, name);
	}
	*number = read_number(text);
	return *number >= 0 ? CNNVIZ_OK
			    : error_set(error, CNNVIZ_ERROR_INPUT,
					    "--shard auto: %s is \"%s\", not a number "
					    "from 0 to %d" WAY_OUT,
					    name, text, SHARDS_MAX);
}

/* ---- Schedulers ------------------------------------------------------------------ */

/** Variables in which a scheduler says which of its processes this one is */
struct scheduler {
	const char *index; /* names of variables */
	const char *count; /* NULL: none says it */
	const char *first; /* the index of the first one; NULL: 0 */
	const char *step;  /* between indices, if it is set; NULL: 1 */
};

/* An array of jobs, each of which may start processes with one of the next */
static const struct scheduler array = { "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT",
	"SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_STEP" };

/* The first one that is there counts: mpirun starts its own processes by srun. */
static const struct scheduler ranks[] = {
	{ "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", NULL, NULL },
	{ "PMI_RANK", "PMI_SIZE", NULL, NULL },
	{ "SLURM_PROCID", "SLURM_STEP_NUM_TASKS", NULL, NULL },
};
#define RANKS (sizeof(ranks) / sizeof(*ranks))

/* Its number of indices is known to the Job's description alone. */
static const struct scheduler indexed_job = { "JOB_COMPLETION_INDEX", NULL, NULL, NULL };

static const struct scheduler *find_ranks(void)
{
	size_t i = 0;

	/* In a script of Slurm's that is no step, the first is set as well. */
	while (i < RANKS
			&& (find_variable(ranks[i].index) == NULL
					|| (i == RANKS - 1
							&& find_variable(ranks[i].count)
									== NULL))) {
		i++;
	}
	return i < RANKS ? &ranks[i] : NULL;
}

/** Read what a scheduler says, from 0; a count of 0 is unknown */
static cnnviz_status ask(const struct scheduler *scheduler, long *index, long *count,
		struct error *error)
{
	long first = 0, step = 1;
	cnnviz_status status = read_variable(scheduler->index, index, error);

	*count = 0;
	if (status == CNNVIZ_OK && scheduler->count != NULL) {
		status = read_variable(scheduler->count, count, error);
	}
	if (status == CNNVIZ_OK && scheduler->first != NULL) {
		status = read_variable(scheduler->first, &first, error);
	}
	if (status == CNNVIZ_OK && scheduler->step != NULL
			&& find_variable(scheduler->step) != NULL) {
		status = read_variable(scheduler->step, &step, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	if (step == 0 || *index < first || (*index - first) % step != 0
			|| (*count > 0 && (*index - first) / step >= *count)) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"--shard auto: %s is %ld, which is none of %ld in steps "
				"of %ld from %ld on, as other variables say; give an "
				"array without gaps, or --shard I/N",
				scheduler->index, *index, *count, step, first);
	}
	*index = (*index - first) / step;
	return CNNVIZ_OK;
}

/* ---- The one that counts --------------------------------------------------------- */

/** What is known so far */
struct answer {
	const struct scheduler *scheduler;
	long index, count;
};

/** Ask one more scheduler; of two that both have several processes, neither counts. */
static cnnviz_status ask_too(const struct scheduler *scheduler, struct answer *answer,
		struct error *error)
{
	struct answer found = { .scheduler = scheduler };

	if (scheduler == NULL || find_variable(scheduler->index) == NULL) {
		return CNNVIZ_OK;
	}
	if (ask(scheduler, &found.index, &found.count, error) != CNNVIZ_OK) {
		return CNNVIZ_ERROR_INPUT;
	}
	if (answer->scheduler == NULL || answer->count == 1) {
		*answer = found;
	} else if (found.count != 1) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"--shard auto: %s and %s are both set, and which of them "
				"counts is not known" WAY_OUT,
				answer->scheduler->index, scheduler->index);
	}
	return CNNVIZ_OK;
}

static cnnviz_status check_answer(const struct answer *answer, long wanted,
		struct error *error)
{
	const struct scheduler *scheduler = answer->scheduler;
	long count = wanted > 0 ? wanted : answer->count;

	if (scheduler == NULL) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"--shard auto: nothing says which shard this is: none of "
				"%s, %s, %s, %s (with %s) and %s is set" WAY_OUT,
				array.index, ranks[0].index, ranks[1].index,
				ranks[2].index, ranks[2].count, indexed_job.index);
	}
	if (wanted > 0 && answer->count > 0 && answer->count != wanted) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"--shard auto/%ld: %s says that there are %ld" WAY_OUT,
				wanted, scheduler->count, answer->count);
	}
	if (count == 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"--shard auto: %s does not say how many there are; give "
				"their number, such as --shard auto/8",
				scheduler->index);
	}
	if (answer->index >= count) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"--shard auto/%ld: %s is %ld, and counts from 0" WAY_OUT,
				count, scheduler->index, answer->index);
	}
	return CNNVIZ_OK;
}

/** Ask the environment; `wanted` is the number of shards, or 0. */
static cnnviz_status ask_all(long wanted, struct plan_shard *shard, struct error *error)
{
	struct answer answer = { .scheduler = NULL };
	cnnviz_status status = ask_too(&array, &answer, error);

	if (status == CNNVIZ_OK) {
		status = ask_too(find_ranks(), &answer, error);
	}
	if (status == CNNVIZ_OK) {
		status = ask_too(&indexed_job, &answer, error);
	}
	if (status == CNNVIZ_OK) {
		status = check_answer(&answer, wanted, error);
	}
	if (status == CNNVIZ_OK) {
		shard->index = (size_t)answer.index + 1;
		shard->count = (size_t)(wanted > 0 ? wanted : answer.count);
	}
	return status;
}

/* ---- The option ------------------------------------------------------------------ */

cnnviz_status shard_read(const char *text, struct plan_shard *shard, struct error *error)
{
	const char *slash = strchr(text, '/');
	char *word = memory_text_n(text, strcspn(text, "/"));
	bool asks = strcmp(word, "auto") == 0;
	long index = read_number(word);
	long count = slash != NULL ? read_number(slash + 1) : 0;

	free(word);
	if (asks && (slash == NULL || count > 0)) {
		return ask_all(count, shard, error);
	}
	if (count < 1 || index < 1 || index > count) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"--shard: \"%s\" is not I/N with I from 1 to N and N at "
				"most %d, such as 3/8, and neither auto nor auto/N",
				text, SHARDS_MAX);
	}
	*shard = (struct plan_shard){ (size_t)index, (size_t)count };
	return CNNVIZ_OK;
}

/* ---- Membership ------------------------------------------------------------------ */

/** FNV-1a, mixed so that each bit of the result depends on every bit of the name */
static uint64_t hash(const char *name)
{
	uint64_t sum = UINT64_C(14695981039346656037);

	for (; *name != '\0'; name++) {
		sum = (sum ^ (unsigned char)*name) * UINT64_C(1099511628211);
	}
	sum = (sum ^ sum >> 33) * UINT64_C(0xff51afd7ed558ccd);
	sum = (sum ^ sum >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return sum ^ sum >> 33;
}

size_t shard_of(const char *name, size_t count)
{
	return (size_t)(hash(name) % count) + 1;
}

/** An absolute path without empty parts, "." and ".."; links are not followed. Malloc'ed */
static char *plain_path(const char *path)
{
	char *whole = path_absolute(path);
	char *end = whole;

	for (const char *part = whole; *part != '\0';) {
		size_t length = strcspn(part + 1, "/");

		if (length == 2 && part[1] == '.' && part[2] == '.') {
			while (end > whole && *--end != '/') {
			}
		} else if (length > 0 && !(length == 1 && part[1] == '.')) {
			memmove(end, part, length + 1);
			end += length + 1;
		}
		part += length + 1;
	}
	*end = '\0';
	return whole;
}

char *shard_name(const char *folder, const char *path)
{
	char *base = plain_path(folder), *name = plain_path(path);
	size_t length = strlen(base);

	if (strncmp(name, base, length) == 0 && name[length] == '/') {
		memmove(name, name + length + 1, strlen(name + length + 1) + 1);
	}
	free(base);
	return name;
}
