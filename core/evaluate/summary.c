/**
 * \file    evaluate/summary.c
 * \brief   Computes means over objects
 */
#include "evaluate/evaluation.h"

const char *const role_names[ROLE_COUNT] = { "main", "distractor" };

bool source_is_due(const struct source *source)
{
	return !source->elsewhere && source->failure == NULL;
}

bool source_is_compared(const struct source *source)
{
	return source->job != NULL && !source->masks;
}

static bool matches(const struct target *target, enum role role, int64_t class_index)
{
	return target->object->main == (role == ROLE_MAIN)
			&& (class_index == ANY_CLASS
					|| target->object->class_index == class_index);
}

size_t evaluation_objects(const struct evaluation *evaluation, enum role role,
		int64_t class_index)
{
	size_t count = 0;

	for (size_t i = 0; i < evaluation->target_count; i++) {
		count += matches(&evaluation->targets[i], role, class_index);
	}
	return count;
}

static void add_score(struct summary *sum, const struct score *score)
{
	sum->maps++;
	sum->zero += score->zero;
	sum->pointing += score->pointing;
	sum->inside += score->inside;
	sum->energy += score->energy;
	sum->iou += score->iou;
	if (score->curves) {
		sum->curves++;
		sum->deletion += score->deletion;
		sum->insertion += score->insertion;
	}
}

static void find_common_threshold(const struct tally *tally, struct summary *summary)
{
	size_t best = 0;

	for (size_t i = 1; i < MEASURE_LEVELS; i++) {
		best = tally->levels[i] > tally->levels[best] ? i : best;
	}
	summary->threshold = measure_level((int)best);
	summary->iou_common = tally->levels[best] / (double)tally->maps;
}

struct summary evaluation_summary(const struct evaluation *evaluation,
		const struct source *source, enum role role, int64_t class_index)
{
	struct summary summary = { 0 };

	for (size_t i = 0; i < evaluation->target_count; i++) {
		if (source->scores[i].measured
				&& matches(&evaluation->targets[i], role, class_index)) {
			add_score(&summary, &source->scores[i]);
		}
	}
	double maps = summary.maps > 0 ? (double)summary.maps : 1;
	double curves = summary.curves > 0 ? (double)summary.curves : 1;
	summary.pointing /= maps;
	summary.inside /= maps;
	summary.energy /= maps;
	summary.iou /= maps;
	summary.deletion /= curves;
	summary.insertion /= curves;
	if (class_index == ANY_CLASS && source->tallies[role].maps > 0) {
		find_common_threshold(&source->tallies[role], &summary);
	}
	return summary;
}
