/*
 * Objectives: the seed equals the gradient of the sum of the values by central
 * differences.
 */
#include <math.h>
#include <string.h>

#include "base/tensor.h"
#include "host/job.h"
#include "host/objective.h"
#include "support/cunit_main.h"

/* A session whose network gives one score for each class, not a map */
static struct graph_node logits_node = { .shape = { .rank = 1, .extent = { 5 } } };
static struct graph flat_graph = { .nodes = &logits_node };
static struct model flat_model = { .graph = &flat_graph };
static const struct plan flat_plan = { .model = &flat_model };
static struct session flat_session = { .plan = &flat_plan };
static const struct plan_job plain_job;

/* One whose classes do not exclude one another */
static struct graph label_graph = {
	.nodes = &logits_node,
	.activation = ACTIVATION_SIGMOID,
};
static struct model label_model = { .graph = &label_graph };
static const struct plan label_plan = { .model = &label_model };
static struct session label_session = { .plan = &label_plan };

/* One whose network gives maps, and a region of three of their six places */
static struct graph_node map_node = { .shape = { .rank = 3, .extent = { 4, 2, 3 } } };
static struct graph dense_graph = { .nodes = &map_node };
static struct model dense_model = { .graph = &dense_graph };
static unsigned char mask_pixels[] = { 255, 0, 0, 255, 255, 0 };
static struct image mask = { .width = 3,
	.height = 2,
	.channels = 1,
	.pixels = mask_pixels };
static const struct plan dense_plan = {
	.model = &dense_model,
	.size = { 2, 3 },
	.region = { .kind = REGION_MASK, .mask = &mask },
};
static struct session dense_session = { .plan = &dense_plan };

typedef cnnviz_status (*objective)(cnnviz_job *job, const cnnviz_tensor *activation,
		double *values, cnnviz_tensor **seed);

static const int64_t targets[] = { 2, 0 };

static cnnviz_status logit(cnnviz_job *job, const cnnviz_tensor *activation,
		double *values, cnnviz_tensor **seed)
{
	return objective_services.logit(job, activation, targets, values, seed);
}

static cnnviz_status probability(cnnviz_job *job, const cnnviz_tensor *activation,
		double *values, cnnviz_tensor **seed)
{
	return objective_services.probability(job, activation, targets, values, seed);
}

static cnnviz_status log_probability(cnnviz_job *job, const cnnviz_tensor *activation,
		double *values, cnnviz_tensor **seed)
{
	return objective_services.log_probability(job, activation, targets, values, seed);
}

/** Of the targets as a batch's: one call for all its items */
static cnnviz_status batch_probability(cnnviz_job *job, const cnnviz_tensor *activation,
		double *values, cnnviz_tensor **seed)
{
	static const uint64_t streams[] = { 0, 1 };
	const cnnviz_batch batch = {
		.struct_size = sizeof(batch),
		.count = 2,
		.targets = targets,
		.streams = streams,
	};

	return objective_services.batch_probability(job, &batch, activation, values,
			seed);
}

static const int64_t negations[] = { CNNVIZ_NOT(2), CNNVIZ_NOT(0) };

static cnnviz_status not_logit(cnnviz_job *job, const cnnviz_tensor *activation,
		double *values, cnnviz_tensor **seed)
{
	return objective_services.logit(job, activation, negations, values, seed);
}

static cnnviz_status not_probability(cnnviz_job *job, const cnnviz_tensor *activation,
		double *values, cnnviz_tensor **seed)
{
	return objective_services.probability(job, activation, negations, values, seed);
}

static cnnviz_status not_log_probability(cnnviz_job *job, const cnnviz_tensor *activation,
		double *values, cnnviz_tensor **seed)
{
	return objective_services.log_probability(job, activation, negations, values,
			seed);
}

static cnnviz_status channel_mean(cnnviz_job *job, const cnnviz_tensor *activation,
		double *values, cnnviz_tensor **seed)
{
	return objective_services.channel_mean(job, activation, 1, values, seed);
}

/** Another channel for each item */
static cnnviz_status channel_means(cnnviz_job *job, const cnnviz_tensor *activation,
		double *values, cnnviz_tensor **seed)
{
	return objective_services.channel_means(job, activation, targets, values, seed);
}

