/**
 * \file    config/ini.c
 * \brief   INI files: a pre-scan that finds what iniparser passes over silently
 *
 * The pre-scan splits lines exactly as iniparser 4.1 does and knows names and line
 * numbers; the values themselves are iniparser's.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_INIPARSER_H
#include <iniparser.h>
#else
#include <iniparser/iniparser.h>
#endif

#include "base/file.h"
#include "base/memory.h"
#include "config/ini.h"

/** What iniparser's buffer holds of a line with its continuations */
#define LONGEST_LINE 1022
/** iniparser looks keys up in a buffer of 1024: "section:key" must fit. */
#define LONGEST_NAME 255
/** More is no INI file, but weights or a picture given by mistake. */
#define LARGEST_FILE (16 << 20)
/** After so many lines with problems the file is something else altogether. */
#define MOST_PROBLEMS 20

/* ---- Characters -------------------------------------------------------- */

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool starts_comment(char c)
{
	return c == '#' || c == ';';
}

static const char *skip_space(const char *text)
{
	while (is_space(*text)) {
		text++;
	}
	return text;
}

static size_t trimmed_length(const char *text, size_t length)
{
	while (length > 0 && is_space(text[length - 1])) {
		length--;
	}
	return length;
}

static char *copy_trimmed(const char *text, size_t length)
{
	while (length > 0 && is_space(*text)) {
		text++;
		length--;
	}
	return memory_text_n(text, trimmed_length(text, length));
}

static char *copy_lower(const char *text)
{
	char *copy = memory_text(text);

	for (char *c = copy; *c; c++) {
		if (*c >= 'A' && *c <= 'Z') {
			*c = (char)(*c - 'A' + 'a');
		}
	}
	return copy;
}

/** Whether text is UTF-8 (overlong forms and surrogates pass; nobody decodes it) */
static bool is_utf8(const char *text)
{
	while (*text) {
		unsigned char lead = (unsigned char)*text++;
		int following = lead < 0x80   ? 0
				: lead < 0xC2 ? -1
				: lead < 0xE0 ? 1
				: lead < 0xF0 ? 2
				: lead < 0xF5 ? 3
					      : -1;

		if (following < 0) {
			return false;
		}
		for (; following > 0; following--) {
			if (((unsigned char)*text & 0xC0) != 0x80) {
				return false;
			}
			text++;
		}
	}
	return true;
}

/* ---- Entries and sections ---------------------------------------------- */

static size_t hash_name(const char *section, const char *key)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (; *section; section++) {
		hash = (hash ^ (unsigned char)*section) * UINT64_C(1099511628211);
	}
	hash = (hash ^ ':') * UINT64_C(1099511628211);
	for (; *key; key++) {
		hash = (hash ^ (unsigned char)*key) * UINT64_C(1099511628211);
	}
	return (size_t)(hash ^ hash >> 32);
}

/** Place in the index of an entry, or the free one where it would go */
static size_t find_place(const struct ini *ini, const char *section, const char *key)
{
	size_t place = hash_name(section, key) & (ini->index_size - 1);

	while (ini->index[place]) {
		const struct ini_entry *entry = &ini->entries[ini->index[place] - 1];

		if (strcmp(entry->key, key) == 0
				&& strcmp(entry->section, section) == 0) {
			break;
		}
		place = (place + 1) & (ini->index_size - 1);
	}
	return place;
}

static struct ini_entry *find_entry(const struct ini *ini, const char *section,
		const char *key)
{
	if (ini->index_size == 0) {
		return NULL;
	}
	size_t position = ini->index[find_place(ini, section, key)];

	return position ? &ini->entries[position - 1] : NULL;
}

static void grow_index(struct ini *ini)
{
	free(ini->index);
	ini->index_size = ini->index_size ? 2 * ini->index_size : 64;
	ini->index = memory_new(ini->index_size, sizeof(*ini->index));
	for (size_t i = 0; i < ini->entry_count; i++) {
		const struct ini_entry *entry = &ini->entries[i];

		ini->index[find_place(ini, entry->section, entry->key)] = i + 1;
	}
}

/** Room for one more item of a list whose room doubles at each power of two */
static void *make_room(void *items, size_t count, size_t size)
{
	if (count & (count - 1)) {
		return items;
	}
	return memory_resize(items, count ? 2 * count : 1, size);
}

