/**
 * \file    run/classify.c
 * \brief   Classifies pictures, without jobs
 */
#include "run/classify.h"

#include <stdlib.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "base/tensor.h"
#include "graph/detections.h"
#include "host/batch_reader.h"
#include "host/session.h"

/** What all batches share */
struct classifier {
	const struct plan *plan;
	const struct engine *engine;
	struct engine_network *network;
	size_t top;
	struct classified *results;
};

static void fail(struct classifier *classifier, size_t picture, const struct error *error)
{
	classifier->results[picture].failure = memory_text(error->text);
}

static cnnviz_status classify_batch(struct classifier *classifier,
		const struct batch *batch, struct error *error)
{
	const enum activation activation = classifier->plan->model->graph->activation;
	cnnviz_tensor *logits = NULL, *boxes = NULL;
	cnnviz_status status = batch_logits(classifier->engine, classifier->network,
			classifier->plan->model->graph, batch, &logits, &boxes, error);

	for (size_t n = 0; status == CNNVIZ_OK && n < batch->count; n++) {
		struct classified *result = &classifier->results[batch->pictures[n]];

		status = batch_check_logits(classifier->plan, batch, logits, n, error);
		if (status != CNNVIZ_OK) {
			break;
		}
		free(result->classes); /* of an attempt with more pictures at once */
		result->classes = memory_new(classifier->top, sizeof(*result->classes));
		if (boxes != NULL) {
			const struct detections detections = { logits, boxes,
				activation };

			result->count = detections_list(&detections, n, classifier->top,
					result->classes);
		} else {
			result->count = classifier->top;
			logits_rank(logits, n, activation, classifier->top,
					result->classes);
		}
	}
	tensor_unref(boxes);
	tensor_unref(logits);
	return status;
}

/** Classify the pictures of a batch that failed one by one. */
static void classify_apart(struct classifier *classifier, struct batch *batch)
{
	for (size_t n = 0; n < batch->count && !interrupt_requested(); n++) {
		struct error error = { 0 };
		struct batch *single = batch_take(batch, n);

		if (single == NULL) {
			error_set(&error, CNNVIZ_ERROR_MEMORY, "out of memory");
		}
		if (single == NULL
				|| classify_batch(classifier, single, &error)
						!= CNNVIZ_OK) {
			fail(classifier, batch->pictures[n], &error);
		}
		batch_free(single);
	}
}

static void classify_all(struct classifier *classifier)
{
	struct batch_reader *reader = batch_reader_create(classifier->plan,
			(struct batch_choice){ 0 }, NULL);
	bool going = true;

	while (going && !interrupt_requested()) {
		struct batch *batch = NULL;
		struct error error = { 0 };
		size_t failed = 0;

		if (batch_read(reader, &batch, &failed, &error) != CNNVIZ_OK) {
			fail(classifier, failed, &error);
			continue;
		}
		going = batch != NULL;
		if (going && classify_batch(classifier, batch, &error) != CNNVIZ_OK) {
			if (batch->count > 1) {
				classify_apart(classifier, batch);
			} else {
				fail(classifier, batch->pictures[0], &error);
			}
		}
		batch_free(batch);
	}
	batch_reader_free(reader);
}

cnnviz_status run_classify(struct plan *plan, size_t top, struct classified **results,
		struct error *error)
{
	struct classifier classifier = { .plan = plan, .top = top };
	cnnviz_status status = network_open(plan, plan->model->graph,
			plan->picture_count <= (size_t)plan->batch, &classifier.engine,
			&classifier.network, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	classifier.results = memory_new(plan->picture_count, sizeof(**results));
	classify_all(&classifier);
	classifier.engine->close(classifier.network);
	if (interrupt_requested()) {
		classified_free(classifier.results, plan->picture_count);
		return error_set(error, CNNVIZ_ERROR_CANCELED, "interrupted");
	}
	*results = classifier.results;
	return CNNVIZ_OK;
}

void classified_free(struct classified *results, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(results[i].classes);
		free(results[i].failure);
	}
	free(results);
}
