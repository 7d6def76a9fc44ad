/**
 * \file    base/libraries.c
 * \brief   The libraries that are loaded: their memory, and their files
 */
#include "config.h" /* _GNU_SOURCE */

#include "base/libraries.h"

#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/** Whether the linker has changed pages that cannot be written to now */
static bool has_text_relocations(const struct dl_phdr_info *library)
{
	for (int i = 0; i < library->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &library->dlpi_phdr[i];

		if (header->p_type != PT_DYNAMIC) {
			continue;
		}
		uintptr_t address = library->dlpi_addr + header->p_vaddr;

		for (const ElfW(Dyn) *entry = (const ElfW(Dyn) *)address;
				entry->d_tag != DT_NULL; entry++) {
			if (entry->d_tag == DT_TEXTREL
					|| (entry->d_tag == DT_FLAGS
							&& (entry->d_un.d_val
									   & DF_TEXTREL)
									!= 0)) {
				return true;
			}
		}
	}
	return false;
}

static int release_library(struct dl_phdr_info *library, size_t size, void *context)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	(void)size;
	(void)context;
	for (int i = 0; i < library->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &library->dlpi_phdr[i];
		uintptr_t start = library->dlpi_addr + header->p_vaddr;
		/* Whole pages alone, since what lies beside them may be another's. */
		uintptr_t first = (start + page - 1) / page * page;
		uintptr_t end = (start + header->p_filesz) / page * page;

		if (header->p_type == PT_LOAD && (header->p_flags & PF_W) == 0
				&& first < end && !has_text_relocations(library)) {
			madvise((void *)first, end - first, MADV_DONTNEED);
		}
	}
	return 0;
}

void libraries_release_pages(void)
{
	dl_iterate_phdr(release_library, NULL);
}

/** What is left of a list of paths */
struct room {
	char *place;
	size_t size;
};

static int add_path(struct dl_phdr_info *library, size_t size, void *context)
{
	struct room *room = context;
	size_t length = strlen(library->dlpi_name) + 1;

	(void)size;
	/* The program itself has no name here, and what the kernel maps no path. */
	if (library->dlpi_name[0] == '/' && length < room->size) {
		memcpy(room->place, library->dlpi_name, length);
		room->place += length;
		room->size -= length;
	}
	return 0;
}

void libraries_list(char *list, size_t size)
{
	struct room room = { list, size };

	dl_iterate_phdr(add_path, &room);
	*room.place = '\0';
}
