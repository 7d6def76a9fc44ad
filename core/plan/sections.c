/**
 * \file    plan/sections.c
 * \brief   Tables of the keys of [run], [model], [input] and [evaluation]
 */
#include "plan/sections.h"

#include "graph/import_options.h"
#include "graph/logits.h"
#include "graph/normalize.h"
#include "image/fit.h"
#include "image/image.h"
#include "image/resample.h"
#include "plan/measures.h"

/** Of isolate: enum run_isolate */
static const char *const isolate_words[] = { "no", "yes", "strict", NULL };

/** Of output_format: enum plan_format */
static const char *const format_words[] = { "png", "jpeg", "npy-only", NULL };

static const cnnviz_parameter run_parameters[RUN_COUNT] = {
	[RUN_OUTPUT] = {
		.name = "output",
		.type = CNNVIZ_PARAMETER_STRING,
		.default_value = "results",
		.summary = "folder for the results; the default is in the current folder",
	},
	[RUN_SEED] = {
		.name = "seed",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "0",
		.minimum = 0,
		.maximum = 9007199254740991.0,
		.summary = "seed of all random numbers; the same seed gives the same bytes",
	},
	[RUN_THREADS] = {
		.name = "threads",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "0",
		.minimum = 0,
		.maximum = 1024,
		.summary = "threads of the engine; 0: as many as there are CPUs that the program may use",
	},
	[RUN_BATCH] = {
		.name = "batch",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "0",
		.minimum = 0,
		.maximum = 4096,
		.unit = "pictures",
		.summary = "number of pictures that pass through the network together; 0: up to 8, by what they take of memory",
	},
	[RUN_DEVICE] = {
		.name = "device",
		.type = CNNVIZ_PARAMETER_STRING,
		.default_value = "cpu",
		.summary = "device of the network: cpu, auto for a graphics card if one works, or one that the engine has, such as cuda or cuda:1",
	},
	[RUN_PLUGIN_PATH] = {
		.name = "plugin_path",
		.type = CNNVIZ_PARAMETER_STRING,
		.summary = "folders with plugins, separated by colons, searched before the default ones",
	},
	[RUN_MODEL_PATH] = {
		.name = "model_path",
		.type = CNNVIZ_PARAMETER_STRING,
		.summary = "folders with network descriptions and weights, separated by colons, searched before the default ones",
	},
	[RUN_ENGINE] = {
		.name = "engine",
		.type = CNNVIZ_PARAMETER_STRING,
		.default_value = "torch",
		.summary = "engine: a name or the path of a module; $CNNVIZ_ENGINE overrides it",
	},
	[RUN_ISOLATE] = {
		.name = "isolate",
		.type = CNNVIZ_PARAMETER_ENUM,
		.default_value = "no",
		.choices = isolate_words,
		.summary = "run each job in its own process, so that a plugin that crashes or hangs fails only its job; strict also keeps it from the network, other programs and other files",
	},
	[RUN_TIMEOUT] = {
		.name = "timeout",
		.type = CNNVIZ_PARAMETER_FLOAT,
		.minimum = 0.001,
		.maximum = 1e7,
		.unit = "seconds",
		.summary = "time limit of a technique for a batch of pictures, or for a picture if it handles them one by one; requires isolate = yes; by default no limit",
	},
	[RUN_MEMORY_LIMIT] = {
		.name = "memory_limit",
		.type = CNNVIZ_PARAMETER_INT,
		.minimum = 1,
		.maximum = 1073741824,
		.unit = "MiB",
		.summary = "memory limit of a job once the network is loaded; requires isolate = yes; by default no limit",
	},
	[RUN_CONTACT_SHEET] = {
		.name = "contact_sheet",
		.type = CNNVIZ_PARAMETER_BOOL,
		.default_value = "no",
		.summary = "write one picture for each photograph, with what all jobs made of it side by side",
	},
	[RUN_OUTPUT_FORMAT] = {
		.name = "output_format",
		.type = CNNVIZ_PARAMETER_ENUM,
		.default_value = "png",
		.choices = format_words,
		.summary = "how pictures are written; npy-only: none are drawn, and arrays take their place",
	},
	[RUN_JPEG_QUALITY] = {
		.name = "jpeg_quality",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "90",
		.minimum = 1,
		.maximum = 100,
		.summary = "quality of pictures, from poor and small to good and large; requires output_format = jpeg",
	},
	[RUN_PACK] = {
		.name = "pack",
		.type = CNNVIZ_PARAMETER_BOOL,
		.default_value = "no",
		.summary = "put the arrays of all pictures into one file for each job, with an index, rather than into a file each",
	},
};

