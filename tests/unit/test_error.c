/**
 * \file    unit/test_error.c
 * \brief   Errors, problems, messages and small allocations
 */
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "support/cunit_main.h"
#include "unit/fixture.h"

/* ---- Errors ------------------------------------------------------------ */

static void error_keeps_status_and_formatted_text(void)
{
	struct error error;

	CU_ASSERT_EQUAL(error_set(&error, CNNVIZ_ERROR_IO, "no %s in %d", "file", 3),
			CNNVIZ_ERROR_IO);
	CU_ASSERT_EQUAL(error.status, CNNVIZ_ERROR_IO);
	CU_ASSERT_STRING_EQUAL(error.text, "no file in 3");
}

static void error_set_accepts_nobody_listening(void)
{
	CU_ASSERT_EQUAL(error_set(NULL, CNNVIZ_ERROR_INPUT, "x"), CNNVIZ_ERROR_INPUT);
	CU_ASSERT_NOT_EQUAL(error_prefix(NULL, "x"), CNNVIZ_OK);
}

static void long_text_is_cut_between_characters(void)
{
	struct error error;
	char text[3000];

	/* Two bytes each: the 1023rd byte would be half of one. */
	for (size_t i = 0; i + 2 < sizeof(text); i += 2) {
		memcpy(text + i, "\xC3\xA4", 3);
	}
	error_set(&error, CNNVIZ_ERROR_INPUT, "%s", text);
	CU_ASSERT_EQUAL(strlen(error.text), sizeof(error.text) - 2);
	error_set(&error, CNNVIZ_ERROR_INPUT, "a%s", text);
	CU_ASSERT_EQUAL(strlen(error.text), sizeof(error.text) - 1);
}

static void prefix_stands_before_the_text(void)
{
	struct error error;

	error_set(&error, CNNVIZ_ERROR_ENGINE, "inner");
	CU_ASSERT_EQUAL(error_prefix(&error, "job %s", "cam"), CNNVIZ_ERROR_ENGINE);
	CU_ASSERT_STRING_EQUAL(error.text, "job cam: inner");
}

/* ---- Problems ---------------------------------------------------------- */

static void sentence_has_the_parts_that_are_known(void)
{
	static const struct {
		const char *file;
		int line;
		const char *section;
		const char *key;
		const char *sentence;
	} rows[] = {
		{ "a.ini", 12, "cam", "layer", "a.ini:12: [cam] layer: wrong" },
		{ "a.ini", 12, "cam", NULL, "a.ini:12: [cam]: wrong" },
		{ "a.ini", 12, NULL, "layer", "a.ini:12: layer: wrong" },
		{ "a.ini", 0, NULL, NULL, "a.ini: wrong" },
		{ "-s", 0, "cam", "layer", "-s: [cam] layer: wrong" },
		{ NULL, 0, NULL, NULL, "wrong" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct problems problems = { 0 };

		problems_add(&problems, rows[i].file, rows[i].line, rows[i].section,
				rows[i].key, "wr%s", "ong");
		char *sentence = problem_sentence(&problems.items[0]);

		check_text(sentence, rows[i].sentence, rows[i].sentence);
		free(sentence);
		problems_free(&problems);
	}
}

static void problems_keep_their_order_and_copies(void)
{
	struct problems problems = { 0 };
	char name[] = "x.ini";

	for (int i = 0; i < 1000; i++) {
		problems_add(&problems, name, i, NULL, NULL, "%d", i);
	}
	name[0] = '?';
	CU_ASSERT_EQUAL_FATAL(problems.count, 1000);
	for (int i = 0; i < 1000; i++) {
		CU_ASSERT_EQUAL(problems.items[i].line, i);
		CU_ASSERT_STRING_EQUAL(problems.items[i].file, "x.ini");
		CU_ASSERT_EQUAL(atoi(problems.items[i].text), i);
	}
	problems_free(&problems);
	CU_ASSERT_EQUAL(problems.count, 0);
	CU_ASSERT_PTR_NULL(problems.items);
}

/* ---- Messages ---------------------------------------------------------- */

typedef void writer_of_text(enum log_level level, const char *text);

static void write_text(enum log_level level, const char *text)
{
	log_write(level, "%s", text);
}

/** What a call puts on standard error, at a level of showing */
static char *logged(writer_of_text *write, enum log_level shown, enum log_level level,
		const char *text)
{
	static char output[256];
	const char *path = fixture_path("log");
	int before = dup(STDERR_FILENO);

	fflush(stderr);
	if (freopen(path, "w", stderr) == NULL) {
		exit(99);
	}
	log_set_level(shown);
	write(level, text);
	log_set_level(LOG_LEVEL_INFO);
	fflush(stderr);
	dup2(before, STDERR_FILENO);
	close(before);
	FILE *file = fopen(path, "r");

	output[fread(output, 1, sizeof(output) - 1, file)] = '\0';
	fclose(file);
	return output;
}

static void levels_decide_what_is_shown(void)
{
	static const struct {
		const char *row;
		enum log_level shown;
		enum log_level level;
		const char *output;
	} rows[] = {
		{ "error when quiet", LOG_LEVEL_WARNING, LOG_LEVEL_ERROR, "cnnviz: x\n" },
		{ "warning when quiet", LOG_LEVEL_WARNING, LOG_LEVEL_WARNING,
				"cnnviz: warning: x\n" },
		{ "info when quiet", LOG_LEVEL_WARNING, LOG_LEVEL_INFO, "" },
		{ "info", LOG_LEVEL_INFO, LOG_LEVEL_INFO, "cnnviz: x\n" },
		{ "detail", LOG_LEVEL_INFO, LOG_LEVEL_DETAIL, "" },
		{ "detail when verbose", LOG_LEVEL_DETAIL, LOG_LEVEL_DETAIL,
				"cnnviz: x\n" },
	};

	CU_ASSERT_EQUAL(log_get_level(), LOG_LEVEL_INFO);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		check_text(logged(write_text, rows[i].shown, rows[i].level, "x"),
				rows[i].output, rows[i].row);
	}
}

