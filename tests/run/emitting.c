/*
 * Emits one or more artifacts of every type, with values that a formula gives, or
 * breaks the rules of one type in the way selected by a parameter.
 */
#include <math.h>
#include <stdio.h>

#include <cnnviz/cnnviz.h>

/* Also built as a technique that is run once, without a picture */
#ifndef EMITTING_NAME
#define EMITTING_NAME "emitting"
#define EMITTING_MODE CNNVIZ_RUN_PER_PICTURE
#endif

enum {
	WELL,
	ITEMS,
	SIZES,
	FRAME_NOT_A_NUMBER,
	FRAME_OPACITY,
	FRAME_OF_IMAGE,
	CURVE_NOT_A_NUMBER,
	CURVE_OF_CUBES,
	CURVE_WITHOUT_AXIS,
	LABEL_HALF,
	LABEL_HIGH,
	LABEL_NEGATIVE,
	LABEL_NOT_A_NUMBER,
	LABELS_DEEP,
	IMAGE_OF_FIVE,
	UNSAVED,
	TWICE,
	SUFFIX,
	ITEM,
	LATE,
	CROWD,
};

static const char *const ways[] = {
	"well",
	"items",
	"sizes",
	"frame_not_a_number",
	"frame_opacity",
	"frame_of_image",
	"curve_not_a_number",
	"curve_of_cubes",
	"curve_without_axis",
	"label_half",
	"label_high",
	"label_negative",
	"label_not_a_number",
	"labels_deep",
	"image_of_five",
	"unsaved",
	"twice",
	"suffix",
	"item",
	"late",
	"crowd",
	NULL,
};

static const cnnviz_parameter parameters[] = {
	{ "how", CNNVIZ_PARAMETER_ENUM, .default_value = "well", .choices = ways,
			.summary = "which fault to show" },
};

static const cnnviz_artifact artifacts[] = {
	{ "film", CNNVIZ_ARTIFACT_ANIMATION, .summary = "moving colors" },
	{ "loss", CNNVIZ_ARTIFACT_CURVE, .summary = "numbers that fall" },
	{ "objects", CNNVIZ_ARTIFACT_LABELS, .summary = "a class each" },
	{ "cutout", CNNVIZ_ARTIFACT_IMAGE, .summary = "seen through" },
	{ "step", CNNVIZ_ARTIFACT_IMAGE, .summary = "a picture of a series" },
	{ "seen", CNNVIZ_ARTIFACT_ARRAY, .summary = "what the network sees" },
	{ "score", CNNVIZ_ARTIFACT_SCALAR, .summary = "a number of a series" },
};

/** Without memory a NULL, which all services refuse */
static cnnviz_tensor *make(const cnnviz_host *host, cnnviz_job *job, uint32_t rank,
		int64_t a, int64_t b, int64_t c)
{
	cnnviz_tensor *made = NULL;

	host->tensor->create(job, rank, (const int64_t[]){ a, b, c }, &made);
	return made;
}

/* ---- Animations ---------------------------------------------------------------- */

/** (channels,height,width): x, y and time as red, green and blue, or x as gray */
static cnnviz_tensor *make_frame(const cnnviz_host *host, cnnviz_job *job,
		int64_t channels, int64_t height, int64_t width, float time)
{
	cnnviz_tensor *frame = make(host, job, 3, channels, height, width);
	float *data = host->tensor->mutable_data(frame);

	for (int64_t i = 0; i < channels * height * width; i++) {
		float x = (float)(i % width) / (float)(width - 1);
		float y = (float)(i / width % height) / (float)(height - 1);

		data[i] = i < height * width             ? x
				: i < 2 * height * width ? y
				: i < 3 * height * width ? time
							 : 0.5f;
	}
	return frame;
}

static cnnviz_status give_frame(const cnnviz_host *host, cnnviz_job *job,
		const char *name, const char *suffix, cnnviz_tensor *frame)
{
	cnnviz_status status = host->artifact->frame(job, name, suffix, frame,
			CNNVIZ_WHOLE);

	host->tensor->unref(frame);
	return status;
}

/** Two animations by turns, of few and of many colors, and a gray one of one frame */
static cnnviz_status give_films(const cnnviz_host *host, cnnviz_job *job)
{
	cnnviz_status status = CNNVIZ_OK;

	for (int k = 0; k < 5 && status == CNNVIZ_OK; k++) {
		status = give_frame(host, job, "film", NULL,
				make_frame(host, job, 3, 12, 20, (float)k / 4));
		if (status == CNNVIZ_OK && k < 3) {
			status = give_frame(host, job, "film", "many",
					make_frame(host, job, 3, 70, 90, (float)k / 2));
		}
	}
	return status != CNNVIZ_OK ? status
				   : give_frame(host, job, "film", "gray",
						   make_frame(host, job, 1, 8, 9, 0));
}

