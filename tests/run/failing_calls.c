/**
 * \file    run/failing_calls.c
 * \brief   Loaded before a program (LD_PRELOAD): the n-th call of a function fails
 *
 * FAIL_CALL names the function, and FAIL_NUMBER says which call, from 1 on, in each process; a
 * child goes on from its parent's number. FAIL_COUNT is a file of eight bytes, or absent, that
 * gets the highest number that any of the processes has reached.
 *
 * Calls of malloc by libiniparser do not fail: it does not look at what it gets.
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
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

void *__libc_calloc(size_t count, size_t size);
void *__libc_malloc(size_t size);
void *__libc_realloc(void *memory, size_t size);

static const char *chosen; /* NULL until the environment has been read */
static long number;
static atomic_long calls;
static atomic_long *highest; /* of all processes, or NULL */

/* By calls that are not counted: it runs before the program, and after others' first calls */
__attribute__((constructor)) static void read_environment(void)
{
	const char *path = getenv("FAIL_COUNT");
	long file = path != NULL ? syscall(SYS_openat, AT_FDCWD, path, O_RDWR) : -1;

	if (file >= 0) {
		long place = syscall(SYS_mmap, NULL, sizeof(*highest),
				PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

		highest = place != -1 ? (atomic_long *)place : NULL;
		syscall(SYS_close, file);
	}
	number = getenv("FAIL_NUMBER") != NULL ? atol(getenv("FAIL_NUMBER")) : 0;
	chosen = getenv("FAIL_CALL");
}

static bool fails(const char *name, int reason)
{
	if (chosen == NULL || strcmp(chosen, name) != 0) {
		return false;
	}
	long call = atomic_fetch_add(&calls, 1) + 1;
	long before = highest != NULL ? atomic_load(highest) : call;

	while (before < call && !atomic_compare_exchange_weak(highest, &before, call)) {
	}
	if (call != number) {
		return false;
	}
	errno = reason;
	return true;
}

/** Whether code is a library's that does not check what it allocates */
static bool is_careless(const void *code)
{
	Dl_info library;

	return dladdr(code, &library) != 0 && library.dli_fname != NULL
			&& strstr(library.dli_fname, "libiniparser") != NULL;
}

#define MALLOC_FAILS() \
	(fails("malloc", ENOMEM) && !is_careless(__builtin_return_address(0)))

/* They take the place of the C library's. */
#pragma GCC visibility push(default)

void *malloc(size_t size)
{
	return MALLOC_FAILS() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return MALLOC_FAILS() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
	return MALLOC_FAILS() ? NULL : __libc_realloc(memory, size);
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

int fsync(int file)
{
	int (*next)(int);

	NEXT(fsync);
	return fails("fsync", EIO) ? -1 : next(file);
}

int syncfs(int file)
{
	int (*next)(int);

	NEXT(syncfs);
	return fails("fsync", EIO) ? -1 : next(file);
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

FILE *fopen(const char *path, const char *mode)
{
	FILE *(*next)(const char *, const char *);

	NEXT(fopen);
	return fails("open", EMFILE) ? NULL : next(path, mode);
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
