/**
 * \file    unit/test_ini.c
 * \brief   INI files: what is read, what is refused and on which line, overrides
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <locale.h>
#include <time.h>

#ifdef HAVE_INIPARSER_H
#include <iniparser.h>
#else
#include <iniparser/iniparser.h>
#endif

#include "config/ini.h"
#include "support/cunit_main.h"
#include "unit/fixture.h"

static struct ini *read_text(const char *text, struct problems *problems)
{
	return ini_read(fixture_write_text("file.ini", text), problems);
}

static void free_all(struct ini *ini, struct problems *problems)
{
	ini_free(ini);
	problems_free(problems);
}

static const char *first_sentence(const struct problems *problems)
{
	static char kept[4096];
	char *sentence = problems->count ? problem_sentence(&problems->items[0]) : NULL;

	snprintf(kept, sizeof(kept), "%s", sentence != NULL ? sentence : "no problem");
	free(sentence);
	return kept;
}

/* ---- Well-formed files ------------------------------------------------- */

static void values_are_read_as_written(void)
{
	static const struct {
		const char *line;
		const char *value;
	} rows[] = {
		{ "key = value", "value" },
		{ "key=value", "value" },
		{ "  key   =   two words   ", "two words" },
		{ "key = value # comment", "value" },
		{ "key = value ; comment", "value" },
		{ "key = value\r", "value" },
		{ "key\t=\tvalue\t\r", "value" },
		{ "key = \"quoted # ; text\"", "quoted # ; text" },
		{ "key = '#ff0000'", "#ff0000" },
		{ "key = \"  spaces kept  \"", "  spaces kept  " },
		{ "key = \"text\" # comment", "text" },
		{ "key = \"text\";comment", "text" },
		{ "key = 'holds \"double\" quotes'", "holds \"double\" quotes" },
		{ "key = \"it's\"", "it's" },
		{ "key = it's", "it's" },
		{ "key = a \"b\" c", "a \"b\" c" },
		{ "key = '\"a b.jpg\", c.jpg'", "\"a b.jpg\", c.jpg" },
		{ "key = back\\slash", "back\\slash" },
		{ "key =", "" },
		{ "key = \"\"", "" },
		{ "key = ''", "" },
		{ "key = \"\" # comment", "" },
		{ "key = a = b", "a = b" },
		{ "key == b", "= b" },
		{ "key = [bracket]", "[bracket]" },
		{ "key = UPPER", "UPPER" },
		{ "key = Gr\xC3\xBC\xC3\x9F"
		  "e",
				"Gr\xC3\xBC\xC3\x9F"
				"e" },
		{ "key = a, \\\n  b", "a,   b" },
		{ "key = a \\\r\nb\\\r\nc\r", "a bc" },
		{ "key = a\\\n\nnext = 1", "a" },
		{ "key = \"a\\\nb\"", "ab" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct problems problems = { 0 };
		char text[256];

		snprintf(text, sizeof(text), "[section]\n%s\n", rows[i].line);
		struct ini *ini = read_text(text, &problems);

		if (check_row(ini != NULL && problems.count == 0, rows[i].line,
				    first_sentence(&problems))) {
			const struct ini_entry *entry = ini_find(ini, "section", "key");

			check_text(entry != NULL ? entry->value : NULL, rows[i].value,
					rows[i].line);
			CU_ASSERT_FALSE(entry && entry->faulty);
		}
		free_all(ini, &problems);
	}
}

static void order_lines_and_spelling_are_kept(void)
{
	struct problems problems = { 0 };
	struct ini *ini = read_text("# comment\n\n[Model]\n"
				    "Mixed_5b = conv2d\n"
				    "  long = a, \\\n"
				    "    b\n"
				    "after = c\n"
				    "[ Second One ]\r\n"
				    "; comment\r\n"
				    "KEY = d",
			&problems);

	CU_ASSERT_PTR_NOT_NULL_FATAL(ini);
	CU_ASSERT_EQUAL(problems.count, 0);
	CU_ASSERT_EQUAL_FATAL(ini->section_count, 2);
	CU_ASSERT_EQUAL_FATAL(ini->entry_count, 4);
	CU_ASSERT_STRING_EQUAL(ini->sections[0].name, "model");
	CU_ASSERT_STRING_EQUAL(ini->sections[0].spelling, "Model");
	CU_ASSERT_EQUAL(ini->sections[0].line, 3);
	CU_ASSERT_STRING_EQUAL(ini->sections[1].name, "second one");
	CU_ASSERT_EQUAL(ini->sections[1].line, 8);
	CU_ASSERT_STRING_EQUAL(ini->entries[0].spelling, "Mixed_5b");
	CU_ASSERT_STRING_EQUAL(ini->entries[0].key, "mixed_5b");
	CU_ASSERT_EQUAL(ini->entries[0].line, 4);
	CU_ASSERT_EQUAL(ini->entries[1].line, 5);
	CU_ASSERT_EQUAL(ini->entries[2].line, 7);
	CU_ASSERT_STRING_EQUAL(ini->entries[3].section, "second one");
	CU_ASSERT_STRING_EQUAL(ini->entries[3].spelling, "KEY");
	CU_ASSERT_STRING_EQUAL(ini->entries[3].value, "d");
	CU_ASSERT_EQUAL(ini->entries[3].line, 10);
	CU_ASSERT_STRING_EQUAL(ini->folder, fixture_folder);
	CU_ASSERT_PTR_NULL(ini_find(ini, "model", "key"));
	CU_ASSERT_PTR_NULL(ini_find(ini, "key", "model"));
	free_all(ini, &problems);
}

static void keys_are_found_by_either_spelling(void)
{
	struct problems problems = { 0 };
	struct ini *ini = read_text("[a]\nColourMap = 1\noptimizer = 2\nnoise = 3\n",
			&problems);

	CU_ASSERT_PTR_NOT_NULL_FATAL(ini);
	CU_ASSERT_EQUAL(problems.count, 0);
	CU_ASSERT_STRING_EQUAL(ini->entries[0].key, "colormap");
	CU_ASSERT_STRING_EQUAL(ini->entries[0].spelling, "ColourMap");
	CU_ASSERT_PTR_EQUAL(ini_find(ini, "a", "colormap"), &ini->entries[0]);
	CU_ASSERT_PTR_EQUAL(ini_find(ini, "a", "colourmap"), &ini->entries[0]);
	CU_ASSERT_PTR_EQUAL(ini_find(ini, "a", "optimiser"), &ini->entries[1]);
	CU_ASSERT_PTR_NULL(ini_find(ini, "a", "noize"));
	free_all(ini, &problems);
}

static void same_key_may_stand_in_two_sections(void)
{
	struct problems problems = { 0 };
	struct ini *ini = read_text("[a]\nkey = 1\n[b]\nkey = 2\n", &problems);

	CU_ASSERT_PTR_NOT_NULL_FATAL(ini);
	CU_ASSERT_EQUAL(problems.count, 0);
	check_text(ini_find(ini, "a", "key")->value, "1", "a");
	check_text(ini_find(ini, "b", "key")->value, "2", "b");
	free_all(ini, &problems);
}

static void file_of_comments_has_no_sections(void)
{
	struct problems problems = { 0 };
	struct ini *ini = read_text("# nothing\n", &problems);

	CU_ASSERT_PTR_NOT_NULL_FATAL(ini);
	CU_ASSERT_EQUAL(ini->section_count + ini->entry_count + problems.count, 0);
	CU_ASSERT_PTR_NULL(ini_find(ini, "a", "b"));
	CU_ASSERT_PTR_NULL(ini_find_section(ini, "a"));
	free_all(ini, &problems);
}

/** Ten times the sections take ten times the time, where every pair would take a hundred */
static double seconds_to_read(size_t sections)
{
	struct problems problems = { 0 };
	char *text = malloc(sections * 40);
	size_t length = 0;

	for (size_t i = 0; i < sections; i++) {
		length += (size_t)sprintf(text + length, "[job%zu]\ntechnique = a%zu\n",
				i, i);
	}
	clock_t start = clock();
	struct ini *ini = read_text(text, &problems);
	double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;

	free(text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(ini);
	CU_ASSERT_EQUAL(ini->section_count, sections);
	CU_ASSERT_STRING_EQUAL(ini_find(ini, "job7", "technique")->value, "a7");
	CU_ASSERT_STRING_EQUAL(ini_first_entry(ini, "job9")->value, "a9");
	free_all(ini, &problems);
	return seconds;
}

static void time_grows_with_the_number_of_sections(void)
{
	double few = seconds_to_read(4000), many = seconds_to_read(40000);

	CU_ASSERT(many < 30 * few);
}

static void thousands_of_keys_are_found(void)
{
	struct problems problems = { 0 };
	char *text = malloc(5000 * 40);
	size_t length = (size_t)sprintf(text, "[layers]\n");

	for (int i = 0; i < 5000; i++) {
		length += (size_t)sprintf(text + length, "features.%d = conv2d %d\n", i,
				i);
	}
	struct ini *ini = read_text(text, &problems);

	CU_ASSERT_PTR_NOT_NULL_FATAL(ini);
	CU_ASSERT_EQUAL(ini->entry_count, 5000);
	for (int i = 0; i < 5000; i++) {
		char key[32];
		char value[32];

		snprintf(key, sizeof(key), "features.%d", i);
		snprintf(value, sizeof(value), "conv2d %d", i);
		const struct ini_entry *entry = ini_find(ini, "layers", key);

		check_text(entry != NULL ? entry->value : NULL, value, key);
		CU_ASSERT_TRUE(entry && entry->line == i + 2);
	}
	free(text);
	free_all(ini, &problems);
}

static void letters_are_folded_alike_in_every_locale(void)
{
	static const char *const locales[] = { "C", "C.UTF-8", "tr_TR.UTF-8",
		"de_DE.ISO-8859-1", NULL };

	for (size_t i = 0; locales[i]; i++) {
		struct problems problems = { 0 };

		/* A locale that is not installed leaves the one before. */
		setlocale(LC_ALL, locales[i]);
		struct ini *ini = read_text("[INI]\nI\xC3\x84 = \xC2\xA0\n", &problems);

		if (check_row(ini != NULL, locales[i], first_sentence(&problems))) {
			const struct ini_entry *entry = ini_find(ini, "ini", "i\xC3\x84");

			check_text(entry != NULL ? entry->value : NULL, "\xC2\xA0",
					locales[i]);
		}
		free_all(ini, &problems);
	}
	setlocale(LC_ALL, "C");
}

/* ---- Malformed files --------------------------------------------------- */

struct malformed {
	const char *text;
	int line;
	const char *part;
	bool usable; /* other values can be worked on */
};

static void check_malformed(const struct malformed *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct problems problems = { 0 };
		struct ini *ini = read_text(rows[i].text, &problems);
		const char *sentence = first_sentence(&problems);

		check_row(problems.count == 1, rows[i].text,
				problems.count > 1 ? problems.items[1].text : sentence);
		check_holds(sentence, rows[i].part, rows[i].text);
		check_row(problems.count > 0 && problems.items[0].line == rows[i].line,
				rows[i].text, sentence);
		check_row((ini != NULL) == rows[i].usable, rows[i].text,
				ini != NULL ? "usable" : "not usable");
		free_all(ini, &problems);
	}
}

static void malformed_lines_are_refused_with_their_number(void)
{
	static const struct malformed rows[] = {
		{ "key = 1\n[a]\n", 1, "is before the first section", false },
		{ "[a]\nbare\n", 2, "no \"=\" in \"bare\"; write key = value", false },
		{ "[a]\n\nx\n", 3, "no \"=\" in \"x\"", false },
		{ "[a]\nx", 2, "no \"=\" in \"x\"", false },
		{ "[a]\n= 1\n", 2, "no key before", false },
		{ "[a\nx = 1\n", 1, "must end in \"]\"", false },
		{ "[a = 1\n", 1, "must end in \"]\"", false },
		{ "[]\n", 1, "must have a name", false },
		{ "[  ]\n", 1, "must have a name", false },
		{ "[a]\nx = 1\n[\nx = 1\n", 3, "file.ini:3: a section heading", false },
		{ "[a] # comment\nx = 1\n", 1, "comment cannot follow", false },
		{ "[a] x = 1\n", 1, "text after \"]\"", false },
		{ "[a]]\n", 1, "text after \"]\"", false },
		{ "[a:b]\n", 1, "section's name \"a:b\" contains \":\"", false },
		{ "[a]\nx:y = 1\n", 2, "the key \"x:y\" contains \":\"", false },
		{ "[a]\nx = \xE4\n", 2, "not UTF-8", false },
		{ "[a]\nx = \xC3\n", 2, "not UTF-8", false },
		{ "[a]\n# text \\\nx = 1\n", 2, "comment ends in \"\\\"", false },
		{ "[a]\nx = 1 \\\n", 2, "continues it", false },
		{ "[a]\nx = 1 \\", 2, "continues it", false },
		{ "\xEF\xBB\xBF[a]\nx = 1\n", 1, "byte-order mark", false },
		{ "\xFF\xFE[", 1, "UTF-16", false },
		{ "just prose\n", 1, "no \"=\" in \"just prose\"", false },
	};

	check_malformed(rows, sizeof(rows) / sizeof(*rows));
}

static void values_that_would_be_cut_are_refused(void)
{
	static const struct malformed rows[] = {
		{ "[a]\ncolor = #ff0000\n", 2, "in quotes, as in \"#ff0000\"", true },
		{ "[a]\nx = ; comment\n", 2, "so the value is empty", true },
		{ "[a]\nx = photo#1.png\n", 2, "the value ends there", true },
		{ "[a]\nx = 5;comment\n", 2, "a space before the comment", true },
		{ "[a]\nx = \"open\n", 2, "\" is not closed", true },
		{ "[a]\nx = 'open\n", 2, "' is not closed", true },
		{ "[a]\nx = \"\n", 2, "\" is not closed", true },
		{ "[a]\nx = \"open # y\n", 2, "\" is not closed", true },
		{ "[a]\nx = \"a\" b\n", 2, "text after the closing quote", true },
		{ "[a]\nx = \"a b\", \"c d\"\n", 2, "in quotes of the other kind", true },
		{ "[a]\nx = \"\" b\n", 2, "text after the closing quote", true },
		{ "[a]\nx = 'a' b\n", 2, "text after the closing quote", true },
		{ "[a]\nx = \"a \\\"b\\\" c\"\n", 2, "'single quotes'", true },
		{ "[a]\nx = 'it\\'s'\n", 2, "\"double quotes\"", true },
		{ "[a]\nx = 1\ny = 2\nx = 3\n", 4, "already on line 2", true },
		{ "[a]\nx = 1\nX = 3\n", 3, "X: this key is given twice", true },
		{ "[a]\ncolor = 1\n\ncolour = 3\n", 4,
				"colour: this key is given twice; it is already on line "
				"2",
				true },
		{ "[a]\nregularisers = 1\nREGULARIZERS = 3\n", 3,
				"REGULARIZERS: this key is given twice", true },
		{ "[a]\nx = 1\n[b]\n[A]\ny = 2\n", 4,
				"[A]: this section is repeated; "
				"it is already on line 1",
				true },
	};

	check_malformed(rows, sizeof(rows) / sizeof(*rows));
}

static void faulty_entries_are_marked_and_others_usable(void)
{
	struct problems problems = { 0 };
	struct ini *ini = read_text("[a]\ncut = #1\ngood = 1\ntwice = 1\ntwice = 2\n",
			&problems);

	CU_ASSERT_PTR_NOT_NULL_FATAL(ini);
	CU_ASSERT_EQUAL(problems.count, 2);
	CU_ASSERT_EQUAL(ini->entry_count, 3);
	CU_ASSERT_TRUE(ini_find(ini, "a", "cut")->faulty);
	CU_ASSERT_TRUE(ini_find(ini, "a", "twice")->faulty);
	CU_ASSERT_FALSE(ini_find(ini, "a", "good")->faulty);
	free_all(ini, &problems);
}

static void all_problems_are_reported_at_once(void)
{
	struct problems problems = { 0 };
	struct ini *ini = read_text("[a]\nx = #1\nbare\ny = \"\n[a]\nx = 2\n", &problems);
	static const int lines[] = { 2, 3, 4, 5, 6 };

	CU_ASSERT_PTR_NULL(ini);
	CU_ASSERT_EQUAL_FATAL(problems.count, 5);
	for (size_t i = 0; i < 5; i++) {
		CU_ASSERT_EQUAL(problems.items[i].line, lines[i]);
		check_holds(problems.items[i].file, "file.ini", "file of a problem");
	}
	free_all(ini, &problems);
}

static void prose_does_not_flood_the_user(void)
{
	struct problems problems = { 0 };
	char text[3001];

	for (size_t i = 0; i < 3000; i += 2) {
		memcpy(text + i, "x\n", 3);
	}
	CU_ASSERT_PTR_NULL(read_text(text, &problems));
	CU_ASSERT_EQUAL(problems.count, 21);
	check_holds(problems.items[20].text, "is this an INI file?", "prose");
	problems_free(&problems);
}

/** "[a]\nx = " and so many characters, with a line break after each `every` */
static char *long_value(size_t size, size_t every)
{
	char *text = malloc(2 * size + 64);
	size_t length = (size_t)sprintf(text, "[a]\nx = ");

	for (size_t i = 0; i < size; i++) {
		text[length++] = 'v';
		if (every && i % every == every - 1 && i + 1 < size) {
			text[length++] = '\\';
			text[length++] = '\n';
		}
	}
	memcpy(text + length, "\nafter = 1\n", 12);
	return text;
}

static void values_may_be_of_any_length(void)
{
	static const struct {
		const char *row;
		size_t size;
		size_t every;
	} rows[] = {
		{ "the longest that iniparser takes", 1020, 0 },
		{ "one more", 1021, 0 },
		{ "5000 characters", 5000, 0 },
		{ "joined to 1020", 1020, 100 },
		{ "joined to 1021", 1021, 100 },
		{ "joined to 1000000", 1000000, 100 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct problems problems = { 0 };
		char *text = long_value(rows[i].size, rows[i].every);
		struct ini *ini = read_text(text, &problems);

		if (check_row(ini != NULL && problems.count == 0, rows[i].row,
				    first_sentence(&problems))) {
			const char *value = ini_find(ini, "a", "x")->value;

			check_row(strlen(value) == rows[i].size
							&& strspn(value, "v")
									== rows[i].size,
					rows[i].row, "another value");
			check_text(ini_find(ini, "a", "after")->value, "1", rows[i].row);
		}
		free(text);
		free_all(ini, &problems);
	}
}

static void long_lines_that_are_no_values_get_short_sentences(void)
{
	static const struct {
		const char *before, *after;
		const char *part;
	} rows[] = {
		{ "", "", "no \"=\" in \"nnnn" },
		{ "", " = 1", "nnnn\" is longer than 255 characters" },
		{ "[", "]", "nnnn\" is longer than 255 characters" },
		{ "[", "", "must end in \"]\"" },
		{ "[b] ", "", "text after \"]\"" },
		{ "x = \"", "", "\" is not closed" },
	};
	char name[4097];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct problems problems = { 0 };
		char text[4200];

		snprintf(text, sizeof(text), "[a]\n%s%s%s\n", rows[i].before, name,
				rows[i].after);
		struct ini *ini = read_text(text, &problems);
		const char *sentence = first_sentence(&problems);

		check_row(problems.count == 1 && problems.items[0].line == 2,
				rows[i].part, sentence);
		check_holds(sentence, rows[i].part, rows[i].part);
		check_row(strlen(sentence) < 400, rows[i].part, sentence);
		free_all(ini, &problems);
	}
}

static void name_may_have_255_characters(void)
{
	for (size_t size = 255; size <= 256; size++) {
		struct problems problems = { 0 };
		char name[257];
		char text[600];

		memset(name, 'n', size);
		name[size] = '\0';
		snprintf(text, sizeof(text), "[%s]\nx = 1\n", name);
		struct ini *ini = read_text(text, &problems);

		CU_ASSERT_EQUAL(ini != NULL, size == 255);
		free_all(ini, &problems);
		snprintf(text, sizeof(text), "[a]\n%s = 1\n", name);
		ini = read_text(text, &problems);
		CU_ASSERT_EQUAL(ini != NULL, size == 255);
		free_all(ini, &problems);
	}
}

static void what_is_no_file_of_text_is_refused(void)
{
	const size_t large = (16 << 20) + 1;
	char *spaces = malloc(large);

	memset(spaces, '\n', large);
	fixture_write("large.ini", spaces, large);
	free(spaces);
	fixture_write("binary.ini", "[a]\nx = 1\0\n", 11);
	fixture_write("empty.ini", "", 0);
	const struct {
		const char *path;
		const char *part;
	} rows[] = {
		{ fixture_path("nowhere.ini"), "nowhere.ini: No such file" },
		{ fixture_folder, "is a folder, not a file" },
		{ fixture_path("empty.ini"), "empty.ini is empty" },
		{ "/dev/null", "not a regular file" },
		{ fixture_path("binary.ini"), "NUL bytes" },
		{ fixture_path("large.ini"),
				"more than 16777216 bytes; if that is meant, raise "
				"limits.text_bytes" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct problems problems = { 0 };

		CU_ASSERT_PTR_NULL(ini_read(rows[i].path, &problems));
		check_row(problems.count == 1, rows[i].path, first_sentence(&problems));
		check_holds(first_sentence(&problems), rows[i].part, rows[i].path);
		problems_free(&problems);
	}
}

/* ---- The pre-scan against iniparser ------------------------------------ */

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 16;
}

static int count_keys(dictionary *values)
{
	int count = 0;

	for (int i = 0; i < iniparser_getnsec(values); i++) {
		count += iniparser_getsecnkeys(values, iniparser_getsecname(values, i));
	}
	return count;
}

static void check_values(const struct ini *ini, const dictionary *values, const char *row)
{
	for (size_t i = 0; i < ini->entry_count; i++) {
		const struct ini_entry *entry = &ini->entries[i];
		char name[256];

		snprintf(name, sizeof(name), "%s:%s", entry->section, entry->key);
		check_text(entry->value, iniparser_getstring(values, name, NULL), row);
	}
}

static void what_passes_the_scan_is_what_iniparser_reads(void)
{
	static const char *const pieces[] = {
		"[",
		"]",
		"=",
		"\"",
		"'",
		"#",
		";",
		" ",
		"\\",
		"\n",
		"a",
		"B",
		"\r",
		"\t",
		"\n[s",
		"]\n",
		"\nk = ",
		"\nb=",
		"\\\n",
		"c\n",
	};
	uint32_t state = 1;
	int passed = 0;

	for (int i = 0; i < 5000; i++) {
		struct problems problems = { 0 };
		char text[256] = "[a]\n";

		for (uint32_t n = next_random(&state) % 20; n > 0; n--) {
			strcat(text,
					pieces[next_random(&state)
							% (sizeof(pieces)
									/ sizeof(*pieces))]);
		}
		struct ini *ini = read_text(text, &problems);

		for (size_t j = 0; j < problems.count; j++) {
			check_row(strstr(problems.items[j].text, "iniparser") == NULL,
					text, problems.items[j].text);
		}
		if (ini != NULL && problems.count == 0) {
			dictionary *values = iniparser_load(ini->path);

			check_row((size_t)iniparser_getnsec(values) == ini->section_count,
					text, "other sections");
			check_row((size_t)count_keys(values) == ini->entry_count, text,
					"other keys");
			check_values(ini, values, text);
			iniparser_freedict(values);
			passed += ini->entry_count > 0;
		}
		free_all(ini, &problems);
	}
	CU_ASSERT(passed > 100);
}

/** "[a]\nk = ", a quote or nothing, so many v, and a tail */
static struct ini *read_stretched(const char *quote, size_t size, const char *tail,
		struct problems *problems)
{
	char text[2048];
	size_t length = (size_t)sprintf(text, "[a]\nk = %s", quote);

	memset(text + length, 'v', size);
	strcpy(text + length + size, tail);
	return read_text(text, problems);
}

static void long_values_are_read_as_iniparser_reads_short_ones(void)
{
	static const char *const pieces[] = { " ", "#", ";", "\"", "'", "\\", "\t", "=",
		"[", "]", "a", ",", "\\\n" };
	static const char *const quotes[] = { "", "\"", "'" };
	const size_t longer = 1100;
	uint32_t state = 1;
	int passed = 0;

	for (int i = 0; i < 3000; i++) {
		struct problems problems[2] = { 0 };
		char tail[64] = "";

		for (uint32_t n = next_random(&state) % 8; n > 0; n--) {
			strcat(tail,
					pieces[next_random(&state)
							% (sizeof(pieces)
									/ sizeof(*pieces))]);
		}
		struct ini *brief = read_stretched(quotes[i % 3], 1, tail, &problems[0]);
		struct ini *stretched = read_stretched(quotes[i % 3], 1 + longer, tail,
				&problems[1]);

		check_row(problems[0].count == problems[1].count, tail,
				first_sentence(&problems[1]));
		if (brief != NULL && stretched != NULL && problems[0].count == 0) {
			const char *wanted = ini_find(brief, "a", "k")->value;
			const char *found = ini_find(stretched, "a", "k")->value;

			check_row(strspn(found, "v") == longer + strspn(wanted, "v"),
					tail, found);
			check_text(found + longer, wanted, tail);
			passed++;
		}
		free_all(brief, &problems[0]);
		free_all(stretched, &problems[1]);
	}
	CU_ASSERT(passed > 300);
}

/* ---- Overrides --------------------------------------------------------- */

static void overrides_replace_and_add(void)
{
	static const struct {
		const char *assignment;
		const char *section;
		const char *key;
		const char *value;
	} rows[] = {
		{ "run.seed=7", "run", "seed", "7" },
		{ "run.threads = 2 ", "run", "threads", "2" },
		{ "RUN.Seed=8", "run", "seed", "8" },
		{ "new.key=value", "new", "key", "value" },
		{ "new.sub.key=value", "new", "sub.key", "value" },
		{ "smooth.v2.samples=3", "smooth.v2", "samples", "3" },
		{ "smooth.other=3", "smooth", "other", "3" },
		{ "run.color=#ff0000", "run", "color", "#ff0000" },
		{ "run.text=a = b; c", "run", "text", "a = b; c" },
		{ "run.path=C:x", "run", "path", "C:x" },
		{ "run.quoted=\"a b\"", "run", "quoted", "a b" },
		{ "run.quoted='a b'", "run", "quoted", "a b" },
		{ "run.colour=red", "run", "color", "red" },
		{ "run.color=green", "run", "colour", "green" },
		{ "run.list=\"a b\", \"c\"", "run", "list", "\"a b\", \"c\"" },
		{ "run.empty=", "run", "empty", "" },
		{ "run.quote=\"", "run", "quote", "\"" },
	};
	struct problems problems = { 0 };
	struct ini *ini = read_text("[run]\nseed = 1\ncut = #\n[smooth.v2]\n", &problems);

	CU_ASSERT_PTR_NOT_NULL_FATAL(ini);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct error error = { 0 };

		check_row(ini_override(ini, rows[i].assignment, &error) == CNNVIZ_OK,
				rows[i].assignment, error.text);
		const struct ini_entry *entry = ini_find(ini, rows[i].section,
				rows[i].key);

		check_text(entry != NULL ? entry->value : NULL, rows[i].value,
				rows[i].assignment);
		check_row(entry != NULL && entry->line == 0, rows[i].assignment,
				"a line");
		check_row(ini_find_section(ini, rows[i].section) != NULL,
				rows[i].assignment, "no section");
	}
	CU_ASSERT_EQUAL(ini_override(ini, "run.cut=1", NULL), CNNVIZ_OK);
	CU_ASSERT_FALSE(ini_find(ini, "run", "cut")->faulty);
	CU_ASSERT_EQUAL(ini_find_section(ini, "run")->line, 1);
	CU_ASSERT_EQUAL(ini_find_section(ini, "new")->line, 0);
	free_all(ini, &problems);
}

