/**
 * \file    test_@NAME@.c
 * \brief   @NAME@ computes what its formula says
 *
 * On a linear network, whose gradient is its weight. Exits with 0 if all tests pass.
 */
#include <stdio.h>

#include <cnnviz/test.h>

/* Two classes, one channel, 1x2 pixels */
static const float weight[] = { 1, -2, 0.5F, 4 };
static const float pixels[] = { 3, 5 };

static int failures;

static void expect(const char *what, double value, double expected)
{
	if (value != expected) {
		printf("FAIL: %s is %g instead of %g\n", what, value, expected);
		failures++;
	}
}

static void map_is_gradient_times_input(const cnnviz_test_network *network)
{
	static const int64_t shape[] = { 1, 1, 1, 2 };
	static const int64_t target = 1;
	static const struct cnnviz_test_value values[] = {
		{ .name = "scale", .real = 10 },
		{ .name = NULL },
	};
	cnnviz_tensor *input = cnnviz_test_tensor(4, shape, pixels);
	cnnviz_tensor *maps = NULL;
	const cnnviz_batch batch = {
		.struct_size = sizeof(batch),
		.count = 1,
		.inputs = input,
		.targets = &target,
	};
	cnnviz_job job = { .network = network, .values = values };

	expect("the status",
			cnnviz_plugin()->attribute(&cnnviz_test_host, &job, &batch,
					&maps),
			CNNVIZ_OK);
	expect("the first pixel", cnnviz_test_host.tensor->data(maps)[0], 10 * 0.5 * 3);
	expect("the second pixel", cnnviz_test_host.tensor->data(maps)[1], 10 * 4 * 5);
	cnnviz_test_host.tensor->unref(maps);
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
	cnnviz_tensor *maps = NULL;

	expect("the status of a failing pass",
			cnnviz_plugin()->attribute(&cnnviz_test_host, &job, &batch,
					&maps),
			CNNVIZ_ERROR_ENGINE);
}

int main(void)
{
	const cnnviz_test_layer layers[] = {
		{ "flat", "flatten", 0, 0, NULL, NULL },
		{ "logits", "linear", 2, 0, weight, NULL },
	};
	cnnviz_test_network *network = cnnviz_test_network_create(1, 1, 2, layers, 2);

	map_is_gradient_times_input(network);
	failure_is_passed_on();
	cnnviz_test_network_free(network);
	expect("the number of handles that were not released", (double)cnnviz_test_live(),
			0);
	printf("%d failures\n", failures);
	return failures > 0;
}
