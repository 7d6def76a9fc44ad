/**
 * \file    plugins/test_techniques.c
 * \brief   The results of the gradient techniques, on numbers computed by hand
 *
 * Each test runs a built plugin with a mock host that returns given activations and
 * gradients, and compares the maps with those of the paper's formula.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "plugin/registry.h"
#include "support/cunit_main.h"
#include "support/mock_host.h"

static struct registry *registry;

static int load_plugins(void)
{
	const char *build = getenv("top_builddir");
	char *folder = memory_format("%s/plugins", build != NULL ? build : ".");

	registry = registry_load((char *[]){ folder, NULL });
	free(folder);
	for (size_t i = 0; i < registry->count; i++) {
		if (registry_use(registry, &registry->plugins[i], NULL) != CNNVIZ_OK) {
			return 1;
		}
	}
	return registry->refused_count > 0;
}

static int free_plugins(void)
{
	registry_free(registry);
	return tensor_live_count() != 0;
}

/* ---- Tools ----------------------------------------------------------------- */

static cnnviz_tensor *tensor_of(int64_t n, int64_t c, int64_t h, int64_t w,
		const float *values)
{
	cnnviz_tensor *tensor = tensor_create(4, (const int64_t[]){ n, c, h, w });

	memcpy(tensor_mutable_data(tensor), values,
			(size_t)(n * c * h * w) * sizeof(float));
	return tensor;
}

static cnnviz_status attribute(const char *name, cnnviz_job *job, uint32_t count,
		cnnviz_tensor **maps)
{
	static const int64_t targets[] = { 0, 1, 2, 3 };
	const struct plugin *plugin = registry_find(registry, name);
	cnnviz_batch batch = {
		.struct_size = sizeof(batch),
		.count = count,
		.inputs = job->inputs,
		.targets = targets,
	};

	*maps = NULL;
	if (plugin == NULL) {
		CU_FAIL("the plugin is missing");
		return CNNVIZ_ERROR_INPUT;
	}
	return plugin->technique.attribute(&mock_host, job, &batch, maps);
}

/** Equal in shape, and in values up to float's rounding */
static bool tensor_equals(const cnnviz_tensor *tensor, int64_t n, int64_t c, int64_t h,
		int64_t w, const float *values)
{
	const int64_t shape[] = { n, c, h, w };

	if (tensor == NULL || tensor_rank(tensor) != 4
			|| memcmp(tensor_shape(tensor), shape, sizeof(shape)) != 0) {
		return false;
	}
	for (int64_t i = 0; i < tensor_count(tensor); i++) {
		if (!(fabsf(tensor_data(tensor)[i] - values[i]) <= 1e-6F)) {
			return false;
		}
	}
	return true;
}

static bool same_bytes(const float *a, const float *b, size_t count)
{
	return memcmp(a, b, count * sizeof(*a)) == 0;
}

/* ---- Gradients by the picture ---------------------------------------------- */

/* Two pictures of 3 channels and 1x2 pixels */
static const float gradients[] = {
	1,
	-2,
	-3,
	0.5F,
	2,
	2,
	0,
	-1,
	0,
	4,
	0,
	-7,
};

static void vanilla_bp_is_the_plain_gradient_of_the_input(void)
{
	cnnviz_tensor *gradient = tensor_of(2, 3, 1, 2, gradients);
	cnnviz_tensor *maps;
	cnnviz_job job = { .gradient = gradient, .rule = 99, .layer = 99 };

	CU_ASSERT_EQUAL(attribute("vanilla_bp", &job, 2, &maps), CNNVIZ_OK);
	CU_ASSERT_EQUAL(job.rule, CNNVIZ_RULE_PLAIN);
	CU_ASSERT_EQUAL(job.layer, CNNVIZ_LAYER_INPUT);
	CU_ASSERT_EQUAL(job.passes, 1);
	CU_ASSERT_TRUE(tensor_equals(maps, 2, 3, 1, 2, gradients));
	tensor_unref(maps);
	tensor_unref(gradient);
}

