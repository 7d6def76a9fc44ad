/*
 * An attribution technique with one fault, selected by FAULT at compile time; with
 * FAULT_NONE it has none. `cnnviz test-plugin` must report each of them.
 */
#include <cnnviz/cnnviz.h>

#include <fenv.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FAULT_NONE,
	FAULT_CRASH, /* writes where nothing is */
	FAULT_EXIT,  /* ends the program */
	FAULT_NAN,   /* divides by the range of the picture */
	FAULT_BATCH, /* scales by the largest value of the batch */
	FAULT_STATE, /* counts its calls, and shows it */
	FAULT_SEED,  /* an address gets into the map */
	FAULT_LEAK_TENSOR,
	FAULT_LEAK_PASS,
	FAULT_LEAK_STREAM,
	FAULT_LEAK_ON_ERROR, /* releases nothing when a service fails */
	FAULT_DEAF,          /* tells of an interruption as of an error of its own */
	FAULT_ENDLESS,       /* hears no interruption */
	FAULT_IGNORES,       /* goes on when a service fails */
	FAULT_NULL,          /* does not handle out of memory */
	FAULT_SILENT,        /* fails without a sentence */
	FAULT_CHOICE,        /* one of its words makes it fail like a broken contract */
	FAULT_UNDECLARED,    /* asks for a parameter that it does not have */
	FAULT_HANG,          /* never returns, and calls nothing */
	FAULT_CHECK_CRASH,   /* writes where nothing is when it is asked about its job */
	FAULT_CHECK_LEAK,    /* keeps a tensor of then */
	FAULT_CHECK_PASS,    /* wants to compute then, and says so */
	FAULT_LATE,          /* refuses its parameters at work */
	FAULT_DENSE,         /* takes it that logits are (N,classes) */
	FAULT_TARGET,        /* takes it that a target is an index */
	FAULT_INPUTS,        /* normalizes its inputs where they are */
	FAULT_OVERRUN,       /* writes a value more than there is room for */
	FAULT_OVERRUN_MAP,   /* likewise into its map */
	FAULT_PRINT,         /* tells on standard output what it does */
	FAULT_ROUNDING,      /* rounds down from now on */
	FAULT_FOLDER,        /* goes elsewhere */
	FAULT_MASK,          /* keeps what it writes to itself, and what others write */
	FAULT_LOCALE,        /* wants another decimal point */
	FAULT_GROWTH,        /* forgets what it has allocated */
	FAULT_PART,          /* gives an artifact with the first map of a batch alone */
	FAULT_PART_TWICE,    /* gives one twice */
	FAULT_ADJOINT,       /* rolls pictures, and gradients in the same direction */
};

static const char *const moods[] = { "calm", "wild", NULL };

static const cnnviz_parameter parameters[] = {
	{ "mood", CNNVIZ_PARAMETER_ENUM, .default_value = "calm", .choices = moods,
			.summary = "how the technique feels" },
	{ "turns", CNNVIZ_PARAMETER_INT, CNNVIZ_PARAMETER_EFFORT,
			.default_value = "1000000000", .minimum = 2, .maximum = 2e9,
			.summary = "how many times it looks" },
};

static const cnnviz_artifact artifacts[] = {
	{ "part", CNNVIZ_ARTIFACT_ARRAY, .summary = "the map once more" },
};

static int calls;

/** Write to what is not its own. */
static void intrude(const cnnviz_tensor_api *tensor, const cnnviz_batch *batch,
		cnnviz_tensor *seed)
{
	if (FAULT == FAULT_INPUTS) {
		((float *)(uintptr_t)tensor->data(batch->inputs))[1] = 0.5F;
	}
	if (FAULT == FAULT_OVERRUN) {
		tensor->mutable_data(seed)[tensor->count(seed)] = 0;
	}
	if (FAULT == FAULT_PRINT) {
		printf("at work\n");
	}
	if (FAULT == FAULT_ROUNDING) {
		fesetround(FE_DOWNWARD);
	}
	if (FAULT == FAULT_FOLDER && chdir("/") != 0) {
		abort();
	}
	if (FAULT == FAULT_MASK) {
		umask(0777);
	}
	if (FAULT == FAULT_LOCALE) {
		setlocale(LC_ALL,
				strcmp(setlocale(LC_ALL, NULL), "C") == 0 ? "C.UTF-8"
									  : "C");
	}
}

