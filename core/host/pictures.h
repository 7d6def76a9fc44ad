/**
 * \file    host/pictures.h
 * \brief   Pictures, for techniques
 */
#ifndef HOST_PICTURES_H
#define HOST_PICTURES_H

#include <cnnviz/host.h>

/** host->image */
extern const cnnviz_image_api image_services;

#endif
