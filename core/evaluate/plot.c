/**
 * \file    evaluate/plot.c
 * \brief   curves.svg and sanity.svg: lines in two panels with one legend
 */
#include "evaluate/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "run/gallery.h"

#define PANEL_WIDTH 340.0
#define PANEL_HEIGHT 240.0
#define MARGIN_LEFT 48.0
#define MARGIN_TOP 40.0
#define PANEL_GAP 56.0
#define LEGEND_WIDTH 190.0
#define LEGEND_LINE 20.0
#define COLORS 8

struct line {
	const char *name;
	bool baseline;
	double *values;         /* as many as the panel has points */
};

struct panel {
	const char *title;
	const char *across;     /* what the horizontal axis is; NULL: marks say it */
	const char *const *marks;   /* a text for each point, or NULL: 0 to 1 */
	size_t points;
	struct line *lines;
	size_t count;
};

/* ---- Looks --------------------------------------------------------------------------- */

/* Okabe and Ito's colours, which most people can tell apart, a little lighter on dark */
static const char *const style[] = {
	".plot { --p-paper: #ffffff; --p-ink: #1f1e1b; --p-soft: #66625a; --p-line: #e4e0d8;",
	"  --p0: #0072b2; --p1: #d55e00; --p2: #009e73; --p3: #b5508a; --p4: #b07a00;",
	"  --p5: #2f97cf; --p6: #6a4fb3; --p7: #8a3b12;",
	"  font: 12px system-ui, sans-serif; display: block; max-width: 100%; height: auto; }",
	"@media (prefers-color-scheme: dark) {",
	"  .plot { --p-paper: #1d1d20; --p-ink: #edebe6; --p-soft: #a8a49b; --p-line: #313135;",
	"    --p0: #5fb4ea; --p1: #ff8a3d; --p2: #3fcfa4; --p3: #e79bc6; --p4: #f0b840;",
	"    --p5: #8fd0f5; --p6: #ab96ea; --p7: #d58a5f; } }",
	".plot .paper { fill: var(--p-paper); }",
	".plot text { fill: var(--p-soft); }",
	".plot .title { fill: var(--p-ink); font-weight: 600; font-size: 13px; }",
	".plot .name { fill: var(--p-ink); }",
	".plot .grid { stroke: var(--p-line); stroke-width: 1; }",
	".plot .line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }",
	".plot .dashed { stroke-dasharray: 6 4; }",
	".plot .baseline { stroke: var(--p-soft); stroke-width: 1.5; stroke-dasharray: 2 4; }",
	".plot .baseline.second { stroke-dasharray: 7 3 2 3; }",
};

static void put_style(FILE *out)
{
	fputs("<style>\n", out);
	for (size_t i = 0; i < sizeof(style) / sizeof(*style); i++) {
		fprintf(out, "%s\n", style[i]);
	}
	for (size_t i = 0; i < COLORS; i++) {
		fprintf(out, ".plot .c%zu { stroke: var(--p%zu); }\n", i, i);
	}
	fputs("</style>\n", out);
}

/* Colours first; lines beyond them are dashed. Baselines are grey. */
static void put_class(FILE *out, const struct line *lines, size_t i)
{
	size_t before = 0;

	for (size_t k = 0; k < i; k++) {
		before += lines[k].baseline == lines[i].baseline;
	}
	if (lines[i].baseline) {
		fprintf(out, "class=\"line baseline%s\"", before % 2 == 1 ? " second" : "");
	} else {
		fprintf(out, "class=\"line c%zu%s\"", before % COLORS,
				before / COLORS % 2 == 1 ? " dashed" : "");
	}
}

/* ---- Panels -------------------------------------------------------------------------- */

/* Bottom of the vertical axis: 0, or a quarter below what is negative */
static double lowest(const struct panel *panel)
{
	double low = 0;

	for (size_t i = 0; i < panel->count; i++) {
		for (size_t k = 0; k < panel->points; k++) {
			low = fmin(low, panel->lines[i].values[k]);
		}
	}
	/* What rounding leaves around 0 is no reason for room below it. */
	return low < -0.005 ? floor(low * 4) / 4 : 0;
}

