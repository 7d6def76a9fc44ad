/**
 * \file    graph/import_blocks.c
 * \brief   Imports the lines of a description that are repeated, and its blocks
 */
#include "graph/import_blocks.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/text.h"
#include "graph/operation.h"

/** Most blocks of a description, and most that are in each other */
#define BLOCKS_MAX 256
#define DEPTH_MAX 16

static const char block_word[] = "block ";
static const char from_name[] = "from";

static void import_lines(struct reader *reader, const struct place *place);

/* ---- Names of blocks ----------------------------------------------------------- */

/** A block's name, or NULL for another section */
static const char *block_name(const struct ini_section *section)
{
	const char *name = section->spelling + strlen(block_word) - 1;

	if (strncasecmp(section->spelling, block_word, strlen(block_word)) != 0) {
		return NULL;
	}
	return name + strspn(name, " \t");
}

bool import_is_block(const struct ini_section *section)
{
	return block_name(section) != NULL;
}

static const struct ini_section *find_block(const struct ini *ini, const char *name)
{
	for (size_t i = 0; i < ini->section_count; i++) {
		const char *known = block_name(&ini->sections[i]);

		if (known != NULL && strcasecmp(known, name) == 0) {
			return &ini->sections[i];
		}
	}
	return NULL;
}

const char *import_block_word(const void *ini, size_t i)
{
	const struct ini *file = ini;

	for (size_t k = 0; k < file->section_count; k++) {
		const char *name = block_name(&file->sections[k]);

		if (name != NULL && i-- == 0) {
			return name;
		}
	}
	return NULL;
}

CNNVIZ_PRINTF(3, 4)
static void problem(struct reader *reader, const struct place *place, const char *format,
		...)
{
	va_list arguments;

	va_start(arguments, format);
	import_vproblem(reader, place, format, arguments);
	va_end(arguments);
}

CNNVIZ_PRINTF(3, 4)
static void block_problem(struct reader *reader, const struct ini_section *section,
		const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	problems_vadd(reader->problems, reader->ini->path, section->line,
			section->spelling, NULL, format, arguments);
	va_end(arguments);
}

/** The first line of a section, or NULL; they stand in the order of the file. */
static const struct ini_entry *first_line(const struct ini *ini,
		const struct ini_section *section)
{
	size_t first = 0, end = ini->entry_count;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (ini->entries[middle].line > section->line) {
			end = middle;
		} else {
			first = middle + 1;
		}
	}
	return first < ini->entry_count
					&& strcmp(ini->entries[first].section,
							   section->name)
							== 0
			? &ini->entries[first]
			: NULL;
}

/** The next line of the same section, or NULL */
static const struct ini_entry *next_line(const struct ini *ini,
		const struct ini_entry *entry)
{
	const struct ini_entry *next = entry + 1;

	return next < ini->entries + ini->entry_count
					&& strcmp(next->section, entry->section) == 0
			? next
			: NULL;
}

/** Whether any line had a block */
static bool is_used(const struct reader *reader, const struct ini_section *section)
{
	bool used = false;

	for (size_t i = 0; !used && i < reader->instance_count; i++) {
		used = reader->instances[i]->section == section;
	}
	return used;
}

/** Check one block's name, and that it has lines. */
static void check_block(struct reader *reader, const struct ini_section *section)
{
	const struct ini *ini = reader->ini;
	const char *name = block_name(section);

	if (!import_name_is_valid(name)) {
		block_problem(reader, section,
				"a block's name must be made of letters, digits, '_', "
				"'-', '@', and single dots within");
	} else if (operation_find(name) != NULL) {
		block_problem(reader, section,
				"\"%s\" is an operation; give the block another name",
				name);
	} else if (find_block(ini, name) != section) {
		block_problem(reader, section,
				"there is another block of this name on line %d",
				find_block(ini, name)->line);
	} else if (first_line(ini, section) == NULL) {
		block_problem(reader, section, "the block has no lines");
	}
}

void import_check_blocks(struct reader *reader)
{
	const struct ini *ini = reader->ini;
	int count = 0;

	for (size_t i = 0; i < ini->section_count; i++) {
		if (block_name(&ini->sections[i]) == NULL) {
			continue;
		}
		if (++count > BLOCKS_MAX) {
			block_problem(reader, &ini->sections[i],
					"a description has at most %d blocks",
					BLOCKS_MAX);
			return;
		}
		check_block(reader, &ini->sections[i]);
	}
}

