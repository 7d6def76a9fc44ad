/**
 * \file    deconvnet_segmentation.c
 * \brief   What is where: the label map of a segmentation network
 *
 * Noh, Hong, Han 2015, "Learning Deconvolution Network for Semantic Segmentation"
 * (arXiv 1505.04366), figure 1: a network gives a score f_c(i, j) for each class c and
 * place (i, j); the label of a place is the class with the highest softmax
 *
 *     p_c(i, j) = exp f_c(i, j) / sum_k exp f_k(i, j)
 *
 * Any network whose output has height and width will do, deconvolutional or not. We
 * segment the picture in one piece and leave out the paper's object proposals and its
 * conditional random field (section 5), which are no part of the network.
 * A place whose highest probability is below `confidence` is labeled background.
 *
 * Everything is brought to the picture's own size: labels by their nearest place, since
 * a mean of classes is no class, probabilities between places.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cnnviz/cnnviz.h>

#define BACKGROUND 0
/** Colors that label maps have */
#define MOST_CLASSES 256
/** Longest name of an artifact's suffix, its end included */
#define NAME_SIZE 64

/** A picture on its way to its labels */
struct scene {
	const cnnviz_host *host;
	cnnviz_job *job;
	int64_t classes;
	cnnviz_tensor *probabilities; /* (1,C,h,w), as the network gives them */
	cnnviz_tensor *labels;        /* (H,W), as large as the picture */
	int64_t height, width;        /* of the picture */
	int64_t pixels[MOST_CLASSES]; /* of each class */
};

static cnnviz_status short_of_memory(const struct scene *scene)
{
	return scene->host->fail(scene->job, CNNVIZ_ERROR_MEMORY, "memory is too short");
}

/* ---- Probabilities ----------------------------------------------------------------- */

/** Softmax of one place, whose values are `step` apart; returns the best class. */
static int64_t softmax(const float *logits, float *probabilities, int64_t classes,
		int64_t step)
{
	int64_t best = 0;
	double sum = 0;

	for (int64_t c = 1; c < classes; c++) {
		best = logits[c * step] > logits[best * step] ? c : best;
	}
	for (int64_t c = 0; c < classes; c++) {
		sum += exp((double)logits[c * step] - (double)logits[best * step]);
	}
	for (int64_t c = 0; c < classes; c++) {
		probabilities[c * step] =
				(float)(exp((double)logits[c * step]
							- (double)logits[best * step])
						/ sum);
	}
	return best;
}

/** Probabilities and, in the same places, labels (1,1,h,w) */
static cnnviz_status score(struct scene *scene, const cnnviz_tensor *logits,
		cnnviz_tensor **labels)
{
	const cnnviz_tensor_api *tensor = scene->host->tensor;
	const int64_t *shape = tensor->shape(logits);
	const int64_t size[4] = { 1, 1, shape[2], shape[3] };
	double confidence = scene->host->parameter->real(scene->job, "confidence");
	int64_t places = shape[2] * shape[3];

	scene->classes = shape[1];
	scene->probabilities = tensor->create(4, shape);
	cnnviz_tensor *map = tensor->create(4, size);
	if (scene->probabilities == NULL || map == NULL) {
		tensor->unref(map);
		return short_of_memory(scene);
	}
	float *probabilities = tensor->mutable_data(scene->probabilities);

	for (int64_t ij = 0; ij < places; ij++) {
		int64_t best = softmax(tensor->data(logits) + ij, probabilities + ij,
				scene->classes, places);
		bool sure = probabilities[best * places + ij] >= confidence;

		tensor->mutable_data(map)[ij] = (float)(sure ? best : BACKGROUND);
	}
	*labels = map;
	return CNNVIZ_OK;
}

/** (1,C,H,W) as (C,H,W), or (1,1,H,W) as (H,W) */
static cnnviz_status without_batch(const struct scene *scene, const cnnviz_tensor *from,
		cnnviz_tensor **result)
{
	const cnnviz_tensor_api *tensor = scene->host->tensor;
	const int64_t *shape = tensor->shape(from);
	cnnviz_tensor *made = shape[1] == 1 ? tensor->create(2, shape + 2)
					    : tensor->create(3, shape + 1);

	if (made == NULL) {
		return short_of_memory(scene);
	}
	for (int64_t i = 0; i < tensor->count(from); i++) {
		tensor->mutable_data(made)[i] = tensor->data(from)[i];
	}
	*result = made;
	return CNNVIZ_OK;
}

