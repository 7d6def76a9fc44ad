/**
 * \file    unit/npy_copy.c
 * \brief   Reads a .npy file and writes another, for the comparison with numpy
 */
#include <stdio.h>

#include "base/npy.h"
#include "base/tensor.h"

int main(int argc, char **argv)
{
	cnnviz_tensor *tensor = NULL;
	struct error error = { 0 };

	if (argc != 3) {
		fputs("usage: npy_copy IN.npy OUT.npy\n", stderr);
		return 99;
	}
	if (npy_read(argv[1], &tensor, &error) != CNNVIZ_OK
			|| npy_write(argv[2], tensor, &error) != CNNVIZ_OK) {
		fprintf(stderr, "%s\n", error.text);
	}
	tensor_unref(tensor);
	return error.status != CNNVIZ_OK;
}
