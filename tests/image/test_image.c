#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jpeglib.h>

#include "base/log.h"
#include "base/tensor.h"
#include "image/fit.h"
#include "image/jpeg.h"
#include "image/orientation.h"
#include "image/png.h"
#include "image/read.h"
#include "image/render.h"
#include "image/resample.h"
#include "image/write.h"
#include "support/cunit_main.h"

/* ---- Pictures -------------------------------------------------------------- */

static void test_a_picture_is_created_only_within_limits(void)
{
	static const struct {
		int64_t width;
		int64_t height;
		int channels;
		bool made;
	} cases[] = {
		{ 1, 1, 1, true },
		{ 5, 3, 3, true },
		{ IMAGE_MAX_EXTENT, 1, 4, true },
		{ 0, 1, 3, false },
		{ 1, -1, 3, false },
		{ IMAGE_MAX_EXTENT + 1, 1, 3, false },
		{ 1, INT64_MAX, 3, false },
		{ 5, 5, 2, false },
		{ 5, 5, 0, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct image *image = image_create(cases[i].width, cases[i].height,
				cases[i].channels);
		CU_ASSERT_EQUAL(image != NULL, cases[i].made);
		image_free(image);
	}
	image_free(NULL);
}

/** A path of its own below the build tree or the folder for temporary files */
static char *scratch_path(const char *name)
{
	static char path[4096];
	const char *folder = getenv("top_builddir");

	snprintf(path, sizeof(path), "%s/image-test-%ld-%s",
			folder != NULL ? folder : "/tmp", (long)getpid(), name);
	return path;
}

/** Write a picture and read it; the larger ones consist of several chunks. */
static void check_round_trip(int64_t width, int64_t height, int channels,
		enum image_content content)
{
	struct image *source = image_create(width, height, channels);
	struct image *copy = NULL;
	int64_t found_width = 0, found_height = 0, differing = 0;
	char *path = scratch_path("roundtrip.png");

	source->content = content;
	for (int64_t i = 0; i < width * height; i++) {
		for (int c = 0; c < channels; c++) {
			source->pixels[i * channels + c] = c == 3
					? 255
					: (unsigned char)(i * i / 19 * (37 + c) / 16);
		}
	}
	CU_ASSERT_EQUAL_FATAL(image_write_png(path, source, NULL), CNNVIZ_OK);
	CU_ASSERT_EQUAL(image_probe(path, &found_width, &found_height, NULL), CNNVIZ_OK);
	CU_ASSERT(found_width == width && found_height == height);
	CU_ASSERT_EQUAL_FATAL(image_read(path, &copy, NULL), CNNVIZ_OK);
	CU_ASSERT_FATAL(copy->width == width && copy->height == height
			&& copy->channels == 3);
	for (int64_t i = 0; i < width * height; i++) {
		for (int c = 0; c < 3; c++) {
			differing += copy->pixels[i * 3 + c]
					!= source->pixels[i * channels
							+ (channels == 1 ? 0 : c)];
		}
	}
	CU_ASSERT_EQUAL(differing, 0);
	image_free(source);
	image_free(copy);
	unlink(path);
}

static void test_what_is_written_is_read_back(void)
{
	static const struct {
		int channels;
		enum image_content content;
	} kinds[] = {
		{ 1, IMAGE_PHOTOGRAPH },
		{ 1, IMAGE_GRAIN },
		{ 1, IMAGE_SMOOTH },
		{ 3, IMAGE_PHOTOGRAPH },
		{ 3, IMAGE_GRAIN },
		{ 3, IMAGE_COLORS },
		{ 4, IMAGE_PHOTOGRAPH },
	};

	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
		check_round_trip(17, 9, kinds[k].channels, kinds[k].content);
		check_round_trip(1, 1, kinds[k].channels, kinds[k].content);
		check_round_trip(301, 203, kinds[k].channels, kinds[k].content);
		check_round_trip(25000, 3, kinds[k].channels, kinds[k].content);
	}
}

