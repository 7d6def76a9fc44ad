/**
 * \file    reference/samples.c
 * \brief   Small networks with random weights, which together use every operation with
 *                     all its settings
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/tensor.h"
#include "graph/import_ini.h"
#include "reference/samples.h"

/** An activation by its word and settings: layer b, behind a convolution */
#define ACTIVATION(text, kind) \
	{ \
		"activation: " text, 4, 5, \
				"a = conv2d out=4 kernel=1\n" \
				"b = " text "\n" \
				"end = flatten\n", \
				kind \
	}

const struct sample samples[] = {
	ACTIVATION("relu", SAMPLE_RECTIFIES),
	ACTIVATION("relu6", SAMPLE_RECTIFIES),
	ACTIVATION("silu", SAMPLE_SMOOTH),
	ACTIVATION("gelu", SAMPLE_SMOOTH),
	ACTIVATION("gelu approximate=tanh", SAMPLE_SMOOTH),
	ACTIVATION("hardswish", SAMPLE_SMOOTH),
	ACTIVATION("clipped_relu max=0.5", SAMPLE_RECTIFIES),
	ACTIVATION("leaky_relu", SAMPLE_SMOOTH),
	ACTIVATION("leaky_relu negative_slope=-0.3", SAMPLE_SMOOTH),
	ACTIVATION("prelu", SAMPLE_SMOOTH),
	ACTIVATION("prelu shared=no", SAMPLE_SMOOTH),
	ACTIVATION("elu", SAMPLE_SMOOTH),
	ACTIVATION("elu alpha=0.7", SAMPLE_SMOOTH),
	ACTIVATION("mish", SAMPLE_SMOOTH),
	ACTIVATION("sigmoid", SAMPLE_TRUE),
	ACTIVATION("hardsigmoid", SAMPLE_TRUE),
	ACTIVATION("tanh", SAMPLE_TRUE),
	ACTIVATION("clip min=-0.5 max=0.8", SAMPLE_TRUE),
	ACTIVATION("affine factor=-0.7 addend=0.3", SAMPLE_TRUE),
	ACTIVATION("pow exponent=3", SAMPLE_TRUE),
	ACTIVATION("exp", SAMPLE_TRUE),
	ACTIVATION("erf", SAMPLE_TRUE),
	{ "convolution with stride", 7, 9,
			"a = conv2d out=4 kernel=3 stride=2 padding=1\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "convolution with another kernel, stride and padding each way", 7, 9,
			"a = conv2d out=3 kernel=3,5 stride=1,2 padding=1,0\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "convolution with dilation", 8, 9,
			"a = conv2d out=3 kernel=3 dilation=2,1 padding=2,1 stride=2\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "convolution in groups and depthwise", 6, 5,
			"a = conv2d out=6 kernel=1\n"
			"b = conv2d out=9 kernel=3 groups=3 padding=1\n"
			"c = conv2d out=18 kernel=3 groups=9 bias=no\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "convolution with another padding at each edge", 6, 7,
			"a = conv2d out=4 kernel=3 stride=2 padding=0,1,2,1\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "convolution with TensorFlow's SAME padding", 8, 7,
			"a = conv2d out=4 kernel=3 stride=2 padding=same\n"
			"b = conv2d out=4 kernel=4 padding=same groups=4\n"
			"c = conv2d out=2 kernel=1 stride=3 padding=same\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "transposed convolution with stride", 4, 5,
			"a = conv_transpose2d out=4 kernel=3 stride=2 padding=1\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "transposed convolution with another kernel, stride and padding each way", 4, 3,
			"a = conv_transpose2d out=4 kernel=4,3 stride=2,3 padding=1,0 "
			"output_padding=1,2\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "transposed convolution with dilation, which output_padding may come up to", 3,
			4,
			"a = conv_transpose2d out=3 kernel=2,3 dilation=3,2 "
			"output_padding=2,1 "
			"stride=1,2\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "transposed convolution in groups, depthwise and without bias", 3, 4,
			"a = conv2d out=6 kernel=1\n"
			"b = conv_transpose2d out=9 kernel=3 groups=3 padding=1\n"
			"c = conv_transpose2d out=18 kernel=2 groups=9 bias=no stride=2\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "transposed convolution cut differently at each edge", 4, 5,
			"a = conv_transpose2d out=4 kernel=4 stride=2 padding=0,1,3,1 "
			"output_padding=1\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "batch normalization", 4, 5,
			"a = batch_norm2d eps=0.001\n"
			"b = conv2d out=4 kernel=1\n"
			"c = batch_norm2d\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "convolutions as wide as a vector register, with groups, strides and dilation",
			6, 5,
			"a = conv2d out=32 kernel=3 padding=1\n"
			"b = conv2d out=48 kernel=3,2 stride=2,1 padding=0,1,2,1 "
			"groups=2\n"
			"c = conv2d out=48 kernel=3 groups=48 padding=2 dilation=2\n"
			"end = conv2d out=2 kernel=1\n",
			SAMPLE_LINEAR },
	{ "several filters for each channel, and narrow groups", 7, 6,
			"a = conv2d out=16 kernel=1 stride=1,2 padding=1,0\n"
			"b = conv2d out=32 kernel=2 groups=16 stride=2 bias=no\n"
			"c = conv2d out=64 kernel=3 groups=8 padding=same\n"
			"end = conv2d out=2 kernel=1\n",
			SAMPLE_LINEAR },
	{ "normalized and cut behind convolutions, some of which are read elsewhere too",
			6, 7,
			"a = conv2d out=16 kernel=3 padding=1 bias=no\n"
			"b = batch_norm2d\n"
			"c = relu\n"
			"d = conv2d out=16 kernel=3 groups=16 padding=1\n"
			"e = batch_norm2d\n"
			"f = relu6\n"
			"g = conv2d out=8 kernel=1\n"
			"h = batch_norm2d eps=0.01\n"
			"i = add from=h,g\n"
			"j = relu\n"
			"k = conv2d out=8 kernel=3 padding=1 from=i\n"
			"l = batch_norm2d\n"
			"m = relu\n"
			"n = conv2d out=8 kernel=1 from=l\n"
			"o = relu6\n"
			"p = conv2d out=8 kernel=1 from=j\n"
			"q = batch_norm2d\n"
			"r = add from=m,o,q\n"
			"s = conv2d out=4 kernel=2\n"
			"end = batch_norm2d\n",
			SAMPLE_LINEAR },
	{ "relu after everything it may overwrite, and what it may not", 5, 6,
			"a = conv2d out=4 kernel=3 padding=1\n"
			"b = relu\n"
			"c = dropout\n"
			"d = relu\n"
			"e = batch_norm2d\n"
			"f = relu\n"
			"g = add from=f,a\n"
			"h = relu\n"
			"i = concat from=h,a\n"
			"j = relu\n"
			"k = flatten\n"
			"l = relu\n"
			"m = linear out=6\n"
			"n = relu\n"
			"end = linear out=3\n",
			SAMPLE_LINEAR },
	{ "relu of what another layer hands on as it is", 4, 5,
			"a = conv2d out=4 kernel=1\n"
			"b = dropout\n"
			"c = relu from=a\n"
			"d = add from=b,c\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "relu of the input", 4, 4,
			"a = relu\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "relu6, cut at both ends", 4, 5,
			"a = conv2d out=4 kernel=1\n"
			"b = batch_norm2d\n"
			"c = relu6\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "max pool whose windows overlap", 9, 7,
			"a = max_pool2d kernel=3 stride=2\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "max pool with padding and ceil_mode", 8, 7,
			"a = max_pool2d kernel=3,2 stride=2 padding=1 ceil_mode=yes\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "max pool whose last window would begin in the padding", 5, 5,
			"a = max_pool2d kernel=2 stride=2 padding=1 ceil_mode=yes\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "max pool with dilation", 9, 8,
			"a = max_pool2d kernel=2,3 stride=2 dilation=2 padding=1\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "max pool with SAME padding", 8, 7,
			"a = max_pool2d kernel=3 stride=2 padding=same\n"
			"b = max_pool2d kernel=2 stride=1 padding=same\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "unpooling by switches", 6, 8,
			"a = conv2d out=4 kernel=3 padding=1\n"
			"b = max_pool2d kernel=2\n"
			"c = conv2d out=4 kernel=1\n"
			"d = relu\n"
			"e = max_unpool2d pool=b\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "unpooling where windows overlap, and values meet at one place", 9, 7,
			"a = max_pool2d kernel=3 stride=2\n"
			"b = conv2d out=3 kernel=1\n"
			"c = max_unpool2d pool=a\n"
			"d = relu\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "unpooling after padding, ceil_mode, dilation and SAME", 9, 8,
			"a = max_pool2d kernel=3,2 stride=2 padding=1 ceil_mode=yes\n"
			"b = max_pool2d kernel=2 stride=1 dilation=2 padding=1\n"
			"c = max_pool2d kernel=3 stride=2 padding=same\n"
			"d = max_pool2d kernel=2 stride=1 padding=0,1,1,0\n"
			"e = conv2d out=3 kernel=3 padding=1\n"
			"f = max_unpool2d pool=d\n"
			"g = max_unpool2d pool=c\n"
			"h = conv2d out=3 kernel=1\n"
			"i = max_unpool2d pool=b\n"
			"j = max_unpool2d pool=a\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "switches used twice, and not by the layer after the pool", 6, 6,
			"a = max_pool2d kernel=2\n"
			"b = conv2d out=3 kernel=1\n"
			"c = max_unpool2d pool=a\n"
			"d = max_unpool2d pool=a from=a\n"
			"e = add from=c,d\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "maps for each class", 8, 6,
			"encoder.0 = conv2d out=4 kernel=3 padding=1\n"
			"encoder.1 = relu\n"
			"pool = max_pool2d kernel=2\n"
			"middle = conv2d out=4 kernel=3 padding=1\n"
			"unpool = max_unpool2d pool=pool\n"
			"decoder = conv_transpose2d out=6 kernel=3 padding=1\n"
			"relu = relu\n"
			"score = conv2d out=5 kernel=1\n",
			SAMPLE_LINEAR },
	{ "average pool", 9, 7,
			"a = avg_pool2d kernel=3 stride=2 padding=1\n"
			"b = avg_pool2d kernel=2,1\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "average pool that leaves padding out", 9, 7,
			"a = avg_pool2d kernel=3,2 stride=2 padding=1 "
			"count_include_pad=no\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "average pool with ceil_mode", 8, 7,
			"a = avg_pool2d kernel=3 stride=2 ceil_mode=yes padding=1\n"
			"b = avg_pool2d kernel=3 stride=2 ceil_mode=yes padding=1 "
			"count_include_pad=no\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "average pool with SAME padding", 8, 7,
			"a = avg_pool2d kernel=3 stride=2 padding=same\n"
			"b = avg_pool2d kernel=2 stride=1 padding=same "
			"count_include_pad=no\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "average pool with another padding at each edge", 6, 8,
			"a = avg_pool2d kernel=3 stride=1 padding=0,1,1,0 "
			"count_include_pad=no\n"
			"b = avg_pool2d kernel=3 stride=2 padding=1,0,0,1\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "largest values of windows that overlap or repeat, and of a channel", 5, 7,
			"a = adaptive_max_pool2d output=3,4\n"
			"b = adaptive_max_pool2d output=7,2\n"
			"c = adaptive_max_pool2d output=1 from=a\n"
			"d = add from=b,c\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "sums of channels", 5, 7,
			"a = sum\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "rows and columns of zeros, mirrored and repeated", 5, 6,
			"a = pad padding=1,0,2,3\n"
			"b = pad padding=2,4,1,2 mode=reflect\n"
			"c = pad padding=3,1 mode=replicate\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "maps enlarged by the nearest value, and made smaller", 5, 6,
			"a = upsample scale=2\n"
			"b = upsample scale=1.5,0.4\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "maps enlarged with blending, edges on edges", 5, 6,
			"a = upsample scale=2,2.3 mode=bilinear\n"
			"b = max_pool2d kernel=2\n"
			"c = interpolate like=input mode=bilinear\n"
			"d = interpolate like=a\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "maps enlarged with blending, corners on corners", 4, 5,
			"a = upsample scale=2 mode=bilinear align_corners=yes\n"
			"b = adaptive_avg_pool2d output=1\n"
			"c = interpolate like=a mode=bilinear align_corners=yes\n"
			"d = add from=a,c\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "maps enlarged with blending, values at the top left on each other", 5, 6,
			"a = upsample scale=2,1.7 mode=bilinear coordinates=asymmetric\n"
			"b = upsample scale=0.6 mode=bilinear coordinates=align_corners\n"
			"c = upsample scale=2 mode=bilinear coordinates=half_pixel\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "maps enlarged by the nearest value, rounded in each way", 5, 6,
			"a = upsample scale=1.7 coordinates=half_pixel "
			"rounding=prefer_ceil\n"
			"b = upsample scale=0.25,1 rounding=prefer_floor "
			"coordinates=half_pixel\n"
			"c = upsample scale=3 coordinates=align_corners rounding=ceil\n"
			"d = upsample scale=1.3 coordinates=asymmetric rounding=ceil\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "what lies at the opposite edge", 4, 5,
			"a = pad padding=4,1,0,5 mode=circular\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "pools with more padding than half the kernel", 5, 6,
			"a = max_pool2d kernel=3,2 stride=2,1 padding=2,1,1,0\n"
			"b = max_pool2d kernel=3 stride=2 padding=2\n"
			"c = avg_pool2d kernel=3 stride=1 padding=2\n"
			"d = avg_pool2d kernel=3,4 stride=2 padding=2,3 "
			"count_include_pad=no\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "parts of rows and columns, joined along each axis", 6, 7,
			"a = conv2d out=4 kernel=3 padding=1\n"
			"b = slice range=0,4 axis=height\n"
			"c = slice range=1,0 axis=width step=2 from=a\n"
			"d = slice range=0,0 axis=height step=2 from=c\n"
			"e = slice range=1,0 axis=height step=2 from=c\n"
			"f = concat from=d,e axis=width\n"
			"g = slice range=0,3 axis=height from=b\n"
			"h = concat from=g,b axis=height\n"
			"i = slice range=0,6 axis=width from=g\n"
			"j = concat from=f,i axis=channels\n"
			"k = slice range=1,0 step=3\n"
			"l = flatten\n"
			"m = flatten from=h\n"
			"end = concat from=l,m\n",
			SAMPLE_LINEAR },
	{ "other extents of the same values, by which channels become rows", 4, 5,
			"a = conv2d out=8 kernel=3 padding=1\n"
			"mean = adaptive_avg_pool2d output=1\n"
			"row = reshape shape=1,8,1\n"
			"conv = conv2d out=1 kernel=3,1 padding=1,0 bias=no\n"
			"gate = sigmoid\n"
			"back = reshape shape=8,1,1\n"
			"b = mul from=a,back\n"
			"flat = flatten\n"
			"c = reshape shape=2,8,10\n"
			"end = flatten\n",
			SAMPLE_CURVED },
	{ "a softmax along each axis, of arrays of several ranks", 4, 5,
			"a = conv2d out=6 kernel=1\n"
			"b = softmax axis=height\n"
			"c = affine factor=9\n"
			"d = reshape shape=2,3,2,2,5\n"
			"e = softmax axis=fourth\n"
			"f = affine factor=9\n"
			"g = softmax axis=fifth\n"
			"h = affine factor=9\n"
			"i = flatten\n"
			"j = softmax\n"
			"end = affine factor=9\n",
			SAMPLE_CURVED },
	{ "tokens: a class token and places added, normalized, mixed with each other", 4,
			6,
			"a = conv2d out=6 kernel=2 stride=2\n"
			"b = permute order=2,3,1\n"
			"c = reshape shape=6,6\n"
			"token = parameter shape=1,6\n"
			"d = concat from=token,c\n"
			"place = parameter shape=7,6\n"
			"e = add from=d,place\n"
			"f = layer_norm eps=1e-6\n"
			"qkv = linear out=18\n"
			"g = reshape shape=7,3,2,3\n"
			"h = permute order=2,3,1,4\n"
			"q = slice range=0,1\n"
			"k = slice range=1,2 from=h\n"
			"v = slice range=2,0 from=h\n"
			"turned = permute order=1,2,4,3 from=k\n"
			"scores = matmul from=q,turned\n"
			"scaled = affine factor=0.6\n"
			"shares = softmax axis=fourth\n"
			"mixed = matmul from=shares,v\n"
			"i = permute order=1,3,2,4\n"
			"j = reshape shape=7,6\n"
			"k2 = linear out=6\n"
			"l = add from=e,k2\n"
			"m = slice range=0,1\n"
			"end = flatten\n",
			SAMPLE_CURVED },
	{ "biases of windows by distance, and with a shift by what lies apart", 3, 5,
			"a = conv2d out=2 kernel=1\n"
			"b = permute order=2,3,1\n"
			"c = reshape shape=15,2\n"
			"d = relative_bias window=2,3\n"
			"e = relative_bias window=2,3 shift=1 map=6,3 from=c\n"
			"f = add from=d,e\n"
			"end = flatten\n",
			SAMPLE_CURVED },
	{ "attention with other numbers of keys, with biases of every kind", 4, 6,
			"a = conv2d out=12 kernel=1\n"
			"b = reshape shape=2,3,24,2\n"
			"c = permute order=1,2,4,3\n"
			"d = reshape shape=2,3,8,6\n"
			"q = slice range=0,5 axis=width\n"
			"k = slice range=1,0 axis=width from=d\n"
			"v = slice range=0,7 axis=width from=b\n"
			"e = attention from=q,k,v\n"
			"place = parameter shape=1,3,5,7\n"
			"f = attention from=q,k,v,place scale=0.7\n"
			"live = mean axis=fourth from=k\n"
			"row = reshape shape=2,3,1,7\n"
			"g = attention from=q,k,v,row,place scale=-0.3\n"
			"h = add from=e,f,g\n"
			"end = flatten\n",
			SAMPLE_CURVED },
	{ "products of matrices that are repeated, and parameters of four axes", 3, 4,
			"a = conv2d out=4 kernel=1\n"
			"b = reshape shape=2,2,3,4\n"
			"c = parameter shape=1,2,4,3\n"
			"d = matmul from=b,c\n"
			"e = parameter shape=2,1,1,3 from=b\n"
			"f = mul from=d,e\n"
			"g = matmul from=f,f\n"
			"end = flatten\n",
			SAMPLE_CURVED },
	{ "normalization of groups, of several axes, and without weights", 3, 4,
			"a = conv2d out=6 kernel=1\n"
			"b = group_norm groups=3\n"
			"c = group_norm groups=2 affine=no eps=0.01\n"
			"d = layer_norm axes=3\n"
			"e = layer_norm axes=2 affine=no\n"
			"f = flatten\n"
			"g = group_norm groups=8\n"
			"h = layer_norm\n"
			"end = linear out=3\n",
			SAMPLE_CURVED },
	{ "an axis reduced to its mean, its largest value and its length", 4, 5,
			"a = conv2d out=3 kernel=1\n"
			"b = mean axis=height\n"
			"c = amax axis=width from=a\n"
			"d = norm from=a\n"
			"e = flatten from=b\n"
			"f = flatten from=c\n"
			"g = flatten from=d\n"
			"h = concat from=e,f,g\n"
			"i = mean\n"
			"j = norm from=h\n"
			"k = amax from=h\n"
			"end = concat from=h,i,j,k\n",
			SAMPLE_CURVED },
	{ "an array of seven axes, turned, cut and joined", 4, 6,
			"a = conv2d out=4 kernel=1\n"
			"b = reshape shape=2,2,2,2,2,3,1\n"
			"c = permute order=7,5,1,6,2,4,3\n"
			"d = slice range=1,0 axis=fourth\n"
			"e = slice range=0,2 axis=fourth from=c\n"
			"f = concat from=d,e axis=seventh\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "adaptive pool to one", 5, 7,
			"a = adaptive_avg_pool2d output=1\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "adaptive pool whose windows overlap or repeat", 5, 7,
			"a = adaptive_avg_pool2d output=3,4\n"
			"b = adaptive_avg_pool2d output=7,2\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "linear layers", 4, 4,
			"a = flatten\n"
			"b = linear out=7\n"
			"c = dropout\n"
			"end = linear out=5 bias=no\n",
			SAMPLE_LINEAR },
	{ "a sum of branches, one of them twice", 5, 5,
			"a = conv2d out=3 kernel=3 padding=1\n"
			"b = conv2d out=3 kernel=1\n"
			"c = add from=a,b,a\n"
			"d = add from=c,input\n"
			"end = flatten\n",
			SAMPLE_LINEAR },
	{ "a gate for each channel, one for each place, and a sum with both", 5, 6,
			"a = conv2d out=4 kernel=3 padding=1\n"
			"pool = adaptive_avg_pool2d output=1\n"
			"fc = conv2d out=4 kernel=1\n"
			"gate = sigmoid\n"
			"b = mul from=gate,a\n"
			"place = conv2d out=1 kernel=1 from=a\n"
			"c = mul from=b,place\n"
			"d = add from=gate,c,place\n"
			"e = mul from=d,d\n"
			"end = flatten\n",
			SAMPLE_CURVED },
	{ "differences and quotients, with rows of features too", 4, 5,
			"a = conv2d out=4 kernel=1\n"
			"mean = adaptive_avg_pool2d output=1\n"
			"b = sub from=a,mean\n"
			"c = mul from=b,b\n"
			"d = adaptive_avg_pool2d output=1\n"
			"one = sigmoid\n"
			"e = div from=b,one\n"
			"f = sub from=mean,e\n"
			"g = flatten\n"
			"h = linear out=3\n"
			"i = sigmoid\n"
			"j = div from=h,i\n"
			"k = linear out=1 from=g\n"
			"end = sub from=j,k\n",
			SAMPLE_CURVED },
	{ "a concatenation of branches, one of them twice", 5, 6,
			"a = conv2d out=2 kernel=1\n"
			"b = relu\n"
			"c = conv2d out=3 kernel=3 padding=1 from=a\n"
			"d = concat from=b,input,c,b\n"
			"e = conv2d out=4 kernel=1\n"
			"f = flatten\n"
			"g = flatten from=c\n"
			"end = concat from=f,g\n",
			SAMPLE_LINEAR },
	{ "channels shuffled, and parts of them", 4, 5,
			"a = conv2d out=12 kernel=1\n"
			"b = channel_shuffle groups=3\n"
			"c = slice range=0,5\n"
			"d = slice range=3,12 from=b\n"
			"e = concat from=c,d\n"
			"f = channel_shuffle groups=2\n"
			"g = flatten\n"
			"end = slice range=100,130\n",
			SAMPLE_LINEAR },
	{ "softmax of features and across channels", 4, 5,
			"a = softmax\n"
			"b = flatten\n"
			"c = linear out=6\n"
			"d = softmax\n"
			"end = linear out=3\n",
			SAMPLE_CURVED },
	{ "local response normalization over an odd number of channels", 3, 4,
			"a = conv2d out=9 kernel=1\n"
			"b = lrn size=5 alpha=0.9 beta=0.75 k=2\n"
			"end = flatten\n",
			SAMPLE_CURVED },
	{ "local response normalization over an even number of channels", 3, 4,
			"a = conv2d out=7 kernel=1\n"
			"b = lrn size=4 alpha=1.5 beta=0.6 k=1\n"
			"end = flatten\n",
			SAMPLE_CURVED },
	{ "a feature map, its mean and a linear layer", 12, 10,
			"features.0 = conv2d out=6 kernel=3 padding=1\n"
			"features.1 = relu\n"
			"pool = adaptive_avg_pool2d output=1\n"
			"flat = flatten\n"
			"classifier = linear out=5\n",
			SAMPLE_LINEAR },
	{ "a network with blocks of each kind", 20, 17,
			"stem.conv = conv2d out=8 kernel=3 stride=2 padding=1 bias=no\n"
			"stem.bn = batch_norm2d\n"
			"stem.relu = relu\n"
			"pool = max_pool2d kernel=3 stride=2 ceil_mode=yes\n"
			"block1.conv1 = conv2d out=8 kernel=3 padding=1 bias=no\n"
			"block1.bn1 = batch_norm2d\n"
			"block1.relu1 = relu\n"
			"block1.conv2 = conv2d out=8 kernel=3 padding=1 bias=no\n"
			"block1.bn2 = batch_norm2d\n"
			"block1.add = add from=block1.bn2,pool\n"
			"block1.relu2 = relu\n"
			"fire.squeeze = conv2d out=4 kernel=1\n"
			"fire.relu = relu\n"
			"fire.left = conv2d out=6 kernel=1\n"
			"fire.left_relu = relu\n"
			"fire.right = conv2d out=6 kernel=3 padding=1 from=fire.relu\n"
			"fire.right_relu = relu\n"
			"fire.cat = concat from=fire.left_relu,fire.right_relu\n"
			"mobile.expand = conv2d out=24 kernel=1\n"
			"mobile.relu6 = relu6\n"
			"mobile.depth = conv2d out=24 kernel=3 groups=24 padding=same "
			"stride=2\n"
			"mobile.relu6b = relu6\n"
			"mobile.project = conv2d out=12 kernel=1\n"
			"mobile.pool = avg_pool2d kernel=2 padding=1 stride=1\n"
			"mean = adaptive_avg_pool2d output=2\n"
			"flat = flatten\n"
			"drop = dropout\n"
			"classifier.1 = linear out=10\n"
			"classifier.2 = relu\n"
			"classifier.3 = linear out=5\n",
			SAMPLE_LINEAR },
};

