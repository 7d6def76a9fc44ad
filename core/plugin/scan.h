/**
 * \file    plugin/scan.h
 * \brief   Looks at plugin files in a child process, which they may bring down
 */
#ifndef PLUGIN_SCAN_H
#define PLUGIN_SCAN_H

#include "plugin/files.h"

/**
 * \brief   Find out what the files provide of which nothing is known yet
 *
 * A file that crashes, ends or holds up the process is refused for that; what it prints is
 * lost. Call it before the program has started threads.
 *
 * \return  Whether there were any
 */
bool scan_files(struct plugin_files *files);

#endif
