/**
 * \file    model/test_onnx.c
 * \brief   The wire format byte by byte, views of arrays, names of modules
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/name_index.h"
#include "graph/onnx/path.h"
#include "graph/onnx/view.h"
#include "graph/onnx/wire.h"
#include "support/cunit_main.h"

/* ---- The wire format ----------------------------------------------------------- */

static void numbers_have_seven_bits_a_byte(void)
{
	static const unsigned char bytes[] = { 0x08, 0x96, 0x01, 0x15, 1, 2, 3, 4, 0x22,
		2, 'h', 'i' };
	struct wire wire = wire_open(bytes, sizeof(bytes));
	struct wire_field field;
	struct error error;
	char *text;

	CU_ASSERT_EQUAL_FATAL(wire_next(&wire, &field, &error), CNNVIZ_OK);
	CU_ASSERT_EQUAL(field.number, 1);
	CU_ASSERT_EQUAL(field.value, 150);
	CU_ASSERT_EQUAL_FATAL(wire_next(&wire, &field, &error), CNNVIZ_OK);
	CU_ASSERT_EQUAL(field.type, WIRE_FIXED32);
	CU_ASSERT_EQUAL(field.value, 0x04030201);
	CU_ASSERT_EQUAL_FATAL(wire_next(&wire, &field, &error), CNNVIZ_OK);
	CU_ASSERT_EQUAL_FATAL(wire_text(&wire, &field, 2, &text, &error), CNNVIZ_OK);
	CU_ASSERT_STRING_EQUAL(text, "hi");
	CU_ASSERT_FALSE(wire_more(&wire));
	free(text);
	CU_ASSERT_EQUAL(wire_text(&wire, &field, 1, &text, &error), CNNVIZ_ERROR_INPUT);
}

/** Bytes that are no message, and the offset that the error names */
static const struct {
	const char *bytes;
	size_t size;
	const char *offset;
} damaged[] = {
	{ "\x08", 1, "at byte 1 " },                 /* a key without its number */
	{ "\x08\x80\x80", 3, "at byte 1 " },         /* a number without its end */
	{ "\x0a\x05zzzz", 6, "at byte 2 " },         /* longer than the message */
	{ "\x08\x01\x0d\x01\x02", 5, "at byte 3 " }, /* 4 bytes, of which there are 2 */
	{ "\x08\x01\x09\x01\x02", 5, "at byte 3 " }, /* 8 bytes, of which there are 2 */
	{ "\x08\x01\x0b\x0c", 4, "at byte 2 " },     /* a group */
	{ "\x08\x01\x0f", 3, "at byte 2 " },         /* no type */
	{ "\x00\x01", 2, "at byte 0 " },             /* no number */
	{ "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 11,
			"at byte 1 " }, /* 65 bits */
};

static void damage_is_named_by_its_offset(void)
{
	for (size_t i = 0; i < sizeof(damaged) / sizeof(*damaged); i++) {
		const unsigned char *bytes = (const unsigned char *)damaged[i].bytes;
		struct wire wire = wire_open(bytes, damaged[i].size);
		struct error error = { CNNVIZ_OK, "" };
		struct wire_field field;
		cnnviz_status status = CNNVIZ_OK;

		while (status == CNNVIZ_OK && wire_more(&wire)) {
			status = wire_next(&wire, &field, &error);
		}
		CU_ASSERT_EQUAL(status, CNNVIZ_ERROR_INPUT);
		if (strncmp(error.text, damaged[i].offset, strlen(damaged[i].offset))
				!= 0) {
			fprintf(stderr, "case %zu: %s\n", i, error.text);
			CU_FAIL("another offset");
		}
	}
}

/* ---- Views --------------------------------------------------------------------- */

#define PLACES 48

/** Where the elements of an array lie in a node's memory, in the array's order */
struct listing {
	uint32_t rank;
	int64_t extent[CNNVIZ_MAX_RANK];
	int64_t places[PLACES];
};

/** By the view: all pieces of all axes, the last one fastest */
static int64_t place_of(const struct view *view, int64_t index)
{
	int64_t place = 0;

	for (uint32_t d = view->rank; d-- > 0;) {
		for (uint32_t i = view->axes[d].count; i-- > 0;) {
			const struct view_piece *piece = &view->axes[d].pieces[i];

			place += index % piece->extent * piece->stride;
			index /= piece->extent;
		}
	}
	return place;
}

