/**
 * \file    plan/plan.c
 * \brief   Reading a plan: [run], [model], [input] and [evaluation]
 */
#include "plan/build.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"

/* ---- The sections that are not jobs -------------------------------------- */

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
		.summary = "start of all random numbers; the same seed gives the same bytes",
	},
	[RUN_THREADS] = {
		.name = "threads",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "0",
		.minimum = 0,
		.maximum = 1024,
		.summary = "threads of the engine; 0 uses every core",
	},
	[RUN_BATCH] = {
		.name = "batch",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "8",
		.minimum = 1,
		.maximum = 4096,
		.unit = "pictures",
		.summary = "how many pictures go through the network together",
	},
	[RUN_DEVICE] = {
		.name = "device",
		.type = CNNVIZ_PARAMETER_STRING,
		.default_value = "cpu",
		.summary = "where the network runs: cpu, cuda or cuda:N",
	},
	[RUN_PLUGIN_PATH] = {
		.name = "plugin_path",
		.type = CNNVIZ_PARAMETER_STRING,
		.summary = "folders with plugins, colons between, searched before the usual ones",
	},
	[RUN_MODEL_PATH] = {
		.name = "model_path",
		.type = CNNVIZ_PARAMETER_STRING,
		.summary = "folders with network descriptions and weights, colons between, "
				"searched before the usual ones",
	},
	[RUN_ENGINE] = {
		.name = "engine",
		.type = CNNVIZ_PARAMETER_STRING,
		.default_value = "torch",
		.summary = "engine that computes: a name or a module's path; "
				"$CNNVIZ_ENGINE overrules it",
	},
	[RUN_ISOLATE] = {
		.name = "isolate",
		.type = CNNVIZ_PARAMETER_BOOL,
		.default_value = "no",
		.summary = "run each job in a process of its own, so that a plugin that "
				"crashes or hangs fails its job alone",
	},
	[RUN_TIMEOUT] = {
		.name = "timeout",
		.type = CNNVIZ_PARAMETER_FLOAT,
		.minimum = 0.001,
		.maximum = 1e7,
		.unit = "seconds",
		.summary = "how long a technique may take for a batch of pictures, or a "
				"picture when it takes them one by one; needs isolate = yes; "
				"absent, as long as it likes",
	},
	[RUN_MEMORY_LIMIT] = {
		.name = "memory_limit",
		.type = CNNVIZ_PARAMETER_INT,
		.minimum = 1,
		.maximum = 1073741824,
		.unit = "MiB",
		.summary = "memory that a job may take once the network is loaded; needs isolate = yes; absent, any",
	},
};

static const cnnviz_parameter model_parameters[MODEL_COUNT] = {
	[MODEL_ARCHITECTURE] = {
		.name = "architecture",
		.type = CNNVIZ_PARAMETER_STRING,
		.flags = CNNVIZ_PARAMETER_REQUIRED,
		.summary = "network: a name that `cnnviz models` lists, or the path of a description",
	},
	[MODEL_WEIGHTS] = {
		.name = "weights",
		.type = CNNVIZ_PARAMETER_STRING,
		.summary = "weights file (.pth, .safetensors), embedded, random or random:SEED; "
				"absent, the published file that the description names",
	},
	[MODEL_LABELS] = {
		.name = "labels",
		.type = CNNVIZ_PARAMETER_PATH,
		.summary = "file with one class name a line; absent, the one that the "
				"description names",
	},
	[MODEL_VERIFY] = {
		.name = "verify",
		.type = CNNVIZ_PARAMETER_BOOL,
		.default_value = "no",
		.summary = "compare the weights with the hash in their file's name",
	},
};

