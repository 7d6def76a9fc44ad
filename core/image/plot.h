/**
 * \file    image/plot.h
 * \brief   Draws curves as SVG: panels side by side with one legend
 */
#ifndef IMAGE_PLOT_H
#define IMAGE_PLOT_H

#include <stddef.h>
#include <stdio.h>

#include "base/error.h"

/** Number of lines that can be told apart by color alone */
#define PLOT_COLORS 8

struct plot_line {
	const char *name;
	bool baseline;  /* drawn gray and dashed */
	double *values; /* finite, one for each of the panel's points */
};

enum plot_scale {
	PLOT_SHARES, /* vertical axis from 0, or lower if values are negative, to 1 */
	PLOT_VALUES, /* vertical axis over the range of the values */
};

struct plot_panel {
	const char *title;
	enum plot_scale scale;
	const char *across; /* label of the horizontal axis; NULL when marks is set */
	const char *const *marks; /* label of each point; NULL: numbers */
	bool percent; /* number the horizontal axis 0 to 100% instead of by point */
	size_t points;
	struct plot_line *lines;
	size_t count;
};

struct plot {
	const char *label; /* text for screen readers */
	const struct plot_panel *panels;
	size_t count;
	bool legend; /* with a legend that names the lines of the first panel */
	bool thin;   /* thin lines, when there are too many to tell apart */
};

/**
 * \brief   A plot of one panel, whose points are steps
 *
 * Its lines get a legend where colors can tell them apart; more of them are thin. Both
 * arguments are borrowed.
 */
struct plot plot_of_steps(const char *label, const struct plot_panel *panel);

/** Append a line with all values 0, for the caller to fill; owned by the panel. */
struct plot_line *plot_add_line(struct plot_panel *panel, const char *name,
		bool baseline);

/** Free the lines and values of panels, but not the names. */
void plot_free_lines(struct plot_panel *panels, size_t count);

/** Width and height of the drawing, in pixels */
void plot_size(const struct plot *plot, int64_t *width, int64_t *height);

/**
 * Write an SVG document that can also be embedded in HTML; it follows the reader's
 * light or dark mode.
 */
void plot_write(FILE *out, const struct plot *plot);

#endif