/** Takes key and spelling. */
static struct ini_entry *add_entry(struct ini *ini, const char *section, char *key,
		char *spelling, int line)
{
	if (2 * (ini->entry_count + 1) > ini->index_size) {
		grow_index(ini);
	}
	size_t place = find_place(ini, section, key);

	ini->entries = make_room(ini->entries, ini->entry_count, sizeof(*ini->entries));
	struct ini_entry *entry = &ini->entries[ini->entry_count++];

	ini->index[place] = ini->entry_count;
	*entry = (struct ini_entry){
		.section = memory_text(section),
		.key = key,
		.spelling = spelling,
		.line = line,
	};
	return entry;
}

/** Takes name and spelling. */
static void add_section(struct ini *ini, char *name, char *spelling, int line)
{
	ini->sections = make_room(ini->sections, ini->section_count,
			sizeof(*ini->sections));
	ini->sections[ini->section_count++] = (struct ini_section){
		.name = name,
		.spelling = spelling,
		.line = line,
	};
}

const struct ini_entry *ini_find(const struct ini *ini, const char *section,
		const char *key)
{
	return find_entry(ini, section, key);
}

const struct ini_section *ini_find_section(const struct ini *ini, const char *section)
{
	for (size_t i = 0; i < ini->section_count; i++) {
		if (strcmp(ini->sections[i].name, section) == 0) {
			return &ini->sections[i];
		}
	}
	return NULL;
}

void ini_free(struct ini *ini)
{
	if (ini == NULL) {
		return;
	}
	for (size_t i = 0; i < ini->entry_count; i++) {
		free(ini->entries[i].section);
		free(ini->entries[i].key);
		free(ini->entries[i].spelling);
		free(ini->entries[i].value);
	}
	for (size_t i = 0; i < ini->section_count; i++) {
		free(ini->sections[i].name);
		free(ini->sections[i].spelling);
	}
	free(ini->entries);
	free(ini->sections);
	free(ini->index);
	free(ini->path);
	free(ini->folder);
	free(ini);
}

/* ---- Lines ------------------------------------------------------------- */

/** What is left to scan, and the last line taken from it */
struct scan {
	struct ini *ini;
	struct problems *problems;
	const char *next;
	const char *end;
	int line_number;             /* of the last physical line taken */
	int first_number;            /* where the line with its continuations starts */
	char line[LONGEST_LINE + 1]; /* joined and trimmed */
	bool too_long;
	bool unfinished; /* a continuation, but the file is at its end */
	size_t section;  /* current one plus 1; 0 before the first */
	bool lost;       /* the last heading could not be read */
	bool unusable;   /* iniparser would refuse or misread the file */
};

/** Join physical lines as iniparser does: a final backslash asks for the next one. */
static bool take_line(struct scan *scan)
{
	size_t length = 0;
	bool more = true;

	if (scan->next == scan->end) {
		return false;
	}
	scan->first_number = scan->line_number + 1;
	scan->too_long = false;
	while (more && scan->next < scan->end) {
		const char *newline = memchr(scan->next, '\n',
				(size_t)(scan->end - scan->next));
		const char *stop = newline != NULL ? newline : scan->end;
		size_t size = (size_t)(stop - scan->next);

		scan->line_number++;
		scan->too_long = scan->too_long || size > LONGEST_LINE - length;
		if (scan->too_long) {
			size = trimmed_length(scan->next, size);
			more = size > 0 && scan->next[size - 1] == '\\';
		} else {
			memcpy(scan->line + length, scan->next, size);
			length = trimmed_length(scan->line, length + size);
			more = length > 0 && scan->line[length - 1] == '\\';
			length -= more ? 1 : 0;
		}
		scan->next = newline != NULL ? newline + 1 : scan->end;
	}
	scan->line[length] = '\0';
	scan->unfinished = more;
	return true;
}

static const char *section_spelling(const struct scan *scan)
{
	return scan->section && !scan->lost
			? scan->ini->sections[scan->section - 1].spelling
			: NULL;
}

/** A problem of the current line after which values cannot be relied on */
static void refuse(struct scan *scan, const char *text)
{
	problems_add(scan->problems, scan->ini->path, scan->first_number,
			section_spelling(scan), NULL, "%s", text);
	scan->unusable = true;
}

/* ---- Section headings -------------------------------------------------- */

