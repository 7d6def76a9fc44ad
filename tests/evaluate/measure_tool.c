/**
 * \file    evaluate/measure_tool.c
 * \brief   The measures on arrays from files, for comparison with NumPy
 *
 * measure_tool pointing|energy PLANE.npy X0 Y0 X1 Y1 [TOLERANCE]
 * measure_tool iou PLANE.npy COVERAGE.npy
 * measure_tool cover MASK.npy HEIGHT WIDTH OUT.npy
 * measure_tool spearman|ssim A.npy B.npy
 * measure_tool blur INPUT.npy DEVIATION OUT.npy
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/npy.h"
#include "base/tensor.h"
#include "evaluate/curve.h"
#include "evaluate/measure.h"

static cnnviz_tensor *read_array(const char *path)
{
	cnnviz_tensor *array = NULL;
	struct error error;

	if (npy_read(path, &array, &error) != CNNVIZ_OK) {
		fprintf(stderr, "%s\n", error.text);
		exit(99);
	}
	return array;
}

static void write_array(const char *path, cnnviz_tensor *array)
{
	struct error error;

	if (array == NULL || npy_write(path, array, &error) != CNNVIZ_OK) {
		exit(99);
	}
	tensor_unref(array);
}

static unsigned char *to_bytes(const cnnviz_tensor *array)
{
	unsigned char *bytes = memory_new((size_t)tensor_count(array), 1);

	for (int64_t i = 0; i < tensor_count(array); i++) {
		bytes[i] = (unsigned char)tensor_data(array)[i];
	}
	return bytes;
}

static void print_iou(const cnnviz_tensor *plane, const cnnviz_tensor *coverage)
{
	struct measure_iou iou;

	measure_iou(tensor_data(plane), tensor_data(coverage), tensor_count(plane), &iou);
	printf("%.17g\n%.17g\n", iou.best, iou.threshold);
	for (int i = 0; i < MEASURE_LEVELS; i++) {
		printf("%.17g\n", iou.levels[i]);
	}
}

static void cover(const cnnviz_tensor *mask, char **arguments)
{
	const int64_t shape[] = { atoll(arguments[0]), atoll(arguments[1]) };
	cnnviz_tensor *coverage = tensor_create(2, shape);
	unsigned char *bytes = to_bytes(mask);

	measure_cover_mask(bytes, tensor_shape(mask)[1], tensor_shape(mask)[0], shape[1],
			shape[0], tensor_mutable_data(coverage));
	free(bytes);
	write_array(arguments[2], coverage);
}

static void print_ssim(const cnnviz_tensor *a, const cnnviz_tensor *b)
{
	unsigned char *left = to_bytes(a), *right = to_bytes(b);

	printf("%.17g\n",
			measure_ssim(left, right, tensor_shape(a)[1],
					tensor_shape(a)[0]));
	free(right);
	free(left);
}

static void print_box(const cnnviz_tensor *plane, bool pointing, int count,
		char **arguments)
{
	double numbers[5] = { 0 };
	int64_t height = tensor_shape(plane)[0], width = tensor_shape(plane)[1];

	for (int i = 0; i < count && i < 5; i++) {
		numbers[i] = atof(arguments[i]);
	}
	printf("%.17g\n",
			pointing ? measure_pointing(tensor_data(plane), width, height,
					numbers, numbers[4])
				 : measure_energy(tensor_data(plane), width, height,
						 numbers));
}

int main(int argc, char **argv)
{
	if (argc < 4) {
		return 99;
	}
	const char *what = argv[1];
	cnnviz_tensor *first = read_array(argv[2]);
	if (strcmp(what, "pointing") == 0 || strcmp(what, "energy") == 0) {
		print_box(first, *what == 'p', argc - 3, argv + 3);
	} else if (strcmp(what, "cover") == 0 && argc == 6) {
		cover(first, argv + 3);
	} else if (strcmp(what, "blur") == 0 && argc == 5) {
		write_array(argv[4], curve_blur(first, atof(argv[3])));
	} else {
		cnnviz_tensor *second = read_array(argv[3]);
		if (strcmp(what, "iou") == 0) {
			print_iou(first, second);
		} else if (strcmp(what, "spearman") == 0) {
			printf("%.17g\n",
					measure_spearman(tensor_data(first),
							tensor_data(second),
							tensor_count(first)));
		} else {
			print_ssim(first, second);
		}
		tensor_unref(second);
	}
	tensor_unref(first);
	return 0;
}
