/*
 * A valid plugin, and with -DFIXTURE_... several invalid ones: each entry in plugins.am
 * changes one property, which its name gives.
 */
#include <cnnviz/cnnviz.h>

#ifndef FIXTURE_ABI_MAJOR
#define FIXTURE_ABI_MAJOR CNNVIZ_ABI_MAJOR
#endif
#ifndef FIXTURE_ABI_MINOR
#define FIXTURE_ABI_MINOR CNNVIZ_ABI_MINOR
#endif
#ifndef FIXTURE_STRUCT_SIZE
#define FIXTURE_STRUCT_SIZE sizeof(cnnviz_technique)
#endif
#ifndef FIXTURE_NAME
#define FIXTURE_NAME "sound"
#endif
#ifndef FIXTURE_PARAMETER
#define FIXTURE_PARAMETER "samples"
#endif
#ifndef FIXTURE_DEFAULT
#define FIXTURE_DEFAULT "3"
#endif

static const cnnviz_parameter parameters[] = {
	{ FIXTURE_PARAMETER, CNNVIZ_PARAMETER_INT, .default_value = FIXTURE_DEFAULT,
			.minimum = 1, .maximum = 9, .summary = "a number" },
};

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	(void)batch;
	(void)maps;
	return host->fail(job, CNNVIZ_ERROR_UNSUPPORTED, "this plugin always fails");
}

static const cnnviz_technique technique = {
	.abi_major = FIXTURE_ABI_MAJOR,
	.abi_minor = FIXTURE_ABI_MINOR,
	.struct_size = FIXTURE_STRUCT_SIZE,
	.kind = CNNVIZ_KIND_ATTRIBUTION,
	.name = FIXTURE_NAME,
	.version = "1.0",
	.summary = "a plugin for the loader's tests",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_GRADIENT,
	.attribute = attribute,
};

CNNVIZ_PLUGIN(technique)
