/**
 * \file    conform/recorder.c
 * \brief   Wraps the host's services to count calls, to let them fail, and to interrupt
 *
 * There is one recorder in a process, since tensors are created without a job.
 */
#include "conform/recorder.h"

#include <math.h>
#include <signal.h>

#include "base/tensor.h"
#include "host/optimize.h"
#include "host/services.h"

static struct recorder_faults faults;
static struct recorder_findings findings;

/** Count a call; true if it must fail, which is then recorded in the job. */
static bool inject_fault(cnnviz_job *job, const char *service)
{
	findings.services++;
	if (faults.interrupt > 0 && findings.services > faults.interrupt) {
		findings.after++;
	}
	if (findings.services == faults.interrupt) {
		raise(SIGINT);
	}
	if (findings.services != faults.fail_service) {
		return false;
	}
	findings.failed = service;
	host_services.fail(job, CNNVIZ_ERROR_ENGINE, "%s was made to fail", service);
	return true;
}

/* ---- Tensors and random numbers ------------------------------------------------ */

static cnnviz_status recorder_create(cnnviz_job *job, uint32_t rank, const int64_t *shape,
		cnnviz_tensor **tensor)
{
	if (++findings.tensors == faults.fail_tensor) {
		findings.failed = "tensor->create()";
		return host_services.fail(job, CNNVIZ_ERROR_MEMORY,
				"tensor->create() was made to fail");
	}
	return host_services.tensor->create(job, rank, shape, tensor);
}

