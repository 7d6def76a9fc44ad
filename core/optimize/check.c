/**
 * \file    optimize/check.c
 * \brief   What does not go together in an optimization
 */
#include <math.h>

#include "optimize/loop.h"

static cnnviz_status check_start(const cnnviz_optimization *what, struct error *error)
{
	if (what->start == CNNVIZ_START_IMAGES && what->start_images == NULL) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"start = picture needs a "
				"picture: set start_picture too, or another start");
	}
	if (what->start == CNNVIZ_START_UNIFORM && what->space != CNNVIZ_SPACE_FOURIER
			&& what->start_low > what->start_high) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"start_low is %g and start_high "
				"%g; for uniform noise the lower end comes first",
				what->start_low, what->start_high);
	}
	if (what->start == CNNVIZ_START_NORMAL && what->start_high < 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"start_high is %g; for normal "
				"noise it is a deviation, 0 or more",
				what->start_high);
	}
	return CNNVIZ_OK;
}

static cnnviz_status check_space(const cnnviz_optimization *what, int channels,
		struct error *error)
{
	bool fourier = what->space == CNNVIZ_SPACE_FOURIER;

	if (fourier && (what->bound_linf > 0 || what->bound_l2 > 0)) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"space = fourier cannot keep "
				"bound_linf and bound_l2; set space to input or pixel");
	}
	if (fourier && what->quantize) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"space = fourier cannot be "
				"rounded to 8 bits in each step; set quantize to no or "
				"space to input or pixel");
	}
	if (what->decorrelate && what->space == CNNVIZ_SPACE_INPUT) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"decorrelate needs space = pixel "
				"or fourier");
	}
	if (what->decorrelate && channels != 3) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"decorrelate needs a network for "
				"pictures in color; this one takes %d channel; set it to "
				"no",
				channels);
	}
	return CNNVIZ_OK;
}

static cnnviz_status check_change(const cnnviz_optimization *what, struct error *error)
{
	if (what->scale_low > what->scale_high) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"scale_low is %g and scale_high "
				"%g; the smaller scale comes first",
				what->scale_low, what->scale_high);
	}
	if (what->scale_high > 0 && what->scale_low <= 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"scale_high is %g and scale_low "
				"%g; set both, above 0, or neither",
				what->scale_high, what->scale_low);
	}
	if (what->clip_every > 0 && what->clip_fraction >= 1) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"clip_fraction is %g, which sets "
				"the whole picture to gray; it must be below 1",
				what->clip_fraction);
	}
	if (what->clip_every == 0 && what->clip_fraction > 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"clip_fraction is set and "
				"clip_every is not, so nothing would be clipped; set "
				"clip_every to a number of steps");
	}
	if (what->blur_every == 0 && (what->blur_first > 0 || what->blur_last > 0)) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"blur_first or blur_last is set "
				"and blur_every is not, so nothing would be blurred; set "
				"blur_every to a number of steps");
	}
	return CNNVIZ_OK;
}

static cnnviz_status check_steps(const cnnviz_optimization *what, struct error *error)
{
	if (what->iterations < 1) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"iterations is 0; an "
				"optimization takes at least 1 step");
	}
	if (!(what->learning_rate > 0) || !isfinite(what->learning_rate)) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"learning_rate is %g; it must be "
				"above 0 for anything to change",
				what->learning_rate);
	}
	if (what->momentum > 0 && what->optimizer == CNNVIZ_OPTIMIZER_ADAM) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"momentum is for optimizer = sgd "
				"and normalized; adam has its own, so set it to 0");
	}
	if (what->animation && what->snapshots == 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"animation shows the snapshots; "
				"set snapshots to a number of steps too");
	}
	return CNNVIZ_OK;
}

cnnviz_status loop_check(const cnnviz_optimization *optimization, int channels,
		struct error *error)
{
	cnnviz_status status = check_start(optimization, error);

	if (status == CNNVIZ_OK) {
		status = check_space(optimization, channels, error);
	}
	if (status == CNNVIZ_OK) {
		status = check_change(optimization, error);
	}
	return status == CNNVIZ_OK ? check_steps(optimization, error) : status;
}
