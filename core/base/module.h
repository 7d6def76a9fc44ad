/**
 * \file    base/module.h
 * \brief   Modules: shared objects that libltdl opens
 */
#ifndef BASE_MODULE_H
#define BASE_MODULE_H

#include "base/error.h"

/** An open module; libltdl's handle, which nobody else needs to know */
struct module;

/**
 * \brief   The shared object that a path stands for
 *
 * \param   path    A libtool file NAME.la, which names an object in the same folder or,
 *                  before installation, in .libs; any other file stands for itself
 * \param   object  Receives the object's path, malloc'ed
 */
cnnviz_status module_object(const char *path, char **object, struct error *error);

/**
 * \brief   Open a shared object
 *
 * Its symbols are bound immediately and stay local to it.
 *
 * \param   resident    Whether it stays loaded until the program ends; such a module is
 *                      not closed
 * \param   module      Receives it, for module_symbol() and module_close(); NULL or
 *                      unchanged on failure
 * \param   error       On failure, the dynamic linker's own words, which mostly begin
 *                      with the path
 */
cnnviz_status module_open(const char *object, bool resident, struct module **module,
		struct error *error);

/** Address of a symbol, or NULL */
void *module_symbol(struct module *module, const char *name);

/** NULL is allowed. */
void module_close(struct module *module);

#endif
