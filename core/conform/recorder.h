/**
 * \file    conform/recorder.h
 * \brief   The host's services, watched: counted, made to fail, interrupted
 */
#ifndef CONFORM_RECORDER_H
#define CONFORM_RECORDER_H

#include <cnnviz/cnnviz.h>

/** What to do at which call; calls count from 1, 0 means never */
struct recorder_orders {
	uint64_t fail_tensor;  /* create() gives NULL */
	uint64_t fail_service; /* the service fails */
	uint64_t interrupt;    /* the user interrupts before the service */
};

/** What was seen since recorder_start() */
struct recorder_findings {
	uint64_t tensors;       /* calls of create() */
	uint64_t services;      /* calls of services that can fail */
	const char *failed;     /* name of the service that was made to fail, or NULL */
	uint64_t after;         /* calls of services after the interruption */
	const char *not_finite; /* name of an array or curve with such a value, or NULL */
};

/** Count from the beginning, under new orders. */
const cnnviz_host *recorder_start(const struct recorder_orders *orders);

const struct recorder_findings *recorder_findings(void);

#endif