void import_check_uses(struct reader *reader)
{
	const struct ini *ini = reader->ini;

	for (size_t i = 0; i < ini->section_count; i++) {
		const char *name = block_name(&ini->sections[i]);

		if (name != NULL && !is_used(reader, &ini->sections[i])) {
			block_problem(reader, &ini->sections[i],
					"no line has this block; write NAME = %s in "
					"[layers], or remove it",
					name);
		}
	}
}

/* ---- Instances ----------------------------------------------------------------- */

/** Whether a line is in too many blocks, one in the other */
static bool is_deep(struct reader *reader, const struct place *place)
{
	int depth = 0;

	for (const struct instance *outer = place->instance; outer != NULL;
			outer = outer->outer) {
		depth++;
	}
	if (depth >= DEPTH_MAX) {
		problem(reader, place, "more than %d blocks are in each other here",
				DEPTH_MAX);
	}
	return depth >= DEPTH_MAX;
}

/** Whether a block is among those that a line is in; tells the way from one to the other */
static bool is_cycle(struct reader *reader, const struct place *place,
		const struct ini_section *section)
{
	const struct instance *outer = place->instance;
	char *way = memory_text(block_name(section));

	while (outer != NULL && outer->section != section) {
		char *longer = memory_format("%s > %s", block_name(outer->section), way);

		free(way);
		way = longer;
		outer = outer->outer;
	}
	if (outer != NULL) {
		problem(reader, place,
				"block cycle: %s > %s; a block cannot be in itself",
				block_name(section), way);
	}
	free(way);
	return outer != NULL;
}

/** Names of a block's parameters: those that its lines have in {...} */
static struct block_values list_parameters(const struct ini *ini,
		const struct ini_section *section)
{
	struct block_values names = { 0 };

	for (const struct ini_entry *line = first_line(ini, section); line != NULL;
			line = next_line(ini, line)) {
		block_names(line->value, &names);
	}
	return names;
}

/** text_candidate over struct block_values */
static const char *parameter_word(const void *context, size_t i)
{
	const struct block_values *names = context;

	return i < names->count ? names->items[i].name : NULL;
}