static void guided_bp_takes_the_rule_that_its_parameter_names(void)
{
	static const struct {
		const char *word;
		uint32_t rule;
	} cases[] = {
		{ "guided", CNNVIZ_RULE_GUIDED },
		{ "deconvnet", CNNVIZ_RULE_DECONVNET },
	};
	const struct plugin *plugin = registry_find(registry, "guided_bp");

	CU_ASSERT_PTR_NOT_NULL_FATAL(plugin);
	CU_ASSERT_STRING_EQUAL(plugin->parameters[0].default_value, "guided");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct mock_value values[] = {
			{ .name = "rule", .integer = (int64_t)i },
			{ .name = NULL },
		};
		cnnviz_tensor *gradient = tensor_of(2, 3, 1, 2, gradients);
		cnnviz_tensor *maps;
		cnnviz_job job = { .gradient = gradient, .values = values, .layer = 99 };

		CU_ASSERT_STRING_EQUAL(plugin->parameters[0].choices[i], cases[i].word);
		CU_ASSERT_EQUAL(attribute("guided_bp", &job, 2, &maps), CNNVIZ_OK);
		CU_ASSERT_EQUAL(job.rule, cases[i].rule);
		CU_ASSERT_EQUAL(job.layer, CNNVIZ_LAYER_INPUT);
		CU_ASSERT_TRUE(tensor_equals(maps, 2, 3, 1, 2, gradients));
		tensor_unref(maps);
		tensor_unref(gradient);
	}
}

static void saliency_is_the_largest_magnitude_over_channels(void)
{
	/* |1| |-3| |2|; |-2| |0.5| |2|; 0 0 0; |-1| |4| |-7| */
	static const float expected[] = { 3, 2, 0, 7 };
	cnnviz_tensor *gradient = tensor_of(2, 3, 1, 2, gradients);
	cnnviz_tensor *maps;
	cnnviz_job job = { .gradient = gradient, .rule = 99, .layer = 99 };

	CU_ASSERT_EQUAL(attribute("saliency", &job, 2, &maps), CNNVIZ_OK);
	CU_ASSERT_EQUAL(job.rule, CNNVIZ_RULE_PLAIN);
	CU_ASSERT_EQUAL(job.layer, CNNVIZ_LAYER_INPUT);
	CU_ASSERT_TRUE(tensor_equals(maps, 2, 1, 1, 2, expected));
	tensor_unref(maps);
	tensor_unref(gradient);
}

static void saliency_does_not_hide_nan(void)
{
	static const float broken[] = { 1, NAN, 2, NAN, 1, 3 };
	cnnviz_tensor *gradient = tensor_of(1, 3, 1, 2, broken);
	cnnviz_tensor *maps;
	cnnviz_job job = { .gradient = gradient };

	CU_ASSERT_EQUAL(attribute("saliency", &job, 1, &maps), CNNVIZ_OK);
	CU_ASSERT_EQUAL(tensor_data(maps)[0], 2);
	CU_ASSERT_TRUE(isnan(tensor_data(maps)[1]));
	tensor_unref(maps);
	tensor_unref(gradient);
}

/* ---- Grad-CAM -------------------------------------------------------------- */

#define CAM_JOB(a, g) \
	{ \
		.values = cam_values, .activation = (a), .gradient = (g), \
		.layer_shape = { 2, 2, 2 }, .layer_rank = 3 \
	}

static const struct mock_value cam_values[] = {
	{ .name = "layer", .integer = 12, .text = "features.12", .count = 1 },
	{ .name = NULL },
};

/* Four pictures; a layer of 2 channels and 2x2 places */
static const float activations[] = {
	1, 2, 3, 4, 0, 1, 1, 0, /* cat */
	1, 1, 2, 1, 3, 0, 1, 1, /* dog */
	5, 5, 5, 5, 1, 1, 1, 1, /* eel */
	1, 0, 0, 1, 0, 2, 2, 0, /* fox */
};
static const float layer_gradients[] = {
	1, 0, 0, 1, -2, -2, -2, -2,  /* alpha 0.5, -2 */
	-1, -1, -1, -1, -4, 0, 0, 0, /* alpha -1, -1 */
	0, 0, 0, 0, 0, 0, 0, 0,      /* alpha 0, 0 */
	2, 2, 2, 2, 1, 0, 0, 0,      /* alpha 2, 0.25 */
};
/*
 * cat: 0.5 A^0 - 2 A^1 = 0.5, -1, -0.5, 2, rectified; dog: negative everywhere;
 * eel: zero gradient; fox: 2 A^0 + 0.25 A^1.
 */
