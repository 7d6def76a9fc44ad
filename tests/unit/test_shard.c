/**
 * \file    unit/test_shard.c
 * \brief   Which shard a process is, by its option or by its scheduler's variables
 */
#include "plan/shard.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "support/cunit_main.h"

/** All variables that are asked, so that those of the test's own scheduler do not count */
static const char *const variables[] = { "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT",
	"SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_STEP", "OMPI_COMM_WORLD_RANK",
	"OMPI_COMM_WORLD_SIZE", "PMI_RANK", "PMI_SIZE", "SLURM_PROCID",
	"SLURM_STEP_NUM_TASKS", "JOB_COMPLETION_INDEX", "SLURM_NTASKS" };

/** Set variables as in "NAME=VALUE NAME=VALUE", and no others. */
static void set_variables(const char *text)
{
	char *copy = memory_text(text), *save = NULL;

	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++) {
		unsetenv(variables[i]);
	}
	for (char *item = strtok_r(copy, " ", &save); item != NULL;
			item = strtok_r(NULL, " ", &save)) {
		char *value = strchr(item, '=');

		*value++ = '\0';
		setenv(item, value, 1);
	}
	free(copy);
}

static void schedulers_say_which_shard_it_is(void)
{
	static const struct {
		const char *option, *environment;
		size_t index, count;
	} cases[] = {
		{ "3/8", "", 3, 8 },
		{ "1/1", "PMI_RANK=4 PMI_SIZE=5", 1, 1 },
		{ "1000000/1000000", "", 1000000, 1000000 },
		/* An array from 0, from 1, with a step, and one process of each of its jobs */
		{ "auto",
				"SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_COUNT=8 "
				"SLURM_ARRAY_TASK_MIN=0",
				3, 8 },
		{ "auto",
				"SLURM_ARRAY_TASK_ID=8 SLURM_ARRAY_TASK_COUNT=8 "
				"SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_STEP=1",
				8, 8 },
		{ "auto",
				"SLURM_ARRAY_TASK_ID=15 SLURM_ARRAY_TASK_COUNT=4 "
				"SLURM_ARRAY_TASK_MIN=5 SLURM_ARRAY_TASK_STEP=5",
				3, 4 },
		{ "auto/4",
				"SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_COUNT=4 "
				"SLURM_ARRAY_TASK_MIN=0 SLURM_PROCID=0 "
				"SLURM_STEP_NUM_TASKS=1",
				2, 4 },
		/* An array of one job, in which there are processes */
		{ "auto",
				"SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_COUNT=1 "
				"SLURM_ARRAY_TASK_MIN=7 OMPI_COMM_WORLD_RANK=1 "
				"OMPI_COMM_WORLD_SIZE=3",
				2, 3 },
		{ "auto", "OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=4", 1, 4 },
		{ "auto", "PMI_RANK=3 PMI_SIZE=4", 4, 4 },
		{ "auto", "SLURM_PROCID=1 SLURM_STEP_NUM_TASKS=2", 2, 2 },
		/* mpirun starts its own processes by srun, one on each machine. */
		{ "auto",
				"OMPI_COMM_WORLD_RANK=5 OMPI_COMM_WORLD_SIZE=8 "
				"SLURM_PROCID=1 SLURM_STEP_NUM_TASKS=2",
				6, 8 },
		{ "auto/8", "JOB_COMPLETION_INDEX=7", 8, 8 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct plan_shard shard = { 0, 0 };
		struct error error;

		set_variables(cases[i].environment);
		CU_ASSERT_EQUAL(shard_read(cases[i].option, &shard, &error), CNNVIZ_OK);
		CU_ASSERT_EQUAL(shard.index, cases[i].index);
		CU_ASSERT_EQUAL(shard.count, cases[i].count);
	}
}

static void what_they_do_not_say_is_refused_with_a_way_out(void)
{
	static const struct {
		const char *option, *environment, *error;
	} cases[] = {
		{ "0/8", "", "\"0/8\" is not I/N with I from 1 to N" },
		{ "9/8", "", "\"9/8\" is not I/N" },
		{ "1/0", "", "\"1/0\" is not I/N" },
		{ "1", "", "\"1\" is not I/N" },
		{ "1/", "", "\"1/\" is not I/N" },
		{ "-1/2", "", "\"-1/2\" is not I/N" },
		{ "1/2/3", "", "\"1/2/3\" is not I/N" },
		{ "1/1000001", "", "N at most 1000000" },
		{ "99999999999999999999/3", "", "is not I/N" },
		{ "auto/0", "PMI_RANK=0 PMI_SIZE=1", "\"auto/0\" is not I/N" },
		{ "automatic", "", "neither auto nor auto/N" },
		{ "auto", "",
				"none of SLURM_ARRAY_TASK_ID, OMPI_COMM_WORLD_RANK, "
				"PMI_RANK, SLURM_PROCID (with SLURM_STEP_NUM_TASKS) and "
				"JOB_COMPLETION_INDEX is set; give --shard I/N" },
		/* In a script that is no step of Slurm's */
		{ "auto", "SLURM_PROCID=0 SLURM_NTASKS=4", "none of" },
		{ "auto", "PMI_RANK=1", "PMI_SIZE is not set; give --shard I/N" },
		{ "auto", "PMI_RANK=one PMI_SIZE=2",
				"PMI_RANK is \"one\", not a number" },
		{ "auto", "PMI_RANK=2 PMI_SIZE=2", "PMI_RANK is 2, which is none of 2" },
		{ "auto",
				"SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_COUNT=3 "
				"SLURM_ARRAY_TASK_MIN=1",
				"SLURM_ARRAY_TASK_ID is 7, which is none of 3" },
		{ "auto",
				"SLURM_ARRAY_TASK_ID=4 SLURM_ARRAY_TASK_COUNT=3 "
				"SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_STEP=2",
				"an array without gaps" },
		{ "auto/8",
				"SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_COUNT=1 "
				"SLURM_ARRAY_TASK_MIN=3",
				"SLURM_ARRAY_TASK_COUNT says that there are 1" },
		{ "auto",
				"SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_COUNT=2 "
				"SLURM_ARRAY_TASK_MIN=0 PMI_RANK=0 PMI_SIZE=2",
				"SLURM_ARRAY_TASK_ID and PMI_RANK are both set" },
		{ "auto", "JOB_COMPLETION_INDEX=1", "such as --shard auto/8" },
		{ "auto/8", "JOB_COMPLETION_INDEX=8",
				"JOB_COMPLETION_INDEX is 8, and counts from 0" },
		{ "auto/4", "JOB_COMPLETION_INDEX=1 PMI_RANK=0 PMI_SIZE=4",
				"PMI_RANK and JOB_COMPLETION_INDEX are both set" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct plan_shard shard = { 0, 0 };
		struct error error = { 0 };

		set_variables(cases[i].environment);
		CU_ASSERT_EQUAL(shard_read(cases[i].option, &shard, &error),
				CNNVIZ_ERROR_INPUT);
		CU_ASSERT_PTR_NOT_NULL(strstr(error.text, cases[i].error));
		CU_ASSERT_EQUAL(strncmp(error.text, "--shard", 7), 0);
	}
}

static void a_picture_is_known_by_its_path_from_the_folder(void)
{
	static const struct {
		const char *folder, *path, *name;
	} cases[] = {
		{ "/data/run", "/data/run/a.png", "a.png" },
		{ "/data/run", "/data/run/../run/./b//a.png", "b/a.png" },
		{ "/data/run/", "/data/running/a.png", "/data/running/a.png" },
		{ "/data/run/x/..", "/data/run/x/a.png", "x/a.png" },
		{ "/data/run", "/data/run/../a.png", "/data/a.png" },
		{ "/", "/a.png", "a.png" },
		{ "here", "here/a.png", "a.png" },
		{ ".", "a.png", "a.png" },
		{ "/data", "/../data/a..b", "a..b" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *name = shard_name(cases[i].folder, cases[i].path);

		CU_ASSERT_STRING_EQUAL(name, cases[i].name);
		free(name);
	}
}

#define NAMES 10000
#define SHARDS 7

/** More than six standard deviations apart shards of one size do not come. */
static void shards_are_alike(void)
{
	size_t counts[SHARDS + 1] = { 0 };

	for (int i = 0; i < NAMES; i++) {
		char *name = memory_format("photos/%05d.png", i);
		size_t shard = shard_of(name, SHARDS);

		CU_ASSERT_EQUAL(shard_of(name, 1), 1);
		CU_ASSERT_TRUE_FATAL(shard >= 1 && shard <= SHARDS);
		counts[shard]++;
		free(name);
	}
	for (size_t i = 1; i <= SHARDS; i++) {
		CU_ASSERT_TRUE(counts[i] > NAMES / SHARDS - 210
				&& counts[i] < NAMES / SHARDS + 210);
	}
	/* FNV-1a and the finalizer of MurmurHash3, by Python: so for every version and machine */
	CU_ASSERT_EQUAL(shard_of("a.png", 1000), 799);
}

static CU_TestInfo tests[] = {
	{ "schedulers say which shard it is", schedulers_say_which_shard_it_is },
	{ "what they do not say is refused with a way out",
			what_they_do_not_say_is_refused_with_a_way_out },
	{ "a picture is known by its path from the folder",
			a_picture_is_known_by_its_path_from_the_folder },
	{ "shards are alike", shards_are_alike },
	CU_TEST_INFO_NULL,
};

static const CU_SuiteInfo suites[] = {
	{ "Shards", NULL, NULL, NULL, NULL, tests },
	CU_SUITE_INFO_NULL,
};

int main(void)
{
	return cunit_run(suites);
}
