/**
 * \file    plugins/test_series.c
 * \brief   How filter_vis and class_image call the host's optimization, and what they
 *                     save
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
	const struct plugin *plugin = registry_find(registry, name);

	if (plugin == NULL) {
		CU_FAIL("the plugin is missing");
		return CNNVIZ_ERROR_INPUT;
	}
	return plugin->technique.run(&mock_host, job, NULL);
}

/** The number of artifacts that have a name of this beginning */
static size_t count_artifacts(const cnnviz_job *job, const char *beginning)
{
	size_t count = 0;

	for (size_t i = 0; i < job->artifact_count; i++) {
		count += strncmp(job->artifacts[i].name, beginning, strlen(beginning))
				== 0;
	}
	return count;
}

/* ---- filter_vis ------------------------------------------------------------ */

enum { TRADITIONAL, MODERN };
enum { CHANNEL, NEURON, DIRECTION, LAYER };

#define VALUES_MAX 8

/** A job of filter_vis on the layer features.7 with 3 channels of 2x2 places */
struct filter_job {
	struct mock_value values[VALUES_MAX];
	cnnviz_job job;
};

static void begin(struct filter_job *filters, const cnnviz_tensor *activation,
		int64_t objective, const double *list, uint32_t count)
{
	*filters = (struct filter_job){
		.values = {
			{ .name = "layer", .integer = 7, .text = "features.7", .count = 1 },
			{ .name = "objective", .integer = objective },
			{ .name = "preset", .integer = TRADITIONAL },
		},
		.job = {
			.activation = activation, .layer_shape = { 3, 2, 2 }, .layer_rank = 3,
		},
	};
	if (list != NULL) {
		filters->values[3] = (struct mock_value){
			.name = "filter",
			.integer = (int64_t)list[0],
			.list = list,
			.count = count,
		};
	}
	filters->job.values = filters->values;
}

static void set(struct filter_job *filters, struct mock_value value)
{
	size_t place = 0;

	while (filters->values[place].name != NULL) {
		place++;
	}
	filters->values[place] = value;
}

/* Two items; 3 channels of 2x2 */
static const int64_t activation_shape[] = { 2, 3, 2, 2 };
static const float activations[] = {
	1,
	2,
	3,
	4,
	0,
	0,
	0,
	8,
	-1,
	-2,
	5,
	6,
	9,
	9,
	9,
	9,
	1,
	3,
	5,
	7,
	0.5F,
	0.5F,
	1,
	2,
};

static void a_filter_is_made_large_by_the_mean_of_its_channel(void)
{
	static const double list[] = { 2, 1 };
	static const float seed[] = {
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		0.25F,
		0.25F,
		0.25F,
		0.25F,
		0,
		0,
		0,
		0,
		0.25F,
		0.25F,
		0.25F,
		0.25F,
		0,
		0,
		0,
		0,
	};
	cnnviz_tensor *activation = tensor_of(4, activation_shape, activations);
	struct filter_job filters;

	begin(&filters, activation, CHANNEL, list, 2);
	CU_ASSERT_EQUAL(run("filter_vis", &filters.job), CNNVIZ_OK);
	CU_ASSERT_EQUAL(filters.job.recipe.maximize, 1);
	CU_ASSERT_EQUAL(filters.job.recipe.count, 2);
	CU_ASSERT_TRUE(near(filters.job.values_found[0], 2));
	CU_ASSERT_TRUE(near(filters.job.values_found[1], 4));
	CU_ASSERT_TRUE(data_equals(filters.job.seed, seed, 24));
	mock_forget(&filters.job);
	tensor_unref(activation);
}

