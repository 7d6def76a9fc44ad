/**
 * \file    fuzz/fuzz_pickle.c
 * \brief   Any bytes as a pickle: an error or inert values, nothing else
 */
#include "config.h"

#include "fuzz_file.h"

#include "weights/pickle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const globals[] = {
		"collections.OrderedDict",
		"torch.FloatStorage",
		"torch._utils._rebuild_tensor_v2",
		NULL,
	};
	struct pickle *pickle = NULL;
	struct error error = { CNNVIZ_OK, "" };
	cnnviz_status status = pickle_read(data, size, globals, &pickle, &error);

	fuzz_check_error(status, &error);
	if (status == CNNVIZ_OK
			&& (pickle->size > size
					|| *pickle_type_text(pickle->root) == '\0')) {
		abort();
	}
	pickle_free(status == CNNVIZ_OK ? pickle : NULL);
	return 0;
}
