/**
 * \file    plugin/attribution.c
 * \brief   What every attribution job can be told
 */
#include "plugin/attribution.h"

/* In the order of image/render.h's colormap_names */
static const char *const colormaps[] = { "hsv", "jet", "viridis", "turbo", "inferno",
	"gray", "diverging", NULL };

/* In the order of CNNVIZ_FILTER_* */
static const char *const filters[] = { "nearest", "bilinear", "bicubic", "lanczos",
	NULL };

/* In the order of enum attribution_place */
static const char *const places[] = { "input", "picture", NULL };

/* In the order of enum attribution_objective */
static const char *const objectives[] = { "class", "similarity", "half_squared_norm",
	NULL };

const cnnviz_parameter attribution_parameters[] = {
	{
			.name = "target",
			.type = CNNVIZ_PARAMETER_CLASS,
			.flags = CNNVIZ_PARAMETER_NOT,
			.summary = "class to explain; by default each picture's own "
				   "target, or the predicted class",
	},
	{
			.name = "neuron",
			.type = CNNVIZ_PARAMETER_STRING,
			.summary = "what to explain in place of a class: "
				   "LAYER:CHANNEL, the sum of a channel, or "
				   "LAYER:CHANNEL:ROW:COLUMN, one of its places",
	},
	{
			.name = "region",
			.type = CNNVIZ_PARAMETER_STRING,
			.summary = "for segmentation networks: where to explain the "
				   "class (predicted, all, a box or the path of a "
				   "mask); for detectors: at which box (best, or x,y,w,h "
				   "of one near it); by default as in [input]",
	},
	{
			.name = "objective",
			.type = CNNVIZ_PARAMETER_ENUM,
			.default_value = "class",
			.choices = objectives,
			.summary = "what is explained: the class, or of a network "
				   "without classes the cosine similarity of its output "
				   "to that for the reference, or half its squared norm",
	},
	{
			.name = "reference",
			.type = CNNVIZ_PARAMETER_PATH,
			.summary = "picture whose features objective = similarity "
				   "compares",
	},
	{
			.name = "colormap",
			.type = CNNVIZ_PARAMETER_ENUM,
			.default_value = "turbo",
			.choices = colormaps,
			.summary = "colors of heatmap and overlay; hsv is traditional; "
				   "turbo, viridis and inferno are easier to read; of "
				   "signed evidence, the default is diverging",
	},
	{
			.name = "opacity",
			.type = CNNVIZ_PARAMETER_FLOAT,
			.default_value = "0.4",
			.minimum = 0,
			.maximum = 1,
			.summary = "opacity of the colors in overlay; of the strongest "
				   "signed evidence, the default is 0.8",
	},
	{
			.name = "upsample",
			.type = CNNVIZ_PARAMETER_ENUM,
			.default_value = "bilinear",
			.choices = filters,
			.summary = "filter that enlarges a map to the picture",
	},
	{
			.name = "percentile",
			.type = CNNVIZ_PARAMETER_FLOAT,
			.minimum = 0,
			.maximum = 100,
			.unit = "percent",
			.summary = "percentile of a map's values at which gray, heatmap "
				   "and overlay saturate; by default 100 for CAMs, 99 "
				   "for all others",
	},
	{
			.name = "at",
			.type = CNNVIZ_PARAMETER_ENUM,
			.choices = places,
			.summary = "size and shape of what is drawn: the network's "
				   "input's, or the picture's; by default the picture's "
				   "for overlay, the input's for the others",
	},
};

const size_t attribution_parameter_count = sizeof(attribution_parameters)
		/ sizeof(attribution_parameters[0]);
