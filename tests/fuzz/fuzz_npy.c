/**
 * \file    fuzz/fuzz_npy.c
 * \brief   Any bytes as an array (.npy): an error or a tensor, nothing else
 */
#include "config.h"

#include "fuzz_file.h"

#include "base/npy.h"
#include "base/tensor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_file file = fuzz_file_open(data, size);
	struct error error = { CNNVIZ_OK, "" };
	cnnviz_tensor *tensor = NULL;
	cnnviz_status status = npy_read_exact(file.path, &tensor, &error);

	fuzz_check_error(status, &error);
	if (status == CNNVIZ_OK) {
		if ((uint64_t)tensor_count(tensor) > size) {
			abort();
		}
		(void)tensor_is_finite(tensor);
		tensor_unref(tensor);
	}
	if (tensor_live_count() != 0) {
		abort();
	}
	fuzz_file_close(&file);
	return 0;
}
