/**
 * \file    plugin/card.c
 * \brief   What descriptors say, as JSON: what is known of plugins without their code
 */
#include "plugin/card.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "plugin/descriptor.h"

struct card {
	json_t *json;                 /* has the texts */
	cnnviz_parameter *parameters; /* the descriptor's tables, until they are copied */
	cnnviz_artifact *artifacts;
	const char **words; /* choices of all parameters, NULL behind those of each */
};

/* ---- Functions that are known of, but not loaded ---------------------------------- */

static cnnviz_status absent_attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	(void)host;
	(void)job;
	(void)batch;
	(void)maps;
	return CNNVIZ_ERROR_PLUGIN;
}

static cnnviz_status absent_run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	(void)host;
	(void)job;
	(void)batch;
	return CNNVIZ_ERROR_PLUGIN;
}

static cnnviz_status absent_check(const cnnviz_host *host, cnnviz_job *job)
{
	(void)host;
	(void)job;
	return CNNVIZ_ERROR_PLUGIN;
}

static cnnviz_status absent_create(const cnnviz_host *host, cnnviz_job *job, void **data)
{
	(void)host;
	(void)job;
	(void)data;
	return CNNVIZ_ERROR_PLUGIN;
}

static void absent_destroy(const cnnviz_host *host, void *data)
{
	(void)host;
	(void)data;
}

static json_t *functions_json(const cnnviz_technique *technique)
{
	return json_pack("{s:b,s:b,s:b,s:b,s:b,s:b,s:b}", "attribute",
			technique->attribute != NULL, "run", technique->run != NULL,
			"check", technique->check != NULL, "create",
			technique->create != NULL, "destroy", technique->destroy != NULL,
			"prepare", technique->prepare != NULL, "prepared",
			technique->prepared != NULL);
}

static bool has_function(const json_t *functions, const char *name)
{
	return json_is_true(json_object_get(functions, name));
}

static void read_functions(const json_t *functions, cnnviz_technique *technique)
{
	technique->attribute = has_function(functions, "attribute") ? absent_attribute
								    : NULL;
	technique->run = has_function(functions, "run") ? absent_run : NULL;
	technique->check = has_function(functions, "check") ? absent_check : NULL;
	technique->create = has_function(functions, "create") ? absent_create : NULL;
	technique->destroy = has_function(functions, "destroy") ? absent_destroy : NULL;
	technique->prepare = has_function(functions, "prepare") ? absent_run : NULL;
	technique->prepared = has_function(functions, "prepared") ? absent_check : NULL;
}

/* ---- Values --------------------------------------------------------------------- */

/* Texts stay as they are, since they are used where they lie; only of what is not UTF-8
 * the bytes are written out. */
static json_t *plain_text(const char *text)
{
	json_t *json = text != NULL ? json_string(text) : json_null();

	return json != NULL ? json : json_text(text);
}

/** NULL for anything but a text; what must be there, the descriptor's checks know. */
static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static uint32_t number_of(const json_t *object, const char *key)
{
	json_int_t number = json_integer_value(json_object_get(object, key));

	return number >= 0 && number <= UINT32_MAX ? (uint32_t)number : UINT32_MAX;
}

static double real_of(const json_t *object, const char *key)
{
	struct json_members members = json_members_begin(object, NULL);

	return json_member_number(&members, key);
}

/* ---- Parameters ----------------------------------------------------------------- */

static json_t *choices_json(const char *const *choices)
{
	json_t *json = choices != NULL ? json_array() : json_null();

	for (; choices != NULL && *choices != NULL; choices++) {
		json_array_append_new(json, plain_text(*choices));
	}
	return json;
}

static json_t *parameters_json(const cnnviz_technique *technique)
{
	json_t *json = json_array();

	for (uint32_t i = 0; i < technique->parameter_count; i++) {
		const cnnviz_parameter *parameter = &technique->parameters[i];

		json_array_append_new(json,
				json_pack("{s:o,s:I,s:I,s:o,s:o,s:o,s:o,s:o,s:o,s:o}",
						"name", plain_text(parameter->name),
						"type", (json_int_t)parameter->type,
						"flags", (json_int_t)parameter->flags,
						"default",
						plain_text(parameter->default_value),
						"minimum",
						json_number(parameter->minimum),
						"maximum",
						json_number(parameter->maximum),
						"choices",
						choices_json(parameter->choices), "layer",
						plain_text(parameter->layer), "unit",
						plain_text(parameter->unit), "summary",
						plain_text(parameter->summary)));
	}
	return json;
}

