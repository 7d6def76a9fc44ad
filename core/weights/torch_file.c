/**
 * \file    weights/torch_file.c
 * \brief   Reads the two formats of torch.save: the pickle and the storages
 *
 * Source: torch/serialization.py (_save, _legacy_save) and torch/_utils.py
 * (_rebuild_tensor_v2 and its relatives).
 */
#include "weights/torch_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "weights/bytes.h"
#include "weights/state_dict.h"
#include "weights/stranger.h"
#include "weights/zip.h"

/* ---- The zip format ----------------------------------------------------- */

/** FOLDER/data.pkl, whatever the name of the one folder */
static const struct zip_record *find_pickle(const struct zip *zip)
{
	for (size_t i = 0; i < zip->count; i++) {
		const struct zip_record *record = &zip->records[i];
		const unsigned char *slash = memchr(record->name, '/',
				record->name_length);

		if (slash != NULL && zip_record_ends(record, "/data.pkl")
				&& (size_t)(slash - record->name) + 9
						== record->name_length) {
			return record;
		}
	}
	return NULL;
}

static const struct zip_record *find_beside(const struct zip *zip,
		const struct zip_record *pickle, const char *name)
{
	size_t folder = pickle->name_length - strlen("data.pkl");
	char *path = memory_new(folder + strlen(name) + 1, 1);
	const struct zip_record *record;

	memcpy(path, pickle->name, folder);
	memcpy(path + folder, name, strlen(name));
	record = zip_find(zip, (const unsigned char *)path, folder + strlen(name));
	free(path);
	return record;
}

/** Check the records beside data.pkl */
static cnnviz_status check_archive(const struct zip *zip, const struct zip_record *pickle,
		struct error *error)
{
	const struct zip_record *order = find_beside(zip, pickle, "byteorder");
	char name[100];

	for (size_t i = 0; i < zip->count; i++) {
		if (!zip->records[i].stored) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"the archive's record \"%s\" is compressed, "
					"which torch.save never does; save the weights "
					"again with torch.save",
					bytes_printable(zip->records[i].name,
							zip->records[i].name_length, name,
							sizeof(name)));
		}
	}
	if (order != NULL
			&& (order->size != 6 || memcmp(order->data, "little", 6) != 0)) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"it was written on a machine with another byte order "
				"(big-endian); load it and save it again on a "
				"little-endian machine");
	}
	return CNNVIZ_OK;
}

/** Records FOLDER/data/KEY; sorted by name, they are also sorted by key */
static cnnviz_status list_records(const struct zip *zip, const struct zip_record *pickle,
		struct storages *storages, struct error *error)
{
	size_t folder = pickle->name_length - strlen("data.pkl");

	storages->items = calloc(zip->count, sizeof(*storages->items));
	if (storages->items == NULL) {
		return error_set(error, CNNVIZ_ERROR_MEMORY,
				"not enough memory to list the storages");
	}
	for (size_t i = 0; i < zip->count; i++) {
		const struct zip_record *record = &zip->records[i];

		if (record->name_length > folder + 5
				&& memcmp(record->name, pickle->name, folder) == 0
				&& memcmp(record->name + folder, "data/", 5) == 0) {
			storages->items[storages->count++] = (struct storage){
				.key = record->name + folder + 5,
				.key_length = record->name_length - folder - 5,
				.data = record->data,
				.size = record->size,
			};
		}
	}
	return CNNVIZ_OK;
}

