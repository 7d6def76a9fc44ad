/**
 * \file    config/value.c
 * \brief   Strict, locale-independent readers of values, and parameter schemas
 */
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "config/value.h"

/* ---- Single values ----------------------------------------------------- */

bool value_bool(const char *text, bool *value)
{
	static const char *const words[] = {
		"no", "yes", "false", "true", "off", "on", "0", "1",
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcasecmp(text, words[i]) == 0) {
			*value = i % 2 == 1;
			return true;
		}
	}
	return false;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool value_int(const char *text, int64_t *value)
{
	bool negative = *text == '-';
	uint64_t most = negative ? UINT64_C(1) << 63 : INT64_MAX;
	uint64_t number = 0;

	if (*text == '-' || *text == '+') {
		text++;
	}
	if (!is_digit(*text)) {
		return false;
	}
	for (; is_digit(*text); text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		if (number > (most - digit) / 10) {
			return false;
		}
		number = number * 10 + digit;
	}
	if (*text) {
		return false;
	}
	*value = !negative ? (int64_t)number
			: number == most ? INT64_MIN : -(int64_t)number;
	return true;
}

/** [+-] digits [. digits] [e [+-] digits], with a digit before or after the point */
static bool is_decimal(const char *text)
{
	size_t digits = 0;

	text += *text == '-' || *text == '+';
	for (; is_digit(*text); text++) {
		digits++;
	}
	if (*text == '.') {
		for (text++; is_digit(*text); text++) {
			digits++;
		}
	}
	if (digits == 0) {
		return false;
	}
	if (*text == 'e' || *text == 'E') {
		text++;
		text += *text == '-' || *text == '+';
		if (!is_digit(*text)) {
			return false;
		}
		while (is_digit(*text)) {
			text++;
		}
	}
	return *text == '\0';
}

/** Between these two the decimal point is a point, whatever the user's locale. */
static locale_t plain_locale_enter(locale_t *before)
{
	locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);

	*before = plain ? uselocale(plain) : (locale_t)0;
	return plain;
}

static void plain_locale_leave(locale_t plain, locale_t before)
{
	if (plain) {
		uselocale(before);
		freelocale(plain);
	}
}

bool value_float(const char *text, double *value)
{
	locale_t before;

	if (!is_decimal(text)) {
		return false;
	}
	locale_t plain = plain_locale_enter(&before);
	char *end;
	double number = strtod(text, &end);

	plain_locale_leave(plain, before);
	if (*end || !isfinite(number)) {
		return false;
	}
	*value = number;
	return true;
}

static int hex_digit(char c)
{
	return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
			: c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool value_color(const char *text, uint32_t *rgb)
{
	/* CSS Color Module Level 3, 4.1 Basic color keywords */
	static const struct {
		const char *name;
		uint32_t rgb;
	} names[] = {
		{ "aqua", 0x00FFFF }, { "black", 0x000000 }, { "blue", 0x0000FF },
		{ "fuchsia", 0xFF00FF }, { "gray", 0x808080 }, { "green", 0x008000 },
		{ "lime", 0x00FF00 }, { "maroon", 0x800000 }, { "navy", 0x000080 },
		{ "olive", 0x808000 }, { "purple", 0x800080 }, { "red", 0xFF0000 },
		{ "silver", 0xC0C0C0 }, { "teal", 0x008080 }, { "white", 0xFFFFFF },
		{ "yellow", 0xFFFF00 },
	};
	size_t length = strlen(text);
	uint32_t number = 0;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcasecmp(text, names[i].name) == 0) {
			*rgb = names[i].rgb;
			return true;
		}
	}
	if (*text != '#' || (length != 4 && length != 7)) {
		return false;
	}
	for (const char *c = text + 1; *c; c++) {
		int digit = hex_digit(*c);

		if (digit < 0) {
			return false;
		}
		number = number << 4 | (uint32_t)digit;
		if (length == 4) {
			number = number << 4 | (uint32_t)digit;
		}
	}
	*rgb = number;
	return true;
}

