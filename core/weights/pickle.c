/**
 * \file    weights/pickle.c
 * \brief   Reads Python's pickles as inert values
 *
 * Source: CPython's Lib/pickle.py and Lib/pickletools.py, which define the opcodes; PEP
 * 307, PEP 3154, PEP 574.
 */
#include "weights/pickle.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "weights/bytes.h"
#include "weights/suspects.h"

#define BLOCK_VALUES 512

struct pickle_block {
	struct pickle_block *next;
	size_t used;
	struct pickle_value values[BLOCK_VALUES];
};

/** A growing array of pointers */
struct pointer_array {
	struct pickle_value **items;
	size_t count;
	size_t capacity;
};

struct machine {
	const unsigned char *data;
	size_t size;
	size_t at;
	const char *const *globals;
	struct pickle *pickle;
	struct pointer_array stack;
	struct pointer_array memo; /* count is unused: unset entries are NULL */
	struct pointer_array persistent;
	size_t memo_next;
	size_t *marks;
	size_t mark_count;
	size_t mark_capacity;
	size_t value_count;
	size_t item_count;
	const char *opcode;
	bool done;
	struct error *error;
};

typedef cnnviz_status (*instruction)(struct machine *machine);

static cnnviz_status malformed(struct machine *machine, const char *what)
{
	return error_set(machine->error, CNNVIZ_ERROR_INPUT,
			"the pickle is damaged: %s at byte %zu (%s)", what, machine->at,
			machine->opcode);
}

/**
 * Refuse more of something than the limit of values allows: a small hostile file could
 * repeat it without end
 */
static cnnviz_status check_amount(struct machine *machine, size_t amount,
		const char *what)
{
	return limit_check(LIMIT_PICKLE_VALUES, amount, machine->error, "the pickle %s",
			what);
}

static cnnviz_status out_of_memory(struct machine *machine)
{
	return error_set(machine->error, CNNVIZ_ERROR_MEMORY,
			"not enough memory to read the pickle");
}

/* ---- Input ------------------------------------------------------------ */

/* Results are set on failure too, so that no path uses an uninitialized value. */

static cnnviz_status read_bytes(struct machine *machine, size_t length,
		const unsigned char **bytes)
{
	*bytes = NULL;
	if (length > machine->size - machine->at) {
		return malformed(machine, "it is truncated");
	}
	*bytes = machine->data + machine->at;
	machine->at += length;
	return CNNVIZ_OK;
}

/** Little-endian unsigned number of 1 to 8 bytes */
static cnnviz_status read_number(struct machine *machine, size_t length, uint64_t *number)
{
	const unsigned char *bytes;
	cnnviz_status status = read_bytes(machine, length, &bytes);

	*number = 0;
	if (status != CNNVIZ_OK) {
		return status;
	}
	*number = bytes_number(bytes, length);
	return CNNVIZ_OK;
}

/** Read up to the next newline, and skip it */
static cnnviz_status read_line(struct machine *machine, const unsigned char **bytes,
		size_t *length)
{
	const unsigned char *start = machine->data + machine->at;
	const unsigned char *end = memchr(start, '\n', machine->size - machine->at);

	if (end == NULL) {
		return malformed(machine, "it is truncated");
	}
	*bytes = start;
	*length = (size_t)(end - start);
	machine->at += *length + 1;
	return CNNVIZ_OK;
}

/* ---- Values, stack, memo ---------------------------------------------- */

static cnnviz_status array_grow(struct machine *machine, struct pickle_value ***items,
		size_t *capacity, size_t needed)
{
	size_t wanted = *capacity > 0 ? *capacity : 8;
	struct pickle_value **grown;

	while (wanted < needed) {
		wanted *= 2;
	}
	if (wanted == *capacity) {
		return CNNVIZ_OK;
	}
	grown = realloc(*items, wanted * sizeof(*grown));
	if (grown == NULL) {
		return out_of_memory(machine);
	}
	memset(grown + *capacity, 0, (wanted - *capacity) * sizeof(*grown));
	*items = grown;
	*capacity = wanted;
	return CNNVIZ_OK;
}

static cnnviz_status push(struct machine *machine, struct pickle_value *value)
{
	struct pointer_array *stack = &machine->stack;
	cnnviz_status status;

	status = check_amount(machine, stack->count + 1, "stacks");
	if (status != CNNVIZ_OK) {
		return status;
	}
	status = array_grow(machine, &stack->items, &stack->capacity, stack->count + 1);
	if (status == CNNVIZ_OK) {
		stack->items[stack->count++] = value;
	}
	return status;
}