static const cnnviz_parameter input_parameters[INPUT_COUNT] = {
	[INPUT_IMAGES] = {
		.name = "images",
		.type = CNNVIZ_PARAMETER_STRING,
		.flags = CNNVIZ_PARAMETER_LIST,
		.summary = "PNG and JPEG files, commas between: PATH or PATH:TARGET, wildcards "
				"allowed; TARGET is a class by index or name, absent the "
				"predicted one; @FILE is a list with one of these on each line",
	},
	[INPUT_RESIZE] = {
		.name = "resize",
		.type = CNNVIZ_PARAMETER_ENUM,
		.default_value = "stretch",
		.choices = image_fit_names,
		.summary = "how a picture is brought to the network's input size",
	},
	[INPUT_FILTER] = {
		.name = "filter",
		.type = CNNVIZ_PARAMETER_ENUM,
		.default_value = "lanczos",
		.choices = image_filter_names,
		.summary = "resampling filter for that",
	},
	[INPUT_SIZE] = {
		.name = "size",
		.type = CNNVIZ_PARAMETER_STRING,
		.unit = "pixels",
		.summary = "height and width of the network's input, or one number for both; "
				"absent, the size that the description names",
	},
	[INPUT_REGION] = {
		.name = "region",
		.type = CNNVIZ_PARAMETER_STRING,
		.summary = "where a class of a segmentation network is explained: predicted "
				"(the default: where it is the best class), all, or the path of a "
				"mask, a picture that is black outside",
	},
};

static const char *const curve_objects[] = { "main", "all", NULL };

