/**
 * \file    run/isolate/apart.h
 * \brief   Something that runs the network, but no technique, in a process of its own
 */
#ifndef RUN_ISOLATE_APART_H
#define RUN_ISOLATE_APART_H

/**
 * \brief   Do something in a child process, so that a crash of the engine ends in a sentence
 *
 * Call it before the program has started threads.
 *
 * \param   body    Called in the child; returns an exit code, and has printed what there is
 *                  to be said
 *
 * \return  The exit code, or one of RUN_EXIT_* where the child did not return; a message has
 *          been printed.
 */
int run_apart(int (*body)(void *context), void *context);

#endif
