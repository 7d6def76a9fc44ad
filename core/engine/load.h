/**
 * \file    engine/load.h
 * \brief   Finds and loads the module of an engine
 */
#ifndef ENGINE_LOAD_H
#define ENGINE_LOAD_H

#include "engine/engine.h"

/**
 * \brief   Load an engine
 *
 * \param   folder  Folder of the installed engines (NAME.la or NAME.so)
 * \param   name    "torch", another name in folder, or a path
 *
 * The module stays resident. Different errors for: no such engine (with what to install
 * or configure when the build is --without-torch), cannot be loaded (with the dynamic
 * linker's reason), no entry, other version.
 */
cnnviz_status engine_load(const char *folder, const char *name,
		const struct engine **engine, struct error *error);

#endif
