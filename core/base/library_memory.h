/**
 * \file    base/library_memory.h
 * \brief   Has libraries exit the program when out of memory, as memory.h does
 */
#ifndef BASE_LIBRARY_MEMORY_H
#define BASE_LIBRARY_MEMORY_H

/**
 * Have jansson and libcrypto allocate as memory_new() does. Without memory the one leaves
 * members out of what it writes, and the other crashes. Call it before either is used.
 */
void library_memory_use(void);

#endif
