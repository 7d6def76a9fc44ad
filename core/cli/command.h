/**
 * \file    cli/command.h
 * \brief   Tables of the commands and options
 *
 * Used to parse the command line, for help and for completion.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "cli/cli.h"

enum option_id {
	OPTION_OUTPUT,
	OPTION_SET,
	OPTION_ONLY,
	OPTION_SHARD,
	OPTION_FROM,
	OPTION_FAIL_FAST,
	OPTION_KEEP,
	OPTION_RESUME,
	OPTION_DECODE,
	OPTION_NO_PLUGINS,
	OPTION_MODEL,
	OPTION_WEIGHTS,
	OPTION_LABELS,
	OPTION_TOP,
	OPTION_TECHNIQUES,
	OPTION_CLASS,
	OPTION_INI,
	OPTION_OPEN,
	OPTION_SIZE,
	OPTION_PICTURE,
	OPTION_DESCRIPTION,
	OPTION_LAYERS,
	OPTION_JSON,
	OPTION_QUIET,
	OPTION_VERBOSE,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_COUNT,
};

/** A set of options is the sum of their bits. */
#define BIT(id) (1u << (id))
#define OPTIONS_EVERYWHERE (BIT(OPTION_QUIET) | BIT(OPTION_VERBOSE) | BIT(OPTION_HELP))

/** What a word of the command line stands for, for completion */
enum word_kind {
	WORD_OTHER, /* nobody can guess it */
	WORD_ASSIGNMENT,
	WORD_COMMAND,
	WORD_FAMILY, /* of techniques */
	WORD_FILE,
	WORD_FOLDER,
	WORD_INI_FILE,
	WORD_JOBS,
	WORD_MODEL,
	WORD_MODULE,
	WORD_PICTURE,
	WORD_SHELL,
	WORD_SUBJECT, /* of a description */
	WORD_WEIGHTS,
};

struct option_info {
	char letter; /* 0: none */
	const char *name;
	const char *argument; /* name of its argument in the help text; NULL: none */
	enum word_kind kind;  /* of that */
	const char *summary;
};

/** In the order of enum option_id */
extern const struct option_info option_table[OPTION_COUNT];

struct command {
	const char *name;
	const char *arguments; /* for the help text */
	enum word_kind kind;   /* of each */
	const char *summary;
	size_t minimum; /* number of arguments */
	size_t maximum;
	unsigned options; /* BIT() of its options, in addition to OPTIONS_EVERYWHERE */
	int (*run)(const struct cli_request *request);
};

/** Ends with an entry without a name */
extern const struct command commands[];

/** The command with this name, or NULL */
const struct command *command_find(const char *name);

/** Report an unknown command on standard error, and suggest a similar one. */
void report_unknown_command(const char *name);

/** Print a command's help, or the program's if command is NULL. */
void help_print(const struct command *command);

/** Print the versions of the program and of its plugin ABI. */
void version_print(void);

#endif
