/**
 * \file    unit/test_npy.c
 * \brief   .npy files: what is written byte by byte, and what is refused
 */
#include <math.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/npy.h"
#include "base/npy_rows.h"
#include "base/tensor.h"
#include "support/cunit_main.h"
#include "unit/fixture.h"

static void written_file_is_read_back(void)
{
	const float data[] = { 0, -0.0f, 1.5f, -2, 1e-38f, INFINITY };
	const int64_t shape[] = { 1, 2, 3 };
	cnnviz_tensor *tensor = tensor_wrap(3, shape, data, NULL, NULL);
	cnnviz_tensor *back = NULL;
	const char *path = fixture_path("array.npy");
	struct error error = { 0 };

	CU_ASSERT_EQUAL(npy_write(path, tensor, &error), CNNVIZ_OK);
	CU_ASSERT_EQUAL_FATAL(npy_read(path, &back, &error), CNNVIZ_OK);
	CU_ASSERT_TRUE(tensor_same_shape(tensor, back));
	CU_ASSERT_EQUAL(memcmp(tensor_data(back), data, sizeof(data)), 0);
	tensor_unref(tensor);
	tensor_unref(back);
}

/** A .npy file of version 1.0 with a header and a number of zero bytes */
static const char *write_npy(const char *header, size_t size)
{
	static char file[1024];
	size_t length = strlen(header);

	memset(file, 0, sizeof(file));
	memcpy(file, "\x93NUMPY\x01\x00", 8);
	file[8] = (char)(length & 0xFF);
	file[9] = (char)(length >> 8);
	memcpy(file + 10, header, length);
	return fixture_write("given.npy", file, 10 + length + size);
}

static void headers_are_read_however_they_are_laid_out(void)
{
	static const char *const rows[] = {
		"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n",
		"{'shape':(2,3),'fortran_order':False,'descr':\"<f4\"}",
		" { 'fortran_order' : False , 'shape' : ( 2 , 3 , ) , 'descr':'<f4'} ",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		cnnviz_tensor *tensor = NULL;
		struct error error = { 0 };

		if (check_row(npy_read(write_npy(rows[i], 24), &tensor, &error)
						    == CNNVIZ_OK,
				    rows[i], error.text)) {
			CU_ASSERT_EQUAL(tensor_rank(tensor), 2);
			CU_ASSERT_EQUAL(tensor_count(tensor), 6);
		}
		tensor_unref(tensor);
	}
}

static void what_cannot_be_read_is_refused(void)
{
	static const struct {
		const char *header;
		size_t size;
		const char *text;
	} rows[] = {
		{ "{'descr': '<i8', 'fortran_order': False, 'shape': (1,)}", 8,
				"type \"<i8\"; save it with .astype(\"float32\")" },
		{ "{'descr': '=f4', 'fortran_order': False, 'shape': (1,)}", 8,
				"type \"=f4\"" },
		{ "{'descr': '<f44', 'fortran_order': False, 'shape': (1,)}", 8,
				"type \"<f44\"" },
		{ "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", 4,
				"not numbers of one type" },
		{ "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,)}", 4,
				"damaged header" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': ()}", 4,
				"shape ()" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (0,)}", 4,
				"shape (0)" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", 4,
				"shape that is damaged" },
		{ "{'descr': '<f4', 'fortran_order': False, "
		  "'shape': (1,1,1,1,1,1,1,1,1)}",
				4, "8 dimensions" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", 7,
				"exceeds the 1 elements in the file" },
		{ "{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}", 15,
				"exceeds the 1 elements in the file" },
		{ "{'descr': '<f4', 'fortran_order': False, "
		  "'shape': (4294967296, 4294967296)}",
				64, "elements in the file" },
		{ "{'descr': '<f4', 'fortran_order': False, "
		  "'shape': (99999999999999999999,)}",
				64, "shape that is damaged" },
		{ "{'descr': '<f4', 'fortran_order': False}", 4, "incomplete header" },
		{ "{'descr': '<f4', 'shape': (1,)}", 4, "incomplete header" },
		{ "{'more': 1}", 4, "damaged header" },
		{ "{'descr': '<f4", 4, "not numbers of one type" },
		{ "{'descr", 4, "damaged header" },
		{ "{", 4, "damaged header" },
		{ "", 4, "damaged header" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		cnnviz_tensor *tensor = NULL;
		struct error error = { 0 };

		check_row(npy_read(write_npy(rows[i].header, rows[i].size), &tensor,
					  &error)
						== CNNVIZ_ERROR_INPUT,
				rows[i].header, error.text);
		check_holds(error.text, rows[i].text, rows[i].header);
		check_holds(error.text, "given.npy", rows[i].header);
		CU_ASSERT_PTR_NULL(tensor);
	}
}

