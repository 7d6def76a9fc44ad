/**
 * \file    library/kept.c
 * \brief   The sink that keeps results in memory until they are handed on
 */
#include "library/kept.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/npy.h"
#include "base/tensor.h"
#include "image/png.h"

static void free_kept(struct kept *kept)
{
	free(kept->path);
	image_free(kept->image);
	tensor_unref(kept->array);
	free(kept->bytes.data);
	free(kept);
}

/** Add a result in place of one that a failed attempt may have left. */
static struct kept *add(struct kept_results *results, const char *path)
{
	struct kept *kept = memory_new(1, sizeof(*kept)), *replaced = NULL;

	kept->path = memory_text(path);
	pthread_mutex_lock(&results->mutex);
	for (struct kept **place = &results->first; *place != NULL;
			place = &(*place)->next) {
		if (strcmp((*place)->path, path) == 0) {
			replaced = *place;
			*place = replaced->next;
			break;
		}
	}
	kept->next = results->first;
	results->first = kept;
	pthread_mutex_unlock(&results->mutex);
	if (replaced != NULL) {
		free_kept(replaced);
	}
	return kept;
}

struct kept *kept_find(struct kept_results *results, const char *path)
{
	pthread_mutex_lock(&results->mutex);
	struct kept *kept = results->first;

	while (kept != NULL && strcmp(kept->path, path) != 0) {
		kept = kept->next;
	}
	pthread_mutex_unlock(&results->mutex);
	return kept;
}

void kept_drop(struct kept_results *results, bool all)
{
	struct kept *dropped = NULL;

	pthread_mutex_lock(&results->mutex);
	for (struct kept **place = &results->first; *place != NULL;) {
		struct kept *kept = *place;

		if (all || kept->handed) {
			*place = kept->next;
			kept->next = dropped;
			dropped = kept;
		} else {
			place = &kept->next;
		}
	}
	pthread_mutex_unlock(&results->mutex);
	while (dropped != NULL) {
		struct kept *next = dropped->next;

		free_kept(dropped);
		dropped = next;
	}
	if (all) {
		free(results->located.data);
		results->located = (struct file_bytes){ 0 };
		pthread_mutex_destroy(&results->mutex);
	}
}

/* ---- The sink ---------------------------------------------------------------------- */

static struct kept_results *results_of(struct sink *sink)
{
	return (struct kept_results *)sink;
}

static cnnviz_status put_image(struct sink *sink, const char *path,
		const struct image *image, enum sink_form form, struct error *error)
{
	/* References to a picture are counted by one thread. */
	struct image *copy = image_create(image->width, image->height, image->channels);

	(void)form;
	if (copy == NULL) {
		return error_set(error, CNNVIZ_ERROR_MEMORY, "out of memory");
	}
	memcpy(copy->pixels, image->pixels,
			(size_t)(image->width * image->height * image->channels));
	add(results_of(sink), path)->image = copy;
	return CNNVIZ_OK;
}

static cnnviz_status put_array(struct sink *sink, const char *path,
		const cnnviz_tensor *array, struct error *error)
{
	cnnviz_tensor *copy = tensor_create(tensor_rank(array), tensor_shape(array));

	if (copy == NULL) {
		return error_set(error, CNNVIZ_ERROR_MEMORY, "out of memory");
	}
	memcpy(tensor_mutable_data(copy), tensor_data(array),
			(size_t)tensor_count(array) * sizeof(float));
	add(results_of(sink), path)->array = copy;
	return CNNVIZ_OK;
}

static cnnviz_status open_bytes(struct sink *sink, const char *path,
		struct writer **writer, struct error *error)
{
	return writer_open_memory(path, &add(results_of(sink), path)->bytes, writer,
			error);
}

/** Write a result as the file that it would be. */
static cnnviz_status encode(const struct kept *kept, struct file_bytes *bytes,
		struct error *error)
{
	struct writer *writer = NULL;
	cnnviz_status status = writer_open_memory(kept->path, bytes, &writer, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	return kept->array != NULL ? npy_put(writer, kept->array, error)
				   : image_put_png(writer, kept->image, error);
}

static cnnviz_status locate(struct sink *sink, const char *path, char **full,
		struct error *error)
{
	struct kept_results *results = results_of(sink);
	const struct kept *kept = kept_find(results, path);

	free(results->located.data);
	results->located = (struct file_bytes){ 0 };
	cnnviz_status status = kept != NULL
			? encode(kept, &results->located, error)
			: error_set(error, CNNVIZ_ERROR_IO, "%s is not there any more",
					path);

	if (status == CNNVIZ_OK) {
		results->file->data = results->located.data;
		results->file->size = results->located.size;
		*full = memory_text(results->file->path);
	}
	return status;
}

void kept_start(struct kept_results *results, const struct plan *plan,
		struct memory_file *file)
{
	static const struct sink_operations operations = { put_image, put_array,
		open_bytes, locate };

	*results = (struct kept_results){
		.sink = { .operations = &operations, .plan = plan },
		.file = file,
	};
	pthread_mutex_init(&results->mutex, NULL);
}
