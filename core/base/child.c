/**
 * \file    base/child.c
 * \brief   Child processes: started, watched, and told how they ended
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

#include "base/memory.h"

/* A code that no program gives of itself: body came back */
#define CODE_RETURNED 203

/* Seconds between two looks at a child that is at work, where nobody asks for others, and
 * at one that is ending */
#define LOOK_INTERVAL 0.1
#define END_INTERVAL 0.002

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

/** Go down with the parent, also when it is killed. */
static void follow(pid_t parent)
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

__attribute__((noreturn)) static void be_child(const struct child_options *options,
		int pipe, pid_t parent)
{
	FILE *report = fdopen(pipe, "w");

	follow(parent);
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

/** A child as its parent sees it */
struct ward {
	const struct child_options *options;
	pid_t process;
	int pipe; /* -1 once it is at its end */
	bool ended;
	int status;     /* then, as of waitpid() */
	double stopped; /* when it was ordered to stop; 0: not */
	bool killed;
};

static void send_signal(const struct ward *ward, int number)
{
	/* The group is there only once the child has made it. */
	if (!ward->options->group || kill(-ward->process, number) != 0) {
		kill(ward->process, number);
	}
}

/** Take what is there; false when there is no more for now. */
static bool take_piece(struct ward *ward)
{
	char piece[4096];
	ssize_t length = read(ward->pipe, piece, sizeof(piece));

	if (length > 0) {
		ward->options->take(ward->options->context, piece, (size_t)length);
		return true;
	}
	if (length == 0 || (errno != EINTR && errno != EAGAIN)) {
		close(ward->pipe);
		ward->pipe = -1;
	}
	return false;
}

/** Wait for a while, or until the child has something to tell. */
static void listen_for(struct ward *ward, double seconds)
{
	struct pollfd poller = { .fd = ward->pipe, .events = POLLIN };

	/* poll() passes over a place that is -1, and is over early after a signal. */
	if (poll(&poller, 1, (int)(seconds * 1000 + 0.5)) > 0) {
		take_piece(ward);
	}
}

static void look_after(struct ward *ward)
{
	const struct child_options *options = ward->options;
	enum child_order order = options->watch != NULL ? options->watch(options->context)
							: CHILD_GO_ON;

	if (ward->stopped <= 0) {
		if (order == CHILD_GO_ON) {
			return;
		}
		ward->stopped = now();
		if (order == CHILD_STOP && options->grace > 0) {
			send_signal(ward, SIGTERM);
		}
	}
	if (!ward->killed
			&& (order == CHILD_KILL
					|| now() - ward->stopped >= options->grace)) {
		ward->killed = true;
		send_signal(ward, SIGKILL);
	}
}

static void wait_for(struct ward *ward)
{
	double interval = ward->options->interval > 0 ? ward->options->interval
						      : LOOK_INTERVAL;

	while (!ward->ended) {
		bool ending = ward->pipe < 0 || ward->stopped > 0;
		pid_t found;

		listen_for(ward, ending ? END_INTERVAL : interval);
		found = waitpid(ward->process, &ward->status, WNOHANG);
		ward->ended = found == ward->process || (found < 0 && errno != EINTR);
		if (!ward->ended) {
			look_after(ward);
		}
	}
	/* What it said at the last; a process of its own may hold the pipe open. */
	while (ward->pipe >= 0 && take_piece(ward)) {
	}
	if (ward->pipe >= 0) {
		close(ward->pipe);
	}
	if (ward->options->group) {
		kill(-ward->process, SIGKILL);
	}
}

static void settle(struct child *child, const struct ward *ward)
{
	child->process = (long)ward->process;
	if (ward->stopped > 0) {
		child->end = CHILD_TIMED_OUT;
		child->code = 0;
	} else if (WIFSIGNALED(ward->status)) {
		child->end = CHILD_CRASHED;
		child->code = WTERMSIG(ward->status);
	} else {
		child->code = WEXITSTATUS(ward->status);
		child->end = child->code == CODE_RETURNED ? CHILD_RETURNED : CHILD_EXITED;
	}
}

cnnviz_status child_watch(const struct child_options *options, struct child *child,
		struct error *error)
{
	struct ward ward = { .options = options };
	pid_t parent = getpid();
	int ends[2];

	fflush(NULL);
	if (pipe2(ends, O_CLOEXEC) != 0) {
		return error_set(error, CNNVIZ_ERROR_IO, "cannot make a pipe: %s",
				strerror(errno));
	}
	ward.process = fork();
	if (ward.process < 0) {
		close(ends[0]);
		close(ends[1]);
		return error_set(error, CNNVIZ_ERROR_MEMORY, "cannot start a process: %s",
				strerror(errno));
	}
	if (ward.process == 0) {
		close(ends[0]);
		be_child(options, ends[1], parent);
	}
	close(ends[1]);
	ward.pipe = ends[0];
	fcntl(ward.pipe, F_SETFL, O_NONBLOCK);
	wait_for(&ward);
	settle(child, &ward);
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

/* ---- Children that print lines --------------------------------------------------- */

/** A child's lines, as they come in pieces, and how long it may take */
struct lines {
	void (*body)(void *context, FILE *report);
	void (*line)(void *context, char *text);
	void *context;
	double end; /* 0: when it likes */
	char *text;
	size_t length;
};

static void lines_body(void *context, FILE *report)
{
	const struct lines *lines = context;

	lines->body(lines->context, report);
}

static void lines_take(void *context, const char *piece, size_t length)
{
	struct lines *lines = context;

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

static enum child_order lines_watch(void *context)
{
	const struct lines *lines = context;

	return lines->end > 0 && now() >= lines->end ? CHILD_STOP : CHILD_GO_ON;
}

cnnviz_status child_run(void (*body)(void *context, FILE *report), void *context,
		const char *output, unsigned seconds,
		void (*line)(void *context, char *text), struct child *child,
		struct error *error)
{
	struct lines lines = {
		.body = body,
		.line = line,
		.context = context,
		.end = seconds > 0 ? now() + seconds : 0,
	};
	const struct child_options options = {
		.body = lines_body,
		.take = lines_take,
		.watch = lines_watch,
		.context = &lines,
		.output = output,
	};
	cnnviz_status status = child_watch(&options, child, error);

	free(lines.text);
	return status;
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