static void without_a_filter_it_is_channel_0(void)
{
	cnnviz_tensor *activation = tensor_of(4, activation_shape, activations);
	struct filter_job filters;

	begin(&filters, activation, CHANNEL, NULL, 0);
	CU_ASSERT_EQUAL(run("filter_vis", &filters.job), CNNVIZ_OK);
	CU_ASSERT_EQUAL(filters.job.recipe.count, 1);
	CU_ASSERT_TRUE(near(filters.job.values_found[0], 2.5));
	CU_ASSERT_PTR_NOT_NULL(mock_find(&filters.job, "filter-features.7-0"));
	CU_ASSERT_EQUAL(count_artifacts(&filters.job, "sheet"), 0);
	mock_forget(&filters.job);
	tensor_unref(activation);
}

static void a_linear_layer_has_filters_too(void)
{
	static const double list[] = { 2, 0 };
	static const float vector[] = { 1, 2, 3, 4, 5, 6 };
	static const float seed[] = { 0, 0, 1, 1, 0, 0 };
	cnnviz_tensor *activation = tensor_of(2, (const int64_t[]){ 2, 3 }, vector);
	struct filter_job filters;

	begin(&filters, activation, CHANNEL, list, 2);
	filters.job.layer_rank = 1;
	CU_ASSERT_EQUAL(run("filter_vis", &filters.job), CNNVIZ_OK);
	CU_ASSERT_TRUE(near(filters.job.values_found[0], 3));
	CU_ASSERT_TRUE(near(filters.job.values_found[1], 4));
	CU_ASSERT_TRUE(data_equals(filters.job.seed, seed, 6));
	mock_forget(&filters.job);
	tensor_unref(activation);
}

static void a_neuron_is_one_place(void)
{
	static const double list[] = { 1 };
	cnnviz_tensor *activation = tensor_of(4, (const int64_t[]){ 1, 3, 2, 2 },
			activations);
	struct filter_job filters;

	/* The middle of 2x2 is row 1, column 1 */
	begin(&filters, activation, NEURON, list, 1);
	CU_ASSERT_EQUAL(run("filter_vis", &filters.job), CNNVIZ_OK);
	CU_ASSERT_TRUE(near(filters.job.values_found[0], 8));
	CU_ASSERT_TRUE(data_equals(filters.job.seed,
			(const float[]){ 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0 }, 12));
	mock_forget(&filters.job);

	begin(&filters, activation, NEURON, NULL, 0);
	set(&filters, (struct mock_value){ .name = "row", .integer = 1 });
	set(&filters, (struct mock_value){ .name = "column", .integer = 0 });
	CU_ASSERT_EQUAL(run("filter_vis", &filters.job), CNNVIZ_OK);
	CU_ASSERT_TRUE(near(filters.job.values_found[0], 3));
	mock_forget(&filters.job);
	tensor_unref(activation);
}

static void under_a_border_a_neuron_keeps_its_distance_from_the_middle(void)
{
	/* Row 0, column 1 of 2x2 is row 1, column 2 of 4x4 */
	cnnviz_tensor *activation = tensor_create(4, (const int64_t[]){ 1, 3, 4, 4 });
	struct filter_job filters;

	tensor_mutable_data(activation)[1 * 4 + 2] = 5;
	begin(&filters, activation, NEURON, NULL, 0);
	set(&filters, (struct mock_value){ .name = "row", .integer = 0 });
	set(&filters, (struct mock_value){ .name = "column", .integer = 1 });
	CU_ASSERT_EQUAL(run("filter_vis", &filters.job), CNNVIZ_OK);
	CU_ASSERT_TRUE(near(filters.job.values_found[0], 5));
	mock_forget(&filters.job);
	tensor_unref(activation);
}

