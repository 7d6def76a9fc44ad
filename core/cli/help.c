/**
 * \file    cli/help.c
 * \brief   Prints help and version
 */
#include "config.h"

#include <stdio.h>

#include "cli/command.h"

static void print_options(unsigned options)
{
	struct table table;

	table_start(&table, 2, 0);
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option_info *form = &option_table[i];
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

static void print_program(void)
{
	struct table table;

	printf("Usage: cnnviz [-q|-v] COMMAND [OPTION]... [ARGUMENT]...\n\n"
	       "Visualize what convolutional networks look at, as described by an INI "
	       "file.\n\n"
	       "Commands:\n");
	table_start(&table, 2, 0);
	for (const struct command *command = commands; command->name != NULL; command++) {
		table_add(&table, "  %s %s", command->name, command->arguments);
		table_add(&table, "%s", command->summary);
	}
	table_print(&table);
	printf("\nOptions:\n");
	print_options(OPTIONS_EVERYWHERE | BIT(OPTION_VERSION));
	printf("\n`cnnviz COMMAND --help` lists a command's options. Manuals: "
	       "cnnviz(1),\n"
	       "cnnviz.ini(5), cnnviz-network(5), cnnviz-plugin(7).\n");
}

static void print_command(const struct command *command)
{
	printf("Usage: cnnviz %s [OPTION]...%s%s%s\n\n%s.\n\nOptions:\n", command->name,
			(command->options & BIT(OPTION_MODEL)) != 0 ? " -m MODEL" : "",
			command->arguments[0] != '\0' ? " " : "", command->arguments,
			command->summary);
	print_options(command->options | OPTIONS_EVERYWHERE);
}

void help_print(const struct command *command)
{
	if (command != NULL) {
		print_command(command);
	} else {
		print_program();
	}
}

void version_print(void)
{
	printf("cnnviz %s\nplugin ABI %u.%u\n", PACKAGE_VERSION, CNNVIZ_ABI_MAJOR,
			CNNVIZ_ABI_MINOR);
}

/* ---- The commands -------------------------------------------------------------- */

int command_help(const struct cli_request *request)
{
	const char *name = request->arguments[0];
	const struct command *command = name != NULL ? command_find(name) : NULL;

	if (name != NULL && command == NULL) {
		report_unknown_command(name);
		return CLI_EXIT_INPUT;
	}
	help_print(command);
	return CLI_EXIT_DONE;
}

int command_version(const struct cli_request *request)
{
	(void)request;
	version_print();
	return CLI_EXIT_DONE;
}