/** Number of choices of all parameters, and of the NULLs behind them */
static size_t count_words(const json_t *parameters)
{
	size_t count = 0, i;
	json_t *parameter;

	json_array_foreach(parameters, i, parameter)
	{
		count += json_array_size(json_object_get(parameter, "choices")) + 1;
	}
	return count;
}

/** Put choices where words are kept; returns what is behind them. */
static const char **read_choices(const json_t *choices, const char **words)
{
	json_t *word;
	size_t i;

	json_array_foreach(choices, i, word)
	{
		if (json_is_string(word)) {
			*words++ = json_string_value(word);
		}
	}
	*words = NULL;
	return words + 1;
}

static void read_parameters(const json_t *json, struct card *card,
		cnnviz_technique *technique)
{
	size_t count = json_array_size(json);
	const char **words = memory_new(count_words(json) + 1, sizeof(*words));

	card->words = words;
	card->parameters = memory_new(count + 1, sizeof(*card->parameters));
	for (size_t i = 0; i < count; i++) {
		const json_t *object = json_array_get(json, i);
		const json_t *choices = json_object_get(object, "choices");

		card->parameters[i] = (cnnviz_parameter){
			.name = text_of(object, "name"),
			.type = number_of(object, "type"),
			.flags = number_of(object, "flags"),
			.default_value = text_of(object, "default"),
			.minimum = real_of(object, "minimum"),
			.maximum = real_of(object, "maximum"),
			.choices = json_is_array(choices) ? words : NULL,
			.layer = text_of(object, "layer"),
			.unit = text_of(object, "unit"),
			.summary = text_of(object, "summary"),
		};
		words = read_choices(choices, words);
	}
	technique->parameters = card->parameters;
	technique->parameter_count = (uint32_t)count;
	technique->parameter_size = sizeof(*card->parameters);
}

/* ---- Artifacts ------------------------------------------------------------------- */

static json_t *artifacts_json(const cnnviz_technique *technique)
{
	json_t *json = json_array();

	for (uint32_t i = 0; i < technique->artifact_count; i++) {
		const cnnviz_artifact *artifact = &technique->artifacts[i];

		json_array_append_new(json,
				json_pack("{s:o,s:I,s:o}", "name",
						plain_text(artifact->name), "type",
						(json_int_t)artifact->type, "summary",
						plain_text(artifact->summary)));
	}
	return json;
}

static void read_artifacts(const json_t *json, struct card *card,
		cnnviz_technique *technique)
{
	size_t count = json_array_size(json);

	card->artifacts = memory_new(count + 1, sizeof(*card->artifacts));
	for (size_t i = 0; i < count; i++) {
		const json_t *object = json_array_get(json, i);

		card->artifacts[i] = (cnnviz_artifact){
			.name = text_of(object, "name"),
			.type = number_of(object, "type"),
			.summary = text_of(object, "summary"),
		};
	}
	technique->artifacts = card->artifacts;
	technique->artifact_count = (uint32_t)count;
	technique->artifact_size = sizeof(*card->artifacts);
}

/* ---- Techniques ------------------------------------------------------------------ */

static json_t *technique_json(const cnnviz_technique *technique)
{
	json_t *json = json_pack("{s:I,s:I,s:I,s:I,s:I,s:I}", "major",
			(json_int_t)technique->abi_major, "minor",
			(json_int_t)technique->abi_minor, "kind",
			(json_int_t)technique->kind, "map_style",
			(json_int_t)technique->map_style, "run_mode",
			(json_int_t)technique->run_mode, "asks",
			(json_int_t)technique->asks);

	json_object_set_new(json, "name", plain_text(technique->name));
	json_object_set_new(json, "version", plain_text(technique->version));
	json_object_set_new(json, "summary", plain_text(technique->summary));
	json_object_set_new(json, "description", plain_text(technique->description));
	json_object_set_new(json, "reference", plain_text(technique->reference));
	json_object_set_new(json, "family", plain_text(technique->family));
	json_object_set_new(json, "functions", functions_json(technique));
	json_object_set_new(json, "parameters", parameters_json(technique));
	json_object_set_new(json, "artifacts", artifacts_json(technique));
	return json;
}

