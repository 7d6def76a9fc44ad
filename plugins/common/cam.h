/**
 * \file    common/cam.h
 * \brief   What all class activation maps have in common
 *
 * A technique says how the feature maps of a layer become a map: by a weight for each of
 * them, by a weight for each value, or as a whole. Everything else is here: passes,
 * several layers, smoothing, the positive part and what is said where there is none.
 * Compiled into each plugin that uses it.
 */
#ifndef COMMON_CAM_H
#define COMMON_CAM_H

#include "common/augment.h"

/** Feature maps of one layer for one input */
struct cam_features {
	int32_t layer; /* its number */
	int64_t channels;
	int64_t height;
	int64_t width;
	int64_t positions; /* height * width */

	/** A: channels * positions values */
	const float *A;

	/** d y^c / d A, of the same shape; NULL where the method wants no gradient */
	const float *gradient;
};

struct cam;

/** What distinguishes one technique from the others: exactly one of the first three */
struct cam_method {
	/**
	 * \brief   The weight of each feature map, which multiplies all of its values
	 *
	 * \param   n           Item of cam->batch
	 * \param   weights     Receives features->channels numbers; zeros before
	 */
	cnnviz_status (*weigh)(const struct cam *cam, uint32_t n,
			const struct cam_features *features, double *weights);

	/** \brief  The weighted values themselves, of the shape of A */
	void (*multiply)(const struct cam *cam, const struct cam_features *features,
			float *terms);

	/** \brief  The map, features->positions values, which are zero before */
	cnnviz_status (*map)(const struct cam *cam, uint32_t n,
			const struct cam_features *features, float *L);

	/**
	 * Or NULL: the gradient of another objective than the target's logit, as of
	 * host->objective
	 */
	cnnviz_status (*seed)(const struct cam *cam, const cnnviz_tensor *logits,
			cnnviz_tensor **seed);

	/**
	 * Or NULL: change the gradient at a layer before it is used. The pass has captured
	 * what pass->hessian_product() needs there, of the logits with this seed.
	 */
	cnnviz_status (*correct)(const struct cam *cam, const cnnviz_pass *pass,
			int32_t layer, const cnnviz_tensor *seed,
			cnnviz_tensor *gradient);

	/** Whether gradients are wanted; the descriptor then asks for them. */
	bool gradients;

	/**
	 * The map is not the sum of the weighted feature maps but their first principal
	 * component, as it is for others with `eigen_smooth`.
	 */
	bool component;

	/** Of the component: whether each feature map's mean is not taken away first */
	bool uncentered;

	/** What the functions above need beside */
	const void *context;
};

struct cam {
	const cnnviz_host *host;
	cnnviz_job *job;
	const struct cam_method *method;

	/** The inputs of the features: the technique's own, or changed copies of them */
	const cnnviz_batch *batch;

	/** Whether the inputs are such copies, of which no warnings are given */
	bool copies;
};

/* Entries of a technique's table of parameters */
#define CAM_LAYER \
	"layer", CNNVIZ_PARAMETER_LAYER, \
			.flags = CNNVIZ_PARAMETER_LIST | CNNVIZ_PARAMETER_UNIQUE \
			| CNNVIZ_PARAMETER_WAS_SINGLE, \
			.default_value = "last_features", \
			.summary = "layer whose feature maps are weighted, or several " \
				   "layers whose maps are merged"
#define CAM_MERGE \
	"merge", CNNVIZ_PARAMETER_ENUM, \
			.default_value = "mean", .choices = cam_merges, \
			.summary = "what becomes of the maps of several " \
				   "layers, each scaled to its maximum " \
				   "and enlarged to the input's size"
#define CAM_EIGEN_SMOOTH \
	"eigen_smooth", CNNVIZ_PARAMETER_BOOL, \
			.default_value = "no", \
			.summary = "whether to take the first principal " \
				   "component of the weighted feature " \
				   "maps in place of their sum"

/* What all of them have; a method that is a component already has the first three. */
#define CAM_PARAMETERS \
	{ CAM_LAYER }, { CAM_MERGE }, \
	{ \
		AUGMENT_SMOOTH \
	}

/** Words of the parameter `merge` */
extern const char *const cam_merges[];

/** \brief  cnnviz_technique.check: each layer must have a height and a width. */
cnnviz_status cam_check(const cnnviz_host *host, cnnviz_job *job);

/**
 * \brief   Compute the maps of a batch, as cnnviz_technique.attribute does
 *
 * With one layer and without `aug_smooth` they have the layer's size and the scale of the
 * formula. Otherwise they have the input's size, and each layer's map is scaled to its
 * maximum before it is enlarged and merged, then the result once more.
 */
cnnviz_status cam_run(const cnnviz_host *host, cnnviz_job *job, const cnnviz_batch *batch,
		const struct cam_method *method, cnnviz_tensor **maps);

/** \brief  cam_method.weigh(): the mean gradient of each feature map, Grad-CAM's weights */
cnnviz_status cam_mean_gradients(const struct cam *cam, uint32_t n,
		const struct cam_features *features, double *weights);

/** \brief  The sum of count values */
double cam_sum(const float *values, int64_t count);

/**
 * \brief   The inputs of a batch at some layers, and what they say of the targets
 *
 * \param   gradients   Receives new tensors, or is NULL where none are wanted
 */
cnnviz_status cam_capture(const struct cam *cam, uint32_t count, const int32_t *layers,
		cnnviz_tensor **activations, cnnviz_tensor **gradients);

#endif
