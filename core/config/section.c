/**
 * \file    config/section.c
 * \brief   Reads sections by tables of parameters, and checks such tables
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/parameter.h"
#include "config/spelling.h"

/* ---- Sections ---------------------------------------------------------- */

/** One call of values_read() */
struct section_reading {
	const struct ini *ini;
	const char *section;
	const cnnviz_parameter *parameters;
	size_t count;
	const char *const *ignore;
	const struct value_resolver *resolver;
	struct problems *problems;
};

/** Index of a parameter by either spelling, or count */
static size_t find_by_spelling(const cnnviz_parameter *parameters, size_t count,
		const char *name)
{
	size_t i = 0;

	while (i < count && !spelling_same(parameters[i].name, name)) {
		i++;
	}
	return i;
}

/** text_candidate: the parameters' names, then the ignored keys */
static const char *known_key(const void *context, size_t i)
{
	const struct section_reading *reading = context;

	if (i < reading->count) {
		return reading->parameters[i].name;
	}
	return reading->ignore != NULL ? reading->ignore[i - reading->count] : NULL;
}

static bool is_ignored(const struct section_reading *reading, const char *key)
{
	for (size_t i = 0; reading->ignore != NULL && reading->ignore[i] != NULL; i++) {
		if (spelling_same(reading->ignore[i], key)) {
			return true;
		}
	}
	return false;
}

static void add_problem(const struct section_reading *reading,
		const struct ini_entry *entry, const char *text)
{
	problems_add(reading->problems, entry->line ? reading->ini->path : "-s",
			entry->line, reading->section, entry->spelling, "%s", text);
}

static void unknown_key(const struct section_reading *reading,
		const struct ini_entry *entry)
{
	const char *nearest = text_nearest(entry->key, known_key, reading);
	char *known = words_join(known_key, reading);
	char *text;

	if (nearest != NULL) {
		text = memory_format("there is no parameter \"%s\"; did you mean \"%s\"?",
				entry->spelling, nearest);
	} else if (*known) {
		text = memory_format("there is no parameter \"%s\"; known here: %s",
				entry->spelling, known);
	} else {
		text = memory_format("there is no parameter \"%s\"; this section has no "
				     "parameters",
				entry->spelling);
	}
	add_problem(reading, entry, text);
	free(text);
	free(known);
}

static bool read_entry(const struct section_reading *reading,
		const struct ini_entry *entry, struct value *value,
		const cnnviz_parameter *parameter)
{
	struct parameter_reading how = {
		.folder = entry->line ? reading->ini->folder : NULL,
		.resolver = reading->resolver,
	};
	struct error error;

	if (parameter_read(parameter, &how, entry->value, value, &error) != CNNVIZ_OK) {
		add_problem(reading, entry, error.text);
		return false;
	}
	value->line = entry->line;
	return true;
}

/** Add a problem with a parameter that the section does not set */
CNNVIZ_PRINTF(3, 4)
static void add_problem_of_default(const struct section_reading *reading,
		const cnnviz_parameter *parameter, const char *format, ...)
{
	const struct ini_section *section = ini_find_section(reading->ini,
			reading->section);
	int line = section != NULL ? section->line : 0;
	va_list arguments;

	va_start(arguments, format);
	problems_vadd(reading->problems,
			section != NULL && line == 0 ? "-s" : reading->ini->path, line,
			reading->section, parameter->name, format, arguments);
	va_end(arguments);
}

/** Value of a parameter that the section does not set */
static bool read_default(const struct section_reading *reading, struct value *value,
		const cnnviz_parameter *parameter)
{
	struct parameter_reading how = {
		.folder = reading->ini->folder,
		.resolver = reading->resolver,
	};
	struct error error;

	if (parameter->flags & CNNVIZ_PARAMETER_REQUIRED) {
		add_problem_of_default(reading, parameter,
				"this parameter must be given: %s", parameter->summary);
		return false;
	}
	if (parameter->default_value == NULL) {
		return true;
	}
	if (parameter_read(parameter, &how, parameter->default_value, value, &error)
			!= CNNVIZ_OK) {
		add_problem_of_default(reading, parameter,
				"the default cannot be used, so this parameter must be "
				"given: %s",
				error.text);
		return false;
	}
	value->is_default = true;
	return true;
}

/* ---- Channels ------------------------------------------------------------ */

/** A value as a list: itself if it is not a list */
static const struct value *value_list_view(const cnnviz_parameter *parameter,
		const struct value *value, size_t *count)
{
	bool list = (parameter->flags & CNNVIZ_PARAMETER_LIST) != 0;

	*count = !value->set ? 0 : list ? value->item_count : 1;
	return list ? value->items : value;
}

