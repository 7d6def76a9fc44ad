/**
 * \file    saliency_segmentation.c
 * \brief   Weakly supervised segmentation: the object that a class map marks, cut out
 *
 *     foreground seeds  { ij : M_ij >= q_f },   background seeds  { ij : M_ij <= q_b }
 *
 * where M is the class saliency max_ch |dS_c/dI_ij|, or the magnitude of the map of the
 * job `base`, and q_f, q_b its quantiles `foreground` and `background`. The colors of
 * the seeds are modeled, a graph cut divides the picture, and its largest connected
 * piece is the object.
 *
 * K. Simonyan, A. Vedaldi, A. Zisserman: Deep Inside Convolutional Networks:
 * Visualising Image Classification Models and Saliency Maps. 2013, arXiv:1312.6034,
 * section 3.2.
 *
 * As in the paper, the color models come from the seeds alone, 95 % and 30 %, and the
 * rest is decided by the graph cut. We continue with GrabCut's rounds, which fit the
 * models to the result of the cut (Rother et al. 2004, doi:10.1145/1015706.1015720);
 * `rounds = 0` is the paper's method. The picture is cut as the network sees it; by
 * default, what was found is then enlarged to the picture's own size.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/frame.h"
#include "common/grabcut.h"

static const cnnviz_parameter parameters[] = {
	{ "base", CNNVIZ_PARAMETER_JOB,
			.summary = "attribution job that locates the object; unset: the "
				   "class saliency, as the technique saliency computes "
				   "it" },
	{ "foreground", CNNVIZ_PARAMETER_FLOAT, .default_value = "0.95", .minimum = 0,
			.maximum = 1, .unit = "quantile of the map",
			.summary = "pixels at or above it are seeds of the object" },
	{ "background", CNNVIZ_PARAMETER_FLOAT, .default_value = "0.30", .minimum = 0,
			.maximum = 1, .unit = "quantile of the map",
			.summary = "pixels at or below it are seeds of the background" },
	{ "rounds", CNNVIZ_PARAMETER_INT, .flags = CNNVIZ_PARAMETER_EFFORT,
			.default_value = "5", .minimum = 0, .maximum = 1000,
			.summary = "how often the color models are fitted to the result "
				   "and the cut is repeated" },
	{ "color", CNNVIZ_PARAMETER_COLOR, .default_value = "#ffff00",
			.summary = "color of the outline" },
	{ FRAME_AT },
};

static const cnnviz_artifact artifacts[] = {
	{ "mask", CNNVIZ_ARTIFACT_IMAGE, .summary = "white where the object is" },
	{ "cutout", CNNVIZ_ARTIFACT_IMAGE,
			.summary = "the object; the rest is transparent" },
	{ "outline", CNNVIZ_ARTIFACT_IMAGE,
			.summary = "the object's outline on the picture" },
	{ "seeds", CNNVIZ_ARTIFACT_IMAGE,
			.summary = "the picture, with the object's seeds green and the "
				   "background's red" },
	{ "area", CNNVIZ_ARTIFACT_SCALAR,
			.summary = "the object's share of the picture" },
};

/* One picture while it is segmented; all arrays have height * width elements */
struct scene {
	const cnnviz_host *host;
	cnnviz_job *job;
	const cnnviz_batch *batch; /* the picture */
	int64_t height, width, pixels;
	float *saliency;
	unsigned char *rgb;    /* three bytes each */
	unsigned char *seeds;  /* GRABCUT_* */
	unsigned char *inside; /* 1: object; labels while its pieces are distinguished */
	unsigned char *border; /* 1: outline */
};

static cnnviz_status no_memory(const struct scene *scene)
{
	return scene->host->fail(scene->job, CNNVIZ_ERROR_MEMORY,
			"out of memory for a picture of %lldx%lld pixels",
			(long long)scene->width, (long long)scene->height);
}

static void scene_end(struct scene *scene)
{
	free(scene->saliency);
	free(scene->rgb);
	free(scene->seeds);
	free(scene->inside);
	free(scene->border);
}

static bool scene_start(struct scene *scene)
{
	size_t pixels = (size_t)scene->pixels;

	scene->saliency = calloc(pixels, sizeof(*scene->saliency));
	scene->rgb = calloc(3 * pixels, 1);
	scene->seeds = calloc(pixels, 1);
	scene->inside = calloc(pixels, 1);
	scene->border = calloc(pixels, 1);
	return scene->saliency != NULL && scene->rgb != NULL && scene->seeds != NULL
			&& scene->inside != NULL && scene->border != NULL;
}

