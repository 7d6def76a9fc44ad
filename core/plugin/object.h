/**
 * \file    plugin/object.h
 * \brief   Opens plugins' shared objects, with precise messages when that fails
 */
#ifndef PLUGIN_OBJECT_H
#define PLUGIN_OBJECT_H

#include "base/module.h"

/**
 * \brief   Open a plugin's shared object or the libtool file that stands for one
 *
 * The file is looked at before the dynamic linker is, which a file that was cut short
 * would end with the program.
 *
 * \param   path    As for module_object()
 * \param   module  Receives the module, to be closed with module_close()
 * \param   error   A sentence that names the file
 */
cnnviz_status object_open(const char *path, struct module **module, struct error *error);

#endif