static void a_direction_adds_filters_up_by_weights_of_length_1(void)
{
	static const double list[] = { 0, 1 };
	static const double weights[] = { 3, -4 };
	/* 3/5 * 2.5 - 4/5 * 2; a quarter of 3/5 and -4/5 at each place */
	static const float seed[] = {
		0.15F,
		0.15F,
		0.15F,
		0.15F,
		-0.2F,
		-0.2F,
		-0.2F,
		-0.2F,
		0,
		0,
		0,
		0,
	};
	cnnviz_tensor *activation = tensor_of(4, (const int64_t[]){ 1, 3, 2, 2 },
			activations);
	struct filter_job filters;

	begin(&filters, activation, DIRECTION, list, 2);
	set(&filters,
			(struct mock_value){ .name = "weights",
					.list = weights,
					.count = 2 });
	CU_ASSERT_EQUAL(run("filter_vis", &filters.job), CNNVIZ_OK);
	CU_ASSERT_EQUAL(filters.job.recipe.count, 1);
	CU_ASSERT_TRUE(near(filters.job.values_found[0], -0.1));
	CU_ASSERT_TRUE(data_equals(filters.job.seed, seed, 12));
	CU_ASSERT_PTR_NOT_NULL(mock_find(&filters.job, "filter-features.7"));
	mock_forget(&filters.job);
	tensor_unref(activation);
}

static void a_whole_layer_is_made_large_by_half_its_squared_norm(void)
{
	cnnviz_tensor *activation = tensor_of(4, (const int64_t[]){ 1, 3, 2, 2 },
			activations);
	struct filter_job filters;

	begin(&filters, activation, LAYER, NULL, 0);
	CU_ASSERT_EQUAL(run("filter_vis", &filters.job), CNNVIZ_OK);
	/* (1 + 4 + 9 + 16 + 64 + 1 + 4 + 25 + 36) / 2 */
	CU_ASSERT_TRUE(near(filters.job.values_found[0], 80));
	CU_ASSERT_TRUE(data_equals(filters.job.seed, activations, 12));
	mock_forget(&filters.job);
	tensor_unref(activation);
}

static void presets_are_those_of_the_sources(void)
{
	cnnviz_tensor *activation = tensor_of(4, activation_shape, activations);
	struct filter_job filters;
	const cnnviz_optimization *recipe = &filters.job.recipe;

	begin(&filters, activation, CHANNEL, NULL, 0);
	CU_ASSERT_EQUAL(run("filter_vis", &filters.job), CNNVIZ_OK);
	CU_ASSERT_EQUAL(recipe->start, CNNVIZ_START_UNIFORM);
	CU_ASSERT_EQUAL(recipe->start_low, 150);
	CU_ASSERT_EQUAL(recipe->start_high, 180);
	CU_ASSERT_EQUAL(recipe->space, CNNVIZ_SPACE_INPUT);
	CU_ASSERT_EQUAL(recipe->optimizer, CNNVIZ_OPTIMIZER_ADAM);
	CU_ASSERT_EQUAL(recipe->learning_rate, 0.1);
	CU_ASSERT_EQUAL(recipe->weight_decay, 1e-6);
	CU_ASSERT_EQUAL(recipe->iterations, 30);
	CU_ASSERT_EQUAL(recipe->pad, 0);
	CU_ASSERT_EQUAL(recipe->quantize, 0);
	mock_forget(&filters.job);

	begin(&filters, activation, CHANNEL, NULL, 0);
	filters.values[2].integer = MODERN;
	CU_ASSERT_EQUAL(run("filter_vis", &filters.job), CNNVIZ_OK);
	CU_ASSERT_EQUAL(recipe->space, CNNVIZ_SPACE_FOURIER);
	CU_ASSERT_EQUAL(recipe->decorrelate, 1);
	CU_ASSERT_EQUAL(recipe->optimizer, CNNVIZ_OPTIMIZER_ADAM);
	CU_ASSERT_EQUAL(recipe->learning_rate, 0.05);
	CU_ASSERT_EQUAL(recipe->weight_decay, 0);
	CU_ASSERT_EQUAL(recipe->iterations, 512);
	CU_ASSERT_EQUAL(recipe->pad, 12);
	CU_ASSERT_EQUAL(recipe->jitter, 8);
	CU_ASSERT_EQUAL(recipe->scale_low, 0.9);
	CU_ASSERT_EQUAL(recipe->scale_high, 1.1);
	CU_ASSERT_EQUAL(recipe->rotate, 10);
	CU_ASSERT_EQUAL(recipe->jitter_last, 4);
	mock_forget(&filters.job);
	tensor_unref(activation);
}

