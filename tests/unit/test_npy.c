/**
 * \file    unit/test_npy.c
 * \brief   .npy files: what is written byte by byte, and what is refused
 */
#include <math.h>

#include "base/npy.h"
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

int main(void)
{
	CU_TestInfo tests[] = {
		{ "a written file is read back", written_file_is_read_back },
		{ "headers are read however they are laid out",
				headers_are_read_however_they_are_laid_out },
		{ "what cannot be read is refused", what_cannot_be_read_is_refused },
		{ "files that are no arrays are refused",
				files_that_are_no_arrays_are_refused },
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "npy", fixture_create, fixture_remove, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
