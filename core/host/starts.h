/**
 * \file    host/starts.h
 * \brief   Which of the pictures that a call optimizes have started
 */
#ifndef HOST_STARTS_H
#define HOST_STARTS_H

#include "host/job.h"

/**
 * \brief   Note whether a picture has had a gradient, and whether it kept one
 *
 * A picture that is optimized several times, at several sizes, has started when it has in
 * one of them, and has stopped when it has in the last.
 *
 * \param   name    Of the picture; copied
 *
 * \return  Whether it has started by now
 */
bool starts_add(struct cnnviz_job *call, const char *name, bool started, bool stopped);

/**
 * \brief   At the end of a successful call: warn of the pictures that never started, and
 *          of those that stopped
 *
 * \return  CNNVIZ_OK, or CNNVIZ_ERROR_INPUT if no picture has started
 */
cnnviz_status starts_report(const struct cnnviz_job *call, struct error *error);

/** Release what was noted. */
void starts_clear(struct cnnviz_job *call);

#endif
