/**
 * \file    testing/test_library.c
 * \brief   The host for tests of techniques computes the mathematics of a network
 *
 * Linked only with the library, like an author's test.
 */
#include <math.h>
#include <string.h>

#include <cnnviz/test.h>

#include "support/cunit_main.h"
#include "support/host_tables.h"

#define H 4
#define W 5
#define INPUTS (2 * H * W)

static const cnnviz_tensor_api *tensors(void)
{
	return cnnviz_test_host.tensor;
}

/** Numbers without a pattern, -1..1 */
static void fill(float *values, int count, unsigned seed)
{
	for (int i = 0; i < count; i++) {
		seed = seed * 1103515245U + 12345U;
		values[i] = (float)(seed >> 16 & 0x7FFF) / 16384.0F - 1;
	}
}

static cnnviz_test_network *linear_network(float *weight)
{
	const cnnviz_test_layer layers[] = {
		{ "flat", "flatten", 0, 0, NULL, NULL },
		{ "logits", "linear", 3, 0, weight, NULL },
	};

	fill(weight, 3 * INPUTS, 7);
	return cnnviz_test_network_create(2, H, W, layers, 2);
}

static cnnviz_test_network *convolutional_network(void)
{
	static float first[3 * 2 * 9], bias[3], last[4 * 3];
	const cnnviz_test_layer layers[] = {
		{ "conv", "conv2d", 3, 3, first, bias },
		{ "relu", "relu", 0, 0, NULL, NULL },
		{ "mean", "global_mean", 0, 0, NULL, NULL },
		{ "flat", "flatten", 0, 0, NULL, NULL },
		{ "logits", "linear", 4, 0, last, NULL },
	};

	fill(first, 54, 1);
	fill(bias, 3, 2);
	fill(last, 12, 3);
	return cnnviz_test_network_create(2, H, W, layers, 5);
}

static cnnviz_tensor *some_input(int64_t count)
{
	const int64_t shape[] = { count, 2, H, W };
	cnnviz_tensor *input = cnnviz_test_tensor(4, shape, NULL);

	fill(tensors()->mutable_data(input), (int)count * INPUTS, 11);
	return input;
}

static void the_gradient_of_a_linear_network_is_its_weight(void)
{
	float weight[3 * INPUTS];
	cnnviz_test_network *network = linear_network(weight);
	cnnviz_tensor *input = some_input(2), *gradient = NULL;
	const int64_t targets[] = { 2, 0 };
	const cnnviz_batch batch = { sizeof(batch), 2, input, targets, NULL };
	cnnviz_job job = { .network = network };

	CU_ASSERT_EQUAL(cnnviz_test_host.pass->logit_gradient(&job, &batch,
					CNNVIZ_RULE_PLAIN, CNNVIZ_LAYER_INPUT, NULL,
					&gradient),
			CNNVIZ_OK);
	CU_ASSERT_EQUAL(memcmp(tensors()->data(gradient), weight + 2 * INPUTS,
					INPUTS * sizeof(float)),
			0);
	CU_ASSERT_EQUAL(memcmp(tensors()->data(gradient) + INPUTS, weight,
					INPUTS * sizeof(float)),
			0);
	tensors()->unref(gradient);
	tensors()->unref(input);
	cnnviz_test_network_free(network);
}

static void passes_agree_with_differences(void)
{
	cnnviz_test_network *network = convolutional_network();
	cnnviz_tensor *input = some_input(1), *gradient = NULL;
	double expected[INPUTS];

	for (int64_t target = 0; target < 4; target++) {
		const cnnviz_batch batch = { sizeof(batch), 1, input, &target, NULL };
		cnnviz_job job = { .network = network };
		double largest = 0;

		cnnviz_test_gradient(network, tensors()->data(input), target, expected);
		CU_ASSERT_EQUAL(cnnviz_test_host.pass->logit_gradient(&job, &batch,
						CNNVIZ_RULE_PLAIN, CNNVIZ_LAYER_INPUT,
						NULL, &gradient),
				CNNVIZ_OK);
		for (int i = 0; i < INPUTS; i++) {
			largest = fmax(largest, fabs(expected[i]));
			CU_ASSERT_DOUBLE_EQUAL(tensors()->data(gradient)[i], expected[i],
					1e-6);
		}
		CU_ASSERT(largest > 0.01);
		tensors()->unref(gradient);
	}
	tensors()->unref(input);
	cnnviz_test_network_free(network);
}

