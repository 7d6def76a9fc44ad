/**
 * \file    run/classify.h
 * \brief   Classifies pictures, without jobs
 */
#ifndef RUN_CLASSIFY_H
#define RUN_CLASSIFY_H

#include "graph/logits.h"
#include "plan/plan.h"

/** What became of a picture */
struct classified {
	struct classification *classes; /* the best ones, best first; NULL on failure */
	size_t count;
	char *failure; /* why it has none, or NULL */
};

/**
 * \brief   Classify pictures
 *
 * A picture that cannot be used fails alone. Of a detector the best boxes are told, with
 * their classes.
 *
 * \param   top     Number of classes for each picture, at most logits_outcomes(); of boxes
 *                  as many as there are
 * \param   results One for each picture of the plan, to be freed with classified_free()
 *
 * \return  An error if the network cannot be used at all, or after an interrupt
 */
cnnviz_status run_classify(struct plan *plan, size_t top, struct classified **results,
		struct error *error);

void classified_free(struct classified *results, size_t count);

#endif
