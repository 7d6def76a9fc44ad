/**
 * \file    support/mock_host.c
 * \brief   A host without a network, for testing what a technique computes
 */
#include "support/mock_host.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/tensor.h"

/* ---- Messages -------------------------------------------------------------- */

static CNNVIZ_PRINTF(3, 4) cnnviz_status fail(cnnviz_job *job, cnnviz_status status,
		const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(job->failure_text, sizeof job->failure_text, format, arguments);
	va_end(arguments);
	job->failure = status;
	return status;
}

static CNNVIZ_PRINTF(3, 4) void warn(cnnviz_job *job, int64_t item,
		const char *format, ...)
{
	va_list arguments;

	if (job->warning_count == MOCK_WARNINGS_MAX) {
		return;
	}
	va_start(arguments, format);
	vsnprintf(job->warning[job->warning_count], sizeof job->warning[0], format,
			arguments);
	va_end(arguments);
	job->warned_item[job->warning_count++] = item;
}

/* ---- Tensors --------------------------------------------------------------- */

static int tensors_left = -1;

void mock_limit_tensors(int count)
{
	tensors_left = count;
}

static cnnviz_tensor *create(uint32_t rank, const int64_t *shape)
{
	if (tensors_left == 0) {
		return NULL;
	}
	tensors_left -= tensors_left > 0;
	return tensor_create(rank, shape);
}

static const cnnviz_tensor_api tensors = {
	.struct_size = sizeof(cnnviz_tensor_api),
	.create = create,
	.ref = tensor_ref,
	.unref = tensor_unref,
	.rank = tensor_rank,
	.shape = tensor_shape,
	.count = tensor_count,
	.data = tensor_data,
	.mutable_data = tensor_mutable_data,
};

/** A copy, so that a technique that writes into it spoils nothing */
static cnnviz_tensor *copy(const cnnviz_tensor *tensor)
{
	cnnviz_tensor *made = tensor_create(tensor_rank(tensor), tensor_shape(tensor));

	memcpy(tensor_mutable_data(made), tensor_data(tensor),
			(size_t)tensor_count(tensor) * sizeof(float));
	return made;
}

/* ---- Parameters ------------------------------------------------------------ */

static const struct mock_value *find_value(const cnnviz_job *job, const char *name)
{
	static const struct mock_value none = { .text = "" };
	const struct mock_value *value = job->values;

	while (value != NULL && value->name != NULL) {
		if (strcmp(value->name, name) == 0) {
			return value;
		}
		value++;
	}
	return &none;
}

static int64_t integer(const cnnviz_job *job, const char *name)
{
	return find_value(job, name)->integer;
}

static const char *text(const cnnviz_job *job, const char *name)
{
	return find_value(job, name)->text;
}

static bool is_set(const cnnviz_job *job, const char *name)
{
	return find_value(job, name)->name != NULL;
}

static bool boolean(const cnnviz_job *job, const char *name)
{
	return find_value(job, name)->integer != 0;
}

static double real(const cnnviz_job *job, const char *name)
{
	return find_value(job, name)->real;
}

static uint32_t list_count(const cnnviz_job *job, const char *name)
{
	return find_value(job, name)->count;
}

static double list_real(const cnnviz_job *job, const char *name, uint32_t index)
{
	const struct mock_value *value = find_value(job, name);

	return value->list != NULL ? value->list[index] : value->real;
}

static int64_t list_integer(const cnnviz_job *job, const char *name, uint32_t index)
{
	const struct mock_value *value = find_value(job, name);

	return value->list != NULL ? (int64_t)value->list[index] : value->integer;
}

static const char *list_text(const cnnviz_job *job, const char *name, uint32_t index)
{
	(void)index;
	return text(job, name);
}

static const cnnviz_parameter_api parameters = {
	.struct_size = sizeof(cnnviz_parameter_api),
	.is_set = is_set,
	.boolean = boolean,
	.integer = integer,
	.real = real,
	.text = text,
	.list_count = list_count,
	.list_integer = list_integer,
	.list_real = list_real,
	.list_text = list_text,
};

