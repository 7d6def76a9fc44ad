/**
 * \file    output/pack_index.c
 * \brief   Tables of what the rows of packs are
 */
#include "output/pack_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"

char *pack_index_path(const char *pack)
{
	return memory_format("%.*s.csv", (int)(strrchr(pack, '.') - pack), pack);
}

/* ---- Order ----------------------------------------------------------------------- */

static int compare_rows(const void *left, const void *right)
{
	const struct record_artifact *a = *(const struct record_artifact *const *)left;
	const struct record_artifact *b = *(const struct record_artifact *const *)right;
	int order = strcmp(record_array_path(a), record_array_path(b));

	return order != 0 ? order : (a->row > b->row) - (a->row < b->row);
}

/** The artifacts that are rows, sorted by packs and then by rows */
static const struct record_artifact **list_rows(const struct record *record,
		size_t *count)
{
	const struct record_artifact **rows = memory_new(record->artifact_count + 1,
			sizeof(*rows));

	*count = 0;
	for (size_t i = 0; i < record->artifact_count; i++) {
		if (record->artifacts[i].packed) {
			rows[(*count)++] = &record->artifacts[i];
		}
	}
	qsort(rows, *count, sizeof(*rows), compare_rows);
	return rows;
}

/* ---- Writing --------------------------------------------------------------------- */

/** Write a field as RFC 4180 has it: in quotes where it needs them. */
static void put_field(FILE *out, const char *text)
{
	if (text[strcspn(text, ",\"\r\n")] == '\0' && text[0] != '#') {
		fputs(text, out);
		return;
	}
	putc('"', out);
	for (; *text != '\0'; text++) {
		if (*text == '"') {
			putc('"', out);
		}
		putc(*text, out);
	}
	putc('"', out);
}

static void put_row(FILE *out, const struct plan *plan,
		const struct record_artifact *artifact)
{
	const struct plan_picture *picture = &plan->pictures[artifact->picture];
	int64_t target = artifact->target;
	const char *name = model_class_name(plan->model, target);

	fprintf(out, "%lld,", (long long)artifact->row);
	put_field(out, picture->name);
	putc(',', out);
	put_field(out, picture->path);
	putc(',', out);
	if (target != -1 && !CNNVIZ_IS_NEURON(target)) {
		fprintf(out, "%lld", (long long)CNNVIZ_CLASS_OF(target));
	}
	putc(',', out);
	put_field(out, name != NULL ? name : "");
	putc('\n', out);
}

/** Write the index of the first pack in a list of rows, and set how many of them it has. */
static cnnviz_status write_index(const struct plan *plan,
		const struct record_artifact **rows, size_t most, size_t *count,
		struct error *error)
{
	const char *pack = record_array_path(rows[0]);
	char *relative = pack_index_path(pack), *path = path_join(plan->output, relative);
	struct writer *writer = NULL;
	cnnviz_status status = writer_open(path, &writer, error);

	*count = 0;
	if (status == CNNVIZ_OK) {
		fputs("row,picture,path,target,target_name\n", writer->stream);
		while (*count < most
				&& strcmp(record_array_path(rows[*count]), pack) == 0) {
			put_row(writer->stream, plan, rows[(*count)++]);
		}
		status = writer_commit(writer, error);
	}
	free(path);
	free(relative);
	return status;
}

cnnviz_status pack_indexes_write(const struct record *record, struct error *error)
{
	size_t count, done = 0, written;
	const struct record_artifact **rows = list_rows(record, &count);
	cnnviz_status status = CNNVIZ_OK;

	while (done < count && status == CNNVIZ_OK) {
		status = write_index(record->plan, rows + done, count - done, &written,
				error);
		done += written;
	}
	free(rows);
	return status;
}
