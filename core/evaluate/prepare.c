/**
 * \file    evaluate/prepare.c
 * \brief   Lets techniques see all targets before their maps are measured
 */
#include "evaluate/prepare.h"

#include "base/interrupt.h"
#include "host/batch_pass.h"
#include "host/batch_reader.h"
#include "host/maps.h"
#include "host/prepare.h"
#include "host/state.h"

static cnnviz_status prepare_level(struct session *session, size_t level,
		struct error *error)
{
	struct batch_reader *reader = batch_reader_create(session->plan,
			(struct batch_choice){ 0 }, NULL);
	cnnviz_status status = CNNVIZ_OK;

	while (status == CNNVIZ_OK) {
		size_t failed = 0;

		status = batch_read(reader, &session->batch, &failed, error);
		if (status != CNNVIZ_OK || session->batch == NULL) {
			break;
		}
		prepare_expect(session, level);
		prepare_with_batch(session, level);
		batch_pass_end(session);
		maps_clear(session);
		batch_free(session->batch);
		session->batch = NULL;
		if (interrupt_requested()) {
			status = CNNVIZ_ERROR_CANCELED;
		}
	}
	batch_reader_free(reader);
	return status;
}

cnnviz_status targets_prepare(struct session *session, struct error *error)
{
	size_t levels = prepare_levels(session);
	cnnviz_status status = CNNVIZ_OK;

	session_stop_jobs(session);
	for (size_t level = 1; level <= levels && status == CNNVIZ_OK; level++) {
		status = prepare_level(session, level, error);
		if (status == CNNVIZ_OK) {
			prepare_end(session, level);
		}
	}
	return status;
}

const char *job_failure(const struct job *job)
{
	const struct session *session = job->session;
	const char *reason = job->record->status == RECORD_FAILED ? job->record->reason
								  : NULL;

	for (size_t n = 0; n < session->batch->count && reason == NULL; n++) {
		reason = record_failure(session->record, job->plan,
				session->batch->pictures[n]);
	}
	return reason;
}