static const float cams[] = {
	0.5F,
	0,
	0,
	2,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	2,
	0.5F,
	0.5F,
	2,
};

static void grad_cam_is_the_rectified_weighted_sum(void)
{
	cnnviz_tensor *activation = tensor_of(4, 2, 2, 2, activations);
	cnnviz_tensor *gradient = tensor_of(4, 2, 2, 2, layer_gradients);
	cnnviz_tensor *maps;
	cnnviz_job job = CAM_JOB(activation, gradient);

	CU_ASSERT_EQUAL(attribute("grad_cam", &job, 4, &maps), CNNVIZ_OK);
	CU_ASSERT_EQUAL(job.rule, CNNVIZ_RULE_PLAIN);
	CU_ASSERT_EQUAL(job.layer, 12);
	CU_ASSERT_TRUE(tensor_equals(maps, 4, 1, 2, 2, cams));
	tensor_unref(maps);
	tensor_unref(activation);
	tensor_unref(gradient);
}

static void grad_cam_warns_of_a_sum_that_is_positive_nowhere(void)
{
	cnnviz_tensor *activation = tensor_of(4, 2, 2, 2, activations);
	cnnviz_tensor *gradient = tensor_of(4, 2, 2, 2, layer_gradients);
	cnnviz_tensor *maps;
	cnnviz_job job = CAM_JOB(activation, gradient);

	CU_ASSERT_EQUAL(attribute("grad_cam", &job, 4, &maps), CNNVIZ_OK);
	/* Only the dog: of the eel's zero gradient the pass service warns. */
	CU_ASSERT_EQUAL(job.warning_count, 1);
	CU_ASSERT_EQUAL(job.warned_item[0], 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(job.warning[0], "\"dog\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(job.warning[0], "\"features.12\""));
	tensor_unref(maps);
	tensor_unref(activation);
	tensor_unref(gradient);
}

static void grad_cam_of_a_batch_equals_that_of_each_picture(void)
{
	for (size_t n = 0; n < 4; n++) {
		cnnviz_tensor *activation = tensor_of(1, 2, 2, 2, activations + 8 * n);
		cnnviz_tensor *gradient = tensor_of(1, 2, 2, 2, layer_gradients + 8 * n);
		cnnviz_tensor *maps;
		cnnviz_job job = CAM_JOB(activation, gradient);

		CU_ASSERT_EQUAL(attribute("grad_cam", &job, 1, &maps), CNNVIZ_OK);
		CU_ASSERT_TRUE(same_bytes(tensor_data(maps), cams + 4 * n, 4));
		tensor_unref(maps);
		tensor_unref(activation);
		tensor_unref(gradient);
	}
}

/** What Grad-CAM says to a job before anything is computed */
static cnnviz_status check_grad_cam(cnnviz_job *job)
{
	const struct plugin *plugin = registry_find(registry, "grad_cam");

	if (plugin == NULL || plugin->technique.check == NULL) {
		CU_FAIL("the plugin is missing, or checks nothing");
		return CNNVIZ_OK;
	}
	return plugin->technique.check(&mock_host, job);
}

static void grad_cam_refuses_a_layer_without_space(void)
{
	static const struct {
		uint32_t rank;
		int64_t shape[3];
	} cases[] = {
		{ 0, { 0 } },         /* no such layer */
		{ 1, { 1000 } },      /* a linear layer */
		{ 3, { 512, 1, 1 } }, /* after global pooling */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cnnviz_job job = CAM_JOB(NULL, NULL);

		memcpy(job.layer_shape, cases[i].shape, sizeof(cases[i].shape));
		job.layer_rank = cases[i].rank;
		CU_ASSERT_EQUAL(check_grad_cam(&job), CNNVIZ_ERROR_INPUT);
		CU_ASSERT_EQUAL(job.failure, CNNVIZ_ERROR_INPUT);
		CU_ASSERT_PTR_NOT_NULL(strstr(job.failure_text, "\"features.12\""));
		CU_ASSERT_EQUAL(job.passes, 0);
	}
}