static cnnviz_status half_squared_norm(cnnviz_job *job, const cnnviz_tensor *activation,
		double *values, cnnviz_tensor **seed)
{
	return objective_services.half_squared_norm(job, activation, values, seed);
}

static const float reference_values[] = { 0.5F, -1, 2, 0.25F, 1.5F, -0.75F, 3, 1, -2,
	0.5F };

/** To features for each item */
static cnnviz_status similarity(cnnviz_job *job, const cnnviz_tensor *activation,
		double *values, cnnviz_tensor **seed)
{
	const int64_t shape[] = { 2, 5 };
	cnnviz_tensor *reference = tensor_wrap(2, shape, reference_values, NULL, NULL);
	cnnviz_status status = objective_services.similarity(job, activation, reference,
			values, seed);

	tensor_unref(reference);
	return status;
}

/** To one item's features */
static cnnviz_status one_similarity(cnnviz_job *job, const cnnviz_tensor *activation,
		double *values, cnnviz_tensor **seed)
{
	const int64_t shape[] = { 1, 2, 1, 3 };
	cnnviz_tensor *reference = tensor_wrap(4, shape, reference_values, NULL, NULL);
	cnnviz_status status = objective_services.similarity(job, activation, reference,
			values, seed);

	tensor_unref(reference);
	return status;
}

static const struct {
	objective compute;
	uint32_t rank;
	int64_t shape[4];
	struct session *session;
} rows[] = {
	{ logit, 2, { 2, 4 }, &flat_session },
	{ probability, 2, { 2, 4 }, &flat_session },
	{ log_probability, 2, { 2, 4 }, &flat_session },
	{ batch_probability, 2, { 2, 4 }, &flat_session },
	{ batch_probability, 4, { 2, 4, 2, 3 }, &dense_session },
	{ logit, 4, { 2, 4, 2, 3 }, &dense_session },
	{ probability, 4, { 2, 4, 2, 3 }, &dense_session },
	{ log_probability, 4, { 2, 4, 2, 3 }, &dense_session },
	{ not_logit, 2, { 2, 4 }, &flat_session },
	{ not_probability, 2, { 2, 4 }, &flat_session },
	{ not_log_probability, 2, { 2, 4 }, &flat_session },
	{ not_logit, 4, { 2, 4, 2, 3 }, &dense_session },
	{ not_probability, 4, { 2, 4, 2, 3 }, &dense_session },
	{ not_log_probability, 4, { 2, 4, 2, 3 }, &dense_session },
	{ probability, 2, { 2, 4 }, &label_session },
	{ log_probability, 2, { 2, 4 }, &label_session },
	{ not_probability, 2, { 2, 4 }, &label_session },
	{ not_log_probability, 2, { 2, 4 }, &label_session },
	{ channel_mean, 4, { 2, 3, 2, 5 }, &flat_session },
	{ channel_mean, 2, { 2, 3 }, &flat_session },
	{ channel_means, 4, { 2, 3, 2, 5 }, &flat_session },
	{ channel_means, 2, { 2, 3 }, &flat_session },
	{ half_squared_norm, 4, { 2, 2, 3, 2 }, &flat_session },
	{ half_squared_norm, 2, { 2, 5 }, &flat_session },
	{ similarity, 2, { 2, 5 }, &flat_session },
	{ one_similarity, 4, { 2, 2, 1, 3 }, &flat_session },
};

static double sum_of_values(objective compute, cnnviz_job *job,
		const cnnviz_tensor *activation)
{
	double values[2] = { NAN, NAN };
	cnnviz_tensor *seed = NULL;

	CU_ASSERT_EQUAL_FATAL(compute(job, activation, values, &seed), CNNVIZ_OK);
	tensor_unref(seed);
	return values[0] + values[1];
}

/** Without a seed the values are the same, and without values nothing is written. */
static void check_values_alone(objective compute, cnnviz_job *job,
		const cnnviz_tensor *activation)
{
	double values[2] = { NAN, NAN }, alone[2] = { NAN, NAN };
	size_t live = tensor_live_count();
	cnnviz_tensor *seed = NULL;

	CU_ASSERT_EQUAL_FATAL(compute(job, activation, values, &seed), CNNVIZ_OK);
	tensor_unref(seed);
	CU_ASSERT_EQUAL(compute(job, activation, alone, NULL), CNNVIZ_OK);
	CU_ASSERT_EQUAL(memcmp(values, alone, sizeof(values)), 0);
	CU_ASSERT_EQUAL(compute(job, activation, NULL, NULL), CNNVIZ_OK);
	CU_ASSERT_EQUAL(tensor_live_count(), live);
}