static void all_filters_are_those_of_the_layer(void)
{
	cnnviz_tensor *activation = tensor_create(4, (const int64_t[]){ 3, 3, 2, 2 });
	struct filter_job filters;

	begin(&filters, activation, CHANNEL, NULL, 0);
	set(&filters, (struct mock_value){ .name = "filter", .count = 0 });
	CU_ASSERT_EQUAL(run("filter_vis", &filters.job), CNNVIZ_OK);
	CU_ASSERT_EQUAL(filters.job.recipe.count, 3);
	CU_ASSERT_EQUAL(count_artifacts(&filters.job, "filter-features.7-"), 3);
	CU_ASSERT_EQUAL(count_artifacts(&filters.job, "activation_start-features.7-"), 3);
	CU_ASSERT_EQUAL(count_artifacts(&filters.job, "activation_end-features.7-"), 3);
	mock_forget(&filters.job);
	tensor_unref(activation);
}

static void a_sheet_has_the_pictures_row_by_row(void)
{
	/* Three pictures of 3 columns and 2 rows, two a row, 4 pixels between */
	cnnviz_tensor *activation = tensor_create(4, (const int64_t[]){ 3, 3, 2, 2 });
	struct filter_job filters;

	begin(&filters, activation, CHANNEL, NULL, 0);
	set(&filters, (struct mock_value){ .name = "filter", .count = 0 });
	CU_ASSERT_EQUAL(run("filter_vis", &filters.job), CNNVIZ_OK);

	const struct mock_artifact *sheet = mock_find(&filters.job, "sheet-features.7");

	CU_ASSERT_PTR_NOT_NULL_FATAL(sheet);
	CU_ASSERT_EQUAL(tensor_shape(sheet->tensor)[0], 3);
	CU_ASSERT_EQUAL(tensor_shape(sheet->tensor)[1], 4 + 2 + 4 + 2 + 4);
	CU_ASSERT_EQUAL(tensor_shape(sheet->tensor)[2], 4 + 3 + 4 + 3 + 4);

	const float *red = tensor_data(sheet->tensor);

	CU_ASSERT_EQUAL(red[3 * 18 + 4], 1);
	CU_ASSERT_EQUAL(red[4 * 18 + 4], 0);
	CU_ASSERT_EQUAL(red[4 * 18 + 11], 1.0F / MOCK_ITEMS_MAX);
	CU_ASSERT_EQUAL(red[11 * 18 + 6], 2.0F / MOCK_ITEMS_MAX);
	CU_ASSERT_EQUAL(red[11 * 18 + 11], 1);
	mock_forget(&filters.job);
	tensor_unref(activation);
}

static void many_filters_go_in_several_batches_and_start_as_they_would_alone(void)
{
	double list[65];
	cnnviz_tensor *activation = tensor_create(4, (const int64_t[]){ 64, 80, 2, 2 });
	struct filter_job filters;
	uint64_t stream;

	for (int i = 0; i < 65; i++) {
		list[i] = i + 5;
	}
	begin(&filters, activation, CHANNEL, list, 65);
	filters.job.layer_shape[0] = 80;
	CU_ASSERT_EQUAL(run("filter_vis", &filters.job), CNNVIZ_OK);
	CU_ASSERT_EQUAL(filters.job.optimizations, 2);
	CU_ASSERT_EQUAL(filters.job.recipe.count, 32);
	CU_ASSERT_STRING_EQUAL(filters.job.first_item, "features.7-38");
	CU_ASSERT_EQUAL(count_artifacts(&filters.job, "filter-"), 65);
	CU_ASSERT_EQUAL(count_artifacts(&filters.job, "sheet"), 1);
	stream = filters.job.first_stream;
	mock_forget(&filters.job);

	begin(&filters, activation, CHANNEL, list + 33, 1);
	filters.job.layer_shape[0] = 80;
	CU_ASSERT_EQUAL(run("filter_vis", &filters.job), CNNVIZ_OK);
	CU_ASSERT_EQUAL(filters.job.first_stream, stream);
	mock_forget(&filters.job);

	begin(&filters, activation, CHANNEL, list + 32, 1);
	filters.job.layer_shape[0] = 80;
	CU_ASSERT_EQUAL(run("filter_vis", &filters.job), CNNVIZ_OK);
	CU_ASSERT_NOT_EQUAL(filters.job.first_stream, stream);
	mock_forget(&filters.job);
	tensor_unref(activation);
}