/* ---- Saliency ------------------------------------------------------------------ */

/** M (pixels) from one item of a map (channels, pixels) */
static void max_over_channels(const float *map, int64_t channels, int64_t pixels,
		float *M)
{
	for (int64_t ch = 0; ch < channels; ch++) {
		for (int64_t ij = 0; ij < pixels; ij++) {
			M[ij] = fmaxf(M[ij], fabsf(map[ch * pixels + ij]));
		}
	}
}

/** The largest magnitude over the channels of a (1,C,h,w), at the input's size */
static cnnviz_status compute_magnitude(struct scene *scene, const cnnviz_tensor *map)
{
	const cnnviz_tensor_api *tensor = scene->host->tensor;
	const int64_t *shape = tensor->shape(map);
	cnnviz_tensor *largest = NULL, *resized = NULL;
	cnnviz_status status = tensor->create(scene->job, 4,
			(const int64_t[]){ 1, 1, shape[2], shape[3] }, &largest);

	if (status != CNNVIZ_OK) {
		return status;
	}
	max_over_channels(tensor->data(map), shape[1], shape[2] * shape[3],
			tensor->mutable_data(largest));
	status = scene->host->image->resize(scene->job, largest, scene->height,
			scene->width, CNNVIZ_FILTER_BILINEAR, &resized);

	if (status == CNNVIZ_OK) {
		memcpy(scene->saliency, tensor->data(resized),
				(size_t)scene->pixels * sizeof(*scene->saliency));
	}
	tensor->unref(resized);
	tensor->unref(largest);
	return status;
}

static cnnviz_status find_saliency(struct scene *scene)
{
	const cnnviz_host *host = scene->host;
	const cnnviz_batch *batch = scene->batch;
	const cnnviz_tensor *map = NULL;
	cnnviz_tensor *gradient = NULL;
	cnnviz_status status;

	if (host->parameter->is_set(scene->job, "base")) {
		status = host->attribution->run(scene->job, "base", batch, &map);
		return status != CNNVIZ_OK ? status : compute_magnitude(scene, map);
	}
	status = host->pass->logit_gradient(scene->job, batch, CNNVIZ_RULE_PLAIN,
			CNNVIZ_LAYER_INPUT, NULL, &gradient);
	if (status == CNNVIZ_OK) {
		status = compute_magnitude(scene, gradient);
	}
	host->tensor->unref(gradient);
	return status;
}

/* ---- Seeds --------------------------------------------------------------------- */

