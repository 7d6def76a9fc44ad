/**
 * \file    weights/torch_tensor.c
 * \brief   Tensors in a pickle of torch.save: where their elements are
 */
#include "weights/torch_tensor.h"

#include <stdlib.h>
#include <string.h>

#include "weights/bytes.h"

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
_Static_assert(2 * TYPE_COUNT + FUNCTION_COUNT < TORCH_GLOBALS_MAX,
		"no room for all globals");

void torch_list_globals(const char *globals[TORCH_GLOBALS_MAX])
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

int storages_compare(const void *a, const void *b)
{
	const struct storage *x = a;
	const struct storage *y = b;
	size_t shorter = x->key_length < y->key_length ? x->key_length : y->key_length;
	int order = memcmp(x->key, y->key, shorter);

	return order != 0 ? order
			  : (x->key_length > y->key_length)
					- (x->key_length < y->key_length);
}

struct storage *storages_find(const struct storages *storages, const unsigned char *key,
		size_t key_length)
{
	const struct storage wanted = { .key = key, .key_length = key_length };

	return storages->count == 0 ? NULL
				    : bsearch(&wanted, storages->items, storages->count,
						    sizeof(wanted), storages_compare);
}

static bool is_view(const struct pickle_value *value)
{
	return value->type == PICKLE_TUPLE && value->count == 3
			&& value->items[1]->type == PICKLE_INT
			&& value->items[2]->type == PICKLE_INT;
}

cnnviz_status torch_read_reference(const struct pickle_value *persistent,
		struct torch_reference *reference, struct error *error)
{
	const struct pickle_value *id = persistent->items[0];
	char class[PICKLE_NAME_SIZE];

	if (id->type == PICKLE_TUPLE && id->count > 1
			&& id->items[1]->type == PICKLE_STRANGER) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"the pickle refers to a %s, whose numbers cnnviz does "
				"not read",
				pickle_name(id->items[1], class));
	}
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
static cnnviz_status apply_view(const struct torch_reference *reference,
		size_t element_size, struct weights_entry *entry, struct error *error)
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
		const struct torch_reference *reference, struct weights_entry *entry,
		struct error *error)
{
	const struct pickle_value *key = reference->key;
	size_t element_size = dtype_size(reference->dtype);
	const struct storage *storage = storages_find(storages, key->bytes, key->count);
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

const struct pickle_value *torch_find_tensor(const struct pickle_value *value)
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
		return entry_error(entry, "has a shape or strides of the wrong type",
				error);
	}
	if (value->count > CNNVIZ_MAX_RANK) {
		return entry_error(entry, "has more than 8 dimensions", error);
	}
	for (size_t i = 0; i < value->count; i++) {
		if (value->items[i]->type != PICKLE_INT) {
			return entry_error(entry,
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
		return entry_error(entry, "has more or fewer strides than dimensions",
				error);
	}
	return status;
}

cnnviz_status torch_add_tensor(struct weights *weights, const struct storages *storages,
		const struct pickle_value *key, const struct pickle_value *rebuild,
		struct error *error)
{
	const struct pickle_value *arguments = rebuild->items[1];
	struct weights_entry entry = {
		.name = key->bytes,
		.name_length = key->count,
	};
	struct torch_reference reference;
	cnnviz_status status;

	if (arguments->count < 4 || arguments->items[0]->type != PICKLE_PERSISTENT
			|| arguments->items[1]->type != PICKLE_INT) {
		return entry_error(&entry, "has a description that is not valid", error);
	}
	status = torch_read_reference(arguments->items[0], &reference, error);
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
		return entry_error(&entry, "has a dtype that is not supported", error);
	}
	status = read_geometry(arguments, &entry, error);
	return status == CNNVIZ_OK ? weights_add(weights, &entry, error) : status;
}
