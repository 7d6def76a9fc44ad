/**
 * \file    plugin/scan.c
 * \brief   Looks at plugin files in a child process, which they may bring down
 */
#include "plugin/scan.h"

#include <stdlib.h>
#include <time.h>

#include "base/child.h"
#include "base/json.h"
#include "base/lines.h"
#include "base/memory.h"
#include "plugin/card.h"
#include "plugin/library.h"

/* Longest time that a file may take */
#define SECONDS 5

/* Longest answer that is read; one of a plugin with a hundred parameters is far shorter. */
#define ANSWER_MAX ((size_t)4 << 20)

/** A child that looks at one file after another, as its parent sees it */
struct scan {
	struct plugin_file **files;
	size_t count;
	size_t done; /* files whose answers have come */
	time_t end;  /* deadline of the next one */
	struct lines lines;
};

/* ---- In the child ------------------------------------------------------------ */

static void print_answer(json_t *answer, FILE *report)
{
	char *text = json_dumps(answer, JSON_EXACT);

	fprintf(report, "%s\n", text != NULL ? text : "null");
	free(text);
	json_decref(answer);
}

/** The file is closed before its answer is sent: it is to blame for what that does. */
static void look_at_file(const struct plugin_file *file, FILE *report)
{
	struct library library;
	struct error error;
	json_t *answer;

	if (library_open(file->path, &library, &error) == CNNVIZ_OK) {
		answer = answer_of(&library, NULL);
		library_close(&library);
	} else {
		answer = answer_of(NULL, error.text);
	}
	print_answer(answer, report);
}

static void look_at_files(void *context, FILE *report)
{
	const struct scan *scan = context;

	for (size_t i = 0; i < scan->count; i++) {
		look_at_file(scan->files[i], report);
	}
}

/* ---- In the parent ----------------------------------------------------------- */

static time_t seconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

static time_t deadline(void)
{
	return seconds() + SECONDS + 1;
}

static void refuse_file(struct plugin_file *file, const char *reason)
{
	plugin_file_take(file, answer_of(NULL, reason), NULL);
}

static void take_line(void *context, char *text, size_t length)
{
	struct scan *scan = context;
	struct error error;

	if (scan->done < scan->count) {
		struct plugin_file *file = scan->files[scan->done++];
		json_t *answer = json_loadb(text, length, 0, NULL);

		if (plugin_file_take(file, answer, &error) != CNNVIZ_OK) {
			refuse_file(file, error.text);
		}
		scan->end = deadline();
	}
}

static void receive(void *context, const char *piece, size_t length)
{
	lines_feed(&((struct scan *)context)->lines, piece, length);
}

static enum child_action watch(void *context)
{
	return seconds() >= ((const struct scan *)context)->end ? CHILD_KILL
								: CHILD_CONTINUE;
}

static cnnviz_status run_child(struct scan *scan, struct child *child,
		struct error *error)
{
	const struct child_options options = {
		.body = look_at_files,
		.receive = receive,
		.watch = watch,
		.context = scan,
		.output = "/dev/null",
		.group = true,
	};

	scan->lines = (struct lines){
		.longest = ANSWER_MAX,
		.line = take_line,
		.context = scan,
	};
	scan->end = deadline();
	cnnviz_status status = child_watch(&options, child, error);
	lines_finish(&scan->lines);
	return status;
}

/**
 * \brief   Look at files until the child has ended
 *
 * \return  Number of files that have an answer now, at least one
 *
 * Who ends a child that has looked at other files before is not to blame yet, since these
 * may have left it in disorder: it has a child of its own next. Only who holds it up does
 * not get another chance, which would take as long again.
 */
static size_t scan_some(struct plugin_file **files, size_t count)
{
	struct scan scan = { .files = files, .count = count };
	struct child child;
	struct error error;

	if (run_child(&scan, &child, &error) != CNNVIZ_OK) {
		for (size_t i = 0; i < count; i++) {
			refuse_file(files[i], error.text);
		}
		return count;
	}
	if (scan.done < count && (scan.done == 0 || child.end == CHILD_TIMED_OUT)) {
		char *how = child_describe(&child, SECONDS);

		plugin_file_take(files[scan.done++], answer_of_end(how), NULL);
		free(how);
	}
	return scan.done;
}

bool scan_files(struct plugin_files *files)
{
	struct plugin_file **unknown = memory_new(files->count + 1, sizeof(*unknown));
	size_t count = 0;

	for (size_t i = 0; i < files->count; i++) {
		if (files->items[i].answer == NULL) {
			unknown[count++] = &files->items[i];
		}
	}
	for (size_t done = 0; done < count;) {
		done += scan_some(unknown + done, count - done);
	}
	free(unknown);
	return count > 0;
}
