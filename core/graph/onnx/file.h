/**
 * \file    graph/onnx/file.h
 * \brief   What an ONNX file says, before anyone asks what it means
 *
 * Source: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
#ifndef ONNX_FILE_H
#define ONNX_FILE_H

#include "graph/constant.h"

/** Types of elements, by their numbers in ONNX */
enum onnx_type {
	ONNX_FLOAT = 1,
	ONNX_UINT8 = 2,
	ONNX_INT64 = 7,
	ONNX_BOOL = 9,
	ONNX_FLOAT16 = 10,
	ONNX_DOUBLE = 11,
	ONNX_BFLOAT16 = 16,
};

/** Limits that no network reaches, and that keep a few bytes from asking for much */
#define ONNX_MAX_LIST 4096
#define ONNX_MAX_NAME 1024
#define ONNX_MAX_TEXT 65536 /* metadata, such as the names of classes */

/** A named array: an initializer, or a node's attribute */
struct onnx_tensor {
	char *name;
	struct constant constant;
	const char *fault; /* why it cannot be used, or NULL: "has texts" */
};

struct onnx_attribute {
	char *name;
	bool has_integer, has_real; /* which of the members the file gives */
	int64_t integer;
	double real;
	char *text;                 /* or NULL */
	struct onnx_tensor *tensor; /* or NULL */
	int64_t *integers;          /* or NULL */
	double *reals;              /* or NULL */
	size_t count;               /* of integers or reals */
};

struct onnx_node {
	char *name, *operator, * domain; /* "" where the file says nothing */
	char *scopes;                    /* pkg.torch.onnx.name_scopes, or NULL */
	char **inputs;                   /* "" for one that is left out */
	size_t input_count;
	char **outputs;
	size_t output_count;
	struct onnx_attribute *attributes;
	size_t attribute_count;
};

/** An input or output of the network */
struct onnx_port {
	char *name;
	int64_t type; /* enum onnx_type and others; 0: unknown */
	bool shaped;
	uint32_t rank;
	int64_t extent[CNNVIZ_MAX_RANK]; /* -1: open */
};

struct onnx_property {
	char *key, *value;
};

struct onnx_file {
	struct mapping *mapping;
	int64_t opset; /* of the domain "" */
	struct onnx_node *nodes;
	size_t node_count;
	struct onnx_tensor *tensors; /* initializers */
	size_t tensor_count;
	struct onnx_port *inputs;
	size_t input_count;
	struct onnx_port *outputs;
	size_t output_count;
	struct onnx_property *properties;
	size_t property_count;
	size_t common_length;  /* of what the names of all nodes begin with; see path.h */
	struct mapping **data; /* files of weights beside the file */
	size_t data_count;
	struct arena arena; /* of numbers that are written one by one */
};

/**
 * \brief   Read a file that is mapped
 *
 * Takes a reference to the mapping. Graphs within nodes are passed over. Errors do not
 * name the file; they name the byte's offset, or the node or tensor: damage, limits
 * exceeded, weights in a file that is missing or lies elsewhere, no graph.
 *
 * \param   file    Free it with onnx_file_free(), also after an error
 */
cnnviz_status onnx_file_read(struct mapping *mapping, struct onnx_file *file,
		struct error *error);

void onnx_file_free(struct onnx_file *file);

/** Length of the file and of those of weights beside it */
size_t onnx_file_bytes(const struct onnx_file *file);

/** A node's attribute, or NULL */
const struct onnx_attribute *onnx_attribute(const struct onnx_node *node,
		const char *name);

/** An integer attribute, or what it is by default */
int64_t onnx_integer(const struct onnx_node *node, const char *name, int64_t otherwise);

/** A number attribute, or what it is by default */
double onnx_real(const struct onnx_node *node, const char *name, double otherwise);

/** A text attribute, or what it is by default; borrowed */
const char *onnx_text(const struct onnx_node *node, const char *name,
		const char *otherwise);

/** The value of a property, or NULL */
const char *onnx_property(const struct onnx_file *file, const char *key);

#endif
