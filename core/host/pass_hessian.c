/**
 * \file    host/pass_hessian.c
 * \brief   Second derivatives, for techniques
 *
 * The engine runs what lies behind the layer once more, from the values that the pass has
 * captured.
 */
#include "host/pass_hessian.h"

#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "base/tensor.h"
#include "host/batch_pass.h"
#include "host/network.h"
#include "host/pass_starts.h"
#include "host/shown.h"

/** The value of a layer in a pass: where it began, or what it has captured */
static const cnnviz_tensor *find_value(cnnviz_job *job, const cnnviz_pass *pass,
		int32_t node)
{
	const cnnviz_tensor *value = NULL;

	if (node == pass->first) {
		return pass->input;
	}
	if (node < 0 || !pass_captures(pass, node)) {
		job_misuse(job,
				"pass->hessian_product() was given a layer that the pass "
				"did not capture");
		return NULL;
	}
	shared_pass_activation(pass->pass, node, &value, &job->fault->error);
	return value;
}

static cnnviz_status check(cnnviz_job *job, const cnnviz_pass *source,
		uint32_t seed_count)
{
	cnnviz_status status = interrupt_requested()
			? job_fail(job, CNNVIZ_ERROR_CANCELED, "interrupted")
			: job_refuse(job, "pass->hessian_product()");

	return status != CNNVIZ_OK || (source != NULL && seed_count > 0)
			? status
			: job_misuse(job,
					"pass->hessian_product() was given no pass or no "
					"seed");
}

/** Let the engine compute the product for a pass from the layer to those of the seeds. */
static cnnviz_status multiply(cnnviz_job *job, const cnnviz_pass *source,
		const cnnviz_pass *pass, const int32_t *seed_nodes, uint32_t seed_count,
		const cnnviz_tensor *const *seeds, const cnnviz_tensor *direction,
		cnnviz_tensor **product)
{
	struct session *session = job->session;
	struct pass_starts starts;
	cnnviz_status status = pass_starts_find(job, source, pass, NULL, &starts);

	if (status == CNNVIZ_OK) {
		session->passes.forward++;
		session->passes.backward += 2;
		do {
			status = session->engine->hessian_product(
					network_engine(session, source->network),
					starts.count, starts.starts, seed_count,
					seed_nodes, seeds, direction, product,
					&job->fault->error);
		} while (status != CNNVIZ_OK
				&& batch_pass_drop(session, &job->fault->error));
	}
	pass_starts_release(&starts);
	return status;
}

/** multiply() with seeds, direction and product as techniques see them */
static cnnviz_status multiply_shown(cnnviz_job *job, const cnnviz_pass *source,
		const cnnviz_pass *pass, const int32_t *seed_nodes, uint32_t seed_count,
		const cnnviz_tensor *const *seeds, const cnnviz_tensor *direction,
		cnnviz_tensor **product)
{
	struct error *error = &job->fault->error;
	cnnviz_tensor **converted = memory_new(seed_count, sizeof(cnnviz_tensor *));
	cnnviz_tensor *turned = NULL, *result = NULL;
	cnnviz_status status = shown_seeds_to_engine(source, seed_count, seed_nodes,
			seeds, converted, error);

	if (status == CNNVIZ_OK) {
		status = shown_to_engine(source, pass->first, direction, NULL, NULL,
				&turned, error);
	}
	if (status == CNNVIZ_OK) {
		status = multiply(job, source, pass, seed_nodes, seed_count,
				(const cnnviz_tensor *const *)converted, turned, &result);
	}
	if (status == CNNVIZ_OK) {
		status = shown_from_engine(source, pass->first, &result, error);
	}
	if (status == CNNVIZ_OK) {
		*product = result;
	}
	tensor_unref(turned);
	for (uint32_t i = 0; i < seed_count; i++) {
		tensor_unref(converted[i]);
	}
	free(converted);
	return status;
}

cnnviz_status pass_hessian_product(cnnviz_job *job, const cnnviz_pass *source,
		int32_t layer, uint32_t seed_count, const int32_t *seed_layers,
		const cnnviz_tensor *const *seeds, const cnnviz_tensor *direction,
		cnnviz_tensor **product)
{
	cnnviz_pass *pass = NULL;
	cnnviz_status status = check(job, source, seed_count);

	if (status != CNNVIZ_OK) {
		return status;
	}
	int32_t node = pass_node(source, layer);
	const cnnviz_tensor *value = find_value(job, source, node);

	if (value == NULL) {
		return job->fault->error.status;
	}
	if (!shown_fits(source, node, direction)
			|| tensor_shape(direction)[0] != tensor_shape(value)[0]) {
		return job_misuse(job,
				"pass->hessian_product() was given a direction that has "
				"not the shape of its layer's activation");
	}
	int32_t *seed_nodes = memory_new(seed_count, sizeof(*seed_nodes));

	status = pass_resolve_seeds(job, source, seed_count, seed_layers, seeds,
			seed_nodes);
	if (status == CNNVIZ_OK) {
		status = pass_create(job, source->network, value, node, seed_count,
				seed_layers, &pass);
	}
	if (status == CNNVIZ_OK) {
		status = multiply_shown(job, source, pass, seed_nodes, seed_count, seeds,
				direction, product);
	}
	pass_unref(pass);
	free(seed_nodes);
	return status;
}
