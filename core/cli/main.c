/**
 * \file    cli/main.c
 * \brief   The program: commands, options, help
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/cli.h"

/* ---- Options -------------------------------------------------------------------- */

enum option_id {
	OPTION_OUTPUT,
	OPTION_SET,
	OPTION_ONLY,
	OPTION_FAIL_FAST,
	OPTION_MODEL,
	OPTION_WEIGHTS,
	OPTION_LABELS,
	OPTION_TOP,
	OPTION_SIZE,
	OPTION_JSON,
	OPTION_QUIET,
	OPTION_VERBOSE,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_COUNT,
};

#define BIT(id) (1u << (id))
#define OPTIONS_EVERYWHERE (BIT(OPTION_QUIET) | BIT(OPTION_VERBOSE) | BIT(OPTION_HELP))

struct option_form {
	char letter; /* 0: none */
	const char *name;
	const char *argument; /* what it takes, for the help text; NULL: nothing */
	const char *summary;
};

static const struct option_form option_forms[OPTION_COUNT] = {
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
	[OPTION_VERSION] = { 0, "version", NULL, "print the version and do nothing" },
};

/* ---- Commands ------------------------------------------------------------------- */

struct command {
	const char *name;
	const char *arguments; /* for the help text */
	const char *summary;
	size_t minimum; /* number of arguments */
	size_t maximum;
	unsigned options; /* BIT() of those it takes, besides OPTIONS_EVERYWHERE */
	int (*run)(const struct cli_request *request);
};

static const struct command commands[] = {
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
			"NAME",
			"Describe a technique, or the section run, model, input or "
			"evaluation",
			1,
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
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(*commands))

static const char *command_candidate(const void *context, size_t i)
{
	(void)context;
	return i < COMMAND_COUNT ? commands[i].name : NULL;
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(commands[i].name, name) == 0) {
			return &commands[i];
		}
	}
	const char *nearest = text_nearest(name, command_candidate, NULL);
	if (nearest != NULL) {
		log_write(LOG_LEVEL_ERROR,
				"there is no command \"%s\"; did you mean \"%s\"?", name,
				nearest);
	} else {
		log_write(LOG_LEVEL_ERROR,
				"there is no command \"%s\"; `cnnviz --help` lists them",
				name);
	}
	return NULL;
}

/* ---- Help ----------------------------------------------------------------------- */

static void print_options(unsigned options)
{
	struct table table;

	table_start(&table, 2, 0);
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option_form *form = &option_forms[i];
		const char letter[] = { '-', form->letter, ',', '\0' };
		if ((options & BIT(i)) != 0) {
			table_add(&table, "  %3s --%s%s%s",
					form->letter != 0 ? letter : "", form->name,
					form->argument != NULL ? " " : "",
					form->argument != NULL ? form->argument : "");
			table_add(&table, "%s", form->summary);
		}
	}
	table_print(&table);
}

static void print_help(void)
{
	struct table table;

	printf("Usage: cnnviz [-q|-v] COMMAND [OPTION]... [ARGUMENT]...\n\n"
	       "Show what convolutional networks look at, as an INI file says.\n\n"
	       "Commands:\n");
	table_start(&table, 2, 0);
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		table_add(&table, "  %s %s", commands[i].name, commands[i].arguments);
		table_add(&table, "%s", commands[i].summary);
	}
	table_print(&table);
	printf("\nOptions:\n");
	print_options(OPTIONS_EVERYWHERE | BIT(OPTION_VERSION));
	printf("\n`cnnviz COMMAND --help` tells a command's options. Manuals: cnnviz(1), "
	       "cnnviz.ini(5).\n");
}

static void print_command_help(const struct command *command)
{
	printf("Usage: cnnviz %s [OPTION]...%s%s%s\n\n%s.\n\nOptions:\n", command->name,
			(command->options & BIT(OPTION_MODEL)) != 0 ? " -m MODEL" : "",
			command->arguments[0] != '\0' ? " " : "", command->arguments,
			command->summary);
	print_options(command->options | OPTIONS_EVERYWHERE);
}

/* ---- Reading the command line ------------------------------------------------------ */

/* Values of getopt_long() for our options, clear of letters and its own marks */
#define OPTION_VALUE 1000

