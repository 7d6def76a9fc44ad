/**
 * \file    graph/onnx/convert_resample.c
 * \brief   Operators that enlarge feature maps, or put something around them
 */
#include "graph/onnx/tables.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "graph/onnx/parts.h"
#include "graph/operations/families.h"

#define LEAST_SCALE 1e-3
#define MOST_SCALE 1e3

/* ---- Where a row comes from ---------------------------------------------------- */

/** Rules for the place in the input that a row of the output is taken from */
enum rule {
	ASYMMETRIC,
	ALIGN_CORNERS,
	HALF_PIXEL,
	HALF_PIXEL_SYMMETRIC,
	PYTORCH_HALF_PIXEL,
	TF_HALF_PIXEL_FOR_NN,
};

static const char *const rules[] = { "asymmetric", "align_corners", "half_pixel",
	"half_pixel_symmetric", "pytorch_half_pixel", "tf_half_pixel_for_nn", NULL };

enum rounding {
	FLOOR,
	CEIL,
	PREFER_FLOOR,
	PREFER_CEIL,
};

static const char *const roundings[] = { "floor", "ceil", "round_prefer_floor",
	"round_prefer_ceil", NULL };

struct resizing {
	int64_t rule, rounding; /* of the enumerations above */
	bool linear;
	double scale[2]; /* height, width */
	int64_t in[2], out[2];
};

/** The place in the input of row or column i of the output, as the file has it */
static double place(const struct resizing *resizing, int d, int64_t i)
{
	double scale = resizing->scale[d], at = (double)i;
	double in = (double)resizing->in[d], out = (double)resizing->out[d];

	switch (resizing->rule) {
	case ASYMMETRIC:
		return at / scale;
	case ALIGN_CORNERS:
		return out > 1 ? at * (in - 1) / (out - 1) : 0;
	case HALF_PIXEL_SYMMETRIC:
		return in / 2 * (1 - out / (in * scale)) + (at + 0.5) / scale - 0.5;
	case PYTORCH_HALF_PIXEL:
		return out > 1 ? (at + 0.5) / scale - 0.5 : 0;
	case TF_HALF_PIXEL_FOR_NN:
		return (at + 0.5) / scale;
	default:
		return (at + 0.5) / scale - 0.5;
	}
}

static double round_place(const struct resizing *resizing, double at)
{
	switch (resizing->rounding) {
	case FLOOR:
		return floor(at);
	case CEIL:
		return ceil(at);
	case PREFER_FLOOR:
		return ceil(at - 0.5);
	default:
		return floor(at + 0.5);
	}
}

/** Whether an upsample takes all rows, or columns, from the same places */
static bool has_same_places(const struct resizing *resizing,
		const struct graph_settings *settings, int d)
{
	double last = (double)resizing->in[d] - 1;
	bool same = true;

	for (int64_t i = 0; same && i < resizing->out[d]; i++) {
		double theirs = place(resizing, d, i);

		theirs = resizing->linear ? theirs : round_place(resizing, theirs);
		theirs = fmin(fmax(theirs, 0), last);
		same = fabs(theirs
				       - graph_place(settings, d, resizing->in[d],
						       resizing->out[d], i))
				< 1e-6;
	}
	return same;
}

/** Find coordinates and a rounding that come to the same; false if there are none. */
static bool find_manner(const struct resizing *resizing, struct graph_settings *settings)
{
	int64_t most = resizing->linear ? GRAPH_ROUNDING_FLOOR
					: GRAPH_ROUNDING_PREFER_CEIL;

	memcpy(settings->scale, resizing->scale, sizeof(settings->scale));
	settings->mode = resizing->linear ? GRAPH_UPSAMPLE_BILINEAR
					  : GRAPH_UPSAMPLE_NEAREST;
	settings->align_corners = resizing->linear && resizing->rule == ALIGN_CORNERS;
	for (int64_t c = GRAPH_COORDINATES_PYTORCH; c <= GRAPH_COORDINATES_ALIGN_CORNERS;
			c++) {
		settings->coordinates = c;
		for (int64_t r = GRAPH_ROUNDING_FLOOR; r <= most; r++) {
			settings->rounding = r;
			if (has_same_places(resizing, settings, 0)
					&& has_same_places(resizing, settings, 1)) {
				return true;
			}
		}
		settings->align_corners = false;
	}
	return false;
}

/* ---- Resize -------------------------------------------------------------------- */

/** Read an attribute that is one of several words. */
static cnnviz_status read_word(const struct conversion *conversion, const char *name,
		const char *otherwise, const char *const *words, int64_t *index,
		struct error *error)
{
	const char *word = onnx_text(conversion->node, name, otherwise);

