/*
 * A plugin whose recipe for host->optimize is as long as it is in a later minor (LONGER)
 * or was in an earlier one (shorter, without the last two members), in memory of just that
 * size. A host must use what both know and nothing behind it.
 */
#include <cnnviz/cnnviz.h>

#include <stdlib.h>
#include <string.h>

#define LATER 64
#define MARK 0xA5

static size_t recipe_size(const char *length)
{
	return strcmp(length, "shorter") == 0 ? offsetof(cnnviz_optimization, snapshots)
					      : sizeof(cnnviz_optimization)
					+ (strcmp(length, "longer") == 0 ? LATER : 0);
}

static cnnviz_status excite(const cnnviz_host *host, cnnviz_job *job, void *context,
		const cnnviz_pass *pass, uint32_t count, const uint32_t *items,
		double *values, cnnviz_tensor **seeds)
{
	(void)context;
	(void)count;
	(void)items;
	return host->objective->half_squared_norm(job,
			host->pass->activation(pass, CNNVIZ_LAYER_LOGITS), values, seeds);
}

/** Whether the host left all bytes behind what it knows as they were */
static bool is_marked(const unsigned char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (bytes[i] != MARK) {
			return false;
		}
	}
	return true;
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	static const int32_t logits = CNNVIZ_LAYER_LOGITS;
	const char *length = host->parameter->text(job, "length");
	size_t size = recipe_size(length);
	cnnviz_optimization *recipe = malloc(size);
	struct {
		cnnviz_optimized known;
		unsigned char later[LATER];
	} result;
	cnnviz_status status;

	if (recipe == NULL) {
		return host->fail(job, CNNVIZ_ERROR_MEMORY, "out of memory");
	}
	memset(&result, 0, sizeof(result));
	memset(result.later, MARK, sizeof(result.later));
	result.known.struct_size = (uint32_t)(strcmp(length, "longer") == 0
					? sizeof(result)
					: sizeof(result.known));
	memset(recipe, MARK, size);
	host->optimize->defaults(recipe, (uint32_t)size);
	for (size_t i = sizeof(*recipe); i < size; i++) {
		/* A later default is zero, and stays what the plugin makes of it. */
		if (((unsigned char *)recipe)[i] != 0) {
			status = host->fail(job, CNNVIZ_ERROR_PLUGIN,
					"defaults() left byte %lu", (unsigned long)i);
			goto done;
		}
		((unsigned char *)recipe)[i] = MARK;
	}
	recipe->objective = excite;
	recipe->captures = &logits;
	recipe->capture_count = 1;
	recipe->iterations = 3;
	recipe->learning_rate = 0.1;
	recipe->spare_dead = 1;
	recipe->start_high = 256;
	recipe->streams = batch->streams;
	status = host->optimize->configure(job, recipe);
	if (status == CNNVIZ_OK && recipe->struct_size != size) {
		status = host->fail(job, CNNVIZ_ERROR_PLUGIN,
				"configure() changed struct_size");
	}
	if (status == CNNVIZ_OK) {
		status = host->optimize->run(job, recipe, &result.known);
	}
	if (status == CNNVIZ_OK
			&& !(is_marked(result.later, sizeof(result.later))
					&& is_marked((unsigned char *)recipe
									+ sizeof(*recipe),
							size > sizeof(*recipe) ? LATER
									       : 0))) {
		status = host->fail(job, CNNVIZ_ERROR_PLUGIN,
				"the host wrote behind what it knows");
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->array(job, "picture", NULL, result.known.image,
				CNNVIZ_WHOLE);
	}
	host->tensor->unref(result.known.image);
	host->tensor->unref(result.known.input);
	host->tensor->unref(result.known.values);
done:
	free(recipe);
	return status;
}

static const char *const lengths[] = { "shorter", "present", "longer", NULL };

static const cnnviz_parameter parameters[] = {
	{ "length", CNNVIZ_PARAMETER_ENUM, .default_value = "present", .choices = lengths,
			.summary = "how long the recipe is" },
};

static const cnnviz_artifact artifacts[] = {
	{ "picture", CNNVIZ_ARTIFACT_ARRAY, .summary = "what was made" },
};

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("sizes", "1.0"),
	.summary = "recipes of several sizes",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_PER_PICTURE,
	.run = run,
};

CNNVIZ_PLUGIN(technique)