/* ---- Lists ------------------------------------------------------------- */

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/** Pointers for up to `most` items and their NULL, and room for text behind them */
static char **new_list(const char *text, size_t most, char **room)
{
	size_t pointers = most + 1;
	size_t texts = (strlen(text) + 1 + sizeof(char *)) / sizeof(char *);
	char **list = memory_new(pointers + texts, sizeof *list);

	*room = (char *)(list + pointers);
	return list;
}

char **value_words(const char *text, size_t *count)
{
	size_t most = strlen(text) / 2 + 1;
	size_t found = 0;
	bool within = false;
	char *next;
	char **words = new_list(text, most, &next);

	strcpy(next, text);
	for (; *next; next++) {
		if (is_space(*next) || *next == ',') {
			*next = '\0';
			within = false;
		} else if (!within) {
			words[found++] = next;
			within = true;
		}
	}
	if (count) {
		*count = found;
	}
	return words;
}

/** Copy one item without its quotes to *out; returns where its text ended */
static const char *take_item(const char *text, char **out)
{
	char *start = *out;

	while (is_space(*text)) {
		text++;
	}
	if (*text == '"') {
		for (text++; *text && *text != '"'; text++) {
			*(*out)++ = *text;
		}
		text += *text == '"';
		start = *out;
	}
	while (*text && *text != ',') {
		*(*out)++ = *text++;
	}
	while (*out > start && is_space((*out)[-1])) {
		(*out)--;
	}
	*(*out)++ = '\0';
	return text;
}

char **value_list(const char *text, size_t *count)
{
	size_t commas = 0;
	size_t found = 0;
	char *room;

	for (const char *c = text; *c; c++) {
		commas += *c == ',';
	}
	char **items = new_list(text, commas + 1, &room);

	while (*text) {
		char *item = room;

		text = take_item(text, &room);
		text += *text == ',';
		if (*item) {
			items[found++] = item;
		} else {
			room = item;
		}
	}
	if (count) {
		*count = found;
	}
	return items;
}

/* ---- Parameters -------------------------------------------------------- */

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
};

#define TYPE_COUNT (sizeof type_names / sizeof *type_names)

const char *parameter_type_name(uint32_t type)
{
	return type > 0 && type < TYPE_COUNT ? type_names[type] : "unknown";
}

size_t parameter_find(const cnnviz_parameter *parameters, size_t count,
		const char *name)
{
	size_t i = 0;

	while (i < count && strcmp(parameters[i].name, name) != 0) {
		i++;
	}
	return i;
}

/** Words joined by ", " */
static char *join_words(text_candidate candidate, const void *context)
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

/** How values are made: what they are relative to and who knows names */
struct reading {
	const char *folder; /* of relative paths; NULL: the current one */
	const struct value_resolver *resolver;
	bool check_only;    /* of a table by itself: no files, no names */
};

static cnnviz_status refuse_choice(const cnnviz_parameter *parameter,
		const char *text, struct error *error)
{
	const char *nearest = text_nearest(text, text_from_array, parameter->choices);
	char *choices = join_words(text_from_array, parameter->choices);
	cnnviz_status status;

	if (nearest) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"\"%s\" is not one of %s; did you mean \"%s\"?", text,
				choices, nearest);
	} else {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"\"%s\" is not one of %s", text, choices);
	}
	free(choices);
	return status;
}

static cnnviz_status read_choice(const cnnviz_parameter *parameter, const char *text,
		struct value *value, struct error *error)
{
	for (size_t i = 0; parameter->choices[i]; i++) {
		if (strcmp(parameter->choices[i], text) == 0) {
			value->integer = (int64_t)i;
			return CNNVIZ_OK;
		}
	}
	return refuse_choice(parameter, text, error);
}

