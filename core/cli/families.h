/**
 * \file    cli/families.h
 * \brief   Families of techniques
 */
#ifndef CLI_FAMILIES_H
#define CLI_FAMILIES_H

#include "plugin/registry.h"

/** Name of a technique's family; "other" if it has none */
const char *family_name(const cnnviz_technique *technique);

/** All plugins family by family, and by name within one; freed with free() */
const struct plugin **families_sort(const struct registry *registry);

#endif
