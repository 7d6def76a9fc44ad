/* Every operation's row is consistent, whatever operations there are; the memory that
 * rows tell of. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "config/value.h"
#include "graph/estimate.h"
#include "graph/import_ini.h"
#include "graph/settings.h"
#include "model/scratch.h"
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

/* ---- Memory -------------------------------------------------------------------- */

#define NETWORK "[network]\ninput_size = 4\n[layers]\n"

/* Bytes for one item; float32 has 4, an index 8 */
static const struct {
	const char *layers;
	double forward, backward;
} memory_cases[] = {
	/* input 3x4x4 192, a 128; b in place of the input; then the gradient of a in two
	 * orders and that of the input, beside b and the result */
	{ "a = conv2d out=2 kernel=1\nb = relu\nc = flatten\n", 320, 128 + 448 },
	/* b keeps 8 indices, d 20 bytes; the gradients of a and the input come on top of
	 * a (for its relu), the indices and the result */
	{ "a = conv2d out=2 kernel=1\na2 = relu\nb = max_pool2d kernel=2\nc = flatten\n"
	  "d = linear out=5\n",
			320, 128 + 64 + 20 + 448 },
	/* silu keeps what it gets, a sum nothing: a, b, c while c is computed */
	{ "a = conv2d out=2 kernel=1\nb = silu\nc = add from=a,b\nd = flatten\n", 384,
			128 + 128 + 512 },
	/* the copy with uneven padding around it, 3x5x5 */
	{ "a = conv2d out=1 kernel=2 padding=0,1,0,1\nb = flatten\n", 192 + 64 + 300,
			192 + 64 + 300 },
	/* values that are handed on as they are take nothing */
	{ "a = dropout\nb = dropout\nc = flatten\n", 192, 192 * 4 },
};

static void memory_is_estimated(void)
{
	for (size_t i = 0; i < sizeof(memory_cases) / sizeof(*memory_cases); i++) {
		struct problems problems = { NULL, 0 };
		char *text = memory_format("%s%s", NETWORK, memory_cases[i].layers);
		char *path = scratch_text("net.ini", text);
		struct graph *graph = graph_import_ini(path, NULL, NULL, &problems);
		struct graph_shape shapes[8];
		struct error error;

		CU_ASSERT_PTR_NOT_NULL_FATAL(graph);
		CU_ASSERT_EQUAL(graph_infer(graph, 4, 4, shapes, &error), CNNVIZ_OK);
		CU_ASSERT_EQUAL(graph_memory(graph, shapes, 1, false),
				memory_cases[i].forward);
		CU_ASSERT_EQUAL(graph_memory(graph, shapes, 1, true),
				memory_cases[i].backward);
		CU_ASSERT_EQUAL(graph_memory(graph, shapes, 8, true),
				8 * memory_cases[i].backward);
		if (graph_memory(graph, shapes, 1, true) != memory_cases[i].backward) {
			fprintf(stderr, "%s: %g and %g\n", memory_cases[i].layers,
					graph_memory(graph, shapes, 1, false),
					graph_memory(graph, shapes, 1, true));
		}
		graph_free(graph);
		free(path);
		free(text);
	}
}

static void memory_is_that_of_what_is_run(void)
{
	struct problems problems = { NULL, 0 };
	char *path = scratch_text("net.ini",
			NETWORK "a = conv2d out=2 kernel=1\nb = relu\n"
				"c = conv2d out=9 kernel=1\nd = flatten\n");
	struct graph *graph = graph_import_ini(path, NULL, NULL, &problems);
	const int32_t last = 2;
	struct graph_shape shapes[8];
	struct error error;

	CU_ASSERT_PTR_NOT_NULL_FATAL(graph);
	CU_ASSERT_EQUAL(graph_infer_part(graph, 4, 4, 1, &last, shapes, &error),
			CNNVIZ_OK);
	CU_ASSERT_EQUAL(graph_memory(graph, shapes, 1, false), 320);
	graph_free(graph);
	free(path);
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
		{ "memory is estimated", memory_is_estimated },
		{ "memory is that of what is run", memory_is_that_of_what_is_run },
		CU_TEST_INFO_NULL,
	};
	static const CU_SuiteInfo suites[] = {
		{ "operations", scratch_open, scratch_close, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