static void unknown_parameter(struct reader *reader, const struct place *place,
		const struct instance *instance, const struct block_values *known,
		const char *name)
{
	const char *nearest = text_nearest(name, parameter_word, known);

	problem(reader, place, "block %s has no parameter \"%s\"%s%s%s",
			block_name(instance->section), name,
			nearest != NULL ? "; did you mean \"" : "",
			nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
}

/** Take `from` or the value of a parameter. */
static void read_value(struct reader *reader, const struct place *place,
		struct instance *instance, const struct block_values *known, char *word)
{
	char *text = strchr(word, '=');

	if (text == NULL || text == word || text[1] == '\0') {
		problem(reader, place,
				"\"%s\" is not of the form parameter=value (without "
				"spaces "
				"within)",
				word);
		return;
	}
	*text++ = '\0';
	if (strcmp(word, from_name) == 0) {
		instance->input = import_find(reader, place->instance, text);
		if (instance->input < 0) {
			problem(reader, place,
					"from=%s does not name a layer listed before "
					"this "
					"one; a block takes one layer",
					text);
		}
	} else if (block_value_find(known, word) == NULL) {
		unknown_parameter(reader, place, instance, known, word);
	} else if (block_value_find(&instance->values, word) != NULL) {
		problem(reader, place, "%s= is given twice", word);
	} else {
		block_value_add(&instance->values, word, text);
	}
}

/** Read what a line says of a block: parameters and `from`; false after a problem */
static bool read_values(struct reader *reader, const struct place *place,
		struct instance *instance, const char *rest)
{
	struct block_values known = list_parameters(reader->ini, instance->section);
	char *text = memory_text(rest), *next = text, *word;
	size_t before = reader->problems->count;
	bool good;

	while ((word = strtok_r(next, " \t", &next)) != NULL) {
		read_value(reader, place, instance, &known, word);
	}
	good = instance->input >= 0 && reader->problems->count == before;
	for (size_t i = 0; i < known.count; i++) {
		if (block_value_find(&instance->values, known.items[i].name) == NULL) {
			problem(reader, place, "block %s needs %s=...",
					block_name(instance->section),
					known.items[i].name);
			good = false;
		}
	}
	block_values_free(&known);
	free(text);
	return good;
}

static struct instance *add_instance(struct reader *reader, const struct place *place,
		const struct ini_section *section, const char *name)
{
	const struct instance *outer = place->instance;
	struct instance *instance = memory_new(1, sizeof(*instance));

	*instance = (struct instance){
		.entry = place->entry,
		.outer = outer,
		.section = section,
		.name = memory_format("%s%s%s", outer != NULL ? outer->name : "",
				outer != NULL ? "." : "", name),
		.input = reader->previous,
		.number = reader->instance_count + 1,
	};
	reader->instances = memory_resize(reader->instances, instance->number,
			sizeof(*reader->instances));
	reader->instances[reader->instance_count++] = instance;
	return instance;
}

static void import_block(struct reader *reader, const struct place *place,
		const struct ini_section *section, const char *name, const char *rest)
{
	const struct ini *ini = reader->ini;

	if (is_cycle(reader, place, section) || is_deep(reader, place)) {
		return;
	}
	if (!import_name_is_valid(name)) {
		problem(reader, place,
				"the name \"%s\" must be made of letters, digits, '_', "
				"'-', '@', and single dots within",
				name);
		return;
	}

	struct instance *instance = add_instance(reader, place, section, name);

	if (!read_values(reader, place, instance, rest)) {
		return;
	}
	reader->previous = instance->input;
	for (const struct ini_entry *line = first_line(ini, section); line != NULL;
			line = next_line(ini, line)) {
		const struct place inner = { line, instance };

		import_lines(reader, &inner);
	}
}

/* ---- Lines --------------------------------------------------------------------- */

/** Import what a line says, once: a layer or a block */
static void import_once(struct reader *reader, const struct place *place,
		const char *name, const char *text)
{
	size_t length = strcspn(text, " \t");
	char *word = memory_text_n(text, length);
	const struct ini_section *section = find_block(reader->ini, word);

	if (section != NULL) {
		import_block(reader, place, section, name, text + length);
	} else {
		import_layer(reader, place, name, text);
	}
	free(word);
}

/** Count a line's use; false where there are too many, which is told once */
static bool count_step(struct reader *reader, const struct place *place)
{
	reader->steps += reader->steps <= IMPORT_STEPS_MAX;
	if (reader->steps == IMPORT_STEPS_MAX) {
		problem(reader, place,
				"blocks and ranges come to more than %d layers here",
				IMPORT_STEPS_MAX);
	}
	return reader->steps < IMPORT_STEPS_MAX;
}

/** Import a line as often as its range says */
static void import_range(struct reader *reader, const struct place *place,
		const struct block_range *range, const char *text)
{
	bool counted = range->given || place->instance != NULL;

	for (int64_t i = range->first; i <= range->last; i++) {
		char *name, *turn;

		if (counted && !count_step(reader, place)) {
			return;
		}
		name = block_range_name(range, i);
		turn = block_take_turn(text, i - range->first);
		import_once(reader, place, name, turn);
		free(turn);
		free(name);
	}
}

/** Import a line of [layers] or of a block's instance */
static void import_lines(struct reader *reader, const struct place *place)
{
	static const struct block_values none = { 0 };
	const struct instance *instance = place->instance;
	struct block_range range;
	struct error error;
	char *text = block_substitute(place->entry->value,
			instance != NULL ? &instance->values : &none, &error);

	if (text == NULL
			|| block_range_read(place->entry->spelling, &range, &error)
					!= CNNVIZ_OK) {
		problem(reader, place, "%s", error.text);
	} else if (!range.given && strchr(text, '|') != NULL) {
		problem(reader, place,
				"values with | between are taken in turn, but the name "
				"has "
				"no range such as {0..3}");
	} else {
		import_range(reader, place, &range, text);
	}
	free(text);
}

void import_line(struct reader *reader, const struct ini_entry *entry)
{
	const struct place place = { entry, NULL };

	import_lines(reader, &place);
}

void import_blocks_free(struct reader *reader)
{
	for (size_t i = 0; i < reader->instance_count; i++) {
		free(reader->instances[i]->name);
		block_values_free(&reader->instances[i]->values);
		free(reader->instances[i]);
	}
	free(reader->instances);
	free(reader->places);
	free(reader->told);
	name_index_free(&reader->names);
}
