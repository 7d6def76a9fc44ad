/*
 * What does the network see in a picture, and where? Explained in memory: nothing is
 * written.
 *
 *     cc embed.c $(pkg-config --cflags --libs libcnnviz) -o embed
 *     ./embed cat.jpg
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cnnviz/library.h>

static const char plan_text[] = "[model]\n"
				"architecture = scenes\n"
				"weights = embedded\n"
				"[grad_cam]\n";

/* Called for each picture, with its classes: the best one first */
static int32_t on_picture(void *context, const cnnviz_picture_result *result)
{
	(void)context;
	if (result->failure != NULL) {
		printf("%s\n", result->failure);
	} else {
		printf("%s: %s, probability %.2f\n", result->name,
				result->classes[0].name, result->classes[0].probability);
	}
	return 0; /* go on */
}

/* Called for each result: here the map, and what is drawn of it */
static int32_t on_artifact(void *context, const cnnviz_result *result)
{
	(void)context;
	if (result->kind == CNNVIZ_RESULT_MAP) {
		int64_t height = result->values_shape[1], width = result->values_shape[2];
		int64_t best = 0;

		for (int64_t i = 1; i < height * width; i++) {
			best = result->values[i] > result->values[best] ? i : best;
		}
		printf("%s for %s: %lld x %lld, maximum %.4f in row %lld, column %lld\n",
				result->job, result->target_name, (long long)height,
				(long long)width, (double)result->values[best],
				(long long)(best / width), (long long)(best % width));
	}
	return 0;
}

/* The bytes of a file, as a service gets them from somewhere else */
static void *read_bytes(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	char *bytes = malloc(16 << 20);

	*size = file != NULL && bytes != NULL ? fread(bytes, 1, 16 << 20, file) : 0;
	if (file != NULL) {
		fclose(file);
	}
	return bytes;
}

int main(int argc, char **argv)
{
	cnnviz_picture picture = { .struct_size = sizeof(picture), .name = "upload" };
	cnnviz_run run = {
		.struct_size = sizeof(run),
		.picture_count = 1,
		.pictures = &picture,
		.picture = on_picture,
		.artifact = on_artifact,
	};
	cnnviz_plan *plan = NULL;
	void *bytes = argc > 1 ? read_bytes(argv[1], &picture.size) : NULL;
	cnnviz_status status;

	if (bytes == NULL) {
		fputs("usage: embed PICTURE\n", stderr);
		return EXIT_FAILURE;
	}
	picture.bytes = bytes;
	status = cnnviz_plan_open(plan_text, NULL, &plan);
	if (status == CNNVIZ_OK) {
		status = cnnviz_plan_run(plan, &run);
	}
	for (size_t i = 0; cnnviz_plan_error(plan, i) != NULL; i++) {
		fprintf(stderr, "%s\n", cnnviz_plan_error(plan, i));
	}
	cnnviz_plan_free(plan);
	free(bytes);
	return status == CNNVIZ_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
