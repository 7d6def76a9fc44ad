/**
 * \file    deep_feature_factorization.c
 * \brief   Deep feature factorization: the few concepts that a layer's feature maps are made of
 *
 *     A ~ sum_k W_k H_k,    W, H >= 0
 *
 * where A has the feature maps of a layer for one picture, H_k says where concept k is and
 * W_k which feature maps it has. The symbols are those of common/factorization.h.
 *
 * E. Collins, R. Achanta, S. Suesstrunk: Deep Feature Factorization For Concept Discovery.
 * 2018, ECCV, arXiv:1806.10206, section 3.
 *
 * The paper factorizes the feature maps of several pictures together, to find what these have
 * in common; here each picture has concepts of its own, as in pytorch-grad-cam. Values below 0,
 * which a layer without a ReLU has, count as 0; pytorch-grad-cam moves them up. Both ask the
 * classifier what a concept is. There it sees the vector W_k; here, where layers with height
 * and width may follow, W_k H_k in place of A.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/factorization.h"
#include "common/frame.h"

/** In place of a concept: at each place the one that is strongest */
#define STRONGEST INT64_C(-1)
/** Longest end of an artifact's name, its own end included */
#define NAME_SIZE 96

static const cnnviz_parameter parameters[] = {
	{ "layer", CNNVIZ_PARAMETER_LAYER, .default_value = "last_features",
			.summary = "layer whose feature maps are factorized" },
	{ "concepts", CNNVIZ_PARAMETER_INT, .default_value = "4", .minimum = 1,
			.maximum = 64, .summary = "how many concepts are sought" },
	{ "iterations", CNNVIZ_PARAMETER_INT, .flags = CNNVIZ_PARAMETER_EFFORT,
			.default_value = "200", .minimum = 1, .maximum = 100000,
			.summary = "how often both factors are improved" },
	{ "opacity", CNNVIZ_PARAMETER_FLOAT, .default_value = "0.8", .minimum = 0,
			.maximum = 1,
			.summary = "opacity of a concept's color where it is strongest" },
	{ FRAME_AT },
};

static const cnnviz_artifact artifacts[] = {
	{ "concepts", CNNVIZ_ARTIFACT_IMAGE,
			.summary = "the picture, colored by the concept that is "
				   "strongest "
				   "at each place" },
	{ "concept", CNNVIZ_ARTIFACT_IMAGE,
			.summary = "the picture, colored where one concept is, as "
				   "concept-1" },
	{ "heats", CNNVIZ_ARTIFACT_ARRAY,
			.summary = "(concepts,h,w), how strong each is at each position "
				   "of "
				   "the layer" },
	{ "vectors", CNNVIZ_ARTIFACT_ARRAY,
			.summary = "(concepts,channels), the feature maps that each is "
				   "made "
				   "of, of length 1" },
	{ "error", CNNVIZ_ARTIFACT_CURVE,
			.summary = "share of the feature maps that is not explained, "
				   "after "
				   "each iteration" },
	{ "answer", CNNVIZ_ARTIFACT_SCALAR,
			.summary = "probability of the class that the rest of the "
				   "network "
				   "sees in a concept alone, as answer-1-cat" },
};

/** One picture while it is explained */
struct work {
	const cnnviz_host *host;
	cnnviz_job *job;
	const cnnviz_batch *batch;
	int32_t layer;
	int64_t height, width; /* of the layer */
	cnnviz_pass *pass;
	float *A;
	struct factorization factors;
	cnnviz_tensor *heats;    /* (1,concepts,h,w) */
	cnnviz_tensor *enlarged; /* (1,concepts,H,W), as large as the results */
	cnnviz_tensor *picture;  /* (1,C,H,W) */
};

static cnnviz_status no_memory(const struct work *work)
{
	return work->host->fail(work->job, CNNVIZ_ERROR_MEMORY,
			"out of memory for %lld concepts",
			(long long)work->factors.concepts);
}

/* ---- Factors --------------------------------------------------------------------- */

