/**
 * \file    conform/faults.h
 * \brief   Checks of how a plugin takes interruptions and failures
 */
#ifndef CONFORM_FAULTS_H
#define CONFORM_FAULTS_H

#include "conform/trial.h"

void check_interrupted(struct trial *trial);
void check_interrupted_midway(struct trial *trial);
void check_memory(struct trial *trial);
void check_services(struct trial *trial);

#endif
