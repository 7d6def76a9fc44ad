/**
 * \file    config/parameter.c
 * \brief   Converts a parameter's text to a value
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "config/parameter.h"
#include "config/spelling.h"
#include "config/value.h"

/* White space within a line */
#define BLANKS " \t"

/* ---- Names ------------------------------------------------------------- */

static const char *const type_names[] = {
	[CNNVIZ_PARAMETER_BOOL] = "bool",
	[CNNVIZ_PARAMETER_INT] = "int",
	[CNNVIZ_PARAMETER_FLOAT] = "float",
	[CNNVIZ_PARAMETER_STRING] = "string",
	[CNNVIZ_PARAMETER_ENUM] = "enum",
	[CNNVIZ_PARAMETER_LAYER] = "layer",
	[CNNVIZ_PARAMETER_CLASS] = "class",
	[CNNVIZ_PARAMETER_JOB] = "job",
	[CNNVIZ_PARAMETER_PATH] = "path",
	[CNNVIZ_PARAMETER_COLOR] = "color",
	[CNNVIZ_PARAMETER_CHANNEL] = "channel",
	[CNNVIZ_PARAMETER_PICTURES] = "pictures",
	[CNNVIZ_PARAMETER_NETWORK] = "network",
};

#define TYPE_COUNT (sizeof(type_names) / sizeof(*type_names))

const char *parameter_type_name(uint32_t type)
{
	return type > 0 && type < TYPE_COUNT ? type_names[type] : "unknown";
}

size_t parameter_find(const cnnviz_parameter *parameters, size_t count, const char *name)
{
	size_t i = 0;

	while (i < count && strcmp(parameters[i].name, name) != 0) {
		i++;
	}
	return i;
}

char *words_join(text_candidate candidate, const void *context)
{
	char *joined = memory_text("");
	const char *word;

	for (size_t i = 0; (word = candidate(context, i)) != NULL; i++) {
		char *longer = memory_format("%s%s%s", joined, i ? ", " : "", word);

		free(joined);
		joined = longer;
	}
	return joined;
}

/* ---- One value --------------------------------------------------------- */

static cnnviz_status choice_error(const cnnviz_parameter *parameter, const char *text,
		struct error *error)
{
	const char *nearest = text_nearest(text, text_from_array, parameter->choices);
	char *choices = words_join(text_from_array, parameter->choices);
	cnnviz_status status;

	if (nearest != NULL) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"\"%s\" is not one of %s; did you mean \"%s\"?", text,
				choices, nearest);
	} else {
		status = error_set(error, CNNVIZ_ERROR_INPUT, "\"%s\" is not one of %s",
				text, choices);
	}
	free(choices);
	return status;
}

/** Index of a word among choices, or their number */
static size_t find_choice(const char *const *choices, const char *word)
{
	size_t i = 0;

	while (choices[i] != NULL && !spelling_same(choices[i], word)) {
		i++;
	}
	return i;
}

/** Read a choice; with "yes" and "no" among them, other words of a bool mean these. */
static cnnviz_status read_choice(const cnnviz_parameter *parameter, const char *text,
		struct value *value, struct error *error)
{
	const char *const *choices = parameter->choices;
	size_t i = find_choice(choices, text);
	bool answer = false;

	if (choices[i] == NULL && value_bool(text, &answer)
			&& choices[find_choice(choices, answer ? "no" : "yes")] != NULL) {
		i = find_choice(choices, answer ? "yes" : "no");
	}
	if (choices[i] == NULL) {
		return choice_error(parameter, text, error);
	}
	value->integer = (int64_t)i;
	free(value->text);
	value->text = memory_text(choices[i]); /* as declared by the plugin */
	return CNNVIZ_OK;
}

