/**
 * \file    host/guard.c
 * \brief   Sees to it that a technique leaves alone what is not its own
 */
#include "host/guard.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/process.h"
#include "base/tensor.h"
#include "host/batch_pass.h"

/** A tensor that a technique may only read */
struct watched {
	cnnviz_tensor *tensor;
	cnnviz_tensor *copy; /* NULL: the sum tells of changes */
	bool lent;           /* the technique has the copy, not the tensor */
	uint64_t sum;
	const char *what;
};

struct guard {
	struct watched *watched;
	size_t count;
	size_t overruns; /* of all tensors, before the call */
	struct process_state process;
};

/* ---- Tensors that may only be read --------------------------------------------- */

#define LANES 4

/**
 * A sum over a tensor's bits that depends on their places. It is no protection against
 * malice, but goes at the speed of memory.
 */
static uint64_t sum_bits(const cnnviz_tensor *tensor)
{
	const unsigned char *bytes = (const unsigned char *)tensor_data(tensor);
	size_t size = (size_t)tensor_count(tensor) * sizeof(float), place = 0;
	uint64_t sums[LANES] = { 0 }, weighted[LANES] = { 0 }, sum = 0;

	for (; place + sizeof(sums) <= size; place += sizeof(sums)) {
		uint64_t words[LANES];

		memcpy(words, bytes + place, sizeof(words));
		for (size_t i = 0; i < LANES; i++) {
			sums[i] += words[i];
			weighted[i] += sums[i];
		}
	}
	for (; place < size; place++) {
		sum = sum * 257 + bytes[place];
	}
	for (size_t i = 0; i < LANES; i++) {
		sum = (sum * 257 + sums[i]) * 257 + weighted[i];
	}
	return sum;
}

static struct watched *find_watched(const struct guard *guard,
		const cnnviz_tensor *tensor)
{
	for (size_t i = 0; i < guard->count; i++) {
		if (guard->watched[i].tensor == tensor) {
			return &guard->watched[i];
		}
	}
	return NULL;
}

static struct watched *watch(struct guard *guard, const cnnviz_tensor *tensor,
		bool copied, const char *what)
{
	struct watched entry = {
		/* A reference count is not visible to the plugin. */
		.tensor = tensor_ref((cnnviz_tensor *)(uintptr_t)tensor),
		.copy = copied ? tensor_copy(tensor) : NULL,
		.what = what,
	};

	if (entry.copy == NULL) {
		entry.sum = sum_bits(tensor);
	}
	guard->watched = memory_resize(guard->watched, guard->count + 1, sizeof(entry));
	guard->watched[guard->count] = entry;
	return &guard->watched[guard->count++];
}

static bool has_changed(const struct watched *watched)
{
	return watched->copy == NULL
			? sum_bits(watched->tensor) != watched->sum
			: memcmp(tensor_data(watched->tensor), tensor_data(watched->copy),
					  (size_t)tensor_count(watched->copy)
							  * sizeof(float))
					!= 0;
}

static void put_right(const struct watched *watched, struct session *session)
{
	if (watched->copy == NULL) {
		batch_pass_forget(session);
		return;
	}
	if (watched->lent) {
		return;
	}
	/* What the plugin could write to, the host can. */
	memcpy((float *)(uintptr_t)tensor_data(watched->tensor),
			tensor_data(watched->copy),
			(size_t)tensor_count(watched->copy) * sizeof(float));
}

static void tell_overrun(struct cnnviz_job *call)
{
	job_misuse(call, "the technique wrote behind the end of a tensor");
}

static void end_watch(struct cnnviz_job *call, struct watched *watched)
{
	if (has_changed(watched)) {
		put_right(watched, call->session);
		job_misuse(call,
				"the technique wrote into %s, which it may only read; "
				"other jobs get what was there before",
				watched->what);
	}
	/* Behind the end of a copy, it shows when that is released. */
	if (!tensor_is_intact(watched->tensor)) {
		tensor_mend(watched->tensor);
		tell_overrun(call);
	}
	tensor_unref(watched->tensor);
	tensor_unref(watched->copy);
}

void guard_activation(struct cnnviz_job *call, const cnnviz_tensor *activation)
{
	if (find_watched(call->guard, activation) == NULL) {
		watch(call->guard, activation, false, "an activation");
	}
}

const cnnviz_tensor *guard_lend_maps(struct cnnviz_job *call, const cnnviz_tensor *maps)
{
	struct watched *watched = find_watched(call->guard, maps);

	if (watched == NULL) {
		watched = watch(call->guard, maps, true, "maps of another job");
		watched->lent = true;
	}
	return watched->copy;
}

void guard_maps(struct cnnviz_job *call, const cnnviz_tensor *maps)
{
	if (maps != NULL && !tensor_is_intact(maps)) {
		tell_overrun(call);
	}
}

/* ---- The process --------------------------------------------------------------- */

static void tell_changes(struct cnnviz_job *call, unsigned changes)
{
	for (unsigned i = 0; i < PROCESS_CHANGES; i++) {
		unsigned change = 1U << i;

		if ((changes & change) != 0) {
			char *text = memory_format("the plugin %s %s, %s",
					call->plan->plugin->path,
					process_change_clause(
							(enum process_change)change),
					process_change_effect(
							(enum process_change)change));

			job_warn(call, -1, text);
			free(text);
		}
	}
	call->session->changes |= changes;
}

/* ---- The call ------------------------------------------------------------------ */

void guard_enter(struct cnnviz_job *call)
{
	struct guard *guard = memory_new(1, sizeof(*guard));

	call->guard = guard;
	if (call->batch != NULL) {
		watch(guard, call->batch->inputs, true, "the inputs of its batch");
	}
	guard->overruns = tensor_overruns();
	process_keep(&guard->process);
}

void guard_leave(struct cnnviz_job *call)
{
	struct guard *guard = call->guard;

	tell_changes(call, process_put_back(&guard->process));
	for (size_t i = 0; i < guard->count; i++) {
		end_watch(call, &guard->watched[i]);
	}
	if (tensor_overruns() != guard->overruns) {
		tell_overrun(call);
	}
	free(guard->watched);
	free(guard);
	call->guard = NULL;
}