struct parser {
	const char *name; /* of the command, or "cnnviz" */
	unsigned options;
	struct option forms[OPTION_COUNT + 1];
	char letters[2 * OPTION_COUNT + 3];
};

static void parser_start(struct parser *parser, const char *name, unsigned options,
		bool stop_at_argument)
{
	size_t count = 0;
	char *letter = parser->letters;

	*parser = (struct parser){ .name = name, .options = options };
	if (stop_at_argument) {
		*letter++ = '+';
	}
	*letter++ = ':';
	for (int i = 0; i < OPTION_COUNT; i++) {
		const struct option_form *form = &option_forms[i];
		if ((options & BIT(i)) == 0) {
			continue;
		}
		parser->forms[count++] = (struct option){
			.name = form->name,
			.has_arg = form->argument != NULL ? required_argument
							  : no_argument,
			.val = OPTION_VALUE + i,
		};
		if (form->letter != 0) {
			*letter++ = form->letter;
		}
		if (form->letter != 0 && form->argument != NULL) {
			*letter++ = ':';
		}
	}
}

static const char *option_candidate(const void *context, size_t i)
{
	const struct parser *parser = context;

	return i < OPTION_COUNT ? parser->forms[i].name : NULL;
}

/* What getopt_long() could not take */
static void explain_option(const struct parser *parser, char **argv, int mark)
{
	const char *word = argv[optind - 1];

	if (optopt >= OPTION_VALUE) {
		log_write(LOG_LEVEL_ERROR, "%s: the option --%s takes %s%s", parser->name,
				option_forms[optopt - OPTION_VALUE].name,
				mark == ':' ? "an argument: " : "no argument",
				mark == ':' ? option_forms[optopt - OPTION_VALUE].argument
					    : "");
	} else if (mark == ':') {
		log_write(LOG_LEVEL_ERROR, "%s: the option -%c takes an argument",
				parser->name, optopt);
	} else if (optopt != 0) {
		log_write(LOG_LEVEL_ERROR,
				"%s has no option -%c; `cnnviz%s%s --help` lists them",
				parser->name, optopt,
				strcmp(parser->name, "cnnviz") == 0 ? "" : " ",
				strcmp(parser->name, "cnnviz") == 0 ? "" : parser->name);
	} else {
		char *name = memory_text_n(word + 2, strcspn(word + 2, "="));
		const char *nearest = text_nearest(name, option_candidate, parser);
		log_write(LOG_LEVEL_ERROR, "%s has no option --%s%s%s%s", parser->name,
				name, nearest != NULL ? "; did you mean --" : "",
				nearest != NULL ? nearest : "",
				nearest != NULL ? "?" : "");
		free(name);
	}
}

/* Next option's id; OPTION_COUNT at the end; -1 when there was a mistake */
static int next_option(const struct parser *parser, int argc, char **argv)
{
	int mark = getopt_long(argc, argv, parser->letters, parser->forms, NULL);

	if (mark == -1) {
		return OPTION_COUNT;
	}
	if (mark == '?' || mark == ':') {
		explain_option(parser, argv, mark);
		return -1;
	}
	if (mark >= OPTION_VALUE) {
		return mark - OPTION_VALUE;
	}
	for (int i = 0; i < OPTION_COUNT; i++) {
		if (option_forms[i].letter == mark && (parser->options & BIT(i)) != 0) {
			return i;
		}
	}
	return -1;
}

static void add_override(struct cli_request *request, const char *assignment)
{
	size_t count = 0;

	while (request->overrides != NULL && request->overrides[count] != NULL) {
		count++;
	}
	request->overrides = memory_resize(request->overrides, count + 2,
			sizeof(*request->overrides));
	request->overrides[count] = assignment;
	request->overrides[count + 1] = NULL;
}