/** What lies over the network's input as it lies over the picture, without the batch */
static cnnviz_status enlarge(const struct scene *scene, const cnnviz_tensor *view,
		uint32_t filter, cnnviz_tensor **result)
{
	cnnviz_tensor *restored = NULL;
	cnnviz_status status = scene->host->image->restore(scene->job, 0, view, filter,
			&restored);

	if (status == CNNVIZ_OK) {
		status = without_batch(scene, restored, result);
	}
	scene->host->tensor->unref(restored);
	return status;
}

static void count_pixels(struct scene *scene)
{
	const cnnviz_tensor_api *tensor = scene->host->tensor;
	const float *labels = tensor->data(scene->labels);

	scene->height = tensor->shape(scene->labels)[0];
	scene->width = tensor->shape(scene->labels)[1];
	for (int64_t i = 0; i < scene->height * scene->width; i++) {
		scene->pixels[(int64_t)labels[i]]++;
	}
	if (scene->pixels[BACKGROUND] == scene->height * scene->width) {
		scene->host->warn(scene->job, 0, "every place of the picture is %s",
				scene->host->model->class_name(scene->job, BACKGROUND));
	}
}

static cnnviz_status segment(struct scene *scene, const cnnviz_batch *batch)
{
	static const int32_t captures[] = { CNNVIZ_LAYER_LOGITS };
	const cnnviz_host *host = scene->host;
	cnnviz_tensor *labels = NULL;
	cnnviz_pass *pass = NULL;
	cnnviz_status status = host->pass->forward(scene->job, batch->inputs, 1, captures,
			&pass);

	if (status == CNNVIZ_OK) {
		const cnnviz_tensor *logits = host->pass->activation(pass,
				CNNVIZ_LAYER_LOGITS);

		status = logits != NULL ? score(scene, logits, &labels)
					: CNNVIZ_ERROR_ENGINE;
	}
	host->pass->unref(pass);
	if (status == CNNVIZ_OK) {
		status = enlarge(scene, labels, CNNVIZ_FILTER_NEAREST, &scene->labels);
	}
	if (status == CNNVIZ_OK) {
		count_pixels(scene);
	}
	host->tensor->unref(labels);
	return status;
}

/* ---- Results ----------------------------------------------------------------------- */

/** A class's name as a file's: "potted plant" becomes potted_plant */
static void plain_name(const struct scene *scene, int64_t index, char name[NAME_SIZE])
{
	const char *label = scene->host->model->class_name(scene->job, index);
	size_t n = 0;

	for (; label[n] != '\0' && n + 1 < NAME_SIZE; n++) {
		char c = label[n];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
				|| (c >= '0' && c <= '9') || c == '-';

		name[n] = '_';
		if (plain) {
			name[n] = c;
		}
	}
	name[n] = '\0';
}

/** Artifact of a class: "mask-cat"; with its number where an earlier class has the name */
static void series_name(const struct scene *scene, const char *artifact, int64_t index,
		char text[2 * NAME_SIZE])
{
	char name[NAME_SIZE], other[NAME_SIZE];
	bool taken = false;

	plain_name(scene, index, name);
	for (int64_t c = 0; c < index && !taken; c++) {
		plain_name(scene, c, other);
		taken = scene->pixels[c] > 0 && strcmp(name, other) == 0;
	}
	if (taken) {
		snprintf(text, 2 * NAME_SIZE, "%s-%s.%lld", artifact, name,
				(long long)index);
	} else {
		snprintf(text, 2 * NAME_SIZE, "%s-%s", artifact, name);
	}
}

static cnnviz_status give_areas(const struct scene *scene)
{
	double all = (double)(scene->height * scene->width);
	char name[2 * NAME_SIZE];
	cnnviz_status status = CNNVIZ_OK;

	for (int64_t c = 0; c < scene->classes && status == CNNVIZ_OK; c++) {
		if (scene->pixels[c] > 0) {
			series_name(scene, "area", c, name);
			status = scene->host->artifact->figure(scene->job, name,
					(double)scene->pixels[c] / all);
		}
	}
	return status;
}