	for (*index = 0; words[*index] != NULL; ++*index) {
		if (strcmp(words[*index], word) == 0) {
			return CNNVIZ_OK;
		}
	}
	return onnx_refuse(error, "with %s=%.40s", name, word);
}

/** Read how; before version 11 of the operators there was one way. */
static cnnviz_status read_manner(const struct conversion *conversion,
		struct resizing *resizing, struct error *error)
{
	static const char *const modes[] = { "nearest", "linear", NULL };
	bool old = strcmp(conversion->node->operator, "Upsample") == 0
			|| conversion->file->opset < 11;
	int64_t mode;
	cnnviz_status status = read_word(conversion, "mode", "nearest", modes, &mode,
			error);

	if (status == CNNVIZ_OK) {
		status = read_word(conversion, "coordinate_transformation_mode",
				old ? "asymmetric" : "half_pixel", rules, &resizing->rule,
				error);
	}
	if (status == CNNVIZ_OK) {
		status = read_word(conversion, "nearest_mode",
				old ? "floor" : "round_prefer_floor", roundings,
				&resizing->rounding, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	resizing->linear = mode == 1;
	if (strcmp(onnx_text(conversion->node, "keep_aspect_ratio_policy", "stretch"),
			    "stretch")
			!= 0) {
		return onnx_refuse(error, "with keep_aspect_ratio_policy");
	}
	return onnx_integer(conversion->node, "antialias", 0) == 0
			? CNNVIZ_OK
			: onnx_refuse(error, "with antialias");
}

/** Read factors, from an attribute or from a constant input; count 0: there are none. */
static cnnviz_status read_scales(const struct conversion *conversion, size_t input,
		double *scales, size_t *count, struct error *error)
{
	const struct onnx_attribute *attribute = onnx_attribute(conversion->node,
			"scales");
	const struct constant *constant = NULL;
	cnnviz_status status = CNNVIZ_OK;

	*count = 0;
	if (attribute != NULL && attribute->reals != NULL) {
		*count = attribute->count;
	} else if (onnx_input_at(conversion, input) != NULL) {
		status = onnx_input_constant(conversion, input, "scale", &constant,
				error);
		*count = status == CNNVIZ_OK ? (size_t)constant_count(constant) : 0;
	}
	if (*count > CNNVIZ_MAX_RANK) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "has too many scales");
	}
	for (size_t i = 0; i < *count; i++) {
		scales[i] = constant != NULL ? constant_real(constant, (int64_t)i)
					     : attribute->reals[i];
	}
	return status;
}

/** The factor that gives a map an extent */
static double find_scale(int64_t in, int64_t out)
{
	double scale = (double)out / (double)in;

	return floor((double)in * scale) < (double)out ? nextafter(scale, INFINITY)
						       : scale;
}

/** Read the factors of all four axes, as such or as the output's extents. */
static cnnviz_status read_factors(const struct conversion *conversion,
		const int64_t extent[4], double factors[4], struct error *error)
{
	bool separate = strcmp(conversion->node->operator, "Resize") == 0
			&& conversion->file->opset >= 11;
	int64_t axes[2 * CNNVIZ_MAX_RANK] = { 0, 1, 2, 3 };
	int64_t sizes[2 * CNNVIZ_MAX_RANK];
	double scales[CNNVIZ_MAX_RANK];
	size_t axis_count, scale_count, count = 0;
	uint32_t axis;
	cnnviz_status status = onnx_read_list(conversion, "axes", SIZE_MAX, axes,
			&axis_count, error);

	if (status == CNNVIZ_OK) {
		status = read_scales(conversion, separate ? 2 : 1, scales, &scale_count,
				error);
	}
	if (status == CNNVIZ_OK && separate && scale_count == 0) {
		status = onnx_read_list(conversion, "sizes", 3, sizes, &count, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	if (scale_count + count != (axis_count > 0 ? axis_count : 4)) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"has %zu factors or sizes of %zu axes",
				scale_count + count, axis_count > 0 ? axis_count : 4);
	}
	for (size_t i = 0; i < scale_count + count && status == CNNVIZ_OK; i++) {
		status = onnx_read_axis(axes[i], 4, &axis, error);
		if (status == CNNVIZ_OK) {
			factors[axis] = scale_count > 0
					? scales[i]
					: find_scale(extent[axis], sizes[i]);
		}
	}
	return status;
}

