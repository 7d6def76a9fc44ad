/*
 * Preloaded into the program: says at the end how many threads the libraries of the engine
 * would use, OpenBLAS's own and OpenMP's, which ATen and oneDNN share.
 */
#include <dlfcn.h>
#include <stdio.h>

static void tell(const char *library, const char *symbol)
{
	void *handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
	int (*count)(void) = NULL;

	if (handle != NULL) {
		/* ISO C does not convert pointers to data into those to functions. */
		*(void **)&count = dlsym(handle, symbol);
	}
	if (count != NULL) {
		fprintf(stderr, "%s: %d\n", symbol, count());
	}
}

__attribute__((destructor)) static void tell_at_the_end(void)
{
	tell("libopenblas.so.0", "openblas_get_num_threads");
	tell("libgomp.so.1", "omp_get_max_threads");
}
