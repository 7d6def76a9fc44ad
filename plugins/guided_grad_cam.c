/**
 * \file    guided_grad_cam.c
 * \brief   Guided Grad-CAM: fine detail, at the positions that are evidence for the
 *          class
 *
 *     map = up( L^c / max L^c ) * R
 *
 * where L^c is the class activation map of the job `cam`, R the gradient of the
 * job `gradient`, up() enlarges to the input's size, and * is by element, for each
 * channel of R.
 *
 * R. R. Selvaraju, M. Cogswell, A. Das, R. Vedantam, D. Parikh, D. Batra:
 * Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
 * Localization. 2016, arXiv:1610.02391, section 3.2.
 *
 * The paper multiplies Grad-CAM and guided backpropagation; here both factors are jobs,
 * so any two attributions can be combined. The CAM is scaled to 0..1 by its maximum
 * only: subtracting its minimum too would erase the weakest position of a map that is
 * positive everywhere. Where a filter overshoots 0..1, the result is clipped, so that
 * no sign of R changes.
 */
#include <cnnviz/cnnviz.h>

/* In the order of CNNVIZ_FILTER_* */
static const char *const filters[] = { "nearest", "bilinear", "bicubic", "lanczos",
	NULL };

static const cnnviz_parameter parameters[] = {
	{ "cam", CNNVIZ_PARAMETER_JOB, .default_value = "grad_cam",
			.summary = "job that locates the class: its maps have one "
				   "channel" },
	{ "gradient", CNNVIZ_PARAMETER_JOB, .default_value = "guided_bp",
			.summary = "job that provides the detail: its maps have the "
				   "input's size" },
	{ "cam_upsample", CNNVIZ_PARAMETER_ENUM, .default_value = "bilinear",
			.choices = filters,
			.summary = "filter that enlarges the map of cam to the input's "
				   "size" },
};

static float clip(float value, float low, float high)
{
	return value < low ? low : value > high ? high : value;
}

/** L / max L; returns whether there was a positive value to scale by. */
static bool scale_by_maximum(const float *L, int64_t positions, float *scaled)
{
	float maximum = 0;

	for (int64_t ij = 0; ij < positions; ij++) {
		maximum = L[ij] > maximum ? L[ij] : maximum;
	}
	for (int64_t ij = 0; ij < positions && maximum > 0; ij++) {
		scaled[ij] = clip(L[ij] / maximum, 0, 1);
	}
	return maximum > 0;
}

static void multiply(const float *weight, const float *R, int64_t channels,
		int64_t pixels, float *map)
{
	for (int64_t ch = 0; ch < channels; ch++) {
		for (int64_t ij = 0; ij < pixels; ij++) {
			map[ch * pixels + ij] = clip(weight[ij], 0, 1)
					* R[ch * pixels + ij];
		}
	}
}

/** up(L / max L): (N,1,h,w) to (N,1,height,width) */
static cnnviz_status cam_weights(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, const cnnviz_tensor *cam, int64_t height,
		int64_t width, cnnviz_tensor **weights)
{
	const int64_t *shape = host->tensor->shape(cam);
	int64_t positions = shape[2] * shape[3];
	uint32_t filter = (uint32_t)host->parameter->integer(job, "cam_upsample");

	if (shape[1] != 1) {
		return host->fail(job, CNNVIZ_ERROR_INPUT,
				"the maps of the job \"%s\" have %lld channels; `cam` "
				"needs a job whose maps have one, such as grad_cam",
				host->parameter->text(job, "cam"), (long long)shape[1]);
	}
	cnnviz_tensor *scaled = NULL;
	cnnviz_status status = host->tensor->create(job, 4, shape, &scaled);

	for (int64_t n = 0; n < shape[0] && status == CNNVIZ_OK; n++) {
		if (!scale_by_maximum(host->tensor->data(cam) + n * positions, positions,
				    host->tensor->mutable_data(scaled) + n * positions)) {
			host->warn(job, n,
					"the map of the job \"%s\" is zero for the class "
					"\"%s\", so this one is too",
					host->parameter->text(job, "cam"),
					host->model->class_name(job, batch->targets[n]));
		}
	}
	if (status == CNNVIZ_OK) {
		status = host->image->resize(job, scaled, height, width, filter, weights);
	}

	host->tensor->unref(scaled);
	return status;
}

static cnnviz_status check_size(const cnnviz_host *host, cnnviz_job *job,
		const int64_t *input, const int64_t *shape)
{
	if (shape[2] == input[2] && shape[3] == input[3]) {
		return CNNVIZ_OK;
	}
	return host->fail(job, CNNVIZ_ERROR_INPUT,
			"the maps of the job \"%s\" have %lldx%lld values and the input "
			"%lldx%lld; `gradient` needs a job whose maps have the input's "
			"size, such as guided_bp",
			host->parameter->text(job, "gradient"), (long long)shape[3],
			(long long)shape[2], (long long)input[3], (long long)input[2]);
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	const cnnviz_tensor_api *tensor = host->tensor;
	const cnnviz_tensor *cam = NULL;
	const cnnviz_tensor *R = NULL;
	cnnviz_tensor *weights = NULL;
	cnnviz_status status = host->attribution->run(job, "cam", batch, &cam);

	if (status == CNNVIZ_OK) {
		status = host->attribution->run(job, "gradient", batch, &R);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	const int64_t *shape = tensor->shape(R);
	int64_t pixels = shape[2] * shape[3];

	status = check_size(host, job, tensor->shape(batch->inputs), shape);
	if (status == CNNVIZ_OK) {
		status = cam_weights(host, job, batch, cam, shape[2], shape[3], &weights);
	}
	if (status == CNNVIZ_OK) {
		status = tensor->create(job, 4, shape, maps);
	}
	for (int64_t n = 0; n < shape[0] && status == CNNVIZ_OK; n++) {
		multiply(tensor->data(weights) + n * pixels,
				tensor->data(R) + n * shape[1] * pixels, shape[1], pixels,
				tensor->mutable_data(*maps) + n * shape[1] * pixels);
	}
	tensor->unref(weights);
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("guided_grad_cam", "1.0"),
	.summary = "Guided Grad-CAM: guided backpropagation weighted by Grad-CAM",
	.description = "Multiplies the gradient of one job by the enlarged class "
		       "activation map of another: as fine as the first and as specific "
		       "to the class as the second.",
	.reference = "Selvaraju et al. 2016, Grad-CAM, arXiv:1610.02391, section 3.2",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_GRADIENT,
	.attribute = attribute,
	.asks = CNNVIZ_ASKS_MAPS,
	.family = CNNVIZ_FAMILY_CAM,
};

CNNVIZ_PLUGIN(technique)