static void take_option(struct cli_request *request, int id, const char *argument)
{
	switch (id) {
	case OPTION_OUTPUT:
		request->output = argument;
		break;
	case OPTION_SET:
		add_override(request, argument);
		break;
	case OPTION_ONLY:
		request->only = argument;
		break;
	case OPTION_FAIL_FAST:
		request->fail_fast = true;
		break;
	case OPTION_MODEL:
		request->model = argument;
		break;
	case OPTION_WEIGHTS:
		request->weights = argument;
		break;
	case OPTION_LABELS:
		request->labels = argument;
		break;
	case OPTION_TOP:
		request->top = argument;
		break;
	case OPTION_SIZE:
		request->size = argument;
		break;
	case OPTION_JSON:
		request->json = true;
		break;
	case OPTION_QUIET:
		request->quiet = true;
		log_set_level(LOG_LEVEL_WARNING);
		break;
	default:
		request->quiet = false;
		log_set_level(LOG_LEVEL_DETAIL);
		break;
	}
}

static bool check_arguments(const struct command *command,
		const struct cli_request *request)
{
	if (request->argument_count < command->minimum) {
		log_write(LOG_LEVEL_ERROR, "%s needs an argument: cnnviz %s %s",
				command->name, command->name, command->arguments);
		return false;
	}
	if (request->argument_count > command->maximum) {
		log_write(LOG_LEVEL_ERROR,
				"%s does not take the argument \"%s\"; "
				"`cnnviz %s --help` tells what it takes",
				command->name, request->arguments[command->maximum],
				command->name);
		return false;
	}
	return true;
}

static int run_command(const struct command *command, struct cli_request *request,
		int argc, char **argv)
{
	struct parser parser;
	int id;

	parser_start(&parser, command->name, command->options | OPTIONS_EVERYWHERE,
			false);
	optind = 0;
	while ((id = next_option(&parser, argc, argv)) != OPTION_COUNT) {
		if (id < 0) {
			return CLI_EXIT_INPUT;
		}
		if (id == OPTION_HELP) {
			print_command_help(command);
			return CLI_EXIT_DONE;
		}
		take_option(request, id, optarg);
	}
	request->arguments = argv + optind;
	request->argument_count = (size_t)(argc - optind);
	return check_arguments(command, request) ? command->run(request) : CLI_EXIT_INPUT;
}

static int run_program(struct cli_request *request, int argc, char **argv)
{
	struct parser parser;
	int id;

	parser_start(&parser, "cnnviz", OPTIONS_EVERYWHERE | BIT(OPTION_VERSION), true);
	while ((id = next_option(&parser, argc, argv)) != OPTION_COUNT) {
		if (id < 0) {
			return CLI_EXIT_INPUT;
		}
		if (id == OPTION_HELP) {
			print_help();
			return CLI_EXIT_DONE;
		}
		if (id == OPTION_VERSION) {
			printf("cnnviz %s\nplugin ABI %u.%u\n", PACKAGE_VERSION,
					CNNVIZ_ABI_MAJOR, CNNVIZ_ABI_MINOR);
			return CLI_EXIT_DONE;
		}
		take_option(request, id, optarg);
	}
	if (optind >= argc) {
		log_write(LOG_LEVEL_ERROR, "name a command; `cnnviz --help` lists them");
		return CLI_EXIT_INPUT;
	}
	const struct command *command = find_command(argv[optind]);
	return command != NULL
			? run_command(command, request, argc - optind, argv + optind)
			: CLI_EXIT_INPUT;
}

/* A reader that went away or a full disk must not pass for success. */
static int finish_output(int status)
{
	errno = 0;
	if ((fflush(stdout) != 0 || ferror(stdout)) && status == CLI_EXIT_DONE) {
		log_write(LOG_LEVEL_ERROR, "standard output cannot be written to%s%s",
				errno != 0 ? ": " : "",
				errno != 0 ? strerror(errno) : "");
		return CLI_EXIT_FAILED;
	}
	return status;
}

/*
 * A standard stream that the caller closed must not become the first file that is
 * opened. Standard output and error then fail to be written to, as they should.
 */
static void hold_standard_streams(void)
{
	for (int stream = 0; stream <= 2; stream++) {
		if (fcntl(stream, F_GETFD) == -1 && open("/dev/null", O_RDONLY) == -1) {
			return;
		}
	}
}

int main(int argc, char **argv)
{
	struct cli_request request = { 0 };

	hold_standard_streams();
	signal(SIGPIPE, SIG_IGN);
	opterr = 0;
	int status = finish_output(run_program(&request, argc, argv));
	free(request.overrides);
	return status;
}
