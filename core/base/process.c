/**
 * \file    base/process.c
 * \brief   What foreign code may change of the whole process, kept and put back
 */
#include "config.h" /* memfd_create() */

#include "base/process.h"

#include <fcntl.h>
#include <fenv.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

/* The state that was kept last, for process_spill() */
static struct process_state *innermost;

/* ---- The umask ----------------------------------------------------------------- */

/**
 * The umask of the whole run. Later it is set to what it should be anyway, which tells
 * what it was without a moment in which files would get other permissions.
 */
static mode_t usual_mask(void)
{
	static bool known;
	static mode_t mask;

	if (!known) {
		mask = umask(0);
		umask(mask);
		known = true;
	}
	return mask;
}

/* ---- Standard output ----------------------------------------------------------- */

static void catch_output(struct process_state *state)
{
	fflush(stdout);
	state->output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	state->caught = state->output >= 0 ? memfd_create("cnnviz", MFD_CLOEXEC) : -1;
	if (state->caught < 0 || dup2(state->caught, STDOUT_FILENO) < 0) {
		state->caught = -1;
	}
}

/** Copy a file to standard error; false if it is empty */
static bool spill(int file)
{
	char piece[4096];
	off_t place = 0;
	ssize_t length;

	while ((length = pread(file, piece, sizeof(piece), place)) > 0) {
		if (write(STDERR_FILENO, piece, (size_t)length) < 0) {
			break;
		}
		place += length;
	}
	return place > 0 || length > 0;
}

static bool release_output(struct process_state *state)
{
	bool printed = false;

	fflush(stdout);
	if (state->caught >= 0) {
		dup2(state->output, STDOUT_FILENO);
		printed = spill(state->caught);
		close(state->caught);
	}
	if (state->output >= 0) {
		close(state->output);
	}
	return printed;
}

void process_spill(void)
{
	for (struct process_state *state = innermost; state != NULL;
			state = state->outer) {
		if (state->caught >= 0) {
			spill(state->caught);
		}
	}
}

static void flush_and_spill(void)
{
	fflush(stdout);
	process_spill();
}

void process_spill_at_exit(void)
{
	atexit(flush_and_spill);
}

/* ---- The folder ---------------------------------------------------------------- */

static bool put_folder_back(const struct process_state *state)
{
	struct stat before, now;
	bool changed = state->folder >= 0 && fstat(state->folder, &before) == 0
			&& (stat(".", &now) != 0 || before.st_dev != now.st_dev
					|| before.st_ino != now.st_ino)
			&& fchdir(state->folder) == 0;

	if (state->folder >= 0) {
		close(state->folder);
	}
	return changed;
}

/* ---- The locale ---------------------------------------------------------------- */

static bool put_locale_back(struct process_state *state)
{
	bool changed = false;

	if (uselocale((locale_t)0) != state->thread_locale) {
		uselocale(state->thread_locale);
		changed = true;
	}
	if (strcmp(setlocale(LC_ALL, NULL), state->locale) != 0) {
		setlocale(LC_ALL, state->locale);
		changed = true;
	}
	free(state->locale);
	return changed;
}

/* ---- All of it ----------------------------------------------------------------- */

void process_keep(struct process_state *state)
{
	usual_mask();
	*state = (struct process_state){
		.rounding = fegetround(),
		.folder = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC),
		.locale = memory_text(setlocale(LC_ALL, NULL)),
		.thread_locale = uselocale((locale_t)0),
		.outer = innermost,
	};
	catch_output(state);
	innermost = state;
}

unsigned process_put_back(struct process_state *state)
{
	mode_t mask = usual_mask();
	unsigned changes = 0;

	innermost = state->outer;
	if (release_output(state)) {
		changes |= PROCESS_OUTPUT;
	}
	if (fegetround() != state->rounding) {
		fesetround(state->rounding);
		changes |= PROCESS_ROUNDING;
	}
	if (put_folder_back(state)) {
		changes |= PROCESS_FOLDER;
	}
	if (umask(mask) != mask) {
		changes |= PROCESS_MASK;
	}
	if (put_locale_back(state)) {
		changes |= PROCESS_LOCALE;
	}
	return changes;
}

const char *process_change_clause(enum process_change change)
{
	switch (change) {
	case PROCESS_ROUNDING:
		return "changed the rounding mode";
	case PROCESS_FOLDER:
		return "changed the working folder";
	case PROCESS_MASK:
		return "changed the umask";
	case PROCESS_LOCALE:
		return "changed the locale";
	case PROCESS_OUTPUT:
		return "printed on standard output";
	}
	return "";
}

const char *process_change_effect(enum process_change change)
{
	return change == PROCESS_OUTPUT ? "which went to standard error"
					: "which was put back";
}
