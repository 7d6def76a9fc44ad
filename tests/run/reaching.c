/**
 * \file    run/reaching.c
 * \brief   Reaches for what is none of a technique's business
 *
 * Tries to reach what is none of a technique's business, in the way selected by a parameter, and
 * fails with a sentence where it can.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cnnviz/cnnviz.h>

enum { NETWORK, READ, WRITE, REMOVE, CHANGE, PROGRAM, SIGNAL };

static const char *const ways[] = { "network", "read", "write", "remove", "change",
	"program", "signal", NULL };

static const cnnviz_parameter parameters[] = {
	{ "how", CNNVIZ_PARAMETER_ENUM, .default_value = "network", .choices = ways,
			.summary = "what it tries" },
	{ "file", CNNVIZ_PARAMETER_STRING, .default_value = "secret",
			.summary = "what it tries to read, make, remove or change" },
};

static const cnnviz_artifact artifacts[] = {
	{ "kept", CNNVIZ_ARTIFACT_SCALAR, .summary = "1 where it could not" },
};

static bool opens(const char *path, int flags)
{
	int file = open(path, flags, 0600);

	if (file >= 0) {
		close(file);
	}
	return file >= 0;
}

/* By a child, so that a program that is started does not end this one */
static bool starts_program(void)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		execl("/bin/true", "true", (char *)NULL);
		_exit(9);
	}
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static bool reaches(int64_t how, const char *file)
{
	switch (how) {
	case NETWORK:
		return socket(AF_INET, SOCK_STREAM, 0) >= 0;
	case READ:
		return opens(file, O_RDONLY);
	case WRITE:
		return opens(file, O_WRONLY | O_CREAT);
	case REMOVE:
		return unlink(file) == 0;
	case CHANGE:
		return chmod(file, 0777) == 0;
	case PROGRAM:
		return starts_program();
	default:
		return kill(getppid(), 0) == 0;
	}
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	(void)batch;
	return reaches(host->parameter->integer(job, "how"),
			       host->parameter->text(job, "file"))
			? host->fail(job, CNNVIZ_ERROR_UNSUPPORTED, "it can")
			: host->artifact->scalar(job, "kept", NULL, 1);
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("reaching", "1.0"),
	.summary = "Reaches for what is none of its business",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_ONCE,
	.run = run,
};

CNNVIZ_PLUGIN(technique)