cnnviz_status torch_zip_read(struct weights *weights, struct error *error)
{
	const char *globals[TORCH_GLOBALS_MAX];
	struct zip zip = { NULL, 0 };
	struct storages storages = { NULL, 0 };
	struct pickle *pickle = NULL;
	const struct zip_record *record;
	cnnviz_status status = zip_read(weights->mapping->data, weights->mapping->size,
			&zip, error);

	if (status != CNNVIZ_OK) {
		goto done;
	}
	record = find_pickle(&zip);
	if (record == NULL || stranger_in_zip(&zip) != NULL) {
		status = stranger_refuse(stranger_in_zip(&zip),
				"this is a zip archive without torch.save's data.pkl, so "
				"it is not a weights file",
				error);
		goto done;
	}
	status = check_archive(&zip, record, error);
	if (status != CNNVIZ_OK) {
		goto done;
	}
	torch_list_globals(globals);
	status = pickle_read(record->data, record->size, globals, &pickle, error);
	if (status != CNNVIZ_OK) {
		goto done;
	}
	status = list_records(&zip, record, &storages, error);
	if (status == CNNVIZ_OK) {
		status = add_state_dicts(weights, &storages, pickle->root, error);
	}
done:
	free(storages.items);
	pickle_free(pickle);
	zip_free(&zip);
	return status;
}

/* ---- The older stream format -------------------------------------------- */

/** 0x1950a86a20f9469cfc6c, little-endian */
static const unsigned char magic[10] = {
	0x6c,
	0xfc,
	0x9c,
	0x46,
	0xf9,
	0x20,
	0x6a,
	0xa8,
	0x50,
	0x19,
};
#define STREAM_PROTOCOL 1001

/** A file that is read sequentially */
struct stream {
	const unsigned char *data;
	size_t left;
	const char *globals[TORCH_GLOBALS_MAX];
	struct error *error;
};

static cnnviz_status next_pickle(struct stream *stream, struct pickle **pickle)
{
	cnnviz_status status = pickle_read(stream->data, stream->left, stream->globals,
			pickle, stream->error);

	if (status == CNNVIZ_OK) {
		stream->data += (*pickle)->size;
		stream->left -= (*pickle)->size;
	}
	return status;
}

static cnnviz_status check_magic(struct stream *stream)
{
	struct pickle *pickle;
	const struct pickle_value *root;
	cnnviz_status status = next_pickle(stream, &pickle);

	if (status != CNNVIZ_OK) {
		return error_prefix(stream->error,
				"this pickle was not written by torch.save");
	}
	root = pickle->root;
	if (root->type != PICKLE_BIG || root->count != sizeof(magic)
			|| memcmp(root->bytes, magic, sizeof(magic)) != 0) {
		status = error_set(stream->error, CNNVIZ_ERROR_INPUT,
				"this is a plain pickle (of %s), not a file of "
				"torch.save; save the network's state_dict() with "
				"torch.save",
				pickle_type_text(root));
	}
	pickle_free(pickle);
	return status;
}

static cnnviz_status check_protocol(struct stream *stream)
{
	struct pickle *pickle;
	cnnviz_status status = next_pickle(stream, &pickle);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (pickle->root->type != PICKLE_INT
			|| pickle->root->integer != STREAM_PROTOCOL) {
		status = error_set(stream->error, CNNVIZ_ERROR_INPUT,
				"it has an unknown version of torch.save's older format; "
				"save it again with a current PyTorch");
	}
	pickle_free(pickle);
	return status;
}

static cnnviz_status check_system(struct stream *stream)
{
	struct pickle *pickle;
	const struct pickle_value *little;
	cnnviz_status status = next_pickle(stream, &pickle);

	if (status != CNNVIZ_OK) {
		return status;
	}
	little = pickle->root->type == PICKLE_DICT
			? pickle_lookup(pickle->root, "little_endian")
			: NULL;
	if (little != NULL && little->type == PICKLE_BOOL && little->integer == 0) {
		status = error_set(stream->error, CNNVIZ_ERROR_INPUT,
				"it was written on a machine with another byte order "
				"(big-endian); load it and save it again on a "
				"little-endian machine");
	}
	pickle_free(pickle);
	return status;
}

/** The storages that the pickle refers to, sorted by key, without duplicates */
static cnnviz_status list_references(const struct pickle *pickle,
		struct storages *storages, struct error *error)
{
	size_t kept = 0;

