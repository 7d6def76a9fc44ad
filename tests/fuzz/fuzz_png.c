/**
 * \file    fuzz/fuzz_png.c
 * \brief   Any bytes as a PNG picture: an error or a picture, nothing else
 */
#include "config.h"

#include "fuzz_picture.h"

#include "image/png.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error error = { CNNVIZ_OK, "" };
	struct image *image = NULL;
	int64_t width = 0, height = 0;
	bool ended;

	fuzz_limit_pictures();
	if (size < 8) {
		return 0; /* the caller has seen the signature */
	}
	cnnviz_status status = image_probe_png(data, size, &width, &height, &error);

	fuzz_check_error(status, &error);
	status = image_decode_png(data, size, width % 2 == 0, &image, &ended, &error);
	fuzz_check_error(status, &error);
	if (status == CNNVIZ_OK) {
		fuzz_check_picture(image, width, height);
	}
	return 0;
}
