/**
 * \file    evaluate/page.c
 * \brief   Writes index.html: the evaluation in the style of the gallery
 */
#include "config.h"

#include "evaluate/page.h"

#include "base/markup.h"
#include "evaluate/columns.h"
#include "evaluate/plot.h"
#include "output/gallery.h"

static const char *const style[] = {
	"main > section { margin-bottom: 2.25rem; }",
	"main h2 { display: block; margin-bottom: 0.6rem; }",
	".figures { font-variant-numeric: tabular-nums; padding: 0; }",
	".figures th, .figures td { padding: 0.35rem 0.9rem; text-align: right;",
	"  white-space: nowrap; vertical-align: middle; }",
	".figures th:first-child { text-align: left; position: sticky; left: 0;",
	"  background: var(--raised); }",
	".figures thead th { color: var(--soft); font-size: 0.8125rem; }",
	".figures thead th:first-child { z-index: 3; }",
	".figures thead th[title] { cursor: help; }",
	".figures tbody tr + tr > * { border-top: 1px solid var(--line); }",
	".figures tbody tr:last-child > * { padding-bottom: 0.35rem; }",
	".figures .baseline { color: var(--soft); }",
	".figures b { font-weight: 650; }",
	".figures .interval { color: var(--soft); font-size: 0.8125rem; }",
	"main h3 { margin: 1.2rem 0 0.6rem; font-size: 1rem; }",
	".plot-region { width: fit-content; max-width: 100%; overflow: auto;",
	"  border: 1px solid var(--line); border-radius: 12px;",
	"  box-shadow: 0 1px 2px var(--shade); }",
	".plot-region .plot { max-width: none; }",
	".remark-line { max-width: 62rem; margin: 0.6rem 0 0; color: var(--soft);",
	"  font-size: 0.8125rem; }",
	"details { margin-top: 0.9rem; }",
	"summary { cursor: pointer; color: var(--soft); }",
	"details[open] summary { margin-bottom: 0.6rem; }",
	"dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1rem;",
	"  max-width: 62rem; margin: 0.9rem 0 0; color: var(--soft);",
	"  font-size: 0.8125rem; }",
	"dd { margin: 0; }",
};

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

/* ---- Tables -------------------------------------------------------------------- */

/* Whether a source's value is the best of all jobs, rounded to three digits */
static bool is_best(const struct evaluation *evaluation, enum role role,
		const struct report_column *column, double value)
{
	for (size_t i = 0; i < evaluation->source_count; i++) {
		const struct source *other = &evaluation->sources[i];
		struct summary summary = evaluation_summary(evaluation, other, role,
				ANY_CLASS);
		double theirs;
		if (other->job != NULL && report_value(&summary, column, &theirs)
				&& (theirs - value) * column->better > 0.0005) {
			return false;
		}
	}
	return column->better != 0;
}

static void put_value(FILE *out, const struct evaluation *evaluation,
		const struct source *source, enum role role,
		const struct summary *summary, const struct report_column *column)
{
	double value;

	if (!report_value(summary, column, &value)) {
		fputs("<td>\xE2\x80\x93</td>", out);
		return;
	}
	bool best = source->job != NULL && is_best(evaluation, role, column, value);
	fprintf(out, "<td>%s%.3f%s</td>", best ? "<b>" : "", value, best ? "</b>" : "");
}

static void put_source(FILE *out, const struct evaluation *evaluation,
		const struct source *source, enum role role)
{
	struct summary summary = evaluation_summary(evaluation, source, role, ANY_CLASS);

	fprintf(out, "<tr%s><th scope=\"row\">",
			source->job == NULL ? " class=\"baseline\"" : "");
	markup_text(out, source->name);
	if (source->failure != NULL) {
		fputs(" <span class=\"badge bad\" title=\"", out);
		markup_text(out, source->failure);
		fputs("\">failed</span>", out);
	}
	fputs("</th>", out);
	for (size_t i = 0; i < REPORT_COLUMNS; i++) {
		put_value(out, evaluation, source, role, &summary, &report_columns[i]);
	}
	fprintf(out, "<td>%zu</td><td>%zu</td></tr>\n", summary.zero, summary.maps);
}

static void put_column_head(FILE *out, const char *name, const char *meaning)
{
	fputs("<th scope=\"col\" title=\"", out);
	markup_text(out, meaning);
	fputs("\">", out);
	markup_text(out, name);
	fputs("</th>", out);
}

static void open_table(FILE *out, const char *label)
{
	fprintf(out,
			"<div class=\"table-region\" role=\"region\" tabindex=\"0\" "
			"aria-label=\"%s\">\n<table class=\"figures\">\n<thead><tr>",
			label);
}

/* ---- The plan's measures ------------------------------------------------------- */

