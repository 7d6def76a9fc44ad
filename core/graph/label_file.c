/**
 * \file    graph/label_file.c
 * \brief   Reads files of class names
 */
#include "graph/label_file.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/** Names by class, as far as they are known */
struct names {
	char **items; /* count, then a NULL */
	size_t count;
};

/** Set the name of a class; takes ownership. The last of several is used. */
static void set_name(struct names *names, size_t index, char *name)
{
	if (index >= names->count) {
		names->items = memory_resize(names->items, index + 2,
				sizeof(*names->items));
		while (names->count <= index) {
			names->items[names->count++] = memory_text("");
		}
		names->items[names->count] = NULL;
	}
	free(names->items[index]);
	names->items[index] = name;
}

static void clear_names(struct names *names)
{
	for (size_t i = 0; i < names->count; i++) {
		free(names->items[i]);
	}
	free(names->items);
}

/* ---- One name per line --------------------------------------------------------- */

/** Next line, without white space at its end; false after the last */
static bool next_line(const char **at, const char *end, const char **line, size_t *length)
{
	const char *stop;

	if (*at >= end) {
		return false;
	}
	*line = *at;
	stop = memchr(*at, '\n', (size_t)(end - *at));
	*length = stop != NULL ? (size_t)(stop - *at) : (size_t)(end - *at);
	*at += *length + 1;
	while (*length > 0 && isspace((unsigned char)(*line)[*length - 1])) {
		--*length;
	}
	return true;
}

static void read_lines(const char *at, const char *end, struct names *names)
{
	size_t used = 0; /* up to the last line that is not empty */
	const char *line;
	size_t length;

	while (next_line(&at, end, &line, &length)) {
		if (names->count == 0 && length > 0 && line[0] == '#') {
			continue;
		}
		set_name(names, names->count, memory_text_n(line, length));
		used = length > 0 ? names->count : used;
	}
	while (names->count > used) {
		free(names->items[--names->count]);
		names->items[names->count] = NULL;
	}
}

/** Length of "n01440764 " at the start of a name, or 0 */
static size_t wordnet_length(const char *name)
{
	size_t digits = name[0] == 'n' ? strspn(name + 1, "0123456789") : 0;
	size_t space = digits == 8 ? strspn(name + 9, " \t") : 0;

	return space > 0 && name[9 + space] != '\0' ? 9 + space : 0;
}

/** Remove WordNet's numbers if all names have one. */
static void cut_wordnet(struct names *names)
{
	for (size_t i = 0; i < names->count; i++) {
		if (wordnet_length(names->items[i]) == 0) {
			return;
		}
	}
	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->items[i];

		set_name(names, i, memory_text(name + wordnet_length(name)));
	}
}

/* ---- A dict or a list ---------------------------------------------------------- */

/** A literal of Python or JSON being read */
struct scanner {
	const char *at;
	const char *end;
};

/** A key or a value: a text or a whole number */
struct item {
	char *text; /* NULL for a number; malloc'ed */
	size_t number;
};

static void skip_space(struct scanner *scanner)
{
	while (scanner->at < scanner->end && isspace((unsigned char)*scanner->at)) {
		scanner->at++;
	}
}

/** Skip a character if it is the next one. */
static bool skip_byte(struct scanner *scanner, char wanted)
{
	if (scanner->at < scanner->end && *scanner->at == wanted) {
		scanner->at++;
		return true;
	}
	return false;
}

/** Skip white space, and a character if it is the next one. */
static bool skip(struct scanner *scanner, char wanted)
{
	skip_space(scanner);
	return skip_byte(scanner, wanted);
}

