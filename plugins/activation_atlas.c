/**
 * \file    activation_atlas.c
 * \brief   Activation atlas: what a layer tells apart in all pictures, on one grid
 *
 * Activations at some places of each picture are laid out in two dimensions, so that like
 * ones lie together. A grid over these shows for each of its cells the patch whose
 * activation is nearest to the mean of those in the cell:
 *
 *     m = 1/|cell| sum_{i in cell} a_i,    shown: argmax_{i in cell} cos(a_i, m)
 *
 * S. Carter, Z. Armstrong, L. Schubert, I. Johnson, C. Olah: Exploring Neural Networks with
 * Activation Atlases. Distill 2019, doi:10.23915/distill.00015.
 *
 * The paper lays out by t-SNE or UMAP, which depend on a random start and have many minima;
 * this by the first two principal components, which are the same in each run, and keep
 * distances, so that cells in the middle are crowded and some outside are empty. The paper
 * draws each mean by feature visualization; this shows a patch of a picture, which is what
 * caused it: filter_vis with `objective = direction` and the array `means` draws the other.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/principal.h"
#include "common/receptive.h"
#include "common/survey.h"

/** Numbers of an entry of the array `samples` */
#define SAMPLE_NUMBERS 5
/** Of a layer with more channels the covariance would take too much memory. */
#define CHANNELS_MAX 4096
/** Gray of an empty cell */
#define EMPTY 0.5f

static const cnnviz_parameter parameters[] = {
	{ "layer", CNNVIZ_PARAMETER_LAYER, .default_value = "last_features",
			.summary = "layer whose activations are laid out" },
	{ "grid", CNNVIZ_PARAMETER_INT, .default_value = "12", .minimum = 2,
			.maximum = 64, .summary = "rows and columns of the grid" },
	{ "places", CNNVIZ_PARAMETER_INT, .default_value = "16", .minimum = 1,
			.maximum = 4096,
			.summary = "places of the layer that are taken of each picture, "
				   "at random; all if it has no more" },
	{ "range", CNNVIZ_PARAMETER_FLOAT, .default_value = "2", .minimum = 0.1,
			.maximum = 100, .unit = "standard deviations",
			.summary = "where the grid ends on each side of the mean; what "
				   "is "
				   "beyond is in its outer cells" },
	{ "cell", CNNVIZ_PARAMETER_INT, .default_value = "56", .minimum = 8,
			.maximum = 512, .unit = "pixels",
			.summary = "height and width of a cell" },
};

static const cnnviz_artifact artifacts[] = {
	{ "atlas", CNNVIZ_ARTIFACT_IMAGE,
			.summary = "for each cell the patch nearest to its mean; the "
				   "first "
				   "component grows to the right, the second downward" },
	{ "samples", CNNVIZ_ARTIFACT_ARRAY,
			.summary = "(samples,5): number of the picture in [input] "
				   "images, "
				   "counted from 0, row, column, both components in "
				   "standard deviations" },
	{ "counts", CNNVIZ_ARTIFACT_ARRAY,
			.summary = "(grid,grid) samples in each cell" },
	{ "means", CNNVIZ_ARTIFACT_ARRAY,
			.summary = "(grid,grid,channels), the mean activation of each "
				   "cell; 0 where it is empty" },
};

/** One activation, and where it comes from */
struct sample {
	float picture, row, column;
	float x, y; /* both components, in standard deviations */
};

/** All of them */
struct atlas {
	int32_t layer;
	int64_t channels, cell, colors;
	int64_t count, room;
	struct sample *samples;
	float *vectors;         /* (count,channels) */
	unsigned char *patches; /* (count,colors,cell,cell) */
};

static cnnviz_status no_memory(const cnnviz_host *host, cnnviz_job *job)
{
	return host->fail(job, CNNVIZ_ERROR_MEMORY,
			"out of memory for activations; lower `places` or `cell`");
}

static void destroy(const cnnviz_host *host, void *data)
{
	struct atlas *atlas = data;

	(void)host;
	free(atlas->samples);
	free(atlas->vectors);
	free(atlas->patches);
	free(atlas);
}

static cnnviz_status create(const cnnviz_host *host, cnnviz_job *job, void **data)
{
	struct atlas *atlas = calloc(1, sizeof(*atlas));
	int64_t shape[CNNVIZ_MAX_RANK];

	if (atlas == NULL) {
		return no_memory(host, job);
	}
	atlas->layer = (int32_t)host->parameter->integer(job, "layer");
	atlas->cell = host->parameter->integer(job, "cell");
	host->model->layer_shape(job, atlas->layer, shape);
	atlas->channels = shape[0];
	host->model->layer_shape(job, CNNVIZ_LAYER_INPUT, shape);
	atlas->colors = shape[0];
	*data = atlas;
	return CNNVIZ_OK;
}

