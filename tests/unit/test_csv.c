/**
 * \file    unit/test_csv.c
 * \brief   Comma-separated values, after the examples of RFC 4180, section 2
 */
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/memory.h"
#include "support/cunit_main.h"

/** "LINE:field|field LINE:..." of a text, then the error if there is one; malloc'ed */
static char *read_all(const char *text)
{
	struct csv csv = { .at = text, .end = text + strlen(text), .line = 1 };
	struct csv_record record = { 0 };
	struct error error;
	char *all = memory_text("");

	while (csv_next(&csv, &record, &error)) {
		for (size_t i = 0; i < record.count; i++) {
			char *longer = i > 0
					? memory_format("%s|%s", all, record.fields[i])
					: memory_format("%s%s%d:%s", all,
							*all != '\0' ? " " : "",
							record.line, record.fields[i]);

			free(all);
			all = longer;
		}
	}
	if (error.status != CNNVIZ_OK) {
		char *longer = memory_format("%s !%d %s", all, record.line, error.text);

		free(all);
		all = longer;
	}
	csv_record_clear(&record);
	return all;
}

static void records_are_split_as_the_standard_says(void)
{
	static const struct {
		const char *text;
		const char *records;
	} cases[] = {
		{ "", "" },
		{ "aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n", "1:aaa|bbb|ccc 2:zzz|yyy|xxx" },
		{ "aaa,bbb\nzzz,yyy", "1:aaa|bbb 2:zzz|yyy" },
		{ "\"aaa\",\"bbb\"\nzzz,yyy", "1:aaa|bbb 2:zzz|yyy" },
		{ "\"aaa\",\"b\r\nbb\",\"ccc\"\r\nzzz,yyy,xxx",
				"1:aaa|b\r\nbb|ccc 3:zzz|yyy|xxx" },
		{ "\"aaa\",\"b\"\"bb\",\"ccc\"", "1:aaa|b\"bb|ccc" },
		{ "\"a, b\",\"\"\"\"", "1:a, b|\"" },
		{ "a,,\nb", "1:a|| 2:b" },
		{ "a,", "1:a|" },
		{ " a b , \" c \" \t\n", "1:a b| c " },
		{ "it's 5\" wide,b", "1:it's 5\" wide|b" },
		{ "# a \"comment\", b\n\n\r\na\n  # another\nb", "4:a 6:b" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *all = read_all(cases[i].text);

		CU_ASSERT_STRING_EQUAL(all, cases[i].records);
		free(all);
	}
}

static void faulty_quotes_are_named_by_their_line(void)
{
	static const struct {
		const char *text;
		const char *end;
	} cases[] = {
		{ "a,b\n\"c,d\ne,f\n", "1:a|b !2 a double quote is not closed" },
		{ "a\n\"", "1:a !2 a double quote is not closed" },
		{ "\"a\"\"", " !1 a double quote is not closed" },
		{ "\"a\"b,c\nd", " !1 there is text after the closing quote of \"a\"" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *all = read_all(cases[i].text);

		CU_ASSERT_EQUAL(strncmp(all, cases[i].end, strlen(cases[i].end)), 0);
		free(all);
	}
}

static CU_TestInfo tests[] = {
	{ "records are split as the standard says",
			records_are_split_as_the_standard_says },
	{ "faulty quotes are named by their line",
			faulty_quotes_are_named_by_their_line },
	CU_TEST_INFO_NULL,
};

static const CU_SuiteInfo suites[] = {
	{ "csv", NULL, NULL, NULL, NULL, tests },
	CU_SUITE_INFO_NULL,
};

int main(void)
{
	return cunit_run(suites);
}
