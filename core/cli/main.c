/**
 * \file    cli/main.c
 * \brief   Parses the command line and runs a command
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"
#include "base/library_memory.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/command.h"

/* First value that getopt_long() returns for our options, above all letters */
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
		const struct option_info *form = &option_table[i];
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

/* Report what getopt_long() did not accept */
static void report_bad_option(const struct parser *parser, char **argv, int mark)
{
	const char *word = argv[optind - 1];

	if (optopt >= OPTION_VALUE) {
		log_write(LOG_LEVEL_ERROR, "%s: the option --%s %s%s", parser->name,
				option_table[optopt - OPTION_VALUE].name,
				mark == ':' ? "requires an argument: "
					    : "takes no argument",
				mark == ':' ? option_table[optopt - OPTION_VALUE].argument
					    : "");
	} else if (mark == ':') {
		log_write(LOG_LEVEL_ERROR, "%s: the option -%c requires an argument",
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

/* ID of the next option; OPTION_COUNT at the end; -1 after an error */
static int next_option(const struct parser *parser, int argc, char **argv)
{
	int mark = getopt_long(argc, argv, parser->letters, parser->forms, NULL);

	if (mark == -1) {
		return OPTION_COUNT;
	}
	if (mark == '?' || mark == ':') {
		report_bad_option(parser, argv, mark);
		return -1;
	}
	if (mark >= OPTION_VALUE) {
		return mark - OPTION_VALUE;
	}
	for (int i = 0; i < OPTION_COUNT; i++) {
		if (option_table[i].letter == mark && (parser->options & BIT(i)) != 0) {
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

/* Where the argument of an option goes; NULL: it is no single text */
static const char **find_text(struct cli_request *request, int id)
{
	switch (id) {
	case OPTION_OUTPUT:
	case OPTION_DESCRIPTION:
		return &request->output;
	case OPTION_ONLY:
		return &request->only;
	case OPTION_FROM:
		return &request->from;
	case OPTION_SHARD:
		return &request->shard;
	case OPTION_MODEL:
		return &request->model;
	case OPTION_WEIGHTS:
		return &request->weights;
	case OPTION_LABELS:
		return &request->labels;
	case OPTION_TOP:
		return &request->top;
	case OPTION_TECHNIQUES:
		return &request->techniques;
	case OPTION_CLASS:
		return &request->target;
	case OPTION_SIZE:
		return &request->size;
	case OPTION_PICTURE:
		return &request->picture;
	default:
		return NULL;
	}
}

static void apply_option(struct cli_request *request, int id, const char *argument)
{
	const char **text = find_text(request, id);

	if (text != NULL) {
		*text = argument;
		return;
	}
	switch (id) {
	case OPTION_SET:
		add_override(request, argument);
		break;
	case OPTION_FAIL_FAST:
		request->fail_fast = true;
		break;
	case OPTION_KEEP:
		request->keep = true;
		break;
	case OPTION_RESUME:
		request->resume = true;
		break;
	case OPTION_DECODE:
		request->decode = true;
		break;
	case OPTION_NO_PLUGINS:
		request->no_plugins = true;
		break;
	case OPTION_INI:
		request->ini = true;
		break;
	case OPTION_LAYERS:
		request->layers = true;
		break;
	case OPTION_OPEN:
		request->open = true;
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
		log_write(LOG_LEVEL_ERROR, "%s requires an argument: cnnviz %s %s",
				command->name, command->name, command->arguments);
		return false;
	}
	if (request->argument_count > command->maximum) {
		log_write(LOG_LEVEL_ERROR,
				"%s does not accept the argument \"%s\"; `cnnviz %s "
				"--help` shows its usage",
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
			help_print(command);
			return CLI_EXIT_DONE;
		}
		apply_option(request, id, optarg);
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
			help_print(NULL);
			return CLI_EXIT_DONE;
		}
		if (id == OPTION_VERSION) {
			version_print();
			return CLI_EXIT_DONE;
		}
		apply_option(request, id, optarg);
	}
	if (optind >= argc) {
		log_write(LOG_LEVEL_ERROR,
				"a command is missing; `cnnviz --help` lists them");
		return CLI_EXIT_INPUT;
	}
	const struct command *command = command_find(argv[optind]);
	if (command == NULL) {
		report_unknown_command(argv[optind]);
		return CLI_EXIT_INPUT;
	}
	return run_command(command, request, argc - optind, argv + optind);
}

/* A closed pipe or a full disk must not go unnoticed. */
static int finish_output(int status)
{
	errno = 0;
	if ((fflush(stdout) != 0 || ferror(stdout)) && status == CLI_EXIT_DONE) {
		log_write(LOG_LEVEL_ERROR, "cannot write to standard output%s%s",
				errno != 0 ? ": " : "",
				errno != 0 ? strerror(errno) : "");
		return CLI_EXIT_FAILED;
	}
	return status;
}

/*
 * Reopen standard streams that the caller closed, so that no other file gets their
 * descriptors. Writing to standard output and error then fails, as it should.
 */
static void open_closed_streams(void)
{
	for (int stream = 0; stream <= 2; stream++) {
		if (fcntl(stream, F_GETFD) == -1 && open("/dev/null", O_RDONLY) == -1) {
			return;
		}
	}
}

/*
 * Where the address space is limited, what libraries do at exit may not end: OpenBLAS waits for
 * threads that could not be started.
 */
static void end_if_cramped(int status)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
		fflush(NULL);
		_exit(status);
	}
}

int main(int argc, char **argv)
{
	struct cli_request request = { 0 };

	open_closed_streams();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* as a full disk, a file's limit is an error of writing */
	mapping_tell_cuts();
	library_memory_use();
	opterr = 0;
	int status = finish_output(run_program(&request, argc, argv));
	log_end_counted();
	free(request.overrides);
	end_if_cramped(status);
	return status;
}
