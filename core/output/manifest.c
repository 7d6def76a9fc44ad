/**
 * \file    output/manifest.c
 * \brief   Writes manifest.json: the results of a run for programs
 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/file.h"
#include "output/manifest.h"
#include "output/record_json.h"
#include "output/shard_files.h"

/** Digits of numbers, which preserve every float32 */
#define PRECISION 9
/** Those that preserve every double: what is drawn of shards must be that of one run */
#define PRECISION_SHARD 17

/** Whether a record is of a part of a run, of which more is to be known than of a whole one */
static bool is_part(const struct record *record)
{
	return record->plan->shard.count > 0;
}

/** Flags of jansson for an item, which may be a text */
static size_t flags(const struct record *record)
{
	return JSON_INDENT(2) | JSON_ENCODE_ANY
			| (is_part(record) ? JSON_REAL_PRECISION(PRECISION_SHARD)
					   : JSON_REAL_PRECISION(PRECISION));
}

/**
 * Write an item of a list, with its lines as far to the right as they belong; takes the
 * item. False when out of memory.
 */
static bool put_item(FILE *out, json_t *item, size_t flags)
{
	char *text = json_dumps(item, flags);

	for (const char *c = text; c != NULL && *c != '\0'; c++) {
		putc(*c, out);
		if (*c == '\n') {
			fputs("    ", out);
		}
	}
	bool done = text != NULL;

	free(text);
	json_decref(item);
	return done;
}

static bool put_list(FILE *out, const struct record *record,
		const struct record_list *list)
{
	const enum record_detail detail = is_part(record) ? RECORD_COMPLETE
							  : RECORD_MANIFEST;
	size_t count = list->count(record), put = 0;
	bool done = true;

	fprintf(out, ",\n  \"%s\": [", list->name);
	for (size_t i = 0; i < count && done; i++) {
		json_t *item = list->item(record, i, detail);

		if (item != NULL) {
			fputs(put++ > 0 ? ",\n    " : "\n    ", out);
			done = put_item(out, item, flags(record));
		}
	}
	fputs(put > 0 ? "\n  ]" : "]", out);
	return done;
}

/** Write all, with no more than an item in memory; false when out of memory. */
static bool put_record(FILE *out, const struct record *record)
{
	json_t *head = record_head_to_json(record);
	char *text = json_dumps(head, flags(record));
	bool done = text != NULL;

	if (done) {
		/* The lists go before the "\n}" at its end. */
		fwrite(text, 1, strlen(text) - 2, out);
	}
	for (const struct record_list *list = record_lists; done && list->name != NULL;
			list++) {
		done = put_list(out, record, list);
	}
	fputs("\n}\n", out);
	free(text);
	json_decref(head);
	return done;
}

cnnviz_status manifest_write(const struct record *record, struct error *error)
{
	char *name = run_file_name(RUN_FILE_MANIFEST, record->plan->shard);
	char *path = path_join(record->plan->output, name);
	struct writer *writer = NULL;
	cnnviz_status status = writer_open(path, &writer, error);

	if (status == CNNVIZ_OK && put_record(writer->stream, record)) {
		/* A run that begins in an empty folder has nothing to take back. */
		bool fresh = record->under_way && record->earlier_count == 0;

		status = fresh ? writer_commit(writer, error)
			       : writer_commit_durably(writer, error);
	} else if (status == CNNVIZ_OK) {
		status = writer_lack_memory(writer, error);
	}
	free(path);
	free(name);
	return status;
}