/** Rows of noise above rows of one color, which are found though nothing tells of them */
static void test_what_is_flat_in_a_photograph_takes_no_room(void)
{
	struct image *image = image_create(300, 200, 3);
	int64_t noisy = 300 * 100 * 3;
	char *path = scratch_path("flat.png");
	struct stat file = { 0 };
	uint32_t state = 1;

	memset(image->pixels, 77, (size_t)(2 * noisy));
	for (int64_t i = 0; i < noisy; i++) {
		state = state * UINT32_C(1664525) + UINT32_C(1013904223);
		image->pixels[i] = (unsigned char)(state >> 24);
	}
	CU_ASSERT_EQUAL_FATAL(image_write_png(path, image, NULL), CNNVIZ_OK);
	CU_ASSERT_EQUAL(stat(path, &file), 0);
	CU_ASSERT(file.st_size < noisy + noisy / 50);
	image_free(image);
	unlink(path);
}

static void test_a_file_that_cannot_be_written_is_an_error_with_its_path(void)
{
	struct image *image = image_create(4, 4, 3);
	struct error error = { 0 };

	CU_ASSERT_EQUAL(image_write_png("/nonexistent/folder/a.png", image, &error),
			CNNVIZ_ERROR_IO);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "/nonexistent/folder/a.png"));
	CU_ASSERT_EQUAL(image_write_jpeg("/nonexistent/folder/a.jpg", image, 90, &error),
			CNNVIZ_ERROR_IO);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "/nonexistent/folder/a.jpg"));
	image_free(image);
}

/** As a full disk does, a limit ends the writing somewhere within the picture. */
static void test_half_a_jpeg_is_an_error_and_leaves_no_file(void)
{
	struct image *image = image_create(640, 480, 3);
	char *path = scratch_path("half.jpg");
	struct rlimit before, less;
	struct error error = { 0 };

	for (int64_t i = 0; i < 640 * 480 * 3; i++) {
		image->pixels[i] = (unsigned char)(i * i / 19);
	}
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	less = before;
	less.rlim_cur = 20000;
	setrlimit(RLIMIT_FSIZE, &less);
	CU_ASSERT_EQUAL(image_write_jpeg(path, image, 90, &error), CNNVIZ_ERROR_IO);
	setrlimit(RLIMIT_FSIZE, &before);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, path));
	CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);
	CU_ASSERT_EQUAL(image_write_jpeg(path, image, 90, &error), CNNVIZ_OK);
	CU_ASSERT_EQUAL(unlink(path), 0);
	image_free(image);
}

static void test_a_picture_with_opacity_is_no_jpeg(void)
{
	struct image *colors = image_create(1, 1, 3), *clear = image_create(1, 1, 4);

	CU_ASSERT_STRING_EQUAL(image_extension(colors, true), "jpg");
	CU_ASSERT_STRING_EQUAL(image_extension(colors, false), "png");
	CU_ASSERT_STRING_EQUAL(image_extension(clear, true), "png");
	image_free(colors);
	image_free(clear);
}

static void test_bytes_that_are_no_picture_are_refused(void)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *fragment;
	} cases[] = {
		{ "", 0, "empty" },
		{ "x", 1, "neither a PNG nor a JPEG" },
		{ "GIF89a......", 12, "neither a PNG nor a JPEG" },
		{ "\x89PNG\r\n\x1a", 7, "neither a PNG nor a JPEG" },
		{ "\x89PNG\r\n\x1a\n", 8, "truncated or corrupt" },
		{ "\x89PNG\r\n\x1a\n\0\0\0\rIDAT\0\0\0\1\0\0\0\1\x8\2\0\0\0", 29,
				"truncated or corrupt" },
		{ "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x8\2\0\0\0", 29,
				"truncated or corrupt" },
		{ "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1\0\0\0\0\0\1\x8\2\0\0\0", 29,
				"too large (65536x1 pixels)" },
		{ "\xff\xd8\xff", 3, "truncated or corrupt" },
		{ "\xff\xd8\xff\xd9", 4, "truncated or corrupt" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *path = scratch_path("bad");
		struct image *image = NULL;
		struct error error = { 0 };
		int64_t extent;
		FILE *stream = fopen(path, "wb");

		CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
		fwrite(cases[i].bytes, 1, cases[i].size, stream);
		fclose(stream);
		CU_ASSERT_EQUAL(image_read(path, &image, &error), CNNVIZ_ERROR_INPUT);
		CU_ASSERT_PTR_NULL(image);
		CU_ASSERT_PTR_NOT_NULL(strstr(error.text, cases[i].fragment));
		CU_ASSERT_PTR_NOT_NULL(strstr(error.text, path));
		CU_ASSERT_EQUAL(image_probe(path, &extent, &extent, NULL),
				CNNVIZ_ERROR_INPUT);
		unlink(path);
	}
}

