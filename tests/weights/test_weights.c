/**
 * \file    weights/test_weights.c
 * \brief   What weights files contain, and how hostile or wrong ones are refused
 *
 * The files under data/ were written by PyTorch (data/make_fixtures.py), with
 * element i of every tensor i + 0.5. Other files are built here byte by byte, in
 * memory of exactly their size, so that AddressSanitizer sees a read beyond it.
 */
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/cunit_main.h"

#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/tensor.h"
#include "weights/entry.h"
#include "weights/open.h"
#include "weights/weights.h"

/* ---- Building files ------------------------------------------------------ */

struct bytes {
	unsigned char *data;
	size_t size;
	size_t room;
};

static void bytes_add(struct bytes *bytes, const void *data, size_t size)
{
	if (bytes->size + size > bytes->room) {
		bytes->room = 2 * (bytes->size + size);
		bytes->data = memory_resize(bytes->data, bytes->room, 1);
	}
	if (size > 0) {
		memcpy(bytes->data + bytes->size, data, size);
	}
	bytes->size += size;
}

#define ADD(bytes, literal) bytes_add(bytes, literal, sizeof(literal) - 1)

static void bytes_add_number(struct bytes *bytes, uint64_t number, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)(i < 8 ? number >> 8 * i : 0);

		bytes_add(bytes, &byte, 1);
	}
}

static void bytes_clear(struct bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct bytes){ NULL, 0, 0 };
}

struct record {
	const char *name;
	const void *data;
	size_t size;
	unsigned method;
	unsigned flags;
};

/** A zip archive with the records given, up to one without a name */
static void build_zip(struct bytes *zip, const struct record *records)
{
	struct bytes directory = { NULL, 0, 0 };
	unsigned count = 0;
	size_t start;

	for (const struct record *record = records; record->name != NULL; record++) {
		size_t length = strlen(record->name);
		/* Records start at a multiple of 4, as torch's (at 64) do. */
		size_t padding = (4 - (zip->size + 30 + length) % 4) % 4;

		ADD(&directory, "PK\1\2\0\0\0\0");
		bytes_add_number(&directory, record->flags, 2);
		bytes_add_number(&directory, record->method, 2);
		bytes_add_number(&directory, 0, 8);
		bytes_add_number(&directory, record->size, 4);
		bytes_add_number(&directory, record->size, 4);
		bytes_add_number(&directory, length, 2);
		bytes_add_number(&directory, 0, 12);
		bytes_add_number(&directory, zip->size, 4);
		bytes_add(&directory, record->name, length);
		ADD(zip, "PK\3\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
		bytes_add_number(zip, record->size, 4);
		bytes_add_number(zip, record->size, 4);
		bytes_add_number(zip, length, 2);
		bytes_add_number(zip, padding, 2);
		bytes_add(zip, record->name, length);
		bytes_add_number(zip, 0, padding);
		bytes_add(zip, record->data, record->size);
		count++;
	}
	start = zip->size;
	bytes_add(zip, directory.data, directory.size);
	ADD(zip, "PK\5\6\0\0\0\0");
	bytes_add_number(zip, count, 2);
	bytes_add_number(zip, count, 2);
	bytes_add_number(zip, directory.size, 4);
	bytes_add_number(zip, start, 4);
	bytes_add_number(zip, 0, 2);
	bytes_clear(&directory);
}

static void build_safetensors(struct bytes *file, const char *header, const void *data,
		size_t size)
{
	bytes_add_number(file, strlen(header), 8);
	bytes_add(file, header, strlen(header));
	bytes_add(file, data, size);
}

/* ---- Opening ------------------------------------------------------------- */

/** A mapping over a copy of exactly these bytes */
static struct mapping *map_bytes(const void *data, size_t size)
{
	struct mapping *mapping = memory_new(1, sizeof(*mapping));
	unsigned char *copy = malloc(size > 0 ? size : 1);

	if (copy != NULL && size > 0) {
		memcpy(copy, data, size);
	}
	mapping->data = copy;
	mapping->size = size;
	mapping->path = memory_text("memory");
	mapping->references = 1;
	return mapping;
}

static void unmap_bytes(struct mapping *mapping)
{
	CU_ASSERT_EQUAL(mapping->references, 1);
	free((void *)(uintptr_t)mapping->data);
	free(mapping->path);
	free(mapping);
}

/** Reading the bytes fails with a sentence that holds the fragment */
static void assert_refused(const void *data, size_t size, const char *fragment)
{
	struct mapping *mapping = map_bytes(data, size);
	struct weights *weights = NULL;
	struct error error = { CNNVIZ_OK, "" };
	cnnviz_status status = weights_read(mapping, &weights, &error);

	CU_ASSERT_NOT_EQUAL(status, CNNVIZ_OK);
	CU_ASSERT_EQUAL(error.status, status);
	CU_ASSERT_PTR_NULL(weights);
	if (strstr(error.text, fragment) == NULL) {
		fprintf(stderr, "\n\"%s\" does not hold \"%s\"\n", error.text, fragment);
		CU_FAIL("the message lacks the fragment");
	}
	weights_free(weights);
	unmap_bytes(mapping);
}

static char *fixture_path(const char *name)
{
	const char *folder = getenv("top_srcdir");

	return memory_format("%s/tests/weights/data/%s", folder != NULL ? folder : ".",
			name);
}

static struct weights *open_fixture(const char *name)
{
	char *path = fixture_path(name);
	struct weights *weights = NULL;
	struct error error;

	if (weights_open(path, &weights, &error) != CNNVIZ_OK) {
		fprintf(stderr, "\n%s\n", error.text);
		CU_FAIL_FATAL("a fixture does not open");
	}
	free(path);
	return weights;
}

/** A tensor of the network that all fixtures hold, one of them as DataParallel names it */
static struct weights_tensor *find(struct weights *weights, const char *name)
{
	struct weights_tensor *entry = weights_find(weights, name);

	if (entry == NULL) {
		char *wrapped = memory_format("module.%s", name);

		entry = weights_find(weights, wrapped);
		free(wrapped);
	}
	return entry;
}

static const cnnviz_tensor *get(struct weights *weights, const char *name)
{
	struct weights_tensor *entry = find(weights, name);
	const cnnviz_tensor *tensor = NULL;
	struct error error = { CNNVIZ_OK, "" };

	CU_ASSERT_PTR_NOT_NULL_FATAL(entry);
	if (weights_get(weights, entry, &tensor, &error) != CNNVIZ_OK) {
		fprintf(stderr, "\n%s\n", error.text);
		CU_FAIL_FATAL("a tensor cannot be had");
	}
	return tensor;
}

static bool is_mapped(const struct weights *weights, const cnnviz_tensor *tensor)
{
	uintptr_t at = (uintptr_t)tensor_data(tensor);
	uintptr_t start = (uintptr_t)weights->mapping->data;

	return at >= start && at < start + weights->mapping->size;
}

static void assert_shape(const cnnviz_tensor *tensor, uint32_t rank, const int64_t *shape)
{
	CU_ASSERT_EQUAL_FATAL(tensor_rank(tensor), rank);
	for (uint32_t i = 0; i < rank; i++) {
		CU_ASSERT_EQUAL(tensor_shape(tensor)[i], shape[i]);
	}
}

static void assert_counted(const cnnviz_tensor *tensor)
{
	for (int64_t i = 0; i < tensor_count(tensor); i++) {
		CU_ASSERT_EQUAL(tensor_data(tensor)[i], (float)i + 0.5F);
	}
}

/* ---- What files give ----------------------------------------------------- */

static const char *const networks[] = {
	"zip.pth",
	"stream.pth",
	"nested.pth",
	"plain.safetensors",
};

static void every_format_gives_the_same_network(void)
{
	static const int64_t weight_shape[] = { 2, 3 };
	static const int64_t bias_shape[] = { 3 };

	for (size_t i = 0; i < sizeof(networks) / sizeof(*networks); i++) {
		struct weights *weights = open_fixture(networks[i]);

		CU_ASSERT_EQUAL(weights->count, 3);
		assert_shape(get(weights, "conv.weight"), 2, weight_shape);
		assert_counted(get(weights, "conv.weight"));
		assert_shape(get(weights, "conv.bias"), 1, bias_shape);
		assert_counted(get(weights, "conv.bias"));
		CU_ASSERT_PTR_NULL(weights_find(weights, "epoch"));
		weights_free(weights);
	}
}

static void a_scalar_has_rank_0_and_is_got_as_one_element(void)
{
	static const int64_t one[] = { 1 };

	for (size_t i = 0; i < sizeof(networks) / sizeof(*networks); i++) {
		struct weights *weights = open_fixture(networks[i]);
		struct weights_tensor *entry = find(weights, "bn.num_batches_tracked");

		CU_ASSERT_PTR_NOT_NULL_FATAL(entry);
		CU_ASSERT_EQUAL(entry->rank, 0);
		CU_ASSERT_STRING_EQUAL(entry->dtype, "int64");
		assert_shape(get(weights, "bn.num_batches_tracked"), 1, one);
		CU_ASSERT_EQUAL(tensor_data(get(weights, "bn.num_batches_tracked"))[0],
				7.0F);
		weights_free(weights);
	}
}

static void contiguous_float32_lies_in_the_mapped_file(void)
{
	for (size_t i = 0; i < sizeof(networks) / sizeof(*networks); i++) {
		struct weights *weights = open_fixture(networks[i]);
		const cnnviz_tensor *tensor = get(weights, "conv.weight");

		/* The older format aligns nothing: there it depends on chance. */
		CU_ASSERT(is_mapped(weights, tensor) || i == 1);
		CU_ASSERT_PTR_EQUAL(get(weights, "conv.weight"), tensor);
		weights_free(weights);
	}
}

static void a_mapped_tensor_outlives_the_weights(void)
{
	struct weights *weights = open_fixture("zip.pth");
	cnnviz_tensor *kept;

	get(weights, "conv.weight");
	kept = tensor_ref(find(weights, "conv.weight")->tensor);
	weights_free(weights);
	assert_counted(kept);
	CU_ASSERT_PTR_NULL(tensor_mutable_data(kept));
	tensor_unref(kept);
	CU_ASSERT_EQUAL(tensor_live_count(), 0);
}

static void strides_are_gathered(void)
{
	static const int64_t transposed[] = { 6, 4 };
	static const int64_t columns[] = { 4, 3 };
	struct weights *weights = open_fixture("strided.pth");
	const cnnviz_tensor *tensor = get(weights, "transposed");

	assert_shape(tensor, 2, transposed);
	for (int i = 0; i < 24; i++) {
		CU_ASSERT_EQUAL(tensor_data(tensor)[i],
				(float)(i % 4 * 6 + i / 4) + 0.5F);
	}
	tensor = get(weights, "columns");
	assert_shape(tensor, 2, columns);
	for (int i = 0; i < 12; i++) {
		CU_ASSERT_EQUAL(tensor_data(tensor)[i],
				(float)(i / 3 * 6 + i % 3 * 2 + 1) + 0.5F);
	}
	tensor = get(weights, "row");
	for (int i = 0; i < 6; i++) {
		CU_ASSERT_EQUAL(tensor_data(tensor)[i], (float)(2 * 6 + i) + 0.5F);
	}
	CU_ASSERT(is_mapped(weights, tensor));
	weights_free(weights);
}

static void other_types_become_float32(void)
{
	static const char *const names[] = { "half", "brain", "double", "parameter" };
	static const char *const types[] = {
		"float16",
		"bfloat16",
		"float64",
		"float32",
	};
	struct weights *weights = open_fixture("strided.pth");

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		CU_ASSERT_STRING_EQUAL(weights_find(weights, names[i])->dtype, types[i]);
		assert_counted(get(weights, names[i]));
	}
	weights_free(weights);
}

