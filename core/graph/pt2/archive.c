/**
 * \file    graph/pt2/archive.c
 * \brief   The records of a file of torch.export.save()
 */
#include "graph/pt2/archive.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/memory.h"

/** Version of the program's schema that is read */
#define SCHEMA 8

#define SAVE_AGAIN \
	"save the program again with torch.export.save() of PyTorch 2.8 or newer"

/* ---- Names --------------------------------------------------------------------- */

static bool contains(const char *text, size_t length, const char *part)
{
	size_t part_length = strlen(part);

	for (size_t i = 0; i + part_length <= length; i++) {
		if (memcmp(text + i, part, part_length) == 0) {
			return true;
		}
	}
	return false;
}

bool pt2_probe(const unsigned char *head, size_t size)
{
	static const char *const parts[] = { "/archive_format", "/data/weights/",
		"/data/constants/", "/models/" };
	size_t length;

	if (size < 30 || memcmp(head, "PK\3\4", 4) != 0) {
		return false;
	}
	length = head[26] | (size_t)head[27] << 8;
	length = length < size - 30 ? length : size - 30;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		if (contains((const char *)head + 30, length, parts[i])) {
			return true;
		}
	}
	return false;
}

const struct zip_record *pt2_archive_find(const struct pt2_archive *archive,
		const char *folder, const char *name)
{
	char *path = memory_format("%s%s%s", archive->root, folder, name);
	const struct zip_record *record = zip_find(&archive->zip,
			(const unsigned char *)path, strlen(path));

	free(path);
	return record != NULL && record->stored ? record : NULL;
}

/* ---- The program --------------------------------------------------------------- */

/** What stands between models/ and .json in the name of a record; NULL: no such record */
static char *program_name(const struct zip_record *record, size_t *root_length)
{
	static const char folder[] = "models/", end[] = ".json";
	const char *name = (const char *)record->name;
	size_t folder_length = sizeof(folder) - 1, end_length = sizeof(end) - 1,
	       start = 0;

	while (start < record->name_length && name[start] != '/') {
		start++;
	}
	start++; /* behind the root */
	if (record->name_length <= start + folder_length + end_length
			|| memcmp(name + start, folder, folder_length) != 0
			|| !zip_record_ends(record, end)) {
		return NULL;
	}
	*root_length = start;
	start += folder_length;
	return memory_text_n(name + start, record->name_length - start - end_length);
}

/** Find the only program; sets the archive's root. */
static cnnviz_status find_program(struct pt2_archive *archive, char **name,
		struct error *error)
{
	*name = NULL;
	for (size_t i = 0; i < archive->zip.count; i++) {
		const struct zip_record *record = &archive->zip.records[i];
		size_t root_length;
		char *found = program_name(record, &root_length);

		if (found != NULL && *name != NULL) {
			error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
					"it has several programs, such as %.100s and "
					"%.100s; save the one wanted by itself",
					*name, found);
			free(found);
			return CNNVIZ_ERROR_UNSUPPORTED;
		}
		if (found != NULL) {
			*name = found;
			archive->root = memory_text_n((const char *)record->name,
					root_length);
		}
	}
	return *name != NULL
			? CNNVIZ_OK
			: error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
					"it is no program of torch.export, or one of "
					"an older format; " SAVE_AGAIN);
}

/* ---- JSON ---------------------------------------------------------------------- */

/** Parse a record that is an object, with an object under a key of it if that is given. */
static cnnviz_status read_json(const struct pt2_archive *archive, const char *folder,
		const char *name, const char *key, json_t **object, struct error *error)
{
	const struct zip_record *record = pt2_archive_find(archive, folder, name);
	json_error_t fault;
	json_t *whole;

	if (record == NULL) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"it has no record %.100s%.200s, or a compressed one; it "
				"is damaged, or was packed again: " SAVE_AGAIN,
				folder, name);
	}
	cnnviz_status status = limit_check(LIMIT_HEADER_BYTES, record->size, error,
			"its record %.100s%.200s has", folder, name);

	if (status != CNNVIZ_OK) {
		return status;
	}
	whole = json_parse(record->data, record->size, JSON_REJECT_DUPLICATES, &fault);
	*object = json_incref(key != NULL ? json_object_get(whole, key) : whole);
	json_decref(whole);
	if (!json_is_object(*object)) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"its record %.100s%.200s is damaged: %.200s", folder,
				name, whole == NULL ? fault.text : "it has no object");
	}
	return CNNVIZ_OK;
}

static cnnviz_status check_version(const json_t *program, struct error *error)
{
	const json_t *version = json_object_get(program, "schema_version");
	json_int_t major = json_integer_value(json_object_get(version, "major"));

	return major == SCHEMA
			? CNNVIZ_OK
			: error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
					"its program has schema version "
					"%" JSON_INTEGER_FORMAT
					"; cnnviz reads version %d: save it with another "
					"version of PyTorch, such as 2.8, or export the "
					"network with torch.onnx.export()",
					major, SCHEMA);
}

static cnnviz_status check_byte_order(const struct pt2_archive *archive,
		struct error *error)
{
	const struct zip_record *order = pt2_archive_find(archive, "", "byteorder");

	return order == NULL
					|| (order->size >= 6
							&& memcmp(order->data, "little",
									   6)
									== 0)
			? CNNVIZ_OK
			: error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
					"its numbers are big-endian; save it on a "
					"little-endian machine");
}

static cnnviz_status read_records(struct pt2_archive *archive, const char *name,
		struct error *error)
{
	char *program = memory_format("%s.json", name);
	char *weights = memory_format("%s_weights_config.json", name);
	char *constants = memory_format("%s_constants_config.json", name);
	cnnviz_status status = read_json(archive, "models/", program, NULL,
			&archive->program, error);

	if (status == CNNVIZ_OK) {
		status = check_version(archive->program, error);
	}
	if (status == CNNVIZ_OK) {
		status = check_byte_order(archive, error);
	}
	if (status == CNNVIZ_OK) {
		status = read_json(archive, "data/weights/", weights, "config",
				&archive->weights, error);
	}
	if (status == CNNVIZ_OK) {
		status = read_json(archive, "data/constants/", constants, "config",
				&archive->constants, error);
	}
	free(program);
	free(weights);
	free(constants);
	return status;
}

/* ---- Archives ------------------------------------------------------------------ */

cnnviz_status pt2_archive_open(const struct mapping *mapping, struct pt2_archive *archive,
		struct error *error)
{
	char *name = NULL;
	cnnviz_status status;

	*archive = (struct pt2_archive){ .root = NULL };
	status = zip_read(mapping->data, mapping->size, &archive->zip, error);
	if (status == CNNVIZ_OK) {
		status = find_program(archive, &name, error);
	}
	if (status == CNNVIZ_OK) {
		status = read_records(archive, name, error);
	}
	free(name);
	return status;
}

void pt2_archive_close(struct pt2_archive *archive)
{
	json_decref(archive->program);
	json_decref(archive->weights);
	json_decref(archive->constants);
	zip_free(&archive->zip);
	free(archive->root);
}