static size_t stack_floor(const struct machine *machine)
{
	return machine->mark_count > 0 ? machine->marks[machine->mark_count - 1] : 0;
}

static cnnviz_status pop(struct machine *machine, struct pickle_value **value)
{
	*value = NULL;
	if (machine->stack.count <= stack_floor(machine)) {
		return malformed(machine, "a value is missing");
	}
	*value = machine->stack.items[--machine->stack.count];
	return CNNVIZ_OK;
}

static cnnviz_status top(struct machine *machine, struct pickle_value **value)
{
	cnnviz_status status = pop(machine, value);

	if (status == CNNVIZ_OK) {
		machine->stack.count++;
	}
	return status;
}

/** Pop the last mark and the values above it; they stay valid until the next push */
static cnnviz_status pop_mark(struct machine *machine, struct pickle_value ***items,
		size_t *count)
{
	size_t start;

	*items = NULL;
	*count = 0;
	if (machine->mark_count == 0) {
		return malformed(machine, "a mark is missing");
	}
	start = machine->marks[--machine->mark_count];
	*items = machine->stack.items == NULL ? NULL : machine->stack.items + start;
	*count = machine->stack.count - start;
	machine->stack.count = start;
	return CNNVIZ_OK;
}

static cnnviz_status value_new(struct machine *machine, enum pickle_type type,
		struct pickle_value **value)
{
	struct pickle_block *block = machine->pickle->blocks;

	*value = NULL;
	cnnviz_status status = check_amount(machine, ++machine->value_count, "has");

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (block == NULL || block->used == BLOCK_VALUES) {
		block = calloc(1, sizeof(*block));
		if (block == NULL) {
			return out_of_memory(machine);
		}
		block->next = machine->pickle->blocks;
		machine->pickle->blocks = block;
	}
	*value = &block->values[block->used++];
	(*value)->type = type;
	return CNNVIZ_OK;
}

static cnnviz_status push_new(struct machine *machine, enum pickle_type type,
		struct pickle_value **value)
{
	cnnviz_status status = value_new(machine, type, value);

	return status == CNNVIZ_OK ? push(machine, *value) : status;
}

static cnnviz_status append(struct machine *machine, struct pickle_value *value,
		struct pickle_value *const *items, size_t count)
{
	cnnviz_status status;

	if (count == 0) {
		return CNNVIZ_OK;
	}
	machine->item_count += count;
	/* Dicts have two entries for each value that is not a key. */
	status = check_amount(machine, machine->item_count / 2, "collects");
	if (status != CNNVIZ_OK) {
		return status;
	}
	status = array_grow(machine, &value->items, &value->capacity,
			value->count + count);
	if (status == CNNVIZ_OK) {
		memcpy(value->items + value->count, items, count * sizeof(*items));
		value->count += count;
	}
	return status;
}

/** Make a container of `count` popped values and push it */
static cnnviz_status push_container(struct machine *machine, enum pickle_type type,
		struct pickle_value *const *items, size_t count)
{
	struct pickle_value *value;
	cnnviz_status status = value_new(machine, type, &value);

	if (status == CNNVIZ_OK) {
		status = append(machine, value, items, count);
	}
	return status == CNNVIZ_OK ? push(machine, value) : status;
}

static cnnviz_status memo_put(struct machine *machine, uint64_t index)
{
	struct pickle_value *value;
	cnnviz_status status = top(machine, &value);

	if (status != CNNVIZ_OK) {
		return status;
	}
	/* Writers number memo entries consecutively, and each takes at least one byte. */
	if (index > machine->size) {
		return malformed(machine, "a memo index is far too large");
	}
	status = check_amount(machine, (size_t)index + 1, "remembers");
	if (status != CNNVIZ_OK) {
		return status;
	}
	status = array_grow(machine, &machine->memo.items, &machine->memo.capacity,
			(size_t)index + 1);
	if (status == CNNVIZ_OK) {
		machine->memo.items[index] = value;
	}
	return status;
}

static cnnviz_status memo_get(struct machine *machine, uint64_t index)
{
	if (index >= machine->memo.capacity || machine->memo.items[index] == NULL) {
		return malformed(machine, "it refers to a value that is not in the memo");
	}
	return push(machine, machine->memo.items[index]);
}

/* ---- Opcodes: frame, constants ----------------------------------- */

static cnnviz_status do_proto(struct machine *machine)
{
	uint64_t version;
	cnnviz_status status = read_number(machine, 1, &version);

	if (status == CNNVIZ_OK && (version < 2 || version > 5)) {
		return error_set(machine->error, CNNVIZ_ERROR_INPUT,
				"the pickle has protocol %u; this program reads 2 to 5",
				(unsigned)version);
	}
	return status;
}

