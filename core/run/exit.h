/**
 * \file    run/exit.h
 * \brief   How a run ends
 */
#ifndef RUN_EXIT_H
#define RUN_EXIT_H

/** Exit codes of `cnnviz run`, part of the contract */
#define RUN_EXIT_DONE 0
#define RUN_EXIT_JOB_FAILED 1
#define RUN_EXIT_INPUT 2
#define RUN_EXIT_INTERRUPTED 130

#endif