static void an_empty_tensor_opens_but_cannot_be_got(void)
{
	struct weights *weights = open_fixture("strided.pth");
	struct weights_tensor *entry = weights_find(weights, "empty");
	const cnnviz_tensor *tensor = NULL;
	struct error error = { CNNVIZ_OK, "" };

	CU_ASSERT_PTR_NOT_NULL_FATAL(entry);
	CU_ASSERT_EQUAL(entry->shape[0], 0);
	CU_ASSERT_EQUAL(weights_get(weights, entry, &tensor, &error), CNNVIZ_ERROR_INPUT);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "\"empty\""));
	CU_ASSERT_PTR_NULL(tensor);
	weights_free(weights);
}

/** IEEE 754's own examples of binary16 */
static void half_precision_is_exact(void)
{
	static const struct {
		uint16_t bits;
		float value;
	} rows[] = {
		{ 0x3c00, 1.0F },
		{ 0xc000, -2.0F },
		{ 0x7bff, 65504.0F },
		{ 0x0400, 0x1p-14F },
		{ 0x03ff, 0x3ffp-24F },
		{ 0x0001, 0x1p-24F },
		{ 0x8001, -0x1p-24F },
		{ 0x0000, 0.0F },
		{ 0x7c00, INFINITY },
		{ 0xfc00, -INFINITY },
		{ 0x3555, 0x1.554p-2F },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct bytes file = { NULL, 0, 0 };
		struct weights *weights = NULL;
		struct mapping *mapping;

		build_safetensors(&file,
				"{\"w\":{\"dtype\":\"F16\",\"shape\":[1],"
				"\"data_offsets\":[0,2]}}",
				&rows[i].bits, 2);
		mapping = map_bytes(file.data, file.size);
		CU_ASSERT_EQUAL_FATAL(weights_read(mapping, &weights, NULL), CNNVIZ_OK);
		CU_ASSERT_EQUAL(tensor_data(get(weights, "w"))[0], rows[i].value);
		weights_free(weights);
		unmap_bytes(mapping);
		bytes_clear(&file);
	}
}

