/**
 * \file    graph/onnx/path.c
 * \brief   The path of the module that a node comes from
 */
#include "graph/onnx/path.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/** Letters, digits and some others stay; no dots at the ends nor side by side */
static char *cleaned(const char *text)
{
	char *result = memory_new(strlen(text) + 1, 1);
	size_t length = 0;

	for (; *text != '\0'; text++) {
		bool plain = strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-@",
					     *text)
				!= NULL;

		if (*text != '.' || (length > 0 && result[length - 1] != '.')) {
			result[length++] = plain || *text == '.' ? *text : '_';
		}
	}
	while (length > 0 && result[length - 1] == '.') {
		length--;
	}
	result[length] = '\0';
	return result;
}

/* ---- Slashes ------------------------------------------------------------------- */

/** The last component but one of a list such as ['', 'layer1', 'layer1.0', 'add'] */
static char *last_scope(const char *scopes)
{
	const char *starts[2] = { NULL, NULL };
	size_t lengths[2] = { 0, 0 };

	while ((scopes = strchr(scopes, '\'')) != NULL) {
		size_t length = strcspn(scopes + 1, "'");

		starts[0] = starts[1];
		lengths[0] = lengths[1];
		starts[1] = scopes + 1;
		lengths[1] = length;
		scopes += 1 + length;
		scopes += *scopes != '\0';
	}
	return starts[0] != NULL ? memory_text_n(starts[0], lengths[0]) : memory_text("");
}

/**
 * Components without the last one, which is the operation; one that goes on where the one
 * before ends takes its place
 */
static char *joined_components(const char *name)
{
	char *result = memory_text("");
	size_t kept = 0; /* length of result before the last component */
	const char *last = "";
	size_t last_length = 0;

	for (const char *slash; (slash = strchr(name, '/')) != NULL; name = slash + 1) {
		size_t length = (size_t)(slash - name);
		bool goes_on = length > last_length && last_length > 0
				&& strncmp(name, last, last_length) == 0
				&& name[last_length] == '.';
		char *longer;

		if (length == 0) {
			continue;
		}
		kept = goes_on ? kept : strlen(result);
		longer = memory_format("%.*s%s%.*s", (int)kept, result,
				kept > 0 ? "." : "", (int)length, name);
		free(result);
		result = longer;
		last = name;
		last_length = length;
	}
	return result;
}

size_t onnx_common_length(const struct onnx_file *file)
{
	const char *first = NULL;
	size_t length = 0;

	for (size_t i = 0; i < file->node_count; i++) {
		const char *name = file->nodes[i].name;
		const char *slash = strchr(name, '/');

		if (slash == NULL) {
			continue;
		}
		if (first == NULL) {
			first = name;
			length = (size_t)(slash - name) + 1;
		} else if (strncmp(name, first, length) != 0) {
			return 0;
		}
	}
	return length > 1 ? length : 0;
}

/* ---- Nodes --------------------------------------------------------------------- */

/**
 * The module that a convolution's weight belongs to, its name without ".weight", since one
 * with a batch norm folded into it has the norm's scopes; or NULL. Weights of other layers
 * may be those of several, where exporters keep equal ones once.
 */
static char *weight_owner(const struct onnx_node *node)
{
	static const char end[] = ".weight";
	const char *name = node->input_count > 1 ? node->inputs[1] : "";
	size_t length = strlen(name);

	return strncmp(node->operator, "Conv", 4) == 0 && length >= sizeof(end)
					&& strcmp(name + length - (sizeof(end) - 1), end)
							== 0
					&& strncmp(name, "onnx::", 6) != 0
			? memory_text_n(name, length - (sizeof(end) - 1))
			: NULL;
}

char *onnx_path(const struct onnx_file *file, const struct onnx_node *node)
{
	char *path = NULL, *result;

	if (node->scopes != NULL) {
		path = weight_owner(node);
	}
	if (path == NULL && node->scopes != NULL) {
		path = last_scope(node->scopes);
	} else if (path == NULL && strchr(node->name, '/') != NULL) {
		path = joined_components(node->name + file->common_length);
	} else if (path == NULL && node->name[0] != '\0') {
		path = memory_text(node->name);
	} else if (path == NULL) {
		path = memory_text(node->output_count > 0 ? node->outputs[0] : "");
	}
	result = cleaned(path);
	free(path);
	return result;
}
