/**
 * \file    contact_sheet.c
 * \brief   Contact sheet: all channels of a layer's activation in one picture
 *
 * Channel k stands in row k / columns and column k % columns, each value of it as a
 * square of `zoom` pixels, scaled so that the channel's largest value is white and 0 is
 * black; values below 0 are black. A gap of one gray pixel is between channels.
 */
#include <cnnviz/cnnviz.h>

#define GAP_GRAY 0.25F

static const cnnviz_parameter parameters[] = {
	{ "layer", CNNVIZ_PARAMETER_LAYER, .default_value = "last_conv",
			.summary = "layer whose channels are shown" },
	{ "columns", CNNVIZ_PARAMETER_INT, .default_value = "8", .minimum = 1,
			.maximum = 256, .summary = "channels in a row" },
	{ "zoom", CNNVIZ_PARAMETER_INT, .default_value = "4", .minimum = 1, .maximum = 64,
			.unit = "pixels", .summary = "side of one value" },
};

static const cnnviz_artifact artifacts[] = {
	{ "sheet", CNNVIZ_ARTIFACT_IMAGE,
			.summary = "the channels, each scaled for itself" },
	{ "silent", CNNVIZ_ARTIFACT_SCALAR,
			.summary = "number of channels without a value above 0" },
};

struct sheet {
	int64_t channels, height, width; /* of the activation */
	int64_t columns, zoom;
	int64_t rows;
	int64_t picture_height, picture_width;
};

static float largest(const float *channel, int64_t count)
{
	float value = 0;

	for (int64_t i = 0; i < count; i++) {
		value = channel[i] > value ? channel[i] : value;
	}
	return value;
}

static void draw(const struct sheet *sheet, int64_t k, const float *channel, float most,
		float *picture)
{
	int64_t top = k / sheet->columns * (sheet->height * sheet->zoom + 1);
	int64_t left = k % sheet->columns * (sheet->width * sheet->zoom + 1);

	for (int64_t y = 0; y < sheet->height * sheet->zoom; y++) {
		for (int64_t x = 0; x < sheet->width * sheet->zoom; x++) {
			float value = channel[y / sheet->zoom * sheet->width
					+ x / sheet->zoom];

			picture[(top + y) * sheet->picture_width + left + x] =
					most > 0 && value > 0 ? value / most : 0;
		}
	}
}

/** Draw all channels; returns how many are silent. */
static int64_t draw_all(const struct sheet *sheet, const float *activation,
		float *picture)
{
	int64_t area = sheet->height * sheet->width, silent = 0;

	for (int64_t i = 0; i < sheet->picture_height * sheet->picture_width; i++) {
		picture[i] = GAP_GRAY;
	}
	for (int64_t k = 0; k < sheet->channels; k++) {
		float most = largest(activation + k * area, area);

		draw(sheet, k, activation + k * area, most, picture);
		silent += most == 0;
	}
	return silent;
}

static cnnviz_status show(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_tensor *activation)
{
	const int64_t *shape = host->tensor->shape(activation);

	if (host->tensor->rank(activation) != 4) {
		return host->fail(job, CNNVIZ_ERROR_UNSUPPORTED,
				"the layer %s has no places; choose one before the "
				"network is flattened",
				host->parameter->text(job, "layer"));
	}
	struct sheet sheet = {
		.channels = shape[1],
		.height = shape[2],
		.width = shape[3],
		.columns = host->parameter->integer(job, "columns"),
		.zoom = host->parameter->integer(job, "zoom"),
	};

	sheet.columns = sheet.columns < sheet.channels ? sheet.columns : sheet.channels;
	sheet.rows = (sheet.channels + sheet.columns - 1) / sheet.columns;
	sheet.picture_height = sheet.rows * (sheet.height * sheet.zoom + 1) - 1;
	sheet.picture_width = sheet.columns * (sheet.width * sheet.zoom + 1) - 1;
	const int64_t extent[] = { 1, sheet.picture_height, sheet.picture_width };
	cnnviz_tensor *picture = NULL;
	cnnviz_status status = host->tensor->create(job, 3, extent, &picture);

	if (status != CNNVIZ_OK) {
		return status;
	}
	int64_t silent = draw_all(&sheet, host->tensor->data(activation),
			host->tensor->mutable_data(picture));
	status = host->artifact->image(job, "sheet", NULL, picture, CNNVIZ_WHOLE);

	if (status == CNNVIZ_OK) {
		status = host->artifact->scalar(job, "silent", NULL, (double)silent);
	}
	host->tensor->unref(picture);
	return status;
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	int32_t layer = (int32_t)host->parameter->integer(job, "layer");
	cnnviz_pass *pass = NULL;
	cnnviz_status status = host->pass->forward(job, batch->inputs, 1, &layer, &pass);

	if (status == CNNVIZ_OK) {
		status = show(host, job, host->pass->activation(pass, layer));
	}
	host->pass->unref(pass);
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("contact_sheet", "1.0"),
	.summary = "all channels of a layer's activation in one picture",
	.description = "Draws each channel for itself, its largest value white, and "
		       "counts the channels that stay silent.",
	.reference = "J. Yosinski et al. 2015, Understanding Neural Networks Through "
		     "Deep Visualization, arXiv:1506.06579, section 2",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_PER_PICTURE,
	.run = run,
};

CNNVIZ_PLUGIN(technique)
