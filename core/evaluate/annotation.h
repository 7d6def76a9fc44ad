/**
 * \file    evaluate/annotation.h
 * \brief   Annotations: where the objects in pictures are
 */
#ifndef EVALUATE_ANNOTATION_H
#define EVALUATE_ANNOTATION_H

#include "plan/plan.h"

struct annotation_object {
	int64_t class_index;
	double box[4];  /* x0, y0, x1, y1 in pixels of the picture, half-open */
	bool main;      /* otherwise a distractor */
	char *mask;     /* path of a label picture, or NULL */
	int mask_value; /* its label of the object */
};

struct annotation_picture {
	char *path;
	int64_t width, height;
	bool array; /* an input as it is (.npy) */
	struct annotation_object *objects;
	size_t count;
};

struct annotations {
	struct annotation_picture *pictures;
	size_t count;
};

/**
 * \brief   Read and check the file that [evaluation] annotations names
 *
 * Checks the syntax, with the location of each error in the file; that pictures and
 * masks exist and have the given sizes; that the network has the classes; that boxes
 * lie within their pictures; and that [input] resize is stretch, the only one through
 * which boxes are mapped.
 *
 * \return  NULL when there were problems
 */
struct annotations *annotations_read(const struct plan *plan, struct problems *problems);

void annotations_free(struct annotations *annotations);

/**
 * \brief   Read an object's mask: 1 inside the object, width * height of its picture
 *
 * \param   mask    malloc'ed
 */
cnnviz_status annotation_mask(const struct annotation_picture *picture,
		const struct annotation_object *object, unsigned char **mask,
		struct error *error);

#endif
