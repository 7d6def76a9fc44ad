/**
 * \file    plugin/object.c
 * \brief   Opens shared objects, with precise messages when that fails
 */
#include "plugin/object.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

#include <ltdl.h>

#include "base/file.h"
#include "base/memory.h"

/* Largest libtool file, and longest line of one, that is read. */
#define LIBTOOL_FILE_MAX (1 << 20)

/* ---- Checks of an ELF file ----------------------------- */

/* The ELF header of the running program, defined by the linker. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

static cnnviz_status refuse(const char *path, const char *why, struct error *error)
{
	return error_set(error, CNNVIZ_ERROR_INPUT, "%s is not a shared object: %s", path,
			why);
}

/** Copy size bytes at offset; false if the file is too short. */
static bool copy_from(const struct mapping *file, uint64_t offset, void *data,
		size_t size)
{
	if (offset > file->size || size > file->size - offset) {
		return false;
	}
	memcpy(data, file->data + offset, size);
	return true;
}

static cnnviz_status check_header(const struct mapping *file, ElfW(Ehdr) * header,
		struct error *error)
{
	if (file->size < SELFMAG || memcmp(file->data, ELFMAG, SELFMAG) != 0) {
		return refuse(file->path, "it does not start with an ELF header", error);
	}
	if (!copy_from(file, 0, header, sizeof(*header))) {
		return refuse(file->path, "the file is truncated", error);
	}
	if (header->e_ident[EI_CLASS] != __ehdr_start.e_ident[EI_CLASS]
			|| header->e_ident[EI_DATA] != __ehdr_start.e_ident[EI_DATA]
			|| header->e_machine != __ehdr_start.e_machine) {
		return refuse(file->path, "it was built for another kind of machine",
				error);
	}
	if (header->e_type != ET_DYN) {
		return refuse(file->path,
				"it is an ELF file of another type; link it with -shared",
				error);
	}
	return CNNVIZ_OK;
}

/**
 * The dynamic linker maps what the program headers say without checking the file's
 * length; an access beyond its end would then kill the program with SIGBUS.
 */
static cnnviz_status check_length(const struct mapping *file, const ElfW(Ehdr) * header,
		struct error *error)
{
	for (unsigned i = 0; i < header->e_phnum; i++) {
		ElfW(Phdr) segment;

		if (header->e_phentsize != sizeof(segment) || header->e_phoff > file->size
				|| !copy_from(file,
						header->e_phoff + (uint64_t)i * sizeof(segment),
						&segment, sizeof(segment))
				|| (segment.p_type == PT_LOAD
						&& (segment.p_offset > file->size
								|| segment.p_filesz
										> file->size - segment.p_offset))) {
			return refuse(file->path, "the file is truncated", error);
		}
	}
	return CNNVIZ_OK;
}

static cnnviz_status check_object(const char *path, struct error *error)
{
	struct mapping *file = NULL;
	ElfW(Ehdr) header;
	cnnviz_status status = mapping_open(path, &file, error);

	if (status == CNNVIZ_ERROR_INPUT) {
		return error_prefix(error, "not a shared object");
	}
	if (status == CNNVIZ_OK) {
		status = check_header(file, &header, error);
	}
	if (status == CNNVIZ_OK) {
		status = check_length(file, &header, error);
	}
	mapping_unref(file);
	return status;
}

/* ---- Libtool files -------------------------------------------------------- */

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text);

	return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

/** The value of a line key='value', or NULL; malloc'ed */
static char *libtool_value(const struct mapping *file, const char *key)
{
	const char *line = (const char *)file->data;
	const char *end = line + file->size;
	size_t length = strlen(key);

	while (line < end) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));

		stop = stop != NULL ? stop : end;
		if ((size_t)(stop - line) > length + 2 && memcmp(line, key, length) == 0
				&& line[length] == '=' && line[length + 1] == '\''
				&& stop[-1] == '\'') {
			const char *value = line + length + 2;

			return memory_text_n(value, (size_t)(stop - 1 - value));
		}
		line = stop + 1;
	}
	return NULL;
}

/** The shared object that a libtool file stands for; malloc'ed */
static cnnviz_status libtool_target(const char *path, char **target, struct error *error)
{
	struct mapping *file = NULL;
	char *name = NULL;
	char *folder = path_folder(path);
	cnnviz_status status = mapping_open(path, &file, error);

	if (status != CNNVIZ_OK) {
		goto done;
	}
	if (file->size <= LIBTOOL_FILE_MAX) {
		name = libtool_value(file, "dlname");
	}
	if (name == NULL || name[0] == '\0' || strchr(name, '/') != NULL) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"%s is not a libtool file that names a shared object (no "
				"dlname)",
				path);
		goto done;
	}
	*target = memory_format("%s/.libs/%s", folder, name);
	if (!path_is_file(*target)) {
		free(*target);
		*target = path_join(folder, name);
	}

done:
	mapping_unref(file);
	free(name);
	free(folder);
	return status;
}

/* ---- Opening -------------------------------------------------------------- */

/** Turn the dynamic linker's message, which starts with the path, into a sentence. */
static cnnviz_status linker_error(const char *path, const char *words,
		struct error *error)
{
	static const char undefined[] = "undefined symbol: ";
	const char *symbol = words != NULL ? strstr(words, undefined) : NULL;

	if (symbol != NULL) {
		symbol += strlen(undefined);
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"%s has an unresolved symbol, \"%.*s\": neither the "
				"plugin nor a library it was linked with defines it",
				path, (int)strcspn(symbol, ", \t\n"), symbol);
	}
	if (words != NULL && strncmp(words, path, strlen(path)) == 0
			&& strncmp(words + strlen(path), ": ", 2) == 0) {
		words += strlen(path) + 2;
	}
	return error_set(error, CNNVIZ_ERROR_INPUT, "%s cannot be loaded: %s", path,
			words != NULL ? words : "no reason was given");
}

/** Open by libltdl, with symbols local to the object */
static lt_dlhandle open_local(const char *path)
{
	lt_dlhandle handle = NULL;
	lt_dladvise advise = NULL;

	if (lt_dladvise_init(&advise) == 0 && lt_dladvise_local(&advise) == 0) {
		handle = lt_dlopenadvise(path, advise);
	}
	lt_dladvise_destroy(&advise);
	return handle;
}

cnnviz_status object_open(const char *path, void **handle, struct error *error)
{
	char *target = NULL;
	void *bound = NULL;
	cnnviz_status status;

	if (ends_with(path, ".la")) {
		status = libtool_target(path, &target, error);
		if (status != CNNVIZ_OK) {
			return status;
		}
	} else {
		target = memory_text(path);
	}
	status = check_object(target, error);
	if (status != CNNVIZ_OK) {
		goto done;
	}
	/* libltdl binds lazily and loses the reason why an object did not open: bind it
	 * here, so that a missing symbol is found now and reported in the linker's
	 * words. */
	bound = dlopen(target, RTLD_NOW | RTLD_LOCAL);
	if (bound == NULL) {
		status = linker_error(target, dlerror(), error);
		goto done;
	}
	*handle = open_local(target);
	if (*handle == NULL) {
		status = linker_error(target, lt_dlerror(), error);
	}
	dlclose(bound);

done:
	free(target);
	return status;
}

void *object_symbol(void *handle, const char *name)
{
	return lt_dlsym(handle, name);
}

void object_close(void *handle)
{
	if (handle != NULL) {
		lt_dlclose(handle);
	}
}
