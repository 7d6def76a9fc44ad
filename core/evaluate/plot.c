/**
 * \file    evaluate/plot.c
 * \brief   Writes curves.svg and sanity.svg
 */
#include "evaluate/plot.h"

#include <stdlib.h>

#include "base/memory.h"
#include "image/plot.h"

/** Write two panels with the same lines */
static void put_pair(FILE *out, const char *label, struct plot_panel panels[2])
{
	const struct plot plot = {
		.label = label,
		.panels = panels,
		.count = 2,
		.legend = true,
	};

	plot_write(out, &plot);
	plot_free_lines(panels, 2);
}

static struct plot_line *add_line(struct plot_panel *panel, const struct source *source)
{
	return plot_add_line(panel, source->name, source->job == NULL);
}

/* ---- Deletion and insertion ---------------------------------------------------- */

/* Curves of main objects are shown, or those of distractors if there are none. */
static enum role shown_role(const struct evaluation *evaluation)
{
	return evaluation_objects(evaluation, ROLE_MAIN, ANY_CLASS) > 0 ? ROLE_MAIN
									: ROLE_DISTRACTOR;
}

bool plot_has_curves(const struct evaluation *evaluation)
{
	for (size_t i = 0; i < evaluation->source_count; i++) {
		if (evaluation->sources[i].tallies[shown_role(evaluation)].curves > 0) {
			return true;
		}
	}
	return false;
}

void plot_curves(FILE *out, const struct evaluation *evaluation)
{
	struct plot_panel panels[2] = {
		{ .title = "Deletion: low is good",
				.across = "pixels deleted",
				.percent = true },
		{ .title = "Insertion: high is good",
				.across = "pixels inserted",
				.percent = true },
	};

	for (size_t i = 0; i < evaluation->source_count; i++) {
		const struct source *source = &evaluation->sources[i];
		const struct tally *tally = &source->tallies[shown_role(evaluation)];
		const int64_t *const curves[] = { tally->deletion, tally->insertion };
		for (int k = 0; k < 2 && tally->curves > 0; k++) {
			panels[k].points = evaluation->curve_steps + 1;
			struct plot_line *line = add_line(&panels[k], source);
			for (size_t point = 0; point < panels[k].points; point++) {
				line->values[point] = total_mean(curves[k][point],
						tally->curves);
			}
		}
	}
	put_pair(out, "Probability of the class while pixels are deleted or inserted",
			panels);
}

/* ---- Sanity -------------------------------------------------------------------- */

bool plot_has_sanity(const struct evaluation *evaluation)
{
	return evaluation->stage_count > 0;
}

void plot_sanity(FILE *out, const struct evaluation *evaluation)
{
	size_t points = evaluation->stage_count + 1;
	const char **marks = memory_new(points, sizeof(*marks));
	struct plot_panel panels[2] = {
		{ .title = "Rank correlation (Spearman)",
				.marks = marks,
				.points = points },
		{ .title = "Structural similarity", .marks = marks, .points = points },
	};

	marks[0] = "trained";
	for (size_t i = 1; i < points; i++) {
		marks[i] = evaluation->stages[i - 1];
	}
	for (size_t i = 0; i < evaluation->source_count; i++) {
		const struct source *source = &evaluation->sources[i];
		if (source->similarity == NULL || source->failure != NULL) {
			continue;
		}
		struct plot_line *correlation = add_line(&panels[0], source);
		struct plot_line *similarity = add_line(&panels[1], source);
		correlation->values[0] = similarity->values[0] = 1;
		for (size_t k = 1; k < points; k++) {
			const struct similarity *stage = &source->similarity[k - 1];

			correlation->values[k] = total_mean(stage->spearman, stage->maps);
			similarity->values[k] = total_mean(stage->ssim, stage->maps);
		}
	}
	put_pair(out,
			"Similarity of maps while layers are randomized, from the logits "
			"down",
			panels);
	free(marks);
}
