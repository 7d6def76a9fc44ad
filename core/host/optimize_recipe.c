/**
 * \file    host/optimize_recipe.c
 * \brief   The settings of an optimization: defaults, the user's parameters, and checks
 */
#include "host/optimize_recipe.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cnnviz/optimize.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "host/job.h"
#include "host/model.h"
#include "host/network.h"
#include "optimize/check.h"

/* ---- Defaults and parameters ------------------------------------------------ */

uint32_t recipe_known_size(uint32_t struct_size)
{
	return struct_size < sizeof(cnnviz_optimization)
			? struct_size
			: (uint32_t)sizeof(cnnviz_optimization);
}

void recipe_defaults(cnnviz_optimization *optimization, uint32_t struct_size)
{
	cnnviz_optimization preset = {
		.struct_size = struct_size,
		.count = 1,
		.maximize = 1,
		.norm_exponent = 6,
		.variation_exponent = 2,
	};

	memset(optimization, 0, struct_size);
	memcpy(optimization, &preset, recipe_known_size(struct_size));
}

/** A member of cnnviz_optimization that a parameter sets */
struct member {
	const char *name;
	uint32_t type; /* CNNVIZ_PARAMETER_*; FLOAT: double, others: uint32_t */
	size_t offset;
};

#define MEMBER(type, name) \
	{ \
#name, CNNVIZ_PARAMETER_##type, offsetof(cnnviz_optimization, name) \
	}

static const struct member members[] = {
	MEMBER(ENUM, start),
	MEMBER(FLOAT, start_low),
	MEMBER(FLOAT, start_high),
	MEMBER(COLOR, start_color),
	MEMBER(INT, iterations),
	MEMBER(FLOAT, learning_rate),
	MEMBER(ENUM, optimizer),
	MEMBER(FLOAT, momentum),
	MEMBER(FLOAT, weight_decay),
	MEMBER(ENUM, space),
	MEMBER(BOOL, decorrelate),
	MEMBER(BOOL, quantize),
	MEMBER(FLOAT, l1),
	MEMBER(FLOAT, l2),
	MEMBER(FLOAT, norm),
	MEMBER(FLOAT, norm_exponent),
	MEMBER(FLOAT, variation),
	MEMBER(FLOAT, variation_exponent),
	MEMBER(INT, blur_every),
	MEMBER(FLOAT, blur_first),
	MEMBER(FLOAT, blur_last),
	MEMBER(INT, clip_every),
	MEMBER(FLOAT, clip_fraction),
	MEMBER(INT, pad),
	MEMBER(INT, jitter),
	MEMBER(INT, jitter_last),
	MEMBER(FLOAT, scale_low),
	MEMBER(FLOAT, scale_high),
	MEMBER(FLOAT, rotate),
	MEMBER(INT, tile),
	MEMBER(FLOAT, bound_linf),
	MEMBER(FLOAT, bound_l2),
	MEMBER(INT, snapshots),
	MEMBER(BOOL, animation),
	MEMBER(INT, patience),
	MEMBER(FLOAT, tolerance),
};

/** The user's value of a parameter, if the technique declares it with that type */
static const struct value *find_set(const cnnviz_job *job, const char *name,
		uint32_t type)
{
	const cnnviz_parameter *table = job->plan->plugin->parameters;
	size_t count = job->plan->plugin->technique.parameter_count;
	size_t place = parameter_find(table, count, name);

	return place < count && table[place].type == type
					&& !(table[place].flags & CNNVIZ_PARAMETER_LIST)
					&& job->plan->values[place].set
			? &job->plan->values[place]
			: NULL;
}

static void apply_members(const cnnviz_job *job, cnnviz_optimization *optimization)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const struct member *member = &members[i];
		const struct value *value = find_set(job, member->name, member->type);
		char *place = (char *)optimization + member->offset;

		if (value == NULL) {
			continue;
		}
		if (member->type == CNNVIZ_PARAMETER_FLOAT) {
			memcpy(place, &value->real, sizeof(value->real));
		} else {
			memcpy(place, &(uint32_t){ (uint32_t)value->integer },
					sizeof(uint32_t));
		}
	}
	const struct value *height = find_set(job, "height", CNNVIZ_PARAMETER_INT);
	const struct value *width = find_set(job, "width", CNNVIZ_PARAMETER_INT);
	optimization->height = height != NULL ? height->integer : optimization->height;
	optimization->width = width != NULL ? width->integer : optimization->width;
}