const size_t sample_count = sizeof(samples) / sizeof(*samples);

const struct sample *sample_find(const char *fact)
{
	for (size_t i = 0; i < sample_count; i++) {
		if (strcmp(samples[i].fact, fact) == 0) {
			return &samples[i];
		}
	}
	return NULL;
}

void sample_numbers(uint64_t seed, int64_t count, double *values)
{
	/* SplitMix64 */
	uint64_t state = seed * UINT64_C(0x2545F4914F6CDD1D);

	for (int64_t i = 0; i < count; i++) {
		uint64_t z = state += UINT64_C(0x9E3779B97F4A7C15);

		z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
		z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
		z ^= z >> 31;
		values[i] = (double)(z >> 11) / (double)(UINT64_C(1) << 52) - 1;
	}
}

cnnviz_tensor *sample_tensor(uint64_t seed, double scale, uint32_t rank,
		const int64_t *shape)
{
	cnnviz_tensor *tensor = tensor_create(rank, shape);
	int64_t count = tensor_count(tensor);
	double *values = calloc((size_t)count, sizeof(*values));

	sample_numbers(seed, count, values);
	for (int64_t i = 0; i < count; i++) {
		tensor_mutable_data(tensor)[i] = (float)(scale * values[i]);
	}
	free(values);
	return tensor;
}

