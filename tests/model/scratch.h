/**
 * \file    model/scratch.h
 * \brief   A temporary folder for a test's files
 */
#ifndef MODEL_SCRATCH_H
#define MODEL_SCRATCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"

static char scratch_folder[] = "/tmp/cnnviz-model-XXXXXX";

static int scratch_open(void)
{
	return mkdtemp(scratch_folder) == NULL;
}

static int scratch_close(void)
{
	char *command = memory_format("rm -rf '%s'", scratch_folder);
	int status = system(command);

	free(command);
	return status;
}

/** Path of a file in the folder; malloc'ed */
static char *scratch_path(const char *name)
{
	return path_join(scratch_folder, name);
}

/** Make a file, and the folders above it; its path, malloc'ed */
static char *scratch_write(const char *name, const void *data, size_t size)
{
	char *path = scratch_path(name);
	char *folder = path_folder(path);
	FILE *stream;

	if (folder_create(folder, NULL) != CNNVIZ_OK) {
		abort();
	}
	stream = fopen(path, "wb");
	if (stream == NULL || fwrite(data, 1, size, stream) != size
			|| fclose(stream) != 0) {
		abort();
	}
	free(folder);
	return path;
}

static char *scratch_text(const char *name, const char *text)
{
	return scratch_write(name, text, strlen(text));
}

#endif