static void malformed_overrides_are_refused(void)
{
	static const char *const rows[][2] = {
		{ "", "write section.key=value" },
		{ "seed", "write section.key=value" },
		{ "seed=3", "write section.key=value" },
		{ "run.seed", "write section.key=value" },
		{ ".seed=3", "write section.key=value" },
		{ "run.=3", "write section.key=value" },
		{ "=3", "write section.key=value" },
		{ "run=a.b", "write section.key=value" },
		{ "run.a:b=3", "contains \":\"" },
		{ "run.a=\xFF", "not valid UTF-8" },
	};
	struct problems problems = { 0 };
	struct ini *ini = read_text("[run]\nseed = 1\n", &problems);

	CU_ASSERT_PTR_NOT_NULL_FATAL(ini);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct error error = { 0 };

		check_row(ini_override(ini, rows[i][0], &error) == CNNVIZ_ERROR_INPUT,
				rows[i][0], "accepted");
		check_holds(error.text, rows[i][1], rows[i][0]);
	}
	CU_ASSERT_EQUAL(ini->entry_count, 1);
	CU_ASSERT_EQUAL(ini->section_count, 1);
	free_all(ini, &problems);
}

int main(void)
{
	CU_TestInfo good[] = {
		{ "values are read as written", values_are_read_as_written },
		{ "order, lines and spelling are kept",
				order_lines_and_spelling_are_kept },
		{ "keys are found by either spelling",
				keys_are_found_by_either_spelling },
		{ "the same key may stand in two sections",
				same_key_may_stand_in_two_sections },
		{ "a file of comments has no sections",
				file_of_comments_has_no_sections },
		{ "time grows with the number of sections",
				time_grows_with_the_number_of_sections },
		{ "thousands of keys are found", thousands_of_keys_are_found },
		{ "letters are folded alike in every locale",
				letters_are_folded_alike_in_every_locale },
		{ "values may be of any length", values_may_be_of_any_length },
		{ "long values are read as iniparser reads short ones",
				long_values_are_read_as_iniparser_reads_short_ones },
		CU_TEST_INFO_NULL,
	};
	CU_TestInfo bad[] = {
		{ "malformed lines are refused with their number",
				malformed_lines_are_refused_with_their_number },
		{ "values that would be cut are refused",
				values_that_would_be_cut_are_refused },
		{ "faulty entries are marked, and others usable",
				faulty_entries_are_marked_and_others_usable },
		{ "all problems are reported together",
				all_problems_are_reported_at_once },
		{ "prose does not flood the user", prose_does_not_flood_the_user },
		{ "long lines that are no values get short sentences",
				long_lines_that_are_no_values_get_short_sentences },
		{ "a name may have 255 characters", name_may_have_255_characters },
		{ "what is no file of text is refused",
				what_is_no_file_of_text_is_refused },
		{ "what passes the scan is what iniparser reads",
				what_passes_the_scan_is_what_iniparser_reads },
		CU_TEST_INFO_NULL,
	};
	CU_TestInfo overrides[] = {
		{ "overrides replace and add", overrides_replace_and_add },
		{ "malformed overrides are refused", malformed_overrides_are_refused },
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "well-formed", fixture_create, fixture_remove, NULL, NULL, good },
		{ "malformed", fixture_create, fixture_remove, NULL, NULL, bad },
		{ "override", fixture_create, fixture_remove, NULL, NULL, overrides },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