/* ---- Samples --------------------------------------------------------------------------- */

/** Make room for more samples; false when out of memory. */
static bool reserve(struct atlas *atlas, int64_t more)
{
	size_t room = (size_t)(atlas->count + more);
	size_t patch = (size_t)(atlas->colors * atlas->cell * atlas->cell);

	if (atlas->count + more <= atlas->room) {
		return true;
	}
	room += room / 2;
	struct sample *samples = realloc(atlas->samples, room * sizeof(*samples));
	atlas->samples = samples != NULL ? samples : atlas->samples;
	float *vectors = realloc(atlas->vectors,
			room * (size_t)atlas->channels * sizeof(*vectors));
	atlas->vectors = vectors != NULL ? vectors : atlas->vectors;
	unsigned char *patches = realloc(atlas->patches, room * patch);
	atlas->patches = patches != NULL ? patches : atlas->patches;
	if (samples == NULL || vectors == NULL || patches == NULL) {
		return false;
	}
	atlas->room = (int64_t)room;
	return true;
}

/** Keep the patch of the picture (C,H,W) that a sample sees. */
static cnnviz_status take_patch(const cnnviz_host *host, cnnviz_job *job,
		const struct atlas *atlas, int64_t index, const float *picture,
		const int64_t *shape)
{
	const struct sample *sample = &atlas->samples[index];
	int64_t size = atlas->colors * atlas->cell * atlas->cell;
	struct receptive field = { 0, 0, 0, 0 };
	cnnviz_tensor *patch = NULL;
	cnnviz_status status = receptive_field(host, job, atlas->layer,
			(int64_t)sample->row, (int64_t)sample->column, shape[2], shape[3],
			&field);

	if (status == CNNVIZ_OK) {
		status = receptive_patch(host, job, picture, shape, &field, atlas->cell,
				&patch);
	}
	for (int64_t i = 0; i < size && status == CNNVIZ_OK; i++) {
		atlas->patches[index * size + i] =
				(unsigned char)(host->tensor->data(patch)[i] * 255
						+ 0.5f);
	}
	host->tensor->unref(patch);
	return status;
}

/** Choose `count` of the places of a layer, in order: each is taken as likely as any other. */
static cnnviz_status choose_places(const cnnviz_host *host, cnnviz_job *job,
		uint64_t stream, int64_t places, int64_t count, int64_t *chosen)
{
	cnnviz_random *random = NULL;
	cnnviz_status status = host->random->create(job, stream, &random);
	int64_t taken = 0;

	for (int64_t i = 0; i < places && status == CNNVIZ_OK; i++) {
		float u;

		host->random->uniform(random, 0, 1, 1, &u);
		if ((double)u * (double)(places - i) < (double)(count - taken)) {
			chosen[taken++] = i;
		}
	}
	host->random->unref(random);
	return status;
}

/** Add the samples of one picture behind those that are counted. */
static cnnviz_status add_picture(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_tensor *activation, const cnnviz_tensor *pictures,
		uint32_t n, uint64_t stream, void *context)
{
	int64_t *added = context; /* by the batch so far */
	struct atlas *atlas = host->job_data(job);
	const int64_t *shape = host->tensor->shape(activation);
	const int64_t *frame = host->tensor->shape(pictures);
	int64_t places = shape[2] * shape[3];
	int64_t wanted = host->parameter->integer(job, "places");
	int64_t count = wanted < places ? wanted : places;
	const float *A = host->tensor->data(activation) + n * shape[1] * places;
	int64_t *chosen = calloc((size_t)count, sizeof(*chosen));
	cnnviz_status status = chosen != NULL && reserve(atlas, *added + count)
			? choose_places(host, job, stream, places, count, chosen)
			: no_memory(host, job);

	for (int64_t i = 0; i < count && status == CNNVIZ_OK; i++) {
		int64_t index = atlas->count + *added + i;

		atlas->samples[index] = (struct sample){
			.picture = (float)stream,
			.row = (float)(chosen[i] / shape[3]),
			.column = (float)(chosen[i] % shape[3]),
		};
		for (int64_t c = 0; c < shape[1]; c++) {
			atlas->vectors[index * shape[1] + c] = A[c * places + chosen[i]];
		}
		status = take_patch(host, job, atlas, index,
				host->tensor->data(pictures)
						+ n * frame[1] * frame[2] * frame[3],
				frame);
	}
	*added += count;
	free(chosen);
	return status;
}

