/**
 * \file    unit/test_json.c
 * \brief   Any text and number as JSON, and objects that are read strictly
 */
#include "base/json.h"

#include <float.h>
#include <math.h>

#include "base/limits.h"

#include "support/cunit_main.h"
#include "unit/fixture.h"

/* ---- Texts of JSON ------------------------------------------------------------- */

static void nesting_is_limited(void)
{
	static const struct {
		const char *text;
		int64_t limit;
		const char *fault; /* NULL: it is read */
		int line, column;
	} rows[] = {
		{ "[[1], [[2]]]", 3, NULL, 0, 0 },
		{ "[[1],\n [[2]]]", 2,
				"it nests more than 2 levels; if that is meant, raise "
				"limits.nesting in [run]",
				2, 3 },
		{ "{\"a\": {\"b\": []}}", 2, "it nests more than 2 levels", 1, 13 },
		{ "[\"[[[\", \"\\\"[[\", []]", 2, NULL, 0, 0 },
		{ "]]]]", 1, "'[' or '{' expected near ']'", 1, 1 },
		{ "[\"[", 1, "premature end of input", 1, 3 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		json_error_t fault = { 0 };

		limit_set(LIMIT_NESTING, rows[i].limit);
		json_t *json = json_parse(rows[i].text, strlen(rows[i].text), 0, &fault);
		limits_reset();
		CU_ASSERT_EQUAL(json == NULL, rows[i].fault != NULL);
		if (rows[i].fault != NULL) {
			CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, rows[i].fault));
			CU_ASSERT_EQUAL(fault.line, rows[i].line);
			CU_ASSERT_EQUAL(fault.column, rows[i].column);
		}
		json_decref(json);
	}
}

/** A limit above jansson's own does not take the stack */
static void there_is_a_most_of_nesting(void)
{
	static char deep[100000];
	json_error_t fault = { 0 };

	memset(deep, '[', sizeof(deep));
	CU_ASSERT_PTR_NULL(json_parse(deep, sizeof(deep), 0, NULL));
	limit_set(LIMIT_NESTING, sizeof(deep));
	CU_ASSERT_PTR_NULL(json_parse(deep, sizeof(deep), 0, &fault));
	limits_reset();
	CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "maximum parsing depth"));
}

/* ---- Values -------------------------------------------------------------------- */

static void texts_come_back_with_every_byte(void)
{
	static const char *const rows[] = { "", "plain", "\"\\\n\x1F", "\xC3\xA4",
		"caf\xE9", "\xEE\xBE\x80", "\xF0\x9F\x90" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		json_t *json = json_text(rows[i]);
		char *back = json_text_value(json);

		check_text(back, rows[i], rows[i]);
		free(back);
		json_decref(json);
	}
	json_t *none = json_text(NULL);
	CU_ASSERT_TRUE(json_is_null(none));
	CU_ASSERT_PTR_NULL(json_text_value(none));
	CU_ASSERT_PTR_NULL(json_text_value(NULL));
}

static void only_one_way_to_write_a_text_is_taken(void)
{
	/* "ä" as if its two bytes were not UTF-8 */
	json_t *json = json_string("\xEE\xBF\x83\xEE\xBE\xA4");

	CU_ASSERT_PTR_NULL(json_text_value(json));
	json_decref(json);
}

/* A number through the text of an object */
static double through_text(double number)
{
	json_t *json = json_pack("{s:o}", "x", json_number(number));
	char *text = json_dumps(json, JSON_EXACT);
	json_t *read = json_loads(text, 0, NULL);
	struct error error = { 0 };
	struct json_members members = json_members_begin(read, &error);
	double result = json_member_number(&members, "x");

	CU_ASSERT_EQUAL(json_members_end(&members), CNNVIZ_OK);
	json_decref(read);
	json_decref(json);
	free(text);
	return result;
}

static void numbers_come_back_bit_for_bit(void)
{
	static const double rows[] = { 0, -0.0, 1, -1, 0.1, 1.0 / 3, 1e300, DBL_MAX,
		-DBL_MAX, DBL_MIN, DBL_TRUE_MIN, DBL_EPSILON, 9007199254740993.0,
		INFINITY, -INFINITY, NAN, -NAN, (double)0.1F };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		double back = through_text(rows[i]);

		CU_ASSERT_EQUAL(memcmp(&back, &rows[i], sizeof(back)), 0);
	}
}

/* ---- Members ------------------------------------------------------------------- */

static void read_all(struct json_members *in)
{
	free(json_member_text(in, "text"));
	free(json_member_text_or_null(in, "null"));
	json_member_boolean(in, "boolean");
	json_member_integer(in, "integer", INT64_MIN, 5);
	json_member_number(in, "number");
	json_member_real(in, "real", 0, 1);
	json_member_equals(in, "equal", json_text("same"));
	if (json_members_have(in, "optional")) {
		json_member_list(in, "optional", 0, 0);
	}
	struct json_members inner = json_members_inside(in, json_member(in, "inner"));
	json_member_integer(&inner, "deep", 1, 2);
	json_members_leave(&inner, in, "inner");
}

