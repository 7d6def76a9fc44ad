/**
 * \file    plan/sections.h
 * \brief   Tables of the keys of [run], [model], [input] and [evaluation]
 */
#ifndef PLAN_SECTIONS_H
#define PLAN_SECTIONS_H

#include "config/parameter.h"

/** A section that is not a job */
struct plan_section {
	const char *name;
	const char *summary;
	const cnnviz_parameter *parameters;
	size_t count;
};
extern const struct plan_section plan_sections[4];

/** Position of each table in plan_sections */
enum {
	PLAN_SECTION_RUN,
	PLAN_SECTION_MODEL,
	PLAN_SECTION_INPUT,
	PLAN_SECTION_EVALUATION,
};

/** Position of each key in its table */
enum {
	RUN_OUTPUT,
	RUN_SEED,
	RUN_THREADS,
	RUN_BATCH,
	RUN_DEVICE,
	RUN_PLUGIN_PATH,
	RUN_MODEL_PATH,
	RUN_ENGINE,
	RUN_ISOLATE,
	RUN_TIMEOUT,
	RUN_MEMORY_LIMIT,
	RUN_CONTACT_SHEET,
	RUN_OUTPUT_FORMAT,
	RUN_JPEG_QUALITY,
	RUN_PACK,
	RUN_COUNT,
};
/** Words of isolate, with which those of a bool go as well */
enum run_isolate {
	RUN_ISOLATE_NO,
	RUN_ISOLATE_YES,
	RUN_ISOLATE_STRICT,
};
enum {
	MODEL_ARCHITECTURE,
	MODEL_WEIGHTS,
	MODEL_WEIGHTS_KEY,
	MODEL_LABELS,
	MODEL_VERIFY,
	MODEL_ALLOW_NONFINITE,
	MODEL_MEAN,
	MODEL_STD,
	MODEL_SCALE,
	MODEL_CHANNELS,
	MODEL_INPUT_SIZE,
	MODEL_OUTPUT,
	MODEL_LOGITS,
	MODEL_ACTIVATION,
	MODEL_TASK,
	MODEL_COUNT,
};
enum {
	INPUT_IMAGES,
	INPUT_TARGET,
	INPUT_RESIZE,
	INPUT_FILTER,
	INPUT_SIZE,
	INPUT_REGION,
	INPUT_COUNT,
};
enum {
	EVALUATION_ANNOTATIONS,
	EVALUATION_TOLERANCE,
	EVALUATION_CURVE_STEPS,
	EVALUATION_CURVE_OBJECTS,
	EVALUATION_BLUR,
	EVALUATION_SANITY,
	EVALUATION_SANITY_PICTURES,
	EVALUATION_SANITY_STAGES,
	EVALUATION_MEASURES,
	EVALUATION_FIDELITY_SAMPLES,
	EVALUATION_SENSITIVITY_SAMPLES,
	EVALUATION_SENSITIVITY_RADIUS,
	EVALUATION_COUNT,
};

#endif
