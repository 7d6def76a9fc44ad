/**
 * \file    evaluate/probe.c
 * \brief   Asks the network about changed pictures, in full batches
 */
#include "evaluate/probe.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/** What one measure asks about one map */
struct question {
	const struct probe *probe;
	const struct map_case *map;
	void *state;
	size_t count;
	struct classification *results;
};

struct prober {
	struct probe_network network;
	int64_t shape[4];
	struct question *questions;
	size_t question_count;
	size_t total; /* pictures of all questions */
};

/** The next picture: number `picture` of a question */
struct place {
	size_t question;
	size_t picture;
};

struct prober *prober_create(const struct probe_network *network, const int64_t *shape)
{
	struct prober *prober = memory_new(1, sizeof(*prober));

	prober->network = *network;
	memcpy(prober->shape, shape, sizeof(prober->shape));
	return prober;
}

void prober_add(struct prober *prober, const struct probe *probe,
		const struct map_case *map)
{
	size_t count = probe->count(map);

	prober->questions = memory_resize(prober->questions, prober->question_count + 1,
			sizeof(*prober->questions));
	prober->questions[prober->question_count++] = (struct question){
		.probe = probe,
		.map = map,
		.count = count,
		.results = memory_new(count, sizeof(struct classification)),
	};
	prober->total += count;
}

static void end_state(struct question *question)
{
	(question->probe->end != NULL ? question->probe->end : free)(question->state);
	question->state = NULL;
}

void prober_free(struct prober *prober)
{
	for (size_t i = 0; i < prober->question_count; i++) {
		end_state(&prober->questions[i]);
		free(prober->questions[i].results);
	}
	free(prober->questions);
	free(prober);
}

static void draw(struct question *question, size_t picture, float *values)
{
	const struct probe *probe = question->probe;

	if (picture == 0 && probe->begin != NULL) {
		question->state = probe->begin(probe, question->map);
	}
	probe->draw(question->map, question->state, picture, values);
}

/* Take over the results of the pictures from a place on, and measure what is complete. */
static void read_results(struct prober *prober, const cnnviz_tensor *logits,
		struct place place)
{
	for (size_t n = 0; n < (size_t)tensor_shape(logits)[0]; n++) {
		struct question *question = &prober->questions[place.question];
		const struct map_case *map = question->map;

		question->results[place.picture] = logits_class(logits, n, map->target,
				prober->network.activation, map->inside);
		if (++place.picture == question->count) {
			question->probe->measure(map, question->state, question->results);
			end_state(question);
			place = (struct place){ place.question + 1, 0 };
		}
	}
}

static cnnviz_status ask(struct prober *prober, const cnnviz_tensor *pictures,
		struct place first, struct error *error)
{
	const struct probe_network *network = &prober->network;
	struct engine_pass *pass = NULL;
	cnnviz_tensor *logits = NULL;
	cnnviz_status status = network->engine->forward(network->network, pictures, 1,
			&network->logits, false, &pass, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	status = network->engine->activation(pass, network->logits, &logits, error);
	network->engine->release(pass);
	if (status == CNNVIZ_OK) {
		read_results(prober, logits, first);
	}
	tensor_unref(logits);
	return status;
}

/* Draw and ask about the next count pictures, and go on to those behind them. */
static cnnviz_status ask_next(struct prober *prober, size_t count, struct place *place,
		struct error *error)
{
	struct place first = *place;
	int64_t shape[4] = { (int64_t)count, prober->shape[1], prober->shape[2],
		prober->shape[3] };
	cnnviz_tensor *pictures = tensor_create(4, shape);

	if (pictures == NULL) {
		return error_set(error, CNNVIZ_ERROR_MEMORY,
				"not enough memory for %zu pictures at once; lower [run] "
				"batch",
				count);
	}
	for (size_t n = 0; n < count; n++) {
		struct question *question = &prober->questions[place->question];

		draw(question, place->picture,
				tensor_mutable_data(pictures)
						+ n * (size_t)tensor_count(pictures)
								/ count);
		if (++place->picture == question->count) {
			*place = (struct place){ place->question + 1, 0 };
		}
	}
	cnnviz_status status = ask(prober, pictures, first, error);

	tensor_unref(pictures);
	return status;
}

size_t prober_total(const struct prober *prober)
{
	return prober->total;
}

cnnviz_status prober_run(struct prober *prober, struct judge_steps *steps,
		struct error *error)
{
	struct place place = { 0, 0 };
	cnnviz_status status = CNNVIZ_OK;

	for (size_t done = 0; done < prober->total && status == CNNVIZ_OK;) {
		size_t left = prober->total - done;
		size_t count = left < prober->network.batch ? left
							    : prober->network.batch;

		status = ask_next(prober, count, &place, error);
		done += count;
		judge_steps_add(steps, count);
	}
	return status;
}
