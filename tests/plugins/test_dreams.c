/**
 * \file    plugins/test_dreams.c
 * \brief   How deep_dream, inversion and the fooling techniques call the host
 *
 * A mock host without a network returns given activations; values, gradients, settings
 * and files are compared with those in the techniques' descriptions.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "plugin/registry.h"
#include "support/cunit_main.h"
#include "support/mock_host.h"
#include "support/values.h"

static struct registry *registry;
static cnnviz_tensor *picture; /* (1,3,2,3) */

static int begin(void)
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
	picture = tensor_create(4, (const int64_t[]){ 1, 3, 2, 3 });
	return registry->refused_count > 0;
}

static int end(void)
{
	registry_free(registry);
	tensor_unref(picture);
	return tensor_live_count() != 0;
}

/** What the technique says to a job before anything is computed */
static cnnviz_status check(const char *name, cnnviz_job *job)
{
	const struct plugin *plugin = registry_find(registry, name);

	if (plugin == NULL || plugin->technique.check == NULL) {
		CU_FAIL("the plugin is missing, or checks nothing");
		return CNNVIZ_OK;
	}
	return plugin->technique.check(&mock_host, job);
}

static cnnviz_status run(const char *name, cnnviz_job *job)
{
	static const uint64_t stream = 3;
	static const int64_t target = 1;
	const struct plugin *plugin = registry_find(registry, name);
	cnnviz_batch batch = {
		.struct_size = sizeof(batch),
		.count = 1,
		.inputs = picture,
		.targets = &target,
		.streams = &stream,
	};

	if (plugin == NULL) {
		CU_FAIL("the plugin is missing");
		return CNNVIZ_ERROR_INPUT;
	}
	return plugin->technique.run(&mock_host, job,
			plugin->technique.run_mode == CNNVIZ_RUN_ONCE ? NULL : &batch);
}

/* ---- Jobs ------------------------------------------------------------------ */

#define VALUES_MAX 8

struct dreaming {
	struct mock_value values[VALUES_MAX];
	cnnviz_job job;
};

static void set(struct dreaming *dreaming, struct mock_value value)
{
	size_t place = 0;

	while (dreaming->values[place].name != NULL) {
		place++;
	}
	dreaming->values[place] = value;
}

enum { TRADITIONAL, OTHER };

/** A job on layer 7 of two channels of 1x3 places, or on three logits */
static void prepare(struct dreaming *dreaming, const cnnviz_tensor *activation,
		int preset)
{
	*dreaming = (struct dreaming){
		.values = {
			{ .name = "preset", .integer = preset },
			{ .name = "layer", .integer = 7, .text = "features.7", .count = 1 },
			{ .name = "octave_scale", .real = 1.4 },
			{ .name = "target", .integer = 1, .text = "dog", .count = 1 },
		},
		.job = {
			.activation = activation, .layer_shape = { 2, 1, 3 },
			.layer_rank = 3,
		},
	};
	dreaming->job.values = dreaming->values;
}

static void finish(struct dreaming *dreaming, cnnviz_tensor *activation)
{
	mock_forget(&dreaming->job);
	tensor_unref(activation);
}

/* Channels 1 0 2 and 0 3 1 */
static cnnviz_tensor *layer(void)
{
	return tensor_of(4, (const int64_t[]){ 1, 2, 1, 3 },
			(const float[]){ 1, 0, 2, 0, 3, 1 });
}

/* Probabilities 1/8, 1/4, 5/8 */
static cnnviz_tensor *logits(void)
{
	return tensor_of(2, (const int64_t[]){ 1, 3 },
			(const float[]){ 0, logf(2), logf(5) });
}

/* ---- deep_dream ------------------------------------------------------------ */

