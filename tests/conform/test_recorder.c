/*
 * The services of a conformance run wrap all services of a run: none is missing, and
 * each that can fail is counted and can be made to fail.
 */
#include <stdio.h>

#include "conform/recorder.h"
#include "host/services.h"
#include "support/cunit_main.h"
#include "support/host_tables.h"

/** What cannot fail, and so is passed on as it is; everything else is watched */
static const struct {
	const char *table;
	size_t offset;
} unwatched[] = {
#define MEMBER(table, type, member) \
	{ \
		table, offsetof(type, member) \
	}
	MEMBER("tensor", cnnviz_tensor_api, ref),
	MEMBER("tensor", cnnviz_tensor_api, unref),
	MEMBER("tensor", cnnviz_tensor_api, rank),
	MEMBER("tensor", cnnviz_tensor_api, shape),
	MEMBER("tensor", cnnviz_tensor_api, count),
	MEMBER("tensor", cnnviz_tensor_api, data),
	MEMBER("tensor", cnnviz_tensor_api, mutable_data),
	MEMBER("parameter", cnnviz_parameter_api, is_set),
	MEMBER("parameter", cnnviz_parameter_api, boolean),
	MEMBER("parameter", cnnviz_parameter_api, integer),
	MEMBER("parameter", cnnviz_parameter_api, real),
	MEMBER("parameter", cnnviz_parameter_api, text),
	MEMBER("parameter", cnnviz_parameter_api, list_count),
	MEMBER("parameter", cnnviz_parameter_api, list_integer),
	MEMBER("parameter", cnnviz_parameter_api, list_real),
	MEMBER("parameter", cnnviz_parameter_api, list_text),
	MEMBER("model", cnnviz_model_api, name),
	MEMBER("model", cnnviz_model_api, find_layer),
	MEMBER("model", cnnviz_model_api, layer_count),
	MEMBER("model", cnnviz_model_api, layer_name),
	MEMBER("model", cnnviz_model_api, layer_operation),
	MEMBER("model", cnnviz_model_api, layer_shape),
	MEMBER("model", cnnviz_model_api, layer_inputs),
	MEMBER("model", cnnviz_model_api, layer_setting),
	MEMBER("model", cnnviz_model_api, layer_weight),
	MEMBER("model", cnnviz_model_api, side_layers),
	MEMBER("model", cnnviz_model_api, attention_shape),
	MEMBER("model", cnnviz_model_api, attention_grid),
	MEMBER("model", cnnviz_model_api, class_count),
	MEMBER("model", cnnviz_model_api, class_name),
	MEMBER("model", cnnviz_model_api, normalization),
	MEMBER("model", cnnviz_model_api, batch),
	MEMBER("model", cnnviz_model_api, use),
	MEMBER("model", cnnviz_model_api, unref),
	MEMBER("pass", cnnviz_pass_api, activation),
	MEMBER("pass", cnnviz_pass_api, unref),
	MEMBER("image", cnnviz_image_api, class_color),
	MEMBER("random", cnnviz_random_api, unref),
	MEMBER("random", cnnviz_random_api, uniform),
	MEMBER("random", cnnviz_random_api, normal),
	MEMBER("optimize", cnnviz_optimize_api, defaults),
	MEMBER("host", cnnviz_host, parameter),
	MEMBER("host", cnnviz_host, fail),
	MEMBER("host", cnnviz_host, warn),
	MEMBER("host", cnnviz_host, log),
	MEMBER("host", cnnviz_host, progress),
	MEMBER("host", cnnviz_host, canceled),
	MEMBER("host", cnnviz_host, job_data),
#undef MEMBER
};

static bool is_unwatched(const struct host_table *table, size_t member)
{
	for (size_t i = 0; i < sizeof(unwatched) / sizeof(*unwatched); i++) {
		if (strcmp(unwatched[i].table, table->name) == 0
				&& unwatched[i].offset
						== table->first + member * sizeof(void *)) {
			return true;
		}
	}
	return false;
}

static void tell(const char *table, size_t member)
{
	printf("\n    %s: member %zu is missing\n", table, member);
}

static void a_run_has_all_services(void)
{
	CU_ASSERT_EQUAL(host_tables_missing(&host_services, tell), 0);
}

static void a_conformance_run_has_all_services(void)
{
	const struct recorder_faults none = { 0 };

	CU_ASSERT_EQUAL(host_tables_missing(recorder_start(&none), tell), 0);
}

static void what_can_fail_is_watched_and_nothing_else(void)
{
	const struct recorder_faults none = { 0 };
	struct host_table real[HOST_TABLE_COUNT], watched[HOST_TABLE_COUNT];

	host_tables(&host_services, real);
	host_tables(recorder_start(&none), watched);
	for (size_t t = 0; t < HOST_TABLE_COUNT; t++) {
		for (size_t i = 0; i < host_table_members(&real[t]); i++) {
			bool same = host_table_member(&real[t], i)
					== host_table_member(&watched[t], i);

			if (same != is_unwatched(&real[t], i)) {
				printf("\n    %s: member %zu is %s\n", real[t].name, i,
						same ? "not watched" : "watched");
				CU_FAIL("the recorder watches the wrong services");
			}
		}
	}
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "a run has all services", a_run_has_all_services },
		{ "a conformance run has all services",
				a_conformance_run_has_all_services },
		{ "what can fail is watched, and nothing else",
				what_can_fail_is_watched_and_nothing_else },
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "services", NULL, NULL, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