/** A copy of a file of tests/data as a scratch file, with its very last byte changed and
 * the last ones left out */
static char *copy_damaged(const char *name, size_t cut)
{
	char bytes[4096];
	char source[4096];
	const char *folder = getenv("top_srcdir");

	snprintf(source, sizeof(source), "%s/tests/data/%s",
			folder != NULL ? folder : ".", name);
	FILE *stream = fopen(source, "rb");
	CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
	size_t size = fread(bytes, 1, sizeof(bytes), stream);
	fclose(stream);
	bytes[size - 1] ^= 1;
	char *path = scratch_path(name);
	stream = fopen(path, "wb");
	CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
	fwrite(bytes, 1, size - cut, stream);
	fclose(stream);
	return path;
}

static void test_a_file_that_lacks_its_end_alone_is_read(void)
{
	static const struct {
		const char *name;
		size_t cut;
		cnnviz_status status;
	} cases[] = {
		{ "stripe.png", 0, CNNVIZ_OK },
		{ "stripe.png", 1, CNNVIZ_OK },
		{ "stripe.png", 12, CNNVIZ_OK },
		{ "stripe.png", 13, CNNVIZ_ERROR_INPUT },
		{ "stripe.png", 30, CNNVIZ_ERROR_INPUT },
		{ "stripe.jpg", 1, CNNVIZ_OK },
		{ "stripe.jpg", 2, CNNVIZ_OK },
		{ "stripe.jpg", 3, CNNVIZ_ERROR_INPUT },
		{ "stripe.jpg", 30, CNNVIZ_ERROR_INPUT },
	};

	log_set_level(LOG_LEVEL_ERROR);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *path = copy_damaged(cases[i].name, cases[i].cut);
		struct image *image = NULL;

		CU_ASSERT_EQUAL(image_read(path, &image, NULL), cases[i].status);
		CU_ASSERT_EQUAL(image != NULL, cases[i].status == CNNVIZ_OK);
		image_free(image);
		unlink(path);
	}
	log_set_level(LOG_LEVEL_INFO);
}

static void write_arithmetic_jpeg(const char *path, size_t cut)
{
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr messages;
	unsigned char row[32];
	unsigned char *data = NULL;
	unsigned long size = 0;

	jpeg.err = jpeg_std_error(&messages);
	jpeg_create_compress(&jpeg);
	jpeg_mem_dest(&jpeg, &data, &size);
	jpeg.image_width = jpeg.image_height = sizeof(row);
	jpeg.input_components = 1;
	jpeg.in_color_space = JCS_GRAYSCALE;
	jpeg_set_defaults(&jpeg);
	jpeg.arith_code = TRUE;
	jpeg_start_compress(&jpeg, TRUE);
	while (jpeg.next_scanline < jpeg.image_height) {
		JSAMPROW rows = row;
		memset(row, (int)(jpeg.next_scanline * 7), sizeof(row));
		jpeg_write_scanlines(&jpeg, &rows, 1);
	}
	jpeg_finish_compress(&jpeg);
	jpeg_destroy_compress(&jpeg);
	FILE *stream = fopen(path, "wb");
	CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
	fwrite(data, 1, size - cut, stream);
	fclose(stream);
	free(data);
}

static void test_a_jpeg_of_which_no_one_can_tell_what_is_missing_is_refused(void)
{
	char *path = scratch_path("arithmetic.jpg");

	for (size_t cut = 0; cut <= 4; cut++) {
		struct image *image = NULL;
		struct error error = { 0 };

		write_arithmetic_jpeg(path, cut);
		CU_ASSERT_EQUAL(image_read(path, &image, &error),
				cut == 0 ? CNNVIZ_OK : CNNVIZ_ERROR_INPUT);
		CU_ASSERT(cut == 0 || strstr(error.text, "truncated") != NULL);
		image_free(image);
	}
	unlink(path);
}

/* ---- Orientation ------------------------------------------------------------ */

