/**
 * \file    abi/older_host.c
 * \brief   A plugin can tell, before it touches them, which members a host lacks
 *
 * The other direction, a host that meets shorter and longer descriptors, is in
 * tests/plugins/test_descriptor.c and test_registry.c.
 */
#include <stdio.h>
#include <string.h>

#include <cnnviz/cnnviz.h>

static int failures;

static void expect(bool holds, const char *fact)
{
	if (!holds) {
		printf("FAIL: %s\n", fact);
		failures++;
	}
}

/** What a plugin of this minor does that runs on hosts of minor 0 too */
static const char *choose_way(const cnnviz_host *host)
{
	if (CNNVIZ_HAS(cnnviz_host, host, optimize)
			&& CNNVIZ_HAS(cnnviz_optimize_api, host->optimize, run)) {
		return "the host's loop";
	}
	return "a loop of its own";
}

/** A host that knows minor 0 alone: what lies behind its end must not be looked at */
static cnnviz_host older_host(void)
{
	const size_t size = offsetof(cnnviz_host, optimize);
	cnnviz_host host;

	memset(&host, 0xff, sizeof(host));
	memset(&host, 0, size);
	host.abi_major = CNNVIZ_ABI_MAJOR;
	host.struct_size = (uint32_t)size;
	return host;
}

int main(void)
{
	static const cnnviz_optimize_api loop = { .struct_size = sizeof(loop) };
	static const cnnviz_image_api images = {
		.struct_size = offsetof(cnnviz_image_api, read),
	};
	const cnnviz_host old = older_host();
	cnnviz_host present = {
		.abi_major = CNNVIZ_ABI_MAJOR,
		.abi_minor = CNNVIZ_ABI_MINOR,
		.struct_size = sizeof(present),
		.optimize = &loop,
	};

	expect(!CNNVIZ_HAS(cnnviz_host, &old, optimize),
			"an older host lacks the member");
	expect(CNNVIZ_HAS(cnnviz_host, &old, canceled), "it has those before it");
	expect(strcmp(choose_way(&old), "a loop of its own") == 0,
			"so the plugin helps itself");
	expect(CNNVIZ_HAS(cnnviz_host, &present, optimize), "a present host has it");
	expect(strcmp(choose_way(&present), "the host's loop") == 0, "and is used");
	expect(!CNNVIZ_HAS(cnnviz_image_api, &images,
			       read) && CNNVIZ_HAS(cnnviz_image_api, &images, normalize),
			"tables behind the host tell their own size");
	printf("%d failures\n", failures);
	return failures > 0;
}
