/**
 * \file    image/palette.h
 * \brief   Colors of the classes in label maps
 */
#ifndef IMAGE_PALETTE_H
#define IMAGE_PALETTE_H

#include <stdint.h>

/** Number of distinct colors */
#define PALETTE_SIZE 256

/**
 * \brief   Color of a class, 0xRRGGBB
 *
 * Everingham et al., The PASCAL Visual Object Classes development kit (VOC2012),
 * VOCcode/VOClabelcolormap.m: the class's bits, three at a time, become the upper
 * bits of red, green and blue. Class 0 is black; from PALETTE_SIZE on, colors repeat.
 */
uint32_t palette_color(int64_t index);

#endif
