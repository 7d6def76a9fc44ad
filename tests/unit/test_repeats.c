/**
 * \file    unit/test_repeats.c
 * \brief   Messages of one kind are counted; others are not taken for them
 */
#include "base/repeats.h"
#include "support/cunit_main.h"

/* Whether two messages of one owner are of one kind */
static bool are_alike(const char *subject, const char *text, const char *other_subject,
		const char *other)
{
	struct repeats repeats = { 0 };

	CU_ASSERT_TRUE(repeats_note(&repeats, &repeats, subject, text));
	bool alike = !repeats_note(&repeats, &repeats, other_subject, other);

	repeats_clear(&repeats);
	return alike;
}

static void texts_of_one_kind_differ_by_numbers_and_the_subject(void)
{
	static const struct {
		const char *subject, *text, *other_subject, *other;
		bool alike;
	} rows[] = {
		{ NULL, "empty", NULL, "empty", true },
		{ NULL, "empty", NULL, "full", false },
		{ NULL, "", NULL, "", true },
		{ NULL, "", NULL, "7", false },
		{ NULL, "filter 7 of 512", NULL, "filter 203 of 64", true },
		{ NULL, "filter 7", NULL, "filter seven", false },
		{ NULL, "logit -4.2e-05: none", NULL, "logit 17: none", true },
		{ NULL, "logit 1e: none", NULL, "logit 22e: none", true },
		{ NULL, "logit 1e+: none", NULL, "logit 2: none", false },
		{ NULL, "3 of 4.", NULL, "3 of 4", false },
		{ NULL, "a-b", NULL, "a-2", false },
		{ "cat", "cat: empty", "dog", "dog: empty", true },
		{ "cat", "cat: empty", "dog", "cat: empty", false },
		{ "cat-1", "cat-1: empty", "12", "12: empty", true },
		{ "cat", "cat or cat", "dog", "dog or dog", true },
		{ "cat", "cat or cat", "dog", "dog or cat", false },
		{ "", "cat", "", "cat", true },
		{ "cat", "empty", NULL, "empty", true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CU_ASSERT_EQUAL(are_alike(rows[i].subject, rows[i].text,
						rows[i].other_subject, rows[i].other),
				rows[i].alike);
	}
}

static void each_owner_has_kinds_of_its_own(void)
{
	struct repeats repeats = { 0 };
	const int one = 0, other = 0;

	CU_ASSERT_TRUE(repeats_note(&repeats, &one, NULL, "empty"));
	CU_ASSERT_TRUE(repeats_note(&repeats, &other, NULL, "empty"));
	CU_ASSERT_FALSE(repeats_note(&repeats, &one, NULL, "empty"));
	CU_ASSERT_EQUAL(repeats.count, 2);
	CU_ASSERT_EQUAL(repeats.items[0].more, 1);
	CU_ASSERT_EQUAL(repeats.items[1].more, 0);
	repeats_clear(&repeats);
}

static void subjects_are_kept_once_and_without_the_first(void)
{
	static const char *const subjects[] = { "a", "a", "b", "b", "c", NULL };
	struct repeats repeats = { 0 };

	for (size_t i = 0; i < sizeof(subjects) / sizeof(*subjects); i++) {
		repeats_note(&repeats, NULL, subjects[i], i == 0 ? "first 1" : "first 2");
	}
	CU_ASSERT_EQUAL_FATAL(repeats.count, 1);
	CU_ASSERT_STRING_EQUAL(repeats.items[0].text, "first 1");
	CU_ASSERT_EQUAL(repeats.items[0].more, 5);
	CU_ASSERT_EQUAL_FATAL(repeats.items[0].subject_count, 2);
	CU_ASSERT_STRING_EQUAL(repeats.items[0].subjects[0], "b");
	CU_ASSERT_STRING_EQUAL(repeats.items[0].subjects[1], "c");
	repeats_clear(&repeats);
	CU_ASSERT_EQUAL(repeats.count, 0);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "texts of one kind differ by numbers and the subject",
				texts_of_one_kind_differ_by_numbers_and_the_subject },
		{ "each owner has kinds of its own", each_owner_has_kinds_of_its_own },
		{ "subjects are kept once and without the first",
				subjects_are_kept_once_and_without_the_first },
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "repeats", NULL, NULL, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
