/**
 * \file    plugin/object.h
 * \brief   Opening shared objects, and saying truly why one does not open
 */
#ifndef PLUGIN_OBJECT_H
#define PLUGIN_OBJECT_H

#include "base/error.h"

/**
 * \brief   Open a shared object or the libtool file that stands for one
 *
 * Symbols are bound at once and stay local to the object.
 *
 * \param   path    NAME.so, or NAME.la, which names a file in the same folder or,
 *                  before it is installed, in .libs
 * \param   handle  Where to put the handle, for object_symbol() and object_close()
 *
 * lt_dlinit() must have been called.
 */
cnnviz_status object_open(const char *path, void **handle, struct error *error);

/** Address of a symbol, or NULL */
void *object_symbol(void *handle, const char *name);

/** NULL is allowed. */
void object_close(void *handle);

#endif