/** OCP 8-bit Floating Point Specification 1.0, table 2: the two formats' own examples */
static void eight_bit_floats_are_exact(void)
{
	static const struct {
		const char *dtype;
		uint8_t bits;
		float value;
	} rows[] = {
		{ "F8_E4M3", 0x38, 1.0F },
		{ "F8_E4M3", 0x7e, 448.0F },
		{ "F8_E4M3", 0xfe, -448.0F },
		{ "F8_E4M3", 0x08, 0x1p-6F },
		{ "F8_E4M3", 0x07, 0x1.cp-7F },
		{ "F8_E4M3", 0x01, 0x1p-9F },
		{ "F8_E4M3", 0x81, -0x1p-9F },
		{ "F8_E4M3", 0x00, 0.0F },
		{ "F8_E5M2", 0x3c, 1.0F },
		{ "F8_E5M2", 0x7b, 57344.0F },
		{ "F8_E5M2", 0x04, 0x1p-14F },
		{ "F8_E5M2", 0x03, 0x1.8p-15F },
		{ "F8_E5M2", 0x81, -0x1p-16F },
		{ "F8_E5M2", 0x7c, INFINITY },
		{ "F8_E5M2", 0xfc, -INFINITY },
		{ "F8_E4M3", 0x7f, NAN },
		{ "F8_E4M3", 0xff, NAN },
		{ "F8_E5M2", 0x7d, NAN },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct bytes file = { NULL, 0, 0 };
		struct weights *weights = NULL;
		char *header = memory_format("{\"w\":{\"dtype\":\"%s\",\"shape\":[1],"
					     "\"data_offsets\":[0,1]}}",
				rows[i].dtype);
		struct mapping *mapping;
		float value;

		build_safetensors(&file, header, &rows[i].bits, 1);
		mapping = map_bytes(file.data, file.size);
		CU_ASSERT_EQUAL_FATAL(weights_read(mapping, &weights, NULL), CNNVIZ_OK);
		value = tensor_data(get(weights, "w"))[0];
		CU_ASSERT(isnan(rows[i].value) ? isnan(value) : value == rows[i].value);
		weights_free(weights);
		unmap_bytes(mapping);
		bytes_clear(&file);
		free(header);
	}
}

/** With 0 to 3 spaces after the header, the data are aligned for float once. */
static void misaligned_float32_is_copied(void)
{
	static const float values[] = { 0.5F, 1.5F };
	int mapped = 0;

	for (int spaces = 0; spaces < 4; spaces++) {
		struct bytes file = { NULL, 0, 0 };
		struct weights *weights = NULL;
		char *header = memory_format("{\"w\":{\"dtype\":\"F32\",\"shape\":[2],"
					     "\"data_offsets\":[0,8]}}%*s",
				spaces, "");
		struct mapping *mapping;

		build_safetensors(&file, header, values, sizeof(values));
		mapping = map_bytes(file.data, file.size);
		CU_ASSERT_EQUAL_FATAL(weights_read(mapping, &weights, NULL), CNNVIZ_OK);
		mapped += is_mapped(weights, get(weights, "w"));
		assert_counted(get(weights, "w"));
		weights_free(weights);
		unmap_bytes(mapping);
		bytes_clear(&file);
		free(header);
	}
	CU_ASSERT_EQUAL(mapped, 1);
}

/* ---- Memory ---------------------------------------------------------------- */

#define LARGE_COUNT (1 << 24)

/** KiB after a word of /proc/self/status; -1 where it does not say so */
static long status_of(const char *word)
{
	FILE *stream = fopen("/proc/self/status", "r");
	char line[256];
	long kib = -1;

	while (stream != NULL && kib < 0 && fgets(line, sizeof(line), stream) != NULL) {
		if (strncmp(line, word, strlen(word)) == 0) {
			kib = strtol(line + strlen(word), NULL, 10);
		}
	}
	if (stream != NULL) {
		fclose(stream);
	}
	return kib;
}

/** Let VmHWM count from now on; false where the kernel does not */
static bool reset_peak(void)
{
	FILE *stream = fopen("/proc/self/clear_refs", "w");
	bool done = stream != NULL && fputs("5", stream) >= 0;

	return stream != NULL && fclose(stream) == 0 && done;
}

/** 64 MiB of zeros, which lie nowhere on the disk, and a last value */
static void write_large(const char *path, float last)
{
	char *header = memory_format("{\"w\":{\"dtype\":\"F32\",\"shape\":[%d],"
				     "\"data_offsets\":[0,%d]}}",
			LARGE_COUNT, 4 * LARGE_COUNT);
	size_t length = (strlen(header) + 7) / 8 * 8;
	struct bytes start = { NULL, 0, 0 };
	FILE *stream = fopen(path, "wb");

	CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
	bytes_add_number(&start, length, 8);
	bytes_add(&start, header, strlen(header));
	fwrite(start.data, 1, start.size, stream);
	fprintf(stream, "%*s", (int)(length - strlen(header)), "");
	fseek(stream, 4L * (LARGE_COUNT - 1), SEEK_CUR);
	fwrite(&last, sizeof(last), 1, stream);
	CU_ASSERT_EQUAL(fclose(stream), 0);
	bytes_clear(&start);
	free(header);
}

/** All values are looked at, but no more than a part of the file is in memory. */
static void a_large_tensor_is_checked_in_little_memory(void)
{
	static const float last[] = { 1, NAN, INFINITY };
	static const char path[] = "test_weights_large.safetensors";

	for (size_t i = 0; i < sizeof(last) / sizeof(*last); i++) {
		struct weights *weights = NULL;
		const cnnviz_tensor *tensor = NULL;
		long before = status_of("VmRSS:"), peak;
		bool counted;

		write_large(path, last[i]);
		CU_ASSERT_EQUAL_FATAL(weights_open(path, &weights, NULL), CNNVIZ_OK);
		counted = reset_peak();
		CU_ASSERT_EQUAL_FATAL(weights_get(weights, &weights->tensors[0], &tensor,
						      NULL),
				CNNVIZ_OK);
		peak = status_of("VmHWM:");
		CU_ASSERT_EQUAL(weights->tensors[0].nonfinite, i > 0);
		if (counted && before >= 0 && peak >= 0) {
			CU_ASSERT(peak - before < 4L * LARGE_COUNT / 1024 / 4);
		}
		CU_ASSERT_EQUAL(tensor_data(tensor)[LARGE_COUNT - 2], 0);
		weights_free(weights);
		remove(path);
	}
}

/* ---- Hostile pickles ----------------------------------------------------- */

#define ROW(name, pickle, fragment) \
	{ \
		name, pickle, sizeof(pickle) - 1, fragment \
	}

