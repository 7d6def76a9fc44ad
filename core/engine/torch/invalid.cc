/**
 * \file    engine/torch/invalid.cc
 * \brief   Whether threads have met what is not a number
 */
#include "engine/torch/invalid.h"

#include <ATen/Parallel.h>

#include <dlfcn.h>

#include <atomic>
#include <cfenv>

namespace torch_engine
{

namespace
{

using Body = void (*)(void *data);
/* What a compiler makes of `omp parallel`: the same threads serve libtorch and oneDNN. */
using Parallel = void (*)(Body body, void *data, unsigned threads, unsigned flags);

void on_each_thread(Body body, void *data)
{
	static const auto parallel = reinterpret_cast<Parallel>(dlsym(RTLD_DEFAULT,
			"GOMP_parallel"));
	int threads = at::get_num_threads();

	if (threads > 1 && parallel != nullptr) {
		parallel(body, data, static_cast<unsigned>(threads), 0);
	} else {
		body(data);
	}
}

} // namespace

void clear_invalid()
{
	on_each_thread([](void *) { std::feclearexcept(FE_INVALID); }, nullptr);
}

bool found_invalid()
{
	std::atomic<bool> found{ false };

	on_each_thread(
			[](void *data) {
				if (std::fetestexcept(FE_INVALID) != 0) {
					*static_cast<std::atomic<bool> *>(data) = true;
				}
			},
			&found);
	return found;
}

} // namespace torch_engine