/* ---- Network --------------------------------------------------------------- */

static uint32_t layer_shape(const cnnviz_job *job, int32_t layer, int64_t *shape)
{
	(void)layer;
	memcpy(shape, job->layer_shape, sizeof job->layer_shape);
	return job->layer_rank;
}

static const char *class_name(const cnnviz_job *job, int64_t index)
{
	static const char *const names[] = { "cat", "dog", "eel", "fox", "gnu & \"co\"" };

	(void)job;
	return index >= 0 && index < 5 ? names[index] : NULL;
}

static const cnnviz_model_api model = {
	.struct_size = sizeof(cnnviz_model_api),
	.layer_shape = layer_shape,
	.class_name = class_name,
};

static cnnviz_status logit_gradient(cnnviz_job *job, const cnnviz_batch *batch,
		uint32_t rule, int32_t layer, cnnviz_tensor **activation,
		cnnviz_tensor **gradient)
{
	(void)batch;
	job->passes++;
	job->rule = rule;
	job->layer = layer;
	if (job->pass_fails) {
		return fail(job, CNNVIZ_ERROR_ENGINE, "the pass failed");
	}
	if (activation != NULL) {
		*activation = copy(job->activation);
	}
	*gradient = copy(job->gradient);
	return CNNVIZ_OK;
}

struct cnnviz_pass {
	const cnnviz_tensor *activation;
	int32_t layer;
};

static cnnviz_status forward(cnnviz_job *job, const cnnviz_tensor *input,
		uint32_t capture_count, const int32_t *captures, cnnviz_pass **made)
{
	static struct cnnviz_pass only;

	(void)input;
	(void)capture_count;
	job->passes++;
	if (job->pass_fails) {
		return fail(job, CNNVIZ_ERROR_ENGINE, "the pass failed");
	}
	only = (struct cnnviz_pass){ job->activation, captures[0] };
	*made = &only;
	return CNNVIZ_OK;
}

static const cnnviz_tensor *activation_of(const cnnviz_pass *pass, int32_t layer)
{
	return layer == pass->layer ? pass->activation : NULL;
}

static void pass_unref(cnnviz_pass *pass)
{
	(void)pass;
}

static const cnnviz_pass_api pass = {
	.struct_size = sizeof(cnnviz_pass_api),
	.forward = forward,
	.activation = activation_of,
	.unref = pass_unref,
	.logit_gradient = logit_gradient,
};

static cnnviz_status logit(cnnviz_job *job, const cnnviz_tensor *logits,
		const int64_t *targets, double *values, cnnviz_tensor **seed)
{
	const int64_t *shape = tensor_shape(logits);
	cnnviz_tensor *made = create(2, shape);

	if (made == NULL) {
		return fail(job, CNNVIZ_ERROR_MEMORY, "memory is short");
	}
	for (int64_t n = 0; n < shape[0]; n++) {
		tensor_mutable_data(made)[n * shape[1] + targets[n]] = 1;
		values[n] = tensor_data(logits)[n * shape[1] + targets[n]];
	}
	*seed = made;
	return CNNVIZ_OK;
}

static const cnnviz_objective_api objectives = {
	.struct_size = sizeof(cnnviz_objective_api),
	.logit = logit,
};

static cnnviz_status run_attribution(cnnviz_job *job, const char *parameter,
		const cnnviz_batch *batch, const cnnviz_tensor **maps)
{
	(void)batch;
	for (const struct mock_maps *known = job->maps; known->parameter; known++) {
		if (strcmp(known->parameter, parameter) == 0) {
			*maps = known->maps;
			return CNNVIZ_OK;
		}
	}
	return fail(job, CNNVIZ_ERROR_PLUGIN, "no job \"%s\"", parameter);
}

static const cnnviz_attribution_api attribution = {
	.struct_size = sizeof(cnnviz_attribution_api),
	.run = run_attribution,
};

