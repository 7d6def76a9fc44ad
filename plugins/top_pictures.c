/**
 * \file    top_pictures.c
 * \brief   The pictures of the run that a channel of a layer answers most to, and where
 *
 *     p_1, p_2, ... = the pictures in the order of a_k(p) = max_ij A_kij(p), the largest first
 *
 * where A_kij(p) is the activation of channel k at the place i, j for the picture p.
 *
 * M. D. Zeiler, R. Fergus: Visualizing and Understanding Convolutional Networks. 2013,
 * arXiv:1311.2901, section 4 and figure 2: the nine of a validation set with the strongest
 * activations, each with the patch that causes it.
 *
 * A picture counts once, by its strongest place; of equal values the earlier place and the
 * earlier picture come first. The patch is the place's receptive field (common/receptive.c),
 * in the picture as the network sees it. The paper also projects each back with a
 * deconvnet, which is guided_bp with `rule = deconvnet` and `neuron`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/receptive.h"
#include "common/survey.h"

/** Numbers of an entry of the array `places` */
#define PLACE_NUMBERS 4

static const cnnviz_parameter parameters[] = {
	{ "layer", CNNVIZ_PARAMETER_LAYER, .default_value = "last_features",
			.summary = "layer whose channels are looked at" },
	{ "channels", CNNVIZ_PARAMETER_CHANNEL,
			.flags = CNNVIZ_PARAMETER_LIST | CNNVIZ_PARAMETER_UNIQUE,
			.default_value = "0", .layer = "layer",
			.summary = "channels of the layer, or ranges of them, one sheet "
				   "each" },
	{ "count", CNNVIZ_PARAMETER_INT, .default_value = "9", .minimum = 1,
			.maximum = 100, .summary = "pictures for each channel" },
	{ "cell", CNNVIZ_PARAMETER_INT, .default_value = "112", .minimum = 8,
			.maximum = 1024, .unit = "pixels",
			.summary = "height and width of a patch on the sheet" },
};

static const cnnviz_artifact artifacts[] = {
	{ "sheet", CNNVIZ_ARTIFACT_IMAGE,
			.summary = "above, the patches that the channel answers most to, "
				   "the strongest first; below, their pictures" },
	{ "places", CNNVIZ_ARTIFACT_ARRAY,
			.summary = "(pictures,4): number of the picture in [input] "
				   "images, counted from 0, row, column, activation" },
	{ "strongest", CNNVIZ_ARTIFACT_SCALAR,
			.summary = "activation at the first place, as "
				   "strongest-CHANNEL" },
};

/** One of the pictures that a channel answers to */
struct entry {
	uint64_t stream; /* that of the picture, which is its number */
	int64_t row, column;
	float value;
	cnnviz_tensor *patch, *picture; /* (1,C,cell,cell) */
};

/** What is known of all channels so far: the best entries of each, in order */
struct top {
	int32_t layer;
	uint32_t channels;
	int64_t count, cell;
	int64_t *found;        /* number of entries of each channel */
	struct entry *entries; /* (channels,count) */
};

/* ---- Life ------------------------------------------------------------------------ */

static void release(const cnnviz_host *host, struct entry *entry)
{
	host->tensor->unref(entry->patch);
	host->tensor->unref(entry->picture);
}

static void destroy(const cnnviz_host *host, void *data)
{
	struct top *top = data;

	for (uint32_t k = 0; k < top->channels; k++) {
		for (int64_t i = 0; i < top->found[k]; i++) {
			release(host, &top->entries[k * top->count + i]);
		}
	}
	free(top->entries);
	free(top->found);
	free(top);
}

static cnnviz_status create(const cnnviz_host *host, cnnviz_job *job, void **data)
{
	uint32_t channels = host->parameter->list_count(job, "channels");
	int64_t count = host->parameter->integer(job, "count");
	struct top *top = calloc(1, sizeof(*top));
	int64_t *found = calloc(channels, sizeof(*found));
	struct entry *entries = calloc(channels * (size_t)count, sizeof(*entries));

	if (top == NULL || found == NULL || entries == NULL) {
		free(entries);
		free(found);
		free(top);
		return host->fail(job, CNNVIZ_ERROR_MEMORY,
				"out of memory for %lu channels; name fewer with "
				"`channels`",
				(unsigned long)channels);
	}
	*top = (struct top){
		.layer = (int32_t)host->parameter->integer(job, "layer"),
		.channels = channels,
		.count = count,
		.cell = host->parameter->integer(job, "cell"),
		.found = found,
		.entries = entries,
	};
	*data = top;
	return CNNVIZ_OK;
}

/* ---- Looking at pictures ----------------------------------------------------------- */