static double place_across(const struct panel *panel, double left, size_t i)
{
	return left + PANEL_WIDTH * (double)i / (double)(panel->points - 1);
}

static double place_down(double low, double value)
{
	double part = (fmin(1, fmax(low, value)) - low) / (1 - low);

	return MARGIN_TOP + PANEL_HEIGHT * (1 - part);
}

static void put_frame(FILE *out, const struct panel *panel, double left, double low)
{
	fprintf(out, "<text class=\"title\" x=\"%.1f\" y=\"%.1f\">", left, MARGIN_TOP - 16);
	page_text(out, panel->title);
	fputs("</text>\n", out);
	for (double value = low; value < 1.01; value += 0.25) {
		double y = place_down(low, value);
		fprintf(out, "<line class=\"grid\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>"
				"<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%.2f</text>\n", left, y,
				left + PANEL_WIDTH, y, left - 8, y + 4, value);
	}
}

static void put_shares(FILE *out, const struct panel *panel, double left)
{
	double bottom = MARGIN_TOP + PANEL_HEIGHT + 18;

	for (int i = 0; i <= 4; i++) {
		fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%d%%</text>\n",
				left + PANEL_WIDTH * i / 4, bottom, i * 25);
	}
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">",
			left + PANEL_WIDTH / 2, bottom + 20);
	page_text(out, panel->across);
	fputs("</text>\n", out);
}

static void put_marks(FILE *out, const struct panel *panel, double left)
{
	/* No more than can be read next to each other */
	size_t step = (panel->points + 23) / 24;

	for (size_t i = 0; i < panel->points; i += step) {
		double x = place_across(panel, left, i) + 3, y = MARGIN_TOP + PANEL_HEIGHT + 14;
		fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\" "
				"transform=\"rotate(-50 %.1f %.1f)\">", x, y, x, y);
		page_text(out, panel->marks[i]);
		fputs("</text>\n", out);
	}
}

static void put_panel(FILE *out, const struct panel *panel, double left)
{
	double low = lowest(panel);

	put_frame(out, panel, left, low);
	if (panel->marks != NULL) {
		put_marks(out, panel, left);
	} else {
		put_shares(out, panel, left);
	}
	for (size_t i = 0; i < panel->count; i++) {
		fputs("<polyline ", out);
		put_class(out, panel->lines, i);
		fputs(" points=\"", out);
		for (size_t k = 0; k < panel->points; k++) {
			fprintf(out, "%s%.1f,%.1f", k > 0 ? " " : "", place_across(panel, left, k),
					place_down(low, panel->lines[i].values[k]));
		}
		fputs("\"><title>", out);
		page_text(out, panel->lines[i].name);
		fputs("</title></polyline>\n", out);
	}
}

static void put_legend(FILE *out, const struct panel *panel, double left)
{
	for (size_t i = 0; i < panel->count; i++) {
		double y = MARGIN_TOP + 6 + LEGEND_LINE * (double)i;
		fprintf(out, "<line ");
		put_class(out, panel->lines, i);
		fprintf(out, " x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>"
				"<text class=\"name\" x=\"%.1f\" y=\"%.1f\">", left, y, left + 26, y,
				left + 34, y + 4);
		page_text(out, panel->lines[i].name);
		fputs("</text>\n", out);
	}
}

/* Room that the marks of a panel need below it */
static double room_below(const struct panel *panel)
{
	size_t longest = 0;

	for (size_t i = 0; panel->marks != NULL && i < panel->points; i++) {
		size_t length = strlen(panel->marks[i]);
		longest = length > longest ? length : longest;
	}
	return panel->marks != NULL ? 30 + 5.2 * (double)longest : 52;
}

