/**
 * \file    output/gallery_job.h
 * \brief   Writes a job's heading, and jobs without a picture
 */
#ifndef OUTPUT_GALLERY_JOB_H
#define OUTPUT_GALLERY_JOB_H

#include "output/gallery_page.h"

/** Write the attributes by which links and the filter find a job. */
void gallery_job_attributes(const struct gallery *gallery, const struct record_job *job);

/** Write a job's name, what it does, and what went wrong. */
void gallery_job_name(const struct gallery *gallery, const struct record_job *job);

/** Write the section of a job that was run once, without a picture. */
void gallery_job_alone(const struct gallery *gallery, const struct record_job *job);

/** Write a list of links to the jobs that failed. */
void gallery_job_failures(const struct gallery *gallery);

#endif
