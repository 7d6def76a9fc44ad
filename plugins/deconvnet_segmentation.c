/**
 * \file    deconvnet_segmentation.c
 * \brief   Semantic segmentation: the label map of a segmentation network
 *
 * Noh, Hong, Han 2015, "Learning Deconvolution Network for Semantic Segmentation"
 * (arXiv 1505.04366), figure 1: a network gives a score f_c(i, j) for each class c and
 * position (i, j); the label of a position is the class with the highest softmax
 *
 *     p_c(i, j) = exp f_c(i, j) / sum_k exp f_k(i, j)
 *
 * Any network whose output has height and width will do, deconvolutional or not. We
 * segment the picture in one piece and leave out the paper's object proposals and its
 * conditional random field (section 5), which are no part of the network. A position
 * whose highest probability is below `confidence` is labeled background.
 *
 * Everything is brought to the picture's own size, or with `at = input` to the
 * network's: labels by nearest neighbor, since a mean of classes is no class,
 * probabilities by interpolation.
 */
#include <stdio.h>

#include "common/frame.h"

#define BACKGROUND 0
/** Number of colors of label maps */
#define CLASSES_MAX 256
/** Longest name of a class in names of artifacts, its end included */
#define NAME_SIZE 64

static const cnnviz_parameter parameters[] = {
	{ "confidence", CNNVIZ_PARAMETER_FLOAT, .default_value = "0", .minimum = 0,
			.maximum = 1, .unit = "probability",
			.summary = "positions whose best class has a lower probability "
				   "are background" },
	{ "opacity", CNNVIZ_PARAMETER_FLOAT, .default_value = "0.6", .minimum = 0,
			.maximum = 1, .summary = "opacity of the colors in overlay" },
	{ "masks", CNNVIZ_PARAMETER_BOOL, .default_value = "no",
			.summary = "whether to write a black and white picture for each "
				   "class that is present" },
	{ "probabilities", CNNVIZ_PARAMETER_BOOL, .default_value = "no",
			.summary = "whether to keep the probabilities of all classes as "
				   "an array" },
	{ FRAME_AT },
};

static const cnnviz_artifact artifacts[] = {
	{ "labels", CNNVIZ_ARTIFACT_LABELS,
			.summary = "the class of every pixel, in PASCAL VOC's colors" },
	{ "overlay", CNNVIZ_ARTIFACT_IMAGE,
			.summary = "the picture with these colors over it, except for "
				   "the background" },
	{ "area", CNNVIZ_ARTIFACT_SCALAR,
			.summary = "fraction of the picture that a class covers, as "
				   "area-cat" },
	{ "mask", CNNVIZ_ARTIFACT_IMAGE,
			.summary = "white where a class is, as mask-cat" },
	{ "probabilities", CNNVIZ_ARTIFACT_ARRAY,
			.summary = "(classes,H,W), each pixel's probabilities" },
};

/** One picture while it is segmented */
struct scene {
	const cnnviz_host *host;
	cnnviz_job *job;
	const cnnviz_batch *batch; /* the picture */
	int64_t classes;
	cnnviz_tensor *probabilities; /* (1,C,h,w), as the network computes them */
	cnnviz_tensor *labels;        /* (1,1,H,W), as large as the results */
	int64_t height, width;        /* of the results */
	int64_t pixels[CLASSES_MAX];  /* of each class */
};

/* ---- Labels -------------------------------------------------------------------- */

/** Best class of one position, whose logits are `step` apart */
static int64_t best_class(const float *logits, int64_t classes, int64_t step)
{
	int64_t best = 0;

	for (int64_t c = 1; c < classes; c++) {
		best = logits[c * step] > logits[best * step] ? c : best;
	}
	return best;
}

/** Compute the probabilities and, at the same positions, labels (1,1,h,w) */
static cnnviz_status compute_labels(struct scene *scene, const cnnviz_tensor *logits,
		cnnviz_tensor **labels)
{
	const cnnviz_tensor_api *tensor = scene->host->tensor;
	const int64_t *shape = tensor->shape(logits);
	int64_t positions = shape[2] * shape[3];
	double confidence = scene->host->parameter->real(scene->job, "confidence");
	cnnviz_status status = scene->host->objective->probabilities(scene->job, logits,
			&scene->probabilities);

	scene->classes = shape[1];
	if (status == CNNVIZ_OK) {
		status = tensor->create(scene->job, 4,
				(const int64_t[]){ 1, 1, shape[2], shape[3] }, labels);
	}
	for (int64_t ij = 0; ij < positions && status == CNNVIZ_OK; ij++) {
		int64_t best = best_class(tensor->data(logits) + ij, shape[1], positions);
		float p = tensor->data(scene->probabilities)[best * positions + ij];

		tensor->mutable_data(*labels)[ij] = (float)(p >= confidence ? best
									    : BACKGROUND);
	}
	return status;
}