/** NULL or what is wrong with a section's or key's name */
static const char *check_name(const char *name)
{
	if (strchr(name, ':') != NULL) {
		return "holds a \":\", which names of sections and keys cannot have; "
		       "use \"_\" or \".\" instead";
	}
	if (strlen(name) > LONGEST_NAME) {
		return "is longer than 255 characters; shorten the name";
	}
	return NULL;
}

static size_t section_position(const struct ini *ini, const char *name)
{
	const struct ini_section *section = ini_find_section(ini, name);

	return section != NULL ? (size_t)(section - ini->sections) + 1 : 0;
}

static void enter_section(struct scan *scan, char *spelling)
{
	struct ini *ini = scan->ini;
	char *name = copy_lower(spelling);
	size_t known = section_position(ini, name);
	const char *fault = check_name(name);

	if (fault != NULL) {
		problems_add(scan->problems, ini->path, scan->first_number, spelling,
				NULL, "the section's name %s", fault);
		scan->unusable = true;
	}
	if (known) {
		problems_add(scan->problems, ini->path, scan->first_number, spelling,
				NULL,
				"this section is repeated; it starts on line %d "
				"already; join the two or rename one",
				ini->sections[known - 1].line);
		scan->section = known;
		free(name);
		free(spelling);
	} else {
		add_section(ini, name, spelling, scan->first_number);
		scan->section = ini->section_count;
	}
}

static void scan_heading(struct scan *scan, const char *line)
{
	const char *close = strchr(line, ']');

	scan->lost = true;
	if (close == NULL) {
		refuse(scan, "a section's heading needs a \"]\" at its end");
		return;
	}
	char *spelling = copy_trimmed(line + 1, (size_t)(close - line - 1));

	if (!*spelling) {
		refuse(scan, "a section needs a name between \"[\" and \"]\"");
		free(spelling);
		return;
	}
	enter_section(scan, spelling);
	scan->lost = false;
	const char *rest = skip_space(close + 1);

	if (starts_comment(*rest)) {
		refuse(scan, "a comment cannot follow \"]\"; put it on a line of its own");
	} else if (*rest) {
		refuse(scan, "there is text after \"]\"; put it on a line of its own");
	}
}

/* ---- Keys and values --------------------------------------------------- */

/** NULL or what is wrong with a value that starts with a quote */
static const char *check_quoted(const char *value)
{
	char quote = value[0];
	const char *close = strchr(value + 1, quote);

	if (close == NULL) {
		return quote == '"' ? "the quote \" is not closed; add another \" at "
				      "the value's end"
				    : "the quote ' is not closed; add another ' at the "
				      "value's end, or put the whole value in \"quotes\"";
	}
	if (close[-1] == '\\') {
		return quote == '"' ? "\\\" does not stand for a quote; put the value "
				      "in 'single quotes' instead"
				    : "\\' does not stand for a quote; put the value in "
				      "\"double quotes\" instead";
	}
	const char *rest = skip_space(close + 1);

	if (*rest && !starts_comment(*rest)) {
		return "there is text after the closing quote; put the whole value in "
		       "quotes of the other kind, such as '\"a b.jpg\", c.jpg'";
	}
	return NULL;
}

/** NULL or what is wrong with a value that does not start with a quote */
static const char *check_plain(const char *value)
{
	const char *comment = strpbrk(value, "#;");

	if (comment == NULL) {
		return NULL;
	}
	if (comment == value) {
		return "a # or ; starts a comment, so that the value is empty; put "
		       "the value in quotes, as in \"#ff0000\", or write \"\" for "
		       "an empty one";
	}
	if (!is_space(comment[-1])) {
		return "a # or ; starts a comment, so that the value ends there; put "
		       "the value in quotes, or a space before the comment";
	}
	return NULL;
}

/** The entry of a key that is not there yet, or NULL (key and spelling are freed) */
static struct ini_entry *enter_key(struct scan *scan, char *key, char *spelling)
{
	struct ini *ini = scan->ini;
	const char *section = ini->sections[scan->section - 1].name;
	struct ini_entry *known = find_entry(ini, section, key);

	if (known == NULL) {
		return add_entry(ini, section, key, spelling, scan->first_number);
	}
	problems_add(scan->problems, ini->path, scan->first_number,
			section_spelling(scan), spelling,
			"this key is given twice; it is on line %d already; remove one",
			known->line);
	known->faulty = true;
	free(key);
	free(spelling);
	return NULL;
}

