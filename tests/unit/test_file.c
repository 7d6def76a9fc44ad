/**
 * \file    unit/test_file.c
 * \brief   Mapped files, paths, atomic writes, digests
 */
#include <signal.h>
#include <sys/resource.h>

#include "base/file.h"
#include "support/cunit_main.h"
#include "unit/fixture.h"

/* ---- Mapped files ------------------------------------------------------ */

static void file_is_mapped_until_the_last_reference(void)
{
	struct mapping *mapping;
	const char *path = fixture_write_text("mapped", "hello");

	CU_ASSERT_EQUAL_FATAL(mapping_open(path, &mapping, NULL), CNNVIZ_OK);
	CU_ASSERT_EQUAL(mapping->size, 5);
	CU_ASSERT_STRING_EQUAL(mapping->path, path);
	CU_ASSERT_PTR_EQUAL(mapping_ref(mapping), mapping);
	mapping_unref(mapping);
	CU_ASSERT_EQUAL(memcmp(mapping->data, "hello", 5), 0);
	mapping_unref(mapping);
	mapping_unref(NULL);
}

static void what_cannot_be_mapped_is_refused_with_its_name(void)
{
	const char *pipe = fixture_path("pipe");
	const char *empty = fixture_write_text("empty", "");
	const char *loop = fixture_path("loop");

	if (mkfifo(pipe, 0600) != 0 || symlink("loop", loop) != 0) {
		exit(99);
	}
	const struct {
		const char *path;
		cnnviz_status status;
		const char *text;
	} rows[] = {
		{ fixture_path("nowhere"), CNNVIZ_ERROR_IO, "No such file" },
		{ fixture_folder, CNNVIZ_ERROR_INPUT, "is a folder, not a file" },
		{ empty, CNNVIZ_ERROR_INPUT, "is empty" },
		{ pipe, CNNVIZ_ERROR_INPUT, "is not a regular file" },
		{ "/dev/null", CNNVIZ_ERROR_INPUT, "is not a regular file" },
		{ loop, CNNVIZ_ERROR_IO, "symbolic links" },
		{ "", CNNVIZ_ERROR_IO, "No such file" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct mapping *mapping = NULL;
		struct error error;

		check_row(mapping_open(rows[i].path, &mapping, &error) == rows[i].status,
				rows[i].path, error.text);
		check_holds(error.text, rows[i].text, rows[i].path);
		check_holds(error.text, rows[i].path, rows[i].path);
		check_row(mapping == NULL, rows[i].path, "a mapping");
	}
}

/* ---- Paths ------------------------------------------------------------- */

static void paths_are_joined(void)
{
	static const struct {
		const char *base;
		const char *path;
		const char *joined;
	} rows[] = {
		{ "a", "b", "a/b" },
		{ "a/", "b", "a/b" },
		{ "a", "/b", "/b" },
		{ NULL, "b", "b" },
		{ "/", "b", "/b" },
		{ "", "b", "b" },
		{ ".", "b/c", "./b/c" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *joined = path_join(rows[i].base, rows[i].path);

		check_text(joined, rows[i].joined, rows[i].joined);
		free(joined);
	}
}

static void paths_are_taken_apart(void)
{
	static const struct {
		const char *path;
		const char *folder;
		const char *stem;
	} rows[] = {
		{ "dog.jpg", ".", "dog" },
		{ "a/b/dog.jpg", "a/b", "dog" },
		{ "/dog.tar.gz", "/", "dog.tar" },
		{ "a.b/dog", "a.b", "dog" },
		{ "a/.hidden", "a", ".hidden" },
		{ "./x.png", ".", "x" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *folder = path_folder(rows[i].path);
		char *stem = path_stem(rows[i].path);

		check_text(folder, rows[i].folder, rows[i].path);
		check_text(stem, rows[i].stem, rows[i].path);
		free(folder);
		free(stem);
	}
}

static void paths_that_stay_below_are_distinguished(void)
{
	static const struct {
		const char *path;
		bool below;
	} rows[] = {
		{ "a", true },
		{ "a/b.png", true },
		{ ".hidden/..b/c..", true },
		{ "...", true },
		{ "", false },
		{ "/a", false },
		{ ".", false },
		{ "..", false },
		{ "../a", false },
		{ "a/..", false },
		{ "a/../b", false },
		{ "a/./b", false },
		{ "a//b", false },
		{ "a/", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		check_row(path_stays_below(rows[i].path) == rows[i].below, rows[i].path,
				rows[i].below ? "not below" : "below");
	}
}

static void files_and_folders_are_distinguished(void)
{
	const char *file = fixture_write_text("file", "x");

	CU_ASSERT_TRUE(path_is_file(file));
	CU_ASSERT_FALSE(path_is_folder(file));
	CU_ASSERT_FALSE(path_is_file(fixture_folder));
	CU_ASSERT_TRUE(path_is_folder(fixture_folder));
	CU_ASSERT_FALSE(path_is_file(fixture_path("nothing")));
	CU_ASSERT_FALSE(path_is_file("/dev/null"));
}

static void folders_are_created_with_their_parents(void)
{
	char path[8192];
	struct error error;

	snprintf(path, sizeof(path), "%s/p/q//r/", fixture_folder);
	CU_ASSERT_EQUAL(folder_create(path, &error), CNNVIZ_OK);
	CU_ASSERT_TRUE(path_is_folder(path));
	CU_ASSERT_EQUAL(folder_create(path, &error), CNNVIZ_OK);
	rmdir(fixture_path("p/q/r"));
	rmdir(fixture_path("p/q"));
	fixture_write_text("in_the_way", "x");
	CU_ASSERT_EQUAL(folder_create(fixture_path("in_the_way"), &error),
			CNNVIZ_ERROR_IO);
	check_holds(error.text, "a file of that name exists", "file in the way");
	CU_ASSERT_EQUAL(folder_create(fixture_path("in_the_way/below"), &error),
			CNNVIZ_ERROR_IO);
	check_holds(error.text, "in_the_way", "file as parent");
}

/* ---- Files that appear whole ------------------------------------------- */

/** Number of files that writers would leave behind */
static int temporary_count(void)
{
	DIR *folder = opendir(fixture_folder);
	struct dirent *item;
	int count = 0;

	while ((item = readdir(folder)) != NULL) {
		count += strstr(item->d_name, ".tmp") != NULL;
	}
	closedir(folder);
	return count;
}

static void file_appears_at_commit(void)
{
	const char *path = fixture_path("committed");
	struct writer *writer;
	struct mapping *mapping;
	struct stat status;
	mode_t mask = umask(027);

	CU_ASSERT_EQUAL_FATAL(writer_open(path, &writer, NULL), CNNVIZ_OK);
	umask(mask);
	fputs("whole", writer->stream);
	CU_ASSERT_FALSE(path_is_file(path));
	CU_ASSERT_EQUAL(temporary_count(), 1);
	CU_ASSERT_EQUAL(writer_commit(writer, NULL), CNNVIZ_OK);
	CU_ASSERT_EQUAL(temporary_count(), 0);
	CU_ASSERT_EQUAL_FATAL(mapping_open(path, &mapping, NULL), CNNVIZ_OK);
	CU_ASSERT_EQUAL(mapping->size, 5);
	mapping_unref(mapping);
	CU_ASSERT_EQUAL(stat(path, &status), 0);
	CU_ASSERT_EQUAL(status.st_mode & 0777, 0640);
}

static void old_file_stays_until_commit_and_after_abort(void)
{
	const char *path = fixture_write_text("kept", "old");
	struct writer *writer;
	struct mapping *mapping;

	CU_ASSERT_EQUAL_FATAL(writer_open(path, &writer, NULL), CNNVIZ_OK);
	fputs("something new", writer->stream);
	writer_abort(writer);
	writer_abort(NULL);
	CU_ASSERT_EQUAL(temporary_count(), 0);
	CU_ASSERT_EQUAL_FATAL(mapping_open(path, &mapping, NULL), CNNVIZ_OK);
	CU_ASSERT_EQUAL(mapping->size, 3);
	mapping_unref(mapping);
}

static void name_of_the_greatest_length_can_be_written(void)
{
	char name[256];
	struct writer *writer;

	memset(name, 'n', 255);
	name[255] = '\0';
	CU_ASSERT_EQUAL_FATAL(writer_open(fixture_path(name), &writer, NULL), CNNVIZ_OK);
	CU_ASSERT_EQUAL(writer_commit(writer, NULL), CNNVIZ_OK);
	CU_ASSERT_TRUE(path_is_file(fixture_path(name)));
}

static void failed_write_is_reported_and_leaves_nothing(void)
{
	struct rlimit before;
	struct writer *writer;
	struct error error = { 0 };
	const char *path = fixture_path("too_large");
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);

	CU_ASSERT_EQUAL_FATAL(writer_open(path, &writer, NULL), CNNVIZ_OK);
	getrlimit(RLIMIT_FSIZE, &before);
	const struct rlimit limit = { 1000, before.rlim_max };

	setrlimit(RLIMIT_FSIZE, &limit);
	for (int i = 0; i < 100000; i++) {
		putc('x', writer->stream);
	}
	cnnviz_status status = writer_commit(writer, &error);

	setrlimit(RLIMIT_FSIZE, &before);
	signal(SIGXFSZ, handler);
	CU_ASSERT_EQUAL(status, CNNVIZ_ERROR_IO);
	check_holds(error.text, path, "full disk");
	CU_ASSERT_FALSE(path_is_file(path));
	CU_ASSERT_EQUAL(temporary_count(), 0);
}

static void unwritable_places_are_reported(void)
{
	struct writer *writer = NULL;
	struct error error = { 0 };

	CU_ASSERT_EQUAL(writer_open(fixture_path("no/where"), &writer, &error),
			CNNVIZ_ERROR_IO);
	check_holds(error.text, "no/where: No such file", "missing folder");
	CU_ASSERT_PTR_NULL(writer);
	mkdir(fixture_path("folder"), 0777);
	CU_ASSERT_EQUAL_FATAL(writer_open(fixture_path("folder"), &writer, &error),
			CNNVIZ_OK);
	CU_ASSERT_EQUAL(writer_commit(writer, &error), CNNVIZ_ERROR_IO);
	check_holds(error.text, "folder", "folder of that name");
	CU_ASSERT_EQUAL(temporary_count(), 0);
}

/* ---- Digests ----------------------------------------------------------- */

static void digest_is_that_of_the_standard(void)
{
	/* NIST, Secure Hash Standard: example values for SHA-256 */
	static const struct {
		const char *text;
		const char *digest;
	} rows[] = {
		{ "abc",
				"ba7816bf8f01cfea414140de5dae2223"
				"b00361a396177a9cb410ff61f20015ad" },
		{ "",
				"e3b0c44298fc1c149afbf4c8996fb924"
				"27ae41e4649b934ca495991b7852b855" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
				"248d6a61d20638b8e5c026930c3e6039"
				"a33ce45964ff2167f6ecedd419db06c1" },
	};
	char hex[65];
	char *million = malloc(1000000);

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		digest_sha256(rows[i].text, strlen(rows[i].text), hex);
		check_text(hex, rows[i].digest, rows[i].text);
	}
	memset(million, 'a', 1000000);
	digest_sha256(million, 1000000, hex);
	check_text(hex,
			"cdc76e5c9914fb9281a1c7e284d73e67"
			"f1809a48a497200e046d39ccc7112cd0",
			"a million a");
	free(million);
}

int main(void)
{
	CU_TestInfo mapped[] = {
		{ "a file is mapped until the last reference",
				file_is_mapped_until_the_last_reference },
		{ "what cannot be mapped is refused with its name",
				what_cannot_be_mapped_is_refused_with_its_name },
		CU_TEST_INFO_NULL,
	};
	CU_TestInfo paths[] = {
		{ "paths are joined", paths_are_joined },
		{ "paths are taken apart", paths_are_taken_apart },
		{ "paths that stay below are distinguished",
				paths_that_stay_below_are_distinguished },
		{ "files and folders are distinguished",
				files_and_folders_are_distinguished },
		{ "folders are created with their parents",
				folders_are_created_with_their_parents },
		CU_TEST_INFO_NULL,
	};
	CU_TestInfo writers[] = {
		{ "a file appears at commit, with the umask's permissions",
				file_appears_at_commit },
		{ "the old file stays until commit and after abort",
				old_file_stays_until_commit_and_after_abort },
		{ "a name of the greatest length can be written",
				name_of_the_greatest_length_can_be_written },
		{ "a failed write is reported and leaves nothing",
				failed_write_is_reported_and_leaves_nothing },
		{ "unwritable places are reported", unwritable_places_are_reported },
		CU_TEST_INFO_NULL,
	};
	CU_TestInfo digests[] = {
		{ "SHA-256 is that of the standard", digest_is_that_of_the_standard },
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "mapping", fixture_create, fixture_remove, NULL, NULL, mapped },
		{ "path", fixture_create, fixture_remove, NULL, NULL, paths },
		{ "writer", fixture_create, fixture_remove, NULL, NULL, writers },
		{ "digest", NULL, NULL, NULL, NULL, digests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