static void put_plot(FILE *out, const char *label, const struct panel panels[2])
{
	double width = MARGIN_LEFT + 2 * (PANEL_WIDTH + PANEL_GAP) + LEGEND_WIDTH;
	double legend = MARGIN_TOP + LEGEND_LINE * (double)panels[0].count + 10;
	double height = fmax(MARGIN_TOP + PANEL_HEIGHT + room_below(&panels[0]), legend);

	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" "
			"width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
			"aria-label=\"%s\">\n", width, height, width, height, label);
	put_style(out);
	fprintf(out, "<rect class=\"paper\" width=\"%.0f\" height=\"%.0f\"/>\n", width, height);
	for (int i = 0; i < 2; i++) {
		put_panel(out, &panels[i], MARGIN_LEFT + (PANEL_WIDTH + PANEL_GAP) * i);
	}
	put_legend(out, &panels[0], MARGIN_LEFT + 2 * (PANEL_WIDTH + PANEL_GAP) - 24);
	fputs("</svg>\n", out);
}

static void free_lines(struct panel panels[2])
{
	for (int i = 0; i < 2; i++) {
		for (size_t k = 0; k < panels[i].count; k++) {
			free(panels[i].lines[k].values);
		}
		free(panels[i].lines);
	}
}

static struct line *add_line(struct panel *panel, const struct source *source)
{
	panel->lines = memory_resize(panel->lines, panel->count + 1, sizeof(*panel->lines));
	struct line *line = &panel->lines[panel->count++];

	line->name = source->name;
	line->baseline = source->job == NULL;
	line->values = memory_new(panel->points, sizeof(*line->values));
	return line;
}

/* ---- Deletion and insertion ------------------------------------------------------------ */

/* Curves of main objects are shown; where there is none, those of the others. */
static enum role shown_role(const struct evaluation *evaluation)
{
	return evaluation_objects(evaluation, ROLE_MAIN, ANY_CLASS) > 0 ? ROLE_MAIN
			: ROLE_DISTRACTOR;
}

bool plot_has_curves(const struct evaluation *evaluation)
{
	for (size_t i = 0; i < evaluation->source_count; i++) {
		if (evaluation->sources[i].tallies[shown_role(evaluation)].curves > 0) {
			return true;
		}
	}
	return false;
}

void plot_curves(FILE *out, const struct evaluation *evaluation)
{
	struct panel panels[2] = {
		{ .title = "Deletion: low is good", .across = "pixels deleted" },
		{ .title = "Insertion: high is good", .across = "pixels inserted" },
	};

	for (size_t i = 0; i < evaluation->source_count; i++) {
		const struct source *source = &evaluation->sources[i];
		const struct tally *tally = &source->tallies[shown_role(evaluation)];
		const double *const curves[] = { tally->deletion, tally->insertion };
		for (int k = 0; k < 2 && tally->curves > 0; k++) {
			panels[k].points = evaluation->curve_steps + 1;
			struct line *line = add_line(&panels[k], source);
			for (size_t point = 0; point < panels[k].points; point++) {
				line->values[point] = curves[k][point] / (double)tally->curves;
			}
		}
	}
	put_plot(out, "Probability of the class while pixels are deleted or inserted", panels);
	free_lines(panels);
}

/* ---- Sanity ------------------------------------------------------------------------------- */

bool plot_has_sanity(const struct evaluation *evaluation)
{
	return evaluation->stage_count > 0;
}

void plot_sanity(FILE *out, const struct evaluation *evaluation)
{
	size_t points = evaluation->stage_count + 1;
	const char **marks = memory_new(points, sizeof(*marks));
	struct panel panels[2] = {
		{ .title = "Rank correlation (Spearman)", .marks = marks,
			.points = points },
		{ .title = "Structural similarity", .marks = marks, .points = points },
	};

	marks[0] = "trained";
	for (size_t i = 1; i < points; i++) {
		marks[i] = evaluation->stages[i - 1];
	}
	for (size_t i = 0; i < evaluation->source_count; i++) {
		const struct source *source = &evaluation->sources[i];
		if (source->likeness == NULL || source->failure != NULL) {
			continue;
		}
		struct line *correlation = add_line(&panels[0], source);
		struct line *similarity = add_line(&panels[1], source);
		correlation->values[0] = similarity->values[0] = 1;
		for (size_t k = 1; k < points; k++) {
			correlation->values[k] = source->likeness[k - 1].spearman;
			similarity->values[k] = source->likeness[k - 1].ssim;
		}
	}
	put_plot(out, "Likeness of maps while layers are made random, from the logits down",
			panels);
	free_lines(panels);
	free(marks);
}
