/**
 * \file    evaluate/summary.c
 * \brief   Computes means over objects
 */
#include "evaluate/evaluation.h"

#include <math.h>

/* Of a normal distribution, within which 95 percent are */
#define DEVIATIONS 1.959964

const char *const role_names[ROLE_COUNT] = { "main", "distractor" };

bool source_is_due(const struct source *source)
{
	return !source->elsewhere && source->failure == NULL;
}

bool source_is_compared(const struct source *source)
{
	return source->job != NULL && !source->masks;
}

bool evaluation_any_failure(const struct evaluation *evaluation)
{
	size_t i = 0;

	while (i < evaluation->source_count && evaluation->sources[i].failure == NULL) {
		i++;
	}
	return i < evaluation->source_count;
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
	summary->iou_common = total_mean(tally->levels[best], tally->maps);
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

/* ---- The plan's measures ------------------------------------------------------- */

static bool has_value(const struct evaluation *evaluation, const struct source *source,
		size_t i, enum role role, int64_t class_index, enum plan_measure measure)
{
	return source->scores[i].measured && source->scores[i].has[measure]
			&& matches(&evaluation->targets[i], role, class_index);
}

struct mean evaluation_mean(const struct evaluation *evaluation,
		const struct source *source, enum role role, int64_t class_index,
		enum plan_measure measure)
{
	struct mean mean = { 0 };
	double squares = 0;

	for (size_t i = 0; i < evaluation->target_count; i++) {
		if (has_value(evaluation, source, i, role, class_index, measure)) {
			/* Welford's method */
			double away = source->scores[i].values[measure] - mean.value;

			mean.maps++;
			mean.value += away / (double)mean.maps;
			squares += away
					* (source->scores[i].values[measure]
							- mean.value);
		}
	}
	if (mean.maps > 1) {
		double count = (double)mean.maps;

		mean.interval = DEVIATIONS * sqrt(squares / (count - 1) / count);
	}
	return mean;
}

bool evaluation_has_means(const struct evaluation *evaluation, enum role role)
{
	for (size_t k = 0; k < evaluation->source_count; k++) {
		for (int i = 0; i < PLAN_MEASURE_COUNT; i++) {
			if (evaluation->plan->evaluation.measures[i]
					&& evaluation_mean(evaluation,
							   &evaluation->sources[k], role,
							   ANY_CLASS,
							   (enum plan_measure)i)
									.maps
							> 0) {
				return true;
			}
		}
	}
	return false;
}