static const struct {
	const char *name;
	const char *pickle;
	size_t size;
	const char *fragment;
} hostile[] = {
	ROW("os.system", "\x80\2cos\nsystem\nX\2\0\0\0id\x85R.",
			"opcode GLOBAL with \"os.system\" is not allowed"),
	ROW("posix.system", "\x80\2cposix\nsystem\nX\2\0\0\0id\x85R.",
			"\"posix.system\" is not allowed"),
	ROW("eval by STACK_GLOBAL",
			"\x80\4\x8c\10builtins\x8c\4eval\x93\x8c\1"
			"1\x85R.",
			"opcode STACK_GLOBAL with \"builtins.eval\" is not allowed"),
	ROW("a function that no tensor needs", "\x80\2ctorch\nload\n)R.",
			"an object of torch.load"),
	ROW("a builtin", "\x80\2c__builtin__\n__import__\n)R.",
			"\"__builtin__.__import__\" is not allowed"),
	ROW("control characters in a class's name", "\x80\2co\33[2J\nx\n)R.",
			"an object of o?[2J.x,"),
	ROW("a whole network", "\x80\2cmodels.yolo\nModel\n)\x81}b.",
			"an object of models.yolo.Model"),
	ROW("a whole network under a key",
			"\x80\2}X\5\0\0\0modelcmodels.yolo\nModel\n)\x81s.",
			"an object of models.yolo.Model under \"model\""),
	ROW("entries of a tensor's shape", "\x80\2}X\1\0\0\0actorch\nSize\n)R(K\1K\2us.",
			"wrong type"),
	ROW("dots that shift between module and name", "\x80\2cos.path\nsystem\n)R.",
			"\"os.path.system\""),
	ROW("control characters in a function's name", "\x80\2cos.\33[2Js\nsystem\n)R.",
			"\"os.?[2Js.system\""),
	ROW("INST", "\x80\2(ios\nsystem\n.", "opcode INST is not allowed"),
	ROW("OBJ", "\x80\2(No.", "opcode OBJ is not allowed"),
	ROW("EXT1", "\x80\2\x82\1.", "opcode EXT1 is not allowed"),
	ROW("NEWOBJ_EX", "\x80\4NN}\x92.", "opcode NEWOBJ_EX is not allowed"),
	ROW("PERSID", "\x80\2Pabc\n.", "opcode PERSID is not allowed"),
	ROW("PUT", "\x80\2Np0\n.", "opcode PUT is not allowed"),
	ROW("NEXT_BUFFER", "\x80\5\x97.", "opcode NEXT_BUFFER is not allowed"),
	ROW("BUILD on a number", "\x80\2K\1}b.", "BUILD on a number"),
	ROW("REDUCE of a string", "\x80\2X\2\0\0\0os)R.", "REDUCE"),
	ROW("REDUCE with a list", "\x80\2ccollections\nOrderedDict\n]R.", "REDUCE"),
	ROW("an OrderedDict of numbers", "\x80\2ccollections\nOrderedDict\n]K\1a\x85R.",
			"pair"),
	ROW("no opcode", "\x80\2\xff.", "0xff"),
	ROW("protocol 6", "\x80\6N.", "protocol 6"),
	ROW("an empty stack", "\x80\2.", "value is missing"),
	ROW("a tuple below a mark", "\x80\2K\1(\x85.", "value is missing"),
	ROW("POP below a mark", "\x80\2K\1(0.", "value is missing"),
	ROW("STOP below a mark", "\x80\2K\1(.", "value is missing"),
	ROW("no mark", "\x80\2K\1t.", "mark is missing"),
	ROW("SETITEMS on a list", "\x80\2](K\1K\2u.", "wrong type"),
	ROW("APPEND on a dict", "\x80\2}K\1a.", "wrong type"),
	ROW("a key without a value", "\x80\2}(K\1u.", "no value"),
	ROW("a huge memo index", "\x80\2Nr\xff\xff\xff\xff.", "memo index"),
	ROW("a memo index that does not exist", "\x80\2h\5.", "not in the memo"),
	ROW("a huge string", "\x80\2X\xff\xff\xff\xffid.", "truncated"),
	ROW("a string of 2^64 - 1 bytes", "\x80\4\x8d\xff\xff\xff\xff\xff\xff\xff\xffid.",
			"truncated"),
	ROW("a long of 2^31 bytes", "\x80\2\x8b\0\0\0\x80.", "truncated"),
	ROW("no STOP", "\x80\2N", "truncated"),
	ROW("a list that holds itself", "\x80\2]q\0h\0a.", "holds a list"),
	ROW("a dict that holds itself", "\x80\2}q\0X\5\0\0\0modelh\0s.",
			"dict without tensors"),
	ROW("a number", "\x80\2K\1.", "holds a number"),
	ROW("a dict without tensors", "\x80\2}X\1\0\0\0aK\1s.", "dict without tensors"),
	ROW("a parameter of nothing",
			"\x80\2}X\1\0\0\0actorch._utils\n_rebuild_parameter\n)Rs.",
			"dict without tensors"),
	ROW("a parameter of itself",
			"\x80\2}X\1\0\0\0actorch._utils\n_rebuild_parameter\n]"
			"q\0h\0a\x85Rs.",
			"dict without tensors"),
	ROW("a tensor without arguments",
			"\x80\2}X\1\0\0\0actorch._utils\n_rebuild_tensor_v2\n)Rs.",
			"\"a\" has a description that is not valid"),
	ROW("a tensor without a storage",
			"\x80\2}X\1\0\0\0actorch._utils\n"
			"_rebuild_tensor_v2\n(NK\0))tRs.",
			"\"a\" has a description that is not valid"),
	ROW("a storage that is none",
			"\x80\2}X\1\0\0\0actorch._utils\n"
			"_rebuild_tensor_v2\n(NQK\0))tRs.",
			"something other than a storage"),
};

static void hostile_pickles_are_refused_in_the_zip_format(void)
{
	for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
		const struct record records[] = {
			{ "a/data.pkl", hostile[i].pickle, hostile[i].size, 0, 0 },
			{ NULL, NULL, 0, 0, 0 },
		};
		struct bytes file = { NULL, 0, 0 };

		build_zip(&file, records);
		assert_refused(file.data, file.size, hostile[i].fragment);
		bytes_clear(&file);
	}
}

#define STREAM_START \
	"\x80\2\x8a\12\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19." \
	"\x80\2M\xe9\3." \
	"\x80\2}X\15\0\0\0little_endian\x88s."
#define NO_STORAGES "\x80\2]."

static void hostile_pickles_are_refused_in_the_stream_format(void)
{
	for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
		struct bytes file = { NULL, 0, 0 };

		ADD(&file, STREAM_START);
		bytes_add(&file, hostile[i].pickle, hostile[i].size);
		if (strcmp(hostile[i].name, "no STOP") != 0) {
			ADD(&file, NO_STORAGES);
		}
		assert_refused(file.data, file.size, hostile[i].fragment);
		bytes_clear(&file);
	}
}

