/**
 * \file    base/npy_rows.h
 * \brief   Arrays in .npy files that grow row by row
 *
 * Whenever the program ends, the file is a .npy file of all rows that were appended until then:
 * a row is written behind the others first, and counted in the file's header after that.
 */
#ifndef BASE_NPY_ROWS_H
#define BASE_NPY_ROWS_H

#include "base/error.h"

/** An array of float32, (count,...), in the file at a path */
struct npy_rows {
	char *path;
	int file; /* -1: not open */
	uint32_t rank;
	int64_t shape[CNNVIZ_MAX_RANK]; /* the first is the number of rows */
	uint64_t start, row;            /* bytes before the first row, and of one */
};

/** Whether arrays of so many extents can be rows */
bool npy_rows_can_hold(uint32_t rank);

/**
 * \brief   Create a file without rows in place of any of that name
 *
 * \param   rank, shape Of a row; npy_rows_can_hold() it
 */
cnnviz_status npy_rows_create(struct npy_rows *rows, const char *path, uint32_t rank,
		const int64_t *shape, struct error *error);

/**
 * \brief   Go on with a file that has been created so
 *
 * \param   count   Rows to keep; those behind them are overwritten by what is appended
 *
 * \return  CNNVIZ_ERROR_INPUT if the file is none of this shape, or has fewer rows
 */
cnnviz_status npy_rows_open(struct npy_rows *rows, const char *path, uint32_t rank,
		const int64_t *shape, int64_t count, struct error *error);

/**
 * \brief   Append a row, whose shape is that of all
 *
 * \param   number  Set to the row's, from 0
 *
 * \return  If it cannot be written, the file has the rows that it had.
 */
cnnviz_status npy_rows_append(struct npy_rows *rows, const cnnviz_tensor *row,
		int64_t *number, struct error *error);

/** Close the file until a row is appended; reports what an earlier write has failed by. */
cnnviz_status npy_rows_pause(struct npy_rows *rows, struct error *error);

/** Close the file, and free the path. */
cnnviz_status npy_rows_close(struct npy_rows *rows, struct error *error);

#endif
