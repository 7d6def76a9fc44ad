/**
 * \file    base/repeats.h
 * \brief   Messages that repeat: they are counted, so that only the first need be shown
 *
 * Messages are of one kind when they have the same owner and their texts differ by
 * numbers and by the name of their subject alone.
 */
#ifndef BASE_REPEATS_H
#define BASE_REPEATS_H

#include <stdbool.h>
#include <stddef.h>

/** The messages of one kind */
struct repeat {
	const void *owner;
	char *kind;      /* the text without numbers and the subject's name */
	char *text;      /* of the first message */
	char *subject;   /* of the latest message, or NULL */
	size_t more;     /* messages after the first */
	char **subjects; /* of those, each subject once */
	size_t subject_count;
};

struct repeats {
	struct repeat *items;
	size_t count;
};

/**
 * \brief   Note a message
 *
 * \param   owner   What it is about, compared by its address
 * \param   subject What makes it differ from others of its kind, such as the name of a
 *                  picture; or NULL
 *
 * \return  Whether it is the first of its kind
 */
bool repeats_note(struct repeats *repeats, const void *owner, const char *subject,
		const char *text);

/** Free what the messages left; the struct itself is the caller's. */
void repeats_clear(struct repeats *repeats);

#endif
