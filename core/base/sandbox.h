/**
 * \file    base/sandbox.h
 * \brief   Confines a process that runs foreign code to the files that it needs
 *
 * By Linux's Landlock and seccomp: no network, no other program, no signal to another
 * process, and no file but those given and the system's libraries.
 */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

#include <stddef.h>

#include "base/error.h"

/**
 * \brief   Whether this kernel can confine a process
 *
 * \return  CNNVIZ_ERROR_UNSUPPORTED with what is missing
 */
cnnviz_status sandbox_check(struct error *error);

/**
 * \brief   Confine this process, which must have no other threads, and its children
 *
 * \param   writable    Folder below which everything is allowed, or NULL
 * \param   readable    Files and folders that may be read; those that are not there are left
 *                      out
 *
 * \return  Errors as of sandbox_check(); the process must then not go on
 */
cnnviz_status sandbox_enter(const char *writable, const char *const *readable,
		size_t count, struct error *error);

#endif