static void a_layer_grows_by_half_its_squared_norm(void)
{
	cnnviz_tensor *activation = layer();
	struct dreaming dream;

	prepare(&dream, activation, OTHER);
	CU_ASSERT_EQUAL(run("deep_dream", &dream.job), CNNVIZ_OK);
	CU_ASSERT_TRUE(near(dream.job.values_found[0], 7.5)); /* (1 + 4 + 9 + 1) / 2 */
	CU_ASSERT_TRUE(data_equals(dream.job.seed, tensor_data(activation), 6));
	CU_ASSERT_PTR_NOT_NULL(mock_find(&dream.job, "dream-features.7"));
	finish(&dream, activation);
}

static void a_filter_grows_by_its_mean(void)
{
	static const double filter[] = { 1 };
	static const float seed[] = { 0, 0, 0, 1.0F / 3, 1.0F / 3, 1.0F / 3 };
	cnnviz_tensor *activation = layer();
	struct dreaming dream;

	prepare(&dream, activation, OTHER);
	set(&dream, (struct mock_value){ .name = "filter", .list = filter, .count = 1 });
	CU_ASSERT_EQUAL(run("deep_dream", &dream.job), CNNVIZ_OK);
	CU_ASSERT_TRUE(near(dream.job.values_found[0], 4.0 / 3));
	CU_ASSERT_TRUE(data_equals(dream.job.seed, seed, 6));
	CU_ASSERT_PTR_NOT_NULL(mock_find(&dream.job, "dream-features.7-1"));
	CU_ASSERT_TRUE(near(scalar(&dream.job, "objective_end-features.7-1"), 4.0 / 3));
	finish(&dream, activation);
}

static void a_guided_layer_follows_the_best_match_of_each_place(void)
{
	/* The guide answers alike. Places (1,0) (0,3) (2,1): the first is matched best by
	 * (2,1), with 2; the second by itself, with 9; the third by itself, with 5. */
	static const float seed[] = { 2, 0, 2, 1, 3, 1 };
	cnnviz_tensor *activation = layer();
	struct dreaming dream;

	prepare(&dream, activation, OTHER);
	set(&dream, (struct mock_value){ .name = "guide", .text = "guide.png" });
	CU_ASSERT_EQUAL(run("deep_dream", &dream.job), CNNVIZ_OK);
	CU_ASSERT_TRUE(near(dream.job.values_found[0], 16));
	CU_ASSERT_TRUE(data_equals(dream.job.seed, seed, 6));
	finish(&dream, activation);
}

static void a_dream_that_cannot_be_is_refused(void)
{
	static const double right[] = { 1 };
	cnnviz_tensor *activation = layer();
	struct dreaming dream;

	prepare(&dream, activation, OTHER);
	set(&dream, (struct mock_value){ .name = "filter", .list = right, .count = 1 });
	set(&dream, (struct mock_value){ .name = "guide", .text = "guide.png" });
	CU_ASSERT_EQUAL(check("deep_dream", &dream.job), CNNVIZ_ERROR_INPUT);
	CU_ASSERT_PTR_NOT_NULL(strstr(dream.job.failure_text, "guide"));
	finish(&dream, activation);
}

static void dreams_take_the_settings_of_their_sources(void)
{
	cnnviz_tensor *activation = layer();
	struct dreaming dream;
	const cnnviz_optimization *recipe = &dream.job.recipe;

	prepare(&dream, activation, TRADITIONAL);
	CU_ASSERT_EQUAL(run("deep_dream", &dream.job), CNNVIZ_OK);
	CU_ASSERT_EQUAL(dream.job.optimizations, 1);
	CU_ASSERT_EQUAL(recipe->space, CNNVIZ_SPACE_INPUT);
	CU_ASSERT_EQUAL(recipe->optimizer, CNNVIZ_OPTIMIZER_SGD);
	CU_ASSERT_EQUAL(recipe->learning_rate, 12);
	CU_ASSERT_EQUAL(recipe->weight_decay, 1e-4);
	CU_ASSERT_EQUAL(recipe->iterations, 250);
	CU_ASSERT_EQUAL(recipe->jitter, 0);
	mock_forget(&dream.job);

	prepare(&dream, activation, OTHER);
	CU_ASSERT_EQUAL(run("deep_dream", &dream.job), CNNVIZ_OK);
	CU_ASSERT_EQUAL(recipe->space, CNNVIZ_SPACE_PIXEL);
	CU_ASSERT_EQUAL(recipe->optimizer, CNNVIZ_OPTIMIZER_NORMALIZED);
	CU_ASSERT_TRUE(near(recipe->learning_rate, 1.5 / 255));
	CU_ASSERT_EQUAL(recipe->iterations, 10);
	CU_ASSERT_EQUAL(recipe->jitter, 32);
	/* Of four octaves the first three are too small for a picture of 4x5. */
	CU_ASSERT_EQUAL(dream.job.optimizations, 1);
	CU_ASSERT_STRING_EQUAL(dream.job.first_item, "features.7");
	CU_ASSERT_STRING_EQUAL(dream.job.run_name, "octave-4");
	finish(&dream, activation);
}

