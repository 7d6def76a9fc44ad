/**
 * \file    graph/onnx/list.h
 * \brief   Arrays that grow by one item at a time
 */
#ifndef ONNX_LIST_H
#define ONNX_LIST_H

#include "base/memory.h"

/** Room for one more item; the capacity doubles when the count reaches a power of two. */
static inline void *list_grow(void *items, size_t count, size_t size)
{
	return (count & (count - 1)) == 0
			? memory_resize(items, count > 0 ? 2 * count : 1, size)
			: items;
}

#endif