static void messages_cannot_steer_the_terminal(void)
{
	check_text(logged(write_text, LOG_LEVEL_INFO, LOG_LEVEL_INFO,
				   "a\033[31mb\rc\x7F"),
			"cnnviz: a?[31mb?c?\n", "control characters");
	check_text(logged(write_text, LOG_LEVEL_INFO, LOG_LEVEL_INFO, "a\n\tb \xC3\xA4"),
			"cnnviz: a\n\tb \xC3\xA4\n", "line breaks and UTF-8 stay");
}

static void progress_bar_is_cleared_first(void)
{
	log_set_status_line(true);
	check_text(logged(write_text, LOG_LEVEL_INFO, LOG_LEVEL_INFO, "x"),
			"\r\033[Kcnnviz: x\n", "status line");
	log_set_status_line(false);
}

static void write_counted(enum log_level level, const char *text)
{
	(void)level;
	log_warn_counted(NULL, "cat", "%s", text);
}

static void write_count(enum log_level level, const char *text)
{
	(void)level;
	(void)text;
	log_end_counted();
}

static void counted_warnings_of_one_kind_are_shown_once(void)
{
	static const char *const outputs[][2] = {
		{ "cat 1 of 2", "cnnviz: warning: cat 1 of 2\n" },
		{ "cat 1 of 2", "" },
		{ "dog 1 of 2", "cnnviz: warning: dog 1 of 2\n" },
		{ "cat 3 of 4", "" },
		{ "cat 5 of 6", "" },
		{ "cat 3 of 4", "" },
	};

	for (size_t round = 0; round < 2; round++) {
		for (size_t i = 0; i < sizeof(outputs) / sizeof(*outputs); i++) {
			check_text(logged(write_counted, LOG_LEVEL_INFO,
						   LOG_LEVEL_WARNING, outputs[i][0]),
					outputs[i][1], outputs[i][0]);
		}
		check_text(logged(write_count, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, ""),
				"cnnviz: warning: 2 more like this: cat 1 of 2\n",
				"the count");
		check_text(logged(write_count, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, ""), "",
				"the count is told once");
	}
}

/* ---- Memory ------------------------------------------------------------ */

static void new_memory_is_zeroed(void)
{
	unsigned char *memory = memory_new(100, 10);
	size_t sum = 0;

	for (size_t i = 0; i < 1000; i++) {
		sum += memory[i];
	}
	CU_ASSERT_EQUAL(sum, 0);
	free(memory);
}

static void texts_are_copied_and_formatted(void)
{
	char *text = memory_text_n("abcdef", 3);
	char *formatted = memory_format("%s-%05d", text, 42);

	CU_ASSERT_STRING_EQUAL(text, "abc");
	CU_ASSERT_STRING_EQUAL(formatted, "abc-00042");
	free(text);
	free(formatted);
}

int main(void)
{
	CU_TestInfo errors[] = {
		{ "an error keeps status and formatted text",
				error_keeps_status_and_formatted_text },
		{ "nobody needs to listen", error_set_accepts_nobody_listening },
		{ "long text is cut between characters",
				long_text_is_cut_between_characters },
		{ "a prefix stands before the text", prefix_stands_before_the_text },
		CU_TEST_INFO_NULL,
	};
	CU_TestInfo problems[] = {
		{ "a sentence has the parts that are known",
				sentence_has_the_parts_that_are_known },
		{ "problems keep their order and copies of their texts",
				problems_keep_their_order_and_copies },
		CU_TEST_INFO_NULL,
	};
	CU_TestInfo messages[] = {
		{ "levels decide what is shown", levels_decide_what_is_shown },
		{ "messages cannot steer the terminal",
				messages_cannot_steer_the_terminal },
		{ "a progress bar is cleared first", progress_bar_is_cleared_first },
		{ "counted warnings of one kind are shown once",
				counted_warnings_of_one_kind_are_shown_once },
		CU_TEST_INFO_NULL,
	};
	CU_TestInfo memory[] = {
		{ "new memory is zeroed", new_memory_is_zeroed },
		{ "texts are copied and formatted", texts_are_copied_and_formatted },
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "error", NULL, NULL, NULL, NULL, errors },
		{ "problems", NULL, NULL, NULL, NULL, problems },
		{ "log", fixture_create, fixture_remove, NULL, NULL, messages },
		{ "memory", NULL, NULL, NULL, NULL, memory },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
