/**
 * \file    cli/command.c
 * \brief   Tables of the commands and options
 */
#include "cli/command.h"

#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/text.h"

const struct option_info option_table[OPTION_COUNT] = {
	[OPTION_OUTPUT] = { 'o', "output", "DIR", WORD_FOLDER, "folder for the results" },
	[OPTION_SET] = { 's', "set", "SECTION.KEY=VALUE", WORD_ASSIGNMENT,
			"give an INI file's key a value; may be repeated" },
	[OPTION_ONLY] = { 0, "only", "JOB,...", WORD_JOBS,
			"run only these jobs and those they need" },
	[OPTION_SHARD] = { 0, "shard", "I/N", WORD_OTHER,
			"do a part of the run, which `merge` joins with the others; auto "
			"asks the scheduler" },
	[OPTION_FROM] = { 0, "from", "FILE", WORD_INI_FILE,
			"INI file of the run, if the manifests do not lead to it" },
	[OPTION_FAIL_FAST] = { 0, "fail-fast", NULL, WORD_OTHER,
			"stop at the first job or picture that fails" },
	[OPTION_KEEP] = { 0, "keep", NULL, WORD_OTHER,
			"leave what an earlier run has made in the folder" },
	[OPTION_RESUME] = { 0, "resume", NULL, WORD_OTHER,
			"go on where an earlier run into the folder has stopped" },
	[OPTION_DECODE] = { 0, "decode", NULL, WORD_OTHER,
			"read every picture whole, not its header alone" },
	[OPTION_NO_PLUGINS] = { 0, "no-plugins-from-ini", NULL, WORD_OTHER,
			"run no code that the file names: neither plugins nor an "
			"engine" },
	[OPTION_MODEL] = { 'm', "model", "MODEL", WORD_MODEL,
			"network: a name, or the path of a description, an ONNX or a "
			".pt2 file" },
	[OPTION_WEIGHTS] = { 'w', "weights", "WEIGHTS", WORD_WEIGHTS,
			"weights: a file, embedded, random or random:SEED" },
	[OPTION_LABELS] = { 'l', "labels", "FILE", WORD_FILE,
			"file with one class name per line" },
	[OPTION_TOP] = { 'k', "top", "NUMBER", WORD_OTHER,
			"number of classes to show (default 5)" },
	[OPTION_TECHNIQUES] = { 't', "techniques", "NAME,...", WORD_JOBS,
			"techniques (default grad_cam, guided_grad_cam, saliency)" },
	[OPTION_CLASS] = { 'c', "class", "CLASS", WORD_OTHER,
			"class to explain (default: the predicted one)" },
	[OPTION_INI] = { 0, "ini", NULL, WORD_OTHER,
			"print the INI file that this stands for, and do no more" },
	[OPTION_OPEN] = { 0, "open", NULL, WORD_OTHER, "open the gallery with xdg-open" },
	[OPTION_SIZE] = { 0, "size", "HxW", WORD_OTHER,
			"size of the input, instead of the description's" },
	[OPTION_PICTURE] = { 'i', "image", "PICTURE", WORD_PICTURE,
			"classify a picture under the usual ways to make numbers of "
			"pixels" },
	[OPTION_DESCRIPTION] = { 'o', "output", "FILE", WORD_INI_FILE,
			"write the description into a new file" },
	[OPTION_LAYERS] = { 0, "layers", NULL, WORD_OTHER,
			"list the layers, what is repeated in blocks, and leave the "
			"file" },
	[OPTION_JSON] = { 0, "json", NULL, WORD_OTHER, "print JSON" },
	[OPTION_QUIET] = { 'q', "quiet", NULL, WORD_OTHER,
			"print only errors and warnings" },
	[OPTION_VERBOSE] = { 'v', "verbose", NULL, WORD_OTHER, "print details" },
	[OPTION_HELP] = { 'h', "help", NULL, WORD_OTHER, "print this help and exit" },
	[OPTION_VERSION] = { 'V', "version", NULL, WORD_OTHER,
			"print the version and exit" },
};

