/**
 * \file    support/host_tables.h
 * \brief   The function tables of a host, member by member
 *
 * After its struct_size, a table has only pointers (tests/abi/layout.c), so that
 * members added to a header are found here without being named.
 */
#ifndef SUPPORT_HOST_TABLES_H
#define SUPPORT_HOST_TABLES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cnnviz/cnnviz.h>

/** A table of services, as bytes */
struct host_table {
	const char *name;
	const void *table;
	size_t first;         /* offset of the first pointer */
	size_t size;          /* as the headers have it */
	uint32_t struct_size; /* as the table says */
};

#define HOST_TABLE_COUNT 12

/** Tables of a host, itself the last */
static inline void host_tables(const cnnviz_host *host,
		struct host_table tables[HOST_TABLE_COUNT])
{
#define TABLE(member, type) \
	{ \
#member, host->member, offsetof(type, struct_size) + sizeof(void *), \
				sizeof(type), host->member->struct_size \
	}
	const struct host_table all[HOST_TABLE_COUNT] = {
		TABLE(tensor, cnnviz_tensor_api),
		TABLE(parameter, cnnviz_parameter_api),
		TABLE(model, cnnviz_model_api),
		TABLE(pass, cnnviz_pass_api),
		TABLE(objective, cnnviz_objective_api),
		TABLE(attribution, cnnviz_attribution_api),
		TABLE(image, cnnviz_image_api),
		TABLE(random, cnnviz_random_api),
		TABLE(artifact, cnnviz_artifact_api),
		TABLE(optimize, cnnviz_optimize_api),
		TABLE(rule, cnnviz_rule_api),
		{ "host", host, offsetof(cnnviz_host, tensor), sizeof(cnnviz_host),
				host->struct_size },
	};
#undef TABLE

	memcpy(tables, all, sizeof(all));
}

static inline size_t host_table_members(const struct host_table *table)
{
	return (table->size - table->first) / sizeof(void *);
}

/** The i-th pointer of a table, as an integer: pointers to functions fit no void * */
static inline uintptr_t host_table_member(const struct host_table *table, size_t i)
{
	uintptr_t pointer;

	memcpy(&pointer, (const char *)table->table + table->first + i * sizeof(pointer),
			sizeof(pointer));
	return pointer;
}

/** Number of tables and members that are missing or shorter than the headers say */
static inline size_t host_tables_missing(const cnnviz_host *host,
		void (*tell)(const char *table, size_t member))
{
	struct host_table tables[HOST_TABLE_COUNT];
	size_t missing = 0;

	host_tables(host, tables);
	for (size_t t = 0; t < HOST_TABLE_COUNT; t++) {
		missing += tables[t].struct_size != tables[t].size;
		for (size_t i = 0; i < host_table_members(&tables[t]); i++) {
			if (host_table_member(&tables[t], i) == 0) {
				tell(tables[t].name, i);
				missing++;
			}
		}
	}
	return missing;
}

#endif
