/**
 * \file    host/job.c
 * \brief   The call of a technique, as services see it, and how it fails
 */
#include "host/job.h"

#include "base/log.h"
#include "base/memory.h"

/* ---- Failures ---------------------------------------------------------------- */

cnnviz_status job_vfail(const struct cnnviz_job *job, cnnviz_status status,
		const char *format, va_list arguments)
{
	/* A failure with the status of success must not count as success. */
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
					"%s is not available in check(): nothing is "
					"computed or read yet",
					service);
}

cnnviz_status job_refuse_result(const struct cnnviz_job *job, const char *service)
{
	cnnviz_status status = job_refuse(job, service);

	return status != CNNVIZ_OK || !job->preparing
			? status
			: job_fail(job, CNNVIZ_ERROR_UNSUPPORTED,
					"%s is not available in create(), prepare() and "
					"prepared(): results are given later",
					service);
}

/* ---- Tensors ----------------------------------------------------------------- */

void job_hold(struct cnnviz_job *job, cnnviz_tensor *tensor)
{
	job->held = memory_resize(job->held, job->held_count + 1,
			sizeof(cnnviz_tensor *));
	job->held[job->held_count++] = tensor;
}

/* ---- Warnings ---------------------------------------------------------------- */

void job_warn(const struct cnnviz_job *job, int64_t item, const char *text)
{
	struct session *session = job->session;
	size_t picture = RECORD_NO_PICTURE;
	int64_t target = -1;

	if (session->phase == PHASE_CHECK) {
		log_warn_counted(job->plan, NULL, "[%s] %s", job->plan->name, text);
		return;
	}
	/* Warnings about inputs that another technique made do not concern the user. */
	if ((job->nested && job->pictures == NULL) || session->quiet_maps) {
		log_write(LOG_LEVEL_DETAIL, "[%s] %s", job->plan->name, text);
		return;
	}
	if (item >= 0 && job->batch != NULL && job->pictures != NULL
			&& (uint64_t)item < job->batch->count) {
		picture = job->pictures[item];
		target = job->batch->targets[item];
	}
	if (!record_warn(session->record, job->plan, picture, target, text)) {
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
