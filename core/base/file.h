/**
 * \file    base/file.h
 * \brief   Paths, memory-mapped files, and files that are written atomically
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

/** A file mapped for reading, reference counted. */
struct mapping {
	const unsigned char *data;
	size_t size;
	char *path;
	int references;
	bool paged; /* a file is mapped; else the data are a struct memory_file's, or a test's */
	struct mapping *next; /* of all that are open; of mapping.c */
};

cnnviz_status mapping_open(const char *path, struct mapping **mapping,
		struct error *error);
/**
 * \brief   Map a file that another one names, in the folder of that
 *
 * \param   path    Of the file that names it
 * \param   name    Without a folder: the caller has checked that
 *
 * Links are not followed. Errors: it is a link, and those of mapping_open().
 */
cnnviz_status mapping_open_beside(const char *path, const char *name,
		struct mapping **mapping, struct error *error);
/** What has become of a mapped file of which a page cannot be read any more */
#define MAPPING_CUT "was cut off, or its disk failed, while it was read"
/**
 * The path of the open mapping that an address lies in, or NULL; may be called in a signal's
 * handler
 */
const char *mapping_path_at(uintptr_t address);
/**
 * Have the program end with a sentence when a mapped file is cut off while it is read. A
 * run, which has results to keep, has handlers of its own.
 */
void mapping_tell_cuts(void);
struct mapping *mapping_ref(struct mapping *mapping);
/** Bytes that can be opened by a path as a file can */
struct memory_file {
	char *path; /* MEMORY_FILE, the number in the list, "/" and a name */
	const void *data;
	size_t size;
};
#define MEMORY_FILE "memory:/"

/**
 * Let mapping_open() find so many files, or none any more; the caller keeps all of it, and
 * calls this while no other thread opens files
 */
void mapping_set_memory(const struct memory_file *files, size_t count);

/** Takes void * so that it can be passed to tensor_wrap() as release. */
void mapping_unref(void *mapping);
/**
 * Give back the memory of bytes that have been read, up to the last whole page; they come
 * back from the file when they are read again
 */
void mapping_release(const struct mapping *mapping, const unsigned char *from,
		size_t size);

/** base + "/" + path, or path itself when absolute or base is NULL; malloc'ed */
char *path_join(const char *base, const char *path);
/** path, joined to the current folder when it is relative; malloc'ed */
char *path_absolute(const char *path);
/** Folder of a path ("." when it has none); malloc'ed */
char *path_folder(const char *path);
/** File name without folder and last extension; malloc'ed */
char *path_stem(const char *path);
/** NAME in the first of some folders (NULL-terminated, or NULL) that has it; malloc'ed */
char *path_in_folders(char *const *folders, const char *name);
/** Whether a path is relative and has no part that is empty, "." or ".." */
bool path_stays_below(const char *path);
bool path_is_file(const char *path);
bool path_is_folder(const char *path);

/** mkdir -p */
cnnviz_status folder_create(const char *path, struct error *error);

/** Bytes in memory, malloc'ed */
struct file_bytes {
	char *data;
	size_t size;
};

/**
 * \brief   Write a file under a temporary name in the same folder
 *
 * writer_commit() flushes, renames and frees; writer_abort() deletes the temporary file
 * and frees. Every error, a full disk included, is reported by commit.
 */
struct writer {
	FILE *stream;
	char *path;
	char *temporary; /* NULL: there is no file */
	int file;        /* behind the stream */
	int reason;      /* errno of the first write that failed, or 0 */
	struct file_bytes *bytes, written; /* without a file: where they go in the end */
};
cnnviz_status writer_open(const char *path, struct writer **writer, struct error *error);
cnnviz_status writer_commit(struct writer *writer, struct error *error);
/**
 * As writer_commit(), for a file that speaks of others: whatever was written to its file system
 * before is on the disk when it gets its name, and its name is when this returns
 */
cnnviz_status writer_commit_durably(struct writer *writer, struct error *error);
void writer_abort(struct writer *writer);
/** As writer_abort(), since there is no memory for what was to be written: CNNVIZ_ERROR_MEMORY */
cnnviz_status writer_lack_memory(struct writer *writer, struct error *error);

/**
 * \brief   As writer_open(), for what is to stay in memory
 *
 * \param   path    A name for messages
 * \param   bytes   Gets what was written, malloc'ed, when writer_commit() succeeds
 */
cnnviz_status writer_open_memory(const char *path, struct file_bytes *bytes,
		struct writer **writer, struct error *error);

/** Say why a file cannot be written, by errno */
cnnviz_status file_refuse(const char *path, int reason, struct error *error);
/** Count bytes with all that the process has written to files; fails beyond the limit */
cnnviz_status file_count_written(const char *path, uint64_t size, struct error *error);
/**
 * Have a file under another name too, whole or not at all: as a link to the same contents or,
 * where the file system cannot do that, as a copy. The folder must be there.
 */
cnnviz_status file_bring(const char *from, const char *to, struct error *error);

/** Levels of folders in which a run puts files, below that of a job or of the inputs */
#define WRITER_DEPTH 3

/**
 * \brief   Delete the temporary files that processes which have ended left in a folder
 *
 * \param   process     Of which process of this machine; 0: of any, of any machine
 * \param   depth       Levels of subfolders to go through as well; links are not followed
 */
void writer_remove_stale(const char *folder, long process, int depth);

/** SHA-256 of a block of memory as 64 lower-case hexadecimal digits and a NUL */
void digest_sha256(const void *data, size_t size, char hex[65]);
/** The same of a mapped file, of which no more than a block is in memory at once */
void mapping_digest(const struct mapping *mapping, char hex[65]);

#endif
