/**
 * \file    plugins/test_registry.c
 * \brief   Which files the registry accepts as plugins, and why it refuses others
 *
 * Each test writes files to a new folder: built fixtures, truncated or patched copies
 * of them, or text.
 */
#include "config.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "plugin/registry.h"
#include "support/cunit_main.h"
#include "support/stride.h"

/* ---- Folders of fixtures --------------------------------------------------- */

static char *folder_new(void)
{
	const char *base = getenv("TMPDIR");
	char *folder = memory_format("%s/cnnviz-XXXXXX", base != NULL ? base : "/tmp");

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
	return folder;
}

static int remove_entry(const char *path, const struct stat *facts, int type,
		struct FTW *walk)
{
	(void)facts;
	(void)type;
	(void)walk;
	return remove(path);
}

static void folder_free(char *folder)
{
	nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	free(folder);
}

static void put(const char *folder, const char *name, const void *data, size_t size)
{
	char *path = path_join(folder, name);
	FILE *stream = fopen(path, "wb");

	CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
	CU_ASSERT_EQUAL_FATAL(fwrite(data, 1, size, stream), size);
	CU_ASSERT_EQUAL_FATAL(fclose(stream), 0);
	free(path);
}

static void put_text(const char *folder, const char *name, const char *text)
{
	put(folder, name, text, strlen(text));
}

/** A built fixture, to be read */
static struct mapping *fixture(const char *stem)
{
	const char *build = getenv("top_builddir");
	char *path = memory_format("%s/tests/plugins/.libs/%s.so",
			build != NULL ? build : ".", stem);
	struct mapping *file = NULL;

	CU_ASSERT_EQUAL_FATAL(mapping_open(path, &file, NULL), CNNVIZ_OK);
	free(path);
	return file;
}

static void put_fixture(const char *folder, const char *name, const char *stem)
{
	struct mapping *file = fixture(stem);

	put(folder, name, file->data, file->size);
	mapping_unref(file);
}

/** The fixture `sound` with one byte changed */
static void put_patched(const char *folder, const char *name, size_t offset,
		unsigned char byte)
{
	struct mapping *file = fixture("sound");
	unsigned char *copy = memory_new(file->size, 1);

	memcpy(copy, file->data, file->size);
	copy[offset] = byte;
	put(folder, name, copy, file->size);
	free(copy);
	mapping_unref(file);
}

static struct registry *load(char *folder)
{
	return registry_load((char *[]){ folder, NULL });
}

/** The folder holds one file, bad.so or bad.la, which is refused with these words. */
static void check_refused(char *folder, const char *const *fragments, size_t count)
{
	struct registry *registry = load(folder);

	CU_ASSERT_EQUAL(registry->count, 0);
	CU_ASSERT_EQUAL_FATAL(registry->refused_count, 1);
	CU_ASSERT_STRING_EQUAL(registry->refused[0].name, "bad");
	const char *reason = registry->refused[0].reason;

	CU_ASSERT_PTR_NOT_NULL(strstr(reason, folder));
	for (size_t i = 0; i < count && fragments[i] != NULL; i++) {
		if (strstr(reason, fragments[i]) == NULL) {
			fprintf(stderr, "\"%s\" is not in: %s\n", fragments[i], reason);
			CU_FAIL("the reason lacks a fragment");
		}
	}
	registry_free(registry);
}

/* ---- Faults of plugins ------------------------------------------------------ */

#define RULE "the major must be equal and the minor not newer than the host's"

