/**
 * \file    score_cam.cc
 * \brief   Score-CAM: channels weighted by what the picture keeps of the class under them
 *
 *     L = ReLU( sum_k a_k A_k ),   a_k = p(x * up(s(A_k))) - p(0)
 *
 * where A_k is channel k of the layer's activation, s() scales it to 0..1, up() enlarges
 * it to the input's size, * is by element and p the probability of the target
 * class. A channel that is the same everywhere has no mask and no weight.
 *
 * H. Wang, Z. Wang, M. Du, F. Yang, Z. Zhang, S. Ding, P. Mardziel, X. Hu: Score-CAM.
 * 2020, arXiv:1910.01279, section 3. No gradient is needed.
 */
#include <cnnviz/cnnviz.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

namespace
{

constexpr cnnviz_parameter parameters[] = {
	{ "layer", CNNVIZ_PARAMETER_LAYER, 0, "last_conv", 0, 0, nullptr, nullptr,
			nullptr, "layer whose channels are weighted" },
};

/** Release what a host's handle holds when the scope ends. */
struct unref_tensor {
	const cnnviz_host *host;
	void operator()(cnnviz_tensor *tensor) const { host->tensor->unref(tensor); }
};
struct unref_pass {
	const cnnviz_host *host;
	void operator()(cnnviz_pass *pass) const { host->pass->unref(pass); }
};
using tensor_handle = std::unique_ptr<cnnviz_tensor, unref_tensor>;
using pass_handle = std::unique_ptr<cnnviz_pass, unref_pass>;

class explanation
{
      public:
	explanation(const cnnviz_host *host, cnnviz_job *job, const cnnviz_batch *batch)
			: host(host), job(job), batch(batch),
			  shape(host->tensor->shape(batch->inputs)),
			  layer(int32_t(host->parameter->integer(job, "layer")))
	{
	}

	cnnviz_status run(cnnviz_tensor **maps)
	{
		cnnviz_pass *forward = nullptr;
		cnnviz_status status = host->pass->forward(job, batch->inputs, 1, &layer,
				&forward);
		pass_handle pass(forward, unref_pass{ host });

		if (status != CNNVIZ_OK) {
			return status;
		}
		activation = host->pass->activation(pass.get(), layer);
		if (host->tensor->rank(activation) != 4) {
			return host->fail(job, CNNVIZ_ERROR_UNSUPPORTED,
					"the layer %s has no "
					"places; Score-CAM needs a convolutional one",
					host->parameter->text(job, "layer"));
		}
		const int64_t *extent = host->tensor->shape(activation);
		const int64_t map_shape[] = { extent[0], 1, extent[2], extent[3] };
		tensor_handle made = create(map_shape);

		if (!made) {
			return CNNVIZ_ERROR_MEMORY;
		}
		for (int64_t n = 0; n < extent[0]; n++) {
			status = explain(n, extent,
					host->tensor->mutable_data(made.get())
							+ n * extent[2] * extent[3]);
			if (status != CNNVIZ_OK) {
				return status;
			}
		}
		*maps = made.release();
		return CNNVIZ_OK;
	}

      private:
	const cnnviz_host *host;
	cnnviz_job *job;
	const cnnviz_batch *batch;
	const int64_t *shape;
	int32_t layer;
	const cnnviz_tensor *activation = nullptr;

	/** Empty where the host is out of memory, which it has told itself */
	tensor_handle create(const int64_t (&extents)[4])
	{
		cnnviz_tensor *made = nullptr;

		host->tensor->create(job, 4, extents, &made);
		return tensor_handle(made, unref_tensor{ host });
	}

	/** p(picture) of item n's class; takes (1,C,H,W) */
	cnnviz_status score(const cnnviz_tensor *picture, int64_t n, double *p)
	{
		static const int32_t logits = CNNVIZ_LAYER_LOGITS;
		cnnviz_pass *forward = nullptr;
		cnnviz_status status = host->pass->forward(job, picture, 1, &logits,
				&forward);
		pass_handle pass(forward, unref_pass{ host });

		if (status == CNNVIZ_OK) {
			cnnviz_tensor *seed = nullptr;

			status = host->objective->probability(job,
					host->pass->activation(pass.get(), logits),
					&batch->targets[n], p, &seed);
			host->tensor->unref(seed);
		}
		return status;
	}

