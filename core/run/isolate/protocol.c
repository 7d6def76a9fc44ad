/**
 * \file    run/isolate/protocol.c
 * \brief   How the process of a job sends its results to the parent
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "output/record_json.h"
#include "run/isolate/protocol.h"

/* Far more than any part of a record needs. A parsed line may take a hundred times as much
 * memory as its text. */
#define LONGEST_LINE ((size_t)4 << 20)

/* ---- Sending ------------------------------------------------------------------- */

/** Send a line and release it. */
static void send_line(const struct protocol_sender *sender, json_t *line)
{
	char *text = json_dumps(line, JSON_EXACT);

	if (sender->report != NULL) {
		/* Without memory for the text, an empty line tells the parent that
		 * something is wrong. */
		fprintf(sender->report, "%s\n", text != NULL ? text : "");
		fflush(sender->report);
	}
	if (sender->journal != NULL && text != NULL) {
		journal_add(sender->journal, text, strlen(text));
	}
	free(text);
	json_decref(line);
}

/** Send an item of one of the record's lists and release it. */
static void send_item(const struct protocol_sender *sender, const char *list,
		json_t *item)
{
	send_line(sender, json_pack("{s:[o]}", list, item));
}

/** Whether what is sent of a job is different now */
static bool is_changed(const struct record_job *before, const struct record_job *now)
{
	return now->status != before->status || now->draws != before->draws
			|| strcmp(now->digest, before->digest) != 0;
}

/** Send what was added to the record since the last call. */
static void send_changes(void *context)
{
	struct protocol_sender *sender = context;
	const struct record *record = sender->record;

	while (sender->artifacts < record->artifact_count) {
		send_item(sender, "artifacts",
				record_artifact_to_json(record,
						&record->artifacts[sender->artifacts++]));
	}
	while (sender->warnings < record->warning_count) {
		send_item(sender, "warnings",
				record_warning_to_json(record,
						&record->warnings[sender->warnings++]));
	}
	while (sender->failures < record->failure_count) {
		send_item(sender, "failures",
				record_failure_to_json(record,
						&record->failures[sender->failures++]));
	}
	while (sender->rules < record->rule_count) {
		send_item(sender, "rules",
				record_rule_to_json(&record->rules[sender->rules++]));
	}
	if (record->digest[0] != '\0' && !sender->digest) {
		sender->digest = true;
		send_line(sender, json_pack("{s:s}", "digest", record->digest));
	}
	for (size_t i = 0; i < record->plan->job_count; i++) {
		if (is_changed(&sender->jobs[i], &record->jobs[i])) {
			sender->jobs[i] = record->jobs[i];
			send_item(sender, "jobs",
					record_job_to_json(record, &record->jobs[i]));
		}
	}
}

/** Send that a job has finished a picture: all that belongs to it has been sent. */
static void send_finished(void *context, const struct plan_job *job, size_t picture)
{
	const struct protocol_sender *sender = context;

	send_item(sender, "done",
			record_done_to_json(sender->record->plan, job, picture));
	if (sender->journal != NULL) {
		journal_flush(sender->journal);
	}
}

static void send_picture(void *context, size_t picture)
{
	const struct protocol_sender *sender = context;

	send_item(sender, "pictures",
			record_picture_to_json(sender->record, picture, RECORD_COMPLETE));
}

void protocol_start(struct protocol_sender *sender, struct record *record, FILE *report,
		struct journal *journal)
{
	size_t jobs = record->plan->job_count;

	*sender = (struct protocol_sender){
		.report = report,
		.journal = journal,
		.record = record,
		.artifacts = record->artifact_count,
		.warnings = record->warning_count,
		.failures = record->failure_count,
		.rules = record->rule_count,
		.digest = record->digest[0] != '\0',
		.jobs = memory_new(jobs, sizeof(*sender->jobs)),
	};
	memcpy(sender->jobs, record->jobs, jobs * sizeof(*sender->jobs));
	record->listener = (struct record_listener){
		.changed = send_changes,
		.finished = send_finished,
		.context = sender,
	};
}

void protocol_follow_pictures(struct protocol_sender *sender)
{
	sender->record->listener.seen = send_picture;
}

void protocol_send_pictures(const struct protocol_sender *sender)
{
	for (size_t i = 0; i < sender->record->plan->picture_count; i++) {
		send_picture((void *)(uintptr_t)sender, i);
	}
}

void protocol_send_engine(const struct protocol_sender *sender)
{
	send_line(sender,
			json_pack("{s:o,s:o}", "device",
					json_text(record_device(sender->record)),
					"engine", record_engine_to_json(sender->record)));
}

void protocol_send_model(const struct protocol_sender *sender)
{
	send_line(sender,
			json_pack("{s:o}", "model",
					record_model_to_json(sender->record->plan)));
}

void protocol_finish(struct protocol_sender *sender)
{
	if (sender->journal != NULL) {
		journal_flush(sender->journal);
	}
	sender->journal = NULL; /* which tells of results alone */
	send_line(sender, json_pack("{s:b}", "finished", true));
	sender->record->listener = (struct record_listener){ 0 };
	free(sender->jobs);
}

/* ---- Receiving ----------------------------------------------------------------- */

static bool is_finish(const json_t *line)
{
	return json_object_size(line) == 1
			&& json_is_true(json_object_get(line, "finished"));
}

static void receive_line(void *context, char *text, size_t length)
{
	struct protocol_receiver *receiver = context;
	struct error error = { 0 };
	json_error_t fault;

	if (receiver->broken) {
		return;
	}
	json_t *line = json_loadb(text, length, JSON_REJECT_DUPLICATES, &fault);
	if (line == NULL) {
		error_set(&error, CNNVIZ_ERROR_INPUT, "%s", fault.text);
	} else if (receiver->finished) {
		error_set(&error, CNNVIZ_ERROR_INPUT,
				"there is a line after the last one");
	} else if (is_finish(line)) {
		receiver->finished = true;
	} else if (record_update_from_json(receiver->record, line, &error) == CNNVIZ_OK
			&& receiver->journal != NULL) {
		journal_add(receiver->journal, text, length);
	}
	json_decref(line);
	receiver->broken = error.status != CNNVIZ_OK;
	if (receiver->broken) {
		log_write(LOG_LEVEL_DETAIL, "the process of a job sent a wrong line: %s",
				error.text);
	}
}

void protocol_receiver_init(struct protocol_receiver *receiver, struct record *record,
		struct journal *journal)
{
	*receiver = (struct protocol_receiver){
		.record = record,
		.journal = journal,
		.lines = { .longest = LONGEST_LINE,
				.line = receive_line,
				.context = receiver },
	};
}

void protocol_receive(struct protocol_receiver *receiver, const char *piece,
		size_t length)
{
	if (!lines_feed(&receiver->lines, piece, length)) {
		receiver->broken = true;
	}
	if (receiver->journal != NULL) {
		journal_flush(receiver->journal);
	}
}

bool protocol_receiver_finish(struct protocol_receiver *receiver)
{
	bool whole = lines_finish(&receiver->lines);

	return whole && receiver->finished && !receiver->broken;
}
