/**
 * \file    evaluate/criterion.c
 * \brief   What [evaluation] measures names: one row for each measure
 */
#include "evaluate/criterion.h"

#include "evaluate/complexity.h"
#include "evaluate/curve.h"
#include "evaluate/fidelity.h"
#include "evaluate/road.h"
#include "evaluate/robustness.h"

const struct criterion criteria[PLAN_MEASURE_COUNT] = {
	[PLAN_MEASURE_AVERAGE_DROP] = {
		.head = "AVG DROP",
		.name = "Average drop",
		.meaning = "share of the class's probability that is lost where the picture "
			   "is multiplied by the map; low is good",
		.better = -1,
		.probe = &fidelity_masked,
	},
	[PLAN_MEASURE_INCREASE] = {
		.head = "INCREASE",
		.name = "Increase",
		.meaning = "share of maps with which the probability rises instead; high is "
			   "good",
		.better = 1,
		.probe = &fidelity_masked,
	},
	[PLAN_MEASURE_ADCC] = {
		.head = "ADCC",
		.name = "ADCC",
		.meaning = "harmonic mean of 1 - average drop, coherency and 1 - the map's "
			   "mean; high is good",
		.better = 1,
		.probe = &fidelity_masked,
		.rerun = &robustness_coherency,
		.look = robustness_adcc,
	},
	[PLAN_MEASURE_COHERENCY] = {
		.head = "COHERENCY",
		.name = "Coherency",
		.meaning = "correlation with the map of the picture multiplied by the map, "
			   "from 0 to 1; high is good",
		.better = 1,
		.rerun = &robustness_coherency,
	},
	[PLAN_MEASURE_ADCC_COMPLEXITY] = {
		.head = "MAP MEAN",
		.name = "Map mean",
		.meaning = "mean of the map between its minimum and maximum, the complexity "
			   "of ADCC; low is good",
		.better = -1,
		.look = robustness_adcc,
	},
	[PLAN_MEASURE_ROAD] = {
		.head = "ROAD",
		.name = "ROAD",
		.meaning = "half of what LeRF has over MoRF; high is good",
		.better = 1,
		.probe = &road_probe,
	},
	[PLAN_MEASURE_ROAD_MORF] = {
		.head = "MORF",
		.name = "MoRF",
		.meaning = "change of the probability while the most important pixels "
			   "are filled in from those around; low is good",
		.better = -1,
		.probe = &road_probe,
	},
	[PLAN_MEASURE_ROAD_LERF] = {
		.head = "LERF",
		.name = "LeRF",
		.meaning = "change of the probability while the least important pixels "
			   "are filled in from those around; high is good",
		.better = 1,
		.probe = &road_probe,
	},
	[PLAN_MEASURE_DELETION_ZERO] = {
		.head = "DEL ZERO",
		.name = "Deletion, zero",
		.meaning = "area under the probability while the most important pixels "
			   "become 0, the mean color of training; low is good",
		.better = -1,
		.probe = &curve_deletion[CURVE_ZERO],
	},
	[PLAN_MEASURE_DELETION_MEAN] = {
		.head = "DEL MEAN",
		.name = "Deletion, mean",
		.meaning = "area under the probability while the most important pixels "
			   "take the picture's mean color; low is good",
		.better = -1,
		.probe = &curve_deletion[CURVE_MEAN],
	},
	[PLAN_MEASURE_DELETION_BLUR] = {
		.head = "DEL BLUR",
		.name = "Deletion, blur",
		.meaning = "area under the probability while the most important pixels "
			   "are blurred; low is good",
		.better = -1,
		.probe = &curve_deletion[CURVE_BLUR],
	},
	[PLAN_MEASURE_INSERTION_ZERO] = {
		.head = "INS ZERO",
		.name = "Insertion, zero",
		.meaning = "area under the probability while the most important pixels "
			   "are brought back where all is 0; high is good",
		.better = 1,
		.probe = &curve_insertion[CURVE_ZERO],
	},
	[PLAN_MEASURE_INSERTION_MEAN] = {
		.head = "INS MEAN",
		.name = "Insertion, mean",
		.meaning = "area under the probability while the most important pixels "
			   "are brought back where all has the picture's mean color; "
			   "high is good",
		.better = 1,
		.probe = &curve_insertion[CURVE_MEAN],
	},
	[PLAN_MEASURE_INSERTION_BLUR] = {
		.head = "INS BLUR",
		.name = "Insertion, blur",
		.meaning = "area under the probability while the most important pixels "
			   "are brought back where all is blurred; high is good",
		.better = 1,
		.probe = &curve_insertion[CURVE_BLUR],
	},
	[PLAN_MEASURE_INFIDELITY] = {
		.head = "INFIDELITY",
		.name = "Infidelity",
		.meaning = "mean square of how far the map is off when it tells by how much "
			   "the logit falls without a square; low is good",
		.better = -1,
		.probe = &fidelity_infidelity,
	},
	[PLAN_MEASURE_MU_FIDELITY] = {
		.head = "MU FIDELITY",
		.name = "\xCE\xBC" "Fidelity",
		.meaning = "rank correlation of the map's sum over random cells with the "
			   "fall of the logit without them; high is good",
		.better = 1,
		.probe = &fidelity_mu,
	},
	[PLAN_MEASURE_SENSITIVITY] = {
		.head = "SENSITIVITY",
		.name = "Sensitivity",
		.meaning = "largest relative change of the map of a picture that is hardly "
			   "changed; low is good",
		.better = -1,
		.rerun = &robustness_sensitivity,
	},
	[PLAN_MEASURE_SPARSENESS] = {
		.head = "SPARSENESS",
		.name = "Sparseness",
		.meaning = "Gini index of the map: 0 of a constant one, 1 of few pixels",
		.better = 1,
		.look = complexity_sparseness,
	},
	[PLAN_MEASURE_COMPLEXITY] = {
		.head = "COMPLEXITY",
		.name = "Complexity",
		.meaning = "entropy of the map in nats; low of few pixels",
		.better = -1,
		.look = complexity_entropy,
	},
};