static void test_exif_data_tell_the_orientation_with_and_without_their_header(void)
{
	static const unsigned char data[] = { 'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42,
		0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0 };

	CU_ASSERT_EQUAL(orientation_parse(data, sizeof(data)), 6);
	CU_ASSERT_EQUAL(orientation_parse(data + 6, sizeof(data) - 6), 6);
	CU_ASSERT_EQUAL(orientation_parse(data, 20), 1);
	CU_ASSERT_EQUAL(orientation_parse(data, 6), 1);
	CU_ASSERT_EQUAL(orientation_parse(data, 0), 1);
}

static void test_every_orientation_turns_a_small_picture_upright(void)
{
	/* Two rows of three pixels as stored, and as EXIF's figures show them upright. */
	static const char *const wanted[] = { NULL, "abcdef", "cbafed", "fedcba",
		"defabc", "adbecf", "daebfc", "fcebda", "cfbead" };

	for (int orientation = 1; orientation <= 8; orientation++) {
		struct image *image = image_create(3, 2, 3);
		bool swap = orientation_swaps_sides(orientation);

		for (int i = 0; i < 6; i++) {
			memset(image->pixels + 3 * i, 'a' + i, 3);
		}
		CU_ASSERT_EQUAL_FATAL(orientation_apply(orientation, &image, NULL),
				CNNVIZ_OK);
		CU_ASSERT_EQUAL(image->width, swap ? 2 : 3);
		CU_ASSERT_EQUAL(image->height, swap ? 3 : 2);
		for (int i = 0; i < 6; i++) {
			CU_ASSERT_EQUAL(image->pixels[3 * i], wanted[orientation][i]);
		}
		image_free(image);
	}
}

/* ---- Resampling ------------------------------------------------------------- */

/** (1,1,height,width) with the given values */
static cnnviz_tensor *plane(int64_t height, int64_t width, const float *values)
{
	const int64_t shape[4] = { 1, 1, height, width };
	cnnviz_tensor *tensor = tensor_create(4, shape);

	memcpy(tensor_mutable_data(tensor), values,
			(size_t)(height * width) * sizeof(float));
	return tensor;
}

static void test_bilinear_enlarging_has_half_pixel_centers(void)
{
	/* Positions -1/4, 1/4, 3/4, 5/4 between samples at 0 and 1. */
	static const float source[] = { 0.0f, 4.0f };
	static const float wanted[] = { 0.0f, 1.0f, 3.0f, 4.0f };
	cnnviz_tensor *small = plane(1, 2, source);
	cnnviz_tensor *large;

	CU_ASSERT_EQUAL_FATAL(tensor_resize(small, 1, 4, CNNVIZ_FILTER_BILINEAR, &large,
					      NULL),
			CNNVIZ_OK);
	for (int i = 0; i < 4; i++) {
		CU_ASSERT_DOUBLE_EQUAL(tensor_data(large)[i], wanted[i], 1e-6);
	}
	tensor_unref(small);
	tensor_unref(large);
}

static void test_every_filter_keeps_a_constant_and_shrinking_averages(void)
{
	float values[64];

	for (int i = 0; i < 64; i++) {
		values[i] = 7.0f;
	}
	for (uint32_t filter = CNNVIZ_FILTER_NEAREST; filter <= CNNVIZ_FILTER_LANCZOS;
			filter++) {
		static const int64_t sizes[][2] = { { 3, 20 }, { 8, 8 }, { 1, 1 },
			{ 200, 5 } };
		for (size_t s = 0; s < 4; s++) {
			cnnviz_tensor *source = plane(8, 8, values);
			cnnviz_tensor *result;
			CU_ASSERT_EQUAL_FATAL(tensor_resize(source, sizes[s][0],
							      sizes[s][1], filter,
							      &result, NULL),
					CNNVIZ_OK);
			for (int64_t i = 0; i < tensor_count(result); i++) {
				CU_ASSERT_DOUBLE_EQUAL(tensor_data(result)[i], 7.0, 1e-5);
			}
			tensor_unref(source);
			tensor_unref(result);
		}
	}
	/* A spike is spread over the average, not lost between the samples. */
	values[27] = 71.0f;
	cnnviz_tensor *source = plane(8, 8, values);
	cnnviz_tensor *result;
	CU_ASSERT_EQUAL_FATAL(tensor_resize(source, 1, 1, CNNVIZ_FILTER_BILINEAR, &result,
					      NULL),
			CNNVIZ_OK);
	CU_ASSERT(tensor_data(result)[0] > 7.5f);
	tensor_unref(source);
	tensor_unref(result);
}

