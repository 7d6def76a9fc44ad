/**
 * \file    graph/pt2/operators.c
 * \brief   Finds the row of a call
 */
#include "graph/pt2/tables.h"

#include <string.h>

static const struct pt2_operator *const tables[] = {
	pt2_window_operators,
	pt2_linear_operators,
	pt2_activation_operators,
	pt2_arithmetic_operators,
	pt2_shape_operators,
	pt2_part_operators,
};

/** The operator's name within the target torch.ops.aten.NAME.OVERLOAD or _operator.NAME */
static const char *operator_name(const struct lowering *lowering, size_t *length)
{
	static const char *const spaces[] = { "torch.ops.aten.", "_operator." };
	const char *target = json_string_value(json_object_get(lowering->call, "target"));

	for (size_t i = 0; i < sizeof(spaces) / sizeof(*spaces); i++) {
		size_t space = strlen(spaces[i]);

		if (strncmp(target, spaces[i], space) == 0) {
			*length = strcspn(target + space, ".");
			return target + space;
		}
	}
	*length = 0;
	return "";
}

bool pt2_changes_in_place(const struct lowering *lowering)
{
	size_t length;
	const char *name = operator_name(lowering, &length);

	return length > 1 && name[length - 1] == '_';
}

const struct pt2_operator *pt2_operator_find(const struct lowering *lowering)
{
	size_t length;
	const char *name = operator_name(lowering, &length);

	length -= pt2_changes_in_place(lowering);
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		for (const struct pt2_operator *row = tables[i]; row->name != NULL;
				row++) {
			if (strncmp(row->name, name, length) == 0
					&& row->name[length] == '\0' && length > 0) {
				return row;
			}
		}
	}
	return NULL;
}