/** "a whole number from 1 to 100 (pixels)" */
static char *describe_number(const cnnviz_parameter *parameter)
{
	const char *kind = parameter->type == CNNVIZ_PARAMETER_INT
			? "a whole number" : "a number";
	const char *unit = parameter->unit ? parameter->unit : "";
	double minimum = parameter->minimum;
	double maximum = parameter->maximum;
	char range[80] = "";
	locale_t before;
	locale_t plain = plain_locale_enter(&before);

	if (minimum == 0 && maximum == 0) {
		range[0] = '\0';
	} else if (isinf(minimum) || minimum <= -1e300) {
		snprintf(range, sizeof range, " up to %.15g", maximum);
	} else if (isinf(maximum) || maximum >= 1e300) {
		snprintf(range, sizeof range, " from %.15g up", minimum);
	} else {
		snprintf(range, sizeof range, " from %.15g to %.15g", minimum, maximum);
	}
	plain_locale_leave(plain, before);
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
	if (valid && (!ranged || (value->real >= parameter->minimum
			&& value->real <= parameter->maximum))) {
		return CNNVIZ_OK;
	}
	char *wanted = describe_number(parameter);

	error_set(error, CNNVIZ_ERROR_INPUT, "\"%s\" is not %s", text, wanted);
	free(wanted);
	return CNNVIZ_ERROR_INPUT;
}

static char *absolute_path(const char *folder, const char *text)
{
	char *joined = path_join(folder, text);
	char *current = joined[0] == '/' ? NULL : getcwd(NULL, 0);

	if (!current) {
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

static cnnviz_status read_path(const struct reading *reading, const char *text,
		struct value *value, struct error *error)
{
	if (reading->check_only) {
		return CNNVIZ_OK;
	}
	char *path = absolute_path(reading->folder, text);

	if (path_is_folder(path)) {
		error_set(error, CNNVIZ_ERROR_INPUT,
				"\"%s\" is a folder; name a file (%s)", text, path);
	} else if (!path_is_file(path)) {
		error_set(error, CNNVIZ_ERROR_INPUT, "there is no file \"%s\" (%s)%s",
				text, path, text[0] == '~' ? "; \"~\" has no special "
				"meaning here, write the folder out" : "");
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

/** A name that only the plan knows */
static cnnviz_status resolve(const cnnviz_parameter *parameter,
		const struct reading *reading, const char *text, struct value *value,
		struct error *error)
{
	const struct value_resolver *resolver = reading->resolver;

	if (reading->check_only || !resolver) {
		return CNNVIZ_OK;
	}
	cnnviz_status (*call)(void *, const char *, int64_t *, struct error *) =
			parameter->type == CNNVIZ_PARAMETER_LAYER ? resolver->layer
			: parameter->type == CNNVIZ_PARAMETER_CLASS
			? resolver->class_index : resolver->job;

	return call ? call(resolver->context, text, &value->integer, error) : CNNVIZ_OK;
}

static cnnviz_status read_text(const cnnviz_parameter *parameter,
		const struct reading *reading, const char *text, struct value *value,
		struct error *error)
{
	bool boolean = false;
	uint32_t rgb = 0;

	if (!*text && parameter->type != CNNVIZ_PARAMETER_STRING) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"the value is empty; give one or remove the line");
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
					"\"%s\" is not a colour; write \"#rrggbb\" in "
					"quotes or a name such as red", text);
		}
		value->integer = rgb;
		return CNNVIZ_OK;
	default:
		return CNNVIZ_OK;
	}
}

/** One more item at the end of a list, unset */
static struct value *add_item(struct value *list)
{
	size_t count = list->item_count++;

	/* Room is doubled whenever it is used up: at 0, 1, 2, 4, ... items. */
	if ((count & (count - 1)) == 0) {
		list->items = memory_resize(list->items, count ? 2 * count : 1,
				sizeof(*list->items));
	}
	struct value *item = &list->items[count];

	*item = (struct value){ 0 };
	return item;
}

