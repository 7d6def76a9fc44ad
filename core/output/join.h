/**
 * \file    output/join.h
 * \brief   Joins what the parts of a run have made into one record
 */
#ifndef OUTPUT_JOIN_H
#define OUTPUT_JOIN_H

#include "output/record.h"

/** Two records disagree about a result */
struct join_conflict {
	const struct plan_job *job; /* NULL: about the picture itself */
	size_t picture; /* or RECORD_NO_PICTURE: about all that the job does */
};

/**
 * \brief   Add to a record what a part of the same plan knows and it does not
 *
 * A result counts that is done: what is left of others is not taken. Both records are sorted
 * afterwards.
 *
 * \param   part        Its lists are emptied; to be freed by the caller
 * \param   yields      The part is of an earlier time: where it disagrees, it does not count
 * \param   conflict    Set where the two disagree; what was joined before stays so
 *
 * \return  False if they disagree
 */
bool record_join(struct record *whole, struct record *part, bool yields,
		struct join_conflict *conflict);

#endif
