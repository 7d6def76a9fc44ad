/**
 * \file    host/services.c
 * \brief   The services handed to plugins: parameters, network, pictures, messages
 */
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/tensor.h"
#include "host/session.h"

/* ---- Failure ----------------------------------------------------------- */

CNNVIZ_PRINTF(3, 0)
static cnnviz_status job_vfail(const struct cnnviz_job *job, cnnviz_status status,
		const char *format, va_list arguments)
{
	/* A failure that calls itself success must not pass for one. */
	return error_vset(&job->fault->error,
			status == CNNVIZ_OK ? CNNVIZ_ERROR_PLUGIN : status, format,
			arguments);
}

cnnviz_status job_fail(const struct cnnviz_job *job, cnnviz_status status,
		const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	status = job_vfail(job, status, format, arguments);
	va_end(arguments);
	return status;
}

cnnviz_status job_misuse(const struct cnnviz_job *job, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	job_vfail(job, CNNVIZ_ERROR_PLUGIN, format, arguments);
	va_end(arguments);
	job->fault->misused = true;
	return CNNVIZ_ERROR_PLUGIN;
}

cnnviz_status job_refuse(const struct cnnviz_job *job, const char *service)
{
	return job->session->phase != PHASE_CHECK
			? CNNVIZ_OK
			: job_fail(job, CNNVIZ_ERROR_UNSUPPORTED,
					"%s is not there while a job is "
					"only checked: nothing is computed or read yet",
					service);
}

CNNVIZ_PRINTF(3, 4)
static cnnviz_status host_fail(cnnviz_job *job, cnnviz_status status, const char *format,
		...)
{
	va_list arguments;

	va_start(arguments, format);
	status = job_vfail(job, status, format, arguments);
	va_end(arguments);
	return status;
}

/* ---- Parameters -------------------------------------------------------- */

static const struct value *find_value(const cnnviz_job *job, const char *name,
		const cnnviz_parameter **parameter)
{
	const cnnviz_technique *technique = &job->plan->plugin->technique;
	const cnnviz_parameter *table = job->plan->plugin->parameters;
	size_t place = parameter_find(table, technique->parameter_count, name);

	if (place == technique->parameter_count) {
		job_misuse(job, "asked for a parameter \"%s\" that it does not declare",
				name);
		return NULL;
	}
	*parameter = &table[place];
	return &job->plan->values[place];
}

/** Sets of CNNVIZ_PARAMETER_* types, a bit for each */
#define TYPE_BIT(type) (UINT32_C(1) << (type))
#define INTEGER_TYPES \
	(TYPE_BIT(CNNVIZ_PARAMETER_INT) | TYPE_BIT(CNNVIZ_PARAMETER_ENUM) \
			| TYPE_BIT(CNNVIZ_PARAMETER_LAYER) \
			| TYPE_BIT(CNNVIZ_PARAMETER_CLASS) \
			| TYPE_BIT(CNNVIZ_PARAMETER_COLOR) \
			| TYPE_BIT(CNNVIZ_PARAMETER_CHANNEL))
#define REAL_TYPES (TYPE_BIT(CNNVIZ_PARAMETER_FLOAT) | TYPE_BIT(CNNVIZ_PARAMETER_INT))

static const struct value *find_typed(const cnnviz_job *job, const char *name,
		uint32_t allowed, const char *asked)
{
	const cnnviz_parameter *parameter;
	const struct value *value = find_value(job, name, &parameter);

	if (value != NULL && !(TYPE_BIT(parameter->type) & allowed)) {
		job_misuse(job, "asked for its parameter \"%s\" of type %s as %s", name,
				parameter_type_name(parameter->type), asked);
		return NULL;
	}
	return value;
}

static bool parameter_is_set(const cnnviz_job *job, const char *name)
{
	const cnnviz_parameter *parameter;
	const struct value *value = find_value(job, name, &parameter);

	return value != NULL && value->set;
}

static bool parameter_boolean(const cnnviz_job *job, const char *name)
{
	const struct value *value = find_typed(job, name, TYPE_BIT(CNNVIZ_PARAMETER_BOOL),
			"a bool");

	return value != NULL && value->set && value->integer != 0;
}

static int64_t parameter_integer(const cnnviz_job *job, const char *name)
{
	const struct value *value = find_typed(job, name, INTEGER_TYPES, "an integer");

	return value != NULL && value->set ? value->integer : 0;
}

static double parameter_real(const cnnviz_job *job, const char *name)
{
	const struct value *value = find_typed(job, name, REAL_TYPES, "a real number");

	return value != NULL && value->set ? value->real : 0;
}

static const char *parameter_text(const cnnviz_job *job, const char *name)
{
	const cnnviz_parameter *parameter;
	const struct value *value = find_value(job, name, &parameter);

	if (value != NULL && parameter->flags & CNNVIZ_PARAMETER_LIST) {
		value = value->item_count > 0 ? value->items : NULL;
	}
	const char *text = value != NULL
			? record_parameter(job->session->plan, parameter, value)
			: NULL;

	return text != NULL ? text : "";
}

