/**
 * \file    cli/test_plan.c
 * \brief   What a plan holds: order of jobs, names, targets, sizes, paths
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cpus.h"
#include "base/file.h"
#include "base/memory.h"
#include "plan/batch.h"
#include "plan/read.h"
#include "support/cunit_main.h"
#include "support/stride.h"

#define NETWORK "[model]\narchitecture = tiny.ini\nweights = random\n"
#define PICTURES "[input]\nimages = spot.png\n"

static char folder[PATH_MAX];

/* ---- A folder to work in ------------------------------------------------------- */

static int copy_file(const char *name, const char *to)
{
	const char *source = getenv("top_srcdir");
	char *path = memory_format("%s/tests/data/%s", source != NULL ? source : ".",
			name);
	struct mapping *mapping = NULL;
	struct error error;
	int failed = mapping_open(path, &mapping, &error) != CNNVIZ_OK;
	FILE *stream = failed ? NULL : fopen(to, "wb");

	failed = stream == NULL
			|| fwrite(mapping->data, 1, mapping->size, stream)
					!= mapping->size;
	failed = (stream != NULL && fclose(stream) != 0) || failed;
	mapping_unref(mapping);
	free(path);
	return failed;
}

static int enter_folder(void)
{
	const char *built = getenv("top_builddir");
	char *plugins = memory_format("%s/plugins:%s/tests/cli",
			built != NULL ? built : ".", built != NULL ? built : ".");
	struct error error;
	int failed;

	strcpy(folder, "/tmp/cnnviz-plan-XXXXXX");
	failed = mkdtemp(folder) == NULL || chdir(folder) != 0
			|| setenv("CNNVIZ_PLUGIN_PATH", plugins, 1) != 0
			|| unsetenv("CNNVIZ_ENGINE") != 0
			|| folder_create("other", &error) != CNNVIZ_OK
			|| copy_file("tiny.ini", "tiny.ini")
			|| copy_file("tiny.labels", "tiny.labels")
			|| copy_file("spot.png", "spot.png")
			|| copy_file("spot.png", "spot-2.png")
			|| copy_file("stripe.png", "stripe.png")
			|| copy_file("spot.png", "other/spot.png");
	free(plugins);
	return failed;
}

static int leave_folder(void)
{
	char *command = memory_format("rm -rf %s", folder);
	int failed = chdir("/") != 0 || system(command) != 0;

	free(command);
	return failed;
}

/* ---- Reading ------------------------------------------------------------------- */

