/* What Score-CAM gives for two pictures, for the oracle; and what it refuses. */
#include "network.h"

int main(void)
{
	static const int64_t shape[] = { 2, CHANNELS, HEIGHT, WIDTH };
	static const int64_t targets[] = { 2, 0 };
	static const struct cnnviz_test_value pool[] = {
		{ .name = "layer", .integer = 3, .text = "pool" },
		{ .name = NULL },
	};
	static const struct cnnviz_test_value flat[] = {
		{ .name = "layer", .integer = 4, .text = "flat" },
		{ .name = NULL },
	};
	cnnviz_test_network *network = open_network();
	cnnviz_tensor *input = cnnviz_test_tensor(4, shape, pixels), *maps = NULL;
	const cnnviz_batch batch = {
		.struct_size = sizeof(batch),
		.count = 2,
		.inputs = input,
		.targets = targets,
	};
	cnnviz_job job = { .network = network, .values = pool };

	if (cnnviz_plugin()->attribute(&cnnviz_test_host, &job, &batch, &maps)
			!= CNNVIZ_OK) {
		printf("failed: %s\n", job.failure_text);
		return 1;
	}
	print_tensor("result", maps);
	cnnviz_test_host.tensor->unref(maps);
	job.values = flat;
	if (cnnviz_plugin()->attribute(&cnnviz_test_host, &job, &batch, &maps)
			!= CNNVIZ_ERROR_UNSUPPORTED) {
		printf("failed: a layer without places is not refused\n");
		return 1;
	}
	cnnviz_test_host.tensor->unref(input);
	cnnviz_test_network_free(network);
	return cnnviz_test_live() > 0;
}
