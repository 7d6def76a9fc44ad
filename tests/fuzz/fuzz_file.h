/**
 * \file    fuzz/fuzz_file.h
 * \brief   Any bytes as a file, for readers that take a path
 */
#ifndef FUZZ_FILE_H
#define FUZZ_FILE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_file {
	int descriptor;
	char path[32]; /* by which it can be opened as long as the descriptor is open */
};

/** A file in memory with the bytes; end with fuzz_file_close() */
static inline struct fuzz_file fuzz_file_open(const uint8_t *data, size_t size)
{
	struct fuzz_file file = { .descriptor = memfd_create("fuzz", MFD_CLOEXEC) };

	if (file.descriptor < 0 || write(file.descriptor, data, size) != (ssize_t)size) {
		perror("fuzz_file_open");
		exit(99);
	}
	snprintf(file.path, sizeof(file.path), "/proc/self/fd/%d", file.descriptor);
	return file;
}

static inline void fuzz_file_close(const struct fuzz_file *file)
{
	close(file->descriptor);
}

/** A reader's status and its error must say the same. */
static inline void fuzz_check_error(cnnviz_status status, const struct error *error)
{
	if (status != CNNVIZ_OK && (error->status != status || error->text[0] == '\0')) {
		abort();
	}
}

#endif