/* The plan of a text; prints the problems where there are any */
static struct plan *read_plan(const char *path, const char *text,
		const struct plan_options *more)
{
	struct plan_options options = more != NULL ? *more : (struct plan_options){ 0 };
	struct problems problems = { 0 };
	FILE *stream = fopen(path, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
	fputs(text, stream);
	fclose(stream);
	options.path = path;
	struct plan *plan = plan_read(&options, &problems);
	for (size_t i = 0; i < problems.count; i++) {
		char *sentence = problem_sentence(&problems.items[i]);
		printf("\n%s", sentence);
		free(sentence);
	}
	CU_ASSERT_EQUAL(plan == NULL, problems.count > 0);
	problems_free(&problems);
	CU_ASSERT_PTR_NOT_NULL_FATAL(plan);
	return plan;
}

/* "a b c": names of the jobs, those that are not wanted in brackets */
static char *job_names(const struct plan *plan)
{
	char *names = memory_text("");

	for (size_t i = 0; i < plan->job_count; i++) {
		bool wanted = plan->jobs[i].selected;
		char *longer = memory_format("%s%s%s%s%s", names, i > 0 ? " " : "",
				wanted ? "" : "(", plan->jobs[i].name, wanted ? "" : ")");
		free(names);
		names = longer;
	}
	return names;
}

static char *picture_names(const struct plan *plan)
{
	char *names = memory_text("");

	for (size_t i = 0; i < plan->picture_count; i++) {
		char *longer = memory_format("%s%s%s:%d", names, i > 0 ? " " : "",
				plan->pictures[i].name, (int)plan->pictures[i].target);
		free(names);
		names = longer;
	}
	return names;
}

/* ---- Jobs ---------------------------------------------------------------------- */

static void needs_come_first(void)
{
	static const struct {
		const char *jobs;
		const char *only;
		const char *order;
	} cases[] = {
		{ "[saliency]\n[vanilla_bp]\n", NULL, "saliency vanilla_bp" },
		{ "[guided_grad_cam]\n[guided_bp]\n[grad_cam]\n", NULL,
				"guided_bp grad_cam guided_grad_cam" },
		{ "[x]\ntechnique=guided_grad_cam\ncam=y\ngradient=z\n"
		  "[y]\ntechnique=guided_grad_cam\ncam=z\ngradient=z\n"
		  "[z]\ntechnique=saliency\n[saliency]\n",
				NULL, "z y x saliency" },
		{ "[guided_grad_cam]\n[saliency]\n[guided_bp]\n[grad_cam]\n",
				"guided_grad_cam",
				"(guided_bp) (grad_cam) guided_grad_cam" },
		{ "[guided_grad_cam]\n[saliency]\n[guided_bp]\n[grad_cam]\n",
				"grad_cam, Guided_Grad_CAM",
				"(guided_bp) grad_cam guided_grad_cam" },
		{ "[guided_grad_cam]\n[saliency]\n[guided_bp]\n[grad_cam]\n", "saliency",
				"saliency" },
		{ "[guided_grad_cam]\n[guided_bp]\n", NULL,
				"guided_bp (grad_cam) guided_grad_cam" },
		{ "[guided_grad_cam]\n[saliency]\n", "saliency", "saliency" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct plan_options options = { .only = cases[i].only };
		char *text = memory_format("%s%s%s", NETWORK, PICTURES, cases[i].jobs);
		struct plan *plan = read_plan("jobs.ini", text, &options);
		char *names = job_names(plan);
		CU_ASSERT_STRING_EQUAL(names, cases[i].order);
		free(names);
		free(text);
		plan_free(plan);
	}
}

/** CPU time to plan so many jobs of a file */
static double seconds_to_plan(size_t jobs)
{
	char *text = malloc(200 + 60 * jobs);
	size_t length = (size_t)sprintf(text,
			"[run]\nlimits.jobs = 1000000\n[model]\narchitecture = tiny.ini\n"
			"weights = random\n[input]\nimages = spot.png\n");

	for (size_t i = 0; i < jobs; i++) {
		length += (size_t)sprintf(text + length,
				"[job%zu]\ntechnique = vanilla_bp\n", i);
	}
	clock_t start = clock();
	struct plan *plan = read_plan("many.ini", text, NULL);
	double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;

	CU_ASSERT_EQUAL(plan->job_count, jobs);
	plan_free(plan);
	free(text);
	return seconds;
}

static void time_grows_with_the_number_of_jobs(void)
{
	double few = seconds_to_plan(4000 / stride());
	double many = seconds_to_plan(60000 / stride());

	CU_ASSERT(many < 25 * few);
}

static void values_name_jobs_by_their_final_place(void)
{
	struct plan *plan = read_plan("jobs.ini",
			NETWORK PICTURES
			"[mine]\ntechnique=guided_grad_cam\ncam=second\ngradient=first\n"
			"[unused]\ntechnique=saliency\n"
			"[first]\ntechnique=guided_bp\n[second]\ntechnique=grad_cam\n",
			&(struct plan_options){ .only = "mine" });
	const struct plan_job *mine = &plan->jobs[2];

	CU_ASSERT_EQUAL_FATAL(plan->job_count, 3);
	CU_ASSERT_STRING_EQUAL(mine->name, "mine");
	CU_ASSERT_EQUAL_FATAL(mine->need_count, 2);
	for (size_t i = 0; i < 2; i++) {
		const char *wanted = strcmp(mine->plugin->parameters[i].name, "cam") == 0
				? "second"
				: "first";
		CU_ASSERT_STRING_EQUAL(plan->jobs[mine->values[i].integer].name, wanted);
		CU_ASSERT_STRING_EQUAL(mine->needs[i]->name, wanted);
	}
	plan_free(plan);
}

static void a_job_needed_twice_is_one_need(void)
{
	struct plan *plan = read_plan("jobs.ini",
			NETWORK PICTURES "[mine]\ntechnique=guided_grad_cam\ncam="
					 "saliency\ngradient=saliency\n"
					 "[saliency]\n",
			NULL);

	CU_ASSERT_EQUAL(plan->jobs[1].need_count, 1);
	plan_free(plan);
}

static const struct value *find_value(const struct plan *plan, const char *name)
{
	const struct plan_job *job = &plan->jobs[0];
	size_t count = job->plugin->technique.parameter_count;

	return &job->values[parameter_find(job->plugin->parameters, count, name)];
}

static void names_become_numbers(void)
{
	struct plan *plan = read_plan("jobs.ini",
			NETWORK PICTURES "[every_type]\nsteps=7\nlayer=features.3\nclass="
					 "tabby cat\nmood=wild\n"
					 "ink=\"#0a0b0c\"\nmirror=on\nmask=spot.png\n",
			NULL);
	char *here = getcwd(NULL, 0);
	char *mask = path_join(here, "spot.png");

	CU_ASSERT_EQUAL(find_value(plan, "steps")->integer, 7);
	CU_ASSERT_EQUAL(find_value(plan, "layer")->integer,
			graph_find(plan->model->graph, "features.3"));
	CU_ASSERT_EQUAL(find_value(plan, "class")->integer, 2);
	CU_ASSERT_EQUAL(find_value(plan, "mood")->integer, 1);
	CU_ASSERT_EQUAL(find_value(plan, "ink")->integer, 0x0a0b0c);
	CU_ASSERT_EQUAL(find_value(plan, "mirror")->integer, 1);
	CU_ASSERT_DOUBLE_EQUAL(find_value(plan, "rate")->real, 0.5, 0);
	CU_ASSERT_STRING_EQUAL(find_value(plan, "mask")->text, mask);
	CU_ASSERT_FALSE(find_value(plan, "title")->set);
	CU_ASSERT_PTR_NULL(plan->jobs[0].common);
	free(mask);
	free(here);
	plan_free(plan);
}

/* ---- Pictures ------------------------------------------------------------------ */

static void pictures_have_folders_and_targets_of_their_own(void)
{
	static const struct {
		const char *images;
		const char *names;
	} cases[] = {
		{ "spot.png", "spot:-1" },
		{ "spot.png:3, stripe.png:stripe", "spot:3 stripe:1" },
		{ "spot.png, spot.png:0, other/spot.png", "spot:-1 spot-2:0 spot-3:-1" },
		{ "spot.png, spot.png, spot-2.png", "spot:-1 spot-2:-1 spot-2-2:-1" },
		{ "spot-2.png, spot.png, spot.png", "spot-2:-1 spot:-1 spot-3:-1" },
		{ "s*.png:4", "spot-2:4 spot:4 stripe:4" },
		{ "spot.png:Tabby_Cat", "spot:2" },
		{ "spot.png:tabby, tabby cat, stripe.png:tiger, spot-2.png",
				"spot:2 stripe:3 spot-2:-1" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *text = memory_format(NETWORK "[input]\nimages = %s\n[saliency]\n",
				cases[i].images);
		struct plan *plan = read_plan("pictures.ini", text, NULL);
		char *names = picture_names(plan);
		CU_ASSERT_STRING_EQUAL(names, cases[i].names);
		free(names);
		free(text);
		plan_free(plan);
	}
}

static void lists_of_pictures_have_two_forms(void)
{
	static const struct {
		const char *file;
		const char *text;
		const char *names;
	} cases[] = {
		{ "l.txt", "spot.png:tabby, tabby cat\nstripe.png\n",
				"spot:2 stripe:-1" },
		{ "l.csv", "spot.png,1\nstripe.png,\nspot-2.png\n",
				"spot:1 stripe:-1 spot-2:-1" },
		{ "l.CSV", "path,target\r\nspot.png,\"tabby, tabby cat\"\r\n", "spot:2" },
		{ "l.csv", "\"a,\"\"b.png\",tiger_cat\n", "a,\"b:4" },
		{ "l.csv", "Target,width,Path\n3,32,spot.png\n0,32,s*e.png\n",
				"spot:3 stripe:0" },
		{ "l.csv", "spot.png:4\n", "spot:4" },
		{ "l.txt", "\xef\xbb\xbf# ours\npath,target\nspot.png, Stripe \n",
				"spot:1" },
	};

	CU_ASSERT_EQUAL_FATAL(copy_file("spot.png", "a,\"b.png"), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *text = memory_format(NETWORK "[input]\nimages = @%s\n[saliency]\n",
				cases[i].file);
		FILE *stream = fopen(cases[i].file, "w");

		CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
		fputs(cases[i].text, stream);
		fclose(stream);
		struct plan *plan = read_plan("lists.ini", text, NULL);
		char *names = picture_names(plan);
		CU_ASSERT_STRING_EQUAL(names, cases[i].names);
		free(names);
		free(text);
		plan_free(plan);
	}
	remove("a,\"b.png");
}

static void a_line_of_names_in_a_list_is_one_class(void)
{
	static const struct {
		const char *target;
		size_t count;
		int64_t classes[3];
	} cases[] = {
		{ "tabby, tabby cat", 1, { 2 } },
		{ "spot, tabby_cat, tabby, tiger cat", 3, { 0, 2, 4 } },
		{ "tiger, tiger cat", 2, { 3, 4 } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *text = memory_format(NETWORK PICTURES
				"[class_image]\ntarget = %s\n",
				cases[i].target);
		struct plan *plan = read_plan("classes.ini", text, NULL);
		const struct value *target = find_value(plan, "target");

		CU_ASSERT_EQUAL_FATAL(target->item_count, cases[i].count);
		for (size_t k = 0; k < cases[i].count; k++) {
			CU_ASSERT_EQUAL(target->items[k].integer, cases[i].classes[k]);
		}
		free(text);
		plan_free(plan);
	}
}

static void sizes_follow_the_description_unless_given(void)
{
	static const struct {
		const char *lines;
		int64_t size[2];
		bool free;
	} cases[] = {
		{ "", { 32, 32 }, false },
		{ "size = 33\n", { 33, 33 }, false },
		{ "size = 32 33\n", { 32, 33 }, false },
		{ "size = 33x32\n", { 33, 32 }, false },
		{ "resize = none\n", { 32, 32 }, true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *text = memory_format(NETWORK PICTURES "%s[saliency]\n",
				cases[i].lines);
		struct plan *plan = read_plan("sizes.ini", text, NULL);
		CU_ASSERT_EQUAL(plan->size[0], cases[i].size[0]);
		CU_ASSERT_EQUAL(plan->size[1], cases[i].size[1]);
		CU_ASSERT_EQUAL(plan->size_free, cases[i].free);
		free(text);
		plan_free(plan);
	}
}

/* ---- [run] --------------------------------------------------------------------- */

static void results_go_where_the_nearest_word_says(void)
{
	static const char *const set[] = { "run.output=set", NULL };
	static const struct {
		const char *line;
		const char *option;
		const char *const *overrides;
		const char *output; /* below the folder */
	} cases[] = {
		{ "", NULL, NULL, "results" },
		{ "[run]\noutput = made\n", NULL, NULL, "other/made" },
		{ "[run]\noutput = made\n", "option", NULL, "option" },
		{ "[run]\noutput = made\n", NULL, set, "set" },
		{ "[run]\noutput = made\n", "option", set, "option" },
	};
	char *here = getcwd(NULL, 0);

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct plan_options options = {
			.output = cases[i].option,
			.overrides = cases[i].overrides,
		};
		char *text = memory_format("%s[model]\narchitecture = ../tiny.ini\n"
					   "weights = random\n" PICTURES "[saliency]\n",
				cases[i].line);
		char *wanted = path_join(here, cases[i].output);
		struct plan *plan = read_plan("other/run.ini", text, &options);
		CU_ASSERT_STRING_EQUAL(plan->output, wanted);
		free(wanted);
		free(text);
		plan_free(plan);
	}
	free(here);
}

static void defaults_are_the_documented_ones(void)
{
	struct plan *plan = read_plan("run.ini", NETWORK PICTURES "[saliency]\n", NULL);

	CU_ASSERT_EQUAL(plan->seed, 0);
	CU_ASSERT_EQUAL(plan->threads, cpus_usable());
	CU_ASSERT_EQUAL(plan->batch, 8);
	CU_ASSERT_STRING_EQUAL(plan->device, "cpu");
	CU_ASSERT_STRING_EQUAL(plan->engine, "torch");
	CU_ASSERT_EQUAL(plan->fit, IMAGE_FIT_STRETCH);
	CU_ASSERT_EQUAL(plan->filter, CNNVIZ_FILTER_LANCZOS);
	plan_free(plan);
}

static void the_environment_overrules_the_engine(void)
{
	const char *text = "[run]\nengine = own\n" NETWORK PICTURES "[saliency]\n";
	struct plan *plan = read_plan("run.ini", text, NULL);

	CU_ASSERT_STRING_EQUAL(plan->engine, "own");
	plan_free(plan);
	setenv("CNNVIZ_ENGINE", "other", 1);
	plan = read_plan("run.ini", text, NULL);
	unsetenv("CNNVIZ_ENGINE");
	CU_ASSERT_STRING_EQUAL(plan->engine, "other");
	plan_free(plan);
}

/* ---- Without an INI file ------------------------------------------------------- */

static void classify_takes_file_names_as_they_are(void)
{
	char first[] = "spot.png", second[] = "a,b*:3.png";
	char *pictures[] = { first, second };
	const struct plan_request request = {
		.architecture = "./tiny.ini",
		.weights = "random",
		.pictures = pictures,
		.picture_count = 2,
	};
	struct problems problems = { 0 };

	CU_ASSERT_EQUAL_FATAL(copy_file("spot.png", second), 0);
	struct plan *plan = plan_classify(&request, &problems);
	CU_ASSERT_PTR_NOT_NULL_FATAL(plan);
	CU_ASSERT_EQUAL_FATAL(plan->picture_count, 2);
	CU_ASSERT_STRING_EQUAL(plan->pictures[1].path, second);
	CU_ASSERT_EQUAL(plan->pictures[1].target, PLAN_TARGET_PREDICTED);
	CU_ASSERT_EQUAL(plan->job_count, 0);
	plan_free(plan);
	problems_free(&problems);
	remove(second);
}

static void a_batch_fits_into_memory(void)
{
	const double mib = 1024 * 1024, plenty = 64e9;
	static const struct {
		double item, weights;
		int64_t batch;
	} rows[] = {
		{ 0.1, 1, 8 },    /* no more than 8 */
		{ 40, 100, 3 },   /* 128 MiB of maps */
		{ 110, 550, 2 },  /* half of the weights */
		{ 5000, 100, 1 }, /* at least one */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CU_ASSERT_EQUAL(batch_for(rows[i].item * mib, rows[i].weights * mib,
						plenty),
				rows[i].batch);
	}
	/* of 600 MiB a half, less three times the weights */
	CU_ASSERT_EQUAL(batch_for(20 * mib, 80 * mib, 600 * mib), 3);
	CU_ASSERT_EQUAL(batch_for(20 * mib, 80 * mib, 100 * mib), 1);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "needs come first, and otherwise the file's order", needs_come_first },
		{ "time grows with the number of jobs",
				time_grows_with_the_number_of_jobs },
		{ "values name jobs by their final place",
				values_name_jobs_by_their_final_place },
		{ "a job that is needed twice is one need",
				a_job_needed_twice_is_one_need },
		{ "names become numbers", names_become_numbers },
		{ "pictures have folders and targets of their own",
				pictures_have_folders_and_targets_of_their_own },
		{ "lists of pictures have two forms", lists_of_pictures_have_two_forms },
		{ "a line of names in a list is one class",
				a_line_of_names_in_a_list_is_one_class },
		{ "sizes follow the description unless given",
				sizes_follow_the_description_unless_given },
		{ "results go where the nearest word says",
				results_go_where_the_nearest_word_says },
		{ "defaults are the documented ones", defaults_are_the_documented_ones },
		{ "the environment overrules the engine",
				the_environment_overrules_the_engine },
		{ "classify takes file names as they are",
				classify_takes_file_names_as_they_are },
		{ "a batch fits into memory", a_batch_fits_into_memory },
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "plan", enter_folder, leave_folder, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
