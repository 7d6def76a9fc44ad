/**
 * \file    output/test_record_json.c
 * \brief   A record is read from JSON unchanged, or refused with an error
 */
#include "config.h"

#include <stdlib.h>

#include "base/json.h"
#include "output/record_json.h"
#include "output/sample.h"
#include "support/cunit_main.h"
#include "support/stride.h"
#include "unit/fixture.h"

/* ---- Helpers ------------------------------------------------------------------- */

static char *dump(const struct record *record, enum record_detail detail, size_t flags)
{
	json_t *json = record_to_json(record, detail);
	char *text = json_dumps(json, flags);

	json_decref(json);
	return text;
}

/* The record of a text, or NULL and an error */
static struct record *read_text(const char *text, size_t length, struct error *error)
{
	struct record *record = NULL;
	json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
	cnnviz_status status = CNNVIZ_ERROR_INPUT;

	*error = (struct error){ 0 };
	if (json != NULL) {
		status = record_from_json(&sample_plan, json, &record, error);
	}
	CU_ASSERT_EQUAL(status == CNNVIZ_OK, record != NULL);
	CU_ASSERT_EQUAL(json != NULL && status != CNNVIZ_OK, error->text[0] != '\0');
	json_decref(json);
	return record;
}

static void check_sizes(const struct record *one, const struct record *other)
{
	CU_ASSERT_EQUAL_FATAL(one->artifact_count, other->artifact_count);
	for (size_t i = 0; i < one->artifact_count; i++) {
		CU_ASSERT_EQUAL(one->artifacts[i].width, other->artifacts[i].width);
		CU_ASSERT_EQUAL(one->artifacts[i].height, other->artifacts[i].height);
	}
}

/* ---- There and back ------------------------------------------------------------ */