/** Refuse a channel that the layer does not have. */
static void missing_channel(const struct section_reading *reading,
		const cnnviz_parameter *parameter, const char *channel, const char *layer,
		int64_t channels)
{
	const struct ini_entry *entry = ini_find(reading->ini, reading->section,
			parameter->name);
	char *text = memory_format("there is no channel %s in the layer \"%s\", which "
				   "has %lld channels; give one from 0 to %lld",
			channel, layer, (long long)channels, (long long)channels - 1);

	if (entry != NULL) {
		add_problem(reading, entry, text);
	} else {
		add_problem_of_default(reading, parameter, "%s", text);
	}
	free(text);
}

/** Whether a layer has each of a parameter's channels */
static bool check_layer(const struct section_reading *reading,
		const cnnviz_parameter *parameter, const struct value *value,
		const struct value *layer)
{
	const char *name = layer->text;
	int64_t channels = reading->resolver->channels(reading->resolver->context,
			layer->integer, &name);
	size_t count;
	const struct value *items = value_list_view(parameter, value, &count);

	for (size_t i = 0; i < count && channels > 0; i++) {
		if (items[i].integer >= channels) {
			missing_channel(reading, parameter, items[i].text, name,
					channels);
			return false;
		}
	}
	return true;
}

/** Whether each of a parameter's channels exists in all layers of its layer parameter */
static bool check_channels(const struct section_reading *reading,
		const cnnviz_parameter *parameter, const struct value *values)
{
	size_t own = (size_t)(parameter - reading->parameters), count;
	size_t place = parameter_find(reading->parameters, reading->count,
			parameter->layer);
	const struct value *layers = value_list_view(&reading->parameters[place],
			&values[place], &count);

	for (size_t i = 0; i < count; i++) {
		if (!check_layer(reading, parameter, &values[own], &layers[i])) {
			return false;
		}
	}
	return true;
}

bool values_read(const struct ini *ini, const char *section,
		const cnnviz_parameter *parameters, size_t count,
		const char *const *ignore, const struct value_resolver *resolver,
		struct value *values, struct problems *problems)
{
	const struct section_reading reading = {
		.ini = ini,
		.section = section,
		.parameters = parameters,
		.count = count,
		.ignore = ignore,
		.resolver = resolver,
		.problems = problems,
	};
	bool good = true;

	for (const struct ini_entry *entry = ini_first_entry(ini, section); entry != NULL;
			entry = ini_next_entry(ini, entry)) {
		if (find_by_spelling(parameters, count, entry->key) == count
				&& !is_ignored(&reading, entry->key)) {
			unknown_key(&reading, entry);
			good = false;
		}
	}
	for (size_t i = 0; i < count; i++) {
		const struct ini_entry *entry = ini_find(ini, section,
				parameters[i].name);

		values[i] = (struct value){ 0 };
		if (entry == NULL) {
			good = read_default(&reading, &values[i], &parameters[i]) && good;
		} else if (entry->faulty) {
			good = false;
		} else {
			good = read_entry(&reading, entry, &values[i], &parameters[i])
					&& good;
		}
	}
	for (size_t i = 0; i < count && resolver != NULL; i++) {
		if (parameters[i].type == CNNVIZ_PARAMETER_CHANNEL) {
			good = check_channels(&reading, &parameters[i], values) && good;
		}
	}
	return good;
}

/* ---- Tables ------------------------------------------------------------ */

static bool is_well_formed(const char *name)
{
	return *name
			&& name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")]
			== '\0';
}

static bool is_number(const cnnviz_parameter *parameter)
{
	return parameter->type == CNNVIZ_PARAMETER_INT
			|| parameter->type == CNNVIZ_PARAMETER_FLOAT;
}

/** NULL or what is wrong with a parameter's flags */
static const char *check_flags(const cnnviz_parameter *parameter)
{
	bool list = (parameter->flags & CNNVIZ_PARAMETER_LIST) != 0;

	if (parameter->flags
			& ~(CNNVIZ_PARAMETER_REQUIRED | CNNVIZ_PARAMETER_LIST
					| CNNVIZ_PARAMETER_ALL | CNNVIZ_PARAMETER_UNIQUE
					| CNNVIZ_PARAMETER_NOT
					| CNNVIZ_PARAMETER_WAS_SINGLE
					| CNNVIZ_PARAMETER_EFFORT)) {
		return "has an unknown flag";
	}
	if ((parameter->flags & CNNVIZ_PARAMETER_EFFORT)
			&& (list || !is_number(parameter))) {
		return "says how much is done but is not a single number";
	}
	if (list && parameter->type == CNNVIZ_PARAMETER_BOOL) {
		return "is a list of booleans, which is not supported";
	}
	if (list && parameter->type == CNNVIZ_PARAMETER_JOB) {
		return "is a list of jobs, which is not supported; declare a parameter "
		       "for each job";
	}
	if (parameter->type == CNNVIZ_PARAMETER_PICTURES
			&& (list || parameter->default_value != NULL)) {
		return list ? "is a list of sets of pictures; one set is a list already"
			    : "is a set of pictures and has a default";
	}
	if (list && parameter->type == CNNVIZ_PARAMETER_NETWORK) {
		return "is a list of networks, which is not supported; declare a "
		       "parameter for each network";
	}
	if ((parameter->flags & CNNVIZ_PARAMETER_ALL) && !list) {
		return "allows \"all\" but is not a list";
	}
	if ((parameter->flags & CNNVIZ_PARAMETER_UNIQUE) && !list) {
		return "has unique values but is not a list";
	}
	if ((parameter->flags & CNNVIZ_PARAMETER_NOT)
			&& parameter->type != CNNVIZ_PARAMETER_CLASS) {
		return "allows \"not CLASS\" but is not a class";
	}
	return NULL;
}

