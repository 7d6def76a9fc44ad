/**
 * \file    common/completeness.h
 * \brief   Whether a map sums to the change of the score from a baseline to the picture
 *
 * What methods that integrate gradients along a path promise (Sundararajan et al. 2017,
 * arXiv:1703.01365, section 3, proposition 1). The pictures' scores come of the pass that the
 * batch's jobs share, so that a technique that asks for activations has them for nothing.
 */
#ifndef COMMON_COMPLETENESS_H
#define COMMON_COMPLETENESS_H

#include <cnnviz/cnnviz.h>

struct completeness {
	const cnnviz_host *host;
	cnnviz_job *job;
	const cnnviz_batch *batch;
	double *scores; /* of each picture, before the softmax */
};

/**
 * \brief   Record how far a map's sum is from the change of the score
 *
 * As the map's scalars `score`, `score_of_baseline` and `completeness_error`, the last
 * relative to the change. Warns if it is large.
 *
 * \param   n           Which picture of the batch
 * \param   score       At the picture, and at its baseline
 * \param   sum         Of the map
 * \param   advice      What to do about it; ends the warning
 */
cnnviz_status completeness_note(const cnnviz_host *host, cnnviz_job *job, uint32_t n,
		const double score[2], double sum, const char *advice);

/**
 * \brief   Take the scores of a batch's pictures
 *
 * \param   completeness    Ended with completeness_end(), whatever is returned
 *
 * \return  CNNVIZ_OK, or any status of host->pass->forward_only().
 */
cnnviz_status completeness_begin(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, struct completeness *completeness);

/**
 * \brief   completeness_note() of a path of `steps` that begins at a baseline
 *
 * \param   n           Which picture of the batch
 * \param   baseline    (1,C,H,W), where the path begins
 * \param   sum         Of the map
 *
 * \return  As completeness_begin().
 */
cnnviz_status completeness_report(const struct completeness *completeness, uint32_t n,
		const cnnviz_tensor *baseline, double sum);

/** Release the scores. */
void completeness_end(struct completeness *completeness);

#endif