static void check_listing(const struct view *view, const struct listing *listing)
{
	int64_t extent[CNNVIZ_MAX_RANK];

	view_extents(view, extent);
	CU_ASSERT_EQUAL(view->rank, listing->rank);
	CU_ASSERT_EQUAL(memcmp(extent, listing->extent, listing->rank * sizeof(*extent)),
			0);
	for (int64_t i = 0; i < PLACES; i++) {
		CU_ASSERT_EQUAL(place_of(view, i), listing->places[i]);
	}
}

/** By definition: what comes at an index is what was at the permuted one */
static void permute_listing(struct listing *listing, const int64_t *permutation)
{
	struct listing result = { .rank = listing->rank };

	for (uint32_t d = 0; d < listing->rank; d++) {
		result.extent[d] = listing->extent[permutation[d]];
	}
	for (int64_t i = 0; i < PLACES; i++) {
		int64_t index[CNNVIZ_MAX_RANK] = { 0 }, rest = i, from = 0;

		for (uint32_t d = result.rank; d-- > 0;) {
			index[permutation[d]] = rest % result.extent[d];
			rest /= result.extent[d];
		}
		for (uint32_t d = 0; d < listing->rank; d++) {
			from = from * listing->extent[d] + index[d];
		}
		result.places[i] = listing->places[from];
	}
	*listing = result;
}

/** Reshape changes the extents and no order. */
static void step(struct view *view, struct listing *listing, uint32_t rank,
		const int64_t *extent, const int64_t *permutation)
{
	CU_ASSERT_TRUE_FATAL(view_reshape(view, rank, extent));
	listing->rank = rank;
	memcpy(listing->extent, extent, rank * sizeof(*extent));
	check_listing(view, listing);
	*view = view_permuted(view, permutation);
	permute_listing(listing, permutation);
	check_listing(view, listing);
}

static const struct graph_shape shape = { .rank = 3, .extent = { 12, 2, 2 } };

static struct view start(struct listing *listing)
{
	*listing = (struct listing){ .rank = 4, .extent = { 1, 12, 2, 2 } };
	for (int64_t i = 0; i < PLACES; i++) {
		listing->places[i] = i;
	}
	return view_whole(1, &shape);
}

static void views_move_elements_as_arrays_do(void)
{
	struct listing listing;
	struct view view = start(&listing);

	step(&view, &listing, 5, (const int64_t[]){ 1, 3, 4, 2, 2 },
			(const int64_t[]){ 0, 2, 1, 3, 4 });
	step(&view, &listing, 4, (const int64_t[]){ 1, 12, 2, 2 },
			(const int64_t[]){ 0, 2, 3, 1 });
	step(&view, &listing, 3, (const int64_t[]){ 4, 1, 12 },
			(const int64_t[]){ 1, 2, 0 });
	CU_ASSERT_FALSE(view_is_in_order(&view));
}

static void a_view_that_comes_back_is_whole(void)
{
	struct listing listing;
	struct view view = start(&listing);

	step(&view, &listing, 4, (const int64_t[]){ 1, 12, 2, 2 },
			(const int64_t[]){ 0, 2, 3, 1 });
	CU_ASSERT_FALSE(view_is_whole(&view, &shape));
	view = view_permuted(&view, (const int64_t[]){ 0, 3, 1, 2 });
	CU_ASSERT_TRUE(view_is_whole(&view, &shape));
	CU_ASSERT_TRUE(view_reshape(&view, 2, (const int64_t[]){ 1, 48 }));
	CU_ASSERT_TRUE(view_is_in_order(&view));
}

static void shuffles_are_found_by_their_groups(void)
{
	struct listing listing;
	struct view view = start(&listing);

	CU_ASSERT_EQUAL(view_shuffle(&view, &shape), 0);
	step(&view, &listing, 5, (const int64_t[]){ 1, 3, 4, 2, 2 },
			(const int64_t[]){ 0, 2, 1, 3, 4 });
	CU_ASSERT_TRUE(view_reshape(&view, 4, (const int64_t[]){ 1, 12, 2, 2 }));
	CU_ASSERT_EQUAL(view_shuffle(&view, &shape), 3);
}

static void extents_that_cut_unevenly_are_refused(void)
{
	struct listing listing;
	struct view view = start(&listing);

	view = view_permuted(&view, (const int64_t[]){ 0, 2, 3, 1 });
	CU_ASSERT_FALSE(view_reshape(&view, 3, (const int64_t[]){ 1, 3, 16 }));
	CU_ASSERT_FALSE(view_reshape(&view, 2, (const int64_t[]){ 1, 24 }));
}

/* ---- Names --------------------------------------------------------------------- */

