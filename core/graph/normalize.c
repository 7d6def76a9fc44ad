/**
 * \file    graph/normalize.c
 * \brief   Reads and formats mean and standard deviation of a network's input
 */
#include "graph/normalize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/value.h"

cnnviz_status normalize_read(const char *text, int channels, bool positive,
		float values[3], struct error *error)
{
	size_t count;
	char **words = value_words(text, &count);
	bool good = count == 1 || count == (size_t)channels;
	float read[3] = { 0 };

	for (size_t i = 0; i < (size_t)channels && good; i++) {
		double value;

		good = value_float(words[count == 1 ? 0 : i], &value)
				&& isfinite((float)value)
				&& (!positive || (float)value > 0);
		read[i] = good ? (float)value : 0;
	}
	free(words);
	if (!good) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"\"%s\" is not one number%s for each of %d channels",
				text, positive ? " above 0" : "", channels);
	}
	memcpy(values, read, (size_t)channels * sizeof(*values));
	return CNNVIZ_OK;
}

/** "0.485 0.456 0.406", or one number if all are equal */
static char *join(const float *values, int channels)
{
	bool same = true;

	for (int i = 1; i < channels; i++) {
		same = same && values[i] == values[0];
	}
	return same ? memory_format("%g", (double)values[0])
		    : memory_format("%g %g %g", (double)values[0], (double)values[1],
				    (double)values[2]);
}

char *normalize_text(const struct normalization *normalization)
{
	char *mean = join(normalization->mean, normalization->channels);
	char *std = join(normalization->std, normalization->channels);
	char *text = memory_format("mean %s, std %s, pixels up to %g", mean, std,
			(double)normalization->scale);

	free(mean);
	free(std);
	return text;
}
