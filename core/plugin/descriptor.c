/**
 * \file    plugin/descriptor.c
 * \brief   Checks a plugin's descriptor and copies it
 */
#include "plugin/descriptor.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "config/value.h"
#include "plugin/attribution.h"

/*
 * Sizes in ABI minor 0, defined by the last members, so that they stay when structs
 * grow; for the technique by the last required member, since optional ones may be
 * missing.
 */
#define TECHNIQUE_SIZE_0 \
	(offsetof(cnnviz_technique, run) + sizeof(((cnnviz_technique *)0)->run))
#define PARAMETER_SIZE_0 (offsetof(cnnviz_parameter, summary) + sizeof(char *))
#define ARTIFACT_SIZE_0 (offsetof(cnnviz_artifact, summary) + sizeof(char *))

/* Longest table that is accepted; a longer one is taken for garbage. */
#define TABLE_MAX 1000

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* ---- Version -------------------------------------------------------------- */

static cnnviz_status version_error(const cnnviz_technique *descriptor,
		uint32_t host_minor, const char *path, const char *name,
		struct error *error)
{
	return error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
			"%s: the plugin \"%s\" was built for plugin ABI %" PRIu32
			".%" PRIu32 " and this cnnviz has %" PRIu32 ".%" PRIu32
			"; the major must be equal and the minor not newer than the "
			"host's",
			path, name, descriptor->abi_major, descriptor->abi_minor,
			CNNVIZ_ABI_MAJOR, host_minor);
}

/**
 * No member after struct_size may be read before major and size are accepted, so
 * messages name the plugin by its file.
 */
static cnnviz_status check_version(const cnnviz_technique *descriptor,
		uint32_t host_minor, const char *path, struct error *error)
{
	char *stem = path_stem(path);
	cnnviz_status status = CNNVIZ_OK;

	if (descriptor->abi_major != CNNVIZ_ABI_MAJOR) {
		status = version_error(descriptor, host_minor, path, stem, error);
	} else if (descriptor->struct_size < TECHNIQUE_SIZE_0) {
		status = error_set(error, CNNVIZ_ERROR_PLUGIN,
				"%s: the descriptor of the plugin \"%s\" is too short: "
				"struct_size is %" PRIu32 " and ABI %" PRIu32
				".0 has %zu bytes",
				path, stem, descriptor->struct_size, CNNVIZ_ABI_MAJOR,
				TECHNIQUE_SIZE_0);
	} else if (descriptor->abi_minor > host_minor) {
		status = version_error(descriptor, host_minor, path,
				descriptor->name != NULL ? descriptor->name : stem,
				error);
	}
	free(stem);
	return status;
}

/* ---- Names, kind ---------------------------------------------------------- */

static bool is_text(const char *text)
{
	return text != NULL && text[0] != '\0';
}

/** A lower-case letter, then letters, digits, underscores */
static bool is_name(const char *name)
{
	return name != NULL && name[0] >= 'a' && name[0] <= 'z'
			&& strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")
			== strlen(name);
}

static cnnviz_status check_texts(const cnnviz_technique *technique, struct error *error)
{
	if (!is_name(technique->name)) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"the technique's name, \"%s\", must be a lower-case "
				"letter followed by lower-case letters, digits and "
				"underscores",
				technique->name != NULL ? technique->name : "");
	}
	if (!is_text(technique->version) || !is_text(technique->summary)) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"the technique \"%s\" has no %s", technique->name,
				is_text(technique->version) ? "summary" : "version");
	}
	if (technique->family != NULL && !is_name(technique->family)) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"the family of the technique \"%s\", \"%s\", must be a "
				"lower-case letter followed by lower-case letters, "
				"digits and underscores",
				technique->name, technique->family);
	}
	return CNNVIZ_OK;
}

static cnnviz_status check_kind(const cnnviz_technique *technique, struct error *error)
{
	bool attribution = technique->kind == CNNVIZ_KIND_ATTRIBUTION;

	if (!attribution && technique->kind != CNNVIZ_KIND_GENERAL) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"the technique \"%s\" has an unknown kind, %" PRIu32,
				technique->name, technique->kind);
	}
	if (attribution ? technique->attribute == NULL : technique->run == NULL) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"the technique \"%s\" has no function %s()",
				technique->name, attribution ? "attribute" : "run");
	}
	if (attribution ? technique->map_style < CNNVIZ_MAP_GRADIENT
							|| technique->map_style
									> CNNVIZ_MAP_SIGNED
			: technique->map_style != 0) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"the technique \"%s\" has an invalid map_style, %" PRIu32,
				technique->name, technique->map_style);
	}
	if (attribution ? technique->run_mode != 0
			: technique->run_mode < CNNVIZ_RUN_PER_PICTURE
							|| technique->run_mode
									> CNNVIZ_RUN_ONCE) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"the technique \"%s\" has an invalid run_mode, %" PRIu32,
				technique->name, technique->run_mode);
	}
	return CNNVIZ_OK;
}