static bool is_best_mean(const struct evaluation *evaluation, enum role role,
		enum plan_measure measure, double value)
{
	for (size_t i = 0; i < evaluation->source_count; i++) {
		const struct source *other = &evaluation->sources[i];
		struct mean mean = evaluation_mean(evaluation, other, role, ANY_CLASS,
				measure);

		if (other->job != NULL && mean.maps > 0
				&& (mean.value - value) * criteria[measure].better > 0) {
			return false;
		}
	}
	return true;
}

static void put_mean(FILE *out, const struct evaluation *evaluation,
		const struct source *source, enum role role, enum plan_measure measure)
{
	struct mean mean = evaluation_mean(evaluation, source, role, ANY_CLASS, measure);
	char value[32], interval[32];

	if (mean.maps == 0) {
		fputs("<td>\xE2\x80\x93</td>", out);
		return;
	}
	bool best = source->job != NULL
			&& is_best_mean(evaluation, role, measure, mean.value);

	report_format_mean(&mean, value, sizeof(value));
	report_format_interval(&mean, interval, sizeof(interval));
	fprintf(out, "<td>%s%s%s", best ? "<b>" : "", value, best ? "</b>" : "");
	if (*interval != '\0') {
		fprintf(out, " <span class=\"interval\">\xC2\xB1%s</span>", interval);
	}
	fputs("</td>", out);
}

static void put_measure_row(FILE *out, const struct evaluation *evaluation,
		const struct source *source, enum role role)
{
	fprintf(out, "<tr%s><th scope=\"row\">",
			source->job == NULL ? " class=\"baseline\"" : "");
	markup_text(out, source->name);
	fputs("</th>", out);
	for (int i = 0; i < PLAN_MEASURE_COUNT; i++) {
		if (evaluation->plan->evaluation.measures[i]) {
			put_mean(out, evaluation, source, role, (enum plan_measure)i);
		}
	}
	fputs("</tr>\n", out);
}

static void put_measures(FILE *out, const struct evaluation *evaluation, enum role role)
{
	if (!evaluation_has_means(evaluation, role)) {
		return;
	}
	fputs("<h3>Without positions</h3>\n", out);
	open_table(out, "Measures without positions");
	fputs("<th scope=\"col\">Job</th>", out);
	for (size_t i = 0; i < PLAN_MEASURE_COUNT; i++) {
		if (evaluation->plan->evaluation.measures[i]) {
			put_column_head(out, criteria[i].name, criteria[i].meaning);
		}
	}
	fputs("</tr></thead>\n<tbody>\n", out);
	for (size_t i = 0; i < evaluation->source_count; i++) {
		put_measure_row(out, evaluation, &evaluation->sources[i], role);
	}
	fputs("</tbody></table></div>\n<p class=\"remark-line\">Means of the maps that "
	      "have "
	      "a value, \xC2\xB1 with 95\xC2\xA0% confidence.</p>\n",
			out);
}

/* ---- By class ------------------------------------------------------------------ */

static void put_class_row(FILE *out, const struct evaluation *evaluation, enum role role,
		int64_t class_index, size_t objects)
{
	fputs("<tr><th scope=\"row\">", out);
	markup_text(out, model_class_name(evaluation->plan->model, class_index));
	fprintf(out, "</th><td>%zu</td>", objects);
	for (size_t i = 0; i < evaluation->source_count; i++) {
		struct summary summary = evaluation_summary(evaluation,
				&evaluation->sources[i], role, class_index);
		if (summary.maps > 0) {
			fprintf(out, "<td>%.3f</td>", summary.pointing);
		} else {
			fputs("<td>\xE2\x80\x93</td>", out);
		}
	}
	fputs("</tr>\n", out);
}

static void put_classes(FILE *out, const struct evaluation *evaluation, enum role role)
{
	fputs("<details><summary>Pointing game by class</summary>\n", out);
	open_table(out, "Pointing game by class");
	fputs("<th scope=\"col\">Class</th><th scope=\"col\">Objects</th>", out);
	for (size_t i = 0; i < evaluation->source_count; i++) {
		fputs("<th scope=\"col\">", out);
		markup_text(out, evaluation->sources[i].name);
		fputs("</th>", out);
	}
	fputs("</tr></thead>\n<tbody>\n", out);
	for (int64_t c = 0; c < evaluation->plan->model->class_count; c++) {
		size_t objects = evaluation_objects(evaluation, role, c);
		if (objects > 0) {
			put_class_row(out, evaluation, role, c, objects);
		}
	}
	fputs("</tbody></table></div>\n</details>\n", out);
}