/** Weights of a size that keeps values near 1; variances are positive */
static void bind_weights(struct graph *graph)
{
	for (size_t i = 1; i < graph->node_count; i++) {
		for (int role = 0; role < GRAPH_WEIGHT_COUNT; role++) {
			int64_t shape[4];
			uint32_t rank = graph_weight_shape(graph, (int32_t)i,
					(enum graph_weight)role, shape);

			if (rank == 0) {
				continue;
			}
			double fan_in = 1;

			for (uint32_t d = 1; d < rank; d++) {
				fan_in *= (double)shape[d];
			}
			cnnviz_tensor *tensor = sample_tensor(100 * i + (uint64_t)role,
					rank > 1 ? 4 / (fan_in + 1) : 2, rank, shape);
			float *data = tensor_mutable_data(tensor);

			for (int64_t k = 0; role == GRAPH_RUNNING_VAR
					&& k < tensor_count(tensor);
					k++) {
				data[k] = 0.1f + data[k] * data[k];
			}
			graph->nodes[i].weights[role] = tensor;
		}
	}
}

struct graph *sample_open(const struct sample *sample)
{
	char path[] = "/tmp/cnnviz-sample-XXXXXX";
	int descriptor = mkstemp(path);
	FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
	struct problems problems = { NULL, 0 };
	struct graph *graph;

	if (file == NULL) {
		fprintf(stderr, "cannot write %s\n", path);
		return NULL;
	}
	fprintf(file, "[network]\nname = sample\ninput_size = %d %d\n[layers]\n%s",
			(int)sample->height, (int)sample->width, sample->layers);
	fclose(file);
	graph = graph_import_ini(path, NULL, NULL, &problems);
	unlink(path);
	for (size_t i = 0; i < problems.count; i++) {
		fprintf(stderr, "%s: %s: %s\n", sample->fact, problems.items[i].key,
				problems.items[i].text);
	}
	problems_free(&problems);
	if (graph != NULL) {
		bind_weights(graph);
	}
	return graph;
}

void sample_close(struct graph *graph)
{
	for (size_t i = 0; graph != NULL && i < graph->node_count; i++) {
		for (int role = 0; role < GRAPH_WEIGHT_COUNT; role++) {
			tensor_unref((cnnviz_tensor *)(uintptr_t)graph->nodes[i]
							.weights[role]);
		}
	}
	graph_free(graph);
}
