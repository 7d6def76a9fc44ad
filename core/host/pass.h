/**
 * \file    host/pass.h
 * \brief   Forward and backward passes, for techniques
 */
#ifndef HOST_PASS_H
#define HOST_PASS_H

#include <cnnviz/host.h>

/** host->pass */
extern const cnnviz_pass_api pass_services;

#endif