static void grad_cam_takes_a_layer_of_one_row(void)
{
	static const float row[] = { 1, 3 };
	static const float ones[] = { 1, 1 };
	cnnviz_tensor *activation = tensor_of(1, 1, 1, 2, row);
	cnnviz_tensor *gradient = tensor_of(1, 1, 1, 2, ones);
	cnnviz_tensor *maps;
	cnnviz_job job = CAM_JOB(activation, gradient);

	memcpy(job.layer_shape, (const int64_t[]){ 1, 1, 2 }, 3 * sizeof(int64_t));
	CU_ASSERT_EQUAL(check_grad_cam(&job), CNNVIZ_OK);
	CU_ASSERT_EQUAL(attribute("grad_cam", &job, 1, &maps), CNNVIZ_OK);
	CU_ASSERT_TRUE(tensor_equals(maps, 1, 1, 1, 2, row));
	tensor_unref(maps);
	tensor_unref(activation);
	tensor_unref(gradient);
}

/* ---- Guided Grad-CAM ------------------------------------------------------- */

static const struct mock_value product_values[] = {
	{ .name = "cam", .text = "where" },
	{ .name = "gradient", .text = "what" },
	{ .name = "cam_upsample", .integer = CNNVIZ_FILTER_BICUBIC },
	{ .name = NULL },
};

/** Multiply CAMs (n,1,1,2) and gradients (n,2,1,4); compare with expected maps. */
static void check_product(int64_t n, const float *cam, const float *gradient,
		const float *expected, cnnviz_job *job)
{
	cnnviz_tensor *cam_maps = tensor_of(n, 1, 1, 2, cam);
	cnnviz_tensor *gradient_maps = tensor_of(n, 2, 1, 4, gradient);
	const struct mock_maps jobs[] = {
		{ "cam", cam_maps },
		{ "gradient", gradient_maps },
		{ NULL, NULL },
	};
	cnnviz_tensor *inputs = tensor_create(4, (const int64_t[]){ n, 3, 1, 4 });
	cnnviz_tensor *maps;

	job->inputs = inputs;
	job->values = product_values;
	job->maps = jobs;
	CU_ASSERT_EQUAL(attribute("guided_grad_cam", job, (uint32_t)n, &maps), CNNVIZ_OK);
	CU_ASSERT_TRUE(tensor_equals(maps, n, 2, 1, 4, expected));
	/* What came from the other jobs belongs to them. */
	CU_ASSERT_TRUE(tensor_equals(cam_maps, n, 1, 1, 2, cam));
	CU_ASSERT_TRUE(tensor_equals(gradient_maps, n, 2, 1, 4, gradient));
	tensor_unref(maps);
	tensor_unref(cam_maps);
	tensor_unref(gradient_maps);
	tensor_unref(inputs);
	job->inputs = NULL;
	job->maps = NULL;
}

static const float detail[] = {
	1,
	-1,
	2,
	-2,
	4,
	3,
	-4,
	-3,
	1,
	1,
	1,
	1,
	-1,
	-1,
	-1,
	-1,
};

static void guided_grad_cam_weights_the_gradient_by_the_scaled_cam(void)
{
	/* Each item by its own maximum: 2/8, 8/8 and 0/5, 5/5 */
	static const float cam[] = { 2, 8, 0, 5 };
	static const float expected[] = {
		0.25F,
		-0.25F,
		2,
		-2,
		1,
		0.75F,
		-4,
		-3,
		0,
		0,
		1,
		1,
		0,
		0,
		-1,
		-1,
	};
	cnnviz_job job = { .passes = 0 };

	check_product(2, cam, detail, expected, &job);
	CU_ASSERT_EQUAL(job.filter, CNNVIZ_FILTER_BICUBIC);
	CU_ASSERT_EQUAL(job.warning_count, 0);
	CU_ASSERT_EQUAL(job.passes, 0);
}

static void guided_grad_cam_keeps_the_gradient_under_a_constant_cam(void)
{
	static const float cam[] = { 3, 3 };
	cnnviz_job job = { .passes = 0 };

	check_product(1, cam, detail, detail, &job);
	CU_ASSERT_EQUAL(job.warning_count, 0);
}