static void arrays_are_kept_where_wanted(void)
{
	cnnviz_tensor *activation = tensor_of(4, activation_shape, activations);
	struct filter_job filters;

	begin(&filters, activation, CHANNEL, NULL, 0);
	set(&filters, (struct mock_value){ .name = "keep_array", .integer = 1 });
	CU_ASSERT_EQUAL(run("filter_vis", &filters.job), CNNVIZ_OK);

	const struct mock_artifact *array = mock_find(&filters.job, "array-features.7-0");

	CU_ASSERT_PTR_NOT_NULL_FATAL(array);
	CU_ASSERT_EQUAL(array->type, CNNVIZ_ARTIFACT_ARRAY);
	CU_ASSERT_EQUAL(tensor_rank(array->tensor), 3);
	mock_forget(&filters.job);
	tensor_unref(activation);
}

static void what_a_layer_has_not_is_refused_before_anything_is_computed(void)
{
	static const double nothing[] = { 0, 0 };
	static const struct {
		int64_t objective;
		struct mock_value values[2];
		const char *said[2];
	} cases[] = {
		{ NEURON, { { .name = "row", .integer = 2 } },
				{ "`row` is 2", "0 to 1" } },
		{ NEURON, { { .name = "column", .integer = 9 } },
				{ "`column` is 9", "0 to 1" } },
		{ DIRECTION, { { .name = "weights", .list = nothing, .count = 2 } },
				{ "2 values for 1 filters", "`weights`" } },
		{ DIRECTION, { { .name = "weights", .list = nothing, .count = 1 } },
				{ "zero", "`weights`" } },
		{ LAYER, { { .name = "filter", .list = nothing, .count = 1 } },
				{ "all filters together", "`filter`" } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct filter_job filters;

		begin(&filters, NULL, cases[i].objective, NULL, 0);
		set(&filters, cases[i].values[0]);
		CU_ASSERT_EQUAL(check("filter_vis", &filters.job), CNNVIZ_ERROR_INPUT);
		for (size_t k = 0; k < 2; k++) {
			CU_ASSERT_PTR_NOT_NULL(strstr(filters.job.failure_text,
					cases[i].said[k]));
		}
		CU_ASSERT_EQUAL(filters.job.optimizations, 0);
		CU_ASSERT_EQUAL(filters.job.passes, 0);
		CU_ASSERT_EQUAL(filters.job.artifact_count, 0);
	}
}

/* ---- class_image ----------------------------------------------------------- */

enum { NONE, L1, L2 };

/* Two pictures, five classes */
static const float logits[] = {
	0,
	1,
	3,
	2,
	-1,
	1,
	0,
	0,
	0,
	5,
};

static cnnviz_tensor *logits_of(int64_t count)
{
	return tensor_of(2, (const int64_t[]){ count, 5 }, logits);
}

static void begin_classes(struct filter_job *classes, const cnnviz_tensor *activation,
		const double *list, uint32_t count)
{
	*classes = (struct filter_job){
		.values = {
			{ .name = "target", .list = list, .count = count },
			{ .name = "preset", .integer = TRADITIONAL },
			{ .name = "regularizer", .integer = NONE },
		},
		.job = { .activation = activation },
	};
	classes->job.values = classes->values;
}

static void a_class_is_made_large_by_its_logit(void)
{
	static const double list[] = { 3, 4 };
	static const float seed[] = { 0, 0, 0, 1, 0, 0, 0, 0, 0, 1 };
	cnnviz_tensor *activation = logits_of(2);
	struct filter_job classes;

	begin_classes(&classes, activation, list, 2);
	CU_ASSERT_EQUAL(run("class_image", &classes.job), CNNVIZ_OK);
	CU_ASSERT_EQUAL(classes.job.recipe.captures[0], CNNVIZ_LAYER_LOGITS);
	CU_ASSERT_EQUAL(classes.job.recipe.maximize, 1);
	CU_ASSERT_EQUAL(classes.job.values_found[0], 2);
	CU_ASSERT_EQUAL(classes.job.values_found[1], 5);
	CU_ASSERT_TRUE(data_equals(classes.job.seed, seed, 10));
	CU_ASSERT_PTR_NOT_NULL(mock_find(&classes.job, "class-3-fox"));
	CU_ASSERT_PTR_NOT_NULL(mock_find(&classes.job, "class-4-gnu____co_"));
	CU_ASSERT_PTR_NOT_NULL(mock_find(&classes.job, "sheet"));
	mock_forget(&classes.job);
	tensor_unref(activation);
}

static void a_class_without_a_score_is_made_likelier_than_the_others(void)
{
	static const double list[] = { 3, 0 };
	static const float scores[] = { 0, 0, 0, 2, 0, 0, 1, 0, 0, 3 };
	double sum = 3 + exp(1) + exp(3);
	cnnviz_tensor *activation = tensor_of(2, (const int64_t[]){ 2, 5 }, scores);
	struct filter_job classes;

	/* The fox has a score, the cat has none: 1 - its probability, - those of the others */
	begin_classes(&classes, activation, list, 2);
	CU_ASSERT_EQUAL(run("class_image", &classes.job), CNNVIZ_OK);
	CU_ASSERT_EQUAL(classes.job.values_found[1], 0);
	CU_ASSERT_TRUE(data_equals(classes.job.seed,
			(const float[]){ 0, 0, 0, 1, 0, (float)(1 - 1 / sum),
					(float)(-exp(1) / sum), (float)(-1 / sum),
					(float)(-1 / sum), (float)(-exp(3) / sum) },
			10));
	mock_forget(&classes.job);
	tensor_unref(activation);
}

static void scalars_are_of_the_saved_picture(void)
{
	static const double list[] = { 2 };
	double sum = exp(0) + exp(1) + exp(3) + exp(2) + exp(-1);
	cnnviz_tensor *activation = logits_of(1);
	struct filter_job classes;

	begin_classes(&classes, activation, list, 1);
	CU_ASSERT_EQUAL(run("class_image", &classes.job), CNNVIZ_OK);
	CU_ASSERT_EQUAL(scalar(&classes.job, "logit-2-eel"), 3);
	CU_ASSERT_TRUE(near(scalar(&classes.job, "probability-2-eel"), exp(3) / sum));
	CU_ASSERT_EQUAL(classes.job.passes, 1);
	CU_ASSERT_EQUAL(classes.job.warning_count, 0);
	mock_forget(&classes.job);
	tensor_unref(activation);
}

static void a_picture_that_is_taken_for_another_class_is_warned_of(void)
{
	static const double list[] = { 1 };
	cnnviz_tensor *activation = logits_of(1);
	struct filter_job classes;

	begin_classes(&classes, activation, list, 1);
	CU_ASSERT_EQUAL(run("class_image", &classes.job), CNNVIZ_OK);
	CU_ASSERT_EQUAL(classes.job.warning_count, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(classes.job.warning[0], "\"dog\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(classes.job.warning[0], "\"eel\""));
	mock_forget(&classes.job);
	tensor_unref(activation);
}

static void class_presets_are_those_of_the_sources(void)
{
	static const double list[] = { 2 };
	cnnviz_tensor *activation = logits_of(1);
	struct filter_job classes;
	const cnnviz_optimization *recipe = &classes.job.recipe;

	begin_classes(&classes, activation, list, 1);
	CU_ASSERT_EQUAL(run("class_image", &classes.job), CNNVIZ_OK);
	CU_ASSERT_EQUAL(recipe->start, CNNVIZ_START_UNIFORM);
	CU_ASSERT_EQUAL(recipe->start_low, 0);
	CU_ASSERT_EQUAL(recipe->start_high, 255);
	CU_ASSERT_EQUAL(recipe->space, CNNVIZ_SPACE_INPUT);
	CU_ASSERT_EQUAL(recipe->optimizer, CNNVIZ_OPTIMIZER_SGD);
	CU_ASSERT_EQUAL(recipe->learning_rate, 6);
	CU_ASSERT_EQUAL(recipe->iterations, 150);
	CU_ASSERT_EQUAL(recipe->quantize, 1);
	CU_ASSERT_EQUAL(recipe->l1, 0);
	CU_ASSERT_EQUAL(recipe->l2, 0);
	mock_forget(&classes.job);

	begin_classes(&classes, activation, list, 1);
	classes.values[1].integer = MODERN;
	CU_ASSERT_EQUAL(run("class_image", &classes.job), CNNVIZ_OK);
	CU_ASSERT_EQUAL(recipe->space, CNNVIZ_SPACE_FOURIER);
	CU_ASSERT_EQUAL(recipe->quantize, 0);
	mock_forget(&classes.job);
	tensor_unref(activation);
}

static void regularizers_are_one_at_a_time(void)
{
	static const double list[] = { 2 };
	cnnviz_tensor *activation = logits_of(1);
	struct filter_job classes;

	for (int64_t regularizer = L1; regularizer <= L2; regularizer++) {
		begin_classes(&classes, activation, list, 1);
		classes.values[2].integer = regularizer;
		CU_ASSERT_EQUAL(run("class_image", &classes.job), CNNVIZ_OK);
		CU_ASSERT_EQUAL(classes.job.recipe.l1 > 0, regularizer == L1);
		CU_ASSERT_EQUAL(classes.job.recipe.l2 > 0, regularizer == L2);
		mock_forget(&classes.job);
	}
	tensor_unref(activation);
}

/* ---- Failures -------------------------------------------------------------- */

static void a_failed_optimization_is_passed_on(void)
{
	static const double list[] = { 1 };
	struct filter_job job;

	begin(&job, NULL, CHANNEL, list, 1);
	job.job.optimize_fails = true;
	CU_ASSERT_EQUAL(run("filter_vis", &job.job), CNNVIZ_ERROR_ENGINE);
	CU_ASSERT_EQUAL(job.job.artifact_count, 0);
	begin_classes(&job, NULL, list, 1);
	job.job.optimize_fails = true;
	CU_ASSERT_EQUAL(run("class_image", &job.job), CNNVIZ_ERROR_ENGINE);
	CU_ASSERT_EQUAL(job.job.artifact_count, 0);
}

static void a_failed_measurement_is_passed_on(void)
{
	static const double list[] = { 1 };
	cnnviz_tensor *activation = tensor_of(4, activation_shape, activations);
	cnnviz_tensor *scores = logits_of(1);
	struct filter_job job;

	begin(&job, activation, CHANNEL, list, 1);
	job.job.pass_fails = true;
	CU_ASSERT_EQUAL(run("filter_vis", &job.job), CNNVIZ_ERROR_ENGINE);
	mock_forget(&job.job);
	begin_classes(&job, scores, list, 1);
	job.job.pass_fails = true;
	CU_ASSERT_EQUAL(run("class_image", &job.job), CNNVIZ_ERROR_ENGINE);
	mock_forget(&job.job);
	tensor_unref(activation);
	tensor_unref(scores);
}

/** Runs a job with room for one more tensor each time; returns the tensors it needs */
static int run_short(const char *name, struct filter_job *job,
		const struct filter_job *fresh)
{
	int limit = 0;
	cnnviz_status status;

	do {
		*job = *fresh;
		job->job.values = job->values;
		mock_limit_tensors(limit);
		status = run(name, &job->job);
		mock_limit_tensors(-1);
		mock_forget(&job->job);
		CU_ASSERT_TRUE(status == CNNVIZ_OK || status == CNNVIZ_ERROR_MEMORY);
		limit++;
	} while (status != CNNVIZ_OK && limit < 100);
	return limit - 1;
}

static void short_memory_fails_the_job_and_leaks_nothing(void)
{
	static const double list[] = { 2, 1 };
	cnnviz_tensor *activation = tensor_of(4, activation_shape, activations);
	cnnviz_tensor *scores = logits_of(2);
	size_t alive = tensor_live_count();
	struct filter_job fresh;
	struct filter_job job;

	/* Seed, image, input, values; of each the picture that is read back, for a filter
	 * in two steps, and the seeds of its scalars; two of the sheet. A class without a score has one seed more. */
	begin(&fresh, activation, CHANNEL, list, 2);
	CU_ASSERT_EQUAL(run_short("filter_vis", &job, &fresh), 4 + 2 * 3 + 2);
	CU_ASSERT_EQUAL(tensor_live_count(), alive);
	begin_classes(&fresh, scores, list, 2);
	CU_ASSERT_EQUAL(run_short("class_image", &job, &fresh), 5 + 2 * 3 + 2);
	CU_ASSERT_EQUAL(tensor_live_count(), alive);
	tensor_unref(activation);
	tensor_unref(scores);
}

#define TEST(function) \
	{ \
#function, function \
	}

static CU_TestInfo filter_tests[] = {
	TEST(a_filter_is_made_large_by_the_mean_of_its_channel),
	TEST(without_a_filter_it_is_channel_0),
	TEST(a_linear_layer_has_filters_too),
	TEST(a_neuron_is_one_place),
	TEST(under_a_border_a_neuron_keeps_its_distance_from_the_middle),
	TEST(a_direction_adds_filters_up_by_weights_of_length_1),
	TEST(a_whole_layer_is_made_large_by_half_its_squared_norm),
	TEST(presets_are_those_of_the_sources),
	TEST(all_filters_are_those_of_the_layer),
	TEST(a_sheet_has_the_pictures_row_by_row),
	TEST(many_filters_go_in_several_batches_and_start_as_they_would_alone),
	TEST(arrays_are_kept_where_wanted),
	TEST(what_a_layer_has_not_is_refused_before_anything_is_computed),
	CU_TEST_INFO_NULL,
};

static CU_TestInfo class_tests[] = {
	TEST(a_class_is_made_large_by_its_logit),
	TEST(a_class_without_a_score_is_made_likelier_than_the_others),
	TEST(scalars_are_of_the_saved_picture),
	TEST(a_picture_that_is_taken_for_another_class_is_warned_of),
	TEST(class_presets_are_those_of_the_sources),
	TEST(regularizers_are_one_at_a_time),
	CU_TEST_INFO_NULL,
};

static CU_TestInfo failure_tests[] = {
	TEST(a_failed_optimization_is_passed_on),
	TEST(a_failed_measurement_is_passed_on),
	TEST(short_memory_fails_the_job_and_leaks_nothing),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	static const CU_SuiteInfo suites[] = {
		{ "filter_vis", load_plugins, free_plugins, NULL, NULL, filter_tests },
		{ "class_image", load_plugins, free_plugins, NULL, NULL, class_tests },
		{ "failures", load_plugins, free_plugins, NULL, NULL, failure_tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
