/**
 * \file    host/services.c
 * \brief   The table of services, and those for messages
 */
#include "host/services.h"

#include <stdlib.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/memory.h"
#include "host/artifacts.h"
#include "host/attribution.h"
#include "host/composite.h"
#include "host/job.h"
#include "host/model.h"
#include "host/objective.h"
#include "host/optimize.h"
#include "host/parameters.h"
#include "host/pass.h"
#include "host/pictures.h"
#include "host/streams.h"
#include "host/tensors.h"

CNNVIZ_PRINTF(3, 4)
static cnnviz_status host_fail(cnnviz_job *job, cnnviz_status status, const char *format,
		...)
{
	va_list arguments;

	va_start(arguments, format);
	status = job_vfail(job, status, format, arguments);
	va_end(arguments);
	return status;
}

CNNVIZ_PRINTF(3, 4)
static void host_warn(cnnviz_job *job, int64_t item, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	char *text = memory_vformat(format, arguments);
	va_end(arguments);
	job_warn(job, item, text);
	free(text);
}

CNNVIZ_PRINTF(2, 3)
static void host_log(cnnviz_job *job, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	char *text = memory_vformat(format, arguments);
	va_end(arguments);
	log_write(LOG_LEVEL_DETAIL, "[%s] %s", job->plan->name, text);
	free(text);
}

static void host_progress(cnnviz_job *job, uint64_t done, uint64_t total)
{
	if (!job->nested) {
		progress_fraction(job->session->progress, done, total);
	}
}

static bool host_canceled(const cnnviz_job *job)
{
	(void)job;
	return interrupt_requested();
}

/* ---- Host -------------------------------------------------------------- */

static void *job_data(const cnnviz_job *job)
{
	return job->job->data;
}

const cnnviz_host host_services = {
	.abi_major = CNNVIZ_ABI_MAJOR,
	.abi_minor = CNNVIZ_ABI_MINOR,
	.struct_size = sizeof(cnnviz_host),
	.tensor = &tensor_services,
	.parameter = &parameter_services,
	.model = &model_services,
	.pass = &pass_services,
	.objective = &objective_services,
	.attribution = &attribution_services,
	.image = &image_services,
	.random = &random_services,
	.artifact = &artifact_services,
	.optimize = &optimize_services,
	.fail = host_fail,
	.warn = host_warn,
	.log = host_log,
	.progress = host_progress,
	.canceled = host_canceled,
	.job_data = job_data,
	.rule = &rule_services,
};
