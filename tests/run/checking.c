/*
 * An attribution that logs to a file when its check() and its attribute() are called,
 * and that returns from check() in the way selected by a parameter.
 */
#include <cnnviz/cnnviz.h>

#include <stdio.h>
#include <stdlib.h>

enum { FINE, REFUSE, SILENT, UNDECLARED, SERVICES, FACTS, WARN, CRASH, HANG, LATE };

static const char *const ways[] = {
	"fine",
	"refuse",
	"silent",
	"undeclared",
	"services",
	"facts",
	"warn",
	"crash",
	"hang",
	"late",
	NULL,
};

static const cnnviz_parameter parameters[] = {
	{ "how", CNNVIZ_PARAMETER_ENUM, .default_value = "fine", .choices = ways,
			.summary = "what it answers" },
	{ "layer", CNNVIZ_PARAMETER_LAYER, .default_value = "last_conv",
			.summary = "a layer to ask about" },
	{ "notes", CNNVIZ_PARAMETER_STRING,
			.summary = "file that gets a line for each call" },
	{ "base", CNNVIZ_PARAMETER_JOB, .summary = "a job to ask for maps" },
};

static void note(const cnnviz_host *host, cnnviz_job *job, const char *call)
{
	FILE *notes = host->parameter->is_set(job, "notes")
			? fopen(host->parameter->text(job, "notes"), "a")
			: NULL;

	if (notes != NULL) {
		fprintf(notes, "%s %s\n", call, host->parameter->text(job, "layer"));
		fclose(notes);
	}
}

/** Passes, objectives and maps of other jobs; counts what is not refused. */
static int try_network(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_tensor *input)
{
	static const int32_t logits = CNNVIZ_LAYER_LOGITS;
	static const int64_t target = 0;
	static const uint64_t stream = 0;
	const cnnviz_batch batch = {
		.struct_size = sizeof(batch),
		.count = 1,
		.inputs = input,
		.targets = &target,
		.streams = &stream,
	};
	const cnnviz_tensor *maps = NULL;
	cnnviz_pass *pass = NULL;
	cnnviz_tensor *made = NULL;
	double value;

	return (host->pass->forward(job, input, 1, &logits, &pass)
			       != CNNVIZ_ERROR_UNSUPPORTED)
			+ (host->pass->backward(job, NULL, CNNVIZ_RULE_PLAIN, 1, &logits,
					   &input, 1, &logits, &made)
					!= CNNVIZ_ERROR_UNSUPPORTED)
			+ (host->pass->logit_gradient(job, &batch, CNNVIZ_RULE_PLAIN,
					   CNNVIZ_LAYER_INPUT, NULL, &made)
					!= CNNVIZ_ERROR_UNSUPPORTED)
			+ (host->objective->half_squared_norm(job, input, &value, &made)
					!= CNNVIZ_ERROR_UNSUPPORTED)
			+ (host->objective->channel_mean(job, input, 0, &value, &made)
					!= CNNVIZ_ERROR_UNSUPPORTED)
			+ (host->objective->channel_means(job, input, &target, &value,
					   &made)
					!= CNNVIZ_ERROR_UNSUPPORTED)
			+ (host->objective->probabilities(job, input, &made)
					!= CNNVIZ_ERROR_UNSUPPORTED)
			+ (host->attribution->run(job, "base", &batch, &maps)
					!= CNNVIZ_ERROR_UNSUPPORTED);
}