	if (pickle->persistent_count == 0) {
		return CNNVIZ_OK;
	}
	storages->items = calloc(pickle->persistent_count, sizeof(*storages->items));
	if (storages->items == NULL) {
		return error_set(error, CNNVIZ_ERROR_MEMORY,
				"not enough memory to list the storages");
	}
	for (size_t i = 0; i < pickle->persistent_count; i++) {
		struct torch_reference reference;
		cnnviz_status status = torch_read_reference(pickle->persistent[i],
				&reference, error);

		if (status != CNNVIZ_OK) {
			return status;
		}
		storages->items[i] = (struct storage){
			.key = reference.key->bytes,
			.key_length = reference.key->count,
			.element_size = dtype_size(reference.dtype),
			.count = reference.count,
		};
	}
	qsort(storages->items, pickle->persistent_count, sizeof(*storages->items),
			storages_compare);
	for (size_t i = 1; i < pickle->persistent_count; i++) {
		struct storage *last = &storages->items[kept];
		const struct storage *next = &storages->items[i];

		if (storages_compare(last, next) != 0) {
			storages->items[++kept] = *next;
		} else if (last->element_size != next->element_size
				|| last->count != next->count) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"two tensors disagree about the storage they "
					"share");
		}
	}
	storages->count = kept + 1;
	return CNNVIZ_OK;
}

/** Read one storage of the file: its number of elements, then the elements */
static cnnviz_status read_storage(struct stream *stream, const struct storages *storages,
		const struct pickle_value *key)
{
	struct storage *storage = key->type != PICKLE_TEXT
			? NULL
			: storages_find(storages, key->bytes, key->count);
	uint64_t count;
	size_t size;

	if (storage == NULL || storage->data != NULL) {
		return error_set(stream->error, CNNVIZ_ERROR_INPUT,
				"the list of storages does not match the tensors");
	}
	if (stream->left < 8) {
		return error_set(stream->error, CNNVIZ_ERROR_INPUT,
				"it is truncated: storages are missing at its end");
	}
	count = bytes_number(stream->data, 8);
	stream->data += 8;
	stream->left -= 8;
	if (count != (uint64_t)storage->count) {
		return error_set(stream->error, CNNVIZ_ERROR_INPUT,
				"it is damaged: the number of elements of a storage "
				"differs from what its tensors say");
	}
	if (count > stream->left / storage->element_size) {
		return error_set(stream->error, CNNVIZ_ERROR_INPUT,
				"it is truncated: storages are missing at its end");
	}
	size = (size_t)count * storage->element_size;
	storage->data = stream->data;
	storage->size = size;
	stream->data += size;
	stream->left -= size;
	return CNNVIZ_OK;
}

static cnnviz_status read_storages(struct stream *stream, const struct storages *storages)
{
	struct pickle *keys;
	cnnviz_status status = next_pickle(stream, &keys);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (keys->root->type != PICKLE_LIST) {
		status = error_set(stream->error, CNNVIZ_ERROR_INPUT,
				"it holds %s where the list of storages should be",
				pickle_type_text(keys->root));
	}
	for (size_t i = 0; status == CNNVIZ_OK && i < keys->root->count; i++) {
		status = read_storage(stream, storages, keys->root->items[i]);
	}
	pickle_free(keys);
	return status;
}

cnnviz_status torch_stream_read(struct weights *weights, struct error *error)
{
	struct stream stream = {
		.data = weights->mapping->data,
		.left = weights->mapping->size,
		.error = error,
	};
	struct storages storages = { NULL, 0 };
	struct pickle *pickle = NULL;
	cnnviz_status status;

	torch_list_globals(stream.globals);
	status = check_magic(&stream);
	if (status == CNNVIZ_OK) {
		status = check_protocol(&stream);
	}
	if (status == CNNVIZ_OK) {
		status = check_system(&stream);
	}
	if (status == CNNVIZ_OK) {
		status = next_pickle(&stream, &pickle);
	}
	if (status == CNNVIZ_OK) {
		status = list_references(pickle, &storages, error);
	}
	if (status == CNNVIZ_OK) {
		status = read_storages(&stream, &storages);
	}
	if (status == CNNVIZ_OK) {
		status = add_state_dicts(weights, &storages, pickle->root, error);
	}
	free(storages.items);
	pickle_free(pickle);
	return status;
}
