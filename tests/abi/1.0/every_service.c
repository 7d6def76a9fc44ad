/*
 * A plugin as it was written for minor 0, compiled against the headers of that minor. It
 * uses every service of theirs, and must be found and run by every later minor.
 */
#include <cnnviz/cnnviz.h>

static const char *const words[] = { "first", "second", NULL };

static const cnnviz_parameter parameters[] = {
	{ .name = "flag", .type = CNNVIZ_PARAMETER_BOOL, .default_value = "yes",
		.summary = "a bool" },
	{ .name = "count", .type = CNNVIZ_PARAMETER_INT, .default_value = "3", .minimum = 1,
		.maximum = 9, .summary = "an int" },
	{ .name = "rate", .type = CNNVIZ_PARAMETER_FLOAT, .default_value = "0.5",
		.maximum = 1, .summary = "a float" },
	{ .name = "word", .type = CNNVIZ_PARAMETER_ENUM, .default_value = "second",
		.choices = words, .summary = "an enum" },
	{ .name = "layer", .type = CNNVIZ_PARAMETER_LAYER, .default_value = "last_conv",
		.summary = "a layer" },
	{ .name = "base", .type = CNNVIZ_PARAMETER_JOB, .flags = CNNVIZ_PARAMETER_REQUIRED,
		.summary = "a job" },
};

static const cnnviz_artifact artifacts[] = {
	{ .name = "picture", .type = CNNVIZ_ARTIFACT_IMAGE, .summary = "a picture" },
	{ .name = "array", .type = CNNVIZ_ARTIFACT_ARRAY, .summary = "an array" },
	{ .name = "figure", .type = CNNVIZ_ARTIFACT_FIGURE, .summary = "a figure" },
};

static bool facts_are_right(const cnnviz_host *host, cnnviz_job *job)
{
	const cnnviz_parameter_api *parameter = host->parameter;
	const cnnviz_model_api *model = host->model;
	int32_t layer = (int32_t)parameter->integer(job, "layer");
	int64_t shape[CNNVIZ_MAX_RANK];
	float mean = 0, std = 0;

	model->normalisation(job, 0, &mean, &std);
	return host->abi_major == 1 && parameter->is_set(job, "flag")
			&& parameter->boolean(job, "flag") == (parameter->text(job, "flag")[0] == 'y')
			&& parameter->integer(job, "count") == 3
			&& parameter->real(job, "rate") == 0.5
			&& parameter->text(job, "word")[0]
				== words[parameter->integer(job, "word")][0] && model->name(job)[0] != '\0'
			&& model->find_layer(job, model->layer_name(job, layer)) == layer
			&& model->layer_count(job) > layer && model->layer_operation(job, layer)
			&& model->layer_shape(job, layer, shape) == 3 && shape[0] > 0
			&& model->class_count(job) > 1 && model->class_name(job, 0) && std > 0;
}

/** Backward from a sum of objectives; gradient of the input, (1,C,H,W) */
static cnnviz_status differentiate(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **gradient)
{
	const int32_t layers[] = { CNNVIZ_LAYER_LOGITS,
		(int32_t)host->parameter->integer(job, "layer") };
	static const int32_t input = CNNVIZ_LAYER_INPUT;
	cnnviz_tensor *seeds[4] = { 0 };
	cnnviz_pass *pass = NULL;
	const cnnviz_objective_api *objective = host->objective;
	cnnviz_status status = host->pass->forward(job, batch->inputs, 2, layers, &pass);

	if (status != CNNVIZ_OK) {
		return status;
	}
	const cnnviz_tensor *logits = host->pass->activation(pass, layers[0]);
	const cnnviz_tensor *features = host->pass->activation(pass, layers[1]);
	double values[1];

	status = objective->logit(job, logits, batch->targets, values, &seeds[0]);
	if (status == CNNVIZ_OK) {
		status = objective->probability(job, logits, batch->targets, NULL, &seeds[1]);
	}
	if (status == CNNVIZ_OK) {
		status = objective->channel_mean(job, features, 0, NULL, &seeds[2]);
	}
	if (status == CNNVIZ_OK) {
		status = objective->half_squared_norm(job, features, NULL, &seeds[3]);
	}
	if (status == CNNVIZ_OK) {
		const int32_t places[] = { layers[0], layers[0], layers[1], layers[1] };

		status = host->pass->backward(job, pass, CNNVIZ_RULE_GUIDED, 4, places,
				(const cnnviz_tensor *const *)seeds, 1, &input, gradient);
	}
	for (int i = 0; i < 4; i++) {
		host->tensor->unref(seeds[i]);
	}
	host->pass->unref(pass);
	return status;
}

