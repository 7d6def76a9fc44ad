/**
 * \file    base/mapping.c
 * \brief   Memory-mapped files
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"

/* ---- All that are open ------------------------------------------------- */

static struct {
	pthread_mutex_t mutex; /* of changes; a signal's handler reads without */
	struct mapping *first;
} open_mappings = { PTHREAD_MUTEX_INITIALIZER, NULL };

static void enter(struct mapping *mapping)
{
	pthread_mutex_lock(&open_mappings.mutex);
	mapping->next = open_mappings.first;
	open_mappings.first = mapping;
	pthread_mutex_unlock(&open_mappings.mutex);
}

static void leave(const struct mapping *mapping)
{
	pthread_mutex_lock(&open_mappings.mutex);
	for (struct mapping **place = &open_mappings.first; *place != NULL;
			place = &(*place)->next) {
		if (*place == mapping) {
			*place = mapping->next;
			break;
		}
	}
	pthread_mutex_unlock(&open_mappings.mutex);
}

const char *mapping_path_at(uintptr_t address)
{
	const struct mapping *mapping = open_mappings.first;

	while (mapping != NULL && address - (uintptr_t)mapping->data >= mapping->size) {
		mapping = mapping->next;
	}
	return mapping != NULL ? mapping->path : NULL;
}

static void put_text(const char *text)
{
	if (write(STDERR_FILENO, text, strlen(text)) < 0) {
		return; /* there is nobody to tell */
	}
}

static void handle_cut(int number, siginfo_t *info, void *context)
{
	const char *path = mapping_path_at((uintptr_t)info->si_addr);

	(void)context;
	if (path == NULL) {
		signal(number, SIG_DFL);
		raise(number);
		return;
	}
	put_text("cnnviz: ");
	put_text(path);
	put_text(" " MAPPING_CUT "\n");
	_exit(EXIT_FAILURE);
}

void mapping_tell_cuts(void)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO };

	action.sa_sigaction = handle_cut;
	sigemptyset(&action.sa_mask);
	sigaction(SIGBUS, &action, NULL);
}

/* ---- In memory ----------------------------------------------------------- */

static struct {
	const struct memory_file *files;
	size_t count;
} memory;

void mapping_set_memory(const struct memory_file *files, size_t count)
{
	memory.files = files;
	memory.count = count;
}

/** A file in memory; NULL: there is none of that path */
static const struct memory_file *find_memory(const char *path)
{
	size_t length = strlen(MEMORY_FILE);

	if (memory.count == 0 || strncmp(path, MEMORY_FILE, length) != 0) {
		return NULL;
	}
	unsigned long place = strtoul(path + length, NULL, 10);

	return place < memory.count && strcmp(memory.files[place].path, path) == 0
			? &memory.files[place]
			: NULL;
}

static cnnviz_status map_memory(const struct memory_file *file, struct mapping **mapping,
		struct error *error)
{
	if (file->size == 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "%s is empty", file->path);
	}
	cnnviz_status status = limit_check(LIMIT_FILE_BYTES, file->size, error, "%s has",
			file->path);

	if (status == CNNVIZ_OK) {
		*mapping = memory_new(1, sizeof(**mapping));
		(*mapping)->data = file->data;
		(*mapping)->size = file->size;
		(*mapping)->path = memory_text(file->path);
		(*mapping)->references = 1;
	}
	return status;
}

/* ---- Opening ----------------------------------------------------------- */

static cnnviz_status check_mappable(const char *path, const struct stat *status,
		struct error *error)
{
	if (S_ISDIR(status->st_mode)) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "%s is a folder, not a file",
				path);
	}
	if (!S_ISREG(status->st_mode)) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "%s is not a regular file",
				path);
	}
	if (status->st_size == 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "%s is empty", path);
	}
	if ((uintmax_t)status->st_size > PTRDIFF_MAX) {
		return error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
				"%s is too large for this machine", path);
	}
	return limit_check(LIMIT_FILE_BYTES, (uint64_t)status->st_size, error, "%s has",
			path);
}

/** Map an open file, and close it; path is its name for messages */
static cnnviz_status map_file(int file, const char *path, struct mapping **mapping,
		struct error *error)
{
	cnnviz_status result;
	struct stat status;

	if (fstat(file, &status) != 0) {
		result = error_set(error, CNNVIZ_ERROR_IO, "cannot read %s: %s", path,
				strerror(errno));
		goto done;
	}
	result = check_mappable(path, &status, error);
	if (result != CNNVIZ_OK) {
		goto done;
	}
	void *data = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);

	if (data == MAP_FAILED) {
		result = error_set(error, CNNVIZ_ERROR_IO, "cannot map %s: %s", path,
				strerror(errno));
		goto done;
	}
	*mapping = memory_new(1, sizeof(**mapping));
	(*mapping)->data = data;
	(*mapping)->size = (size_t)status.st_size;
	(*mapping)->path = memory_text(path);
	(*mapping)->references = 1;
	(*mapping)->paged = true;
	enter(*mapping);
done:
	close(file);
	return result;
}

/* O_NONBLOCK: opening a pipe without a writer must not hang. */
#define MAP_FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

cnnviz_status mapping_open(const char *path, struct mapping **mapping,
		struct error *error)
{
	const struct memory_file *lent = find_memory(path);

	if (lent != NULL) {
		return map_memory(lent, mapping, error);
	}
	int file = open(path, MAP_FLAGS);

	return file >= 0 ? map_file(file, path, mapping, error)
			 : error_set(error, CNNVIZ_ERROR_IO, "cannot open %s: %s", path,
					 strerror(errno));
}

cnnviz_status mapping_open_beside(const char *path, const char *name,
		struct mapping **mapping, struct error *error)
{
	char *folder_path = path_folder(path);
	char *whole = path_join(folder_path, name);
	int folder = open(folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int file = folder >= 0 ? openat(folder, name, MAP_FLAGS | O_NOFOLLOW) : -1;
	cnnviz_status status;

	if (file >= 0) {
		status = map_file(file, whole, mapping, error);
	} else if (errno == ELOOP) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"%s is a link, which may lead anywhere; put the file "
				"itself there",
				whole);
	} else {
		status = error_set(error, CNNVIZ_ERROR_IO, "cannot open %s: %s", whole,
				strerror(errno));
	}
	if (folder >= 0) {
		close(folder);
	}
	free(whole);
	free(folder_path);
	return status;
}

struct mapping *mapping_ref(struct mapping *mapping)
{
	if (mapping != NULL) {
		mapping->references++;
	}
	return mapping;
}

void mapping_unref(void *context)
{
	struct mapping *mapping = context;

	if (mapping == NULL || --mapping->references > 0) {
		return;
	}
	if (mapping->paged) {
		leave(mapping);
		munmap((void *)(uintptr_t)mapping->data, mapping->size);
	}
	free(mapping->path);
	free(mapping);
}

void mapping_release(const struct mapping *mapping, const unsigned char *from,
		size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t offset = (size_t)(from - mapping->data);
	size_t start = offset / page * page, end = (offset + size) / page * page;

	if (mapping->paged && end > start) {
		madvise((void *)(uintptr_t)(mapping->data + start), end - start,
				MADV_DONTNEED);
	}
}