/** Divide "8-15" into its ends, malloc'ed; false for what has not this form */
static bool split_range(const char *text, char **first, char **last)
{
	size_t before = strspn(text, "+-");
	const char *dash = strchr(text + before, '-');

	if (!dash) {
		return false;
	}
	const char *end = dash;

	while (end > text && is_space(end[-1])) {
		end--;
	}
	do {
		dash++;
	} while (is_space(*dash));
	*first = memory_format("%.*s", (int)(end - text), text);
	*last = memory_text(dash);
	return true;
}

static cnnviz_status refuse_length(struct error *error)
{
	return error_set(error, CNNVIZ_ERROR_INPUT, "the list has more than %d values",
			VALUE_LIST_MAX);
}

static cnnviz_status add_range(const char *text, const struct value *first,
		const struct value *last, struct value *list, struct error *error)
{
	/* Unsigned, since the distance of the farthest does not fit in int64_t */
	uint64_t steps = (uint64_t)last->integer - (uint64_t)first->integer;

	if (last->integer < first->integer) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "the range \"%s\" goes "
				"downwards; write the smaller number first", text);
	}
	if (steps >= VALUE_RANGE_MAX) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "the range \"%s\" stands for "
				"more than %d values", text, VALUE_RANGE_MAX);
	}
	if (steps >= VALUE_LIST_MAX - list->item_count) {
		return refuse_length(error);
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

/** "8-15", or CNNVIZ_ERROR_INPUT with *is_range telling whether it was meant as one */
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
		status = read_number(parameter, texts[0], &ends[0], error);
	}
	if (status == CNNVIZ_OK) {
		status = read_number(parameter, texts[1], &ends[1], error);
	}
	if (status == CNNVIZ_OK) {
		status = add_range(text, &ends[0], &ends[1], list, error);
	}
	free(texts[0]);
	free(texts[1]);
	return status;
}

static cnnviz_status read_item(const cnnviz_parameter *parameter,
		const struct reading *reading, const char *text, struct value *list,
		struct error *error)
{
	bool is_range = false;
	cnnviz_status status = CNNVIZ_OK;

	if (parameter->type == CNNVIZ_PARAMETER_INT) {
		status = read_range(parameter, text, list, &is_range, error);
	}
	if (is_range) {
		return status;
	}
	if (list->item_count >= VALUE_LIST_MAX) {
		return refuse_length(error);
	}
	struct value *item = add_item(list);

	item->set = true;
	item->text = memory_text(text);
	return read_text(parameter, reading, text, item, error);
}

static cnnviz_status read_list(const cnnviz_parameter *parameter,
		const struct reading *reading, const char *text, struct value *value,
		struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;
	size_t count = 0;
	char **items = value_list(text, &count);
	bool all = (parameter->flags & CNNVIZ_PARAMETER_ALL) != 0;

	if (count == 0) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"the list is empty; name at least one value or remove the line");
	} else if (all && count == 1 && strcmp(items[0], "all") == 0) {
		goto done;
	}
	for (size_t i = 0; i < count && status == CNNVIZ_OK; i++) {
		if (all && strcmp(items[i], "all") == 0) {
			status = error_set(error, CNNVIZ_ERROR_INPUT,
					"\"all\" stands alone, not in a list with others");
		} else {
			status = read_item(parameter, reading, items[i], value, error);
		}
	}
	if (status == CNNVIZ_OK) {
		value->integer = value->items[0].integer;
		value->real = value->items[0].real;
	}
done:
	free(items);
	return status;
}

static cnnviz_status read_value(const cnnviz_parameter *parameter,
		const struct reading *reading, const char *text, struct value *value,
		struct error *error)
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

/* ---- Sections ---------------------------------------------------------- */

/** One call of values_read() */
struct section_reading {
	const struct ini *ini;
	const char *section;
	const cnnviz_parameter *parameters;
	size_t count;
	const char *const *ignore;
	const struct value_resolver *resolver;
	struct problems *problems;
};

/** text_candidate: the parameters' names, then the words that others read */
static const char *known_key(const void *context, size_t i)
{
	const struct section_reading *reading = context;

	if (i < reading->count) {
		return reading->parameters[i].name;
	}
	return reading->ignore ? reading->ignore[i - reading->count] : NULL;
}