/* ---- inversion ------------------------------------------------------------- */

static void inversions_take_the_settings_of_their_sources(void)
{
	cnnviz_tensor *activation = layer();
	struct dreaming inversion;
	const cnnviz_optimization *recipe = &inversion.job.recipe;

	prepare(&inversion, activation, TRADITIONAL);
	CU_ASSERT_EQUAL(run("inversion", &inversion.job), CNNVIZ_OK);
	CU_ASSERT_EQUAL(recipe->maximize, 0);
	CU_ASSERT_EQUAL(recipe->start, CNNVIZ_START_NORMAL);
	CU_ASSERT_EQUAL(recipe->start_high, 0.1);
	CU_ASSERT_EQUAL(recipe->learning_rate, 1e4);
	CU_ASSERT_EQUAL(recipe->rate_factor, 0.1);
	CU_ASSERT_EQUAL(recipe->rate_every, 40);
	CU_ASSERT_EQUAL(recipe->iterations, 201);
	CU_ASSERT_EQUAL(recipe->momentum, 0.9);
	CU_ASSERT_EQUAL(recipe->norm, 1e-7);
	CU_ASSERT_EQUAL(recipe->norm_exponent, 6);
	CU_ASSERT_EQUAL(recipe->variation, 1e-8);
	CU_ASSERT_EQUAL(recipe->variation_exponent, 2);
	mock_forget(&inversion.job);

	/* 18 values of 68.9 gray levels: sigma^2 = 85450; an input's unit is 57.6 levels */
	prepare(&inversion, activation, OTHER);
	CU_ASSERT_EQUAL(run("inversion", &inversion.job), CNNVIZ_OK);
	CU_ASSERT_EQUAL(recipe->iterations, 400);
	CU_ASSERT_EQUAL(recipe->rate_every, 100);
	CU_ASSERT_TRUE(fabs(recipe->learning_rate * recipe->rate_factor
				       - 0.004 * 85450 / 3317.76)
			< 1e-3);
	CU_ASSERT_TRUE(fabs(recipe->norm * 85450 / (4e-10 * 3.652e10) - 1) < 1e-3);
	CU_ASSERT_TRUE(fabs(recipe->start_high - 1.196) < 1e-3);
	finish(&inversion, activation);
}

static void what_is_like_the_picture_has_no_error(void)
{
	static const float zeros[6];
	cnnviz_tensor *activation = layer();
	struct dreaming inversion;

	prepare(&inversion, activation, OTHER);
	CU_ASSERT_EQUAL(run("inversion", &inversion.job), CNNVIZ_OK);
	CU_ASSERT_EQUAL(inversion.job.values_found[0], 0);
	CU_ASSERT_TRUE(data_equals(inversion.job.seed, zeros, 6));
	CU_ASSERT_EQUAL(scalar(&inversion.job, "relative_error-features.7"), 0);
	finish(&inversion, activation);
}