static void layers_have_names_shapes_and_activations(void)
{
	cnnviz_test_network *network = convolutional_network();
	const cnnviz_model_api *model = cnnviz_test_host.model;
	cnnviz_job job = { .network = network };
	cnnviz_tensor *input = some_input(1);
	const int32_t captures[] = { 1, 2 };
	cnnviz_pass *pass = NULL;
	int64_t shape[CNNVIZ_MAX_RANK];

	CU_ASSERT_EQUAL(model->layer_count(&job), 6);
	CU_ASSERT_EQUAL(model->find_layer(&job, "relu"), 2);
	CU_ASSERT_EQUAL(model->find_layer(&job, "gelu"), CNNVIZ_LAYER_NONE);
	CU_ASSERT_STRING_EQUAL(model->layer_operation(&job, 1), "conv2d");
	CU_ASSERT_EQUAL(model->layer_shape(&job, 1, shape), 3);
	CU_ASSERT(shape[0] == 3 && shape[1] == H && shape[2] == W);
	int32_t before = CNNVIZ_LAYER_NONE;
	double kernel[2] = { 0, 0 };
	cnnviz_tensor *offset = NULL;

	CU_ASSERT(model->layer_inputs(&job, 2, 1, &before) == 1 && before == 1);
	CU_ASSERT_EQUAL(model->layer_inputs(&job, 0, 0, NULL), 0);
	CU_ASSERT(model->layer_setting(&job, 1, "kernel", 2, kernel) == 2
			&& kernel[0] == 3 && kernel[1] == 3);
	CU_ASSERT_EQUAL(model->layer_setting(&job, 2, "kernel", 0, NULL), 0);
	CU_ASSERT_EQUAL(tensors()->count(model->layer_weight(&job, 1, CNNVIZ_WEIGHT)),
			3 * 2 * 3 * 3);
	CU_ASSERT_PTR_NULL(model->layer_weight(&job, 2, CNNVIZ_WEIGHT));
	CU_ASSERT_EQUAL(model->layer_offset(&job, 2, &offset), CNNVIZ_OK);
	CU_ASSERT_PTR_NULL(offset);
	CU_ASSERT_EQUAL(model->layer_offset(&job, 99, &offset), CNNVIZ_ERROR_PLUGIN);
	CU_ASSERT_EQUAL(model->class_count(&job), 4);
	CU_ASSERT_EQUAL(cnnviz_test_host.pass->forward(&job, input, 2, captures, &pass),
			CNNVIZ_OK);
	const float *linear = tensors()->data(cnnviz_test_host.pass->activation(pass, 1));
	const float *after = tensors()->data(cnnviz_test_host.pass->activation(pass, 2));
	for (int i = 0; i < 3 * H * W; i++) {
		CU_ASSERT_EQUAL(after[i], linear[i] > 0 ? linear[i] : 0);
	}
	CU_ASSERT_PTR_NULL(cnnviz_test_host.pass->activation(pass, 3));
	cnnviz_test_host.pass->unref(pass);
	tensors()->unref(input);
	cnnviz_test_network_free(network);
}

/** Behind the first relu, of its items in another order and one with a sign turned */
static void passes_start_at_a_layer(void)
{
	static const uint32_t items[] = { 1, 0, 1 };
	const cnnviz_pass_api *passes = cnnviz_test_host.pass;
	cnnviz_test_network *network = convolutional_network();
	cnnviz_job job = { .network = network };
	cnnviz_tensor *input = some_input(2), *gradient = NULL;
	const int32_t captures[] = { 2, CNNVIZ_LAYER_LOGITS };
	const int64_t shape[] = { 3, 3, H, W };
	cnnviz_tensor *variants = cnnviz_test_tensor(4, shape, NULL);
	float *values = tensors()->mutable_data(variants);
	cnnviz_pass *pass = NULL, *rest = NULL;

	CU_ASSERT_EQUAL_FATAL(passes->forward(&job, input, 2, captures, &pass),
			CNNVIZ_OK);
	const float *relu = tensors()->data(passes->activation(pass, 2));
	const float *logits = tensors()->data(passes->activation(pass, captures[1]));

	for (int i = 0; i < 3 * 3 * H * W; i++) {
		int v = i / (3 * H * W), rest_of = i % (3 * H * W);

		values[i] = relu[(int)items[v] * 3 * H * W + rest_of];
	}
	CU_ASSERT_EQUAL(cnnviz_test_host.model->side_layers(&job, 2, CNNVIZ_LAYER_LOGITS,
					0, NULL),
			0);
	CU_ASSERT_EQUAL_FATAL(passes->forward_from(&job, pass, 2, variants, items,
					      CNNVIZ_PASS_FORWARD_ONLY, 1, captures + 1,
					      &rest),
			CNNVIZ_OK);
	const cnnviz_tensor *found = passes->activation(rest, CNNVIZ_LAYER_LOGITS);

	for (int i = 0; i < 12; i++) {
		CU_ASSERT_DOUBLE_EQUAL(tensors()->data(found)[i],
				logits[(int)items[i / 4] * 4 + i % 4], 1e-6);
	}
	CU_ASSERT_EQUAL(passes->backward(&job, rest, CNNVIZ_RULE_PLAIN, 1, captures + 1,
					&found, 1, captures, &gradient),
			CNNVIZ_ERROR_PLUGIN);
	CU_ASSERT_PTR_NOT_NULL(strstr(job.failure_text, "CNNVIZ_PASS_FORWARD_ONLY"));
	CU_ASSERT_EQUAL(passes->forward_from(&job, pass, 2, variants, NULL, 0, 1,
					captures + 1, &rest),
			CNNVIZ_ERROR_PLUGIN);
	CU_ASSERT_PTR_NOT_NULL(strstr(job.failure_text, "which variant is of which"));
	passes->unref(rest);
	passes->unref(pass);
	tensors()->unref(variants);
	tensors()->unref(input);
	cnnviz_test_network_free(network);
	CU_ASSERT_EQUAL(cnnviz_test_live(), 0);
}

