/**
 * \file    conform/fixture.c
 * \brief   What a plugin is tested with: networks, pictures, a job, and its results
 */
#include "config.h" /* _GNU_SOURCE */

#include "conform/fixture.h"

#include <errno.h>
#include <ftw.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/tensor.h"
#include "conform/sample.h"
#include "host/call.h"
#include "host/services.h"
#include "image/png.h"
#include "plan/paths.h"
#include "plan/read.h"

/** Their descriptions in models/, by enum fixture_network */
static const char *const networks[FIXTURE_NETWORKS] = { "conform", "conform_average",
	"conform_attention", "conform_dense" };

/* ---- Pictures ---------------------------------------------------------------- */

struct picture {
	enum picture_set set;
	const char *name;
	int64_t width, height;
	int gray; /* 0..255; negative: number of a pattern */
	const char *target;
};

static const struct picture pictures[] = {
	{ PICTURES_ORDINARY, "ordinary-1", 28, 20, -1, "0" },
	{ PICTURES_ORDINARY, "ordinary-2", 40, 61, -2, "1" },
	{ PICTURES_ORDINARY, "ordinary-3", 33, 17, -3, "4" },
	{ PICTURES_ORDINARY, "ordinary-4", 28, 20, -4, "not 2" },
	{ PICTURES_ORDINARY, "ordinary-5", 90, 70, -5, "3" },
	{ PICTURES_PLAIN, "black", 28, 20, 0, "0" },
	{ PICTURES_PLAIN, "white", 28, 20, 255, "1" },
	{ PICTURES_PLAIN, "gray", 28, 20, 119, "2" },
	{ PICTURES_THIN, "one-wide", 1, 31, -6, "0" },
	{ PICTURES_THIN, "one-high", 37, 1, -7, "1" },
	{ PICTURES_THIN, "one-pixel", 1, 1, 200, "2" },
};

#define PICTURE_COUNT (sizeof(pictures) / sizeof(*pictures))

/** Draw waves and a disc, with different colors and sizes for each picture */
static void draw_pattern(struct image *image, int which)
{
	double radius = 0.2 + 0.04 * which, phase = 1.7 * which;

	for (int64_t y = 0; y < image->height; y++) {
		for (int64_t x = 0; x < image->width; x++) {
			double u = ((double)x + 0.5) / (double)image->width;
			double v = ((double)y + 0.5) / (double)image->height;
			bool inside = hypot(u - 0.45, v - 0.55) < radius;

			for (int c = 0; c < 3; c++) {
				double wave = sin((3 + c) * u + (5 - c) * v * which
						+ phase);

				image->pixels[(y * image->width + x) * 3
						+ c] = (unsigned char)(inside
								? 255 - 60 * c
								: 110 + 100 * wave);
			}
		}
	}
}

static cnnviz_status write_picture(const char *folder, const struct picture *picture,
		struct error *error)
{
	struct image *image = image_create(picture->width, picture->height, 3);
	char *path = memory_format("%s/%s.png", folder, picture->name);
	cnnviz_status status;

	if (image == NULL) {
		status = error_set(error, CNNVIZ_ERROR_MEMORY, "out of memory");
	} else {
		if (picture->gray >= 0) {
			memset(image->pixels, picture->gray,
					(size_t)(picture->width * picture->height * 3));
		} else {
			draw_pattern(image, -picture->gray);
		}
		status = image_write_png(path, image, error);
	}
	free(path);
	image_free(image);
	return status;
}

static bool is_in(const struct picture *picture, enum picture_set set)
{
	return set == PICTURES_SINGLE ? picture == pictures : picture->set == set;
}

/* ---- The folder ---------------------------------------------------------------- */

/** The shared object that a path names, itself or by a libtool file */
static char *find_object(const char *path)
{
	size_t length = strlen(path);
	char *folder, *stem, *object;

	if (length < 3 || strcmp(path + length - 3, ".la") != 0) {
		return memory_text(path);
	}
	folder = path_folder(path);
	stem = path_stem(path);
	object = memory_format("%s/.libs/%s.so", folder, stem);
	if (!path_is_file(object)) {
		free(object);
		object = memory_format("%s/%s.so", folder, stem);
	}
	free(stem);
	free(folder);
	return object;
}

