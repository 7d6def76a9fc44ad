/**
 * \file    base/child.c
 * \brief   Starts child processes, watches them and reports how they ended
 */
#include "config.h" /* _GNU_SOURCE */

#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/lines.h"
#include "base/memory.h"
#include "base/orphans.h"

/* Exit code that means that the body returned; no program is likely to use it */
#define CODE_RETURNED 203

/* Seconds between two checks of a running child, by default, and of one that is ending */
#define WATCH_INTERVAL 0.1
#define EXIT_INTERVAL 0.002

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

/** End when the parent ends, even if it is killed. */
static void end_with_parent(pid_t parent)
{
#ifdef __linux__
	prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
	/* Elsewhere, a child without a parent ends when it next reports. */
	signal(SIGPIPE, SIG_DFL);
	if (getppid() != parent) {
		_exit(1);
	}
}

__attribute__((noreturn)) static void child_main(const struct child_options *options,
		int pipe, pid_t parent)
{
	FILE *report = fdopen(pipe, "w");

	end_with_parent(parent);
	if (options->group) {
		setpgid(0, 0);
		/* A group in the background may still write to the terminal. */
		signal(SIGTTOU, SIG_IGN);
	}
	redirect(options->output);
	if (report == NULL) {
		_exit(1);
	}
	setvbuf(report, NULL, _IOLBF, 0);
	options->body(options->context, report);
	fflush(stdout);
	/* What exit() would run belongs to the parent. */
	_exit(fclose(report) == 0 ? CODE_RETURNED : 1);
}

/* ---- In the parent ----------------------------------------------------------- */

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/** A running child as its parent sees it */
struct running_child {
	const struct child_options *options;
	pid_t process;
	int pipe; /* -1 once it has reached its end */
	bool ended;
	int status;     /* as waitpid() gave it; valid once ended */
	double stopped; /* time at which it was told to stop; 0: not yet */
	bool killed;
};

static void send_signal(const struct running_child *running, int number)
{
	/* The group exists only once the child has created it. */
	if (!running->options->group || kill(-running->process, number) != 0) {
		kill(running->process, number);
	}
}

/** Read one piece of the report; false when none is available now. */
static bool read_report(struct running_child *running)
{
	char piece[4096];
	ssize_t length = read(running->pipe, piece, sizeof(piece));

	if (length > 0) {
		running->options->receive(running->options->context, piece,
				(size_t)length);
		return true;
	}
	if (length == 0 || (errno != EINTR && errno != EAGAIN)) {
		close(running->pipe);
		running->pipe = -1;
	}
	return false;
}

/** Wait for a while, or until a piece of the report arrives. */
static void poll_report(struct running_child *running, double seconds)
{
	struct pollfd poller = { .fd = running->pipe, .events = POLLIN };

	/* poll() ignores a descriptor of -1, and returns early after a signal. */
	if (poll(&poller, 1, (int)(seconds * 1000 + 0.5)) > 0) {
		read_report(running);
	}
}

static void apply_action(struct running_child *running)
{
	const struct child_options *options = running->options;
	enum child_action action = options->watch != NULL
			? options->watch(options->context)
			: CHILD_CONTINUE;

	if (running->stopped <= 0) {
		if (action == CHILD_CONTINUE) {
			return;
		}
		running->stopped = now();
		if (action == CHILD_STOP && options->grace > 0) {
			send_signal(running, SIGTERM);
		}
	}
	if (!running->killed
			&& (action == CHILD_KILL
					|| now() - running->stopped >= options->grace)) {
		running->killed = true;
		send_signal(running, SIGKILL);
	}
}

static void wait_for_end(struct running_child *running)
{
	double interval = running->options->interval > 0 ? running->options->interval
							 : WATCH_INTERVAL;

	while (!running->ended) {
		bool ending = running->pipe < 0 || running->stopped > 0;
		pid_t found;

		poll_report(running, ending ? EXIT_INTERVAL : interval);
		found = waitpid(running->process, &running->status, WNOHANG);
		running->ended = found == running->process
				|| (found < 0 && errno != EINTR);
		if (!running->ended) {
			apply_action(running);
		}
	}
	/* Read the rest of the report; a grandchild may still hold the pipe open. */
	while (running->pipe >= 0 && read_report(running)) {
	}
	if (running->pipe >= 0) {
		close(running->pipe);
	}
	if (running->options->group) {
		kill(-running->process, SIGKILL);
	}
}

