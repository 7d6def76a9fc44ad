/**
 * \file    static/coverage_exit.c
 * \brief   Lets processes that end by _exit(), as children do, write their coverage first
 *
 * Linked with --wrap=_exit by coverage.sh.
 */
void __gcov_dump(void);
_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);

void __wrap__exit(int status)
{
	__gcov_dump();
	__real__exit(status);
}
