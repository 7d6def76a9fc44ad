/**
 * \file    config/ini.c
 * \brief   INI files in memory: sections, entries, and overrides by -s
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/text.h"
#include "config/reader.h"
#include "config/spelling.h"

/**
 * Longest name that is accepted; iniparser looks up "section:key" in 1,024 characters.
 */
#define NAME_LENGTH_MAX 255

/* ---- Names ------------------------------------------------------------- */

char *name_lower(const char *name)
{
	char *copy = memory_text(name);

	for (char *c = copy; *c; c++) {
		if (*c >= 'A' && *c <= 'Z') {
			*c = (char)(*c - 'A' + 'a');
		}
	}
	return copy;
}

/** The name of a key, independent of its spelling; malloc'ed */
static char *key_name(const char *spelling)
{
	char *lower = name_lower(spelling);
	char *name = spelling_american(lower);

	free(lower);
	return name;
}

const char *name_error(const char *name)
{
	if (strlen(name) > NAME_LENGTH_MAX) {
		return "is longer than 255 characters; shorten it";
	}
	if (strchr(name, ':') != NULL) {
		return "contains \":\", which is not allowed in names of sections and "
		       "keys; use \"_\" or \".\" instead";
	}
	return NULL;
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

/** What an item of an index is found by; a section's key is empty, as no entry's is */
struct name {
	const char *section;
	const char *key;
};

typedef struct name (*name_at)(const struct ini *ini, size_t i);

static struct name entry_at(const struct ini *ini, size_t i)
{
	return (struct name){ ini->entries[i].section, ini->entries[i].key };
}

static struct name section_at(const struct ini *ini, size_t i)
{
	return (struct name){ ini->sections[i].name, "" };
}

/** Slot of an item in an index, or the free slot for it; the index has slots */
static size_t *find_slot(const struct ini *ini, const struct ini_index *index, name_at at,
		struct name wanted)
{
	size_t place = hash_name(wanted.section, wanted.key) & (index->size - 1);

	while (index->slots[place]) {
		struct name name = at(ini, index->slots[place] - 1);

		if (strcmp(name.key, wanted.key) == 0
				&& strcmp(name.section, wanted.section) == 0) {
			break;
		}
		place = (place + 1) & (index->size - 1);
	}
	return &index->slots[place];
}

/** Index an item whose position is count, with at least as many free slots as used ones */
static void index_add(const struct ini *ini, struct ini_index *index, name_at at,
		size_t count)
{
	if (2 * (count + 1) > index->size) {
		free(index->slots);
		index->size = index->size ? 2 * index->size : 64;
		index->slots = memory_new(index->size, sizeof(*index->slots));
		for (size_t i = 0; i < count; i++) {
			*find_slot(ini, index, at, at(ini, i)) = i + 1;
		}
	}
	*find_slot(ini, index, at, at(ini, count)) = count + 1;
}

/** Position of an item plus 1; 0: there is none */
static size_t index_find(const struct ini *ini, const struct ini_index *index, name_at at,
		const char *section, const char *key)
{
	return index->size > 0 ? *find_slot(ini, index, at, (struct name){ section, key })
			       : 0;
}

static struct ini_section *find_section(const struct ini *ini, const char *section)
{
	size_t position = index_find(ini, &ini->section_index, section_at, section, "");

	return position ? &ini->sections[position - 1] : NULL;
}

struct ini_entry *ini_find_mutable(const struct ini *ini, const char *section,
		const char *key)
{
	char *name = key_name(key);
	size_t position = index_find(ini, &ini->entry_index, entry_at, section, name);

	free(name);
	return position ? &ini->entries[position - 1] : NULL;
}

/** Make room for one more item; the capacity doubles at each power of two */
static void *grow_array(void *items, size_t count, size_t size)
{
	if (count & (count - 1)) {
		return items;
	}
	return memory_resize(items, count ? 2 * count : 1, size);
}

/** Let a section's list of entries end with the last entry of all. */
static void link_entry(struct ini *ini, struct ini_section *section)
{
	if (section->last) {
		ini->entries[section->last - 1].next = ini->entry_count;
	} else {
		section->first = ini->entry_count;
	}
	section->last = ini->entry_count;
}

struct ini_entry *ini_add_entry(struct ini *ini, const char *section,
		const char *spelling, int line)
{
	ini->entries = grow_array(ini->entries, ini->entry_count, sizeof(*ini->entries));
	struct ini_entry *entry = &ini->entries[ini->entry_count];

	*entry = (struct ini_entry){
		.section = memory_text(section),
		.key = key_name(spelling),
		.spelling = memory_text(spelling),
		.line = line,
	};
	index_add(ini, &ini->entry_index, entry_at, ini->entry_count);
	ini->entry_count++;
	link_entry(ini, find_section(ini, section));
	return entry;
}

void ini_add_section(struct ini *ini, const char *spelling, int line)
{
	ini->sections = grow_array(ini->sections, ini->section_count,
			sizeof(*ini->sections));
	ini->sections[ini->section_count] = (struct ini_section){
		.name = name_lower(spelling),
		.spelling = memory_text(spelling),
		.line = line,
	};
	index_add(ini, &ini->section_index, section_at, ini->section_count);
	ini->section_count++;
}

const struct ini_entry *ini_find(const struct ini *ini, const char *section,
		const char *key)
{
	return ini_find_mutable(ini, section, key);
}

const struct ini_section *ini_find_section(const struct ini *ini, const char *section)
{
	return find_section(ini, section);
}

const struct ini_entry *ini_first_entry(const struct ini *ini, const char *section)
{
	const struct ini_section *found = find_section(ini, section);

	return found != NULL && found->first ? &ini->entries[found->first - 1] : NULL;
}

const struct ini_entry *ini_next_entry(const struct ini *ini,
		const struct ini_entry *entry)
{
	return entry->next ? &ini->entries[entry->next - 1] : NULL;
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
	free(ini->entry_index.slots);
	free(ini->section_index.slots);
	free(ini->path);
	free(ini->folder);
	free(ini);
}

/* ---- Reading ----------------------------------------------------------- */

static struct ini *read_mapped(const char *path, const char *folder,
		const struct mapping *file, struct problems *problems)
{
	struct ini *ini = memory_new(1, sizeof(*ini));

	ini->path = memory_text(path);
	ini->folder = memory_text(folder);
	if (!scan_file(ini, file, problems) || !parse_values(ini, problems)) {
		ini_free(ini);
		return NULL;
	}
	return ini;
}

struct ini *ini_read(const char *path, struct problems *problems)
{
	struct mapping *file;
	struct error error;

	if (mapping_open(path, &file, &error) != CNNVIZ_OK) {
		problems_add(problems, NULL, 0, NULL, NULL, "%s", error.text);
		return NULL;
	}
	char *folder = path_folder(path);
	struct ini *ini = read_mapped(path, folder, file, problems);

	free(folder);
	mapping_unref(file);
	return ini;
}

struct ini *ini_read_text(const char *name, const char *folder, const char *text,
		struct problems *problems)
{
	const struct mapping file = { .data = (const unsigned char *)text,
		.size = strlen(text) };

	return read_mapped(name, folder, &file, problems);
}

void ini_check_lines(const struct ini *ini, struct problems *problems)
{
	struct error error;

	if (limit_check(LIMIT_INI_LINES, (uint64_t)ini->lines, &error, "the file has")
			!= CNNVIZ_OK) {
		problems_add(problems, ini->path, 0, NULL, NULL, "%s", error.text);
	}
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
	char *value = text_trimmed(text, strlen(text));
	size_t length = strlen(value);

	if (length >= 2 && (value[0] == '"' || value[0] == '\'')
			&& strchr(value + 1, value[0]) == value + length - 1) {
		memmove(value, value + 1, length - 2);
		value[length - 2] = '\0';
	}
	return value;
}

void ini_set(struct ini *ini, const char *section, const char *key, const char *value,
		int line)
{
	char *name = name_lower(section);

	if (ini_find_section(ini, name) == NULL) {
		ini_add_section(ini, section, line);
	}
	if (key != NULL) {
		struct ini_entry *entry = ini_find_mutable(ini, name, key);

		if (entry == NULL) {
			entry = ini_add_entry(ini, name, key, line);
		}
		free(entry->value);
		entry->value = memory_text(value);
		entry->line = line;
		entry->faulty = false;
	}
	free(name);
}

cnnviz_status ini_override(struct ini *ini, const char *assignment, struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;
	const char *equals = strchr(assignment, '=');
	char *spelling = text_trimmed(assignment, strcspn(assignment, "="));
	char *name = name_lower(spelling);
	const char *dot = find_dot(ini, name);

	if (equals == NULL || dot == NULL || dot == name || !dot[1]) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"-s %.80s: write section.key=value", assignment);
	} else if (name_error(name) != NULL) {
		status = error_set(error, CNNVIZ_ERROR_INPUT, "-s %.80s: the name %s",
				assignment, name_error(name));
	} else if (!text_is_utf8(assignment)) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"-s %s: the value is not valid UTF-8", spelling);
	} else {
		char *value = copy_value(equals + 1);
		spelling[dot - name] = '\0';
		ini_set(ini, spelling, spelling + (dot - name) + 1, value, 0);
		free(value);
	}
	free(name);
	free(spelling);
	return status;
}

void ini_override_all(struct ini *ini, const char *const *assignments,
		struct problems *problems)
{
	struct error error;

	for (size_t i = 0; assignments != NULL && assignments[i] != NULL; i++) {
		if (ini_override(ini, assignments[i], &error) != CNNVIZ_OK) {
			problems_add(problems, NULL, 0, NULL, NULL, "%s", error.text);
		}
	}
}
