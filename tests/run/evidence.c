/**
 * \file    run/evidence.c
 * \brief   An attribution of signed evidence at any size, the same for every picture
 *
 * The first place is evidence for the target, the last one five times as much against
 * it, and all others are none.
 */
#include <cnnviz/cnnviz.h>

static const cnnviz_parameter parameters[] = {
	{ "channels", CNNVIZ_PARAMETER_INT, .default_value = "1", .minimum = 1,
			.maximum = 9, .summary = "channels of the maps" },
	{ "rows", CNNVIZ_PARAMETER_INT, .default_value = "3", .minimum = 1, .maximum = 99,
			.summary = "height of the maps" },
	{ "columns", CNNVIZ_PARAMETER_INT, .default_value = "4", .minimum = 2,
			.maximum = 99, .summary = "width of the maps" },
};

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	int64_t channels = host->parameter->integer(job, "channels");
	int64_t rows = host->parameter->integer(job, "rows");
	int64_t columns = host->parameter->integer(job, "columns");
	cnnviz_tensor *made = NULL;
	cnnviz_status status = host->tensor->create(job, 4,
			(const int64_t[]){ batch->count, channels, rows, columns },
			&made);

	if (status != CNNVIZ_OK) {
		return status;
	}
	for (int64_t plane = 0; plane < batch->count * channels; plane++) {
		float *values = host->tensor->mutable_data(made) + plane * rows * columns;

		values[0] = 1.0F;
		values[rows * columns - 1] = -5.0F;
	}
	*maps = made;
	return CNNVIZ_OK;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("evidence", "1.0"),
	.summary = "For the target at the first place, against it at the last",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SIGNED,
	.attribute = attribute,
};

CNNVIZ_PLUGIN(technique)
