/**
 * \file    unit/test_tensor.c
 * \brief   Tensors: shapes, ownership, references
 */
#include "base/tensor.h"
#include "support/cunit_main.h"
#include "unit/fixture.h"

static void new_tensor_is_zero_aligned_and_of_its_shape(void)
{
	const int64_t shape[] = { 2, 3, 5, 7 };
	cnnviz_tensor *tensor = tensor_create(4, shape);
	float sum = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(tensor);
	CU_ASSERT_EQUAL(tensor_rank(tensor), 4);
	CU_ASSERT_EQUAL(tensor_count(tensor), 2 * 3 * 5 * 7);
	CU_ASSERT_EQUAL(memcmp(tensor_shape(tensor), shape, sizeof(shape)), 0);
	CU_ASSERT_EQUAL((uintptr_t)tensor_data(tensor) % 64, 0);
	CU_ASSERT_PTR_EQUAL(tensor_mutable_data(tensor), tensor_data(tensor));
	for (int64_t i = 0; i < tensor_count(tensor); i++) {
		sum += tensor_data(tensor)[i] == 0 ? 0 : 1;
	}
	CU_ASSERT_EQUAL(sum, 0);
	tensor_unref(tensor);
}

static void what_is_written_behind_the_end_is_noticed(void)
{
	static const int64_t counts[] = { 1, 15, 16, 17, 1000 };

	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		cnnviz_tensor *tensor = tensor_create(1, &counts[i]);
		size_t before = tensor_overruns();

		CU_ASSERT_PTR_NOT_NULL_FATAL(tensor);
		tensor_mutable_data(tensor)[counts[i] - 1] = 1;
		CU_ASSERT_TRUE(tensor_is_intact(tensor));
		tensor_mutable_data(tensor)[counts[i]] = 0;
		CU_ASSERT_FALSE(tensor_is_intact(tensor));
		tensor_mend(tensor);
		CU_ASSERT_TRUE(tensor_is_intact(tensor));
		((unsigned char *)tensor_mutable_data(tensor))[counts[i] * 4 + 63] = 0;
		tensor_unref(tensor);
		CU_ASSERT_EQUAL(tensor_overruns(), before + 1);
	}
}

static void nothing_is_known_of_memory_behind_wrapped_elements(void)
{
	const int64_t count = 2;
	float values[4] = { 0 };
	cnnviz_tensor *tensor = tensor_wrap(1, &count, values, NULL, NULL);
	size_t before = tensor_overruns();

	values[2] = 1;
	CU_ASSERT_TRUE(tensor_is_intact(tensor));
	tensor_unref(tensor);
	CU_ASSERT_EQUAL(tensor_overruns(), before);
}

static void impossible_shapes_give_no_tensor(void)
{
	static const struct {
		const char *row;
		uint32_t rank;
		int64_t shape[9];
	} rows[] = {
		{ "no dimension", 0, { 1 } },
		{ "nine dimensions", 9, { 1, 1, 1, 1, 1, 1, 1, 1, 1 } },
		{ "extent 0", 2, { 3, 0 } },
		{ "negative extent", 2, { 3, -1 } },
		{ "two negative extents", 2, { -2, -2 } },
		{ "product wraps to 0", 2, { INT64_C(1) << 32, INT64_C(1) << 32 } },
		{ "product wraps to 4", 3, { INT64_C(1) << 32, INT64_C(1) << 31, 2 } },
		{ "bytes wrap", 1, { INT64_C(1) << 62 } },
		{ "largest extent", 1, { INT64_MAX } },
		{ "lowest extent", 1, { INT64_MIN } },
	};
	const float data[1] = { 0 };
	size_t before = tensor_live_count();

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		check_row(tensor_create(rows[i].rank, rows[i].shape) == NULL, rows[i].row,
				"a tensor");
		check_row(tensor_wrap(rows[i].rank, rows[i].shape, data, NULL, NULL)
						== NULL,
				rows[i].row, "a wrapped tensor");
	}
	CU_ASSERT_PTR_NULL(tensor_create(1, NULL));
	CU_ASSERT_EQUAL(tensor_live_count(), before);
}

