/**
 * \file    conform/check.h
 * \brief   The checks of a conformance run
 */
#ifndef CONFORM_CHECK_H
#define CONFORM_CHECK_H

#include "conform/trial.h"

struct check {
	const char *name;
	const char *fact;
	void (*body)(struct trial *trial);
	bool always; /* carried out even if the plugin does not run */
};

extern const struct check checks[];
extern const size_t check_count;

#endif
