/**
 * \file    weights/suspects.c
 * \brief   Functions by which pickles attack the Python that loads them
 */
#include "weights/suspects.h"

#include <string.h>

/** With the modules below them */
static const char *const modules[] = {
	"os",
	"posix",
	"nt",
	"sys",
	"subprocess",
	"socket",
	"shutil",
	"pty",
	"platform",
	"commands",
	"importlib",
	"runpy",
	"ctypes",
	"code",
	"pickle",
	"webbrowser",
	"requests",
	"urllib",
	"httplib",
	"http",
	"timeit",
	"pdb",
	"bdb",
	"torch.hub",
	"builtins",
	"__builtin__",
};

/** Builtins that make values; Python 3.11 finds members of enumerations by getattr. */
static const char *const harmless[] = {
	"getattr",
	"object",
	"bool",
	"int",
	"long",
	"float",
	"complex",
	"str",
	"unicode",
	"bytes",
	"bytearray",
	"tuple",
	"list",
	"set",
	"frozenset",
	"dict",
	"slice",
	"range",
	"xrange",
};

static bool is_text(const unsigned char *bytes, size_t length, const char *text)
{
	return length == strlen(text) && memcmp(bytes, text, length) == 0;
}

static bool is_in_module(const unsigned char *bytes, size_t length, const char *module)
{
	size_t whole = strlen(module);

	return length >= whole && memcmp(bytes, module, whole) == 0
			&& (length == whole || bytes[whole] == '.');
}

static bool is_harmless(const unsigned char *module, size_t module_length,
		const unsigned char *name, size_t name_length)
{
	if (!is_text(module, module_length, "builtins")
			&& !is_text(module, module_length, "__builtin__")) {
		return false;
	}
	for (size_t i = 0; i < sizeof(harmless) / sizeof(*harmless); i++) {
		if (is_text(name, name_length, harmless[i])) {
			return true;
		}
	}
	return false;
}

bool suspect_global(const unsigned char *module, size_t module_length,
		const unsigned char *name, size_t name_length)
{
	if (is_harmless(module, module_length, name, name_length)) {
		return false;
	}
	for (size_t i = 0; i < sizeof(modules) / sizeof(*modules); i++) {
		if (is_in_module(module, module_length, modules[i])) {
			return true;
		}
	}
	return false;
}
