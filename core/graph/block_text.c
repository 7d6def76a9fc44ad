/**
 * \file    graph/block_text.c
 * \brief   What lines of a description have for being repeated: ranges, turns, parameters
 */
#include "graph/block_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/value.h"

/** Largest factor and product in {...} */
#define NUMBER_MAX 1000000000

static const char digits[] = "0123456789";
static const char name_letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_";

/* ---- Ranges -------------------------------------------------------------------- */

/** Digits at the start of a text; *end behind them, or NULL where there are too many or none */
static int64_t read_digits(const char *text, const char **end)
{
	size_t length = strspn(text, digits);

	*end = length > 0 && length < 10 ? text + length : NULL;
	return *end != NULL ? strtoll(text, NULL, 10) : 0;
}

cnnviz_status block_range_read(const char *name, struct block_range *range,
		struct error *error)
{
	const char *open = strchr(name, '{'), *end = open;

	*range = (struct block_range){ .name = name, .before = strlen(name) };
	range->after = name + range->before;
	if (open == NULL) {
		return CNNVIZ_OK;
	}
	range->given = true;
	range->before = (size_t)(open - name);
	range->first = read_digits(open + 1, &end);
	if (end != NULL && strncmp(end, "..", 2) == 0) {
		range->last = read_digits(end + 2, &end);
	} else {
		end = NULL;
	}
	if (end == NULL || *end != '}' || strpbrk(end + 1, "{}") != NULL) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"its name may have one range, of the form "
				"{FIRST..LAST}, such as {0..11}");
	}
	range->after = end + 1;
	if (range->first > range->last || range->last > BLOCK_RANGE_MAX) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"the range {%" PRId64 "..%" PRId64
				"} must go from a number up to the same or a larger one, "
				"of at most %d",
				range->first, range->last, BLOCK_RANGE_MAX);
	}
	return CNNVIZ_OK;
}

char *block_range_name(const struct block_range *range, int64_t number)
{
	return range->given ? memory_format("%.*s%" PRId64 "%s", (int)range->before,
			       range->name, number, range->after)
			    : memory_text(range->name);
}

/* ---- Turns --------------------------------------------------------------------- */

/** Where the value of a word begins: behind its '=' */
static size_t value_start(const char *word, size_t length)
{
	const char *equals = memchr(word, '=', length);

	return equals != NULL ? (size_t)(equals - word) + 1 : 0;
}

/** Append to a text, and return its new end */
static char *append(char *end, const char *text, size_t length)
{
	memcpy(end, text, length);
	end[length] = '\0';
	return end + length;
}

/** The value whose turn it is of those between '|', and its length */
static const char *turn_of(const char *values, size_t *length, int64_t use)
{
	const char *end = values + *length, *bar;
	int64_t count = 1;

	for (size_t i = 0; i < *length; i++) {
		count += values[i] == '|';
	}
	for (use %= count; use > 0; use--) {
		values = (const char *)memchr(values, '|', (size_t)(end - values)) + 1;
	}
	bar = memchr(values, '|', (size_t)(end - values));
	*length = (size_t)((bar != NULL ? bar : end) - values);
	return values;
}

char *block_take_turn(const char *text, int64_t use)
{
	char *result = memory_new(strlen(text) + 1, 1), *end = result;

	while (*text != '\0') {
		size_t length = strcspn(text, " \t"), start = value_start(text, length);
		size_t taken = length - start;
		const char *value = turn_of(text + start, &taken, use);

		end = append(end, text, start);
		end = append(end, value, taken);
		text += length;
		length = strspn(text, " \t");
		end = append(end, text, length);
		text += length;
	}
	return result;
}

/* ---- Parameters ---------------------------------------------------------------- */

const char *block_value_find(const struct block_values *values, const char *name)
{
	for (size_t i = 0; i < values->count; i++) {
		if (strcmp(values->items[i].name, name) == 0) {
			return values->items[i].text;
		}
	}
	return NULL;
}

void block_value_add(struct block_values *values, const char *name, const char *text)
{
	values->items = memory_resize(values->items, values->count + 1,
			sizeof(*values->items));
	values->items[values->count++] = (struct block_value){
		.name = memory_text(name),
		.text = memory_text(text),
	};
}

void block_values_free(struct block_values *values)
{
	for (size_t i = 0; i < values->count; i++) {
		free(values->items[i].name);
		free(values->items[i].text);
	}
	free(values->items);
	*values = (struct block_values){ 0 };
}

/** Next {...} of a text: its inside and length, and in *end what follows; NULL: no more */
static const char *next_parameter(const char *text, size_t *length, const char **end)
{
	const char *open = strchr(text, '{');

	if (open == NULL) {
		return NULL;
	}
	*length = strcspn(open + 1, "}");
	*end = open + 1 + *length;
	*end += **end == '}';
	return open + 1;
}

