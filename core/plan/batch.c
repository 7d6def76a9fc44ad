/**
 * \file    plan/batch.c
 * \brief   How many pictures go through the network together
 *
 * With more pictures weights are read less often, but what is computed of them no longer
 * stays in the caches: networks with few weights take as long for each picture in any batch.
 */
#include "plan/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/available.h"
#include "base/memory.h"
#include "graph/estimate.h"

#define MOST 8
#define LEAST_BYTES (128.0 * 1024 * 1024)
/* Weights in the file's memory, and packed for either direction */
#define WEIGHT_COPIES 3
/* Of what is available, part of which others will want */
#define SHARE 0.5

int64_t batch_for(double item, double weights, double available)
{
	double room = available * SHARE - weights * WEIGHT_COPIES;
	double wanted = weights / 2 > LEAST_BYTES ? weights / 2 : LEAST_BYTES;
	double count = (wanted < room ? wanted : room) / item;

	return count >= MOST ? MOST : count >= 1 ? (int64_t)count : 1;
}

void plan_choose_batch(struct plan *plan)
{
	const struct graph *graph = plan->model != NULL ? plan->model->graph : NULL;
	struct graph_shape *shapes;
	struct error error;

	if (plan->batch != 0) {
		return;
	}
	plan->batch = MOST;
	/* The memory of a card is its own, and more pictures keep it busy. */
	if (graph == NULL || plan->device == NULL || strcmp(plan->device, "cpu") != 0) {
		return;
	}
	shapes = memory_new(graph->node_count, sizeof(*shapes));
	if (graph_infer(graph, plan->size[0], plan->size[1], shapes, &error)
			== CNNVIZ_OK) {
		plan->batch = batch_for(graph_memory(graph, shapes, 1, true),
				graph_weight_memory(graph), memory_available());
	}
	free(shapes);
}
