/**
 * \file    host/artifact_labels.h
 * \brief   Writes label maps, which have a class for each pixel
 */
#ifndef HOST_ARTIFACT_LABELS_H
#define HOST_ARTIFACT_LABELS_H

#include "output/record.h"

/**
 * \brief   Draw, keep and record a label map
 *
 * \param   artifact    Described by artifact_describe(); its name is the map's
 * \param   labels      (H,W), indices of classes
 */
cnnviz_status labels_keep(struct cnnviz_job *job, struct record_artifact artifact,
		const cnnviz_tensor *labels);

#endif
