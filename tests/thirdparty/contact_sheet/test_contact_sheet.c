/* What the contact sheet gives for a picture, for the oracle; and what it refuses. */
#include "network.h"

int main(void)
{
	static const int64_t shape[] = { 1, CHANNELS, HEIGHT, WIDTH };
	static const int64_t target = 0;
	static const struct cnnviz_test_value relu[] = {
		{ .name = "layer", .integer = 2, .text = "relu" },
		{ .name = "columns", .integer = 2 },
		{ .name = "zoom", .integer = 3 },
		{ .name = NULL },
	};
	static const struct cnnviz_test_value flat[] = {
		{ .name = "layer", .integer = 4, .text = "flat" },
		{ .name = NULL },
	};
	cnnviz_test_network *network = open_network();
	cnnviz_tensor *input = cnnviz_test_tensor(4, shape, pixels);
	const cnnviz_batch batch = {
		.struct_size = sizeof(batch),
		.count = 1,
		.inputs = input,
		.targets = &target,
	};
	static cnnviz_job job;

	job.network = network;
	job.values = relu;
	if (cnnviz_plugin()->run(&cnnviz_test_host, &job, &batch) != CNNVIZ_OK) {
		printf("failed: %s\n", job.failure_text);
		return 1;
	}
	print_tensor("result", cnnviz_test_find(&job, "sheet")->tensor);
	printf("silent %g\n", cnnviz_test_find(&job, "silent")->value);
	job.values = flat;
	if (cnnviz_plugin()->run(&cnnviz_test_host, &job, &batch)
			!= CNNVIZ_ERROR_UNSUPPORTED) {
		printf("failed: a layer without places is not refused\n");
		return 1;
	}
	cnnviz_test_forget(&job);
	cnnviz_test_host.tensor->unref(input);
	cnnviz_test_network_free(network);
	return cnnviz_test_live() > 0;
}