/** NULL or what is wrong with a parameter, except for its default */
static const char *check_parameter(const cnnviz_parameter *parameter)
{
	bool is_enum = parameter->type == CNNVIZ_PARAMETER_ENUM;

	if (parameter->type == 0 || parameter->type > CNNVIZ_PARAMETER_NETWORK) {
		return "has an unknown type";
	}
	if (parameter->summary == NULL || !*parameter->summary) {
		return "has no summary";
	}
	if (is_enum && (parameter->choices == NULL || parameter->choices[0] == NULL)) {
		return "is an enum without choices";
	}
	if (!is_enum && parameter->choices != NULL) {
		return "has choices but is not an enum";
	}
	if (parameter->type != CNNVIZ_PARAMETER_CHANNEL && parameter->layer != NULL) {
		return "names a layer but is not a channel";
	}
	if (!is_number(parameter)
			&& (parameter->minimum != 0 || parameter->maximum != 0)) {
		return "has a range but is not a number";
	}
	if (!(parameter->minimum <= parameter->maximum)) {
		return "has a minimum above its maximum";
	}
	if ((parameter->flags & CNNVIZ_PARAMETER_REQUIRED)
			&& parameter->default_value != NULL) {
		return "is required but has a default";
	}
	return check_flags(parameter);
}

/** NULL or what is wrong with the layer parameter of a channel */
static const char *check_layer_name(const cnnviz_parameter *parameters, size_t count,
		size_t i)
{
	const char *layer = parameters[i].layer;

	if (parameters[i].type != CNNVIZ_PARAMETER_CHANNEL) {
		return NULL;
	}
	for (size_t k = 0; layer != NULL && k < count; k++) {
		if (parameters[k].name != NULL && strcmp(parameters[k].name, layer) == 0
				&& parameters[k].type == CNNVIZ_PARAMETER_LAYER) {
			return NULL;
		}
	}
	return "is a channel but does not name a parameter of type layer";
}

static cnnviz_status check_default(const cnnviz_parameter *parameter, struct error *error)
{
	const struct parameter_reading how = { .check_only = true };
	struct value value = { 0 };

	if (parameter->default_value == NULL) {
		return CNNVIZ_OK;
	}
	cnnviz_status status = parameter_read(parameter, &how, parameter->default_value,
			&value, error);

	values_free(&value, 1);
	if (status != CNNVIZ_OK) {
		error_prefix(error, "the default of parameter \"%s\"", parameter->name);
	}
	return status;
}

cnnviz_status parameters_check(const cnnviz_parameter *parameters, size_t count,
		struct error *error)
{
	for (size_t i = 0; i < count; i++) {
		const char *name = parameters[i].name;

		if (name == NULL || !is_well_formed(name)) {
			return error_set(error, CNNVIZ_ERROR_PLUGIN,
					"parameter %zu has the name \"%s\"; a name must "
					"have only lower-case letters, digits and "
					"underscores",
					i + 1, name != NULL ? name : "");
		}
		const char *fault = check_parameter(&parameters[i]);

		if (fault == NULL && find_by_spelling(parameters, i, name) < i) {
			fault = "is declared twice";
		}
		if (fault == NULL) {
			fault = check_layer_name(parameters, count, i);
		}
		if (fault != NULL) {
			return error_set(error, CNNVIZ_ERROR_PLUGIN,
					"parameter \"%s\" %s", name, fault);
		}
		if (check_default(&parameters[i], error) != CNNVIZ_OK) {
			if (error != NULL) {
				error->status = CNNVIZ_ERROR_PLUGIN;
			}
			return CNNVIZ_ERROR_PLUGIN;
		}
	}
	return CNNVIZ_OK;
}