/** Check the factors, and find the extents that they make. */
static cnnviz_status set_factors(struct resizing *resizing, const double factors[4],
		struct error *error)
{
	if (!(fabs(factors[0] - 1) <= 0 && fabs(factors[1] - 1) <= 0)) {
		return onnx_refuse(error, "of other axes than height and width");
	}
	for (int d = 0; d < 2; d++) {
		double scale = factors[2 + d];

		if (!(scale >= LEAST_SCALE && scale <= MOST_SCALE)
				|| (double)resizing->in[d] * scale > (double)MAX_WINDOW) {
			return onnx_refuse(error,
					"by a factor of %g, which is not from %g to %g "
					"or leads to more than %" PRId64
					" rows or columns",
					scale, LEAST_SCALE, MOST_SCALE, MAX_WINDOW);
		}
		resizing->scale[d] = scale;
		resizing->out[d] = (int64_t)floor((double)resizing->in[d] * scale);
	}
	return CNNVIZ_OK;
}

static cnnviz_status refuse_places(const struct resizing *resizing, struct error *error)
{
	return onnx_refuse(error,
			"with mode=%s, coordinate_transformation_mode=%s, "
			"nearest_mode=%s and factors %g and %g, which half_pixel, "
			"asymmetric and align_corners do not come to",
			resizing->linear ? "linear" : "nearest", rules[resizing->rule],
			roundings[resizing->rounding], resizing->scale[0],
			resizing->scale[1]);
}