/** Run the network, with what the rest of it needs beside the layer. */
static cnnviz_status run_network(struct work *work)
{
	const cnnviz_host *host = work->host;
	uint32_t sides = host->model->side_layers(work->job, work->layer,
			CNNVIZ_LAYER_LOGITS, 0, NULL);
	int32_t *captures = calloc(sides + 2, sizeof(*captures));

	if (captures == NULL) {
		return no_memory(work);
	}
	captures[0] = work->layer;
	captures[1] = CNNVIZ_LAYER_LOGITS;
	host->model->side_layers(work->job, work->layer, CNNVIZ_LAYER_LOGITS, sides,
			captures + 2);
	cnnviz_status status = host->pass->forward(work->job, work->batch->inputs,
			sides + 2, captures, &work->pass);

	free(captures);
	return status;
}

/** Copy what is above 0 of the feature maps. */
static cnnviz_status take_features(struct work *work)
{
	const cnnviz_tensor_api *tensor = work->host->tensor;
	const cnnviz_tensor *features = work->host->pass->activation(work->pass,
			work->layer);

	if (features == NULL) {
		return CNNVIZ_ERROR_ENGINE;
	}
	const int64_t *shape = tensor->shape(features);

	work->height = shape[2];
	work->width = shape[3];
	work->factors.channels = shape[1];
	work->factors.positions = shape[2] * shape[3];
	work->A = malloc((size_t)tensor->count(features) * sizeof(*work->A));
	if (work->A == NULL) {
		return no_memory(work);
	}
	for (int64_t i = 0; i < tensor->count(features); i++) {
		float value = tensor->data(features)[i];

		work->A[i] = value <= 0 ? 0 : value; /* NaN is kept */
	}
	work->factors.A = work->A;
	return CNNVIZ_OK;
}

static cnnviz_status improve(struct work *work, cnnviz_tensor *errors)
{
	int64_t iterations = work->host->tensor->count(errors);

	for (int64_t i = 0; i < iterations; i++) {
		if (work->host->canceled(work->job)) {
			return CNNVIZ_ERROR_CANCELED;
		}
		work->host->tensor->mutable_data(errors)[i] =
				(float)factorization_step(&work->factors);
		work->host->progress(work->job, (uint64_t)i + 1, (uint64_t)iterations);
	}
	factorization_order(&work->factors);
	if (work->factors.square == 0) {
		work->host->warn(work->job, 0,
				"no value of the layer \"%s\" is above 0, so there are "
				"no "
				"concepts",
				work->host->parameter->text(work->job, "layer"));
	}
	return CNNVIZ_OK;
}

static cnnviz_status factorize(struct work *work)
{
	const cnnviz_host *host = work->host;
	cnnviz_random *random = NULL;
	cnnviz_tensor *errors = NULL;
	cnnviz_status status = host->random->create(work->job, work->batch->streams[0],
			&random);

	if (status == CNNVIZ_OK) {
		status = factorization_begin(&work->factors, host, random)
				? host->tensor->create(work->job, 1,
						(const int64_t[]){
								host->parameter->integer(
										work->job,
										"iteratio"
										"ns") },
						&errors)
				: no_memory(work);
	}
	if (status == CNNVIZ_OK) {
		status = improve(work, errors);
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->curve(work->job, "error", NULL, errors, NULL,
				"relative error");
	}
	host->tensor->unref(errors);
	host->random->unref(random);
	return status;
}

/* ---- Results --------------------------------------------------------------------- */

static void copy_values(const double *from, int64_t count, float *to)
{
	for (int64_t i = 0; i < count; i++) {
		to[i] = (float)from[i];
	}
}

static cnnviz_status emit_factors(struct work *work)
{
	const cnnviz_host *host = work->host;
	const struct factorization *factors = &work->factors;
	cnnviz_tensor *vectors = NULL;
	cnnviz_status status = host->tensor->create(work->job, 2,
			(const int64_t[]){ factors->concepts, factors->channels },
			&vectors);

	if (status == CNNVIZ_OK) {
		copy_values(factors->W, host->tensor->count(vectors),
				host->tensor->mutable_data(vectors));
		status = host->artifact->array(work->job, "vectors", NULL, vectors,
				CNNVIZ_WHOLE);
	}
	host->tensor->unref(vectors);
	if (status == CNNVIZ_OK) {
		status = host->tensor->create(work->job, 4,
				(const int64_t[]){ 1, factors->concepts, work->height,
						work->width },
				&work->heats);
	}
	if (status == CNNVIZ_OK) {
		copy_values(factors->H, host->tensor->count(work->heats),
				host->tensor->mutable_data(work->heats));
		status = host->artifact->array(work->job, "heats", NULL, work->heats, 0);
	}
	return status;
}