static void count_pixels(struct scene *scene)
{
	const cnnviz_tensor_api *tensor = scene->host->tensor;
	const float *labels = tensor->data(scene->labels);

	scene->height = tensor->shape(scene->labels)[2];
	scene->width = tensor->shape(scene->labels)[3];
	for (int64_t i = 0; i < scene->height * scene->width; i++) {
		scene->pixels[(int64_t)labels[i]]++;
	}
	if (scene->pixels[BACKGROUND] == scene->height * scene->width) {
		scene->host->warn(scene->job, 0, "the whole picture is labeled %s",
				scene->host->model->class_name(scene->job, BACKGROUND));
	}
}

static cnnviz_status segment(struct scene *scene)
{
	static const int32_t logits = CNNVIZ_LAYER_LOGITS;
	const cnnviz_host *host = scene->host;
	cnnviz_tensor *labels = NULL;
	cnnviz_pass *pass = NULL;
	cnnviz_status status = host->pass->forward(scene->job, scene->batch->inputs, 1,
			&logits, &pass);

	if (status == CNNVIZ_OK) {
		status = compute_labels(scene, host->pass->activation(pass, logits),
				&labels);
	}
	host->pass->unref(pass);
	if (status == CNNVIZ_OK) {
		status = frame_bring(host, scene->job, scene->batch, labels,
				CNNVIZ_FILTER_NEAREST, &scene->labels);
	}
	if (status == CNNVIZ_OK) {
		count_pixels(scene);
	}
	host->tensor->unref(labels);
	return status;
}

/* ---- Results ------------------------------------------------------------------- */

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/** Whether two class names give one file name: "tv/monitor" and "tv monitor" do */
static bool names_collide(const char *a, const char *b)
{
	while (*a == *b || (*a && *b && !is_plain(*a) && !is_plain(*b))) {
		if (*a == '\0') {
			return true;
		}
		a++;
		b++;
	}
	return false;
}

/**
 * Suffix of a class's artifacts: its name, and its number if an earlier class has the
 * same name
 */
static void name_class(const struct scene *scene, int64_t index, char text[NAME_SIZE])
{
	const cnnviz_model_api *model = scene->host->model;
	const char *name = model->class_name(scene->job, index);
	bool taken = false;

	for (int64_t c = 0; c < index && !taken; c++) {
		taken = scene->pixels[c] > 0
				&& names_collide(name, model->class_name(scene->job, c));
	}
	if (taken) {
		snprintf(text, NAME_SIZE, "%.40s.%lld", name, (long long)index);
	} else {
		snprintf(text, NAME_SIZE, "%s", name);
	}
}

static cnnviz_status emit_areas(const struct scene *scene)
{
	double all = (double)(scene->height * scene->width);
	char name[NAME_SIZE];
	cnnviz_status status = CNNVIZ_OK;

	for (int64_t c = 0; c < scene->classes && status == CNNVIZ_OK; c++) {
		if (scene->pixels[c] > 0) {
			name_class(scene, c, name);
			status = scene->host->artifact->scalar(scene->job, "area", name,
					(double)scene->pixels[c] / all);
		}
	}
	return status;
}

/** The picture, colored wherever the label is not background */
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

static cnnviz_status emit_overlay(const struct scene *scene)
{
	const cnnviz_host *host = scene->host;
	cnnviz_tensor *picture = NULL, *overlay = NULL;
	cnnviz_status status = host->tensor->create(scene->job, 3,
			(const int64_t[]){ 3, scene->height, scene->width }, &overlay);

	if (status == CNNVIZ_OK) {
		status = frame_picture(host, scene->job, scene->batch, &picture);
	}
	if (status == CNNVIZ_OK) {
		draw_overlay(scene, picture, host->tensor->mutable_data(overlay));
		status = host->artifact->image(scene->job, "overlay", NULL, overlay,
				CNNVIZ_WHOLE);
	}
	host->tensor->unref(picture);
	host->tensor->unref(overlay);
	return status;
}