static void spoil(float *values, const cnnviz_tensor_api *tensor,
		const cnnviz_batch *batch, int64_t count)
{
	int64_t size = count / batch->count;

	for (int64_t i = 0; i < count; i++) {
		const float *picture = tensor->data(batch->inputs) + i / size * size;

		if (FAULT == FAULT_NAN) {
			values[i] /= picture[0] == picture[size - 1]
							&& picture[0]
									== picture[size / 3
											- 1]
					? 0.0F
					: 1.0F;
		} else if (FAULT == FAULT_BATCH) {
			values[i] *= (float)batch->count;
		} else if (FAULT == FAULT_STATE) {
			values[i] += (float)calls;
		} else if (FAULT == FAULT_SEED) {
			values[i] += (float)((uintptr_t)batch % 65521);
		}
	}
}

static cnnviz_status finish(const cnnviz_host *host, cnnviz_job *job,
		cnnviz_status status)
{
	if (FAULT == FAULT_DEAF) {
		return host->fail(job, CNNVIZ_ERROR_UNSUPPORTED, "it did not work out");
	}
	return status;
}

/** A copy of the gradient, taken step by step so that every service is used */
static cnnviz_status copy_gradient(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, const cnnviz_tensor *gradient,
		cnnviz_tensor **maps)
{
	const cnnviz_tensor_api *tensor = host->tensor;
	cnnviz_tensor *copy = NULL;
	cnnviz_status status = tensor->create(job, 4, tensor->shape(gradient), &copy);

	if (status != CNNVIZ_OK && FAULT != FAULT_NULL) {
		return status;
	}
	memcpy(tensor->mutable_data(copy), tensor->data(gradient),
			(size_t)tensor->count(gradient) * sizeof(float));
	spoil(tensor->mutable_data(copy), tensor, batch, tensor->count(copy));
	if (FAULT == FAULT_OVERRUN_MAP) {
		tensor->mutable_data(copy)[tensor->count(copy)] = 1;
	}
	*maps = copy;
	return CNNVIZ_OK;
}

/** Beside each map, the same as an artifact */
static cnnviz_status give_parts(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, const cnnviz_tensor *maps)
{
	uint32_t count = FAULT == FAULT_PART ? 1 : batch->count;
	cnnviz_status status = CNNVIZ_OK;

	for (uint32_t n = 0; n < count && status == CNNVIZ_OK; n++) {
		status = host->artifact->array(job, "part", NULL, maps,
				FAULT == FAULT_PART_TWICE ? 0 : n);
	}
	return status;
}

static cnnviz_status roll(const cnnviz_host *host, cnnviz_job *job, void *context,
		const cnnviz_optimize_draw *draw, const cnnviz_tensor *input,
		cnnviz_tensor **rolled)
{
	int64_t count = host->tensor->count(input);
	cnnviz_status status = host->tensor->create(job, 4, host->tensor->shape(input),
			rolled);

	(void)context;
	(void)draw;
	for (int64_t i = 0; status == CNNVIZ_OK && i < count; i++) {
		host->tensor->mutable_data(*rolled)[(i + 1) % count] =
				host->tensor->data(input)[i];
	}
	return status;
}

static cnnviz_status roll_on(const cnnviz_host *host, cnnviz_job *job, void *context,
		const cnnviz_optimize_draw *draw, const cnnviz_tensor *input,
		const cnnviz_tensor *gradient, cnnviz_tensor **pulled)
{
	(void)input;
	return roll(host, job, context, draw, gradient, pulled);
}

static cnnviz_status square(const cnnviz_host *host, cnnviz_job *job, void *context,
		const cnnviz_pass *pass, uint32_t count, const uint32_t *items,
		double *values, cnnviz_tensor **seeds)
{
	(void)context;
	(void)count;
	(void)items;
	return host->objective->half_squared_norm(job,
			host->pass->activation(pass, CNNVIZ_LAYER_LOGITS), values, seeds);
}

