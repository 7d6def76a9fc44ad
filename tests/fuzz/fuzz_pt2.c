/**
 * \file    fuzz/fuzz_pt2.c
 * \brief   Any bytes as an .pt2 file
 *
 * With clang: link this file with -fsanitize=fuzzer,address,undefined. Without a
 * fuzzer, fuzz_main.c calls it over files and mutations of them.
 */
#include "fuzz_import.h"

#include "graph/pt2/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[] = "/nowhere/input.pt2";

	return fuzz_import(data, size, path, pt2_import);
}
