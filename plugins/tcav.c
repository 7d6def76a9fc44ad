/**
 * \file    tcav.c
 * \brief   Testing with concept activation vectors: whether a concept raises a class's score
 *
 *     S(x) = grad h(f(x)) . v,    TCAV = share of the pictures x with S(x) > 0
 *
 * where f(x) is the activation of the layer, h the class score before the softmax as a
 * function of it, and v the concept's vector: the normal of a linear classifier that tells
 * the activations of pictures of the concept from those of random pictures. The pictures x
 * are those of [input], each with its target.
 *
 * B. Kim, M. Wattenberg, J. Gilmer, C. Cai, J. Wexler, F. Viegas, R. Sayres:
 * Interpretability Beyond Feature Attribution: Quantitative Testing with Concept Activation
 * Vectors. 2017, arXiv:1711.11279, sections 3.2 to 3.4.
 *
 * As there, the vector is found anew with each of several sets of random pictures, and a
 * two-sided t-test compares the scores with those of vectors which tell one random set from
 * another: without that, a vector of anything has a score. The paper fits logistic
 * regression by stochastic steps; this is least squares of +1 and -1 with a ridge, which has
 * one solution, found among combinations of the samples. How well it tells samples that it
 * was not fitted to is recorded (leaving one out at a time).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/regression.h"

#include <cnnviz/cnnviz.h>

/* Of a two-sided test that counts as a difference: section 3.4 */
#define SIGNIFICANT 0.05
#define SETS_MIN 3
#define SAMPLES_MIN 2

static const cnnviz_parameter parameters[] = {
	{ "concept", CNNVIZ_PARAMETER_PICTURES, .flags = CNNVIZ_PARAMETER_REQUIRED,
			.summary = "pictures of the concept, 2 or more" },
	{ "random", CNNVIZ_PARAMETER_PICTURES, .flags = CNNVIZ_PARAMETER_REQUIRED,
			.summary = "pictures of anything, from which the concept is "
				   "told: "
				   "2 or more for each of the sets" },
	{ "layer", CNNVIZ_PARAMETER_LAYER, .default_value = "last_features",
			.summary = "layer whose activations are told apart" },
	{ "sets", CNNVIZ_PARAMETER_INT, .default_value = "10", .minimum = SETS_MIN,
			.maximum = 1000,
			.summary = "parts of equal size that `random` is divided into, "
				   "in "
				   "the order of the pictures; each gives a vector" },
	{ "ridge", CNNVIZ_PARAMETER_FLOAT, .default_value = "0.01", .minimum = 1e-6,
			.maximum = 1e6,
			.summary = "weight of the vector's square beside the errors, in "
				   "mean squares of the samples" },
};

static const cnnviz_artifact artifacts[] = {
	{ "score", CNNVIZ_ARTIFACT_SCALAR,
			.summary = "TCAV: share of the pictures whose score the concept "
				   "raises, the mean over the sets" },
	{ "score_random", CNNVIZ_ARTIFACT_SCALAR,
			.summary = "the same of vectors of random sets" },
	{ "p_value", CNNVIZ_ARTIFACT_SCALAR,
			.summary = "of a two-sided t-test that both are the same" },
	{ "accuracy", CNNVIZ_ARTIFACT_SCALAR,
			.summary = "share of samples that a vector which was not fitted "
				   "to "
				   "them puts on their side, the mean over the sets" },
	{ "scores", CNNVIZ_ARTIFACT_CURVE,
			.summary = "the scores of all sets: of the concept, of random "
				   "pictures" },
	{ "magnitudes", CNNVIZ_ARTIFACT_ARRAY,
			.summary = "(sets,2), the mean of S(x) likewise" },
	{ "vectors", CNNVIZ_ARTIFACT_ARRAY,
			.summary = "(sets,values), the concept's vectors, of length 1" },
};

/** What is found before the first picture, and the counts over all of them */
struct tcav {
	int32_t layer;
	int64_t size; /* values of the layer's activation */
	int64_t sets;
	float *vectors;  /* (2,sets,size): of the concept, of random sets */
	double accuracy; /* of the concept's, the mean */
	int64_t pictures;
	int64_t *raised; /* (2,sets): pictures with S(x) > 0 */
	double *sums;    /* (2,sets): of S(x) */
};

/** Activations of some pictures, a row each */
struct samples {
	int64_t count, size;
	float *rows;
};

