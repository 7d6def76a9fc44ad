/**
 * \file    run/test_messages.c
 * \brief   Whatever a job's process says, the parent writes manifest and gallery
 *
 * Every value of every message is replaced by strange ones of its own and of other types, by
 * those of other members, and left out. What the parent accepts of it must mean something:
 * names and classes of the plan, paths that stay below the output folder, sizes and shapes
 * that can be drawn.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "output/gallery.h"
#include "output/manifest.h"
#include "output/record_json.h"
#include "output/sample.h"
#include "run/isolate/protocol.h"
#include "support/cunit_main.h"
#include "support/stride.h"

static char output[] = "/tmp/cnnviz-messages-XXXXXX";
static struct ini ini = { .path = (char *)(uintptr_t) "run.ini" };
static char *negations[] = { (char *)(uintptr_t) "not dog", (char *)(uintptr_t) "not cat",
	(char *)(uintptr_t) "not \xC3\xA9lan", NULL };
static size_t sent, accepted;

static const char *const strange[] = {
	"null",
	"true",
	"false",
	"0",
	"-1",
	"1",
	"2",
	"3",
	"4",
	"5",
	"64",
	"255",
	"2147483647",
	"-2147483648",
	"4294967296",
	"9007199254740993",
	"9223372036854775807",
	"-9223372036854775808",
	"0.5",
	"-0.5",
	"1e308",
	"1e-320",
	"\"\"",
	"\".\"",
	"\"..\"",
	"\"/etc/passwd\"",
	"\"../up.png\"",
	"\"a//b.png\"",
	"\"maps/../../x.png\"",
	"\"nan\"",
	"\"inf\"",
	"\"ok\"",
	"\"failed\"",
	"\"image\"",
	"\"map\"",
	"\"array\"",
	"\"figure\"",
	"\"animation\"",
	"\"curve\"",
	"\"labels\"",
	"\"maps\"",
	"\"dog-cat\"",
	"\"attribution\"",
	"\"overlay\"",
	"\"no slash\"",
	"\"plain\"",
	"\"relu\"",
	"\"\\u0000\"",
	"\"\\u001b[2J\"",
	"\"</script><b>\"",
	"[]",
	"{}",
	"[[]]",
	"[0]",
	"[null]",
	"[1,1,1,1,1,1,1,1]",
	"[1,1,1,1,1,1,1,1,1]",
	"[9223372036854775807,9223372036854775807]",
	"[0,0,0]",
	"[-1,3,3]",
	"[{}]",
	"{\"index\":0,\"name\":\"dog\"}",
	"{\"index\":0,\"not\":true,\"name\":\"not dog\"}",
	"{\"index\":2,\"name\":\"dog\"}",
	"{\"index\":3,\"name\":\"dog\"}",
	"{\"min\":\"nan\"}",
	"{\"min\":0,\"max\":0,\"confidence\":2}",
};

/** Have the parent receive a message after all that is well, and write its reports. */
static void receive(const char *good, const char *message)
{
	struct record *record = record_create(&sample_plan);
	struct protocol_receiver receiver;
	struct error error = { 0 };

	protocol_receiver_init(&receiver, record, NULL);
	protocol_receive(&receiver, good, strlen(good));
	protocol_receive(&receiver, message, strlen(message));
	protocol_receive(&receiver, "\n{\"finished\":true}\n", 19);
	bool whole = protocol_receiver_finish(&receiver);

	accepted += whole;
	/* Of what is refused, nothing is kept but what came before, which is the same often. */
	if (whole || sent % 32 == 0) {
		record_sort(record);
		CU_ASSERT_EQUAL(manifest_write(record, &error), CNNVIZ_OK);
		CU_ASSERT_EQUAL(gallery_write(record, &error), CNNVIZ_OK);
	}
	sent++;
	record_free(record);
}

/** Whether a message is not among those that are tried */
static bool is_left_out(void)
{
	static size_t made;

	return made++ % stride() > 0;
}

static void receive_json(const char *good, const json_t *message)
{
	if (!is_left_out()) {
		char *text = json_dumps(message, JSON_EXACT);

		receive(good, text);
		free(text);
	}
}

static void vary(const char *good, const json_t *message, json_t *inner);

