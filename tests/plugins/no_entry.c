/* A shared object that is no plugin */
#include <cnnviz/cnnviz.h>

CNNVIZ_EXPORT int not_a_plugin(void);

int not_a_plugin(void)
{
	return 0;
}
