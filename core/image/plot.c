/**
 * \file    image/plot.c
 * \brief   Draws curves as SVG: panels side by side with one legend
 */
#include "image/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/markup.h"
#include "base/memory.h"

#define PANEL_WIDTH 340.0
#define PANEL_HEIGHT 240.0
#define MARGIN_LEFT 56.0
#define MARGIN_RIGHT 24.0
#define MARGIN_TOP 40.0
#define PANEL_GAP 56.0
#define LEGEND_WIDTH 190.0
#define LEGEND_LINE 20.0
/* A line with more than twice as many points is drawn by the range of values in this
 * many bins */
#define BINS 400

/* ---- Lines --------------------------------------------------------------------- */

struct plot_line *plot_add_line(struct plot_panel *panel, const char *name, bool baseline)
{
	panel->lines = memory_resize(panel->lines, panel->count + 1,
			sizeof(*panel->lines));
	struct plot_line *line = &panel->lines[panel->count++];

	line->name = name;
	line->baseline = baseline;
	line->values = memory_new(panel->points, sizeof(*line->values));
	return line;
}

void plot_free_lines(struct plot_panel *panels, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < panels[i].count; k++) {
			free(panels[i].lines[k].values);
		}
		free(panels[i].lines);
	}
}

/* ---- Styles -------------------------------------------------------------------- */

/* Okabe and Ito's colors, which color-blind readers can tell apart too, lighter in dark
 * mode */
static const char *const style[] = {
	".plot { --p-paper: #ffffff; --p-ink: #1f1e1b; --p-soft: #66625a; --p-line: "
	"#e4e0d8;",
	"  --p0: #0072b2; --p1: #d55e00; --p2: #009e73; --p3: #b5508a; --p4: #b07a00;",
	"  --p5: #2f97cf; --p6: #6a4fb3; --p7: #8a3b12;",
	"  font: 12px system-ui, sans-serif; display: block; max-width: 100%; height: "
	"auto; }",
	"@media (prefers-color-scheme: dark) {",
	"  .plot { --p-paper: #1d1d20; --p-ink: #edebe6; --p-soft: #a8a49b; --p-line: "
	"#313135;",
	"    --p0: #5fb4ea; --p1: #ff8a3d; --p2: #3fcfa4; --p3: #e79bc6; --p4: #f0b840;",
	"    --p5: #8fd0f5; --p6: #ab96ea; --p7: #d58a5f; } }",
	".plot .paper { fill: var(--p-paper); }",
	".plot text { fill: var(--p-soft); }",
	".plot .title { fill: var(--p-ink); font-weight: 600; font-size: 13px; }",
	".plot .name { fill: var(--p-ink); }",
	".plot .grid { stroke: var(--p-line); stroke-width: 1; }",
	".plot .line { fill: none; stroke-width: 2; stroke-linejoin: round; "
	"stroke-linecap: round; }",
	".plot .dot { stroke-width: 7; }",
	".plot .thin { stroke-width: 1; stroke-opacity: 0.75; }",
	".plot .dashed { stroke-dasharray: 6 4; }",
	".plot .baseline { stroke: var(--p-soft); stroke-width: 1.5; stroke-dasharray: 2 "
	"4; }",
	".plot .baseline.second { stroke-dasharray: 7 3 2 3; }",
};

static void put_style(FILE *out)
{
	fputs("<style>\n", out);
	for (size_t i = 0; i < sizeof(style) / sizeof(*style); i++) {
		fprintf(out, "%s\n", style[i]);
	}
	for (size_t i = 0; i < PLOT_COLORS; i++) {
		fprintf(out, ".plot .c%zu { stroke: var(--p%zu); }\n", i, i);
	}
	fputs("</style>\n", out);
}

/* Lines get the colors in turn; when the colors repeat, lines are dashed, unless a
 * modifier is given. Baselines are gray. */