/** Vary a member or an item; set() puts another value in its place */
static void vary_value(const char *good, const json_t *message, json_t *holder,
		const char *key, size_t index)
{
	bool object = json_is_object(holder);
	json_t *kept = json_incref(object ? json_object_get(holder, key)
					  : json_array_get(holder, index));

	for (size_t i = 0; i < sizeof(strange) / sizeof(*strange); i++) {
		json_t *value = json_loads(strange[i], JSON_DECODE_ANY | JSON_ALLOW_NUL,
				NULL);

		CU_ASSERT_PTR_NOT_NULL_FATAL(value);
		if (object) {
			json_object_set_new(holder, key, value);
		} else {
			json_array_set_new(holder, index, value);
		}
		receive_json(good, message);
	}
	if (object) {
		json_object_set(holder, key, kept);
	} else {
		json_array_set(holder, index, kept);
	}
	vary(good, message, kept);
	json_decref(kept);
}

/** Vary everything inside a part of a message. */
static void vary(const char *good, const json_t *message, json_t *inner)
{
	json_t *keys = json_array(), *name;
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach(inner, key, value)
	{
		json_array_append_new(keys, json_string(key));
	}
	json_array_foreach(keys, i, name)
	{
		key = json_string_value(name);
		vary_value(good, message, inner, key, 0);
		value = json_incref(json_object_get(inner, key));
		json_object_del(inner, key);
		receive_json(good, message);
		json_object_set_new(inner, key, value);
	}
	json_decref(keys);
	for (i = 0; json_is_array(inner) && i < json_array_size(inner); i++) {
		vary_value(good, message, inner, NULL, i);
	}
}

/** The messages of a run that has all that there is, in their order */
static char *good_messages(void)
{
	char *text = NULL;
	size_t length = 0;
	FILE *report = open_memstream(&text, &length);
	struct record *record = record_create(&sample_plan), *sample = sample_record();
	struct protocol_sender sender;

	protocol_start(&sender, record, report, NULL);
	record->engine_name = memory_text(sample->engine_name);
	record->engine_description = memory_text(sample->engine_description);
	protocol_send_engine(&sender);
	sample_record_pictures(record);
	protocol_send_pictures(&sender);
	protocol_send_model(&sender);
	sample_artifacts(record);
	sample_rules(record);
	sample_digests(record);
	record_done(record, &record->jobs[0], 0);
	record_warn(record, &sample_jobs[0], 0, 1, "odd");
	record_fail_picture(record, &sample_jobs[0], 1, "bad");
	record_fail(record, &record->jobs[1], "worse");
	sender.record->listener = (struct record_listener){ 0 };
	free(sender.jobs);
	record_free(sample);
	record_free(record);
	fclose(report);
	return text;
}

static void strange_messages_do_no_harm(void)
{
	char *good = good_messages();
	char *line = good;

	sample_plan.output = output;
	sample_plan.ini = &ini;
	sample_model.negations = negations;
	for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		char *before = memory_text_n(good, (size_t)(line - good));
		json_t *message = json_loadb(line, (size_t)(end - line), 0, NULL);

		CU_ASSERT_PTR_NOT_NULL_FATAL(message);
		vary(before, message, message);
		json_decref(message);
		free(before);
	}
	free(good);
	/* Both kinds, or nothing has been tried. */
	CU_ASSERT_TRUE(accepted > 100);
	CU_ASSERT_TRUE((sent - accepted) * stride() > 5000);
	printf("%zu messages, %zu of them accepted\n", sent, accepted);
}

static int set_up(void)
{
	return mkdtemp(output) == NULL;
}

static int tear_down(void)
{
	static const char *const names[] = { "manifest.json", "index.html" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char *path = path_join(output, names[i]);

		unlink(path);
		free(path);
	}
	return rmdir(output);
}

static CU_TestInfo tests[] = {
	{ "strange messages do no harm", strange_messages_do_no_harm },
	CU_TEST_INFO_NULL,
};

static const CU_SuiteInfo suites[] = {
	{ "messages", set_up, tear_down, NULL, NULL, tests },
	CU_SUITE_INFO_NULL,
};

int main(void)
{
	return cunit_run(suites);
}
