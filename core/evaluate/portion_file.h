/**
 * \file    evaluate/portion_file.h
 * \brief   evaluation-I-of-N.json: what one of several processes has measured
 *
 * Its head has what all of them share, by which it is known whether they belong together,
 * and the totals of each source. A list of the objects with their scores follows, which is
 * read item by item, however many there are.
 */
#ifndef EVALUATE_PORTION_FILE_H
#define EVALUATE_PORTION_FILE_H

#include "base/json.h"
#include "evaluate/evaluation.h"

/** Write what the plan's shard has measured, with all digits. */
cnnviz_status portion_write(const struct evaluation *evaluation, const char *folder,
		struct error *error);

/** One that is read */
struct portion {
	char *path;
	struct plan_shard shard; /* which one it is, as it says */
	char *engine;            /* what measured it */
	json_t *head;
};

/**
 * \brief   Read a file's head
 *
 * \param   file    To be closed, also after a failure
 *
 * \return  An error that names the file and says what is wrong with it
 */
cnnviz_status portion_open(const char *path, struct portion *file, struct error *error);

void portion_close(struct portion *file);

/** Take over the sanity checks' stages, which only measuring finds, before files are added. */
cnnviz_status portion_begin(const struct portion *file, struct evaluation *evaluation,
		struct error *error);

/**
 * \brief   What all files of an evaluation share, from its plan and the stages
 *
 * Takes the digests of all that determines results, which takes a moment. New.
 */
json_t *portion_shared(const struct evaluation *evaluation);

/**
 * \brief   Add what a file has to an evaluation
 *
 * \param   shared  Of the evaluation
 * \param   seen    For each target, whether a file had it
 *
 * \return  An error when the file is of another evaluation, or damaged
 */
cnnviz_status portion_add(const struct portion *file, struct evaluation *evaluation,
		const json_t *shared, bool *seen, struct error *error);

#endif