/* ---- Curves -------------------------------------------------------------------- */

static cnnviz_status give_curve(const cnnviz_host *host, cnnviz_job *job,
		const char *suffix, int64_t steps, int64_t lines,
		const char *const *names)
{
	cnnviz_tensor *values = make(host, job, lines > 0 ? 2 : 1, steps, lines, 0);
	int64_t columns = lines > 0 ? lines : 1;

	for (int64_t i = 0; i < steps * columns; i++) {
		host->tensor->mutable_data(values)[i] = (float)(100
						* exp(-(double)(i / columns) / 10)
				+ (double)(i % columns));
	}
	cnnviz_status status = host->artifact->curve(job, "loss", suffix, values, names,
			"loss");

	host->tensor->unref(values);
	return status;
}

static cnnviz_status give_curves(const cnnviz_host *host, cnnviz_job *job)
{
	static const char *const names[] = { "first", "<b>\"second\" & co</b>", "third" };
	static const struct {
		const char *suffix;
		int64_t steps, lines;
		const char *const *names;
	} cases[] = {
		{ NULL, 50, 0, NULL },
		{ "lines", 30, 3, names },
		{ "many", 30, 12, NULL },
		{ "one", 1, 0, NULL },
		{ "flat", 2, 1, NULL },
		{ "long", 5000, 0, NULL },
	};
	cnnviz_status status = CNNVIZ_OK;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases) && status == CNNVIZ_OK;
			i++) {
		status = give_curve(host, job, cases[i].suffix, cases[i].steps,
				cases[i].lines, cases[i].names);
	}
	return status;
}

/* ---- Label maps, pictures and numbers ------------------------------------------ */

/** Classes 0 to 6 in (10,14), the upper left one replaced */
static cnnviz_status give_labels(const cnnviz_host *host, cnnviz_job *job, float corner)
{
	cnnviz_tensor *labels = make(host, job, 2, 10, 14, 0);
	float *data = host->tensor->mutable_data(labels);

	for (int64_t i = 0; i < 140; i++) {
		data[i] = (float)(i % 14 / 5 + 3 * (i / 14 / 7));
	}
	data[0] = corner;
	cnnviz_status status = host->artifact->labels(job, "objects", NULL, labels,
			CNNVIZ_WHOLE);

	host->tensor->unref(labels);
	return status;
}

static cnnviz_status give_image(const cnnviz_host *host, cnnviz_job *job,
		const char *name, const char *suffix, cnnviz_tensor *image)
{
	cnnviz_status status = host->artifact->image(job, name, suffix, image,
			CNNVIZ_WHOLE);

	host->tensor->unref(image);
	return status;
}

/** Twelve pictures and numbers of a series; gray levels between those of 8 bits */
static cnnviz_status give_series(const cnnviz_host *host, cnnviz_job *job)
{
	cnnviz_status status = CNNVIZ_OK;
	char number[16];

	for (int k = 1; k <= 12 && status == CNNVIZ_OK; k++) {
		snprintf(number, sizeof(number), "%04d", 10 * k);
		status = give_image(host, job, "step", number,
				make_frame(host, job, 3, 20, 31, (float)k / 12));
		if (status == CNNVIZ_OK) {
			status = host->artifact->scalar(job, "score", number, 0.5 * k);
		}
	}
	return status != CNNVIZ_OK ? status
				   : give_image(host, job, "step", "fine",
						   make_frame(host, job, 1, 2, 300, 0));
}

/** A picture out of a batch, under a suffix that needs to be made a file's name */
static cnnviz_status give_item(const cnnviz_host *host, cnnviz_job *job, uint32_t item)
{
	cnnviz_tensor *batch = NULL;
	cnnviz_status status = host->tensor->create(job, 4,
			(const int64_t[]){ 3, 1, 2, 2 }, &batch);

	for (int i = 0; i < 12 && status == CNNVIZ_OK; i++) {
		host->tensor->mutable_data(batch)[i] = (float)(i / 4) / 2;
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->image(job, "step", "a/b c", batch, item);
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->array(job, "seen", "item", batch, item);
	}
	host->tensor->unref(batch);
	return status;
}

static cnnviz_status give_seen(const cnnviz_host *host, cnnviz_job *job,
		const char *suffix)
{
	cnnviz_tensor *input = NULL;
	cnnviz_status status = host->artifact->read_back(job, "step", suffix, &input);

	if (status == CNNVIZ_OK) {
		status = host->artifact->array(job, "seen", NULL, input, CNNVIZ_WHOLE);
	}
	host->tensor->unref(input);
	return status;
}