static void check_row(objective compute, uint32_t rank, const int64_t *shape,
		struct session *session)
{
	struct job_fault fault = { 0 };
	struct cnnviz_job job = {
		.session = session,
		.plan = &plain_job,
		.fault = &fault,
	};
	cnnviz_tensor *activation = tensor_create(rank, shape);
	cnnviz_tensor *seed = NULL;
	float *data = tensor_mutable_data(activation);
	const float step = 0x1p-10f;

	for (int64_t i = 0; i < tensor_count(activation); i++) {
		data[i] = (float)sin(3.0 * (double)i + 1);
	}
	check_values_alone(compute, &job, activation);
	CU_ASSERT_EQUAL_FATAL(compute(&job, activation, NULL, &seed), CNNVIZ_OK);
	CU_ASSERT_FATAL(tensor_same_shape(seed, activation));
	for (int64_t i = 0; i < tensor_count(activation); i++) {
		float middle = data[i], right = middle + step, left = middle - step;

		data[i] = right;
		double high = sum_of_values(compute, &job, activation);
		data[i] = left;
		double low = sum_of_values(compute, &job, activation);
		data[i] = middle;
		double slope = (high - low) / ((double)right - left);
		CU_ASSERT(fabs(slope - tensor_data(seed)[i]) < 2e-5);
	}
	tensor_unref(seed);
	tensor_unref(activation);
}

static void test_seeds_are_the_slopes_of_the_values(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_row(rows[i].compute, rows[i].rank, rows[i].shape, rows[i].session);
	}
}

