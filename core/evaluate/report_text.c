/**
 * \file    evaluate/report_text.c
 * \brief   Writes evaluation.txt: aligned tables
 */
#include "evaluate/report_text.h"

#include <inttypes.h>

#include "base/table.h"
#include "evaluate/columns.h"
#include "evaluate/plot.h"

#define ALL_RIGHT_BUT_FIRST (~1u)

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

static void put_head(FILE *out, const struct evaluation *evaluation)
{
	fprintf(out, "%s on %zu picture%s with %zu object%s; tolerance %.3g pixel%s",
			evaluation->plan->architecture, evaluation->annotations->count,
			plural(evaluation->annotations->count), evaluation->target_count,
			plural(evaluation->target_count), evaluation->tolerance,
			evaluation->tolerance > 1 ? "s" : "");
	if (evaluation->curve_steps > 0) {
		fprintf(out, ", curves of %zu step%s from a blur of %.3g",
				evaluation->curve_steps, plural(evaluation->curve_steps),
				evaluation->blur);
	}
	fprintf(out, "\n");
	for (size_t i = 0; i < REPORT_COLUMNS; i++) {
		fprintf(out, "  %-9s  %s\n", report_columns[i].head,
				report_columns[i].meaning);
	}
	fprintf(out, "  %-9s  %s\n", "ZERO",
			"maps with no value above 0; they count as misses");
}

static void put_role(FILE *out, const struct evaluation *evaluation, enum role role)
{
	size_t objects = evaluation_objects(evaluation, role, ANY_CLASS);
	struct table table;
	double value;

	if (objects == 0) {
		return;
	}
	table_start(&table, REPORT_COLUMNS + 3, ALL_RIGHT_BUT_FIRST);
	table_add(&table, "JOB");
	table_add(&table, "MAPS");
	for (size_t i = 0; i < REPORT_COLUMNS; i++) {
		table_add(&table, "%s", report_columns[i].head);
	}
	table_add(&table, "ZERO");
	for (size_t i = 0; i < evaluation->source_count; i++) {
		struct summary summary = evaluation_summary(evaluation,
				&evaluation->sources[i], role, ANY_CLASS);
		table_add(&table, "%s%s", evaluation->sources[i].name,
				evaluation->sources[i].failure != NULL ? " (failed)"
								       : "");
		table_add(&table, "%zu", summary.maps);
		for (size_t k = 0; k < REPORT_COLUMNS; k++) {
			if (report_value(&summary, &report_columns[k], &value)) {
				table_add(&table, "%.3f", value);
			} else {
				table_add(&table, "-");
			}
		}
		table_add(&table, "%zu", summary.zero);
	}
	fprintf(out, "\n%s (%zu)\n\n", report_role_titles[role], objects);
	table_write(&table, out);
	table_free(&table);
}

/* ---- The plan's measures ------------------------------------------------------- */

static size_t count_measures(const struct evaluation *evaluation)
{
	size_t count = 0;

	for (size_t i = 0; i < PLAN_MEASURE_COUNT; i++) {
		count += evaluation->plan->evaluation.measures[i];
	}
	return count;
}

static void add_mean(struct table *table, const struct mean *mean)
{
	char value[32], interval[32];

	report_format_mean(mean, value, sizeof(value));
	report_format_interval(mean, interval, sizeof(interval));
	table_add(table, "%s%s%s", value, *interval != '\0' ? " +-" : "", interval);
}

static void put_meanings(FILE *out, const struct evaluation *evaluation)
{
	fprintf(out, "\nMeans, and what they are +- with 95 %% confidence\n");
	for (size_t i = 0; i < PLAN_MEASURE_COUNT; i++) {
		if (evaluation->plan->evaluation.measures[i]) {
			fprintf(out, "  %-11s  %s\n", criteria[i].head,
					criteria[i].meaning);
		}
	}
}

static void put_measures(FILE *out, const struct evaluation *evaluation, enum role role)
{
	const bool *wanted = evaluation->plan->evaluation.measures;
	struct table table;

	if (!evaluation_has_means(evaluation, role)) {
		return;
	}
	table_start(&table, count_measures(evaluation) + 1, ALL_RIGHT_BUT_FIRST);
	table_add(&table, "JOB");
	for (size_t i = 0; i < PLAN_MEASURE_COUNT; i++) {
		if (wanted[i]) {
			table_add(&table, "%s", criteria[i].head);
		}
	}
	for (size_t k = 0; k < evaluation->source_count; k++) {
		table_add(&table, "%s", evaluation->sources[k].name);
		for (int i = 0; i < PLAN_MEASURE_COUNT; i++) {
			if (wanted[i]) {
				struct mean mean = evaluation_mean(evaluation,
						&evaluation->sources[k], role, ANY_CLASS,
						(enum plan_measure)i);

				add_mean(&table, &mean);
			}
		}
	}
	fprintf(out, "\n%s (%zu)\n\n", report_role_titles[role],
			evaluation_objects(evaluation, role, ANY_CLASS));
	table_write(&table, out);
	table_free(&table);
}