static bool is_ignored(const struct section_reading *reading, const char *key)
{
	for (size_t i = 0; reading->ignore && reading->ignore[i]; i++) {
		if (strcmp(reading->ignore[i], key) == 0) {
			return true;
		}
	}
	return false;
}

static void add_problem(const struct section_reading *reading,
		const struct ini_entry *entry, const char *text)
{
	problems_add(reading->problems, entry->line ? reading->ini->path : "-s",
			entry->line, reading->section, entry->spelling, "%s", text);
}

static void refuse_key(const struct section_reading *reading,
		const struct ini_entry *entry)
{
	const char *nearest = text_nearest(entry->key, known_key, reading);
	char *known = join_words(known_key, reading);
	char *text;

	if (nearest) {
		text = memory_format("there is no parameter \"%s\"; did you mean "
				"\"%s\"?", entry->spelling, nearest);
	} else if (*known) {
		text = memory_format("there is no parameter \"%s\"; known here: %s",
				entry->spelling, known);
	} else {
		text = memory_format("there is no parameter \"%s\"; this section "
				"takes none", entry->spelling);
	}
	add_problem(reading, entry, text);
	free(text);
	free(known);
}

static bool read_entry(const struct section_reading *reading,
		const struct ini_entry *entry, struct value *value,
		const cnnviz_parameter *parameter)
{
	struct reading how = {
		.folder = entry->line ? reading->ini->folder : NULL,
		.resolver = reading->resolver,
	};
	struct error error;

	if (read_value(parameter, &how, entry->value, value, &error) != CNNVIZ_OK) {
		add_problem(reading, entry, error.text);
		return false;
	}
	value->line = entry->line;
	return true;
}

/** Value of a parameter that the section does not give */
static bool read_default(const struct section_reading *reading, struct value *value,
		const cnnviz_parameter *parameter)
{
	const struct ini_section *section = ini_find_section(reading->ini,
			reading->section);
	int line = section ? section->line : 0;
	const char *file = section && line == 0 ? "-s" : reading->ini->path;
	struct reading how = {
		.folder = reading->ini->folder,
		.resolver = reading->resolver,
	};
	struct error error;

	if (parameter->flags & CNNVIZ_PARAMETER_REQUIRED) {
		problems_add(reading->problems, file, line, reading->section,
				parameter->name, "this parameter must be given: %s",
				parameter->summary);
		return false;
	}
	if (!parameter->default_value) {
		return true;
	}
	if (read_value(parameter, &how, parameter->default_value, value, &error)
			!= CNNVIZ_OK) {
		problems_add(reading->problems, file, line, reading->section,
				parameter->name, "the default cannot be used, so this "
				"parameter must be given: %s", error.text);
		return false;
	}
	return true;
}

bool values_read(const struct ini *ini, const char *section,
		const cnnviz_parameter *parameters, size_t count,
		const char *const *ignore, const struct value_resolver *resolver,
		struct value *values, struct problems *problems)
{
	const struct section_reading reading = {
		.ini = ini,
		.section = section,
		.parameters = parameters,
		.count = count,
		.ignore = ignore,
		.resolver = resolver,
		.problems = problems,
	};
	bool good = true;

