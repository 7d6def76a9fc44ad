/**
 * \file    optimize/loop.c
 * \brief   Runs the steps of an optimization, handles their failures and decides when
 *                     to stop
 */
#include "optimize/loop.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "optimize/canvas.h"
#include "optimize/gradient.h"
#include "optimize/own.h"
#include "optimize/redirect.h"
#include "optimize/settle.h"

/**
 * Name of an item for messages: "zebra" in quotes, "the picture" or "picture 3"; text
 * holds size bytes
 */
static const char *item_name(const cnnviz_optimization *optimization, uint32_t item,
		char *text, size_t size)
{
	if (optimization->item_names != NULL) {
		snprintf(text, size, "\"%s%s%s\"", optimization->item_names[item],
				optimization->run_name != NULL ? "-" : "",
				optimization->run_name != NULL ? optimization->run_name
							       : "");
	} else if (optimization->count == 1) {
		snprintf(text, size, "the picture");
	} else {
		snprintf(text, size, "picture %lu", (unsigned long)item);
	}
	return text;
}

/* ---- Failures -------------------------------------------------------- */

cnnviz_status loop_not_finite(const struct loop *loop, uint32_t n, const char *quantity)
{
	char name[256];

	return error_set(loop->error, CNNVIZ_ERROR_INPUT,
			"in step %lu %s of %s became infinite or NaN; lower "
			"learning_rate%s",
			(unsigned long)loop->step + 1, quantity,
			item_name(loop->settings, n, name, sizeof(name)),
			loop->settings->l1 + loop->settings->l2 + loop->settings->norm
									+ loop->settings->variation
							> 0
					? " or the weights of the regularizers"
					: "");
}

static cnnviz_status no_gradient_error(const struct loop *loop, uint32_t n, uint32_t step,
		const char *more)
{
	char name[256];

	return error_set(loop->error, CNNVIZ_ERROR_INPUT,
			"in step %lu the gradient of %s is zero everywhere%s, so no "
			"change improves its objective; start from different noise "
			"(seed, start_low, start_high) or from a picture, or choose "
			"another layer, filter or class",
			(unsigned long)step,
			item_name(loop->settings, n, name, sizeof(name)), more);
}

/** The gradient of an item is zero: continue, freeze the item or fail. */
static cnnviz_status handle_zero_gradient(struct loop *loop, uint32_t n)
{
	struct item *item = &loop->items[n];

	if (++item->zeros < DEAD_STEPS && loop->step > 0) {
		return CNNVIZ_OK;
	}
	loop->frozen[n] = 1;
	item->dead = true;
	return loop->settings->spare_dead
			? CNNVIZ_OK
			: no_gradient_error(loop, n, loop->step + 1,
					item->zeros >= DEAD_STEPS
							? " for the tenth step in a row"
							: "");
}

/** Fail if an item had no gradient of its own in any step, unless that is allowed. */
static cnnviz_status check_started(const struct loop *loop)
{
	uint32_t n = 0;

	while (n < loop->settings->count && (loop->items[n].started || loop->frozen[n])) {
		n++;
	}
	return loop->settings->spare_dead || n == loop->settings->count
			? CNNVIZ_OK
			: no_gradient_error(loop, n, loop->step,
					" as in every step before");
}

/* ---- A step of one item ----------------------------------------------------- */

/** The loss is minimized: it is a value that is to be maximized, negated. */
static cnnviz_status begin_step(struct loop *loop, uint32_t n, double value)
{
	struct item *item = &loop->items[n];

	item->value = value;
	item->loss = loop->settings->maximize ? -value : value;
	item->steps++;
	return isfinite(value) ? CNNVIZ_OK : loop_not_finite(loop, n, "the value");
}

/** Count steps without a gradient; freezes the item if there were too many. */
static cnnviz_status judge_gradient(struct loop *loop, uint32_t n, bool zero)
{
	struct item *item = &loop->items[n];

	if (zero) {
		return handle_zero_gradient(loop, n);
	}
	item->zeros = 0;
	item->started = item->started || !item->redirected;
	return CNNVIZ_OK;
}

