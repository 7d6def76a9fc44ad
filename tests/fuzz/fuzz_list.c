/**
 * \file    fuzz/fuzz_list.c
 * \brief   Any bytes as a list of pictures, @FILE: problems or pictures, nothing else
 */
#include "config.h"

#include "fuzz_file.h"

#include <string.h>

#include "plan/picture_parts.h"
#include "plan/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_file file = fuzz_file_open(data, size);
	char folder[] = "/nowhere";
	struct ini ini = { .path = file.path, .folder = folder };
	struct plan plan = { .ini = &ini };
	struct problems problems = { 0 };
	struct builder builder = { .plan = &plan, .problems = &problems };
	struct picture_set set = { NULL, 0 };
	const struct picture_origin origin = {
		.builder = &builder,
		.set = &set,
		.section = "input",
		.key = "images",
	};

	picture_read_list(&origin, file.path);
	for (size_t i = 0; i < set.count; i++) {
		if (set.items[i].failure == NULL && set.items[i].width < 1) {
			abort();
		}
		free(set.items[i].path);
		free(set.items[i].failure);
	}
	free(set.items);
	problems_free(&problems);
	fuzz_file_close(&file);
	return 0;
}