/** Behind a rectifier all is straight; what is not captured cannot be varied. */
static void second_derivatives_are_known(void)
{
	const cnnviz_pass_api *passes = cnnviz_test_host.pass;
	cnnviz_test_network *network = convolutional_network();
	cnnviz_job job = { .network = network };
	cnnviz_tensor *input = some_input(1), *gradient = NULL, *product = NULL;
	const int32_t captures[] = { 2, CNNVIZ_LAYER_LOGITS };
	cnnviz_pass *pass = NULL;

	CU_ASSERT_EQUAL_FATAL(passes->forward_only(&job, input, 2, captures, &pass),
			CNNVIZ_OK);
	const cnnviz_tensor *logits = passes->activation(pass, CNNVIZ_LAYER_LOGITS);
	const cnnviz_tensor *relu = passes->activation(pass, 2);

	CU_ASSERT_EQUAL(passes->backward(&job, pass, CNNVIZ_RULE_PLAIN, 1, captures + 1,
					&logits, 1, captures, &gradient),
			CNNVIZ_ERROR_PLUGIN);
	CU_ASSERT_PTR_NOT_NULL(strstr(job.failure_text, "CNNVIZ_PASS_FORWARD_ONLY"));
	CU_ASSERT_EQUAL_FATAL(passes->hessian_product(&job, pass, 2, 1, captures + 1,
					      &logits, relu, &product),
			CNNVIZ_OK);
	CU_ASSERT_EQUAL(tensors()->count(product), tensors()->count(relu));
	for (int64_t i = 0; i < tensors()->count(product); i++) {
		CU_ASSERT_DOUBLE_EQUAL(tensors()->data(product)[i], 0, 1e-6);
	}
	tensors()->unref(product);
	CU_ASSERT_EQUAL(passes->hessian_product(&job, pass, 1, 1, captures + 1, &logits,
					relu, &product),
			CNNVIZ_ERROR_PLUGIN);
	CU_ASSERT_EQUAL(passes->hessian_product(&job, pass, 2, 1, captures + 1, &logits,
					logits, &product),
			CNNVIZ_ERROR_PLUGIN);
	passes->unref(pass);
	tensors()->unref(input);
	cnnviz_test_network_free(network);
	CU_ASSERT_EQUAL(cnnviz_test_live(), 0);
}

/** A network of a test has no attention, and says so. */
static void there_are_no_attentions(void)
{
	const cnnviz_pass_api *passes = cnnviz_test_host.pass;
	cnnviz_test_network *network = convolutional_network();
	cnnviz_job job = { .network = network };
	cnnviz_tensor *input = some_input(1), *weights = NULL;
	const int32_t layer = 2, logits = CNNVIZ_LAYER_LOGITS;
	int64_t shape[CNNVIZ_MAX_RANK];
	cnnviz_pass *pass = NULL;

	CU_ASSERT_EQUAL(cnnviz_test_host.model->attention_shape(&job, layer, shape), 0);
	CU_ASSERT_EQUAL(cnnviz_test_host.model->attention_grid(&job, layer, shape), 0);
	CU_ASSERT_EQUAL_FATAL(passes->forward(&job, input, 1, &layer, &pass), CNNVIZ_OK);
	CU_ASSERT_EQUAL(passes->attention(&job, pass, layer, &weights),
			CNNVIZ_ERROR_PLUGIN);
	CU_ASSERT_PTR_NOT_NULL(strstr(job.failure_text, "is no attention"));
	CU_ASSERT_EQUAL(passes->attention_gradients(&job, pass, 1, &logits, NULL, 1,
					&layer, &weights),
			CNNVIZ_ERROR_PLUGIN);
	CU_ASSERT_PTR_NULL(weights);
	passes->unref(pass);
	tensors()->unref(input);
	cnnviz_test_network_free(network);
	CU_ASSERT_EQUAL(cnnviz_test_live(), 0);
}

/** The first logit of the network in use */
static float first_logit(cnnviz_job *job)
{
	const int32_t layer = CNNVIZ_LAYER_LOGITS;
	cnnviz_tensor *input = some_input(1);
	cnnviz_pass *pass = NULL;

	CU_ASSERT_EQUAL_FATAL(cnnviz_test_host.pass->forward_only(job, input, 1, &layer,
					      &pass),
			CNNVIZ_OK);
	float found = tensors()->data(cnnviz_test_host.pass->activation(pass, layer))[0];

	cnnviz_test_host.pass->unref(pass);
	tensors()->unref(input);
	return found;
}

static void other_networks_may_be_used(void)
{
	const cnnviz_model_api *model = cnnviz_test_host.model;
	cnnviz_test_network *network = convolutional_network();
	const struct cnnviz_test_networks others[] = { { "other", network },
		{ NULL, NULL } };
	cnnviz_job job = { .network = network, .networks = others };
	cnnviz_network *changed = NULL;
	cnnviz_random *random = NULL;
	float own = first_logit(&job);
	size_t before = cnnviz_test_live();

	for (uint32_t change = 0; change <= CNNVIZ_PERTURB_CASCADE; change++) {
		cnnviz_test_host.random->create(&job, change, &random);
		CU_ASSERT_EQUAL_FATAL(model->perturbed(&job, change, 1, 0.5, random,
						      &changed),
				CNNVIZ_OK);
		model->use(&job, changed);
		CU_ASSERT_NOT_EQUAL(first_logit(&job), own);
		model->use(&job, NULL);
		CU_ASSERT_EQUAL(first_logit(&job), own);
		model->unref(changed);
		cnnviz_test_host.random->unref(random);
	}
	CU_ASSERT_EQUAL(model->perturbed(&job, CNNVIZ_PERTURB_NOISE, 0, 1, NULL,
					&changed),
			CNNVIZ_ERROR_PLUGIN);
	CU_ASSERT_EQUAL(model->open(&job, "another", &changed), CNNVIZ_ERROR_PLUGIN);
	CU_ASSERT_EQUAL_FATAL(model->open(&job, "other", &changed), CNNVIZ_OK);
	CU_ASSERT_EQUAL(cnnviz_test_live(), before + 1);
	model->use(&job, changed);
	CU_ASSERT_EQUAL(first_logit(&job), own);
	model->unref(changed);
	cnnviz_test_network_free(network);
	CU_ASSERT_EQUAL(cnnviz_test_live(), 0);
}

