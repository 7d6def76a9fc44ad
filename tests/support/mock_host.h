/**
 * \file    support/mock_host.h
 * \brief   Short names for cnnviz/test.h in tests of techniques
 */
#ifndef SUPPORT_MOCK_HOST_H
#define SUPPORT_MOCK_HOST_H

#include <cnnviz/test.h>

#define mock_value cnnviz_test_value
#define mock_maps cnnviz_test_maps
#define mock_artifact cnnviz_test_artifact
#define mock_host cnnviz_test_host
#define mock_find cnnviz_test_find
#define mock_forget cnnviz_test_forget
#define mock_limit_tensors cnnviz_test_limit_tensors
#define MOCK_WARNINGS_MAX CNNVIZ_TEST_WARNINGS_MAX
#define MOCK_ARTIFACTS_MAX CNNVIZ_TEST_ARTIFACTS_MAX
#define MOCK_ITEMS_MAX CNNVIZ_TEST_ITEMS_MAX

#endif
