/**
 * \file    integrated_gradients.c
 * \brief   Integrated gradients: what each value adds on the way from a baseline
 *
 *     IG_i(x) = (x_i - x'_i) * int_0^1 dF(x' + a (x - x')) / dx_i da
 *             ~ (x_i - x'_i) / m * sum_{k=1}^m dF(x' + (k - 1/2)/m (x - x')) / dx_i
 *
 * where x is the normalized input, x' the baseline, F the class score before the
 * softmax, m `steps`, and dF/dx what the job `base` gives.
 *
 * M. Sundararajan, A. Taly, Q. Yan: Axiomatic Attribution for Deep Networks. 2017,
 * arXiv:1703.01365, sections 3 and 5.
 *
 * The paper sums at the right ends k/m of the steps. Their middles are taken here:
 * the error then falls with m^2 rather than m for a smooth F, and is half that of the
 * trapezoid rule, for the same number of passes.
 *
 * Completeness (section 3, proposition 1): sum_i IG_i = F(x) - F(x'). How far the sum
 * is off, relative to the right side, is noted with each map, and warned of where it
 * is more than 5 %: then more steps are needed, or `base` gives no true gradient.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cnnviz/cnnviz.h>

/* The paper's: "within 5%", section 5 */
#define WORRYING_ERROR 0.05

enum baseline {
	BLACK,
	MEAN,
	BLUR,
	PICTURE,
};

/* In the order of enum baseline */
static const char *const baselines[] = { "black", "mean", "blur", "picture", NULL };

static const cnnviz_parameter parameters[] = {
	{
			.name = "base",
			.type = CNNVIZ_PARAMETER_JOB,
			.default_value = "vanilla_bp",
			.summary = "attribution job that gives the gradient: its maps "
				   "have the input's "
				   "shape",
	},
	{
			.name = "steps",
			.type = CNNVIZ_PARAMETER_INT,
			.default_value = "50",
			.minimum = 1,
			.maximum = 100000,
			.summary = "points on the way, in the middles of as many equal "
				   "steps",
	},
	{
			.name = "baseline",
			.type = CNNVIZ_PARAMETER_ENUM,
			.default_value = "black",
			.choices = baselines,
			.summary = "where the way starts: a black picture, one of the "
				   "training "
				   "pictures' mean color, the picture itself blurred, or "
				   "another",
	},
	{
			.name = "blur",
			.type = CNNVIZ_PARAMETER_FLOAT,
			.default_value = "20",
			.minimum = 0.1,
			.maximum = 1000,
			.unit = "pixels",
			.summary = "baseline = blur: deviation of the Gaussian",
	},
	{
			.name = "picture",
			.type = CNNVIZ_PARAMETER_PATH,
			.summary = "baseline = picture: the file",
	},
	{
			.name = "points_together",
			.type = CNNVIZ_PARAMETER_INT,
			.default_value = "8",
			.minimum = 1,
			.maximum = 4096,
			.summary = "how many points go through the network at once; "
				   "fewer need less "
				   "memory",
	},
};

static cnnviz_status short_of_memory(const cnnviz_host *host, cnnviz_job *job)
{
	return host->fail(job, CNNVIZ_ERROR_MEMORY,
			"memory is short for the points; lower points_together");
}

/* ---- Baselines --------------------------------------------------------------- */

/** Where a line of count values ends, it goes on mirrored. */
static int64_t mirrored(int64_t i, int64_t count)
{
	int64_t period = 2 * count;

	i = ((i % period) + period) % period;
	return i < count ? i : period - 1 - i;
}

/** A Gaussian's weights for distances 0 up to radius, that sum to 1 on both sides */
static double *gaussian(double deviation, int64_t radius)
{
	double *weights = malloc((size_t)(radius + 1) * sizeof(*weights));
	double sum = 0;

	for (int64_t d = 0; weights != NULL && d <= radius; d++) {
		weights[d] = exp(-0.5 * (double)(d * d) / (deviation * deviation));
		sum += d > 0 ? 2 * weights[d] : weights[d];
	}
	for (int64_t d = 0; weights != NULL && d <= radius; d++) {
		weights[d] /= sum;
	}
	return weights;
}

/** Blur count values that lie stride apart. */
static void blur_line(const double *weights, int64_t radius, const float *from, float *to,
		int64_t count, int64_t stride)
{
	for (int64_t i = 0; i < count; i++) {
		double sum = weights[0] * from[i * stride];

		for (int64_t d = 1; d <= radius; d++) {
			sum += weights[d]
					* ((double)from[mirrored(i - d, count) * stride]
							+ from[mirrored(i + d, count)
									* stride]);
		}
		to[i * stride] = (float)sum;
	}
}