static const cnnviz_parameter model_parameters[MODEL_COUNT] = {
	[MODEL_ARCHITECTURE] = {
		.name = "architecture",
		.type = CNNVIZ_PARAMETER_STRING,
		.flags = CNNVIZ_PARAMETER_REQUIRED,
		.summary = "network: a name that `cnnviz models` lists, or the path of a description, an ONNX or a .pt2 file",
	},
	[MODEL_WEIGHTS] = {
		.name = "weights",
		.type = CNNVIZ_PARAMETER_STRING,
		.summary = "weights file (.pth, .safetensors), embedded, random or random:SEED; by default those in an ONNX or .pt2 file, or the published file that the description names",
	},
	[MODEL_WEIGHTS_KEY] = {
		.name = "weights_key",
		.type = CNNVIZ_PARAMETER_STRING,
		.summary = "where in a checkpoint with several networks the weights are: keys "
				"with dots between, as in ema; absent, where they fit",
	},
	[MODEL_LABELS] = {
		.name = "labels",
		.type = CNNVIZ_PARAMETER_PATH,
		.summary = "file with the classes' names, one a line or as a dict or list of "
				"Python or JSON; absent, the one that the "
				"description names",
	},
	[MODEL_VERIFY] = {
		.name = "verify",
		.type = CNNVIZ_PARAMETER_BOOL,
		.default_value = "no",
		.summary = "compare the weights with the hash in their file's name",
	},
	[MODEL_ALLOW_NONFINITE] = {
		.name = "allow_nonfinite",
		.type = CNNVIZ_PARAMETER_BOOL,
		.default_value = "no",
		.summary = "use weights that are not a number or infinite, rather than refuse "
				"the file",
	},
	[MODEL_MEAN] = {
		.name = "mean",
		.type = CNNVIZ_PARAMETER_STRING,
		.summary = "what is subtracted from pixels: a number, or one for each channel, "
				"in the unit of the description's scale; absent, as it says",
	},
	[MODEL_STD] = {
		.name = "std",
		.type = CNNVIZ_PARAMETER_STRING,
		.summary = "what pixels are divided by after that, likewise",
	},
	[MODEL_SCALE] = {
		.name = "scale",
		.type = CNNVIZ_PARAMETER_FLOAT,
		.minimum = 1e-6,
		.maximum = 1e6,
		.summary = "value of a white pixel, the unit of mean and std; absent, as the "
				"description says, or 1",
	},
	[MODEL_CHANNELS] = {
		.name = "channels",
		.type = CNNVIZ_PARAMETER_ENUM,
		.choices = channel_words,
		.summary = "what the network's input channels are; absent, as the description "
				"says, or RGB, and RGBA for four",
	},
	[MODEL_INPUT_SIZE] = {
		.name = "input_size",
		.type = CNNVIZ_PARAMETER_STRING,
		.unit = "pixels",
		.summary = "the network's usual height and width, or one number for both; "
				"absent, as the file says",
	},
	[MODEL_OUTPUT] = {
		.name = "output",
		.type = CNNVIZ_PARAMETER_STRING,
		.summary = "of an ONNX or .pt2 file with several outputs, the one to use, or an array "
				"or node within to end the network at",
	},
	[MODEL_LOGITS] = {
		.name = "logits",
		.type = CNNVIZ_PARAMETER_STRING,
		.summary = "layer of the class scores; absent, the last one, or what it makes "
				"probabilities of",
	},
	[MODEL_ACTIVATION] = {
		.name = "activation",
		.type = CNNVIZ_PARAMETER_ENUM,
		.choices = activation_names,
		.summary = "how logits become probabilities: softmax where one class is "
				"there, sigmoid where each is or is not; absent, as the "
				"description says",
	},
	[MODEL_TASK] = {
		.name = "task",
		.type = CNNVIZ_PARAMETER_ENUM,
		.choices = import_task_names,
		.summary = "what an ONNX or .pt2 file's output is: score, of each class or in "
				"a map for each, or detect, boxes with a score for each "
				"class; absent, as the file says or its shape",
	},
};

static const cnnviz_parameter input_parameters[INPUT_COUNT] = {
	[INPUT_IMAGES] = {
		.name = "images",
		.type = CNNVIZ_PARAMETER_STRING,
		.flags = CNNVIZ_PARAMETER_LIST,
		.summary = "PNG and JPEG files, separated by commas: PATH or PATH:TARGET, wildcards allowed; TARGET is a class by index or name, or `not` one, by default the predicted one; @FILE is a list with one of these per line, or CSV of path,target",
	},
	[INPUT_TARGET] = {
		.name = "target",
		.type = CNNVIZ_PARAMETER_STRING,
		.summary = "class to explain in pictures that are given without one, by index or name, or `not` one; absent, the predicted one",
	},
	[INPUT_RESIZE] = {
		.name = "resize",
		.type = CNNVIZ_PARAMETER_ENUM,
		.default_value = "stretch",
		.choices = image_fit_names,
		.summary = "how a picture is fitted to the network's input size",
	},
	[INPUT_FILTER] = {
		.name = "filter",
		.type = CNNVIZ_PARAMETER_ENUM,
		.default_value = "lanczos",
		.choices = image_filter_names,
		.summary = "resampling filter for resize",
	},
	[INPUT_SIZE] = {
		.name = "size",
		.type = CNNVIZ_PARAMETER_STRING,
		.unit = "pixels",
		.summary = "height and width of the network's input, or one number for both; by default the size in the description",
	},
	[INPUT_REGION] = {
		.name = "region",
		.type = CNNVIZ_PARAMETER_STRING,
		.summary = "where a class of a segmentation network is explained: predicted (the default: where it is the best class), all, a box or the path of a mask, which is black outside; of a detector at which box: best (the default), or x,y,w,h in pixels of the input or as shares of it",
	},
};