static void put_class(FILE *out, const struct plot_line *lines, size_t i,
		const char *modifier)
{
	size_t before = 0;

	for (size_t k = 0; k < i; k++) {
		before += lines[k].baseline == lines[i].baseline;
	}
	if (lines[i].baseline) {
		fprintf(out, "class=\"line baseline%s\"",
				before % 2 == 1 ? " second" : "");
	} else {
		fprintf(out, "class=\"line c%zu%s\"", before % PLOT_COLORS,
				*modifier ? modifier
						: before / PLOT_COLORS % 2 == 1
						? " dashed"
						: "");
	}
}

/* ---- Axes ---------------------------------------------------------------------- */

/** Numbers along one axis of a panel */
struct scale {
	double low, high;
	double step; /* from mark to mark */
};

/* The smallest of 1, 2, 5, 10, 20, 50, ... that divides a span into at most `most`
 * steps */
static double round_step(double span, double most)
{
	static const double factors[] = { 1, 2, 5, 10 };
	double unit = pow(10, floor(log10(span / most)));
	size_t i = 0;

	/* A rounding error must not double the step. */
	while (i < 3 && factors[i] * unit * most < span * (1 - 1e-9)) {
		i++;
	}
	return factors[i] * unit;
}

static void find_extremes(const struct plot_panel *panel, double *low, double *high)
{
	*low = INFINITY;
	*high = -INFINITY;
	for (size_t i = 0; i < panel->count; i++) {
		for (size_t k = 0; k < panel->points; k++) {
			*low = fmin(*low, panel->lines[i].values[k]);
			*high = fmax(*high, panel->lines[i].values[k]);
		}
	}
}

static struct scale scale_down(const struct plot_panel *panel)
{
	double low, high;

	find_extremes(panel, &low, &high);
	if (panel->scale == PLOT_SHARES) {
		/* Rounding errors around 0 do not extend the axis below 0. */
		return (struct scale){ low < -0.005 ? floor(low * 4) / 4 : 0, 1, 0.25 };
	}
	if (high - low <= 1e-6 * fmax(fabs(low), fabs(high))) {
		double room = fmax(fabs(low), 1) / 2;

		low -= room;
		high += room;
	}
	double step = round_step(high - low, 5);
	return (struct scale){ floor(low / step) * step, ceil(high / step) * step, step };
}

static struct scale scale_across(const struct plot_panel *panel)
{
	double last = panel->points > 1 ? (double)(panel->points - 1) : 1;

	return panel->percent ? (struct scale){ 0, 100, 25 }
			      : (struct scale){ 0, last, fmax(1, round_step(last, 6)) };
}

static size_t count_marks(const struct scale *scale)
{
	return (size_t)floor((scale->high - scale->low) / scale->step + 1e-6) + 1;
}

/* With as many decimals as the step has; very small and very large numbers in
 * scientific notation */
static void put_number(FILE *out, const struct scale *scale, size_t i)
{
	double value = scale->low + scale->step * (double)i;
	double largest = fmax(fabs(scale->low), fabs(scale->high));
	int decimals = (int)-floor(log10(scale->step) + 1e-9);

	value = fabs(value) < scale->step / 2 ? 0 : value;
	if (largest >= 1e6 || largest < 1e-3) {
		fprintf(out, "%.3g", value);
	} else {
		fprintf(out, "%.*f",
				scale->step == 0.25            ? 2
						: decimals > 0 ? decimals
							       : 0,
				value);
	}
}

/* ---- Panels -------------------------------------------------------------------- */

static double point_x(const struct plot_panel *panel, double left, size_t i)
{
	return panel->points < 2
			? left + PANEL_WIDTH / 2
			: left + PANEL_WIDTH * (double)i / (double)(panel->points - 1);
}

static double value_y(const struct scale *scale, double value)
{
	double part = (fmin(scale->high, fmax(scale->low, value)) - scale->low)
			/ (scale->high - scale->low);

	return MARGIN_TOP + PANEL_HEIGHT * (1 - part);
}

