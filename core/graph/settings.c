/**
 * \file    graph/settings.c
 * \brief   Reads settings of operations
 */
#include "graph/settings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/parameter.h"

/* ---- Members of struct graph_settings ------------------------------------------ */

static size_t number_count(const struct operation_setting *setting)
{
	return setting->count > 0 ? setting->count : 1;
}

static size_t member_size(const struct operation_setting *setting)
{
	switch (setting->parameter.type) {
	case CNNVIZ_PARAMETER_BOOL:
		return sizeof(bool);
	case CNNVIZ_PARAMETER_FLOAT:
		return number_count(setting) * sizeof(double);
	default:
		return number_count(setting) * sizeof(int64_t);
	}
}

static void keep_flag(struct graph_settings *settings, size_t offset, bool flag)
{
	memcpy((char *)settings + offset, &flag, sizeof(flag));
}

/** Store number i of a member, or its only one */
static void keep_value(const struct operation_setting *setting, size_t i,
		const struct value *value, struct graph_settings *settings)
{
	char *member = (char *)settings + setting->offset;

	switch (setting->parameter.type) {
	case CNNVIZ_PARAMETER_BOOL:
		keep_flag(settings, setting->offset, value->integer != 0);
		break;
	case CNNVIZ_PARAMETER_FLOAT:
		memcpy(member + i * sizeof(value->real), &value->real,
				sizeof(value->real));
		break;
	default:
		memcpy(member + i * sizeof(value->integer), &value->integer,
				sizeof(value->integer));
		break;
	}
}

/* ---- Reading ------------------------------------------------------------------- */

/** Append ", or same" to a message if a word can replace the numbers */
static cnnviz_status add_word(const struct operation_setting *setting,
		struct error *error)
{
	struct error before = *error;

	return setting->word == NULL ? error->status
				     : error_set(error, before.status, "%s, or %s",
						     before.text, setting->word);
}

/** Read one number into `times` elements from index `first` on */
static cnnviz_status read_number(const struct operation_setting *setting,
		const char *text, size_t first, size_t times,
		struct graph_settings *settings, struct error *error)
{
	const struct parameter_reading reading = { .folder = NULL };
	struct value value = { 0 };
	cnnviz_status status = parameter_read(&setting->parameter, &reading, text, &value,
			error);

	for (size_t i = 0; status == CNNVIZ_OK && i < times; i++) {
		keep_value(setting, first + i, &value, settings);
	}
	values_free(&value, 1);
	return status == CNNVIZ_OK ? status : add_word(setting, error);
}

/** Read a list, of which any number of elements may be given */
static cnnviz_status read_list(const struct operation_setting *setting, char **words,
		size_t count, struct graph_settings *settings, struct error *error)
{
	const int64_t length = (int64_t)count;
	cnnviz_status status = CNNVIZ_OK;

	for (size_t i = 0; status == CNNVIZ_OK && i < count; i++) {
		status = read_number(setting, words[i], i, 1, settings, error);
	}
	memcpy((char *)settings + setting->length_offset, &length, sizeof(length));
	return status;
}

cnnviz_status settings_read(const struct operation_setting *setting, const char *text,
		struct graph_settings *settings, struct error *error)
{
	size_t most = number_count(setting), count;
	cnnviz_status status = CNNVIZ_OK;
	char **words;

	if (most == 1) {
		return read_number(setting, text, 0, 1, settings, error);
	}
	if (setting->word != NULL && strcmp(text, setting->word) == 0) {
		keep_flag(settings, setting->word_offset, true);
		return CNNVIZ_OK;
	}
	words = value_words(text, &count);
	if (count == 0 || count > most
			|| (setting->length_offset == 0 && most % count != 0)) {
		error_set(error, CNNVIZ_ERROR_INPUT, "\"%s\" is not %s", text,
				setting->numbers);
		status = add_word(setting, error);
	}
	if (status == CNNVIZ_OK && setting->length_offset != 0) {
		status = read_list(setting, words, count, settings, error);
		count = 0;
	}
	for (size_t i = 0; status == CNNVIZ_OK && i < count; i++) {
		status = read_number(setting, words[i], i * (most / count), most / count,
				settings, error);
	}
	free(words);
	return status;
}

/* ---- Checking ------------------------------------------------------------------ */

/** Number of a member's elements that are used */
static size_t used_count(const struct operation_setting *setting,
		const struct graph_settings *settings)
{
	int64_t length;

	if (setting->length_offset == 0) {
		return number_count(setting);
	}
	memcpy(&length, (const char *)settings + setting->length_offset, sizeof(length));
	return (size_t)length;
}