static void a_hostile_pickle_alone_is_refused(void)
{
	static const char pickle[] = "\x80\2cos\nsystem\nX\2\0\0\0id\x85R.";

	assert_refused(pickle, sizeof(pickle) - 1, "\"os.system\" is not allowed");
}

/** What repeats `count` times after a start is refused, not followed */
static void assert_repeated_refused(const char *unit, size_t count, const char *fragment)
{
	struct bytes pickle = { NULL, 0, 0 };
	struct bytes file = { NULL, 0, 0 };
	size_t length = strlen(unit);

	ADD(&pickle, "\x80\2N");
	for (size_t i = 0; i < count; i++) {
		bytes_add(&pickle, unit, length);
	}
	const struct record records[] = {
		{ "a/data.pkl", pickle.data, pickle.size, 0, 0 },
		{ NULL, NULL, 0, 0, 0 },
	};

	build_zip(&file, records);
	assert_refused(file.data, file.size, fragment);
	bytes_clear(&file);
	bytes_clear(&pickle);
}

static void pickles_that_grow_without_end_are_refused(void)
{
	assert_repeated_refused("(", 100000,
			"nests more than 2048 levels; if that is meant, raise "
			"limits.nesting in [run]");
	assert_repeated_refused("2", 5000000, "raise limits.pickle_values");
	assert_repeated_refused("N0", 5000000, "has more than 4194304 values");
}

/** Nesting without marks needs no recursion here, so any depth is harmless. */
static void deep_nesting_without_marks_is_harmless(void)
{
	assert_repeated_refused("\x85", 1000000, "truncated");
}

/* ---- Shapes, strides, storages ------------------------------------------- */

#define BIG (INT64_C(1) << 62)

struct geometry {
	const char *name;
	int64_t offset;
	uint32_t rank;
	int64_t shape[10];
	int64_t stride[10];
	int64_t count;        /* of elements, as the pickle says */
	size_t size;          /* bytes there are */
	const char *fragment; /* NULL: opens */
};

static void add_long(struct bytes *pickle, int64_t number)
{
	ADD(pickle, "\x8a\10");
	bytes_add_number(pickle, (uint64_t)number, 8);
}

/** {"w": torch._utils._rebuild_tensor_v2(storage "0", ...)} */
static void add_tensor_pickle(struct bytes *pickle, const struct geometry *row)
{
	ADD(pickle,
			"\x80\2}X\1\0\0\0wctorch._utils\n_rebuild_tensor_v2\n("
			"(X\7\0\0\0storagectorch\nFloatStorage\n"
			"X\1\0\0\0"
			"0X\3\0\0\0cpu");
	add_long(pickle, row->count);
	ADD(pickle, "tQ");
	add_long(pickle, row->offset);
	ADD(pickle, "(");
	for (uint32_t i = 0; i < row->rank; i++) {
		add_long(pickle, row->shape[i]);
	}
	ADD(pickle, "t(");
	for (uint32_t i = 0; i < row->rank; i++) {
		add_long(pickle, row->stride[i]);
	}
	ADD(pickle, "t\x89)tRs.");
}

static const struct geometry geometries[] = {
	{ "fits exactly", 0, 2, { 2, 3 }, { 3, 1 }, 6, 24, NULL },
	{ "one beyond", 1, 2, { 2, 3 }, { 3, 1 }, 6, 24, "beyond the end" },
	{ "a stride too far", 0, 2, { 2, 3 }, { 4, 1 }, 6, 24, "beyond the end" },
	{ "storage smaller than said", 0, 1, { 6 }, { 1 }, 6, 23, "holds 23 bytes" },
	{ "says more than there is", 0, 1, { 1 }, { 1 }, BIG, 24, "holds 24 bytes" },
	{ "negative offset", -1, 1, { 2 }, { 1 }, 6, 24, "before its storage" },
	{ "negative extent", 0, 1, { -2 }, { 1 }, 6, 24, "negative" },
	{ "negative stride", 5, 1, { 2 }, { -1 }, 6, 24, "negative" },
	{ "negative count", 0, 1, { 2 }, { 1 }, -6, 24, "other than a storage" },
	{ "product overflows", 0, 2, { BIG, 4 }, { 0, 0 }, 6, 24, "overflows" },
	{ "reach overflows", 0, 2, { 3, 3 }, { BIG, 1 }, 6, 24, "overflows" },
	{ "offset overflows", INT64_MAX, 1, { 2 }, { 1 }, 6, 24, "overflows" },
	{ "offset at the highest number", INT64_MAX, 1, { 1 }, { 1 }, 6, 24,
			"beyond the end" },
	{ "single elements ignore strides", 0, 3, { 2, 1, 3 }, { 3, INT64_MAX, 1 }, 6, 24,
			NULL },
	{ "nothing, anywhere", BIG, 2, { 0, 5 }, { 5, 1 }, 0, 0, NULL },
	{ "nothing times too much", 0, 3, { BIG, 8, 0 }, { 1, 1, 1 }, 0, 0, "overflows" },
	{ "eight dimensions", 0, 8, { 1, 1, 1, 1, 1, 1, 2, 3 },
			{ 6, 6, 6, 6, 6, 6, 3, 1 }, 6, 24, NULL },
	{ "nine dimensions", 0, 9, { 1, 1, 1, 1, 1, 1, 1, 2, 3 },
			{ 6, 6, 6, 6, 6, 6, 6, 3, 1 }, 6, 24, "more than 8 dimensions" },
};

static void assert_geometry(const struct geometry *row, const struct bytes *file)
{
	struct mapping *mapping;
	struct weights *weights = NULL;
	struct error error;

	if (row->fragment != NULL) {
		assert_refused(file->data, file->size, row->fragment);
		return;
	}
	mapping = map_bytes(file->data, file->size);
	if (weights_read(mapping, &weights, &error) != CNNVIZ_OK) {
		fprintf(stderr, "\n%s: %s\n", row->name, error.text);
		CU_FAIL("a sound tensor is refused");
	} else if (row->count > 0) {
		assert_counted(get(weights, "w"));
	}
	weights_free(weights);
	unmap_bytes(mapping);
}

static const float six[] = { 0.5F, 1.5F, 2.5F, 3.5F, 4.5F, 5.5F };

static void every_element_lies_in_its_storage(void)
{
	for (size_t i = 0; i < sizeof(geometries) / sizeof(*geometries); i++) {
		const struct geometry *row = &geometries[i];
		struct bytes pickle = { NULL, 0, 0 };
		struct bytes file = { NULL, 0, 0 };

		add_tensor_pickle(&pickle, row);
		const struct record records[] = {
			{ "any name/data.pkl", pickle.data, pickle.size, 0, 0 },
			{ "any name/data/0", six, row->size, 0, 0 },
			{ NULL, NULL, 0, 0, 0 },
		};

		build_zip(&file, records);
		assert_geometry(row, &file);
		bytes_clear(&file);
		bytes_clear(&pickle);
	}
}

