/**
 * \file    weights/torch_file.c
 * \brief   Reads the two formats of torch.save: the pickle and the storages
 *
 * Source: torch/serialization.py (_save, _legacy_save) and torch/_utils.py
 * (_rebuild_tensor_v2 and its relatives). A tensor is pickled as a call with a
 * storage, an offset, a shape and strides; a storage as a persistent id
 * ('storage', type, key, location, count[, view]).
 */
#include "weights/torch_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "weights/bytes.h"
#include "weights/entry.h"
#include "weights/pickle.h"
#include "weights/zip.h"

/** A storage and the key by which the pickle refers to it */
struct storage {
	const unsigned char *key;
	size_t key_length;
	size_t element_size;
	int64_t count; /* number of elements according to the pickle */
	const unsigned char *data;
	size_t size;
};

/** Sorted by key */
struct storages {
	struct storage *items;
	size_t count;
};

/* ---- Globals that tensors need ----------------------------------------- */

#define UNTYPED DTYPE_UINT8

static const struct {
	const char *storage; /* class of the storage */
	const char *dtype;   /* NULL if another row has it */
	enum weights_dtype code;
} types[] = {
	{ "torch.FloatStorage", "torch.float32", DTYPE_FLOAT32 },
	{ "torch.DoubleStorage", "torch.float64", DTYPE_FLOAT64 },
	{ "torch.HalfStorage", "torch.float16", DTYPE_FLOAT16 },
	{ "torch.BFloat16Storage", "torch.bfloat16", DTYPE_BFLOAT16 },
	{ "torch.LongStorage", "torch.int64", DTYPE_INT64 },
	{ "torch.IntStorage", "torch.int32", DTYPE_INT32 },
	{ "torch.ShortStorage", "torch.int16", DTYPE_INT16 },
	{ "torch.CharStorage", "torch.int8", DTYPE_INT8 },
	{ "torch.ByteStorage", "torch.uint8", DTYPE_UINT8 },
	{ "torch.BoolStorage", "torch.bool", DTYPE_BOOL },
	{ "torch.ComplexFloatStorage", "torch.complex64", DTYPE_COMPLEX64 },
	{ "torch.ComplexDoubleStorage", "torch.complex128", DTYPE_COMPLEX128 },
	{ "torch.UntypedStorage", NULL, UNTYPED },
	{ "torch.storage.UntypedStorage", NULL, UNTYPED },
	{ "torch.storage._UntypedStorage", NULL, UNTYPED },
	{ "torch.storage.TypedStorage", NULL, UNTYPED },
	{ NULL, "torch.uint16", DTYPE_UINT16 },
	{ NULL, "torch.uint32", DTYPE_UINT32 },
	{ NULL, "torch.uint64", DTYPE_UINT64 },
	{ NULL, "torch.float8_e4m3fn", DTYPE_FLOAT8_E4M3 },
	{ NULL, "torch.float8_e5m2", DTYPE_FLOAT8_E5M2 },
};

static const char *const functions[] = {
	"collections.OrderedDict",
	"torch._utils._rebuild_tensor",
	"torch._utils._rebuild_tensor_v2",
	"torch._utils._rebuild_tensor_v3",
	"torch._utils._rebuild_parameter",
	"torch._utils._rebuild_parameter_with_state",
	"torch.nn.parameter.Parameter",
	"torch.Size",
};

#define TYPE_COUNT (sizeof(types) / sizeof(*types))
#define FUNCTION_COUNT (sizeof(functions) / sizeof(*functions))
#define GLOBALS_MAX (2 * TYPE_COUNT + FUNCTION_COUNT + 1)

static void list_globals(const char *globals[GLOBALS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < FUNCTION_COUNT; i++) {
		globals[count++] = functions[i];
	}
	for (size_t i = 0; i < TYPE_COUNT; i++) {
		if (types[i].storage != NULL) {
			globals[count++] = types[i].storage;
		}
		if (types[i].dtype != NULL) {
			globals[count++] = types[i].dtype;
		}
	}
	globals[count] = NULL;
}

static bool find_type(const struct pickle_value *value, bool storage,
		enum weights_dtype *code)
{
	for (size_t i = 0; value->type == PICKLE_GLOBAL && i < TYPE_COUNT; i++) {
		const char *name = storage ? types[i].storage : types[i].dtype;

		if (name != NULL && strcmp(name, value->global) == 0) {
			*code = types[i].code;
			return true;
		}
	}
	return false;
}

