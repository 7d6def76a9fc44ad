/**
 * \file    cli/merge.c
 * \brief   cnnviz merge: what shards of a run have made becomes the results of one run
 */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/memory.h"
#include "evaluate/merge.h"
#include "output/shard_files.h"
#include "plan/read.h"
#include "run/merge.h"

/** The folders of the command line, each once, with that of the results as the last one */
struct folders {
	char **paths; /* absolute */
	size_t count;
	size_t output;
};

/* ---- Folders ------------------------------------------------------------------------------ */

static bool is_same_folder(const char *one, const char *other)
{
	struct stat mine, theirs;

	return strcmp(one, other) == 0
			|| (stat(one, &mine) == 0 && stat(other, &theirs) == 0
					&& mine.st_dev == theirs.st_dev
					&& mine.st_ino == theirs.st_ino);
}

/** Add a folder, unless it is there under any name; returns its place. */
static size_t add_folder(struct folders *folders, const char *path)
{
	char *absolute = path_absolute(path);
	size_t i = 0;

	while (i < folders->count && !is_same_folder(folders->paths[i], absolute)) {
		i++;
	}
	if (i == folders->count) {
		folders->paths[folders->count++] = absolute;
	} else {
		free(absolute);
	}
	return i;
}

static void free_folders(struct folders *folders)
{
	for (size_t i = 0; i < folders->count; i++) {
		free(folders->paths[i]);
	}
	free(folders->paths);
}

static bool find_folders(const struct cli_request *request, struct folders *folders)
{
	folders->paths = memory_new(request->argument_count + 1, sizeof(char *));
	for (size_t i = 0; i < request->argument_count; i++) {
		if (!path_is_folder(request->arguments[i])) {
			log_write(LOG_LEVEL_ERROR, "there is no folder \"%s\"",
					request->arguments[i]);
			return false;
		}
		add_folder(folders, request->arguments[i]);
	}
	if (request->output == NULL && folders->count > 1) {
		log_write(LOG_LEVEL_ERROR,
				"several folders are joined in another one; give that "
				"with -o");
		return false;
	}
	if (request->output != NULL) {
		folders->output = add_folder(folders, request->output);
	}
	return true;
}

/* ---- The plan ------------------------------------------------------------------------------ */

/** The overrides of a command, and those of this one behind them; not to be freed inside */
static const char **join_overrides(char *const *before, const char *const *more)
{
	size_t count = 0, kept = 0;

	for (char *const *item = before; item != NULL && *item != NULL; item++) {
		count++;
	}
	for (const char *const *item = more; item != NULL && *item != NULL; item++) {
		count++;
	}
	const char **all = memory_new(count + 1, sizeof(*all));

	for (char *const *item = before; item != NULL && *item != NULL; item++) {
		all[kept++] = *item;
	}
	for (const char *const *item = more; item != NULL && *item != NULL; item++) {
		all[kept++] = *item;
	}
	return all;
}

/** Make the plan of the run again; NULL with messages */
static struct plan *make_plan(const struct cli_request *request,
		const struct folders *folders, const struct sources *sources, char *given)
{
	const struct source *made = sources_command(sources);
	char *only = sources_jobs(sources), *here = path_absolute("");
	const char **set = join_overrides(made != NULL ? made->command.set : NULL,
			request->overrides);
	const struct command command = {
		.ini = given != NULL ? given : made->command.ini,
		.set = (char **)(uintptr_t)set,
		.only = only,
		.folder = made != NULL ? made->command.folder : here,
		.output = folders->paths[folders->output],
	};
	struct problems problems = { 0 };
	struct plan *plan = command_plan(&command, PLAN_FOR_MERGE, &problems);

	problems_print(&problems);
	if (plan == NULL && given == NULL) {
		log_write(LOG_LEVEL_ERROR,
				"the plan of %s cannot be made again; if its INI file is "
				"elsewhere now, give that with --from",
				made->path);
	}
	problems_free(&problems);
	free(set);
	free(here);
	free(only);
	return plan;
}

