/*
 * The mathematics of input optimization on arrays in files, for the oracles:
 *
 *   optimize_tool step KIND RATE MOMENTUM DECAY variable.npy gradients.npy steps.npy
 *   optimize_tool penalty L1 L2 NORM EXPONENT VARIATION EXPONENT image.npy slope.npy
 *   optimize_tool blur DEVIATION image.npy blurred.npy
 *   optimize_tool least FRACTION image.npy gradient.npy flags.npy
 *   optimize_tool view PAD HEIGHT WIDTH DOWN RIGHT SCALE ANGLE DOWN RIGHT image.npy
 *                 gradient.npy view.npy slope.npy
 *   optimize_tool space KIND DECORRELATE BGR HEIGHT WIDTH variable.npy gradient.npy
 *                 input.npy slope.npy back.npy
 *
 * Images are (C,H,W); views have gray 0.1, 0.2, 0.3; inputs have the normalization of
 * ImageNet in the network's order of channels.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/blur.h"
#include "base/npy.h"
#include "base/tensor.h"
#include "optimize/optimizer.h"
#include "optimize/space.h"
#include "optimize/transform.h"

static void die(const char *text)
{
	fprintf(stderr, "optimize_tool: %s\n", text);
	exit(99);
}

/** Everything that a command makes, released at the end */
static cnnviz_tensor *made[8];
static size_t made_count;

static cnnviz_tensor *note(cnnviz_tensor *tensor)
{
	if (tensor == NULL) {
		die("out of memory");
	}
	made[made_count++] = tensor;
	return tensor;
}

static cnnviz_tensor *read_array(const char *path)
{
	cnnviz_tensor *tensor = NULL;
	struct error error = { 0 };

	if (npy_read(path, &tensor, &error) != CNNVIZ_OK) {
		die(error.text);
	}
	return note(tensor);
}

static void write_array(const char *path, const cnnviz_tensor *tensor)
{
	struct error error = { 0 };

	if (npy_write(path, tensor, &error) != CNNVIZ_OK) {
		die(error.text);
	}
}

static cnnviz_tensor *create(int64_t channels, int64_t height, int64_t width)
{
	return note(tensor_create(3, (const int64_t[]){ channels, height, width }));
}

static cnnviz_tensor *copy(const cnnviz_tensor *tensor)
{
	cnnviz_tensor *twin = note(tensor_create(tensor_rank(tensor),
			tensor_shape(tensor)));

	memcpy(tensor_mutable_data(twin), tensor_data(tensor),
			(size_t)tensor_count(tensor) * sizeof(float));
	return twin;
}

static struct extents extents_of(const cnnviz_tensor *image)
{
	const int64_t *shape = tensor_shape(image);

	return (struct extents){ shape[0], shape[1], shape[2] };
}

static void run_step(char **words)
{
	const cnnviz_optimization what = {
		.optimizer = (uint32_t)atoi(words[0]),
		.momentum = atof(words[2]),
		.weight_decay = atof(words[3]),
	};
	cnnviz_tensor *variable = copy(read_array(words[4]));
	cnnviz_tensor *gradients = copy(read_array(words[5]));
	cnnviz_tensor *steps = copy(gradients);
	int64_t count = tensor_count(variable);
	struct optimizer optimizer;

	if (!optimizer_start(&optimizer, &what, count)) {
		die("out of memory");
	}
	for (int64_t i = 0; i < tensor_shape(gradients)[0]; i++) {
		optimizer_step(&optimizer, atof(words[1]), tensor_mutable_data(variable),
				tensor_mutable_data(gradients) + i * count);
		memcpy(tensor_mutable_data(steps) + i * count, tensor_data(variable),
				(size_t)count * sizeof(float));
	}
	optimizer_end(&optimizer);
	write_array(words[6], steps);
}

static void run_penalty(char **words)
{
	const cnnviz_optimization what = {
		.l1 = atof(words[0]),
		.l2 = atof(words[1]),
		.norm = atof(words[2]),
		.norm_exponent = atof(words[3]),
		.variation = atof(words[4]),
		.variation_exponent = atof(words[5]),
	};
	cnnviz_tensor *image = read_array(words[6]);
	cnnviz_tensor *slope = create(tensor_shape(image)[0], tensor_shape(image)[1],
			tensor_shape(image)[2]);

	printf("%.17g\n",
			regularize(&what, extents_of(image), tensor_data(image),
					tensor_mutable_data(slope)));
	write_array(words[7], slope);
}

