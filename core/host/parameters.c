/**
 * \file    host/parameters.c
 * \brief   Parameters of a job, for its technique
 */
#include "host/parameters.h"

#include "host/job.h"

static const struct value *find_value(const cnnviz_job *job, const char *name,
		const cnnviz_parameter **parameter)
{
	const cnnviz_technique *technique = &job->plan->plugin->technique;
	const cnnviz_parameter *table = job->plan->plugin->parameters;
	size_t place = parameter_find(table, technique->parameter_count, name);

	if (place == technique->parameter_count) {
		job_misuse(job, "asked for a parameter \"%s\" that it does not declare",
				name);
		return NULL;
	}
	*parameter = &table[place];
	return &job->plan->values[place];
}

/** Bit of a CNNVIZ_PARAMETER_* type, for sets of types */
#define TYPE_BIT(type) (UINT32_C(1) << (type))
#define INTEGER_TYPES \
	(TYPE_BIT(CNNVIZ_PARAMETER_INT) | TYPE_BIT(CNNVIZ_PARAMETER_ENUM) \
			| TYPE_BIT(CNNVIZ_PARAMETER_LAYER) \
			| TYPE_BIT(CNNVIZ_PARAMETER_CLASS) \
			| TYPE_BIT(CNNVIZ_PARAMETER_COLOR) \
			| TYPE_BIT(CNNVIZ_PARAMETER_CHANNEL))
#define REAL_TYPES (TYPE_BIT(CNNVIZ_PARAMETER_FLOAT) | TYPE_BIT(CNNVIZ_PARAMETER_INT))

static const struct value *find_typed(const cnnviz_job *job, const char *name,
		uint32_t allowed, const char *asked)
{
	const cnnviz_parameter *parameter;
	const struct value *value = find_value(job, name, &parameter);

	if (value != NULL && !(TYPE_BIT(parameter->type) & allowed)) {
		job_misuse(job, "asked for its parameter \"%s\" of type %s as %s", name,
				parameter_type_name(parameter->type), asked);
		return NULL;
	}
	return value;
}

static bool parameter_is_set(const cnnviz_job *job, const char *name)
{
	const cnnviz_parameter *parameter;
	const struct value *value = find_value(job, name, &parameter);

	return value != NULL && value->set;
}

static bool parameter_boolean(const cnnviz_job *job, const char *name)
{
	const struct value *value = find_typed(job, name, TYPE_BIT(CNNVIZ_PARAMETER_BOOL),
			"a bool");

	return value != NULL && value->set && value->integer != 0;
}

static int64_t parameter_integer(const cnnviz_job *job, const char *name)
{
	const struct value *value = find_typed(job, name, INTEGER_TYPES, "an integer");

	return value != NULL && value->set ? value->integer : 0;
}

static double parameter_real(const cnnviz_job *job, const char *name)
{
	const struct value *value = find_typed(job, name, REAL_TYPES, "a real number");

	return value != NULL && value->set ? value->real : 0;
}

static const char *parameter_text(const cnnviz_job *job, const char *name)
{
	const cnnviz_parameter *parameter;
	const struct value *value = find_value(job, name, &parameter);

	if (value != NULL && parameter->flags & CNNVIZ_PARAMETER_LIST) {
		value = value->item_count > 0 ? value->items : NULL;
	}
	const char *text = value != NULL
			? record_parameter(job->session->plan, parameter, value)
			: NULL;

	return text != NULL ? text : "";
}

/** Value of a parameter that is a list, or NULL */
static const struct value *find_list(const cnnviz_job *job, const char *name,
		const cnnviz_parameter **parameter)
{
	const struct value *value = find_value(job, name, parameter);

	if (value != NULL && !((*parameter)->flags & CNNVIZ_PARAMETER_LIST)
			&& (*parameter)->type != CNNVIZ_PARAMETER_PICTURES) {
		job_misuse(job,
				"asked for its parameter \"%s\" as a list, but declares "
				"it as a single value",
				name);
		return NULL;
	}
	return value;
}

/** Item of a list whose type is in allowed, or NULL */
static const struct value *find_item(const cnnviz_job *job, const char *name,
		uint32_t allowed, const char *asked, uint32_t index)
{
	const cnnviz_parameter *parameter;
	const struct value *value = find_list(job, name, &parameter);

	if (value == NULL || find_typed(job, name, allowed, asked) == NULL) {
		return NULL;
	}
	if (index >= value->item_count) {
		job_misuse(job,
				"asked for value %lu of its parameter \"%s\", which has "
				"%zu",
				(unsigned long)index, name, value->item_count);
		return NULL;
	}
	return &value->items[index];
}

static uint32_t parameter_list_count(const cnnviz_job *job, const char *name)
{
	const cnnviz_parameter *parameter;
	const struct value *value = find_list(job, name, &parameter);

	return value != NULL ? (uint32_t)value->item_count : 0;
}

static int64_t parameter_list_integer(const cnnviz_job *job, const char *name,
		uint32_t index)
{
	const struct value *item = find_item(job, name, INTEGER_TYPES, "an integer",
			index);

	return item != NULL ? item->integer : 0;
}

static double parameter_list_real(const cnnviz_job *job, const char *name, uint32_t index)
{
	const struct value *item = find_item(job, name, REAL_TYPES, "a real number",
			index);

	return item != NULL ? item->real : 0;
}

static const char *parameter_list_text(const cnnviz_job *job, const char *name,
		uint32_t index)
{
	const cnnviz_parameter *parameter;
	const struct value *item = find_item(job, name, UINT32_MAX, "a text", index);

	return item != NULL && find_value(job, name, &parameter) != NULL
			? record_parameter(job->session->plan, parameter, item)
			: "";
}

const cnnviz_parameter_api parameter_services = {
	.struct_size = sizeof(cnnviz_parameter_api),
	.is_set = parameter_is_set,
	.boolean = parameter_boolean,
	.integer = parameter_integer,
	.real = parameter_real,
	.text = parameter_text,
	.list_count = parameter_list_count,
	.list_integer = parameter_list_integer,
	.list_real = parameter_list_real,
	.list_text = parameter_list_text,
};
