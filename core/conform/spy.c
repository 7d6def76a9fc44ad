/**
 * \file    conform/spy.c
 * \brief   The host's services, watched: counted, made to fail, interrupted
 *
 * There is one spy in a process, since tensors are created without a job.
 */
#include "conform/spy.h"

#include <math.h>
#include <signal.h>

#include "base/tensor.h"
#include "run/services.h"

static struct spy_orders orders;
static struct spy_findings findings;

/** Count a call; whether it is to fail, and then why is recorded. */
static bool refuse(cnnviz_job *job, const char *service)
{
	findings.services++;
	if (orders.interrupt > 0 && findings.services > orders.interrupt) {
		findings.after++;
	}
	if (findings.services == orders.interrupt) {
		raise(SIGINT);
	}
	if (findings.services != orders.fail_service) {
		return false;
	}
	findings.failed = service;
	host_services.fail(job, CNNVIZ_ERROR_ENGINE, "%s was made to fail", service);
	return true;
}

/* ---- Tensors and random numbers ------------------------------------------------ */

static cnnviz_tensor *spy_create(uint32_t rank, const int64_t *shape)
{
	if (++findings.tensors == orders.fail_tensor) {
		findings.failed = "tensor->create()";
		return NULL;
	}
	return host_services.tensor->create(rank, shape);
}

static cnnviz_random *spy_random(cnnviz_job *job, uint64_t stream)
{
	return refuse(job, "random->create()") ? NULL
			: host_services.random->create(job, stream);
}

/* ---- Passes and objectives ------------------------------------------------------- */

static cnnviz_status spy_forward(cnnviz_job *job, const cnnviz_tensor *input,
		uint32_t capture_count, const int32_t *captures, cnnviz_pass **pass)
{
	return refuse(job, "pass->forward()") ? CNNVIZ_ERROR_ENGINE
			: host_services.pass->forward(job, input, capture_count, captures, pass);
}

static cnnviz_status spy_backward(cnnviz_job *job, cnnviz_pass *pass, uint32_t rule,
		uint32_t seed_count, const int32_t *seed_layers,
		const cnnviz_tensor *const *seeds, uint32_t wanted_count,
		const int32_t *wanted, cnnviz_tensor **gradients)
{
	return refuse(job, "pass->backward()") ? CNNVIZ_ERROR_ENGINE
			: host_services.pass->backward(job, pass, rule, seed_count, seed_layers,
				seeds, wanted_count, wanted, gradients);
}

static cnnviz_status spy_logit_gradient(cnnviz_job *job, const cnnviz_batch *batch,
		uint32_t rule, int32_t layer, cnnviz_tensor **activation,
		cnnviz_tensor **gradient)
{
	return refuse(job, "pass->logit_gradient()") ? CNNVIZ_ERROR_ENGINE
			: host_services.pass->logit_gradient(job, batch, rule, layer, activation,
				gradient);
}

static cnnviz_status spy_logit(cnnviz_job *job, const cnnviz_tensor *logits,
		const int64_t *targets, double *values, cnnviz_tensor **seed)
{
	return refuse(job, "objective->logit()") ? CNNVIZ_ERROR_ENGINE
			: host_services.objective->logit(job, logits, targets, values, seed);
}

static cnnviz_status spy_probability(cnnviz_job *job, const cnnviz_tensor *logits,
		const int64_t *targets, double *values, cnnviz_tensor **seed)
{
	return refuse(job, "objective->probability()") ? CNNVIZ_ERROR_ENGINE
			: host_services.objective->probability(job, logits, targets, values, seed);
}

static cnnviz_status spy_channel_mean(cnnviz_job *job, const cnnviz_tensor *activation,
		int64_t channel, double *values, cnnviz_tensor **seed)
{
	return refuse(job, "objective->channel_mean()") ? CNNVIZ_ERROR_ENGINE
			: host_services.objective->channel_mean(job, activation, channel, values,
				seed);
}

static cnnviz_status spy_half_squared_norm(cnnviz_job *job,
		const cnnviz_tensor *activation, double *values, cnnviz_tensor **seed)
{
	return refuse(job, "objective->half_squared_norm()") ? CNNVIZ_ERROR_ENGINE
			: host_services.objective->half_squared_norm(job, activation, values, seed);
}