/* ---- Storages ---------------------------------------------------------- */

static int compare_storages(const void *a, const void *b)
{
	const struct storage *x = a;
	const struct storage *y = b;
	size_t shorter = x->key_length < y->key_length ? x->key_length : y->key_length;
	int order = memcmp(x->key, y->key, shorter);

	return order != 0 ? order
			  : (x->key_length > y->key_length)
					- (x->key_length < y->key_length);
}

static struct storage *find_storage(const struct storages *storages,
		const unsigned char *key, size_t key_length)
{
	const struct storage wanted = { .key = key, .key_length = key_length };

	return storages->count == 0 ? NULL
				    : bsearch(&wanted, storages->items, storages->count,
						    sizeof(wanted), compare_storages);
}

/** The content of a persistent ID */
struct reference {
	enum weights_dtype dtype;
	const struct pickle_value *key;
	int64_t count;
	const struct pickle_value *view; /* (key, offset, count) or NULL */
};

static bool is_view(const struct pickle_value *value)
{
	return value->type == PICKLE_TUPLE && value->count == 3
			&& value->items[1]->type == PICKLE_INT
			&& value->items[2]->type == PICKLE_INT;
}

static cnnviz_status read_reference(const struct pickle_value *persistent,
		struct reference *reference, struct error *error)
{
	const struct pickle_value *id = persistent->items[0];

	if (id->type != PICKLE_TUPLE || id->count < 5
			|| !pickle_is_text(id->items[0], "storage")
			|| !find_type(id->items[1], true, &reference->dtype)
			|| id->items[2]->type != PICKLE_TEXT
			|| id->items[4]->type != PICKLE_INT
			|| id->items[4]->integer < 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"the pickle refers to something other than a storage of "
				"numbers");
	}
	reference->key = id->items[2];
	reference->count = id->items[4]->integer;
	reference->view = NULL;
	if (id->count > 5 && id->items[5]->type != PICKLE_NONE) {
		if (!is_view(id->items[5])) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"the description of a view of a storage is not "
					"valid");
		}
		reference->view = id->items[5];
	}
	return CNNVIZ_OK;
}

/** Restrict a storage to the part that an old-style view selects */
static cnnviz_status apply_view(const struct reference *reference, size_t element_size,
		struct weights_entry *entry, struct error *error)
{
	int64_t offset = reference->view->items[1]->integer;
	int64_t count = reference->view->items[2]->integer;
	uint64_t whole = entry->size / element_size;

	if (offset < 0 || count < 0 || (uint64_t)offset > whole
			|| (uint64_t)count > whole - (uint64_t)offset) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"a view extends beyond the end of its storage");
	}
	entry->data += (size_t)offset * element_size;
	entry->size = (size_t)count * element_size;
	return CNNVIZ_OK;
}

static cnnviz_status bind_storage(const struct storages *storages,
		const struct reference *reference, struct weights_entry *entry,
		struct error *error)
{
	const struct pickle_value *key = reference->key;
	size_t element_size = dtype_size(reference->dtype);
	const struct storage *storage = find_storage(storages, key->bytes, key->count);
	char text[40];

	if (storage == NULL || storage->data == NULL) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"the storage \"%s\" is missing from the file: it is "
				"truncated or damaged",
				bytes_printable(key->bytes, key->count, text,
						sizeof(text)));
	}
	if ((uint64_t)reference->count > storage->size / element_size) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"the storage \"%s\" holds %zu bytes, fewer than its %lld "
				"elements need: the file is truncated or damaged",
				bytes_printable(key->bytes, key->count, text,
						sizeof(text)),
				storage->size, (long long)reference->count);
	}
	entry->data = storage->data;
	entry->size = (size_t)reference->count * element_size;
	return reference->view == NULL
			? CNNVIZ_OK
			: apply_view(reference, element_size, entry, error);
}

/* ---- Tensors ----------------------------------------------------------- */

static cnnviz_status tensor_error(const struct weights_entry *entry, const char *why,
		struct error *error)
{
	char name[100];

	return error_set(error, CNNVIZ_ERROR_INPUT, "tensor \"%s\" %s",
			bytes_printable(entry->name, entry->name_length, name,
					sizeof(name)),
			why);
}

