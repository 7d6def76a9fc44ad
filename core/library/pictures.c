/**
 * \file    library/pictures.c
 * \brief   Pictures that a run is given in memory
 */
#include "library/pictures.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "image/png.h"
#include "plan/pictures.h"

/** What a picture is called that has no name */
#define NAMELESS "picture"

/** The members that a caller knows of picture i, and the others at 0 */
static cnnviz_picture known_picture(const cnnviz_run *run, size_t i)
{
	cnnviz_picture known = { 0 };
	size_t size = run->pictures->struct_size;

	memcpy(&known, (const char *)run->pictures + i * size,
			size < sizeof(known) ? size : sizeof(known));
	known.name = known.name != NULL ? known.name : NAMELESS;
	return known;
}

/** Pixels become the bytes of a PNG file, which all that reads pictures can read. */
static cnnviz_status encode_pixels(const cnnviz_picture *picture,
		struct file_bytes *encoded, struct error *error)
{
	const struct image image = {
		.width = picture->width,
		.height = picture->height,
		.channels = (int)picture->channels,
		.pixels = (unsigned char *)(uintptr_t)picture->pixels,
	};
	struct writer *writer = NULL;
	cnnviz_status status = image_check_size(image.width, image.height, error);

	if (status == CNNVIZ_OK && image.channels != 1 && image.channels != 3
			&& image.channels != 4) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"%s: pixels have 1, 3 or 4 channels, not %d",
				picture->name, image.channels);
	}
	if (status == CNNVIZ_OK) {
		status = writer_open_memory(picture->name, encoded, &writer, error);
	}
	return status == CNNVIZ_OK ? image_put_png(writer, &image, error) : status;
}

/** Find the class that a picture asks for. */
static cnnviz_status find_target(const struct plan *plan, const cnnviz_picture *picture,
		int64_t *target, struct error *error)
{
	*target = plan->target;
	return picture->target != NULL
			? model_find_target(plan->model, picture->target, target, error)
			: CNNVIZ_OK;
}

/** Make a picture of the plan of what was given; its file is there already */
static cnnviz_status read_given(const struct plan *plan, const cnnviz_picture *picture,
		struct plan_picture *made, struct error *error)
{
	cnnviz_status status = find_target(plan, picture, &made->target, error);

	if (status == CNNVIZ_OK) {
		status = plan_check_picture(plan, plan->model->graph, false, made, error);
	}
	return status;
}

/** Where a picture's bytes are found: in memory, or in the file of that name */
static cnnviz_status place(const struct given_pictures *given, const struct plan *plan,
		const cnnviz_picture *picture, size_t i, struct error *error)
{
	struct memory_file *file = &given->files[i + 1];

	if (picture->pixels == NULL && picture->bytes == NULL) {
		file->path = path_join(plan->ini->folder, picture->name);
		return CNNVIZ_OK;
	}
	file->path = memory_format(MEMORY_FILE "%zu/%s", i + 1, picture->name);
	file->data = picture->bytes;
	file->size = picture->size;
	if (picture->pixels == NULL) {
		return CNNVIZ_OK;
	}
	cnnviz_status status = encode_pixels(picture, &given->encoded[i], error);

	file->data = given->encoded[i].data;
	file->size = given->encoded[i].size;
	return status;
}

static void add_pictures(const struct given_pictures *given, const cnnviz_run *run,
		const struct plan *plan, struct plan_picture *pictures)
{
	for (size_t i = 0; i < given->count; i++) {
		const cnnviz_picture picture = known_picture(run, i);
		struct plan_picture *made = &pictures[i];
		struct error error = { 0 };
		cnnviz_status status = place(given, plan, &picture, i, &error);

		*made = (struct plan_picture){
			.path = memory_text(given->files[i + 1].path),
			.target = PLAN_TARGET_PREDICTED,
		};
		if (status == CNNVIZ_OK) {
			status = read_given(plan, &picture, made, &error);
		}
		if (status != CNNVIZ_OK) {
			made->failure = memory_text(error.text);
		}
	}
}

void given_start(struct given_pictures *given, cnnviz_plan *plan, const cnnviz_run *run)
{
	size_t count = run->picture_count;

	*given = (struct given_pictures){
		.files = memory_new(count + 1, sizeof(*given->files)),
		.encoded = memory_new(count, sizeof(*given->encoded)),
		.count = count,
		.own = plan->plan->pictures,
		.own_count = plan->plan->picture_count,
	};
	given->files[0].path = memory_text(MEMORY_FILE "0/saved");
	mapping_set_memory(given->files, count + 1);
	if (count > 0) {
		struct plan_picture *pictures = memory_new(count, sizeof(*pictures));

		add_pictures(given, run, plan->plan, pictures);
		plan->plan->pictures = pictures;
		plan->plan->picture_count = count;
		plan_name_pictures(plan->plan);
	}
}

void given_end(struct given_pictures *given, cnnviz_plan *plan)
{
	mapping_set_memory(NULL, 0);
	if (given->count > 0) {
		plan_set_pictures(plan->plan, given->own, given->own_count);
	}
	for (size_t i = 0; i < given->count; i++) {
		free(given->encoded[i].data);
	}
	for (size_t i = 0; i <= given->count; i++) {
		free(given->files[i].path);
	}
	free(given->encoded);
	free(given->files);
}
