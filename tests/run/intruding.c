/*
 * An attribution that writes to what is not its own, in the way selected by a parameter.
 * Built twice: the second time it has the name of one that ships.
 */
#include <fenv.h>
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cnnviz/cnnviz.h>

#ifndef INTRUDING_NAME
#define INTRUDING_NAME "intruding"
#endif

enum {
	NOTHING,
	INPUTS,
	ACTIVATION,
	MAPS,
	OVERRUN,
	OVERRUN_INPUTS,
	OVERRUN_RESULT,
	ROUNDING,
	FOLDER,
	MASK,
	LOCALE,
	PRINT,
	PRINT_EARLY,
};

static const char *const ways[] = {
	"nothing",
	"inputs",
	"activation",
	"maps",
	"overrun",
	"overrun_inputs",
	"overrun_result",
	"rounding",
	"folder",
	"mask",
	"locale",
	"print",
	"print_early",
	NULL,
};

static const cnnviz_parameter parameters[] = {
	{ "how", CNNVIZ_PARAMETER_ENUM, .default_value = "nothing", .choices = ways,
			.summary = "what it writes to" },
	{ "base", CNNVIZ_PARAMETER_JOB, .summary = "job whose maps it borrows" },
};

/* Memory that it was told to only read */
static void spoil(const cnnviz_host *host, const cnnviz_tensor *tensor)
{
	float *values = (float *)(uintptr_t)host->tensor->data(tensor);

	for (int64_t i = 0; i < host->tensor->count(tensor); i++) {
		values[i] = 1 - values[i];
	}
}

static cnnviz_status spoil_activation(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	const int32_t logits = CNNVIZ_LAYER_LOGITS;
	cnnviz_pass *pass = NULL;
	cnnviz_status status = host->pass->forward(job, batch->inputs, 1, &logits, &pass);

	if (status == CNNVIZ_OK) {
		spoil(host, host->pass->activation(pass, logits));
	}
	host->pass->unref(pass);
	return status;
}

static cnnviz_status spoil_maps(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	const cnnviz_tensor *maps = NULL;
	cnnviz_status status = host->attribution->run(job, "base", batch, &maps);

	if (status == CNNVIZ_OK) {
		spoil(host, maps);
	}
	return status;
}

/* One value more than there is room for */
static void write_behind(const cnnviz_host *host, const cnnviz_tensor *tensor)
{
	float *values = (float *)(uintptr_t)host->tensor->data(tensor);

	values[host->tensor->count(tensor)] = 0;
}

static cnnviz_status overrun(const cnnviz_host *host, cnnviz_job *job)
{
	const int64_t shape[] = { 3, 5 };
	cnnviz_tensor *own = NULL;
	cnnviz_status status = host->tensor->create(job, 2, shape, &own);

	if (status == CNNVIZ_OK) {
		write_behind(host, own);
	}
	host->tensor->unref(own);
	return status;
}

static cnnviz_status change_process(const cnnviz_host *host, cnnviz_job *job, int64_t how)
{
	switch (how) {
	case ROUNDING:
		fesetround(FE_UPWARD);
		break;
	case FOLDER:
		if (chdir("/") != 0) {
			return host->fail(job, CNNVIZ_ERROR_IO, "cannot go to /");
		}
		break;
	case MASK:
		umask(0777);
		break;
	case LOCALE:
		setlocale(LC_ALL,
				strcmp(setlocale(LC_ALL, NULL), "C") == 0 ? "C.UTF-8"
									  : "C");
		break;
	case PRINT:
		printf("in the middle of its work\n");
		break;
	default:
		break;
	}
	return CNNVIZ_OK;
}

static cnnviz_status intrude(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, int64_t how)
{
	switch (how) {
	case INPUTS:
		spoil(host, batch->inputs);
		return CNNVIZ_OK;
	case ACTIVATION:
		return spoil_activation(host, job, batch);
	case MAPS:
		return spoil_maps(host, job, batch);
	case OVERRUN:
		return overrun(host, job);
	case OVERRUN_INPUTS:
		write_behind(host, batch->inputs);
		return CNNVIZ_OK;
	default:
		return change_process(host, job, how);
	}
}

static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	if (host->parameter->integer(job, "how") == PRINT_EARLY) {
		printf("before anything is computed\n");
	}
	return CNNVIZ_OK;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	int64_t how = host->parameter->integer(job, "how");
	const int64_t *input = host->tensor->shape(batch->inputs);
	cnnviz_status status = intrude(host, job, batch, how);

	if (status == CNNVIZ_OK) {
		status = host->tensor->create(job, 4,
				(const int64_t[]){ input[0], 1, input[2], input[3] },
				maps);
	}
	if (status == CNNVIZ_OK) {
		host->tensor->mutable_data(*maps)[0] = 1;
	}
	if (status == CNNVIZ_OK && how == OVERRUN_RESULT) {
		write_behind(host, *maps);
	}
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION(INTRUDING_NAME, "1.0"),
	.summary = "Writes to what is not its own",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_GRADIENT,
	.asks = CNNVIZ_ASKS_ACTIVATIONS,
	.attribute = attribute,
	.check = check,
};

CNNVIZ_PLUGIN(technique)
