/**
 * \file    common/survey.h
 * \brief   The pictures of a run one by one, with what a layer makes of each
 *
 * For techniques that look at all pictures before they give anything. Compiled into each
 * plugin that uses it.
 */
#ifndef PLUGINS_COMMON_SURVEY_H
#define PLUGINS_COMMON_SURVEY_H

#include <cnnviz/cnnviz.h>

/**
 * \brief   Called for each picture; fails as host->fail() does
 *
 * \param   activation  Of the layer, for all pictures of the batch
 * \param   pictures    (N,C,H,W), the batch in colors from 0 to 1
 * \param   n           Which of them
 * \param   stream      That of the picture
 */
typedef cnnviz_status survey_visit(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_tensor *activation, const cnnviz_tensor *pictures,
		uint32_t n, uint64_t stream, void *context);

/** \brief  Visit the pictures of a batch, up to the first that fails. */
cnnviz_status survey_batch(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, int32_t layer, survey_visit *visit,
		void *context);

#endif
