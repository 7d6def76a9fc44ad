/**
 * \file    plan/shard.h
 * \brief   Which part of a run a process is to do: shard I of N
 *
 * Every shard has the plan of the whole run. Which pictures are its own follows from their
 * paths alone, so that neither order nor machine matters; jobs that run once go by their
 * names.
 */
#ifndef PLAN_SHARD_H
#define PLAN_SHARD_H

#include "base/error.h"
#include "plan/plan.h"

/** Most shards of a run */
#define SHARDS_MAX 1000000

/**
 * \brief   Read what --shard is given: I/N, auto, or auto/N
 *
 * `auto` asks the environment what the scheduler that has started the process says of it: an
 * array of Slurm, MPI, a step of Slurm, or a Job of Kubernetes with indices, which does not
 * say how many there are.
 *
 * \return  CNNVIZ_ERROR_INPUT with a sentence that says what is wrong and what to do
 */
cnnviz_status shard_read(const char *text, struct plan_shard *shard, struct error *error);

/** Which of `count` shards something with a name belongs to, from 1 */
size_t shard_of(const char *name, size_t count);

/**
 * The name that decides about a picture: its path, relative to a folder where it is below
 * that, without "." and ".."; malloc'ed
 */
char *shard_name(const char *folder, const char *path);

#endif