static cnnviz_status link_plugin(struct fixture *fixture, struct error *error)
{
	char *object = find_object(fixture->request->path);
	char *full = realpath(object, NULL);
	char *stem = path_stem(object);
	cnnviz_status status = CNNVIZ_OK;

	fixture->link = memory_format("%s/plugins/%s.so", fixture->folder, stem);
	if (full == NULL || !path_is_file(full)) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"there is no file %s; name a plugin's shared object, "
				"NAME.so",
				object);
	} else if (symlink(full, fixture->link) != 0) {
		status = error_set(error, CNNVIZ_ERROR_IO, "cannot create %s: %s",
				fixture->link, strerror(errno));
	}
	free(stem);
	free(full);
	free(object);
	return status;
}

cnnviz_status fixture_create(const struct conform_request *request,
		struct fixture *fixture, struct error *error)
{
	const char *place = getenv("TMPDIR");
	cnnviz_status status;

	*fixture = (struct fixture){ .request = request, .network = FIXTURE_CLASSIFIER };
	fixture->folder = memory_format("%s/cnnviz-XXXXXX",
			place != NULL && *place ? place : "/tmp");
	if (mkdtemp(fixture->folder) == NULL) {
		status = error_set(error, CNNVIZ_ERROR_IO,
				"cannot create the folder %s: %s", fixture->folder,
				strerror(errno));
		free(fixture->folder);
		fixture->folder = NULL;
		return status;
	}
	char *folder = path_join(fixture->folder, "plugins");
	status = folder_create(folder, error);
	free(folder);
	if (status == CNNVIZ_OK) {
		status = link_plugin(fixture, error);
	}
	for (size_t i = 0; i < PICTURE_COUNT && status == CNNVIZ_OK; i++) {
		status = write_picture(fixture->folder, &pictures[i], error);
	}
	if (status != CNNVIZ_OK) {
		fixture_remove(fixture);
	}
	return status;
}

static int remove_entry(const char *path, const struct stat *status, int type,
		struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path) == 0 ? 0 : -1;
}

