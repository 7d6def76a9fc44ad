/**
 * \file    graph/operations.c
 * \brief   The table of all operations
 */
#include "graph/operation.h"

#include <string.h>

#include "graph/operations/families.h"

static const struct operation *const families[] = {
	convolution_operations,
	normalization_operations,
	activation_operations,
	pool_operations,
	resample_operations,
	shape_operations,
	arithmetic_operations,
	array_operations,
	attention_operations,
};

const struct operation operation_input = { .name = "input" };

const struct operation *operation_at(size_t index)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
		for (const struct operation *row = families[i]; row->name != NULL;
				row++) {
			if (index-- == 0) {
				return row;
			}
		}
	}
	return NULL;
}

const struct operation *operation_find(const char *name)
{
	const struct operation *row;

	for (size_t i = 0; (row = operation_at(i)) != NULL; i++) {
		if (strcmp(row->name, name) == 0) {
			return row;
		}
	}
	return NULL;
}

const struct operation_setting *operation_setting_find(const struct operation *operation,
		const char *name)
{
	const struct operation_setting *const *setting = operation->settings;

	for (; setting != NULL && *setting != NULL; setting++) {
		if (strcmp((*setting)->parameter.name, name) == 0) {
			return *setting;
		}
	}
	return NULL;
}