/** The strongest place of a channel in an activation (N,C,h,w) or (N,C) */
static struct entry find_place(const cnnviz_host *host, const cnnviz_tensor *activation,
		uint32_t n, int64_t channel)
{
	const int64_t *shape = host->tensor->shape(activation);
	bool map = host->tensor->rank(activation) == 4;
	int64_t places = map ? shape[2] * shape[3] : 1, best = 0;
	const float *A = host->tensor->data(activation)
			+ (n * shape[1] + channel) * places;

	for (int64_t i = 1; i < places; i++) {
		best = A[i] > A[best] ? i : best;
	}
	return (struct entry){
		.row = map ? best / shape[3] : 0,
		.column = map ? best % shape[3] : 0,
		.value = A[best],
	};
}

/** Where an entry belongs among those of a channel; top->count if not among them */
static int64_t find_rank(const struct top *top, uint32_t k, const struct entry *entry)
{
	const struct entry *entries = top->entries + k * top->count;
	int64_t rank = 0;

	for (int64_t i = 0; i < top->found[k]; i++) {
		if (entries[i].stream == entry->stream) {
			return top->count; /* of a call that failed later */
		}
	}
	while (rank < top->found[k]
			&& (entries[rank].value > entry->value
					|| (entries[rank].value == entry->value
							&& entries[rank].stream
									< entry->stream))) {
		rank++;
	}
	return rank;
}

static void insert(const cnnviz_host *host, struct top *top, uint32_t k, int64_t rank,
		const struct entry *entry)
{
	struct entry *entries = top->entries + k * top->count;

	if (top->found[k] == top->count) {
		release(host, &entries[--top->found[k]]);
	}
	memmove(entries + rank + 1, entries + rank,
			(size_t)(top->found[k] - rank) * sizeof(*entries));
	entries[rank] = *entry;
	top->found[k]++;
}

/** Draw the outline of a field on a cell that shows the whole picture. */
static void outline(const cnnviz_host *host, const int64_t *shape,
		const struct receptive *field, int64_t cell, cnnviz_tensor *picture)
{
	int64_t top = field->top * cell / shape[2], left = field->left * cell / shape[3];
	int64_t bottom = field->bottom * cell / shape[2] - 1;
	int64_t right = field->right * cell / shape[3] - 1;
	float *data = host->tensor->mutable_data(picture);

	for (int64_t i = 0; i < shape[1] * cell * cell; i++) {
		int64_t y = i / cell % cell, x = i % cell;
		bool inside = y >= top && y <= bottom && x >= left && x <= right;

		if (inside && (y == top || y == bottom || x == left || x == right)) {
			data[i] = 1;
		}
	}
}

static cnnviz_status draw_entry(const cnnviz_host *host, cnnviz_job *job,
		const struct top *top, const cnnviz_tensor *pictures, uint32_t n,
		struct entry *entry)
{
	const int64_t *shape = host->tensor->shape(pictures);
	const float *picture = host->tensor->data(pictures)
			+ n * shape[1] * shape[2] * shape[3];
	const struct receptive whole = { 0, 0, shape[2], shape[3] };
	struct receptive field = whole;
	cnnviz_status status = receptive_field(host, job, top->layer, entry->row,
			entry->column, shape[2], shape[3], &field);

	if (status == CNNVIZ_OK) {
		status = receptive_patch(host, job, picture, shape, &field, top->cell,
				&entry->patch);
	}
	if (status == CNNVIZ_OK) {
		status = receptive_patch(host, job, picture, shape, &whole, top->cell,
				&entry->picture);
	}
	if (status == CNNVIZ_OK) {
		outline(host, shape, &field, top->cell, entry->picture);
	} else {
		host->tensor->unref(entry->patch);
	}
	return status;
}

/** Enter a picture of the batch where a channel answers to it strongly enough. */
static cnnviz_status add_picture(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_tensor *activation, const cnnviz_tensor *pictures,
		uint32_t n, uint64_t stream, void *context)
{
	struct top *top = host->job_data(job);
	cnnviz_status status = CNNVIZ_OK;

	(void)context;
	for (uint32_t k = 0; k < top->channels && status == CNNVIZ_OK; k++) {
		struct entry entry = find_place(host, activation, n,
				host->parameter->list_integer(job, "channels", k));

		entry.stream = stream;
		int64_t rank = find_rank(top, k, &entry);
		if (rank < top->count) {
			status = draw_entry(host, job, top, pictures, n, &entry);
		}
		if (rank < top->count && status == CNNVIZ_OK) {
			insert(host, top, k, rank, &entry);
		}
	}
	return status;
}