/** Optimize a picture through a transformation whose gradient is wrong. */
static cnnviz_status optimize(const cnnviz_host *host, cnnviz_job *job)
{
	static const int32_t logits = CNNVIZ_LAYER_LOGITS;
	static const cnnviz_transformation rolling = {
		.struct_size = sizeof(rolling),
		.name = "rolling",
		.apply = roll,
		.pull_back = roll_on,
	};
	static const cnnviz_transformation *const transformations[] = { &rolling };
	cnnviz_optimized made = { .struct_size = sizeof(made) };
	cnnviz_optimization recipe;

	host->optimize->defaults(&recipe, sizeof(recipe));
	recipe.objective = square;
	recipe.captures = &logits;
	recipe.capture_count = 1;
	recipe.start_high = 256;
	recipe.iterations = 1;
	recipe.learning_rate = 0.1;
	recipe.transformations = transformations;
	recipe.transformation_count = 1;
	cnnviz_status status = host->optimize->run(job, &recipe, &made);

	host->tensor->unref(made.image);
	host->tensor->unref(made.input);
	host->tensor->unref(made.values);
	return status;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	static const int32_t logits = CNNVIZ_LAYER_LOGITS;
	static const int32_t input = CNNVIZ_LAYER_INPUT;
	cnnviz_pass *pass = NULL;
	cnnviz_tensor *seed = NULL, *gradient = NULL;
	cnnviz_random *random = NULL;
	cnnviz_status status = host->random->create(job, batch->streams[0], &random);

	calls++;
	if (FAULT == FAULT_CRASH) {
		*(volatile int *)8 = 1;
	}
	if (FAULT == FAULT_EXIT) {
		exit(0);
	}
	if (FAULT == FAULT_SILENT) {
		status = CNNVIZ_ERROR_MEMORY;
	}
	for (volatile bool on = FAULT == FAULT_HANG; on;) {
	}
	if (FAULT == FAULT_UNDECLARED) {
		host->parameter->integer(job, "size");
	}
	if (FAULT == FAULT_CHOICE && host->parameter->integer(job, "mood") == 1) {
		status = host->fail(job, CNNVIZ_ERROR_PLUGIN, "too wild");
	}
	if (host->parameter->integer(job, "turns") > 100) {
		status = host->fail(job, CNNVIZ_ERROR_PLUGIN, "this would take for ever");
	}
	if (FAULT == FAULT_ADJOINT && status == CNNVIZ_OK) {
		status = optimize(host, job);
	}
	if (FAULT == FAULT_GROWTH) {
		memset(malloc(4000), calls, 4000);
	}
	if (FAULT == FAULT_LATE && host->parameter->integer(job, "mood") == 0) {
		status = host->fail(job, CNNVIZ_ERROR_INPUT, "too calm");
	}
	if (status == CNNVIZ_OK) {
		status = host->pass->forward(job, batch->inputs, 1, &logits, &pass);
	}
	if (FAULT == FAULT_DENSE && status == CNNVIZ_OK
			&& host->tensor->rank(host->pass->activation(pass, logits))
					!= 2) {
		*(volatile int *)8 = 1;
	}
	for (int i = 0; FAULT == FAULT_ENDLESS && i < 120; i++) {
		cnnviz_pass *other = NULL;

		host->pass->forward(job, batch->inputs, 1, &logits, &other);
		host->pass->unref(other);
	}
	if (FAULT == FAULT_ENDLESS || (FAULT == FAULT_IGNORES && status != CNNVIZ_OK)) {
		status = host->tensor->create(job, 4, host->tensor->shape(batch->inputs),
				maps);
		goto done;
	}
	if (status == CNNVIZ_OK) {
		status = host->objective->logit(job, host->pass->activation(pass, logits),
				batch->targets, NULL, &seed);
	}
	for (uint32_t n = 0;
			FAULT == FAULT_TARGET && status == CNNVIZ_OK && n < batch->count;
			n++) {
		host->tensor->mutable_data(seed)[n * host->model->class_count(job)
				+ batch->targets[n]] = 1;
	}
	if (status == CNNVIZ_OK) {
		intrude(host->tensor, batch, seed);
		status = host->pass->backward(job, pass, CNNVIZ_RULE_PLAIN, 1, &logits,
				(const cnnviz_tensor *const *)&seed, 1, &input,
				&gradient);
	}
	if (status == CNNVIZ_OK) {
		status = give_parts(host, job, batch, gradient);
	}
	if (status == CNNVIZ_OK) {
		status = copy_gradient(host, job, batch, gradient, maps);
	}
	if (FAULT == FAULT_LEAK_ON_ERROR && status != CNNVIZ_OK) {
		return status;
	}
done:
	host->tensor->unref(seed);
	if (FAULT != FAULT_LEAK_TENSOR) {
		host->tensor->unref(gradient);
	}
	if (FAULT != FAULT_LEAK_PASS) {
		host->pass->unref(pass);
	}
	if (FAULT != FAULT_LEAK_STREAM) {
		host->random->unref(random);
	}
	return status == CNNVIZ_OK ? status : finish(host, job, status);
}

static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	static const int32_t logits = CNNVIZ_LAYER_LOGITS;
	static const int64_t shape[] = { 1, 3, 8, 8 };
	cnnviz_tensor *input = NULL;
	cnnviz_pass *pass = NULL;
	cnnviz_status status = host->tensor->create(job, 4, shape, &input);

	if (FAULT == FAULT_CHECK_CRASH) {
		*(volatile int *)8 = 1;
	}
	if (FAULT == FAULT_CHECK_PASS) {
		status = host->pass->forward(job, input, 1, &logits, &pass);
	}
	if (FAULT != FAULT_CHECK_LEAK) {
		host->tensor->unref(input);
	}
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("faulty", "1.0"),
	.summary = "Gradient of the logit, with a fault",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.map_style = CNNVIZ_MAP_GRADIENT,
	.attribute = attribute,
	.check = check,
};

CNNVIZ_PLUGIN(technique)