/** Functions that are there only together */
static cnnviz_status check_state(const cnnviz_technique *technique, struct error *error)
{
	if ((technique->create != NULL) != (technique->destroy != NULL)) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"the technique \"%s\" has a function %s() but no %s()",
				technique->name,
				technique->create != NULL ? "create" : "destroy",
				technique->create != NULL ? "destroy" : "create");
	}
	if (technique->prepared != NULL && technique->prepare == NULL) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"the technique \"%s\" has a function prepared() but no "
				"prepare()",
				technique->name);
	}
	return CNNVIZ_OK;
}

/* ---- Tables --------------------------------------------------------------- */

/**
 * \brief   Copy a plugin's table into one with the host's element size
 *
 * \param   stride      The plugin's element size
 * \param   minimum     Element size of minor 0
 * \param   own         The host's element size
 * \param   copy        Receives the copy; members that the plugin lacks are zero
 */
static cnnviz_status copy_table(const void *table, uint32_t count, uint32_t stride,
		size_t minimum, size_t own, void **copy, struct error *error)
{
	if (count > TABLE_MAX) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"it claims %" PRIu32 " entries", count);
	}
	if (count > 0 && table == NULL) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"it has %" PRIu32 " entries but is NULL", count);
	}
	if (count > 0 && stride < minimum) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"its entries have %" PRIu32
				" bytes and those of ABI %" PRIu32 ".0 have %zu",
				stride, CNNVIZ_ABI_MAJOR, minimum);
	}
	unsigned char *entries = memory_new(count > 0 ? count : 1, own);

	for (size_t i = 0; i < count; i++) {
		memcpy(entries + i * own, (const unsigned char *)table + i * stride,
				smaller(stride, own));
	}
	*copy = entries;
	return CNNVIZ_OK;
}

/** A plugin's parameters may not hide those that the host reads itself. */
static cnnviz_status check_reserved(const cnnviz_technique *technique,
		struct error *error)
{
	for (uint32_t i = 0; i < technique->parameter_count; i++) {
		const char *name = technique->parameters[i].name;

		if (strcmp(name, "technique") == 0
				|| (technique->kind == CNNVIZ_KIND_ATTRIBUTION
						&& parameter_find(attribution_parameters,
								   attribution_parameter_count,
								   name)
								< attribution_parameter_count)) {
			return error_set(error, CNNVIZ_ERROR_PLUGIN,
					"the parameter \"%s\" is reserved for the host",
					name);
		}
	}
	return CNNVIZ_OK;
}

/** A map style taken from another job requires a parameter that always names that job. */
static cnnviz_status check_map_style_job(const cnnviz_technique *technique,
		struct error *error)
{
	uint32_t i = 0;

	if (technique->map_style != CNNVIZ_MAP_LIKE_JOB) {
		return CNNVIZ_OK;
	}
	while (i < technique->parameter_count
			&& technique->parameters[i].type != CNNVIZ_PARAMETER_JOB) {
		i++;
	}
	if (i == technique->parameter_count) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"map_style is that of another job, but no parameter of "
				"type job names one");
	}
	if (technique->parameters[i].default_value == NULL
			&& !(technique->parameters[i].flags
					& CNNVIZ_PARAMETER_REQUIRED)) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"map_style is that of the job named by \"%s\", so this "
				"parameter must be required or have a default",
				technique->parameters[i].name);
	}
	return CNNVIZ_OK;
}

static cnnviz_status check_artifact(const cnnviz_artifact *artifacts, uint32_t i,
		struct error *error)
{
	const cnnviz_artifact *artifact = &artifacts[i];

	if (!is_name(artifact->name)) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"the name \"%s\" must be a lower-case letter followed by "
				"lower-case letters, digits and underscores",
				artifact->name != NULL ? artifact->name : "");
	}
	if (artifact->type < CNNVIZ_ARTIFACT_IMAGE
			|| artifact->type > CNNVIZ_ARTIFACT_LABELS) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"\"%s\" has an unknown type, %" PRIu32, artifact->name,
				artifact->type);
	}
	if (!is_text(artifact->summary)) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN, "\"%s\" has no summary",
				artifact->name);
	}
	for (uint32_t j = 0; j < i; j++) {
		if (strcmp(artifacts[j].name, artifact->name) == 0) {
			return error_set(error, CNNVIZ_ERROR_PLUGIN,
					"\"%s\" appears twice", artifact->name);
		}
	}
	return CNNVIZ_OK;
}

/** The names of a map and its drawings are the host's, and numbers have map_scalar(). */
static cnnviz_status check_artifact_of_map(const cnnviz_artifact *artifact,
		struct error *error)
{
	static const char *const taken[] = { "attribution", "color", "gray", "positive",
		"negative", "heatmap", "overlay" };

