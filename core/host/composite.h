/**
 * \file    host/composite.h
 * \brief   Passes by rules of layers
 */
#ifndef HOST_COMPOSITE_H
#define HOST_COMPOSITE_H

#include "host/job.h"

extern const cnnviz_rule_api rule_services;

/** Release the rules that were lent to a call. */
void composite_release(struct cnnviz_job *call);

#endif
