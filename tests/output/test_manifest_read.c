/**
 * \file    output/test_manifest_read.c
 * \brief   A manifest that is read item by item says what it says as a whole
 */
#include "output/manifest_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "support/cunit_main.h"

/** All that was visited, as "name=value;" and "list[index]=item;" */
static char *seen;

static void see(const char *place, const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	char *more = memory_format("%s%s=%s;", seen, place, text);

	free(text);
	free(seen);
	seen = more;
}

static cnnviz_status see_member(void *context, const char *name, const json_t *value,
		struct error *error)
{
	CU_ASSERT_PTR_EQUAL(context, &seen);
	see(name, value);
	return strcmp(name, "stop") == 0
			? error_set(error, CNNVIZ_ERROR_UNSUPPORTED, "stopped")
			: CNNVIZ_OK;
}

static cnnviz_status see_item(void *context, const char *list, size_t index,
		const json_t *item, struct error *error)
{
	char *place = memory_format("%s[%zu]", list, index);

	CU_ASSERT_PTR_EQUAL(context, &seen);
	see(place, item);
	free(place);
	return json_is_null(item) ? error_set(error, CNNVIZ_ERROR_UNSUPPORTED, "no item")
				  : CNNVIZ_OK;
}

static cnnviz_status visit(const char *text, size_t size, struct error *error)
{
	static const char *const lists[] = { "a", "b", NULL };
	const struct manifest_visitor visitor = { lists, see_member, see_item, &seen };
	FILE *file = fmemopen((char *)(uintptr_t)text, size, "r");

	free(seen);
	seen = memory_text("");
	*error = (struct error){ 0 };
	cnnviz_status status = manifest_read(file, &visitor, error);

	fclose(file);
	return status;
}

