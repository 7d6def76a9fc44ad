/**
 * \file    engine/torch/allocator.cc
 * \brief   Where tensors in the computer's memory lie
 *
 * ATen asks for aligned memory. To grant that, glibc takes a larger block and cuts off what
 * is too much, so a freed tensor's block is too small for the next tensor of its size, and
 * freed memory lies idle: as much as is in use, in a backward pass of ResNet-50. Here the
 * larger block is kept whole.
 */
#include "engine/torch/allocator.h"

#include <c10/core/CPUAllocator.h>

#include <malloc.h>

#include <climits>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

namespace torch_engine
{

namespace
{

/* A cache line, which is enough for any vector unit */
constexpr size_t ALIGNMENT = 64;

/** Memory of which the byte before the first tells how far into its block it starts */
void *allocate_aligned(size_t size)
{
	auto block = size <= SIZE_MAX - ALIGNMENT
			? static_cast<unsigned char *>(std::malloc(size + ALIGNMENT))
			: nullptr;

	if (block == nullptr) {
		throw std::bad_alloc();
	}
	size_t offset = ALIGNMENT - reinterpret_cast<uintptr_t>(block) % ALIGNMENT;
	block[offset - 1] = static_cast<unsigned char>(offset);
	return block + offset;
}

void free_aligned(void *memory)
{
	auto start = static_cast<unsigned char *>(memory);

	if (start != nullptr) {
		std::free(start - start[-1]);
	}
}

/* Without `override`: versions of libtorch differ in whether allocate() is const, and in
 * whether there is copy_data(). */
struct Allocator : c10::Allocator {
	c10::DataPtr allocate(size_t size) const
	{
		void *memory = size > 0 ? allocate_aligned(size) : nullptr;

		return { memory, memory, free_aligned, c10::Device(c10::kCPU) };
	}

	c10::DataPtr allocate(size_t size)
	{
		return static_cast<const Allocator *>(this)->allocate(size);
	}

	c10::DeleterFnPtr raw_deleter() const { return free_aligned; }

	void copy_data(void *to, const void *from, size_t size) const
	{
		std::memcpy(to, from, size);
	}
};

} // namespace

void keep_freed_memory()
{
	static Allocator allocator;

	/* By default glibc gives large tensors back to the system, which then clears the
	 * pages of the next ones anew: up to a third of a backward pass. */
	mallopt(M_MMAP_THRESHOLD, INT_MAX);
	mallopt(M_TRIM_THRESHOLD, INT_MAX);
	c10::SetCPUAllocator(&allocator);
}

} // namespace torch_engine