static void what_does_not_fit_is_reported(void)
{
	static const cnnviz_test_layer unknown[] = { { "a", "gelu", 0, 0, NULL, NULL } };
	static const cnnviz_test_layer unfit[] = { { "a", "max_pool2d", 0, 9, NULL,
			NULL } };
	cnnviz_test_network *network = convolutional_network();
	cnnviz_job job = { .network = network };
	const int64_t shape[] = { 1, 2, H, W + 1 };
	cnnviz_tensor *input = cnnviz_test_tensor(4, shape, NULL);
	const int32_t layer = 1;
	cnnviz_pass *pass = NULL;

	CU_ASSERT_PTR_NULL(cnnviz_test_network_create(2, H, W, unknown, 1));
	CU_ASSERT_PTR_NULL(cnnviz_test_network_create(2, H, W, unfit, 1));
	CU_ASSERT_EQUAL(cnnviz_test_host.pass->forward(&job, input, 1, &layer, &pass),
			CNNVIZ_ERROR_PLUGIN);
	CU_ASSERT_PTR_NOT_NULL(strstr(job.failure_text, "whose shape is not"));
	tensors()->unref(input);
	cnnviz_test_network_free(network);
}

static void memory_and_patience_can_be_made_short(void)
{
	const int64_t shape[] = { 2 };
	cnnviz_job job = { .cancel_at = 3 };

	cnnviz_test_limit_tensors(1);
	cnnviz_tensor *one = NULL, *two = NULL;
	CU_ASSERT_EQUAL(tensors()->create(&job, 1, shape, &one), CNNVIZ_OK);
	CU_ASSERT_EQUAL(tensors()->create(&job, 1, shape, &two), CNNVIZ_ERROR_MEMORY);
	CU_ASSERT_PTR_NULL(two);
	CU_ASSERT_EQUAL(job.failure, CNNVIZ_ERROR_MEMORY);
	CU_ASSERT_PTR_NOT_NULL(strstr(job.failure_text, "out of memory"));
	cnnviz_test_limit_tensors(-1);
	tensors()->unref(one);
	CU_ASSERT_FALSE(cnnviz_test_host.canceled(&job));
	CU_ASSERT_FALSE(cnnviz_test_host.canceled(&job));
	CU_ASSERT_TRUE(cnnviz_test_host.canceled(&job));
	CU_ASSERT_TRUE(cnnviz_test_host.canceled(&job));
}

static void handles_are_counted(void)
{
	const int64_t shape[] = { 1, 2, H, W };
	const int32_t layer = 1;
	cnnviz_test_network *network = convolutional_network();
	cnnviz_job job = { .network = network };
	size_t before = cnnviz_test_live();
	cnnviz_tensor *input = cnnviz_test_tensor(4, shape, NULL);
	cnnviz_random *random = NULL;
	cnnviz_pass *pass = NULL;

	CU_ASSERT_EQUAL(cnnviz_test_host.random->create(&job, 0, &random), CNNVIZ_OK);
	CU_ASSERT_EQUAL(cnnviz_test_live(), before + 2);
	cnnviz_test_host.pass->forward(&job, input, 1, &layer, &pass);
	/* The pass and the activation that it holds */
	CU_ASSERT_EQUAL(cnnviz_test_live(), before + 4);
	cnnviz_test_host.pass->unref(pass);
	cnnviz_test_host.random->unref(random);
	tensors()->unref(input);
	CU_ASSERT_EQUAL(cnnviz_test_live(), before);
	cnnviz_test_network_free(network);
}

static void animations_keep_their_last_frame(void)
{
	const int64_t shape[] = { 1, 1, 1 };
	const float values[] = { 0.25F, 0.75F };
	cnnviz_job job = { 0 };

	for (int i = 0; i < 2; i++) {
		cnnviz_tensor *frame = cnnviz_test_tensor(3, shape, values + i);

		cnnviz_test_host.artifact->frame(&job, "film", NULL, frame, CNNVIZ_WHOLE);
		tensors()->unref(frame);
	}
	const struct cnnviz_test_artifact *film = cnnviz_test_find(&job, "film");
	CU_ASSERT_PTR_NOT_NULL_FATAL(film);
	CU_ASSERT_EQUAL(film->frames, 2);
	CU_ASSERT_EQUAL(tensors()->data(film->tensor)[0], 0.75F);
	CU_ASSERT_PTR_NULL(cnnviz_test_find(&job, "fil"));
	cnnviz_test_forget(&job);
	CU_ASSERT_EQUAL(cnnviz_test_live(), 0);
}

static void tell(const char *table, size_t member)
{
	printf("\n    %s: member %zu is missing\n", table, member);
}

static void the_host_has_all_services(void)
{
	CU_ASSERT_EQUAL(host_tables_missing(&cnnviz_test_host, tell), 0);
}

static void say_nothing(const char *table, size_t member)
{
	(void)table;
	(void)member;
}

static void a_service_that_is_missing_is_noticed(void)
{
	cnnviz_image_api images = *cnnviz_test_host.image;
	cnnviz_host host = cnnviz_test_host;

	host.image = &images;
	CU_ASSERT_EQUAL(host_tables_missing(&host, say_nothing), 0);
	images.restore = NULL;
	CU_ASSERT_EQUAL(host_tables_missing(&host, say_nothing), 1);
	images.struct_size = offsetof(cnnviz_image_api, restore);
	CU_ASSERT_EQUAL(host_tables_missing(&host, say_nothing), 2);
}