static void a_layer_of_zeros_cannot_be_inverted(void)
{
	cnnviz_tensor *activation = tensor_create(4, (const int64_t[]){ 1, 2, 1, 3 });
	struct dreaming inversion;

	prepare(&inversion, activation, OTHER);
	CU_ASSERT_EQUAL(run("inversion", &inversion.job), CNNVIZ_ERROR_INPUT);
	CU_ASSERT_PTR_NOT_NULL(strstr(inversion.job.failure_text, "\"features.7\""));
	CU_ASSERT_EQUAL(inversion.job.optimizations, 0);
	finish(&inversion, activation);
}

/* ---- Fooling --------------------------------------------------------------- */

enum { LOGIT, LOG_ODDS };

static void a_class_is_made_likely_by_the_logarithm_of_its_odds(void)
{
	static const char *const techniques[] = { "fooling", "disguised_fooling" };

	for (size_t i = 0; i < 2; i++) {
		cnnviz_tensor *activation = logits();
		struct dreaming fooling;

		prepare(&fooling, activation, TRADITIONAL);
		set(&fooling,
				(struct mock_value){ .name = "objective",
						.integer = LOG_ODDS });
		set(&fooling, (struct mock_value){ .name = "confidence", .real = 0.2 });
		CU_ASSERT_EQUAL(run(techniques[i], &fooling.job), CNNVIZ_OK);
		CU_ASSERT_TRUE(near(fooling.job.values_found[0], log(0.25 / 0.75)));
		CU_ASSERT_TRUE(data_equals(fooling.job.seed,
				(const float[]){ -1.0F / 6, 1, -5.0F / 6 }, 3));
		CU_ASSERT_TRUE(near(scalar(&fooling.job, "confidence-1-dog"), 0.25));
		CU_ASSERT_PTR_NOT_NULL(mock_find(&fooling.job, "fooling-1-dog"));
		mock_forget(&fooling.job);

		prepare(&fooling, activation, TRADITIONAL);
		set(&fooling, (struct mock_value){ .name = "confidence", .real = 0.2 });
		CU_ASSERT_EQUAL(run(techniques[i], &fooling.job), CNNVIZ_OK);
		CU_ASSERT_TRUE(near(fooling.job.values_found[0], log(2)));
		CU_ASSERT_TRUE(data_equals(fooling.job.seed, (const float[]){ 0, 1, 0 },
				3));
		finish(&fooling, activation);
	}
}

static void too_little_confidence_fails_once_the_picture_is_saved(void)
{
	cnnviz_tensor *activation = logits();
	struct dreaming fooling;

	prepare(&fooling, activation, TRADITIONAL);
	set(&fooling, (struct mock_value){ .name = "confidence", .real = 0.26 });
	CU_ASSERT_EQUAL(run("fooling", &fooling.job), CNNVIZ_ERROR_UNSUPPORTED);
	CU_ASSERT_PTR_NOT_NULL(strstr(fooling.job.failure_text, "\"dog\" has 0.2500"));
	CU_ASSERT_PTR_NOT_NULL(mock_find(&fooling.job, "fooling-1-dog"));
	CU_ASSERT_TRUE(near(scalar(&fooling.job, "confidence-1-dog"), 0.25));
	finish(&fooling, activation);
}

static void fooling_takes_the_step_sizes_of_tradition(void)
{
	cnnviz_tensor *activation = logits();
	struct dreaming fooling;
	const cnnviz_optimization *recipe = &fooling.job.recipe;

	prepare(&fooling, activation, TRADITIONAL);
	CU_ASSERT_EQUAL(run("fooling", &fooling.job), CNNVIZ_OK);
	CU_ASSERT_EQUAL(recipe->start, CNNVIZ_START_UNIFORM);
	CU_ASSERT_EQUAL(recipe->start_high, 255);
	CU_ASSERT_EQUAL(recipe->optimizer, CNNVIZ_OPTIMIZER_SGD);
	CU_ASSERT_EQUAL(recipe->learning_rate, 6);
	CU_ASSERT_EQUAL(recipe->iterations, 200);
	mock_forget(&fooling.job);

	prepare(&fooling, activation, TRADITIONAL);
	set(&fooling, (struct mock_value){ .name = "bound_linf", .real = 7.9 });
	set(&fooling, (struct mock_value){ .name = "bound_l2", .real = 51 });
	CU_ASSERT_EQUAL(run("disguised_fooling", &fooling.job), CNNVIZ_OK);
	CU_ASSERT_EQUAL(recipe->start, CNNVIZ_START_IMAGES);
	CU_ASSERT_EQUAL(recipe->learning_rate, 0.7);
	CU_ASSERT_EQUAL(recipe->iterations, 500);
	CU_ASSERT_TRUE(near(recipe->bound_linf, 7.0 / 255));
	CU_ASSERT_TRUE(near(recipe->bound_l2, 0.2));
	finish(&fooling, activation);
}