/* ---- The command ------------------------------------------------------------------------------ */

/** Whether there is anything to join; *code is that of the program if not */
static bool has_work(const struct cli_request *request, const struct folders *folders,
		const struct sources *sources, int *code)
{
	const char *output = folders->paths[folders->output];
	bool parts = false, joined = false;

	for (size_t i = 0; i < sources->count; i++) {
		parts = parts || !sources->items[i].earlier;
		joined = joined || strcmp(sources->items[i].name, "manifest.json") == 0;
	}
	*code = joined ? CLI_EXIT_DONE : CLI_EXIT_INPUT;
	if (!parts && joined) {
		log_write(LOG_LEVEL_INFO,
				"%s has no shards, but the manifest.json of a run: there "
				"is nothing to join",
				output);
	} else if (!parts) {
		log_write(LOG_LEVEL_ERROR,
				"%s has no manifest of a shard, as `cnnviz run --shard` "
				"writes it, and no scores of `cnnviz evaluate --shard`",
				request->arguments[0]);
	} else if (request->from == NULL && sources_command(sources) == NULL) {
		*code = CLI_EXIT_INPUT;
		log_write(LOG_LEVEL_ERROR,
				"%s does not say of which INI file it is; give that with "
				"--from",
				sources->items[0].path);
		return false;
	}
	return parts;
}

static int merge_sources(const struct cli_request *request, const struct folders *folders,
		const struct sources *sources)
{
	char *given = request->from != NULL ? path_absolute(request->from) : NULL;
	const struct merge_options options = { given };
	struct plan *plan = make_plan(request, folders, sources, given);
	int code = CLI_EXIT_INPUT;

	if (plan != NULL) {
		interrupt_install();
		code = merge_plan(plan, sources, &options);
	}
	plan_free(plan);
	free(given);
	return code;
}

static int merge_runs(const struct cli_request *request, const struct folders *folders)
{
	struct sources sources;
	struct error error;
	int code = CLI_EXIT_INPUT;

	if (sources_find((const char *const *)folders->paths, folders->count,
			    folders->output, &sources, &error)
			!= CNNVIZ_OK) {
		log_write(LOG_LEVEL_ERROR, "%s", error.text);
		return code;
	}
	if (has_work(request, folders, &sources, &code)) {
		code = merge_sources(request, folders, &sources);
	}
	sources_free(&sources);
	return code;
}

static int merge_evaluation(const struct cli_request *request,
		const struct folders *folders)
{
	const struct evaluation_merge merge = {
		.folders = folders->paths,
		.folder_count = folders->count,
		.output = folders->paths[folders->output],
		.ini = request->from,
		.overrides = request->overrides,
	};
	struct problems problems = { 0 };
	int code = evaluation_merge(&merge, &problems);

	problems_print(&problems);
	problems_free(&problems);
	return code;
}

/** Which kinds of files of shards the folders have */
static void find_kinds(const struct folders *folders, bool found[RUN_FILE_KINDS])
{
	for (size_t i = 0; i < folders->count; i++) {
		struct shard_files files = shard_files_list(folders->paths[i],
				(struct plan_shard){ 0, 0 });

		for (size_t k = 0; k < files.count; k++) {
			found[files.items[k].kind] = true;
		}
		shard_files_free(&files);
	}
}

int command_merge(const struct cli_request *request)
{
	struct folders folders = { NULL, 0, 0 };
	bool found[RUN_FILE_KINDS] = { false };
	int code = CLI_EXIT_INPUT;

	if (find_folders(request, &folders)) {
		find_kinds(&folders, found);
		bool runs = found[RUN_FILE_MANIFEST] || found[RUN_FILE_JOURNAL];

		code = found[RUN_FILE_EVALUATION] ? merge_evaluation(request, &folders)
						  : CLI_EXIT_DONE;
		if (runs || !found[RUN_FILE_EVALUATION]) {
			int more = merge_runs(request, &folders);

			code = more > code ? more : code;
		}
	}
	free_folders(&folders);
	return code;
}
