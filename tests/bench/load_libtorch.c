/**
 * \file    bench/load_libtorch.c
 * \brief   Nothing but loading libtorch, which happens before main()
 */
int main(void)
{
	return 0;
}
