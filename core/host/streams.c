/**
 * \file    host/streams.c
 * \brief   Streams of random numbers, for techniques
 */
#include "host/streams.h"

#include <stdlib.h>

#include "base/memory.h"
#include "host/job.h"
#include "host/random.h"

static cnnviz_status stream_create(cnnviz_job *job, uint64_t stream,
		cnnviz_random **result)
{
	cnnviz_status status = job_refuse(job, "random->create()");

	if (status != CNNVIZ_OK) {
		return status;
	}
	struct cnnviz_random *random = memory_new(1, sizeof(*random));

	record_draws(job->session->record, job->job->record);
	random_start(random, job->session->plan->seed, job->plan->name, stream);
	random->next = job->randoms;
	random->previous = &job->randoms;
	if (random->next != NULL) {
		random->next->previous = &random->next;
	}
	job->randoms = random;
	*result = random;
	return CNNVIZ_OK;
}

void stream_unref(cnnviz_random *random)
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

const cnnviz_random_api random_services = {
	.struct_size = sizeof(cnnviz_random_api),
	.create = stream_create,
	.unref = stream_unref,
	.uniform = random_uniform,
	.normal = random_normal,
};
