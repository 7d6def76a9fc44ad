/**
 * \file    graph/pt2/arguments.c
 * \brief   Arguments and outputs of a call
 *
 * An argument is an object whose only member says its kind: { "as_int": 2 }.
 */
#include "graph/pt2/lowering.h"

#include <math.h>
#include <string.h>

void lower_fail(struct lowering *lowering, cnnviz_status status, const char *format, ...)
{
	va_list arguments;

	if (lowering->status != CNNVIZ_OK) {
		return;
	}
	va_start(arguments, format);
	error_vset(lowering->error, status, format, arguments);
	va_end(arguments);
	lowering->status = status;
}

/** The value of the only member, and its name; NULL for None */
static const json_t *only_member(const json_t *object, const char **kind)
{
	void *member = json_object_iter((json_t *)object);

	*kind = member != NULL ? json_object_iter_key(member) : "";
	return member == NULL || strcmp(*kind, "as_none") == 0
			? NULL
			: json_object_iter_value(member);
}

/** The value of an argument, and its kind; NULL where it is left out, or None */
static const json_t *find(const struct lowering *lowering, const char *name,
		const char **kind)
{
	const json_t *inputs = json_object_get(lowering->call, "inputs"), *input;
	size_t i;

	json_array_foreach(inputs, i, input)
	{
		const char *own = json_string_value(json_object_get(input, "name"));

		if (own != NULL && strcmp(own, name) == 0) {
			return only_member(json_object_get(input, "arg"), kind);
		}
	}
	*kind = "";
	return NULL;
}

bool lower_has(const struct lowering *lowering, const char *name)
{
	const char *kind;

	return find(lowering, name, &kind) != NULL;
}

static void fail_kind(struct lowering *lowering, const char *name, const char *kind)
{
	lower_fail(lowering, CNNVIZ_ERROR_UNSUPPORTED,
			"has an argument \"%.40s\" of the kind %.40s", name, kind);
}

/* ---- Numbers and words ---------------------------------------------------------- */