static void describe_end(struct child *child, const struct running_child *running)
{
	child->process = (long)running->process;
	if (running->stopped > 0) {
		child->end = CHILD_TIMED_OUT;
		child->code = 0;
	} else if (WIFSIGNALED(running->status)) {
		child->end = CHILD_CRASHED;
		child->code = WTERMSIG(running->status);
	} else {
		child->code = WEXITSTATUS(running->status);
		child->end = child->code == CODE_RETURNED ? CHILD_RETURNED : CHILD_EXITED;
	}
}

cnnviz_status child_watch(const struct child_options *options, struct child *child,
		struct error *error)
{
	struct running_child running = { .options = options };
	struct orphans orphans = { NULL, 0 };
	pid_t parent = getpid();
	int ends[2];

	fflush(NULL);
	if (pipe2(ends, O_CLOEXEC) != 0) {
		return error_set(error, CNNVIZ_ERROR_IO, "cannot make a pipe: %s",
				strerror(errno));
	}
	if (options->group) {
		orphans_adopt(&orphans);
	}
	running.process = fork();
	if (running.process < 0) {
		close(ends[0]);
		close(ends[1]);
		free(orphans.known);
		return error_set(error, CNNVIZ_ERROR_MEMORY, "cannot start a process: %s",
				strerror(errno));
	}
	if (running.process == 0) {
		close(ends[0]);
		child_main(options, ends[1], parent);
	}
	close(ends[1]);
	running.pipe = ends[0];
	fcntl(running.pipe, F_SETFL, O_NONBLOCK);
	wait_for_end(&running);
	if (options->group) {
		orphans_end(&orphans);
	}
	describe_end(child, &running);
	return CNNVIZ_OK;
}

void *child_share(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED) {
		fputs("cnnviz: out of memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	return memory;
}

void child_unshare(void *memory, size_t size)
{
	if (memory != NULL) {
		munmap(memory, size);
	}
}

/* ---- Children that print lines ------------------------------------------------- */

/* Far longer than any line that is printed; the rest of a report that has one is lost. */
#define LONGEST_LINE ((size_t)1 << 20)

/** A child that prints lines, and its deadline */
struct printer {
	void (*body)(void *context, FILE *report);
	void (*line)(void *context, char *text);
	void *context;
	double end; /* deadline; 0: none */
	struct lines lines;
};

static void printer_body(void *context, FILE *report)
{
	const struct printer *printer = context;

	printer->body(printer->context, report);
}

static void printer_line(void *context, char *text, size_t length)
{
	const struct printer *printer = context;

	(void)length;
	printer->line(printer->context, text);
}

static void printer_receive(void *context, const char *piece, size_t length)
{
	lines_feed(&((struct printer *)context)->lines, piece, length);
}

static enum child_action printer_watch(void *context)
{
	const struct printer *printer = context;

	return printer->end > 0 && now() >= printer->end ? CHILD_STOP : CHILD_CONTINUE;
}

cnnviz_status child_run(void (*body)(void *context, FILE *report), void *context,
		const char *output, unsigned seconds,
		void (*line)(void *context, char *text), struct child *child,
		struct error *error)
{
	struct printer printer = {
		.body = body,
		.line = line,
		.context = context,
		.end = seconds > 0 ? now() + seconds : 0,
		.lines = { .longest = LONGEST_LINE,
				.line = printer_line,
				.context = &printer },
	};
	const struct child_options options = {
		.body = printer_body,
		.receive = printer_receive,
		.watch = printer_watch,
		.context = &printer,
		.output = output,
	};
	cnnviz_status status = child_watch(&options, child, error);

	lines_finish(&printer.lines);
	return status;
}

char *child_describe(const struct child *child, unsigned seconds)
{
	switch (child->end) {
	case CHILD_CRASHED:
		return memory_format("crashed: %s", strsignal(child->code));
	case CHILD_EXITED:
		return memory_format("exited with code %d", child->code);
	case CHILD_TIMED_OUT:
		return memory_format("did not return within %u seconds", seconds);
	default:
		return memory_text("returned");
	}
}