/** Blur planes of height x width from `from` to `to`. */
static cnnviz_status blur(const cnnviz_host *host, cnnviz_job *job, const float *from,
		const int64_t *shape, float *to)
{
	double deviation = host->parameter->real(job, "blur");
	int64_t radius = (int64_t)ceil(3 * deviation);
	int64_t pixels = shape[2] * shape[3];
	double *weights = gaussian(deviation, radius);
	float *between = malloc((size_t)pixels * sizeof(*between));
	cnnviz_status status = CNNVIZ_OK;

	if (weights == NULL || between == NULL) {
		status = short_of_memory(host, job);
		goto done;
	}
	for (int64_t ch = 0; ch < shape[1]; ch++) {
		for (int64_t y = 0; y < shape[2]; y++) {
			blur_line(weights, radius, from + ch * pixels + y * shape[3],
					between + y * shape[3], shape[3], 1);
		}
		for (int64_t x = 0; x < shape[3]; x++) {
			blur_line(weights, radius, between + x, to + ch * pixels + x,
					shape[2], shape[3]);
		}
	}

done:
	free(between);
	free(weights);
	return status;
}

static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	return host->parameter->integer(job, "baseline") != PICTURE
					|| host->parameter->is_set(job, "picture")
			? CNNVIZ_OK
			: host->fail(job, CNNVIZ_ERROR_INPUT,
					"baseline = picture needs a file: add a line "
					"picture = PATH");
}

/** The picture that `picture` names, as an input of the shape */
static cnnviz_status read_picture(const cnnviz_host *host, cnnviz_job *job,
		const int64_t *shape, cnnviz_tensor **input)
{
	cnnviz_tensor *image = NULL;
	const char *path = host->parameter->text(job, "picture");

	cnnviz_status status = host->image->read(job, path, true, &image);

	if (status != CNNVIZ_OK) {
		return status;
	}
	const int64_t *found = host->tensor->shape(image);

	if (found[2] != shape[2] || found[3] != shape[3]) {
		status = host->fail(job, CNNVIZ_ERROR_INPUT,
				"the picture %s has %lldx%lld pixels and the input "
				"%lldx%lld; "
				"give one of the same size, or resize both with [input] "
				"resize",
				path, (long long)found[3], (long long)found[2],
				(long long)shape[3], (long long)shape[2]);
	} else {
		status = host->image->normalize(job, image, input);
	}
	host->tensor->unref(image);
	return status;
}

/** A black picture as an input of the shape */
static cnnviz_status make_black(const cnnviz_host *host, cnnviz_job *job,
		const int64_t *shape, cnnviz_tensor **input)
{
	cnnviz_tensor *image = host->tensor->create(4, shape);

	if (image == NULL) {
		return short_of_memory(host, job);
	}
	cnnviz_status status = host->image->normalize(job, image, input);

	host->tensor->unref(image);
	return status;
}

/** x', (1,C,H,W), for an input x of the shape */
static cnnviz_status make_baseline(const cnnviz_host *host, cnnviz_job *job,
		const float *x, const int64_t *shape, cnnviz_tensor **input)
{
	enum baseline baseline = (enum baseline)host->parameter->integer(job, "baseline");
	cnnviz_tensor *made;

	if (baseline == BLACK) {
		return make_black(host, job, shape, input);
	}
	if (baseline == PICTURE) {
		return read_picture(host, job, shape, input);
	}
	/* Zeros, which the mean color is in a normalized input */
	made = host->tensor->create(4, shape);
	if (made == NULL) {
		return short_of_memory(host, job);
	}
	cnnviz_status status = baseline == MEAN
			? CNNVIZ_OK
			: blur(host, job, x, shape, host->tensor->mutable_data(made));

	if (status != CNNVIZ_OK) {
		host->tensor->unref(made);
		return status;
	}
	*input = made;
	return CNNVIZ_OK;
}

/* ---- The integral ------------------------------------------------------------- */

/* One picture on its way */
struct path {
	const float *x;
	const float *baseline; /* x' */
	int64_t shape[4];      /* 1,C,H,W */
	int64_t size;
	int64_t target;
	uint64_t stream;
	double *sum; /* of gradients, size values */
};

static cnnviz_status check_shape(const cnnviz_host *host, cnnviz_job *job,
		const int64_t *found, const int64_t *wanted)
{
	if (found[1] == wanted[1] && found[2] == wanted[2] && found[3] == wanted[3]) {
		return CNNVIZ_OK;
	}
	return host->fail(job, CNNVIZ_ERROR_INPUT,
			"the maps of the job \"%s\" have the shape (%lld,%lld,%lld) and "
			"the "
			"input (%lld,%lld,%lld); `base` needs a job that gives gradients "
			"of "
			"the input, such as vanilla_bp",
			host->parameter->text(job, "base"), (long long)found[1],
			(long long)found[2], (long long)found[3], (long long)wanted[1],
			(long long)wanted[2], (long long)wanted[3]);
}

