/**
 * \file    output/gallery_values.c
 * \brief   Links to arrays, with the values of small ones in the page
 */
#include "output/gallery_values.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/markup.h"
#include "base/memory.h"
#include "base/npy.h"
#include "base/tensor.h"
#include "output/gallery_pages.h"

/** All values in a page; 22 MB as base64, or the gradients of 27 pictures of 224x224 */
#define MOST_VALUES (INT64_C(4) << 20)
/** The same of one of several pages, which are to be smaller: 3 MB */
#define MOST_OF_SEVERAL (INT64_C(1) << 19)

/* ---- Which arrays -------------------------------------------------------------- */

/** Whether an artifact has values for each place of a picture */
static bool is_map(const struct record_artifact *artifact)
{
	return artifact->kind == RECORD_MAP || artifact->kind == RECORD_LABELS;
}

static int64_t value_count(const struct record_artifact *artifact)
{
	int64_t count = 1;

	for (uint32_t i = 0; i < artifact->rank; i++) {
		count *= artifact->shape[i];
	}
	return count;
}

static int compare_counts(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

/** Add the numbers of values of a job's maps. */
static void add_counts(const struct gallery *gallery, const struct plan_job *job,
		int64_t *counts, size_t *count)
{
	const struct record *record = gallery->record;
	struct record_span span = record_artifacts_of(record, job, gallery->first,
			job_is_once(job) ? RECORD_NO_PICTURE : gallery->end);

	for (size_t i = span.start; i < span.end; i++) {
		if (is_map(&record->artifacts[i])) {
			counts[(*count)++] = value_count(&record->artifacts[i]);
		}
	}
}

/** The number of values of each map of the page, in rising order */
static int64_t *sorted_counts(const struct gallery *gallery, size_t *count)
{
	const struct record *record = gallery->record;
	int64_t *counts = memory_new(record->artifact_count + 1, sizeof(*counts));

	*count = 0;
	for (size_t i = 0; i < record->plan->job_count; i++) {
		if (gallery->page == 0 || !job_is_once(&record->plan->jobs[i])) {
			add_counts(gallery, &record->plan->jobs[i], counts, count);
		}
	}
	qsort(counts, *count, sizeof(*counts), compare_counts);
	return counts;
}

int64_t gallery_values_limit(const struct gallery *gallery)
{
	size_t count;
	int64_t *counts = sorted_counts(gallery, &count);
	int64_t most = gallery_pages_count(gallery->record) > 1 ? MOST_OF_SEVERAL
								: MOST_VALUES;
	int64_t limit = 0, sum = 0;

	for (size_t i = 0; i < count; i++) {
		sum += counts[i];
		if (sum > most) {
			break;
		}
		if (i + 1 == count || counts[i + 1] != counts[i]) {
			limit = counts[i];
		}
	}
	free(counts);
	return limit;
}

const struct record_artifact *gallery_values_of(const struct gallery *gallery,
		const struct record_artifact *picture)
{
	const struct record *record = gallery->record;
	size_t i = (size_t)(picture - record->artifacts);

	if (picture->kind == RECORD_LABELS) {
		return picture;
	}
	if (picture->kind != RECORD_IMAGE || picture->job->common == NULL) {
		return NULL;
	}
	/* A map and the pictures drawn of it are neighbors. */
	while (i > 0 && record->artifacts[i - 1].job == picture->job
			&& record->artifacts[i - 1].picture == picture->picture) {
		i--;
	}
	for (; i < record->artifact_count && record->artifacts[i].job == picture->job
			&& record->artifacts[i].picture == picture->picture;
			i++) {
		if (record->artifacts[i].kind == RECORD_MAP) {
			return &record->artifacts[i];
		}
	}
	return NULL;
}

/* ---- Writing ------------------------------------------------------------------- */

static void put_base64(FILE *out, const unsigned char *bytes, size_t size)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx"
				     "yz0123456789+/";

	for (size_t i = 0; i < size; i += 3) {
		uint32_t group = 0;

		for (size_t k = i; k < i + 3; k++) {
			group = group << 8 | (k < size ? bytes[k] : 0);
		}
		putc(digits[group >> 18], out);
		putc(digits[group >> 12 & 63], out);
		putc(i + 1 < size ? digits[group >> 6 & 63] : '=', out);
		putc(i + 2 < size ? digits[group & 63] : '=', out);
	}
}

/** Write values as base64 of little-endian float32. */
static void put_values(FILE *out, const cnnviz_tensor *tensor)
{
	size_t count = (size_t)tensor_count(tensor);
	unsigned char *bytes = memory_new(count, 4);

	for (size_t i = 0; i < count; i++) {
		uint32_t bits;

		memcpy(&bits, &tensor_data(tensor)[i], sizeof(bits));
		for (size_t k = 0; k < 4; k++) {
			bytes[4 * i + k] = (unsigned char)(bits >> (8 * k));
		}
	}
	put_base64(out, bytes, 4 * count);
	free(bytes);
}

/** Write the values of an array; where it cannot be read, the page goes without. */
static void embed(const struct gallery *gallery, const struct record_artifact *artifact)
{
	char *full = path_join(gallery->record->plan->output,
			record_array_path(artifact));
	cnnviz_tensor *tensor = NULL;
	struct error error;
	cnnviz_status status = artifact->packed
			? npy_read_row(full, artifact->row, &tensor, &error)
			: npy_read(full, &tensor, &error);

	if (status == CNNVIZ_OK) {
		fputs("\" data-values=\"", gallery->out);
		put_values(gallery->out, tensor);
		tensor_unref(tensor);
	}
	free(full);
}

void gallery_values_address(FILE *out, const struct record_artifact *artifact)
{
	markup_url(out, record_array_path(artifact));
	if (artifact->packed) {
		fprintf(out, "#row=%lld", (long long)artifact->row);
	}
}

void gallery_values_link(const struct gallery *gallery,
		const struct record_artifact *artifact, const char *text)
{
	FILE *out = gallery->out;

	fputs("<a href=\"", out);
	gallery_values_address(out, artifact);
	if (is_map(artifact)) {
		fputs("\" data-shape=\"", out);
		for (uint32_t i = 0; i < artifact->rank; i++) {
			fprintf(out, "%s%lld", i > 0 ? " " : "",
					(long long)artifact->shape[i]);
		}
		if (value_count(artifact) <= gallery->embedded) {
			embed(gallery, artifact);
		}
	}
	fputs("\">", out);
	markup_text(out, text);
	fputs("</a>", out);
}
