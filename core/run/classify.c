/**
 * \file    run/classify.c
 * \brief   Classifies pictures, without jobs
 */
#include "run/classify.h"

#include "base/log.h"
#include "base/tensor.h"
#include "host/session.h"

cnnviz_status run_classify(struct plan *plan, size_t top, struct classification *results,
		struct error *error)
{
	const struct engine *engine = NULL;
	struct engine_network *network = NULL;
	struct batch_reader *reader = NULL;
	cnnviz_status status = network_open(plan, plan->model->graph, &engine, &network,
			error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	log_write(LOG_LEVEL_DETAIL, "the engine %s: %s", engine->name,
			engine->describe());
	reader = batch_reader_create(plan);
	for (;;) {
		struct batch *batch = NULL;
		cnnviz_tensor *logits = NULL;
		size_t failed;

		status = batch_read(reader, &batch, &failed, error);
		if (status != CNNVIZ_OK || batch == NULL) {
			break;
		}
		status = batch_logits(engine, network, plan->model->graph, batch, &logits,
				error);
		for (size_t n = 0; status == CNNVIZ_OK && n < batch->count; n++) {
			logits_rank(logits, n, top, results + batch->pictures[n] * top);
		}
		tensor_unref(logits);
		batch_free(batch);
		if (status != CNNVIZ_OK) {
			break;
		}
	}
	batch_reader_free(reader);
	engine->close(network);
	return status;
}
