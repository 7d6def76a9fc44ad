/**
 * \file    run/test_protocol.c
 * \brief   The changes of a child's record, and nothing else, reach the parent's record
 */
#include "config.h"

#include <stdio.h>

#include "base/json.h"
#include "output/record_json.h"
#include "output/sample.h"
#include "run/isolate/protocol.h"
#include "support/cunit_main.h"
#include "support/stride.h"

static struct record *sample;
static char *sent; /* all of what made the sample's record */
static size_t sent_length;

/* ---- Helpers ------------------------------------------------------------------- */

/* Hand a record all that the sample has, as a run does: bit by bit */
static void run(struct record *record)
{
	sample_record_pictures(record);
	sample_digests(record);
	for (size_t i = 0; i < SAMPLE_JOBS; i++) {
		for (size_t k = 0; k < sample_plan.picture_count; k++) {
			if (record_is_finished(sample, &sample_jobs[i], k)) {
				record_done(record, &record->jobs[i], k);
			}
		}
		if (sample->jobs[i].reason != NULL) {
			record_fail(record, &record->jobs[i], sample->jobs[i].reason);
		}
	}
	sample_artifacts(record);
	for (size_t i = 0; i < sample->warning_count; i++) {
		const struct record_warning *warning = &sample->warnings[i];

		record_warn(record, warning->job, warning->picture, warning->target,
				warning->text);
	}
	for (size_t i = 0; i < sample->failure_count; i++) {
		const struct record_failure *failure = &sample->failures[i];

		record_fail_picture(record, failure->job, failure->picture,
				failure->reason);
	}
	sample_rules(record);
}

static int set_up(void)
{
	FILE *report = open_memstream(&sent, &sent_length);
	struct record *record = record_create(&sample_plan);
	struct protocol_sender sender;

	sample = sample_record();
	protocol_start(&sender, record, report, NULL);
	record->engine_name = memory_text(sample->engine_name);
	record->engine_description = memory_text(sample->engine_description);
	protocol_send_engine(&sender);
	run(record);
	protocol_send_pictures(&sender);
	protocol_send_model(&sender);
	protocol_finish(&sender);
	record_free(record);
	return fclose(report);
}

static int tear_down(void)
{
	record_free(sample);
	free(sent);
	return 0;
}

/* What a parent's record is after some text, and whether that was all there is to say */
static struct record *receive(const char *text, size_t length, size_t piece, bool *whole)
{
	struct record *record = record_create(&sample_plan);
	struct protocol_receiver receiver;

	protocol_receiver_init(&receiver, record, NULL);
	for (size_t i = 0; i < length; i += piece) {
		protocol_receive(&receiver, text + i,
				length - i < piece ? length - i : piece);
	}
	*whole = protocol_receiver_finish(&receiver);
	return record;
}

static bool makes_sense(const char *text, size_t length)
{
	bool whole;

	record_free(receive(text, length, 4096, &whole));
	return whole;
}

/* As text; the end of a run, which is the parent's, set aside */
static char *dump(struct record *record)
{
	for (size_t i = 0; i < SAMPLE_JOBS; i++) {
		if (record->jobs[i].status != RECORD_FAILED) {
			record->jobs[i].status = RECORD_NOT_RUN;
		}
	}
	record->interrupted = false;
	while (record->earlier_count > 0) {
		free(record->earlier[--record->earlier_count]);
	}
	json_t *json = record_to_json(record, RECORD_COMPLETE);
	char *text = json_dumps(json, JSON_EXACT);

	json_decref(json);
	return text;
}

/* ---- Tests --------------------------------------------------------------------- */

static void the_parent_gets_what_the_child_has(void)
{
	static const size_t pieces[] = { 1, 7, 4096, SIZE_MAX };
	char *expected = dump(sample);

	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		bool whole;
		struct record *record = receive(sent, sent_length,
				pieces[i] < sent_length ? pieces[i] : sent_length,
				&whole);
		char *text = dump(record);

		CU_ASSERT_TRUE(whole);
		CU_ASSERT_STRING_EQUAL(text, expected);
		free(text);
		record_free(record);
	}
	free(expected);
}

