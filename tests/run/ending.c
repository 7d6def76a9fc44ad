/*
 * Ends its process, or blocks it, in the way selected by a parameter. Built twice: as a
 * general technique, which before that has saved a picture and begun an animation, and
 * as an attribution.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cnnviz/cnnviz.h>

#define PIECE ((size_t)1 << 22)
#define PIECES_MOST 512 /* 2 GiB: where nothing stops it, it stops by itself */

enum {
	WELL,
	CRASH,
	ABORT,
	EXIT,
	EXIT_WELL,
	KILL,
	HANG,
	WAIT,
	SPAWN,
	HOARD,
	STARVE,
	RESERVE,
	SCRIBBLE,
	REFUSE,
	TERM,
	ESCAPE,
};

static const char *const ways[] = {
	"well",
	"crash",
	"abort",
	"exit",
	"exit_well",
	"kill",
	"hang",
	"wait",
	"spawn",
	"hoard",
	"starve",
	"reserve",
	"scribble",
	"refuse",
	"term",
	"escape",
	NULL,
};

static const cnnviz_parameter parameters[] = {
	{ "how", CNNVIZ_PARAMETER_ENUM, .default_value = "well", .choices = ways,
			.summary = "what it does" },
	{ "item", CNNVIZ_PARAMETER_INT, .default_value = "0", .minimum = 0,
			.maximum = 100,
			.summary = "random stream of the picture that it does it at" },
	{ "notes", CNNVIZ_PARAMETER_STRING, .default_value = "notes",
			.summary = "file for the numbers of processes" },
};

static void crash(void)
{
	volatile char *closed = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);

	*closed = 1;
}

static void note_process(const cnnviz_host *host, cnnviz_job *job)
{
	FILE *file = fopen(host->parameter->text(job, "notes"), "a");

	if (file != NULL) {
		fprintf(file, "%ld\n", (long)getpid());
		fclose(file);
	}
}

static void hang(void)
{
	for (;;) {
		pause();
	}
}

/* Memory without end, and no look at whether there was any */
static void hoard(void)
{
	for (int i = 0; i < PIECES_MOST; i++) {
		char *piece = mmap(NULL, PIECE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		for (size_t k = 0; k < PIECE; k += 4096) {
			((volatile char *)piece)[k] = 1;
		}
	}
}

/* More than there is at all, and no look at whether there was as much */
static void starve(void)
{
	volatile char *all = mmap(NULL, SIZE_MAX / 4, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	all[0] = 1;
}

/* Much memory that is never used */
static void reserve(void)
{
	void *memory = mmap(NULL, PIECES_MOST * PIECE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory != MAP_FAILED) {
		munmap(memory, PIECES_MOST * PIECE);
	}
}

/* Into every pipe that is open */
static void scribble(void)
{
	for (int file = 3; file < 64; file++) {
		struct stat status;

		if (fstat(file, &status) == 0 && S_ISFIFO(status.st_mode)
				&& write(file, "this is not for you", 19) < 0) {
			return;
		}
	}
}

static cnnviz_status end(const cnnviz_host *host, cnnviz_job *job)
{
	note_process(host, job);
	switch (host->parameter->integer(job, "how")) {
	case CRASH:
		crash();
		break;
	case ABORT:
		abort();
	case EXIT:
		exit(3);
	case EXIT_WELL:
		exit(0);
	case KILL:
		raise(SIGKILL);
		break;
	case HANG:
		hang();
		break;
	case TERM:
		raise(SIGTERM);
		/* fall through */
	case WAIT:
		while (!host->canceled(job)) {
			usleep(1000);
		}
		return CNNVIZ_ERROR_CANCELED;
	case SPAWN:
		if (fork() == 0) {
			note_process(host, job);
		}
		hang();
		break;
	case ESCAPE:
		if (fork() == 0) {
			setsid();
			note_process(host, job);
			hang();
		}
		hang();
		break;
	case HOARD:
		hoard();
		break;
	case STARVE:
		starve();
		break;
	case RESERVE:
		reserve();
		break;
	case SCRIBBLE:
		scribble();
		break;
	case REFUSE:
		return host->fail(job, CNNVIZ_ERROR_UNSUPPORTED,
				"there is no face in it (of 17 at least 1)");
	default:
		break;
	}
	return CNNVIZ_OK;
}

#ifdef ENDING_ATTRIBUTION
static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	uint64_t item = (uint64_t)host->parameter->integer(job, "item");
	const int64_t *input = host->tensor->shape(batch->inputs);
	cnnviz_status status = CNNVIZ_OK;

	for (uint32_t n = 0; n < batch->count && status == CNNVIZ_OK; n++) {
		/* What a technique makes of a picture has its stream in the low bits. */
		if ((batch->streams[n] & UINT32_MAX) == item) {
			status = end(host, job);
		}
	}
	return status != CNNVIZ_OK ? status
				   : host->tensor->create(job, 4,
						   (const int64_t[]){ input[0], 1,
								   input[2], input[3] },
						   maps);
}
#else
static const cnnviz_artifact artifacts[] = {
	{ "before", CNNVIZ_ARTIFACT_IMAGE, .summary = "saved before the end" },
	{ "film", CNNVIZ_ARTIFACT_ANIMATION, .summary = "begun before it" },
	{ "after", CNNVIZ_ARTIFACT_IMAGE, .summary = "saved after it" },
};

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	const int64_t shape[] = { 3, 8, 8 };
	cnnviz_tensor *picture = NULL;
	cnnviz_status status = host->tensor->create(job, 3, shape, &picture);

	if (status == CNNVIZ_OK) {
		status = host->artifact->image(job, "before", NULL, picture,
				CNNVIZ_WHOLE);
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->frame(job, "film", NULL, picture, CNNVIZ_WHOLE);
	}
	if (status == CNNVIZ_OK
			&& batch->streams[0]
					== (uint64_t)host->parameter->integer(job,
							"item")) {
		status = end(host, job);
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->image(job, "after", NULL, picture, CNNVIZ_WHOLE);
	}
	host->tensor->unref(picture);
	return status;
}
#endif

static const cnnviz_technique technique = {
	.abi_major = CNNVIZ_ABI_MAJOR,
	.abi_minor = CNNVIZ_ABI_MINOR,
	.struct_size = sizeof(cnnviz_technique),
	.version = "1.0",
	.summary = "Ends its process",
	.parameters = CNNVIZ_TABLE(parameters),
#ifdef ENDING_ATTRIBUTION
	.kind = CNNVIZ_KIND_ATTRIBUTION,
	.name = "ending_map",
	.map_style = CNNVIZ_MAP_GRADIENT,
	.attribute = attribute,
#else
	.kind = CNNVIZ_KIND_GENERAL,
	.name = "ending",
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_PER_PICTURE,
	.run = run,
#endif
};

CNNVIZ_PLUGIN(technique)