cnnviz_status settings_check(const struct operation *operation,
		const struct graph_settings *settings, struct error *error)
{
	const struct operation_setting *const *setting = operation->settings;

	for (; setting != NULL && *setting != NULL; setting++) {
		const cnnviz_parameter *parameter = &(*setting)->parameter;
		const char *member = (const char *)settings + (*setting)->offset;

		if (parameter->type != CNNVIZ_PARAMETER_INT) {
			continue;
		}
		for (size_t i = 0; i < used_count(*setting, settings); i++) {
			int64_t value;

			memcpy(&value, member + i * sizeof(value), sizeof(value));
			if ((double)value < parameter->minimum
					|| (double)value > parameter->maximum) {
				return error_set(error, CNNVIZ_ERROR_INPUT,
						"its %s of %" PRId64
						" is not from %.0f to %.0f",
						parameter->name, value,
						parameter->minimum, parameter->maximum);
			}
		}
	}
	return CNNVIZ_OK;
}

/* ---- Writing ------------------------------------------------------------------- */

/** Number i of a member as a text; malloc'ed */
static char *number_text(const struct operation_setting *setting, size_t i,
		const struct graph_settings *settings)
{
	const char *member = (const char *)settings + setting->offset;
	int64_t integer;
	double real;
	char text[32];
	bool flag;

	switch (setting->parameter.type) {
	case CNNVIZ_PARAMETER_BOOL:
		memcpy(&flag, member, sizeof(flag));
		return memory_text(flag ? "yes" : "no");
	case CNNVIZ_PARAMETER_FLOAT:
		memcpy(&real, member + i * sizeof(real), sizeof(real));
		value_format_exactly(text, sizeof(text), real);
		return memory_text(text);
	default:
		memcpy(&integer, member + i * sizeof(integer), sizeof(integer));
		return setting->parameter.type == CNNVIZ_PARAMETER_ENUM
				? memory_text(setting->parameter.choices[integer])
				: memory_format("%" PRId64, integer);
	}
}

/** Whether `count` numbers, each repeated, are all of a member's */
static bool numbers_suffice(const struct operation_setting *setting, size_t count,
		const struct graph_settings *settings)
{
	const size_t most = number_count(setting);
	const char *member = (const char *)settings + setting->offset;
	const size_t size = member_size(setting) / most;
	bool suffice = most % count == 0;

	for (size_t i = 0; suffice && i < most; i++) {
		size_t first = i / (most / count) * (most / count);

		suffice = memcmp(member + i * size, member + first * size, size) == 0;
	}
	return suffice;
}

char *settings_text(const struct operation_setting *setting,
		const struct graph_settings *settings)
{
	size_t count = setting->length_offset != 0 ? used_count(setting, settings) : 1;
	size_t each = number_count(setting);
	char *text = NULL;
	bool word = false;

	if (setting->word != NULL) {
		memcpy(&word, (const char *)settings + setting->word_offset,
				sizeof(word));
	}
	if (word) {
		return memory_text(setting->word);
	}
	while (setting->length_offset == 0
			&& !numbers_suffice(setting, count, settings)) {
		count++;
	}
	each = setting->length_offset != 0 ? 1 : each / count;
	for (size_t i = 0; i < count; i++) {
		char *number = number_text(setting, i * each, settings);
		char *longer = memory_format("%s%s%s", text != NULL ? text : "",
				text != NULL ? "," : "", number);

		free(number);
		free(text);
		text = longer;
	}
	return text;
}

bool settings_is_default(const struct operation *operation,
		const struct operation_setting *setting,
		const struct graph_settings *settings)
{
	const struct graph_settings usual = settings_default(operation);
	const struct operation_setting *model = setting->like == NULL
			? NULL
			: operation_setting_find(operation, setting->like);
	char *text = settings_text(setting, settings), *other;
	bool equal;

	if ((setting->parameter.flags & CNNVIZ_PARAMETER_REQUIRED) != 0) {
		free(text);
		return false;
	}
	other = model != NULL ? settings_text(model, settings)
			      : settings_text(setting, &usual);
	equal = strcmp(text, other) == 0;
	free(text);
	free(other);
	return equal;
}

/* ---- Defaults ------------------------------------------------------------------ */

struct graph_settings settings_default(const struct operation *operation)
{
	const struct operation_setting *const *setting = operation->settings;
	struct graph_settings settings = {
		.kernel = { 1, 1 },
		.stride = { 1, 1 },
		.dilation = { 1, 1 },
		.groups = 1,
	};

	for (; setting != NULL && *setting != NULL; setting++) {
		const char *text = (*setting)->parameter.default_value;

		if (text != NULL) {
			settings_read(*setting, text, &settings, NULL);
		}
	}
	return settings;
}

void settings_copy(const struct operation *operation,
		const struct operation_setting *setting, struct graph_settings *settings)
{
	const struct operation_setting *model = operation_setting_find(operation,
			setting->like);

	memcpy((char *)settings + setting->offset, (char *)settings + model->offset,
			member_size(setting));
}
