#include "config.h" /* _GNU_SOURCE */

#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"

/* A code that no program gives of itself: body came back */
#define CODE_RETURNED 203

/* ---- In the child ------------------------------------------------------------ */

static void redirect(const char *output)
{
	int file = output != NULL ? open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;

	if (file >= 0) {
		dup2(file, STDOUT_FILENO);
		dup2(file, STDERR_FILENO);
		close(file);
	}
}

__attribute__((noreturn))
static void be_child(void (*body)(void *, FILE *), void *context, const char *output,
		int pipe)
{
	FILE *report = fdopen(pipe, "w");

	/* It must not outlive an interrupted parent by more than its next line. */
	signal(SIGPIPE, SIG_DFL);
	redirect(output);
	if (report == NULL) {
		_exit(1);
	}
	setvbuf(report, NULL, _IOLBF, 0);
	body(context, report);
	fflush(stdout);
	/* What exit() would run belongs to the parent. */
	_exit(fclose(report) == 0 ? CODE_RETURNED : 1);
}

/* ---- In the parent ----------------------------------------------------------- */

/** Lines as they come in pieces */
struct lines {
	char *text;
	size_t length;
	void (*line)(void *, char *);
	void *context;
};

static void lines_add(struct lines *lines, const char *piece, size_t length)
{
	lines->text = memory_resize(lines->text, lines->length + length + 1, 1);
	memcpy(lines->text + lines->length, piece, length);
	lines->length += length;
	for (char *end; (end = memchr(lines->text, '\n', lines->length)) != NULL;) {
		size_t taken = (size_t)(end - lines->text) + 1;

		*end = '\0';
		lines->line(lines->context, lines->text);
		lines->length -= taken;
		memmove(lines->text, end + 1, lines->length);
	}
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/** Read to the end; false when time ran out before. */
static bool read_report(int pipe, unsigned seconds, struct lines *lines)
{
	double end = now() + (double)seconds;

	for (;;) {
		struct pollfd poller = { .fd = pipe, .events = POLLIN };
		double left = end - now();
		char piece[4096];
		int ready = seconds > 0 && left <= 0 ? 0
				: poll(&poller, 1, seconds > 0 ? (int)(left * 1000) + 1 : -1);

		if (ready == 0) {
			return false;
		}
		if (ready < 0 && errno != EINTR) {
			return true;
		}
		ssize_t length = ready > 0 ? read(pipe, piece, sizeof(piece)) : -1;
		if (length == 0 || (length < 0 && errno != EINTR)) {
			return true;
		}
		if (length > 0) {
			lines_add(lines, piece, (size_t)length);
		}
	}
}

static void settle(struct child *child, bool in_time, int status)
{
	if (!in_time) {
		child->end = CHILD_TIMED_OUT;
		child->code = 0;
	} else if (WIFSIGNALED(status)) {
		child->end = CHILD_CRASHED;
		child->code = WTERMSIG(status);
	} else {
		child->code = WEXITSTATUS(status);
		child->end = child->code == CODE_RETURNED ? CHILD_RETURNED : CHILD_EXITED;
	}
}

cnnviz_status child_run(void (*body)(void *context, FILE *report), void *context,
		const char *output, unsigned seconds,
		void (*line)(void *context, char *text), struct child *child,
		struct error *error)
{
	struct lines lines = { .line = line, .context = context };
	int ends[2], status = 0;
	pid_t process;

	fflush(NULL);
	if (pipe(ends) != 0) {
		return error_set(error, CNNVIZ_ERROR_IO, "cannot make a pipe: %s",
				strerror(errno));
	}
	process = fork();
	if (process < 0) {
		close(ends[0]);
		close(ends[1]);
		return error_set(error, CNNVIZ_ERROR_MEMORY, "cannot start a process: %s",
				strerror(errno));
	}
	if (process == 0) {
		close(ends[0]);
		be_child(body, context, output, ends[1]);
	}
	close(ends[1]);
	bool in_time = read_report(ends[0], seconds, &lines);
	close(ends[0]);
	if (!in_time) {
		kill(process, SIGKILL);
	}
	while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
	}
	settle(child, in_time, status);
	free(lines.text);
	return CNNVIZ_OK;
}

char *child_describe(const struct child *child, unsigned seconds)
{
	switch (child->end) {
	case CHILD_CRASHED:
		return memory_format("crashed: %s", strsignal(child->code));
	case CHILD_EXITED:
		return memory_format("ended the program with exit code %d", child->code);
	case CHILD_TIMED_OUT:
		return memory_format("did not come back within %u seconds", seconds);
	default:
		return memory_text("came back");
	}
}
