/**
 * \file    host/streams.h
 * \brief   Streams of random numbers, for techniques
 */
#ifndef HOST_STREAMS_H
#define HOST_STREAMS_H

#include <cnnviz/host.h>

/** host->random */
extern const cnnviz_random_api random_services;

/** host->random->unref() */
void stream_unref(cnnviz_random *random);

#endif
