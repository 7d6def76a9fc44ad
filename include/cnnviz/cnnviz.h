/**
 * \file    cnnviz/cnnviz.h
 * \brief   All that a plugin's author includes
 */
#ifndef CNNVIZ_CNNVIZ_H
#define CNNVIZ_CNNVIZ_H

#include <cnnviz/types.h>
#include <cnnviz/host.h>
#include <cnnviz/plugin.h>
#include <cnnviz/optimize.h>

#endif
