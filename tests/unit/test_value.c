/**
 * \file    unit/test_value.c
 * \brief   Strict values, parameters from a section, checks of a plugin's table
 */
#include <locale.h>
#include <math.h>

#include "base/memory.h"
#include "config/value.h"
#include "support/cunit_main.h"
#include "unit/fixture.h"

/* ---- Single values ----------------------------------------------------- */

static void booleans_are_eight_words(void)
{
	static const struct {
		const char *text;
		int value; /* -1: not a boolean */
	} rows[] = {
		{ "yes", 1 },
		{ "no", 0 },
		{ "true", 1 },
		{ "false", 0 },
		{ "on", 1 },
		{ "off", 0 },
		{ "1", 1 },
		{ "0", 0 },
		{ "Yes", 1 },
		{ "FALSE", 0 },
		{ "", -1 },
		{ "y", -1 },
		{ "yoghurt", -1 },
		{ "2", -1 },
		{ "yes ", -1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bool value = false;
		bool valid = value_bool(rows[i].text, &value);

		check_row((valid ? (int)value : -1) == rows[i].value, rows[i].text,
				valid ? "a boolean" : "none");
	}
}

static void integers_are_decimal(void)
{
	static const struct {
		const char *text;
		bool valid;
		int64_t value;
	} rows[] = {
		{ "0", true, 0 },
		{ "7", true, 7 },
		{ "010", true, 10 },
		{ "-3", true, -3 },
		{ "+3", true, 3 },
		{ "-0", true, 0 },
		{ "9223372036854775807", true, INT64_MAX },
		{ "-9223372036854775808", true, INT64_MIN },
		{ "9223372036854775808", false, 0 },
		{ "-9223372036854775809", false, 0 },
		{ "18446744073709551617", false, 0 },
		{ "99999999999999999999999999", false, 0 },
		{ "", false, 0 },
		{ "-", false, 0 },
		{ "+", false, 0 },
		{ "+-1", false, 0 },
		{ "0x10", false, 0 },
		{ "1e3", false, 0 },
		{ "1.0", false, 0 },
		{ "1 ", false, 0 },
		{ " 1", false, 0 },
		{ "1junk", false, 0 },
		{ "1,000", false, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t value = 0;

		check_row(value_int(rows[i].text, &value) == rows[i].valid, rows[i].text,
				"the contrary");
		check_row(value == rows[i].value, rows[i].text, "another number");
	}
}

static void reals_are_plain_decimal_numbers(void)
{
	static const struct {
		const char *text;
		bool valid;
		double value;
	} rows[] = {
		{ "0", true, 0 },
		{ "1.5", true, 1.5 },
		{ "-2", true, -2 },
		{ "+.5", true, 0.5 },
		{ "5.", true, 5 },
		{ "1e3", true, 1000 },
		{ "1E-3", true, 0.001 },
		{ "2.5e+1", true, 25 },
		{ "010", true, 10 },
		{ "1e-400", true, 0 },
		{ "1e400", false, 0 },
		{ "nan", false, 0 },
		{ "inf", false, 0 },
		{ "infinity", false, 0 },
		{ "0x1p3", false, 0 },
		{ "0x10", false, 0 },
		{ "1e-3junk", false, 0 },
		{ "1,5", false, 0 },
		{ "", false, 0 },
		{ ".", false, 0 },
		{ "-", false, 0 },
		{ "e5", false, 0 },
		{ "1e", false, 0 },
		{ "1e+", false, 0 },
		{ "1 ", false, 0 },
		{ " 1", false, 0 },
		{ "--1", false, 0 },
		{ "1.2.3", false, 0 },
	};
	/* A comma is the decimal separator of the second. */
	static const char *const locales[] = { "C", "de_DE.UTF-8" };

	for (size_t l = 0; l < 2; l++) {
		setlocale(LC_ALL, locales[l]);
		for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
			double value = 0;

			check_row(value_float(rows[i].text, &value) == rows[i].valid,
					rows[i].text, "the contrary");
			check_row(value == rows[i].value, rows[i].text, "another number");
		}
	}
	setlocale(LC_ALL, "C");
}

static void colors_are_hexadecimal_or_css_names(void)
{
	static const struct {
		const char *text;
		bool valid;
		uint32_t rgb;
	} rows[] = {
		{ "#ff8000", true, 0xFF8000 },
		{ "#FF8000", true, 0xFF8000 },
		{ "#f80", true, 0xFF8800 },
		{ "#000", true, 0 },
		{ "black", true, 0x000000 },
		{ "silver", true, 0xC0C0C0 },
		{ "gray", true, 0x808080 },
		{ "white", true, 0xFFFFFF },
		{ "maroon", true, 0x800000 },
		{ "red", true, 0xFF0000 },
		{ "purple", true, 0x800080 },
		{ "fuchsia", true, 0xFF00FF },
		{ "green", true, 0x008000 },
		{ "lime", true, 0x00FF00 },
		{ "olive", true, 0x808000 },
		{ "yellow", true, 0xFFFF00 },
		{ "navy", true, 0x000080 },
		{ "blue", true, 0x0000FF },
		{ "teal", true, 0x008080 },
		{ "aqua", true, 0x00FFFF },
		{ "Red", true, 0xFF0000 },
		{ "", false, 0 },
		{ "#", false, 0 },
		{ "#ff", false, 0 },
		{ "#ffff", false, 0 },
		{ "#ff80001", false, 0 },
		{ "#gggggg", false, 0 },
		{ "ff8000", false, 0 },
		{ "pink", false, 0 },
		{ "#ff800 ", false, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint32_t rgb = 0;

		check_row(value_color(rows[i].text, &rgb) == rows[i].valid, rows[i].text,
				"the contrary");
		check_row(rgb == rows[i].rgb, rows[i].text, "another color");
	}
}

/* ---- Lists ------------------------------------------------------------- */

/** Items joined by '|', to compare with one text */
static void check_items(char **items, size_t count, const char *joined, const char *row)
{
	char text[256] = "";

	for (size_t i = 0; i < count; i++) {
		strcat(text, i ? "|" : "");
		strcat(text, items[i]);
	}
	check_text(text, joined, row);
	check_row(items[count] == NULL, row, "no NULL at the end");
	free(items);
}

static void words_are_parted_by_commas_and_space(void)
{
	static const char *const rows[][2] = {
		{ "a", "a" },
		{ "a b", "a|b" },
		{ "a,b", "a|b" },
		{ " a ,\tb , ", "a|b" },
		{ "", "" },
		{ " , ,", "" },
		{ "a,,b", "a|b" },
		{ "1x1 3,3", "1x1|3|3" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t count = 99;
		char **words = value_words(rows[i][0], &count);

		check_items(words, count, rows[i][1], rows[i][0]);
	}
	free(value_words("a b", NULL));
}

static void list_items_may_hold_spaces_and_quoted_commas(void)
{
	static const char *const rows[][2] = {
		{ "a.jpg", "a.jpg" },
		{ "a b.jpg, c.jpg", "a b.jpg|c.jpg" },
		{ "\"a, b.jpg\", c.jpg", "a, b.jpg|c.jpg" },
		{ "\" a \" , b", " a |b" },
		{ "\"a.jpg\":tiger cat , b", "a.jpg:tiger cat|b" },
		{ "a\"b\"", "a\"b\"" },
		{ "", "" },
		{ " , ", "" },
		{ "a,,b,", "a|b" },
		{ "\"a, b", "a, b" },
		{ "\"", "" },
		{ "\"\"", "" },
		{ "a,\"", "a" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t count = 99;
		char **items = value_list(rows[i][0], &count);

		check_items(items, count, rows[i][1], rows[i][0]);
	}
	free(value_list("a, b", NULL));
}

/* ---- Sections ---------------------------------------------------------- */

static const char *const filters[] = { "nearest", "bilinear", "lanczos", NULL };

static const cnnviz_parameter parameters[] = {
	{ .name = "layer",
			.type = CNNVIZ_PARAMETER_LAYER,
			.default_value = "last_conv",
			.summary = "layer" },
	{ .name = "samples",
			.type = CNNVIZ_PARAMETER_INT,
			.default_value = "50",
			.minimum = 1,
			.maximum = 100,
			.unit = "pictures",
			.summary = "n" },
	{ .name = "noise_level",
			.type = CNNVIZ_PARAMETER_FLOAT,
			.default_value = "0.15",
			.minimum = 0,
			.maximum = 1.5,
			.summary = "s" },
	{ .name = "rate", .type = CNNVIZ_PARAMETER_FLOAT, .summary = "unset" },
	{ .name = "signed",
			.type = CNNVIZ_PARAMETER_BOOL,
			.default_value = "no",
			.summary = "b" },
	{ .name = "filter",
			.type = CNNVIZ_PARAMETER_ENUM,
			.choices = filters,
			.default_value = "bilinear",
			.summary = "f" },
	{ .name = "background",
			.type = CNNVIZ_PARAMETER_COLOR,
			.default_value = "white",
			.summary = "c" },
	{ .name = "mask", .type = CNNVIZ_PARAMETER_PATH, .summary = "a file" },
	{ .name = "title", .type = CNNVIZ_PARAMETER_STRING, .summary = "t" },
	{ .name = "target", .type = CNNVIZ_PARAMETER_CLASS, .summary = "k" },
	{ .name = "cam", .type = CNNVIZ_PARAMETER_JOB, .summary = "j" },
	{ .name = "seeds",
			.type = CNNVIZ_PARAMETER_INT,
			.minimum = 1,
			.maximum = HUGE_VAL,
			.summary = "open above" },
};

enum {
	LAYER,
	SAMPLES,
	NOISE_LEVEL,
	RATE,
	SIGNED,
	FILTER,
	BACKGROUND,
	MASK,
	TITLE,
	TARGET,
	CAM,
	SEEDS,
	COUNT,
};

static cnnviz_status find_layer(void *context, const char *text, int64_t *value,
		struct error *error)
{
	(void)context;
	if (strcmp(text, "last_conv") != 0 && strcmp(text, "features.29") != 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "there is no layer \"%s\"",
				text);
	}
	*value = strcmp(text, "last_conv") == 0 ? 28 : 29;
	return CNNVIZ_OK;
}

static cnnviz_status find_class(void *context, const char *text, int64_t *value,
		struct error *error)
{
	(void)context;
	(void)error;
	*value = (int64_t)strlen(text) + 100;
	return CNNVIZ_OK;
}

static cnnviz_status find_job(void *context, const char *text, int64_t *value,
		struct error *error)
{
	++*(int *)context;
	(void)text;
	(void)error;
	*value = 4;
	return CNNVIZ_OK;
}

/** features.29 has 8 channels, last_conv none that anybody knows of */
static int64_t count_channels(void *context, int64_t layer, const char **name)
{
	(void)context;
	*name = "features.29";
	return layer == 29 ? 8 : 0;
}

static int job_calls;
static const struct value_resolver resolver = {
	.context = &job_calls,
	.layer = find_layer,
	.class_index = find_class,
	.job = find_job,
	.channels = count_channels,
};

static const char *const others[] = { "technique", "targets", NULL };

/** Read [job] of a file whose lines start at line 2. */
static bool read_job(const char *lines, const char *override, struct value *values,
		struct problems *problems)
{
	char text[1024];

	snprintf(text, sizeof(text), "[job]\n%s\n[other]\nunknown = 1\n", lines);
	struct ini *ini = ini_read(fixture_write_text("file.ini", text), problems);

	if (ini == NULL || (override && ini_override(ini, override, NULL) != CNNVIZ_OK)) {
		ini_free(ini);
		memset(values, 0, COUNT * sizeof(*values));
		CU_FAIL("file or override");
		return false;
	}
	bool good = values_read(ini, "job", parameters, COUNT, others, &resolver, values,
			problems);

	ini_free(ini);
	return good;
}

static void defaults_fill_what_is_not_given(void)
{
	struct value values[COUNT];
	struct problems problems = { 0 };

	CU_ASSERT_TRUE(read_job("technique = x", NULL, values, &problems));
	CU_ASSERT_EQUAL(problems.count, 0);
	CU_ASSERT_TRUE(values[LAYER].set);
	CU_ASSERT_EQUAL(values[LAYER].integer, 28);
	check_text(values[LAYER].text, "last_conv", "layer");
	CU_ASSERT_EQUAL(values[SAMPLES].integer, 50);
	CU_ASSERT_EQUAL(values[SAMPLES].real, 50);
	CU_ASSERT_EQUAL(values[NOISE_LEVEL].real, 0.15);
	CU_ASSERT_EQUAL(values[SIGNED].integer, 0);
	CU_ASSERT_EQUAL(values[FILTER].integer, 1);
	CU_ASSERT_EQUAL(values[BACKGROUND].integer, 0xFFFFFF);
	CU_ASSERT_FALSE(values[RATE].set);
	CU_ASSERT_PTR_NULL(values[RATE].text);
	CU_ASSERT_FALSE(values[MASK].set);
	CU_ASSERT_FALSE(values[TARGET].set);
	CU_ASSERT_FALSE(values[CAM].set);
	CU_ASSERT_EQUAL(values[LAYER].line, 0);
	values_free(values, COUNT);
	problems_free(&problems);
}

static void given_values_are_typed(void)
{
	struct value values[COUNT];
	struct problems problems = { 0 };

	fixture_write_text("mask.png", "x");
	job_calls = 0;
	CU_ASSERT_TRUE(read_job(
			"layer = features.29\nsamples = 7\nnoise_level = 1e-1\n"
			"rate = -4\nsigned = yes\nfilter = lanczos\n"
			"background = \"#102030\"\nmask = mask.png\ntitle = Ein Titel\n"
			"target = cat\nCAM = grad_cam\nseeds = 123456789012\ntechnique = "
			"x",
			NULL, values, &problems));
	CU_ASSERT_EQUAL(values[LAYER].integer, 29);
	CU_ASSERT_EQUAL(values[LAYER].line, 2);
	CU_ASSERT_EQUAL(values[SAMPLES].integer, 7);
	CU_ASSERT_EQUAL(values[SAMPLES].line, 3);
	CU_ASSERT_EQUAL(values[NOISE_LEVEL].real, 0.1);
	CU_ASSERT_EQUAL(values[RATE].real, -4);
	CU_ASSERT_EQUAL(values[SIGNED].integer, 1);
	CU_ASSERT_EQUAL(values[FILTER].integer, 2);
	check_text(values[FILTER].text, "lanczos", "filter");
	CU_ASSERT_EQUAL(values[BACKGROUND].integer, 0x102030);
	check_text(values[MASK].text, fixture_path("mask.png"), "mask");
	check_text(values[TITLE].text, "Ein Titel", "title");
	CU_ASSERT_EQUAL(values[TARGET].integer, 103);
	CU_ASSERT_EQUAL(values[CAM].integer, 4);
	CU_ASSERT_EQUAL(job_calls, 1);
	CU_ASSERT_EQUAL(values[SEEDS].integer, INT64_C(123456789012));
	values_free(values, COUNT);
	CU_ASSERT_PTR_NULL(values[TITLE].text);
	problems_free(&problems);
}

static const char *const spelled_choices[] = { "gray", "normalized", "noise", NULL };

/** A host's own parameters, and one of a plugin that declares British names */
static const cnnviz_parameter spelled_parameters[] = {
	{ .name = "colormap",
			.type = CNNVIZ_PARAMETER_ENUM,
			.choices = spelled_choices,
			.summary = "s" },
	{ .name = "optimizers",
			.type = CNNVIZ_PARAMETER_ENUM,
			.flags = CNNVIZ_PARAMETER_LIST,
			.choices = spelled_choices,
			.summary = "s" },
	{ .name = "colour", .type = CNNVIZ_PARAMETER_COLOR, .summary = "s" },
};
enum { S_COLORMAP, S_OPTIMIZERS, S_COLOUR, S_COUNT };

static void keys_and_choices_are_read_in_either_spelling(void)
{
	static const char *const rows[] = {
		"[job]\ncolormap = gray\noptimizers = normalized, noise\ncolor = gray\n",
		"[job]\ncolourmap = grey\noptimisers = normalised, noise\ncolour = "
		"grey\n",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct problems problems = { 0 };
		struct value values[S_COUNT];
		struct ini *ini = ini_read(fixture_write_text("file.ini", rows[i]),
				&problems);

		CU_ASSERT_PTR_NOT_NULL_FATAL(ini);
		CU_ASSERT_TRUE(values_read(ini, "job", spelled_parameters, S_COUNT, NULL,
				NULL, values, &problems));
		check_text(values[S_COLORMAP].text, "gray", rows[i]);
		CU_ASSERT_EQUAL(values[S_COLORMAP].line, 2);
		CU_ASSERT_EQUAL(values[S_OPTIMIZERS].item_count, 2);
		check_text(values[S_OPTIMIZERS].items[0].text, "normalized", rows[i]);
		CU_ASSERT_EQUAL(values[S_OPTIMIZERS].items[1].integer, 2);
		CU_ASSERT_EQUAL(values[S_COLOUR].integer, 0x808080);
		values_free(values, S_COUNT);
		ini_free(ini);
		problems_free(&problems);
	}
}

static void a_name_in_both_spellings_is_declared_twice(void)
{
	static const cnnviz_parameter both[] = {
		{ .name = "color", .type = CNNVIZ_PARAMETER_COLOR, .summary = "s" },
		{ .name = "colour", .type = CNNVIZ_PARAMETER_COLOR, .summary = "s" },
	};
	struct error error = { 0 };

	CU_ASSERT_EQUAL(parameters_check(both, 2, &error), CNNVIZ_ERROR_PLUGIN);
	check_holds(error.text, "\"colour\" is declared twice", "color and colour");
	CU_ASSERT_EQUAL(parameters_check(both, 1, NULL), CNNVIZ_OK);
}

static void wrong_values_are_refused_with_their_line(void)
{
	static const struct {
		const char *lines;
		int line;
		const char *part;
	} rows[] = {
		{ "lyer = x", 2,
				"[job] lyer: there is no parameter \"lyer\"; did you "
				"mean \"layer\"?" },
		{ "title = x\nTechniqe = x", 3, "did you mean \"technique\"?" },
		{ "zzzzzzzz = 1", 2,
				"there is no parameter \"zzzzzzzz\"; known here: "
				"layer, samples, noise_level, rate, signed, filter, "
				"background, "
				"mask, title, target, cam, seeds, technique, targets" },
		{ "layer = conv9", 2, "[job] layer: there is no layer \"conv9\"" },
		{ "layer =", 2, "value is empty" },
		{ "samples = 0", 2,
				"\"0\" is not a whole number from 1 to 100 "
				"(pictures)" },
		{ "samples = 101", 2, "from 1 to 100" },
		{ "samples = 1.5", 2, "whole number from 1 to 100" },
		{ "samples = 1e1", 2, "whole number from 1 to 100" },
		{ "seeds = 0", 2, "is not a whole number from 1 up" },
		{ "noise_level = -0.1", 2, "\"-0.1\" is not a number from 0 to 1.5" },
		{ "noise_level = nan", 2, "number from 0 to 1.5" },
		{ "noise_level = 0,5", 2, "number from 0 to 1.5" },
		{ "rate = fast", 2, "\"fast\" is not a number" },
		{ "signed = maybe", 2, "\"maybe\" is neither yes nor no" },
		{ "filter = lanzcos", 2,
				"\"lanzcos\" is not one of nearest, bilinear, "
				"lanczos; did you mean \"lanczos\"?" },
		{ "filter = box", 2, "is not one of nearest, bilinear, lanczos" },
		{ "filter = Nearest", 2, "did you mean \"nearest\"?" },
		{ "background = pink", 2, "\"pink\" is not a color" },
		{ "mask = nothing.png", 2, "there is no file \"nothing.png\"" },
		{ "mask = .", 2, "\".\" is a folder" },
		{ "mask = ~/mask.png", 2, "\"~\" is not expanded here" },
		{ "mask = /dev/null", 2, "there is no file" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct value values[COUNT];
		struct problems problems = { 0 };

		check_row(!read_job(rows[i].lines, NULL, values, &problems),
				rows[i].lines, "no problem");
		if (check_row(problems.count == 1, rows[i].lines, "another count")) {
			char *sentence = problem_sentence(&problems.items[0]);

			check_holds(sentence, rows[i].part, rows[i].lines);
			check_holds(sentence, "file.ini:", rows[i].lines);
			check_row(problems.items[0].line == rows[i].line, rows[i].lines,
					sentence);
			free(sentence);
		}
		values_free(values, COUNT);
		problems_free(&problems);
	}
}

static void all_problems_of_a_section_are_reported(void)
{
	struct value values[COUNT];
	struct problems problems = { 0 };

	CU_ASSERT_FALSE(read_job("a1 = x\nb1 = y\nsamples = z\nrate = z", NULL, values,
			&problems));
	CU_ASSERT_EQUAL(problems.count, 4);
	values_free(values, COUNT);
	problems_free(&problems);
}

static void faulty_entry_is_not_reported_twice(void)
{
	struct value values[COUNT];
	struct problems problems = { 0 };

	CU_ASSERT_FALSE(read_job("background = #ff0000", NULL, values, &problems));
	CU_ASSERT_EQUAL(problems.count, 1);
	CU_ASSERT_FALSE(values[BACKGROUND].set);
	values_free(values, COUNT);
	problems_free(&problems);
}

static void overrides_are_named_and_relative_to_the_current_folder(void)
{
	struct value values[COUNT];
	struct problems problems = { 0 };
	char before[4096];

	fixture_write_text("mask.png", "x");
	CU_ASSERT_FALSE(read_job("samples = 3", "job.samples=x", values, &problems));
	CU_ASSERT_EQUAL_FATAL(problems.count, 1);
	char *sentence = problem_sentence(&problems.items[0]);

	check_holds(sentence, "-s: [job] samples: \"x\" is not", "override");
	free(sentence);
	values_free(values, COUNT);
	CU_ASSERT_FALSE(read_job("", "job.mask=mask.png", values, &problems));
	values_free(values, COUNT);
	if (getcwd(before, sizeof(before)) == NULL || chdir(fixture_folder) != 0) {
		exit(99);
	}
	CU_ASSERT_TRUE(read_job("", "job.mask=./mask.png", values, &problems));
	if (chdir(before) != 0) {
		exit(99);
	}
	check_holds(values[MASK].text, "/mask.png", "path of an override");
	CU_ASSERT(values[MASK].text && values[MASK].text[0] == '/');
	CU_ASSERT_PTR_NULL(values[MASK].text != NULL ? strstr(values[MASK].text, "/./")
						     : "");
	values_free(values, COUNT);
	problems_free(&problems);
}

/* ---- Lists of values ---------------------------------------------------- */

static const cnnviz_parameter list_parameters[] = {
	{ .name = "filters",
			.type = CNNVIZ_PARAMETER_INT,
			.summary = "s",
			.flags = CNNVIZ_PARAMETER_LIST | CNNVIZ_PARAMETER_ALL,
			.minimum = -5,
			.maximum = 9000,
			.default_value = "all" },
	{ .name = "rates",
			.type = CNNVIZ_PARAMETER_FLOAT,
			.summary = "s",
			.flags = CNNVIZ_PARAMETER_LIST,
			.minimum = 0,
			.maximum = 1,
			.default_value = "0.5, 1" },
	{ .name = "modes",
			.type = CNNVIZ_PARAMETER_ENUM,
			.summary = "s",
			.flags = CNNVIZ_PARAMETER_LIST,
			.choices = filters },
	{ .name = "layers",
			.type = CNNVIZ_PARAMETER_LAYER,
			.summary = "s",
			.flags = CNNVIZ_PARAMETER_LIST | CNNVIZ_PARAMETER_ALL },
	{ .name = "classes",
			.type = CNNVIZ_PARAMETER_CLASS,
			.summary = "s",
			.flags = CNNVIZ_PARAMETER_LIST },
	{ .name = "masks",
			.type = CNNVIZ_PARAMETER_PATH,
			.summary = "s",
			.flags = CNNVIZ_PARAMETER_LIST },
	{ .name = "titles",
			.type = CNNVIZ_PARAMETER_STRING,
			.summary = "s",
			.flags = CNNVIZ_PARAMETER_LIST },
	{ .name = "inks",
			.type = CNNVIZ_PARAMETER_COLOR,
			.summary = "s",
			.flags = CNNVIZ_PARAMETER_LIST },
	{ .name = "seeds",
			.type = CNNVIZ_PARAMETER_INT,
			.summary = "s",
			.flags = CNNVIZ_PARAMETER_LIST },
	{ .name = "title", .type = CNNVIZ_PARAMETER_STRING, .summary = "s" },
};
enum {
	L_FILTERS,
	L_RATES,
	L_MODES,
	L_LAYERS,
	L_CLASSES,
	L_MASKS,
	L_TITLES,
	L_INKS,
	L_SEEDS,
	L_TITLE,
	L_COUNT
};

static bool read_lists(const char *lines, struct value *values, struct problems *problems)
{
	char *text = memory_format("[job]\n%s\n", lines);
	struct ini *ini = ini_read(fixture_write_text("file.ini", text), problems);

	free(text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(ini);
	bool good = values_read(ini, "job", list_parameters, L_COUNT, NULL, &resolver,
			values, problems);

	ini_free(ini);
	return good;
}

static void integers_may_be_listed_and_in_ranges(void)
{
	static const struct {
		const char *text;
		size_t count;
		int64_t values[8];
	} rows[] = {
		{ "7", 1, { 7 } },
		{ "1,2, 3", 3, { 1, 2, 3 } },
		{ "2, 2", 2, { 2, 2 } },
		{ "8-11", 4, { 8, 9, 10, 11 } },
		{ "8 - 9", 2, { 8, 9 } },
		{ "4-4", 1, { 4 } },
		{ "0,8-9,1", 4, { 0, 8, 9, 1 } },
		{ "-3", 1, { -3 } },
		{ "-3--1", 3, { -3, -2, -1 } },
		{ "-1-1", 3, { -1, 0, 1 } },
		{ "+1-+2", 2, { 1, 2 } },
		{ ",1,,2,", 2, { 1, 2 } },
		{ "'\"8-9\", 3'", 3, { 8, 9, 3 } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct value values[L_COUNT];
		struct problems problems = { 0 };
		char line[64];

		snprintf(line, sizeof(line), "filters = %s", rows[i].text);
		check_row(read_lists(line, values, &problems), rows[i].text, "refused");
		const struct value *list = &values[L_FILTERS];

		check_row(list->item_count == rows[i].count, rows[i].text,
				"another count");
		for (size_t k = 0; k < list->item_count && k < rows[i].count; k++) {
			check_row(list->items[k].integer == rows[i].values[k]
							&& list->items[k].real
									== (double)rows[i].values
											   [k]
							&& list->items[k].set
							&& list->items[k].text != NULL,
					rows[i].text, "another value");
		}
		check_row(list->set && list->integer == rows[i].values[0], rows[i].text,
				"another first value");
		values_free(values, L_COUNT);
		problems_free(&problems);
	}
}

static void only_lists_may_be_longer_than_1024_characters(void)
{
	static const struct {
		const char *key, *value;
		int repeated; /* how often the value stands in a row */
		const char *part;
	} rows[] = {
		{ "title", "x", 1024, NULL },
		{ "title", "x", 1025, "xxxx...\" has 1025 characters" },
		{ "titles", "x", 1025, "xxxx...\" has 1025 characters" },
		{ "titles", "a title, ", 3000, NULL },
		{ "filters", "7, ", 3000, NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct value values[L_COUNT];
		struct problems problems = { 0 };
		char line[32768];
		size_t length = (size_t)sprintf(line, "%s = ", rows[i].key);

		for (int k = 0; k < rows[i].repeated; k++) {
			length += (size_t)sprintf(line + length, "%s", rows[i].value);
		}
		bool good = read_lists(line, values, &problems);
		char *sentence = good ? memory_text("read")
				      : problem_sentence(&problems.items[0]);

		check_row(good == (rows[i].part == NULL), rows[i].key, sentence);
		if (!good && rows[i].part != NULL) {
			check_holds(sentence, rows[i].part, rows[i].key);
		}
		free(sentence);
		values_free(values, L_COUNT);
		problems_free(&problems);
	}
}

static void lists_hold_every_type(void)
{
	struct value values[L_COUNT];
	struct problems problems = { 0 };

	fixture_write_text("mask.png", "x");
	fixture_write_text("a,b.png", "x");
	CU_ASSERT_TRUE(read_lists(
			"modes = lanczos, nearest\n"
			"layers = features.29, last_conv\nclasses = \"'cat, tabby', x\"\n"
			"masks = 'mask.png, \"a,b.png\"'\ntitles = one, two words\n"
			"inks = \"#102030, red\"\ntitle = one, two",
			values, &problems));
	CU_ASSERT_EQUAL(values[L_FILTERS].item_count, 0);
	CU_ASSERT_TRUE(values[L_FILTERS].set);
	check_text(values[L_FILTERS].text, "all", "default");
	CU_ASSERT_EQUAL(values[L_RATES].item_count, 2);
	CU_ASSERT_EQUAL(values[L_RATES].items[1].real, 1);
	CU_ASSERT_EQUAL(values[L_RATES].real, 0.5);
	CU_ASSERT_EQUAL_FATAL(values[L_MODES].item_count, 2);
	CU_ASSERT_EQUAL(values[L_MODES].items[0].integer, 2);
	CU_ASSERT_EQUAL(values[L_MODES].items[1].integer, 0);
	CU_ASSERT_EQUAL_FATAL(values[L_LAYERS].item_count, 2);
	CU_ASSERT_EQUAL(values[L_LAYERS].items[0].integer, 29);
	CU_ASSERT_EQUAL(values[L_LAYERS].items[1].integer, 28);
	CU_ASSERT_EQUAL_FATAL(values[L_MASKS].item_count, 2);
	check_text(values[L_MASKS].items[0].text, fixture_path("mask.png"), "mask");
	check_text(values[L_MASKS].items[1].text, fixture_path("a,b.png"), "mask");
	CU_ASSERT_EQUAL_FATAL(values[L_TITLES].item_count, 2);
	check_text(values[L_TITLES].items[1].text, "two words", "title");
	check_text(values[L_TITLES].text, "one, two words", "titles");
	CU_ASSERT_EQUAL_FATAL(values[L_INKS].item_count, 2);
	CU_ASSERT_EQUAL(values[L_INKS].items[0].integer, 0x102030);
	CU_ASSERT_EQUAL(values[L_INKS].items[1].integer, 0xFF0000);
	CU_ASSERT_FALSE(values[L_SEEDS].set);
	CU_ASSERT_EQUAL(values[L_SEEDS].item_count, 0);
	CU_ASSERT_EQUAL(values[L_TITLE].item_count, 0);
	values_free(values, L_COUNT);
	CU_ASSERT_PTR_NULL(values[L_TITLES].items);
	problems_free(&problems);
}

static void all_is_an_empty_list_that_is_set(void)
{
	struct value values[L_COUNT];
	struct problems problems = { 0 };

	CU_ASSERT_TRUE(read_lists("filters = all\nlayers = \"all\"\ntitles = all", values,
			&problems));
	CU_ASSERT_TRUE(values[L_FILTERS].set);
	CU_ASSERT_EQUAL(values[L_FILTERS].item_count, 0);
	CU_ASSERT_TRUE(values[L_LAYERS].set);
	CU_ASSERT_EQUAL(values[L_LAYERS].item_count, 0);
	/* Where `all` has no meaning of its own it is a word like any other. */
	CU_ASSERT_EQUAL(values[L_TITLES].item_count, 1);
	values_free(values, L_COUNT);
	problems_free(&problems);
}

static void ranges_and_lists_have_limits(void)
{
	struct value values[L_COUNT];
	struct problems problems = { 0 };

	CU_ASSERT_TRUE(read_lists("filters = 1-4096\nseeds = "
				  "9223372036854775806-9223372036854775807",
			values, &problems));
	CU_ASSERT_EQUAL(values[L_FILTERS].item_count, VALUE_RANGE_MAX);
	CU_ASSERT_EQUAL(values[L_FILTERS].items[VALUE_RANGE_MAX - 1].integer, 4096);
	check_text(values[L_FILTERS].items[2].text, "3", "text within a range");
	CU_ASSERT_EQUAL(values[L_SEEDS].item_count, 2);
	CU_ASSERT_EQUAL(values[L_SEEDS].items[1].integer, INT64_MAX);
	values_free(values, L_COUNT);
	problems_free(&problems);
}

static void wrong_items_are_refused_by_name(void)
{
	static const struct {
		const char *line;
		const char *part;
	} rows[] = {
		{ "filters =", "[job] filters: the list is empty" },
		{ "filters = ,", "the list is empty" },
		{ "filters = 1, x",
				"[job] filters: \"x\" is not a whole number from -5 to "
				"9000" },
		{ "filters = 1, 2.5", "\"2.5\" is not a whole number" },
		{ "filters = 1, 9001", "\"9001\" is not a whole number from -5 to 9000" },
		{ "filters = 8990-9001", "\"9001\" is not a whole number from -5" },
		{ "filters = -6-3", "\"-6\" is not a whole number from -5" },
		{ "filters = 8-", "\"8-\" is not a whole number" },
		{ "filters = 8-9-10", "\"8-9-10\" is not a whole number" },
		{ "filters = 15-8",
				"the range \"15-8\" is descending; write the smaller "
				"number first" },
		{ "filters = 0-4096",
				"the range \"0-4096\" has more than 4096 "
				"values" },
		{ "seeds = -9223372036854775808-9223372036854775807",
				"has more than 4096 values" },
		{ "seeds = 1-99999999999999999999", "is not a whole number" },
		{ "filters = all, 3", "\"all\" cannot be combined with other values" },
		{ "filters = 3, all", "\"all\" cannot be combined" },
		{ "seeds = all", "\"all\" is not a whole number" },
		{ "rates = 0.5, 2", "\"2\" is not a number from 0 to 1" },
		{ "rates = 0-1", "\"0-1\" is not a number from 0 to 1" },
		{ "modes = nearest, box", "\"box\" is not one of nearest" },
		{ "layers = features.29, conv9", "there is no layer \"conv9\"" },
		{ "layers = all, features.29", "\"all\" cannot be combined" },
		{ "masks = nix.png, nix.png", "there is no file \"nix.png\"" },
		{ "inks = red, pink", "\"pink\" is not a color" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct value values[L_COUNT];
		struct problems problems = { 0 };

		check_row(!read_lists(rows[i].line, values, &problems), rows[i].line,
				"no problem");
		if (check_row(problems.count == 1, rows[i].line, "another count")) {
			char *sentence = problem_sentence(&problems.items[0]);

			check_holds(sentence, rows[i].part, rows[i].line);
			check_holds(sentence, "file.ini:2: [job] ", rows[i].line);
			free(sentence);
		}
		for (size_t k = 0; k < L_COUNT; k++) {
			check_row(values[k].set
							|| (values[k].items == NULL
									&& values[k].text
											== NULL),
					rows[i].line, "rests of the refused value");
		}
		values_free(values, L_COUNT);
		problems_free(&problems);
	}
}

/* ---- Unique values and channels ------------------------------------------- */

#define UNIQUE (CNNVIZ_PARAMETER_LIST | CNNVIZ_PARAMETER_UNIQUE)

static const cnnviz_parameter channel_parameters[] = {
	{ .name = "layers",
			.type = CNNVIZ_PARAMETER_LAYER,
			.summary = "s",
			.flags = UNIQUE },
	{ .name = "filters",
			.type = CNNVIZ_PARAMETER_CHANNEL,
			.summary = "s",
			.layer = "layers",
			.flags = UNIQUE | CNNVIZ_PARAMETER_ALL },
	{ .name = "one",
			.type = CNNVIZ_PARAMETER_CHANNEL,
			.summary = "s",
			.layer = "layer",
			.default_value = "7" },
	{ .name = "layer",
			.type = CNNVIZ_PARAMETER_LAYER,
			.summary = "s",
			.default_value = "features.29" },
	{ .name = "rates",
			.type = CNNVIZ_PARAMETER_FLOAT,
			.summary = "s",
			.flags = UNIQUE },
	{ .name = "titles",
			.type = CNNVIZ_PARAMETER_STRING,
			.summary = "s",
			.flags = UNIQUE },
	{ .name = "modes",
			.type = CNNVIZ_PARAMETER_ENUM,
			.summary = "s",
			.flags = UNIQUE,
			.choices = filters },
	{ .name = "twice",
			.type = CNNVIZ_PARAMETER_INT,
			.summary = "s",
			.flags = CNNVIZ_PARAMETER_LIST },
};
enum {
	C_LAYERS,
	C_FILTERS,
	C_ONE,
	C_LAYER,
	C_RATES,
	C_TITLES,
	C_MODES,
	C_TWICE,
	C_COUNT
};

static bool read_channels(const char *lines, struct value *values,
		struct problems *problems)
{
	char text[256];

	snprintf(text, sizeof(text), "[job]\n%s\n", lines);
	struct ini *ini = ini_read(fixture_write_text("file.ini", text), problems);

	CU_ASSERT_PTR_NOT_NULL_FATAL(ini);
	bool good = values_read(ini, "job", channel_parameters, C_COUNT, NULL, &resolver,
			values, problems);

	ini_free(ini);
	return good;
}

static void channels_are_numbers_ranges_or_all(void)
{
	struct value values[C_COUNT];
	struct problems problems = { 0 };

	CU_ASSERT_TRUE(read_channels("layers = features.29, last_conv\n"
				     "filters = 7, 0-2\ntwice = 2, 1, 2\nmodes = lanczos",
			values, &problems));
	CU_ASSERT_EQUAL_FATAL(values[C_FILTERS].item_count, 4);
	CU_ASSERT_EQUAL(values[C_FILTERS].items[0].integer, 7);
	CU_ASSERT_EQUAL(values[C_FILTERS].items[3].integer, 2);
	CU_ASSERT_EQUAL(values[C_FILTERS].integer, 7);
	CU_ASSERT_EQUAL(values[C_ONE].integer, 7);
	CU_ASSERT_EQUAL(values[C_TWICE].item_count, 3);
	values_free(values, C_COUNT);

	CU_ASSERT_TRUE(read_channels("layers = features.29\nfilters = all", values,
			&problems));
	CU_ASSERT_TRUE(values[C_FILTERS].set);
	CU_ASSERT_EQUAL(values[C_FILTERS].item_count, 0);
	values_free(values, C_COUNT);

	/* If the layer is unknown, any channel may exist. */
	CU_ASSERT_TRUE(read_channels("layers = last_conv\nfilters = 99", values,
			&problems));
	values_free(values, C_COUNT);
	CU_ASSERT_EQUAL(problems.count, 0);
	problems_free(&problems);
}

static void values_that_stand_twice_and_channels_that_are_not_there_are_refused(void)
{
	static const struct {
		const char *lines;
		const char *sentence; /* without the name of the file */
	} rows[] = {
		{ "layers = features.29, last_conv, features.29",
				":2: [job] layers: the list has \"features.29\" twice; "
				"give each value once" },
		{ "filters = 1-3, 2", ":2: [job] filters: the list has \"2\" twice" },
		{ "filters = 1, +1",
				":2: [job] filters: \"1\" and \"+1\" are the same; give "
				"each value once" },
		{ "rates = 0.5, 1, .5", ":2: [job] rates: \"0.5\" and \".5\" are" },
		{ "titles = a b, c, a b", ":2: [job] titles: the list has \"a b\"" },
		{ "modes = nearest, nearest", ":2: [job] modes: the list has \"ne" },
		{ "filters = x",
				"filters: \"x\" is not the number of a channel; channels "
				"are counted "
				"from 0" },
		{ "filters = 0, -1", "filters: \"-1\" is not the number of a channel" },
		{ "filters = -1-2", "filters: \"-1\" is not the number of a channel" },
		{ "layers = last_conv, features.29\nfilters = 3, 8, 9",
				":3: [job] filters: there is no channel 8 in the layer "
				"\"features.29\", which has 8 channels; give one from 0 "
				"to 7" },
		{ "one = 8",
				":2: [job] one: there is no channel 8 in the layer "
				"\"features.29\"" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct value values[C_COUNT];
		struct problems problems = { 0 };

		check_row(!read_channels(rows[i].lines, values, &problems), rows[i].lines,
				"no problem");
		if (check_row(problems.count == 1, rows[i].lines, "another count")) {
			char *sentence = problem_sentence(&problems.items[0]);

			check_holds(sentence, rows[i].sentence, rows[i].lines);
			free(sentence);
		}
		values_free(values, C_COUNT);
		problems_free(&problems);
	}
}

static void a_default_channel_that_does_not_exist_is_reported_at_the_section(void)
{
	static const cnnviz_parameter table[] = {
		{ .name = "layer",
				.type = CNNVIZ_PARAMETER_LAYER,
				.summary = "s",
				.default_value = "features.29" },
		{ .name = "channel",
				.type = CNNVIZ_PARAMETER_CHANNEL,
				.summary = "s",
				.layer = "layer",
				.default_value = "100" },
	};
	struct problems problems = { 0 };
	struct value values[2];
	struct ini *ini = ini_read(fixture_write_text("file.ini", "\n[job]\n"),
			&problems);

	CU_ASSERT_PTR_NOT_NULL_FATAL(ini);
	CU_ASSERT_FALSE(values_read(ini, "job", table, 2, NULL, &resolver, values,
			&problems));
	CU_ASSERT_EQUAL_FATAL(problems.count, 1);
	char *sentence = problem_sentence(&problems.items[0]);

	check_holds(sentence, "file.ini:2: [job] channel: there is no channel 100",
			"100");
	free(sentence);
	values_free(values, 2);
	ini_free(ini);
	problems_free(&problems);
}

static void a_list_may_have_so_many_values(void)
{
	static const cnnviz_parameter list = { .name = "p",
		.type = CNNVIZ_PARAMETER_INT,
		.summary = "s",
		.flags = CNNVIZ_PARAMETER_LIST };
	cnnviz_parameter table = list;
	struct error error = { 0 };
	char text[18 * 7 + 1] = "";

	for (int i = 0; i < 16; i++) {
		strcat(text, "1-4096,");
	}
	table.default_value = text;
	CU_ASSERT_EQUAL(parameters_check(&table, 1, &error), CNNVIZ_OK);
	strcat(text, "1");
	CU_ASSERT_EQUAL(parameters_check(&table, 1, &error), CNNVIZ_ERROR_PLUGIN);
	check_holds(error.text, "the list has more than 65536 values", "one more");
	text[strlen(text) - 1] = '\0';
	memcpy(text, "1-4095", 6);
	CU_ASSERT_EQUAL(parameters_check(&table, 1, &error), CNNVIZ_OK);
	strcat(text, "1-2");
	CU_ASSERT_EQUAL(parameters_check(&table, 1, &error), CNNVIZ_ERROR_PLUGIN);
	check_holds(error.text, "the list has more than 65536 values",
			"a range that "
			"goes beyond");
}

static void required_parameter_must_be_given(void)
{
	static const cnnviz_parameter one = {
		.name = "base",
		.type = CNNVIZ_PARAMETER_JOB,
		.flags = CNNVIZ_PARAMETER_REQUIRED,
		.summary = "job to average",
	};
	struct problems problems = { 0 };
	struct value value;
	struct ini *ini = ini_read(fixture_write_text("file.ini", "\n[job]\n"),
			&problems);

	CU_ASSERT_PTR_NOT_NULL_FATAL(ini);
	CU_ASSERT_FALSE(values_read(ini, "job", &one, 1, NULL, &resolver, &value,
			&problems));
	CU_ASSERT_EQUAL_FATAL(problems.count, 1);
	char *sentence = problem_sentence(&problems.items[0]);

	check_holds(sentence,
			"file.ini:2: [job] base: this parameter must be given: "
			"job to average",
			"required");
	free(sentence);
	values_free(&value, 1);
	ini_free(ini);
	problems_free(&problems);
}

static void default_that_does_not_fit_the_network_asks_for_a_value(void)
{
	static const cnnviz_parameter one = {
		.name = "layer",
		.type = CNNVIZ_PARAMETER_LAYER,
		.default_value = "features.35",
		.summary = "layer",
	};
	struct problems problems = { 0 };
	struct value value;
	struct ini *ini = ini_read(fixture_write_text("file.ini", "[job]\nx = 1\n"),
			&problems);

	CU_ASSERT_PTR_NOT_NULL_FATAL(ini);
	CU_ASSERT_FALSE(values_read(ini, "job", &one, 1, NULL, &resolver, &value,
			&problems));
	CU_ASSERT_EQUAL_FATAL(problems.count, 2);
	check_holds(problems.items[0].text, "known here: layer", "unknown key");
	check_holds(problems.items[1].text,
			"the default cannot be used, so this "
			"parameter must be given: there is no layer \"features.35\"",
			"default");
	CU_ASSERT_FALSE(value.set);
	values_free(&value, 1);
	ini_free(ini);
	problems_free(&problems);
}

static void technique_without_parameters_takes_none(void)
{
	struct problems problems = { 0 };
	struct ini *ini = ini_read(fixture_write_text("file.ini", "[job]\nx = 1\n"),
			&problems);

	CU_ASSERT_PTR_NOT_NULL_FATAL(ini);
	CU_ASSERT_FALSE(values_read(ini, "job", NULL, 0, NULL, NULL, NULL, &problems));
	CU_ASSERT_EQUAL_FATAL(problems.count, 1);
	check_holds(problems.items[0].text, "this section has no parameters", "none");
	ini_free(ini);
	problems_free(&problems);
}

/* ---- Tables ------------------------------------------------------------ */

static void good_table_passes(void)
{
	struct error error = { 0 };

	CU_ASSERT_EQUAL(parameters_check(parameters, COUNT, &error), CNNVIZ_OK);
	CU_ASSERT_EQUAL(parameters_check(channel_parameters, C_COUNT, &error), CNNVIZ_OK);
	CU_ASSERT_EQUAL(parameters_check(NULL, 0, &error), CNNVIZ_OK);
	CU_ASSERT_EQUAL(parameter_find(parameters, COUNT, "filter"), FILTER);
	CU_ASSERT_EQUAL(parameter_find(parameters, COUNT, "other"), COUNT);
}

static void bad_tables_are_refused(void)
{
	static const char *const none[] = { NULL };
	static const struct {
		const char *part;
		cnnviz_parameter parameter;
	} rows[] = {
		{ "parameter 2 has the name \"\"",
				{ .name = NULL, .type = 1, .summary = "s" } },
		{ "parameter 2 has the name \"\"",
				{ .name = "", .type = 1, .summary = "s" } },
		{ "the name \"Upper\"", { .name = "Upper", .type = 1, .summary = "s" } },
		{ "the name \"a-b\"", { .name = "a-b", .type = 1, .summary = "s" } },
		{ "\"first\" is declared twice",
				{ .name = "first", .type = 1, .summary = "s" } },
		{ "\"p\" has an unknown type", { .name = "p", .summary = "s" } },
		{ "\"p\" has an unknown type",
				{ .name = "p", .type = 14, .summary = "s" } },
		{ "\"p\" is a list of sets of pictures",
				{ .name = "p",
						.type = CNNVIZ_PARAMETER_PICTURES,
						.flags = CNNVIZ_PARAMETER_LIST,
						.summary = "s" } },
		{ "\"p\" is a set of pictures and has a default",
				{ .name = "p",
						.type = CNNVIZ_PARAMETER_PICTURES,
						.default_value = "a.png",
						.summary = "s" } },
		{ "\"p\" is a list of networks",
				{ .name = "p",
						.type = CNNVIZ_PARAMETER_NETWORK,
						.flags = CNNVIZ_PARAMETER_LIST,
						.summary = "s" } },
		{ "\"p\" has no summary", { .name = "p", .type = 1 } },
		{ "\"p\" has no summary", { .name = "p", .type = 1, .summary = "" } },
		{ "\"p\" is an enum without choices",
				{ .name = "p",
						.type = CNNVIZ_PARAMETER_ENUM,
						.summary = "s" } },
		{ "\"p\" is an enum without choices",
				{ .name = "p",
						.type = CNNVIZ_PARAMETER_ENUM,
						.summary = "s",
						.choices = none } },
		{ "\"p\" has choices but is not an enum",
				{ .name = "p",
						.type = 1,
						.summary = "s",
						.choices = filters } },
		{ "\"p\" has a range but is not a number",
				{ .name = "p",
						.type = 1,
						.summary = "s",
						.maximum = 1 } },
		{ "\"p\" has a minimum above its maximum",
				{ .name = "p",
						.type = CNNVIZ_PARAMETER_INT,
						.summary = "s",
						.minimum = 2,
						.maximum = 1 } },
		{ "\"p\" has a minimum above its maximum",
				{ .name = "p",
						.type = CNNVIZ_PARAMETER_FLOAT,
						.summary = "s",
						.minimum = (double)NAN,
						.maximum = 1 } },
		{ "the default of parameter \"p\": \"5\" is not a whole number from 1 "
		  "to 2",
				{ .name = "p",
						.type = CNNVIZ_PARAMETER_INT,
						.summary = "s",
						.minimum = 1,
						.maximum = 2,
						.default_value = "5" } },
		{ "the default of parameter \"p\": \"box\" is not one of",
				{ .name = "p",
						.type = CNNVIZ_PARAMETER_ENUM,
						.summary = "s",
						.choices = filters,
						.default_value = "box" } },
		{ "the default of parameter \"p\": \"2\" is neither",
				{ .name = "p",
						.type = CNNVIZ_PARAMETER_BOOL,
						.summary = "s",
						.default_value = "2" } },
		{ "\"p\" is required but has a default",
				{ .name = "p",
						.type = CNNVIZ_PARAMETER_BOOL,
						.summary = "s",
						.flags = CNNVIZ_PARAMETER_REQUIRED,
						.default_value = "1" } },
		{ "\"p\" has an unknown flag",
				{ .name = "p",
						.type = CNNVIZ_PARAMETER_INT,
						.summary = "s",
						.flags = UINT32_C(1) << 31 } },
		{ "\"p\" says how much is done but is not a single number",
				{ .name = "p",
						.type = CNNVIZ_PARAMETER_INT,
						.summary = "s",
						.flags = CNNVIZ_PARAMETER_EFFORT
								| CNNVIZ_PARAMETER_LIST } },
		{ "\"p\" says how much is done but is not a single number",
				{ .name = "p",
						.type = CNNVIZ_PARAMETER_BOOL,
						.summary = "s",
						.flags = CNNVIZ_PARAMETER_EFFORT } },
		{ "\"p\" allows \"not CLASS\" but is not a class",
				{ .name = "p",
						.type = CNNVIZ_PARAMETER_INT,
						.summary = "s",
						.flags = CNNVIZ_PARAMETER_NOT } },
		{ "\"p\" has unique values but is not a list",
				{ .name = "p",
						.type = CNNVIZ_PARAMETER_INT,
						.summary = "s",
						.flags = CNNVIZ_PARAMETER_UNIQUE } },
		{ "the default of parameter \"p\": the list has \"conv\" twice",
				{ .name = "p",
						.type = CNNVIZ_PARAMETER_LAYER,
						.summary = "s",
						.flags = CNNVIZ_PARAMETER_LIST
								| CNNVIZ_PARAMETER_UNIQUE,
						.default_value = "conv, relu, conv" } },
		{ "\"p\" is a channel but does not name a parameter of type layer",
				{ .name = "p",
						.type = CNNVIZ_PARAMETER_CHANNEL,
						.summary = "s" } },
		{ "\"p\" is a channel but does not name a parameter of type layer",
				{ .name = "p",
						.type = CNNVIZ_PARAMETER_CHANNEL,
						.layer = "first",
						.summary = "s" } },
		{ "\"p\" names a layer but is not a channel",
				{ .name = "p",
						.type = CNNVIZ_PARAMETER_INT,
						.layer = "first",
						.summary = "s" } },
		{ "\"p\" has a range but is not a number",
				{ .name = "p",
						.type = CNNVIZ_PARAMETER_CHANNEL,
						.layer = "first",
						.maximum = 7,
						.summary = "s" } },
		{ "\"p\" is a list of booleans",
				{ .name = "p",
						.type = CNNVIZ_PARAMETER_BOOL,
						.summary = "s",
						.flags = CNNVIZ_PARAMETER_LIST } },
		{ "\"p\" is a list of jobs",
				{ .name = "p",
						.type = CNNVIZ_PARAMETER_JOB,
						.summary = "s",
						.flags = CNNVIZ_PARAMETER_LIST } },
		{ "\"p\" allows \"all\" but is not a list",
				{ .name = "p",
						.type = CNNVIZ_PARAMETER_INT,
						.summary = "s",
						.flags = CNNVIZ_PARAMETER_ALL } },
		{ "the default of parameter \"p\": \"3-x\" is not",
				{ .name = "p",
						.type = CNNVIZ_PARAMETER_INT,
						.summary = "s",
						.flags = CNNVIZ_PARAMETER_LIST,
						.default_value = "1, 3-x" } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		cnnviz_parameter table[2] = {
			{ .name = "first",
					.type = CNNVIZ_PARAMETER_STRING,
					.summary = "s" },
			rows[i].parameter,
		};
		struct error error = { 0 };

		check_row(parameters_check(table, 2, &error) == CNNVIZ_ERROR_PLUGIN,
				rows[i].part, "accepted");
		check_holds(error.text, rows[i].part, rows[i].part);
	}
}

static void types_have_names(void)
{
	static const char *const names[] = {
		"unknown",
		"bool",
		"int",
		"float",
		"string",
		"enum",
		"layer",
		"class",
		"job",
		"path",
		"color",
		"channel",
		"pictures",
		"network",
		"unknown",
	};

	for (uint32_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		check_text(parameter_type_name(i), names[i], names[i]);
	}
	check_text(parameter_type_name(UINT32_MAX), "unknown", "largest");
}

int main(void)
{
	CU_TestInfo single[] = {
		{ "booleans are eight words", booleans_are_eight_words },
		{ "integers are decimal", integers_are_decimal },
		{ "reals are plain decimal numbers in every locale",
				reals_are_plain_decimal_numbers },
		{ "colors are hexadecimal or CSS names",
				colors_are_hexadecimal_or_css_names },
		CU_TEST_INFO_NULL,
	};
	CU_TestInfo lists[] = {
		{ "words are parted by commas and space",
				words_are_parted_by_commas_and_space },
		{ "list items may hold spaces and quoted commas",
				list_items_may_hold_spaces_and_quoted_commas },
		CU_TEST_INFO_NULL,
	};
	CU_TestInfo sections[] = {
		{ "defaults fill what is not given", defaults_fill_what_is_not_given },
		{ "given values are typed", given_values_are_typed },
		{ "keys and choices are read in either spelling",
				keys_and_choices_are_read_in_either_spelling },
		{ "a name in both spellings is declared twice",
				a_name_in_both_spellings_is_declared_twice },
		{ "wrong values are refused with their line",
				wrong_values_are_refused_with_their_line },
		{ "all problems of a section are reported",
				all_problems_of_a_section_are_reported },
		{ "a faulty entry is not reported twice",
				faulty_entry_is_not_reported_twice },
		{ "overrides are named, and relative to the current folder",
				overrides_are_named_and_relative_to_the_current_folder },
		{ "a required parameter must be given",
				required_parameter_must_be_given },
		{ "a default that does not fit the network asks for a value",
				default_that_does_not_fit_the_network_asks_for_a_value },
		{ "a technique without parameters takes none",
				technique_without_parameters_takes_none },
		CU_TEST_INFO_NULL,
	};
	CU_TestInfo value_lists[] = {
		{ "only lists may be longer than 1024 characters",
				only_lists_may_be_longer_than_1024_characters },
		{ "integers may be listed, and in ranges",
				integers_may_be_listed_and_in_ranges },
		{ "lists hold every type", lists_hold_every_type },
		{ "all is an empty list that is set", all_is_an_empty_list_that_is_set },
		{ "ranges and lists have limits", ranges_and_lists_have_limits },
		{ "a list may have so many values", a_list_may_have_so_many_values },
		{ "channels are numbers, ranges or all",
				channels_are_numbers_ranges_or_all },
		{ "values that stand twice and channels that do not exist are refused",
				values_that_stand_twice_and_channels_that_are_not_there_are_refused },
		{ "a default channel that does not exist is reported at the section",
				a_default_channel_that_does_not_exist_is_reported_at_the_section },
		{ "wrong items are refused by name", wrong_items_are_refused_by_name },
		CU_TEST_INFO_NULL,
	};
	CU_TestInfo tables[] = {
		{ "a good table passes", good_table_passes },
		{ "bad tables are refused", bad_tables_are_refused },
		{ "types have names", types_have_names },
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "value", NULL, NULL, NULL, NULL, single },
		{ "list", NULL, NULL, NULL, NULL, lists },
		{ "section", fixture_create, fixture_remove, NULL, NULL, sections },
		{ "list of values", fixture_create, fixture_remove, NULL, NULL,
				value_lists },
		{ "table", NULL, NULL, NULL, NULL, tables },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