static void put_frame(FILE *out, const struct plot_panel *panel, double left,
		const struct scale *scale)
{
	fprintf(out, "<text class=\"title\" x=\"%.1f\" y=\"%.1f\">", left,
			MARGIN_TOP - 16);
	markup_text(out, panel->title);
	fputs("</text>\n", out);
	for (size_t i = 0; i < count_marks(scale); i++) {
		double y = value_y(scale, scale->low + scale->step * (double)i);

		fprintf(out,
				"<line class=\"grid\" x1=\"%.1f\" y1=\"%.1f\" "
				"x2=\"%.1f\" y2=\"%.1f\"/><text x=\"%.1f\" y=\"%.1f\" "
				"text-anchor=\"end\">",
				left, y, left + PANEL_WIDTH, y, left - 8, y + 4);
		put_number(out, scale, i);
		fputs("</text>\n", out);
	}
}

static void put_numbers(FILE *out, const struct plot_panel *panel, double left)
{
	double bottom = MARGIN_TOP + PANEL_HEIGHT + 18;
	struct scale scale = scale_across(panel);
	size_t count = panel->points < 2 ? 1 : count_marks(&scale);

	for (size_t i = 0; i < count; i++) {
		double part = panel->points < 2
				? 0.5
				: scale.step * (double)i / (scale.high - scale.low);

		fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">",
				left + PANEL_WIDTH * part, bottom);
		put_number(out, &scale, i);
		fputs(panel->percent ? "%</text>\n" : "</text>\n", out);
	}
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">",
			left + PANEL_WIDTH / 2, bottom + 20);
	markup_text(out, panel->across);
	fputs("</text>\n", out);
}

static void put_marks(FILE *out, const struct plot_panel *panel, double left)
{
	/* Skip marks that would overlap. */
	size_t step = (panel->points + 23) / 24;

	for (size_t i = 0; i < panel->points; i += step) {
		double x = point_x(panel, left, i) + 3,
		       y = MARGIN_TOP + PANEL_HEIGHT + 14;
		fprintf(out,
				"<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\" "
				"transform=\"rotate(-50 %.1f %.1f)\">",
				x, y, x, y);
		markup_text(out, panel->marks[i]);
		fputs("</text>\n", out);
	}
}

static void put_point(FILE *out, const struct plot_panel *panel, const double *values,
		size_t i, double left, const struct scale *scale)
{
	fprintf(out, " %.1f,%.1f", point_x(panel, left, i), value_y(scale, values[i]));
}

/* Where points are too dense, only the minimum and the maximum of each bin, in their
 * order */
static void put_points(FILE *out, const struct plot_panel *panel, const double *values,
		double left, const struct scale *scale)
{
	size_t stride = panel->points > 2 * BINS ? (panel->points + BINS - 1) / BINS : 1;

	for (size_t start = 0; start < panel->points; start += stride) {
		size_t low = start, high = start;

		for (size_t k = start; k < start + stride && k < panel->points; k++) {
			low = values[k] < values[low] ? k : low;
			high = values[k] > values[high] ? k : high;
		}
		size_t first = low < high ? low : high, second = low < high ? high : low;
		put_point(out, panel, values, first, left, scale);
		if (second != first) {
			put_point(out, panel, values, second, left, scale);
		}
	}
	if (panel->points == 1) {
		/* A line of nearly zero length is drawn as a dot. */
		put_point(out, panel, values, 0, left + 0.1, scale);
	}
}

static void put_panel(FILE *out, const struct plot_panel *panel, double left, bool thin)
{
	struct scale scale = scale_down(panel);

	put_frame(out, panel, left, &scale);
	if (panel->marks != NULL) {
		put_marks(out, panel, left);
	} else {
		put_numbers(out, panel, left);
	}
	for (size_t i = 0; i < panel->count; i++) {
		fputs("<polyline ", out);
		put_class(out, panel->lines, i,
				panel->points == 1     ? " dot"
						: thin ? " thin"
						       : "");
		fputs(" points=\"", out);
		put_points(out, panel, panel->lines[i].values, left, &scale);
		fputs("\"><title>", out);
		markup_text(out, panel->lines[i].name);
		fputs("</title></polyline>\n", out);
	}
}

