/**
 * \file    evaluate/columns.c
 * \brief   The measures, as the columns of all reports
 */
#include "evaluate/columns.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define AT(member) offsetof(struct summary, member)

const struct report_column report_columns[REPORT_COLUMNS] = {
	{
			"pointing",
			"POINTING",
			"Pointing",
			"share of maps whose maximum lies in the box or within the "
			"tolerance of it",
			AT(pointing),
			1,
			false,
			false,
	},
	{
			"inside",
			"INSIDE",
			"Inside",
			"likewise, without tolerance",
			AT(inside),
			1,
			false,
			false,
	},
	{
			"energy",
			"ENERGY",
			"Energy",
			"share of a map's sum that lies in the box",
			AT(energy),
			1,
			false,
			false,
	},
	{
			"iou",
			"IOU",
			"IoU",
			"intersection over union with the mask or box, each map at its "
			"own best threshold",
			AT(iou),
			1,
			false,
			false,
	},
	{
			"iou_common",
			"IOU AT T",
			"IoU at T",
			"likewise, all maps at one threshold",
			AT(iou_common),
			1,
			false,
			true,
	},
	{
			"threshold",
			"T",
			"T",
			"that threshold, as a share of a map's maximum",
			AT(threshold),
			0,
			false,
			true,
	},
	{
			"deletion",
			"DELETION",
			"Deletion",
			"area under the class's probability while the most important "
			"pixels go; low is good",
			AT(deletion),
			-1,
			true,
			false,
	},
	{
			"insertion",
			"INSERTION",
			"Insertion",
			"area under the class's probability while the most important "
			"pixels come; high is good",
			AT(insertion),
			1,
			true,
			false,
	},
};

const char *const report_role_titles[ROLE_COUNT] = { "Main objects", "Distractors" };

bool report_value(const struct summary *summary, const struct report_column *column,
		double *value)
{
	if (summary->maps == 0 || (column->of_curves && summary->curves == 0)) {
		return false;
	}
	memcpy(value, (const char *)summary + column->offset, sizeof(*value));
	return true;
}

/* Three digits behind the point, where these say enough of the mean */
static bool is_plain(const struct mean *mean)
{
	double size = fabs(mean->value);

	return size == 0 || (size >= 0.01 && size < 1000);
}

void report_format_mean(const struct mean *mean, char *text, size_t size)
{
	if (mean->maps > 0) {
		snprintf(text, size, is_plain(mean) ? "%.3f" : "%.2g", mean->value);
	} else {
		snprintf(text, size, "-");
	}
}

void report_format_interval(const struct mean *mean, char *text, size_t size)
{
	*text = '\0';
	if (mean->maps > 1) {
		snprintf(text, size, is_plain(mean) ? "%.3f" : "%.2g", mean->interval);
	}
}