/**
 * The call that rebuilds a tensor, unwrapped from calls that make it a parameter; or
 * NULL
 */
static const struct pickle_value *find_rebuild(const struct pickle_value *value)
{
	for (int depth = 0; depth < 4; depth++) {
		if (pickle_is_call(value, "torch._utils._rebuild_tensor")
				|| pickle_is_call(value,
						"torch._utils._rebuild_tensor_v2")
				|| pickle_is_call(value,
						"torch._utils._rebuild_tensor_v3")) {
			return value;
		}
		if (!pickle_is_call(value, "torch._utils._rebuild_parameter")
				&& !pickle_is_call(value,
						"torch._utils._rebuild_parameter_with_"
						"state")
				&& !pickle_is_call(value,
						"torch.nn.parameter.Parameter")) {
			return NULL;
		}
		if (value->items[1]->count == 0) {
			return NULL;
		}
		value = value->items[1]->items[0];
	}
	return NULL;
}

/** A tuple or list of integers, or a torch.Size of one */
static cnnviz_status read_extents(const struct pickle_value *value,
		const struct weights_entry *entry, int64_t *extents, uint32_t *rank,
		struct error *error)
{
	if (pickle_is_call(value, "torch.Size") && value->items[1]->count == 1) {
		value = value->items[1]->items[0];
	}
	if (value->type != PICKLE_TUPLE && value->type != PICKLE_LIST) {
		return tensor_error(entry, "has a shape or strides of the wrong type",
				error);
	}
	if (value->count > CNNVIZ_MAX_RANK) {
		return tensor_error(entry, "has more than 8 dimensions", error);
	}
	for (size_t i = 0; i < value->count; i++) {
		if (value->items[i]->type != PICKLE_INT) {
			return tensor_error(entry,
					"has a shape or strides that are not integers",
					error);
		}
		extents[i] = value->items[i]->integer;
	}
	*rank = (uint32_t)value->count;
	return CNNVIZ_OK;
}

static cnnviz_status read_geometry(const struct pickle_value *arguments,
		struct weights_entry *entry, struct error *error)
{
	uint32_t strides = 0;
	cnnviz_status status;

	entry->offset = arguments->items[1]->integer;
	status = read_extents(arguments->items[2], entry, entry->shape, &entry->rank,
			error);
	if (status == CNNVIZ_OK) {
		status = read_extents(arguments->items[3], entry, entry->stride, &strides,
				error);
	}
	if (status == CNNVIZ_OK && strides != entry->rank) {
		return tensor_error(entry, "has more or fewer strides than dimensions",
				error);
	}
	return status;
}

static cnnviz_status add_tensor(struct weights *weights, const struct storages *storages,
		const struct pickle_value *key, const struct pickle_value *rebuild,
		struct error *error)
{
	const struct pickle_value *arguments = rebuild->items[1];
	struct weights_entry entry = {
		.name = key->bytes,
		.name_length = key->count,
	};
	struct reference reference;
	cnnviz_status status;

	if (arguments->count < 4 || arguments->items[0]->type != PICKLE_PERSISTENT
			|| arguments->items[1]->type != PICKLE_INT) {
		return tensor_error(&entry, "has a description that is not valid", error);
	}
	status = read_reference(arguments->items[0], &reference, error);
	if (status == CNNVIZ_OK) {
		status = bind_storage(storages, &reference, &entry, error);
	}
	if (status != CNNVIZ_OK) {
		char name[100];

		error_prefix(error, "tensor \"%s\"",
				bytes_printable(key->bytes, key->count, name,
						sizeof(name)));
		return status;
	}
	entry.dtype = reference.dtype;
	if (pickle_is_call(rebuild, "torch._utils._rebuild_tensor_v3")
			&& (arguments->count < 7
					|| !find_type(arguments->items[6], false,
							&entry.dtype))) {
		return tensor_error(&entry, "has a dtype that is not supported", error);
	}
	status = read_geometry(arguments, &entry, error);
	return status == CNNVIZ_OK ? weights_add(weights, &entry, error) : status;
}

/** The dictionary of tensors: the root, or the one nested in it */
static const struct pickle_value *find_state_dict(const struct pickle_value *root)
{
	static const char *const keys[] = { "state_dict", "model" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const struct pickle_value *nested = pickle_lookup(root, keys[i]);

		if (nested != NULL && nested->type == PICKLE_DICT) {
			return nested;
		}
	}
	return root;
}

