/**
 * \file    weights/torch_file.h
 * \brief   torch.save's two formats
 */
#ifndef WEIGHTS_TORCH_FILE_H
#define WEIGHTS_TORCH_FILE_H

#include "weights/weights.h"

/* Both append the tensors of the mapped file; their errors do not name it. */

/** torch.save since 1.6: a zip archive with a pickle and raw storages */
cnnviz_status torch_zip_read(struct weights *weights, struct error *error);

/** torch.save before 1.6: pickles, then raw storages */
cnnviz_status torch_stream_read(struct weights *weights, struct error *error);

#endif
