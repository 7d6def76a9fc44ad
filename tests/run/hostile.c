/*
 * Harms who looks at it, in a way that the file's own name tells: load_abort.so aborts when
 * it is loaded, entry_exit.so calls exit() when it is asked what it provides. Each time that
 * it is loaded, it adds its process to a file. Under other names it is a technique that gives
 * plain maps, and load_print.so and the like are, too.
 */
#include "config.h" /* dladdr() */

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cnnviz/cnnviz.h>

static char own_name[64];

static void note_process(void)
{
	const char *path = getenv("HOSTILE_NOTES");
	FILE *file = path != NULL ? fopen(path, "a") : NULL;

	if (file != NULL) {
		fprintf(file, "%s %ld\n", own_name, (long)getpid());
		fclose(file);
	}
}

static void hang(void)
{
	if (fork() == 0) {
		note_process();
	}
	for (;;) {
		pause();
	}
}

static void harm(const char *when)
{
	size_t length = strlen(when);
	const char *how = strncmp(own_name, when, length) == 0 ? own_name + length : "";

	if (strcmp(how, "abort") == 0) {
		abort();
	} else if (strcmp(how, "exit") == 0) {
		exit(0);
	} else if (strcmp(how, "hang") == 0) {
		hang();
	} else if (strcmp(how, "close") == 0) {
		for (int file = 0; file < 64; file++) {
			close(file);
		}
	} else if (strcmp(how, "print") == 0) {
		printf("printed by a plugin\n");
		fflush(stdout);
	}
}

static void find_own_name(void)
{
	Dl_info facts;

	if (dladdr(own_name, &facts) != 0) {
		const char *slash = strrchr(facts.dli_fname, '/');
		const char *name = slash != NULL ? slash + 1 : facts.dli_fname;

		snprintf(own_name, sizeof(own_name), "%.*s", (int)strcspn(name, "."),
				name);
	}
}

__attribute__((constructor)) static void load(void)
{
	find_own_name();
	note_process();
	harm("load_");
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	const int64_t *shape = host->tensor->shape(batch->inputs);
	const int64_t map_shape[4] = { shape[0], 1, shape[2], shape[3] };

	return host->tensor->create(job, 4, map_shape, maps);
}

static cnnviz_status create(const cnnviz_host *host, cnnviz_job *job, void **data)
{
	(void)host;
	(void)job;
	(void)data;
	harm("create_");
	return CNNVIZ_OK;
}

static void destroy(const cnnviz_host *host, void *data)
{
	(void)host;
	(void)data;
	harm("destroy_");
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION(own_name, "1.0"),
	.summary = "maps of zeros",
	.map_style = CNNVIZ_MAP_SALIENCY,
	.attribute = attribute,
	.create = create,
	.destroy = destroy,
};

const cnnviz_technique *cnnviz_plugin(void)
{
	harm("entry_");
	return &technique;
}