/* ---- Pictures -------------------------------------------------------------- */

static cnnviz_status resize(cnnviz_job *job, const cnnviz_tensor *image,
		int64_t height, int64_t width, uint32_t filter, cnnviz_tensor **resized)
{
	const int64_t *shape = tensor_shape(image);
	cnnviz_tensor *made = create(4,
			(const int64_t[]){ shape[0], shape[1], height, width });

	if (made == NULL) {
		return fail(job, CNNVIZ_ERROR_MEMORY, "memory is short");
	}
	const float *from = tensor_data(image);
	float *to = tensor_mutable_data(made);

	for (int64_t plane = 0; plane < shape[0] * shape[1]; plane++) {
		for (int64_t y = 0; y < height; y++) {
			for (int64_t x = 0; x < width; x++) {
				to[(plane * height + y) * width + x] = from[(plane * shape[2]
						+ y * shape[2] / height) * shape[3]
						+ x * shape[3] / width];
			}
		}
	}
	job->filter = filter;
	*resized = made;
	return CNNVIZ_OK;
}

static const cnnviz_image_api image_services = {
	.struct_size = sizeof(cnnviz_image_api),
	.resize = resize,
};

/* ---- Results --------------------------------------------------------------- */

static struct mock_artifact *keep(cnnviz_job *job, const char *name, uint32_t type)
{
	struct mock_artifact *artifact = &job->artifacts[job->artifact_count++];

	snprintf(artifact->name, sizeof artifact->name, "%s", name);
	artifact->type = type;
	return artifact;
}

static cnnviz_status keep_image(cnnviz_job *job, const char *name,
		const cnnviz_tensor *image)
{
	keep(job, name, CNNVIZ_ARTIFACT_IMAGE)->tensor = copy(image);
	return CNNVIZ_OK;
}

static cnnviz_status keep_array(cnnviz_job *job, const char *name,
		const cnnviz_tensor *array)
{
	keep(job, name, CNNVIZ_ARTIFACT_ARRAY)->tensor = copy(array);
	return CNNVIZ_OK;
}

static cnnviz_status keep_figure(cnnviz_job *job, const char *name, double value)
{
	keep(job, name, CNNVIZ_ARTIFACT_FIGURE)->value = value;
	return CNNVIZ_OK;
}

const struct mock_artifact *mock_find(const cnnviz_job *job, const char *name)
{
	for (size_t i = 0; i < job->artifact_count; i++) {
		if (strcmp(job->artifacts[i].name, name) == 0) {
			return &job->artifacts[i];
		}
	}
	return NULL;
}

static cnnviz_status read_back(cnnviz_job *job, const char *name,
		cnnviz_tensor **input)
{
	const struct mock_artifact *artifact = mock_find(job, name);

	if (artifact == NULL || artifact->type != CNNVIZ_ARTIFACT_IMAGE) {
		return fail(job, CNNVIZ_ERROR_PLUGIN, "there is no picture \"%s\"", name);
	}
	const int64_t *shape = tensor_shape(artifact->tensor);
	cnnviz_tensor *made = create(4,
			(const int64_t[]){ 1, shape[0], shape[1], shape[2] });

	if (made == NULL) {
		return fail(job, CNNVIZ_ERROR_MEMORY, "memory is short");
	}
	memcpy(tensor_mutable_data(made), tensor_data(artifact->tensor),
			(size_t)tensor_count(made) * sizeof(float));
	*input = made;
	return CNNVIZ_OK;
}

static const cnnviz_artifact_api artifact_services = {
	.struct_size = sizeof(cnnviz_artifact_api),
	.image = keep_image,
	.array = keep_array,
	.figure = keep_figure,
	.read_back = read_back,
};

/* ---- Optimising ------------------------------------------------------------ */

static void defaults(cnnviz_optimisation *optimisation, uint32_t struct_size)
{
	memset(optimisation, 0, struct_size);
	optimisation->struct_size = struct_size;
	optimisation->count = 1;
	optimisation->maximise = 1;
}

