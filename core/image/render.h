/**
 * \file    image/render.h
 * \brief   Draws maps: the one place where attributions become pictures
 */
#ifndef IMAGE_RENDER_H
#define IMAGE_RENDER_H

#include "image/fit.h"

/** Color maps in order: hsv, jet, viridis, turbo, inferno, gray, diverging; NULL-terminated */
extern const char *const colormap_names[];
#define COLORMAP_HSV 0
#define COLORMAP_JET 1
#define COLORMAP_VIRIDIS 2
#define COLORMAP_TURBO 3
#define COLORMAP_INFERNO 4
#define COLORMAP_GRAY 5
#define COLORMAP_DIVERGING 6

/** Color of a value 0..1; values outside are clipped, and NaN counts as 0 */
void colormap_color(int colormap, float value, unsigned char rgb[3]);

struct render_style {
	bool evidence;     /* signed: see below */
	int colormap;      /* of heatmap and overlay */
	double opacity;    /* of the colors in overlay, 0..1 */
	uint32_t upsample; /* CNNVIZ_FILTER_* that enlarges maps to the picture's size */
	double percentile; /* at which gray and heatmap saturate; 100 is the maximum */
};

/** What a map is drawn over: the network's input, or the picture that it was made of */
struct render_frame {
	int64_t width, height; /* of what is drawn */
	int64_t input[2];      /* height and width of the input, which the map covers */
	enum image_fit fit;    /* by which image_fit() made the input of the picture */
};

/** The frame of an input itself */
struct render_frame render_input_frame(int64_t width, int64_t height);

/*
 * All draw item n of maps (N,C,h,w). A constant map becomes mid-gray (color), black, or
 * the color map's color of 0; values that are not finite count as 0. What is drawn of a
 * map is computed first and then enlarged, in one step from the map's own size to the
 * frame's. Ranges are those at the size of the input, so that colors mean the same in
 * every frame. What the fit cropped is drawn like a 0 in the map. color, positive and
 * negative have as many channels as the map (1 or 3), gray has 1, heatmap and overlay
 * have 3.
 *
 * Of signed evidence, gray shows max(0,e) where e is the sum over channels. heatmap and
 * overlay show e from minus to plus the percentile of |e|, so that 0 has the color in the
 * middle of the color map, also where a map is 0 everywhere; and overlay's opacity grows
 * from 0 with |e|, to that of the style at the percentile.
 */

/** From the minimum to the maximum over the whole item to 0..255, truncated */
cnnviz_status render_color(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, const struct render_frame *frame,
		struct image **image, struct error *error);
/**
 * Sum over channels of |g|, from its minimum to its percentile (numpy's linear method),
 * or to its maximum if the percentile equals the minimum
 */
cnnviz_status render_gray(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, const struct render_frame *frame,
		struct image **image, struct error *error);
/** max(0,g)/max(g) */
cnnviz_status render_positive(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, const struct render_frame *frame,
		struct image **image, struct error *error);
/** max(0,-g)/-min(g) */
cnnviz_status render_negative(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, const struct render_frame *frame,
		struct image **image, struct error *error);
/** What gray draws, as a tensor (1,1,height,width) of values that are not negative */
cnnviz_status render_magnitude(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, int64_t width, int64_t height,
		cnnviz_tensor **plane, struct error *error);
/** As render_magnitude(), but of signed evidence with what is against it, below 0 */
cnnviz_status render_evidence(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, int64_t width, int64_t height,
		cnnviz_tensor **plane, struct error *error);
/** Like gray, in the colors of the color map */
cnnviz_status render_heatmap(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, const struct render_frame *frame,
		struct image **image, struct error *error);
/** Heat map over a picture, of the frame's size; where the fit cropped it, the picture alone */
cnnviz_status render_overlay(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, const struct render_frame *frame,
		const struct image *picture, struct image **image, struct error *error);

#endif
