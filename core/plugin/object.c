/**
 * \file    plugin/object.c
 * \brief   Opens plugins' shared objects, with precise messages when that fails
 */
#include "plugin/object.h"

#include <elf.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

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

/* ---- Opening -------------------------------------------------------------- */

/** Turn the dynamic linker's message, which starts with the path, into a sentence. */
static cnnviz_status linker_error(const char *path, const char *words,
		struct error *error)
{
	static const char undefined[] = "undefined symbol: ";
	const char *symbol = strstr(words, undefined);

	if (symbol != NULL) {
		symbol += strlen(undefined);
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"%s has an unresolved symbol, \"%.*s\": neither the "
				"plugin nor a library it was linked with defines it",
				path, (int)strcspn(symbol, ", \t\n"), symbol);
	}
	if (strncmp(words, path, strlen(path)) == 0
			&& strncmp(words + strlen(path), ": ", 2) == 0) {
		words += strlen(path) + 2;
	}
	return error_set(error, CNNVIZ_ERROR_INPUT, "%s cannot be loaded: %s", path,
			words);
}

cnnviz_status object_open(const char *path, struct module **module, struct error *error)
{
	char *object = NULL;
	struct error said;
	cnnviz_status status = module_object(path, &object, error);

	if (status == CNNVIZ_OK) {
		status = check_object(object, error);
	}
	if (status == CNNVIZ_OK) {
		status = module_open(object, false, module, &said);
		if (status != CNNVIZ_OK) {
			status = linker_error(object, said.text, error);
		}
	}
	free(object);
	return status;
}