static cnnviz_status recorder_random(cnnviz_job *job, uint64_t stream,
		cnnviz_random **random)
{
	return inject_fault(job, "random->create()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.random->create(job, stream, random);
}

static cnnviz_status recorder_layer_offset(cnnviz_job *job, int32_t layer,
		cnnviz_tensor **offset)
{
	return inject_fault(job, "model->layer_offset()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.model->layer_offset(job, layer, offset);
}

static cnnviz_status recorder_perturbed(cnnviz_job *job, uint32_t change, int32_t layer,
		double amount, cnnviz_random *random, cnnviz_network **network)
{
	return inject_fault(job, "model->perturbed()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.model->perturbed(job, change, layer, amount,
					random, network);
}

static cnnviz_status recorder_open(cnnviz_job *job, const char *parameter,
		cnnviz_network **network)
{
	return inject_fault(job, "model->open()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.model->open(job, parameter, network);
}

/* ---- Passes and objectives ----------------------------------------------------- */

static cnnviz_status recorder_forward(cnnviz_job *job, const cnnviz_tensor *input,
		uint32_t capture_count, const int32_t *captures, cnnviz_pass **pass)
{
	return inject_fault(job, "pass->forward()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.pass->forward(job, input, capture_count, captures,
					pass);
}

static cnnviz_status recorder_forward_only(cnnviz_job *job, const cnnviz_tensor *input,
		uint32_t capture_count, const int32_t *captures, cnnviz_pass **pass)
{
	return inject_fault(job, "pass->forward_only()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.pass->forward_only(job, input, capture_count,
					captures, pass);
}

static cnnviz_status recorder_forward_from(cnnviz_job *job, const cnnviz_pass *pass,
		int32_t layer, const cnnviz_tensor *activation, const uint32_t *items,
		uint32_t flags, uint32_t capture_count, const int32_t *captures,
		cnnviz_pass **variants)
{
	return inject_fault(job, "pass->forward_from()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.pass->forward_from(job, pass, layer, activation,
					items, flags, capture_count, captures, variants);
}

static cnnviz_status recorder_backward(cnnviz_job *job, cnnviz_pass *pass, uint32_t rule,
		uint32_t seed_count, const int32_t *seed_layers,
		const cnnviz_tensor *const *seeds, uint32_t wanted_count,
		const int32_t *wanted, cnnviz_tensor **gradients)
{
	return inject_fault(job, "pass->backward()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.pass->backward(job, pass, rule, seed_count,
					seed_layers, seeds, wanted_count, wanted,
					gradients);
}

static cnnviz_status recorder_logit_gradient(cnnviz_job *job, const cnnviz_batch *batch,
		uint32_t rule, int32_t layer, cnnviz_tensor **activation,
		cnnviz_tensor **gradient)
{
	return inject_fault(job, "pass->logit_gradient()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.pass->logit_gradient(job, batch, rule, layer,
					activation, gradient);
}

static cnnviz_status recorder_hessian_product(cnnviz_job *job, const cnnviz_pass *pass,
		int32_t layer, uint32_t seed_count, const int32_t *seed_layers,
		const cnnviz_tensor *const *seeds, const cnnviz_tensor *direction,
		cnnviz_tensor **product)
{
	return inject_fault(job, "pass->hessian_product()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.pass->hessian_product(job, pass, layer,
					seed_count, seed_layers, seeds, direction,
					product);
}

static cnnviz_status recorder_attention(cnnviz_job *job, const cnnviz_pass *pass,
		int32_t layer, cnnviz_tensor **weights)
{
	return inject_fault(job, "pass->attention()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.pass->attention(job, pass, layer, weights);
}

static cnnviz_status recorder_attention_gradients(cnnviz_job *job, cnnviz_pass *pass,
		uint32_t seed_count, const int32_t *seed_layers,
		const cnnviz_tensor *const *seeds, uint32_t wanted_count,
		const int32_t *wanted, cnnviz_tensor **gradients)
{
	return inject_fault(job, "pass->attention_gradients()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.pass->attention_gradients(job, pass, seed_count,
					seed_layers, seeds, wanted_count, wanted,
					gradients);
}

static cnnviz_status recorder_logit(cnnviz_job *job, const cnnviz_tensor *logits,
		const int64_t *targets, double *values, cnnviz_tensor **seed)
{
	return inject_fault(job, "objective->logit()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.objective->logit(job, logits, targets, values,
					seed);
}

static cnnviz_status recorder_probability(cnnviz_job *job, const cnnviz_tensor *logits,
		const int64_t *targets, double *values, cnnviz_tensor **seed)
{
	return inject_fault(job, "objective->probability()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.objective->probability(job, logits, targets,
					values, seed);
}

static cnnviz_status recorder_channel_mean(cnnviz_job *job,
		const cnnviz_tensor *activation, int64_t channel, double *values,
		cnnviz_tensor **seed)
{
	return inject_fault(job, "objective->channel_mean()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.objective->channel_mean(job, activation, channel,
					values, seed);
}

static cnnviz_status recorder_channel_means(cnnviz_job *job,
		const cnnviz_tensor *activation, const int64_t *channels, double *values,
		cnnviz_tensor **seed)
{
	return inject_fault(job, "objective->channel_means()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.objective->channel_means(job, activation,
					channels, values, seed);
}

static cnnviz_status recorder_probabilities(cnnviz_job *job, const cnnviz_tensor *logits,
		cnnviz_tensor **probabilities)
{
	return inject_fault(job, "objective->probabilities()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.objective->probabilities(job, logits,
					probabilities);
}

static cnnviz_status recorder_half_squared_norm(cnnviz_job *job,
		const cnnviz_tensor *activation, double *values, cnnviz_tensor **seed)
{
	return inject_fault(job, "objective->half_squared_norm()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.objective->half_squared_norm(job, activation,
					values, seed);
}

static cnnviz_status recorder_similarity(cnnviz_job *job, const cnnviz_tensor *activation,
		const cnnviz_tensor *reference, double *values, cnnviz_tensor **seed)
{
	return inject_fault(job, "objective->similarity()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.objective->similarity(job, activation, reference,
					values, seed);
}

static cnnviz_status recorder_log_probability(cnnviz_job *job,
		const cnnviz_tensor *logits, const int64_t *targets, double *values,
		cnnviz_tensor **seed)
{
	return inject_fault(job, "objective->log_probability()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.objective->log_probability(job, logits, targets,
					values, seed);
}

static cnnviz_status recorder_batch_probability(cnnviz_job *job,
		const cnnviz_batch *batch, const cnnviz_tensor *logits, double *values,
		cnnviz_tensor **seed)
{
	return inject_fault(job, "objective->batch_probability()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.objective->batch_probability(job, batch, logits,
					values, seed);
}

static cnnviz_status recorder_batch_logit(cnnviz_job *job, const cnnviz_batch *batch,
		const cnnviz_tensor *logits, double *values, cnnviz_tensor **seed)
{
	return inject_fault(job, "objective->batch_logit()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.objective->batch_logit(job, batch, logits, values,
					seed);
}

static cnnviz_status recorder_run(cnnviz_job *job, const char *parameter,
		const cnnviz_batch *batch, const cnnviz_tensor **maps)
{
	return inject_fault(job, "attribution->run()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.attribution->run(job, parameter, batch, maps);
}

static cnnviz_status recorder_configure(cnnviz_job *job,
		cnnviz_optimization *optimization)
{
	return inject_fault(job, "optimize->configure()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.optimize->configure(job, optimization);
}

static cnnviz_status recorder_optimize(cnnviz_job *job,
		const cnnviz_optimization *optimization, cnnviz_optimized *result)
{
	if (inject_fault(job, "optimize->run()")) {
		return CNNVIZ_ERROR_ENGINE;
	}
	cnnviz_status status = optimize_check_transformations(job, optimization);

	return status == CNNVIZ_OK
			? host_services.optimize->run(job, optimization, result)
			: status;
}

/* ---- Rules --------------------------------------------------------------------- */

static cnnviz_status recorder_compose(cnnviz_job *job, const cnnviz_composite *composite,
		const cnnviz_rules **rules)
{
	return inject_fault(job, "rule->compose()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.rule->compose(job, composite, rules);
}

static cnnviz_status recorder_rule_forward(cnnviz_job *job, const cnnviz_rules *rules,
		const cnnviz_tensor *input, uint32_t capture_count,
		const int32_t *captures, cnnviz_pass **pass)
{
	return inject_fault(job, "rule->forward()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.rule->forward(job, rules, input, capture_count,
					captures, pass);
}

static cnnviz_status recorder_rule_backward(cnnviz_job *job, cnnviz_pass *pass,
		const cnnviz_pass *reference, uint32_t seed_count,
		const int32_t *seed_layers, const cnnviz_tensor *const *seeds,
		uint32_t wanted_count, const int32_t *wanted, cnnviz_tensor **relevance)
{
	return inject_fault(job, "rule->backward()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.rule->backward(job, pass, reference, seed_count,
					seed_layers, seeds, wanted_count, wanted,
					relevance);
}

/* ---- Pictures ------------------------------------------------------------------ */

static cnnviz_status recorder_resize(cnnviz_job *job, const cnnviz_tensor *image,
		int64_t height, int64_t width, uint32_t filter, cnnviz_tensor **resized)
{
	return inject_fault(job, "image->resize()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.image->resize(job, image, height, width, filter,
					resized);
}

static cnnviz_status recorder_blur(cnnviz_job *job, const cnnviz_tensor *image,
		double deviation, uint32_t edge, cnnviz_tensor **blurred)
{
	return inject_fault(job, "image->blur()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.image->blur(job, image, deviation, edge, blurred);
}

static cnnviz_status recorder_denormalize(cnnviz_job *job, const cnnviz_tensor *input,
		cnnviz_tensor **image)
{
	return inject_fault(job, "image->denormalize()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.image->denormalize(job, input, image);
}

static cnnviz_status recorder_normalize(cnnviz_job *job, const cnnviz_tensor *image,
		cnnviz_tensor **input)
{
	return inject_fault(job, "image->normalize()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.image->normalize(job, image, input);
}

static cnnviz_status recorder_read(cnnviz_job *job, const char *path, bool fit,
		cnnviz_tensor **image)
{
	return inject_fault(job, "image->read()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.image->read(job, path, fit, image);
}

static cnnviz_status recorder_original(cnnviz_job *job, uint32_t item,
		cnnviz_tensor **image)
{
	return inject_fault(job, "image->original()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.image->original(job, item, image);
}

static cnnviz_status recorder_read_inputs(cnnviz_job *job, const char *parameter,
		uint32_t first, uint32_t count, cnnviz_tensor **inputs)
{
	return inject_fault(job, "image->read_inputs()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.image->read_inputs(job, parameter, first, count,
					inputs);
}

static cnnviz_status recorder_restore(cnnviz_job *job, uint32_t item,
		const cnnviz_tensor *view, uint32_t filter, cnnviz_tensor **restored)
{
	return inject_fault(job, "image->restore()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.image->restore(job, item, view, filter, restored);
}

/* ---- Results ------------------------------------------------------------------- */

static void note_not_finite(const char *name, const cnnviz_tensor *values)
{
	for (int64_t i = 0; values != NULL && i < tensor_count(values); i++) {
		if (!isfinite(tensor_data(values)[i])) {
			findings.not_finite = name;
		}
	}
}

static cnnviz_status recorder_image(cnnviz_job *job, const char *name, const char *suffix,
		const cnnviz_tensor *image, uint32_t item)
{
	return inject_fault(job, "artifact->image()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.artifact->image(job, name, suffix, image, item);
}

static cnnviz_status recorder_array(cnnviz_job *job, const char *name, const char *suffix,
		const cnnviz_tensor *array, uint32_t item)
{
	note_not_finite(name, array);
	return inject_fault(job, "artifact->array()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.artifact->array(job, name, suffix, array, item);
}

static cnnviz_status recorder_scalar(cnnviz_job *job, const char *name,
		const char *suffix, double value)
{
	return inject_fault(job, "artifact->scalar()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.artifact->scalar(job, name, suffix, value);
}

static cnnviz_status recorder_frame(cnnviz_job *job, const char *name, const char *suffix,
		const cnnviz_tensor *image, uint32_t item)
{
	return inject_fault(job, "artifact->frame()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.artifact->frame(job, name, suffix, image, item);
}

static cnnviz_status recorder_curve(cnnviz_job *job, const char *name, const char *suffix,
		const cnnviz_tensor *values, const char *const *lines, const char *axis)
{
	note_not_finite(name, values);
	return inject_fault(job, "artifact->curve()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.artifact->curve(job, name, suffix, values, lines,
					axis);
}

static cnnviz_status recorder_labels(cnnviz_job *job, const char *name,
		const char *suffix, const cnnviz_tensor *labels, uint32_t item)
{
	return inject_fault(job, "artifact->labels()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.artifact->labels(job, name, suffix, labels, item);
}

static cnnviz_status recorder_read_back(cnnviz_job *job, const char *name,
		const char *suffix, cnnviz_tensor **input)
{
	return inject_fault(job, "artifact->read_back()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.artifact->read_back(job, name, suffix, input);
}

static cnnviz_status recorder_map_scalar(cnnviz_job *job, uint32_t item, const char *name,
		double value)
{
	return inject_fault(job, "artifact->map_scalar()")
			? CNNVIZ_ERROR_ENGINE
			: host_services.artifact->map_scalar(job, item, name, value);
}

/* ---- The tables ---------------------------------------------------------------- */

const cnnviz_host *recorder_start(const struct recorder_faults *new_faults)
{
	static cnnviz_tensor_api tensor;
	static cnnviz_model_api model;
	static cnnviz_pass_api pass;
	static cnnviz_objective_api objective;
	static cnnviz_attribution_api attribution;
	static cnnviz_image_api image;
	static cnnviz_random_api random;
	static cnnviz_artifact_api artifact;
	static cnnviz_optimize_api optimize;
	static cnnviz_rule_api rule;
	static cnnviz_host host;

	faults = *new_faults;
	findings = (struct recorder_findings){ 0 };
	host = host_services;

	tensor = *host.tensor;
	tensor.create = recorder_create;
	host.tensor = &tensor;

	model = *host.model;
	model.layer_offset = recorder_layer_offset;
	model.perturbed = recorder_perturbed;
	model.open = recorder_open;
	host.model = &model;

	pass = *host.pass;
	pass.forward = recorder_forward;
	pass.forward_only = recorder_forward_only;
	pass.forward_from = recorder_forward_from;
	pass.backward = recorder_backward;
	pass.logit_gradient = recorder_logit_gradient;
	pass.hessian_product = recorder_hessian_product;
	pass.attention = recorder_attention;
	pass.attention_gradients = recorder_attention_gradients;
	host.pass = &pass;

	objective = *host.objective;
	objective.logit = recorder_logit;
	objective.probability = recorder_probability;
	objective.channel_mean = recorder_channel_mean;
	objective.channel_means = recorder_channel_means;
	objective.probabilities = recorder_probabilities;
	objective.half_squared_norm = recorder_half_squared_norm;
	objective.similarity = recorder_similarity;
	objective.log_probability = recorder_log_probability;
	objective.batch_logit = recorder_batch_logit;
	objective.batch_probability = recorder_batch_probability;
	host.objective = &objective;

	attribution = *host.attribution;
	attribution.run = recorder_run;
	host.attribution = &attribution;

	image = *host.image;
	image.resize = recorder_resize;
	image.blur = recorder_blur;
	image.denormalize = recorder_denormalize;
	image.normalize = recorder_normalize;
	image.read = recorder_read;
	image.original = recorder_original;
	image.restore = recorder_restore;
	image.read_inputs = recorder_read_inputs;
	host.image = &image;

	random = *host.random;
	random.create = recorder_random;
	host.random = &random;

	artifact = *host.artifact;
	artifact.image = recorder_image;
	artifact.array = recorder_array;
	artifact.scalar = recorder_scalar;
	artifact.frame = recorder_frame;
	artifact.curve = recorder_curve;
	artifact.labels = recorder_labels;
	artifact.read_back = recorder_read_back;
	artifact.map_scalar = recorder_map_scalar;
	host.artifact = &artifact;

	optimize = *host.optimize;
	optimize.configure = recorder_configure;
	optimize.run = recorder_optimize;
	host.optimize = &optimize;

	rule = *host.rule;
	rule.compose = recorder_compose;
	rule.forward = recorder_rule_forward;
	rule.backward = recorder_rule_backward;
	host.rule = &rule;
	return &host;
}

const struct recorder_findings *recorder_findings(void)
{
	return &findings;
}