/** Compute the gradient of an item's image from that of what the network saw of it. */
static cnnviz_status trace_back(struct loop *loop, uint32_t n, const float *by_seen)
{
	bool own = loop->settings->transformation_count > 0;
	cnnviz_tensor *by_view = NULL;
	cnnviz_status status = own ? own_pull_back(loop, n, by_seen, &by_view)
				   : CNNVIZ_OK;

	if (status != CNNVIZ_OK) {
		return status;
	}
	view_gradient(&loop->views, &loop->items[n].view,
			own ? tensor_data(by_view) : by_seen, loop->gradient);
	tensor_unref(by_view);
	return floats_are_finite(loop->gradient, loop->size)
			? CNNVIZ_OK
			: loop_not_finite(loop, n, "the gradient");
}

/** Update an item's variable from the gradient with respect to what the network saw */
static cnnviz_status step_item(struct loop *loop, uint32_t n, double value,
		const float *by_seen)
{
	struct item *item = &loop->items[n];
	cnnviz_status status = begin_step(loop, n, value);

	if (status == CNNVIZ_OK) {
		status = trace_back(loop, n, by_seen);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	for (int64_t i = 0; loop->settings->maximize && i < loop->size; i++) {
		loop->gradient[i] = -loop->gradient[i];
	}
	status = judge_gradient(loop, n, all_zero(loop->gradient, loop->size));
	if (status != CNNVIZ_OK || loop->frozen[n]) {
		return status;
	}
	if (loop_due(loop, loop->settings->clip_every)
			&& !find_least_important(loop->extents,
					loop->settings->clip_fraction, item->input,
					loop->gradient, item->least)) {
		return loop_out_of_memory(loop);
	}
	item->loss += regularize(loop->settings, loop->extents, item->input,
			loop->gradient);
	space_gradient(loop->space, item->input, loop->gradient, loop->slope);
	optimizer_step(&item->optimizer, loop->rate, item->variable, loop->slope);
	if (!floats_are_finite(item->variable, space_size(loop->space))) {
		return loop_not_finite(loop, n, "a pixel");
	}
	return item_update_image(loop, n);
}

/** Update items from the gradients that the canvas has */
static cnnviz_status step_on_canvas(struct loop *loop, const struct group *group)
{
	bool *silent = memory_new(group->count, sizeof(*silent));
	uint32_t *stepping = memory_new(group->count, sizeof(*stepping));
	cnnviz_status status = canvas_find_silent(loop, group, silent);
	uint32_t count = 0;

	for (uint32_t i = 0; status == CNNVIZ_OK && i < group->count; i++) {
		uint32_t n = group->items[i];

		status = begin_step(loop, n, group->values[i]);
		if (status == CNNVIZ_OK) {
			status = judge_gradient(loop, n, silent[i]);
		}
		if (!loop->frozen[n]) {
			stepping[count++] = n;
		}
	}
	if (status == CNNVIZ_OK && count > 0) {
		status = canvas_step(loop, count, stepping);
	}
	free(stepping);
	free(silent);
	return status;
}

static cnnviz_status step_group(struct loop *loop, uint32_t count, const uint32_t *items)
{
	struct group group = {
		.count = count,
		.items = items,
		.values = memory_new(count, sizeof(*group.values)),
	};
	cnnviz_status status = group_compute(loop, &group);

	if (status == CNNVIZ_OK) {
		status = group_redirect(loop, &group);
	}
	if (status == CNNVIZ_OK && canvas_used(loop)) {
		status = step_on_canvas(loop, &group);
	}
	for (uint32_t i = 0; status == CNNVIZ_OK && !canvas_used(loop) && i < count;
			i++) {
		const float *data = tensor_data(group.gradients)
				+ i * (tensor_count(group.gradients) / count);

		status = step_item(loop, items[i], group.values[i], data);
	}
	tensor_unref(group.views);
	tensor_unref(group.gradients);
	free(group.values);
	return status;
}

/* ---- Steps ------------------------------------------------------------------ */

static uint32_t list_active(const struct loop *loop, uint32_t *items)
{
	uint32_t count = 0;

	for (uint32_t n = 0; n < loop->settings->count; n++) {
		if (!loop->frozen[n]) {
			items[count++] = n;
		}
	}
	return count;
}

/** Freeze an item that has made no progress for `patience` steps. */
static void watch_progress(struct loop *loop, uint32_t n)
{
	struct item *item = &loop->items[n];
	double better = loop->settings->maximize ? item->value - item->best
						 : item->best - item->value;

	/* A picture that has not started yet is on its way. */
	if (item->steps == 1 || item->redirected
			|| better > loop->settings->tolerance * fabs(item->best)) {
		item->best = item->value;
		item->since = 0;
		return;
	}
	if (++item->since >= loop->settings->patience && loop->settings->patience > 0) {
		loop->frozen[n] = 1;
	}
}

/** Record values and losses; frozen items repeat their last ones. */
static void record_history(struct loop *loop)
{
	size_t row = (size_t)loop->step * loop->settings->count;

	for (uint32_t n = 0; n < loop->settings->count; n++) {
		loop->values[n] = loop->items[n].value;
		loop->history[0][row + n] = (float)loop->items[n].value;
		loop->history[1][row + n] = (float)loop->items[n].loss;
	}
}

/** Pass the items' images (C,H,W), 0..1, to the caller */
static cnnviz_status pass_snapshots(struct loop *loop, uint32_t count,
		const uint32_t *items)
{
	cnnviz_tensor *image = tensor_create(3,
			(const int64_t[]){ loop->extents.channels, loop->extents.height,
					loop->extents.width });
	cnnviz_status status = image != NULL ? CNNVIZ_OK : loop_out_of_memory(loop);

	for (uint32_t i = 0; status == CNNVIZ_OK && i < count; i++) {
		float *data = tensor_mutable_data(image);

		loop_image(loop, items[i], data);
		for (int64_t k = 0; k < loop->size; k++) {
			data[k] = fminf(fmaxf(data[k], 0), 1);
		}
		status = loop->calls->snapshot(loop->request->context, loop->step + 1,
				items[i], image);
	}
	tensor_unref(image);
	return status;
}

/** Call the caller's functions after a step of some items. */
static cnnviz_status report(struct loop *loop, uint32_t count, const uint32_t *items)
{
	cnnviz_status status = CNNVIZ_OK;
	double sum = 0;

	record_history(loop);
	for (uint32_t i = 0; i < count; i++) {
		sum += loop->items[items[i]].loss;
	}
	if (loop->calls->progress != NULL) {
		loop->calls->progress(loop->request->context, loop->step + 1,
				sum / count);
	}
	bool shown = loop->calls->snapshot != NULL
			&& loop_due(loop, loop->settings->snapshots);
	if (shown || loop->calls->observe != NULL) {
		status = canvas_read(loop);
	}
	if (status == CNNVIZ_OK && shown) {
		status = pass_snapshots(loop, count, items);
	}
	if (status == CNNVIZ_OK && loop->calls->observe) {
		status = loop->calls->observe(loop->request->context, loop->step + 1,
				loop->inputs, loop->values, loop->frozen);
	}
	for (uint32_t i = 0; status == CNNVIZ_OK && i < count; i++) {
		watch_progress(loop, items[i]);
	}
	return status;
}

static cnnviz_status take_step(struct loop *loop, uint32_t count, const uint32_t *items)
{
	const cnnviz_optimization *settings = loop->settings;
	cnnviz_status status = CNNVIZ_OK;

	if (settings->rate_every > 0 && loop->step % settings->rate_every == 0) {
		loop->rate *= settings->rate_factor;
	}
	for (uint32_t done = 0; status == CNNVIZ_OK && done < count;) {
		uint32_t part = count - done;

		if (part > loop->request->batch) {
			part = loop->request->batch;
		}
		status = step_group(loop, part, items + done);
		done += part;
	}
	return status == CNNVIZ_OK ? report(loop, count, items) : status;
}

static cnnviz_status run_steps(struct loop *loop)
{
	uint32_t *items = memory_new(loop->settings->count, sizeof(*items));
	cnnviz_status status = CNNVIZ_OK;
	uint32_t count = list_active(loop, items);

	while (status == CNNVIZ_OK && count > 0
			&& loop->step < loop->settings->iterations) {
		if (loop->calls->canceled != NULL
				&& loop->calls->canceled(loop->request->context)) {
			status = error_set(loop->error, CNNVIZ_ERROR_CANCELED,
					"interrupted");
			break;
		}
		status = take_step(loop, count, items);
		loop->step++;
		count = list_active(loop, items);
	}
	free(items);
	return status;
}

/* ---- Result ----------------------------------------------------------------- */

static cnnviz_tensor *copy_history(const struct loop *loop, const float *history)
{
	cnnviz_tensor *tensor = tensor_create(2,
			(const int64_t[]){ loop->step, loop->settings->count });

	if (tensor != NULL) {
		memcpy(tensor_mutable_data(tensor), history,
				(size_t)tensor_count(tensor) * sizeof(float));
	}
	return tensor;
}

static cnnviz_status make_result(struct loop *loop, struct loop_result *result)
{
	struct loop_result made = {
		.steps = loop->step,
		.image = tensor_create(4, tensor_shape(loop->inputs)),
		.values = copy_history(loop, loop->history[0]),
		.losses = copy_history(loop, loop->history[1]),
	};

	if (made.image == NULL || made.values == NULL || made.losses == NULL) {
		loop_result_clear(&made);
		return loop_out_of_memory(loop);
	}
	made.item_steps = memory_new(loop->settings->count, sizeof(*made.item_steps));
	made.started = memory_new(loop->settings->count, sizeof(*made.started));
	made.dead = memory_new(loop->settings->count, sizeof(*made.dead));
	for (uint32_t n = 0; n < loop->settings->count; n++) {
		float *image = tensor_mutable_data(made.image) + n * loop->size;

		loop_image(loop, n, image);
		for (int64_t i = 0; i < loop->size; i++) {
			image[i] = fminf(fmaxf(image[i], 0), 1);
		}
		made.item_steps[n] = loop->items[n].steps;
		made.started[n] = loop->items[n].started;
		made.dead[n] = loop->items[n].dead;
	}
	made.input = tensor_ref(loop->inputs);
	*result = made;
	return CNNVIZ_OK;
}

void loop_result_clear(struct loop_result *result)
{
	tensor_unref(result->image);
	tensor_unref(result->input);
	tensor_unref(result->values);
	tensor_unref(result->losses);
	free(result->item_steps);
	free(result->started);
	free(result->dead);
	*result = (struct loop_result){ 0 };
}

cnnviz_status loop_run(const struct loop_request *request, struct loop_result *result,
		struct error *error)
{
	struct loop loop = {
		.request = request,
		.settings = request->optimization,
		.calls = request->calls,
		.error = error,
	};
	cnnviz_status status = loop_open(&loop);

	if (status == CNNVIZ_OK) {
		status = canvas_open(&loop);
	}
	if (status == CNNVIZ_OK) {
		status = run_steps(&loop);
	}
	if (status == CNNVIZ_OK) {
		status = check_started(&loop);
	}
	if (status == CNNVIZ_OK) {
		status = canvas_read(&loop);
	}
	if (status == CNNVIZ_OK) {
		status = make_result(&loop, result);
	}
	canvas_close(&loop);
	loop_close(&loop);
	return status;
}
