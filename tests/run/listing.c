/*
 * A technique with a list of every type that lists may have. It logs what the services
 * return for each, and misuses them in the way selected by a parameter.
 */
#include <stdio.h>

#include <cnnviz/cnnviz.h>

enum {
	SOUND,
	NOT_A_LIST,
	BEYOND,
	WRONG_TYPE,
};

static const char *const ways[] = { "sound", "not_a_list", "beyond", "wrong_type", NULL };
static const char *const moods[] = { "calm", "wild", NULL };

#define LIST CNNVIZ_PARAMETER_LIST
#define LIST_OR_ALL (CNNVIZ_PARAMETER_LIST | CNNVIZ_PARAMETER_ALL)

static const cnnviz_parameter parameters[] = {
	{
			.name = "filters",
			.type = CNNVIZ_PARAMETER_INT,
			.flags = LIST_OR_ALL,
			.minimum = -10,
			.maximum = 99999,
			.unit = "channels",
			.summary = "which filters",
	},
	{
			.name = "rates",
			.type = CNNVIZ_PARAMETER_FLOAT,
			.flags = LIST,
			.default_value = "0.25, 0.5",
			.minimum = 0,
			.maximum = 1,
			.summary = "how far each step goes",
	},
	{
			.name = "titles",
			.type = CNNVIZ_PARAMETER_STRING,
			.flags = LIST,
			.summary = "what they are called",
	},
	{
			.name = "moods",
			.type = CNNVIZ_PARAMETER_ENUM,
			.flags = LIST,
			.choices = moods,
			.summary = "how they look",
	},
	{
			.name = "layers",
			.type = CNNVIZ_PARAMETER_LAYER,
			.flags = LIST_OR_ALL,
			.default_value = "all",
			.summary = "where to look",
	},
	{
			.name = "classes",
			.type = CNNVIZ_PARAMETER_CLASS,
			.flags = LIST,
			.summary = "what to look for",
	},
	{
			.name = "masks",
			.type = CNNVIZ_PARAMETER_PATH,
			.flags = LIST,
			.summary = "where to paint",
	},
	{
			.name = "inks",
			.type = CNNVIZ_PARAMETER_COLOR,
			.flags = LIST,
			.summary = "what to paint with",
	},
	{
			.name = "how",
			.type = CNNVIZ_PARAMETER_ENUM,
			.default_value = "sound",
			.choices = ways,
			.summary = "which fault to show",
	},
};

static const cnnviz_artifact artifacts[] = {
	{
			.name = "values",
			.type = CNNVIZ_ARTIFACT_ARRAY,
			.summary = "the values of a list: as numbers, then the first as "
				   "that of one",
	},
};

static bool has_numbers(const cnnviz_parameter *parameter)
{
	return parameter->type != CNNVIZ_PARAMETER_STRING
			&& parameter->type != CNNVIZ_PARAMETER_PATH;
}

static cnnviz_status tell_numbers(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_parameter *parameter, uint32_t count)
{
	const char *name = parameter->name;
	bool real = parameter->type == CNNVIZ_PARAMETER_FLOAT;
	cnnviz_tensor *numbers = host->tensor->create(1, (const int64_t[]){ count + 1 });
	float *data = host->tensor->mutable_data(numbers);
	char artifact[64];

	for (uint32_t i = 0; i < count; i++) {
		data[i] = real ? (float)host->parameter->list_real(job, name, i)
			       : (float)host->parameter->list_integer(job, name, i);
	}
	data[count] = real ? (float)host->parameter->real(job, name)
			   : (float)host->parameter->integer(job, name);
	snprintf(artifact, sizeof(artifact), "values-%s", name);
	cnnviz_status status = host->artifact->array(job, artifact, numbers);
	host->tensor->unref(numbers);
	return status;
}

static void tell_texts(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_parameter *parameter, uint32_t count)
{
	for (uint32_t i = 0; i < count && i < 9; i++) {
		host->warn(job, -1, "%s[%u] = %s", parameter->name, (unsigned)i,
				host->parameter->list_text(job, parameter->name, i));
	}
	host->warn(job, -1, "%s: %u, %sset, first %s", parameter->name, (unsigned)count,
			host->parameter->is_set(job, parameter->name) ? "" : "not ",
			host->parameter->text(job, parameter->name));
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	cnnviz_status status = CNNVIZ_OK;

	(void)batch;
	switch (host->parameter->integer(job, "how")) {
	case NOT_A_LIST:
		host->parameter->list_count(job, "how");
		return CNNVIZ_OK;
	case BEYOND:
		host->parameter->list_real(job, "rates", 2);
		return CNNVIZ_OK;
	case WRONG_TYPE:
		host->parameter->list_real(job, "layers", 0);
		return CNNVIZ_OK;
	default:
		break;
	}
	for (size_t i = 0; parameters[i].flags != 0 && status == CNNVIZ_OK; i++) {
		uint32_t count = host->parameter->list_count(job, parameters[i].name);

		tell_texts(host, job, &parameters[i], count);
		if (has_numbers(&parameters[i])) {
			status = tell_numbers(host, job, &parameters[i], count);
		}
	}
	return status;
}

static const cnnviz_technique technique = {
	.abi_major = CNNVIZ_ABI_MAJOR,
	.abi_minor = CNNVIZ_ABI_MINOR,
	.struct_size = sizeof(cnnviz_technique),
	.kind = CNNVIZ_KIND_GENERAL,
	.name = "listing",
	.version = "1.0",
	.summary = "Takes lists and tells what is in them",
	.parameters = parameters,
	.parameter_count = sizeof(parameters) / sizeof(parameters[0]),
	.parameter_size = sizeof(cnnviz_parameter),
	.artifacts = artifacts,
	.artifact_count = sizeof(artifacts) / sizeof(artifacts[0]),
	.artifact_size = sizeof(cnnviz_artifact),
	.run_mode = CNNVIZ_RUN_ONCE,
	.run = run,
};

CNNVIZ_PLUGIN(technique)
