/**
 * \file    fuzz/fuzz_earlier.c
 * \brief   Any bytes as the manifest that is in the output folder before a run
 *
 * What comes of it are paths below that folder, which the run may remove: none may lead out.
 */
#include "config.h"

#include "fuzz_file.h"

#include "base/file.h"
#include "base/memory.h"
#include "output/earlier.h"

/** A folder of our own, and the manifest in it */
static char folder[] = "/tmp/cnnviz-fuzz-XXXXXX";
static char *manifest;

static void remove_folder(void)
{
	unlink(manifest);
	rmdir(folder);
	free(manifest);
}

static void write_manifest(const uint8_t *data, size_t size)
{
	if (manifest == NULL) {
		if (mkdtemp(folder) == NULL) {
			perror(folder);
			exit(99);
		}
		manifest = path_join(folder, "manifest.json");
		atexit(remove_folder);
	}
	FILE *stream = fopen(manifest, "wb");

	if (stream == NULL || fwrite(data, 1, size, stream) != size
			|| fclose(stream) != 0) {
		perror(manifest);
		exit(99);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	write_manifest(data, size);
	struct earlier earlier = earlier_read(folder, (struct plan_shard){ 0, 0 });

	for (size_t i = 0; i < earlier.count; i++) {
		if (!path_stays_below(earlier.paths[i])) {
			abort();
		}
	}
	earlier_clear(&earlier);
	return 0;
}