static void a_tiny_file_cannot_ask_for_all_memory(void)
{
	static const struct geometry row = { "", 0, 2, { 1 << 16, 1 << 15 }, { 0, 0 }, 6,
		24, NULL };
	struct bytes pickle = { NULL, 0, 0 };
	struct bytes file = { NULL, 0, 0 };
	struct weights *weights = NULL;
	const cnnviz_tensor *tensor = NULL;
	struct error error = { CNNVIZ_OK, "" };
	struct mapping *mapping;

	add_tensor_pickle(&pickle, &row);
	const struct record records[] = {
		{ "a/data.pkl", pickle.data, pickle.size, 0, 0 },
		{ "a/data/0", six, sizeof(six), 0, 0 },
		{ NULL, NULL, 0, 0, 0 },
	};

	build_zip(&file, records);
	mapping = map_bytes(file.data, file.size);
	CU_ASSERT_EQUAL_FATAL(weights_read(mapping, &weights, &error), CNNVIZ_OK);
	CU_ASSERT_EQUAL(weights_get(weights, &weights->tensors[0], &tensor, &error),
			CNNVIZ_ERROR_INPUT);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "huge array"));
	weights_free(weights);
	limit_set(LIMIT_TENSOR_BYTES, INT64_C(1) << 32);
	CU_ASSERT_EQUAL(weights_read(mapping, &weights, &error), CNNVIZ_ERROR_INPUT);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "raise limits.tensor_bytes"));
	limits_reset();
	unmap_bytes(mapping);
	bytes_clear(&file);
	bytes_clear(&pickle);
}

/** One tensor, under a hundred thousand keys of three bytes */
static void a_small_file_cannot_list_tensors_without_end(void)
{
	struct bytes pickle = { NULL, 0, 0 };
	struct bytes file = { NULL, 0, 0 };

	add_tensor_pickle(&pickle, &geometries[0]);
	pickle.size -= 2;
	ADD(&pickle, "q\1s");
	for (int i = 0; i < 140000; i++) {
		ADD(&pickle, "U\3");
		bytes_add_number(&pickle, (uint64_t)i | 0x808080, 3);
		ADD(&pickle, "h\1s");
	}
	ADD(&pickle, ".");
	const struct record records[] = {
		{ "a/data.pkl", pickle.data, pickle.size, 0, 0 },
		{ "a/data/0", six, sizeof(six), 0, 0 },
		{ NULL, NULL, 0, 0, 0 },
	};

	build_zip(&file, records);
	assert_refused(file.data, file.size, "more than 131072 tensors");
	bytes_clear(&file);
	bytes_clear(&pickle);
}

/** The older format with one storage: its list of keys, then count and data */
static void add_stream(struct bytes *file, const struct geometry *row, const char *keys,
		size_t keys_size, int64_t count)
{
	ADD(file, STREAM_START);
	add_tensor_pickle(file, row);
	bytes_add(file, keys, keys_size);
	bytes_add_number(file, (uint64_t)count, 8);
	bytes_add(file, six, row->size);
}

#define KEY_0 \
	"\x80\2]X\1\0\0\0" \
	"0a."

static void the_stream_format_places_its_storages(void)
{
	static const struct geometry fits = { "fits", 0, 2, { 2, 3 }, { 3, 1 }, 6, 24,
		NULL };
	static const struct geometry cut = { "cut", 0, 2, { 2, 3 }, { 3, 1 }, 6, 23,
		NULL };
	static const struct {
		const struct geometry *geometry;
		const char *keys;
		size_t keys_size;
		int64_t count;
		const char *fragment;
	} rows[] = {
		{ &fits, KEY_0, sizeof(KEY_0) - 1, 6, NULL },
		{ &cut, KEY_0, sizeof(KEY_0) - 1, 6, "truncated" },
		{ &fits, KEY_0, sizeof(KEY_0) - 1, 5,
				"number of elements of a storage differs" },
		{ &fits, KEY_0, sizeof(KEY_0) - 1, -1,
				"number of elements of a storage differs" },
		{ &fits, NO_STORAGES, sizeof(NO_STORAGES) - 1, 6,
				"storage \"0\" is missing" },
		{ &fits,
				"\x80\2]X\1\0\0\0"
				"1a.",
				11, 6, "does not match" },
		{ &fits,
				"\x80\2]X\1\0\0\0"
				"0aX\1\0\0\0"
				"0a.",
				18, 6, "does not match" },
		{ &fits, "\x80\2K\1.", 5, 6, "holds a number where" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct geometry row = *rows[i].geometry;
		struct bytes file = { NULL, 0, 0 };

		row.fragment = rows[i].fragment;
		add_stream(&file, &row, rows[i].keys, rows[i].keys_size, rows[i].count);
		assert_geometry(&row, &file);
		bytes_clear(&file);
	}
}

/** ('storage', FloatStorage, '0', 'cpu', 6, (view key, offset, count)) */
static void old_views_are_cut_from_their_storage(void)
{
	static const char start[] = "\x80\2}X\1\0\0\0wctorch._utils\n_rebuild_tensor\n("
				    "(U\7storagectorch\nFloatStorage\nU\1"
				    "0U\3cpuK\6U\1vK";
	static const struct {
		unsigned char offset;
		unsigned char count;
		const char *fragment;
	} rows[] = {
		{ 2, 3, NULL },
		{ 3, 3, NULL },
		{ 4, 3, "view extends beyond" },
		{ 7, 0, "view extends beyond" },
		{ 2, 2, "beyond the end" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct bytes file = { NULL, 0, 0 };
		struct weights *weights = NULL;
		struct mapping *mapping;

		ADD(&file, STREAM_START);
		bytes_add(&file, start, sizeof(start) - 1);
		bytes_add(&file, &rows[i].offset, 1);
		ADD(&file, "K");
		bytes_add(&file, &rows[i].count, 1);
		ADD(&file, "\x87tQK\0K\3\x85K\1\x85tRs." KEY_0 "\6\0\0\0\0\0\0\0");
		bytes_add(&file, six, sizeof(six));
		if (rows[i].fragment != NULL) {
			assert_refused(file.data, file.size, rows[i].fragment);
			bytes_clear(&file);
			continue;
		}
		mapping = map_bytes(file.data, file.size);
		CU_ASSERT_EQUAL_FATAL(weights_read(mapping, &weights, NULL), CNNVIZ_OK);
		CU_ASSERT_EQUAL(tensor_data(get(weights, "w"))[0], six[rows[i].offset]);
		weights_free(weights);
		unmap_bytes(mapping);
		bytes_clear(&file);
	}
}

#define MAGIC "\x80\2\x8a\12\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
#define HEAD(bytes, fragment) \
	{ \
		bytes, sizeof(bytes) - 1, fragment \
	}

static void stream_headers_are_checked(void)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *fragment;
	} rows[] = {
		HEAD("\x80\2K\1.", "plain pickle (of a number)"),
		HEAD("\x80\2\x8a\12\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x18.",
				"plain pickle"),
		HEAD(MAGIC, "truncated"),
		HEAD(MAGIC "\x80\2M\xea\3.", "version"),
		HEAD(MAGIC "\x80\2M\xe9\3."
			   "\x80\2}X\15\0\0\0little_endian\x89s.",
				"big-endian"),
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_refused(rows[i].bytes, rows[i].size, rows[i].fragment);
	}
}

