/**
 * \file    evaluate/map_case.h
 * \brief   A map with all that measures need to judge it by, and what a kind of measure is
 *
 * Kinds of measures ask what the network does with a changed picture (a probe), what the
 * technique does with one (a rerun), or look at the map alone.
 */
#ifndef EVALUATE_MAP_CASE_H
#define EVALUATE_MAP_CASE_H

#include "base/tensor.h"
#include "graph/logits.h"
#include "plan/plan.h"

/** A map, and the picture that it explains; everything is borrowed */
struct map_case {
	const struct plan *plan;
	const cnnviz_tensor *input;   /* (1,C,H,W), normalized */
	const cnnviz_tensor *blurred; /* the same, blurred */
	const cnnviz_tensor *maps;    /* as the technique gave them; NULL: not a job's */
	size_t item;                  /* of these maps */
	uint64_t stream;              /* of the picture's random numbers */
	struct classification *base;  /* of the target in the unchanged picture */
	int64_t target;
	const unsigned char *inside; /* positions of logits that count; NULL: all */
	const float *plane;    /* H*W values, none negative: what is drawn of the map */
	const float *evidence; /* H*W values: the same, with evidence against the target */
	/* H*W values: how much of the logit a pixel gives, if the map says so linearly */
	const float *linear;
	double *values; /* PLAN_MEASURE_COUNT, NAN where there is none */
	double *deletion,
			*insertion; /* points of the plain curves, curve_steps + 1 each */
};

/** Number of values in the planes of a map */
int64_t map_area(const struct map_case *map);

/** A kind of measure that looks at the map alone */
typedef void criterion_look(const struct map_case *map);

/** A kind of measure that compares what the network says of changed pictures */
struct probe {
	/** Number of changed pictures of a map */
	size_t (*count)(const struct map_case *map);

	/** Prepare to draw them; NULL: nothing to keep. The state is freed by end(). */
	void *(*begin)(const struct probe *probe, const struct map_case *map);

	/** Fill picture i, (C,H,W); called for 0, 1, 2 and so on */
	void (*draw)(const struct map_case *map, void *state, size_t i, float *picture);

	/** Set the map's values from what the network says of the target in each */
	void (*measure)(const struct map_case *map, void *state,
			const struct classification *results);

	void (*end)(void *state); /* NULL: free() */
	int variant;              /* of a function that is shared, its own meaning */
};

/** The map of a changed picture */
struct changed_map {
	const cnnviz_tensor *maps; /* NULL: not a job's */
	size_t item;
	const float *plane; /* as of struct map_case */
};

/** A kind of measure that compares maps of changed pictures with that of the picture */
struct rerun {
	/** Number of changed pictures of a map */
	size_t (*count)(const struct map_case *map);

	/** Fill picture i, (C,H,W) */
	void (*draw)(const struct map_case *map, size_t i, float *picture);

	/** Compare map i, from 0 on, with the map, and update its values. */
	void (*compare)(const struct map_case *map, size_t i,
			const struct changed_map *changed);
};

#endif
