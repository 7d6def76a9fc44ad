/**
 * \file    graph/classes.h
 * \brief   Whether a text names a class
 *
 * Names are compared without regard to case, and an underscore is a space. A class has
 * a label and may have a line of synonyms, as in WordNet. Both consist of names with
 * commas between.
 */
#ifndef GRAPH_CLASSES_H
#define GRAPH_CLASSES_H

/** How well a text fits a class, worst first */
enum class_fit {
	CLASS_FIT_NONE,
	CLASS_FIT_SYNONYM, /* names of the class, but not the first one */
	CLASS_FIT_NAME,    /* the label or the line as a whole, or first the first name */
};

/**
 * \brief   Compare a text with the names of a class
 *
 * A text of several names, with commas between, fits if the class has all of them, and
 * none is given twice.
 *
 * \param   synonyms    Further names, or NULL
 */
enum class_fit class_fit(const char *label, const char *synonyms, const char *text);

#endif