static void files_that_are_no_arrays_are_refused(void)
{
	static const struct {
		const char *row;
		const char *data;
		size_t size;
		const char *text;
	} rows[] = {
		{ "text", "This is not an array at all.", 28, "not a .npy file" },
		{ "magic alone", "\x93NUMPY", 6, "not a .npy file" },
		{ "version 9", "\x93NUMPY\x09\x00\x01\x00{}", 12, "unknown version" },
		{ "header cut off", "\x93NUMPY\x01\x00\xFF\xFF{}", 12, "cut off" },
		{ "long header cut off", "\x93NUMPY\x02\x00\xFF\xFF\xFF\xFF", 12,
				"cut off" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		cnnviz_tensor *tensor = NULL;
		struct error error = { 0 };

		fixture_write("bad.npy", rows[i].data, rows[i].size);
		check_row(npy_read(fixture_path("bad.npy"), &tensor, &error)
						== CNNVIZ_ERROR_INPUT,
				rows[i].row, error.text);
		check_holds(error.text, rows[i].text, rows[i].row);
	}
}

/* ---- Arrays that grow ---------------------------------------------------------- */

/** Rows of (2,3), the first value of which is their number */
static cnnviz_status append_row(struct npy_rows *rows, float first, struct error *error)
{
	const int64_t shape[] = { 2, 3 };
	const float data[] = { first, 1, 2, 3, 4, -0.0f };
	cnnviz_tensor *row = tensor_wrap(2, shape, data, NULL, NULL);
	int64_t number = -1;
	cnnviz_status status = npy_rows_append(rows, row, &number, error);

	CU_ASSERT_EQUAL(number, status == CNNVIZ_OK ? rows->shape[0] - 1 : -1);
	tensor_unref(row);
	return status;
}

/** Whether a file is an array of rows whose first values are these */
static void check_rows(const char *path, const float *first, int64_t count)
{
	cnnviz_tensor *all = NULL, *row = NULL;
	struct error error = { 0 };

	CU_ASSERT_EQUAL_FATAL(npy_read(path, &all, &error), CNNVIZ_OK);
	CU_ASSERT_EQUAL(tensor_rank(all), 3);
	CU_ASSERT_EQUAL(tensor_shape(all)[0], count);
	for (int64_t i = 0; i < count; i++) {
		CU_ASSERT_EQUAL_FATAL(npy_read_row(path, i, &row, &error), CNNVIZ_OK);
		CU_ASSERT_EQUAL(tensor_rank(row), 2);
		CU_ASSERT_EQUAL(tensor_data(row)[0], first[i]);
		CU_ASSERT_EQUAL(memcmp(tensor_data(row), tensor_data(all) + 6 * i,
						6 * sizeof(float)),
				0);
		tensor_unref(row);
	}
	CU_ASSERT_NOT_EQUAL(npy_read_row(path, count, &row, &error), CNNVIZ_OK);
	tensor_unref(all);
}

static void rows_are_appended_and_gone_on_with(void)
{
	const int64_t shape[] = { 2, 3 };
	const char *path = fixture_path("rows.npy");
	struct npy_rows rows;
	struct error error = { 0 };

	CU_ASSERT_EQUAL_FATAL(npy_rows_create(&rows, path, 2, shape, &error), CNNVIZ_OK);
	CU_ASSERT_EQUAL(append_row(&rows, 10, &error), CNNVIZ_OK);
	check_rows(path, (const float[]){ 10 }, 1);
	CU_ASSERT_EQUAL(append_row(&rows, 11, &error), CNNVIZ_OK);
	CU_ASSERT_EQUAL(npy_rows_pause(&rows, &error), CNNVIZ_OK);
	CU_ASSERT_EQUAL(append_row(&rows, 12, &error), CNNVIZ_OK);
	check_rows(path, (const float[]){ 10, 11, 12 }, 3);
	CU_ASSERT_EQUAL(npy_rows_close(&rows, &error), CNNVIZ_OK);

	CU_ASSERT_EQUAL_FATAL(npy_rows_open(&rows, path, 2, shape, 1, &error), CNNVIZ_OK);
	CU_ASSERT_EQUAL(append_row(&rows, 21, &error), CNNVIZ_OK);
	CU_ASSERT_EQUAL(npy_rows_close(&rows, &error), CNNVIZ_OK);
	check_rows(path, (const float[]){ 10, 21 }, 2);
}

static void rows_of_other_arrays_are_not_gone_on_with(void)
{
	static const int64_t shapes[][2] = { { 2, 3 }, { 3, 2 } };
	const char *path = fixture_path("rows.npy");
	struct npy_rows rows;
	struct error error = { 0 };

	CU_ASSERT_EQUAL_FATAL(npy_rows_create(&rows, path, 2, shapes[0], &error),
			CNNVIZ_OK);
	CU_ASSERT_EQUAL(append_row(&rows, 1, &error), CNNVIZ_OK);
	CU_ASSERT_EQUAL(npy_rows_close(&rows, &error), CNNVIZ_OK);
	CU_ASSERT_EQUAL(npy_rows_open(&rows, path, 2, shapes[0], 2, &error),
			CNNVIZ_ERROR_INPUT);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "1 rows, of which 2 are recorded"));
	CU_ASSERT_EQUAL(npy_rows_open(&rows, path, 2, shapes[1], 0, &error),
			CNNVIZ_ERROR_INPUT);
	CU_ASSERT_EQUAL(truncate(path, 129), 0);
	CU_ASSERT_EQUAL(npy_rows_open(&rows, path, 2, shapes[0], 0, &error),
			CNNVIZ_ERROR_INPUT);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "is cut off"));
}