/** Points first up to first + count of steps, with their targets and streams */
static void fill_points(const struct path *path, int64_t first, int64_t count,
		int64_t steps, float *points, int64_t *targets, uint64_t *streams)
{
	for (int64_t k = 0; k < count; k++) {
		double a = ((double)(first + k) + 0.5) / (double)steps;

		for (int64_t i = 0; i < path->size; i++) {
			points[k * path->size + i] = (float)(path->baseline[i]
					+ a * ((double)path->x[i] - path->baseline[i]));
		}
		targets[k] = path->target;
		/* Apart for each point, so that a base with noise of its own draws anew */
		streams[k] = path->stream + ((uint64_t)(first + k + 1) << 32);
	}
}

/** Add the gradients at points first up to first + count. */
static cnnviz_status add_points(const cnnviz_host *host, cnnviz_job *job,
		const struct path *path, int64_t first, int64_t count, int64_t steps)
{
	const int64_t shape[4] = { count, path->shape[1], path->shape[2],
		path->shape[3] };
	cnnviz_tensor *points = host->tensor->create(4, shape);
	int64_t *targets = calloc((size_t)count, sizeof(*targets));
	uint64_t *streams = calloc((size_t)count, sizeof(*streams));
	const cnnviz_batch batch = {
		.struct_size = sizeof(batch),
		.count = (uint32_t)count,
		.inputs = points,
		.targets = targets,
		.streams = streams,
	};
	const cnnviz_tensor *gradients = NULL;
	cnnviz_status status;

	if (points == NULL || targets == NULL || streams == NULL) {
		status = short_of_memory(host, job);
		goto done;
	}
	fill_points(path, first, count, steps, host->tensor->mutable_data(points),
			targets, streams);
	status = host->attribution->run(job, "base", &batch, &gradients);
	if (status == CNNVIZ_OK) {
		status = check_shape(host, job, host->tensor->shape(gradients), shape);
	}
	if (status != CNNVIZ_OK) {
		goto done;
	}
	for (int64_t k = 0; k < count; k++) {
		for (int64_t i = 0; i < path->size; i++) {
			path->sum[i] += host->tensor->data(gradients)[k * path->size + i];
		}
	}

done:
	free(streams);
	free(targets);
	host->tensor->unref(points);
	return status;
}

/** F at x and x' */
static cnnviz_status scores(const cnnviz_host *host, cnnviz_job *job,
		const struct path *path, double values[2])
{
	static const int32_t captures[] = { CNNVIZ_LAYER_LOGITS };
	const int64_t targets[] = { path->target, path->target };
	const uint64_t streams[] = { path->stream, path->stream };
	const int64_t shape[4] = { 2, path->shape[1], path->shape[2], path->shape[3] };
	cnnviz_tensor *ends = host->tensor->create(4, shape);
	cnnviz_tensor *seed = NULL;
	cnnviz_pass *pass = NULL;

	if (ends == NULL) {
		return short_of_memory(host, job);
	}
	float *data = host->tensor->mutable_data(ends);
	const cnnviz_batch batch = {
		.struct_size = sizeof(batch),
		.count = 2,
		.inputs = ends,
		.targets = targets,
		.streams = streams,
	};

	memcpy(data, path->x, (size_t)path->size * sizeof(*data));
	memcpy(data + path->size, path->baseline, (size_t)path->size * sizeof(*data));
	cnnviz_status status = host->pass->forward(job, ends, 1, captures, &pass);

	if (status == CNNVIZ_OK) {
		status = host->objective->batch_logit(job, &batch,
				host->pass->activation(pass, CNNVIZ_LAYER_LOGITS), values,
				&seed);
	}
	host->tensor->unref(seed);
	host->pass->unref(pass);
	host->tensor->unref(ends);
	return status;
}