static void test_resampling_refuses_what_it_cannot_do(void)
{
	const int64_t flat[2] = { 2, 3 };
	const float values[1] = { 0.0f };
	cnnviz_tensor *matrix = tensor_create(2, flat);
	cnnviz_tensor *map = plane(1, 1, values);
	cnnviz_tensor *result = NULL;

	CU_ASSERT_EQUAL(tensor_resize(matrix, 4, 4, CNNVIZ_FILTER_BILINEAR, &result,
					NULL),
			CNNVIZ_ERROR_PLUGIN);
	CU_ASSERT_EQUAL(tensor_resize(map, 4, 4, 4, &result, NULL), CNNVIZ_ERROR_PLUGIN);
	CU_ASSERT_EQUAL(tensor_resize(map, 0, 4, CNNVIZ_FILTER_BILINEAR, &result, NULL),
			CNNVIZ_ERROR_PLUGIN);
	CU_ASSERT_EQUAL(tensor_resize(map, 4, INT64_MAX, CNNVIZ_FILTER_BILINEAR, &result,
					NULL),
			CNNVIZ_ERROR_PLUGIN);
	CU_ASSERT_PTR_NULL(result);
	tensor_unref(matrix);
	tensor_unref(map);
}

/* ---- Tensors ----------------------------------------------------------------- */

static void test_a_picture_must_fit_the_networks_input(void)
{
	const struct normalization normalization = { .channels = 3,
		.scale = 1.0f,
		.std = { 1.0f, 1.0f, 1.0f } };
	static const struct {
		int64_t shape[4];
		int64_t item;
		cnnviz_status status;
	} cases[] = {
		{ { 2, 3, 4, 5 }, 1, CNNVIZ_OK },
		{ { 2, 3, 4, 5 }, 2, CNNVIZ_ERROR_INPUT },
		{ { 2, 3, 4, 5 }, -1, CNNVIZ_ERROR_INPUT },
		{ { 2, 3, 5, 4 }, 0, CNNVIZ_ERROR_INPUT },
		{ { 2, 1, 4, 5 }, 0, CNNVIZ_ERROR_INPUT },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct image *image = image_create(5, 4, 3);
		cnnviz_tensor *tensor = tensor_create(4, cases[i].shape);
		CU_ASSERT_EQUAL(image_to_tensor(image, &normalization, tensor,
						cases[i].item, NULL),
				cases[i].status);
		image_free(image);
		tensor_unref(tensor);
	}
}

