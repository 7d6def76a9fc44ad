/*
 * A technique with a list of every type that lists may have. It logs what the services
 * return for each, and misuses them in the way selected by a parameter.
 */
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
	{ "filters", CNNVIZ_PARAMETER_INT, .flags = LIST_OR_ALL, .minimum = -10,
			.maximum = 99999, .unit = "channels",
			.summary = "which filters" },
	{ "rates", CNNVIZ_PARAMETER_FLOAT, .flags = LIST, .default_value = "0.25, 0.5",
			.minimum = 0, .maximum = 1, .summary = "how far each step goes" },
	{ "titles", CNNVIZ_PARAMETER_STRING, .flags = LIST,
			.summary = "what they are called" },
	{ "moods", CNNVIZ_PARAMETER_ENUM, .flags = LIST, .choices = moods,
			.summary = "how they look" },
	{ "layers", CNNVIZ_PARAMETER_LAYER, .flags = LIST_OR_ALL, .default_value = "all",
			.summary = "where to look" },
	{ "classes", CNNVIZ_PARAMETER_CLASS, .flags = LIST,
			.summary = "what to look for" },
	{ "masks", CNNVIZ_PARAMETER_PATH, .flags = LIST, .summary = "where to paint" },
	{ "inks", CNNVIZ_PARAMETER_COLOR, .flags = LIST,
			.summary = "what to paint with" },
	{ "how", CNNVIZ_PARAMETER_ENUM, .default_value = "sound", .choices = ways,
			.summary = "which fault to show" },
};

static const cnnviz_artifact artifacts[] = {
	{ "values", CNNVIZ_ARTIFACT_ARRAY,
			.summary = "the values of a list: as numbers, then the first as "
				   "that of one" },
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
	cnnviz_tensor *numbers = NULL;
	cnnviz_status status = host->tensor->create(job, 1,
			(const int64_t[]){ count + 1 }, &numbers);

	if (status != CNNVIZ_OK) {
		return status;
	}
	float *data = host->tensor->mutable_data(numbers);

	for (uint32_t i = 0; i < count; i++) {
		data[i] = real ? (float)host->parameter->list_real(job, name, i)
			       : (float)host->parameter->list_integer(job, name, i);
	}
	data[count] = real ? (float)host->parameter->real(job, name)
			   : (float)host->parameter->integer(job, name);
	status = host->artifact->array(job, "values", name, numbers, CNNVIZ_WHOLE);
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
	CNNVIZ_GENERAL("listing", "1.0"),
	.summary = "Takes lists and tells what is in them",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_ONCE,
	.run = run,
};

CNNVIZ_PLUGIN(technique)
