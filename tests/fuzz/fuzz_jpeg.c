/**
 * \file    fuzz/fuzz_jpeg.c
 * \brief   Any bytes as a JPEG picture, and as EXIF data: an error or a picture
 */
#include "config.h"

#include "fuzz_picture.h"

#include "image/jpeg.h"
#include "image/orientation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error error = { CNNVIZ_OK, "" };
	struct image *image = NULL;
	int64_t width = 0, height = 0;
	bool ended;
	int orientation = orientation_parse(data, size);

	fuzz_limit_pictures();
	if (orientation < 1 || orientation > 8) {
		abort();
	}
	cnnviz_status status = image_probe_jpeg(data, size, &width, &height, &error);

	fuzz_check_error(status, &error);
	status = image_decode_jpeg(data, size, &image, &ended, &error);
	fuzz_check_error(status, &error);
	if (status == CNNVIZ_OK) {
		fuzz_check_picture(image, width, height);
	}
	return 0;
}