static cnnviz_status emit_mask(const struct scene *scene, int64_t index)
{
	const cnnviz_tensor_api *tensor = scene->host->tensor;
	char name[NAME_SIZE];
	cnnviz_tensor *mask = NULL;
	cnnviz_status status = tensor->create(scene->job, 3,
			(const int64_t[]){ 1, scene->height, scene->width }, &mask);

	if (status != CNNVIZ_OK) {
		return status;
	}
	for (int64_t i = 0; i < tensor->count(mask); i++) {
		int64_t label = (int64_t)tensor->data(scene->labels)[i];

		tensor->mutable_data(mask)[i] = (float)(label == index);
	}
	name_class(scene, index, name);
	status = scene->host->artifact->image(scene->job, "mask", name, mask,
			CNNVIZ_WHOLE);
	tensor->unref(mask);
	return status;
}

static cnnviz_status emit_masks(const struct scene *scene)
{
	cnnviz_status status = CNNVIZ_OK;

	for (int64_t c = BACKGROUND + 1; c < scene->classes && status == CNNVIZ_OK; c++) {
		if (scene->pixels[c] > 0) {
			status = emit_mask(scene, c);
		}
	}
	return status;
}

static cnnviz_status emit_probabilities(const struct scene *scene)
{
	const cnnviz_host *host = scene->host;
	cnnviz_tensor *probabilities = NULL;
	cnnviz_status status = frame_bring(host, scene->job, scene->batch,
			scene->probabilities, CNNVIZ_FILTER_BILINEAR, &probabilities);

	if (status == CNNVIZ_OK) {
		status = host->artifact->array(scene->job, "probabilities", NULL,
				probabilities, 0);
	}
	host->tensor->unref(probabilities);
	return status;
}

static cnnviz_status emit_results(const struct scene *scene)
{
	const cnnviz_parameter_api *parameter = scene->host->parameter;
	cnnviz_status status = scene->host->artifact->labels(scene->job, "labels", NULL,
			scene->labels, 0);

	if (status == CNNVIZ_OK) {
		status = emit_overlay(scene);
	}
	if (status == CNNVIZ_OK) {
		status = emit_areas(scene);
	}
	if (status == CNNVIZ_OK && parameter->boolean(scene->job, "masks")) {
		status = emit_masks(scene);
	}
	if (status == CNNVIZ_OK && parameter->boolean(scene->job, "probabilities")) {
		status = emit_probabilities(scene);
	}
	return status;
}

/* ---- The technique ------------------------------------------------------------- */

static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	int64_t shape[CNNVIZ_MAX_RANK];

	if (host->model->layer_shape(job, CNNVIZ_LAYER_LOGITS, shape) != 3) {
		return host->fail(job, CNNVIZ_ERROR_UNSUPPORTED,
				"%s gives one score for each class, not a map for each; "
				"use a segmentation network, such as segmenter or "
				"deconvnet_voc",
				host->model->name(job));
	}
	if (shape[0] > CLASSES_MAX) {
		return host->fail(job, CNNVIZ_ERROR_UNSUPPORTED,
				"%s has %lld classes, but label maps have %d colors",
				host->model->name(job), (long long)shape[0], CLASSES_MAX);
	}
	return CNNVIZ_OK;
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	struct scene scene = { .host = host, .job = job, .batch = batch };
	cnnviz_status status = segment(&scene);

	if (status == CNNVIZ_OK) {
		status = emit_results(&scene);
	}
	host->tensor->unref(scene.probabilities);
	host->tensor->unref(scene.labels);
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("deconvnet_segmentation", "1.0"),
	.summary = "semantic segmentation: the class of every pixel",
	.description = "Labels every pixel with a class, using a network that computes a "
		       "map of scores for each class, such as segmenter and "
		       "deconvnet_voc. By default results have the picture's own size; "
		       "what resize = crop has cut off is labeled background.",
	.reference = "Noh, Hong, Han 2015, \"Learning Deconvolution Network for Semantic "
		     "Segmentation\", arXiv 1505.04366, section 3",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_PER_PICTURE,
	.run = run,
	.check = check,
	.asks = CNNVIZ_ASKS_ACTIVATIONS,
	.family = CNNVIZ_FAMILY_SEGMENTATION,
};

CNNVIZ_PLUGIN(technique)
