/**
 * \file    image/render.h
 * \brief   Draws maps: the one place where attributions become pictures
 */
#ifndef IMAGE_RENDER_H
#define IMAGE_RENDER_H

#include "image/image.h"

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
	int colormap;      /* of heatmap and overlay */
	double opacity;    /* of the colors in overlay, 0..1 */
	uint32_t upsample; /* CNNVIZ_FILTER_* that enlarges maps to the picture's size */
	double percentile; /* at which gray and heatmap saturate; 100 is the maximum */
};

/*
 * All draw item n of maps (N,C,h,w). A constant map becomes mid-gray (color), black, or
 * the color map's color of 0; values that are not finite count as 0. width and height
 * are the picture's; what is drawn of a map is computed first and then enlarged to
 * them. color, positive and negative have as many channels as the map (1 or 3), gray
 * has 1, heatmap and overlay have 3.
 */

/** From the minimum to the maximum over the whole item to 0..255, truncated */
cnnviz_status render_color(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, int64_t width, int64_t height,
		struct image **image, struct error *error);
/**
 * Sum over channels of |g|, from its minimum to its percentile (numpy's linear method),
 * or to its maximum if the percentile equals the minimum
 */
cnnviz_status render_gray(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, int64_t width, int64_t height,
		struct image **image, struct error *error);
/** max(0,g)/max(g) */
cnnviz_status render_positive(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, int64_t width, int64_t height,
		struct image **image, struct error *error);
/** max(0,-g)/-min(g) */
cnnviz_status render_negative(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, int64_t width, int64_t height,
		struct image **image, struct error *error);
/** What gray draws, as a tensor (1,1,height,width) of values that are not negative */
cnnviz_status render_magnitude(const cnnviz_tensor *maps, int64_t n, uint32_t upsample,
		int64_t width, int64_t height, cnnviz_tensor **plane,
		struct error *error);
/** Like gray, in the colors of the color map */
cnnviz_status render_heatmap(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, int64_t width, int64_t height,
		struct image **image, struct error *error);
/** Heat map over a picture, which determines the size */
cnnviz_status render_overlay(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, const struct image *picture,
		struct image **image, struct error *error);

#endif