/** The picture, colored where there is something */
static void draw_overlay(const struct scene *scene, const cnnviz_tensor *picture,
		float *overlay)
{
	const cnnviz_tensor_api *tensor = scene->host->tensor;
	float opacity = (float)scene->host->parameter->real(scene->job, "opacity");
	int64_t channels = tensor->shape(picture)[1],
		pixels = scene->height * scene->width;

	for (int64_t i = 0; i < 3 * pixels; i++) {
		int64_t channel = i / pixels, ij = i % pixels;
		int64_t label = (int64_t)tensor->data(scene->labels)[ij];
		uint32_t color = scene->host->image->class_color(scene->job, label);
		float before = tensor->data(
				picture)[(channels == 3 ? channel : 0) * pixels + ij];
		float tint = (float)(color >> (16 - 8 * channel) & 255) / 255;

		overlay[i] = label == BACKGROUND
				? before
				: (1 - opacity) * before + opacity * tint;
	}
}

static cnnviz_status give_overlay(const struct scene *scene)
{
	const cnnviz_host *host = scene->host;
	const int64_t shape[3] = { 3, scene->height, scene->width };
	cnnviz_tensor *picture = NULL;
	cnnviz_tensor *overlay = host->tensor->create(3, shape);
	cnnviz_status status = overlay == NULL
			? short_of_memory(scene)
			: host->image->original(scene->job, 0, &picture);

	if (status == CNNVIZ_OK) {
		draw_overlay(scene, picture, host->tensor->mutable_data(overlay));
		status = host->artifact->image(scene->job, "overlay", overlay);
	}
	host->tensor->unref(picture);
	host->tensor->unref(overlay);
	return status;
}

static cnnviz_status give_mask(const struct scene *scene, int64_t index)
{
	const cnnviz_tensor_api *tensor = scene->host->tensor;
	const int64_t shape[3] = { 1, scene->height, scene->width };
	cnnviz_tensor *mask = tensor->create(3, shape);
	char name[2 * NAME_SIZE];

	if (mask == NULL) {
		return short_of_memory(scene);
	}
	for (int64_t i = 0; i < tensor->count(mask); i++) {
		int64_t label = (int64_t)tensor->data(scene->labels)[i];

		tensor->mutable_data(mask)[i] = (float)(label == index);
	}
	series_name(scene, "mask", index, name);
	cnnviz_status status = scene->host->artifact->image(scene->job, name, mask);

	tensor->unref(mask);
	return status;
}

static cnnviz_status give_masks(const struct scene *scene)
{
	cnnviz_status status = CNNVIZ_OK;

	for (int64_t c = BACKGROUND + 1; c < scene->classes && status == CNNVIZ_OK; c++) {
		if (scene->pixels[c] > 0) {
			status = give_mask(scene, c);
		}
	}
	return status;
}

static cnnviz_status give_probabilities(const struct scene *scene)
{
	cnnviz_tensor *probabilities = NULL;
	cnnviz_status status = enlarge(scene, scene->probabilities,
			CNNVIZ_FILTER_BILINEAR, &probabilities);

	if (status == CNNVIZ_OK) {
		status = scene->host->artifact->array(scene->job, "probabilities",
				probabilities);
	}
	scene->host->tensor->unref(probabilities);
	return status;
}

static cnnviz_status give_results(const struct scene *scene)
{
	const cnnviz_parameter_api *parameter = scene->host->parameter;
	cnnviz_status status = scene->host->artifact->labels(scene->job, "labels",
			scene->labels);

	if (status == CNNVIZ_OK) {
		status = give_overlay(scene);
	}
	if (status == CNNVIZ_OK) {
		status = give_areas(scene);
	}
	if (status == CNNVIZ_OK && parameter->boolean(scene->job, "masks")) {
		status = give_masks(scene);
	}
	if (status == CNNVIZ_OK && parameter->boolean(scene->job, "probabilities")) {
		status = give_probabilities(scene);
	}
	return status;
}

/* ---- The technique ------------------------------------------------------------------- */