static void each_faulty_plugin_is_refused_with_its_own_reason(void)
{
	static const struct {
		const char *fixture;
		const char *fragments[5];
	} cases[] = {
		{ "unresolved",
				{ "bad.so", "unresolved symbol",
						"\"function_of_nobody\"" } },
		{ "no_entry", { "bad.so", "no entry symbol", "\"cnnviz_plugin\"" } },
		{ "null_descriptor", { "bad.so", "returned NULL" } },
		{ "several_twice", { "bad.so", "\"first_channel\" twice" } },
		{ "several_empty", { "bad.so", "a list without descriptors" } },
		{ "several_both", { "bad.so", "has both entry symbols" } },
		{ "short_struct",
				{ "bad.so", "too short", "struct_size is 111",
						"112 bytes" } },
		{ "other_major", { "bad.so", "\"bad\"", "ABI 2.0", "has 1.0", RULE } },
		{ "newer_minor",
				{ "bad.so", "\"newer_minor\"", "ABI 1.1", "has 1.0",
						RULE } },
		{ "invalid_parameters",
				{ "bad.so", "parameter table", "\"invalid_parameters\"",
						"samples" } },
		{ "reserved_parameter",
				{ "bad.so", "parameter table", "\"opacity\"",
						"reserved for the host" } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *folder = folder_new();

		put_fixture(folder, "bad.so", cases[i].fixture);
		check_refused(folder, cases[i].fragments, 5);
		folder_free(folder);
	}
}

static void a_name_that_is_taken_in_the_folder_is_refused(void)
{
	char *folder = folder_new();

	put_fixture(folder, "a.so", "sound");
	put_fixture(folder, "b.so", "sound");
	struct registry *registry = load(folder);

	CU_ASSERT_EQUAL(registry->count, 1);
	CU_ASSERT_EQUAL_FATAL(registry->refused_count, 1);
	CU_ASSERT_STRING_EQUAL(registry->refused[0].name, "b");
	CU_ASSERT_PTR_NOT_NULL(strstr(registry->refused[0].reason, "/b.so"));
	CU_ASSERT_PTR_NOT_NULL(strstr(registry->refused[0].reason, "\"sound\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(registry->refused[0].reason, "in the same folder"));
	CU_ASSERT_PTR_NOT_NULL(strstr(registry->refused[0].reason, "/a.so"));
	registry_free(registry);
	folder_free(folder);
}

/* ---- Several techniques in one file ------------------------------------------ */

static void a_file_may_have_several_techniques(void)
{
	char *folder = folder_new();

	put_fixture(folder, "several.so", "several");
	put_fixture(folder, "sound.so", "sound");
	struct registry *registry = load(folder);
	const struct plugin *number = registry_find(registry, "a_number");
	const struct plugin *channel = registry_find(registry, "first_channel");

	CU_ASSERT_EQUAL(registry->count, 3);
	CU_ASSERT_EQUAL(registry->refused_count, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(number);
	CU_ASSERT_PTR_NOT_NULL_FATAL(channel);
	CU_ASSERT_STRING_EQUAL(number->path, channel->path);
	CU_ASSERT_EQUAL(number->technique.kind, CNNVIZ_KIND_GENERAL);
	CU_ASSERT_EQUAL(channel->technique.kind, CNNVIZ_KIND_ATTRIBUTION);
	registry_free(registry);
	folder_free(folder);
}

static void an_earlier_folder_hides_each_technique_of_a_list(void)
{
	char *first = folder_new(), *second = folder_new();

	put_fixture(first, "several.so", "several");
	put_fixture(second, "renamed.so", "several");
	struct registry *registry = registry_load((char *[]){ first, second, NULL });

	CU_ASSERT_EQUAL(registry->count, 2);
	CU_ASSERT_EQUAL(registry->refused_count, 0);
	for (size_t i = 0; i < registry->count; i++) {
		CU_ASSERT_PTR_NOT_NULL(strstr(registry->plugins[i].path, first));
	}
	registry_free(registry);
	folder_free(first);
	folder_free(second);
}

/* ---- Faults of files -------------------------------------------------------- */

static void text_is_not_a_shared_object(void)
{
	static const char *const texts[] = { "", "\177EL",
		"This is a text with the name of a plugin.\n",
		"INPUT(libsomething.so)\n" };
	static const char *const fragments[] = { "bad.so", "not a shared object" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char *folder = folder_new();

		put_text(folder, "bad.so", texts[i]);
		check_refused(folder, fragments, 2);
		folder_free(folder);
	}
}

static void an_object_of_another_machine_or_type_is_not_loaded(void)
{
	static const struct {
		size_t offset;
		unsigned char byte;
		const char *fragments[2];
	} cases[] = {
		{ 4, 1,
				{ "not a shared object",
						"another kind of machine" } }, /* 32 bits */
		{ 5, 2,
				{ "not a shared object",
						"another kind of machine" } }, /* big endian */
		{ 18, 247,
				{ "not a shared object",
						"another kind of machine" } }, /* BPF */
		{ 16, 1, { "not a shared object", "another type" } }, /* relocatable */
		{ 16, 2, { "not a shared object", "another type" } }, /* executable */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *folder = folder_new();

		put_patched(folder, "bad.so", cases[i].offset, cases[i].byte);
		check_refused(folder, cases[i].fragments, 2);
		folder_free(folder);
	}
}

/* What is cut may be dispensable (debug information), but nothing may crash. */
static void a_truncated_object_is_refused_whatever_its_length(void)
{
	struct mapping *file = fixture("sound");
	size_t step = file->size / 97 * stride();
	size_t refused = 0;

	for (size_t size = 4; size < file->size; size += step) {
		char *folder = folder_new();

		put(folder, "bad.so", file->data, size);
		struct registry *registry = load(folder);

		CU_ASSERT_EQUAL(registry->count + registry->refused_count, 1);
		if (registry->refused_count > 0) {
			refused++;
			CU_ASSERT_PTR_NOT_NULL(strstr(registry->refused[0].reason,
					"not a shared object"));
			CU_ASSERT_PTR_NOT_NULL(strstr(registry->refused[0].reason,
					"truncated"));
		}
		CU_ASSERT_TRUE(registry->refused_count > 0 || size > file->size / 4);
		registry_free(registry);
		folder_free(folder);
	}
	CU_ASSERT_TRUE(refused * stride() > 10);
	mapping_unref(file);
}

static void a_folder_a_pipe_and_a_broken_link_are_refused(void)
{
	char *folder = folder_new();
	char *a = path_join(folder, "a.so");
	char *b = path_join(folder, "b.so");
	char *c = path_join(folder, "c.so");

	CU_ASSERT_EQUAL(mkdir(a, 0700), 0);
	CU_ASSERT_EQUAL(mkfifo(b, 0600), 0);
	CU_ASSERT_EQUAL(symlink("nowhere.so", c), 0);
	struct registry *registry = load(folder);

	CU_ASSERT_EQUAL(registry->count, 0);
	CU_ASSERT_EQUAL_FATAL(registry->refused_count, 3);
	CU_ASSERT_PTR_NOT_NULL(strstr(registry->refused[0].reason, "folder"));
	CU_ASSERT_PTR_NOT_NULL(strstr(registry->refused[1].reason, "regular file"));
	CU_ASSERT_PTR_NOT_NULL(strstr(registry->refused[2].reason, "No such file"));
	registry_free(registry);
	folder_free(folder);
	free(a);
	free(b);
	free(c);
}

/* ---- Sound plugins ---------------------------------------------------------- */

static void a_plugin_with_longer_structs_is_taken_in_its_known_part(void)
{
	char *folder = folder_new();

	put_fixture(folder, "grown.so", "grown");
	struct registry *registry = load(folder);

	CU_ASSERT_EQUAL(registry->refused_count, 0);
	CU_ASSERT_EQUAL_FATAL(registry->count, 1);
	const struct plugin *plugin = registry_find(registry, "grown");

	CU_ASSERT_PTR_NOT_NULL_FATAL(plugin);
	CU_ASSERT_EQUAL_FATAL(plugin->technique.parameter_count, 2);
	CU_ASSERT_EQUAL(plugin->technique.parameter_size, sizeof(cnnviz_parameter));
	CU_ASSERT_PTR_EQUAL(plugin->technique.parameters, plugin->parameters);
	CU_ASSERT_STRING_EQUAL(plugin->parameters[0].name, "first");
	CU_ASSERT_STRING_EQUAL(plugin->parameters[1].name, "second");
	CU_ASSERT_STRING_EQUAL(plugin->parameters[1].default_value, "0.5");
	registry_free(registry);
	folder_free(folder);
}

static void plugins_of_general_kind_are_taken(void)
{
	static const struct {
		const char *name;
		uint32_t run_mode;
		uint32_t artifact_count;
	} cases[] = {
		{ "contact_sheet", CNNVIZ_RUN_PER_PICTURE, 3 },
		{ "noise_card", CNNVIZ_RUN_ONCE, 2 },
	};
	char *folder = folder_new();

	put_fixture(folder, "contact_sheet.so", "contact_sheet");
	put_fixture(folder, "noise_card.so", "noise_card");
	struct registry *registry = load(folder);

	CU_ASSERT_EQUAL(registry->refused_count, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct plugin *plugin = registry_find(registry, cases[i].name);

		CU_ASSERT_PTR_NOT_NULL_FATAL(plugin);
		CU_ASSERT_EQUAL(plugin->technique.run_mode, cases[i].run_mode);
		CU_ASSERT_EQUAL(plugin->technique.artifact_count,
				cases[i].artifact_count);
	}
	registry_free(registry);
	folder_free(folder);
}

static void only_so_and_la_files_are_looked_at(void)
{
	static const char *const names[] = { "README", "readme.txt", "sound.so.1",
		"sound.so.bak", "so", ".so", ".la", "sound.dll" };
	char *folder = folder_new();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		put_text(folder, names[i], "no plugin\n");
	}
	struct registry *registry = load(folder);

	CU_ASSERT_EQUAL(registry->count, 0);
	CU_ASSERT_EQUAL(registry->refused_count, 0);
	registry_free(registry);
	folder_free(folder);
}

/* ---- Libtool files ---------------------------------------------------------- */

static void a_libtool_file_stands_for_its_object(void)
{
	static const char *const places[] = { ".libs/real.so", "real.so" };

	for (size_t i = 0; i < 2; i++) {
		char *folder = folder_new();
		char *libs = path_join(folder, ".libs");

		CU_ASSERT_EQUAL(mkdir(libs, 0700), 0);
		put_fixture(folder, places[i], i == 0 ? "sound" : "grown");
		put_text(folder, "real.la",
				"# a libtool library file\ndlname='real.so'\n"
				"library_names='real.so real.so "
				"real.so'\ninstalled=no\n");
		struct registry *registry = load(folder);

		CU_ASSERT_EQUAL(registry->refused_count, 0);
		CU_ASSERT_EQUAL(registry->count, 1);
		CU_ASSERT_PTR_NOT_NULL(registry_find(registry,
				i == 0 ? "sound" : "grown"));
		registry_free(registry);
		folder_free(folder);
		free(libs);
	}
}

static void of_an_object_and_its_libtool_file_the_object_is_taken(void)
{
	char *folder = folder_new();

	put_fixture(folder, "sound.so", "sound");
	put_text(folder, "sound.la", "dlname='elsewhere.so'\nlibdir='/usr/nowhere'\n");
	put_fixture(folder, "sound-2.so", "grown");
	struct registry *registry = load(folder);

	CU_ASSERT_EQUAL(registry->refused_count, 0);
	CU_ASSERT_EQUAL(registry->count, 2);
	CU_ASSERT_PTR_NOT_NULL(registry_find(registry, "sound"));
	registry_free(registry);
	folder_free(folder);
}

static void a_libtool_file_without_object_is_refused(void)
{
	static const struct {
		const char *text;
		const char *fragments[2];
	} cases[] = {
		{ "dlname='gone.so'\n", { "gone.so", "No such file" } },
		{ "dlname=''\n", { "bad.la", "dlname" } },
		{ "dlname='\n", { "bad.la", "dlname" } },
		{ "dlname=", { "bad.la", "dlname" } },
		{ "dlname='/etc/passwd'\n", { "bad.la", "dlname" } },
		{ "dlname='../up.so'\n", { "bad.la", "dlname" } },
		{ "no libtool file\n", { "bad.la", "dlname" } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *folder = folder_new();

		put_text(folder, "bad.la", cases[i].text);
		check_refused(folder, cases[i].fragments, 2);
		folder_free(folder);
	}
}

/* ---- Several folders -------------------------------------------------------- */

static void an_earlier_folder_wins_and_a_missing_one_is_passed_over(void)
{
	char *first = folder_new();
	char *second = folder_new();

	put_fixture(first, "mine.so", "sound");
	put_fixture(second, "sound.so", "sound");
	put_fixture(second, "grown.so", "grown");
	struct registry *registry = registry_load((char *[]){
			(char[]){ "/nowhere/at/all" }, first, second, NULL });

	CU_ASSERT_EQUAL(registry->refused_count, 0);
	CU_ASSERT_EQUAL_FATAL(registry->count, 2);
	CU_ASSERT_STRING_EQUAL(registry->plugins[0].technique.name, "grown");
	CU_ASSERT_STRING_EQUAL(registry->plugins[1].technique.name, "sound");
	CU_ASSERT_PTR_NOT_NULL(strstr(registry->plugins[1].path, "/mine.so"));
	registry_free(registry);
	folder_free(first);
	folder_free(second);
}

static void a_registry_can_be_made_while_another_one_lives(void)
{
	char *folder = folder_new();

	put_fixture(folder, "sound.so", "sound");
	struct registry *first = load(folder);
	struct registry *second = load(folder);

	registry_free(first);
	CU_ASSERT_EQUAL_FATAL(second->count, 1);
	CU_ASSERT_STRING_EQUAL(second->plugins[0].technique.name, "sound");
	registry_free(second);
	folder_free(folder);
}

static void names_are_found_or_the_nearest_is_reported(void)
{
	char *folder = folder_new();

	put_fixture(folder, "grown.so", "grown");
	put_fixture(folder, "noise_card.so", "noise_card");
	put_fixture(folder, "broken.so", "no_entry");
	struct registry *registry = load(folder);

	CU_ASSERT_PTR_NOT_NULL(registry_find(registry, "grown"));
	CU_ASSERT_PTR_NULL(registry_find(registry, "Grown"));
	CU_ASSERT_PTR_NULL(registry_find(registry, "broken"));
	CU_ASSERT_PTR_NOT_NULL(registry_find_refused(registry, "broken"));
	CU_ASSERT_PTR_NULL(registry_find_refused(registry, "grown"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(registry_nearest(registry, "noise_cart"));
	CU_ASSERT_STRING_EQUAL(registry_nearest(registry, "noise_cart"), "noise_card");
	CU_ASSERT_PTR_NULL(registry_nearest(registry, "something_else"));
	registry_free(registry);
	folder_free(folder);
}

#define TEST(function) \
	{ \
#function, function \
	}

static CU_TestInfo refusal_tests[] = {
	TEST(each_faulty_plugin_is_refused_with_its_own_reason),
	TEST(a_name_that_is_taken_in_the_folder_is_refused),
	TEST(text_is_not_a_shared_object),
	TEST(an_object_of_another_machine_or_type_is_not_loaded),
	TEST(a_truncated_object_is_refused_whatever_its_length),
	TEST(a_folder_a_pipe_and_a_broken_link_are_refused),
	CU_TEST_INFO_NULL,
};

static CU_TestInfo discovery_tests[] = {
	TEST(a_file_may_have_several_techniques),
	TEST(an_earlier_folder_hides_each_technique_of_a_list),
	TEST(a_plugin_with_longer_structs_is_taken_in_its_known_part),
	TEST(plugins_of_general_kind_are_taken),
	TEST(only_so_and_la_files_are_looked_at),
	TEST(a_libtool_file_stands_for_its_object),
	TEST(of_an_object_and_its_libtool_file_the_object_is_taken),
	TEST(a_libtool_file_without_object_is_refused),
	TEST(an_earlier_folder_wins_and_a_missing_one_is_passed_over),
	TEST(a_registry_can_be_made_while_another_one_lives),
	TEST(names_are_found_or_the_nearest_is_reported),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	static const CU_SuiteInfo suites[] = {
		{ "refusals", NULL, NULL, NULL, NULL, refusal_tests },
		{ "discovery", NULL, NULL, NULL, NULL, discovery_tests },
		CU_SUITE_INFO_NULL,
	};

	log_set_level(LOG_LEVEL_ERROR);
	return cunit_run(suites);
}
