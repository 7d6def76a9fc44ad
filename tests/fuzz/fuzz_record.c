/**
 * \file    fuzz/fuzz_record.c
 * \brief   A record from JSON: an error, or a record that is written as the same JSON
 *                     again
 *
 * The bytes are also parsed as messages from a job's process.
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "output/record_json.h"
#include "output/sample.h"
#include "run/isolate/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_same(json_t *json, const struct record *record)
{
	json_t *again = record_to_json(record, RECORD_COMPLETE);
	char *before = sample_what_counts(json), *after = sample_what_counts(again);

	if (strcmp(before, after) != 0) {
		fprintf(stderr, "read:    %s\nwritten: %s\n", before, after);
		abort();
	}
	free(before);
	free(after);
	json_decref(again);
}

static void read_whole(const uint8_t *data, size_t size)
{
	json_t *json = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	struct record *record = NULL;
	struct error error = { 0 };

	/* A corpus stays of use when the version changes. */
	if (json_object_get(json, "cnnviz") != NULL) {
		json_object_set_new(json, "cnnviz", json_text(PACKAGE_VERSION));
	}
	if (json == NULL) {
		return;
	}
	if (record_from_json(&sample_plan, json, &record, &error) == CNNVIZ_OK) {
		check_same(json, record);
	} else if (error.status == CNNVIZ_OK || error.text[0] == '\0') {
		abort();
	}
	record_free(record);
	json_decref(json);
}

static void receive(const uint8_t *data, size_t size)
{
	struct record *record = record_create(&sample_plan);
	struct protocol_receiver receiver;

	protocol_receiver_init(&receiver, record, NULL);
	protocol_receive(&receiver, (const char *)data, size);
	protocol_receive(&receiver, "\n", 1);
	protocol_receiver_finish(&receiver);
	record_free(record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sample_plan_complete();
	read_whole(data, size);
	receive(data, size);
	return 0;
}
