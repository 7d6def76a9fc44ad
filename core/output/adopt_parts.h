/**
 * \file    output/adopt_parts.h
 * \brief   What the parts of output/adopt.h share
 *
 * The earlier run's file is read twice: first for the digests and for what is done
 * (adopt_known.c), from which follows what may be adopted, and then for the results themselves
 * (adopt_taken.c). Packs have a rule of their own (adopt_packs.c).
 */
#ifndef OUTPUT_ADOPT_PARTS_H
#define OUTPUT_ADOPT_PARTS_H

#include <jansson.h>

#include "graph/name_index.h"
#include "output/adopted.h"

/** What the earlier run says of a picture of the plan */
struct known_picture {
	bool there;
	bool same;        /* its file is the same */
	bool same_target; /* and so is its class */
	bool same_index;  /* and its place, by which random numbers are drawn */
};

/** What it says of a job */
struct known_job {
	bool same;  /* its digest is */
	bool draws; /* random numbers */
	bool whole; /* it has done all pictures, as a manifest says */
};

struct adoption {
	struct record *record;
	struct adopted *result;
	struct name_index names; /* of pictures */
	struct known_picture *pictures;
	struct known_job *jobs;
	enum adopt_reason reason; /* of all jobs, by what stands before the lists */
	bool same;                /* the digest of what pictures come to is */
	int folder;
};

/** Remember the plan's pictures by their names. */
void adoption_index_names(struct adoption *adoption);

/** The plan's picture that a member names; false if there is none */
bool adoption_find_picture(const struct adoption *adoption, const json_t *item,
		const char *key, size_t *picture);

/** The plan's job that a member names, or NULL */
const struct plan_job *adoption_find_job(const struct adoption *adoption,
		const json_t *item, const char *key);

/** Place of a job in the plan */
size_t adoption_place(const struct adoption *adoption, const struct plan_job *job);

/* For the first reading; the context is an adoption */
cnnviz_status adopt_know_member(void *context, const char *name, const json_t *value,
		struct error *error);
cnnviz_status adopt_know_item(void *context, const char *list, size_t index,
		const json_t *item, struct error *error);

/** Whether what a job makes of a picture now is what it made then */
bool adoption_is_valid(const struct adoption *adoption, const struct plan_job *job,
		size_t picture);

/** For the second reading: adopts pictures, artifacts, warnings and rules */
cnnviz_status adopt_take_item(void *context, const char *list, size_t index,
		const json_t *item, struct error *error);

/** Remove from the record what belongs to results that are not adopted after all. */
void adopt_drop_damaged(const struct adoption *adoption);

/** Give up results whose rows in packs are not those that one run would give them. */
void adopt_packs(const struct adoption *adoption);

#endif
