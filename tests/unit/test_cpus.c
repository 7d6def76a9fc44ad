/**
 * \file    unit/test_cpus.c
 * \brief   The quotas and limits of control groups, in trees as Linux shows them
 */
#include "base/cpus.h"

#include <limits.h>

#include "base/available.h"
#include "base/file.h"
#include "base/memory.h"
#include "support/cunit_main.h"
#include "unit/fixture.h"

struct group_file {
	const char *path; /* below the root */
	const char *text;
};

/* Write a file and the folders that it lies in. */
static void write_below(const char *root, const struct group_file *file)
{
	char *path = path_join(root, file->path);
	char *folder = path_folder(path);
	struct error error;
	FILE *stream;

	CU_ASSERT_EQUAL_FATAL(folder_create(folder, &error), CNNVIZ_OK);
	stream = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
	fputs(file->text, stream);
	CU_ASSERT_EQUAL(fclose(stream), 0);
	free(folder);
	free(path);
}

static void the_smallest_quota_counts(void)
{
	static const struct {
		const char *row;
		int quota;
		const char *groups; /* as in /proc/self/cgroup */
		struct group_file files[4];
	} rows[] = {
		{ "version 2", 2, "0::/\n", { { "cpu.max", "200000 100000\n" } } },
		{ "no quota", INT_MAX, "0::/\n", { { "cpu.max", "max 100000\n" } } },
		{ "a fraction is cut off", 2, "0::/\n",
				{ { "cpu.max", "299999 100000\n" } } },
		{ "but one CPU is left", 1, "0::/\n",
				{ { "cpu.max", "50000 100000\n" } } },
		{ "of a group within", 3, "0::/user.slice/job\n",
				{ { "user.slice/job/cpu.max", "30000 10000\n" },
						{ "user.slice/cpu.max", "max 100000\n" },
						{ "cpu.max", "max 100000\n" } } },
		{ "of a group around", 4, "0::/user.slice/job\n",
				{ { "user.slice/job/cpu.max", "900000 100000\n" },
						{ "user.slice/cpu.max",
								"400000 100000\n" } } },
		{ "a group that the container does not show", 2, "0::/docker/1f3a\n",
				{ { "cpu.max", "200000 100000\n" } } },
		{ "version 1", 3, "9:name=systemd:/\n4:cpu,cpuacct:/box\n0::/\n",
				{ { "cpu,cpuacct/box/cpu.cfs_quota_us", "350000\n" },
						{ "cpu,cpuacct/box/cpu.cfs_period_us",
								"100000\n" } } },
		{ "version 1 under the controller's own name", 2, "2:cpuacct,cpu:/\n",
				{ { "cpu/cpu.cfs_quota_us", "100000\n" },
						{ "cpu/cpu.cfs_period_us",
								"50000\n" } } },
		{ "version 1 without a quota", INT_MAX, "1:cpu:/\n",
				{ { "cpu/cpu.cfs_quota_us", "-1\n" },
						{ "cpu/cpu.cfs_period_us",
								"100000\n" } } },
		{ "another controller's files", INT_MAX, "3:cpuset:/\n2:cpuacct:/\n",
				{ { "cpuset/cpu.max", "100000 100000\n" },
						{ "cpuacct/cpu.max",
								"100000 100000\n" } } },
		{ "no files", INT_MAX, "0::/\n", { { "cpu.stat", "usage_usec 7\n" } } },
		{ "a line that is cut short", INT_MAX, "0:\n0\n\n",
				{ { "cpu.max", "100000 100000\n" } } },
		{ "a quota that is no number", INT_MAX, "0::/\n",
				{ { "cpu.max", "many 100000\n" } } },
		{ "a period of nothing", INT_MAX, "0::/\n", { { "cpu.max", "5 0\n" } } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *root = memory_format("%s/%zu", fixture_folder, i);
		char *groups = memory_format("%s/groups", root);

		write_below(root, &(struct group_file){ "groups", rows[i].groups });
		for (size_t k = 0; k < 4 && rows[i].files[k].path != NULL; k++) {
			write_below(root, &rows[i].files[k]);
		}
		int quota = cpus_quota(groups, root);
		char *found = memory_format("%d", quota);
		check_row(quota == rows[i].quota, rows[i].row, found);
		free(found);
		free(groups);
		free(root);
	}
}

static void a_process_without_groups_has_no_quota(void)
{
	CU_ASSERT_EQUAL(cpus_quota(fixture_path("nothing"), fixture_folder), INT_MAX);
}

static void the_environment_can_lower_the_count(void)
{
	CU_ASSERT_EQUAL_FATAL(unsetenv("OMP_NUM_THREADS"), 0);
	int count = cpus_usable();

	CU_ASSERT_TRUE(count >= 1);
	setenv("OMP_NUM_THREADS", "1,4", 1);
	CU_ASSERT_EQUAL(cpus_usable(), 1);
	setenv("OMP_NUM_THREADS", "1000000", 1);
	CU_ASSERT_EQUAL(cpus_usable(), count);
	setenv("OMP_NUM_THREADS", "-3", 1);
	CU_ASSERT_EQUAL(cpus_usable(), count);
}

/* Bytes; the machine has 4000 KiB available */
static void the_least_room_counts(void)
{
	static const struct {
		const char *row;
		double room;
		const char *groups;
		struct group_file files[4];
	} rows[] = {
		{ "no limit", 4096000, "0::/\n", { { "memory.max", "max\n" } } },
		{ "version 2", 700, "0::/\n",
				{ { "memory.max", "1000\n" },
						{ "memory.stat",
								"file 900\nanon "
								"300\n" } } },
		{ "of a group around", 400, "0::/a/b\n",
				{ { "a/b/memory.max", "1000\n" },
						{ "a/memory.max", "500\n" },
						{ "a/memory.stat", "anon 100\n" } } },
		{ "more is taken than allowed", 0, "0::/\n",
				{ { "memory.max", "1000\n" },
						{ "memory.stat", "anon 1001\n" } } },
		{ "version 1", 600, "7:memory:/box\n",
				{ { "memory/box/memory.limit_in_bytes", "1000\n" },
						{ "memory/box/memory.stat",
								"rss 1\ntotal_rss "
								"400\n" } } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *root = memory_format("%s/memory%zu", fixture_folder, i);
		char *groups = path_join(root, "groups"), *info = path_join(root, "info");

		write_below(root, &(struct group_file){ "groups", rows[i].groups });
		write_below(root,
				&(struct group_file){ "info",
						"MemTotal:  9999 kB\n"
						"MemAvailable:  4000 kB\n" });
		for (size_t k = 0; k < 4 && rows[i].files[k].path != NULL; k++) {
			write_below(root, &rows[i].files[k]);
		}
		double room = memory_available_in(info, groups, root);
		char *found = memory_format("%g", room);

		check_row(room == rows[i].room, rows[i].row, found);
		free(found);
		free(info);
		free(groups);
		free(root);
	}
	CU_ASSERT_TRUE(memory_available() > 0);
}

/* The folders of the trees lie within one another. */
static int remove_trees(void)
{
	char *command = memory_format("rm -rf '%s'", fixture_folder);
	int status = system(command);

	free(command);
	return status;
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "the smallest quota counts", the_smallest_quota_counts },
		{ "a process without groups has no quota",
				a_process_without_groups_has_no_quota },
		{ "the environment can lower the count",
				the_environment_can_lower_the_count },
		{ "the least room counts", the_least_room_counts },
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "cpus", fixture_create, remove_trees, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
