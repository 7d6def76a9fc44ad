/**
 * \file    unit/test_spelling.c
 * \brief   British and American spellings of names: which are equal, and which are kept
 */
#include <stdlib.h>

#include "config/spelling.h"
#include "support/cunit_main.h"
#include "unit/fixture.h"

static void check_american(const char *name, const char *wanted)
{
	char *american = spelling_american(name);

	check_text(american, wanted, name);
	free(american);
}

static void british_names_become_american(void)
{
	static const char *const rows[][2] = {
		{ "colour", "color" },
		{ "colourmap", "colormap" },
		{ "start_colour", "start_color" },
		{ "decorrelated_colours", "decorrelated_colors" },
		{ "grey", "gray" },
		{ "greyscale", "grayscale" },
		{ "centre", "center" },
		{ "centred", "centered" },
		{ "centres", "centers" },
		{ "neighbourhood", "neighborhood" },
		{ "behaviour", "behavior" },
		{ "artefact", "artifact" },
		{ "analyse", "analyze" },
		{ "labelled", "labeled" },
		{ "regulariser", "regularizer" },
		{ "regularisers", "regularizers" },
		{ "regularisation", "regularization" },
		{ "optimiser", "optimizer" },
		{ "optimise_colours", "optimize_colors" },
		{ "normalise", "normalize" },
		{ "normalised", "normalized" },
		{ "denormalise", "denormalize" },
		{ "normalisation_2", "normalization_2" },
		{ "quantise", "quantize" },
		{ "binarising", "binarizing" },
		{ "initialises", "initializes" },
		{ "randomise", "randomize" },
		{ "standardise", "standardize" },
		{ "vectorise", "vectorize" },
		{ "rasterise", "rasterize" },
		{ "parallelise", "parallelize" },
		{ "discretise", "discretize" },
		{ "tokeniser", "tokenizer" },
		{ "synchronise", "synchronize" },
		{ "visualisations", "visualizations" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		check_american(rows[i][0], rows[i][1]);
		check_american(rows[i][1], rows[i][1]);
		check_row(spelling_same(rows[i][0], rows[i][1]), rows[i][0], "differs");
		check_row(spelling_same(rows[i][1], rows[i][0]), rows[i][0], "differs");
	}
}

static void other_names_stay(void)
{
	static const char *const rows[] = { "", "is", "ise", "noise", "noise_level",
		"noised", "denoise", "otherwise", "elementwise", "clockwise", "exercise",
		"promise", "compromised", "raise", "arise", "rise", "precise", "concise",
		"supervised", "revise", "devised", "advise", "improvised", "televise",
		"surprise", "enterprise", "disguised_fooling", "expertise", "treatise",
		"paradise", "premise", "franchise", "merchandise", "poised", "turquoise",
		"bruised", "list", "distance", "analysis", "layers", "hour", "contour",
		"source", "four", "fourier", "central", "percentile", "concentric",
		"label", "model", "great", "key", "NORMALISE", "12_is_e" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		check_american(rows[i], rows[i]);
	}
}

static void different_names_are_not_the_same(void)
{
	CU_ASSERT_TRUE(spelling_same("layer", "layer"));
	CU_ASSERT_FALSE(spelling_same("layer", "layers"));
	CU_ASSERT_FALSE(spelling_same("", "layer"));
	CU_ASSERT_FALSE(spelling_same("colour", "colors"));
	CU_ASSERT_FALSE(spelling_same("colour", "Color"));
	CU_ASSERT_FALSE(spelling_same("grey", "green"));
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "British names become American", british_names_become_american },
		{ "other names stay", other_names_stay },
		{ "different names are not the same", different_names_are_not_the_same },
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "spelling", NULL, NULL, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
