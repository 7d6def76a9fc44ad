/**
 * \file    conform/recorder.h
 * \brief   Wraps the host's services to count calls, to let them fail, and to interrupt
 */
#ifndef CONFORM_RECORDER_H
#define CONFORM_RECORDER_H

#include <cnnviz/cnnviz.h>

/** Faults to inject, by number of the call from 1; 0 means never */
struct recorder_faults {
	uint64_t fail_tensor;  /* create() gives NULL */
	uint64_t fail_service; /* the service fails */
	uint64_t interrupt;    /* SIGINT is raised before the service */
};

/** What was counted since recorder_start() */
struct recorder_findings {
	uint64_t tensors;       /* calls of create() */
	uint64_t services;      /* calls of services that can fail */
	const char *failed;     /* name of the service that was made to fail, or NULL */
	uint64_t after;         /* calls of services after the interruption */
	const char *not_finite; /* name of an artifact with such a value, or NULL */
};

/** Reset the counts and set the faults; returns the wrapped services. */
const cnnviz_host *recorder_start(const struct recorder_faults *faults);

const struct recorder_findings *recorder_findings(void);

#endif