static void last_reference_frees(void)
{
	const int64_t shape[] = { 4 };
	size_t before = tensor_live_count();
	cnnviz_tensor *tensor = tensor_create(1, shape);

	CU_ASSERT_EQUAL(tensor_live_count(), before + 1);
	CU_ASSERT_PTR_EQUAL(tensor_ref(tensor), tensor);
	tensor_unref(tensor);
	CU_ASSERT_EQUAL(tensor_live_count(), before + 1);
	tensor_unref(tensor);
	CU_ASSERT_EQUAL(tensor_live_count(), before);
	CU_ASSERT_PTR_NULL(tensor_ref(NULL));
	tensor_unref(NULL);
}

static void count_release(void *context)
{
	++*(int *)context;
}

static void wrapped_memory_is_read_only_and_released_once(void)
{
	const float data[] = { 1, 2, 3, 4, 5, 6 };
	const int64_t shape[] = { 2, 3 };
	int released = 0;
	cnnviz_tensor *tensor = tensor_wrap(2, shape, data, count_release, &released);

	CU_ASSERT_PTR_NOT_NULL_FATAL(tensor);
	CU_ASSERT_PTR_EQUAL(tensor_data(tensor), data);
	CU_ASSERT_PTR_NULL(tensor_mutable_data(tensor));
	tensor_ref(tensor);
	tensor_unref(tensor);
	CU_ASSERT_EQUAL(released, 0);
	tensor_unref(tensor);
	CU_ASSERT_EQUAL(released, 1);
}

