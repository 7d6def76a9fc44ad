/**
 * \file    plugin/descriptor.h
 * \brief   Checks a plugin's descriptor and copies it
 */
#ifndef PLUGIN_DESCRIPTOR_H
#define PLUGIN_DESCRIPTOR_H

#include "base/error.h"
#include "plugin/plugin.h"

/**
 * \brief   Check a plugin's descriptor and copy it into the host's layout
 *
 * \param   descriptor  What the plugin's entry returned; may be NULL
 * \param   host_minor  The newest minor to accept: CNNVIZ_ABI_MINOR
 * \param   path        The plugin's file, for messages
 * \param   plugin      Gets technique, parameters and artifacts; untouched when
 *                      the descriptor is refused
 */
cnnviz_status descriptor_read(const cnnviz_technique *descriptor, uint32_t host_minor,
		const char *path, struct plugin *plugin, struct error *error);

#endif
