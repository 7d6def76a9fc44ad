/**
 * \file    score_cam.c
 * \brief   Score-CAM: feature maps weighted by what the network still sees under them
 *
 *     H_k   = s( Up(A^k) )
 *     w_k^c = softmax_k( y^c(x * H_k) - y^c(x_b) )
 *     L^c   = ReLU( sum_k w_k^c A^k )
 *
 * where A^k is feature map k of the layer, Up() enlarges it to the size of the input x, s()
 * scales it to 0..1, * is by element, y^c the score of class c before the softmax, and x_b
 * a baseline, whose score the softmax cancels.
 *
 * H. Wang, Z. Wang, M. Du, F. Yang, Z. Zhang, S. Ding, P. Mardziel, X. Hu: Score-CAM:
 * Score-Weighted Visual Explanations for Convolutional Neural Networks. 2019,
 * arXiv:1910.01279, section 3, algorithm 1.
 *
 * As in the paper. torch-cam scales before it enlarges, and pytorch-grad-cam enlarges with
 * aligned corners. The authors' own code weights by the class's probability instead. No
 * gradient is needed, but a forward pass for each feature map: `channels` tries only those
 * that vary most.
 */
#include "common/masks.h"

static const cnnviz_parameter parameters[] = {
	MASKS_PARAMETERS,
};

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	return masks_attribute(host, job, batch, NULL, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("score_cam", "1.0"),
	.summary = "Score-CAM: feature maps weighted by what the network sees under them",
	.description = "Lays each feature map of a layer over the picture as a mask and "
		       "weights it by the class score of what remains. Needs no "
		       "gradient, but a pass for each feature map.",
	.reference = "Wang et al. 2019, Score-CAM, arXiv:1910.01279, section 3",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_CAM,
	.attribute = attribute,
	.check = cam_check,
	.asks = CNNVIZ_ASKS_ACTIVATIONS,
	.family = CNNVIZ_FAMILY_CAM,
};

CNNVIZ_PLUGIN(technique)
