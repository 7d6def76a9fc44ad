/**
 * \file    plugins/test_descriptor.c
 * \brief   Which descriptors the host accepts, and the parameters that it adds
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/value.h"
#include "image/render.h"
#include "plugin/attribution.h"
#include "plugin/descriptor.h"
#include "support/cunit_main.h"

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	(void)host;
	(void)job;
	(void)batch;
	(void)maps;
	return CNNVIZ_ERROR_UNSUPPORTED;
}

static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	(void)host;
	(void)job;
	return CNNVIZ_OK;
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	(void)host;
	(void)job;
	(void)batch;
	return CNNVIZ_ERROR_UNSUPPORTED;
}

static cnnviz_status create(const cnnviz_host *host, cnnviz_job *job, void **data)
{
	(void)host;
	(void)job;
	*data = NULL;
	return CNNVIZ_OK;
}

static void destroy(const cnnviz_host *host, void *data)
{
	(void)host;
	(void)data;
}

/** A plugin's descriptor and tables, sound until a case spoils them */
struct sample {
	cnnviz_technique technique;
	cnnviz_parameter parameters[2];
	cnnviz_artifact artifacts[2];
};

static void sample_attribution(struct sample *sample)
{
	*sample = (struct sample){
		.technique = {
			CNNVIZ_ATTRIBUTION("sample", "1.0"),
			.summary = "a sample",
			.parameters = sample->parameters,
			.parameter_count = 2,
			.parameter_size = sizeof(cnnviz_parameter),
			.map_style = CNNVIZ_MAP_CAM,
			.attribute = attribute,
		},
		.parameters = {
			{ .name = "layer", .type = CNNVIZ_PARAMETER_LAYER,
				.summary = "a layer" },
			{ .name = "samples", .type = CNNVIZ_PARAMETER_INT,
				.default_value = "2", .summary = "a number" },
		},
	};
}

static void sample_general(struct sample *sample)
{
	sample_attribution(sample);
	sample->technique.kind = CNNVIZ_KIND_GENERAL;
	sample->technique.attribute = NULL;
	sample->technique.map_style = 0;
	sample->technique.run = run;
	sample->technique.run_mode = CNNVIZ_RUN_ONCE;
	sample->technique.artifacts = sample->artifacts;
	sample->technique.artifact_count = 2;
	sample->technique.artifact_size = sizeof(cnnviz_artifact);
	sample->artifacts[0] = (cnnviz_artifact){ .name = "picture",
		.type = CNNVIZ_ARTIFACT_IMAGE,
		.summary = "a picture" };
	sample->artifacts[1] = (cnnviz_artifact){ .name = "count",
		.type = CNNVIZ_ARTIFACT_SCALAR,
		.summary = "a number" };
}

static cnnviz_status read_sample(const struct sample *sample, struct plugin *plugin,
		struct error *error)
{
	*plugin = (struct plugin){ .path = NULL };
	return descriptor_read(&sample->technique, CNNVIZ_ABI_MINOR,
			"/some/where/file.so", plugin, error);
}

static void plugin_free(struct plugin *plugin)
{
	free(plugin->parameters);
	free(plugin->artifacts);
}

/* ---- Faults ---------------------------------------------------------------- */

