/**
 * \file    config/scan.c
 * \brief   Scans INI files: sections, keys and values as written, and syntax errors
 *
 * iniparser ignores many errors silently and has no line numbers. So the lines are
 * split here as iniparser 4.1 does, and what it would misread is refused.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/text.h"
#include "config/reader.h"

/** After this many lines with problems the file is not an INI file. */
#define PROBLEMS_MAX 20

/* ---- Lines ------------------------------------------------------------- */

/** The rest of the file, and the current line */
struct scan {
	struct ini *ini;
	struct problems *problems;
	const char *next;
	const char *end;
	int line_number;  /* number of the last physical line read */
	int first_number; /* number of the first line before continuations */
	char *line;       /* joined and trimmed; room for the whole file */
	bool unfinished;  /* the file ends in a continuation */
	size_t section;   /* index of the current one plus 1; 0 before the first */
	bool lost;        /* the last heading was not valid */
	bool unusable;    /* iniparser would add_problem or misread the file */
};

static bool starts_comment(char c)
{
	return c == '#' || c == ';';
}

static const char *skip_space(const char *text)
{
	while (text_is_space(*text)) {
		text++;
	}
	return text;
}

/** Join physical lines as iniparser does: a backslash at the end continues a line. */
static bool next_line(struct scan *scan)
{
	size_t length = 0;
	bool more = true;

	if (scan->next == scan->end) {
		return false;
	}
	scan->first_number = scan->line_number + 1;
	while (more && scan->next < scan->end) {
		size_t left = (size_t)(scan->end - scan->next);
		const char *newline = memchr(scan->next, '\n', left);
		size_t size = newline != NULL ? (size_t)(newline - scan->next) : left;

		scan->line_number++;
		memcpy(scan->line + length, scan->next, size);
		length += size;
		while (length > 0 && text_is_space(scan->line[length - 1])) {
			length--;
		}
		more = length > 0 && scan->line[length - 1] == '\\';
		length -= more ? 1 : 0;
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

/** Add a problem of the current line that makes values unreliable */
CNNVIZ_PRINTF(2, 3) static void add_problem(struct scan *scan, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	problems_vadd(scan->problems, scan->ini->path, scan->first_number,
			section_spelling(scan), NULL, format, arguments);
	va_end(arguments);
	scan->unusable = true;
}

/* ---- Section headings -------------------------------------------------- */

static void enter_section(struct scan *scan, const char *spelling)
{
	struct ini *ini = scan->ini;
	char *name = name_lower(spelling);
	const struct ini_section *known = ini_find_section(ini, name);

	if (known != NULL) {
		problems_add(scan->problems, ini->path, scan->first_number, spelling,
				NULL,
				"this section is repeated; it is already on line %d; "
				"merge the two or rename one",
				known->line);
		scan->section = (size_t)(known - ini->sections) + 1;
	} else {
		ini_add_section(ini, spelling, scan->first_number);
		scan->section = ini->section_count;
	}
	free(name);
}

static void scan_heading(struct scan *scan, const char *line)
{
	const char *close = strchr(line, ']');

	scan->lost = true;
	if (close == NULL) {
		add_problem(scan, "a section heading must end in \"]\"");
		return;
	}
	char *spelling = text_trimmed(line + 1, (size_t)(close - line - 1));
	const char *rest = skip_space(close + 1);
	const char *fault = name_error(spelling);

	if (!*spelling) {
		add_problem(scan, "a section must have a name between \"[\" and \"]\"");
	} else if (fault != NULL) {
		add_problem(scan, "the section's name \"%.40s\" %s", spelling, fault);
	} else {
		enter_section(scan, spelling);
		scan->lost = false;
	}
	free(spelling);
	if (scan->lost) {
		return;
	}
	if (starts_comment(*rest)) {
		add_problem(scan,
				"a comment cannot follow \"]\"; put it on a line of its "
				"own");
	} else if (*rest) {
		add_problem(scan,
				"there is text after \"]\"; put it on a line of its own");
	}
}

/* ---- Keys and values --------------------------------------------------- */

/** NULL or what is wrong with a value that starts with a quote */
static const char *check_quoted(const char *value)
{
	char quote = value[0];
	const char *close = strchr(value + 1, quote);

	if (close == NULL) {
		return quote == '"' ? "the quote \" is not closed; add \" at the end of "
				      "the value"
				    : "the quote ' is not closed; add ' at the end of "
				      "the value, or put the whole value in \"quotes\"";
	}
	if (close[-1] == '\\') {
		return quote == '"' ? "\\\" is not an escaped quote; put the value in "
				      "'single quotes' instead"
				    : "\\' is not an escaped quote; put the value in "
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
		return "a # or ; starts a comment, so the value is empty; put the value "
		       "in quotes, as in \"#ff0000\", or write \"\" for an empty value";
	}
	if (!text_is_space(comment[-1])) {
		return "a # or ; starts a comment, so the value ends there; put the "
		       "value in quotes, or a space before the comment";
	}
	return NULL;
}

static void enter_key(struct scan *scan, const char *spelling, const char *value)
{
	struct ini *ini = scan->ini;
	const char *section = ini->sections[scan->section - 1].name;
	struct ini_entry *entry = ini_find_mutable(ini, section, spelling);
	const char *fault = *value == '"' || *value == '\'' ? check_quoted(value)
							    : check_plain(value);

	if (entry != NULL) {
		problems_add(scan->problems, ini->path, scan->first_number,
				section_spelling(scan), spelling,
				"this key is given twice; it is already on line %d; "
				"remove one",
				entry->line);
		entry->faulty = true;
		return;
	}
	entry = ini_add_entry(ini, section, spelling, scan->first_number);
	entry->value = memory_text(value);
	if (fault != NULL) {
		problems_add(scan->problems, ini->path, scan->first_number,
				section_spelling(scan), spelling, "%s", fault);
		entry->faulty = true;
	}
}

static void scan_assignment(struct scan *scan, const char *line)
{
	const char *equals = strchr(line, '=');

	if (equals == NULL) {
		add_problem(scan,
				"there is no \"=\" in \"%.40s\"; write key = value, or "
				"end the line above with \\ if its value goes on here",
				line);
		return;
	}
	char *spelling = text_trimmed(line, (size_t)(equals - line));
	const char *fault = name_error(spelling);

	if (!*spelling) {
		add_problem(scan, "there is no key before the \"=\"");
	} else if (fault != NULL) {
		add_problem(scan, "the key \"%.40s\" %s", spelling, fault);
	} else if (scan->lost) {
		scan->unusable = true;
	} else if (!scan->section) {
		problems_add(scan->problems, scan->ini->path, scan->first_number, NULL,
				spelling,
				"this key is before the first section; put a [section] "
				"line above it");
		scan->unusable = true;
	} else {
		enter_key(scan, spelling, skip_space(equals + 1));
	}
	free(spelling);
}

/* ---- The file ---------------------------------------------------------- */

static void scan_line(struct scan *scan)
{
	const char *line = skip_space(scan->line);

	if (starts_comment(*line)) {
		if (scan->line_number > scan->first_number || scan->unfinished) {
			add_problem(scan,
					"this comment ends in \"\\\", which makes the "
					"next line part of it; remove the \"\\\"");
		}
	} else if (scan->unfinished) {
		add_problem(scan,
				"the file's last line ends in \"\\\", which continues "
				"it; remove the \"\\\"");
	} else if (!text_is_utf8(line)) {
		add_problem(scan,
				"this line is not UTF-8; save the file in that encoding");
	} else if (*line == '[') {
		scan_heading(scan, line);
	} else if (*line) {
		scan_assignment(scan, line);
	}
}

/** Whether the file is not weights or a picture given by mistake */
static bool check_size(const struct mapping *file, const char *path,
		struct problems *problems)
{
	struct error error;
	cnnviz_status status = limit_check(LIMIT_TEXT_BYTES, file->size, &error,
			"this cannot be an INI file: it has");

	if (status != CNNVIZ_OK) {
		problems_add(problems, path, 0, NULL, NULL, "%s", error.text);
	}
	return status == CNNVIZ_OK;
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
	} else if (memchr(data, '\0', file->size) != NULL) {
		fault = "contains NUL bytes, so it is not text and cannot be an INI file";
	}
	if (fault != NULL) {
		problems_add(problems, path, 1, NULL, NULL, "the file %s", fault);
	}
	return fault == NULL;
}

bool scan_file(struct ini *ini, const struct mapping *file, struct problems *problems)
{
	size_t problems_before = problems->count;

	if (!check_size(file, ini->path, problems)
			|| !check_text(file, ini->path, problems)) {
		return false;
	}
	struct scan scan = {
		.ini = ini,
		.problems = problems,
		.next = (const char *)file->data,
		.end = (const char *)file->data + file->size,
		.line = memory_new(file->size + 1, 1),
	};

	while (next_line(&scan)) {
		if (problems->count - problems_before >= PROBLEMS_MAX) {
			add_problem(&scan,
					"fix these first; more may follow (is this an "
					"INI file?)");
			break;
		}
		scan_line(&scan);
	}
	ini->lines = scan.line_number;
	free(scan.line);
	return !scan.unusable;
}