/** Append a character as UTF-8. */
static size_t put_utf8(char *out, unsigned long code)
{
	static const struct {
		unsigned long end;
		unsigned char mark;
	} lengths[] = { { 0x80, 0 }, { 0x800, 0xc0 }, { 0x10000, 0xe0 },
		{ 0x110000, 0xf0 } };
	size_t more = 0;

	while (code >= lengths[more].end) {
		more++;
	}
	for (size_t i = more; i > 0; i--) {
		out[i] = (char)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	out[0] = (char)(lengths[more].mark | code);
	return more + 1;
}

/** Skip u and four hex digits: their number, or 0 if there are none */
static unsigned long scan_code(struct scanner *scanner)
{
	char digits[5] = "";

	if (scanner->end - scanner->at <= 4 || *scanner->at != 'u') {
		return 0;
	}
	memcpy(digits, scanner->at + 1, 4);
	unsigned long code = strspn(digits, "0123456789abcdefABCDEF") == 4
			? strtoul(digits, NULL, 16)
			: 0;

	scanner->at += code != 0 ? 5 : 0;
	return code;
}

/** The second half of a character beyond U+FFFF, which JSON writes as two escapes; or 0 */
static unsigned long scan_low_half(struct scanner *scanner)
{
	struct scanner next = *scanner;
	unsigned long code = skip_byte(&next, '\\') ? scan_code(&next) : 0;

	if (code < 0xdc00 || code > 0xdfff) {
		return 0;
	}
	*scanner = next;
	return code;
}

/** Scan the text after a backslash: an escaped character, or one that stands for itself */
static size_t scan_escape(struct scanner *scanner, char *out)
{
	unsigned long code = scan_code(scanner);

	if (code == 0) {
		*out = *scanner->at++;
		return 1;
	}
	if (code >= 0xd800 && code <= 0xdfff) {
		unsigned long low = code < 0xdc00 ? scan_low_half(scanner) : 0;

		/* Half a character is none. */
		code = low != 0 ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
				: 0xfffd;
	}
	return put_utf8(out, code);
}

/** Number of bytes up to the closing quote, or to the end */
static size_t length_to(const struct scanner *scanner, char quote)
{
	const char *at = scanner->at;

	while (at < scanner->end && *at != quote) {
		at += *at == '\\' && scanner->end - at > 1 ? 2 : 1;
	}
	return (size_t)(at - scanner->at);
}

/** A text in quotes of either kind; NULL if there is none, or if it is not closed */
static char *scan_text(struct scanner *scanner)
{
	char quote;
	char *text;
	size_t length = 0;

	skip_space(scanner);
	if (scanner->end - scanner->at > 1 && scanner->at[0] == 'u') {
		scanner->at++; /* Python 2's prefix of a Unicode string */
	}
	if (scanner->at >= scanner->end || strchr("'\"", *scanner->at) == NULL) {
		return NULL;
	}
	quote = *scanner->at++;
	/* No escape is shorter than the bytes it means. */
	text = memory_new(length_to(scanner, quote) + 1, 1);
	while (scanner->at < scanner->end && *scanner->at != quote) {
		char c = *scanner->at++;

		if (c == '\\' && scanner->at < scanner->end) {
			length += scan_escape(scanner, text + length);
		} else {
			text[length++] = c;
		}
	}
	if (!skip(scanner, quote)) {
		free(text);
		return NULL;
	}
	return memory_resize(text, length + 1, 1);
}

static bool scan_number(struct scanner *scanner, size_t *number)
{
	const char *start;

	skip_space(scanner);
	*number = 0;
	for (start = scanner->at;
			scanner->at < scanner->end && isdigit((unsigned char)*scanner->at)
			&& scanner->at - start < 9;
			scanner->at++) {
		*number = 10 * *number + (size_t)(*scanner->at - '0');
	}
	return scanner->at > start;
}

/** A list of texts, the last of which is the name: ["n01440764", "tench"] */
static char *scan_last(struct scanner *scanner)
{
	char *last = NULL;

	while (!skip(scanner, ']') && !skip(scanner, ')')) {
		char *text = scan_text(scanner);

		if (text == NULL) {
			free(last);
			return NULL;
		}
		free(last);
		last = text;
		skip(scanner, ',');
	}
	return last;
}

static bool scan_item(struct scanner *scanner, struct item *item)
{
	*item = (struct item){ NULL, 0 };
	if (skip(scanner, '[') || skip(scanner, '(')) {
		item->text = scan_last(scanner);
		return item->text != NULL;
	}
	item->text = scan_text(scanner);
	return item->text != NULL || scan_number(scanner, &item->number);
}

/** Convert a text of digits to a number. */
static void read_digits(struct item *item)
{
	size_t length = item->text != NULL ? strlen(item->text) : 0;

	if (length > 0 && length < 10 && strspn(item->text, "0123456789") == length) {
		item->number = (size_t)strtoul(item->text, NULL, 10);
		free(item->text);
		item->text = NULL;
	}
}

/**
 * One entry of a dict: the number is the class, as key or as value.
 *
 * \param   most    Upper limit of class numbers, exclusive
 */
static bool scan_entry(struct scanner *scanner, size_t most, struct names *names)
{
	struct item key, value = { NULL, 0 };
	bool good = scan_item(scanner, &key) && skip(scanner, ':')
			&& scan_item(scanner, &value);

	if (good && value.text != NULL) {
		read_digits(&key);
	}
	good = good && (key.text == NULL) != (value.text == NULL);
	if (good) {
		const struct item *number = key.text == NULL ? &key : &value;
		struct item *name = key.text == NULL ? &value : &key;

		good = number->number < most;
		if (good) {
			set_name(names, number->number, name->text);
			name->text = NULL;
		}
	}
	free(key.text);
	free(value.text);
	return good;
}

static bool scan_element(struct scanner *scanner, struct names *names)
{
	struct item item;

	if (!scan_item(scanner, &item) || item.text == NULL) {
		return false;
	}
	set_name(names, names->count, item.text);
	return true;
}

static cnnviz_status read_literal(const char *at, const char *end, struct names *names,
		struct error *error)
{
	struct scanner scanner = { at + 1, end };
	bool dict = *at == '{';
	char closing = dict ? '}' : ']';

	while (!skip(&scanner, closing)) {
		bool good = dict ? scan_entry(&scanner, (size_t)(end - at), names)
				 : scan_element(&scanner, names);

		if (!good
				|| (!skip(&scanner, ',') && scanner.at < end
						&& *scanner.at != closing)) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"its %s of class names is not understood after "
					"%zu of them; write %s, or one name per line",
					dict ? "dict" : "list", names->count,
					dict ? "{\"0\": \"first name\", ...}"
					     : "[\"first name\", ...]");
		}
	}
	return CNNVIZ_OK;
}

/* ---- Whole texts --------------------------------------------------------------- */

cnnviz_status label_text_read(const char *at, size_t size, char ***labels, size_t *count,
		struct error *error)
{
	const char *end = at + size;
	struct names names = { memory_new(1, sizeof(*names.items)), 0 };
	struct scanner start;
	cnnviz_status status = CNNVIZ_OK;

	if (size >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0) {
		at += 3;
	}
	start = (struct scanner){ at, end };
	skip_space(&start);
	if (start.at < end && (*start.at == '{' || *start.at == '[')) {
		status = read_literal(start.at, end, &names, error);
	} else {
		read_lines(at, end, &names);
	}
	if (status != CNNVIZ_OK) {
		clear_names(&names);
		return status;
	}
	cut_wordnet(&names);
	*labels = names.items;
	*count = names.count;
	return CNNVIZ_OK;
}

cnnviz_status label_file_read(const struct mapping *mapping, char ***labels,
		size_t *count, struct error *error)
{
	return label_text_read((const char *)mapping->data, mapping->size, labels, count,
			error);
}