static void create_alone(struct sample *s)
{
	s->technique.create = create;
}
static void destroy_alone(struct sample *s)
{
	s->technique.destroy = destroy;
}
static void prepared_alone(struct sample *s)
{
	s->technique.prepared = check;
}
static void name_null(struct sample *s)
{
	s->technique.name = NULL;
}
static void name_empty(struct sample *s)
{
	s->technique.name = "";
}
static void name_upper(struct sample *s)
{
	s->technique.name = "Sample";
}
static void name_digit(struct sample *s)
{
	s->technique.name = "2nd";
}
static void name_path(struct sample *s)
{
	s->technique.name = "a/../b";
}
static void no_version(struct sample *s)
{
	s->technique.version = NULL;
}
static void no_summary(struct sample *s)
{
	s->technique.summary = "";
}
static void kind_0(struct sample *s)
{
	s->technique.kind = 0;
}
static void kind_3(struct sample *s)
{
	s->technique.kind = 3;
}
static void no_attribute(struct sample *s)
{
	s->technique.attribute = NULL;
}
static void no_run(struct sample *s)
{
	s->technique.run = NULL;
}
static void style_0(struct sample *s)
{
	s->technique.map_style = 0;
}
static void style_5(struct sample *s)
{
	s->technique.map_style = 6;
}
static void style_like_none(struct sample *s)
{
	s->technique.map_style = CNNVIZ_MAP_LIKE_JOB;
}
static void style_like_any(struct sample *s)
{
	s->technique.map_style = CNNVIZ_MAP_LIKE_JOB;
	s->parameters[1] = (cnnviz_parameter){ .name = "base",
		.type = CNNVIZ_PARAMETER_JOB,
		.summary = "a job" };
}
static void style_1(struct sample *s)
{
	s->technique.map_style = 1;
}
static void mode_0(struct sample *s)
{
	s->technique.run_mode = 0;
}
static void mode_1(struct sample *s)
{
	s->technique.run_mode = 1;
}
static void mode_3(struct sample *s)
{
	s->technique.run_mode = 3;
}
static void table_null(struct sample *s)
{
	s->technique.parameters = NULL;
}
static void table_huge(struct sample *s)
{
	s->technique.parameter_count = UINT32_MAX;
}
static void table_narrow(struct sample *s)
{
	s->technique.parameter_size = 63;
}
static void parameter_upper(struct sample *s)
{
	s->parameters[1].name = "Samples";
}
static void parameter_twice(struct sample *s)
{
	s->parameters[1].name = "layer";
}
static void parameter_type(struct sample *s)
{
	s->parameters[1].type = 11;
}
static void parameter_mute(struct sample *s)
{
	s->parameters[1].summary = NULL;
}
static void parameter_default(struct sample *s)
{
	s->parameters[1].default_value = "two";
}
static void parameter_technique(struct sample *s)
{
	s->parameters[0].name = "technique";
}
static void parameter_target(struct sample *s)
{
	s->parameters[0].name = "target";
}
static void parameter_upsample(struct sample *s)
{
	s->parameters[0].name = "upsample";
}
static void artifacts_none(struct sample *s)
{
	s->technique.artifact_count = 0;
}
static void artifacts_null(struct sample *s)
{
	s->technique.artifacts = NULL;
}
static void artifacts_narrow(struct sample *s)
{
	s->technique.artifact_size = 23;
}
static void artifacts_some(struct sample *s)
{
	s->artifacts[0] = (cnnviz_artifact){ .name = "picture",
		.type = CNNVIZ_ARTIFACT_IMAGE,
		.summary = "a picture" };
	s->technique.artifacts = s->artifacts;
	s->technique.artifact_count = 1;
	s->technique.artifact_size = sizeof(cnnviz_artifact);
}
static void artifact_number(struct sample *s)
{
	artifacts_some(s);
	s->artifacts[0].type = CNNVIZ_ARTIFACT_SCALAR;
}
static void artifact_drawing(struct sample *s)
{
	artifacts_some(s);
	s->artifacts[0].name = "overlay";
}
static void artifact_upper(struct sample *s)
{
	s->artifacts[1].name = "a.png";
}
static void artifact_twice(struct sample *s)
{
	s->artifacts[1].name = "picture";
}
static void artifact_type(struct sample *s)
{
	s->artifacts[1].type = 7;
}
static void artifact_mute(struct sample *s)
{
	s->artifacts[1].summary = "";
}