static void guided_grad_cam_of_a_zero_cam_is_zero_and_warned_of(void)
{
	static const float cam[] = { 1, 1, 0, 0 };
	static const float expected[] = {
		1,
		-1,
		2,
		-2,
		4,
		3,
		-4,
		-3,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
	};
	cnnviz_job job = { .passes = 0 };

	check_product(2, cam, detail, expected, &job);
	CU_ASSERT_EQUAL(job.warning_count, 1);
	CU_ASSERT_EQUAL(job.warned_item[0], 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(job.warning[0], "\"where\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(job.warning[0], "\"dog\""));
}

static void guided_grad_cam_takes_tiny_cams(void)
{
	/* Subnormal: 1/max overflows, the quotient does not. */
	static const float cam[] = { 0x1p-140F, 0x1p-139F };
	static const float expected[] = { 0.5F, -0.5F, 2, -2, 2, 1.5F, -4, -3 };
	cnnviz_job job = { .passes = 0 };

	check_product(1, cam, detail, expected, &job);
}

static void guided_grad_cam_takes_negative_places_as_zero(void)
{
	static const float cam[] = { -9, 2 };
	static const float expected[] = { 0, 0, 2, -2, 0, 0, -4, -3 };
	cnnviz_job job = { .passes = 0 };

	check_product(1, cam, detail, expected, &job);
}

static void guided_grad_cam_refuses_a_cam_of_several_channels(void)
{
	cnnviz_tensor *signed_maps = tensor_of(1, 2, 1, 4, detail);
	const struct mock_maps jobs[] = {
		{ "cam", signed_maps },
		{ "gradient", signed_maps },
		{ NULL, NULL },
	};
	cnnviz_tensor *maps;
	cnnviz_job job = {
		.inputs = signed_maps,
		.values = product_values,
		.maps = jobs,
	};

	CU_ASSERT_EQUAL(attribute("guided_grad_cam", &job, 1, &maps), CNNVIZ_ERROR_INPUT);
	CU_ASSERT_PTR_NOT_NULL(strstr(job.failure_text, "\"where\""));
	CU_ASSERT_PTR_NULL(maps);
	tensor_unref(signed_maps);
}