static void destroy(const cnnviz_host *host, void *data)
{
	struct tcav *tcav = data;

	(void)host;
	free(tcav->vectors);
	free(tcav->raised);
	free(tcav->sums);
	free(tcav);
}

static cnnviz_status no_memory(const cnnviz_host *host, cnnviz_job *job)
{
	return host->fail(job, CNNVIZ_ERROR_MEMORY,
			"out of memory for activations; name a later `layer`, or fewer "
			"pictures");
}

/* ---- Activations --------------------------------------------------------------------- */

/** Append the activations of a pass to the rows from `first` on. */
static cnnviz_status add_rows(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_tensor *A, int64_t first, struct samples *samples)
{
	int64_t items = host->tensor->shape(A)[0];
	int64_t size = host->tensor->count(A) / items;

	if (samples->rows == NULL) {
		samples->size = size;
		samples->rows = malloc((size_t)(samples->count * size) * sizeof(float));
		if (samples->rows == NULL) {
			return no_memory(host, job);
		}
	}
	if (size != samples->size) {
		return host->fail(job, CNNVIZ_ERROR_INPUT,
				"pictures of several sizes have different activations at "
				"the layer; resize them with [input] resize");
	}
	memcpy(samples->rows + first * size, host->tensor->data(A),
			(size_t)(items * size) * sizeof(float));
	return CNNVIZ_OK;
}

/** The activations of all pictures of a parameter */
static cnnviz_status read_samples(const cnnviz_host *host, cnnviz_job *job,
		const char *parameter, int32_t layer, struct samples *samples)
{
	uint32_t count = host->parameter->list_count(job, parameter);
	uint32_t together = host->model->batch(job);
	cnnviz_status status = CNNVIZ_OK;

	*samples = (struct samples){ .count = count };
	for (uint32_t first = 0; first < count && status == CNNVIZ_OK;
			first += together) {
		uint32_t left = count - first;
		cnnviz_tensor *inputs = NULL;
		cnnviz_pass *pass = NULL;

		status = host->image->read_inputs(job, parameter, first,
				left < together ? left : together, &inputs);
		if (status == CNNVIZ_OK) {
			status = host->pass->forward_only(job, inputs, 1, &layer, &pass);
		}
		if (status == CNNVIZ_OK) {
			const cnnviz_tensor *A = host->pass->activation(pass, layer);

			status = A != NULL ? add_rows(host, job, A, first, samples)
					   : CNNVIZ_ERROR_ENGINE;
		}
		host->pass->unref(pass);
		host->tensor->unref(inputs);
	}
	return status;
}

/* ---- One vector ------------------------------------------------------------------------ */

/** The two sides that a vector tells apart, +1 and -1 */
struct sides {
	struct samples side[2];
	int64_t count;              /* of both */
	double *matrix, *solutions; /* (count,count), (count + 1,count) */
	float *middle;              /* of the two means */
};

static const float *row_of(const struct sides *sides, int64_t i)
{
	int64_t first = sides->side[0].count, size = sides->side[0].size;

	return i < first ? sides->side[0].rows + i * size
			 : sides->side[1].rows + (i - first) * size;
}

static double sign_of(const struct sides *sides, int64_t i)
{
	return i < sides->side[0].count ? 1 : -1;
}

static void find_middle(struct sides *sides)
{
	for (int64_t d = 0; d < sides->side[0].size; d++) {
		double middle = 0;

		for (int64_t i = 0; i < sides->count; i++) {
			middle += row_of(sides, i)[d]
					/ (2
							* (double)sides->side[sign_of(sides, i)
										       < 0]
									  .count);
		}
		sides->middle[d] = (float)middle;
	}
}

/** Products of all pairs of samples, seen from the middle, with the ridge */
static void fill_matrix(struct sides *sides, double ridge)
{
	int64_t count = sides->count, size = sides->side[0].size;
	double trace = 0;

	for (int64_t i = 0; i < count; i++) {
		for (int64_t j = 0; j <= i; j++) {
			const float *a = row_of(sides, i), *b = row_of(sides, j);
			double sum = 0;

			for (int64_t d = 0; d < size; d++) {
				sum += ((double)a[d] - sides->middle[d])
						* ((double)b[d] - sides->middle[d]);
			}
			sides->matrix[i * count + j] = sum;
		}
		trace += sides->matrix[i * count + i];
	}
	for (int64_t i = 0; i < count; i++) {
		sides->matrix[i * count + i] += ridge * trace / (double)count;
	}
}