static void each_fault_of_a_descriptor_is_refused_and_named(void)
{
	static const struct {
		void (*sample)(struct sample *sample);
		void (*spoil)(struct sample *sample);
		const char *fragments[2];
	} cases[] = {
		{ sample_attribution, name_null, { "name", "lower-case letter" } },
		{ sample_attribution, name_empty, { "name", "lower-case letter" } },
		{ sample_attribution, name_upper, { "\"Sample\"", "lower-case letter" } },
		{ sample_attribution, name_digit, { "\"2nd\"", "lower-case letter" } },
		{ sample_attribution, name_path, { "\"a/../b\"", "lower-case letter" } },
		{ sample_attribution, no_version, { "\"sample\"", "version" } },
		{ sample_attribution, no_summary, { "\"sample\"", "summary" } },
		{ sample_attribution, kind_0, { "\"sample\"", "unknown kind, 0" } },
		{ sample_attribution, kind_3, { "\"sample\"", "unknown kind, 3" } },
		{ sample_attribution, no_attribute, { "\"sample\"", "attribute()" } },
		{ sample_general, no_run, { "\"sample\"", "run()" } },
		{ sample_attribution, style_0, { "\"sample\"", "map_style, 0" } },
		{ sample_attribution, create_alone,
				{ "\"sample\"", "create() but no destroy()" } },
		{ sample_attribution, destroy_alone,
				{ "\"sample\"", "destroy() but no create()" } },
		{ sample_attribution, prepared_alone,
				{ "\"sample\"", "prepared() but no prepare()" } },
		{ sample_attribution, style_5, { "\"sample\"", "map_style, 6" } },
		{ sample_attribution, style_like_none,
				{ "parameter table", "no parameter of type job" } },
		{ sample_attribution, style_like_any,
				{ "parameter table", "the job named by \"base\"" } },
		{ sample_general, style_1, { "\"sample\"", "map_style, 1" } },
		{ sample_attribution, mode_1, { "\"sample\"", "run_mode, 1" } },
		{ sample_general, mode_0, { "\"sample\"", "run_mode, 0" } },
		{ sample_general, mode_3, { "\"sample\"", "run_mode, 3" } },
		{ sample_attribution, table_null, { "parameter table", "NULL" } },
		{ sample_attribution, table_huge, { "parameter table", "4294967295" } },
		{ sample_attribution, table_narrow, { "parameter table", "63" } },
		{ sample_attribution, parameter_upper, { "parameter table", "Samples" } },
		{ sample_attribution, parameter_twice, { "parameter table", "layer" } },
		{ sample_attribution, parameter_type, { "parameter table", "type" } },
		{ sample_attribution, parameter_mute, { "parameter table", "summary" } },
		{ sample_attribution, parameter_default, { "parameter table", "two" } },
		{ sample_attribution, parameter_technique,
				{ "parameter table", "\"technique\"" } },
		{ sample_general, parameter_technique,
				{ "parameter table", "\"technique\"" } },
		{ sample_attribution, parameter_target,
				{ "parameter table", "\"target\"" } },
		{ sample_attribution, parameter_upsample,
				{ "parameter table", "\"upsample\"" } },
		{ sample_attribution, artifact_number,
				{ "artifact table", "image, array or labels" } },
		{ sample_attribution, artifact_drawing,
				{ "artifact table",
						"\"overlay\" is the name of a map" } },
		{ sample_general, artifacts_none, { "artifact table", "at least one" } },
		{ sample_general, artifacts_null, { "artifact table", "NULL" } },
		{ sample_general, artifacts_narrow, { "artifact table", "23" } },
		{ sample_general, artifact_upper, { "artifact table", "\"a.png\"" } },
		{ sample_general, artifact_twice, { "artifact table", "\"picture\"" } },
		{ sample_general, artifact_type, { "artifact table", "type, 7" } },
		{ sample_general, artifact_mute, { "artifact table", "summary" } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sample sample;
		struct plugin plugin;
		struct error error = { .status = CNNVIZ_OK };

		cases[i].sample(&sample);
		cases[i].spoil(&sample);
		CU_ASSERT_EQUAL(read_sample(&sample, &plugin, &error),
				CNNVIZ_ERROR_PLUGIN);
		CU_ASSERT_EQUAL(strncmp(error.text, "/some/where/file.so", 19), 0);
		for (size_t j = 0; j < 2; j++) {
			if (strstr(error.text, cases[i].fragments[j]) == NULL) {
				fprintf(stderr, "case %zu: \"%s\" is not in: %s\n", i,
						cases[i].fragments[j], error.text);
				CU_FAIL("the reason lacks a fragment");
			}
		}
		CU_ASSERT_PTR_NULL(plugin.parameters);
		CU_ASSERT_PTR_NULL(plugin.artifacts);
	}
}

/* ---- What is taken ---------------------------------------------------------- */

static void sound_descriptors_are_taken(void)
{
	struct sample sample;
	struct plugin plugin;

	sample_attribution(&sample);
	CU_ASSERT_EQUAL(read_sample(&sample, &plugin, NULL), CNNVIZ_OK);
	CU_ASSERT_PTR_EQUAL(plugin.technique.parameters, plugin.parameters);
	CU_ASSERT_STRING_EQUAL(plugin.parameters[1].name, "samples");
	plugin_free(&plugin);

	sample_general(&sample);
	CU_ASSERT_EQUAL(read_sample(&sample, &plugin, NULL), CNNVIZ_OK);
	CU_ASSERT_PTR_EQUAL(plugin.technique.artifacts, plugin.artifacts);
	CU_ASSERT_STRING_EQUAL(plugin.artifacts[1].name, "count");
	plugin_free(&plugin);

	sample_attribution(&sample);
	sample.technique.parameters = NULL;
	sample.technique.parameter_count = 0;
	sample.technique.parameter_size = 0;
	CU_ASSERT_EQUAL(read_sample(&sample, &plugin, NULL), CNNVIZ_OK);
	plugin_free(&plugin);
}

static void maps_may_be_like_those_of_a_job(void)
{
	struct sample sample;
	struct plugin plugin;

	sample_attribution(&sample);
	style_like_any(&sample);
	sample.parameters[1].flags = CNNVIZ_PARAMETER_REQUIRED;
	CU_ASSERT_EQUAL(read_sample(&sample, &plugin, NULL), CNNVIZ_OK);
	plugin_free(&plugin);
	sample.parameters[1].flags = 0;
	sample.parameters[1].default_value = "vanilla_bp";
	CU_ASSERT_EQUAL(read_sample(&sample, &plugin, NULL), CNNVIZ_OK);
	plugin_free(&plugin);
}

static void every_type_of_artifact_is_taken(void)
{
	for (uint32_t type = CNNVIZ_ARTIFACT_IMAGE; type <= CNNVIZ_ARTIFACT_LABELS;
			type++) {
		struct sample sample;
		struct plugin plugin;

		sample_general(&sample);
		sample.artifacts[1].type = type;
		CU_ASSERT_EQUAL(read_sample(&sample, &plugin, NULL), CNNVIZ_OK);
		plugin_free(&plugin);
	}
}

static void a_general_technique_may_have_a_target_of_its_own(void)
{
	struct sample sample;
	struct plugin plugin;

	sample_general(&sample);
	parameter_target(&sample);
	CU_ASSERT_EQUAL(read_sample(&sample, &plugin, NULL), CNNVIZ_OK);
	plugin_free(&plugin);
}

static void nothing_behind_the_size_is_read_of_another_major(void)
{
	/* Its heap block ends after struct_size, so a sanitizer sees one byte more. */
	uint32_t *head = malloc(3 * sizeof(*head));
	struct plugin plugin = { .path = NULL };
	struct error error;

	CU_ASSERT_PTR_NOT_NULL_FATAL(head);
	head[0] = CNNVIZ_ABI_MAJOR + 1;
	head[1] = 0;
	head[2] = 12;
	CU_ASSERT_EQUAL(descriptor_read((const void *)head, CNNVIZ_ABI_MINOR,
					"/a/file.so", &plugin, &error),
			CNNVIZ_ERROR_UNSUPPORTED);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "ABI 2.0"));
	head[0] = CNNVIZ_ABI_MAJOR;
	CU_ASSERT_EQUAL(descriptor_read((const void *)head, CNNVIZ_ABI_MINOR,
					"/a/file.so", &plugin, &error),
			CNNVIZ_ERROR_PLUGIN);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "struct_size is 12"));
	free(head);
}