/** What a full disk does: the last write takes some bytes, and the next none. */
static void rows_stay_whole_when_a_file_may_not_grow(void)
{
	const int64_t shape[] = { 2, 3 };
	const char *path = fixture_path("rows.npy");
	struct npy_rows rows;
	struct rlimit before, less;
	struct stat status;
	struct error error = { 0 };

	CU_ASSERT_EQUAL_FATAL(npy_rows_create(&rows, path, 2, shape, &error), CNNVIZ_OK);
	CU_ASSERT_EQUAL(append_row(&rows, 1, &error), CNNVIZ_OK);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	less = before;
	less.rlim_cur = rows.start + rows.row + 7;
	setrlimit(RLIMIT_FSIZE, &less);
	CU_ASSERT_EQUAL(append_row(&rows, 2, &error), CNNVIZ_ERROR_IO);
	setrlimit(RLIMIT_FSIZE, &before);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, path));
	CU_ASSERT_EQUAL(stat(path, &status), 0);
	CU_ASSERT_EQUAL((uint64_t)status.st_size, rows.start + rows.row);
	check_rows(path, (const float[]){ 1 }, 1);
	CU_ASSERT_EQUAL(append_row(&rows, 3, &error), CNNVIZ_OK);
	check_rows(path, (const float[]){ 1, 3 }, 2);
	npy_rows_close(&rows, &error);
}

/** The rows before the last one are a hole. */
static void rows_lie_behind_the_first_four_gigabytes(void)
{
	const int64_t extent = 1 << 18, before = 5000;
	const char *path = fixture_path("large.npy");
	cnnviz_tensor *row = tensor_create(1, &extent), *back = NULL;
	struct npy_rows rows;
	struct error error = { 0 };
	int64_t number = 0;

	tensor_mutable_data(row)[extent - 1] = 7;
	CU_ASSERT_EQUAL_FATAL(npy_rows_create(&rows, path, 1, &extent, &error),
			CNNVIZ_OK);
	rows.shape[0] = before;
	CU_ASSERT_EQUAL(npy_rows_append(&rows, row, &number, &error), CNNVIZ_OK);
	CU_ASSERT_EQUAL(number, before);
	CU_ASSERT_EQUAL(npy_rows_close(&rows, &error), CNNVIZ_OK);
	CU_ASSERT_EQUAL_FATAL(npy_read_row(path, before, &back, &error), CNNVIZ_OK);
	CU_ASSERT_EQUAL(tensor_data(back)[extent - 1], 7);
	tensor_unref(back);
	CU_ASSERT_EQUAL_FATAL(npy_read_row(path, before - 1, &back, &error), CNNVIZ_OK);
	CU_ASSERT_EQUAL(tensor_data(back)[extent - 1], 0);
	tensor_unref(back);
	tensor_unref(row);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "a written file is read back", written_file_is_read_back },
		{ "headers are read however they are laid out",
				headers_are_read_however_they_are_laid_out },
		{ "what cannot be read is refused", what_cannot_be_read_is_refused },
		{ "files that are no arrays are refused",
				files_that_are_no_arrays_are_refused },
		{ "rows are appended and gone on with",
				rows_are_appended_and_gone_on_with },
		{ "rows of other arrays are not gone on with",
				rows_of_other_arrays_are_not_gone_on_with },
		{ "rows stay whole when a file may not grow",
				rows_stay_whole_when_a_file_may_not_grow },
		{ "rows lie behind the first four gigabytes",
				rows_lie_behind_the_first_four_gigabytes },
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "npy", fixture_create, fixture_remove, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
