/**
 * \file    plugin/object.h
 * \brief   Opens shared objects, with precise messages when that fails
 */
#ifndef PLUGIN_OBJECT_H
#define PLUGIN_OBJECT_H

#include "base/error.h"

/**
 * \brief   Open a shared object or the libtool file that stands for one
 *
 * Symbols are bound immediately and stay local to the object.
 *
 * \param   path    NAME.so, or NAME.la, which names a file in the same folder or,
 *                     before installation, in .libs
 * \param   handle  Receives the handle for object_symbol() and object_close()
 *
 * lt_dlinit() must have been called.
 */
cnnviz_status object_open(const char *path, void **handle, struct error *error);

/** Address of a symbol, or NULL */
void *object_symbol(void *handle, const char *name);

/** NULL is allowed. */
void object_close(void *handle);

#endif
