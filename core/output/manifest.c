/**
 * \file    output/manifest.c
 * \brief   Writes manifest.json: the results of a run for programs
 */
#include <stdlib.h>

#include <jansson.h>

#include "base/file.h"
#include "output/manifest.h"
#include "output/record_json.h"

/** Digits of numbers, which preserve every float32 */
#define PRECISION 9

cnnviz_status manifest_write(const struct record *record, struct error *error)
{
	char *path = path_join(record->plan->output, "manifest.json");
	json_t *root = record_to_json(record, RECORD_MANIFEST);
	struct writer *writer = NULL;
	cnnviz_status status = writer_open(path, &writer, error);

	if (status != CNNVIZ_OK) {
		goto done;
	}
	if (json_dumpf(root, writer->stream,
			    JSON_INDENT(2) | JSON_REAL_PRECISION(PRECISION))
			!= 0) {
		writer_abort(writer);
		status = error_set(error, CNNVIZ_ERROR_IO, "cannot write %s", path);
		goto done;
	}
	putc('\n', writer->stream);
	status = writer_commit(writer, error);
done:
	json_decref(root);
	free(path);
	return status;
}
