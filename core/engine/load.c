/**
 * \file    engine/load.c
 * \brief   Finding and loading an engine's module
 */
#include "config.h"

#include "engine/load.h"

#include <dlfcn.h>
#include <ltdl.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"

/** What a person can do about an engine that is not there */
static const char *advice(const char *name)
{
	if (strcmp(name, "torch") != 0) {
		return "engines are modules NAME.la or NAME.so";
	}
#ifdef WITH_TORCH
	return "run make and make install again, or set CNNVIZ_ENGINE";
#else
	return "this build has no libtorch engine: install libtorch (on Debian: apt-get "
	       "install libtorch-dev libopenblas0-pthread), then configure "
	       "without --without-torch and build again";
#endif
}

/** The module's file, malloc'ed; NULL when there is none */
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

/** The shared object that a path stands for: NAME.la in a build tree has it in .libs */
static char *find_object(const char *path)
{
	size_t length = strlen(path);
	char *folder, *stem, *object;

	if (length < 3 || strcmp(path + length - 3, ".la") != 0) {
		return memory_text(path);
	}
	folder = path_folder(path);
	stem = path_stem(path);
	object = memory_format("%s/.libs/%s.so", folder, stem);
	if (!path_is_file(object)) {
		free(object);
		object = memory_format("%s/%s.so", folder, stem);
	}
	free(stem);
	free(folder);
	return object;
}

/** libltdl says "file not found" to everything; the dynamic linker knows better. */
static cnnviz_status report_failure(const char *path, const char *ltdl_reason,
		struct error *error)
{
	char *object = find_object(path);
	void *handle = dlopen(object, RTLD_NOW | RTLD_LOCAL);
	const char *reason = handle == NULL ? dlerror() : ltdl_reason;
	cnnviz_status status = error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
			"the engine %s cannot be loaded: %s", path,
			reason != NULL ? reason : "unknown reason");

	if (handle != NULL) {
		dlclose(handle);
	}
	free(object);
	return status;
}

static cnnviz_status open_module(const char *path, lt_dlhandle *handle,
		struct error *error)
{
	lt_dladvise advise;
	cnnviz_status status = CNNVIZ_OK;

	if (lt_dlinit() != 0 || lt_dladvise_init(&advise) != 0) {
		return error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
				"modules cannot be loaded: %s", lt_dlerror());
	}
	/* libtorch's static state does not survive unloading. */
	lt_dladvise_local(&advise);
	lt_dladvise_resident(&advise);
	*handle = lt_dlopenadvise(path, advise);
	if (*handle == NULL) {
		status = report_failure(path, lt_dlerror(), error);
	}
	lt_dladvise_destroy(&advise);
	return status;
}

static cnnviz_status ask_engine(const char *path, lt_dlhandle handle,
		const struct engine **engine, struct error *error)
{
	void *symbol = lt_dlsym(handle, ENGINE_SYMBOL);
	const struct engine *found;
	engine_entry entry;

	if (symbol == NULL) {
		return error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
				"%s is no engine: it does not export %s", path,
				ENGINE_SYMBOL);
	}
	/* ISO C has no cast from an object pointer to a function pointer. */
	memcpy(&entry, &symbol, sizeof(entry));
	found = entry();
	if (found == NULL) {
		return error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
				"%s is no engine: %s gave nothing", path, ENGINE_SYMBOL);
	}
	if (found->version != ENGINE_VERSION) {
		return error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
				"the engine %s is of version %u, but this program needs "
				"%u; "
				"both must come from the same build",
				path, (unsigned)found->version, (unsigned)ENGINE_VERSION);
	}
	*engine = found;
	return CNNVIZ_OK;
}

cnnviz_status engine_load(const char *folder, const char *name,
		const struct engine **engine, struct error *error)
{
	char *path = find_module(folder, name);
	lt_dlhandle handle = NULL;
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
	status = open_module(path, &handle, error);
	if (status == CNNVIZ_OK) {
		status = ask_engine(path, handle, engine, error);
	}
	free(path);
	return status;
}