/** Objectives of logits: by their values and by differences of these */
static void check_objective(cnnviz_status (*objective)(cnnviz_job *,
					    const cnnviz_tensor *, const int64_t *,
					    double *, cnnviz_tensor **),
		uint32_t rank, const int64_t *shape, const float *logits, int64_t target,
		double expected)
{
	const double step = 1.0 / 256;
	cnnviz_tensor *tensor = cnnviz_test_tensor(rank, shape, logits), *seed = NULL;
	cnnviz_job job = { 0 };
	double value;

	CU_ASSERT_EQUAL_FATAL(objective(&job, tensor, &target, &value, &seed), CNNVIZ_OK);
	CU_ASSERT_DOUBLE_EQUAL(value, expected, 1e-6);
	for (int64_t i = 0; i < tensors()->count(tensor); i++) {
		float *place = tensors()->mutable_data(tensor) + i, before = *place;
		cnnviz_tensor *unused = NULL;
		double above, below;

		*place = before + (float)step;
		objective(&job, tensor, &target, &above, &unused);
		tensors()->unref(unused);
		*place = before - (float)step;
		objective(&job, tensor, &target, &below, &unused);
		tensors()->unref(unused);
		*place = before;
		CU_ASSERT_DOUBLE_EQUAL(tensors()->data(seed)[i],
				(above - below) / (2 * step), 1e-4);
	}
	tensors()->unref(seed);
	tensors()->unref(tensor);
}

static void objectives_of_logits_are_what_they_say(void)
{
	const cnnviz_objective_api *objective = cnnviz_test_host.objective;
	const int64_t shape[] = { 1, 3 };
	const float logits[] = { 1, 3, 2 };
	const double sum = exp(1) + exp(3) + exp(2);

	check_objective(objective->logit, 2, shape, logits, 2, 2);
	check_objective(objective->probability, 2, shape, logits, 2, exp(2) / sum);
	check_objective(objective->log_probability, 2, shape, logits, 2, 2 - log(sum));
}

static void maps_of_classes_count_where_the_class_is_the_best(void)
{
	const cnnviz_objective_api *objective = cnnviz_test_host.objective;
	const int64_t shape[] = { 1, 2, 1, 3 };
	/* Class 1 is the best one in the first two of three places, and nowhere in others */
	const float some[] = { 0, 0, 5, 2, 3, 1 }, none[] = { 4, 5, 6, 1, 2, 3 };
	const double first = 1 / (1 + exp(-2)), second = 1 / (1 + exp(-3));
	const double third = 1 / (1 + exp(3));

	check_objective(objective->logit, 4, shape, some, 1, 5);
	check_objective(objective->logit, 4, shape, none, 1, 6);
	check_objective(objective->probability, 4, shape, some, 1, (first + second) / 2);
	check_objective(objective->log_probability, 4, shape, some, 1,
			(log(first) + log(second)) / 2);
	check_objective(objective->probability, 4, shape, none, 1, third);
}

static void batches_are_asked_for_their_targets(void)
{
	const int64_t shape[] = { 2, 3 }, targets[] = { 1, 0 };
	const float logits[] = { 1, 3, 2, 6, 5, 4 };
	cnnviz_tensor *tensor = cnnviz_test_tensor(2, shape, logits), *seed = NULL;
	const cnnviz_batch batch = { .struct_size = sizeof(batch),
		.count = 2,
		.targets = targets };
	cnnviz_job job = { 0 };
	double values[2];

	CU_ASSERT_EQUAL_FATAL(cnnviz_test_host.objective->batch_logit(&job, &batch,
					      tensor, values, &seed),
			CNNVIZ_OK);
	CU_ASSERT(values[0] == 3 && values[1] == 6);
	for (int i = 0; i < 6; i++) {
		CU_ASSERT_EQUAL(tensors()->data(seed)[i], i == 1 || i == 3);
	}
	tensors()->unref(seed);
	tensors()->unref(tensor);
}

static void views_are_restored_to_the_size_of_the_original(void)
{
	const int64_t shape[] = { 1, 1, 2, 1 };
	const float halves[] = { 0.25F, 0.75F };
	cnnviz_tensor *view = cnnviz_test_tensor(4, shape, halves);
	cnnviz_tensor *original = NULL, *restored = NULL;
	cnnviz_job job = { 0 };

	CU_ASSERT_EQUAL_FATAL(cnnviz_test_host.image->original(&job, 0, &original),
			CNNVIZ_OK);
	CU_ASSERT_EQUAL_FATAL(cnnviz_test_host.image->restore(&job, 0, view,
					      CNNVIZ_FILTER_NEAREST, &restored),
			CNNVIZ_OK);
	const int64_t *size = tensors()->shape(restored);
	CU_ASSERT(size[1] == 1 && size[2] == tensors()->shape(original)[2]
			&& size[3] == tensors()->shape(original)[3]);
	for (int64_t i = 0; i < size[2] * size[3]; i++) {
		CU_ASSERT_EQUAL(tensors()->data(restored)[i],
				halves[i / size[3] >= size[2] / 2]);
	}
	tensors()->unref(view);
	tensors()->unref(original);
	tensors()->unref(restored);
}

static void scalars_about_maps_are_kept_for_each_item(void)
{
	cnnviz_job job = { 0 };

	CU_ASSERT_EQUAL(cnnviz_test_host.artifact->map_scalar(&job, 0, "error", 0.5),
			CNNVIZ_OK);
	CU_ASSERT_EQUAL(cnnviz_test_host.artifact->map_scalar(&job, 2, "error", 1.5),
			CNNVIZ_OK);
	const struct cnnviz_test_artifact *scalar = cnnviz_test_find(&job, "error-2");
	CU_ASSERT_PTR_NOT_NULL_FATAL(scalar);
	CU_ASSERT(scalar->type == CNNVIZ_ARTIFACT_SCALAR && scalar->value == 1.5);
	CU_ASSERT_PTR_NULL(cnnviz_test_find(&job, "error-1"));
	cnnviz_test_forget(&job);
}