const struct command commands[] = {
	{
			"run",
			"FILE",
			WORD_INI_FILE,
			"Check an INI file and run its jobs",
			1,
			1,
			BIT(OPTION_OUTPUT) | BIT(OPTION_SET) | BIT(OPTION_ONLY)
					| BIT(OPTION_SHARD) | BIT(OPTION_FAIL_FAST)
					| BIT(OPTION_KEEP) | BIT(OPTION_RESUME),
			command_run,
	},
	{
			"merge",
			"DIR...",
			WORD_FOLDER,
			"Join what shards of a run have made",
			1,
			SIZE_MAX,
			BIT(OPTION_OUTPUT) | BIT(OPTION_SET) | BIT(OPTION_FROM),
			command_merge,
	},
	{
			"explain",
			"PICTURE[:CLASS]...",
			WORD_PICTURE,
			"Explain pictures without an INI file",
			1,
			SIZE_MAX,
			BIT(OPTION_MODEL) | BIT(OPTION_WEIGHTS) | BIT(OPTION_LABELS)
					| BIT(OPTION_TECHNIQUES) | BIT(OPTION_CLASS)
					| BIT(OPTION_OUTPUT) | BIT(OPTION_SET)
					| BIT(OPTION_FAIL_FAST) | BIT(OPTION_KEEP)
					| BIT(OPTION_RESUME) | BIT(OPTION_INI)
					| BIT(OPTION_OPEN),
			command_explain,
	},
	{
			"check",
			"FILE",
			WORD_INI_FILE,
			"Check an INI file and everything it refers to",
			1,
			1,
			BIT(OPTION_OUTPUT) | BIT(OPTION_SET) | BIT(OPTION_ONLY)
					| BIT(OPTION_DECODE) | BIT(OPTION_NO_PLUGINS)
					| BIT(OPTION_JSON),
			command_check,
	},
	{
			"evaluate",
			"FILE",
			WORD_INI_FILE,
			"Measure the maps of an INI file on annotated pictures",
			1,
			1,
			BIT(OPTION_OUTPUT) | BIT(OPTION_SET) | BIT(OPTION_ONLY)
					| BIT(OPTION_SHARD) | BIT(OPTION_JSON),
			command_evaluate,
	},
	{
			"techniques",
			"[FAMILY]",
			WORD_FAMILY,
			"List the available techniques, or those of a family",
			0,
			1,
			BIT(OPTION_JSON),
			command_techniques,
	},
	{
			"describe",
			"[NAME]",
			WORD_SUBJECT,
			"Describe a technique, the section run, model, input or "
			"evaluation, or all",
			0,
			1,
			BIT(OPTION_JSON),
			command_describe,
	},
	{
			"models",
			"",
			WORD_OTHER,
			"List the available networks",
			0,
			0,
			BIT(OPTION_JSON),
			command_models,
	},
	{
			"layers",
			"MODEL",
			WORD_MODEL,
			"List a network's layers",
			1,
			1,
			BIT(OPTION_SIZE) | BIT(OPTION_JSON),
			command_layers,
	},
	{
			"import",
			"FILE",
			WORD_FILE,
			"Describe an ONNX or .pt2 file: what it says about pixels, and "
			"what is a "
			"guess",
			1,
			1,
			BIT(OPTION_PICTURE) | BIT(OPTION_DESCRIPTION) | BIT(OPTION_LAYERS)
					| BIT(OPTION_SET),
			command_import,
	},
	{
			"classify",
			"IMAGE...",
			WORD_PICTURE,
			"Classify pictures with a network",
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
			WORD_MODULE,
			"Check that a plugin conforms to the ABI",
			1,
			1,
			BIT(OPTION_SET) | BIT(OPTION_JSON),
			command_test_plugin,
	},
	{
			"complete",
			"WORD...",
			WORD_OTHER,
			"List the completions of a command line, for shells",
			1,
			SIZE_MAX,
			0,
			command_complete,
	},
	{
			"completion",
			"SHELL",
			WORD_SHELL,
			"Print the completion script for bash, zsh or fish",
			1,
			1,
			0,
			command_completion,
	},
	{
			"help",
			"[COMMAND]",
			WORD_COMMAND,
			"Print this help, or that of a command",
			0,
			1,
			0,
			command_help,
	},
	{
			"version",
			"",
			WORD_OTHER,
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

void report_unknown_command(const char *name)
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