static void test_large_logits_keep_probabilities_finite(void)
{
	struct job_fault fault = { 0 };
	struct cnnviz_job job = {
		.session = &flat_session,
		.plan = &plain_job,
		.fault = &fault,
	};
	cnnviz_tensor *logits = tensor_create(2, (const int64_t[]){ 1, 3 });
	cnnviz_tensor *seed = NULL;
	const int64_t target = 1;
	double value = NAN;

	tensor_mutable_data(logits)[0] = 3e38f;
	tensor_mutable_data(logits)[1] = 3e38f;
	CU_ASSERT_EQUAL_FATAL(objective_services.probability(&job, logits, &target,
					      &value, &seed),
			CNNVIZ_OK);
	CU_ASSERT_DOUBLE_EQUAL(value, 0.5, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(tensor_data(seed)[1], 0.25, 1e-7);
	tensor_unref(seed);
	tensor_unref(logits);
}

static void test_what_is_outside_of_a_region_does_not_count(void)
{
	struct job_fault fault = { 0 };
	struct cnnviz_job job = {
		.session = &dense_session,
		.plan = &plain_job,
		.fault = &fault,
	};
	cnnviz_tensor *logits = tensor_create(4, (const int64_t[]){ 1, 4, 2, 3 });
	cnnviz_tensor *seed = NULL;
	const int64_t target = 2;
	double value = NAN;

	for (int64_t i = 0; i < tensor_count(logits); i++) {
		tensor_mutable_data(logits)[i] = (float)i;
	}
	CU_ASSERT_EQUAL_FATAL(objective_services.logit(&job, logits, &target, &value,
					      &seed),
			CNNVIZ_OK);
	CU_ASSERT_EQUAL(value, 12 + 15 + 16);
	for (int64_t i = 0; i < tensor_count(seed); i++) {
		CU_ASSERT_EQUAL(tensor_data(seed)[i], i == 12 || i == 15 || i == 16);
	}
	tensor_unref(seed);
	tensor_unref(logits);
}

/** Where the probability itself is 0 in double precision */
static void test_the_logarithm_of_a_tiny_probability_has_a_gradient(void)
{
	struct job_fault fault = { 0 };
	struct cnnviz_job job = {
		.session = &flat_session,
		.plan = &plain_job,
		.fault = &fault,
	};
	cnnviz_tensor *logits = tensor_create(2, (const int64_t[]){ 1, 3 });
	cnnviz_tensor *seed = NULL;
	const int64_t target = 1;
	double value = NAN;

	tensor_mutable_data(logits)[0] = 1000;
	CU_ASSERT_EQUAL_FATAL(objective_services.log_probability(&job, logits, &target,
					      &value, &seed),
			CNNVIZ_OK);
	CU_ASSERT_DOUBLE_EQUAL(value, -1000, 1e-12);
	CU_ASSERT_EQUAL(tensor_data(seed)[0], -1);
	CU_ASSERT_EQUAL(tensor_data(seed)[1], 1);
	CU_ASSERT_EQUAL(tensor_data(seed)[2], 0);
	tensor_unref(seed);
	tensor_unref(logits);
}

/** probabilities() against the definition */
static void check_probabilities(struct cnnviz_job *job, const cnnviz_tensor *logits)
{
	const int64_t *shape = tensor_shape(logits);
	int64_t area = tensor_count(logits) / (shape[0] * shape[1]);
	cnnviz_tensor *all = NULL;

	CU_ASSERT_EQUAL_FATAL(objective_services.probabilities(job, logits, &all),
			CNNVIZ_OK);
	CU_ASSERT_FATAL(tensor_same_shape(all, logits));
	for (int64_t i = 0; i < shape[0] * area; i++) {
		int64_t first = i / area * shape[1] * area + i % area;
		double sum = 0, exponentials = 0;

		for (int64_t c = 0; c < shape[1]; c++) {
			sum += tensor_data(all)[first + c * area];
			exponentials += exp(tensor_data(logits)[first + c * area]);
		}
		CU_ASSERT_DOUBLE_EQUAL(sum, 1, 1e-6);
		for (int64_t c = 0; c < shape[1]; c++) {
			int64_t at = first + c * area;

			CU_ASSERT_DOUBLE_EQUAL(tensor_data(all)[at],
					exp(tensor_data(logits)[at]) / exponentials,
					1e-7);
		}
	}
	tensor_unref(all);
}

static void test_probabilities_are_over_the_classes_of_each_position(void)
{
	struct job_fault fault = { 0 };
	struct cnnviz_job job = {
		.session = &flat_session,
		.plan = &plain_job,
		.fault = &fault,
	};
	const int64_t shape[] = { 2, 4, 2, 3 };

	for (uint32_t rank = 2; rank <= 4; rank += 2) {
		cnnviz_tensor *logits = tensor_create(rank, shape);

		for (int64_t i = 0; i < tensor_count(logits); i++) {
			tensor_mutable_data(logits)[i] = (float)sin(3.0 * (double)i + 1);
		}
		check_probabilities(&job, logits);
		tensor_unref(logits);
	}
}

static double value_of(objective compute, cnnviz_job *job, const cnnviz_tensor *logits)
{
	double values[2] = { NAN, NAN };
	cnnviz_tensor *seed = NULL;

	CU_ASSERT_EQUAL_FATAL(compute(job, logits, values, &seed), CNNVIZ_OK);
	tensor_unref(seed);
	return values[0];
}

static void test_a_class_and_its_negation_add_up(void)
{
	struct session *const sessions[] = { &flat_session, &label_session };
	cnnviz_tensor *logits = tensor_create(2, (const int64_t[]){ 2, 3 });

	tensor_mutable_data(logits)[0] = 1;
	tensor_mutable_data(logits)[2] = -2;
	for (size_t i = 0; i < 2; i++) {
		struct job_fault fault = { 0 };
		struct cnnviz_job job = {
			.session = sessions[i],
			.plan = &plain_job,
			.fault = &fault,
		};
		double p = exp(-2) / (i == 0 ? exp(1) + 1 + exp(-2) : 1 + exp(-2));

		CU_ASSERT_EQUAL(value_of(not_logit, &job, logits), 2);
		CU_ASSERT_DOUBLE_EQUAL(value_of(probability, &job, logits), p, 1e-12);
		CU_ASSERT_DOUBLE_EQUAL(value_of(not_probability, &job, logits), 1 - p,
				1e-12);
		CU_ASSERT_DOUBLE_EQUAL(value_of(not_log_probability, &job, logits),
				log(1 - p), 1e-12);
	}
	tensor_unref(logits);
}

/** 1 - p is 0 in double precision; its logarithm and the gradient of that are not */
static void test_a_negation_that_is_unlikely_has_a_gradient(void)
{
	struct session *const sessions[] = { &flat_session, &label_session };
	const double logarithms[] = { M_LN2 - 1000, -1000 };
	const float gradients[][3] = { { 0.5F, 0.5F, -1 }, { 0, 0, -1 } };
	cnnviz_tensor *logits = tensor_create(2, (const int64_t[]){ 2, 3 });

	tensor_mutable_data(logits)[2] = 1000;
	for (size_t i = 0; i < 2; i++) {
		struct job_fault fault = { 0 };
		struct cnnviz_job job = {
			.session = sessions[i],
			.plan = &plain_job,
			.fault = &fault,
		};
		cnnviz_tensor *seed = NULL;
		double values[2];

		CU_ASSERT_EQUAL_FATAL(not_log_probability(&job, logits, values, &seed),
				CNNVIZ_OK);
		CU_ASSERT_DOUBLE_EQUAL(values[0], logarithms[i], 1e-9);
		for (int c = 0; c < 3; c++) {
			CU_ASSERT_EQUAL(tensor_data(seed)[c], gradients[i][c]);
		}
		tensor_unref(seed);
	}
	tensor_unref(logits);
}

static void test_what_does_not_exist_is_refused(void)
{
	struct job_fault fault = { 0 };
	struct cnnviz_job job = {
		.session = &flat_session,
		.plan = &plain_job,
		.fault = &fault,
	};
	cnnviz_tensor *logits = tensor_create(2, (const int64_t[]){ 1, 3 });
	cnnviz_tensor *seed = NULL;
	const int64_t beyond = 3, below = -1, not_beyond = CNNVIZ_NOT(3);
	cnnviz_tensor *cube = tensor_create(3, (const int64_t[]){ 1, 3, 2 });

	CU_ASSERT_NOT_EQUAL(objective_services.logit(&job, logits, &beyond, NULL, &seed),
			CNNVIZ_OK);
	CU_ASSERT_NOT_EQUAL(objective_services.probability(&job, logits, &below, NULL,
					    &seed),
			CNNVIZ_OK);
	CU_ASSERT_NOT_EQUAL(objective_services.logit(&job, logits, &not_beyond, NULL,
					    &seed),
			CNNVIZ_OK);
	CU_ASSERT_NOT_EQUAL(objective_services.channel_mean(&job, logits, 3, NULL, &seed),
			CNNVIZ_OK);
	CU_ASSERT_EQUAL(objective_services.channel_means(&job, logits, &beyond, NULL,
					&seed),
			CNNVIZ_ERROR_INPUT);
	CU_ASSERT_EQUAL(objective_services.channel_means(&job, logits, NULL, NULL, &seed),
			CNNVIZ_ERROR_PLUGIN);
	CU_ASSERT_EQUAL(objective_services.probabilities(&job, cube, &seed),
			CNNVIZ_ERROR_PLUGIN);
	CU_ASSERT_PTR_NULL(seed);
	tensor_unref(cube);
	CU_ASSERT_NOT_EQUAL(fault.error.text[0], '\0');
	tensor_unref(logits);
}

static CU_TestInfo tests[] = {
	{ "seeds are the slopes of the values", test_seeds_are_the_slopes_of_the_values },
	{ "what is outside of a region does not count",
			test_what_is_outside_of_a_region_does_not_count },
	{ "large logits keep probabilities finite",
			test_large_logits_keep_probabilities_finite },
	{ "the logarithm of a tiny probability has a gradient",
			test_the_logarithm_of_a_tiny_probability_has_a_gradient },
	{ "probabilities are over the classes of each position",
			test_probabilities_are_over_the_classes_of_each_position },
	{ "a class and its negation add up", test_a_class_and_its_negation_add_up },
	{ "a negation that is unlikely has a gradient",
			test_a_negation_that_is_unlikely_has_a_gradient },
	{ "what does not exist is refused", test_what_does_not_exist_is_refused },
	CU_TEST_INFO_NULL,
};

static CU_SuiteInfo suites[] = {
	{ "objectives", NULL, NULL, NULL, NULL, tests },
	CU_SUITE_INFO_NULL,
};

int main(void)
{
	return cunit_run(suites);
}
