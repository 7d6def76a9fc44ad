/**
 * \file    base/npy_rows.c
 * \brief   Arrays in .npy files that grow row by row
 */
#include "base/npy_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/npy.h"
#include "base/tensor.h"

/** Digits of the largest number of rows */
#define DIGITS 19

bool npy_rows_can_hold(uint32_t rank)
{
	return rank < CNNVIZ_MAX_RANK;
}

/** The header for a number of rows; it has the same size for all. */
static size_t format_header(const struct npy_rows *rows, int64_t count,
		char header[NPY_HEADER_SIZE])
{
	int64_t shape[CNNVIZ_MAX_RANK];
	int used = snprintf(NULL, 0, "%lld", (long long)count);

	memcpy(shape, rows->shape, rows->rank * sizeof(*shape));
	shape[0] = count;
	return npy_format_header(rows->rank, shape, (size_t)(DIGITS - used), header);
}

/** Describe an array without rows; its file is not open. */
static struct npy_rows describe(const char *path, uint32_t rank, const int64_t *shape)
{
	struct npy_rows rows = { .path = memory_text(path),
		.file = -1,
		.rank = rank + 1,
		.row = sizeof(float) };
	char header[NPY_HEADER_SIZE];

	for (uint32_t i = 0; i < rank; i++) {
		rows.shape[i + 1] = shape[i];
		rows.row *= (uint64_t)shape[i];
	}
	rows.start = format_header(&rows, 0, header);
	return rows;
}

/** Write bytes at a place; 0, or errno */
static int write_at(int file, const void *bytes, size_t size, uint64_t place)
{
	size_t done = 0;

	while (done < size) {
		ssize_t written = pwrite(file, (const char *)bytes + done, size - done,
				(off_t)(place + done));

		if (written >= 0) {
			done += (size_t)written;
		} else if (errno != EINTR) {
			return errno;
		}
	}
	return 0;
}

static cnnviz_status open_file(struct npy_rows *rows, struct error *error)
{
	if (rows->file < 0) {
		rows->file = open(rows->path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	}
	return rows->file >= 0 ? CNNVIZ_OK : file_refuse(rows->path, errno, error);
}

cnnviz_status npy_rows_create(struct npy_rows *rows, const char *path, uint32_t rank,
		const int64_t *shape, struct error *error)
{
	struct writer *writer;
	char header[NPY_HEADER_SIZE];
	cnnviz_status status = writer_open(path, &writer, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	*rows = describe(path, rank, shape);
	fwrite(header, 1, format_header(rows, 0, header), writer->stream);
	status = writer_commit(writer, error);
	if (status == CNNVIZ_OK) {
		status = open_file(rows, error);
	}
	if (status != CNNVIZ_OK) {
		free(rows->path);
	}
	return status;
}

/** Whether the file of an array has its form and at least so many rows */
static cnnviz_status check_file(const struct npy_rows *rows, int64_t count,
		struct error *error)
{
	int64_t shape[CNNVIZ_MAX_RANK];
	uint32_t rank;
	size_t start;
	cnnviz_status status = npy_measure(rows->path, &rank, shape, &start, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (start != rows->start || rank != rows->rank
			|| memcmp(shape + 1, rows->shape + 1, (rank - 1) * sizeof(*shape))
					!= 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"%s is not the array that this run has begun with",
				rows->path);
	}
	return shape[0] >= count
			? CNNVIZ_OK
			: error_set(error, CNNVIZ_ERROR_INPUT,
					"%s has %lld rows, of which %lld are recorded",
					rows->path, (long long)shape[0],
					(long long)count);
}

cnnviz_status npy_rows_open(struct npy_rows *rows, const char *path, uint32_t rank,
		const int64_t *shape, int64_t count, struct error *error)
{
	struct npy_rows found = describe(path, rank, shape);
	cnnviz_status status = check_file(&found, count, error);

	if (status == CNNVIZ_OK) {
		status = open_file(&found, error);
	}
	if (status != CNNVIZ_OK) {
		free(found.path);
		return status;
	}
	found.shape[0] = count;
	*rows = found;
	return CNNVIZ_OK;
}

cnnviz_status npy_rows_append(struct npy_rows *rows, const cnnviz_tensor *row,
		int64_t *number, struct error *error)
{
	char header[NPY_HEADER_SIZE];
	uint64_t end = rows->start + rows->row * (uint64_t)rows->shape[0];
	cnnviz_status status = file_count_written(rows->path, rows->row, error);

	if (status == CNNVIZ_OK) {
		status = open_file(rows, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	int reason = write_at(rows->file, tensor_data(row), rows->row, end);

	if (reason == 0) {
		size_t size = format_header(rows, rows->shape[0] + 1, header);

		reason = write_at(rows->file, header, size, 0);
	}
	if (reason != 0) {
		/* The room of half a row is for others; without that the file is whole, too. */
		(void)!ftruncate(rows->file, (off_t)end);
		return file_refuse(rows->path, reason, error);
	}
	*number = rows->shape[0]++;
	return CNNVIZ_OK;
}

cnnviz_status npy_rows_pause(struct npy_rows *rows, struct error *error)
{
	int result = rows->file >= 0 ? close(rows->file) : 0;

	rows->file = -1;
	return result == 0 ? CNNVIZ_OK : file_refuse(rows->path, errno, error);
}

cnnviz_status npy_rows_close(struct npy_rows *rows, struct error *error)
{
	cnnviz_status status = npy_rows_pause(rows, error);

	free(rows->path);
	rows->path = NULL;
	return status;
}
