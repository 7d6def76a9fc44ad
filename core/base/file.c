/**
 * \file    base/file.c
 * \brief   Paths, and files that are written atomically
 */
#include "config.h" /* _GNU_SOURCE */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"

/* ---- Paths ------------------------------------------------------------- */

char *path_join(const char *base, const char *path)
{
	if (base == NULL || path[0] == '/') {
		return memory_text(path);
	}
	size_t length = strlen(base);
	bool separated = length > 0 && base[length - 1] == '/';

	return memory_format("%s%s%s", base, separated || length == 0 ? "" : "/", path);
}

char *path_absolute(const char *path)
{
	char *folder = getcwd(NULL, 0);
	char *absolute = path_join(folder, path);

	free(folder);
	return absolute;
}

char *path_folder(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL) {
		return memory_text(".");
	}
	return memory_text_n(path, slash == path ? 1 : (size_t)(slash - path));
}

char *path_stem(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	const char *dot = strrchr(name, '.');

	/* The dot of a hidden file starts its name, not an extension. */
	return dot != NULL && dot != name ? memory_text_n(name, (size_t)(dot - name))
					  : memory_text(name);
}

bool path_stays_below(const char *path)
{
	while (true) {
		size_t length = strcspn(path, "/");

		if (length == 0 || (length == 1 && path[0] == '.')
				|| (length == 2 && path[0] == '.' && path[1] == '.')) {
			return false;
		}
		if (path[length] == '\0') {
			return true;
		}
		path += length + 1;
	}
}