static cnnviz_status do_frame(struct machine *machine)
{
	uint64_t length;

	return read_number(machine, 8, &length);
}

static cnnviz_status do_stop(struct machine *machine)
{
	struct pickle_value *value;
	cnnviz_status status = pop(machine, &value);

	if (status == CNNVIZ_OK) {
		machine->pickle->root = value;
		machine->done = true;
	}
	return status;
}

static cnnviz_status do_none(struct machine *machine)
{
	struct pickle_value *value;

	return push_new(machine, PICKLE_NONE, &value);
}

static cnnviz_status push_bool(struct machine *machine, bool truth)
{
	struct pickle_value *value;
	cnnviz_status status = push_new(machine, PICKLE_BOOL, &value);

	if (status == CNNVIZ_OK) {
		value->integer = truth;
	}
	return status;
}

static cnnviz_status do_true(struct machine *machine)
{
	return push_bool(machine, true);
}

static cnnviz_status do_false(struct machine *machine)
{
	return push_bool(machine, false);
}

static cnnviz_status push_integer(struct machine *machine, size_t length)
{
	struct pickle_value *value;
	uint64_t number;
	cnnviz_status status = read_number(machine, length, &number);

	if (status == CNNVIZ_OK) {
		status = push_new(machine, PICKLE_INT, &value);
	}
	if (status == CNNVIZ_OK) {
		value->integer = length == 4 ? (int64_t)(int32_t)(uint32_t)number
					     : (int64_t)number;
	}
	return status;
}

static cnnviz_status do_binint(struct machine *machine)
{
	return push_integer(machine, 4);
}

static cnnviz_status do_binint1(struct machine *machine)
{
	return push_integer(machine, 1);
}

static cnnviz_status do_binint2(struct machine *machine)
{
	return push_integer(machine, 2);
}