static void only_what_is_new_is_sent(void)
{
	char *text = NULL;
	size_t length = 0;
	FILE *report = open_memstream(&text, &length);
	struct record *record = sample_record();
	struct protocol_sender sender;

	protocol_start(&sender, record, report, NULL);
	record_warn(record, &sample_jobs[SAMPLE_MAPS], 0, -1, "new");
	protocol_finish(&sender);
	fclose(report);
	CU_ASSERT_STRING_EQUAL(text,
			"{\"warnings\":[{\"job\":\"maps\",\"picture\":\"dog-cat\","
			"\"target\":null,\"text\":\"new\"}]}\n{\"finished\":true}\n");
	free(text);
	record_free(record);
}

static void what_came_before_the_end_is_kept(void)
{
	size_t length = sent_length - strlen("{\"finished\":true}\n");
	bool whole;
	struct record *record = receive(sent, length, 4096, &whole);

	CU_ASSERT_FALSE(whole);
	CU_ASSERT_EQUAL(record->artifact_count, sample->artifact_count);
	CU_ASSERT_EQUAL(record->warning_count, sample->warning_count);
	CU_ASSERT_EQUAL(record->failure_count, sample->failure_count);
	CU_ASSERT_EQUAL(record->rule_count, sample->rule_count);
	record_free(record);
}

static void what_makes_no_sense_is_reported(void)
{
	static const char finish[] = "{\"finished\":true}\n";
	static const char *const rows[] = {
		"",
		"{\"finished\":true}",
		"{\"finished\":false}\n",
		"{\"finished\":true,\"more\":1}\n",
		"{\"finished\":true,\"finished\":true}\n",
		"{\"finished\":true}\n{\"finished\":true}\n",
		"{\"finished\":true}\nthis is not for you",
		"this is not for you{\"finished\":true}\n",
		"\n{\"finished\":true}\n",
		"[]\n{\"finished\":true}\n",
		"null\n{\"finished\":true}\n",
		"{\"artifacts\":[{}]}\n{\"finished\":true}\n",
	};

	CU_ASSERT_TRUE(makes_sense(finish, strlen(finish)));
	CU_ASSERT_FALSE(makes_sense("{\"finished\":true}\0\n", strlen(finish) + 1));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CU_ASSERT_FALSE(makes_sense(rows[i], strlen(rows[i])));
	}
}

static void a_line_that_never_ends_takes_little_memory(void)
{
	static char piece[1 << 16];
	struct record *record = record_create(&sample_plan);
	struct protocol_receiver receiver;

	memset(piece, ' ', sizeof(piece));
	protocol_receiver_init(&receiver, record, NULL);
	for (int i = 0; i < 256; i++) {
		protocol_receive(&receiver, piece, sizeof(piece));
		CU_ASSERT_TRUE(receiver.lines.room <= (size_t)9 << 20);
	}
	protocol_receive(&receiver, "\n{\"finished\":true}\n", 19);
	CU_ASSERT_FALSE(protocol_receiver_finish(&receiver));
	record_free(record);
}

static void damage_is_reported_or_harmless(void)
{
	size_t told = 0;

	for (size_t i = 0; i < sent_length; i += stride()) {
		char kept = sent[i];

		sent[i] = (char)(kept ^ 1 << i % 8);
		told += !makes_sense(sent, sent_length);
		sent[i] = kept;
	}
	/* The rest are letters of texts and digits of numbers. */
	CU_ASSERT_TRUE(told * stride() > sent_length / 2);
	for (size_t i = 0; i < sent_length; i += stride()) {
		CU_ASSERT_FALSE(makes_sense(sent, i));
	}
}

static CU_TestInfo tests[] = {
	{ "the parent gets what the child has", the_parent_gets_what_the_child_has },
	{ "only what is new is sent", only_what_is_new_is_sent },
	{ "what came before the end is kept", what_came_before_the_end_is_kept },
	{ "what makes no sense is reported", what_makes_no_sense_is_reported },
	{ "a line that never ends takes little memory",
			a_line_that_never_ends_takes_little_memory },
	{ "damage is reported or harmless", damage_is_reported_or_harmless },
	CU_TEST_INFO_NULL,
};

static const CU_SuiteInfo suites[] = {
	{ "protocol", set_up, tear_down, NULL, NULL, tests },
	CU_SUITE_INFO_NULL,
};

int main(void)
{
	return cunit_run(suites);
}
