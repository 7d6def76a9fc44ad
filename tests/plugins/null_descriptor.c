/* A plugin whose entry gives nothing */
#include <cnnviz/cnnviz.h>

const cnnviz_technique *cnnviz_plugin(void)
{
	return NULL;
}
