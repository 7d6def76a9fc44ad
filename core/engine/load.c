/**
 * \file    engine/load.c
 * \brief   Finds and loads the module of an engine
 */
#include "config.h"

#include "engine/load.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/libraries.h"
#include "base/memory.h"
#include "base/module.h"

/** What the user can do about a missing engine */
static const char *advice(const char *name)
{
	if (strcmp(name, "torch") != 0) {
		return "engines are modules NAME.la or NAME.so";
	}
#ifdef WITH_TORCH
	return "run make and make install again, or set CNNVIZ_ENGINE";
#else
	return "this build has no libtorch engine: install libtorch (on Debian: apt-get "
	       "install libtorch-dev libopenblas0-pthread), then configure without "
	       "--without-torch and build again";
#endif
}

/** The module's file, malloc'ed; NULL if there is none */
static char *find_module(const char *folder, const char *name)
{
	static const char *const endings[] = { ".la", ".so" };

	if (strchr(name, '/') != NULL) {
		return path_is_file(name) ? memory_text(name) : NULL;
	}
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		char *file = memory_format("%s%s", name, endings[i]);
		char *path = path_join(folder, file);

		free(file);
		if (path_is_file(path)) {
			return path;
		}
		free(path);
	}
	return NULL;
}

static cnnviz_status open_engine(const char *path, struct module **module,
		struct error *error)
{
	char *object = NULL;
	struct error said;
	cnnviz_status status = module_object(path, &object, &said);

	/* Threads of OpenMP that wait in a loop take the CPUs of others, who are then late
	 * themselves: two would be slower than one. It is read when its library is loaded. */
	setenv("OMP_WAIT_POLICY", "passive", 0);
	if (status == CNNVIZ_OK) {
		/* libtorch's static state does not survive unloading. */
		status = module_open(object, true, module, &said);
	}
	if (status != CNNVIZ_OK) {
		status = error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
				"the engine %s cannot be loaded: %s", path, said.text);
	}
	free(object);
	return status;
}

static cnnviz_status query_engine(const char *path, struct module *module,
		const struct engine **engine, struct error *error)
{
	void *symbol = module_symbol(module, ENGINE_SYMBOL);
	const struct engine *found;
	engine_entry entry;

	if (symbol == NULL) {
		return error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
				"%s is not an engine: it does not export %s", path,
				ENGINE_SYMBOL);
	}
	/* ISO C has no cast from an object pointer to a function pointer. */
	memcpy(&entry, &symbol, sizeof(entry));
	found = entry();
	if (found == NULL) {
		return error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
				"%s is not an engine: %s returned NULL", path,
				ENGINE_SYMBOL);
	}
	if (found->version != ENGINE_VERSION) {
		return error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
				"the engine %s has version %u, but this program requires "
				"%u; both must be from the same build",
				path, (unsigned)found->version, (unsigned)ENGINE_VERSION);
	}
	*engine = found;
	return CNNVIZ_OK;
}

cnnviz_status engine_load(const char *folder, const char *name,
		const struct engine **engine, struct error *error)
{
	char *path = find_module(folder, name);
	struct module *module = NULL;
	cnnviz_status status;

	if (path == NULL) {
		return strchr(name, '/') != NULL
				? error_set(error, CNNVIZ_ERROR_INPUT,
						"there is no engine %s; %s", name,
						advice(name))
				: error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
						"there is no engine \"%s\" in %s; %s",
						name, folder, advice(name));
	}
	status = open_engine(path, &module, error);
	if (status == CNNVIZ_OK) {
		libraries_release_pages();
		status = query_engine(path, module, engine, error);
	}
	free(path);
	return status;
}
