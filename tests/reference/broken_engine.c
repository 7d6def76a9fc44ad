/**
 * \file    reference/broken_engine.c
 * \brief   Modules that are not valid engines; built once for each fault
 */
#include "engine/engine.h"

#define EXPORTED __attribute__((visibility("default")))

#if defined(OTHER_VERSION)

EXPORTED const struct engine *cnnviz_engine(void);

const struct engine *cnnviz_engine(void)
{
	static const struct engine engine = { .version = ENGINE_VERSION + 1 };

	return &engine;
}

#elif defined(UNRESOLVED)

EXPORTED const struct engine *cnnviz_engine(void);
extern int a_function_that_nobody_has(void);

const struct engine *cnnviz_engine(void)
{
	return a_function_that_nobody_has() ? NULL : NULL;
}

#else

EXPORTED int something_else(void);

int something_else(void)
{
	return 0;
}

#endif
