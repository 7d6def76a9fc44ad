/**
 * \file    unit/test_text.c
 * \brief   Nearest names
 */
#include "base/text.h"
#include "support/cunit_main.h"
#include "unit/fixture.h"

static const char *const names[] = {
	"layer",
	"filter",
	"technique",
	"noise_level",
	"iterations",
	"samples",
	NULL,
};

static void nearest_name_is_found(void)
{
	static const struct {
		const char *written;
		const char *meant;
	} rows[] = {
		{ "lyer", "layer" },
		{ "layers", "layer" },
		{ "alyer", "layer" },
		{ "LAYER", "layer" },
		{ "filtre", "filter" },
		{ "techniqeu", "technique" },
		{ "noiselevel", "noise_level" },
		{ "noise-levle", "noise_level" },
		{ "itterasion", "iterations" },
		{ "sample", "samples" },
		{ "color", NULL },
		{ "x", NULL },
		{ "", NULL },
		{ "qqqqq", NULL },
		{ "iterations_of_the_optimizer", NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		check_text(text_nearest(rows[i].written, text_from_array, names),
				rows[i].meant, rows[i].written);
	}
}

static void limit_is_a_third_of_the_length_but_at_least_two(void)
{
	static const char *const one[] = { "abcdefghijkl", NULL };
	static const struct {
		const char *written;
		bool near;
	} rows[] = {
		{ "abcdefgh____", true },
		{ "abcdefg_____", false },
		{ "____efghijkl", true },
		{ "abcdefghijkl____", true },
		{ "abcdefgh", false },
	};
	static const char *const few[] = { "abc", NULL };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *found = text_nearest(rows[i].written, text_from_array, one);

		check_row((found != NULL) == rows[i].near, rows[i].written, found);
	}
	CU_ASSERT_PTR_NOT_NULL(text_nearest("a__", text_from_array, few));
	CU_ASSERT_PTR_NULL(text_nearest("___", text_from_array, few));
	CU_ASSERT_PTR_NULL(text_nearest("_", text_from_array, few));
}

static void nearer_and_then_earlier_wins(void)
{
	static const char *const similar[] = { "conv1", "conv2", "conv22", NULL };

	check_text(text_nearest("conv3", text_from_array, similar), "conv1", "conv3");
	check_text(text_nearest("conv23", text_from_array, similar), "conv2", "conv23");
	check_text(text_nearest("conv222", text_from_array, similar), "conv22",
			"conv222");
}

static void long_text_is_no_trouble(void)
{
	char *text = malloc(100001);

	memset(text, 'x', 100000);
	text[100000] = '\0';
	CU_ASSERT_PTR_NULL(text_nearest(text, text_from_array, names));
	free(text);
}

static void every_byte_comes_back_from_utf8(void)
{
	static const struct {
		const char *text, *escaped;
	} rows[] = {
		{ "", "" },
		{ "plain \x01 \xC3\xA4 \xF0\x9F\x90\xB1",
				"plain \x01 \xC3\xA4 \xF0\x9F\x90\xB1" },
		{ "caf\xE9", "caf\xEE\xBF\xA9" },
		{ "\x80\xFF", "\xEE\xBE\x80\xEE\xBF\xBF" },
		{ "cut \xE2\x82", "cut \xEE\xBF\xA2\xEE\xBE\x82" },
		{ "\xEE\xBE\x80", "\xEE\xBF\xAE\xEE\xBE\xBE\xEE\xBE\x80" },
		{ "\xEE\xBD\xBF\xEF\x80\x80", "\xEE\xBD\xBF\xEF\x80\x80" },
		{ "\xEE\xBE", "\xEE\xBF\xAE\xEE\xBE\xBE" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *escaped = text_escape(rows[i].text);
		char *back = text_unescape(escaped);

		check_text(escaped, rows[i].escaped, rows[i].text);
		check_text(back, rows[i].text, rows[i].text);
		free(escaped);
		free(back);
	}
}

static void any_two_bytes_are_utf8_once_they_are_escaped(void)
{
	for (int i = 1; i < 65536; i++) {
		char text[3] = { (char)(i >> 8), (char)i, '\0' };
		char *escaped = text_escape(text);
		char *valid = text_utf8(escaped);
		char *back = text_unescape(escaped);

		CU_ASSERT_STRING_EQUAL(valid, escaped);
		CU_ASSERT_STRING_EQUAL(back, text);
		free(escaped);
		free(valid);
		free(back);
	}
}

static void parts_of_file_names_have_safe_bytes_and_a_limit(void)
{
	static const struct {
		const char *text;
		size_t most;
		const char *part;
	} rows[] = {
		{ "features.7-12", 48, "features.7-12" },
		{ "potted plant/tv", 48, "potted_plant_tv" },
		{ "gn\xC3\xBC", 48, "gn__" },
		{ "layer-12", 5, "er-12" },
		{ "", 5, "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *part = text_file_part(rows[i].text, rows[i].most);

		CU_ASSERT_STRING_EQUAL(part, rows[i].part);
		free(part);
	}
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "the nearest name is found", nearest_name_is_found },
		{ "the limit is a third of the length but at least two",
				limit_is_a_third_of_the_length_but_at_least_two },
		{ "the nearer, and then the earlier name wins",
				nearer_and_then_earlier_wins },
		{ "long text is no trouble", long_text_is_no_trouble },
		{ "every byte comes back from UTF-8", every_byte_comes_back_from_utf8 },
		{ "any two bytes are UTF-8 once they are escaped",
				any_two_bytes_are_utf8_once_they_are_escaped },
		{ "parts of file names have safe bytes and a limit",
				parts_of_file_names_have_safe_bytes_and_a_limit },
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "text", NULL, NULL, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