/** "a whole number from 1 to 100 (pixels)" */
static char *describe_number(const cnnviz_parameter *parameter)
{
	const char *kind = parameter->type == CNNVIZ_PARAMETER_INT ? "a whole number"
								   : "a number";
	const char *unit = parameter->unit != NULL ? parameter->unit : "";
	double minimum = parameter->minimum;
	double maximum = parameter->maximum;
	char low[32], high[32], range[80] = "";

	value_format(low, sizeof(low), minimum);
	value_format(high, sizeof(high), maximum);
	if (minimum == 0 && maximum == 0) {
		range[0] = '\0';
	} else if (isinf(minimum) || minimum <= -1e300) {
		snprintf(range, sizeof(range), " up to %s", high);
	} else if (isinf(maximum) || maximum >= 1e300) {
		snprintf(range, sizeof(range), " from %s up", low);
	} else {
		snprintf(range, sizeof(range), " from %s to %s", low, high);
	}
	return memory_format("%s%s%s%s%s", kind, range, *unit ? " (" : "", unit,
			*unit ? ")" : "");
}

static cnnviz_status read_number(const cnnviz_parameter *parameter, const char *text,
		struct value *value, struct error *error)
{
	bool ranged = parameter->minimum != 0 || parameter->maximum != 0;
	bool valid;

	if (parameter->type == CNNVIZ_PARAMETER_INT) {
		valid = value_int(text, &value->integer);
		value->real = (double)value->integer;
	} else {
		valid = value_float(text, &value->real);
	}
	if (valid
			&& (!ranged
					|| (value->real >= parameter->minimum
							&& value->real <= parameter->maximum))) {
		return CNNVIZ_OK;
	}
	char *wanted = describe_number(parameter);

	error_set(error, CNNVIZ_ERROR_INPUT, "\"%s\" is not %s", text, wanted);
	free(wanted);
	return CNNVIZ_ERROR_INPUT;
}

/** The section checks later whether the layer has the channel. */
static cnnviz_status read_channel(const char *text, struct value *value,
		struct error *error)
{
	if (!value_int(text, &value->integer) || value->integer < 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"\"%s\" is not the number of a channel; channels are "
				"counted from 0",
				text);
	}
	value->real = (double)value->integer;
	return CNNVIZ_OK;
}

static char *absolute_path(const char *folder, const char *text)
{
	char *joined = path_join(folder, text);
	char *current = joined[0] == '/' ? NULL : getcwd(NULL, 0);

	if (current == NULL) {
		return joined;
	}
	const char *path = joined;

	while (path[0] == '.' && path[1] == '/') {
		path += 2 + strspn(path + 2, "/");
	}
	char *absolute = path_join(current, path);

	free(current);
	free(joined);
	return absolute;
}

static cnnviz_status read_path(const struct parameter_reading *reading, const char *text,
		struct value *value, struct error *error)
{
	if (reading->check_only) {
		return CNNVIZ_OK;
	}
	char *path = absolute_path(reading->folder, text);

	if (path_is_folder(path)) {
		error_set(error, CNNVIZ_ERROR_INPUT,
				"\"%s\" is a folder; give a file (%s)", text, path);
	} else if (!path_is_file(path)) {
		error_set(error, CNNVIZ_ERROR_INPUT, "there is no file \"%s\" (%s)%s",
				text, path,
				text[0] == '~' ? "; \"~\" is not expanded here; write "
						 "the full path"
					       : "");
	} else if (access(path, R_OK) != 0) {
		error_set(error, CNNVIZ_ERROR_INPUT,
				"the file \"%s\" (%s) cannot be read: %s", text, path,
				strerror(errno));
	} else {
		free(value->text);
		value->text = path;
		return CNNVIZ_OK;
	}
	free(path);
	return CNNVIZ_ERROR_INPUT;
}

/** Resolve a name that only the plan knows */
static cnnviz_status resolve(const cnnviz_parameter *parameter,
		const struct parameter_reading *reading, const char *text,
		struct value *value, struct error *error)
{
	const struct value_resolver *resolver = reading->resolver;

	if (reading->check_only || resolver == NULL) {
		return CNNVIZ_OK;
	}
	cnnviz_status (*call)(void *, const char *, int64_t *,
			struct error *) = parameter->type == CNNVIZ_PARAMETER_LAYER
			? resolver->layer
			: parameter->type == CNNVIZ_PARAMETER_CLASS
			? resolver->class_index
			: resolver->job;

