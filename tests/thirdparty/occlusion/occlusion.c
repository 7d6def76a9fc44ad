/**
 * \file    occlusion.c
 * \brief   Occlusion: how much a class loses when a patch of the picture is covered
 *
 *     R(i,j) = mean over patches P that cover (i,j) of  y(x) - y(x with P covered)
 *
 * where y is the logit of the target class and a covered pixel has the value 0 of the
 * normalized input, the training set's mean color.
 *
 * M. D. Zeiler, R. Fergus: Visualizing and Understanding Convolutional Networks. 2014,
 * arXiv:1311.2901, section 4.2. The paper draws one value for each place of the patch's
 * center; here overlapping patches are averaged, so that the map has the input's size.
 */
#include <cnnviz/cnnviz.h>

#include <string.h>

/* Covered pictures that go through the network together */
#define TOGETHER 16

static const cnnviz_parameter parameters[] = {
	{ "patch", CNNVIZ_PARAMETER_INT, .default_value = "8", .minimum = 1,
			.maximum = 4096, .unit = "pixels",
			.summary = "side of the square that is covered" },
	{ "stride", CNNVIZ_PARAMETER_INT, .default_value = "4", .minimum = 1,
			.maximum = 4096, .unit = "pixels",
			.summary = "distance between two places of the patch; at most "
				   "its side" },
};

struct grid {
	int64_t channels, height, width, patch, stride;
	int64_t rows, columns;
};

/** Places along one side: the last patch reaches the border. */
static int64_t places(int64_t extent, int64_t patch, int64_t stride)
{
	return extent <= patch ? 1 : (extent - patch + stride - 1) / stride + 1;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void cover(const struct grid *grid, int64_t place, float *picture)
{
	int64_t top = place / grid->columns * grid->stride;
	int64_t left = place % grid->columns * grid->stride;

	for (int64_t c = 0; c < grid->channels; c++) {
		for (int64_t y = top; y < least(top + grid->patch, grid->height); y++) {
			for (int64_t x = left; x < least(left + grid->patch, grid->width);
					x++) {
				picture[(c * grid->height + y) * grid->width + x] = 0;
			}
		}
	}
}

static void spread(const struct grid *grid, int64_t place, float loss, float *map,
		float *covers)
{
	int64_t top = place / grid->columns * grid->stride;
	int64_t left = place % grid->columns * grid->stride;

	for (int64_t y = top; y < least(top + grid->patch, grid->height); y++) {
		for (int64_t x = left; x < least(left + grid->patch, grid->width); x++) {
			map[y * grid->width + x] += loss;
			covers[y * grid->width + x] += 1;
		}
	}
}

/** Logits of one class for a batch of covered pictures, places first .. first + count */
static cnnviz_status ask(const cnnviz_host *host, cnnviz_job *job,
		const struct grid *grid, const float *picture, int64_t target,
		int64_t first, int64_t count, float *logits)
{
	static const int32_t layer = CNNVIZ_LAYER_LOGITS;
	const int64_t shape[] = { count, grid->channels, grid->height, grid->width };
	size_t size = (size_t)(grid->channels * grid->height * grid->width);
	cnnviz_tensor *input = NULL;
	cnnviz_pass *pass = NULL;
	cnnviz_status status = host->tensor->create(job, 4, shape, &input);

	if (status != CNNVIZ_OK) {
		return status;
	}
	for (int64_t i = 0; i < count; i++) {
		float *copy = host->tensor->mutable_data(input) + (size_t)i * size;

		memcpy(copy, picture, size * sizeof(*copy));
		if (first + i < grid->rows * grid->columns) {
			cover(grid, first + i, copy);
		}
	}
	status = host->pass->forward(job, input, 1, &layer, &pass);
	if (status == CNNVIZ_OK) {
		const cnnviz_tensor *found = host->pass->activation(pass, layer);
		int64_t classes = host->tensor->shape(found)[1];

		for (int64_t i = 0; i < count; i++) {
			logits[i] = (float)CNNVIZ_SIGN_OF(target)
					* host->tensor->data(found)[i * classes
							+ CNNVIZ_CLASS_OF(target)];
		}
	}
	host->pass->unref(pass);
	host->tensor->unref(input);
	return status;
}

/** The map of one picture; `all` is the place behind the last, where nothing is covered. */
static cnnviz_status explain(const cnnviz_host *host, cnnviz_job *job,
		const struct grid *grid, const float *picture, int64_t target, float *map,
		float *covers)
{
	int64_t all = grid->rows * grid->columns;
	int64_t area = grid->height * grid->width;
	float logits[TOGETHER], whole = 0;
	cnnviz_status status = ask(host, job, grid, picture, target, all, 1, &whole);

	memset(covers, 0, (size_t)area * sizeof(*covers));
	for (int64_t first = 0; first < all && status == CNNVIZ_OK; first += TOGETHER) {
		int64_t count = least(TOGETHER, all - first);

		if (host->canceled(job)) {
			return CNNVIZ_ERROR_CANCELED;
		}
		status = ask(host, job, grid, picture, target, first, count, logits);
		for (int64_t i = 0; i < count && status == CNNVIZ_OK; i++) {
			spread(grid, first + i, whole - logits[i], map, covers);
		}
		host->progress(job, (uint64_t)(first + count), (uint64_t)all);
	}
	for (int64_t i = 0; i < area && status == CNNVIZ_OK; i++) {
		map[i] /= covers[i];
	}
	return status;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	const cnnviz_tensor_api *tensor = host->tensor;
	const int64_t *shape = tensor->shape(batch->inputs);
	struct grid grid = {
		.channels = shape[1],
		.height = shape[2],
		.width = shape[3],
		.patch = host->parameter->integer(job, "patch"),
		.stride = host->parameter->integer(job, "stride"),
	};
	const int64_t map_shape[] = { shape[0], 1, shape[2], shape[3] };
	int64_t area = shape[2] * shape[3];

	if (grid.stride > grid.patch) {
		return host->fail(job, CNNVIZ_ERROR_INPUT,
				"stride is %lld and patch %lld; a larger stride than "
				"patch leaves pixels out",
				(long long)grid.stride, (long long)grid.patch);
	}
	grid.rows = places(grid.height, grid.patch, grid.stride);
	grid.columns = places(grid.width, grid.patch, grid.stride);
	cnnviz_tensor *made = NULL, *covers = NULL;
	cnnviz_status status = tensor->create(job, 4, map_shape, &made);

	if (status == CNNVIZ_OK) {
		status = tensor->create(job, 2, map_shape + 2, &covers);
	}
	for (int64_t n = 0; n < shape[0] && status == CNNVIZ_OK; n++) {
		status = explain(host, job, &grid,
				tensor->data(batch->inputs) + n * shape[1] * area,
				batch->targets[n], tensor->mutable_data(made) + n * area,
				tensor->mutable_data(covers));
	}
	tensor->unref(covers);
	if (status != CNNVIZ_OK) {
		tensor->unref(made);
		return status;
	}
	*maps = made;
	return CNNVIZ_OK;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("occlusion", "1.0"),
	.summary = "how much the class loses when a patch is covered",
	.description = "Covers one patch after another with the mean color and spreads "
		       "the loss of the target's logit over the patch.",
	.reference = "M. D. Zeiler, R. Fergus 2014, Visualizing and Understanding "
		     "Convolutional Networks, arXiv:1311.2901, section 4.2",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SIGNED,
	.attribute = attribute,
};

CNNVIZ_PLUGIN(technique)