static cnnviz_status convert_resize(struct conversion *conversion, struct error *error)
{
	struct graph_settings settings = build_settings("upsample");
	double factors[4] = { 1, 1, 1, 1 };
	struct resizing resizing = { 0 };
	int64_t extent[4] = { 1 };
	int32_t input, node;
	cnnviz_status status = onnx_input_spatial(conversion, 0, &input, error);

	if (status == CNNVIZ_OK) {
		status = read_manner(conversion, &resizing, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	memcpy(&extent[1], build_shape(&conversion->build, input)->extent,
			3 * sizeof(*extent));
	memcpy(resizing.in, &extent[2], sizeof(resizing.in));
	status = read_factors(conversion, extent, factors, error);
	if (status == CNNVIZ_OK) {
		status = set_factors(&resizing, factors, error);
	}
	if (status == CNNVIZ_OK && !find_manner(&resizing, &settings)) {
		status = refuse_places(&resizing, error);
	}
	if (status == CNNVIZ_OK) {
		status = onnx_add_node(conversion, "upsample", &settings, 1, &input,
				&node, error);
	}
	if (status == CNNVIZ_OK) {
		onnx_set_node(conversion, node);
	}
	return status;
}

/* ---- Pad ----------------------------------------------------------------------- */

/** Read amounts before and behind each axis of an array of a rank. */
static cnnviz_status read_amounts(const struct conversion *conversion, uint32_t rank,
		int64_t amounts[2][CNNVIZ_MAX_RANK], struct error *error)
{
	int64_t axes[2 * CNNVIZ_MAX_RANK];
	int64_t list[2 * CNNVIZ_MAX_RANK];
	size_t count, axis_count;
	uint32_t axis;
	cnnviz_status status = onnx_read_list(conversion, "pads", 1, list, &count, error);

	if (status == CNNVIZ_OK) {
		status = onnx_read_list(conversion, "axes", 3, axes, &axis_count, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	for (uint32_t d = 0; d < rank && axis_count == 0; d++) {
		axes[d] = d;
	}
	axis_count = axis_count > 0 ? axis_count : rank;
	if (count != 2 * axis_count) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "has %zu pads of %zu axes",
				count, axis_count);
	}
	for (size_t i = 0; i < axis_count && status == CNNVIZ_OK; i++) {
		status = onnx_read_axis(axes[i], rank, &axis, error);
		if (status == CNNVIZ_OK) {
			amounts[0][axis] = list[i];
			amounts[1][axis] = list[axis_count + i];
		}
	}
	return status;
}

/** Read padding as top, bottom, left, right. */
static cnnviz_status read_padding(const struct conversion *conversion, uint32_t rank,
		int64_t padding[4], struct error *error)
{
	int64_t amounts[2][CNNVIZ_MAX_RANK] = { { 0 }, { 0 } };
	cnnviz_status status = read_amounts(conversion, rank, amounts, error);

	for (uint32_t i = 0; i < 2 * rank && status == CNNVIZ_OK; i++) {
		int64_t amount = amounts[i % 2][i / 2];

		if (rank == 4 && i >= 4) {
			padding[i - 4] = amount;
		} else if (amount != 0) {
			status = onnx_refuse(error,
					"of other axes than height and width");
		}
		if (amount < -MAX_WINDOW || amount > MAX_WINDOW) {
			status = onnx_refuse(error, "with huge pads");
		}
	}
	return status;
}

/** Read the number that is put there. */
static cnnviz_status read_number(const struct conversion *conversion, double *number,
		struct error *error)
{
	const struct constant *constant;
	cnnviz_status status = CNNVIZ_OK;

	*number = onnx_real(conversion->node, "value", 0);
	if (onnx_input_at(conversion, 2) != NULL) {
		status = onnx_input_constant(conversion, 2, "value", &constant, error);
		if (status == CNNVIZ_OK && constant_count(constant) == 1) {
			*number = constant_real(constant, 0);
		}
	}
	return status;
}

/** Cut off the rows and columns whose padding is negative, which becomes 0. */
static cnnviz_status crop(struct conversion *conversion, int64_t padding[4],
		struct view *view, struct error *error)
{
	int32_t node;
	cnnviz_status status = onnx_view_spatial(conversion, view, &node, error);

	for (int d = 0; d < 2 && status == CNNVIZ_OK; d++) {
		int64_t extent = build_shape(&conversion->build, node)->extent[1 + d];
		int64_t *ends = &padding[2 * d];
		const struct part part = {
			.axis = GRAPH_AXIS_HEIGHT + d,
			.first = ends[0] < 0 ? -ends[0] : 0,
			.end = ends[1] < 0 ? extent + ends[1] : extent,
			.step = 1,
		};

		ends[0] = ends[0] > 0 ? ends[0] : 0;
		ends[1] = ends[1] > 0 ? ends[1] : 0;
		status = part.first < part.end
				? onnx_add_part(conversion, node, &part, &node, error)
				: error_set(error, CNNVIZ_ERROR_INPUT, "leaves nothing");
	}
	if (status == CNNVIZ_OK) {
		*view = view_whole(node, build_shape(&conversion->build, node));
	}
	return status;
}

/** Padding with what the input has is a layer; numbers wait for the window behind. */
static cnnviz_status finish_pad(struct conversion *conversion,
		const struct graph_settings *settings, const struct view *view,
		double number, struct error *error)
{
	struct value result = { .kind = VALUE_LIVE, .padded = true };
	int32_t input, node;
	cnnviz_status status;

	if (settings->mode == GRAPH_PAD_CONSTANT) {
		result.view = *view;
		result.view.maker = conversion->node;
		result.padding_value = number;
		memcpy(result.padding, settings->padding, sizeof(result.padding));
		*onnx_value_of(conversion, conversion->node->outputs[0]) = result;
		return CNNVIZ_OK;
	}
	status = onnx_view_spatial(conversion, view, &input, error);
	if (status == CNNVIZ_OK) {
		status = onnx_add_node(conversion, "pad", settings, 1, &input, &node,
				error);
	}
	if (status == CNNVIZ_OK) {
		onnx_set_node(conversion, node);
	}
	return status;
}

static bool is_negative(const int64_t padding[4])
{
	return padding[0] < 0 || padding[1] < 0 || padding[2] < 0 || padding[3] < 0;
}

static cnnviz_status convert_pad(struct conversion *conversion, struct error *error)
{
	static const char *const modes[] = { "constant", "reflect", "edge", "wrap",
		NULL };
	static const int64_t nothing[4] = { 0 };
	struct graph_settings settings = build_settings("pad");
	const struct view *input;
	struct view view;
	double number;
	cnnviz_status status = onnx_input_live(conversion, 0, &input, error);

	if (status == CNNVIZ_OK) {
		status = read_word(conversion, "mode", "constant", modes, &settings.mode,
				error);
	}
	if (status == CNNVIZ_OK) {
		status = read_padding(conversion, input->rank, settings.padding, error);
	}
	if (status == CNNVIZ_OK) {
		status = read_number(conversion, &number, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	view = *input;
	if (is_negative(settings.padding)) {
		status = crop(conversion, settings.padding, &view, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	if (memcmp(settings.padding, nothing, sizeof(nothing)) == 0) {
		onnx_set_view(conversion, &view);
		return CNNVIZ_OK;
	}
	return finish_pad(conversion, &settings, &view, number, error);
}

const struct onnx_operator onnx_resample_operators[] = {
	{ "Pad", NULL, convert_pad },
	{ "Resize", NULL, convert_resize },
	{ "Upsample", NULL, convert_resize },
	{ NULL, NULL, NULL },
};