static cnnviz_status add_state_dict(struct weights *weights,
		const struct storages *storages, const struct pickle_value *root,
		struct error *error)
{
	const struct pickle_value *dict;
	cnnviz_status status = CNNVIZ_OK;

	if (root->type != PICKLE_DICT) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"it holds %s, not a dict of tensors; save the network's "
				"state_dict()",
				pickle_type_text(root));
	}
	dict = find_state_dict(root);
	for (size_t i = 0; i + 1 < dict->count && status == CNNVIZ_OK; i += 2) {
		const struct pickle_value *key = dict->items[i];
		const struct pickle_value *rebuild = find_rebuild(dict->items[i + 1]);

		/* Skip counters, names and optimizer state, which are not the
		 * network's. */
		if (key->type == PICKLE_TEXT && rebuild != NULL) {
			status = add_tensor(weights, storages, key, rebuild, error);
		}
	}
	if (status == CNNVIZ_OK && weights->count == 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"it holds a dict without tensors; they are looked for in "
				"it and under \"state_dict\" and \"model\"");
	}
	return status;
}

/* ---- The zip format ----------------------------------------------------- */

static bool ends_with(const struct zip_record *record, const char *end)
{
	size_t length = strlen(end);

	return record->name_length >= length
			&& memcmp(record->name + record->name_length - length, end,
					   length)
			== 0;
}

/** FOLDER/data.pkl, whatever the name of the one folder */
static const struct zip_record *find_pickle(const struct zip *zip)
{
	for (size_t i = 0; i < zip->count; i++) {
		const struct zip_record *record = &zip->records[i];
		const unsigned char *slash = memchr(record->name, '/',
				record->name_length);

		if (slash != NULL && ends_with(record, "/data.pkl")
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

static cnnviz_status archive_error(const struct zip *zip, struct error *error)
{
	const char *text = "this is a zip archive without torch.save's data.pkl, so it "
			   "is not a weights file";

	for (size_t i = 0; i < zip->count; i++) {
		if (ends_with(&zip->records[i], ".npy")) {
			text = "this is a NumPy .npz archive; save the weights with "
			       "torch.save or as safetensors";
		}
		if (ends_with(&zip->records[i], "/model.json")
				|| ends_with(&zip->records[i], "config.json")) {
			text = "this is an archive of Keras or of an old TorchScript "
			       "version; save the network's state_dict() with torch.save";
		}
	}
	return error_set(error, CNNVIZ_ERROR_INPUT, "%s", text);
}

/** Check the records beside data.pkl */
static cnnviz_status check_archive(const struct zip *zip, const struct zip_record *pickle,
		struct error *error)
{
	const struct zip_record *order = find_beside(zip, pickle, "byteorder");
	char name[100];

	if (find_beside(zip, pickle, "constants.pkl") != NULL) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"this is a TorchScript archive, which holds a program; "
				"load it with torch.jit.load and save its state_dict() "
				"with torch.save");
	}
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
	const char *globals[GLOBALS_MAX];
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
	if (record == NULL) {
		status = archive_error(&zip, error);
		goto done;
	}
	status = check_archive(&zip, record, error);
	if (status != CNNVIZ_OK) {
		goto done;
	}
	list_globals(globals);
	status = pickle_read(record->data, record->size, globals, &pickle, error);
	if (status != CNNVIZ_OK) {
		goto done;
	}
	status = list_records(&zip, record, &storages, error);
	if (status == CNNVIZ_OK) {
		status = add_state_dict(weights, &storages, pickle->root, error);
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
	const char *globals[GLOBALS_MAX];
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
		struct reference reference;
		cnnviz_status status = read_reference(pickle->persistent[i], &reference,
				error);

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
			compare_storages);
	for (size_t i = 1; i < pickle->persistent_count; i++) {
		struct storage *last = &storages->items[kept];
		const struct storage *next = &storages->items[i];

		if (compare_storages(last, next) != 0) {
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
			: find_storage(storages, key->bytes, key->count);
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

	list_globals(stream.globals);
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
		status = add_state_dict(weights, &storages, pickle->root, error);
	}
	free(storages.items);
	pickle_free(pickle);
	return status;
}
