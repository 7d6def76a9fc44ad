/**
 * \file    unit/test_lines.c
 * \brief   Lines from pieces of any length, without lines that are too long
 */
#include "base/lines.h"

#include "base/memory.h"
#include "support/cunit_main.h"
#include "unit/fixture.h"

static char *seen;

/* Lines between brackets; a NUL in one shows as a 0 */
static void see(void *context, char *text, size_t length)
{
	CU_ASSERT_PTR_EQUAL(context, &seen);
	CU_ASSERT_EQUAL(text[length], '\0');
	for (size_t i = 0; i < length; i++) {
		text[i] = text[i] == '\0' ? '0' : text[i];
	}
	char *more = memory_format("%s[%s]", seen, text);

	free(seen);
	seen = more;
}

static void lines_do_not_depend_on_the_pieces(void)
{
	static const char text[] = "one\n\ntwo\0\nthree\nrest";
	size_t length = sizeof(text) - 1;

	for (size_t piece = 1; piece <= length; piece++) {
		struct lines lines = { .longest = 5, .line = see, .context = &seen };

		seen = memory_text("");
		for (size_t i = 0; i < length; i += piece) {
			size_t left = length - i;

			CU_ASSERT_TRUE(lines_feed(&lines, text + i,
					left < piece ? left : piece));
		}
		check_text(seen, "[one][][two0][three]", "lines");
		CU_ASSERT_FALSE(lines_finish(&lines));
		free(seen);
	}
}

static void nothing_is_left_after_the_last_end(void)
{
	struct lines lines = { .longest = 5, .line = see, .context = &seen };

	seen = memory_text("");
	CU_ASSERT_TRUE(lines_feed(&lines, "a\n", 2));
	CU_ASSERT_TRUE(lines_finish(&lines));
	free(seen);
}

static void a_line_that_is_too_long_ends_it(void)
{
	for (size_t piece = 1; piece <= 16; piece++) {
		static const char text[] = "12345\n123456\nthen\n";
		struct lines lines = { .longest = 5, .line = see, .context = &seen };
		bool well = true;

		seen = memory_text("");
		for (size_t i = 0; i < sizeof(text) - 1; i += piece) {
			size_t left = sizeof(text) - 1 - i;

			well = lines_feed(&lines, text + i, left < piece ? left : piece);
		}
		CU_ASSERT_FALSE(well);
		check_text(seen, "[12345]", "lines");
		CU_ASSERT_FALSE(lines_finish(&lines));
		free(seen);
	}
}

static void a_line_without_an_end_takes_little_memory(void)
{
	static char piece[4096];
	struct lines lines = { .longest = 1 << 16, .line = see, .context = &seen };

	memset(piece, 'x', sizeof(piece));
	for (int i = 0; i < 1000; i++) {
		lines_feed(&lines, piece, sizeof(piece));
		CU_ASSERT_TRUE(lines.room <= 2 * ((1 << 16) + 1));
	}
	CU_ASSERT_TRUE(lines.overlong);
	lines_finish(&lines);
}

static CU_TestInfo tests[] = {
	{ "lines do not depend on the pieces", lines_do_not_depend_on_the_pieces },
	{ "nothing is left after the last end", nothing_is_left_after_the_last_end },
	{ "a line that is too long ends it", a_line_that_is_too_long_ends_it },
	{ "a line without an end takes little memory",
			a_line_without_an_end_takes_little_memory },
	CU_TEST_INFO_NULL,
};

static const CU_SuiteInfo suites[] = {
	{ "lines", NULL, NULL, NULL, NULL, tests },
	CU_SUITE_INFO_NULL,
};

int main(void)
{
	return cunit_run(suites);
}