static int compare_floats(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

/** Quantile of sorted values, linear between neighbors */
static float quantile(const float *sorted, int64_t count, double q)
{
	double position = q * (double)(count - 1);
	int64_t low = (int64_t)position;
	int64_t high = low + 1 < count ? low + 1 : low;

	return (float)(sorted[low]
			+ (position - (double)low)
					* ((double)sorted[high] - sorted[low]));
}

/**
 * \brief   Seeds from the quantiles
 *
 * Ends included, so that a map that is 0 on most of the picture has background seeds.
 * If both quantiles are equal, the map carries no information and there are no seeds.
 *
 * \param   any     Receives whether there are seeds, then of both kinds
 */
static cnnviz_status find_seeds(struct scene *scene, bool *any)
{
	float *sorted = malloc((size_t)scene->pixels * sizeof(*sorted));
	double foreground = scene->host->parameter->real(scene->job, "foreground");
	double background = scene->host->parameter->real(scene->job, "background");

	if (sorted == NULL) {
		return no_memory(scene);
	}
	memcpy(sorted, scene->saliency, (size_t)scene->pixels * sizeof(*sorted));
	qsort(sorted, (size_t)scene->pixels, sizeof(*sorted), compare_floats);
	float q_f = quantile(sorted, scene->pixels, foreground);
	float q_b = quantile(sorted, scene->pixels, background);

	free(sorted);
	*any = q_b < q_f;
	for (int64_t ij = 0; ij < scene->pixels && *any; ij++) {
		scene->seeds[ij] = scene->saliency[ij] >= q_f ? GRABCUT_OBJECT
				: scene->saliency[ij] <= q_b  ? GRABCUT_BACKGROUND
							      : GRABCUT_UNKNOWN;
	}
	return CNNVIZ_OK;
}

/* ---- The object ---------------------------------------------------------------- */

/** Give the piece of label 1 around a start another label; returns its size. */
static int64_t label_piece(struct scene *scene, int64_t start, unsigned char label,
		int64_t *stack)
{
	int64_t size = 0, depth = 0;

	stack[depth++] = start;
	scene->inside[start] = label;
	while (depth > 0) {
		int64_t position = stack[--depth];
		int64_t y = position / scene->width, x = position % scene->width;

		size++;
		for (int64_t k = 0; k < 9; k++) {
			int64_t v = y + k / 3 - 1, u = x + k % 3 - 1;
			int64_t next = v * scene->width + u;

			if (v >= 0 && v < scene->height && u >= 0 && u < scene->width
					&& scene->inside[next] == 1) {
				scene->inside[next] = label;
				stack[depth++] = next;
			}
		}
	}
	return size;
}

/** Of all pieces that touch at sides or corners, keep the largest. */
static cnnviz_status keep_largest(struct scene *scene, int64_t *area)
{
	enum { SEEN = 2, LARGEST = 3 };
	int64_t *stack = malloc((size_t)scene->pixels * sizeof(*stack));
	int64_t best = -1, size = 0;

	if (stack == NULL) {
		return no_memory(scene);
	}
	for (int64_t ij = 0; ij < scene->pixels; ij++) {
		int64_t found = scene->inside[ij] == 1
				? label_piece(scene, ij, SEEN, stack)
				: 0;

		best = found > size ? ij : best;
		size = found > size ? found : size;
	}
	for (int64_t ij = 0; ij < scene->pixels && best >= 0; ij++) {
		scene->inside[ij] = scene->inside[ij] == SEEN;
	}
	if (best >= 0) {
		label_piece(scene, best, LARGEST, stack);
	}
	for (int64_t ij = 0; ij < scene->pixels; ij++) {
		scene->inside[ij] = scene->inside[ij] == LARGEST;
	}
	free(stack);
	*area = size;
	return CNNVIZ_OK;
}

/** The picture as the network sees it */
static cnnviz_status find_colors(struct scene *scene)
{
	const cnnviz_tensor_api *tensor = scene->host->tensor;
	int64_t pixels = scene->pixels;
	cnnviz_tensor *image = NULL;
	cnnviz_status status = scene->host->image->denormalize(scene->job,
			scene->batch->inputs, &image);

	if (status != CNNVIZ_OK) {
		return status;
	}
	/* A gray picture has its one channel three times. */
	int64_t channels = tensor->shape(image)[1];

	for (int64_t ch = 0; ch < 3; ch++) {
		const float *plane = tensor->data(image)
				+ (channels == 3 ? ch : 0) * pixels;

		for (int64_t ij = 0; ij < pixels; ij++) {
			scene->rgb[3 * ij + ch] = (unsigned char)lrintf(255 * plane[ij]);
		}
	}
	tensor->unref(image);
	return CNNVIZ_OK;
}

/** The object, if there is one */
static cnnviz_status find_object(struct scene *scene)
{
	int64_t area = 0;
	char reason[256] = "";
	int rounds = (int)scene->host->parameter->integer(scene->job, "rounds");
	bool any = false;
	cnnviz_status status = find_seeds(scene, &any);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (!any) {
		scene->host->warn(scene->job, 0,
				"the map's quantiles `foreground` and `background` are "
				"equal, so there is no object");
		return CNNVIZ_OK;
	}
	if (grabcut(scene->rgb, (int)scene->width, (int)scene->height, scene->seeds,
			    rounds, scene->inside, reason, sizeof(reason))
			!= 0) {
		return scene->host->fail(scene->job, CNNVIZ_ERROR_UNSUPPORTED, "%s",
				reason);
	}
	status = keep_largest(scene, &area);
	if (status == CNNVIZ_OK && area == 0) {
		scene->host->warn(scene->job, 0,
				"the graph cut found no object: its seeds have the "
				"colors of the background");
	}
	return status;
}

/** Whether a pixel and its eight neighbors are neither all inside nor all outside */
static bool is_border(const struct scene *scene, int64_t ij)
{
	int64_t y = ij / scene->width, x = ij % scene->width;

	for (int64_t k = 0; k < 9; k++) {
		int64_t v = y + k / 3 - 1, u = x + k % 3 - 1;

		if (v >= 0 && v < scene->height && u >= 0 && u < scene->width
				&& scene->inside[v * scene->width + u]
						!= scene->inside[ij]) {
			return true;
		}
	}
	return false;
}

static void find_border(struct scene *scene)
{
	for (int64_t ij = 0; ij < scene->pixels; ij++) {
		scene->border[ij] = is_border(scene, ij);
	}
}

/* ---- Results ------------------------------------------------------------------- */

/* What is drawn of; has the size of the results */
struct drawing {
	const struct scene *scene;
	int64_t height, width, pixels;
	int64_t channels;       /* of the picture */
	int64_t color;          /* of the outline */
	cnnviz_tensor *picture; /* (1,channels,height,width), 0..1 */
	cnnviz_tensor *layer; /* (1,1,height,width): one of the scene's arrays, enlarged */
};

/** Value of one pixel of a result in channel p */
typedef float (*pixel_value)(const struct drawing *drawing, int64_t ij, int64_t p);

static const float *values_of(const struct drawing *drawing, const cnnviz_tensor *tensor)
{
	return drawing->scene->host->tensor->data(tensor);
}

/** Whether a pixel belongs to what the layer marks with 1 */
static bool is_marked(const struct drawing *drawing, int64_t ij)
{
	return values_of(drawing, drawing->layer)[ij] >= 0.5F;
}

/** The picture; a gray one has its channel three times. */
static float picture_value(const struct drawing *drawing, int64_t ij, int64_t p)
{
	int64_t channel = drawing->channels == 3 ? p : 0;

	return values_of(drawing, drawing->picture)[channel * drawing->pixels + ij];
}

static float mask_value(const struct drawing *drawing, int64_t ij, int64_t p)
{
	(void)p;
	return is_marked(drawing, ij);
}

static float cutout_value(const struct drawing *drawing, int64_t ij, int64_t p)
{
	return !is_marked(drawing, ij) ? 0 : p == 3 ? 1 : picture_value(drawing, ij, p);
}

static float outline_value(const struct drawing *drawing, int64_t ij, int64_t p)
{
	return is_marked(drawing, ij)
			? (float)(drawing->color >> (16 - 8 * p) & 255) / 255
			: picture_value(drawing, ij, p);
}

static float seeds_value(const struct drawing *drawing, int64_t ij, int64_t p)
{
	int seed = (int)values_of(drawing, drawing->layer)[ij];
	float picture = picture_value(drawing, ij, p);

	if (seed == GRABCUT_UNKNOWN) {
		return picture;
	}
	return 0.4F * picture + 0.6F * (float)(p == (seed == GRABCUT_OBJECT ? 1 : 0));
}

static cnnviz_status emit(const struct drawing *drawing, const char *name,
		int64_t channels, pixel_value value)
{
	const struct scene *scene = drawing->scene;
	const cnnviz_host *host = scene->host;
	cnnviz_tensor *image = NULL;
	cnnviz_status status = host->tensor->create(scene->job, 3,
			(const int64_t[]){ channels, drawing->height, drawing->width },
			&image);

	if (status != CNNVIZ_OK) {
		return status;
	}
	float *data = host->tensor->mutable_data(image);

	for (int64_t p = 0; p < channels; p++) {
		for (int64_t ij = 0; ij < drawing->pixels; ij++) {
			data[p * drawing->pixels + ij] = value(drawing, ij, p);
		}
	}
	status = host->artifact->image(scene->job, name, NULL, image, CNNVIZ_WHOLE);

	host->tensor->unref(image);
	return status;
}

/** Make one of the scene's arrays the layer */
static cnnviz_status set_layer(struct drawing *drawing, const unsigned char *values,
		uint32_t filter)
{
	const struct scene *scene = drawing->scene;
	const cnnviz_tensor_api *tensor = scene->host->tensor;
	cnnviz_tensor *small = NULL;
	cnnviz_status status = tensor->create(scene->job, 4,
			(const int64_t[]){ 1, 1, scene->height, scene->width }, &small);

	if (status != CNNVIZ_OK) {
		return status;
	}
	for (int64_t ij = 0; ij < scene->pixels; ij++) {
		tensor->mutable_data(small)[ij] = values[ij];
	}
	tensor->unref(drawing->layer);
	drawing->layer = NULL;
	status = frame_bring(scene->host, scene->job, scene->batch, small, filter,
			&drawing->layer);

	tensor->unref(small);
	return status;
}

static cnnviz_status drawing_start(struct drawing *drawing)
{
	const struct scene *scene = drawing->scene;
	cnnviz_status status = frame_picture(scene->host, scene->job, scene->batch,
			&drawing->picture);

	if (status == CNNVIZ_OK) {
		const int64_t *shape = scene->host->tensor->shape(drawing->picture);

		drawing->channels = shape[1];
		drawing->height = shape[2];
		drawing->width = shape[3];
		drawing->pixels = shape[2] * shape[3];
		drawing->color = scene->host->parameter->integer(scene->job, "color");
	}
	return status;
}

static void drawing_end(struct drawing *drawing)
{
	drawing->scene->host->tensor->unref(drawing->layer);
	drawing->scene->host->tensor->unref(drawing->picture);
}

/** Mask and cut-out, and the object's share of the picture */
static cnnviz_status emit_object(struct drawing *drawing)
{
	const struct scene *scene = drawing->scene;
	int64_t area = 0;
	cnnviz_status status = set_layer(drawing, scene->inside, CNNVIZ_FILTER_BILINEAR);

	if (status == CNNVIZ_OK) {
		status = emit(drawing, "mask", 1, mask_value);
	}
	if (status == CNNVIZ_OK) {
		status = emit(drawing, "cutout", 4, cutout_value);
	}
	for (int64_t ij = 0; ij < drawing->pixels && status == CNNVIZ_OK; ij++) {
		area += is_marked(drawing, ij);
	}
	return status != CNNVIZ_OK
			? status
			: scene->host->artifact->scalar(scene->job, "area", NULL,
					(double)area / (double)drawing->pixels);
}

static cnnviz_status emit_all(const struct scene *scene)
{
	struct drawing drawing = { .scene = scene };
	cnnviz_status status = drawing_start(&drawing);

	if (status == CNNVIZ_OK) {
		status = emit_object(&drawing);
	}
	if (status == CNNVIZ_OK) {
		status = set_layer(&drawing, scene->border, CNNVIZ_FILTER_BILINEAR);
	}
	if (status == CNNVIZ_OK) {
		status = emit(&drawing, "outline", 3, outline_value);
	}
	if (status == CNNVIZ_OK) {
		status = set_layer(&drawing, scene->seeds, CNNVIZ_FILTER_NEAREST);
	}
	if (status == CNNVIZ_OK) {
		status = emit(&drawing, "seeds", 3, seeds_value);
	}
	drawing_end(&drawing);
	return status;
}

static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	double foreground = host->parameter->real(job, "foreground");
	double background = host->parameter->real(job, "background");

	return background < foreground ? CNNVIZ_OK
				       : host->fail(job, CNNVIZ_ERROR_INPUT,
						       "background = %g must be less "
						       "than foreground = %g",
						       background, foreground);
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	const int64_t *shape = host->tensor->shape(batch->inputs);
	struct scene scene = {
		.host = host,
		.job = job,
		.batch = batch,
		.height = shape[2],
		.width = shape[3],
		.pixels = shape[2] * shape[3],
	};
	cnnviz_status status = scene_start(&scene) ? CNNVIZ_OK : no_memory(&scene);

	if (status == CNNVIZ_OK) {
		status = find_saliency(&scene);
	}
	if (status == CNNVIZ_OK) {
		status = find_colors(&scene);
	}
	if (status == CNNVIZ_OK) {
		status = find_object(&scene);
	}
	if (status == CNNVIZ_OK) {
		find_border(&scene);
		status = emit_all(&scene);
	}
	scene_end(&scene);
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("saliency_segmentation", "1.0"),
	.summary = "Weakly supervised segmentation: cuts out the object that a map marks",
	.description = "Takes the pixels that matter most and least to the class as "
		       "seeds of object and background, models their colors, and cuts "
		       "the object out with GrabCut. The network has never seen an "
		       "outline. Any attribution job can replace the saliency.",
	.reference = "Simonyan, Vedaldi, Zisserman 2013, Deep Inside Convolutional "
		     "Networks, arXiv:1312.6034, section 3.2; Rother, Kolmogorov, Blake "
		     "2004, GrabCut, doi:10.1145/1015706.1015720",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_PER_PICTURE,
	.run = run,
	.check = check,
	.asks = CNNVIZ_ASKS_GRADIENTS | CNNVIZ_ASKS_MAPS,
	.family = CNNVIZ_FAMILY_SEGMENTATION,
};

CNNVIZ_PLUGIN(technique)