/** The picture with noise, at half its size, as (3,h,w) */
static cnnviz_status draw(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	const cnnviz_tensor_api *tensor = host->tensor;
	const int64_t *shape = tensor->shape(batch->inputs);
	cnnviz_tensor *image = NULL, *back = NULL, *small = NULL, *picture = NULL;
	cnnviz_random *random = host->random->create(job, batch->streams[0]);
	cnnviz_status status = random ? host->image->denormalise(job, batch->inputs, &image)
			: CNNVIZ_ERROR_MEMORY;

	if (status == CNNVIZ_OK) {
		status = host->image->normalise(job, image, &back);
	}
	if (status == CNNVIZ_OK) {
		status = host->image->resize(job, image, shape[2] / 2, shape[3] / 2,
				CNNVIZ_FILTER_LANCZOS, &small);
	}
	if (status == CNNVIZ_OK) {
		picture = tensor->create(3, tensor->shape(small) + 1);
		status = picture ? CNNVIZ_OK
				: host->fail(job, CNNVIZ_ERROR_MEMORY, "memory is short");
	}
	if (status == CNNVIZ_OK) {
		float *values = tensor->mutable_data(picture);

		host->random->normal(random, 0, 0.01F, 1, values);
		host->random->uniform(random, 0, 0.1F, tensor->count(picture), values);
		for (int64_t i = 0; i < tensor->count(picture); i++) {
			values[i] += tensor->data(small)[i];
		}
		status = host->artifact->image(job, "picture-small", picture);
	}
	tensor->unref(image);
	tensor->unref(back);
	tensor->unref(small);
	tensor->unref(picture);
	host->random->unref(random);
	return status;
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	const cnnviz_tensor *maps = NULL;
	cnnviz_tensor *gradient = NULL, *plain = NULL, *again;
	cnnviz_status status;

	if (!facts_are_right(host, job)) {
		return host->fail(job, CNNVIZ_ERROR_PLUGIN, "the host's facts are wrong");
	}
	if (host->cancelled(job)) {
		return CNNVIZ_ERROR_CANCELLED;
	}
	host->log(job, "%s", "at work");
	host->progress(job, 1, 2);
	status = host->attribution->run(job, "base", batch, &maps);
	if (status == CNNVIZ_OK) {
		status = host->pass->logit_gradient(job, batch, CNNVIZ_RULE_PLAIN,
				CNNVIZ_LAYER_INPUT, NULL, &plain);
	}
	if (status == CNNVIZ_OK) {
		status = differentiate(host, job, batch, &gradient);
	}
	if (status == CNNVIZ_OK) {
		again = host->tensor->ref(gradient);
		status = host->artifact->array(job, "array", again);
		host->tensor->unref(again);
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->figure(job, "figure", (double)host->tensor->rank(plain)
				+ (double)host->tensor->data(maps)[0]);
	}
	if (status == CNNVIZ_OK) {
		host->warn(job, 0, "made for minor %u, run by minor %u",
				(unsigned)CNNVIZ_ABI_MINOR, (unsigned)host->abi_minor);
		status = draw(host, job, batch);
	}
	host->tensor->unref(plain);
	host->tensor->unref(gradient);
	return status;
}

static const cnnviz_technique technique = {
	.abi_major = CNNVIZ_ABI_MAJOR,
	.abi_minor = CNNVIZ_ABI_MINOR,
	.struct_size = sizeof(cnnviz_technique),
	.kind = CNNVIZ_KIND_GENERAL,
	.name = "every_service",
	.version = "1.0",
	.summary = "Uses every service of minor 0",
	.parameters = parameters,
	.parameter_count = sizeof parameters / sizeof *parameters,
	.parameter_size = sizeof *parameters,
	.artifacts = artifacts,
	.artifact_count = sizeof artifacts / sizeof *artifacts,
	.artifact_size = sizeof *artifacts,
	.run_mode = CNNVIZ_RUN_PER_PICTURE,
	.run = run,
};

CNNVIZ_PLUGIN(technique)