static void scan_assignment(struct scan *scan, const char *line)
{
	const char *path = scan->ini->path;
	const char *equals = strchr(line, '=');

	if (equals == NULL) {
		problems_add(scan->problems, path, scan->first_number,
				section_spelling(scan), NULL,
				"there is no \"=\" in \"%.40s\"; write key = value",
				line);
		scan->unusable = true;
		return;
	}
	char *spelling = copy_trimmed(line, (size_t)(equals - line));
	char *key = copy_lower(spelling);
	const char *fault = check_name(key);

	if (!*spelling) {
		refuse(scan, "there is no key before the \"=\"");
	} else if (fault != NULL) {
		problems_add(scan->problems, path, scan->first_number,
				section_spelling(scan), spelling, "the key %s", fault);
		scan->unusable = true;
	} else if (scan->lost) {
		scan->unusable = true;
	} else if (!scan->section) {
		problems_add(scan->problems, path, scan->first_number, NULL, spelling,
				"this key stands before the first section; put a "
				"[section] line above it");
		scan->unusable = true;
	} else {
		struct ini_entry *entry = enter_key(scan, key, spelling);
		const char *value = skip_space(equals + 1);

		fault = *value == '"' || *value == '\'' ? check_quoted(value)
							: check_plain(value);
		if (entry != NULL && fault != NULL) {
			problems_add(scan->problems, path, scan->first_number,
					section_spelling(scan), entry->spelling, "%s",
					fault);
			entry->faulty = true;
		}
		return;
	}
	free(key);
	free(spelling);
}

/* ---- The file ---------------------------------------------------------- */

static void scan_line(struct scan *scan)
{
	const char *line = skip_space(scan->line);

	if (scan->too_long) {
		refuse(scan,
				"this line is longer than 1022 characters, counting the "
				"lines that a final \"\\\" joins to it; shorten it");
	} else if (starts_comment(*line)) {
		if (scan->line_number > scan->first_number || scan->unfinished) {
			refuse(scan,
					"this comment ends in \"\\\", which makes the "
					"next "
					"line part of it; remove the \"\\\"");
		}
	} else if (scan->unfinished) {
		refuse(scan,
				"the file's last line ends in \"\\\", which asks for one "
				"more; remove the \"\\\"");
	} else if (!is_utf8(line)) {
		refuse(scan, "this line is not in UTF-8; save the file in that encoding");
	} else if (*line == '[') {
		scan_heading(scan, line);
	} else if (*line) {
		scan_assignment(scan, line);
	}
}

/** Whether the file is text that can be scanned */
static bool check_text(const struct mapping *file, const char *path,
		struct problems *problems)
{
	const unsigned char *data = file->data;
	const char *fault = NULL;

	if (file->size >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0) {
		fault = "starts with a byte-order mark; save it as UTF-8 without one";
	} else if (file->size >= 2
			&& (memcmp(data, "\xFF\xFE", 2) == 0
					|| memcmp(data, "\xFE\xFF", 2) == 0)) {
		fault = "is in UTF-16; save it as UTF-8";
	} else if (file->size > LARGEST_FILE) {
		fault = "is larger than 16 MB, so it cannot be an INI file";
	} else if (memchr(data, '\0', file->size) != NULL) {
		fault = "holds NUL bytes, so it is no text and cannot be an INI file";
	}
	if (fault != NULL) {
		problems_add(problems, path, 1, NULL, NULL, "the file %s", fault);
	}
	return fault == NULL;
}

static void scan_file(struct scan *scan, size_t problems_before)
{
	while (take_line(scan)) {
		if (scan->problems->count - problems_before >= MOST_PROBLEMS) {
			refuse(scan,
					"there were too many problems to read on; is "
					"this "
					"an INI file?");
			return;
		}
		scan_line(scan);
	}
}

/** iniparser's own report, which is only wanted where the pre-scan found nothing */
static char parser_report[256];

static int CNNVIZ_PRINTF(1, 2) keep_report(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(parser_report, sizeof(parser_report), format, arguments);
	va_end(arguments);
	return length;
}

static dictionary *parse(const char *path)
{
	static bool prepared;

	if (!prepared) {
		iniparser_set_error_callback(keep_report);
		prepared = true;
	}
	parser_report[0] = '\0';
	/* iniparser asks isspace() and tolower(), which follow the locale. */
	locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	locale_t before = plain != NULL ? uselocale(plain) : (locale_t)0;
	dictionary *values = iniparser_load(path);

	if (plain != NULL) {
		uselocale(before);
		freelocale(plain);
	}
	return values;
}