/** Value of a parameter that is a list, or NULL */
static const struct value *find_list(const cnnviz_job *job, const char *name,
		const cnnviz_parameter **parameter)
{
	const struct value *value = find_value(job, name, parameter);

	if (value != NULL && !((*parameter)->flags & CNNVIZ_PARAMETER_LIST)) {
		job_misuse(job,
				"asked for its parameter \"%s\" as a list, which it does "
				"not declare it to be",
				name);
		return NULL;
	}
	return value;
}

/** Item of a list whose type is in allowed, or NULL */
static const struct value *find_item(const cnnviz_job *job, const char *name,
		uint32_t allowed, const char *asked, uint32_t index)
{
	const cnnviz_parameter *parameter;
	const struct value *value = find_list(job, name, &parameter);

	if (value == NULL || find_typed(job, name, allowed, asked) == NULL) {
		return NULL;
	}
	if (index >= value->item_count) {
		job_misuse(job,
				"asked for value %lu of its parameter \"%s\", which has "
				"%zu",
				(unsigned long)index, name, value->item_count);
		return NULL;
	}
	return &value->items[index];
}

static uint32_t parameter_list_count(const cnnviz_job *job, const char *name)
{
	const cnnviz_parameter *parameter;
	const struct value *value = find_list(job, name, &parameter);

	return value != NULL ? (uint32_t)value->item_count : 0;
}

static int64_t parameter_list_integer(const cnnviz_job *job, const char *name,
		uint32_t index)
{
	const struct value *item = find_item(job, name, INTEGER_TYPES, "an integer",
			index);

	return item != NULL ? item->integer : 0;
}

static double parameter_list_real(const cnnviz_job *job, const char *name, uint32_t index)
{
	const struct value *item = find_item(job, name, REAL_TYPES, "a real number",
			index);

	return item != NULL ? item->real : 0;
}

static const char *parameter_list_text(const cnnviz_job *job, const char *name,
		uint32_t index)
{
	const cnnviz_parameter *parameter;
	const struct value *item = find_item(job, name, UINT32_MAX, "a text", index);

	return item != NULL && find_value(job, name, &parameter) != NULL
			? record_parameter(job->session->plan, parameter, item)
			: "";
}

static const cnnviz_parameter_api parameter_services = {
	.struct_size = sizeof(cnnviz_parameter_api),
	.is_set = parameter_is_set,
	.boolean = parameter_boolean,
	.integer = parameter_integer,
	.real = parameter_real,
	.text = parameter_text,
	.list_count = parameter_list_count,
	.list_integer = parameter_list_integer,
	.list_real = parameter_list_real,
	.list_text = parameter_list_text,
};

/* ---- Network ----------------------------------------------------------- */

static const struct graph *job_graph(const cnnviz_job *job)
{
	return job->session->plan->model->graph;
}

int32_t session_node(const struct session *session, int64_t layer)
{
	const struct graph *graph = session->plan->model->graph;

	if (layer == CNNVIZ_LAYER_LOGITS) {
		return graph->logits;
	}
	return layer >= 0 && (uint64_t)layer < graph->node_count ? (int32_t)layer
								 : CNNVIZ_LAYER_NONE;
}

static const struct graph_node *job_node(const cnnviz_job *job, int32_t layer)
{
	int32_t node = session_node(job->session, layer);

	return node < 0 ? NULL : &job_graph(job)->nodes[node];
}

static const char *model_name(const cnnviz_job *job)
{
	return job_graph(job)->name;
}

static int32_t model_find_layer(const cnnviz_job *job, const char *name)
{
	return graph_find(job_graph(job), name);
}

static int32_t model_layer_count(const cnnviz_job *job)
{
	return (int32_t)job_graph(job)->node_count;
}

static const char *model_layer_name(const cnnviz_job *job, int32_t layer)
{
	const struct graph_node *node = job_node(job, layer);

	return node != NULL ? node->name : NULL;
}

static const char *model_layer_operation(const cnnviz_job *job, int32_t layer)
{
	const struct graph_node *node = job_node(job, layer);

	return node != NULL ? graph_op_name(node->op) : NULL;
}

static uint32_t model_layer_shape(const cnnviz_job *job, int32_t layer, int64_t *shape)
{
	const struct graph_node *node = job_node(job, layer);

	if (node == NULL) {
		return 0;
	}
	for (uint32_t i = 0; i < node->shape.rank; i++) {
		shape[i] = node->shape.extent[i];
	}
	return node->shape.rank;
}

static int64_t model_class_count(const cnnviz_job *job)
{
	return job->session->plan->model->class_count;
}

static const char *model_label(const cnnviz_job *job, int64_t index)
{
	const struct model *model = job->session->plan->model;

	return index < 0 || index >= model->class_count ? NULL
							: model_class_name(model, index);
}