/** What the JSON says, as if a plugin had returned it */
static cnnviz_technique read_technique(json_t *json, struct card *card)
{
	cnnviz_technique technique = {
		.abi_major = number_of(json, "major"),
		.abi_minor = number_of(json, "minor"),
		.struct_size = sizeof(technique),
		.kind = number_of(json, "kind"),
		.name = text_of(json, "name"),
		.version = text_of(json, "version"),
		.summary = text_of(json, "summary"),
		.description = text_of(json, "description"),
		.reference = text_of(json, "reference"),
		.map_style = number_of(json, "map_style"),
		.run_mode = number_of(json, "run_mode"),
		.asks = number_of(json, "asks"),
		.family = text_of(json, "family"),
	};

	card->json = json_incref(json);
	read_functions(json_object_get(json, "functions"), &technique);
	read_parameters(json_object_get(json, "parameters"), card, &technique);
	read_artifacts(json_object_get(json, "artifacts"), card, &technique);
	return technique;
}

static cnnviz_status read_plugin(json_t *json, const char *path, struct plugin *plugin,
		struct error *error)
{
	struct card *card = memory_new(1, sizeof(*card));
	cnnviz_technique technique = read_technique(json, card);

	*plugin = (struct plugin){ .path = NULL };
	cnnviz_status status = descriptor_read(&technique, CNNVIZ_ABI_MINOR, path, plugin,
			error);

	if (status != CNNVIZ_OK) {
		card_free(card);
		return status;
	}
	plugin->path = memory_text(path);
	plugin->card = card;
	return CNNVIZ_OK;
}

void card_free(struct card *card)
{
	if (card != NULL) {
		json_decref(card->json);
		free(card->parameters);
		free(card->artifacts);
		free(card->words);
		free(card);
	}
}

/* ---- Answers -------------------------------------------------------------------- */

json_t *answer_of(const struct library *library, const char *refused)
{
	json_t *techniques = json_array();

	if (library == NULL) {
		json_decref(techniques);
		return json_pack("{s:o}", "refused", plain_text(refused));
	}
	for (size_t i = 0; i < library->count; i++) {
		json_array_append_new(techniques,
				technique_json(&library->plugins[i].technique));
	}
	return json_pack("{s:o}", "techniques", techniques);
}

json_t *answer_of_end(const char *how)
{
	return json_pack("{s:s}", "ended", how);
}

bool answer_lasts(const json_t *answer)
{
	/* What the dynamic linker refuses may work when other files have changed. */
	return json_object_get(answer, "refused") == NULL;
}

static cnnviz_status read_plugins(const json_t *techniques, const char *path,
		struct plugin **plugins, size_t *count, struct error *error)
{
	size_t total = json_array_size(techniques);
	cnnviz_status status = CNNVIZ_OK;

	*plugins = memory_new(total + 1, sizeof(**plugins));
	for (*count = 0; *count < total && status == CNNVIZ_OK; (*count)++) {
		status = read_plugin(json_array_get(techniques, *count), path,
				&(*plugins)[*count], error);
	}
	if (status != CNNVIZ_OK) {
		while ((*count)-- > 0) {
			plugin_clear(&(*plugins)[*count]);
		}
		free(*plugins);
		*plugins = NULL;
		*count = 0;
	}
	return status;
}

cnnviz_status answer_read(const json_t *answer, const char *path, struct plugin **plugins,
		size_t *count, char **refused, struct error *error)
{
	const char *reason = text_of(answer, "refused"),
		   *ended = text_of(answer, "ended");
	const json_t *techniques = json_object_get(answer, "techniques");

	if (json_array_size(techniques) > 0) {
		return read_plugins(techniques, path, plugins, count, error);
	}
	if (reason != NULL) {
		*refused = memory_text(reason);
	} else if (ended != NULL) {
		*refused = memory_format("%s: the process that looked at this plugin %s; "
					 "build the plugin again, or remove the file",
				path, ended);
	} else {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"%s: what this plugin says of itself makes no sense",
				path);
	}
	return CNNVIZ_OK;
}