static const cnnviz_parameter evaluation_parameters[EVALUATION_COUNT] = {
	[EVALUATION_ANNOTATIONS] = {
		.name = "annotations",
		.type = CNNVIZ_PARAMETER_STRING,
		.summary = "JSON file that tells the pictures and where their objects are",
	},
	[EVALUATION_TOLERANCE] = {
		.name = "tolerance",
		.type = CNNVIZ_PARAMETER_FLOAT,
		.minimum = 0,
		.maximum = IMAGE_MAX_EXTENT,
		.unit = "pixels",
		.summary = "how far outside of a box the pointing game still counts as a hit; "
				"absent, 15/224 of the longer side of the network's input",
	},
	[EVALUATION_CURVE_STEPS] = {
		.name = "curve_steps",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "28",
		.minimum = 0,
		.maximum = 1024,
		.summary = "steps of the deletion and insertion curves; 0 leaves them out",
	},
	[EVALUATION_CURVE_OBJECTS] = {
		.name = "curve_objects",
		.type = CNNVIZ_PARAMETER_ENUM,
		.default_value = "main",
		.choices = curve_objects,
		.summary = "objects that get curves: the main ones, or distractors too",
	},
	[EVALUATION_BLUR] = {
		.name = "blur",
		.type = CNNVIZ_PARAMETER_FLOAT,
		.minimum = 0.1,
		.maximum = 1024,
		.unit = "pixels",
		.summary = "standard deviation of the blur that insertion starts from; "
				"absent, 5/224 of the longer side of the network's input",
	},
	[EVALUATION_SANITY] = {
		.name = "sanity",
		.type = CNNVIZ_PARAMETER_BOOL,
		.default_value = "no",
		.summary = "whether to compare the maps with those of a network whose layers "
				"are made random one after the other",
	},
	[EVALUATION_SANITY_PICTURES] = {
		.name = "sanity_pictures",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "16",
		.minimum = 1,
		.maximum = 100000,
		.unit = "pictures",
		.summary = "how many pictures to compare for that",
	},
	[EVALUATION_SANITY_STAGES] = {
		.name = "sanity_stages",
		.type = CNNVIZ_PARAMETER_INT,
		.default_value = "16",
		.minimum = 1,
		.maximum = 10000,
		.summary = "in how many stages at most; a network with more layers than that "
				"has several made random at once",
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

/* ---- Helpers that the parts share ------------------------------------------ */

/* What a problem's file is called: "-s" for what the command line sets */
static const char *problem_file(const struct ini *ini, const struct ini_entry *entry,
		const struct ini_section *section)
{
	bool set = entry != NULL ? entry->line == 0
				 : section != NULL && section->line == 0;

	return set ? "-s" : ini->path;
}

void builder_problem(struct builder *builder, const char *section, const char *key,
		const char *format, ...)
{
	const struct ini *ini = builder->plan->ini;
	const struct ini_entry *entry = key != NULL ? ini_find(ini, section, key) : NULL;
	const struct ini_section *place = ini_find_section(ini, section);
	int line = entry != NULL ? entry->line : place != NULL ? place->line : 0;
	struct error error;
	va_list arguments;

	va_start(arguments, format);
	error_vset(&error, CNNVIZ_ERROR_INPUT, format, arguments);
	va_end(arguments);
	problems_add(builder->problems, problem_file(ini, entry, place), line, section,
			key, "%s", error.text);
}

char *builder_path(const struct builder *builder, const struct value *value,
		const char *path)
{
	return path_join(value->line > 0 ? builder->plan->ini->folder : NULL, path);
}

cnnviz_status builder_class(const struct builder *builder, const char *text,
		int64_t *index, struct error *error)
{
	*index = 0;
	if (builder->plan->model == NULL) {
		return CNNVIZ_OK; /* what is wrong with the model has been said */
	}
	return model_find_class(builder->plan->model, text, index, error);
}

static char *absolute_path(const char *path)
{
	char *folder = getcwd(NULL, 0);
	char *absolute = path_join(folder, path);

	free(folder);
	return absolute;
}

/* ---- [run] ------------------------------------------------------------------- */

/* Whether a folder can be made at a path; says why not. */
static bool check_output(const char *path, struct error *error)
{
	char *place = memory_text(path);

	while (access(place, F_OK) != 0 && strcmp(place, "/") != 0) {
		char *parent = path_folder(place);
		bool stuck = strcmp(parent, place) == 0 || strcmp(parent, ".") == 0;
		free(place);
		place = parent;
		if (stuck) {
			break;
		}
	}
	if (!path_is_folder(place)) {
		error_set(error, CNNVIZ_ERROR_INPUT,
				"results cannot go to \"%s\" because \"%s\" is not a "
				"folder",
				path, place);
	} else if (access(place, W_OK | X_OK) != 0) {
		error_set(error, CNNVIZ_ERROR_INPUT,
				"results cannot go to \"%s\" because \"%s\" cannot be "
				"written to",
				path, place);
	} else {
		free(place);
		return true;
	}
	free(place);
	return false;
}

static void read_output(struct builder *builder, const struct value *value,
		const char *option)
{
	struct plan *plan = builder->plan;
	struct error error;
	char *path;

	if (option == NULL && value->text == NULL) {
		return;
	}
	path = option != NULL ? memory_text(option)
			      : builder_path(builder, value, value->text);
	plan->output = absolute_path(path);
	if (*path == '\0') {
		builder_problem(builder, "run", "output",
				"name a folder for the results");
	} else if (!check_output(plan->output, &error)) {
		if (option != NULL) {
			problems_add(builder->problems, NULL, 0, NULL, NULL, "-o %s: %s",
					option, error.text);
		} else {
			builder_problem(builder, "run", "output", "%s", error.text);
		}
	}
	free(path);
}

static bool device_is_known(const char *device)
{
	int64_t number;

	return strcmp(device, "cpu") == 0 || strcmp(device, "cuda") == 0
			|| (strncmp(device, "cuda:", 5) == 0
					&& value_int(device + 5, &number) && number >= 0
					&& number < 1024);
}

static void read_device(struct builder *builder, const struct value *value)
{
	if (value->text == NULL) {
		return;
	}
	builder->plan->device = memory_text(value->text);
	if (!device_is_known(value->text)) {
		builder_problem(builder, "run", "device",
				"\"%s\" is no device; write cpu, cuda or cuda:N",
				value->text);
	}
}

/* An engine given with a folder is a file that must exist; a bare name is looked up later. */
static void read_engine(struct builder *builder, const struct value *value)
{
	const char *variable = getenv("CNNVIZ_ENGINE");

	if (variable != NULL && *variable != '\0') {
		builder->plan->engine = memory_text(variable);
		if (strchr(variable, '/') != NULL && !path_is_file(variable)) {
			problems_add(builder->problems, NULL, 0, NULL, NULL,
					"$CNNVIZ_ENGINE: there is no file \"%s\"",
					variable);
		}
	} else if (value->text != NULL && strchr(value->text, '/') != NULL) {
		builder->plan->engine = builder_path(builder, value, value->text);
		if (!path_is_file(builder->plan->engine)) {
			builder_problem(builder, "run", "engine",
					"there is no file \"%s\"", builder->plan->engine);
		}
	} else if (value->text != NULL) {
		builder->plan->engine = memory_text(value->text);
	}
}

/* Folders with colons between, all of which must exist. */
static void read_folders(struct builder *builder, size_t parameter,
		const struct value *value,
		void (*prepend)(struct paths *paths, const char *base,
				const char *folders))
{
	const char *base = value->line > 0 ? builder->plan->ini->folder : NULL;
	char *save = NULL;

	if (value->text == NULL) {
		return;
	}
	char *list = memory_text(value->text);
	for (char *part = strtok_r(list, ":", &save); part != NULL;
			part = strtok_r(NULL, ":", &save)) {
		char *folder = path_join(base, part);
		if (!path_is_folder(folder)) {
			builder_problem(builder, "run", run_parameters[parameter].name,
					"there is no folder \"%s\"", folder);
		}
		free(folder);
	}
	free(list);
	prepend(builder->plan->paths, base, value->text);
}

static void read_isolation(struct builder *builder, const struct value *values)
{
	static const size_t limits[] = { RUN_TIMEOUT, RUN_MEMORY_LIMIT };
	struct plan_isolation *isolation = &builder->plan->isolation;

	isolation->isolate = values[RUN_ISOLATE].integer != 0;
	isolation->timeout = values[RUN_TIMEOUT].real;
	isolation->memory_limit = values[RUN_MEMORY_LIMIT].integer;
	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		const char *key = run_parameters[limits[i]].name;
		bool refused = values[RUN_ISOLATE].set && !isolation->isolate;

		if (refused && ini_find(builder->plan->ini, "run", key) != NULL) {
			builder_problem(builder, "run", key,
					"a job can be held to it only in "
					"a process of its own; set isolate = yes too");
		}
	}
}

static void read_run(struct builder *builder, const char *output)
{
	struct plan *plan = builder->plan;
	struct value values[RUN_COUNT] = { 0 };

	values_read(plan->ini, "run", run_parameters, RUN_COUNT, NULL, NULL, values,
			builder->problems);
	plan->seed = (uint64_t)values[RUN_SEED].integer;
	plan->threads = (int)values[RUN_THREADS].integer;
	plan->batch = values[RUN_BATCH].integer;
	read_output(builder, &values[RUN_OUTPUT], output);
	read_device(builder, &values[RUN_DEVICE]);
	read_engine(builder, &values[RUN_ENGINE]);
	read_isolation(builder, values);
	read_folders(builder, RUN_PLUGIN_PATH, &values[RUN_PLUGIN_PATH],
			paths_prepend_plugins);
	read_folders(builder, RUN_MODEL_PATH, &values[RUN_MODEL_PATH],
			paths_prepend_models);
	values_free(values, RUN_COUNT);
}

/* ---- [model] ----------------------------------------------------------------- */

/*
 * model_load() knows one folder that paths are relative to, the INI file's. What -s
 * gives is relative to the current folder: make it absolute unless it is a name.
 */
static char *model_text(const struct value *value, bool is_path)
{
	if (value->text == NULL) {
		return NULL;
	}
	return value->line == 0 && is_path ? absolute_path(value->text)
					   : memory_text(value->text);
}

static char *architecture_text(const struct value *value)
{
	const char *text = value->text;
	size_t length = text != NULL ? strlen(text) : 0;

	return model_text(value,
			length > 0
					&& (strchr(text, '/') != NULL
							|| (length > 4
									&& strcmp(text + length - 4,
											   ".ini")
											== 0
									&& path_is_file(text))));
}

static char *weights_text(const struct value *value)
{
	const char *text = value->text;

	return model_text(value,
			text != NULL
					&& (strchr(text, '/') != NULL
							|| path_is_file(text)));
}

/* Problems of model_load() know section and key; add the file and the line. */
static void place_problems(struct builder *builder, size_t from)
{
	const struct ini *ini = builder->plan->ini;

	for (size_t i = from; i < builder->problems->count; i++) {
		struct problem *problem = &builder->problems->items[i];
		if (problem->file != NULL || problem->section == NULL) {
			continue;
		}
		const struct ini_entry *entry = problem->key != NULL
				? ini_find(ini, problem->section, problem->key)
				: NULL;
		const struct ini_section *section = ini_find_section(ini,
				problem->section);
		const char *file = problem_file(ini, entry, section);
		problem->file = file != NULL ? memory_text(file) : NULL;
		if (problem->line == 0) {
			problem->line = entry != NULL     ? entry->line
					: section != NULL ? section->line
							  : 0;
		}
	}
}

/* The graph alone, to go on checking layers and sizes when weights or labels fail. */
static void salvage_graph(struct builder *builder, const struct model_paths *paths,
		const char *architecture)
{
	struct problems said = { 0 };
	char *path = model_find(paths, builder->plan->ini->folder, architecture);

	if (path != NULL) {
		builder->salvaged = graph_import_ini(path, &said);
		builder->graph = builder->salvaged;
	}
	problems_free(&said);
	free(path);
}

static void read_model(struct builder *builder)
{
	struct plan *plan = builder->plan;
	struct value values[MODEL_COUNT] = { 0 };
	const struct model_paths paths = { .folders = plan->paths->model_folders };
	bool good = values_read(plan->ini, "model", model_parameters, MODEL_COUNT, NULL,
			NULL, values, builder->problems);
	char *architecture = architecture_text(&values[MODEL_ARCHITECTURE]);
	char *weights = weights_text(&values[MODEL_WEIGHTS]);

	if (good) {
		size_t before = builder->problems->count;
		plan->model = model_load(&paths, plan->ini->folder, architecture, weights,
				values[MODEL_LABELS].text,
				values[MODEL_VERIFY].integer != 0, builder->problems);
		place_problems(builder, before);
	}
	if (plan->model != NULL) {
		builder->graph = plan->model->graph;
		plan->architecture = memory_text(plan->model->graph->name);
	} else if (architecture != NULL) {
		salvage_graph(builder, &paths, architecture);
	}
	free(weights);
	free(architecture);
	values_free(values, MODEL_COUNT);
}

/* ---- The whole ----------------------------------------------------------------- */

static void read_input(struct builder *builder, const struct plan_request *request)
{
	struct value values[INPUT_COUNT] = { 0 };

	values_read(builder->plan->ini, "input", input_parameters, INPUT_COUNT, NULL,
			NULL, values, builder->problems);
	plan_read_input(builder, values, request);
	values_free(values, INPUT_COUNT);
}

/* ---- [evaluation] ---------------------------------------------------------------- */

static void read_evaluation(struct builder *builder)
{
	struct plan *plan = builder->plan;
	struct plan_evaluation *evaluation = &plan->evaluation;
	struct value values[EVALUATION_COUNT] = { 0 };
	const struct value *annotations = &values[EVALUATION_ANNOTATIONS];
	bool there = ini_find_section(plan->ini, "evaluation") != NULL;

	values_read(plan->ini, "evaluation", evaluation_parameters, EVALUATION_COUNT,
			NULL, NULL, values, builder->problems);
	if (annotations->text != NULL) {
		evaluation->annotations = builder_path(builder, annotations,
				annotations->text);
	} else if (there || builder->purpose == PLAN_FOR_EVALUATION) {
		builder_problem(builder, "evaluation", "annotations",
				"it is missing: name the JSON file that tells where the "
				"objects are");
	}
	evaluation->tolerance = values[EVALUATION_TOLERANCE].set
			? values[EVALUATION_TOLERANCE].real
			: -1;
	evaluation->blur = values[EVALUATION_BLUR].set ? values[EVALUATION_BLUR].real
						       : -1;
	evaluation->curve_steps = values[EVALUATION_CURVE_STEPS].integer;
	evaluation->curve_all = values[EVALUATION_CURVE_OBJECTS].integer != 0;
	evaluation->sanity = values[EVALUATION_SANITY].integer != 0;
	evaluation->sanity_pictures = values[EVALUATION_SANITY_PICTURES].integer;
	evaluation->sanity_stages = values[EVALUATION_SANITY_STAGES].integer;
	values_free(values, EVALUATION_COUNT);
}

/* ---- The whole, as a file says it ------------------------------------------------- */

static void apply_overrides(struct ini *ini, const char *const *overrides,
		struct problems *problems)
{
	struct error error;

	for (size_t i = 0; overrides != NULL && overrides[i] != NULL; i++) {
		if (ini_override(ini, overrides[i], &error) != CNNVIZ_OK) {
			problems_add(problems, NULL, 0, NULL, NULL, "%s", error.text);
		}
	}
}

/* A problem and where it belongs */
struct placed_problem {
	struct problem problem;
	int line;
	size_t found;
};

static int compare_placed(const void *a, const void *b)
{
	const struct placed_problem *first = a;
	const struct placed_problem *second = b;

	if (first->line != second->line) {
		return first->line < second->line ? -1 : 1;
	}
	return first->found < second->found ? -1 : first->found > second->found;
}

/*
 * Put problems into the file's order. One without a line (of -s, of another file)
 * stays behind the one that it was found after.
 */
static void sort_problems(const struct ini *ini, struct problems *problems, size_t from)
{
	size_t count = problems->count - from;
	struct problem *items = problems->items + from;
	struct placed_problem *placed = memory_new(count, sizeof(*placed));
	int line = 0;

	for (size_t i = 0; i < count; i++) {
		if (ini->path != NULL && items[i].file != NULL && items[i].line > 0
				&& strcmp(items[i].file, ini->path) == 0) {
			line = items[i].line;
		}
		placed[i] = (struct placed_problem){ items[i], line, i };
	}
	qsort(placed, count, sizeof(*placed), compare_placed);
	for (size_t i = 0; i < count; i++) {
		items[i] = placed[i].problem;
	}
	free(placed);
}

static struct builder builder_start(struct ini *ini, struct problems *problems,
		size_t before)
{
	struct builder builder = {
		.plan = memory_new(1, sizeof(struct plan)),
		.problems = problems,
		.before = before,
	};

	builder.plan->ini = ini;
	builder.plan->paths = paths_find();
	return builder;
}

/* The plan, or NULL when there are new problems. */
static struct plan *builder_finish(struct builder *builder)
{
	struct plan *plan = builder->plan;

	graph_free(builder->salvaged);
	if (builder->problems->count > builder->before) {
		sort_problems(plan->ini, builder->problems, builder->before);
		plan_free(plan);
		return NULL;
	}
	return plan;
}

struct plan *plan_read(const struct plan_options *options, struct problems *problems)
{
	size_t before = problems->count;
	struct ini *ini = ini_read(options->path, problems);

	if (ini == NULL) {
		return NULL;
	}
	apply_overrides(ini, options->overrides, problems);
	struct builder builder = builder_start(ini, problems, before);
	builder.purpose = options->purpose;
	builder.check = options->check;
	read_run(&builder, options->output);
	builder.plan->registry = registry_load(builder.plan->paths->plugin_folders);
	read_model(&builder);
	read_input(&builder, NULL);
	read_evaluation(&builder);
	plan_read_jobs(&builder, options->only);
	return builder_finish(&builder);
}

/* An INI file that is nowhere; every entry counts as set with -s. */
static struct ini *request_ini(const struct plan_request *request,
		struct problems *problems)
{
	struct ini *ini = memory_new(1, sizeof(*ini));
	const char *const keys[] = { "architecture", "weights", "labels" };
	const char *const texts[] = {
		request->architecture,
		request->weights,
		request->labels,
	};
	struct error error;

	ini->folder = memory_text(".");
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (texts[i] == NULL) {
			continue;
		}
		char *assignment = memory_format("model.%s=%s", keys[i], texts[i]);
		if (ini_override(ini, assignment, &error) != CNNVIZ_OK) {
			problems_add(problems, NULL, 0, "model", keys[i],
					"the text is not in UTF-8");
		}
		free(assignment);
	}
	apply_overrides(ini, request->overrides, problems);
	return ini;
}