static cnnviz_status spy_log_probability(cnnviz_job *job, const cnnviz_tensor *logits,
		const int64_t *targets, double *values, cnnviz_tensor **seed)
{
	return refuse(job, "objective->log_probability()") ? CNNVIZ_ERROR_ENGINE
			: host_services.objective->log_probability(job, logits, targets, values,
				seed);
}

static cnnviz_status spy_batch_logit(cnnviz_job *job, const cnnviz_batch *batch,
		const cnnviz_tensor *logits, double *values, cnnviz_tensor **seed)
{
	return refuse(job, "objective->batch_logit()") ? CNNVIZ_ERROR_ENGINE
			: host_services.objective->batch_logit(job, batch, logits, values, seed);
}

static cnnviz_status spy_run(cnnviz_job *job, const char *parameter,
		const cnnviz_batch *batch, const cnnviz_tensor **maps)
{
	return refuse(job, "attribution->run()") ? CNNVIZ_ERROR_ENGINE
			: host_services.attribution->run(job, parameter, batch, maps);
}

static cnnviz_status spy_configure(cnnviz_job *job, cnnviz_optimisation *optimisation)
{
	return refuse(job, "optimise->configure()") ? CNNVIZ_ERROR_ENGINE
			: host_services.optimise->configure(job, optimisation);
}

static cnnviz_status spy_optimise(cnnviz_job *job,
		const cnnviz_optimisation *optimisation, cnnviz_optimised *result)
{
	return refuse(job, "optimise->run()") ? CNNVIZ_ERROR_ENGINE
			: host_services.optimise->run(job, optimisation, result);
}

/* ---- Pictures --------------------------------------------------------------------- */

static cnnviz_status spy_resize(cnnviz_job *job, const cnnviz_tensor *image,
		int64_t height, int64_t width, uint32_t filter, cnnviz_tensor **resized)
{
	return refuse(job, "image->resize()") ? CNNVIZ_ERROR_ENGINE
			: host_services.image->resize(job, image, height, width, filter, resized);
}

static cnnviz_status spy_denormalise(cnnviz_job *job, const cnnviz_tensor *input,
		cnnviz_tensor **image)
{
	return refuse(job, "image->denormalise()") ? CNNVIZ_ERROR_ENGINE
			: host_services.image->denormalise(job, input, image);
}

static cnnviz_status spy_normalise(cnnviz_job *job, const cnnviz_tensor *image,
		cnnviz_tensor **input)
{
	return refuse(job, "image->normalise()") ? CNNVIZ_ERROR_ENGINE
			: host_services.image->normalise(job, image, input);
}

static cnnviz_status spy_read(cnnviz_job *job, const char *path, bool fit,
		cnnviz_tensor **image)
{
	return refuse(job, "image->read()") ? CNNVIZ_ERROR_ENGINE
			: host_services.image->read(job, path, fit, image);
}

static cnnviz_status spy_original(cnnviz_job *job, uint32_t item, cnnviz_tensor **image)
{
	return refuse(job, "image->original()") ? CNNVIZ_ERROR_ENGINE
			: host_services.image->original(job, item, image);
}

static cnnviz_status spy_restore(cnnviz_job *job, uint32_t item, const cnnviz_tensor *view,
		uint32_t filter, cnnviz_tensor **restored)
{
	return refuse(job, "image->restore()") ? CNNVIZ_ERROR_ENGINE
			: host_services.image->restore(job, item, view, filter, restored);
}

/* ---- Results ------------------------------------------------------------------------ */

static void look_at(const char *name, const cnnviz_tensor *values)
{
	for (int64_t i = 0; values && i < tensor_count(values); i++) {
		if (!isfinite(tensor_data(values)[i])) {
			findings.not_finite = name;
		}
	}
}

static cnnviz_status spy_image(cnnviz_job *job, const char *name,
		const cnnviz_tensor *image)
{
	return refuse(job, "artifact->image()") ? CNNVIZ_ERROR_ENGINE
			: host_services.artifact->image(job, name, image);
}

