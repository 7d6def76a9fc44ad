/**
 * \file    host/optimize.h
 * \brief   The loop that optimizes inputs, for techniques
 */
#ifndef HOST_OPTIMIZE_H
#define HOST_OPTIMIZE_H

#include <cnnviz/host.h>
#include <cnnviz/optimize.h>

/** host->optimize */
extern const cnnviz_optimize_api optimize_services;

/**
 * \brief   Hold the transformations of a technique's own to what they promise
 *
 * Beside what run() checks: pull_back() of each is the transpose of apply(). For tests of
 * plugins.
 *
 * \return  As run(); CNNVIZ_ERROR_PLUGIN also where one does not keep its promise
 */
cnnviz_status optimize_check_transformations(cnnviz_job *job,
		const cnnviz_optimization *optimization);

#endif
