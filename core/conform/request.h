/**
 * \file    conform/request.h
 * \brief   What a conformance run is asked
 */
#ifndef CONFORM_REQUEST_H
#define CONFORM_REQUEST_H

#include <stddef.h>

struct conform_request {
	const char *path;             /* path of the plugin: NAME.so or NAME.la */
	const char *const *overrides; /* section.key=value, NULL-terminated, or NULL */
	unsigned seconds;             /* time limit of a check */
	size_t technique; /* which of the file's techniques, in the order of their names */
};

#endif