	cnnviz_status status = call != NULL
			? call(resolver->context, text, &value->integer, error)
			: CNNVIZ_OK;

	if (status == CNNVIZ_OK && parameter->type == CNNVIZ_PARAMETER_CLASS
			&& CNNVIZ_IS_NOT(value->integer)
			&& (parameter->flags & CNNVIZ_PARAMETER_NOT) == 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"\"%s\" is the negative side of a class; give a class "
				"here",
				text);
	}
	return status;
}

static cnnviz_status read_text(const cnnviz_parameter *parameter,
		const struct parameter_reading *reading, const char *text,
		struct value *value, struct error *error)
{
	bool boolean = false;
	uint32_t rgb = 0;

	if (!*text && parameter->type != CNNVIZ_PARAMETER_STRING) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"the value is empty; give a value or remove the line");
	}
	if (strlen(text) > VALUE_LENGTH_MAX
			&& parameter->type != CNNVIZ_PARAMETER_PICTURES) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"\"%.40s...\" has %zu characters, and only lists may "
				"have more than %d; shorten it",
				text, strlen(text), VALUE_LENGTH_MAX);
	}
	switch (parameter->type) {
	case CNNVIZ_PARAMETER_BOOL:
		if (!value_bool(text, &boolean)) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"\"%s\" is neither yes nor no", text);
		}
		value->integer = boolean;
		return CNNVIZ_OK;
	case CNNVIZ_PARAMETER_INT:
	case CNNVIZ_PARAMETER_FLOAT:
		return read_number(parameter, text, value, error);
	case CNNVIZ_PARAMETER_CHANNEL:
		return read_channel(text, value, error);
	case CNNVIZ_PARAMETER_ENUM:
		return read_choice(parameter, text, value, error);
	case CNNVIZ_PARAMETER_LAYER:
	case CNNVIZ_PARAMETER_CLASS:
	case CNNVIZ_PARAMETER_JOB:
		return resolve(parameter, reading, text, value, error);
	case CNNVIZ_PARAMETER_PATH:
		return read_path(reading, text, value, error);
	case CNNVIZ_PARAMETER_COLOR:
		if (!value_color(text, &rgb)) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"\"%s\" is not a color; write \"#rrggbb\" in "
					"quotes or a name such as red",
					text);
		}
		value->integer = rgb;
		return CNNVIZ_OK;
	default:
		return CNNVIZ_OK;
	}
}

/* ---- Lists ------------------------------------------------------------- */

/** Append an unset item to a list */
static struct value *add_item(struct value *list)
{
	size_t count = list->item_count++;

	/* The capacity doubles when it is used up: at 0, 1, 2, 4, ... items. */
	if ((count & (count - 1)) == 0) {
		list->items = memory_resize(list->items, count ? 2 * count : 1,
				sizeof(*list->items));
	}
	struct value *item = &list->items[count];

	*item = (struct value){ 0 };
	return item;
}

/** Split "8-15" into its ends, malloc'ed; false if the text has a different form */
static bool split_range(const char *text, char **first, char **last)
{
	size_t before = strspn(text, "+-");
	const char *dash = strchr(text + before, '-');

	if (dash == NULL) {
		return false;
	}
	const char *end = dash;

	while (end > text && strchr(BLANKS, end[-1]) != NULL) {
		end--;
	}
	*first = memory_format("%.*s", (int)(end - text), text);
	*last = memory_text(dash + 1 + strspn(dash + 1, BLANKS));
	return true;
}

static cnnviz_status length_error(struct error *error)
{
	return error_set(error, CNNVIZ_ERROR_INPUT, "the list has more than %d values",
			VALUE_LIST_MAX);
}

static cnnviz_status read_integer(const cnnviz_parameter *parameter, const char *text,
		struct value *value, struct error *error)
{
	return parameter->type == CNNVIZ_PARAMETER_CHANNEL
			? read_channel(text, value, error)
			: read_number(parameter, text, value, error);
}