static void each_item_has_a_channel_of_its_own(void)
{
	const int64_t shape[] = { 2, 2, 1, 2 }, channels[] = { 1, 0 };
	const float numbers[] = { 1, 2, 3, 5, 7, 8, 9, 10 };
	cnnviz_tensor *tensor = cnnviz_test_tensor(4, shape, numbers), *seed = NULL;
	cnnviz_job job = { 0 };
	double values[2];

	CU_ASSERT_EQUAL_FATAL(cnnviz_test_host.objective->channel_means(&job, tensor,
					      channels, values, &seed),
			CNNVIZ_OK);
	CU_ASSERT(values[0] == 4 && values[1] == 7.5);
	for (int i = 0; i < 8; i++) {
		CU_ASSERT_EQUAL(tensors()->data(seed)[i], i >= 2 && i < 6 ? 0.5F : 0);
	}
	tensors()->unref(seed);
	tensors()->unref(tensor);
}

static void probabilities_are_those_of_the_objectives(void)
{
	const int64_t shape[] = { 1, 3 }, target = 2;
	const float logits[] = { 1, 3, 2 };
	cnnviz_tensor *tensor = cnnviz_test_tensor(2, shape, logits);
	cnnviz_tensor *all = NULL, *seed = NULL;
	cnnviz_job job = { 0 };
	double value;

	CU_ASSERT_EQUAL_FATAL(cnnviz_test_host.objective->probabilities(&job, tensor,
					      &all),
			CNNVIZ_OK);
	CU_ASSERT_EQUAL_FATAL(cnnviz_test_host.objective->probability(&job, tensor,
					      &target, &value, &seed),
			CNNVIZ_OK);
	CU_ASSERT_DOUBLE_EQUAL(tensors()->data(all)[2], value, 1e-7);
	tensors()->unref(seed);
	tensors()->unref(all);
	tensors()->unref(tensor);
}

static void blurs_differ_in_what_lies_beyond_the_edge(void)
{
	const int64_t shape[] = { 1, 1, 1, 3 };
	const float line[] = { 0, 0, 1 };
	cnnviz_tensor *tensor = cnnviz_test_tensor(4, shape, line), *blurred = NULL;
	cnnviz_job job = { 0 };
	double sums[2];

	for (uint32_t edge = CNNVIZ_EDGE_REPEAT; edge <= CNNVIZ_EDGE_MIRROR; edge++) {
		CU_ASSERT_EQUAL_FATAL(cnnviz_test_host.image->blur(&job, tensor, 0.8,
						      edge, &blurred),
				CNNVIZ_OK);
		const float *values = tensors()->data(blurred);

		sums[edge] = (double)values[0] + values[1] + values[2];
		CU_ASSERT(values[0] < values[1] && values[1] < values[2]
				&& values[2] < 1);
		tensors()->unref(blurred);
	}
	/* A line that is mirrored keeps its sum, one whose end is repeated gains. */
	CU_ASSERT_DOUBLE_EQUAL(sums[CNNVIZ_EDGE_MIRROR], 1, 1e-6);
	CU_ASSERT(sums[CNNVIZ_EDGE_REPEAT] > 1.01);
	tensors()->unref(tensor);
}

static void artifacts_are_items_under_names_with_suffixes(void)
{
	const cnnviz_artifact_api *artifact = cnnviz_test_host.artifact;
	const int64_t shape[] = { 2, 1, 1, 2 };
	const float numbers[] = { 0, 0.25F, 0.5F, 0.75F };
	cnnviz_tensor *batch = cnnviz_test_tensor(4, shape, numbers);
	cnnviz_job job = { 0 };

	CU_ASSERT_EQUAL(artifact->image(&job, "picture", "a/b", batch, 1), CNNVIZ_OK);
	CU_ASSERT_EQUAL(artifact->image(&job, "picture", NULL, batch, 2),
			CNNVIZ_ERROR_PLUGIN);
	const struct cnnviz_test_artifact *kept = cnnviz_test_find(&job, "picture-a_b");

	CU_ASSERT_PTR_NOT_NULL_FATAL(kept);
	CU_ASSERT_EQUAL(tensors()->rank(kept->tensor), 3);
	CU_ASSERT_EQUAL(tensors()->data(kept->tensor)[1], 0.75F);
	CU_ASSERT_EQUAL(job.artifact_count, 1);
	for (uint32_t item = 0; item < 2; item++) {
		CU_ASSERT_EQUAL(artifact->array(&job, "part", NULL, batch, item),
				CNNVIZ_OK);
	}
	for (uint32_t item = 0; item < 2; item++) {
		kept = cnnviz_test_find_item(&job, "part", item);
		CU_ASSERT_PTR_NOT_NULL_FATAL(kept);
		CU_ASSERT_EQUAL(tensors()->data(kept->tensor)[0], numbers[2 * item]);
	}
	CU_ASSERT_PTR_NULL(cnnviz_test_find_item(&job, "part", 2));
	CU_ASSERT_PTR_NULL(cnnviz_test_find_item(&job, "part", CNNVIZ_WHOLE));
	tensors()->unref(batch);
	cnnviz_test_forget(&job);
	CU_ASSERT_EQUAL(cnnviz_test_live(), 0);
}

static void too_many_artifacts_are_refused(void)
{
	cnnviz_job job = { 0 };

	for (int i = 0; i < CNNVIZ_TEST_ARTIFACTS_MAX; i++) {
		CU_ASSERT_EQUAL(cnnviz_test_host.artifact->scalar(&job, "size", NULL, i),
				CNNVIZ_OK);
	}
	CU_ASSERT_NOT_EQUAL(cnnviz_test_host.artifact->scalar(&job, "size", NULL, 0),
			CNNVIZ_OK);
	cnnviz_test_forget(&job);
}