/** The concept whose heat is highest at a pixel */
static int64_t find_strongest(const struct work *work, int64_t pixels, int64_t ij)
{
	const float *heats = work->host->tensor->data(work->enlarged);
	int64_t strongest = 0;

	for (int64_t k = 1; k < work->factors.concepts; k++) {
		strongest = heats[k * pixels + ij] > heats[strongest * pixels + ij]
				? k
				: strongest;
	}
	return strongest;
}

/** The opacity of a concept's color for a heat of 1 */
static float opacity_of(const struct work *work, int64_t concept)
{
	const double *H = work->factors.H + concept * work->factors.positions;
	double most = 0;

	for (int64_t p = 0; p < work->factors.positions; p++) {
		most = fmax(most, H[p]);
	}
	return most > 0 ? (float)(work->host->parameter->real(work->job, "opacity")
			       / most)
			: 0;
}

/** Color the picture where the concept is. */
static void draw(const struct work *work, int64_t concept, const float *opacities,
		int64_t pixels, float *drawn)
{
	const cnnviz_tensor_api *tensor = work->host->tensor;
	const float *picture = tensor->data(work->picture);
	const float *heats = tensor->data(work->enlarged);
	int64_t step = tensor->shape(work->picture)[1] == 3 ? pixels : 0;

	for (int64_t ij = 0; ij < pixels; ij++) {
		int64_t k = concept == STRONGEST ? find_strongest(work, pixels, ij)
						 : concept;
		float share = opacities[k] * heats[k * pixels + ij];
		uint32_t color = work->host->image->class_color(work->job, k + 1);

		for (int64_t c = 0; c < 3; c++) {
			float tint = (float)(color >> (16 - 8 * c) & 255) / 255;

			drawn[c * pixels + ij] = (1 - share) * picture[c * step + ij]
					+ share * tint;
		}
	}
}

static cnnviz_status emit_picture(const struct work *work, int64_t concept,
		const float *opacities)
{
	const cnnviz_host *host = work->host;
	const int64_t *shape = host->tensor->shape(work->picture);
	char number[NAME_SIZE];
	cnnviz_tensor *drawn = NULL;
	cnnviz_status status = host->tensor->create(work->job, 3,
			(const int64_t[]){ 3, shape[2], shape[3] }, &drawn);

	if (status == CNNVIZ_OK) {
		snprintf(number, sizeof(number), "%lld", (long long)concept + 1);
		draw(work, concept, opacities, shape[2] * shape[3],
				host->tensor->mutable_data(drawn));
		status = concept == STRONGEST
				? host->artifact->image(work->job, "concepts", NULL,
						drawn, CNNVIZ_WHOLE)
				: host->artifact->image(work->job, "concept", number,
						drawn, CNNVIZ_WHOLE);
	}
	host->tensor->unref(drawn);
	return status;
}

static cnnviz_status emit_pictures(struct work *work)
{
	int64_t concepts = work->factors.concepts;
	float *opacities = calloc((size_t)concepts, sizeof(*opacities));
	cnnviz_status status = opacities != NULL
			? frame_bring(work->host, work->job, work->batch, work->heats,
					CNNVIZ_FILTER_BILINEAR, &work->enlarged)
			: no_memory(work);

	if (status == CNNVIZ_OK) {
		status = frame_picture(work->host, work->job, work->batch,
				&work->picture);
	}
	for (int64_t k = 0; k < concepts && status == CNNVIZ_OK; k++) {
		opacities[k] = opacity_of(work, k);
	}
	for (int64_t k = STRONGEST; k < concepts && status == CNNVIZ_OK; k++) {
		status = emit_picture(work, k, opacities);
	}
	free(opacities);
	return status;
}

/* ---- Answers --------------------------------------------------------------------- */

/** Name the class that has the highest probability. */
static cnnviz_status emit_best(const struct work *work, int64_t concept,
		const cnnviz_tensor *probabilities)
{
	const cnnviz_host *host = work->host;
	const float *p = host->tensor->data(probabilities);
	int64_t best = 0;
	char name[NAME_SIZE];

	for (int64_t i = 1; i < host->tensor->count(probabilities); i++) {
		best = p[i] > p[best] ? i : best;
	}
	snprintf(name, sizeof(name), "%lld-%.60s", (long long)concept + 1,
			host->model->class_name(work->job, best));
	return host->artifact->scalar(work->job, "answer", name, (double)p[best]);
}