/** Read the start picture, if the user gives one. */
static cnnviz_status read_start(cnnviz_job *job, cnnviz_optimization *optimization)
{
	const struct value *picture = find_set(job, "start_picture",
			CNNVIZ_PARAMETER_PATH);
	const struct value *start = find_set(job, "start", CNNVIZ_PARAMETER_ENUM);
	const cnnviz_image_api *image = job->session->host->image;
	bool sized = optimization->height > 0 && optimization->width > 0;
	cnnviz_tensor *read = NULL, *resized = NULL;

	if (picture == NULL) {
		return CNNVIZ_OK;
	}
	if (start != NULL && start->integer != CNNVIZ_START_IMAGES) {
		return job_fail(job, CNNVIZ_ERROR_INPUT,
				"start_picture is set, but start is %s; set start to "
				"picture or remove start_picture",
				cnnviz_optimize_starts[start->integer]);
	}
	if (job->session->phase == PHASE_CHECK) {
		optimization->start = CNNVIZ_START_IMAGES;
		return CNNVIZ_OK;
	}
	cnnviz_status status = image->read(job, picture->text, !sized, &read);
	if (status == CNNVIZ_OK && sized) {
		status = image->resize(job, read, optimization->height,
				optimization->width, CNNVIZ_FILTER_LANCZOS, &resized);
		tensor_unref(read);
		read = resized;
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	job_hold(job, read);
	optimization->start = CNNVIZ_START_IMAGES;
	optimization->start_images = read;
	return CNNVIZ_OK;
}

int recipe_channels(const cnnviz_job *job)
{
	return job_graph(job)->normalization.channels;
}

/* ---- Checks -------------------------------------------------------- */

/** Determine the size of the images, and check that start images have it. */
static cnnviz_status choose_size(const cnnviz_job *job, const cnnviz_optimization *what,
		struct loop_request *request)
{
	const cnnviz_tensor *images = what->start == CNNVIZ_START_IMAGES
			? what->start_images
			: NULL;
	const int64_t *shape = images != NULL && tensor_rank(images) == 4
			? tensor_shape(images)
			: NULL;
	const struct plan *plan = job->session->plan;

	if (images != NULL
			&& (shape == NULL || shape[1] != recipe_channels(job)
					|| (shape[0] != 1 && shape[0] != what->count))) {
		return job_misuse(job,
				"optimize->run() was given pictures to start from that "
				"are not (%lu,%d,H,W)",
				(unsigned long)what->count, recipe_channels(job));
	}
	request->height = what->height > 0 ? what->height
			: shape != NULL    ? shape[2]
					   : plan->size[0];
	request->width = what->width > 0 ? what->width
			: shape != NULL  ? shape[3]
					 : plan->size[1];
	if (shape != NULL
			&& (shape[2] != request->height || shape[3] != request->width)) {
		return job_fail(job, CNNVIZ_ERROR_INPUT,
				"the start picture has %lldx%lld pixels and the result "
				"%lldx%lld; give both width and height, or neither",
				(long long)shape[3], (long long)shape[2],
				(long long)request->width, (long long)request->height);
	}
	return CNNVIZ_OK;
}

/**
 * Whether the objective's layers can be computed for an input size; error says why not
 */
static bool accepts_size(const cnnviz_job *job, const cnnviz_optimization *what,
		int64_t height, int64_t width, struct error *error)
{
	const struct graph *graph = job_graph(job);
	struct graph_shape *shapes = memory_new(graph->node_count, sizeof(*shapes));
	int32_t *nodes = memory_new(what->capture_count, sizeof(*nodes));
	uint32_t count = 0;

	for (uint32_t i = 0; i < what->capture_count; i++) {
		int32_t node = graph_layer_node(graph, what->captures[i]);

		if (node >= 0) {
			nodes[count++] = node;
		}
	}
	bool taken = graph_infer_part(graph, height, width, count, nodes, shapes, error)
			== CNNVIZ_OK;
	free(nodes);
	free(shapes);
	return taken;
}

static int64_t at_most(int64_t value, uint32_t limit)
{
	return limit > 0 && value > limit ? limit : value;
}

/**
 * Check that the network accepts the images, or their tiles, and whether views include
 * padding.
 */
static cnnviz_status choose_views(const cnnviz_job *job, const cnnviz_optimization *what,
		struct loop_request *request)
{
	int64_t border = 2 * (int64_t)what->pad;

	request->pad_visible = accepts_size(job, what,
			at_most(request->height + border, what->tile),
			at_most(request->width + border, what->tile), NULL);
	if (request->pad_visible) {
		return CNNVIZ_OK;
	}
	return accepts_size(job, what, at_most(request->height, what->tile),
			       at_most(request->width, what->tile), &job->fault->error)
			? CNNVIZ_OK
			: job->fault->error.status;
}

cnnviz_status recipe_size(const cnnviz_job *job, const cnnviz_optimization *what,
		struct loop_request *request)
{
	cnnviz_status status = choose_size(job, what, request);

	return status == CNNVIZ_OK ? choose_views(job, what, request) : status;
}

/**
 * Check the settings in check(), when start pictures, and the size if it depends on
 * them, are not known
 */
static cnnviz_status check_settings(const cnnviz_job *job,
		const cnnviz_optimization *what, bool promised)
{
	cnnviz_optimization settled = *what;
	struct loop_request request = { 0 };

	if (promised) {
		settled.start = CNNVIZ_START_CONSTANT;
	}
	cnnviz_status status = loop_check(&settled, recipe_channels(job),
			&job->fault->error);
	bool sized = !promised && what->captures != NULL
			&& job->session->plan->size[0] > 0;

	return status == CNNVIZ_OK && sized ? recipe_size(job, what, &request) : status;
}

cnnviz_status recipe_configure(cnnviz_job *job, cnnviz_optimization *optimization)
{
	cnnviz_optimization changed = { 0 };
	uint32_t size = recipe_known_size(optimization->struct_size);

	memcpy(&changed, optimization, size);
	bool own = changed.start == CNNVIZ_START_IMAGES;
	apply_members(job, &changed);
	cnnviz_status status = read_start(job, &changed);
	if (status == CNNVIZ_OK && job->session->phase == PHASE_CHECK) {
		bool named = find_set(job, "start_picture", CNNVIZ_PARAMETER_PATH)
				!= NULL;
		status = check_settings(job, &changed,
				changed.start == CNNVIZ_START_IMAGES && (own || named));
	} else if (status == CNNVIZ_OK) {
		status = loop_check(&changed, recipe_channels(job), &job->fault->error);
	}
	if (status == CNNVIZ_OK) {
		memcpy(optimization, &changed, size);
	}
	return status;
}
