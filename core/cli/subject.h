/**
 * \file    cli/subject.h
 * \brief   What `describe` describes: a technique or a section that is no job
 */
#ifndef CLI_SUBJECT_H
#define CLI_SUBJECT_H

#include <jansson.h>

#include "plugin/registry.h"

struct subject {
	const char *name;
	const char *summary;
	const struct plugin *plugin;        /* NULL for run, model and input */
	const cnnviz_parameter *parameters; /* its own */
	size_t count;
	const cnnviz_parameter
			*common; /* of every attribution job, run's limits, or NULL */
	size_t common_count;
};

/** The artifacts that the host draws from maps: name and summary, up to NULL */
const char *const (*subject_map_artifacts(const cnnviz_technique *technique))[2];

/** Name of a CNNVIZ_ARTIFACT_* */
const char *subject_artifact_type(uint32_t type);

/** Whether a parameter has a smallest or a largest value */
bool subject_has_range(const cnnviz_parameter *parameter);

/**
 * \brief   A section that is ready to be used in an INI file, with those that it needs
 *
 * \return  malloc'ed
 */
char *subject_sample(const struct subject *subject, const struct registry *registry);

/** Print all of it to standard output. */
void subject_print(const struct subject *subject, const char *sample);

/** New; common: it is one of every attribution job */
json_t *subject_parameter_json(const cnnviz_parameter *parameter, bool common);

/** New */
json_t *subject_json(const struct subject *subject, const char *sample);

#endif
