/**
 * \file    host/services.h
 * \brief   The services handed to plugins
 */
#ifndef HOST_SERVICES_H
#define HOST_SERVICES_H

#include <cnnviz/host.h>

/** All services, for every plugin of this ABI */
extern const cnnviz_host host_services;

#endif