static cnnviz_status prepare(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	const struct top *top = host->job_data(job);

	return survey_batch(host, job, batch, top->layer, add_picture, NULL);
}

/* ---- Results ----------------------------------------------------------------------- */

/** Copy a cell (1,C,cell,cell) to a row and column of a sheet (C,2*cell,columns*cell). */
static void put_cell(const cnnviz_host *host, const cnnviz_tensor *cell, int64_t row,
		int64_t column, cnnviz_tensor *sheet)
{
	const int64_t *from = host->tensor->shape(cell), *to = host->tensor->shape(sheet);

	for (int64_t i = 0; i < from[1] * from[2]; i++) {
		int64_t c = i / from[2], y = row * from[2] + i % from[2];

		memcpy(host->tensor->mutable_data(sheet) + (c * to[1] + y) * to[2]
						+ column * from[3],
				host->tensor->data(cell) + i * from[3],
				(size_t)from[3] * sizeof(float));
	}
}

static cnnviz_status emit_sheet(const cnnviz_host *host, cnnviz_job *job,
		const struct top *top, uint32_t k, const char *suffix)
{
	const struct entry *entries = top->entries + k * top->count;
	int64_t channels = host->tensor->shape(entries[0].patch)[1];
	cnnviz_tensor *sheet = NULL;
	cnnviz_status status = host->tensor->create(job, 3,
			(const int64_t[]){ channels, 2 * top->cell,
					top->found[k] * top->cell },
			&sheet);

	if (status != CNNVIZ_OK) {
		return status;
	}
	for (int64_t i = 0; i < top->found[k]; i++) {
		put_cell(host, entries[i].patch, 0, i, sheet);
		put_cell(host, entries[i].picture, 1, i, sheet);
	}
	status = host->artifact->image(job, "sheet", suffix, sheet, CNNVIZ_WHOLE);
	host->tensor->unref(sheet);
	return status;
}

static cnnviz_status emit_places(const cnnviz_host *host, cnnviz_job *job,
		const struct top *top, uint32_t k, const char *suffix)
{
	const struct entry *entries = top->entries + k * top->count;
	cnnviz_tensor *places = NULL;
	cnnviz_status status = host->tensor->create(job, 2,
			(const int64_t[]){ top->found[k], PLACE_NUMBERS }, &places);

	if (status != CNNVIZ_OK) {
		return status;
	}
	for (int64_t i = 0; i < top->found[k]; i++) {
		float *numbers = host->tensor->mutable_data(places) + i * PLACE_NUMBERS;

		numbers[0] = (float)entries[i].stream;
		numbers[1] = (float)entries[i].row;
		numbers[2] = (float)entries[i].column;
		numbers[3] = entries[i].value;
	}
	status = host->artifact->array(job, "places", suffix, places, CNNVIZ_WHOLE);
	host->tensor->unref(places);
	return status;
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	const struct top *top = host->job_data(job);
	cnnviz_status status = CNNVIZ_OK;
	char suffix[32];

	(void)batch;
	for (uint32_t k = 0; k < top->channels && status == CNNVIZ_OK; k++) {
		if (top->found[k] == 0) {
			return host->fail(job, CNNVIZ_ERROR_INPUT,
					"there are no pictures to choose from; name some "
					"with [input] images");
		}
		snprintf(suffix, sizeof(suffix), "%lld",
				(long long)host->parameter->list_integer(job, "channels",
						k));
		status = emit_sheet(host, job, top, k, suffix);
		if (status == CNNVIZ_OK) {
			status = emit_places(host, job, top, k, suffix);
		}
		if (status == CNNVIZ_OK) {
			status = host->artifact->scalar(job, "strongest", suffix,
					top->entries[k * top->count].value);
		}
	}
	return status;
}

static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	int64_t shape[CNNVIZ_MAX_RANK];
	uint32_t rank = host->model->layer_shape(job,
			(int32_t)host->parameter->integer(job, "layer"), shape);

	return rank == 3 || rank == 1
			? CNNVIZ_OK
			: host->fail(job, CNNVIZ_ERROR_INPUT,
					"the layer \"%s\" has no channels at places of "
					"the picture; name another one with `layer`",
					host->parameter->text(job, "layer"));
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("top_pictures", "1.0"),
	.summary = "the pictures of the run that channels answer most to, with the "
		   "patches",
	.description = "Looks at all pictures of [input] before it says, for each "
		       "channel, "
		       "which ones activate it most, and shows the part of each that "
		       "the strongest place can see.",
	.reference = "Zeiler, Fergus 2013, Visualizing and Understanding Convolutional "
		     "Networks, arXiv:1311.2901, section 4",
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
};

CNNVIZ_PLUGIN(technique)