	/** x * up(s(A_k)) into picture; whether the channel has a mask */
	cnnviz_status mask(int64_t n, const float *channel, const int64_t *extent,
			cnnviz_tensor *picture)
	{
		const int64_t mask_shape[] = { 1, 1, extent[2], extent[3] };
		int64_t area = extent[2] * extent[3];
		tensor_handle scaled = create(mask_shape);

		if (!scaled) {
			return CNNVIZ_ERROR_MEMORY;
		}
		auto [low, high] = std::minmax_element(channel, channel + area);
		float *values = host->tensor->mutable_data(scaled.get());
		float least = *low, range = *high - *low;

		std::transform(channel, channel + area, values,
				[=](float value) { return (value - least) / range; });
		cnnviz_tensor *enlarged = nullptr;
		cnnviz_status status = host->image->resize(job, scaled.get(), shape[2],
				shape[3], CNNVIZ_FILTER_BILINEAR, &enlarged);
		tensor_handle up(enlarged, unref_tensor{ host });

		if (status != CNNVIZ_OK) {
			return status;
		}
		const float *weight = host->tensor->data(up.get());
		const float *x = host->tensor->data(batch->inputs)
				+ n * shape[1] * shape[2] * shape[3];
		float *masked = host->tensor->mutable_data(picture);

		for (int64_t i = 0; i < shape[1] * shape[2] * shape[3]; i++) {
			masked[i] = x[i] * weight[i % (shape[2] * shape[3])];
		}
		return CNNVIZ_OK;
	}

	cnnviz_status explain(int64_t n, const int64_t *extent, float *map)
	{
		const int64_t picture_shape[] = { 1, shape[1], shape[2], shape[3] };
		int64_t area = extent[2] * extent[3];
		std::vector<double> sum(size_t(area), 0.0);
		tensor_handle picture = create(picture_shape);
		double nothing = 0, p = 0;

		if (!picture) {
			return CNNVIZ_ERROR_MEMORY;
		}
		cnnviz_status status = score(picture.get(), n, &nothing);
		for (int64_t k = 0; k < extent[1] && status == CNNVIZ_OK; k++) {
			const float *channel = host->tensor->data(activation)
					+ (n * extent[1] + k) * area;
			auto [low, high] = std::minmax_element(channel, channel + area);

			if (*low == *high) {
				continue;
			}
			if (host->canceled(job)) {
				return CNNVIZ_ERROR_CANCELED;
			}
			status = mask(n, channel, extent, picture.get());
			if (status == CNNVIZ_OK) {
				status = score(picture.get(), n, &p);
			}
			for (int64_t i = 0; i < area && status == CNNVIZ_OK; i++) {
				sum[size_t(i)] += (p - nothing) * double(channel[i]);
			}
		}
		for (int64_t i = 0; i < area; i++) {
			map[i] = std::max(0.0F, float(sum[size_t(i)]));
		}
		return status;
	}
};

/** No exception may leave the plugin. */
cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	try {
		return explanation(host, job, batch).run(maps);
	} catch (const std::exception &exception) {
		return host->fail(job, CNNVIZ_ERROR_MEMORY, "%s", exception.what());
	}
}

/* In the order of cnnviz_technique: C++17 has no designated initializers. A constant,
 * so that nothing of the plugin runs when it is loaded. */
constexpr cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("score_cam", "1.0"),
	"channels weighted by what the picture keeps of the class under them",
	"Masks the picture with each channel of a layer and weights the channel with the "
	"probability of the target class that is left.",
	"H. Wang et al. 2020, Score-CAM, arXiv:1910.01279, section 3",
	CNNVIZ_TABLE(parameters),
	nullptr,
	0,
	0,
	CNNVIZ_MAP_CAM,
	0,
	attribute,
	nullptr,
	nullptr,
	CNNVIZ_ASKS_ACTIVATIONS,
	0,
	CNNVIZ_FAMILY_CAM,
	nullptr,
	nullptr,
	nullptr,
	nullptr,
};

} // namespace

CNNVIZ_PLUGIN(technique)
