/* Every operation's row holds together, whatever operations there are. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "config/value.h"
#include "graph/settings.h"
#include "support/cunit_main.h"

static void names_are_words_of_their_own(void)
{
	const struct operation *operation;

	for (size_t i = 0; (operation = operation_at(i)) != NULL; i++) {
		CU_ASSERT_PTR_EQUAL(operation_find(operation->name), operation);
		CU_ASSERT_STRING_NOT_EQUAL(operation->name, operation_input.name);
		CU_ASSERT_PTR_NULL(strpbrk(operation->name, "= \t.,"));
	}
	CU_ASSERT_PTR_NULL(operation_find("no_operation"));
}

/** Whether the tables of parameters would take a setting in a plugin */
static void check_setting(const struct operation *operation,
		const struct operation_setting *setting)
{
	const cnnviz_parameter *parameter = &setting->parameter;
	bool must = (parameter->flags & CNNVIZ_PARAMETER_REQUIRED) != 0;
	struct error error = { .text = "" };

	CU_ASSERT_EQUAL(parameters_check(parameter, 1, &error), CNNVIZ_OK);
	if (error.text[0] != '\0') {
		fprintf(stderr, "%s: %s\n", operation->name, error.text);
	}
	CU_ASSERT_PTR_EQUAL(operation_setting_find(operation, parameter->name), setting);
	CU_ASSERT_STRING_NOT_EQUAL(parameter->name, "from");
	CU_ASSERT_TRUE(must || parameter->default_value != NULL || setting->like != NULL);
	CU_ASSERT_TRUE(setting->count < 2 || setting->numbers != NULL);
	if (setting->like != NULL) {
		const struct operation_setting *model = operation_setting_find(operation,
				setting->like);

		CU_ASSERT_PTR_NOT_NULL_FATAL(model);
		CU_ASSERT_EQUAL(model->parameter.type, parameter->type);
		CU_ASSERT_EQUAL(model->count, setting->count);
	}
}

static void settings_are_sound_and_have_a_value(void)
{
	const struct operation *operation;

	for (size_t i = 0; (operation = operation_at(i)) != NULL; i++) {
		const struct operation_setting *const *setting = operation->settings;

		for (; setting != NULL && *setting != NULL; setting++) {
			check_setting(operation, *setting);
		}
	}
}

/** Weights are either multiplied, and have a fan-in, or say what to normalize by. */
static void operations_with_weights_can_be_made_random(void)
{
	const struct operation *operation;

	for (size_t i = 0; (operation = operation_at(i)) != NULL; i++) {
		bool normalizes = (operation->flags & OPERATION_NORMALIZES) != 0;
		bool weighted = operation->weight_shape != NULL;

		CU_ASSERT_EQUAL(weighted, normalizes || operation->fan_in != NULL);
		CU_ASSERT_FALSE(normalizes && operation->fan_in != NULL);
	}
}

static void numbers_fill_their_places_evenly(void)
{
	static const struct {
		const char *text;
		int64_t padding[4]; /* -1: refused */
	} cases[] = {
		{ "3", { 3, 3, 3, 3 } },
		{ "1,2", { 1, 1, 2, 2 } },
		{ "1,2,3,4", { 1, 2, 3, 4 } },
		{ "1,2,3", { -1 } },
		{ "1,2,3,4,5,6,7,8", { -1 } },
		{ "", { -1 } },
		{ "1,x", { -1 } },
	};
	const struct operation *operation = operation_find("conv2d");
	const struct operation_setting *setting = operation_setting_find(operation,
			"padding");

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct graph_settings settings = settings_default(operation);
		struct error error;
		cnnviz_status status = settings_read(setting, cases[i].text, &settings,
				&error);

		CU_ASSERT_EQUAL(status == CNNVIZ_OK, cases[i].padding[0] >= 0);
		CU_ASSERT_FALSE(settings.padding_same);
		for (int k = 0; status == CNNVIZ_OK && k < 4; k++) {
			CU_ASSERT_EQUAL(settings.padding[k], cases[i].padding[k]);
		}
	}
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "names are words of their own", names_are_words_of_their_own },
		{ "settings are sound and have a value",
				settings_are_sound_and_have_a_value },
		{ "operations with weights can be made random",
				operations_with_weights_can_be_made_random },
		{ "numbers fill their places evenly", numbers_fill_their_places_evenly },
		CU_TEST_INFO_NULL,
	};
	static const CU_SuiteInfo suites[] = {
		{ "operations", NULL, NULL, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
