/**
 * \file    output/contact_sheet.h
 * \brief   One picture with what all jobs made of a photograph, side by side
 */
#ifndef OUTPUT_CONTACT_SHEET_H
#define OUTPUT_CONTACT_SHEET_H

#include "output/record.h"

/**
 * \brief   Write a sheet for each picture that jobs have made pictures of
 *
 * It has the network's view first, then each job's overlay, or the first picture of a job
 * without one, with the job's name below. They are read from the output folder. Sets
 * record->pictures[].sheet.
 */
cnnviz_status contact_sheets_write(struct record *record, struct error *error);

#endif