static const char *const curve_objects[] = { "main", "all", NULL };

static const cnnviz_parameter evaluation_parameters[EVALUATION_COUNT] = {
	[EVALUATION_ANNOTATIONS] = {
		.name = "annotations",
		.type = CNNVIZ_PARAMETER_STRING,
		.summary = "JSON file with the pictures and their objects' positions",
	},
	[EVALUATION_TOLERANCE] = {
		.name = "tolerance",
		.type = CNNVIZ_PARAMETER_FLOAT,
		.minimum = 0,
		.maximum = IMAGE_MAX_EXTENT,
		.unit = "pixels",
		.summary = "distance from a box within which the pointing game counts a hit; by default 15/224 of the longer side of the network's input",
	},
	[EVALUATION_CURVE_STEPS] = {
		.name = "curve_steps",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "28",
		.minimum = 0,
		.maximum = 1024,
		.summary = "steps of the deletion and insertion curves; 0 disables them",
	},
	[EVALUATION_CURVE_OBJECTS] = {
		.name = "curve_objects",
		.type = CNNVIZ_PARAMETER_ENUM,
		.default_value = "main",
		.choices = curve_objects,
		.summary = "objects with curves: only the main ones, or distractors too",
	},
	[EVALUATION_BLUR] = {
		.name = "blur",
		.type = CNNVIZ_PARAMETER_FLOAT,
		.minimum = 0.1,
		.maximum = 1024,
		.unit = "pixels",
		.summary = "standard deviation of the blur at the start of insertion; by default 5/224 of the longer side of the network's input",
	},
	[EVALUATION_SANITY] = {
		.name = "sanity",
		.type = CNNVIZ_PARAMETER_BOOL,
		.default_value = "no",
		.summary = "whether to compare the maps with those of a network whose layers are randomized one after another",
	},
	[EVALUATION_SANITY_PICTURES] = {
		.name = "sanity_pictures",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "16",
		.minimum = 1,
		.maximum = 100000,
		.unit = "pictures",
		.summary = "number of pictures to compare in sanity checks",
	},
	[EVALUATION_SANITY_STAGES] = {
		.name = "sanity_stages",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "16",
		.minimum = 1,
		.maximum = 10000,
		.summary = "largest number of stages in sanity checks; with more layers, a stage randomizes several",
	},
	[EVALUATION_MEASURES] = {
		.name = "measures",
		.type = CNNVIZ_PARAMETER_ENUM,
		.flags = CNNVIZ_PARAMETER_LIST | CNNVIZ_PARAMETER_ALL | CNNVIZ_PARAMETER_UNIQUE,
		.default_value = "sparseness, complexity",
		.choices = plan_measure_names,
		.summary = "what else to measure of maps, besides where they are and the curves",
	},
	[EVALUATION_FIDELITY_SAMPLES] = {
		.name = "fidelity_samples",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "200",
		.minimum = 2,
		.maximum = 100000,
		.summary = "changed pictures from which infidelity and mu_fidelity are measured",
	},
	[EVALUATION_SENSITIVITY_SAMPLES] = {
		.name = "sensitivity_samples",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "10",
		.minimum = 1,
		.maximum = 10000,
		.summary = "changed pictures whose maps sensitivity compares",
	},
	[EVALUATION_SENSITIVITY_RADIUS] = {
		.name = "sensitivity_radius",
		.type = CNNVIZ_PARAMETER_FLOAT,
		.default_value = "0.02",
		.minimum = 0,
		.maximum = 100,
		.summary = "largest change of a value of the network's input in these pictures",
	},
};

const struct plan_section plan_sections[4] = {
	[PLAN_SECTION_RUN] = {
		"run", "Where results go and how they are computed", run_parameters, RUN_COUNT,
	},
	[PLAN_SECTION_MODEL] = {
		"model", "The network, its weights and its class names", model_parameters,
		MODEL_COUNT,
	},
	[PLAN_SECTION_INPUT] = {
		"input", "The pictures and how they are fitted to the network", input_parameters,
		INPUT_COUNT,
	},
	[PLAN_SECTION_EVALUATION] = {
		"evaluation", "How `cnnviz evaluate` measures the maps of jobs",
		evaluation_parameters, EVALUATION_COUNT,
	},
};
