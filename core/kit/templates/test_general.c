/**
 * \file    test_@NAME@.c
 * \brief   @NAME@ computes what its formula says
 *
 * On a layer of two channels that are the input and minus twice the input. Exits with 0
 * if all tests pass.
 */
#include <stdio.h>

#include <cnnviz/test.h>

/* A convolution from one channel to two, one value each */
static const float weight[] = { 1, -2 };
static const float pixels[] = { 3, -5 };

static int failures;

static void expect(const char *what, double value, double expected)
{
	if (value < expected - 1e-6 || value > expected + 1e-6) {
		printf("FAIL: %s is %g instead of %g\n", what, value, expected);
		failures++;
	}
}

static void values_are_means_over_channels(const cnnviz_test_network *network)
{
	static const int64_t shape[] = { 1, 1, 1, 2 };
	static const int64_t target = 0;
	static const struct cnnviz_test_value values[] = {
		{ .name = "layer", .integer = 1, .text = "conv" },
		{ .name = NULL },
	};
	cnnviz_tensor *input = cnnviz_test_tensor(4, shape, pixels);
	const cnnviz_batch batch = {
		.struct_size = sizeof(batch),
		.count = 1,
		.inputs = input,
		.targets = &target,
	};
	cnnviz_job job = { .network = network, .values = values };

	expect("the status", cnnviz_plugin()->run(&cnnviz_test_host, &job, &batch),
			CNNVIZ_OK);
	/* (|3| + |-6|) / 2 and (|-5| + |10|) / 2 */
	expect("the scalar", cnnviz_test_find(&job, "strongest")->value, 7.5);
	const float *drawn = cnnviz_test_host.tensor->data(
			cnnviz_test_find(&job, "activation")->tensor);
	expect("the first position", drawn[0], 4.5 / 7.5);
	expect("the second position", drawn[1], 1);
	cnnviz_test_forget(&job);
	cnnviz_test_host.tensor->unref(input);
}

static void failure_is_passed_on(void)
{
	static const int64_t target = 0;
	const cnnviz_batch batch = {
		.struct_size = sizeof(batch),
		.count = 1,
		.targets = &target,
	};
	cnnviz_job job = { .pass_fails = true };

	expect("the status of a failing pass",
			cnnviz_plugin()->run(&cnnviz_test_host, &job, &batch),
			CNNVIZ_ERROR_ENGINE);
}

int main(void)
{
	const cnnviz_test_layer layers[] = {
		{ "conv", "conv2d", 2, 1, weight, NULL },
		{ "mean", "global_mean", 0, 0, NULL, NULL },
		{ "flat", "flatten", 0, 0, NULL, NULL },
	};
	cnnviz_test_network *network = cnnviz_test_network_create(1, 1, 2, layers, 3);

	values_are_means_over_channels(network);
	failure_is_passed_on();
	cnnviz_test_network_free(network);
	expect("the number of handles that were not released", (double)cnnviz_test_live(),
			0);
	printf("%d failures\n", failures);
	return failures > 0;
}