/* ---- Older and newer ones ---------------------------------------------------- */

static void every_minor_up_to_the_hosts_is_taken_and_no_newer_one(void)
{
	const uint32_t host_minor = 3;

	for (uint32_t minor = 0; minor <= host_minor + 1; minor++) {
		struct sample sample;
		struct plugin plugin = { .path = NULL };
		struct error error = { .text = "" };

		sample_attribution(&sample);
		sample.technique.abi_minor = minor;
		cnnviz_status status = descriptor_read(&sample.technique, host_minor,
				"/a/file.so", &plugin, &error);

		CU_ASSERT_EQUAL(status,
				minor <= host_minor ? CNNVIZ_OK
						    : CNNVIZ_ERROR_UNSUPPORTED);
		CU_ASSERT_EQUAL(plugin.technique.abi_minor,
				minor <= host_minor ? minor : 0);
		CU_ASSERT_EQUAL(strstr(error.text, "ABI 1.4 and this cnnviz has 1.3")
						!= NULL,
				minor > host_minor);
		plugin_free(&plugin);
	}
}

/** The descriptor cut to size bytes, in a block of its own, so that sanitizers see more */
static cnnviz_status read_cut(size_t size, struct plugin *plugin, struct error *error)
{
	struct sample sample;
	cnnviz_technique *cut = malloc(size);

	CU_ASSERT_PTR_NOT_NULL_FATAL(cut);
	sample_attribution(&sample);
	sample.technique.check = check;
	sample.technique.asks = CNNVIZ_ASKS_MAPS;
	sample.technique.family = CNNVIZ_FAMILY_CAM;
	sample.technique.create = create;
	sample.technique.destroy = destroy;
	sample.technique.struct_size = (uint32_t)size;
	memcpy(cut, &sample.technique, size);
	cnnviz_status status = descriptor_read(cut, CNNVIZ_ABI_MINOR, "/a/file.so",
			plugin, error);

	free(cut);
	return status;
}

