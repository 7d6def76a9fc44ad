/**
 * \file    image/render.h
 * \brief   Drawing maps: every attribution becomes pictures here and nowhere else
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

/** Color of a value 0..1 (outside is clipped, NaN is 0) */
void colormap_color(int colormap, float value, unsigned char rgb[3]);

struct render_style {
	int colormap;      /* of heatmap and overlay */
	double opacity;    /* of the colors in overlay, 0..1 */
	uint32_t upsample; /* filter that enlarges maps to the picture: CNNVIZ_FILTER_* */
	double percentile; /* where gray and heatmap saturate: 100 = the maximum */
};

/*
 * Item n of maps (N,C,h,w), always finite pictures: a constant map gives mid-gray
 * (color), black, or the color map's color of 0; values that are not finite count
 * as 0. width and height are the picture's; maps are enlarged to them, after the sum
 * or the part that is drawn is taken. color, positive and negative have as many
 * channels as the map (1 or 3), gray has 1, heatmap and overlay have 3.
 */

/** min-max over the whole item to 0..255, truncated */
cnnviz_status render_color(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, int64_t width, int64_t height,
		struct image **image, struct error *error);
/** sum over channels of |g|, from its minimum to its percentile (numpy's linear), or
 * to its maximum where the percentile is the minimum */
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
/** What gray draws, as numbers (1,1,height,width), none below 0 */
cnnviz_status render_magnitude(const cnnviz_tensor *maps, int64_t n, uint32_t upsample,
		int64_t width, int64_t height, cnnviz_tensor **plane,
		struct error *error);
/** as gray, through the color map */
cnnviz_status render_heatmap(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, int64_t width, int64_t height,
		struct image **image, struct error *error);
/** heat map over a picture of the wanted size */
cnnviz_status render_overlay(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, const struct image *picture,
		struct image **image, struct error *error);

#endif