/** A two's complement number after its length, which takes length_bytes bytes */
static cnnviz_status push_long(struct machine *machine, size_t length_bytes)
{
	struct pickle_value *value;
	const unsigned char *bytes = NULL;
	uint64_t length = 0;
	uint64_t number = 0;
	cnnviz_status status = read_number(machine, length_bytes, &length);

	if (status == CNNVIZ_OK) {
		status = length > SIZE_MAX ? malformed(machine, "it is truncated")
					   : read_bytes(machine, (size_t)length, &bytes);
	}
	if (status == CNNVIZ_OK) {
		status = push_new(machine, length > 8 ? PICKLE_BIG : PICKLE_INT, &value);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	if (length > 8) {
		value->bytes = bytes;
		value->count = (size_t)length;
		return CNNVIZ_OK;
	}
	if (length > 0 && (bytes[length - 1] & 0x80) != 0) {
		number = UINT64_MAX;
	}
	for (size_t i = (size_t)length; i > 0; i--) {
		number = number << 8 | bytes[i - 1];
	}
	value->integer = (int64_t)number;
	return CNNVIZ_OK;
}

static cnnviz_status do_long1(struct machine *machine)
{
	return push_long(machine, 1);
}

static cnnviz_status do_long4(struct machine *machine)
{
	return push_long(machine, 4);
}

static cnnviz_status do_binfloat(struct machine *machine)
{
	struct pickle_value *value;
	const unsigned char *bytes;
	uint64_t bits = 0;
	cnnviz_status status = read_bytes(machine, 8, &bytes);

	if (status != CNNVIZ_OK) {
		return status;
	}
	for (size_t i = 0; i < 8; i++) {
		bits = bits << 8 | bytes[i];
	}
	status = push_new(machine, PICKLE_FLOAT, &value);
	if (status == CNNVIZ_OK) {
		memcpy(&value->real, &bits, sizeof(bits));
	}
	return status;
}

static cnnviz_status push_bytes(struct machine *machine, enum pickle_type type,
		size_t length_bytes)
{
	struct pickle_value *value;
	const unsigned char *bytes = NULL;
	uint64_t length = 0;
	cnnviz_status status = read_number(machine, length_bytes, &length);

	if (status == CNNVIZ_OK) {
		status = length > SIZE_MAX ? malformed(machine, "it is truncated")
					   : read_bytes(machine, (size_t)length, &bytes);
	}
	if (status == CNNVIZ_OK) {
		status = push_new(machine, type, &value);
	}
	if (status == CNNVIZ_OK) {
		value->bytes = bytes;
		value->count = (size_t)length;
	}
	return status;
}

static cnnviz_status do_text1(struct machine *machine)
{
	return push_bytes(machine, PICKLE_TEXT, 1);
}

static cnnviz_status do_text4(struct machine *machine)
{
	return push_bytes(machine, PICKLE_TEXT, 4);
}

static cnnviz_status do_text8(struct machine *machine)
{
	return push_bytes(machine, PICKLE_TEXT, 8);
}

static cnnviz_status do_bytes1(struct machine *machine)
{
	return push_bytes(machine, PICKLE_BYTES, 1);
}

static cnnviz_status do_bytes4(struct machine *machine)
{
	return push_bytes(machine, PICKLE_BYTES, 4);
}

static cnnviz_status do_bytes8(struct machine *machine)
{
	return push_bytes(machine, PICKLE_BYTES, 8);
}

/* ---- Opcodes: stack and memo ------------------------------------- */

static cnnviz_status do_mark(struct machine *machine)
{
	cnnviz_status status = limit_check(LIMIT_NESTING, machine->mark_count + 1,
			machine->error, "the pickle nests");

	if (status == CNNVIZ_OK && machine->mark_count == machine->mark_capacity) {
		size_t wanted = machine->mark_capacity > 0 ? 2 * machine->mark_capacity
							   : 16;
		size_t *grown = realloc(machine->marks, wanted * sizeof(*grown));

		if (grown == NULL) {
			return out_of_memory(machine);
		}
		machine->marks = grown;
		machine->mark_capacity = wanted;
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	machine->marks[machine->mark_count++] = machine->stack.count;
	return CNNVIZ_OK;
}

static cnnviz_status do_pop(struct machine *machine)
{
	struct pickle_value *value;

	return pop(machine, &value);
}

static cnnviz_status do_pop_mark(struct machine *machine)
{
	struct pickle_value **items;
	size_t count;

	return pop_mark(machine, &items, &count);
}

static cnnviz_status do_dup(struct machine *machine)
{
	struct pickle_value *value;
	cnnviz_status status = top(machine, &value);

	return status == CNNVIZ_OK ? push(machine, value) : status;
}

static cnnviz_status do_put1(struct machine *machine)
{
	uint64_t index;
	cnnviz_status status = read_number(machine, 1, &index);

	return status == CNNVIZ_OK ? memo_put(machine, index) : status;
}

static cnnviz_status do_put4(struct machine *machine)
{
	uint64_t index;
	cnnviz_status status = read_number(machine, 4, &index);

	return status == CNNVIZ_OK ? memo_put(machine, index) : status;
}

static cnnviz_status do_memoize(struct machine *machine)
{
	return memo_put(machine, machine->memo_next++);
}

static cnnviz_status do_get1(struct machine *machine)
{
	uint64_t index;
	cnnviz_status status = read_number(machine, 1, &index);

	return status == CNNVIZ_OK ? memo_get(machine, index) : status;
}

static cnnviz_status do_get4(struct machine *machine)
{
	uint64_t index;
	cnnviz_status status = read_number(machine, 4, &index);

	return status == CNNVIZ_OK ? memo_get(machine, index) : status;
}

/* ---- Opcodes: containers ----------------------------------------- */

static cnnviz_status do_empty_tuple(struct machine *machine)
{
	return push_container(machine, PICKLE_TUPLE, NULL, 0);
}

static cnnviz_status do_empty_list(struct machine *machine)
{
	return push_container(machine, PICKLE_LIST, NULL, 0);
}

static cnnviz_status do_empty_dict(struct machine *machine)
{
	return push_container(machine, PICKLE_DICT, NULL, 0);
}

static cnnviz_status do_empty_set(struct machine *machine)
{
	return push_container(machine, PICKLE_SET, NULL, 0);
}

static cnnviz_status push_short_tuple(struct machine *machine, size_t count)
{
	struct pointer_array *stack = &machine->stack;

	if (stack->count - stack_floor(machine) < count) {
		return malformed(machine, "a value is missing");
	}
	stack->count -= count;
	return push_container(machine, PICKLE_TUPLE, stack->items + stack->count, count);
}

static cnnviz_status do_tuple1(struct machine *machine)
{
	return push_short_tuple(machine, 1);
}

static cnnviz_status do_tuple2(struct machine *machine)
{
	return push_short_tuple(machine, 2);
}

static cnnviz_status do_tuple3(struct machine *machine)
{
	return push_short_tuple(machine, 3);
}

static cnnviz_status push_marked(struct machine *machine, enum pickle_type type)
{
	struct pickle_value **items;
	size_t count;
	cnnviz_status status = pop_mark(machine, &items, &count);

	if (status == CNNVIZ_OK && type == PICKLE_DICT && count % 2 != 0) {
		return malformed(machine, "a dictionary's key has no value");
	}
	return status == CNNVIZ_OK ? push_container(machine, type, items, count) : status;
}

static cnnviz_status do_tuple(struct machine *machine)
{
	return push_marked(machine, PICKLE_TUPLE);
}

static cnnviz_status do_list(struct machine *machine)
{
	return push_marked(machine, PICKLE_LIST);
}

static cnnviz_status do_dict(struct machine *machine)
{
	return push_marked(machine, PICKLE_DICT);
}

static cnnviz_status do_frozenset(struct machine *machine)
{
	return push_marked(machine, PICKLE_SET);
}

/** Add items to the container on top of the stack */
static cnnviz_status extend_top(struct machine *machine, enum pickle_type type,
		struct pickle_value *const *items, size_t count)
{
	struct pickle_value *value;
	cnnviz_status status = top(machine, &value);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (value->type == PICKLE_CALL && value->items[0]->type == PICKLE_STRANGER) {
		return CNNVIZ_OK; /* an object's entries, such as a defaultdict's */
	}
	if (value->type != type) {
		return malformed(machine,
				"entries are added to a value of the wrong type");
	}
	if (type == PICKLE_DICT && count % 2 != 0) {
		return malformed(machine, "a dictionary's key has no value");
	}
	return append(machine, value, items, count);
}

static cnnviz_status extend_marked(struct machine *machine, enum pickle_type type)
{
	struct pickle_value **items;
	size_t count;
	cnnviz_status status = pop_mark(machine, &items, &count);

	return status == CNNVIZ_OK ? extend_top(machine, type, items, count) : status;
}

static cnnviz_status do_append(struct machine *machine)
{
	struct pickle_value *item;
	cnnviz_status status = pop(machine, &item);

	return status == CNNVIZ_OK ? extend_top(machine, PICKLE_LIST, &item, 1) : status;
}

static cnnviz_status do_appends(struct machine *machine)
{
	return extend_marked(machine, PICKLE_LIST);
}

static cnnviz_status do_setitem(struct machine *machine)
{
	struct pickle_value *pair[2];
	cnnviz_status status = pop(machine, &pair[1]);

	if (status == CNNVIZ_OK) {
		status = pop(machine, &pair[0]);
	}
	return status == CNNVIZ_OK ? extend_top(machine, PICKLE_DICT, pair, 2) : status;
}

static cnnviz_status do_setitems(struct machine *machine)
{
	return extend_marked(machine, PICKLE_DICT);
}

static cnnviz_status do_additems(struct machine *machine)
{
	return extend_marked(machine, PICKLE_SET);
}

/* ---- Opcodes: globals and calls ----------------------------------- */

static bool global_is(const char *global, const unsigned char *module,
		size_t module_length, const unsigned char *name, size_t name_length)
{
	return strlen(global) == module_length + 1 + name_length
			&& memcmp(global, module, module_length) == 0
			&& global[module_length] == '.'
			&& memcmp(global + module_length + 1, name, name_length) == 0;
}

static cnnviz_status refuse_global(struct machine *machine,
		const struct pickle_value *module, const struct pickle_value *name)
{
	char module_text[100];
	char name_text[100];

	return error_set(machine->error, CNNVIZ_ERROR_INPUT,
			"the opcode %s with \"%s.%s\" is not allowed, and nothing was "
			"executed: no weights file needs it, but attacks do; if you "
			"trust the file, load it in Python and save only its "
			"state_dict()",
			machine->opcode,
			bytes_printable(module->bytes, module->count, module_text,
					sizeof(module_text)),
			bytes_printable(name->bytes, name->count, name_text,
					sizeof(name_text)));
}

/** A known global, or a stranger of that name */
static cnnviz_status push_global(struct machine *machine, struct pickle_value *module,
		struct pickle_value *name)
{
	struct pickle_value *const stranger[] = { module, name };
	struct pickle_value *value;
	cnnviz_status status;

	for (const char *const *global = machine->globals; *global != NULL; global++) {
		if (!global_is(*global, module->bytes, module->count, name->bytes,
				    name->count)) {
			continue;
		}
		status = push_new(machine, PICKLE_GLOBAL, &value);
		if (status == CNNVIZ_OK) {
			value->global = *global;
		}
		return status;
	}
	if (suspect_global(module->bytes, module->count, name->bytes, name->count)) {
		return refuse_global(machine, module, name);
	}
	return push_container(machine, PICKLE_STRANGER, stranger, 2);
}

/** Read up to the next newline as a text. */
static cnnviz_status read_line_text(struct machine *machine, struct pickle_value **text)
{
	const unsigned char *bytes = NULL;
	size_t length = 0;
	cnnviz_status status = read_line(machine, &bytes, &length);

	*text = NULL;
	if (status == CNNVIZ_OK) {
		status = value_new(machine, PICKLE_TEXT, text);
	}
	if (status == CNNVIZ_OK) {
		(*text)->bytes = bytes;
		(*text)->count = length;
	}
	return status;
}

static cnnviz_status do_global(struct machine *machine)
{
	struct pickle_value *module;
	struct pickle_value *name = NULL;
	cnnviz_status status = read_line_text(machine, &module);

	if (status == CNNVIZ_OK) {
		status = read_line_text(machine, &name);
	}
	return status == CNNVIZ_OK ? push_global(machine, module, name) : status;
}

static cnnviz_status do_stack_global(struct machine *machine)
{
	struct pickle_value *module;
	struct pickle_value *name;
	cnnviz_status status = pop(machine, &name);

	if (status == CNNVIZ_OK) {
		status = pop(machine, &module);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	if (module->type != PICKLE_TEXT || name->type != PICKLE_TEXT) {
		return malformed(machine, "a global's name is not text");
	}
	return push_global(machine, module, name);
}

/** OrderedDict() or, from Python 2, OrderedDict([[key, value], ...]) */
static cnnviz_status push_ordered_dict(struct machine *machine,
		const struct pickle_value *arguments)
{
	const struct pickle_value *pairs;
	struct pickle_value *dict;
	cnnviz_status status = push_new(machine, PICKLE_DICT, &dict);

	if (status != CNNVIZ_OK || arguments->count == 0) {
		return status;
	}
	pairs = arguments->items[0];
	if (arguments->count != 1 || pairs->type != PICKLE_LIST) {
		return malformed(machine,
				"an OrderedDict is not made from a list of pairs");
	}
	for (size_t i = 0; i < pairs->count && status == CNNVIZ_OK; i++) {
		const struct pickle_value *pair = pairs->items[i];

		if ((pair->type != PICKLE_LIST && pair->type != PICKLE_TUPLE)
				|| pair->count != 2) {
			return malformed(machine, "an OrderedDict's item is not a pair");
		}
		status = append(machine, dict, pair->items, 2);
	}
	return status;
}

static cnnviz_status do_reduce(struct machine *machine)
{
	struct pickle_value *call[2];
	cnnviz_status status = pop(machine, &call[1]);

	if (status == CNNVIZ_OK) {
		status = pop(machine, &call[0]);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	if ((call[0]->type != PICKLE_GLOBAL && call[0]->type != PICKLE_STRANGER)
			|| call[1]->type != PICKLE_TUPLE) {
		return malformed(machine,
				"a call is not that of a global with a tuple of "
				"arguments");
	}
	if (call[0]->type == PICKLE_GLOBAL
			&& strcmp(call[0]->global, "collections.OrderedDict") == 0) {
		return push_ordered_dict(machine, call[1]);
	}
	return push_container(machine, PICKLE_CALL, call, 2);
}

/** Attributes such as a state_dict's _metadata do not affect the values. */
static cnnviz_status do_build(struct machine *machine)
{
	struct pickle_value *state;
	struct pickle_value *value;
	cnnviz_status status = pop(machine, &state);

	if (status == CNNVIZ_OK) {
		status = top(machine, &value);
	}
	if (status == CNNVIZ_OK && value->type != PICKLE_DICT
			&& value->type != PICKLE_CALL) {
		return error_set(machine->error, CNNVIZ_ERROR_INPUT,
				"the opcode BUILD on %s is not allowed in a weights file",
				pickle_type_text(value));
	}
	return status;
}

/** Whether an ID is ('module', class, source file, source): the class of a network */
static bool is_class(const struct pickle_value *identification)
{
	return identification->type == PICKLE_TUPLE && identification->count > 1
			&& pickle_is_text(identification->items[0], "module");
}

static cnnviz_status do_persistent(struct machine *machine)
{
	struct pickle_value *identification;
	struct pointer_array *persistent = &machine->persistent;
	cnnviz_status status = pop(machine, &identification);

	if (status == CNNVIZ_OK && is_class(identification)) {
		return push(machine, identification->items[1]);
	}
	if (status == CNNVIZ_OK) {
		status = push_container(machine, PICKLE_PERSISTENT, &identification, 1);
	}
	if (status == CNNVIZ_OK) {
		status = array_grow(machine, &persistent->items, &persistent->capacity,
				persistent->count + 1);
	}
	if (status == CNNVIZ_OK) {
		status = top(machine, &persistent->items[persistent->count]);
		persistent->count++;
	}
	return status;
}

/* ---- The stack machine ------------------------------------------------------ */

/** Opcodes without a function are refused by name. */
static const struct opcode {
	const char *name;
	instruction run;
} opcodes[256] = {
	[0x80] = { "PROTO", do_proto },
	[0x95] = { "FRAME", do_frame },
	['.'] = { "STOP", do_stop },
	['N'] = { "NONE", do_none },
	[0x88] = { "NEWTRUE", do_true },
	[0x89] = { "NEWFALSE", do_false },
	['J'] = { "BININT", do_binint },
	['K'] = { "BININT1", do_binint1 },
	['M'] = { "BININT2", do_binint2 },
	[0x8a] = { "LONG1", do_long1 },
	[0x8b] = { "LONG4", do_long4 },
	['G'] = { "BINFLOAT", do_binfloat },
	/* Python 2's str, which holds the names in files saved there */
	['U'] = { "SHORT_BINSTRING", do_text1 },
	['T'] = { "BINSTRING", do_text4 },
	[0x8c] = { "SHORT_BINUNICODE", do_text1 },
	['X'] = { "BINUNICODE", do_text4 },
	[0x8d] = { "BINUNICODE8", do_text8 },
	['C'] = { "SHORT_BINBYTES", do_bytes1 },
	['B'] = { "BINBYTES", do_bytes4 },
	[0x8e] = { "BINBYTES8", do_bytes8 },
	[0x96] = { "BYTEARRAY8", do_bytes8 },
	['('] = { "MARK", do_mark },
	['0'] = { "POP", do_pop },
	['1'] = { "POP_MARK", do_pop_mark },
	['2'] = { "DUP", do_dup },
	['q'] = { "BINPUT", do_put1 },
	['r'] = { "LONG_BINPUT", do_put4 },
	[0x94] = { "MEMOIZE", do_memoize },
	['h'] = { "BINGET", do_get1 },
	['j'] = { "LONG_BINGET", do_get4 },
	[')'] = { "EMPTY_TUPLE", do_empty_tuple },
	['t'] = { "TUPLE", do_tuple },
	[0x85] = { "TUPLE1", do_tuple1 },
	[0x86] = { "TUPLE2", do_tuple2 },
	[0x87] = { "TUPLE3", do_tuple3 },
	[']'] = { "EMPTY_LIST", do_empty_list },
	['l'] = { "LIST", do_list },
	['a'] = { "APPEND", do_append },
	['e'] = { "APPENDS", do_appends },
	['}'] = { "EMPTY_DICT", do_empty_dict },
	['d'] = { "DICT", do_dict },
	['s'] = { "SETITEM", do_setitem },
	['u'] = { "SETITEMS", do_setitems },
	[0x8f] = { "EMPTY_SET", do_empty_set },
	[0x90] = { "ADDITEMS", do_additems },
	[0x91] = { "FROZENSET", do_frozenset },
	['c'] = { "GLOBAL", do_global },
	[0x93] = { "STACK_GLOBAL", do_stack_global },
	['R'] = { "REDUCE", do_reduce },
	[0x81] = { "NEWOBJ", do_reduce },
	['b'] = { "BUILD", do_build },
	['Q'] = { "BINPERSID", do_persistent },
	['I'] = { "INT", NULL },
	['L'] = { "LONG", NULL },
	['F'] = { "FLOAT", NULL },
	['S'] = { "STRING", NULL },
	['V'] = { "UNICODE", NULL },
	['P'] = { "PERSID", NULL },
	['p'] = { "PUT", NULL },
	['g'] = { "GET", NULL },
	['i'] = { "INST", NULL },
	['o'] = { "OBJ", NULL },
	[0x82] = { "EXT1", NULL },
	[0x83] = { "EXT2", NULL },
	[0x84] = { "EXT4", NULL },
	[0x92] = { "NEWOBJ_EX", NULL },
	[0x97] = { "NEXT_BUFFER", NULL },
	[0x98] = { "READONLY_BUFFER", NULL },
};

static cnnviz_status step(struct machine *machine)
{
	unsigned char code;

	if (machine->at == machine->size) {
		return malformed(machine, "it is truncated");
	}
	code = machine->data[machine->at++];
	machine->opcode = opcodes[code].name;
	if (machine->opcode == NULL) {
		return error_set(machine->error, CNNVIZ_ERROR_INPUT,
				"the pickle is damaged: 0x%02x at byte %zu is not an "
				"opcode",
				code, machine->at - 1);
	}
	if (opcodes[code].run == NULL) {
		return error_set(machine->error, CNNVIZ_ERROR_INPUT,
				"the opcode %s is not allowed: tensors do not need it; "
				"save the state_dict() again with torch.save",
				machine->opcode);
	}
	return opcodes[code].run(machine);
}

cnnviz_status pickle_read(const unsigned char *data, size_t size,
		const char *const *globals, struct pickle **pickle, struct error *error)
{
	struct machine *machine = calloc(1, sizeof(*machine));
	struct pickle *result = calloc(1, sizeof(*result));
	cnnviz_status status = CNNVIZ_OK;

	if (machine == NULL || result == NULL) {
		status = error_set(error, CNNVIZ_ERROR_MEMORY,
				"not enough memory to read the pickle");
		goto done;
	}
	*machine = (struct machine){ .data = data,
		.size = size,
		.globals = globals,
		.pickle = result,
		.opcode = "start",
		.error = error };
	if (size > 0 && data[0] != 0x80) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"it does not start with the opcode PROTO, as pickles of "
				"protocol 2 or later do");
		goto done;
	}
	while (status == CNNVIZ_OK && !machine->done) {
		status = step(machine);
	}
	if (status != CNNVIZ_OK) {
		goto done;
	}
	result->size = machine->at;
	result->persistent = machine->persistent.items;
	result->persistent_count = machine->persistent.count;
	machine->persistent.items = NULL;
	*pickle = result;
	result = NULL;
done:
	if (machine != NULL) {
		free(machine->stack.items);
		free(machine->memo.items);
		free(machine->marks);
		free(machine->persistent.items);
	}
	free(machine);
	pickle_free(result);
	return status;
}

static bool has_items(const struct pickle_value *value)
{
	switch (value->type) {
	case PICKLE_TUPLE:
	case PICKLE_LIST:
	case PICKLE_SET:
	case PICKLE_DICT:
	case PICKLE_STRANGER:
	case PICKLE_CALL:
	case PICKLE_PERSISTENT:
		return true;
	default:
		return false;
	}
}

void pickle_free(struct pickle *pickle)
{
	if (pickle == NULL) {
		return;
	}
	for (struct pickle_block *block = pickle->blocks, *next; block != NULL;
			block = next) {
		next = block->next;
		for (size_t i = 0; i < block->used; i++) {
			if (has_items(&block->values[i])) {
				free(block->values[i].items);
			}
		}
		free(block);
	}
	free(pickle->persistent);
	free(pickle);
}

/* ---- Access to values ------------------------------------------------ */

bool pickle_is_text(const struct pickle_value *value, const char *text)
{
	return value->type == PICKLE_TEXT && value->count == strlen(text)
			&& memcmp(value->bytes, text, value->count) == 0;
}

bool pickle_is_call(const struct pickle_value *value, const char *global)
{
	return value->type == PICKLE_CALL && value->items[0]->type == PICKLE_GLOBAL
			&& strcmp(value->items[0]->global, global) == 0;
}

const char *pickle_name(const struct pickle_value *stranger, char text[PICKLE_NAME_SIZE])
{
	const struct pickle_value *module = stranger->items[0];
	const struct pickle_value *name = stranger->items[1];
	size_t length;

	bytes_printable(module->bytes, module->count, text, PICKLE_NAME_SIZE / 2);
	length = strlen(text);
	text[length++] = '.';
	bytes_printable(name->bytes, name->count, text + length,
			PICKLE_NAME_SIZE - length);
	return text;
}

const struct pickle_value *pickle_lookup(const struct pickle_value *dict, const char *key)
{
	for (size_t i = dict->count; i > 1; i -= 2) {
		if (pickle_is_text(dict->items[i - 2], key)) {
			return dict->items[i - 1];
		}
	}
	return NULL;
}

const char *pickle_type_text(const struct pickle_value *value)
{
	static const char *const texts[] = {
		[PICKLE_NONE] = "None",
		[PICKLE_BOOL] = "a bool",
		[PICKLE_INT] = "a number",
		[PICKLE_BIG] = "a number",
		[PICKLE_FLOAT] = "a number",
		[PICKLE_TEXT] = "a string",
		[PICKLE_BYTES] = "bytes",
		[PICKLE_TUPLE] = "a tuple",
		[PICKLE_LIST] = "a list",
		[PICKLE_SET] = "a set",
		[PICKLE_DICT] = "a dict",
		[PICKLE_GLOBAL] = "a class or function",
		[PICKLE_STRANGER] = "a class or function",
		[PICKLE_CALL] = "a single tensor or object",
		[PICKLE_PERSISTENT] = "a single storage",
	};

	return texts[value->type];
}