/** Share of samples that a vector fitted without them puts on their side */
static double find_accuracy(const struct sides *sides)
{
	int64_t count = sides->count, right = 0;

	for (int64_t i = 0; i < count; i++) {
		double own = sides->solutions[(i + 1) * count + i];
		double given = sign_of(sides, i) - sides->solutions[i] / own;

		right += given * sign_of(sides, i) > 0;
	}
	return (double)right / (double)count;
}

/** Write the vector of length 1; false where the samples have no difference. */
static bool fit(struct sides *sides, double ridge, float *vector, double *accuracy)
{
	int64_t count = sides->count, size = sides->side[0].size;
	double length = 0;

	find_middle(sides);
	fill_matrix(sides, ridge);
	for (int64_t i = 0; i < count * (count + 1); i++) {
		sides->solutions[i] = i < count ? sign_of(sides, i)
						: i / count - 1 == i % count;
	}
	if (!regression_solve(sides->matrix, count, sides->solutions, count + 1)) {
		return false;
	}
	*accuracy = find_accuracy(sides);
	for (int64_t d = 0; d < size; d++) {
		double sum = 0;

		for (int64_t i = 0; i < count; i++) {
			sum += sides->solutions[i]
					* ((double)row_of(sides, i)[d]
							- sides->middle[d]);
		}
		vector[d] = (float)sum;
		length += sum * sum;
	}
	for (int64_t d = 0; d < size && length > 0; d++) {
		vector[d] = (float)(vector[d] / sqrt(length));
	}
	return length > 0;
}

static cnnviz_status find_vector(const cnnviz_host *host, cnnviz_job *job,
		const struct samples *positive, const struct samples *negative,
		float *vector, double *accuracy)
{
	size_t count = (size_t)(positive->count + negative->count);
	struct sides sides = {
		.side = { *positive, *negative },
		.count = (int64_t)count,
		.matrix = calloc(count, count * sizeof(double)),
		.solutions = calloc(count + 1, count * sizeof(double)),
		.middle = calloc((size_t)positive->size, sizeof(float)),
	};
	cnnviz_status status = CNNVIZ_OK;

	if (sides.matrix == NULL || sides.solutions == NULL || sides.middle == NULL) {
		status = no_memory(host, job);
	} else if (!fit(&sides, host->parameter->real(job, "ridge"), vector, accuracy)) {
		status = host->fail(job, CNNVIZ_ERROR_INPUT,
				"the layer \"%s\" has the same activation for pictures "
				"of the concept and for random ones; name other pictures "
				"or another layer",
				host->parameter->text(job, "layer"));
	}
	free(sides.matrix);
	free(sides.solutions);
	free(sides.middle);
	return status;
}

/* ---- Before the first picture ------------------------------------------------------------ */

/** The vectors of the concept, and those that tell each random set from the next one */
static cnnviz_status find_vectors(const cnnviz_host *host, cnnviz_job *job,
		const struct samples *concept, const struct samples *random,
		struct tcav *tcav)
{
	int64_t each = random->count / tcav->sets;
	cnnviz_status status = CNNVIZ_OK;

	for (int64_t k = 0; k < tcav->sets && status == CNNVIZ_OK; k++) {
		int64_t next = (k + 1) % tcav->sets;
		const struct samples own = { each, random->size,
			random->rows + k * each * random->size };
		const struct samples other = { each, random->size,
			random->rows + next * each * random->size };
		double accuracy = 0, unused;

		status = find_vector(host, job, concept, &own,
				tcav->vectors + k * tcav->size, &accuracy);
		tcav->accuracy += accuracy / (double)tcav->sets;
		if (status == CNNVIZ_OK) {
			status = find_vector(host, job, &own, &other,
					tcav->vectors + (tcav->sets + k) * tcav->size,
					&unused);
		}
	}
	return status;
}