	for (size_t i = 0; i < ini->entry_count; i++) {
		const struct ini_entry *entry = &ini->entries[i];

		if (strcmp(entry->section, section) == 0
				&& parameter_find(parameters, count, entry->key) == count
				&& !is_ignored(&reading, entry->key)) {
			refuse_key(&reading, entry);
			good = false;
		}
	}
	for (size_t i = 0; i < count; i++) {
		const struct ini_entry *entry = ini_find(ini, section,
				parameters[i].name);

		values[i] = (struct value){ 0 };
		if (!entry) {
			good = read_default(&reading, &values[i], &parameters[i])
					&& good;
		} else if (entry->faulty) {
			good = false;
		} else {
			good = read_entry(&reading, entry, &values[i], &parameters[i])
					&& good;
		}
	}
	return good;
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

/* ---- Tables ------------------------------------------------------------ */

static bool is_well_formed(const char *name)
{
	return *name && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")]
			== '\0';
}

/** NULL or what is wrong with a parameter's flags */
static const char *check_flags(const cnnviz_parameter *parameter)
{
	bool list = (parameter->flags & CNNVIZ_PARAMETER_LIST) != 0;

	if (parameter->flags & ~(CNNVIZ_PARAMETER_REQUIRED | CNNVIZ_PARAMETER_LIST
			| CNNVIZ_PARAMETER_ALL)) {
		return "has an unknown flag";
	}
	if (list && parameter->type == CNNVIZ_PARAMETER_BOOL) {
		return "is a list of booleans, which no plugin can read";
	}
	if (list && parameter->type == CNNVIZ_PARAMETER_JOB) {
		return "is a list of jobs, and maps come from one job at a time; declare "
				"a parameter for each";
	}
	if ((parameter->flags & CNNVIZ_PARAMETER_ALL) && !list) {
		return "allows \"all\" but is no list";
	}
	return NULL;
}

/** NULL or what is wrong with a parameter apart from its default */
static const char *check_parameter(const cnnviz_parameter *parameter)
{
	bool is_enum = parameter->type == CNNVIZ_PARAMETER_ENUM;
	bool is_number = parameter->type == CNNVIZ_PARAMETER_INT
			|| parameter->type == CNNVIZ_PARAMETER_FLOAT;

	if (parameter->type == 0 || parameter->type >= TYPE_COUNT) {
		return "has an unknown type";
	}
	if (!parameter->summary || !*parameter->summary) {
		return "has no summary";
	}
	if (is_enum && (!parameter->choices || !parameter->choices[0])) {
		return "is an enum without choices";
	}
	if (!is_enum && parameter->choices) {
		return "has choices but is no enum";
	}
	if (!is_number && (parameter->minimum != 0 || parameter->maximum != 0)) {
		return "has a range but is no number";
	}
	if (!(parameter->minimum <= parameter->maximum)) {
		return "has a minimum above its maximum";
	}
	if ((parameter->flags & CNNVIZ_PARAMETER_REQUIRED) && parameter->default_value) {
		return "is required and has a default, which excludes that";
	}
	return check_flags(parameter);
}

static cnnviz_status check_default(const cnnviz_parameter *parameter,
		struct error *error)
{
	const struct reading how = { .check_only = true };
	struct value value = { 0 };

	if (!parameter->default_value) {
		return CNNVIZ_OK;
	}
	cnnviz_status status = read_value(parameter, &how, parameter->default_value,
			&value, error);

	values_free(&value, 1);
	if (status != CNNVIZ_OK) {
		error_prefix(error, "the default of parameter \"%s\"", parameter->name);
	}
	return status;
}

cnnviz_status parameters_check(const cnnviz_parameter *parameters, size_t count,
		struct error *error)
{
	for (size_t i = 0; i < count; i++) {
		const char *name = parameters[i].name;

		if (!name || !is_well_formed(name)) {
			return error_set(error, CNNVIZ_ERROR_PLUGIN,
					"parameter %zu has the name \"%s\"; a name is of "
					"lower-case letters, digits and underscores",
					i + 1, name ? name : "");
		}
		const char *fault = check_parameter(&parameters[i]);

		if (!fault && parameter_find(parameters, i, name) < i) {
			fault = "is declared twice";
		}
		if (fault) {
			return error_set(error, CNNVIZ_ERROR_PLUGIN,
					"parameter \"%s\" %s", name, fault);
		}
		if (check_default(&parameters[i], error) != CNNVIZ_OK) {
			if (error) {
				error->status = CNNVIZ_ERROR_PLUGIN;
			}
			return CNNVIZ_ERROR_PLUGIN;
		}
	}
	return CNNVIZ_OK;
}