/** How far the map's sum is from F(x) - F(x'): noted, and warned of */
static cnnviz_status report_error(const cnnviz_host *host, cnnviz_job *job, uint32_t n,
		const struct path *path, double sum)
{
	double F[2] = { 0, 0 };
	cnnviz_status status = scores(host, job, path, F);

	if (status != CNNVIZ_OK) {
		return status;
	}
	double change = F[0] - F[1];
	double error = change != 0 ? fabs(sum - change) / fabs(change) : fabs(sum);

	if (error > WORRYING_ERROR) {
		host->warn(job, n,
				"the map sums to %.4g, but the score changes by %.4g "
				"from "
				"the baseline to the picture (%.0f%% off); take more "
				"steps "
				"than %lld, and a base that gives the true gradient",
				sum, change, 100 * error,
				(long long)host->parameter->integer(job, "steps"));
	}
	status = host->artifact->map_figure(job, n, "score", F[0]);
	if (status == CNNVIZ_OK) {
		status = host->artifact->map_figure(job, n, "score_of_baseline", F[1]);
	}
	return status != CNNVIZ_OK
			? status
			: host->artifact->map_figure(job, n, "completeness_error", error);
}

/** (x - x') times the mean gradient; returns the map's sum. */
static double finish_map(const struct path *path, int64_t steps, float *map)
{
	double sum = 0;

	for (int64_t i = 0; i < path->size; i++) {
		map[i] = (float)(((double)path->x[i] - path->baseline[i]) * path->sum[i]
				/ (double)steps);
		sum += map[i];
	}
	return sum;
}

static cnnviz_status follow_path(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, uint32_t n, struct path *path, float *map)
{
	int64_t steps = host->parameter->integer(job, "steps");
	int64_t together = host->parameter->integer(job, "points_together");
	cnnviz_status status = CNNVIZ_OK;

	for (int64_t done = 0; done < steps && status == CNNVIZ_OK; done += together) {
		int64_t left = steps - done;

		status = host->canceled(job)
				? CNNVIZ_ERROR_CANCELED
				: add_points(host, job, path, done,
						left < together ? left : together, steps);
		host->progress(job, (uint64_t)(n * steps + done),
				(uint64_t)(batch->count * steps));
	}
	return status != CNNVIZ_OK
			? status
			: report_error(host, job, n, path, finish_map(path, steps, map));
}

/** Map of item n */
static cnnviz_status integrate(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, uint32_t n, float *map)
{
	const int64_t *shape = host->tensor->shape(batch->inputs);
	int64_t size = host->tensor->count(batch->inputs) / batch->count;
	cnnviz_tensor *baseline = NULL;
	struct path path = {
		.x = host->tensor->data(batch->inputs) + n * size,
		.shape = { 1, shape[1], shape[2], shape[3] },
		.size = size,
		.target = batch->targets[n],
		.stream = batch->streams[n],
		.sum = calloc((size_t)size, sizeof(*path.sum)),
	};
	cnnviz_status status = path.sum == NULL
			? short_of_memory(host, job)
			: make_baseline(host, job, path.x, path.shape, &baseline);

	if (status == CNNVIZ_OK) {
		path.baseline = host->tensor->data(baseline);
		status = follow_path(host, job, batch, n, &path, map);
	}
	host->tensor->unref(baseline);
	free(path.sum);
	return status;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	int64_t size = host->tensor->count(batch->inputs) / batch->count;
	cnnviz_tensor *result = host->tensor->create(4,
			host->tensor->shape(batch->inputs));
	cnnviz_status status = result != NULL ? CNNVIZ_OK : short_of_memory(host, job);

	for (uint32_t n = 0; n < batch->count && status == CNNVIZ_OK; n++) {
		status = integrate(host, job, batch, n,
				host->tensor->mutable_data(result) + n * size);
	}
	if (status != CNNVIZ_OK) {
		host->tensor->unref(result);
		return status;
	}
	*maps = result;
	return CNNVIZ_OK;
}

static const cnnviz_technique technique = {
	.abi_major = CNNVIZ_ABI_MAJOR,
	.abi_minor = CNNVIZ_ABI_MINOR,
	.struct_size = sizeof(cnnviz_technique),
	.kind = CNNVIZ_KIND_ATTRIBUTION,
	.name = "integrated_gradients",
	.version = "1.0",
	.summary = "Integrated gradients: contributions on the way from a baseline "
		   "picture",
	.description = "Averages the gradient on the straight way from a baseline to the "
		       "picture and multiplies by the difference. The map sums to the "
		       "change of "
		       "the class score; how nearly it does is told with each map.",
	.reference = "Sundararajan, Taly, Yan 2017, Axiomatic Attribution for Deep "
		     "Networks, "
		     "arXiv:1703.01365, sections 3 and 5",
	.parameters = parameters,
	.parameter_count = sizeof(parameters) / sizeof(parameters[0]),
	.parameter_size = sizeof(cnnviz_parameter),
	.map_style = CNNVIZ_MAP_GRADIENT,
	.attribute = attribute,
	.check = check,
};

CNNVIZ_PLUGIN(technique)