static void test_values_become_levels_by_rounding(void)
{
	static const struct {
		float value;
		unsigned char level;
	} cases[] = {
		{ 0.0f, 0 },
		{ 1.0f, 255 },
		{ -3.0f, 0 },
		{ 2.0f, 255 },
		{ NAN, 0 },
		{ INFINITY, 255 },
		{ -INFINITY, 0 },
		{ 0.5f, 128 },
		{ 0.001f, 0 },
		{ 0.0021f, 1 },
		{ 0.997f, 254 },
		{ 0.999f, 255 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cnnviz_tensor *tensor = plane(1, 1, &cases[i].value);
		struct image *image = NULL;
		CU_ASSERT_EQUAL_FATAL(image_from_tensor(tensor, 0, &image, NULL),
				CNNVIZ_OK);
		CU_ASSERT_EQUAL(image->pixels[0], cases[i].level);
		image_free(image);
		tensor_unref(tensor);
	}
}

/* ---- Colors ----------------------------------------------------------------- */

static void test_color_maps_have_their_published_colors(void)
{
	enum { HSV, JET, VIRIDIS, TURBO, INFERNO, GRAY, DIVERGING };
	static const struct {
		int colormap;
		float value;
		unsigned char rgb[3];
	} cases[] = {
		/* The ends and the middle as their authors print them. */
		{ HSV, 0.0f, { 255, 0, 0 } },
		{ HSV, 1.0f, { 255, 0, 24 } },
		{ JET, 0.0f, { 0, 0, 128 } },
		{ JET, 1.0f, { 128, 0, 0 } },
		{ VIRIDIS, 0.0f, { 68, 1, 84 } },
		{ VIRIDIS, 0.5f, { 33, 145, 140 } },
		{ VIRIDIS, 1.0f, { 253, 231, 37 } },
		{ TURBO, 0.0f, { 48, 18, 59 } },
		{ TURBO, 0.5f, { 164, 252, 60 } },
		{ TURBO, 1.0f, { 122, 4, 3 } },
		{ INFERNO, 0.0f, { 0, 0, 4 } },
		{ INFERNO, 1.0f, { 252, 255, 164 } },
		{ GRAY, 0.0f, { 0, 0, 0 } },
		{ GRAY, 0.5f, { 128, 128, 128 } },
		{ GRAY, 1.0f, { 255, 255, 255 } },
		{ DIVERGING, 0.0f, { 59, 76, 192 } },
		{ DIVERGING, 0.5f, { 221, 221, 221 } },
		{ DIVERGING, 1.0f, { 180, 4, 38 } },
		/* Outside is clipped, NaN is 0. */
		{ TURBO, -1.0f, { 48, 18, 59 } },
		{ TURBO, 7.0f, { 122, 4, 3 } },
		{ TURBO, INFINITY, { 122, 4, 3 } },
		{ TURBO, NAN, { 48, 18, 59 } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned char rgb[3];
		int tolerance = cases[i].colormap == DIVERGING ? 1 : 0;
		colormap_color(cases[i].colormap, cases[i].value, rgb);
		for (int c = 0; c < 3; c++) {
			CU_ASSERT(abs(rgb[c] - cases[i].rgb[c]) <= tolerance);
		}
	}
}

static void test_names_stand_in_the_order_of_their_numbers(void)
{
	static const char *const colormaps[] = { "hsv", "jet", "viridis", "turbo",
		"inferno", "gray", "diverging", NULL };
	static const char *const fits[] = { "stretch", "crop", "pad", "none", NULL };

	for (size_t i = 0; colormaps[i] != NULL; i++) {
		CU_ASSERT_STRING_EQUAL(colormap_names[i], colormaps[i]);
	}
	CU_ASSERT_PTR_NULL(colormap_names[7]);
	CU_ASSERT_STRING_EQUAL(colormap_names[COLORMAP_TURBO], "turbo");
	for (size_t i = 0; fits[i] != NULL; i++) {
		CU_ASSERT_STRING_EQUAL(image_fit_names[i], fits[i]);
	}
	CU_ASSERT_PTR_NULL(image_fit_names[4]);
	CU_ASSERT_STRING_EQUAL(image_filter_names[CNNVIZ_FILTER_NEAREST], "nearest");
	CU_ASSERT_STRING_EQUAL(image_filter_names[CNNVIZ_FILTER_BILINEAR], "bilinear");
	CU_ASSERT_STRING_EQUAL(image_filter_names[CNNVIZ_FILTER_BICUBIC], "bicubic");
	CU_ASSERT_STRING_EQUAL(image_filter_names[CNNVIZ_FILTER_LANCZOS], "lanczos");
}

/* ---- Drawing ------------------------------------------------------------------ */

typedef cnnviz_status renderer(const cnnviz_tensor *maps, int64_t n,
		const struct render_style *style, const struct render_frame *frame,
		struct image **image, struct error *error);

static void test_small_maps_are_drawn_as_worked_out_by_hand(void)
{
	static const struct {
		renderer *render;
		float percentile;
		float values[4];
		unsigned char levels[4];
	} cases[] = {
		{ render_color, 100, { -1, 0, 1, 3 }, { 0, 63, 127, 255 } },
		{ render_color, 100, { 2, 2, 2, 2 }, { 127, 127, 127, 127 } },
		{ render_color, 100, { -2, -1, -2, -1 }, { 0, 255, 0, 255 } },
		{ render_color, 100, { NAN, INFINITY, 1, -1 }, { 127, 127, 255, 0 } },
		{ render_positive, 100, { -1, 0, 1, 2 }, { 0, 0, 127, 255 } },
		{ render_positive, 100, { -1, -3, -1, 0 }, { 0, 0, 0, 0 } },
		{ render_negative, 100, { -1, 0, -4, 2 }, { 63, 0, 255, 0 } },
		{ render_negative, 100, { 1, 0, 4, 2 }, { 0, 0, 0, 0 } },
		{ render_gray, 100, { -5, 1, 3, 2 }, { 255, 0, 127, 63 } },
		{ render_gray, 100, { -2, 2, 2, -2 }, { 0, 0, 0, 0 } },
		{ render_gray, 100, { NAN, NAN, NAN, NAN }, { 0, 0, 0, 0 } },
		/* Half of the way from 1 to 2 lies at 1.5, and 2 and 5 saturate. */
		{ render_gray, 50, { 0, 1, 2, 5 }, { 0, 170, 255, 255 } },
		/* The percentile is the minimum: the range goes on to the maximum. */
		{ render_gray, 50, { 0, 0, 0, 5 }, { 0, 0, 0, 255 } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct render_style style = { .upsample = CNNVIZ_FILTER_LANCZOS,
			.percentile = (double)cases[i].percentile };
		const struct render_frame frame = render_input_frame(2, 2);
		cnnviz_tensor *map = plane(2, 2, cases[i].values);
		struct image *image = NULL;
		CU_ASSERT_EQUAL_FATAL(cases[i].render(map, 0, &style, &frame, &image,
						      NULL),
				CNNVIZ_OK);
		CU_ASSERT_EQUAL(memcmp(image->pixels, cases[i].levels, 4), 0);
		image_free(image);
		tensor_unref(map);
	}
}

static void test_nothing_is_left_behind_when_drawing_fails(void)
{
	const float values[1] = { 1.0f };
	const struct render_style style = { .percentile = 99.0 };
	const struct render_frame good = render_input_frame(4, 4);
	const struct render_frame empty = render_input_frame(0, 4);
	struct render_frame too_large = good;
	cnnviz_tensor *map = plane(1, 1, values);
	struct image *image = NULL;
	size_t alive = tensor_live_count();

	too_large.width = IMAGE_MAX_EXTENT + 1;
	CU_ASSERT_EQUAL(render_gray(map, 1, &style, &good, &image, NULL),
			CNNVIZ_ERROR_PLUGIN);
	CU_ASSERT_EQUAL(render_gray(map, 0, &style, &empty, &image, NULL),
			CNNVIZ_ERROR_PLUGIN);
	CU_ASSERT_EQUAL(render_gray(map, 0, &style, &too_large, &image, NULL),
			CNNVIZ_ERROR_PLUGIN);
	CU_ASSERT_PTR_NULL(image);
	CU_ASSERT_EQUAL(tensor_live_count(), alive);
	tensor_unref(map);
}

#define TEST(name) \
	{ \
#name, name \
	}

int main(void)
{
	static CU_TestInfo tests[] = {
		TEST(test_a_picture_is_created_only_within_limits),
		TEST(test_what_is_written_is_read_back),
		TEST(test_what_is_flat_in_a_photograph_takes_no_room),
		TEST(test_a_file_that_cannot_be_written_is_an_error_with_its_path),
		TEST(test_half_a_jpeg_is_an_error_and_leaves_no_file),
		TEST(test_a_picture_with_opacity_is_no_jpeg),
		TEST(test_bytes_that_are_no_picture_are_refused),
		TEST(test_a_file_that_lacks_its_end_alone_is_read),
		TEST(test_a_jpeg_of_which_no_one_can_tell_what_is_missing_is_refused),
		TEST(test_exif_data_tell_the_orientation_with_and_without_their_header),
		TEST(test_every_orientation_turns_a_small_picture_upright),
		TEST(test_bilinear_enlarging_has_half_pixel_centers),
		TEST(test_every_filter_keeps_a_constant_and_shrinking_averages),
		TEST(test_resampling_refuses_what_it_cannot_do),
		TEST(test_a_picture_must_fit_the_networks_input),
		TEST(test_values_become_levels_by_rounding),
		TEST(test_color_maps_have_their_published_colors),
		TEST(test_names_stand_in_the_order_of_their_numbers),
		TEST(test_small_maps_are_drawn_as_worked_out_by_hand),
		TEST(test_nothing_is_left_behind_when_drawing_fails),
		CU_TEST_INFO_NULL,
	};
	static const CU_SuiteInfo suites[] = {
		{ .pName = "image", .pTests = tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
