/**
 * \file    base/memory.h
 * \brief   Allocation that exits the program with a message when out of memory
 *
 * For the host's own small objects. Objects whose size depends on the user's files
 * (pictures, weights, tensors) are allocated with malloc and checked by the caller.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stdarg.h>
#include <stddef.h>

#include <cnnviz/host.h>

/** count * size zeroed bytes; overflow counts as out of memory */
void *memory_new(size_t count, size_t size);

/** Grow or shrink to count * size bytes */
void *memory_resize(void *memory, size_t count, size_t size);

/**
 * \brief   Make room for one more item, where each but the first count came by this
 *
 * The capacity doubles each time the count reaches a power of two.
 */
void *memory_grow(void *items, size_t count, size_t size);

/** size bytes, not zeroed */
void *memory_raw(size_t size);

char *memory_text(const char *text);
char *memory_text_n(const char *text, size_t length);

/** sprintf into a new string */
char *memory_format(const char *format, ...) CNNVIZ_PRINTF(1, 2);
char *memory_vformat(const char *format, va_list arguments) CNNVIZ_PRINTF(1, 0);

#endif