static const struct {
	const char *name, *operator, * scopes, *weight, *path;
} modules[] = {
	{ "/layer1/layer1.0/conv1/Conv", "Conv", NULL, "onnx::Conv_1", "layer1.0.conv1" },
	{ "/blocks/blocks.0/blocks.0.1/act/Mul", "Mul", NULL, "", "blocks.0.1.act" },
	{ "/Add_1", "Add", NULL, "", "" },
	{ "/layer1/layer10/Add", "Add", NULL, "", "layer1.layer10" },
	{ "node_conv", "Conv", "['', 'conv1', 'conv1.1', 'batch_norm']", "conv1.0.weight",
			"conv1.0" },
	{ "node_norm", "LayerNormalization", "['', 'norm2', 'layer_norm']",
			"norm1.weight", "norm2" },
	{ "node_add", "Add", "['', 'layer1', 'layer1.0', 'add']", "x", "layer1.0" },
	{ "node_x", "Add", "['', 'add']", "x", "" },
	{ "Conv_12", "Conv", NULL, "w", "Conv_12" },
	{ "", "Add", NULL, "w", "out_1" },
	{ "a b..c:0", "Add", NULL, "w", "a_b.c_0" },
};

static void modules_have_their_names_in_torch(void)
{
	for (size_t i = 0; i < sizeof(modules) / sizeof(*modules); i++) {
		char name[64], scopes[64], weight[64], output[] = "out_1", none[] = "";
		char operator[64];
		char *inputs[] = { none, weight };
		char *outputs[] = { output };
		struct onnx_node node = { .name = name,
			.operator= operator,
			.inputs = inputs,
			.input_count = 2,
			.outputs = outputs,
			.output_count = 1 };
		struct onnx_file file = { .nodes = &node, .node_count = 1 };
		char *path;

		strcpy(name, modules[i].name);
		strcpy(operator, modules[i].operator);
		strcpy(weight, modules[i].weight);
		if (modules[i].scopes != NULL) {
			strcpy(scopes, modules[i].scopes);
			node.scopes = scopes;
		}
		path = onnx_path(&file, &node);
		CU_ASSERT_STRING_EQUAL(path, modules[i].path);
		free(path);
	}
}

static void a_name_that_all_begin_with_is_left_out(void)
{
	char first[] = "model/conv/Conv2D", second[] = "model/bn/x/Add",
	     other[] = "loose", operator[] = "Add";
	struct onnx_node nodes[] = { { .name = first, .operator= operator},
			{ .name = other, .operator= operator},
					{ .name = second, .operator= operator} };
	struct onnx_file file = { .nodes = nodes, .node_count = 3 };
	char *path;

	file.common_length = onnx_common_length(&file);
	CU_ASSERT_EQUAL(file.common_length, strlen("model/"));
	path = onnx_path(&file, &nodes[2]);
	CU_ASSERT_STRING_EQUAL(path, "bn.x");
	free(path);
	second[0] = 'n';
	CU_ASSERT_EQUAL(onnx_common_length(&file), 0);
}

static void an_index_keeps_a_number_for_each_name(void)
{
	struct name_index index = { 0 };
	bool known;
	char name[32];

	for (int64_t i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "name.%d", (int)i);
		*name_index_add(&index, name, &known) = i;
		CU_ASSERT_FALSE(known);
	}
	for (int64_t i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "name.%d", (int)i);
		CU_ASSERT_EQUAL(*name_index_add(&index, name, &known), i);
		CU_ASSERT_TRUE(known);
	}
	CU_ASSERT_PTR_NULL(name_index_find(&index, "name.1000"));
	name_index_free(&index);
}

static CU_TestInfo tests[] = {
	{ "numbers have seven bits a byte", numbers_have_seven_bits_a_byte },
	{ "damage is named by its offset", damage_is_named_by_its_offset },
	{ "views move elements as arrays do", views_move_elements_as_arrays_do },
	{ "a view that comes back is whole", a_view_that_comes_back_is_whole },
	{ "shuffles are found by their groups", shuffles_are_found_by_their_groups },
	{ "extents that cut unevenly are refused",
			extents_that_cut_unevenly_are_refused },
	{ "modules have their names in torch", modules_have_their_names_in_torch },
	{ "a name that all begin with is left out",
			a_name_that_all_begin_with_is_left_out },
	{ "an index keeps a number for each name",
			an_index_keeps_a_number_for_each_name },
	CU_TEST_INFO_NULL,
};

static const CU_SuiteInfo suites[] = {
	{ "onnx", NULL, NULL, NULL, NULL, tests },
	CU_SUITE_INFO_NULL,
};

int main(void)
{
	return cunit_run(suites);
}