static void a_shorter_descriptor_lacks_what_is_behind_its_end(void)
{
	const size_t end = offsetof(cnnviz_technique, check);
	struct plugin plugin = { .path = NULL };
	struct error error = { .text = "" };

	/* Up to the optional members, into the middle of them, and with them */
	for (size_t size = end; size <= sizeof(cnnviz_technique); size += 2) {
		CU_ASSERT_EQUAL(read_cut(size, &plugin, &error), CNNVIZ_OK);
		CU_ASSERT_EQUAL(plugin.technique.check != NULL,
				size >= end + sizeof(plugin.technique.check));
		CU_ASSERT_EQUAL(plugin.technique.asks,
				size >= offsetof(cnnviz_technique, reserved)
						? CNNVIZ_ASKS_MAPS
						: 0);
		CU_ASSERT_EQUAL(plugin.technique.family != NULL,
				size >= offsetof(cnnviz_technique, create));
		CU_ASSERT_EQUAL(plugin.technique.create != NULL,
				size == sizeof(cnnviz_technique));
		CU_ASSERT_PTR_NOT_NULL(plugin.technique.attribute);
		plugin_free(&plugin);
	}
	CU_ASSERT_EQUAL(read_cut(end - 1, &plugin, &error), CNNVIZ_ERROR_PLUGIN);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "too short"));
}

static void of_a_longer_descriptor_the_known_part_is_taken(void)
{
	struct {
		cnnviz_parameter known;
		const char *unknown;
	} parameters[2] = { { .unknown = "of a later minor" } };
	struct sample sample;
	struct plugin plugin;
	struct error error = { .text = "" };

	sample_attribution(&sample);
	for (size_t i = 0; i < 2; i++) {
		parameters[i].known = sample.parameters[i];
	}
	sample.technique.struct_size = sizeof(sample.technique) + 32;
	sample.technique.parameters = &parameters[0].known;
	sample.technique.parameter_size = sizeof(parameters[0]);
	CU_ASSERT_EQUAL(read_sample(&sample, &plugin, &error), CNNVIZ_OK);
	CU_ASSERT_STRING_EQUAL(plugin.parameters[0].name, "layer");
	CU_ASSERT_STRING_EQUAL(plugin.parameters[1].name, "samples");
	CU_ASSERT_EQUAL(plugin.technique.parameter_size, sizeof(cnnviz_parameter));
	plugin_free(&plugin);
}