void fixture_remove(struct fixture *fixture)
{
	if (fixture->folder != NULL) {
		nftw(fixture->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	}
	free(fixture->folder);
	free(fixture->link);
	*fixture = (struct fixture){ 0 };
}

/** Replace the path of the link by the path that the user gave. */
static void restore_path(const struct fixture *fixture, const char *text,
		struct error *error, cnnviz_status status)
{
	const char *found = strstr(text, fixture->link);

	if (found == NULL) {
		error_set(error, status, "%s", text);
		return;
	}
	error_set(error, status, "%.*s%s%s", (int)(found - text), text,
			fixture->request->path, found + strlen(fixture->link));
}

cnnviz_status fixture_load(const struct fixture *fixture, struct registry **registry,
		const struct plugin **plugin, struct error *error)
{
	char *folder = path_join(fixture->folder, "plugins");
	struct registry *loaded = registry_load((char *[]){ folder, NULL });

	free(folder);
	if (fixture->request->technique < loaded->count) {
		*registry = loaded;
		*plugin = &loaded->plugins[fixture->request->technique];
		return CNNVIZ_OK;
	}
	if (loaded->refused_count == 0) {
		error_set(error, CNNVIZ_ERROR_PLUGIN,
				"%s is not recognized as a plugin: its name must end in "
				".so",
				fixture->request->path);
	} else {
		restore_path(fixture, loaded->refused[0].reason, error,
				CNNVIZ_ERROR_PLUGIN);
	}
	registry_free(loaded);
	return CNNVIZ_ERROR_PLUGIN;
}

/* ---- The plan ------------------------------------------------------------------ */

static cnnviz_status write_plan(const struct fixture *fixture, enum picture_set set,
		unsigned batch, const char *sections, char **path, struct error *error)
{
	struct writer *writer = NULL;
	const char *comma = "";

	*path = path_join(fixture->folder, "job.ini");
	cnnviz_status status = writer_open(*path, &writer, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	fprintf(writer->stream,
			"[run]\noutput = %s/out\nseed = 1\nbatch = %u\n"
			"threads = 1\nengine = reference\n\n"
			"[model]\narchitecture = %s\nweights = random:1\n\n"
			"[input]\nimages = ",
			fixture->folder, batch, networks[fixture->network]);
	for (size_t i = 0; i < PICTURE_COUNT; i++) {
		if (is_in(&pictures[i], set)) {
			fprintf(writer->stream, "%s%s/%s.png:%s", comma, fixture->folder,
					pictures[i].name, pictures[i].target);
			comma = ", ";
		}
	}
	fprintf(writer->stream, "\n\n%s", sections);
	return writer_commit(writer, error);
}

/** Write the job's sections; the plugin overrides an installed one of its name. */
static char *write_sections(const struct fixture *fixture, const struct plugin *plugin)
{
	const char *old = getenv("CNNVIZ_PLUGIN_PATH");
	char *list = memory_format("%s/plugins%s%s", fixture->folder,
			old != NULL ? ":" : "", old != NULL ? old : "");
	char *picture = memory_format("%s/%s.png", fixture->folder, pictures[0].name);

	/* Each check runs in its own process, so the environment may be changed. */
	setenv("CNNVIZ_PLUGIN_PATH", list, 1);
	unsetenv("CNNVIZ_ENGINE");
	struct paths *paths = paths_find();
	struct registry *all = registry_load(paths->plugin_folders);
	char *sections = sample_sections(all, plugin, picture);

	registry_free(all);
	paths_free(paths);
	free(picture);
	free(list);
	return sections;
}

static cnnviz_status read_plan(const struct fixture *fixture, const char *path,
		const char *assignment, struct plan **plan, struct error *error)
{
	const char *const *own = fixture->request->overrides;
	size_t count = 0;

	while (own != NULL && own[count] != NULL) {
		count++;
	}
	const char **overrides = memory_new(count + 2, sizeof(*overrides));
	for (size_t i = 0; i < count; i++) {
		overrides[i] = own[i];
	}
	overrides[count] = assignment;
	const struct plan_options options = {
		.purpose = PLAN_FOR_RUN,
		.path = path,
		.overrides = overrides,
	};
	struct problems problems = { 0 };
	*plan = plan_read(&options, &problems);
	if (*plan == NULL) {
		const struct problem *first = problems.items;

		error_set(error, CNNVIZ_ERROR_INPUT, "[%s] %s%s%s; give it with -s",
				first->section != NULL ? first->section : "",
				first->key != NULL ? first->key : "",
				first->key != NULL ? ": " : "", first->text);
	}
	problems_free(&problems);
	free(overrides);
	return *plan ? CNNVIZ_OK : CNNVIZ_ERROR_INPUT;
}

static cnnviz_status open_session(struct test_job *test_job, const char *technique,
		struct error *error)
{
	struct session *session = &test_job->session;

	session_start(session, test_job->plan, &host_services);
	session->progress = progress_start(1, 1, true);
	test_job->job = session_job(session, plan_find_job(test_job->plan, technique));
	return session_connect(session, error);
}

cnnviz_status test_job_open(const struct fixture *fixture, enum picture_set set,
		unsigned batch, const char *assignment, struct test_job *test_job,
		struct error *error)
{
	struct registry *registry = NULL;
	const struct plugin *plugin = NULL;
	char *sections = NULL, *path = NULL;

	*test_job = (struct test_job){ 0 };
	cnnviz_status status = fixture_load(fixture, &registry, &plugin, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	sections = write_sections(fixture, plugin);
	status = write_plan(fixture, set, batch, sections, &path, error);
	if (status == CNNVIZ_OK) {
		status = read_plan(fixture, path, assignment, &test_job->plan, error);
	}
	if (status == CNNVIZ_OK) {
		status = open_session(test_job, plugin->technique.name, error);
	}
	if (status != CNNVIZ_OK) {
		test_job_close(test_job);
	}
	free(path);
	free(sections);
	registry_free(registry);
	return status;
}

cnnviz_status test_job_check(struct test_job *test_job, struct error *error)
{
	return call_check(test_job->job, error);
}

void test_job_close(struct test_job *test_job)
{
	struct session *session = &test_job->session;

	progress_end(session->progress);
	session_end(session);
	plan_free(test_job->plan);
	*test_job = (struct test_job){ 0 };
}
