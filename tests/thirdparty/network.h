/*
 * The network of the tests of these projects, and how they print: the oracle reads the
 * weights, the input and what the technique gave, and computes the latter by itself.
 */
#ifndef NETWORK_H
#define NETWORK_H

#include <stdio.h>

#include <cnnviz/test.h>

#define CHANNELS 2
#define HEIGHT 6
#define WIDTH 8
#define FEATURES 3
#define CLASSES 4

static float conv_weight[FEATURES * CHANNELS * 9], conv_bias[FEATURES];
static float linear_weight[CLASSES * FEATURES * (HEIGHT / 2) * (WIDTH / 2)];
static float pixels[2 * CHANNELS * HEIGHT * WIDTH];

/* Numbers without a pattern, -1..1 */
static void fill(float *values, size_t count, unsigned seed)
{
	for (size_t i = 0; i < count; i++) {
		seed = seed * 1103515245U + 12345U;
		values[i] = (float)(seed >> 16 & 0x7FFF) / 16384.0F - 1;
	}
}

static void print_values(const char *name, const float *values, size_t count)
{
	printf("%s", name);
	for (size_t i = 0; i < count; i++) {
		printf(" %.9g", (double)values[i]);
	}
	printf("\n");
}

static void print_tensor(const char *name, const cnnviz_tensor *tensor)
{
	print_values(name, cnnviz_test_host.tensor->data(tensor),
			(size_t)cnnviz_test_host.tensor->count(tensor));
}

/* conv 3x3 -> relu -> max pool 2 -> linear; prints it and fills the pixels */
static cnnviz_test_network *open_network(void)
{
	const cnnviz_test_layer layers[] = {
		{ "conv", "conv2d", FEATURES, 3, conv_weight, conv_bias },
		{ "relu", "relu", 0, 0, NULL, NULL },
		{ "pool", "max_pool2d", 0, 2, NULL, NULL },
		{ "flat", "flatten", 0, 0, NULL, NULL },
		{ "logits", "linear", CLASSES, 0, linear_weight, NULL },
	};

	fill(conv_weight, sizeof(conv_weight) / sizeof(float), 5);
	fill(conv_bias, sizeof(conv_bias) / sizeof(float), 6);
	fill(linear_weight, sizeof(linear_weight) / sizeof(float), 7);
	fill(pixels, sizeof(pixels) / sizeof(float), 8);
	print_values("conv_weight", conv_weight, sizeof(conv_weight) / sizeof(float));
	print_values("conv_bias", conv_bias, sizeof(conv_bias) / sizeof(float));
	print_values("linear_weight", linear_weight,
			sizeof(linear_weight) / sizeof(float));
	print_values("pixels", pixels, sizeof(pixels) / sizeof(float));
	return cnnviz_test_network_create(CHANNELS, HEIGHT, WIDTH, layers, 5);
}

#endif
