/**
 * \file    fuzz/fuzz_onnx.c
 * \brief   Any bytes as an ONNX file
 *
 * With clang: link this file with -fsanitize=fuzzer,address,undefined. Without a
 * fuzzer, fuzz_main.c calls it over files and mutations of them.
 */
#include "fuzz_import.h"

#include "graph/onnx/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[] = "/nowhere/input.onnx";

	return fuzz_import(data, size, path, onnx_import);
}