/* ---- Classes ------------------------------------------------------------------- */

/* Only the pointing game; evaluation.json has the other measures. */
static void put_classes(FILE *out, const struct evaluation *evaluation, enum role role)
{
	const struct model *model = evaluation->plan->model;
	struct table table;

	if (evaluation_objects(evaluation, role, ANY_CLASS) == 0) {
		return;
	}
	table_start(&table, evaluation->source_count + 2, ALL_RIGHT_BUT_FIRST);
	table_add(&table, "CLASS");
	table_add(&table, "OBJECTS");
	for (size_t i = 0; i < evaluation->source_count; i++) {
		table_add(&table, "%s", evaluation->sources[i].name);
	}
	for (int64_t c = 0; c < model->class_count; c++) {
		size_t objects = evaluation_objects(evaluation, role, c);
		if (objects == 0) {
			continue;
		}
		table_add(&table, "%s", model_class_name(model, c));
		table_add(&table, "%zu", objects);
		for (size_t i = 0; i < evaluation->source_count; i++) {
			struct summary summary = evaluation_summary(evaluation,
					&evaluation->sources[i], role, c);
			if (summary.maps > 0) {
				table_add(&table, "%.3f", summary.pointing);
			} else {
				table_add(&table, "-");
			}
		}
	}
	fprintf(out, "\n%s: %s by class\n\n", report_role_titles[role],
			report_columns[0].head);
	table_write(&table, out);
	table_free(&table);
}

/* ---- Sanity -------------------------------------------------------------------- */

static double spearman_of(const struct similarity *similarity)
{
	return total_mean(similarity->spearman, similarity->maps);
}

static double ssim_of(const struct similarity *similarity)
{
	return total_mean(similarity->ssim, similarity->maps);
}

static size_t compared_sources(const struct evaluation *evaluation)
{
	size_t count = 0;

	for (size_t i = 0; i < evaluation->source_count; i++) {
		count += evaluation->sources[i].similarity != NULL;
	}
	return count;
}

static void put_similarity(FILE *out, const struct evaluation *evaluation,
		const char *title, double (*value)(const struct similarity *similarity))
{
	struct table table;

	table_start(&table, compared_sources(evaluation) + 1, ALL_RIGHT_BUT_FIRST);
	table_add(&table, "RANDOM DOWN TO");
	for (size_t i = 0; i < evaluation->source_count; i++) {
		if (evaluation->sources[i].similarity != NULL) {
			table_add(&table, "%s", evaluation->sources[i].name);
		}
	}
	for (size_t stage = 0; stage < evaluation->stage_count; stage++) {
		table_add(&table, "%s", evaluation->stages[stage]);
		for (size_t i = 0; i < evaluation->source_count; i++) {
			const struct similarity *similarity =
					evaluation->sources[i].similarity;
			if (similarity != NULL && similarity[stage].maps > 0) {
				table_add(&table, "%.3f", value(&similarity[stage]));
			} else if (similarity != NULL) {
				table_add(&table, "-");
			}
		}
	}
	fprintf(out, "\n%s with the maps of the trained network, %zu picture%s\n\n",
			title, evaluation->sanity_pictures,
			plural(evaluation->sanity_pictures));
	table_write(&table, out);
	table_free(&table);
}

void report_text(FILE *out, const struct evaluation *evaluation)
{
	put_head(out, evaluation);
	put_role(out, evaluation, ROLE_MAIN);
	put_role(out, evaluation, ROLE_DISTRACTOR);
	if (evaluation_has_means(evaluation, ROLE_MAIN)
			|| evaluation_has_means(evaluation, ROLE_DISTRACTOR)) {
		put_meanings(out, evaluation);
		put_measures(out, evaluation, ROLE_MAIN);
		put_measures(out, evaluation, ROLE_DISTRACTOR);
	}
	put_classes(out, evaluation, ROLE_MAIN);
	put_classes(out, evaluation, ROLE_DISTRACTOR);
	if (plot_has_sanity(evaluation)) {
		put_similarity(out, evaluation, "Rank correlation (Spearman)",
				spearman_of);
		put_similarity(out, evaluation, "Structural similarity (SSIM)", ssim_of);
	}
}