static void put_legend(FILE *out, const struct plot_panel *panel, double left, double top)
{
	for (size_t i = 0; i < panel->count; i++) {
		double y = top + 6 + LEGEND_LINE * (double)i;
		fprintf(out, "<line ");
		put_class(out, panel->lines, i, "");
		fprintf(out,
				" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>"
				"<text class=\"name\" x=\"%.1f\" y=\"%.1f\">",
				left, y, left + 26, y, left + 34, y + 4);
		markup_text(out, panel->lines[i].name);
		fputs("</text>\n", out);
	}
}

/* Height of the labels below a panel */
static double labels_height(const struct plot_panel *panel)
{
	size_t longest = 0;

	for (size_t i = 0; panel->marks != NULL && i < panel->points; i++) {
		size_t length = strlen(panel->marks[i]);
		longest = length > longest ? length : longest;
	}
	return panel->marks != NULL ? 30 + 5.2 * (double)longest : 52;
}

/* Right edge of the panels and of the gap behind the last one */
static double panels_end(const struct plot *plot)
{
	return MARGIN_LEFT + (PANEL_WIDTH + PANEL_GAP) * (double)plot->count;
}

/* A plot with one panel stays narrow: its legend is below the panel. */
static bool legend_is_below(const struct plot *plot)
{
	return plot->legend && plot->count == 1;
}

/* Bottom edge of the panels with their labels */
static double panels_bottom(const struct plot *plot)
{
	return MARGIN_TOP + PANEL_HEIGHT + labels_height(&plot->panels[0]);
}

struct plot plot_of_steps(const char *label, const struct plot_panel *panel)
{
	return (struct plot){
		.label = label,
		.panels = panel,
		.count = 1,
		.legend = panel->count > 1 && panel->count <= PLOT_COLORS,
		.thin = panel->count > PLOT_COLORS,
	};
}

void plot_size(const struct plot *plot, int64_t *width, int64_t *height)
{
	double right = panels_end(plot);
	double legend = LEGEND_LINE * (double)plot->panels[0].count + 10;
	bool below = legend_is_below(plot);

	*width = (int64_t)(plot->legend && !below ? right + LEGEND_WIDTH
						  : right - PANEL_GAP + MARGIN_RIGHT);
	*height = (int64_t)ceil(below ? panels_bottom(plot) + legend
				      : fmax(panels_bottom(plot),
						      plot->legend ? MARGIN_TOP + legend
								   : 0));
}

void plot_write(FILE *out, const struct plot *plot)
{
	int64_t width, height;

	plot_size(plot, &width, &height);
	fprintf(out,
			"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" "
			"width=\"%lld\" height=\"%lld\" viewBox=\"0 0 %lld %lld\" "
			"role=\"img\" aria-label=\"",
			(long long)width, (long long)height, (long long)width,
			(long long)height);
	markup_text(out, plot->label);
	fputs("\">\n", out);
	put_style(out);
	fprintf(out, "<rect class=\"paper\" width=\"%lld\" height=\"%lld\"/>\n",
			(long long)width, (long long)height);
	for (size_t i = 0; i < plot->count; i++) {
		put_panel(out, &plot->panels[i],
				MARGIN_LEFT + (PANEL_WIDTH + PANEL_GAP) * (double)i,
				plot->thin);
	}
	if (legend_is_below(plot)) {
		put_legend(out, &plot->panels[0], MARGIN_LEFT, panels_bottom(plot));
	} else if (plot->legend) {
		put_legend(out, &plot->panels[0], panels_end(plot) - 24, MARGIN_TOP);
	}
	fputs("</svg>\n", out);
}