int64_t lower_integer(struct lowering *lowering, const char *name, int64_t otherwise)
{
	const char *kind;
	const json_t *value = find(lowering, name, &kind);

	if (json_is_object(value) && strcmp(kind, "as_sym_int") == 0) {
		value = json_object_get(value, "as_int");
	}
	if (value != NULL && !json_is_integer(value)) {
		fail_kind(lowering, name, kind);
	}
	return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

/** What torch writes as words, since JSON has no numbers for it */
static const struct {
	const char *word;
	double number;
} words[] = {
	{ "Infinity", (double)INFINITY },
	{ "-Infinity", -(double)INFINITY },
	{ "NaN", (double)NAN },
};

double lower_real(struct lowering *lowering, const char *name, double otherwise)
{
	const char *kind;
	const json_t *value = find(lowering, name, &kind);

	for (size_t i = 0; json_is_string(value) && strcmp(kind, "as_float") == 0
			&& i < sizeof(words) / sizeof(*words);
			i++) {
		if (strcmp(json_string_value(value), words[i].word) == 0) {
			return words[i].number;
		}
	}
	if (value != NULL && !json_is_number(value)) {
		fail_kind(lowering, name, kind);
	}
	return json_is_number(value) ? json_number_value(value) : otherwise;
}

bool lower_boolean(struct lowering *lowering, const char *name, bool otherwise)
{
	const char *kind;
	const json_t *value = find(lowering, name, &kind);

	if (value != NULL && !json_is_boolean(value)) {
		fail_kind(lowering, name, kind);
	}
	return json_is_boolean(value) ? json_is_true(value) : otherwise;
}

const char *lower_text(struct lowering *lowering, const char *name, const char *otherwise)
{
	const char *kind;
	const json_t *value = find(lowering, name, &kind);

	if (value != NULL && !json_is_string(value)) {
		fail_kind(lowering, name, kind);
	}
	return json_is_string(value) ? json_string_value(value) : otherwise;
}

/* ---- Lists ---------------------------------------------------------------------- */

static void append(struct lowering *lowering, const char *name, const json_t *value,
		struct integers *list)
{
	if (json_is_object(value)) { /* of as_sym_ints */
		value = json_object_get(value, "as_int");
	}
	if (!json_is_integer(value)) {
		lower_fail(lowering, CNNVIZ_ERROR_UNSUPPORTED,
				"has an argument \"%.40s\" that depends on the size of "
				"the input; export the network for one size",
				name);
	} else if (list->count == LOWERING_MAX_LIST) {
		lower_fail(lowering, CNNVIZ_ERROR_UNSUPPORTED,
				"has an argument \"%.40s\" of more than %d numbers", name,
				LOWERING_MAX_LIST);
	} else {
		list->values[list->count++] = json_integer_value(value);
	}
}

struct integers lower_integers(struct lowering *lowering, const char *name)
{
	struct integers list = { .count = 0 };
	const char *kind;
	const json_t *value = find(lowering, name, &kind), *item;
	size_t i;

	if (json_is_array(value)) {
		json_array_foreach(value, i, item)
		{
			append(lowering, name, item, &list);
		}
	} else if (value != NULL) {
		append(lowering, name, value, &list);
	}
	return list;
}

struct integers lower_pair(struct lowering *lowering, const char *name, int64_t otherwise)
{
	struct integers list = lower_integers(lowering, name);

	while (list.count < 2) {
		list.values[list.count] = list.count > 0 ? list.values[0] : otherwise;
		list.count++;
	}
	return list;
}

/* ---- Arrays --------------------------------------------------------------------- */

/** The name in the nodes of an array { "name": NAME } */
static const char *array_name(const struct lowering *lowering, const json_t *array)
{
	const char *name = json_string_value(json_object_get(array, "name"));
	const char *other = name != NULL
			? json_string_value(json_object_get(lowering->names, name))
			: NULL;

	return other != NULL ? other : name;
}

/** The name of an array that a call uses, which no later call has changed behind its back */
static const char *used_name(struct lowering *lowering, const json_t *array)
{
	const char *name = json_string_value(json_object_get(array, "name"));

	if (name == NULL) {
		return "";
	}
	if (json_object_get(lowering->stale, name) != NULL) {
		lower_fail(lowering, CNNVIZ_ERROR_UNSUPPORTED,
				"uses \"%.100s\", of which a part was changed in place "
				"before; save the program after run_decompositions()",
				name);
	}
	return array_name(lowering, array);
}

const char *lower_array(struct lowering *lowering, const char *name)
{
	const char *kind;
	const json_t *value = find(lowering, name, &kind);

	if (value != NULL && strcmp(kind, "as_tensor") != 0) {
		fail_kind(lowering, name, kind);
		return "";
	}
	return used_name(lowering, value);
}

const char *lower_operand(struct lowering *lowering, const char *name)
{
	const char *kind;
	const json_t *value = find(lowering, name, &kind);

	if (json_is_object(value) && strcmp(kind, "as_sym_int") == 0
			&& json_object_get(value, "as_int") == NULL) {
		return json_string_value(json_object_get(value, "as_name"));
	}
	if (value == NULL || strcmp(kind, "as_tensor") == 0) {
		return lower_array(lowering, name);
	}
	return strcmp(kind, "as_float") == 0
			? lower_constant_real(lowering, lower_real(lowering, name, 0))
			: lower_constant_integer(lowering,
					lower_integer(lowering, name, 0));
}

size_t lower_list_length(const struct lowering *lowering, const char *name)
{
	const char *kind;

	return json_array_size(find(lowering, name, &kind));
}

const char *lower_list_array(struct lowering *lowering, const char *name, size_t i)
{
	const char *kind;
	const json_t *item = json_array_get(find(lowering, name, &kind), i);

	/* Lists in which None may stand have objects of the kind within. */
	if (json_object_get(item, "as_tensor") != NULL) {
		item = json_object_get(item, "as_tensor");
	}
	return used_name(lowering, item);
}

/** Append the names of an array, or of those in a list, to inputs. */
static size_t gather(struct lowering *lowering, const json_t *argument,
		const char *inputs[LOWERING_MAX_LIST], size_t count)
{
	const char *kind;
	const json_t *value = only_member(argument, &kind), *item;
	size_t i;

	if (strcmp(kind, "as_tensor") == 0 && count < LOWERING_MAX_LIST) {
		inputs[count++] = used_name(lowering, value);
	} else if (strcmp(kind, "as_tensors") == 0) {
		json_array_foreach(value, i, item)
		{
			if (count < LOWERING_MAX_LIST) {
				inputs[count++] = used_name(lowering, item);
			}
		}
	}
	return count;
}

size_t lower_all_arrays(struct lowering *lowering, const char *inputs[LOWERING_MAX_LIST])
{
	const json_t *arguments = json_object_get(lowering->call, "inputs"), *input;
	size_t i, count = 0;

	json_array_foreach(arguments, i, input)
	{
		count = gather(lowering, json_object_get(input, "arg"), inputs, count);
	}
	return count;
}

/* ---- Extents -------------------------------------------------------------------- */

/** One extent as an array of one integer */
static const char *one_extent(struct lowering *lowering, const json_t *item)
{
	static const int64_t first = 0;
	const json_t *number = json_is_object(item) ? json_object_get(item, "as_int")
						    : item;
	const json_t *name = json_object_get(item, "as_name");
	const char *result;
	int64_t value;

	if (json_is_integer(number)) {
		value = json_integer_value(number);
		return lower_constant_integers(lowering, 1, &value);
	}
	result = lower_between(lowering);
	lower_binary(lowering, "Unsqueeze", result,
			json_is_string(name) ? json_string_value(name) : "",
			lower_constant_integers(lowering, 1, &first));
	return result;
}

const char *lower_extents(struct lowering *lowering, const char *name)
{
	const char *parts[LOWERING_MAX_LIST], *kind, *result;
	const json_t *value = find(lowering, name, &kind), *item;
	size_t i, count = 0;

	if (strcmp(kind, "as_sym_ints") != 0) {
		struct integers list = lower_integers(lowering, name);

		return lower_constant_integers(lowering, list.count, list.values);
	}
	json_array_foreach(value, i, item)
	{
		if (count < LOWERING_MAX_LIST) {
			parts[count++] = one_extent(lowering, item);
		}
	}
	result = lower_between(lowering);
	lower_add(lowering, "Concat", result, count, parts);
	lower_set_integer(lowering, "axis", 0);
	return result;
}

/** Shape of an array; -1 for extents that are open */
static bool read_shape(const struct lowering *lowering, const char *name,
		struct integers *shape)
{
	const json_t *value = name != NULL ? json_object_get(lowering->values, name)
					   : NULL;
	const json_t *sizes = json_object_get(value, "sizes"), *size;
	size_t i;

	shape->count = 0;
	json_array_foreach(sizes, i, size)
	{
		const json_t *number = json_object_get(size, "as_int");

		if (shape->count < LOWERING_MAX_LIST) {
			shape->values[shape->count++] = json_is_integer(number)
					? json_integer_value(number)
					: -1;
		}
	}
	return json_is_array(sizes);
}

bool lower_shape(struct lowering *lowering, const char *name, struct integers *shape)
{
	const char *kind;
	const json_t *array = find(lowering, name, &kind);

	return read_shape(lowering, json_string_value(json_object_get(array, "name")),
			shape);
}

size_t lower_rank(struct lowering *lowering, const char *name)
{
	struct integers shape;

	return lower_shape(lowering, name, &shape) ? shape.count : 0;
}

/* ---- Outputs -------------------------------------------------------------------- */

/** Output i, of calls that have several or a list of them; NULL past the last one */
static const json_t *output_at(const struct lowering *lowering, size_t i)
{
	const json_t *outputs = json_object_get(lowering->call, "outputs");
	const json_t *list = json_object_get(json_array_get(outputs, 0), "as_tensors");
	const json_t *output = json_array_get(outputs, i);
	const json_t *number = json_object_get(output, "as_sym_int");

	if (list != NULL) {
		return json_array_get(list, i);
	}
	if (number != NULL) {
		return number;
	}
	return json_object_get(output, "as_tensor");
}

size_t lower_output_count(const struct lowering *lowering)
{
	size_t count = 0;

	while (output_at(lowering, count) != NULL) {
		count++;
	}
	return count;
}

const char *lower_output(const struct lowering *lowering, size_t i)
{
	const json_t *output = output_at(lowering, i);
	const char *name = json_string_value(json_object_get(output, "name"));

	if (name == NULL) { /* of an integer */
		name = json_string_value(json_object_get(output, "as_name"));
	}
	return name != NULL ? name : "";
}

bool lower_output_shape(struct lowering *lowering, struct integers *shape)
{
	return read_shape(lowering, lower_output(lowering, 0), shape);
}