static void run_blur(char **words)
{
	cnnviz_tensor *image = copy(read_array(words[1]));
	const int64_t *shape = tensor_shape(image);
	const struct blur blur = {
		.deviation = atof(words[0]),
		.radius = (int64_t)(4 * atof(words[0]) + 0.5),
		.edge = BLUR_REPEAT,
	};

	if (!blur_planes(&blur, shape[0], shape[1], shape[2],
			    tensor_mutable_data(image))) {
		die("out of memory");
	}
	write_array(words[2], image);
}

static void run_least(char **words)
{
	cnnviz_tensor *image = read_array(words[1]), *gradient = read_array(words[2]);
	struct extents extents = extents_of(image);
	cnnviz_tensor *flags = create(1, extents.height, extents.width);
	uint8_t *least = calloc((size_t)tensor_count(flags), 1);

	if (least == NULL
			|| !find_least_important(extents, atof(words[0]),
					tensor_data(image), tensor_data(gradient),
					least)) {
		die("out of memory");
	}
	for (int64_t i = 0; i < tensor_count(flags); i++) {
		tensor_mutable_data(flags)[i] = least[i];
	}
	free(least);
	write_array(words[3], flags);
}

static void run_view(char **words)
{
	cnnviz_tensor *image = read_array(words[9]), *gradient = read_array(words[10]);
	const struct views views = {
		.extents = extents_of(image),
		.pad = atoi(words[0]),
		.height = atoi(words[1]),
		.width = atoi(words[2]),
		.gray = { 0.1f, 0.2f, 0.3f },
	};
	const struct view view = {
		.first = { atoi(words[3]), atoi(words[4]) },
		.scale = atof(words[5]),
		.angle = atof(words[6]),
		.last = { atoi(words[7]), atoi(words[8]) },
	};
	cnnviz_tensor *seen = create(views.extents.channels, views.height, views.width);
	cnnviz_tensor *slope = copy(image);

	view_apply(&views, &view, tensor_data(image), tensor_mutable_data(seen));
	view_gradient(&views, &view, tensor_data(gradient), tensor_mutable_data(slope));
	write_array(words[11], seen);
	write_array(words[12], slope);
}

static void run_space(char **words)
{
	const struct pixel_scale scale = {
		.channels = 3,
		.bgr = atoi(words[2]) != 0,
		.mean = { 0.485f, 0.456f, 0.406f },
		.std = { 0.229f, 0.224f, 0.225f },
	};
	int64_t height = atoi(words[3]), width = atoi(words[4]);
	cnnviz_tensor *variable = read_array(words[5]), *gradient = read_array(words[6]);
	cnnviz_tensor *input = create(3, height, width),
		      *image = create(3, height, width);
	cnnviz_tensor *slope = copy(variable), *back = copy(variable);
	struct space *space = space_create((uint32_t)atoi(words[0]), atoi(words[1]) != 0,
			&scale, height, width);

	if (space == NULL || space_size(space) != tensor_count(variable)) {
		die("the variable has another size");
	}
	space_input(space, tensor_data(variable), tensor_mutable_data(input));
	space_gradient(space, tensor_data(input), tensor_data(gradient),
			tensor_mutable_data(slope));
	pixels_from_input(&scale, height * width, tensor_data(input),
			tensor_mutable_data(image));
	space_from_image(space, tensor_data(image), tensor_mutable_data(back));
	space_free(space);
	write_array(words[7], input);
	write_array(words[8], slope);
	write_array(words[9], back);
}

static const struct {
	const char *name;
	int words;
	void (*run)(char **words);
} commands[] = {
	{ "step", 7, run_step },
	{ "penalty", 8, run_penalty },
	{ "blur", 3, run_blur },
	{ "least", 4, run_least },
	{ "view", 13, run_view },
	{ "space", 10, run_space },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[1], commands[i].name) == 0
				&& argc == commands[i].words + 2) {
			commands[i].run(argv + 2);
			while (made_count > 0) {
				tensor_unref(made[--made_count]);
			}
			return 0;
		}
	}
	die("unknown command or wrong number of words");
}