/** Two captures, to be told apart by what their seeds are */
static cnnviz_status look_twice(const cnnviz_host *host, cnnviz_job *job, void *context,
		const cnnviz_pass *pass, uint32_t count, const uint32_t *items,
		double *values, cnnviz_tensor **seeds)
{
	const int32_t *layers = context;
	cnnviz_status status = host->objective->channel_mean(job,
			host->pass->activation(pass, layers[0]), 0, NULL, &seeds[0]);

	(void)count;
	(void)items;
	return status != CNNVIZ_OK
			? status
			: host->objective->half_squared_norm(job,
					host->pass->activation(pass, layers[1]), values,
					&seeds[1]);
}

static void objectives_may_look_at_several_layers_of_a_network(void)
{
	cnnviz_test_network *network = convolutional_network();
	cnnviz_tensor *start = some_input(2);
	int32_t layers[] = { 2, CNNVIZ_LAYER_INPUT };
	cnnviz_job job = { .network = network };
	cnnviz_optimization recipe;
	cnnviz_optimized result = { .struct_size = sizeof(result) };
	double expected = 0;

	cnnviz_test_host.optimize->defaults(&recipe, sizeof(recipe));
	CU_ASSERT(recipe.norm_exponent == 6 && recipe.variation_exponent == 2);
	recipe.count = 2;
	recipe.objective = look_twice;
	recipe.context = layers;
	recipe.captures = layers;
	recipe.capture_count = 2;
	recipe.start_images = start;
	CU_ASSERT_EQUAL(cnnviz_test_host.optimize->run(&job, &recipe, &result),
			CNNVIZ_OK);
	for (int i = 0; i < INPUTS; i++) {
		expected += pow((double)tensors()->data(start)[INPUTS + i], 2) / 2;
	}
	CU_ASSERT_DOUBLE_EQUAL(job.values_found[1], expected, 1e-6);
	CU_ASSERT_EQUAL(tensors()->shape(job.seed)[1], 3);
	CU_ASSERT_EQUAL(job.passes, 0);
	tensors()->unref(result.image);
	tensors()->unref(result.input);
	tensors()->unref(result.values);
	tensors()->unref(start);
	cnnviz_test_forget(&job);
	cnnviz_test_network_free(network);
	CU_ASSERT_EQUAL(cnnviz_test_live(), 0);
}

/** What is wrong with a transformation, if anything */
enum wrong { RIGHT, HALVED, TURNED, FORGETFUL, ENDLESS, WITHOUT_TENSOR, FAILING };

/** x_i + x_{i - 1}^2 / 2: neither linear nor its own transpose */
static cnnviz_status trail(const cnnviz_host *host, cnnviz_job *job, void *context,
		const cnnviz_optimize_draw *draw, const cnnviz_tensor *input,
		cnnviz_tensor **transformed)
{
	cnnviz_status status = host->tensor->create(job, 4, host->tensor->shape(input),
			transformed);
	const float *x = host->tensor->data(input);

	CU_ASSERT(draw->numbers[0] >= 0 && draw->numbers[1] < 1);
	for (int64_t i = 0; status == CNNVIZ_OK && i < host->tensor->count(input); i++) {
		float before = i > 0 ? x[i - 1] : 0;

		host->tensor->mutable_data(*transformed)[i] = *(enum wrong *)context
						== ENDLESS
				? INFINITY
				: x[i] + before * before / 2;
	}
	return status;
}

static cnnviz_status trail_back(const cnnviz_host *host, cnnviz_job *job, void *context,
		const cnnviz_optimize_draw *draw, const cnnviz_tensor *input,
		const cnnviz_tensor *gradient, cnnviz_tensor **pulled)
{
	const float *x = host->tensor->data(input), *y = host->tensor->data(gradient);
	int64_t count = host->tensor->count(input);
	enum wrong wrong = *(enum wrong *)context;

	(void)draw;
	if (wrong == WITHOUT_TENSOR) {
		return CNNVIZ_OK;
	}
	if (wrong == FAILING) {
		return host->fail(job, CNNVIZ_ERROR_INPUT, "no way back");
	}
	cnnviz_status status = host->tensor->create(job, 4, host->tensor->shape(input),
			pulled);

	for (int64_t i = 0; status == CNNVIZ_OK && i < count; i++) {
		float after = i + 1 < count ? y[i + 1] : 0;

		if (wrong == TURNED) {
			after = i > 0 ? y[i - 1] : 0;
		}
		host->tensor->mutable_data(*pulled)[i] = wrong == FORGETFUL
						&& i + 1 == count
				? 0
				: y[i] + x[i] * after * (wrong == HALVED ? 0.5F : 1);
	}
	return status;
}

/** Run an optimization with such a transformation. */
static cnnviz_status transform(cnnviz_job *job, enum wrong wrong, const char *name)
{
	cnnviz_test_network *network = convolutional_network();
	int32_t layers[] = { 2, CNNVIZ_LAYER_INPUT };
	const cnnviz_transformation trailing = {
		.struct_size = sizeof(trailing),
		.number_count = 2,
		.name = name,
		.context = &wrong,
		.apply = trail,
		.pull_back = trail_back,
	};
	const cnnviz_transformation *const transformations[] = { &trailing };
	cnnviz_optimized result = { .struct_size = sizeof(result) };
	cnnviz_optimization recipe;

	job->network = network;
	cnnviz_test_host.optimize->defaults(&recipe, sizeof(recipe));
	recipe.objective = look_twice;
	recipe.context = layers;
	recipe.captures = layers;
	recipe.capture_count = 2;
	recipe.transformations = transformations;
	recipe.transformation_count = 1;
	cnnviz_status status = cnnviz_test_host.optimize->run(job, &recipe, &result);

	tensors()->unref(result.image);
	tensors()->unref(result.input);
	tensors()->unref(result.values);
	cnnviz_test_forget(job);
	cnnviz_test_network_free(network);
	CU_ASSERT_EQUAL(cnnviz_test_live(), 0);
	return status;
}

