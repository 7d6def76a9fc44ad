/**
 * \file    cli/complete.c
 * \brief   Completion of command lines, and the shells' scripts that use it
 */
#include "cli/candidates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "core/cli/completion_scripts.h"

/* ---- The words before the cursor ----------------------------------------------- */

/** State of a command line after some of its words */
struct line {
	const struct command *command; /* NULL: not given yet */
	bool lost;                     /* the command is unknown */
	size_t argument_count;         /* of the command */
	bool arguments_alone;          /* after -- */
	int waiting;            /* id of the option whose argument comes next, or -1 */
	struct typed_word word; /* the last word, which is to be completed */
};

static bool is_taken(const struct line *line, int id)
{
	unsigned options = OPTIONS_EVERYWHERE
			| (line->command != NULL ? line->command->options
						 : BIT(OPTION_VERSION));

	return (options & BIT(id)) != 0;
}

static int find_name(const struct line *line, const char *name, size_t length)
{
	for (int id = 0; id < OPTION_COUNT; id++) {
		if (is_taken(line, id) && strlen(option_table[id].name) == length
				&& strncmp(option_table[id].name, name, length) == 0) {
			return id;
		}
	}
	return -1;
}

static int find_letter(const struct line *line, char letter)
{
	for (int id = 0; id < OPTION_COUNT; id++) {
		if (is_taken(line, id) && letter != '\0'
				&& option_table[id].letter == letter) {
			return id;
		}
	}
	return -1;
}

/**
 * \brief   The option at the end of a word of short options
 *
 * \param   value   Start of its argument in the word; the word's end if it has not
 *                     started, NULL if it takes none
 *
 * \return  Its id, or -1
 */
static int last_option(const struct line *line, const char *text, const char **value)
{
	int id = -1;

	*value = NULL;
	if (text[1] == '-') {
		size_t length = strcspn(text + 2, "=");
		id = find_name(line, text + 2, length);
		*value = text + 2 + length + (text[2 + length] == '=');
	} else {
		const char *letter = text + 1;
		do {
			id = find_letter(line, *letter++);
		} while (id >= 0 && option_table[id].argument == NULL && *letter != '\0');
		*value = letter;
	}
	if (id < 0 || option_table[id].argument == NULL) {
		*value = NULL;
	}
	return id;
}

static void take_value(struct line *line, int id, const char *value)
{
	if (id == OPTION_MODEL) {
		line->word.model = value;
	}
}

static void take_argument(struct line *line, const char *text)
{
	if (line->command == NULL) {
		line->command = command_find(text);
		line->lost = line->command == NULL;
		return;
	}
	if (line->command->kind == WORD_INI_FILE && line->argument_count == 0) {
		line->word.ini = text;
	}
	line->argument_count++;
}

static bool is_option(const struct line *line, const char *text)
{
	return !line->arguments_alone && text[0] == '-' && text[1] != '\0';
}

static void take_word(struct line *line, const char *text)
{
	const char *value;

	if (line->waiting >= 0) {
		take_value(line, line->waiting, text);
		line->waiting = -1;
	} else if (!is_option(line, text)) {
		take_argument(line, text);
	} else if (strcmp(text, "--") == 0) {
		line->arguments_alone = true;
	} else {
		int id = last_option(line, text, &value);
		if (value != NULL && *value == '\0') {
			line->waiting = id;
		} else if (value != NULL) {
			take_value(line, id, value);
		}
	}
}

/* ---- The word that is being typed ---------------------------------------------- */

static void offer_options(const struct line *line)
{
	for (int id = 0; id < OPTION_COUNT; id++) {
		if (is_taken(line, id)) {
			candidate_print("--", option_table[id].name, "",
					option_table[id].summary);
		}
	}
}

static void offer_argument(const struct line *line)
{
	if (line->command == NULL) {
		candidates_print(WORD_COMMAND, &line->word);
	} else if (line->argument_count < line->command->maximum) {
		candidates_print(line->command->kind, &line->word);
	}
}

/* Complete an option's name, or its argument in the same word */
static void offer_option(struct line *line, const char *text)
{
	const char *value;
	int id = last_option(line, text, &value);

	if (value == NULL || (text[1] == '-' && value[-1] != '=')) {
		offer_options(line);
		return;
	}
	char *prefix = memory_text_n(text, (size_t)(value - text));
	line->word.prefix = prefix;
	line->word.text = value;
	candidates_print(option_table[id].kind, &line->word);
	free(prefix);
}

int command_complete(const struct cli_request *request)
{
	const char *text = request->arguments[request->argument_count - 1];
	struct line line = { .waiting = -1, .word = { .prefix = "", .text = text } };

	for (size_t i = 0; i + 1 < request->argument_count && !line.lost; i++) {
		take_word(&line, request->arguments[i]);
	}
	if (line.lost) {
		return CLI_EXIT_DONE;
	}
	if (line.waiting >= 0) {
		candidates_print(option_table[line.waiting].kind, &line.word);
	} else if (!line.arguments_alone && text[0] == '-') {
		offer_option(&line, text);
	} else {
		offer_argument(&line);
	}
	return CLI_EXIT_DONE;
}

/* ---- The shells' scripts ------------------------------------------------------- */

int command_completion(const struct cli_request *request)
{
	static const struct {
		const char *shell;
		const char *const *lines;
	} scripts[] = {
		{ "bash", completion_bash },
		{ "fish", completion_fish },
		{ "zsh", completion_zsh },
	};

	for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++) {
		if (strcmp(scripts[i].shell, request->arguments[0]) == 0) {
			for (const char *const *line = scripts[i].lines; *line != NULL;
					line++) {
				fputs(*line, stdout);
			}
			return CLI_EXIT_DONE;
		}
	}
	log_write(LOG_LEVEL_ERROR,
			"there is no completion for the shell \"%s\"; choose bash, fish "
			"or zsh",
			request->arguments[0]);
	return CLI_EXIT_INPUT;
}