/* ---- Failures -------------------------------------------------------------- */

static void short_memory_fails_the_job_and_leaks_nothing(void)
{
	static const struct {
		const char *name;
		cnnviz_tensor *(*answer)(void);
		int tensors; /* fewer than a whole run makes */
	} cases[] = {
		{ "deep_dream", layer, 6 },
		{ "inversion", layer, 4 },
		{ "fooling", logits, 6 },
		{ "disguised_fooling", logits, 8 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cnnviz_tensor *activation = cases[i].answer();
		size_t alive = tensor_live_count();

		for (int limit = 0; limit < cases[i].tensors; limit++) {
			struct dreaming dream;

			prepare(&dream, activation, OTHER);
			mock_limit_tensors(limit);
			CU_ASSERT_EQUAL(run(cases[i].name, &dream.job),
					CNNVIZ_ERROR_MEMORY);
			mock_limit_tensors(-1);
			mock_forget(&dream.job);
			CU_ASSERT_EQUAL(tensor_live_count(), alive);
		}
		tensor_unref(activation);
	}
}

static void what_fails_in_the_host_is_passed_on(void)
{
	static const char *const names[] = { "deep_dream", "fooling", "disguised_fooling",
		"inversion" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		cnnviz_tensor *activation = layer();
		struct dreaming dream;

		prepare(&dream, activation, OTHER);
		dream.job.optimize_fails = true;
		CU_ASSERT_EQUAL(run(names[i], &dream.job), CNNVIZ_ERROR_ENGINE);
		CU_ASSERT_STRING_EQUAL(dream.job.failure_text, "the optimization failed");
		finish(&dream, activation);
	}
}

#define TEST(function) \
	{ \
#function, function \
	}

static CU_TestInfo dream_tests[] = {
	TEST(a_layer_grows_by_half_its_squared_norm),
	TEST(a_filter_grows_by_its_mean),
	TEST(a_guided_layer_follows_the_best_match_of_each_place),
	TEST(a_dream_that_cannot_be_is_refused),
	TEST(dreams_take_the_settings_of_their_sources),
	CU_TEST_INFO_NULL,
};

static CU_TestInfo inversion_tests[] = {
	TEST(inversions_take_the_settings_of_their_sources),
	TEST(what_is_like_the_picture_has_no_error),
	TEST(a_layer_of_zeros_cannot_be_inverted),
	CU_TEST_INFO_NULL,
};

static CU_TestInfo fooling_tests[] = {
	TEST(a_class_is_made_likely_by_the_logarithm_of_its_odds),
	TEST(too_little_confidence_fails_once_the_picture_is_saved),
	TEST(fooling_takes_the_step_sizes_of_tradition),
	CU_TEST_INFO_NULL,
};

static CU_TestInfo failure_tests[] = {
	TEST(short_memory_fails_the_job_and_leaks_nothing),
	TEST(what_fails_in_the_host_is_passed_on),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	static const CU_SuiteInfo suites[] = {
		{ "deep_dream", begin, end, NULL, NULL, dream_tests },
		{ "inversion", begin, end, NULL, NULL, inversion_tests },
		{ "fooling", begin, end, NULL, NULL, fooling_tests },
		{ "failures", begin, end, NULL, NULL, failure_tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
