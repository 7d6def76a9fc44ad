/**
 * \file    base/module.c
 * \brief   Modules: shared objects that libltdl opens
 */
#include "base/module.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include <ltdl.h>

#include "base/file.h"
#include "base/memory.h"

/* Largest libtool file that is read. */
#define LIBTOOL_FILE_MAX (1 << 20)

/* ---- Libtool files -------------------------------------------------------- */

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text);

	return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

/** The value of a line key='value', or NULL; malloc'ed */
static char *libtool_value(const struct mapping *file, const char *key)
{
	const char *line = (const char *)file->data;
	const char *end = line + file->size;
	size_t length = strlen(key);

	while (line < end) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));

		stop = stop != NULL ? stop : end;
		if ((size_t)(stop - line) > length + 2 && memcmp(line, key, length) == 0
				&& line[length] == '=' && line[length + 1] == '\''
				&& stop[-1] == '\'') {
			const char *value = line + length + 2;

			return memory_text_n(value, (size_t)(stop - 1 - value));
		}
		line = stop + 1;
	}
	return NULL;
}

/** The shared object that a libtool file stands for; malloc'ed */
static cnnviz_status read_libtool(const char *path, char **object, struct error *error)
{
	struct mapping *file = NULL;
	char *name = NULL;
	char *folder = path_folder(path);
	cnnviz_status status = mapping_open(path, &file, error);

	if (status != CNNVIZ_OK) {
		goto done;
	}
	if (file->size <= LIBTOOL_FILE_MAX) {
		name = libtool_value(file, "dlname");
	}
	if (name == NULL || name[0] == '\0' || strchr(name, '/') != NULL) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"%s is not a libtool file that names a shared object (no "
				"dlname)",
				path);
		goto done;
	}
	*object = memory_format("%s/.libs/%s", folder, name);
	if (!path_is_file(*object)) {
		free(*object);
		*object = path_join(folder, name);
	}

done:
	mapping_unref(file);
	free(name);
	free(folder);
	return status;
}

cnnviz_status module_object(const char *path, char **object, struct error *error)
{
	if (ends_with(path, ".la")) {
		return read_libtool(path, object, error);
	}
	*object = memory_text(path);
	return CNNVIZ_OK;
}

/* ---- Modules -------------------------------------------------------------- */

static cnnviz_status report(const char *words, struct error *error)
{
	return error_set(error, CNNVIZ_ERROR_INPUT, "%s",
			words != NULL ? words : "no reason was given");
}

/** Open by libltdl, with symbols local to the object. */
static lt_dlhandle open_local(const char *object, bool resident)
{
	lt_dlhandle handle = NULL;
	lt_dladvise advise = NULL;

	if (lt_dladvise_init(&advise) == 0 && lt_dladvise_local(&advise) == 0
			&& (!resident || lt_dladvise_resident(&advise) == 0)) {
		handle = lt_dlopenadvise(object, advise);
	}
	lt_dladvise_destroy(&advise);
	return handle;
}

cnnviz_status module_open(const char *object, bool resident, struct module **module,
		struct error *error)
{
	/* libltdl binds lazily and loses the reason why an object did not open: bind it
	 * here, so that a missing symbol is found now and reported in the linker's
	 * words. */
	void *bound = dlopen(object, RTLD_NOW | RTLD_LOCAL);
	cnnviz_status status = CNNVIZ_OK;

	if (bound == NULL) {
		return report(dlerror(), error);
	}
	if (lt_dlinit() != 0) {
		status = report(lt_dlerror(), error);
		goto done;
	}
	*module = (struct module *)open_local(object, resident);
	if (*module == NULL) {
		status = report(lt_dlerror(), error);
		lt_dlexit();
	}
done:
	dlclose(bound);
	return status;
}

void *module_symbol(struct module *module, const char *name)
{
	return lt_dlsym((lt_dlhandle)module, name);
}

void module_close(struct module *module)
{
	if (module != NULL) {
		lt_dlclose((lt_dlhandle)module);
		lt_dlexit();
	}
}
