/**
 * \file    host/artifact_labels.c
 * \brief   Writes label maps, which have a class for each pixel
 */
#include "host/artifact_labels.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "host/artifact_files.h"
#include "host/job.h"
#include "image/palette.h"

/** Convert a label map to 8 bits, and count the pixels of each class */
static cnnviz_status convert_labels(struct cnnviz_job *job, const char *name,
		const cnnviz_tensor *labels, int64_t pixels[PALETTE_SIZE],
		struct image **image)
{
	int64_t classes = job->session->plan->model->class_count;
	const int64_t *shape = labels != NULL ? tensor_shape(labels) : NULL;

	if (labels == NULL || tensor_rank(labels) != 2 || shape[0] > IMAGE_MAX_EXTENT
			|| shape[1] > IMAGE_MAX_EXTENT) {
		return job_misuse(job,
				"the label map \"%s\" is not (H,W) with H and W up to %d",
				name, IMAGE_MAX_EXTENT);
	}
	struct image *made = image_create(shape[1], shape[0], 1);

	if (made == NULL) {
		return job_fail(job, CNNVIZ_ERROR_MEMORY, "out of memory");
	}
	for (int64_t i = 0; i < tensor_count(labels); i++) {
		float value = tensor_data(labels)[i];

		if (!(value >= 0 && value < (float)classes) || value != floorf(value)
				|| value >= PALETTE_SIZE) {
			image_free(made);
			return job_misuse(job,
					"the label map \"%s\" has the value %g, which is "
					"not the index of one of the first %lld classes",
					name, (double)value,
					(long long)(classes < PALETTE_SIZE
									? classes
									: PALETTE_SIZE));
		}
		made->pixels[i] = (unsigned char)value;
		pixels[made->pixels[i]]++;
	}
	*image = made;
	return CNNVIZ_OK;
}

static int compare_areas(const void *left, const void *right)
{
	const struct record_area *a = left, *b = right;

	if (a->pixels != b->pixels) {
		return a->pixels > b->pixels ? -1 : 1;
	}
	return a->index < b->index ? -1 : a->index > b->index;
}

static void fill_areas(struct record_artifact *artifact,
		const int64_t pixels[PALETTE_SIZE])
{
	double all = (double)(artifact->width * artifact->height);

	artifact->areas = memory_new(PALETTE_SIZE, sizeof(*artifact->areas));
	for (int64_t i = 0; i < PALETTE_SIZE; i++) {
		if (pixels[i] > 0) {
			artifact->areas[artifact->area_count++] = (struct record_area){
				.index = i,
				.color = palette_color(i),
				.pixels = pixels[i],
				.fraction = (double)pixels[i] / all,
			};
		}
	}
	qsort(artifact->areas, artifact->area_count, sizeof(*artifact->areas),
			compare_areas);
}

static cnnviz_status write_labels(struct cnnviz_job *job, struct record_artifact artifact,
		const cnnviz_tensor *labels, const struct image *image,
		const int64_t pixels[PALETTE_SIZE])
{
	struct sink *sink = job->session->sink;

	artifact.kind = RECORD_LABELS;
	artifact.rank = 2;
	artifact.shape[0] = artifact.height = image->height;
	artifact.shape[1] = artifact.width = image->width;
	cnnviz_status status = artifact_put_array(job->session, &artifact, labels,
			&artifact.array, &job->fault->error);
	if (status == CNNVIZ_OK && sink->plan->format != PLAN_FORMAT_NONE) {
		artifact.path = artifact_path(sink->plan, &artifact, "png");
		status = sink->operations->image(sink, artifact.path, image, SINK_LABELS,
				&job->fault->error);
	}
	if (status == CNNVIZ_OK) {
		fill_areas(&artifact, pixels);
		record_add(job->session->record, &artifact);
	}
	free(artifact.path);
	free(artifact.array);
	return status;
}

cnnviz_status labels_keep(struct cnnviz_job *job, struct record_artifact artifact,
		const cnnviz_tensor *labels)
{
	int64_t pixels[PALETTE_SIZE] = { 0 };
	struct image *image = NULL;
	cnnviz_status status = convert_labels(job, artifact.name, labels, pixels, &image);

	if (status == CNNVIZ_OK) {
		status = write_labels(job, artifact, labels, image, pixels);
		image_free(image);
	}
	return status;
}