	if (artifact->type != CNNVIZ_ARTIFACT_IMAGE
			&& artifact->type != CNNVIZ_ARTIFACT_ARRAY
			&& artifact->type != CNNVIZ_ARTIFACT_LABELS) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"\"%s\" is not of type image, array or labels, which is "
				"what an attribution may give beside its maps",
				artifact->name);
	}
	for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++) {
		if (strcmp(artifact->name, taken[i]) == 0) {
			return error_set(error, CNNVIZ_ERROR_PLUGIN,
					"\"%s\" is the name of a map or of its drawings",
					artifact->name);
		}
	}
	return CNNVIZ_OK;
}

static cnnviz_status check_artifacts(const cnnviz_technique *technique,
		struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;

	bool general = technique->kind == CNNVIZ_KIND_GENERAL;

	if (general && technique->artifact_count == 0) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"a technique of kind general must have at least one "
				"artifact");
	}
	for (uint32_t i = 0; i < technique->artifact_count && status == CNNVIZ_OK; i++) {
		status = check_artifact(technique->artifacts, i, error);
		if (status == CNNVIZ_OK && !general) {
			status = check_artifact_of_map(&technique->artifacts[i], error);
		}
	}
	return status;
}

static cnnviz_status read_parameters(const cnnviz_technique *descriptor,
		cnnviz_technique *technique, void **parameters, struct error *error)
{
	cnnviz_status status = copy_table(descriptor->parameters,
			descriptor->parameter_count, descriptor->parameter_size,
			PARAMETER_SIZE_0, sizeof(cnnviz_parameter), parameters, error);

	if (status == CNNVIZ_OK) {
		technique->parameters = *parameters;
		technique->parameter_size = sizeof(cnnviz_parameter);
		status = parameters_check(technique->parameters,
				technique->parameter_count, error);
	}
	if (status == CNNVIZ_OK) {
		status = check_reserved(technique, error);
	}
	if (status == CNNVIZ_OK) {
		status = check_map_style_job(technique, error);
	}
	return status == CNNVIZ_OK ? status
				   : error_prefix(error,
						   "the parameter table of the technique "
						   "\"%s\" is not valid",
						   technique->name);
}

static cnnviz_status read_artifacts(const cnnviz_technique *descriptor,
		cnnviz_technique *technique, void **artifacts, struct error *error)
{
	cnnviz_status status = copy_table(descriptor->artifacts,
			descriptor->artifact_count, descriptor->artifact_size,
			ARTIFACT_SIZE_0, sizeof(cnnviz_artifact), artifacts, error);

	if (status == CNNVIZ_OK) {
		technique->artifacts = *artifacts;
		technique->artifact_size = sizeof(cnnviz_artifact);
		status = check_artifacts(technique, error);
	}
	return status == CNNVIZ_OK ? status
				   : error_prefix(error,
						   "the artifact table of the technique "
						   "\"%s\" is not valid",
						   technique->name);
}

/* ---- The descriptor ------------------------------------------------------------ */

/** Clear the members that an older descriptor lacks, also where it ends within one. */
static void drop_missing(const cnnviz_technique *descriptor, cnnviz_technique *technique)
{
	if (!CNNVIZ_HAS(cnnviz_technique, descriptor, check)) {
		technique->check = NULL;
	}
	if (!CNNVIZ_HAS(cnnviz_technique, descriptor, asks)) {
		technique->asks = 0;
	}
	if (!CNNVIZ_HAS(cnnviz_technique, descriptor, family)) {
		technique->family = NULL;
	}
	if (!CNNVIZ_HAS(cnnviz_technique, descriptor, prepared)) {
		technique->create = NULL;
		technique->destroy = NULL;
		technique->prepare = NULL;
		technique->prepared = NULL;
	}
}

cnnviz_status descriptor_read(const cnnviz_technique *descriptor, uint32_t host_minor,
		const char *path, struct plugin *plugin, struct error *error)
{
	cnnviz_technique technique = { .abi_major = 0 };
	void *parameters = NULL;
	void *artifacts = NULL;
	cnnviz_status status;

	if (descriptor == NULL) {
		return error_set(error, CNNVIZ_ERROR_PLUGIN,
				"%s: the plugin's entry point, " CNNVIZ_PLUGIN_SYMBOL
				"(), returned NULL instead of a descriptor",
				path);
	}
	status = check_version(descriptor, host_minor, path, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	memcpy(&technique, descriptor,
			smaller(descriptor->struct_size, sizeof(technique)));
	drop_missing(descriptor, &technique);
	status = check_texts(&technique, error);
	if (status == CNNVIZ_OK) {
		status = check_kind(&technique, error);
	}
	if (status == CNNVIZ_OK) {
		status = check_state(&technique, error);
	}
	if (status == CNNVIZ_OK) {
		status = read_parameters(descriptor, &technique, &parameters, error);
	}
	if (status == CNNVIZ_OK) {
		status = read_artifacts(descriptor, &technique, &artifacts, error);
	}
	if (status != CNNVIZ_OK) {
		free(parameters);
		free(artifacts);
		return error_prefix(error, "%s", path);
	}
	plugin->technique = technique;
	plugin->parameters = parameters;
	plugin->artifacts = artifacts;
	return CNNVIZ_OK;
}