static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	int64_t shape[CNNVIZ_MAX_RANK];

	if (host->model->layer_shape(job, CNNVIZ_LAYER_LOGITS, shape) != 3) {
		return host->fail(job, CNNVIZ_ERROR_UNSUPPORTED,
				"%s gives one score for each "
				"class, not a map for each; take a segmentation network, "
				"such as "
				"segmenter or deconvnet_voc",
				host->model->name(job));
	}
	if (shape[0] > MOST_CLASSES) {
		return host->fail(job, CNNVIZ_ERROR_UNSUPPORTED,
				"%s has %lld classes, but label "
				"maps have %d colors",
				host->model->name(job), (long long)shape[0],
				MOST_CLASSES);
	}
	return CNNVIZ_OK;
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	struct scene scene = { .host = host, .job = job };
	cnnviz_status status = segment(&scene, batch);

	if (status == CNNVIZ_OK) {
		status = give_results(&scene);
	}
	host->tensor->unref(scene.probabilities);
	host->tensor->unref(scene.labels);
	return status;
}

static const cnnviz_parameter parameters[] = {
	{
			.name = "confidence",
			.type = CNNVIZ_PARAMETER_FLOAT,
			.default_value = "0",
			.minimum = 0,
			.maximum = 1,
			.unit = "probability",
			.summary = "places whose best class has less than this are "
				   "background",
	},
	{
			.name = "opacity",
			.type = CNNVIZ_PARAMETER_FLOAT,
			.default_value = "0.6",
			.minimum = 0,
			.maximum = 1,
			.summary = "how far the colors of overlay cover the picture",
	},
	{
			.name = "masks",
			.type = CNNVIZ_PARAMETER_BOOL,
			.default_value = "no",
			.summary = "whether to give a black and white picture for each "
				   "class that is seen",
	},
	{
			.name = "probabilities",
			.type = CNNVIZ_PARAMETER_BOOL,
			.default_value = "no",
			.summary = "whether to keep the probabilities of all classes as "
				   "an array",
	},
};

static const cnnviz_artifact artifacts[] = {
	{
			.name = "labels",
			.type = CNNVIZ_ARTIFACT_LABELS,
			.summary = "the class of every pixel, in PASCAL VOC's colors",
	},
	{
			.name = "overlay",
			.type = CNNVIZ_ARTIFACT_IMAGE,
			.summary = "the picture with these colors over it, background "
				   "left as it is",
	},
	{
			.name = "area",
			.type = CNNVIZ_ARTIFACT_FIGURE,
			.summary = "share of the picture that a class covers, as "
				   "area-cat",
	},
	{
			.name = "mask",
			.type = CNNVIZ_ARTIFACT_IMAGE,
			.summary = "white where a class is, as mask-cat",
	},
	{
			.name = "probabilities",
			.type = CNNVIZ_ARTIFACT_ARRAY,
			.summary = "(classes,H,W), each pixel's softmax probabilities",
	},
};

static const cnnviz_technique technique = {
	.abi_major = CNNVIZ_ABI_MAJOR,
	.abi_minor = CNNVIZ_ABI_MINOR,
	.struct_size = sizeof(technique),
	.kind = CNNVIZ_KIND_GENERAL,
	.name = "deconvnet_segmentation",
	.version = "1.0",
	.summary = "what is where: the label map of a segmentation network",
	.description = "The class of every pixel, by a network that gives a map of "
		       "scores for "
		       "each class, such as segmenter and deconvnet_voc. Results have "
		       "the picture's own "
		       "size; where resize = crop has cut something off, that is "
		       "background.",
	.reference = "Noh, Hong, Han 2015, \"Learning Deconvolution Network for Semantic "
		     "Segmentation\", arXiv 1505.04366, section 3",
	.parameters = parameters,
	.parameter_count = sizeof(parameters) / sizeof(*parameters),
	.parameter_size = sizeof(*parameters),
	.artifacts = artifacts,
	.artifact_count = sizeof(artifacts) / sizeof(*artifacts),
	.artifact_size = sizeof(*artifacts),
	.run_mode = CNNVIZ_RUN_PER_PICTURE,
	.run = run,
	.check = check,
};

CNNVIZ_PLUGIN(technique)