static cnnviz_status give_all(const cnnviz_host *host, cnnviz_job *job)
{
	cnnviz_status status = give_films(host, job);

	if (status != CNNVIZ_OK || (status = give_curves(host, job)) != CNNVIZ_OK
			|| (status = give_labels(host, job, 6)) != CNNVIZ_OK
			|| (status = give_series(host, job)) != CNNVIZ_OK
			|| (status = give_image(host, job, "cutout", NULL,
					    make_frame(host, job, 4, 20, 31, 0.25f)))
					!= CNNVIZ_OK) {
		return status;
	}
	return give_seen(host, job, "0050");
}

/* ---- Faults -------------------------------------------------------------------- */

static cnnviz_status give_wrong_frame(const cnnviz_host *host, cnnviz_job *job,
		int64_t how)
{
	cnnviz_tensor *frame = make_frame(host, job, how == FRAME_OPACITY ? 4 : 3, 12, 20,
			0);

	if (how == FRAME_NOT_A_NUMBER) {
		host->tensor->mutable_data(frame)[7] = NAN;
	}
	return give_frame(host, job, how == FRAME_OF_IMAGE ? "step" : "film", NULL,
			frame);
}

static cnnviz_status give_wrong_curve(const cnnviz_host *host, cnnviz_job *job,
		int64_t how)
{
	cnnviz_tensor *values = make(host, job, how == CURVE_OF_CUBES ? 3 : 2, 4, 3, 2);

	host->tensor->mutable_data(values)[5] = how == CURVE_NOT_A_NUMBER ? NAN : 1;
	cnnviz_status status = host->artifact->curve(job, "loss", NULL, values, NULL,
			how == CURVE_WITHOUT_AXIS ? NULL : "loss");

	host->tensor->unref(values);
	return status;
}

static cnnviz_status give_crowd(const cnnviz_host *host, cnnviz_job *job)
{
	cnnviz_status status = CNNVIZ_OK;
	char number[16];

	for (int k = 0; k < 300 && status == CNNVIZ_OK; k++) {
		snprintf(number, sizeof(number), "%d", k);
		status = give_frame(host, job, "film", number,
				make_frame(host, job, 3, 2, 2, 0));
	}
	return status;
}

/** What a technique returns that has not noticed */
static cnnviz_status give_wrong(const cnnviz_host *host, cnnviz_job *job, int64_t how)
{
	cnnviz_tensor *deep;

	switch (how) {
	case SIZES:
		give_frame(host, job, "film", NULL, make_frame(host, job, 3, 12, 20, 0));
		give_frame(host, job, "film", NULL, make_frame(host, job, 3, 12, 21, 0));
		break;
	case CURVE_NOT_A_NUMBER:
	case CURVE_OF_CUBES:
	case CURVE_WITHOUT_AXIS:
		give_wrong_curve(host, job, how);
		break;
	case LABEL_HALF:
	case LABEL_HIGH:
	case LABEL_NEGATIVE:
		give_labels(host, job,
				how == LABEL_HALF                   ? 2.5f
						: how == LABEL_HIGH ? 7
								    : -1);
		break;
	case LABEL_NOT_A_NUMBER:
		give_labels(host, job, NAN);
		break;
	case LABELS_DEEP:
		deep = make(host, job, 3, 2, 10, 14);
		host->artifact->labels(job, "objects", NULL, deep, CNNVIZ_WHOLE);
		host->tensor->unref(deep);
		break;
	case IMAGE_OF_FIVE:
		give_image(host, job, "step", NULL, make_frame(host, job, 5, 4, 4, 0));
		break;
	case UNSAVED:
		give_seen(host, job, "0001");
		break;
	case TWICE:
		give_labels(host, job, 1);
		give_labels(host, job, 1);
		break;
	case SUFFIX:
		give_image(host, job, "step", "", make_frame(host, job, 3, 4, 4, 0));
		break;
	case ITEM:
		give_item(host, job, 3);
		break;
	default:
		give_wrong_frame(host, job, how);
	}
	return CNNVIZ_OK;
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	int64_t how = host->parameter->integer(job, "how");
	cnnviz_status status;

	(void)batch;
	switch (how) {
	case WELL:
		return give_all(host, job);
	case ITEMS:
		return give_item(host, job, 1);
	case LATE:
		status = give_films(host, job);
		return status != CNNVIZ_OK ? status
					   : host->fail(job, CNNVIZ_ERROR_UNSUPPORTED,
							   "it is too late");
	case CROWD:
		return give_crowd(host, job);
	default:
		return give_wrong(host, job, how);
	}
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL(EMITTING_NAME, "1.0"),
	.summary = "Leaves artifacts of every kind",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = EMITTING_MODE,
	.run = run,
};

CNNVIZ_PLUGIN(technique)