static void model_normalization(const cnnviz_job *job, uint32_t channel, float *mean,
		float *std)
{
	const struct normalization *normalization = &job_graph(job)->normalization;

	if (channel >= (uint32_t)normalization->channels) {
		job_misuse(job, "asked for the normalization of channel %u of %d",
				(unsigned)channel, normalization->channels);
		*mean = 0;
		*std = 1;
		return;
	}
	*mean = normalization->mean[channel] / normalization->scale;
	*std = normalization->std[channel] / normalization->scale;
}

static const cnnviz_model_api model_services = {
	.struct_size = sizeof(cnnviz_model_api),
	.name = model_name,
	.find_layer = model_find_layer,
	.layer_count = model_layer_count,
	.layer_name = model_layer_name,
	.layer_operation = model_layer_operation,
	.layer_shape = model_layer_shape,
	.class_count = model_class_count,
	.class_name = model_label,
	.normalization = model_normalization,
};

/* ---- Random numbers ---------------------------------------------------- */

static cnnviz_random *stream_create(cnnviz_job *job, uint64_t stream)
{
	if (job_refuse(job, "random->create()") != CNNVIZ_OK) {
		return NULL;
	}
	struct cnnviz_random *random = memory_new(1, sizeof(*random));

	random_start(random, job->session->plan->seed, job->plan->name, stream);
	random->next = job->randoms;
	random->previous = &job->randoms;
	if (random->next != NULL) {
		random->next->previous = &random->next;
	}
	job->randoms = random;
	return random;
}

static void stream_unref(cnnviz_random *random)
{
	if (random == NULL) {
		return;
	}
	*random->previous = random->next;
	if (random->next != NULL) {
		random->next->previous = random->previous;
	}
	free(random);
}

static const cnnviz_random_api random_services = {
	.struct_size = sizeof(cnnviz_random_api),
	.create = stream_create,
	.unref = stream_unref,
	.uniform = random_uniform,
	.normal = random_normal,
};

/* ---- Messages ---------------------------------------------------------- */

void job_warn(const struct cnnviz_job *job, int64_t item, const char *text)
{
	struct session *session = job->session;
	size_t picture = RECORD_NO_PICTURE;
	int64_t target = -1;

	if (session->phase == PHASE_CHECK) {
		log_write(LOG_LEVEL_WARNING, "[%s] %s", job->plan->name, text);
		return;
	}
	/* What another technique's inputs do inside of it does not concern the user. */
	if ((job->nested && job->pictures == NULL) || session->hushed) {
		log_write(LOG_LEVEL_DETAIL, "[%s] %s", job->plan->name, text);
		return;
	}
	if (item >= 0 && job->batch != NULL && job->pictures != NULL
			&& (uint64_t)item < job->batch->count) {
		picture = job->pictures[item];
		target = job->batch->targets[item];
	}
	if (!record_warn(session->record, job->index, picture, target, text)) {
		return;
	}
	if (picture == RECORD_NO_PICTURE) {
		log_write(LOG_LEVEL_WARNING, "[%s] %s", job->plan->name, text);
	} else {
		log_write(LOG_LEVEL_WARNING, "[%s] %s (%s): %s", job->plan->name,
				session->plan->pictures[picture].name,
				model_class_name(session->plan->model, target), text);
	}
}

CNNVIZ_PRINTF(3, 4)
static void host_warn(cnnviz_job *job, int64_t item, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	char *text = memory_vformat(format, arguments);
	va_end(arguments);
	job_warn(job, item, text);
	free(text);
}

CNNVIZ_PRINTF(2, 3)
static void host_log(cnnviz_job *job, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	char *text = memory_vformat(format, arguments);
	va_end(arguments);
	log_write(LOG_LEVEL_DETAIL, "[%s] %s", job->plan->name, text);
	free(text);
}

static void host_progress(cnnviz_job *job, uint64_t done, uint64_t total)
{
	if (!job->nested) {
		progress_fraction(job->session->progress, done, total);
	}
}

static bool host_canceled(const cnnviz_job *job)
{
	(void)job;
	return interrupt_requested();
}

/* ---- Host -------------------------------------------------------------- */

const cnnviz_host *session_host(const struct session *session)
{
	return session->host != NULL ? session->host : &host_services;
}

const cnnviz_host host_services = {
	.abi_major = CNNVIZ_ABI_MAJOR,
	.abi_minor = CNNVIZ_ABI_MINOR,
	.struct_size = sizeof(cnnviz_host),
	.tensor = &tensor_api,
	.parameter = &parameter_services,
	.model = &model_services,
	.pass = &pass_services,
	.objective = &objective_services,
	.attribution = &attribution_services,
	.image = &image_services,
	.random = &random_services,
	.artifact = &artifact_services,
	.fail = host_fail,
	.warn = host_warn,
	.log = host_log,
	.progress = host_progress,
	.canceled = host_canceled,
	.optimize = &optimize_services,
};
