/**
 * \file    cnnviz/cnnviz.h
 * \brief   The only header that a plugin needs to include
 */
#ifndef CNNVIZ_CNNVIZ_H
#define CNNVIZ_CNNVIZ_H

#include <cnnviz/types.h>
#include <cnnviz/host.h>
#include <cnnviz/plugin.h>
#include <cnnviz/optimize.h>
#include <cnnviz/rules.h>

#endif