static cnnviz_status add_range(const char *text, const struct value *first,
		const struct value *last, struct value *list, struct error *error)
{
	/* Unsigned, since the largest distance does not fit in int64_t */
	uint64_t steps = (uint64_t)last->integer - (uint64_t)first->integer;

	if (last->integer < first->integer) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"the range \"%s\" is descending; write the smaller "
				"number first",
				text);
	}
	if (steps >= VALUE_RANGE_MAX) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"the range \"%s\" has more than %d values", text,
				VALUE_RANGE_MAX);
	}
	if (steps >= VALUE_LIST_MAX - list->item_count) {
		return length_error(error);
	}
	for (uint64_t i = 0; i <= steps; i++) {
		struct value *item = add_item(list);

		item->set = true;
		item->integer = first->integer + (int64_t)i;
		item->real = (double)item->integer;
		item->text = memory_format("%lld", (long long)item->integer);
	}
	return CNNVIZ_OK;
}

/**
 * Read a range such as "8-15"; on CNNVIZ_ERROR_INPUT, *is_range is whether it has the
 * form of one
 */
static cnnviz_status read_range(const cnnviz_parameter *parameter, const char *text,
		struct value *list, bool *is_range, struct error *error)
{
	struct value ends[2] = { 0 };
	char *texts[2] = { 0 };
	int64_t number;
	cnnviz_status status = CNNVIZ_ERROR_INPUT;

	*is_range = split_range(text, &texts[0], &texts[1])
			&& value_int(texts[0], &number) && value_int(texts[1], &number);
	if (*is_range) {
		status = read_integer(parameter, texts[0], &ends[0], error);
	}
	if (status == CNNVIZ_OK) {
		status = read_integer(parameter, texts[1], &ends[1], error);
	}
	if (status == CNNVIZ_OK) {
		status = add_range(text, &ends[0], &ends[1], list, error);
	}
	free(texts[0]);
	free(texts[1]);
	return status;
}

static cnnviz_status read_item(const cnnviz_parameter *parameter,
		const struct parameter_reading *reading, const char *text,
		struct value *list, struct error *error)
{
	bool is_range = false;
	cnnviz_status status = CNNVIZ_OK;

	if (parameter->type == CNNVIZ_PARAMETER_INT
			|| parameter->type == CNNVIZ_PARAMETER_CHANNEL) {
		status = read_range(parameter, text, list, &is_range, error);
	}
	if (is_range) {
		return status;
	}
	if (list->item_count >= VALUE_LIST_MAX) {
		return length_error(error);
	}
	struct value *item = add_item(list);

	item->set = true;
	item->text = memory_text(text);
	return read_text(parameter, reading, text, item, error);
}

static int compare_texts(const void *a, const void *b)
{
	const struct value *left = *(const struct value *const *)a;
	const struct value *right = *(const struct value *const *)b;

	return strcmp(left->text, right->text);
}

static int compare_integers(const void *a, const void *b)
{
	const struct value *left = *(const struct value *const *)a;
	const struct value *right = *(const struct value *const *)b;

	return (left->integer > right->integer) - (left->integer < right->integer);
}

static int compare_reals(const void *a, const void *b)
{
	const struct value *left = *(const struct value *const *)a;
	const struct value *right = *(const struct value *const *)b;

	return (left->real > right->real) - (left->real < right->real);
}

typedef int (*comparison)(const void *a, const void *b);

/**
 * Comparison of two values of a type; names that are not resolved are compared as text.
 */
static comparison choose_comparison(const cnnviz_parameter *parameter,
		const struct parameter_reading *reading)
{
	switch (parameter->type) {
	case CNNVIZ_PARAMETER_FLOAT:
		return compare_reals;
	case CNNVIZ_PARAMETER_STRING:
	case CNNVIZ_PARAMETER_PATH:
		return compare_texts;
	case CNNVIZ_PARAMETER_LAYER:
	case CNNVIZ_PARAMETER_CLASS:
		return reading->check_only ? compare_texts : compare_integers;
	default:
		return compare_integers;
	}
}

