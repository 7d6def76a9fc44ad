/**
 * \file    cli/explain.c
 * \brief   The command explain: pictures explained without an INI file
 */
#include "cli/cli.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "config/ini.h"
#include "host/check.h"
#include "library/plan.h"
#include "plan/read.h"

/* What explains best for one look: where, in what detail, and which pixels matter */
#define DEFAULT_TECHNIQUES "grad_cam, guided_grad_cam, saliency"

extern char **environ;

/* Open a file in the program that the user has chosen for its kind. */
static void open_file(const char *path)
{
	char *command = memory_text("xdg-open");
	char *file = memory_text(path);
	char *words[] = { command, file, NULL };
	pid_t child = 0;
	int end = 0;
	int failure = posix_spawnp(&child, command, NULL, NULL, words, environ);

	if (failure != 0) {
		log_write(LOG_LEVEL_WARNING,
				"--open: xdg-open cannot be started (%s); open %s in a "
				"browser",
				strerror(failure), path);
	} else {
		while (waitpid(child, &end, 0) == -1 && errno == EINTR) {
		}
		if (!WIFEXITED(end) || WEXITSTATUS(end) != 0) {
			log_write(LOG_LEVEL_WARNING,
					"--open: xdg-open found nothing to open %s with; "
					"open it in a browser",
					path);
		}
	}
	free(file);
	free(command);
}

/* Print what the command line stands for; returns the exit code. */
static int print_ini(const struct plan *plan)
{
	struct error error;

	printf("# cnnviz run FILE does what the command line did that printed this. "
	       "Paths\n"
	       "# are relative to the folder that the file is in.\n\n");
	if (ini_write(plan->ini, stdout, &error) != CNNVIZ_OK) {
		log_write(LOG_LEVEL_ERROR, "--ini: %s", error.text);
		return CLI_EXIT_INPUT;
	}
	return CLI_EXIT_DONE;
}

/* Run a plan, which is freed, and tell where its gallery is; returns the exit code. */
static int explain(const struct cli_request *request, struct plan *plan)
{
	const struct run_options options = {
		.fail_fast = request->fail_fast,
		.keep = request->keep,
		.resume = request->resume,
		.quiet = request->quiet,
	};
	char *gallery = memory_format("%s/index.html", plan->output);
	cnnviz_plan *adopted = library_adopt(plan, &options);
	int status = cli_run_plan(adopted);

	cnnviz_plan_free(adopted);
	if (status != RUN_EXIT_INPUT) {
		printf("%s\n", gallery);
		fflush(stdout);
		if (request->open && status != RUN_EXIT_INTERRUPTED) {
			open_file(gallery);
		}
	}
	free(gallery);
	return status;
}

int command_explain(const struct cli_request *request)
{
	const struct plan_request plan_request = {
		.architecture = request->model,
		.weights = request->weights,
		.labels = request->labels,
		.overrides = request->overrides,
		.pictures = request->arguments,
		.picture_count = request->argument_count,
		.techniques = request->techniques != NULL ? request->techniques
							  : DEFAULT_TECHNIQUES,
		.target = request->target,
		.output = request->output,
	};
	struct problems problems = { 0 };
	int status = CLI_EXIT_INPUT;

	if (request->model == NULL) {
		log_write(LOG_LEVEL_ERROR,
				"explain requires a network: -m MODEL (`cnnviz models` "
				"lists them; scenes has its weights with it)");
		return CLI_EXIT_INPUT;
	}
	struct plan *plan = plan_explain(&plan_request, check_job, &problems);
	problems_print(&problems);
	if (plan != NULL && request->ini) {
		status = print_ini(plan);
		plan_free(plan);
	} else if (plan != NULL) {
		status = explain(request, plan);
	}
	problems_free(&problems);
	return status;
}
