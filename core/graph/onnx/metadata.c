/**
 * \file    graph/onnx/metadata.c
 * \brief   What the metadata of an ONNX file say about pixels and classes
 */
#include "graph/onnx/metadata.h"

#include <math.h>
#include <string.h>

#include "config/value.h"
#include "graph/label_file.h"
#include "graph/logits.h"
#include "graph/normalize.h"

/* ---- The size ------------------------------------------------------------------ */

/** One or two numbers, as in "224", "224 320" or "[224, 320]"; false for anything else */
static bool read_extents(const char *text, int64_t size[2])
{
	static const char between[] = " ,[]()";
	int64_t read[2] = { 0, 0 };
	size_t count = 0;

	for (text += strspn(text, between); *text != '\0';
			text += strspn(text, between)) {
		size_t digits = strspn(text, "0123456789");

		if (digits == 0 || digits > 9 || count == 2) {
			return false;
		}
		for (size_t i = 0; i < digits; i++) {
			read[count] = 10 * read[count] + (text[i] - '0');
		}
		if (read[count] < 1 || read[count] > IMAGE_MAX_EXTENT) {
			return false;
		}
		text += digits;
		count++;
	}
	if (count > 0) {
		size[0] = read[0];
		size[1] = read[count - 1];
	}
	return count > 0;
}

void onnx_metadata_size(const struct onnx_file *file, int64_t size[2])
{
	const char *ours = onnx_property(file, "cnnviz.input_size");
	const char *theirs = onnx_property(file, "imgsz");

	if (ours == NULL || !read_extents(ours, size)) {
		if (theirs != NULL) {
			read_extents(theirs, size);
		}
	}
}

/* ---- Pixels -------------------------------------------------------------------- */

static cnnviz_status read_channels(const char *text, struct graph *graph,
		struct error *error)
{
	return normalize_read_channels(text, &graph->normalization, error);
}

static cnnviz_status read_scale(const char *text, struct graph *graph,
		struct error *error)
{
	double scale;

	if (!value_float(text, &scale) || !isfinite((float)scale)
			|| !((float)scale > 0)) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"\"%.100s\" is not a number above 0", text);
	}
	graph->normalization.scale = (float)scale;
	graph->pixels_unknown = false;
	return CNNVIZ_OK;
}

/** Ultralytics' networks take pixels from 0 to 1. */
static cnnviz_status read_author(const char *text, struct graph *graph,
		struct error *error)
{
	(void)error;
	if (strcmp(text, "Ultralytics") == 0) {
		graph->pixels_unknown = false;
	}
	return CNNVIZ_OK;
}

static cnnviz_status read_mean(const char *text, struct graph *graph, struct error *error)
{
	graph->pixels_unknown = false;
	return normalize_read(text, graph->normalization.channels, false,
			graph->normalization.mean, error);
}

static cnnviz_status read_std(const char *text, struct graph *graph, struct error *error)
{
	graph->pixels_unknown = false;
	return normalize_read(text, graph->normalization.channels, true,
			graph->normalization.std, error);
}

/** ONNX's own; formats and ranges that it does not name are passed over. */
static cnnviz_status read_format(const char *text, struct graph *graph,
		struct error *error)
{
	(void)error;
	graph->normalization.bgr = graph->normalization.channels >= 3
			&& strncmp(text, "Bgr", 3) == 0;
	return CNNVIZ_OK;
}

static cnnviz_status read_range(const char *text, struct graph *graph,
		struct error *error)
{
	static const struct {
		const char *name;
		float scale, mean, std;
	} ranges[] = {
		{ "NominalRange_0_255", 255, 0, 1 },
		{ "Normalized_0_1", 1, 0, 1 },
		{ "Normalized_1_1", 1, 0.5F, 0.5F },
	};
	struct normalization *normalization = &graph->normalization;

	(void)error;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
		if (strcmp(text, ranges[i].name) != 0) {
			continue;
		}
		normalization->scale = ranges[i].scale;
		for (int c = 0; c < normalization->channels; c++) {
			normalization->mean[c] = ranges[i].mean;
			normalization->std[c] = ranges[i].std;
		}
		graph->pixels_unknown = false;
	}
	return CNNVIZ_OK;
}

static cnnviz_status read_activation(const char *text, struct graph *graph,
		struct error *error)
{
	for (int i = 0; activation_names[i] != NULL; i++) {
		if (strcmp(text, activation_names[i]) == 0) {
			graph->activation = (enum activation)(ACTIVATION_SOFTMAX + i);
			return CNNVIZ_OK;
		}
	}
	return error_set(error, CNNVIZ_ERROR_INPUT,
			"\"%.100s\" is neither softmax nor sigmoid", text);
}

/* ---- Classes ------------------------------------------------------------------- */

static cnnviz_status read_names(const char *text, struct graph *graph,
		struct error *error)
{
	char **names = NULL;
	size_t count;
	cnnviz_status status = label_text_read(text, strlen(text), &names, &count, error);

	names_free(graph->class_names);
	graph->class_names = names;
	return status;
}

/** Ultralytics' dict; whatever else others call names is passed over. */
static cnnviz_status read_dict(const char *text, struct graph *graph, struct error *error)
{
	if (text[0] == '{' && read_names(text, graph, NULL) != CNNVIZ_OK) {
		names_free(graph->class_names);
		graph->class_names = NULL;
	}
	(void)error;
	return CNNVIZ_OK;
}

/* ---- The table ----------------------------------------------------------------- */

/** In this order: ours come last and take the place of others'. */
static const struct {
	const char *key;
	cnnviz_status (*read)(const char *text, struct graph *graph, struct error *error);
} properties[] = {
	{ "Image.BitmapPixelFormat", read_format },
	{ "Image.NominalPixelRange", read_range },
	{ "author", read_author },
	{ "names", read_dict },
	{ "cnnviz.channels", read_channels },
	{ "cnnviz.scale", read_scale },
	{ "cnnviz.mean", read_mean },
	{ "cnnviz.std", read_std },
	{ "cnnviz.labels", read_names },
	{ "cnnviz.activation", read_activation },
};

cnnviz_status onnx_metadata_read(const struct onnx_file *file, struct graph *graph,
		struct error *error)
{
	for (size_t i = 0; i < sizeof(properties) / sizeof(*properties); i++) {
		const char *text = onnx_property(file, properties[i].key);

		if (text != NULL && properties[i].read(text, graph, error) != CNNVIZ_OK) {
			return error_prefix(error, "its metadata %s", properties[i].key);
		}
	}
	return CNNVIZ_OK;
}
