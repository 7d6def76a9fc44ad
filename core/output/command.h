/**
 * \file    output/command.h
 * \brief   The command that a plan was made by, as shards keep it for those who join them
 */
#ifndef OUTPUT_COMMAND_H
#define OUTPUT_COMMAND_H

#include "base/json.h"
#include "plan/request.h"

/** Paths of `ini` and in `set` are as they were given, relative to `folder` */
struct command {
	char *ini;
	char **set;   /* -s, NULL-terminated */
	char *only;   /* or NULL */
	char *folder; /* in which it was given */
	char *output;
};

/** The command of a plan; new */
json_t *command_to_json(const struct plan *plan);

/**
 * \brief   Read a command that may come from anywhere
 *
 * \param   command To be released by command_clear(), also after a failure
 */
cnnviz_status command_from_json(const json_t *json, struct command *command,
		struct error *error);

void command_clear(struct command *command);

/**
 * \brief   Go to the folder of a command, where its relative paths lead to files
 *
 * \param   former  Set to the folder before that, for command_leave(); NULL after an error
 */
cnnviz_status command_enter(const struct command *command, char **former,
		struct error *error);

/** Go back; NULL is nothing. */
cnnviz_status command_leave(char *former, struct error *error);

/**
 * \brief   Make the plan of a command again, from what its INI file says now
 *
 * The current folder is that of the command meanwhile, if it is there: so relative paths are
 * what they were, in the plan's manifest too.
 *
 * \return  NULL when there were problems
 */
struct plan *command_plan(const struct command *command, enum plan_purpose purpose,
		struct problems *problems);

/**
 * \brief   A line for a shell that does one shard of the command
 *
 * \param   name    Of the program's command, such as "run"
 * \param   shard   A count of 0 is the whole
 * \param   output  -o
 *
 * \return  malloc'ed
 */
char *command_line(const struct command *command, const char *name,
		struct plan_shard shard, const char *output);

#endif