static const char sound[] = "{\"text\":\"t\",\"null\":null,\"boolean\":false,"
			    "\"integer\":-9223372036854775808,\"number\":\"-Infinity\","
			    "\"real\":1.0,\"equal\":\"same\",\"inner\":{\"deep\":1}%s}";

static void an_object_without_faults_is_read(void)
{
	char text[512];

	for (int optional = 0; optional < 2; optional++) {
		struct error error = { 0 };

		snprintf(text, sizeof(text), sound, optional ? ",\"optional\":[]" : "");
		json_t *json = json_loads(text, 0, NULL);
		struct json_members in = json_members_begin(json, &error);

		CU_ASSERT_TRUE(json_members_have(&in, "text"));
		CU_ASSERT_FALSE(json_members_have(&in, "texts"));
		read_all(&in);
		CU_ASSERT_EQUAL(json_members_end(&in), CNNVIZ_OK);
		check_text(error.text, "", "no error");
		json_decref(json);
	}
}

static const struct {
	const char *name, *value, *sentence;
} faults[] = {
	{ "text", NULL, "\"text\" is missing" },
	{ "text", "null", "\"text\" is not a text" },
	{ "null", "1", "\"null\" is neither a text nor null" },
	{ "boolean", "null", "\"boolean\" is neither true nor false" },
	{ "integer", "6", "\"integer\" is 6, not from -9223372036854775808 to 5" },
	{ "integer", "5.0", "\"integer\" is not an integer" },
	{ "number", "\"infinity\"", "\"number\" is not a number" },
	{ "number", "true", "\"number\" is not a number" },
	{ "real", "1.5", "\"real\" is 1.5, not from 0 to 1" },
	{ "real", "\"NaN\"", "\"real\" is nan, not from 0 to 1" },
	{ "equal", "{\"a\":1}", "\"equal\" is {\"a\":1}, but it should be \"same\"" },
	{ "inner", "1", "\"inner\": this is not an object" },
	{ "inner", "{}", "\"inner\": \"deep\" is missing" },
	{ "inner", "{\"deep\":1,\"more\":1}", "\"inner\": \"more\" is unknown here" },
	{ "other", "1", "\"other\" is unknown here" },
};

static void the_first_fault_is_reported(void)
{
	char text[512];

	snprintf(text, sizeof(text), sound, "");
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		json_t *json = json_loads(text, 0, NULL);
		struct error error = { 0 };

		json_object_del(json, faults[i].name);
		if (faults[i].value != NULL) {
			json_object_set_new(json, faults[i].name,
					json_loads(faults[i].value, JSON_DECODE_ANY,
							NULL));
		}
		struct json_members in = json_members_begin(json, &error);
		read_all(&in);
		CU_ASSERT_EQUAL(json_members_end(&in), CNNVIZ_ERROR_INPUT);
		check_text(error.text, faults[i].sentence, faults[i].name);
		json_decref(json);
	}
}

static void what_is_read_after_a_fault_is_nothing(void)
{
	struct error error = { 0 };
	json_t *list = json_array();
	struct json_members in = json_members_begin(list, &error);

	read_all(&in);
	CU_ASSERT_PTR_NULL(json_member_text(&in, "text"));
	CU_ASSERT_EQUAL(json_member_integer(&in, "integer", 3, 4), 0);
	CU_ASSERT_EQUAL(json_member_real(&in, "real", 3, 4), 0);
	CU_ASSERT_EQUAL(json_members_end(&in), CNNVIZ_ERROR_INPUT);
	check_text(error.text, "this is not an object", "a list");
	in = json_members_begin(NULL, NULL);
	read_all(&in);
	CU_ASSERT_EQUAL(json_members_end(&in), CNNVIZ_ERROR_INPUT);
	json_decref(list);
}

static CU_TestInfo texts[] = {
	{ "nesting is limited", nesting_is_limited },
	{ "there is a most of nesting", there_is_a_most_of_nesting },
	CU_TEST_INFO_NULL,
};

static CU_TestInfo values[] = {
	{ "texts come back with every byte", texts_come_back_with_every_byte },
	{ "only one way to write a text is taken",
			only_one_way_to_write_a_text_is_taken },
	{ "numbers come back bit for bit", numbers_come_back_bit_for_bit },
	CU_TEST_INFO_NULL,
};

static CU_TestInfo members[] = {
	{ "an object without faults is read", an_object_without_faults_is_read },
	{ "the first fault is reported", the_first_fault_is_reported },
	{ "what is read after a fault is nothing",
			what_is_read_after_a_fault_is_nothing },
	CU_TEST_INFO_NULL,
};

static const CU_SuiteInfo suites[] = {
	{ "texts of JSON", NULL, NULL, NULL, NULL, texts },
	{ "values", NULL, NULL, NULL, NULL, values },
	{ "members", NULL, NULL, NULL, NULL, members },
	CU_SUITE_INFO_NULL,
};

int main(void)
{
	return cunit_run(suites);
}
