/**
 * \file    evaluate/judge.h
 * \brief   Measures the maps of one job, or of a baseline, for a batch of objects
 */
#ifndef EVALUATE_JUDGE_H
#define EVALUATE_JUDGE_H

#include "evaluate/evaluation.h"
#include "host/session.h"

/** What is shared by all maps of one object */
struct subject {
	const struct target *target;
	size_t index; /* of the target */
	enum role role;
	float *coverage;
	const cnnviz_tensor *input; /* (1,C,H,W), borrowed */
	bool runs;                  /* whether measures that run the network are of it */
	cnnviz_tensor *blurred;     /* NULL unless it does */
	struct classification base; /* likewise: of the picture as it is */
	unsigned char *inside;      /* of a segmentation network: see session_region() */
};

/**
 * \brief   Look at the objects of the session's batch
 *
 * \param   subjects    One for each of its items; subjects_end() also after a failure
 */
cnnviz_status subjects_start(const struct evaluation *evaluation, struct session *session,
		struct subject *subjects, struct error *error);

void subjects_end(struct subject *subjects, size_t count);

/** Measure a source's maps of the session's batch, and note their scores. */
cnnviz_status judge_source(const struct evaluation *evaluation, struct session *session,
		struct source *source, struct subject *subjects, struct error *error);

#endif
