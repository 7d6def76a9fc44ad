/**
 * \file    library/kept.h
 * \brief   The sink that keeps results in memory until they are handed on
 */
#ifndef LIBRARY_KEPT_H
#define LIBRARY_KEPT_H

#include <pthread.h>

#include "output/sink.h"

/** One result; exactly one of the three is there once it is complete */
struct kept {
	char *path;
	struct image *image;
	cnnviz_tensor *array;
	struct file_bytes bytes;
	bool handed; /* on; it stays for its job to read it back */
	struct kept *next;
};

struct kept_results {
	struct sink sink; /* first, as sinks are */
	pthread_mutex_t mutex;
	struct kept *first;
	/* What locate() was asked for last, and the file in memory that has it */
	struct file_bytes located;
	struct memory_file *file;
};

/**
 * Start without results.
 *
 * \param   file    Named already; gets what locate() is asked for
 */
void kept_start(struct kept_results *results, const struct plan *plan,
		struct memory_file *file);

/** The result that was put under a path, or NULL; valid until kept_drop() */
struct kept *kept_find(struct kept_results *results, const char *path);

/** Forget what has been handed on or, in the end, all. */
void kept_drop(struct kept_results *results, bool all);

#endif