static cnnviz_status create(const cnnviz_host *host, cnnviz_job *job, void **data)
{
	struct tcav *tcav = calloc(1, sizeof(*tcav));
	struct samples concept = { .rows = NULL }, random = { .rows = NULL };
	cnnviz_status status;

	if (tcav == NULL) {
		return no_memory(host, job);
	}
	tcav->layer = (int32_t)host->parameter->integer(job, "layer");
	tcav->sets = host->parameter->integer(job, "sets");
	status = read_samples(host, job, "concept", tcav->layer, &concept);
	if (status == CNNVIZ_OK) {
		status = read_samples(host, job, "random", tcav->layer, &random);
	}
	if (status == CNNVIZ_OK) {
		tcav->size = concept.size;
		tcav->vectors = calloc((size_t)(2 * tcav->sets * tcav->size),
				sizeof(*tcav->vectors));
		tcav->raised = calloc(2 * (size_t)tcav->sets, sizeof(*tcav->raised));
		tcav->sums = calloc(2 * (size_t)tcav->sets, sizeof(*tcav->sums));
		status = tcav->vectors != NULL && tcav->raised != NULL
						&& tcav->sums != NULL
				? find_vectors(host, job, &concept, &random, tcav)
				: no_memory(host, job);
	}
	free(concept.rows);
	free(random.rows);
	if (status != CNNVIZ_OK) {
		destroy(host, tcav);
		return status;
	}
	*data = tcav;
	return CNNVIZ_OK;
}

/* ---- Pictures ------------------------------------------------------------------------------ */

static cnnviz_status prepare(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	struct tcav *tcav = host->job_data(job);
	cnnviz_tensor *gradient = NULL;
	cnnviz_status status = host->pass->logit_gradient(job, batch, CNNVIZ_RULE_PLAIN,
			tcav->layer, NULL, &gradient);

	if (status == CNNVIZ_OK
			&& host->tensor->count(gradient) != batch->count * tcav->size) {
		status = host->fail(job, CNNVIZ_ERROR_INPUT,
				"the picture has another size than those of the concept; "
				"resize them with [input] resize");
	}
	for (int64_t i = 0; i < batch->count * 2 * tcav->sets && status == CNNVIZ_OK;
			i++) {
		int64_t k = i % (2 * tcav->sets);
		const float *g = host->tensor->data(gradient)
				+ i / (2 * tcav->sets) * tcav->size;
		const float *v = tcav->vectors + k * tcav->size;
		double S = 0;

		for (int64_t d = 0; d < tcav->size; d++) {
			S += (double)g[d] * v[d];
		}
		tcav->raised[k] += S > 0;
		tcav->sums[k] += S;
	}
	if (status == CNNVIZ_OK) {
		tcav->pictures += batch->count;
	}
	host->tensor->unref(gradient);
	return status;
}

/* ---- The test -------------------------------------------------------------------------------- */

/**
 * Probability of a |t| so large or larger, by an even number of degrees of freedom
 * (Abramowitz, Stegun 1964, 26.7.4)
 */
static double two_sided(double t, int64_t freedom)
{
	double angle = atan(fabs(t) / sqrt((double)freedom));
	double square = cos(angle) * cos(angle), term = 1, sum = 1;

	for (int64_t i = 2; i < freedom; i += 2) {
		term *= (double)(i - 1) / (double)i * square;
		sum += term;
	}
	return fmax(0, 1 - sin(angle) * sum);
}

/** Mean of count numbers, every second one, and their sum of squared deviations */
static double find_mean(const float *scores, int64_t count, double *squares)
{
	double mean = 0;

	for (int64_t k = 0; k < count; k++) {
		mean += scores[2 * k] / (double)count;
	}
	*squares = 0;
	for (int64_t k = 0; k < count; k++) {
		*squares += (scores[2 * k] - mean) * (scores[2 * k] - mean);
	}
	return mean;
}

static cnnviz_status emit_test(const cnnviz_host *host, cnnviz_job *job,
		const struct tcav *tcav, const float *scores)
{
	const cnnviz_artifact_api *artifact = host->artifact;
	double squares[2], p = 1;
	double mean = find_mean(scores, tcav->sets, &squares[0]);
	double random = find_mean(scores + 1, tcav->sets, &squares[1]);
	double error = sqrt((squares[0] + squares[1])
			/ (double)(tcav->sets * (tcav->sets - 1)));

	if (error > 0) {
		p = two_sided((mean - random) / error, 2 * tcav->sets - 2);
	} else if (mean < random || mean > random) {
		p = 0;
	}
	if (p > SIGNIFICANT) {
		host->warn(job, -1,
				"the scores of the concept (%.3g) do not differ from "
				"those "
				"of random pictures (%.3g, p = %.2g), so they say "
				"nothing; "
				"name more pictures with `concept` and `random`, or "
				"another "
				"layer",
				mean, random, p);
	}
	cnnviz_status status = artifact->scalar(job, "score", NULL, mean);

	if (status == CNNVIZ_OK) {
		status = artifact->scalar(job, "score_random", NULL, random);
	}
	if (status == CNNVIZ_OK) {
		status = artifact->scalar(job, "p_value", NULL, p);
	}
	return status != CNNVIZ_OK
			? status
			: artifact->scalar(job, "accuracy", NULL, tcav->accuracy);
}