static void put_role(FILE *out, const struct evaluation *evaluation, enum role role)
{
	size_t objects = evaluation_objects(evaluation, role, ANY_CLASS);

	if (objects == 0) {
		return;
	}
	fprintf(out, "<section>\n<h2>%s <span class=\"technique\">%zu</span></h2>\n",
			report_role_titles[role], objects);
	open_table(out, report_role_titles[role]);
	fputs("<th scope=\"col\">Job</th>", out);
	for (size_t i = 0; i < REPORT_COLUMNS; i++) {
		put_column_head(out, report_columns[i].name, report_columns[i].meaning);
	}
	put_column_head(out, "Zero", "maps with no value above 0; they count as misses");
	put_column_head(out, "Maps", "number of maps measured");
	fputs("</tr></thead>\n<tbody>\n", out);
	for (size_t i = 0; i < evaluation->source_count; i++) {
		put_source(out, evaluation, &evaluation->sources[i], role);
	}
	fputs("</tbody></table></div>\n", out);
	put_measures(out, evaluation, role);
	put_classes(out, evaluation, role);
	fputs("</section>\n", out);
}

/* ---- The page ------------------------------------------------------------------ */

static void put_head(FILE *out, const struct evaluation *evaluation)
{
	page_begin(out, evaluation->plan->architecture);
	for (size_t i = 0; i < sizeof(style) / sizeof(*style); i++) {
		fprintf(out, "%s\n", style[i]);
	}
	fputs("</style>\n</head>\n<body>\n<header class=\"page-head\">\n"
	      "<h1>Maps of ",
			out);
	markup_text(out, evaluation->plan->architecture);
	fprintf(out,
			", measured</h1>\n<p class=\"lead\">%zu object%s in %zu "
			"picture%s, each explained for its own "
			"class</p>\n</header>\n<main>\n",
			evaluation->target_count, plural(evaluation->target_count),
			evaluation->annotations->count,
			plural(evaluation->annotations->count));
}

static void put_meaning(FILE *out, const char *name, const char *meaning)
{
	fputs("<dt>", out);
	markup_text(out, name);
	fputs("</dt><dd>", out);
	markup_text(out, meaning);
	fputs("</dd>\n", out);
}

static void put_meanings(FILE *out, const struct evaluation *evaluation)
{
	fputs("<section>\n<h2>What the columns mean</h2>\n<dl>\n", out);
	for (size_t i = 0; i < REPORT_COLUMNS; i++) {
		put_meaning(out, report_columns[i].name, report_columns[i].meaning);
	}
	for (size_t i = 0; i < PLAN_MEASURE_COUNT; i++) {
		if (evaluation->plan->evaluation.measures[i]) {
			put_meaning(out, criteria[i].name, criteria[i].meaning);
		}
	}
	fputs("</dl>\n</section>\n", out);
}

static void put_plots(FILE *out, const struct evaluation *evaluation)
{
	if (plot_has_curves(evaluation)) {
		fputs("<section>\n<h2>Deletion and insertion</h2>\n<div "
		      "class=\"plot-region\">\n",
				out);
		plot_curves(out, evaluation);
		fputs("</div>\n<p class=\"remark-line\">Mean probability of the class "
		      "while a picture's pixels are replaced by the mean color, or "
		      "restored in a blurred picture, the most important ones "
		      "first.</p>\n</section>\n",
				out);
	}
	if (plot_has_sanity(evaluation)) {
		fputs("<section>\n<h2>Sanity check</h2>\n<div class=\"plot-region\">\n",
				out);
		plot_sanity(out, evaluation);
		fprintf(out,
				"</div>\n<p class=\"remark-line\">From the logits down, "
				"one layer after another gets random weights. A map that "
				"shows what the network has learned must change; one "
				"that does not change shows only the picture. Mean of "
				"%zu picture%s.</p>\n</section>\n",
				evaluation->sanity_pictures,
				plural(evaluation->sanity_pictures));
	}
}

static void put_foot(FILE *out, const struct evaluation *evaluation)
{
	fprintf(out,
			"</main>\n<footer class=\"page-foot\">\n<p>Tolerance %.3g pixels "
			"\xC2\xB7 seed %llu \xC2\xB7 ",
			evaluation->tolerance,
			(unsigned long long)evaluation->plan->seed);
	markup_text(out, evaluation->engine);
	fputs(" \xC2\xB7 cnnviz " PACKAGE_VERSION
	      " \xC2\xB7 all numbers in <a href=\"evaluation.json\">evaluation.json</a> "
	      "and <a href=\"evaluation.txt\">evaluation.txt</a></p>\n</footer>\n"
	      "</body>\n</html>\n",
			out);
}

void report_page(FILE *out, const struct evaluation *evaluation)
{
	put_head(out, evaluation);
	put_role(out, evaluation, ROLE_MAIN);
	put_role(out, evaluation, ROLE_DISTRACTOR);
	put_plots(out, evaluation);
	put_meanings(out, evaluation);
	put_foot(out, evaluation);
}
