/**
 * \file    graph/normalize.c
 * \brief   Reads and formats how pixels become a network's input
 */
#include "graph/normalize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/spelling.h"
#include "config/value.h"

const char *const channel_words[] = { "RGB", "BGR", "gray", "RGBA", "BGRA", NULL };

/** In the order of the words */
static const struct {
	int count;
	bool bgr;
} channel_kinds[] = {
	{ 3, false },
	{ 3, true },
	{ 1, false },
	{ 4, false },
	{ 4, true },
};

const char *normalize_channel_word(const struct normalization *normalization)
{
	for (size_t i = 0; channel_words[i] != NULL; i++) {
		if (channel_kinds[i].count == normalization->channels
				&& channel_kinds[i].bgr == normalization->bgr) {
			return channel_words[i];
		}
	}
	return NULL;
}

cnnviz_status normalize_read_channels(const char *text,
		struct normalization *normalization, struct error *error)
{
	size_t i = 0;

	while (channel_words[i] != NULL && !spelling_same(text, channel_words[i])) {
		i++;
	}
	if (channel_words[i] == NULL) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"\"%.100s\" is not one of RGB, BGR, gray, RGBA, BGRA",
				text);
	}
	if (normalization->channels != 0
			&& normalization->channels != channel_kinds[i].count) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"it is %s, but the input has %d channel%s",
				channel_words[i], normalization->channels,
				normalization->channels == 1 ? "" : "s");
	}
	normalization->channels = channel_kinds[i].count;
	normalization->bgr = channel_kinds[i].bgr;
	return CNNVIZ_OK;
}

cnnviz_status normalize_read(const char *text, int channels, bool positive, float *values,
		struct error *error)
{
	size_t count;
	char **words = value_words(text, &count);
	bool good = count == 1 || count == (size_t)channels;
	float read[INPUT_CHANNELS_MAX] = { 0 };

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
	char *text = memory_format("%g", (double)values[0]);
	bool same = true;

	for (int i = 1; i < channels; i++) {
		same = same && values[i] == values[0];
	}
	for (int i = 1; i < channels && !same; i++) {
		char *longer = memory_format("%s %g", text, (double)values[i]);

		free(text);
		text = longer;
	}
	return text;
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
