/**
 * \file    image/plot.h
 * \brief   Curves as SVG: panels side by side with one legend
 */
#ifndef IMAGE_PLOT_H
#define IMAGE_PLOT_H

#include <stddef.h>
#include <stdio.h>

#include "base/error.h"

/** Most lines that colors alone tell apart */
#define PLOT_COLORS 8

struct plot_line {
	const char *name;
	bool baseline;  /* gray and broken */
	double *values; /* finite, as many as the panel has points */
};

enum plot_scale {
	PLOT_SHARES, /* 0 to 1 down, lower where values are negative */
	PLOT_VALUES, /* what the values span */
};

struct plot_panel {
	const char *title;
	enum plot_scale scale;
	const char *across;       /* what the horizontal axis is; NULL: marks say it */
	const char *const *marks; /* a text for each point; NULL: numbers */
	bool percent; /* numbers across are 0 to 100%, not those of the points */
	size_t points;
	struct plot_line *lines;
	size_t count;
};

struct plot {
	const char *label; /* for those who do not see it */
	const struct plot_panel *panels;
	size_t count;
	bool legend; /* names the lines of the first panel */
	bool thin;   /* lines too many to be told apart */
};

/** Append a line of the panel's points, all 0; its values are the panel's. */
struct plot_line *plot_add_line(struct plot_panel *panel, const char *name,
		bool baseline);

/** Free lines and values of panels; names are not theirs. */
void plot_free_lines(struct plot_panel *panels, size_t count);

/** Width and height of the drawing, in pixels */
void plot_size(const struct plot *plot, int64_t *width, int64_t *height);

/** Write an SVG document, light or dark as the reader prefers, that can also stand in a page. */
void plot_write(FILE *out, const struct plot *plot);

#endif
