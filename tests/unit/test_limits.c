/**
 * \file    unit/test_limits.c
 * \brief   Limits: their table, defaults, and what is said beyond them
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "config/parameter.h"
#include "support/cunit_main.h"

static void table_is_complete(void)
{
	for (size_t i = 0; i < LIMIT_COUNT; i++) {
		const cnnviz_parameter *row = &limit_parameters[i];
		struct value value = { 0 };

		CU_ASSERT_PTR_NOT_NULL_FATAL(row->name);
		CU_ASSERT_STRING_EQUAL(row->name, limit_keys[i]);
		CU_ASSERT_EQUAL(strncmp(row->name, "limits.", 7), 0);
		CU_ASSERT_PTR_NOT_NULL(row->unit);
		CU_ASSERT_EQUAL(parameter_read(row, &(struct parameter_reading){ 0 },
						row->default_value, &value, NULL),
				CNNVIZ_OK);
		CU_ASSERT_EQUAL(limit_get((enum limit)i), value.integer);
		values_free(&value, 1);
	}
	CU_ASSERT_PTR_NULL(limit_keys[LIMIT_COUNT]);
}

static void limit_itself_is_allowed(void)
{
	struct error error = { CNNVIZ_OK, "" };

	limit_set(LIMIT_JOBS, 3);
	CU_ASSERT_EQUAL(limit_check(LIMIT_JOBS, 3, &error, "there are"), CNNVIZ_OK);
	CU_ASSERT_EQUAL(limit_check(LIMIT_JOBS, 4, &error, "in %s there are", "a.ini"),
			CNNVIZ_ERROR_INPUT);
	CU_ASSERT_STRING_EQUAL(error.text,
			"in a.ini there are more than 3 jobs; if that is meant, raise "
			"limits.jobs in [run]");
	limits_reset();
	CU_ASSERT_EQUAL(limit_check(LIMIT_JOBS, 4, &error, "there are"), CNNVIZ_OK);
}

static void product_that_overflows_is_beyond_any_limit(void)
{
	limit_set(LIMIT_TENSOR_BYTES,
			(int64_t)limit_parameters[LIMIT_TENSOR_BYTES].maximum);
	CU_ASSERT_EQUAL(limit_product(3, 5), 15);
	CU_ASSERT_EQUAL(limit_product(UINT64_MAX, 0), 0);
	CU_ASSERT_EQUAL(limit_check(LIMIT_TENSOR_BYTES,
					limit_product(UINT64_C(1) << 32,
							UINT64_C(1) << 32),
					NULL, "it has"),
			CNNVIZ_ERROR_INPUT);
	limits_reset();
}

int main(void)
{
	CU_TestInfo limits[] = {
		{ "the table is complete", table_is_complete },
		{ "the limit itself is allowed", limit_itself_is_allowed },
		{ "a product that overflows is beyond any limit",
				product_that_overflows_is_beyond_any_limit },
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "limits", NULL, NULL, NULL, NULL, limits },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
