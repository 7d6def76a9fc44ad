/**
 * \file    cli/families.c
 * \brief   Families of techniques
 */
#include "cli/families.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Families in the order that they are listed in; others come behind them. */
static const char *const families[] = {
	CNNVIZ_FAMILY_GRADIENT,
	CNNVIZ_FAMILY_CAM,
	CNNVIZ_FAMILY_ATTENTION,
	CNNVIZ_FAMILY_PERTURBATION,
	CNNVIZ_FAMILY_CONCEPT,
	CNNVIZ_FAMILY_SEGMENTATION,
	CNNVIZ_FAMILY_OPTIMIZATION,
};

const char *family_name(const cnnviz_technique *technique)
{
	return technique->family != NULL ? technique->family : "other";
}

/** Place of a technique's family in the list */
static size_t family_rank(const cnnviz_technique *technique)
{
	size_t count = sizeof(families) / sizeof(*families), i = 0;

	while (i < count && strcmp(families[i], family_name(technique)) != 0) {
		i++;
	}
	return technique->family != NULL ? i : count + 1;
}

/** For qsort(): by family, then by name */
static int compare_families(const void *a, const void *b)
{
	const cnnviz_technique *first = &(*(const struct plugin *const *)a)->technique;
	const cnnviz_technique *second = &(*(const struct plugin *const *)b)->technique;
	size_t ranks[] = { family_rank(first), family_rank(second) };
	int order = strcmp(family_name(first), family_name(second));

	if (ranks[0] != ranks[1]) {
		return ranks[0] < ranks[1] ? -1 : 1;
	}
	return order != 0 ? order : strcmp(first->name, second->name);
}

const struct plugin **families_sort(const struct registry *registry)
{
	const struct plugin **sorted = memory_new(registry->count, sizeof(*sorted));

	for (size_t i = 0; i < registry->count; i++) {
		sorted[i] = &registry->plugins[i];
	}
	qsort(sorted, registry->count, sizeof(*sorted), compare_families);
	return sorted;
}
