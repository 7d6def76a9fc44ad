/**
 * \file    cli/cli.h
 * \brief   The commands of the program and what they share
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cnnviz/library.h>

#include "base/error.h"
#include "base/json.h"
#include "base/table.h"
#include "plan/plan.h"

/** Exit codes in addition to those of run_plan() */
#define CLI_EXIT_DONE 0
#define CLI_EXIT_FAILED 1
#define CLI_EXIT_INPUT 2

/** The parsed command line. Texts are borrowed from argv. */
struct cli_request {
	const char *output;     /* -o, or NULL */
	const char **overrides; /* -s, NULL-terminated */
	const char *only;       /* --only, or NULL */
	const char *shard;      /* --shard, or NULL */
	const char *from;       /* --from, or NULL */
	const char *model;      /* -m, or NULL */
	const char *weights;    /* -w, or NULL */
	const char *labels;     /* -l, or NULL */
	const char *size;       /* --size, or NULL */
	const char *picture;    /* -i, or NULL */
	const char *top;        /* -k, or NULL */
	const char *techniques; /* -t, or NULL */
	const char *target;     /* -c, or NULL */
	bool fail_fast;
	bool decode;
	bool no_plugins;
	bool keep;
	bool resume;
	bool ini;
	bool layers;
	bool open;
	bool json;
	bool quiet;
	char **arguments; /* NULL-terminated */
	size_t argument_count;
};

/** The key that the section of every job may have besides those of its technique */
extern const cnnviz_parameter technique_parameter;

/* The commands. Each returns the program's exit code. */
/** Run a plan until it is done or interrupted, for run and explain; returns the exit code. */
int cli_run_plan(cnnviz_plan *plan);

int command_run(const struct cli_request *request);
int command_explain(const struct cli_request *request);
int command_merge(const struct cli_request *request);
int command_evaluate(const struct cli_request *request);
int command_check(const struct cli_request *request);
int command_classify(const struct cli_request *request);
int command_techniques(const struct cli_request *request);
int command_describe(const struct cli_request *request);
int command_models(const struct cli_request *request);
int command_import(const struct cli_request *request);
int command_layers(const struct cli_request *request);
int command_test_plugin(const struct cli_request *request);
int command_complete(const struct cli_request *request);
int command_completion(const struct cli_request *request);
int command_help(const struct cli_request *request);
int command_version(const struct cli_request *request);

/* ---- Printing ------------------------------------------------------------- */

/** Print to standard output and free. */
void table_print(struct table *table);

/** Print text to standard output, wrapped before column 79, with each line indented. */
void print_wrapped(const char *text, int indent);

/** Print to standard output and release the reference. */
void json_print(json_t *json);

/** Print problems to standard error, one per line. */
void problems_print(const struct problems *problems);

#endif