static cnnviz_status prepare(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	struct atlas *atlas = host->job_data(job);
	int64_t added = 0;
	cnnviz_status status = survey_batch(host, job, batch, atlas->layer, add_picture,
			&added);

	if (status == CNNVIZ_OK) {
		atlas->count += added;
	}
	return status;
}

static cnnviz_status prepared(const cnnviz_host *host, cnnviz_job *job)
{
	struct atlas *atlas = host->job_data(job);
	struct principal principal;

	if (!principal_begin(&principal, atlas->channels)) {
		return no_memory(host, job);
	}
	/* Each sample is an item with one position. */
	principal_add(&principal, atlas->vectors, atlas->count, 1);
	if (atlas->count > 0) {
		principal_finish(&principal);
	}
	for (int64_t i = 0; i < atlas->count; i++) {
		float components[PRINCIPAL_COUNT];

		principal_project(&principal, atlas->vectors + i * atlas->channels, 1,
				components);
		for (int k = 0; k < 2; k++) {
			double deviation = principal.deviations[k];

			components[k] = deviation > 0 ? (float)(components[k] / deviation)
						      : 0;
		}
		atlas->samples[i].x = components[0];
		atlas->samples[i].y = components[1];
	}
	principal_end(&principal);
	return CNNVIZ_OK;
}

/* ---- The grid ---------------------------------------------------------------------------- */

/** The grid's results; tensors of the plugin's own */
struct grid {
	int64_t side;
	double range;
	cnnviz_tensor *counts, *means, *image;
};

static int64_t find_index(const struct grid *grid, float value)
{
	double place = (value / grid->range + 1) / 2 * (double)grid->side;

	return place < 0                              ? 0
			: place >= (double)grid->side ? grid->side - 1
						      : (int64_t)place;
}

static int64_t find_cell(const struct grid *grid, const struct sample *sample)
{
	return find_index(grid, sample->y) * grid->side + find_index(grid, sample->x);
}

static void add_means(const cnnviz_host *host, const struct atlas *atlas,
		const struct grid *grid)
{
	float *counts = host->tensor->mutable_data(grid->counts);
	float *means = host->tensor->mutable_data(grid->means);

	for (int64_t i = 0; i < atlas->count; i++) {
		int64_t cell = find_cell(grid, &atlas->samples[i]);
		float *mean = means + cell * atlas->channels;

		counts[cell]++;
		for (int64_t c = 0; c < atlas->channels; c++) {
			mean[c] += (atlas->vectors[i * atlas->channels + c] - mean[c])
					/ counts[cell];
		}
	}
}

static double find_cosine(const float *a, const float *b, int64_t count)
{
	double product = 0, squares[2] = { 0, 0 };

	for (int64_t c = 0; c < count; c++) {
		product += (double)a[c] * b[c];
		squares[0] += (double)a[c] * a[c];
		squares[1] += (double)b[c] * b[c];
	}
	return squares[0] > 0 && squares[1] > 0 ? product / sqrt(squares[0] * squares[1])
						: 0;
}

/** The sample of a cell that is nearest to its mean; -1 of an empty cell */
static int64_t find_nearest(const cnnviz_host *host, const struct atlas *atlas,
		const struct grid *grid, int64_t cell)
{
	const float *mean = host->tensor->data(grid->means) + cell * atlas->channels;
	double best = -2;
	int64_t nearest = -1;

	for (int64_t i = 0; i < atlas->count; i++) {
		if (find_cell(grid, &atlas->samples[i]) == cell) {
			double cosine = find_cosine(atlas->vectors + i * atlas->channels,
					mean, atlas->channels);

			nearest = cosine > best ? i : nearest;
			best = cosine > best ? cosine : best;
		}
	}
	return nearest;
}

static void draw_cell(const cnnviz_host *host, const struct atlas *atlas,
		const struct grid *grid, int64_t cell, int64_t sample)
{
	int64_t side = atlas->cell, width = grid->side * side, size = side * side;
	int64_t top = cell / grid->side * side, left = cell % grid->side * side;
	float *image = host->tensor->mutable_data(grid->image);

	for (int64_t i = 0; i < atlas->colors * size; i++) {
		int64_t c = i / size, y = top + i / side % side, x = left + i % side;

		image[(c * width + y) * width + x] = sample < 0
				? EMPTY
				: (float)atlas->patches[sample * atlas->colors * size + i]
						/ 255;
	}
}

