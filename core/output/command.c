/**
 * \file    output/command.c
 * \brief   The command that a plan was made by, as shards keep it for those who join them
 */
#include "output/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "plan/read.h"

/** Most items of -s that are read */
#define SET_MAX 10000

/* ---- JSON ------------------------------------------------------------------------ */

json_t *command_to_json(const struct plan *plan)
{
	json_t *object = json_object(), *set = json_array();

	for (char **item = plan->command.set; item != NULL && *item != NULL; item++) {
		json_array_append_new(set, json_text(*item));
	}
	json_object_set_new(object, "ini", json_text(plan->ini->path));
	json_object_set_new(object, "set", set);
	json_object_set_new(object, "only", json_text(plan->command.only));
	json_object_set_new(object, "folder", json_text(plan->command.folder));
	json_object_set_new(object, "output", json_text(plan->output));
	return object;
}

static void read_set(struct json_members *in, struct command *command)
{
	const json_t *list = json_member_list(in, "set", 0, SET_MAX);
	size_t count = json_array_size(list);

	command->set = memory_new(count + 1, sizeof(*command->set));
	for (size_t i = 0; i < count; i++) {
		command->set[i] = json_text_value(json_array_get(list, i));
		if (command->set[i] == NULL) {
			json_members_fail(in, "\"set\" is not a list of texts");
			return;
		}
	}
}

cnnviz_status command_from_json(const json_t *json, struct command *command,
		struct error *error)
{
	struct json_members in = json_members_begin(json, error);

	*command = (struct command){
		.ini = json_member_text(&in, "ini"),
		.only = json_member_text_or_null(&in, "only"),
		.folder = json_member_text(&in, "folder"),
		.output = json_member_text(&in, "output"),
	};
	read_set(&in, command);
	return json_members_end(&in);
}

void command_clear(struct command *command)
{
	for (char **item = command->set; item != NULL && *item != NULL; item++) {
		free(*item);
	}
	free(command->set);
	free(command->ini);
	free(command->only);
	free(command->folder);
	free(command->output);
	*command = (struct command){ .ini = NULL };
}

/** Whether a path may be relative to the folder of the command */
static bool needs_folder(const struct command *command)
{
	return command->set[0] != NULL || command->ini[0] != '/';
}

/* ---- The plan -------------------------------------------------------------------- */

cnnviz_status command_enter(const struct command *command, char **former,
		struct error *error)
{
	*former = path_absolute(".");
	if (needs_folder(command) && chdir(command->folder) != 0) {
		free(*former);
		*former = NULL;
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"cannot go to %s, where the command was given: %s",
				command->folder, strerror(errno));
	}
	return CNNVIZ_OK;
}

cnnviz_status command_leave(char *former, struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;

	if (former != NULL && chdir(former) != 0) {
		status = error_set(error, CNNVIZ_ERROR_INPUT, "cannot go back to %s: %s",
				former, strerror(errno));
	}
	free(former);
	return status;
}

struct plan *command_plan(const struct command *command, enum plan_purpose purpose,
		struct problems *problems)
{
	const struct plan_options options = {
		.purpose = purpose,
		.path = command->ini,
		.output = command->output,
		.overrides = (const char *const *)command->set,
		.only = command->only,
	};
	struct plan *plan = NULL;
	char *former = NULL;
	struct error error;
	cnnviz_status status = command_enter(command, &former, &error);

	if (status == CNNVIZ_OK) {
		plan = plan_read(&options, problems);
		status = command_leave(former, &error);
	}
	if (status != CNNVIZ_OK) {
		problems_add(problems, NULL, 0, NULL, NULL, "%s", error.text);
	}
	return plan;
}

/* ---- The line -------------------------------------------------------------------- */

/** Append a word that belongs behind another, unless it is NULL. */
static void append(char **line, const char *before, const char *word)
{
	if (word == NULL) {
		return;
	}
	char *quoted = text_shell_word(word);
	char *longer = memory_format("%s%s%s", *line, before, quoted);

	free(quoted);
	free(*line);
	*line = longer;
}

char *command_line(const struct command *command, const char *name,
		struct plan_shard shard, const char *output)
{
	char *line = memory_text("");

	if (needs_folder(command)) {
		append(&line, "cd ", command->folder);
		append(&line, " && ", "cnnviz");
	} else {
		append(&line, "", "cnnviz");
	}
	append(&line, " ", name);
	append(&line, " ", command->ini);
	for (char **item = command->set; *item != NULL; item++) {
		append(&line, " -s ", *item);
	}
	append(&line, " --only ", command->only);
	append(&line, " -o ", output);
	if (shard.count == 0) {
		return line;
	}
	char *whole = memory_format("%s --shard %zu/%zu", line, shard.index, shard.count);

	free(line);
	return whole;
}
