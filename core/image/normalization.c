/**
 * \file    image/normalization.c
 * \brief   Normalizations of inputs by their channels, without pictures: declared in image.h
 */
#include "image/image.h"

struct normalization normalization_none(int channels)
{
	struct normalization none = { .channels = channels, .scale = 1 };

	for (int c = 0; c < INPUT_CHANNELS_MAX; c++) {
		none.std[c] = 1;
	}
	return none;
}

bool channels_are_picture(int channels)
{
	return channels == 1 || channels == 3 || channels == 4;
}

int normalization_channel(const struct normalization *normalization, int c)
{
	return normalization->bgr && c < 3 ? 2 - c : c;
}
