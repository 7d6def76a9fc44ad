/**
 * \file    optimize/check.c
 * \brief   Checks the settings of an optimization for contradictions
 */
#include <math.h>

#include "optimize/check.h"

static cnnviz_status check_start(const cnnviz_optimization *settings, struct error *error)
{
	if (settings->start == CNNVIZ_START_IMAGES && settings->start_images == NULL) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"start = picture requires a picture: set start_picture, "
				"or choose another start");
	}
	if (settings->start == CNNVIZ_START_UNIFORM
			&& settings->space != CNNVIZ_SPACE_FOURIER
			&& settings->start_low > settings->start_high) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"start_low is %g and start_high %g; for uniform noise "
				"start_low must not be above start_high",
				settings->start_low, settings->start_high);
	}
	if (settings->start == CNNVIZ_START_NORMAL && settings->start_high < 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"start_high is %g; for normal noise it is the standard "
				"deviation, which must be 0 or more",
				settings->start_high);
	}
	return CNNVIZ_OK;
}

static cnnviz_status check_space(const cnnviz_optimization *settings, int channels,
		struct error *error)
{
	bool fourier = settings->space == CNNVIZ_SPACE_FOURIER;

	if (fourier && (settings->bound_linf > 0 || settings->bound_l2 > 0)) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"space = fourier cannot be combined with bound_linf and "
				"bound_l2; set space to input or pixel");
	}
	if (fourier && settings->quantize) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"space = fourier cannot be combined with quantize; set "
				"quantize to no or space to input or pixel");
	}
	if (settings->decorrelate && settings->space == CNNVIZ_SPACE_INPUT) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"decorrelate requires space = pixel or fourier");
	}
	if (settings->decorrelate && channels != 3) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"decorrelate requires a network with 3 input channels, "
				"and this one has %d; set decorrelate to no",
				channels);
	}
	return CNNVIZ_OK;
}

static cnnviz_status check_change(const cnnviz_optimization *settings,
		struct error *error)
{
	if (settings->scale_low > settings->scale_high) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"scale_low is %g and scale_high %g; scale_low must not "
				"be above scale_high",
				settings->scale_low, settings->scale_high);
	}
	if (settings->scale_high > 0 && settings->scale_low <= 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"scale_high is %g and scale_low %g; set both above 0, or "
				"neither",
				settings->scale_high, settings->scale_low);
	}
	if (settings->clip_every > 0 && settings->clip_fraction >= 1) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"clip_fraction is %g, which would set the whole picture "
				"to gray; it must be below 1",
				settings->clip_fraction);
	}
	if (settings->clip_every == 0 && settings->clip_fraction > 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"clip_fraction has no effect without clip_every; set "
				"clip_every to a number of steps");
	}
	if (settings->blur_every == 0
			&& (settings->blur_first > 0 || settings->blur_last > 0)) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"blur_first and blur_last have no effect without "
				"blur_every; set blur_every to a number of steps");
	}
	return CNNVIZ_OK;
}

static cnnviz_status check_steps(const cnnviz_optimization *settings, struct error *error)
{
	if (settings->iterations < 1) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"iterations is 0; it must be at least 1");
	}
	if (!(settings->learning_rate > 0) || !isfinite(settings->learning_rate)) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"learning_rate is %g; it must be above 0",
				settings->learning_rate);
	}
	if (settings->momentum > 0 && settings->optimizer == CNNVIZ_OPTIMIZER_ADAM) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"momentum applies to optimizer = sgd and normalized "
				"only; with adam, set it to 0");
	}
	if (settings->animation && settings->snapshots == 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"animation is made of snapshots; set snapshots to a "
				"number of steps too");
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
