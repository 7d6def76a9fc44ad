/**
 * \file    run/failing_calls.c
 * \brief   Loaded before a program (LD_PRELOAD): the n-th call of a function fails
 *
 * FAIL_CALL names the function, and FAIL_NUMBER says which call, from 1 on, in each process.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

void *__libc_calloc(size_t count, size_t size);
void *__libc_malloc(size_t size);
void *__libc_realloc(void *memory, size_t size);

/* They take the place of the C library's. */
#pragma GCC visibility push(default)

static atomic_long calls;

static bool fails(const char *name, int reason)
{
	const char *chosen = getenv("FAIL_CALL"), *number = getenv("FAIL_NUMBER");

	if (chosen == NULL || number == NULL || strcmp(chosen, name) != 0
			|| atomic_fetch_add(&calls, 1) + 1 != atol(number)) {
		return false;
	}
	errno = reason;
	return true;
}

void *malloc(size_t size)
{
	return fails("malloc", ENOMEM) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails("malloc", ENOMEM) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
	return fails("malloc", ENOMEM) ? NULL : __libc_realloc(memory, size);
}

/* ISO C has no cast from an object pointer to a function pointer. */
#define NEXT(name) \
	do { \
		void *symbol = dlsym(RTLD_NEXT, #name); \
		memcpy(&next, &symbol, sizeof(next)); \
	} while (0)

ssize_t write(int file, const void *bytes, size_t size)
{
	ssize_t (*next)(int, const void *, size_t);

	NEXT(write);
	return fails("write", ENOSPC) ? -1 : next(file, bytes, size);
}

int rename(const char *from, const char *to)
{
	int (*next)(const char *, const char *);

	NEXT(rename);
	return fails("rename", ENOSPC) ? -1 : next(from, to);
}

int open(const char *path, int flags, ...)
{
	int (*next)(const char *, int, ...);
	va_list arguments;

	va_start(arguments, flags);
	int mode = va_arg(arguments, int);

	va_end(arguments);
	NEXT(open);
	return fails("open", EMFILE) ? -1 : next(path, flags, mode);
}

void *mmap(void *place, size_t size, int protection, int flags, int file, off_t offset)
{
	void *(*next)(void *, size_t, int, int, int, off_t);

	NEXT(mmap);
	return fails("mmap", ENOMEM) ? MAP_FAILED
				     : next(place, size, protection, flags, file, offset);
}

pid_t fork(void)
{
	pid_t (*next)(void);

	NEXT(fork);
	return fails("fork", EAGAIN) ? -1 : next();
}

#pragma GCC visibility pop