static void guided_grad_cam_refuses_a_gradient_of_another_size(void)
{
	static const float zeros[64];
	cnnviz_tensor *cam = tensor_of(1, 1, 1, 2, cams);
	cnnviz_tensor *inputs = tensor_of(1, 1, 8, 6, zeros);
	const struct mock_maps jobs[] = {
		{ "cam", cam },
		{ "gradient", cam },
		{ NULL, NULL },
	};
	cnnviz_tensor *maps;
	cnnviz_job job = { .inputs = inputs, .values = product_values, .maps = jobs };

	CU_ASSERT_EQUAL(attribute("guided_grad_cam", &job, 1, &maps), CNNVIZ_ERROR_INPUT);
	CU_ASSERT_PTR_NOT_NULL(strstr(job.failure_text, "\"what\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(job.failure_text, "2x1"));
	CU_ASSERT_PTR_NOT_NULL(strstr(job.failure_text, "6x8"));
	CU_ASSERT_PTR_NULL(maps);
	tensor_unref(cam);
	tensor_unref(inputs);
}

/* ---- Failures -------------------------------------------------------------- */

static void a_failed_pass_is_passed_on(void)
{
	static const char *const names[] = { "vanilla_bp", "guided_bp", "saliency",
		"grad_cam" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		cnnviz_tensor *maps;
		cnnviz_job job = CAM_JOB(NULL, NULL);

		job.pass_fails = true;
		CU_ASSERT_EQUAL(attribute(names[i], &job, 1, &maps), CNNVIZ_ERROR_ENGINE);
		CU_ASSERT_STRING_EQUAL(job.failure_text, "the pass failed");
		CU_ASSERT_PTR_NULL(maps);
	}
}

static void a_missing_job_is_passed_on(void)
{
	cnnviz_tensor *cam = tensor_of(1, 1, 1, 2, (const float[]){ 1, 2 });
	const struct mock_maps jobs[][2] = {
		{ { NULL, NULL } },
		{ { "cam", cam }, { NULL, NULL } },
	};

	for (size_t i = 0; i < 2; i++) {
		cnnviz_tensor *maps;
		cnnviz_job job = {
			.inputs = cam,
			.values = product_values,
			.maps = jobs[i],
		};

		CU_ASSERT_EQUAL(attribute("guided_grad_cam", &job, 1, &maps),
				CNNVIZ_ERROR_PLUGIN);
		CU_ASSERT_PTR_NULL(maps);
	}
	tensor_unref(cam);
}

static void short_memory_fails_the_job_and_leaks_nothing(void)
{
	static const struct {
		const char *name;
		int tensors; /* that the technique creates */
	} cases[] = { { "saliency", 1 }, { "grad_cam", 1 }, { "guided_grad_cam", 3 } };
	cnnviz_tensor *a = tensor_of(1, 2, 2, 2, activations);
	cnnviz_tensor *cam = tensor_of(1, 1, 2, 2, cams);
	const struct mock_maps jobs[] = {
		{ "cam", cam },
		{ "gradient", a },
		{ NULL, NULL },
	};
	size_t alive = tensor_live_count();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (int limit = 0; limit < cases[i].tensors; limit++) {
			cnnviz_tensor *maps;
			cnnviz_job job = CAM_JOB(a, a);

			job.inputs = a;
			job.maps = jobs;
			mock_limit_tensors(limit);
			CU_ASSERT_EQUAL(attribute(cases[i].name, &job, 1, &maps),
					CNNVIZ_ERROR_MEMORY);
			mock_limit_tensors(-1);
			CU_ASSERT_EQUAL(job.failure, CNNVIZ_ERROR_MEMORY);
			CU_ASSERT_PTR_NULL(maps);
			CU_ASSERT_EQUAL(tensor_live_count(), alive);
		}
	}
	tensor_unref(a);
	tensor_unref(cam);
}

#define TEST(function) \
	{ \
#function, function \
	}

static CU_TestInfo gradient_tests[] = {
	TEST(vanilla_bp_is_the_plain_gradient_of_the_input),
	TEST(guided_bp_takes_the_rule_that_its_parameter_names),
	TEST(saliency_is_the_largest_magnitude_over_channels),
	TEST(saliency_does_not_hide_nan),
	CU_TEST_INFO_NULL,
};

static CU_TestInfo grad_cam_tests[] = {
	TEST(grad_cam_is_the_rectified_weighted_sum),
	TEST(grad_cam_warns_of_a_sum_that_is_positive_nowhere),
	TEST(grad_cam_of_a_batch_equals_that_of_each_picture),
	TEST(grad_cam_refuses_a_layer_without_space),
	TEST(grad_cam_takes_a_layer_of_one_row),
	CU_TEST_INFO_NULL,
};

static CU_TestInfo guided_grad_cam_tests[] = {
	TEST(guided_grad_cam_weights_the_gradient_by_the_scaled_cam),
	TEST(guided_grad_cam_keeps_the_gradient_under_a_constant_cam),
	TEST(guided_grad_cam_of_a_zero_cam_is_zero_and_warned_of),
	TEST(guided_grad_cam_takes_tiny_cams),
	TEST(guided_grad_cam_takes_negative_places_as_zero),
	TEST(guided_grad_cam_refuses_a_cam_of_several_channels),
	TEST(guided_grad_cam_refuses_a_gradient_of_another_size),
	CU_TEST_INFO_NULL,
};

static CU_TestInfo failure_tests[] = {
	TEST(a_failed_pass_is_passed_on),
	TEST(a_missing_job_is_passed_on),
	TEST(short_memory_fails_the_job_and_leaks_nothing),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	static const CU_SuiteInfo suites[] = {
		{ "gradients", load_plugins, free_plugins, NULL, NULL, gradient_tests },
		{ "grad_cam", load_plugins, free_plugins, NULL, NULL, grad_cam_tests },
		{ "guided_grad_cam", load_plugins, free_plugins, NULL, NULL,
				guided_grad_cam_tests },
		{ "failures", load_plugins, free_plugins, NULL, NULL, failure_tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
