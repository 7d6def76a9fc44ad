/**
 * \file    host/picture_read.c
 * \brief   Reads pictures by the settings of [input]
 */
#include "host/picture_read.h"

#include "base/tensor.h"
#include "host/batch.h"
#include "image/array.h"
#include "image/fit.h"
#include "image/read.h"

cnnviz_status picture_measure(const struct plan *plan, size_t index, int64_t *width,
		int64_t *height, struct error *error)
{
	const struct plan_picture *picture = &plan->pictures[index];

	if (!picture->array) {
		return image_probe(picture->path, width, height, error);
	}
	*width = picture->width;
	*height = picture->height;
	return CNNVIZ_OK;
}

/** Read an input as it is, and what it shows */
static cnnviz_status read_array(const struct plan *plan, const char *path,
		struct image **picture, cnnviz_tensor **array, struct error *error)
{
	const struct normalization *normalization = &plan->model->graph->normalization;
	cnnviz_tensor *input = NULL;
	cnnviz_status status = array_read(path, normalization->channels, &input, error);

	if (status == CNNVIZ_OK) {
		status = array_to_image(input, normalization, picture, error);
	}
	if (status == CNNVIZ_OK && array != NULL) {
		*array = tensor_ref(input);
	}
	tensor_unref(input);
	return status;
}

cnnviz_status picture_read_original(const struct plan *plan, const char *path,
		struct image **picture, cnnviz_tensor **array, struct error *error)
{
	if (image_is_array(path)) {
		return read_array(plan, path, picture, array, error);
	}
	return plan->model->graph->normalization.channels == 4
			? image_read_with_opacity(path, picture, error)
			: image_read(path, picture, error);
}

cnnviz_status picture_make_view(const struct plan *plan, struct image *original,
		struct image **view, struct error *error)
{
	if (plan->size_free) {
		*view = image_ref(original);
		return CNNVIZ_OK;
	}
	return image_fit(original, plan->size[1], plan->size[0], plan->fit, plan->filter,
			view, error);
}

cnnviz_status picture_read(const struct plan *plan, const char *path, bool fit,
		struct image **picture, cnnviz_tensor **array, struct error *error)
{
	struct image *image = NULL;
	cnnviz_status status = picture_read_original(plan, path, &image, array, error);

	if (status != CNNVIZ_OK || !fit || image_is_array(path)) {
		*picture = image;
		return status;
	}
	status = picture_make_view(plan, image, picture, error);
	image_free(image);
	return status;
}

/** Add a picture to a batch whose pictures all have one size. */
static cnnviz_status add_read(const struct plan *plan, struct batch *batch,
		const char *path, struct error *error)
{
	size_t n = batch->count;
	cnnviz_status status = picture_read(plan, path, true, &batch->images[n],
			&batch->arrays[n], error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	batch->count++;
	if (batch->images[n]->width != batch->images[0]->width
			|| batch->images[n]->height != batch->images[0]->height) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"%s has another size than the pictures before it, so "
				"they cannot be read together; give pictures of one "
				"size, "
				"or resize them with [input] resize",
				path);
	}
	return CNNVIZ_OK;
}

cnnviz_status inputs_read(const struct plan *plan, const struct value *items,
		size_t count, cnnviz_tensor **inputs, struct error *error)
{
	struct batch *batch = batch_create(count);
	cnnviz_status status = CNNVIZ_OK;

	for (size_t n = 0; n < count && status == CNNVIZ_OK; n++) {
		status = add_read(plan, batch, items[n].text, error);
	}
	if (status == CNNVIZ_OK) {
		status = batch_fill(plan, batch, error);
	}
	if (status == CNNVIZ_OK) {
		*inputs = tensor_ref(batch->inputs);
	}
	batch_free(batch);
	return status;
}
