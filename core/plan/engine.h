/**
 * \file    plan/engine.h
 * \brief   Checks that the engine supports a plan's device and operations
 */
#ifndef PLAN_ENGINE_H
#define PLAN_ENGINE_H

#include "engine/engine.h"
#include "plan/builder.h"

/**
 * \brief   Load the plan's engine, if it supports the plan
 *
 * Checks the plan's device and every operation of a graph.
 *
 * \param   graph       The plan's graph, or one with the same layers; NULL: operations
 *                     are not checked
 * \param   problems    Gets why the engine cannot be loaded, or what it does not
 *                     support, for [run]
 *
 * \return  NULL when there were problems.
 */
const struct engine *plan_load_engine(const struct plan *plan, const struct graph *graph,
		struct problems *problems);

/**
 * The device that a plan is run on: its own, or what the engine chooses for it with
 * device = auto; borrowed
 */
const char *plan_find_device(const struct plan *plan, const struct engine *engine);

/**
 * \brief   Check a device other than the default
 *
 * Every engine has the default device, and auto finds one, so that plans without another
 * one are read without loading an engine. With [run] isolate = yes the process that reads the plan
 * loads none: the jobs' processes check, before anything is computed.
 */
void plan_check_engine(struct builder *builder);

#endif
