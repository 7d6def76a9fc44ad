/**
 * \file    evaluate/road.h
 * \brief   ROAD (Rong, Leemann, Borisov, Kasneci, Kasneci 2022, arXiv 2202.00449)
 *
 * Remove and debias: 10 to 90 percent of the pixels are removed, the most relevant first
 * (MoRF) or the least relevant first (LeRF), and filled in by noisy linear imputation, of
 * which a network learns nothing about where they were. Measured is by how much the
 * probability of the target changes, on average over the nine shares.
 */
#ifndef EVALUATE_ROAD_H
#define EVALUATE_ROAD_H

#include "evaluate/map_case.h"

/** Gives road_morf, road_lerf and road, which is half of what the second has over the first */
extern const struct probe road_probe;

#endif