static cnnviz_status make_grid(const cnnviz_host *host, cnnviz_job *job,
		const struct atlas *atlas, struct grid *grid)
{
	const cnnviz_tensor_api *tensor = host->tensor;
	int64_t side = grid->side, width = side * atlas->cell;
	cnnviz_status status = tensor->create(job, 2, (const int64_t[]){ side, side },
			&grid->counts);

	if (status == CNNVIZ_OK) {
		status = tensor->create(job, 3,
				(const int64_t[]){ side, side, atlas->channels },
				&grid->means);
	}
	if (status == CNNVIZ_OK) {
		status = tensor->create(job, 3,
				(const int64_t[]){ atlas->colors, width, width },
				&grid->image);
	}
	if (status == CNNVIZ_OK) {
		add_means(host, atlas, grid);
	}
	for (int64_t cell = 0; cell < side * side && status == CNNVIZ_OK; cell++) {
		draw_cell(host, atlas, grid, cell, find_nearest(host, atlas, grid, cell));
	}
	return status;
}

/* ---- Results ------------------------------------------------------------------------------- */

static cnnviz_status emit_samples(const cnnviz_host *host, cnnviz_job *job,
		const struct atlas *atlas)
{
	cnnviz_tensor *samples = NULL;
	cnnviz_status status = host->tensor->create(job, 2,
			(const int64_t[]){ atlas->count, SAMPLE_NUMBERS }, &samples);

	for (int64_t i = 0; i < atlas->count && status == CNNVIZ_OK; i++) {
		const struct sample *sample = &atlas->samples[i];
		const float numbers[SAMPLE_NUMBERS] = { sample->picture, sample->row,
			sample->column, sample->x, sample->y };

		memcpy(host->tensor->mutable_data(samples) + i * SAMPLE_NUMBERS, numbers,
				sizeof(numbers));
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->array(job, "samples", NULL, samples,
				CNNVIZ_WHOLE);
	}
	host->tensor->unref(samples);
	return status;
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	const struct atlas *atlas = host->job_data(job);
	const cnnviz_artifact_api *artifact = host->artifact;
	struct grid grid = {
		.side = host->parameter->integer(job, "grid"),
		.range = host->parameter->real(job, "range"),
	};
	cnnviz_status status;

	(void)batch;
	if (atlas->count == 0) {
		return host->fail(job, CNNVIZ_ERROR_INPUT,
				"there are no pictures to lay out; name some with "
				"[input] "
				"images");
	}
	status = make_grid(host, job, atlas, &grid);
	if (status == CNNVIZ_OK) {
		status = artifact->image(job, "atlas", NULL, grid.image, CNNVIZ_WHOLE);
	}
	if (status == CNNVIZ_OK) {
		status = artifact->array(job, "counts", NULL, grid.counts, CNNVIZ_WHOLE);
	}
	if (status == CNNVIZ_OK) {
		status = artifact->array(job, "means", NULL, grid.means, CNNVIZ_WHOLE);
	}
	if (status == CNNVIZ_OK) {
		status = emit_samples(host, job, atlas);
	}
	host->tensor->unref(grid.counts);
	host->tensor->unref(grid.means);
	host->tensor->unref(grid.image);
	return status;
}

static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	int64_t shape[CNNVIZ_MAX_RANK];
	uint32_t rank = host->model->layer_shape(job,
			(int32_t)host->parameter->integer(job, "layer"), shape);

	if (rank != 3) {
		return host->fail(job, CNNVIZ_ERROR_INPUT,
				"the layer \"%s\" has no height and width, so there are "
				"no "
				"places to take; name a convolutional layer with `layer`",
				host->parameter->text(job, "layer"));
	}
	return shape[0] <= CHANNELS_MAX
			? CNNVIZ_OK
			: host->fail(job, CNNVIZ_ERROR_INPUT,
					"the layer \"%s\" has %lld channels, and "
					"components "
					"are found of up to %d; name another one with "
					"`layer`",
					host->parameter->text(job, "layer"),
					(long long)shape[0], CHANNELS_MAX);
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("activation_atlas", "1.0"),
	.summary = "activation atlas: patches of all pictures on a grid, like "
		   "activations "
		   "together",
	.description = "Takes the activations of a layer at some places of every picture "
		       "of "
		       "[input], lays them out by their first two principal components, "
		       "and shows for each cell of a grid the patch nearest to the mean "
		       "of those in it.",
	.reference = "Carter et al. 2019, Exploring Neural Networks with Activation "
		     "Atlases, "
		     "doi:10.23915/distill.00015",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_ONCE,
	.run = run,
	.check = check,
	.asks = CNNVIZ_ASKS_ACTIVATIONS,
	.family = CNNVIZ_FAMILY_CONCEPT,
	.create = create,
	.destroy = destroy,
	.prepare = prepare,
	.prepared = prepared,
};

CNNVIZ_PLUGIN(technique)
