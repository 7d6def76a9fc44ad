/**
 * \file    unit/fixture.h
 * \brief   A folder for a test's files, and assertions that name the table's row
 */
#ifndef UNIT_FIXTURE_H
#define UNIT_FIXTURE_H

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CUnit/CUnit.h>

/** Made by fixture_create(), the CUnit suites' set-up */
static char fixture_folder[4096];

static inline int fixture_create(void)
{
	const char *base = getenv("TMPDIR");

	snprintf(fixture_folder, sizeof(fixture_folder), "%s/cnnviz-unit-XXXXXX",
			base != NULL && *base ? base : "/tmp");
	return mkdtemp(fixture_folder) != NULL ? 0 : 1;
}

/** Remove the folder and the files and empty folders in it. */
static inline int fixture_remove(void)
{
	DIR *folder = opendir(fixture_folder);
	struct dirent *item;

	while (folder != NULL && (item = readdir(folder)) != NULL) {
		char path[8192];

		snprintf(path, sizeof(path), "%s/%s", fixture_folder, item->d_name);
		if (item->d_name[0] != '.' || strlen(item->d_name) > 2) {
			remove(path);
		}
	}
	if (folder != NULL) {
		closedir(folder);
	}
	return rmdir(fixture_folder);
}

/** Path of a file in the folder, valid until the eighth call from now */
static inline const char *fixture_path(const char *name)
{
	static char paths[8][8192];
	static unsigned int turn;
	char *path = paths[turn++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", fixture_folder, name);
	return path;
}

static inline const char *fixture_write(const char *name, const void *data, size_t size)
{
	const char *path = fixture_path(name);
	FILE *file = fopen(path, "wb");

	if (file == NULL || fwrite(data, 1, size, file) != size || fclose(file) != 0) {
		perror(path);
		exit(99);
	}
	return path;
}

static inline const char *fixture_write_text(const char *name, const char *text)
{
	return fixture_write(name, text, strlen(text));
}

/** CU_ASSERT that prints which row of a table failed, and what was found */
static inline bool check_row(bool good, const char *row, const char *found)
{
	if (!good) {
		fprintf(stderr, "\nrow \"%s\": found \"%s\"\n", row,
				found != NULL ? found : "(null)");
	}
	CU_ASSERT(good);
	return good;
}

static inline bool check_text(const char *found, const char *expected, const char *row)
{
	return check_row(found != NULL && expected != NULL ? strcmp(found, expected) == 0
							   : found == expected,
			row, found);
}

static inline bool check_holds(const char *found, const char *part, const char *row)
{
	return check_row(found != NULL && strstr(found, part) != NULL, row, found);
}

#endif