static cnnviz_status configure(cnnviz_job *job, cnnviz_optimisation *optimisation)
{
	(void)job;
	(void)optimisation;
	return CNNVIZ_OK;
}

static cnnviz_status ask_objective(cnnviz_job *job)
{
	const cnnviz_optimisation *recipe = &job->recipe;
	uint32_t items[MOCK_ITEMS_MAX];
	cnnviz_pass made = { job->activation, recipe->captures[0] };
	cnnviz_tensor *seed = NULL;

	for (uint32_t n = 0; n < recipe->count; n++) {
		items[n] = n;
	}

	cnnviz_status status = recipe->objective(&mock_host, job, recipe->context, &made,
			recipe->count, items, job->values_found, &seed);

	tensor_unref(job->seed);
	job->seed = seed;
	return status;
}

/** All or none of the three tensors */
static cnnviz_status make_pictures(cnnviz_job *job, cnnviz_optimised *result)
{
	int64_t count = job->recipe.count;
	cnnviz_tensor *image = create(4, (const int64_t[]){ count, 3, 2, 3 });
	cnnviz_tensor *input = create(4, (const int64_t[]){ count, 3, 2, 3 });
	cnnviz_tensor *values = create(2, (const int64_t[]){ 1, count });

	if (image == NULL || input == NULL || values == NULL) {
		tensor_unref(image);
		tensor_unref(input);
		tensor_unref(values);
		return fail(job, CNNVIZ_ERROR_MEMORY, "memory is short");
	}
	for (int64_t n = 0; n < count; n++) {
		for (int64_t i = 0; i < 18; i++) {
			tensor_mutable_data(image)[n * 18 + i] = (float)n / MOCK_ITEMS_MAX;
		}
		tensor_mutable_data(values)[n] = (float)job->values_found[n];
	}
	result->steps = 1;
	result->image = image;
	result->input = input;
	result->values = values;
	return CNNVIZ_OK;
}

static cnnviz_status optimise(cnnviz_job *job, const cnnviz_optimisation *optimisation,
		cnnviz_optimised *result)
{
	job->optimisations++;
	job->recipe = *optimisation;
	if (job->optimise_fails) {
		return fail(job, CNNVIZ_ERROR_ENGINE, "the optimisation failed");
	}
	if (optimisation->count > MOCK_ITEMS_MAX) {
		return fail(job, CNNVIZ_ERROR_PLUGIN, "too many at once");
	}
	snprintf(job->first_item, sizeof job->first_item, "%s",
			optimisation->item_names != NULL ? optimisation->item_names[0] : "");
	job->first_stream = optimisation->streams != NULL ? optimisation->streams[0] : 0;

	cnnviz_status status = ask_objective(job);

	return status == CNNVIZ_OK ? make_pictures(job, result) : status;
}

static const cnnviz_optimise_api optimise_services = {
	.struct_size = sizeof(cnnviz_optimise_api),
	.defaults = defaults,
	.configure = configure,
	.run = optimise,
};

void mock_forget(cnnviz_job *job)
{
	for (size_t i = 0; i < job->artifact_count; i++) {
		tensor_unref(job->artifacts[i].tensor);
	}
	memset(job->artifacts, 0, sizeof job->artifacts);
	job->artifact_count = 0;
	tensor_unref(job->seed);
	job->seed = NULL;
}

const cnnviz_host mock_host = {
	.abi_major = CNNVIZ_ABI_MAJOR,
	.abi_minor = CNNVIZ_ABI_MINOR,
	.struct_size = sizeof(cnnviz_host),
	.tensor = &tensors,
	.parameter = &parameters,
	.model = &model,
	.pass = &pass,
	.objective = &objectives,
	.attribution = &attribution,
	.image = &image_services,
	.artifact = &artifact_services,
	.fail = fail,
	.warn = warn,
	.optimise = &optimise_services,
};
