/**
 * \file    base/memory.c
 * \brief   Allocation that exits the program with a message when out of memory
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static void *check(void *memory)
{
	if (memory == NULL) {
		fputs("cnnviz: out of memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	return memory;
}

void *memory_new(size_t count, size_t size)
{
	return check(calloc(count ? count : 1, size ? size : 1));
}

void *memory_resize(void *memory, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size) {
		return check(NULL);
	}
	return check(realloc(memory, count && size ? count * size : 1));
}

void *memory_raw(size_t size)
{
	return check(malloc(size ? size : 1));
}

void *memory_grow(void *items, size_t count, size_t size)
{
	if ((count & (count - 1)) != 0) {
		return items;
	}
	return memory_resize(items, count > 0 ? 2 * count : 1, size);
}

char *memory_text_n(const char *text, size_t length)
{
	if (length == SIZE_MAX) {
		return check(NULL);
	}
	char *copy = memory_new(length + 1, 1);

	if (length) {
		memcpy(copy, text, length);
	}
	return copy;
}

char *memory_text(const char *text)
{
	return memory_text_n(text, strlen(text));
}

char *memory_vformat(const char *format, va_list arguments)
{
	va_list again;

	va_copy(again, arguments);
	int length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0) {
		return memory_text("");
	}
	char *text = memory_new((size_t)length + 1, 1);

	vsnprintf(text, (size_t)length + 1, format, arguments);
	return text;
}

char *memory_format(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	char *text = memory_vformat(format, arguments);
	va_end(arguments);
	return text;
}