/* Say -m, -w or -l rather than -s where these set the key. */
static void name_options(const struct plan_request *request, struct problems *problems,
		size_t from)
{
	for (size_t i = from; i < problems->count; i++) {
		struct problem *problem = &problems->items[i];
		const char *key = problem->key != NULL ? problem->key : "";
		const char *option = strcmp(key, "architecture") == 0 ? "-m"
				: strcmp(key, "weights") == 0 && request->weights != NULL
				? "-w"
				: strcmp(key, "labels") == 0 && request->labels != NULL
				? "-l"
				: NULL;
		if (option != NULL && problem->section != NULL
				&& strcmp(problem->section, "model") == 0) {
			free(problem->file);
			problem->file = memory_text(option);
		}
	}
}

/* -s can name any section, but without an INI file there are no jobs. */
static void refuse_jobs(struct builder *builder)
{
	const struct ini *ini = builder->plan->ini;

	for (size_t i = 0; i < ini->section_count; i++) {
		const char *name = ini->sections[i].name;
		if (strcmp(name, "run") != 0 && strcmp(name, "model") != 0
				&& strcmp(name, "input") != 0) {
			builder_problem(builder, name, NULL,
					"there is no such section here; -s sets keys of "
					"run, model and input");
		}
	}
}

struct plan *plan_classify(const struct plan_request *request, struct problems *problems)
{
	size_t before = problems->count;
	struct builder builder = builder_start(request_ini(request, problems), problems,
			before);

	refuse_jobs(&builder);
	read_run(&builder, NULL);
	read_model(&builder);
	read_input(&builder, request);
	name_options(request, problems, before);
	return builder_finish(&builder);
}

static void free_pictures(struct plan *plan)
{
	for (size_t i = 0; i < plan->picture_count; i++) {
		free(plan->pictures[i].path);
		free(plan->pictures[i].name);
	}
	free(plan->pictures);
}

void plan_set_pictures(struct plan *plan, struct plan_picture *pictures, size_t count)
{
	free_pictures(plan);
	plan->pictures = pictures;
	plan->picture_count = count;
}

void plan_free(struct plan *plan)
{
	if (plan == NULL) {
		return;
	}
	for (size_t i = 0; i < plan->job_count; i++) {
		plan_job_free(&plan->jobs[i]);
	}
	free_pictures(plan);
	region_clear(&plan->region);
	free(plan->evaluation.annotations);
	free(plan->jobs);
	free(plan->engine);
	free(plan->device);
	free(plan->output);
	free(plan->architecture);
	model_free(plan->model);
	registry_free(plan->registry);
	paths_free(plan->paths);
	ini_free(plan->ini);
	free(plan);
}