static cnnviz_status check_unique(const cnnviz_parameter *parameter,
		const struct parameter_reading *reading, const struct value *list,
		struct error *error)
{
	comparison compare = choose_comparison(parameter, reading);
	const struct value **sorted = memory_new(list->item_count, sizeof(*sorted));
	cnnviz_status status = CNNVIZ_OK;

	for (size_t i = 0; i < list->item_count; i++) {
		sorted[i] = &list->items[i];
	}
	qsort(sorted, list->item_count, sizeof(*sorted), compare);
	for (size_t i = 1; i < list->item_count && status == CNNVIZ_OK; i++) {
		const char *one = sorted[i - 1]->text, *other = sorted[i]->text;

		if (compare(&sorted[i - 1], &sorted[i]) != 0) {
			continue;
		}
		status = strcmp(one, other) == 0
				? error_set(error, CNNVIZ_ERROR_INPUT,
						"the list has \"%s\" twice; give each "
						"value once",
						one)
				: error_set(error, CNNVIZ_ERROR_INPUT,
						"\"%s\" and \"%s\" are the same; give "
						"each value once",
						one, other);
	}
	free(sorted);
	return status;
}

/**
 * Join the items of a list that together are a class, such as "great white shark" and
 * "white shark", its synonym
 *
 * \return  Number of items; *joined is their text, malloc'ed
 */
static size_t join_class(const cnnviz_parameter *parameter,
		const struct parameter_reading *reading, char *const *items, size_t count,
		char **joined)
{
	size_t used = 1;
	bool fits = parameter->type == CNNVIZ_PARAMETER_CLASS;

	*joined = memory_text(items[0]);
	while (fits && used < count) {
		char *longer = memory_format("%s, %s", *joined, items[used]);
		struct value value = { .integer = INT64_MAX };

		fits = resolve(parameter, reading, longer, &value, NULL) == CNNVIZ_OK
				&& value.integer != INT64_MAX;
		if (fits) {
			used++;
			free(*joined);
			*joined = longer;
		} else {
			free(longer);
		}
	}
	return used;
}

static cnnviz_status read_list(const cnnviz_parameter *parameter,
		const struct parameter_reading *reading, const char *text,
		struct value *value, struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;
	size_t count = 0;
	char **items = value_list(text, &count);
	bool all = (parameter->flags & CNNVIZ_PARAMETER_ALL) != 0;

	if (count == 0) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"the list is empty; give at least one value or remove "
				"the line");
	} else if (all && count == 1 && strcmp(items[0], "all") == 0) {
		goto done;
	}
	for (size_t i = 0; i < count && status == CNNVIZ_OK;) {
		char *item = NULL;
		size_t used = join_class(parameter, reading, items + i, count - i, &item);

		status = all && strcmp(item, "all") == 0
				? error_set(error, CNNVIZ_ERROR_INPUT,
						"\"all\" cannot be combined with other "
						"values")
				: read_item(parameter, reading, item, value, error);
		free(item);
		i += used;
	}
	if (status == CNNVIZ_OK && (parameter->flags & CNNVIZ_PARAMETER_UNIQUE)) {
		status = check_unique(parameter, reading, value, error);
	}
	if (status == CNNVIZ_OK) {
		value->integer = value->items[0].integer;
		value->real = value->items[0].real;
	}
done:
	free(items);
	return status;
}

cnnviz_status parameter_read(const cnnviz_parameter *parameter,
		const struct parameter_reading *reading, const char *text,
		struct value *value, struct error *error)
{
	value->text = memory_text(text);
	cnnviz_status status = parameter->flags & CNNVIZ_PARAMETER_LIST
			? read_list(parameter, reading, text, value, error)
			: read_text(parameter, reading, text, value, error);

	value->set = status == CNNVIZ_OK;
	if (status != CNNVIZ_OK) {
		values_free(value, 1);
	}
	return status;
}

void values_free(struct value *values, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		values_free(values[i].items, values[i].item_count);
		free(values[i].items);
		free(values[i].text);
		values[i] = (struct value){ 0 };
	}
}