static cnnviz_status spy_array(cnnviz_job *job, const char *name,
		const cnnviz_tensor *array)
{
	look_at(name, array);
	return refuse(job, "artifact->array()") ? CNNVIZ_ERROR_ENGINE
			: host_services.artifact->array(job, name, array);
}

static cnnviz_status spy_figure(cnnviz_job *job, const char *name, double value)
{
	return refuse(job, "artifact->figure()") ? CNNVIZ_ERROR_ENGINE
			: host_services.artifact->figure(job, name, value);
}

static cnnviz_status spy_frame(cnnviz_job *job, const char *name,
		const cnnviz_tensor *image)
{
	return refuse(job, "artifact->frame()") ? CNNVIZ_ERROR_ENGINE
			: host_services.artifact->frame(job, name, image);
}

static cnnviz_status spy_curve(cnnviz_job *job, const char *name,
		const cnnviz_tensor *values, const char *const *lines, const char *axis)
{
	look_at(name, values);
	return refuse(job, "artifact->curve()") ? CNNVIZ_ERROR_ENGINE
			: host_services.artifact->curve(job, name, values, lines, axis);
}

static cnnviz_status spy_labels(cnnviz_job *job, const char *name,
		const cnnviz_tensor *labels)
{
	return refuse(job, "artifact->labels()") ? CNNVIZ_ERROR_ENGINE
			: host_services.artifact->labels(job, name, labels);
}

static cnnviz_status spy_read_back(cnnviz_job *job, const char *name,
		cnnviz_tensor **input)
{
	return refuse(job, "artifact->read_back()") ? CNNVIZ_ERROR_ENGINE
			: host_services.artifact->read_back(job, name, input);
}

static cnnviz_status spy_map_figure(cnnviz_job *job, uint32_t item, const char *name,
		double value)
{
	return refuse(job, "artifact->map_figure()") ? CNNVIZ_ERROR_ENGINE
			: host_services.artifact->map_figure(job, item, name, value);
}

/* ---- The tables ----------------------------------------------------------------------- */

const cnnviz_host *spy_start(const struct spy_orders *new_orders)
{
	static cnnviz_tensor_api tensor;
	static cnnviz_pass_api pass;
	static cnnviz_objective_api objective;
	static cnnviz_attribution_api attribution;
	static cnnviz_image_api image;
	static cnnviz_random_api random;
	static cnnviz_artifact_api artifact;
	static cnnviz_optimise_api optimise;
	static cnnviz_host host;

	orders = *new_orders;
	findings = (struct spy_findings){ 0 };
	host = host_services;

	tensor = *host.tensor;
	tensor.create = spy_create;
	host.tensor = &tensor;

	pass = *host.pass;
	pass.forward = spy_forward;
	pass.backward = spy_backward;
	pass.logit_gradient = spy_logit_gradient;
	host.pass = &pass;

	objective = *host.objective;
	objective.logit = spy_logit;
	objective.probability = spy_probability;
	objective.channel_mean = spy_channel_mean;
	objective.half_squared_norm = spy_half_squared_norm;
	objective.log_probability = spy_log_probability;
	objective.batch_logit = spy_batch_logit;
	host.objective = &objective;

	attribution = *host.attribution;
	attribution.run = spy_run;
	host.attribution = &attribution;

	image = *host.image;
	image.resize = spy_resize;
	image.denormalise = spy_denormalise;
	image.normalise = spy_normalise;
	image.read = spy_read;
	image.original = spy_original;
	image.restore = spy_restore;
	host.image = &image;

	random = *host.random;
	random.create = spy_random;
	host.random = &random;

	artifact = *host.artifact;
	artifact.image = spy_image;
	artifact.array = spy_array;
	artifact.figure = spy_figure;
	artifact.frame = spy_frame;
	artifact.curve = spy_curve;
	artifact.labels = spy_labels;
	artifact.read_back = spy_read_back;
	artifact.map_figure = spy_map_figure;
	host.artifact = &artifact;

	optimise = *host.optimise;
	optimise.configure = spy_configure;
	optimise.run = spy_optimise;
	host.optimise = &optimise;
	return &host;
}

const struct spy_findings *spy_findings(void)
{
	return &findings;
}