static void a_complete_record_comes_back_bit_for_bit(void)
{
	struct record *record = sample_record();
	char *text = dump(record, RECORD_COMPLETE, JSON_EXACT);
	struct error error;
	struct record *back = read_text(text, strlen(text), &error);

	CU_ASSERT_STRING_EQUAL(error.text, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(back);
	char *again = dump(back, RECORD_COMPLETE, JSON_EXACT);
	CU_ASSERT_STRING_EQUAL(text, again);
	check_sizes(record, back);
	free(again);
	free(text);
	record_free(back);
	record_free(record);
}

/* As above, but without a look through the same JSON */
static void every_member_comes_back(void)
{
	struct record *record = sample_record();
	char *text = dump(record, RECORD_COMPLETE, JSON_EXACT);
	struct error error;
	struct record *back = read_text(text, strlen(text), &error);

	CU_ASSERT_PTR_NOT_NULL_FATAL(back);
	CU_ASSERT_TRUE(back->interrupted);
	CU_ASSERT_STRING_EQUAL(back->engine_description, record->engine_description);
	for (size_t i = 0; i < SAMPLE_JOBS; i++) {
		CU_ASSERT_EQUAL(back->jobs[i].status, record->jobs[i].status);
		CU_ASSERT_EQUAL(back->jobs[i].done, record->jobs[i].done);
	}
	CU_ASSERT_STRING_EQUAL(back->jobs[SAMPLE_DREAMS].reason, "because " SAMPLE_TEXT);
	const struct record_picture *seen = &back->pictures[0];
	CU_ASSERT_EQUAL(seen->top[0].logit, 6.123456789012345678);
	CU_ASSERT_EQUAL(seen->top[0].area, 0.25);
	CU_ASSERT_TRUE(isinf(seen->top[1].logit) && seen->top[1].logit < 0);
	CU_ASSERT_TRUE(isnan(seen->top[2].logit) && signbit(seen->top[2].logit));
	CU_ASSERT_TRUE(isnan(seen->top[2].area) && !signbit(seen->top[2].area));
	CU_ASSERT_TRUE(signbit(back->pictures[1].target_logit));
	CU_ASSERT_EQUAL(back->pictures[1].target_probability, DBL_TRUE_MIN);
	CU_ASSERT_PTR_NULL(back->pictures[1].input);
	CU_ASSERT_STRING_EQUAL(back->pictures[2].failure, "cannot read caf\xE9.png");
	CU_ASSERT_EQUAL(back->pictures[3].target, 2);
	CU_ASSERT_STRING_EQUAL(back->artifacts[1].path, "maps/caf\xE9/gray.png");
	CU_ASSERT_EQUAL(back->artifacts[6].areas[0].pixels, (INT64_C(1) << 53) + 1);
	CU_ASSERT_EQUAL(back->artifacts[6].areas[0].color, 0x00ff0a);
	CU_ASSERT_EQUAL(back->artifacts[7].shape[7], (INT64_C(1) << 53) + 1);
	CU_ASSERT_TRUE(signbit(back->artifacts[8].value));
	CU_ASSERT_EQUAL(back->artifacts[9].value, 0.1 + 0.2);
	CU_ASSERT_STRING_EQUAL(back->warnings[1].text, SAMPLE_TEXT);
	CU_ASSERT_EQUAL(back->warnings[1].picture, RECORD_NO_PICTURE);
	CU_ASSERT_EQUAL(back->failure_count, 2);
	CU_ASSERT_EQUAL(back->rule_count, 2);
	CU_ASSERT_EQUAL(back->rules[0].operation, operation_find("relu"));
	CU_ASSERT_EQUAL(back->rules[0].nodes, 48);
	CU_ASSERT_EQUAL(back->rules[1].rule, CNNVIZ_RULE_DECONVNET);
	CU_ASSERT_PTR_NULL(back->rules[1].operation);
	CU_ASSERT_EQUAL_FATAL(back->earlier_count, 2);
	CU_ASSERT_STRING_EQUAL(back->earlier[0], "maps/caf\xE9/color.png");
	CU_ASSERT_STRING_EQUAL(record_failure(back, &sample_jobs[SAMPLE_DREAMS], 3),
			SAMPLE_TEXT);
	CU_ASSERT_PTR_NULL(record_failure(back, &sample_jobs[SAMPLE_MAPS], 3));
	CU_ASSERT_FALSE(record_picture_is_done(back, 0));
	free(text);
	record_free(back);
	record_free(record);
}

/* Nine digits, without `area` and what is done */
static void a_manifest_read_and_written_again_is_the_same(void)
{
	size_t flags = JSON_INDENT(2) | JSON_REAL_PRECISION(9);
	struct record *record = sample_record();
	char *text = dump(record, RECORD_MANIFEST, flags);
	struct error error;
	struct record *back = read_text(text, strlen(text), &error);

	CU_ASSERT_STRING_EQUAL(error.text, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(back);
	char *again = dump(back, RECORD_MANIFEST, flags);
	CU_ASSERT_STRING_EQUAL(text, again);
	CU_ASSERT_EQUAL(back->jobs[SAMPLE_MAPS].done, 0);
	check_sizes(record, back);
	free(again);
	free(text);
	record_free(back);
	record_free(record);
}

static void an_empty_record_comes_back(void)
{
	struct record *record = record_create(&sample_plan);
	struct error error;

	record->engine_name = memory_text("");
	record->engine_description = memory_text("");
	char *text = dump(record, RECORD_MANIFEST, JSON_EXACT);
	struct record *back = read_text(text, strlen(text), &error);

	CU_ASSERT_PTR_NOT_NULL_FATAL(back);
	CU_ASSERT_EQUAL(back->artifact_count + back->warning_count, 0);
	CU_ASSERT_FALSE(back->pictures[0].done);
	CU_ASSERT_EQUAL(back->pictures[0].target, PLAN_TARGET_PREDICTED);
	free(text);
	record_free(back);
	record_free(record);
}

/* The form of manifests, and what tests/fuzz begins with */
static void the_json_is_that_of_the_file(void)
{
	const char *source = getenv("top_srcdir");
	char *path = memory_format("%s/tests/output/record.json",
			source != NULL ? source : ".");
	json_t *expected = json_load_file(path, 0, NULL);
	struct record *record = sample_record();
	json_t *json = record_to_json(record, RECORD_COMPLETE);

	CU_ASSERT_PTR_NOT_NULL(expected);
	json_object_set_new(expected, "cnnviz", json_text(PACKAGE_VERSION));
	CU_ASSERT_TRUE(json_equal(json, expected));
	json_decref(json);
	json_decref(expected);
	record_free(record);
	free(path);
}

/* ---- Parts --------------------------------------------------------------------- */

static cnnviz_status take(struct record *record, const char *text, struct error *error)
{
	json_t *json = json_loads(text, 0, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(json);
	*error = (struct error){ 0 };
	cnnviz_status status = record_update_from_json(record, json, error);
	json_decref(json);
	return status;
}

static void parts_are_taken_one_by_one(void)
{
	struct record *record = record_create(&sample_plan);
	struct error error;

	CU_ASSERT_EQUAL(take(record, "{\"engine\":{\"name\":\"a\",\"description\":\"b\"}}",
					&error),
			CNNVIZ_OK);
	CU_ASSERT_STRING_EQUAL(record->engine_name, "a");
	CU_ASSERT_EQUAL(take(record,
					"{\"warnings\":[{\"job\":\"maps\",\"picture\":"
					"null,"
					"\"target\":null,\"text\":\"t\"}]}",
					&error),
			CNNVIZ_OK);
	CU_ASSERT_EQUAL(record->warning_count, 1);
	CU_ASSERT_EQUAL(take(record,
					"{\"pictures\":[{\"name\":\"dog-cat\",\"path\":"
					"\"elsewhere.jpg\",\"failure\":\"f\"}]}",
					&error),
			CNNVIZ_OK);
	CU_ASSERT_STRING_EQUAL(record->pictures[0].failure, "f");
	CU_ASSERT_EQUAL(take(record, "{}", &error), CNNVIZ_OK);
	record_free(record);
}

static void the_digest_is_taken_where_it_is_not_known(void)
{
	struct record *record = sample_record();
	json_t *json = json_pack("{s:o}", "model", record_model_to_json(&sample_plan));
	struct error error = { 0 };

	sample_model.digest[0] = '\0';
	CU_ASSERT_EQUAL(record_update_from_json(record, json, &error), CNNVIZ_OK);
	CU_ASSERT_STRING_EQUAL(sample_model.digest, SAMPLE_DIGEST);
	sample_model.digest[0] = 'f';
	CU_ASSERT_EQUAL(record_update_from_json(record, json, &error),
			CNNVIZ_ERROR_INPUT);
	check_holds(error.text, "\"sha256\" is \"82ca", "another digest");
	strcpy(sample_model.digest, SAMPLE_DIGEST);
	json_decref(json);
	record_free(record);
}

static void a_job_that_failed_stays_so(void)
{
	struct record *record = sample_record();
	json_t *job = record_job_to_json(record, &record->jobs[SAMPLE_MAPS]);
	json_t *json = json_pack("{s:[o]}", "jobs", job);
	struct error error = { 0 };

	record_fail(record, &record->jobs[SAMPLE_MAPS], "it broke");
	CU_ASSERT_EQUAL(record_update_from_json(record, json, &error), CNNVIZ_OK);
	CU_ASSERT_EQUAL(record->jobs[SAMPLE_MAPS].status, RECORD_FAILED);
	json_decref(json);
	record_free(record);
}

/* ---- Faults -------------------------------------------------------------------- */

/* A value at a place of the sample is replaced, NULL: removed */
static const struct fault {
	const char *place, *value, *sentence;
} faults[] = {
	{ "cnnviz", "\"0.0.0\"", "\"cnnviz\" is \"0.0.0\"" },
	{ "cnnviz", NULL, "\"cnnviz\" is missing" },
	{ "interrupted", "0", "\"interrupted\" is neither true nor false" },
	{ "seed", "9007199254740990", "but it should be 9007199254740991" },
	{ "seed", "9007199254740991.0", "\"seed\" is 9007199254740991.0" },
	{ "threads", "-1", "\"threads\" is -1, not from 0 to" },
	{ "batch", "-1", "\"batch\" is -1, not from 0 to" },
	{ "device", "null", "\"device\" is not a text" },
	{ "more", "1", "\"more\" is unknown here" },
	{ "engine", "\"torch\"", "\"engine\": this is not an object" },
	{ "engine/name", "null", "\"engine\": \"name\" is not a text" },
	{ "model/architecture", "\"large\"", "\"model\": \"architecture\" is \"large\"" },
	{ "model/classes", "4", "\"model\": \"classes\" is 4" },
	{ "model/sha256", "\"82CA\"", "\"sha256\" is not 64 hexadecimal digits" },
	{ "model/weights", "1", "\"weights\" is neither a text nor null" },
	{ "input/width", "17", "\"input\" is {" },
	{ "jobs", "{}", "\"jobs\" is not a list" },
	{ "jobs/0", "[]", "jobs[0]: this is not an object" },
	{ "jobs/0/name", "\"nosuch\"", "jobs[0]: \"name\" is \"nosuch\"" },
	{ "jobs/1/name", "\"maps\"", "jobs[1]: this is listed twice" },
	{ "jobs/0/technique", "\"fooling\"", "\"technique\" is \"fooling\"" },
	{ "jobs/0/version", "\"1.1\"", "jobs[0]: \"version\" is \"1.1\"" },
	{ "jobs/1/parameters/octaves", "\"3\"", "jobs[1]: \"parameters\" is {" },
	{ "jobs/0/wanted", "1", "\"wanted\" is neither true nor false" },
	{ "jobs/0/status", "\"fine\"", "\"fine\" is not a \"status\"" },
	{ "jobs/0/status", "\"failed\"", "a job must have a \"reason\"" },
	{ "jobs/1/reason", "null", "a job must have a \"reason\"" },
	{ "jobs/0/digest", "\"ba78\"", "\"digest\" is not 64 hexadecimal digits" },
	{ "jobs/1/random", "1", "\"random\" is neither true nor false" },
	{ "digest", "true", "\"digest\" is neither a text nor null" },
	{ "done", "{}", "\"done\" is not a list" },
	{ "done/0/job", "\"nosuch\"", "done[0]: \"job\" is \"nosuch\"" },
	{ "done/1/picture", "\"bird\"", "done[1]: \"picture\" is \"bird\"" },
	{ "done/1/picture", "\"dog-cat\"", "done[1]: the job has done this already" },
	{ "pictures/1/index", "2", "pictures[1]: \"index\" is 2" },
	{ "pictures/0/sha256", "\"\"", "\"sha256\" is not 64 hexadecimal digits" },
	{ "pictures/0/name", "null", "pictures[0]: \"name\" is not a text" },
	{ "pictures/0/name", "\"bird\"", "\"name\" is \"bird\", but the plan has no" },
	{ "pictures/1/name", "\"dog-cat\"", "pictures[1]: this is listed twice" },
	{ "pictures/0/name", "\"\xEE\xBF\x83\xEE\xBE\xA4\"", "\"name\" is not a text" },
	{ "pictures/0/input", "\"/etc/passwd\"",
			"does not stay below the output folder" },
	{ "pictures/0/width", "0", "\"width\" is 0, not from 1 to" },
	{ "pictures/0/height", "null", "\"height\" is not an integer" },
	{ "pictures/0/target", "null", "pictures[0]: \"target\": this is not an object" },
	{ "pictures/0/target/index", "3", "\"target\": \"index\" is 3, not from 0 to 2" },
	{ "pictures/0/target/name", "\"cat\"", "\"target\": \"name\" is \"cat\"" },
	{ "pictures/0/target/logit", "\"nan\"", "\"target\": \"logit\" is not a number" },
	{ "pictures/0/target/probability", "1.5", "\"probability\" is 1.5" },
	{ "pictures/0/target/probability", "\"-Infinity\"", "\"probability\" is -inf" },
	{ "pictures/0/predicted/index", "0", "\"predicted\": \"name\" is" },
	{ "pictures/0/predicted", "null", "\"predicted\" is not the first of \"top\"" },
	{ "pictures/0/top", "[]", "\"top\" has 0 items, not from 1 to 5" },
	{ "pictures/0/top/1/area", "-0.5", "\"top\": \"area\" is -0.5" },
	{ "pictures/2/width", "3", "pictures[2]: \"width\" is unknown here" },
	{ "artifacts/0/job", "\"map\"", "artifacts[0]: \"job\" is \"map\"" },
	{ "artifacts/0/technique", "\"x\"", "artifacts[0]: \"technique\" is \"x\"" },
	{ "artifacts/0/picture", "\"cat\"", "artifacts[0]: \"picture\" is \"cat\"" },
	{ "artifacts/0/target", "1", "artifacts[0]: \"target\": this is not an object" },
	{ "artifacts/0/target/index", "-1", "\"index\" is -1, not from 0 to 2" },
	{ "artifacts/0/name", NULL, "artifacts[0]: \"name\" is missing" },
	{ "artifacts/0/kind", "\"film\"", "artifacts[0]: \"film\" is not a \"kind\"" },
	{ "artifacts/0/kind", "\"figure\"", "artifacts[0]: \"value\" is missing" },
	{ "artifacts/0/path", "null", "artifacts[0]: \"path\" is not a text" },
	{ "artifacts/0/path", "\"\"", "does not stay below the output folder" },
	{ "artifacts/0/path", "\"a/../../b\"", "does not stay below the output folder" },
	{ "artifacts/0/path", "\"a//b\"", "does not stay below the output folder" },
	{ "artifacts/0/array", "\"a.npy\"", "\"array\" is unknown here" },
	{ "artifacts/0/row", "-1", "\"row\" is -1" },
	{ "artifacts/0/row", "1", "not a file in maps/" },
	{ "artifacts/1/path", "null", "artifacts[1]: \"path\" is not a text" },
	{ "artifacts/1/row", "1", "artifacts[1]: \"array\" is missing" },
	{ "artifacts/0/shape", "[1]", "\"shape\" has 1 items, not from 3 to 3" },
	{ "artifacts/0/shape/1", "0", "\"shape\" has an extent below 1" },
	{ "artifacts/0/shape/1", "24.0", "\"shape\" has an extent below 1" },
	{ "artifacts/0/figures", "[]", "\"figures\": this is not an object" },
	{ "artifacts/0/figures/most", "1.0", "\"figures\": \"most\" is unknown here" },
	{ "artifacts/0/figures/max", "1", "\"figures\": \"max\" is not a number" },
	{ "artifacts/3/array", NULL, "artifacts[3]: \"array\" is missing" },
	{ "artifacts/3/axis", "5", "\"axis\" is not a text" },
	{ "artifacts/3/lines", "[]", "\"lines\" has 0 items, not from 1 to 1" },
	{ "artifacts/4/lines/4", "null", "\"lines\" has an item that is not a text" },
	{ "artifacts/6/classes", "[]", "\"classes\" has 0 items, not from 1 to 3" },
	{ "artifacts/6/classes/0/color", "\"00ff0a\"", "not of the form #rrggbb" },
	{ "artifacts/6/classes/0/color", "\"#00FF0A\"", "not of the form #rrggbb" },
	{ "artifacts/6/classes/0/pixels", "0", "\"classes\": \"pixels\" is 0" },
	{ "artifacts/6/classes/0/fraction", "\"NaN\"", "\"fraction\" is nan" },
	{ "artifacts/8/value", "\"Infinity\"", "artifacts[8]: \"value\" is inf" },
	{ "artifacts/8/path", "\"a\"", "artifacts[8]: \"path\" is unknown here" },
	{ "warnings/0/job", "null", "warnings[0]: \"job\" is not a text" },
	{ "warnings/0/text", "null", "warnings[0]: \"text\" is not a text" },
	{ "failures/0/job", "\"nosuch\"", "failures[0]: \"job\" is \"nosuch\"" },
	{ "failures/0/picture", "null", "failures[0]: \"picture\" is not a text" },
	{ "failures/0/picture", "\"dog-cat\"", "failures[1]: the job has failed on" },
	{ "failures/1/reason", NULL, "failures[1]: \"reason\" is missing" },
	{ "failures", NULL, "\"failures\" is missing" },
	{ "rules/0/rule", "\"strict\"", "rules[0]: \"strict\" is not a \"rule\"" },
	{ "rules/0/operation", "\"relu7\"",
			"rules[0]: \"relu7\" is not an \"operation\"" },
	{ "rules/0/operation", "null", "rules[0]: \"nodes\" is 48, not from 0 to 0" },
	{ "rules/0/nodes", "0", "rules[0]: \"nodes\" is 0, not from 1 to" },
	{ "rules", NULL, "\"rules\" is missing" },
	{ "earlier", NULL, "\"earlier\" is missing" },
	{ "earlier/1", "\"old/../../film.gif\"", "earlier[1]: this is not a path that" },
	{ "earlier/0", "null", "earlier[0]: this is not a path that stays below" },
	{ "warnings/0/text", NULL, "warnings[0]: \"text\" is missing" },
};

/* Replace or remove what stands at a/0/b. */
static void change(json_t *json, const char *place, json_t *value)
{
	size_t length = strcspn(place, "/");
	char *key = memory_text_n(place, length);
	size_t index = (size_t)strtoul(key, NULL, 10);

	if (place[length] == '/') {
		change(json_is_array(json) ? json_array_get(json, index)
					   : json_object_get(json, key),
				place + length + 1, value);
	} else if (json_is_array(json)) {
		CU_ASSERT_EQUAL(json_array_set(json, index, value), 0);
	} else if (value != NULL) {
		CU_ASSERT_EQUAL(json_object_set(json, key, value), 0);
	} else {
		CU_ASSERT_EQUAL(json_object_del(json, key), 0);
	}
	free(key);
}

static void each_fault_is_refused_with_its_place(void)
{
	struct record *sample = sample_record();

	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		const struct fault *fault = &faults[i];
		json_t *json = record_to_json(sample, RECORD_COMPLETE);
		json_t *value = fault->value == NULL
				? NULL
				: json_loads(fault->value, JSON_DECODE_ANY, NULL);
		struct record *record = NULL;
		struct error error = { 0 };

		change(json, fault->place, value);
		check_row(record_from_json(&sample_plan, json, &record, &error)
						!= CNNVIZ_OK,
				fault->place, "no error");
		check_holds(error.text, fault->sentence, fault->place);
		record_free(record);
		json_decref(value);
		json_decref(json);
	}
	record_free(sample);
}

static void a_warning_that_stands_twice_is_refused(void)
{
	struct record *record = sample_record();
	json_t *warning = record_warning_to_json(record, &record->warnings[0]);
	json_t *json = json_pack("{s:[o]}", "warnings", warning);
	struct error error = { 0 };

	CU_ASSERT_EQUAL(record_update_from_json(record, json, &error),
			CNNVIZ_ERROR_INPUT);
	CU_ASSERT_STRING_EQUAL(error.text,
			"warnings[0]: the record already has this warning");
	json_decref(json);
	record_free(record);
}

/* ---- Damage -------------------------------------------------------------------- */

static void no_beginning_of_a_record_is_taken_for_one(void)
{
	struct record *record = sample_record();
	char *text = dump(record, RECORD_COMPLETE, JSON_EXACT);
	struct error error;

	for (size_t length = 0; length < strlen(text); length += stride()) {
		CU_ASSERT_PTR_NULL(read_text(text, length, &error));
	}
	free(text);
	record_free(record);
}

/* A text that is taken for a record is all there again when that is written. */
static bool is_error_or_equal(const char *text, size_t length)
{
	struct error error;
	struct record *record = read_text(text, length, &error);

	if (record == NULL) {
		return true;
	}
	json_t *before = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
	json_t *after = record_to_json(record, RECORD_COMPLETE);
	char *one = sample_what_counts(before), *other = sample_what_counts(after);
	bool equal = strcmp(one, other) == 0;

	free(one);
	free(other);
	json_decref(before);
	json_decref(after);
	record_free(record);
	return equal;
}

static void a_damaged_record_is_refused_or_comes_back(void)
{
	struct record *record = sample_record();
	char *text = dump(record, RECORD_COMPLETE, JSON_EXACT);
	size_t length = strlen(text), refused = 0;

	for (size_t i = 0; i < length; i += stride()) {
		static const char bytes[] = "\"0}]:,-a\\\xFF";
		char kept = text[i];

		text[i] = bytes[i % (sizeof(bytes) - 1)];
		check_row(is_error_or_equal(text, length), "replaced", text + i);
		text[i] = (char)(kept ^ 1 << i % 8);
		check_row(is_error_or_equal(text, length), "flipped", text + i);
		text[i] = kept;
	}
	for (size_t i = 0; i + 8 < length; i += stride()) {
		char *cut = memory_format("%.*s%s", (int)i, text, text + i + 1 + i % 7);

		check_row(is_error_or_equal(cut, strlen(cut)), "cut", cut + i);
		struct error error;
		struct record *read = read_text(cut, strlen(cut), &error);
		refused += read == NULL;
		record_free(read);
		free(cut);
	}
	CU_ASSERT_TRUE(refused > length / stride() / 2);
	free(text);
	record_free(record);
}

static CU_TestInfo round_trips[] = {
	{ "a complete record comes back bit for bit",
			a_complete_record_comes_back_bit_for_bit },
	{ "every member comes back", every_member_comes_back },
	{ "a manifest read and written again is the same",
			a_manifest_read_and_written_again_is_the_same },
	{ "an empty record comes back", an_empty_record_comes_back },
	{ "the JSON is that of the file", the_json_is_that_of_the_file },
	CU_TEST_INFO_NULL,
};

static CU_TestInfo parts[] = {
	{ "parts are taken one by one", parts_are_taken_one_by_one },
	{ "the digest is taken where it is not known",
			the_digest_is_taken_where_it_is_not_known },
	{ "a job that failed stays so", a_job_that_failed_stays_so },
	CU_TEST_INFO_NULL,
};

static CU_TestInfo refusals[] = {
	{ "each fault is refused with its place", each_fault_is_refused_with_its_place },
	{ "a warning that stands twice is refused",
			a_warning_that_stands_twice_is_refused },
	{ "no beginning of a record is taken for one",
			no_beginning_of_a_record_is_taken_for_one },
	{ "a damaged record is refused or comes back",
			a_damaged_record_is_refused_or_comes_back },
	CU_TEST_INFO_NULL,
};

static const CU_SuiteInfo suites[] = {
	{ "There and back", NULL, NULL, NULL, NULL, round_trips },
	{ "Parts", NULL, NULL, NULL, NULL, parts },
	{ "Faults", NULL, NULL, NULL, NULL, refusals },
	CU_SUITE_INFO_NULL,
};

int main(void)
{
	return cunit_run(suites);
}