/** Pictures, random numbers and results */
static int try_rest(const cnnviz_host *host, cnnviz_job *job, const cnnviz_tensor *input)
{
	const cnnviz_image_api *image = host->image;
	const cnnviz_artifact_api *artifact = host->artifact;
	cnnviz_optimized result = { .struct_size = sizeof(result) };
	cnnviz_optimization recipe;
	cnnviz_tensor *made = NULL;
	cnnviz_random *random = NULL;

	host->optimize->defaults(&recipe, sizeof(recipe));
	return (image->resize(job, input, 2, 2, CNNVIZ_FILTER_NEAREST, &made)
			       != CNNVIZ_ERROR_UNSUPPORTED)
			+ (image->blur(job, input, 1, CNNVIZ_EDGE_REPEAT, &made)
					!= CNNVIZ_ERROR_UNSUPPORTED)
			+ (image->denormalize(job, input, &made)
					!= CNNVIZ_ERROR_UNSUPPORTED)
			+ (image->normalize(job, input, &made)
					!= CNNVIZ_ERROR_UNSUPPORTED)
			+ (image->read(job, "ramp.png", true, &made)
					!= CNNVIZ_ERROR_UNSUPPORTED)
			+ (image->original(job, 0, &made) != CNNVIZ_ERROR_UNSUPPORTED)
			+ (image->restore(job, 0, input, CNNVIZ_FILTER_NEAREST, &made)
					!= CNNVIZ_ERROR_UNSUPPORTED)
			+ (host->random->create(job, 0, &random)
					!= CNNVIZ_ERROR_UNSUPPORTED)
			+ (artifact->image(job, "a", NULL, input, CNNVIZ_WHOLE)
					!= CNNVIZ_ERROR_UNSUPPORTED)
			+ (artifact->array(job, "a", NULL, input, CNNVIZ_WHOLE)
					!= CNNVIZ_ERROR_UNSUPPORTED)
			+ (artifact->scalar(job, "a", NULL, 1)
					!= CNNVIZ_ERROR_UNSUPPORTED)
			+ (artifact->frame(job, "a", NULL, input, CNNVIZ_WHOLE)
					!= CNNVIZ_ERROR_UNSUPPORTED)
			+ (artifact->curve(job, "a", NULL, input, NULL, "x")
					!= CNNVIZ_ERROR_UNSUPPORTED)
			+ (artifact->labels(job, "a", NULL, input, CNNVIZ_WHOLE)
					!= CNNVIZ_ERROR_UNSUPPORTED)
			+ (artifact->read_back(job, "a", NULL, &made)
					!= CNNVIZ_ERROR_UNSUPPORTED)
			+ (artifact->map_scalar(job, 0, "a", 1)
					!= CNNVIZ_ERROR_UNSUPPORTED)
			+ (host->optimize->run(job, &recipe, &result)
					!= CNNVIZ_ERROR_UNSUPPORTED);
}

/** CNNVIZ_OK where every service that has nothing to work on yet refuses */
static cnnviz_status try_services(const cnnviz_host *host, cnnviz_job *job)
{
	cnnviz_tensor *input = NULL;
	cnnviz_status status = host->tensor->create(job, 4,
			(const int64_t[]){ 1, 3, 24, 16 }, &input);

	if (status != CNNVIZ_OK) {
		return status;
	}
	int answered = try_network(host, job, input) + try_rest(host, job, input);

	host->progress(job, 1, 2);
	host->log(job, "%d services answered", answered);
	host->tensor->unref(input);
	return answered == 0 ? CNNVIZ_OK
			     : host->fail(job, CNNVIZ_ERROR_PLUGIN,
					     "%d services answered", answered);
}

/** What the graph tells is there, the interruption too. */
static cnnviz_status tell_facts(const cnnviz_host *host, cnnviz_job *job)
{
	int64_t shape[CNNVIZ_MAX_RANK];
	int32_t layer = (int32_t)host->parameter->integer(job, "layer");
	float mean, deviation;

	host->model->normalization(job, 0, &mean, &deviation);
	host->model->layer_shape(job, layer, shape);
	return host->fail(job, CNNVIZ_ERROR_INPUT,
			"%s has %lld classes such as %s, its layer "
			"%s (%s) is %lldx%lldx%lld, deviation %g%s",
			host->model->name(job), (long long)host->model->class_count(job),
			host->model->class_name(job, 3),
			host->model->layer_name(job, layer),
			host->model->layer_operation(job, layer), (long long)shape[0],
			(long long)shape[1], (long long)shape[2], deviation,
			host->canceled(job) ? ", canceled" : "");
}

static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	note(host, job, "check");
	switch (host->parameter->integer(job, "how")) {
	case REFUSE:
		return host->fail(job, CNNVIZ_ERROR_INPUT,
				"this is not to its taste; choose "
				"another `layer`");
	case SILENT:
		return CNNVIZ_ERROR_INPUT;
	case UNDECLARED:
		host->parameter->integer(job, "temperature");
		return CNNVIZ_OK;
	case SERVICES:
		return try_services(host, job);
	case FACTS:
		return tell_facts(host, job);
	case WARN:
		for (int minutes = 20; minutes <= 60; minutes += 20) {
			host->warn(job, -1, "this will take %d minutes", minutes);
		}
		return CNNVIZ_OK;
	case CRASH:
		abort();
	case HANG:
		for (volatile int on = 1; on;) {
		}
		return CNNVIZ_OK;
	default:
		return CNNVIZ_OK;
	}
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	note(host, job, "attribute");
	if (host->parameter->integer(job, "how") == LATE) {
		return host->fail(job, CNNVIZ_ERROR_INPUT,
				"how = late could have been refused");
	}
	return host->pass->logit_gradient(job, batch, CNNVIZ_RULE_PLAIN,
			CNNVIZ_LAYER_INPUT, NULL, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("checking", "1.0"),
	.summary = "Notes when it is asked",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_GRADIENT,
	.attribute = attribute,
	.check = check,
};

CNNVIZ_PLUGIN(technique)
