/**
 * \file    output/record_members.c
 * \brief   Reads members of a record's JSON that refer to its plan
 */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "graph/neuron.h"
#include "output/record_members.h"

const struct plan_job *record_member_job(struct json_members *in, const char *key,
		const struct plan *plan)
{
	char *name = json_member_text(in, key);
	const struct plan_job *job = NULL;

	for (size_t i = 0; name != NULL && job == NULL && i < plan->job_count; i++) {
		job = strcmp(plan->jobs[i].name, name) == 0 ? &plan->jobs[i] : NULL;
	}
	if (name != NULL && job == NULL) {
		json_members_fail(in, "\"%s\" is \"%s\", but the plan has no such job",
				key, name);
	}
	free(name);
	return job;
}

/** Index of the picture with a name; the probable index is tried first */
static size_t find_picture(struct json_members *in, const char *key,
		const struct plan *plan, const char *name, size_t probable)
{
	size_t count = plan->picture_count, i = 0;
	size_t first = probable < count ? probable : 0;

	while (i < count && strcmp(plan->pictures[(first + i) % count].name, name) != 0) {
		i++;
	}
	if (i == count) {
		json_members_fail(in,
				"\"%s\" is \"%s\", but the plan has no such picture", key,
				name);
		return 0;
	}
	return (first + i) % count;
}

size_t record_member_picture(struct json_members *in, const char *key,
		const struct plan *plan, size_t probable)
{
	char *name = json_member_text(in, key);
	size_t index = name != NULL ? find_picture(in, key, plan, name, probable) : 0;

	free(name);
	return index;
}

size_t record_member_picture_or_none(struct json_members *in, const char *key,
		const struct record *record)
{
	char *name = json_member_text_or_null(in, key);
	size_t probable = record->artifact_count > 0
			? record->artifacts[record->artifact_count - 1].picture
			: 0;
	size_t index = name != NULL ? find_picture(in, key, record->plan, name, probable)
				    : RECORD_NO_PICTURE;

	free(name);
	return index;
}

json_t *record_neuron(const struct plan *plan, int64_t target)
{
	const struct neuron *neuron = neurons_get(&plan->model->neurons, target);
	json_t *object = json_object();

	json_object_set_new(object, "layer",
			json_text(plan->model->graph->nodes[neuron->node].name));
	json_object_set_new(object, "channel", json_integer(neuron->channel));
	if (neuron->row >= 0) {
		json_object_set_new(object, "row", json_integer(neuron->row));
		json_object_set_new(object, "column", json_integer(neuron->column));
	}
	return object;
}

/** A neuron, which its name tells */
static int64_t neuron_members(struct json_members *in, const struct plan *plan)
{
	char *name = json_member_text(in, "name");
	int64_t target = name != NULL ? neurons_find(&plan->model->neurons, name) : -1;

	if (target == -1) {
		json_members_fail(in, "no job explains the neuron");
		json_member(in, "neuron");
	} else {
		json_member_equals(in, "neuron", record_neuron(plan, target));
	}
	free(name);
	return target;
}

int64_t record_class_members(struct json_members *in, const struct plan *plan)
{
	if (json_members_have(in, "neuron")) {
		return neuron_members(in, plan);
	}
	int64_t index = json_member_integer(in, "index", 0, plan->model->class_count - 1);

	if (json_members_have(in, "not")) {
		json_member_equals(in, "not", json_true());
		index = CNNVIZ_NOT(index);
	}
	json_member_equals(in, "name", json_text(model_class_name(plan->model, index)));
	return index;
}

int64_t record_member_class(struct json_members *in, const char *key,
		const struct plan *plan)
{
	const json_t *json = json_member(in, key);

	if (json_is_null(json)) {
		return -1;
	}
	struct json_members inner = json_members_inside(in, json);
	int64_t index = record_class_members(&inner, plan);

	json_members_leave(&inner, in, key);
	return index;
}

char *record_member_path(struct json_members *in, const char *key, bool nullable)
{
	char *path = nullable ? json_member_text_or_null(in, key)
			      : json_member_text(in, key);

	if (path != NULL && !path_stays_below(path)) {
		json_members_fail(in,
				"\"%s\" is \"%s\", which does not stay below the output "
				"folder",
				key, path);
	}
	return path;
}

double record_member_probability(struct json_members *in, const char *key)
{
	double value = json_member_number(in, key);

	if (value < 0 || value > 1) {
		json_members_fail(in, "\"%s\" is %g, not from 0 to 1", key, value);
	}
	return value;
}