bool path_is_file(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

bool path_is_folder(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

char *path_in_folders(char *const *folders, const char *name)
{
	for (; folders != NULL && *folders != NULL; folders++) {
		char *path = path_join(*folders, name);

		if (path_is_file(path)) {
			return path;
		}
		free(path);
	}
	return NULL;
}

static cnnviz_status create_one_folder(const char *path, struct error *error)
{
	if (mkdir(path, 0777) == 0) {
		return CNNVIZ_OK;
	}
	int reason = errno;

	if (path_is_folder(path)) {
		return CNNVIZ_OK;
	}
	if (reason == EEXIST) {
		return error_set(error, CNNVIZ_ERROR_IO,
				"cannot create folder %s: a file of that name exists",
				path);
	}
	return error_set(error, CNNVIZ_ERROR_IO, "cannot create folder %s: %s", path,
			strerror(reason));
}

cnnviz_status folder_create(const char *path, struct error *error)
{
	cnnviz_status result = CNNVIZ_OK;

	if (path_is_folder(path)) {
		return CNNVIZ_OK; /* as for all files but the first of it */
	}
	char *part = memory_text(path);

	for (char *slash = strchr(part + (part[0] == '/'), '/');
			slash && result == CNNVIZ_OK; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		result = create_one_folder(part, error);
		*slash = '/';
	}
	if (result == CNNVIZ_OK) {
		result = create_one_folder(part, error);
	}
	free(part);
	return result;
}

/* ---- Atomic writes ------------------------------------------- */

#define TEMPORARY_PREFIX ".cnnviz-%ld-"
#define TEMPORARY_SUFFIX ".tmp"

/** Bits of a process's number, on Linux at most 2^22 */
#define PROCESS_BITS 22
/** Bits of a machine's */
#define MACHINE_MASK ((UINT64_C(1) << 40) - 1)

/**
 * A process's number among those of all machines that share a file system: containers
 * have hardly more than one process each
 */
static long owner_of(long process)
{
	char name[HOST_NAME_MAX + 1] = "";
	uint64_t machine = 0;

	gethostname(name, sizeof(name) - 1);
	for (const char *c = name; *c != '\0'; c++) {
		machine = machine * UINT64_C(1099511628211) + (unsigned char)*c;
	}
	return (long)((machine & MACHINE_MASK) << PROCESS_BITS
			| ((uint64_t)process & ((1u << PROCESS_BITS) - 1)));
}

/** A name in a file's folder, so short that it fits wherever the file's does; malloc'ed */
static char *temporary_name(const char *path)
{
	static atomic_uint serial; /* threads write files at once */
	char *folder = path_folder(path);
	char *name = memory_format(TEMPORARY_PREFIX "%u" TEMPORARY_SUFFIX,
			owner_of(getpid()), atomic_fetch_add(&serial, 1));
	char *whole = path_join(folder, name);

	free(name);
	free(folder);
	return whole;
}

/** Like mkstemp(), but with permissions by the user's umask */
static int open_temporary(const char *path, char **temporary)
{
	int file;

	do {
		*temporary = temporary_name(path);
		file = open(*temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (file < 0) {
			int reason = errno;

			free(*temporary);
			errno = reason;
		}
	} while (file < 0 && errno == EEXIST);
	return file;
}

static void free_writer(struct writer *writer)
{
	free(writer->path);
	free(writer->temporary);
	free(writer);
}

/** Keeps the reason of the first failure, of which a stream tells no more than a flag. */
static ssize_t write_bytes(void *cookie, const char *bytes, size_t size)
{
	struct writer *writer = cookie;
	size_t done = 0;

	while (done < size && writer->reason == 0) {
		ssize_t written = write(writer->file, bytes + done, size - done);

		if (written >= 0) {
			done += (size_t)written;
		} else if (errno != EINTR) {
			writer->reason = errno;
		}
	}
	return (ssize_t)done;
}

static int close_file(void *cookie)
{
	struct writer *writer = cookie;
	int result = close(writer->file);

	if (result != 0 && writer->reason == 0) {
		writer->reason = errno;
	}
	return result;
}

cnnviz_status file_refuse(const char *path, int reason, struct error *error)
{
	return error_set(error, CNNVIZ_ERROR_IO, "cannot write %s: %s", path,
			reason == EFBIG ? "it becomes larger than files may be here "
					  "(see `ulimit -f`)"
					: strerror(reason));
}

cnnviz_status writer_open(const char *path, struct writer **result, struct error *error)
{
	static const cookie_io_functions_t functions = { .write = write_bytes,
		.close = close_file };
	char *temporary = NULL;
	int file = open_temporary(path, &temporary);

	if (file < 0) {
		return file_refuse(path, errno, error);
	}
	struct writer *writer = memory_new(1, sizeof(*writer));

	*writer = (struct writer){
		.stream = fopencookie(writer, "w", functions),
		.path = memory_text(path),
		.temporary = temporary,
		.file = file,
	};
	if (writer->stream == NULL) {
		int reason = errno;

		close(file);
		unlink(temporary);
		free_writer(writer);
		return file_refuse(path, reason, error);
	}
	*result = writer;
	return CNNVIZ_OK;
}

cnnviz_status writer_open_memory(const char *path, struct file_bytes *bytes,
		struct writer **result, struct error *error)
{
	struct writer *writer = memory_new(1, sizeof(*writer));

	writer->path = memory_text(path);
	writer->bytes = bytes;
	writer->stream = open_memstream(&writer->written.data, &writer->written.size);
	if (writer->stream == NULL) {
		free_writer(writer);
		return error_set(error, CNNVIZ_ERROR_MEMORY, "not enough memory for %s",
				path);
	}
	*result = writer;
	return CNNVIZ_OK;
}

static cnnviz_status commit_memory(struct writer *writer, struct error *error)
{
	bool failed = ferror(writer->stream) != 0;
	cnnviz_status status = CNNVIZ_OK;

	if (fclose(writer->stream) != 0 || failed) {
		free(writer->written.data);
		status = error_set(error, CNNVIZ_ERROR_MEMORY, "not enough memory for %s",
				writer->path);
	} else {
		*writer->bytes = writer->written;
	}
	free_writer(writer);
	return status;
}

cnnviz_status file_count_written(const char *path, uint64_t size, struct error *error)
{
	static atomic_uint_least64_t written;
	cnnviz_status status = limit_check(LIMIT_OUTPUT_BYTES,
			atomic_load(&written) + size, error,
			"cannot write %s: the results have", path);

	if (status == CNNVIZ_OK) {
		atomic_fetch_add(&written, size);
	}
	return status;
}

/** Count the bytes of a file that is to be kept. */
static cnnviz_status count_whole(const struct writer *writer, struct error *error)
{
	/* A failure sets the stream's flag. */
	off_t size = fflush(writer->stream) == 0 ? lseek(writer->file, 0, SEEK_END) : 0;

	return file_count_written(writer->path, size > 0 ? (uint64_t)size : 0, error);
}

cnnviz_status writer_commit(struct writer *writer, struct error *error)
{
	if (writer->bytes != NULL) {
		return commit_memory(writer, error);
	}
	cnnviz_status result = count_whole(writer, error);
	bool failed = ferror(writer->stream) != 0;

	if (result != CNNVIZ_OK) {
		writer_abort(writer);
		return result;
	}
	failed = fclose(writer->stream) != 0 || failed || writer->reason != 0;
	if (!failed && rename(writer->temporary, writer->path) != 0) {
		failed = true;
		writer->reason = errno;
	}
	if (failed) {
		unlink(writer->temporary);
		result = file_refuse(writer->path,
				writer->reason != 0 ? writer->reason : EIO, error);
	}
	free_writer(writer);
	return result;
}

/** Have the disk take what was written to a file's file system; false with errno if it fails */
static bool sync_all(int file)
{
#ifdef __linux__
	return syncfs(file) == 0;
#else
	return fsync(file) == 0;
#endif
}

/** Have the disk take the names of the files in a folder; false with errno if it fails */
static bool sync_names(const char *folder)
{
	int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* Where folders cannot be synchronized, names are as safe as they can be. */
	bool done = file >= 0 && (fsync(file) == 0 || errno == EINVAL);
	int reason = errno;

	if (file >= 0) {
		close(file);
	}
	errno = reason;
	return done;
}

cnnviz_status writer_commit_durably(struct writer *writer, struct error *error)
{
	char *path = memory_text(writer->path), *folder = path_folder(path);

	if (fflush(writer->stream) == 0 && !sync_all(writer->file)) {
		writer->reason = errno;
	}
	cnnviz_status status = writer_commit(writer, error);

	if (status == CNNVIZ_OK && !sync_names(folder)) {
		status = file_refuse(path, errno, error);
	}
	free(folder);
	free(path);
	return status;
}

void writer_abort(struct writer *writer)
{
	if (writer == NULL) {
		return;
	}
	fclose(writer->stream);
	if (writer->temporary != NULL) {
		unlink(writer->temporary);
	}
	free(writer->written.data);
	free_writer(writer);
}

cnnviz_status writer_lack_memory(struct writer *writer, struct error *error)
{
	error_set(error, CNNVIZ_ERROR_MEMORY, "not enough memory to write %s",
			writer->path);
	writer_abort(writer);
	return CNNVIZ_ERROR_MEMORY;
}

/* ---- Files of elsewhere --------------------------------------------------- */

/** Give a file another name in the same file system; false with errno if that is not possible */
static bool link_file(const char *from, const char *to)
{
	char *temporary = NULL;
	int result;

	do {
		free(temporary);
		temporary = temporary_name(to);
		result = link(from, temporary);
	} while (result != 0 && errno == EEXIST);
	bool done = result == 0 && rename(temporary, to) == 0;
	int reason = errno;

	/* Where it had that name already, renaming does nothing. */
	if (result == 0) {
		unlink(temporary);
	}
	free(temporary);
	errno = reason;
	return done;
}

static cnnviz_status copy_file(FILE *from, const char *to, struct error *error)
{
	struct writer *writer = NULL;
	char piece[65536];
	size_t length;
	cnnviz_status status = writer_open(to, &writer, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	while ((length = fread(piece, 1, sizeof(piece), from)) > 0) {
		fwrite(piece, 1, length, writer->stream);
	}
	if (ferror(from)) {
		writer_abort(writer);
		return error_set(error, CNNVIZ_ERROR_IO,
				"cannot write %s: what it is a "
				"copy of cannot be read",
				to);
	}
	return writer_commit(writer, error);
}

cnnviz_status file_bring(const char *from, const char *to, struct error *error)
{
	FILE *file;
	cnnviz_status status;

	if (link_file(from, to)) {
		return CNNVIZ_OK;
	}
	file = fopen(from, "re");
	if (file == NULL) {
		return error_set(error, CNNVIZ_ERROR_IO, "cannot read %s: %s", from,
				strerror(errno));
	}
	status = copy_file(file, to, error);
	fclose(file);
	return status;
}

/** Whether a name is one of open_temporary()'s, of one owner or, with 0, of any */
static bool is_temporary(const char *name, long wanted)
{
	long owner = 0;
	unsigned serial = 0;
	int length = 0;

	return sscanf(name, TEMPORARY_PREFIX "%u" TEMPORARY_SUFFIX "%n", &owner, &serial,
			       &length)
			== 2
			&& length > 0 && name[length] == '\0'
			&& (wanted == 0 || owner == wanted);
}

static void remove_stale(const char *path, long owner, int depth)
{
	DIR *folder = opendir(path);
	struct dirent *entry;

	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		char *inner = path_join(path, entry->d_name);
		struct stat status;

		if (is_temporary(entry->d_name, owner)) {
			unlink(inner);
		} else if (depth > 0 && entry->d_name[0] != '.'
				&& lstat(inner, &status) == 0
				&& S_ISDIR(status.st_mode)) {
			remove_stale(inner, owner, depth - 1);
		}
		free(inner);
	}
	if (folder != NULL) {
		closedir(folder);
	}
}

void writer_remove_stale(const char *path, long process, int depth)
{
	remove_stale(path, process != 0 ? owner_of(process) : 0, depth);
}

/* ---- Digests ----------------------------------------------------------- */

/** Bytes of a mapped file that are read before their pages are given back */
#define DIGEST_BLOCK ((size_t)1 << 20)

static void write_hex(const unsigned char digest[32], char hex[65])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < 32; i++) {
		hex[2 * i] = digits[digest[i] >> 4];
		hex[2 * i + 1] = digits[digest[i] & 15];
	}
	hex[64] = '\0';
}

void digest_sha256(const void *data, size_t size, char hex[65])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int length = 0;

	hex[0] = '\0';
	if (EVP_Digest(data, size, digest, &length, EVP_sha256(), NULL) && length == 32) {
		write_hex(digest, hex);
	}
}

void mapping_digest(const struct mapping *mapping, char hex[65])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int length = 0;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL);

	for (size_t at = 0; good && at < mapping->size; at += DIGEST_BLOCK) {
		const unsigned char *bytes = mapping->data + at;
		size_t left = mapping->size - at;
		size_t size = left < DIGEST_BLOCK ? left : DIGEST_BLOCK;

		good = EVP_DigestUpdate(context, bytes, size);
		mapping_release(mapping, bytes, size);
	}
	hex[0] = '\0';
	if (good && EVP_DigestFinal_ex(context, digest, &length) && length == 32) {
		write_hex(digest, hex);
	}
	EVP_MD_CTX_free(context);
}
