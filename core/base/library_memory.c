/**
 * \file    base/library_memory.c
 * \brief   Has libraries exit the program when out of memory, as memory.h does
 */
#include "base/library_memory.h"

#include <stdlib.h>

#include <jansson.h>
#include <openssl/crypto.h>

#include "base/memory.h"

static void *allocate(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return size > 0 ? memory_raw(size) : NULL;
}

static void *resize(void *memory, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	if (size == 0) {
		free(memory);
		return NULL;
	}
	return memory_resize(memory, 1, size);
}

static void release(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	free(memory);
}

void library_memory_use(void)
{
	json_set_alloc_funcs(memory_raw, free);
	CRYPTO_set_mem_functions(allocate, resize, release);
	/* Its handler at the exit would wait for what the exit has interrupted. */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
}