/** What the rest of the network sees in W_k H_k */
static cnnviz_status emit_answer(const struct work *work, int64_t concept)
{
	static const int32_t logits = CNNVIZ_LAYER_LOGITS;
	const cnnviz_host *host = work->host;
	const struct factorization *factors = &work->factors;
	const double *W = factors->W + concept * factors->channels;
	const double *H = factors->H + concept * factors->positions;
	cnnviz_tensor *alone = NULL, *probabilities = NULL;
	cnnviz_pass *rest = NULL;
	cnnviz_status status = host->tensor->create(work->job, 4,
			(const int64_t[]){ 1, factors->channels, work->height,
					work->width },
			&alone);

	for (int64_t i = 0; status == CNNVIZ_OK && i < host->tensor->count(alone); i++) {
		host->tensor->mutable_data(alone)[i] = (float)(W[i / factors->positions]
				* H[i % factors->positions]);
	}
	if (status == CNNVIZ_OK) {
		status = host->pass->forward_from(work->job, work->pass, work->layer,
				alone, NULL, CNNVIZ_PASS_FORWARD_ONLY, 1, &logits, &rest);
	}
	if (status == CNNVIZ_OK) {
		status = host->objective->probabilities(work->job,
				host->pass->activation(rest, logits), &probabilities);
	}
	if (status == CNNVIZ_OK) {
		status = emit_best(work, concept, probabilities);
	}
	host->tensor->unref(probabilities);
	host->tensor->unref(alone);
	host->pass->unref(rest);
	return status;
}

/** A network that labels pixels has no one answer. */
static cnnviz_status emit_answers(struct work *work)
{
	int64_t shape[CNNVIZ_MAX_RANK];
	bool classifies = work->host->model->layer_shape(work->job, CNNVIZ_LAYER_LOGITS,
					  shape)
			== 1;
	cnnviz_status status = CNNVIZ_OK;

	for (int64_t k = 0;
			k < work->factors.concepts && classifies && status == CNNVIZ_OK;
			k++) {
		status = emit_answer(work, k);
	}
	return status;
}

/* ---- The technique --------------------------------------------------------------- */

static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	int32_t layer = (int32_t)host->parameter->integer(job, "layer");
	int64_t shape[CNNVIZ_MAX_RANK];

	if (host->model->layer_shape(job, layer, shape) != 3 || shape[1] * shape[2] < 2) {
		return host->fail(job, CNNVIZ_ERROR_INPUT,
				"the layer \"%s\" has no height and width, so no concept "
				"is "
				"anywhere in it; name a convolutional layer with `layer`",
				host->parameter->text(job, "layer"));
	}
	return CNNVIZ_OK;
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	static cnnviz_status (*const steps[])(struct work * work) = {
		run_network,
		take_features,
		factorize,
		emit_factors,
		emit_pictures,
		emit_answers,
	};
	struct work work = {
		.host = host,
		.job = job,
		.batch = batch,
		.layer = (int32_t)host->parameter->integer(job, "layer"),
		.factors.concepts = host->parameter->integer(job, "concepts"),
	};
	cnnviz_status status = CNNVIZ_OK;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && status == CNNVIZ_OK;
			i++) {
		status = steps[i](&work);
	}
	factorization_end(&work.factors);
	free(work.A);
	host->tensor->unref(work.heats);
	host->tensor->unref(work.enlarged);
	host->tensor->unref(work.picture);
	host->pass->unref(work.pass);
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("deep_feature_factorization", "1.0"),
	.summary = "deep feature factorization: the few concepts that a layer's feature "
		   "maps "
		   "are made of",
	.description = "Splits the feature maps of a layer into a few parts without "
		       "negative "
		       "values, each a pattern of feature maps and where it is. Shows "
		       "each, "
		       "and what the rest of the network sees in it alone. Says nothing "
		       "of "
		       "a class by itself.",
	.reference = "Collins, Achanta, Suesstrunk 2018, Deep Feature Factorization For "
		     "Concept Discovery, arXiv:1806.10206, section 3",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_PER_PICTURE,
	.run = run,
	.check = check,
	.asks = CNNVIZ_ASKS_ACTIVATIONS,
	.family = CNNVIZ_FAMILY_CAM,
};

CNNVIZ_PLUGIN(technique)
