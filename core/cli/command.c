/**
 * \file    cli/command.c
 * \brief   The commands and options that there are
 */
#include "cli/command.h"

#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/text.h"

const struct option_form option_forms[OPTION_COUNT] = {
	[OPTION_OUTPUT] = { 'o', "output", "DIR", "folder for the results" },
	[OPTION_SET] = { 's', "set", "SECTION.KEY=VALUE",
			"set a key in place of the file's; may be repeated" },
	[OPTION_ONLY] = { 0, "only", "JOB,...", "do these jobs and what they need" },
	[OPTION_FAIL_FAST] = { 0, "fail-fast", NULL, "stop at the first job that fails" },
	[OPTION_MODEL] = { 'm', "model", "MODEL",
			"network: a name or a description's path" },
	[OPTION_WEIGHTS] = { 'w', "weights", "WEIGHTS",
			"weights: a file, embedded, random or random:SEED" },
	[OPTION_LABELS] = { 'l', "labels", "FILE", "file with one class name a line" },
	[OPTION_TOP] = { 'k', "top", "NUMBER", "how many classes to show (default 5)" },
	[OPTION_SIZE] = { 0, "size", "HxW",
			"size of the input, in place of the usual one" },
	[OPTION_JSON] = { 0, "json", NULL, "print JSON" },
	[OPTION_QUIET] = { 'q', "quiet", NULL, "print errors and warnings alone" },
	[OPTION_VERBOSE] = { 'v', "verbose", NULL, "print details" },
	[OPTION_HELP] = { 'h', "help", NULL, "print this and do nothing" },
	[OPTION_VERSION] = { 'V', "version", NULL, "print the version and do nothing" },
};

const struct command commands[] = {
	{
			"run",
			"FILE",
			"Check an INI file and do its jobs",
			1,
			1,
			BIT(OPTION_OUTPUT) | BIT(OPTION_SET) | BIT(OPTION_ONLY)
					| BIT(OPTION_FAIL_FAST),
			command_run,
	},
	{
			"check",
			"FILE",
			"Check an INI file and all that it names",
			1,
			1,
			BIT(OPTION_OUTPUT) | BIT(OPTION_SET) | BIT(OPTION_ONLY)
					| BIT(OPTION_JSON),
			command_check,
	},
	{
			"evaluate",
			"FILE",
			"Measure an INI file's maps against annotated pictures",
			1,
			1,
			BIT(OPTION_OUTPUT) | BIT(OPTION_SET) | BIT(OPTION_ONLY)
					| BIT(OPTION_JSON),
			command_evaluate,
	},
	{
			"techniques",
			"",
			"List the techniques that were found",
			0,
			0,
			BIT(OPTION_JSON),
			command_techniques,
	},
	{
			"describe",
			"[NAME]",
			"Describe a technique, the section run, model, input or "
			"evaluation, "
			"or all",
			0,
			1,
			BIT(OPTION_JSON),
			command_describe,
	},
	{
			"models",
			"",
			"List the networks that were found",
			0,
			0,
			BIT(OPTION_JSON),
			command_models,
	},
	{
			"layers",
			"MODEL",
			"List a network's layers",
			1,
			1,
			BIT(OPTION_SIZE) | BIT(OPTION_JSON),
			command_layers,
	},
	{
			"classify",
			"IMAGE...",
			"Name what a network sees in pictures",
			1,
			SIZE_MAX,
			BIT(OPTION_MODEL) | BIT(OPTION_WEIGHTS) | BIT(OPTION_LABELS)
					| BIT(OPTION_TOP) | BIT(OPTION_SET)
					| BIT(OPTION_JSON),
			command_classify,
	},
	{
			"test-plugin",
			"FILE",
			"Hold a plugin's shared object against the rules",
			1,
			1,
			BIT(OPTION_SET) | BIT(OPTION_JSON),
			command_test_plugin,
	},
	{
			"help",
			"[COMMAND]",
			"Print this summary, or that of a command",
			0,
			1,
			0,
			command_help,
	},
	{
			"version",
			"",
			"Print the versions of the program and of its plugin ABI",
			0,
			0,
			0,
			command_version,
	},
	{ .name = NULL },
};

const struct command *command_find(const char *name)
{
	for (const struct command *command = commands; command->name != NULL; command++) {
		if (strcmp(command->name, name) == 0) {
			return command;
		}
	}
	return NULL;
}

static const char *command_candidate(const void *context, size_t i)
{
	(void)context;
	return commands[i].name;
}

static bool is_ini_file(const char *name)
{
	size_t length = strlen(name);

	return length > 4 && strcasecmp(name + length - 4, ".ini") == 0;
}

void command_explain_absence(const char *name)
{
	const char *nearest = text_nearest(name, command_candidate, NULL);

	if (is_ini_file(name)) {
		log_write(LOG_LEVEL_ERROR,
				"\"%s\" is a file, and a command comes first; did you "
				"mean `cnnviz run %s`?",
				name, name);
	} else if (nearest != NULL) {
		log_write(LOG_LEVEL_ERROR,
				"there is no command \"%s\"; did you mean \"%s\"?", name,
				nearest);
	} else {
		log_write(LOG_LEVEL_ERROR,
				"there is no command \"%s\"; `cnnviz --help` lists them",
				name);
	}
}
