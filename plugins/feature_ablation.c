/**
 * \file    feature_ablation.c
 * \brief   Feature ablation: how much the score falls without a part of the picture
 *
 *     R_i(x) = F(x) - F(x without the part that pixel i belongs to)
 *
 * where F is the class's score. Parts are squares, superpixels or the colors of a file.
 *
 * M. Robnik-Sikonja, I. Kononenko: Explaining Classifications for Individual Instances.
 * 2008, DOI 10.1109/TKDE.2007.190734, section 3.1 (the difference of scores).
 *
 * As captum's FeatureAblation: a part's pixels all have the fall of the whole part, so that
 * large parts have large values.
 */
#include "common/features.h"

#include <stdlib.h>

static const cnnviz_parameter parameters[] = {
	FEATURE_PARAMETERS("superpixels", "7"),
	PERTURBATION_PARAMETERS("probability"),
};

struct ablation {
	struct features features;
	double whole; /* F(x) */
	double *falls;
};

/** The whole picture, then without part k - 1 */
static void mask(struct perturbation *p, int64_t k, float *mask)
{
	const struct ablation *ablation = p->context;

	for (int64_t i = 0; i < p->area; i++) {
		mask[i] = ablation->features.labels[i] == k - 1 ? 0 : 1;
	}
}

static void take(struct perturbation *p, int64_t k, const float *mask, double score)
{
	struct ablation *ablation = p->context;

	(void)mask;
	if (k == 0) {
		ablation->whole = score;
	} else {
		ablation->falls[k - 1] = ablation->whole - score;
	}
}

static cnnviz_status explain(struct perturbation *p, float *map)
{
	struct ablation ablation = { .falls = NULL };
	cnnviz_status status = features_find(p, &ablation.features);

	if (status == CNNVIZ_OK) {
		status = perturbation_allocate(p, ablation.features.count,
				&ablation.falls);
	}
	if (status == CNNVIZ_OK) {
		p->context = &ablation;
		p->mask = mask;
		p->take = take;
		status = perturbation_run(p, ablation.features.count + 1);
	}
	if (status == CNNVIZ_OK) {
		features_paint(p, &ablation.features, ablation.falls, map);
	}
	free(ablation.features.labels);
	free(ablation.falls);
	return status;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	return perturbation_attribute(host, job, batch, explain, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("feature_ablation", "1.0"),
	.summary = "Feature ablation: how much the score falls without a part of the "
		   "picture",
	.description = "Replaces one part after the other (a square, a superpixel or a "
		       "color of a mask) by the baseline. Needs one pass for each part "
		       "and one for the picture. Equal to captum's FeatureAblation with "
		       "the same parts.",
	.reference = "Robnik-Sikonja, Kononenko 2008, Explaining Classifications for "
		     "Individual Instances, DOI 10.1109/TKDE.2007.190734, section 3.1; "
		     "superpixels: Achanta et al. 2012, SLIC, DOI 10.1109/TPAMI.2012.120",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SIGNED,
	.attribute = attribute,
	.check = features_check,
	.family = CNNVIZ_FAMILY_PERTURBATION,
};

CNNVIZ_PLUGIN(technique)