static void a_plugin_can_tell_which_members_a_host_lacks(void)
{
	static const cnnviz_image_api images = {
		.struct_size = offsetof(cnnviz_image_api, read),
	};
	static const cnnviz_host shorter = {
		.struct_size = offsetof(cnnviz_host, canceled),
		.image = &images,
	};
	static const cnnviz_host whole = { .struct_size = sizeof(whole) };

	CU_ASSERT_TRUE(CNNVIZ_HAS(cnnviz_host, &shorter, progress));
	CU_ASSERT_FALSE(CNNVIZ_HAS(cnnviz_host, &shorter, canceled));
	CU_ASSERT_TRUE(CNNVIZ_HAS(cnnviz_host, &whole, canceled));
	/* Tables behind the host tell their own size. */
	CU_ASSERT_TRUE(CNNVIZ_HAS(cnnviz_image_api, shorter.image, normalize));
	CU_ASSERT_FALSE(CNNVIZ_HAS(cnnviz_image_api, shorter.image, read));
}

/* ---- The host's own parameters ---------------------------------------------- */

static const cnnviz_parameter *common(const char *name)
{
	size_t i = parameter_find(attribution_parameters, attribution_parameter_count,
			name);

	CU_ASSERT_FATAL(i < attribution_parameter_count);
	return &attribution_parameters[i];
}

static void the_common_parameters_are_a_valid_table(void)
{
	struct error error = { .text = "" };

	CU_ASSERT_EQUAL(parameters_check(attribution_parameters,
					attribution_parameter_count, &error),
			CNNVIZ_OK);
	CU_ASSERT_STRING_EQUAL(error.text, "");
}

static void the_common_colormaps_are_those_of_the_renderer(void)
{
	const char *const *words = common("colormap")->choices;
	size_t i = 0;

	for (; words[i] != NULL && colormap_names[i] != NULL; i++) {
		CU_ASSERT_STRING_EQUAL(words[i], colormap_names[i]);
	}
	CU_ASSERT_PTR_NULL(words[i]);
	CU_ASSERT_PTR_NULL(colormap_names[i]);
	CU_ASSERT_STRING_EQUAL(words[COLORMAP_TURBO], common("colormap")->default_value);
}

static void the_common_filters_are_numbered_as_in_the_abi(void)
{
	const char *const *words = common("upsample")->choices;

	CU_ASSERT_STRING_EQUAL(words[CNNVIZ_FILTER_NEAREST], "nearest");
	CU_ASSERT_STRING_EQUAL(words[CNNVIZ_FILTER_BILINEAR], "bilinear");
	CU_ASSERT_STRING_EQUAL(words[CNNVIZ_FILTER_BICUBIC], "bicubic");
	CU_ASSERT_STRING_EQUAL(words[CNNVIZ_FILTER_LANCZOS], "lanczos");
	CU_ASSERT_PTR_NULL(words[4]);
}

#define TEST(function) \
	{ \
#function, function \
	}

static CU_TestInfo descriptor_tests[] = {
	TEST(each_fault_of_a_descriptor_is_refused_and_named),
	TEST(sound_descriptors_are_taken),
	TEST(maps_may_be_like_those_of_a_job),
	TEST(every_type_of_artifact_is_taken),
	TEST(a_general_technique_may_have_a_target_of_its_own),
	TEST(nothing_behind_the_size_is_read_of_another_major),
	CU_TEST_INFO_NULL,
};

static CU_TestInfo version_tests[] = {
	TEST(every_minor_up_to_the_hosts_is_taken_and_no_newer_one),
	TEST(a_shorter_descriptor_lacks_what_is_behind_its_end),
	TEST(of_a_longer_descriptor_the_known_part_is_taken),
	TEST(a_plugin_can_tell_which_members_a_host_lacks),
	CU_TEST_INFO_NULL,
};

static CU_TestInfo common_tests[] = {
	TEST(the_common_parameters_are_a_valid_table),
	TEST(the_common_colormaps_are_those_of_the_renderer),
	TEST(the_common_filters_are_numbered_as_in_the_abi),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	static const CU_SuiteInfo suites[] = {
		{ "descriptors", NULL, NULL, NULL, NULL, descriptor_tests },
		{ "older and newer", NULL, NULL, NULL, NULL, version_tests },
		{ "common parameters", NULL, NULL, NULL, NULL, common_tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
