/**
 * \file    support/cunit_main.h
 * \brief   Exit status for CUnit programs, which CUnit does not set correctly
 *
 * 0 passed, 1 failed (also: a suite whose setup failed, or no test run), 99 the setup
 * failed.
 */
#ifndef SUPPORT_CUNIT_MAIN_H
#define SUPPORT_CUNIT_MAIN_H

#include <stdint.h>

#include <CUnit/Basic.h>

/** Run every suite of a NULL-terminated table. */
static int cunit_run(const CU_SuiteInfo *suites)
{
	int status = 99;

	if (CU_initialize_registry() != CUE_SUCCESS) {
		return 99;
	}
	if (CU_register_suites((CU_SuiteInfo *)(uintptr_t)suites) == CUE_SUCCESS) {
		CU_basic_set_mode(CU_BRM_NORMAL);
		CU_ErrorCode code = CU_basic_run_tests();
		status = code != CUE_SUCCESS || CU_get_number_of_failures() > 0
				|| CU_get_number_of_suites_failed() > 0
				|| CU_get_number_of_tests_run() == 0;
	}
	CU_cleanup_registry();
	return status;
}

#endif