void block_names(const char *text, struct block_values *names)
{
	const char *inside, *end;
	size_t length;

	while ((inside = next_parameter(text, &length, &end)) != NULL) {
		/* What is not closed is refused where it is used. */
		length = inside[length] == '}' ? length : strspn(inside, name_letters);
		for (size_t i = 0, part; i<length; i += part> 0 ? part : 1) {
			part = strspn(inside + i, name_letters);
			part = part < length - i ? part : length - i;

			char *name = memory_text_n(inside + i, part);

			if (strspn(name, digits) < part
					&& block_value_find(names, name) == NULL) {
				block_value_add(names, name, "");
			}
			free(name);
		}
		text = end;
	}
}

/** A factor: a whole number, or a parameter with one as its value */
static cnnviz_status read_factor(const char *text, size_t length,
		const struct block_values *values, int64_t *factor, struct error *error)
{
	char *word = memory_text_n(text, length);
	const char *value = strspn(word, digits) == length
			? word
			: block_value_find(values, word);
	cnnviz_status status = CNNVIZ_OK;

	if (value == NULL) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"there is no parameter \"%s\"", word);
	} else if (!value_int(value, factor) || *factor < 1 || *factor > NUMBER_MAX) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"%s%s%s is not a whole number from 1 to %d", word,
				value != word ? ", which is " : "",
				value != word ? value : "", NUMBER_MAX);
	}
	free(word);
	return status;
}

/** A product of factors, from left to right; a division must leave no rest. */
static cnnviz_status read_product(const char *text, size_t length,
		const struct block_values *values, int64_t *product, struct error *error)
{
	const char *end = text + length;
	char sign = '*';

	for (*product = 1;; text++) {
		size_t part = strspn(text, name_letters);
		int64_t factor;
		cnnviz_status status = read_factor(text, part, values, &factor, error);

		if (status != CNNVIZ_OK) {
			return status;
		}
		if (sign == '*' ? *product * factor > NUMBER_MAX
				: *product % factor != 0) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"{%.*s} is not a whole number up to %d",
					(int)length, end - length, NUMBER_MAX);
		}
		*product = sign == '*' ? *product * factor : *product / factor;
		text += part;
		if (text == end) {
			return CNNVIZ_OK;
		}
		sign = *text;
	}
}

/** Products with '+' and '-' between */
static cnnviz_status read_sum(const char *text, size_t length,
		const struct block_values *values, int64_t *sum, struct error *error)
{
	const char *end = text + length;
	int sign = 1;

	for (*sum = 0;; text++) {
		size_t part = 0;
		int64_t product;
		cnnviz_status status;

		while (text + part < end && strchr("+-", text[part]) == NULL) {
			part++;
		}
		status = read_product(text, part, values, &product, error);
		if (status != CNNVIZ_OK) {
			return status;
		}
		*sum += sign * product;
		text += part;
		if (*sum < 0 || *sum > NUMBER_MAX) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"{%.*s} is not a whole number up to %d",
					(int)length, end - length, NUMBER_MAX);
		}
		if (text == end) {
			return CNNVIZ_OK;
		}
		sign = *text == '+' ? 1 : -1;
	}
}

/** Whether it is a name, or names and numbers with signs between */
static bool sum_is_valid(const char *text, size_t length)
{
	bool signs = false;

	for (size_t i = 0; i < length; i++) {
		bool sign = strchr("*/+-", text[i]) != NULL;

		if (sign ? i == 0 || i + 1 == length || signs
			 : strchr(name_letters, text[i]) == NULL) {
			return false;
		}
		signs = sign;
	}
	return length > 0;
}

/** Text for the inside of {...}; malloc'ed, NULL after an error */
static char *parameter_text(const char *inside, size_t length,
		const struct block_values *values, struct error *error)
{
	char *name = memory_text_n(inside, length);
	const char *value = block_value_find(values, name);
	int64_t sum;

	if (value != NULL) {
		free(name);
		return memory_text(value);
	}
	if (inside[length] != '}' || !sum_is_valid(inside, length)) {
		error_set(error, CNNVIZ_ERROR_INPUT,
				"{%s is not of the form {NAME} or {NUMBER*NAME/NAME}",
				name);
	} else if (read_sum(inside, length, values, &sum, error) == CNNVIZ_OK) {
		free(name);
		return memory_format("%" PRId64, sum);
	}
	free(name);
	return NULL;
}

char *block_substitute(const char *text, const struct block_values *values,
		struct error *error)
{
	char *result = memory_text("");
	const char *inside, *end;
	size_t length;

	while ((inside = next_parameter(text, &length, &end)) != NULL) {
		char *value = parameter_text(inside, length, values, error);
		char *longer = value != NULL ? memory_format("%s%.*s%s", result,
					       (int)(inside - 1 - text), text, value)
					     : NULL;

		free(result);
		free(value);
		result = longer;
		if (result == NULL) {
			return NULL;
		}
		text = end;
	}

	char *whole = memory_format("%s%s", result, text);

	free(result);
	return whole;
}
