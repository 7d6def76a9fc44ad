/**
 * \file    cli/subject.c
 * \brief   What `describe` describes: a technique or a section that is no job
 */
#include "cli/subject.h"

#include "cli/cli.h"

const cnnviz_parameter technique_parameter = {
	.name = "technique",
	.type = CNNVIZ_PARAMETER_STRING,
	.summary = "the technique, if the section's name is not that of one",
};

static const char *const gradient_artifacts[][2] = {
	{ "color.png", "the signed map, its minimum black and its maximum white" },
	{ "gray.png", "sum over channels of the absolute values" },
	{ "positive.png", "the positive part" },
	{ "negative.png", "the negative part" },
	{ "attribution.npy", "the map itself: float32, (C,H,W), unscaled" },
	{ NULL, NULL },
};

static const char *const signed_artifacts[][2] = {
	{ "heatmap.png", "the evidence in colors that diverge from 0" },
	{ "overlay.png", "the same over the picture" },
	{ "gray.png", "the positive part of the evidence, summed over channels" },
	{ "color.png", "the signed map, its minimum black and its maximum white" },
	{ "positive.png", "the positive part" },
	{ "negative.png", "the negative part" },
	{ "attribution.npy", "the map itself: float32, (C,H,W), unscaled" },
	{ NULL, NULL },
};

static const char *const heat_artifacts[][2] = {
	{ "gray.png", "the map in gray" },
	{ "heatmap.png", "the map in the colors of the color map" },
	{ "overlay.png", "the heat map over the picture" },
	{ "attribution.npy", "the map itself: float32, (C,H,W), unscaled" },
	{ NULL, NULL },
};

static const char *const like_artifacts[][2] = {
	{ "gray.png", "the map in gray" },
	{ "color.png", "for a base with signed maps: the signed map" },
	{ "positive.png", "the same: the positive part" },
	{ "negative.png", "the same: the negative part" },
	{ "heatmap.png",
			"for bases other than gradients: the map in the colors of the "
			"color map" },
	{ "overlay.png", "the same: the heat map over the picture" },
	{ "attribution.npy", "the map itself: float32, (C,H,W), unscaled" },
	{ NULL, NULL },
};

const char *const (*subject_map_artifacts(const cnnviz_technique *technique))[2]
{
	switch (technique->map_style) {
	case CNNVIZ_MAP_GRADIENT:
		return gradient_artifacts;
	case CNNVIZ_MAP_SIGNED:
		return signed_artifacts;
	case CNNVIZ_MAP_LIKE_JOB:
		return like_artifacts;
	default:
		return heat_artifacts;
	}
}

const char *subject_artifact_type(uint32_t type)
{
	static const char *const names[] = {
		[CNNVIZ_ARTIFACT_IMAGE] = "image",
		[CNNVIZ_ARTIFACT_ARRAY] = "array",
		[CNNVIZ_ARTIFACT_SCALAR] = "scalar",
		[CNNVIZ_ARTIFACT_ANIMATION] = "animation",
		[CNNVIZ_ARTIFACT_CURVE] = "curve",
		[CNNVIZ_ARTIFACT_LABELS] = "labels",
	};

	return names[type];
}

bool subject_has_range(const cnnviz_parameter *parameter)
{
	return (parameter->type == CNNVIZ_PARAMETER_INT
			       || parameter->type == CNNVIZ_PARAMETER_FLOAT)
			&& (parameter->minimum < 0 || parameter->minimum > 0
					|| parameter->maximum < 0
					|| parameter->maximum > 0);
}