static void copy_has_memory_of_its_own(void)
{
	const float data[] = { 1, 2, 3, 4, 5, 6 };
	const int64_t shape[] = { 2, 3 };
	cnnviz_tensor *tensor = tensor_wrap(2, shape, data, NULL, NULL);
	cnnviz_tensor *copy = tensor_copy(tensor);

	CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
	CU_ASSERT_TRUE(tensor_same_shape(copy, tensor));
	CU_ASSERT_EQUAL(memcmp(tensor_data(copy), data, sizeof(data)), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(tensor_mutable_data(copy));
	tensor_mutable_data(copy)[0] = 7;
	CU_ASSERT_EQUAL(data[0], 1);
	tensor_unref(copy);
	tensor_unref(tensor);
}

static void item_is_a_copy_of_one_of_the_batch(void)
{
	const float data[] = { 1, 2, 3, 4, 5, 6 };
	const int64_t shape[] = { 2, 3 };
	cnnviz_tensor *batch = tensor_wrap(2, shape, data, NULL, NULL);
	cnnviz_tensor *item = tensor_item(batch, 1);

	CU_ASSERT_PTR_NOT_NULL_FATAL(item);
	CU_ASSERT_EQUAL(tensor_rank(item), 2);
	CU_ASSERT_EQUAL(tensor_shape(item)[0], 1);
	CU_ASSERT_EQUAL(tensor_shape(item)[1], 3);
	CU_ASSERT_EQUAL(memcmp(tensor_data(item), data + 3, 3 * sizeof(*data)), 0);
	CU_ASSERT_PTR_NOT_NULL(tensor_mutable_data(item));
	CU_ASSERT_PTR_NULL(tensor_item(batch, 2));
	CU_ASSERT_PTR_NULL(tensor_item(batch, -1));
	tensor_unref(item);
	tensor_unref(batch);
}

static void view_is_one_of_the_batch_in_its_memory(void)
{
	cnnviz_tensor *batch = tensor_create(3, (const int64_t[]){ 3, 2, 5 });
	cnnviz_tensor *line = tensor_create(1, (const int64_t[]){ 3 });
	cnnviz_tensor *view = tensor_view(batch, 2);

	CU_ASSERT_PTR_NOT_NULL_FATAL(view);
	CU_ASSERT_EQUAL(tensor_rank(view), 2);
	CU_ASSERT_EQUAL(tensor_shape(view)[0], 2);
	CU_ASSERT_EQUAL(tensor_shape(view)[1], 5);
	CU_ASSERT_PTR_EQUAL(tensor_data(view), tensor_data(batch) + 20);
	CU_ASSERT_PTR_NULL(tensor_mutable_data(view));
	CU_ASSERT_PTR_NULL(tensor_view(batch, 3));
	CU_ASSERT_PTR_NULL(tensor_view(batch, -1));
	CU_ASSERT_PTR_NULL(tensor_view(line, 0));
	tensor_unref(view);
	tensor_unref(line);
	tensor_unref(batch);
}

static void shapes_are_the_same_in_rank_and_extents(void)
{
	const int64_t shape[] = { 2, 3, 1 };
	const int64_t other[] = { 2, 4, 1 };
	cnnviz_tensor *a = tensor_create(2, shape);
	cnnviz_tensor *same = tensor_create(2, shape);
	cnnviz_tensor *longer = tensor_create(3, shape);
	cnnviz_tensor *wider = tensor_create(2, other);

	CU_ASSERT_TRUE(tensor_same_shape(a, same));
	CU_ASSERT_FALSE(tensor_same_shape(a, longer));
	CU_ASSERT_FALSE(tensor_same_shape(a, wider));
	tensor_unref(a);
	tensor_unref(same);
	tensor_unref(longer);
	tensor_unref(wider);
}

static void shape_text_is_cut_to_its_room(void)
{
	const int64_t shape[] = { 1, 3, 224, 224 };
	char text[32];
	char small[6];

	CU_ASSERT_PTR_EQUAL(tensor_shape_text(4, shape, text, sizeof(text)), text);
	CU_ASSERT_STRING_EQUAL(text, "(1,3,224,224)");
	CU_ASSERT_STRING_EQUAL(tensor_shape_text(1, shape + 1, text, sizeof(text)),
			"(3)");
	CU_ASSERT_STRING_EQUAL(tensor_shape_text(0, shape, text, sizeof(text)), "()");
	CU_ASSERT_STRING_EQUAL(tensor_shape_text(4, shape, small, sizeof(small)),
			"(1,3,");
}

static void engines_get_the_same_functions(void)
{
	cnnviz_tensor *tensor = NULL, *same = NULL;

	CU_ASSERT_EQUAL(tensor_api.struct_size, sizeof(cnnviz_tensor_api));
	CU_ASSERT_EQUAL(tensor_api.create(NULL, 2, (const int64_t[]){ 2, 3 }, &tensor),
			CNNVIZ_OK);
	CU_ASSERT_EQUAL(tensor_count(tensor), 6);
	CU_ASSERT_EQUAL(tensor_api.create(NULL, 1, (const int64_t[]){ 0 }, &same),
			CNNVIZ_ERROR_MEMORY);
	CU_ASSERT_PTR_NULL(same);
	tensor_unref(tensor);
	CU_ASSERT_TRUE(tensor_api.ref == tensor_ref);
	CU_ASSERT_TRUE(tensor_api.unref == tensor_unref);
	CU_ASSERT_TRUE(tensor_api.rank == tensor_rank);
	CU_ASSERT_TRUE(tensor_api.shape == tensor_shape);
	CU_ASSERT_TRUE(tensor_api.count == tensor_count);
	CU_ASSERT_TRUE(tensor_api.data == tensor_data);
	CU_ASSERT_TRUE(tensor_api.mutable_data == tensor_mutable_data);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "a new tensor is zero, aligned and of its shape",
				new_tensor_is_zero_aligned_and_of_its_shape },
		{ "what is written behind the end is noticed",
				what_is_written_behind_the_end_is_noticed },
		{ "nothing is known of memory behind wrapped elements",
				nothing_is_known_of_memory_behind_wrapped_elements },
		{ "impossible shapes give no tensor", impossible_shapes_give_no_tensor },
		{ "the last reference frees", last_reference_frees },
		{ "wrapped memory is read-only and released once",
				wrapped_memory_is_read_only_and_released_once },
		{ "a copy has memory of its own", copy_has_memory_of_its_own },
		{ "an item is a copy of one of the batch",
				item_is_a_copy_of_one_of_the_batch },
		{ "a view is one of the batch, in its memory",
				view_is_one_of_the_batch_in_its_memory },
		{ "shapes are the same in rank and extents",
				shapes_are_the_same_in_rank_and_extents },
		{ "a shape's text is cut to its room", shape_text_is_cut_to_its_room },
		{ "engines get the same functions", engines_get_the_same_functions },
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "tensor", NULL, NULL, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
