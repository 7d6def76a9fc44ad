/**
 * \file    output/gallery_shot.h
 * \brief   Writes a picture of the gallery as a link that the script enlarges
 */
#ifndef OUTPUT_GALLERY_SHOT_H
#define OUTPUT_GALLERY_SHOT_H

#include "output/gallery_page.h"

/** Write the network's view of a picture. */
void gallery_shot_input(const struct gallery *gallery, size_t picture);

/** Write an artifact that is a picture. */
void gallery_shot(const struct gallery *gallery, const struct record_artifact *artifact);

/** Format a probability: "97.3%", "<0.1%" */
void gallery_share(double probability, char *text, size_t size);

#endif
