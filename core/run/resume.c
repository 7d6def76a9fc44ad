/**
 * \file    run/resume.c
 * \brief   Goes on where an earlier run into the same folder has stopped
 */
#include "run/resume.h"

#include <stdlib.h>

#include "base/cpus.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/path_digest.h"
#include "output/adopt.h"
#include "output/digest.h"
#include "output/journal.h"

/* ---- Digests of pictures --------------------------------------------------------- */

/** Every few pictures of a record, whose digests a thread computes */
struct share {
	struct task task;
	struct record *record;
	size_t first, step;
	bool all; /* those of other shards as well */
};

static void digest_share(struct task *task)
{
	const struct share *share = (const struct share *)task;
	const struct plan *plan = share->record->plan;

	for (size_t i = share->first; i < plan->picture_count && !interrupt_requested();
			i += share->step) {
		if (share->all || !plan->pictures[i].elsewhere) {
			path_digest(plan->pictures[i].path,
					share->record->pictures[i].digest);
		}
	}
}

static void digest_pictures(struct record *record)
{
	int threads = cpus_usable();
	size_t count = (size_t)threads;
	struct pool *pool = threads > 1 ? pool_create(threads) : NULL;
	struct share *shares = memory_new(count, sizeof(*shares));

	for (size_t i = 0; i < count; i++) {
		shares[i] = (struct share){
			.task.work = digest_share,
			.record = record,
			.first = i,
			.step = count,
			.all = digests_need_all(record->plan),
		};
		pool_start(pool, &shares[i].task);
	}
	for (size_t i = 0; i < count; i++) {
		pool_wait(pool, &shares[i].task);
	}
	pool_free(pool);
	free(shares);
}

/* ---- What is told ---------------------------------------------------------------- */

static const char *describe_reason(enum adopt_reason reason)
{
	static const char *const words[] = {
		[ADOPT_NO_REASON] = "",
		[ADOPT_PARAMETERS] = "its parameters have changed",
		[ADOPT_PLUGIN] = "its plugin has changed",
		[ADOPT_VERSION] = "its version has changed",
		[ADOPT_PROGRAM] = "another version of cnnviz made its results",
		[ADOPT_SEED] = "the seed has changed",
		[ADOPT_INPUT] = "[input] has changed",
		[ADOPT_NETWORK] = "the network, its weights or the engine have changed",
		[ADOPT_OTHERS] =
				"files, jobs or pictures that it depends on have changed",
	};

	return words[reason];
}

/** Append to a sentence that is malloc'ed; takes what is appended. */
static char *append(char *sentence, char *more)
{
	char *longer = memory_format("%s%s", sentence, more);

	free(sentence);
	free(more);
	return longer;
}

/** Append the names of the jobs that are done anew for a reason, and the reason. */
static char *append_reason(char *sentence, const struct plan *plan,
		const struct adopted *adopted, enum adopt_reason reason)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->job_count; i++) {
		if (adopted->reasons[i] == reason && plan->jobs[i].selected) {
			sentence = append(sentence,
					memory_format("%s[%s]",
							count++ == 0 ? "; recomputing "
								     : ", ",
							plan->jobs[i].name));
		}
	}
	return count > 0 ? append(sentence,
			       memory_format(", because %s", describe_reason(reason)))
			 : sentence;
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

static void tell(const struct session *session, const struct adopted *adopted)
{
	const struct plan *plan = session->plan;
	size_t results = adopted->results;
	char *sentence;

	if (!adopted->found) {
		log_write(LOG_LEVEL_INFO, "there is no earlier run in %s to go on with",
				plan->output);
		return;
	}
	for (size_t i = 0; i < plan->job_count; i++) {
		results += plan->jobs[i].selected ? session->jobs[i].wanted : 0;
	}
	sentence = memory_format("reused %zu of %zu result%s", adopted->results, results,
			plural(results));
	for (int reason = ADOPT_NO_REASON + 1; reason <= ADOPT_OTHERS; reason++) {
		sentence = append_reason(sentence, plan, adopted,
				(enum adopt_reason)reason);
	}
	if (adopted->others > 0) {
		sentence = append(sentence,
				memory_format("; recomputing %zu result%s whose pictures "
					      "or targets have changed",
						adopted->others,
						plural(adopted->others)));
	}
	if (adopted->damaged > 0) {
		sentence = append(sentence,
				memory_format("; recomputing %zu result%s whose files "
					      "are missing or incomplete",
						adopted->damaged,
						plural(adopted->damaged)));
	}
	log_write(LOG_LEVEL_INFO, "%s", sentence);
	free(sentence);
}

/* ---- The run --------------------------------------------------------------------- */

bool resume_earlier(struct session *session)
{
	struct record *record = session->record;
	struct digests digests;

	digest_pictures(record);
	if (interrupt_requested()) {
		return false;
	}
	digests = digests_compute(session->plan);
	digests_note(&digests, record);
	digests_free(&digests);

	struct adopted adopted = adopt_earlier(record);

	session_count_wanted(session);
	tell(session, &adopted);
	adopted_free(&adopted);
	return true;
}

bool resume_is_possible(const struct plan *plan)
{
	char *path = journal_path(plan);
	bool possible = path_is_file(path);

	free(path);
	return possible;
}