/* ---- Kinds --------------------------------------------------------------------- */

static void add_probe(struct criterion_kinds *kinds, const struct probe *probe)
{
	size_t i = 0;

	while (i < kinds->probe_count && kinds->probes[i] != probe) {
		i++;
	}
	if (probe != NULL && i == kinds->probe_count) {
		kinds->probes[kinds->probe_count++] = probe;
	}
}

static void add_rerun(struct criterion_kinds *kinds, const struct rerun *rerun)
{
	size_t i = 0;

	while (i < kinds->rerun_count && kinds->reruns[i] != rerun) {
		i++;
	}
	if (rerun != NULL && i == kinds->rerun_count) {
		kinds->reruns[kinds->rerun_count++] = rerun;
	}
}

static void add_look(struct criterion_kinds *kinds, criterion_look *look)
{
	size_t i = 0;

	while (i < kinds->look_count && kinds->looks[i] != look) {
		i++;
	}
	if (look != NULL && i == kinds->look_count) {
		kinds->looks[kinds->look_count++] = look;
	}
}

void criteria_kinds(const struct plan *plan, struct criterion_kinds *kinds)
{
	*kinds = (struct criterion_kinds){ 0 };
	if (plan->evaluation.curve_steps > 0) {
		add_probe(kinds, &curve_deletion[CURVE_ZERO]);
		add_probe(kinds, &curve_insertion[CURVE_BLUR]);
	}
	for (size_t i = 0; i < PLAN_MEASURE_COUNT; i++) {
		if (plan->evaluation.measures[i]) {
			add_probe(kinds, criteria[i].probe);
			add_rerun(kinds, criteria[i].rerun);
			add_look(kinds, criteria[i].look);
		}
	}
}

bool criteria_run(const struct criterion_kinds *kinds)
{
	return kinds->probe_count > 0 || kinds->rerun_count > 0;
}