static void transformations_pull_gradients_back(void)
{
	static const struct {
		enum wrong wrong;
		cnnviz_status status;
		const char *said;
	} cases[] = {
		{ HALVED, CNNVIZ_ERROR_PLUGIN,
				"the transformation \"trailing\" pulls gradients back "
				"wrongly" },
		{ TURNED, CNNVIZ_ERROR_PLUGIN, "\"trailing\" pulls gradients back" },
		{ FORGETFUL, CNNVIZ_ERROR_PLUGIN, "\"trailing\" pulls gradients back" },
		{ ENDLESS, CNNVIZ_ERROR_PLUGIN,
				"\"trailing\" gives values that are not finite" },
		{ WITHOUT_TENSOR, CNNVIZ_ERROR_PLUGIN,
				"pull_back() of the transformation \"trailing\" "
				"returned no tensor" },
		{ FAILING, CNNVIZ_ERROR_INPUT, "no way back" },
	};
	cnnviz_job good = { 0 }, nameless = { 0 };

	CU_ASSERT_EQUAL(transform(&good, RIGHT, "trailing"), CNNVIZ_OK);
	CU_ASSERT_EQUAL(good.optimizations, 1);
	CU_ASSERT_EQUAL(transform(&nameless, RIGHT, NULL), CNNVIZ_ERROR_PLUGIN);
	CU_ASSERT_PTR_NOT_NULL(strstr(nameless.failure_text, "without a name"));
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cnnviz_job job = { 0 };

		CU_ASSERT_EQUAL(transform(&job, cases[i].wrong, "trailing"),
				cases[i].status);
		CU_ASSERT_EQUAL(job.failure, cases[i].status);
		CU_ASSERT_PTR_NOT_NULL(strstr(job.failure_text, cases[i].said));
	}
}

static void a_job_has_data_a_batch_and_sets_of_pictures(void)
{
	const int64_t shape[] = { 3, 1, 2, 2 };
	float values[12];
	int data = 5;
	cnnviz_tensor *inputs = NULL;

	fill(values, 12, 4);
	cnnviz_tensor *set = cnnviz_test_tensor(4, shape, values);
	const struct cnnviz_test_pictures pictures[] = { { "concept", set },
		{ NULL, NULL } };
	cnnviz_job job = { .data = &data, .batch = 7, .pictures = pictures },
		   plain = { 0 };

	CU_ASSERT_PTR_EQUAL(cnnviz_test_host.job_data(&job), &data);
	CU_ASSERT_EQUAL(cnnviz_test_host.model->batch(&job), 7);
	CU_ASSERT_EQUAL(cnnviz_test_host.model->batch(&plain), 1);
	CU_ASSERT_EQUAL(cnnviz_test_host.image->read_inputs(&job, "concept", 1, 2,
					&inputs),
			CNNVIZ_OK);
	CU_ASSERT_PTR_NOT_NULL_FATAL(inputs);
	CU_ASSERT_EQUAL(tensors()->shape(inputs)[0], 2);
	CU_ASSERT_EQUAL(memcmp(tensors()->data(inputs), values + 4, 8 * sizeof(float)),
			0);
	tensors()->unref(inputs);
	CU_ASSERT_EQUAL(cnnviz_test_host.image->read_inputs(&job, "concept", 2, 2,
					&inputs),
			CNNVIZ_ERROR_PLUGIN);
	CU_ASSERT_EQUAL(cnnviz_test_host.image->read_inputs(&job, "other", 0, 1, &inputs),
			CNNVIZ_ERROR_PLUGIN);
	tensors()->unref(set);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "a job has data, a batch and sets of pictures",
				a_job_has_data_a_batch_and_sets_of_pictures },
		{ "the host has all services", the_host_has_all_services },
		{ "a service that is missing is noticed",
				a_service_that_is_missing_is_noticed },
		{ "the gradient of a linear network is its weight",
				the_gradient_of_a_linear_network_is_its_weight },
		{ "passes agree with differences", passes_agree_with_differences },
		{ "layers have names, shapes and activations",
				layers_have_names_shapes_and_activations },
		{ "passes start at a layer", passes_start_at_a_layer },
		{ "second derivatives are known", second_derivatives_are_known },
		{ "there are no attentions", there_are_no_attentions },
		{ "other networks may be used", other_networks_may_be_used },
		{ "what does not fit is reported", what_does_not_fit_is_reported },
		{ "memory and patience can be made short",
				memory_and_patience_can_be_made_short },
		{ "handles are counted", handles_are_counted },
		{ "animations keep their last frame", animations_keep_their_last_frame },
		{ "objectives of logits are what they say",
				objectives_of_logits_are_what_they_say },
		{ "maps of classes count where the class is the best",
				maps_of_classes_count_where_the_class_is_the_best },
		{ "batches are asked for their targets",
				batches_are_asked_for_their_targets },
		{ "views are restored to the size of the original",
				views_are_restored_to_the_size_of_the_original },
		{ "scalars about maps are kept for each item",
				scalars_about_maps_are_kept_for_each_item },
		{ "each item has a channel of its own",
				each_item_has_a_channel_of_its_own },
		{ "probabilities are those of the objectives",
				probabilities_are_those_of_the_objectives },
		{ "blurs differ in what lies beyond the edge",
				blurs_differ_in_what_lies_beyond_the_edge },
		{ "artifacts are items under names with suffixes",
				artifacts_are_items_under_names_with_suffixes },
		{ "too many artifacts are refused", too_many_artifacts_are_refused },
		{ "objectives may look at several layers of a network",
				objectives_may_look_at_several_layers_of_a_network },
		{ "transformations pull gradients back",
				transformations_pull_gradients_back },
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "test host", NULL, NULL, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
