/**
 * \file    base/path_digest.c
 * \brief   What a path leads to, in 64 digits
 */
#include "config.h" /* _GNU_SOURCE: scandir() */

#include "base/path_digest.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"

/** Levels of folders; a link may lead around in a circle */
#define DEPTH 8

static void digest_below(const char *path, int depth, char hex[65]);

static void digest_file(const char *path, char hex[65])
{
	struct mapping *mapping = NULL;

	if (mapping_open(path, &mapping, NULL) == CNNVIZ_OK) {
		mapping_digest(mapping, hex);
		mapping_unref(mapping);
	}
}

static int is_visible(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int compare_names(const struct dirent **left, const struct dirent **right)
{
	return strcmp((*left)->d_name, (*right)->d_name);
}

/** The digest of a text with a line for each entry of the folder, in the order of names */
static void digest_folder(const char *path, int depth, char hex[65])
{
	struct dirent **entries = NULL;
	int count = scandir(path, &entries, is_visible, compare_names);
	char *text = memory_text("");

	for (int i = 0; i < count; i++) {
		char *inner = path_join(path, entries[i]->d_name);
		char inner_hex[65];

		digest_below(inner, depth - 1, inner_hex);
		char *longer = memory_format("%s%s %s\n", text, inner_hex,
				entries[i]->d_name);

		free(text);
		text = longer;
		free(inner);
		free(entries[i]);
	}
	free(entries);
	digest_sha256(text, strlen(text), hex);
	free(text);
}

static void digest_below(const char *path, int depth, char hex[65])
{
	hex[0] = '\0';
	if (!path_is_folder(path)) {
		digest_file(path, hex);
	} else if (depth > 0) {
		digest_folder(path, depth, hex);
	}
}

void path_digest(const char *path, char hex[65])
{
	digest_below(path, DEPTH, hex);
}