/* ---- Archives ------------------------------------------------------------ */

#define EMPTY_DICT "\x80\2}.", 4, 0, 0
#define END \
	{ \
		NULL, NULL, 0, 0, 0 \
	}

static const struct {
	struct record records[4];
	const char *fragment;
} archives[] = {
	{ { END }, "without torch.save's data.pkl" },
	{ { { "hello.txt", "hi", 2, 0, 0 }, END }, "without torch.save's data.pkl" },
	{ { { "data.pkl", EMPTY_DICT }, END }, "without torch.save's data.pkl" },
	{ { { "a/b/data.pkl", EMPTY_DICT }, END }, "without torch.save's data.pkl" },
	{ { { "w.npy", "", 0, 0, 0 }, END }, "NumPy .npz" },
	{ { { "w.npy", "", 0, 8, 0 }, END }, "NumPy .npz" },
	{ { { "m/model.json", "", 0, 0, 0 }, END }, "old TorchScript" },
	{ { { "a/data.pkl", EMPTY_DICT }, { "a/constants.pkl", EMPTY_DICT }, END },
			"TorchScript archive" },
	{ { { "a/data.pkl", EMPTY_DICT }, { "a/byteorder", "big", 3, 0, 0 }, END },
			"big-endian" },
	{ { { "a/data.pkl", EMPTY_DICT }, { "a/byteorder", "little", 6, 0, 0 }, END },
			"dict without tensors" },
	{ { { "a/data.pkl", "\x80\2}.", 4, 8, 0 }, END },
			"\"a/data.pkl\" is compressed" },
	{ { { "a/data.pkl", "\x80\2}.", 4, 0, 1 }, END }, "\"a/data.pkl\" is encrypted" },
	{ { { "a/data.pkl", EMPTY_DICT }, { "a/data.pkl", EMPTY_DICT }, END },
			"two records named \"a/data.pkl\"" },
};

static void archives_of_another_kind_are_named(void)
{
	for (size_t i = 0; i < sizeof(archives) / sizeof(*archives); i++) {
		struct bytes file = { NULL, 0, 0 };

		build_zip(&file, archives[i].records);
		assert_refused(file.data, file.size, archives[i].fragment);
		bytes_clear(&file);
	}
}

/** Numbers of the directory's only entry or of the end record, replaced */
static void an_archive_with_wrong_numbers_is_damaged(void)
{
	static const struct {
		size_t from_end; /* where, before the end of the file */
		size_t length;
		uint64_t number;
		const char *fragment;
	} rows[] = {
		{ 78 - 20, 8, 0x0000010000000100, "extends beyond the end" },
		{ 78 - 20, 8, 0xfffffff0fffffff0, "extends beyond the end" },
		{ 78 - 42, 4, 1, "not where its directory says" },
		{ 78 - 42, 4, 0xfffffff0, "not where its directory says" },
		{ 78 - 28, 2, 0xffff, "directory is truncated" },
		{ 78 - 30, 2, 1, "directory is truncated" },
		{ 78, 4, 0, "not a record" },
		{ 22 - 12, 4, 55, "directory is truncated" },
		{ 22 - 12, 4, 0xfffffff0, "directory is beyond the end" },
		{ 22 - 16, 4, 0xfffffff0, "directory is beyond the end" },
		{ 22, 4, 0, "directory at the end is missing" },
	};
	static const struct record records[] = {
		{ "a/data.pkl", "\x80\2}.", 4, 0, 0 },
		{ NULL, NULL, 0, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct bytes file = { NULL, 0, 0 };
		unsigned char *at;

		build_zip(&file, records);
		at = file.data + file.size - rows[i].from_end;
		for (size_t j = 0; j < rows[i].length; j++) {
			at[j] = (unsigned char)(rows[i].number >> 8 * j);
		}
		assert_refused(file.data, file.size, rows[i].fragment);
		bytes_clear(&file);
	}
}

/** The same archive with its sizes and directory in zip64's fields */
static void zip64_is_read(void)
{
	static const struct geometry row = { "", 0, 1, { 6 }, { 1 }, 6, 24, NULL };
	struct bytes pickle = { NULL, 0, 0 };
	struct bytes file = { NULL, 0, 0 };
	size_t data_at;
	size_t start;
	size_t end;

	add_tensor_pickle(&pickle, &row);
	ADD(&file,
			"PK\3\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\12\0\0\0"
			"a/data.pkl");
	bytes_add(&file, pickle.data, pickle.size);
	data_at = file.size;
	ADD(&file,
			"PK\3\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\10\0\0\0"
			"a/data/0");
	bytes_add(&file, six, sizeof(six));
	start = file.size;
	ADD(&file, "PK\1\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
	bytes_add_number(&file, pickle.size, 4);
	bytes_add_number(&file, pickle.size, 4);
	ADD(&file,
			"\12\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
			"a/data.pkl");
	ADD(&file,
			"PK\1\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
			"\xff\xff\xff\xff\xff\xff\xff\xff"
			"\10\0\41\0\0\0\0\0\0\0\0\0\0\0\xff\xff\xff\xff"
			"a/data/0"
			"\7\0\1\0?"
			"\1\0\30\0");
	bytes_add_number(&file, sizeof(six), 8);
	bytes_add_number(&file, sizeof(six), 8);
	bytes_add_number(&file, data_at, 8);
	end = file.size;
	ADD(&file, "PK\6\6\54\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
	bytes_add_number(&file, 2, 8);
	bytes_add_number(&file, 2, 8);
	bytes_add_number(&file, end - start, 8);
	bytes_add_number(&file, start, 8);
	ADD(&file, "PK\6\7\0\0\0\0");
	bytes_add_number(&file, end, 8);
	ADD(&file,
			"\1\0\0\0"
			"PK\5\6\0\0\0\0\xff\xff\xff\xff"
			"\xff\xff\xff\xff\xff\xff\xff\xff\0\0");
	assert_geometry(&row, &file);
	bytes_clear(&file);
	bytes_clear(&pickle);
}

/* ---- safetensors --------------------------------------------------------- */

static const struct {
	const char *header;
	size_t size; /* bytes of data behind it */
	const char *fragment;
} headers[] = {
	{ "{}", 0, "has no tensors" },
	{ "{\"__metadata__\":{\"a\":\"b\"}}", 0, "has no tensors" },
	{ "{nonsense", 0, "not a JSON object" },
	{ "{\"a\":[]}", 0, "is not a JSON object" },
	{ "{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "no dtype" },
	{ "{\"a\":{\"dtype\":\"F31\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4,
			"no dtype" },
	{ "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "no shape" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4,
			"not a count" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}", 4,
			"not a count" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],"
	  "\"data_offsets\":[0,4]}}",
			4, "more than 8" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "no pair of data_offsets" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4,
			"no pair of data_offsets" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 3,
			"beyond the end" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 8,
			"beyond the end" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}", 8,
			"beyond the end" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 8,
			"does not fit its data_offsets" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],"
	  "\"data_offsets\":[0,0]}}",
			0, "overflows" },
	{ "{\"a\":{\"dtype\":\"F64\",\"shape\":[4611686018427387904],"
	  "\"data_offsets\":[0,0]}}",
			0, "overflows" },
	{ "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
	  "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}",
			1, "duplicate" },
	{ "{\"a\\u0001\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1,
			"\"a?\" has control characters" },
};

