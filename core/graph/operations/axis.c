/**
 * \file    graph/operations/axis.c
 * \brief   The setting `axis` of operations along one axis
 */
#include "graph/operations/axis.h"

#include "graph/shapes.h"

static const char *const axes[] = { "channels", "height", "width", "fourth", "fifth",
	"sixth", "seventh", NULL };

const struct operation_setting setting_axis = {
	.parameter = {
		.name = "axis",
		.type = CNNVIZ_PARAMETER_ENUM,
		.default_value = "channels",
		.choices = axes,
		.summary = "whether channels or features, rows, columns, or what lies behind "
				"them are meant; the first axis is channels, the second height",
	},
	.offset = offsetof(struct graph_settings, axis),
};

cnnviz_status axis_check(const struct graph_node *node, const struct graph_shape *shape,
		struct error *error)
{
	char text[96];

	return node->settings.axis < shape->rank
			? CNNVIZ_OK
			: error_set(error, CNNVIZ_ERROR_INPUT, "axis=%s is none of %s",
					axes[node->settings.axis],
					shape->rank == 1 ? "a row of features"
							 : shape_text(shape, text));
}
