/**
 * \file    engine/torch/device.cc
 * \brief   The devices of this machine: the CPU, and graphics cards by way of CUDA
 *
 * libtorch's part for cards is a library of its own, several hundred megabytes with what
 * it depends on. It adds itself to libtorch when it is loaded. That is done only when
 * somebody asks for cards, so that runs on the CPU do not pay for it.
 */
#include "engine/torch/device.h"

#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/csrc/api/include/torch/version.h>
#if __has_include(<c10/core/CachingDeviceAllocator.h>)
#include <c10/core/CachingDeviceAllocator.h>
#endif

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "engine/torch/operation.h"

namespace torch_engine
{

namespace
{

/* Largest number of cards; no machine has more */
constexpr int MOST_CARDS = 64;

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 9)
#define HAS_DEVICE_ALLOCATOR 1
constexpr const char *ALLOCATOR_SETTINGS = "PYTORCH_ALLOC_CONF";
#else
#define HAS_DEVICE_ALLOCATOR 0
constexpr const char *ALLOCATOR_SETTINGS = "PYTORCH_CUDA_ALLOC_CONF";
#endif

/** Whether libtorch has a part for cards */
bool load_cuda()
{
	/* The allocator takes memory as it is needed. In segments that grow, less of it
	 * lies idle between allocations, which other programs may need. */
	static const bool loaded =
			setenv(ALLOCATOR_SETTINGS, "expandable_segments:True", 0) == 0
			&& dlopen("libtorch_cuda.so", RTLD_LAZY) != nullptr;

	return loaded;
}

int count_cards() noexcept
{
	try {
		return load_cuda() && at::hasCUDA() ? std::min<int>(MOST_CARDS,
				       c10::impl::VirtualGuardImpl(at::kCUDA)
						       .deviceCount())
						    : 0;
	} catch (...) {
		return 0;
	}
}

/**
 * Whether a card gives a right result. One may be listed that does not work: its driver
 * is older than libtorch, it is too old for libtorch, or its memory is taken.
 */
bool works(const char *name) noexcept
{
	try {
		Tensor ones = at::ones({ 8, 8 },
				at::TensorOptions().device(
						at::Device(std::string(name))));

		return at::matmul(ones, ones).sum().item<float>() == 8 * 8 * 8;
	} catch (...) {
		return false;
	}
}

} // namespace

const char *const *device_names(void)
{
	static std::array<std::array<char, 8>, MOST_CARDS> names;
	static std::array<const char *, MOST_CARDS + 3> devices;
	size_t count = 0;

	if (devices[0] == nullptr) {
		int cards = count_cards();

		devices[count++] = "cpu";
		if (cards > 0) {
			devices[count++] = "cuda";
		}
		for (size_t i = 0; i < static_cast<size_t>(cards); i++) {
			std::snprintf(names[i].data(), names[i].size(), "cuda:%zu", i);
			devices[count++] = names[i].data();
		}
	}
	return devices.data();
}

const char *choose_device(void)
{
	static const char *chosen = nullptr;

	for (const char *const *name = device_names();
			chosen == nullptr && *name != nullptr; name++) {
		if (std::strchr(*name, ':') != nullptr && works(*name)) {
			chosen = *name;
		}
	}
	if (chosen == nullptr) {
		chosen = "cpu";
	}
	return chosen;
}

at::Device find_device(const char *name)
{
	/* The CPU is found without looking for cards. */
	if (std::strcmp(name, "cpu") == 0) {
		return at::kCPU;
	}
	for (const char *const *device = device_names(); *device != nullptr; device++) {
		if (std::strcmp(*device, name) == 0) {
			at::Device found{ std::string(name) };
			return found.has_index() ? found : at::Device(at::kCUDA, 0);
		}
	}
	throw Failure{ CNNVIZ_ERROR_UNSUPPORTED,
		std::string("there is no device \"") + name
				+ "\" here; write device = cpu" };
}

void prepare_device(at::Device device)
{
	if (device.is_cpu()) {
		return;
	}
	at::globalContext().setAllowTF32CuBLAS(false);
	at::globalContext().setAllowTF32CuDNN(false);
	at::globalContext().setBenchmarkCuDNN(false);
	at::globalContext().setDeterministicCuDNN(true);
}

/**
 * The driver's library is there when cards have been found. ATen cannot tell a card's
 * name without CUDA's headers, which need not be installed.
 */
std::string device_title(at::Device device)
{
	using GetDevice = int (*)(int *device, int ordinal);
	using GetName = int (*)(char *name, int size, int device);
	void *driver = device.is_cuda() ? dlopen("libcuda.so.1", RTLD_LAZY | RTLD_NOLOAD)
					: nullptr;
	char title[128] = "";
	int handle = 0;

	if (driver == nullptr) {
		return title;
	}
	auto get = reinterpret_cast<GetDevice>(dlsym(driver, "cuDeviceGet"));
	auto get_name = reinterpret_cast<GetName>(dlsym(driver, "cuDeviceGetName"));
	if (get == nullptr || get_name == nullptr || get(&handle, device.index()) != 0
			|| get_name(title, sizeof(title) - 1, handle) != 0) {
		title[0] = '\0';
	}
	dlclose(driver);
	return title;
}

void release_cached_memory(void)
{
#if HAS_DEVICE_ALLOCATOR
	if (device_names()[1] != nullptr) {
		c10::getDeviceAllocator(at::kCUDA)->emptyCache();
	}
#endif
}

} // namespace torch_engine
