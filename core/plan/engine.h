/**
 * \file    plan/engine.h
 * \brief   Whether the engine can do what a plan asks for
 */
#ifndef PLAN_ENGINE_H
#define PLAN_ENGINE_H

#include "engine/engine.h"
#include "plan/builder.h"

/**
 * \brief   Load the plan's engine, if it can do what the plan asks for
 *
 * The engine is asked for the plan's device and for every operation of a graph.
 *
 * \param   graph       The plan's, or one of the same layers; NULL: its operations are
 *                      not asked for
 * \param   problems    Why it cannot be loaded, or what it cannot do, of [run]
 *
 * \return  NULL when there were problems.
 */
const struct engine *plan_load_engine(const struct plan *plan, const struct graph *graph,
		struct problems *problems);

/**
 * \brief   Ask the engine about a device other than the usual one
 *
 * Every engine has the usual one, so plans without another are read without loading an
 * engine. With [run] isolate = yes the process that reads the plan loads none: the jobs'
 * processes ask, before anything is computed.
 */
void plan_check_engine(struct builder *builder);

#endif