static cnnviz_status emit_scores(const cnnviz_host *host, cnnviz_job *job,
		const struct tcav *tcav)
{
	static const char *const lines[] = { "concept", "random", NULL };
	const cnnviz_tensor_api *tensor = host->tensor;
	const int64_t shape[] = { tcav->sets, 2 };
	cnnviz_tensor *scores = NULL, *magnitudes = NULL;
	cnnviz_status status = tensor->create(job, 2, shape, &scores);

	if (status == CNNVIZ_OK) {
		status = tensor->create(job, 2, shape, &magnitudes);
	}
	for (int64_t k = 0; k < 2 * tcav->sets && status == CNNVIZ_OK; k++) {
		int64_t at = 2 * (k % tcav->sets) + k / tcav->sets;
		double pictures = (double)tcav->pictures;

		tensor->mutable_data(scores)[at] = (float)((double)tcav->raised[k]
				/ pictures);
		tensor->mutable_data(magnitudes)[at] = (float)(tcav->sums[k] / pictures);
	}
	if (status == CNNVIZ_OK) {
		status = emit_test(host, job, tcav, tensor->data(scores));
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->curve(job, "scores", NULL, scores, lines,
				"TCAV score");
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->array(job, "magnitudes", NULL, magnitudes,
				CNNVIZ_WHOLE);
	}
	tensor->unref(scores);
	tensor->unref(magnitudes);
	return status;
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	const struct tcav *tcav = host->job_data(job);
	cnnviz_tensor *vectors = NULL;
	cnnviz_status status;

	(void)batch;
	if (tcav->pictures == 0) {
		return host->fail(job, CNNVIZ_ERROR_INPUT,
				"there are no pictures to test; name some of the class "
				"with "
				"[input] images");
	}
	status = emit_scores(host, job, tcav);
	if (status == CNNVIZ_OK) {
		status = host->tensor->create(job, 2,
				(const int64_t[]){ tcav->sets, tcav->size }, &vectors);
	}
	if (status == CNNVIZ_OK) {
		memcpy(host->tensor->mutable_data(vectors), tcav->vectors,
				(size_t)(tcav->sets * tcav->size) * sizeof(float));
		status = host->artifact->array(job, "vectors", NULL, vectors,
				CNNVIZ_WHOLE);
	}
	host->tensor->unref(vectors);
	return status;
}

static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	int64_t concept = host->parameter->list_count(job, "concept");
	int64_t random = host->parameter->list_count(job, "random");
	int64_t sets = host->parameter->integer(job, "sets");

	if (concept < SAMPLES_MIN) {
		return host->fail(job, CNNVIZ_ERROR_INPUT,
				"`concept` names one picture, and what they have in "
				"common "
				"is seen in %d or more",
				SAMPLES_MIN);
	}
	return random / sets >= SAMPLES_MIN
			? CNNVIZ_OK
			: host->fail(job, CNNVIZ_ERROR_INPUT,
					"`random` names %lld pictures for %lld sets, and "
					"each needs %d or more; name at least %lld, or "
					"lower sets",
					(long long)random, (long long)sets, SAMPLES_MIN,
					(long long)(SAMPLES_MIN * sets));
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("tcav", "1.0"),
	.summary = "TCAV: whether a concept, given as pictures, raises the score of a "
		   "class",
	.description = "Finds the direction of a layer that tells pictures of a concept "
		       "from "
		       "random ones, and counts for how many pictures of [input] a step "
		       "that way raises the score of their target. With several sets of "
		       "random pictures, and a test against directions between these.",
	.reference = "Kim et al. 2017, Interpretability Beyond Feature Attribution: "
		     "Quantitative Testing with Concept Activation Vectors, "
		     "arXiv:1711.11279, section 3",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_ONCE,
	.run = run,
	.check = check,
	.asks = CNNVIZ_ASKS_LAYER_GRADIENTS,
	.family = CNNVIZ_FAMILY_CONCEPT,
	.create = create,
	.destroy = destroy,
	.prepare = prepare,
};

CNNVIZ_PLUGIN(technique)