static void items_are_visited_in_order(void)
{
	static const struct {
		const char *text, *seen;
	} cases[] = {
		{ "{}", "" },
		{ " { \"x\" : 1 , \"a\":[ ] } \n", "x=1;" },
		{ "{\"a\":[1,-2.5e1 ,\"]\\\"}\", {\"k\":[1,{\"\":\"[\"}]},true]}",
				"a[0]=1;a[1]=-25.0;a[2]=\"]\\\"}\";"
				"a[3]={\"k\":[1,{\"\":\"[\"}]};a[4]=true;" },
		{ "{\"b\":[\"\\\\\",\"\\\\\\\"\"],\"n\":null}",
				"b[0]=\"\\\\\";b[1]=\"\\\\\\\"\";n=null;" },
		{ "{\"a\":{\"a\":[1]},\"c\":[1,2]}", "a={\"a\":[1]};c=[1,2];" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct error error;

		CU_ASSERT_EQUAL(visit(cases[i].text, strlen(cases[i].text), &error),
				CNNVIZ_OK);
		CU_ASSERT_STRING_EQUAL(seen, cases[i].seen);
	}
}

static void what_is_no_manifest_is_refused_with_its_line(void)
{
	static const struct {
		const char *text, *error, *seen;
	} cases[] = {
		{ "7", "line 1: this is no JSON object", "" },
		{ "\n[]", "line 2: this is no JSON object", "" },
		{ "{\"x\":1", "line 1: a comma or } is missing here", "x=1;" },
		{ "{\"x\":1,}", "line 1: the name of a member is missing here", "x=1;" },
		{ "{7:1}", "line 1: the name of a member is missing here", "" },
		{ "{\"x\" 1}", "line 1: a colon is missing here", "" },
		{ "{\"x\":1,\n\"x\":1}", "line 2: this member is there twice", "x=1;" },
		{ "{\"a\":[1,\n{\"k\":1,\"k\":2}]}", "line 2: ", "a[0]=1;" },
		{ "{\"a\":[1,]}", "line 1: ", "a[0]=1;" },
		{ "{\"a\":[,1]}", "line 1: ", "" },
		{ "{\"a\":[1\n2]}", "line 2: a comma or ] is missing here", "a[0]=1;" },
		{ "{\"a\":[1}", "line 1: a comma or ] is missing here", "a[0]=1;" },
		{ "{\"a\":[\"open", "line 1: ", "" },
		{ "{\"x\":truth}", "line 1: ", "" },
		{ "{\"x\":\"\xff\"}", "line 1: ", "" },
		{ "{} {}", "line 1: something follows the end of the object", "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct error error;

		CU_ASSERT_EQUAL(visit(cases[i].text, strlen(cases[i].text), &error),
				CNNVIZ_ERROR_INPUT);
		CU_ASSERT_EQUAL(strncmp(error.text, cases[i].error,
						strlen(cases[i].error)),
				0);
		CU_ASSERT_STRING_EQUAL(seen, cases[i].seen);
	}
}

static void the_visitor_ends_it(void)
{
	static const char member[] = "{\"stop\":1,\"x\":2}";
	static const char item[] = "{\"a\":[1,null,2],\"x\":2}";
	struct error error;

	CU_ASSERT_EQUAL(visit(member, strlen(member), &error), CNNVIZ_ERROR_UNSUPPORTED);
	CU_ASSERT_STRING_EQUAL(error.text, "stopped");
	CU_ASSERT_EQUAL(visit(item, strlen(item), &error), CNNVIZ_ERROR_UNSUPPORTED);
	CU_ASSERT_STRING_EQUAL(seen, "a[0]=1;a[1]=null;");
}

/** {"a": [ITEM...]} with one item of a length, or many of them */
static cnnviz_status visit_long(char fill, size_t length, struct error *error)
{
	char *text = memory_new(length + 1, 1);
	static const char before[] = "{\"a\":[\"", after[] = "\"]}";

	memset(text, fill, length);
	memcpy(text, before, sizeof(before) - 1);
	memcpy(text + length - (sizeof(after) - 1), after, sizeof(after) - 1);
	cnnviz_status status = visit(text, length, error);

	free(text);
	return status;
}

static void an_item_has_a_size(void)
{
	struct error error;

	CU_ASSERT_EQUAL(visit_long('x', (size_t)16 << 20, &error), CNNVIZ_OK);
	CU_ASSERT_EQUAL(visit_long('x', (size_t)17 << 20, &error), CNNVIZ_ERROR_INPUT);
	CU_ASSERT_STRING_EQUAL(error.text,
			"line 1: this is too long to be an item of a manifest");
	CU_ASSERT_EQUAL(visit_long('[', 100000, &error), CNNVIZ_OK);
}

static void nesting_and_members_have_a_limit(void)
{
	char *deep = memory_new(4097, 1), *many = memory_text("{\"x\":0");
	struct error error;

	memset(deep, '[', 4096);
	memcpy(deep, "{\"x\":", 5);
	CU_ASSERT_EQUAL(visit(deep, 4096, &error), CNNVIZ_ERROR_INPUT);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "nests"));
	for (int i = 0; i < 64; i++) {
		char *more = memory_format("%s,\"%d\":0", many, i);

		free(many);
		many = more;
	}
	CU_ASSERT_EQUAL(visit(many, strlen(many), &error), CNNVIZ_ERROR_INPUT);
	CU_ASSERT_STRING_EQUAL(error.text, "line 1: there are too many members");
	free(many);
	free(deep);
}

static int clear(void)
{
	free(seen);
	return 0;
}

static CU_TestInfo tests[] = {
	{ "items are visited in order", items_are_visited_in_order },
	{ "what is no manifest is refused with its line",
			what_is_no_manifest_is_refused_with_its_line },
	{ "the visitor ends it", the_visitor_ends_it },
	{ "an item has a size", an_item_has_a_size },
	{ "nesting and members have a limit", nesting_and_members_have_a_limit },
	CU_TEST_INFO_NULL,
};

static const CU_SuiteInfo suites[] = {
	{ "Manifests", NULL, clear, NULL, NULL, tests },
	CU_SUITE_INFO_NULL,
};

int main(void)
{
	return cunit_run(suites);
}
