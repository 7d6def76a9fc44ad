/*
 * A plugin with longer structs than this host's, like one for a later minor that sets
 * abi_minor to the version it requires: valid in the known part.
 */
#include <cnnviz/cnnviz.h>

struct grown_parameter {
	cnnviz_parameter known;
	const char *later;
};

struct grown_technique {
	cnnviz_technique known;
	const char *later[4];
};

static const struct grown_parameter parameters[] = {
	{
		.known = {
			.name = "first",
			.type = CNNVIZ_PARAMETER_BOOL,
			.default_value = "no",
			.summary = "the first parameter",
		},
		.later = "unknown here",
	},
	{
		.known = {
			.name = "second",
			.type = CNNVIZ_PARAMETER_FLOAT,
			.default_value = "0.5",
			.summary = "the second parameter",
		},
		.later = "unknown here",
	},
};

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	return host->pass->logit_gradient(job, batch, CNNVIZ_RULE_PLAIN,
			CNNVIZ_LAYER_INPUT, NULL, maps);
}

static const struct grown_technique technique = {
	.known = {
		.abi_major = CNNVIZ_ABI_MAJOR,
		.abi_minor = 0,
		.struct_size = sizeof(struct grown_technique),
		.kind = CNNVIZ_KIND_ATTRIBUTION,
		.name = "grown",
		.version = "1.0",
		.summary = "a plugin with longer structs",
		.parameters = &parameters[0].known,
		.parameter_count = sizeof(parameters) / sizeof(parameters[0]),
		.parameter_size = sizeof(parameters[0]),
		.map_style = CNNVIZ_MAP_GRADIENT,
		.attribute = attribute,
	},
	.later = { "unknown here" },
};

CNNVIZ_PLUGIN(technique.known)