static void safetensors_headers_are_checked(void)
{
	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		struct bytes file = { NULL, 0, 0 };

		build_safetensors(&file, headers[i].header, six, headers[i].size);
		assert_refused(file.data, file.size, headers[i].fragment);
		bytes_clear(&file);
	}
}

static void a_safetensors_header_may_not_be_longer_than_the_file(void)
{
	assert_refused("\xff\xff\xff\xff\xff\xff\xff\xff{}", 10, "would be 18446744");
	assert_refused("\3\0\0\0\0\0\0\0{}", 10, "would be 3 bytes");
}

/* ---- Other files --------------------------------------------------------- */

static void other_files_are_called_by_their_name(void)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *fragment;
	} rows[] = {
		{ "", 0, "is empty" },
		{ "x", 1, "not a weights file of a known format" },
		{ "version https://git-lfs.github.com/spec/v1\noid", 46,
				"Git LFS pointer" },
		{ "<!DOCTYPE html><html>", 21, "web page" },
		{ "\n <html>", 8, "web page" },
		{ "\xef\xbb\xbf<?xml version=\"1.0\"?>", 24, "web page" },
		{ "\x93NUMPY\1\0", 8, "NumPy array" },
		{ "\x89HDF\r\n\x1a\n", 8, "HDF5" },
		{ "\x08\x07\x12\7pytorch\x1a\x05"
		  "1.13.0",
				19, "ONNX" },
		{ "\x1f\x8b\x08", 3, "gzip" },
		{ "\x89PNG\r\n\x1a\n", 8, "PNG picture" },
		{ "[network]\n", 10, "network description" },
		{ "PK\3\4", 4, "truncated or damaged" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_refused(rows[i].bytes, rows[i].size, rows[i].fragment);
	}
}

static void a_tar_archive_is_to_be_saved_again(void)
{
	unsigned char tar[512] = "sys_info";

	memcpy(tar + 257, "ustar", 5);
	assert_refused(tar, sizeof(tar), "tar archive");
}

static void torchscript_is_named_with_the_file(void)
{
	char *path = fixture_path("torchscript.pt");
	struct weights *weights = NULL;
	struct error error;

	CU_ASSERT_EQUAL(weights_open(path, &weights, &error), CNNVIZ_ERROR_INPUT);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "TorchScript archive"));
	CU_ASSERT_EQUAL(strncmp(error.text, path, strlen(path)), 0);
	free(path);
}

static void a_missing_file_is_named(void)
{
	char *path = fixture_path("no-such-file.pth");
	struct weights *weights = NULL;
	struct error error;

	CU_ASSERT_EQUAL(weights_open(path, &weights, &error), CNNVIZ_ERROR_IO);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, path));
	free(path);
}

static void a_file_cut_off_anywhere_is_refused(void)
{
	static const char *const names[] = {
		"zip.pth",
		"stream.pth",
		"nested.pth",
		"strided.pth",
		"plain.safetensors",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char *path = fixture_path(names[i]);
		struct mapping *whole = NULL;

		CU_ASSERT_EQUAL_FATAL(mapping_open(path, &whole, NULL), CNNVIZ_OK);
		for (size_t size = 0; size < whole->size; size++) {
			assert_refused(whole->data, size, "");
		}
		mapping_unref(whole);
		free(path);
	}
}

static void nothing_is_left_behind(void)
{
	CU_ASSERT_EQUAL(tensor_live_count(), 0);
}

#define TEST(name) \
	{ \
#name, name \
	}

int main(void)
{
	CU_TestInfo formats[] = {
		TEST(every_format_gives_the_same_network),
		TEST(a_scalar_has_rank_0_and_is_got_as_one_element),
		TEST(contiguous_float32_lies_in_the_mapped_file),
		TEST(a_mapped_tensor_outlives_the_weights),
		TEST(strides_are_gathered),
		TEST(other_types_become_float32),
		TEST(an_empty_tensor_opens_but_cannot_be_got),
		TEST(half_precision_is_exact),
		TEST(eight_bit_floats_are_exact),
		TEST(misaligned_float32_is_copied),
		TEST(zip64_is_read),
		TEST(a_large_tensor_is_checked_in_little_memory),
		CU_TEST_INFO_NULL,
	};
	CU_TestInfo hostility[] = {
		TEST(hostile_pickles_are_refused_in_the_zip_format),
		TEST(hostile_pickles_are_refused_in_the_stream_format),
		TEST(a_hostile_pickle_alone_is_refused),
		TEST(pickles_that_grow_without_end_are_refused),
		TEST(deep_nesting_without_marks_is_harmless),
		TEST(every_element_lies_in_its_storage),
		TEST(a_tiny_file_cannot_ask_for_all_memory),
		TEST(an_archive_with_wrong_numbers_is_damaged),
		TEST(a_small_file_cannot_list_tensors_without_end),
		TEST(the_stream_format_places_its_storages),
		TEST(old_views_are_cut_from_their_storage),
		TEST(stream_headers_are_checked),
		TEST(safetensors_headers_are_checked),
		TEST(a_safetensors_header_may_not_be_longer_than_the_file),
		TEST(a_file_cut_off_anywhere_is_refused),
		CU_TEST_INFO_NULL,
	};
	CU_TestInfo mistakes[] = {
		TEST(archives_of_another_kind_are_named),
		TEST(other_files_are_called_by_their_name),
		TEST(a_tar_archive_is_to_be_saved_again),
		TEST(torchscript_is_named_with_the_file),
		TEST(a_missing_file_is_named),
		TEST(nothing_is_left_behind),
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ .pName = "formats", .pTests = formats },
		{ .pName = "hostile files", .pTests = hostility },
		{ .pName = "files of another kind", .pTests = mistakes },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
