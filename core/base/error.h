/**
 * \file    base/error.h
 * \brief   A status with one sentence, and lists of problems found in the user's input
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>

#include <cnnviz/types.h>
#include <cnnviz/host.h>

/** Why a call failed: filled by the callee, owned by the caller. */
struct error {
	cnnviz_status status;
	char text[1024];
};

/**
 * \brief   Fill an error
 *
 * \param   error   May be NULL; text that does not fit is truncated
 *
 * \return  status, for `return error_set(...)`
 */
cnnviz_status error_set(struct error *error, cnnviz_status status, const char *format,
		...) CNNVIZ_PRINTF(3, 4);

cnnviz_status error_vset(struct error *error, cnnviz_status status, const char *format,
		va_list arguments) CNNVIZ_PRINTF(3, 0);

/** Put "text: " in front of an error's text; returns its status. */
cnnviz_status error_prefix(struct error *error, const char *format, ...)
		CNNVIZ_PRINTF(2, 3);

/** One thing wrong with the user's input. Absent parts are NULL or 0. */
struct problem {
	char *file;
	int line;
	char *section;
	char *key;
	char *text;
};

/** A growing list; zero-initialize. */
struct problems {
	struct problem *items;
	size_t count;
};

/** Append; all texts are copied. file, section, key may be NULL, line 0. */
void problems_add(struct problems *problems, const char *file, int line,
		const char *section, const char *key, const char *format, ...)
		CNNVIZ_PRINTF(6, 7);

void problems_vadd(struct problems *problems, const char *file, int line,
		const char *section, const char *key, const char *format,
		va_list arguments) CNNVIZ_PRINTF(6, 0);

/** "file:12: [section] key: text" as a malloc'ed string */
char *problem_sentence(const struct problem *problem);

void problems_free(struct problems *problems);

#endif
