/**
 * \file    testing/host.c
 * \brief   The host of cnnviz/test.h: messages, tensors, parameters, random numbers
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "host/random.h"
#include "testing/network.h"
#include "testing/tables.h"

/* ---- Messages -------------------------------------------------------------- */

cnnviz_status test_fail(cnnviz_job *job, cnnviz_status status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(job->failure_text, sizeof(job->failure_text), format, arguments);
	va_end(arguments);
	job->failure = status;
	return status;
}

static CNNVIZ_PRINTF(3, 4) void warn(cnnviz_job *job, int64_t item, const char *format,
		...)
{
	va_list arguments;

	if (job->warning_count == CNNVIZ_TEST_WARNINGS_MAX) {
		return;
	}
	va_start(arguments, format);
	vsnprintf(job->warning[job->warning_count], sizeof(job->warning[0]), format,
			arguments);
	va_end(arguments);
	job->warned_item[job->warning_count++] = item;
}

static CNNVIZ_PRINTF(2, 3) void say(cnnviz_job *job, const char *format, ...)
{
	(void)job;
	(void)format;
}

static void progress(cnnviz_job *job, uint64_t done, uint64_t total)
{
	(void)job;
	(void)done;
	(void)total;
}

static bool canceled(const cnnviz_job *job)
{
	/* The job belongs to the test; it is const only for the technique. */
	cnnviz_job *own = (cnnviz_job *)(uintptr_t)job;

	return ++own->questions >= own->cancel_at && own->cancel_at > 0;
}

/* ---- Tensors --------------------------------------------------------------- */

static int tensors_until_failure = -1;

void cnnviz_test_limit_tensors(int count)
{
	tensors_until_failure = count;
}

cnnviz_status test_create(cnnviz_job *job, uint32_t rank, const int64_t *shape,
		cnnviz_tensor **tensor)
{
	cnnviz_tensor *made = tensors_until_failure != 0 ? tensor_create(rank, shape)
							 : NULL;

	if (made == NULL) {
		return test_fail(job, CNNVIZ_ERROR_MEMORY, "out of memory for an array");
	}
	tensors_until_failure -= tensors_until_failure > 0;
	*tensor = made;
	return CNNVIZ_OK;
}

static const cnnviz_tensor_api tensors = {
	.struct_size = sizeof(cnnviz_tensor_api),
	.create = test_create,
	.ref = tensor_ref,
	.unref = tensor_unref,
	.rank = tensor_rank,
	.shape = tensor_shape,
	.count = tensor_count,
	.data = tensor_data,
	.mutable_data = tensor_mutable_data,
};

cnnviz_tensor *cnnviz_test_tensor(uint32_t rank, const int64_t *shape,
		const float *values)
{
	cnnviz_tensor *made = tensor_create(rank, shape);

	if (made != NULL && values != NULL) {
		memcpy(tensor_mutable_data(made), values,
				(size_t)tensor_count(made) * sizeof(float));
	}
	return made;
}

cnnviz_tensor *test_copy(const cnnviz_tensor *tensor)
{
	return cnnviz_test_tensor(tensor_rank(tensor), tensor_shape(tensor),
			tensor_data(tensor));
}

/* ---- Parameters ------------------------------------------------------------ */

static const struct cnnviz_test_value *find_value(const cnnviz_job *job, const char *name)
{
	static const struct cnnviz_test_value none = { .text = "" };
	const struct cnnviz_test_value *value = job->values;

	while (value != NULL && value->name != NULL) {
		if (strcmp(value->name, name) == 0) {
			return value;
		}
		value++;
	}
	return &none;
}

static int64_t integer(const cnnviz_job *job, const char *name)
{
	return find_value(job, name)->integer;
}

static const char *text(const cnnviz_job *job, const char *name)
{
	return find_value(job, name)->text;
}

static bool is_set(const cnnviz_job *job, const char *name)
{
	return find_value(job, name)->name != NULL;
}

static bool boolean(const cnnviz_job *job, const char *name)
{
	return find_value(job, name)->integer != 0;
}

static double real(const cnnviz_job *job, const char *name)
{
	return find_value(job, name)->real;
}

static uint32_t list_count(const cnnviz_job *job, const char *name)
{
	return find_value(job, name)->count;
}

static double list_real(const cnnviz_job *job, const char *name, uint32_t index)
{
	const struct cnnviz_test_value *value = find_value(job, name);

	return value->list != NULL ? value->list[index] : value->real;
}

static int64_t list_integer(const cnnviz_job *job, const char *name, uint32_t index)
{
	const struct cnnviz_test_value *value = find_value(job, name);

	return value->list != NULL ? (int64_t)value->list[index] : value->integer;
}

static const char *list_text(const cnnviz_job *job, const char *name, uint32_t index)
{
	(void)index;
	return text(job, name);
}

static const cnnviz_parameter_api parameters = {
	.struct_size = sizeof(cnnviz_parameter_api),
	.is_set = is_set,
	.boolean = boolean,
	.integer = integer,
	.real = real,
	.text = text,
	.list_count = list_count,
	.list_integer = list_integer,
	.list_real = list_real,
	.list_text = list_text,
};

/* ---- Maps of other jobs ------------------------------------------------------ */

static cnnviz_status run_attribution(cnnviz_job *job, const char *parameter,
		const cnnviz_batch *batch, const cnnviz_tensor **maps)
{
	(void)batch;
	for (const struct cnnviz_test_maps *known = job->maps;
			known != NULL && known->parameter != NULL; known++) {
		if (strcmp(known->parameter, parameter) == 0) {
			*maps = known->maps;
			return CNNVIZ_OK;
		}
	}
	return test_fail(job, CNNVIZ_ERROR_PLUGIN, "no job \"%s\"", parameter);
}

static const cnnviz_attribution_api attribution = {
	.struct_size = sizeof(cnnviz_attribution_api),
	.run = run_attribution,
};

/* ---- Random numbers -------------------------------------------------------- */

static size_t live_streams;

static cnnviz_status stream_create(cnnviz_job *job, uint64_t stream,
		cnnviz_random **result)
{
	struct cnnviz_random *random = memory_new(1, sizeof(*random));

	(void)job;
	random_start(random, 1, "test", stream);
	live_streams++;
	*result = random;
	return CNNVIZ_OK;
}

static void stream_unref(cnnviz_random *random)
{
	live_streams -= random != NULL;
	free(random);
}

static const cnnviz_random_api randoms = {
	.struct_size = sizeof(cnnviz_random_api),
	.create = stream_create,
	.unref = stream_unref,
	.uniform = random_uniform,
	.normal = random_normal,
};

size_t cnnviz_test_live(void)
{
	return tensor_live_count() - network_rule_tensors + network_live_passes
			+ network_live + live_streams;
}

/* ---- The host -------------------------------------------------------------- */

static void *job_data(const cnnviz_job *job)
{
	return job->data;
}

const cnnviz_host cnnviz_test_host = {
	.abi_major = CNNVIZ_ABI_MAJOR,
	.abi_minor = CNNVIZ_ABI_MINOR,
	.struct_size = sizeof(cnnviz_host),
	.tensor = &tensors,
	.parameter = &parameters,
	.model = &test_model,
	.pass = &test_passes,
	.objective = &test_objectives,
	.attribution = &attribution,
	.image = &test_images,
	.random = &randoms,
	.artifact = &test_artifacts,
	.optimize = &test_optimize,
	.fail = test_fail,
	.warn = warn,
	.log = say,
	.progress = progress,
	.canceled = canceled,
	.job_data = job_data,
	.rule = &test_rules,
};