static bool read_values(struct ini *ini, struct problems *problems)
{
	dictionary *values = parse(ini->path);
	bool complete = values != NULL;

	if (values == NULL) {
		problems_add(problems, ini->path, 0, NULL, NULL,
				"iniparser cannot read the file: %s", parser_report);
	}
	for (size_t i = 0; i < ini->entry_count && complete; i++) {
		struct ini_entry *entry = &ini->entries[i];
		char *name = memory_format("%s:%s", entry->section, entry->key);
		const char *value = iniparser_getstring(values, name, NULL);

		free(name);
		if (value == NULL) {
			problems_add(problems, ini->path, entry->line, entry->section,
					entry->spelling,
					"iniparser does not find this key; "
					"the file changed while it was read");
			complete = false;
		} else {
			entry->value = memory_text(value);
		}
	}
	if (values != NULL) {
		iniparser_freedict(values);
	}
	return complete;
}

struct ini *ini_read(const char *path, struct problems *problems)
{
	struct mapping *file;
	struct error error;
	size_t problems_before = problems->count;

	if (mapping_open(path, &file, &error) != CNNVIZ_OK) {
		problems_add(problems, NULL, 0, NULL, NULL, "%s", error.text);
		return NULL;
	}
	if (!check_text(file, path, problems)) {
		mapping_unref(file);
		return NULL;
	}
	struct ini *ini = memory_new(1, sizeof(*ini));
	struct scan scan = {
		.ini = ini,
		.problems = problems,
		.next = (const char *)file->data,
		.end = (const char *)file->data + file->size,
	};

	ini->path = memory_text(path);
	ini->folder = path_folder(path);
	scan_file(&scan, problems_before);
	mapping_unref(file);
	if (scan.unusable || !read_values(ini, problems)) {
		ini_free(ini);
		return NULL;
	}
	return ini;
}

/* ---- Overrides --------------------------------------------------------- */

/** The dot of "section.key" that ends the section's name, or NULL */
static const char *find_dot(const struct ini *ini, const char *name)
{
	const char *first = strchr(name, '.');
	const char *found = first;

	for (const char *dot = first; dot != NULL; dot = strchr(dot + 1, '.')) {
		char *section = memory_text_n(name, (size_t)(dot - name));

		if (ini_find_section(ini, section) != NULL) {
			found = dot;
		}
		free(section);
	}
	return found;
}

static char *copy_value(const char *text)
{
	char *value = copy_trimmed(text, strlen(text));
	size_t length = strlen(value);

	if (length >= 2 && (value[0] == '"' || value[0] == '\'')
			&& strchr(value + 1, value[0]) == value + length - 1) {
		memmove(value, value + 1, length - 2);
		value[length - 2] = '\0';
	}
	return value;
}

cnnviz_status ini_override(struct ini *ini, const char *assignment, struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;
	const char *equals = strchr(assignment, '=');
	size_t length = equals != NULL ? (size_t)(equals - assignment)
				       : strlen(assignment);
	char *spelling = copy_trimmed(assignment, length);
	char *name = copy_lower(spelling);
	const char *dot = find_dot(ini, name);

	if (equals == NULL || dot == NULL || dot == name || !dot[1]) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"-s %s: write section.key=value", assignment);
		goto done;
	}
	if (check_name(name) != NULL) {
		status = error_set(error, CNNVIZ_ERROR_INPUT, "-s %s: the name %s",
				assignment, check_name(name));
		goto done;
	}
	if (!is_utf8(assignment)) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"-s %s: the value is not in UTF-8", spelling);
		goto done;
	}
	size_t section_length = (size_t)(dot - name);
	char *section = memory_text_n(name, section_length);
	struct ini_entry *entry = find_entry(ini, section, dot + 1);

	if (ini_find_section(ini, section) == NULL) {
		add_section(ini, memory_text(section),
				memory_text_n(spelling, section_length), 0);
	}
	if (entry == NULL) {
		entry = add_entry(ini, section, memory_text(dot + 1),
				memory_text(spelling + section_length + 1), 0);
	}
	free(section);
	free(entry->value);
	entry->value = copy_value(equals + 1);
	entry->line = 0;
	entry->faulty = false;
done:
	free(name);
	free(spelling);
	return status;
}
