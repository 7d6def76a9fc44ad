/**
 * \file    host/progress.c
 * \brief   Progress: a bar on a terminal, otherwise a line from time to time
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/log.h"
#include "host/progress.h"

#define BAR_WIDTH 24
#define BAR_LEAST 6
/* Seconds between updates of the bar, and between lines */
#define BAR_INTERVAL 0.1
#define LINE_INTERVAL 5.0

/** In shared memory, so that child processes continue the display. */
struct progress {
	bool bar; /* standard error is a terminal */
	bool lines;
	size_t results, results_done;
	size_t pictures, pictures_gone, pictures_done;
	bool single_job; /* the number of pictures is that of the current job */
	const char *job;
	size_t job_results;
	double job_fraction;
	char note[64]; /* message of the current job */
	double started;
	double shown;         /* when last drawn or printed */
	progress_taker *take; /* or NULL */
	void *context;
	pid_t process; /* that it is called in */
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/** Columns of the terminal, or 80 if it does not say */
static size_t terminal_width(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0
			? size.ws_col
			: 80;
}

/** "0:42", "1:02:03", or "" if unknown */
static void time_left(const struct progress *progress, double done, double elapsed,
		char *text, size_t size)
{
	double total = (double)progress->results;

	text[0] = '\0';
	if (done <= 0 || elapsed < 1) {
		return;
	}
	double seconds = elapsed * (total - done) / done;
	if (seconds > 359999) {
		return;
	}
	unsigned left = (unsigned)(seconds + 0.5);
	if (left >= 3600) {
		snprintf(text, size, "  %u:%02u:%02u left", left / 3600, left / 60 % 60,
				left % 60);
	} else {
		snprintf(text, size, "  %u:%02u left", left / 60, left % 60);
	}
}

/** "[####----]  ", as wide as there is room for, or "" */
static void make_bar(char *bar, double part, size_t room)
{
	bar[0] = '\0';
	if (room < BAR_LEAST + 4) {
		return;
	}
	size_t width = room < BAR_WIDTH + 4 ? room - 4 : BAR_WIDTH;
	size_t filled = (size_t)(fmin(part, 1) * (double)width);

	*bar++ = '[';
	memset(bar, '#', filled);
	memset(bar + filled, '-', width - filled);
	strcpy(bar + width, "]  ");
}

/** "picture 3 of 10", the one that is being done; "" without pictures */
static void describe_picture(const struct progress *progress, char *text, size_t size)
{
	size_t count = progress->pictures, gone = progress->pictures_gone;

	text[0] = '\0';
	if (count > 0) {
		snprintf(text, size, "  picture %zu of %zu",
				gone < count ? gone + 1 : count, count);
	}
}

static double results_done(const struct progress *progress)
{
	return (double)progress->results_done
			+ progress->job_fraction * (double)progress->job_results;
}

static double part_done(const struct progress *progress)
{
	return progress->results > 0 ? results_done(progress) / (double)progress->results
				     : 1;
}

static void draw(struct progress *progress)
{
	double elapsed = now() - progress->started;
	double done = results_done(progress), part = part_done(progress);
	size_t width = terminal_width() - 1;
	char bar[BAR_WIDTH + 5], picture[64], left[40], rate[40] = "", text[512];

	describe_picture(progress, picture, sizeof(picture));
	time_left(progress, done, elapsed, left, sizeof(left));
	if (elapsed >= 1 && done > 0) {
		snprintf(rate, sizeof(rate), "  %.*f/s", done / elapsed < 10 ? 1 : 0,
				done / elapsed);
	}
	snprintf(text, sizeof(text), "%3d%%%s%s%s  %s%s%s", (int)(part * 100), picture,
			rate, left, progress->job != NULL ? progress->job : "",
			progress->note[0] ? ": " : "", progress->note);
	size_t length = strlen(text) < width ? strlen(text) : width;

	text[length] = '\0'; /* names of jobs are ASCII, as are notes */
	make_bar(bar, part, width - length);
	fprintf(stderr, "\r%s%s\033[K", bar, text);
	fflush(stderr);
	log_set_status_line(true);
}

static void show(struct progress *progress, bool picture_done)
{
	double time = now();

	if (progress->take != NULL && getpid() == progress->process) {
		progress->take(progress->context, fmin(part_done(progress), 1),
				progress->job);
	}
	if (progress->bar && time - progress->shown >= BAR_INTERVAL) {
		progress->shown = time;
		draw(progress);
	}
	if (progress->lines && picture_done
			&& (time - progress->shown >= LINE_INTERVAL
					|| progress->pictures_gone
							== progress->pictures)) {
		progress->shown = time;
		log_write(LOG_LEVEL_INFO, "%s%s%zu of %zu pictures done",
				progress->single_job ? progress->job : "",
				progress->single_job ? ": " : "", progress->pictures_done,
				progress->pictures);
	}
}

struct progress *progress_start(size_t results, size_t pictures, bool quiet)
{
	struct progress *progress = child_share(sizeof(*progress));

	progress->results = results;
	progress->pictures = pictures;
	progress->bar = !quiet && isatty(STDERR_FILENO);
	progress->lines = !quiet && !progress->bar;
	progress->started = now();
	/* The bar is shown from the first job on; a line only after a while. */
	progress->shown = progress->bar ? 0 : progress->started;
	return progress;
}

void progress_set_taker(struct progress *progress, progress_taker *take, void *context)
{
	progress->take = take;
	progress->context = context;
	progress->process = getpid();
}

void progress_job(struct progress *progress, const char *name, size_t results)
{
	progress->job = name;
	progress->job_results = results;
	progress->job_fraction = 0;
	progress->note[0] = '\0';
	show(progress, false);
}

void progress_single_job(struct progress *progress, const char *name)
{
	progress->single_job = true;
	progress->pictures_gone = progress->pictures_done = 0;
	progress_job(progress, name, 0);
}

void progress_set_results(struct progress *progress, size_t results)
{
	progress->results_done = results;
	progress_results(progress, 0);
}

void progress_fraction(struct progress *progress, uint64_t done, uint64_t total)
{
	if (total > 0) {
		double fraction = (double)done / (double)total;

		progress->job_fraction = fraction > 1 ? 1 : fraction;
		show(progress, false);
	}
}

void progress_message(struct progress *progress, const char *text)
{
	double time = now();

	snprintf(progress->note, sizeof(progress->note), "%s", text);
	if (progress->lines && time - progress->shown >= LINE_INTERVAL) {
		progress->shown = time;
		log_write(LOG_LEVEL_INFO, "%s: %s",
				progress->job != NULL ? progress->job : "", text);
	}
}

void progress_results(struct progress *progress, size_t results)
{
	progress->note[0] = '\0';
	progress->results_done += results;
	progress->job_results = 0;
	progress->job_fraction = 0;
	show(progress, false);
}

void progress_pictures(struct progress *progress, size_t pictures, size_t done)
{
	progress->pictures_gone += pictures;
	progress->pictures_done += done;
	show(progress, true);
}

void progress_end(struct progress *progress)
{
	if (progress == NULL) {
		return;
	}
	if (progress->bar) {
		fputs("\r\033[K", stderr);
		fflush(stderr);
		log_set_status_line(false);
	}
	child_unshare(progress, sizeof(*progress));
}
