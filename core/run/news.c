/**
 * \file    run/news.c
 * \brief   What a child's record has got, on its way to the parent's record
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "run/news.h"
#include "run/parcel.h"

enum topic {
	TOPIC_ENGINE,
	TOPIC_DIGEST,
	TOPIC_PICTURE,
	TOPIC_ARTIFACT,
	TOPIC_WARNING,
	TOPIC_JOB,
	TOPIC_FINISHED,
	TOPIC_COUNT,
};

/* No piece of news is nearly as long. */
#define LONGEST (UINT64_C(1) << 30)

static uint64_t optional(size_t index)
{
	return index == RECORD_NO_PICTURE ? UINT64_MAX : index;
}

/* ---- Sending ------------------------------------------------------------------------ */

static struct parcel begin(enum topic topic)
{
	struct parcel parcel = { 0 };

	parcel_put(&parcel, topic);
	return parcel;
}

static void send_off(const struct news *news, struct parcel *parcel)
{
	uint64_t length = parcel->length;

	fwrite(&length, sizeof(length), 1, news->report);
	fwrite(parcel->data, 1, parcel->length, news->report);
	fflush(news->report);
	free(parcel->data);
}

static void put_curve(struct parcel *parcel, const struct record_curve *curve)
{
	parcel_put(parcel, curve != NULL);
	if (!curve) {
		return;
	}
	parcel_put_text(parcel, curve->axis);
	parcel_put(parcel, curve->line_count);
	for (size_t i = 0; i < curve->line_count; i++) {
		parcel_put_text(parcel, curve->lines[i]);
	}
}

static void put_areas(struct parcel *parcel, const struct record_artifact *artifact)
{
	parcel_put(parcel, artifact->area_count);
	for (size_t i = 0; i < artifact->area_count; i++) {
		const struct record_area *area = &artifact->areas[i];

		parcel_put(parcel, (uint64_t)area->index);
		parcel_put(parcel, area->color);
		parcel_put(parcel, (uint64_t)area->pixels);
		parcel_put_real(parcel, area->fraction);
	}
}

static void send_artifact(const struct news *news, const struct record_artifact *artifact)
{
	struct parcel parcel = begin(TOPIC_ARTIFACT);

	parcel_put(&parcel, artifact->job);
	parcel_put(&parcel, optional(artifact->picture));
	parcel_put(&parcel, (uint64_t)artifact->target);
	parcel_put_text(&parcel, artifact->name);
	parcel_put(&parcel, artifact->kind);
	parcel_put_text(&parcel, artifact->path);
	parcel_put_text(&parcel, artifact->array);
	parcel_put(&parcel, (uint64_t)artifact->width);
	parcel_put(&parcel, (uint64_t)artifact->height);
	parcel_put(&parcel, artifact->rank);
	for (uint32_t i = 0; i < artifact->rank; i++) {
		parcel_put(&parcel, (uint64_t)artifact->shape[i]);
	}
	parcel_put_real(&parcel, artifact->value);
	parcel_put(&parcel, artifact->figure_count);
	for (size_t i = 0; i < artifact->figure_count; i++) {
		parcel_put_text(&parcel, artifact->figures[i].name);
		parcel_put_real(&parcel, artifact->figures[i].value);
	}
	put_curve(&parcel, artifact->curve);
	put_areas(&parcel, artifact);
	send_off(news, &parcel);
}

static void send_warning(const struct news *news, const struct record_warning *warning)
{
	struct parcel parcel = begin(TOPIC_WARNING);

	parcel_put(&parcel, warning->job);
	parcel_put(&parcel, optional(warning->picture));
	parcel_put(&parcel, (uint64_t)warning->target);
	parcel_put_text(&parcel, warning->text);
	send_off(news, &parcel);
}

static void send_job(const struct news *news, size_t index)
{
	const struct record_job *job = &news->record->jobs[index];
	struct parcel parcel = begin(TOPIC_JOB);

	parcel_put(&parcel, index);
	parcel_put(&parcel, job->done);
	parcel_put_text(&parcel, job->status == RECORD_FAILED ? job->reason : NULL);
	send_off(news, &parcel);
}

/** Send what is there and has not been sent. */
static void send_changes(void *context)
{
	struct news *news = context;
	const struct record *record = news->record;

	while (news->artifacts < record->artifact_count) {
		send_artifact(news, &record->artifacts[news->artifacts++]);
	}
	while (news->warnings < record->warning_count) {
		send_warning(news, &record->warnings[news->warnings++]);
	}
	for (size_t i = 0; i < record->plan->job_count; i++) {
		if (record->jobs[i].done != news->jobs[i].done
				|| record->jobs[i].status != news->jobs[i].status) {
			news->jobs[i] = record->jobs[i];
			send_job(news, i);
		}
	}
}

static void send_picture(const struct news *news, size_t index)
{
	const struct record_picture *picture = &news->record->pictures[index];
	struct parcel parcel = begin(TOPIC_PICTURE);

	parcel_put(&parcel, index);
	parcel_put(&parcel, picture->done);
	parcel_put_text(&parcel, picture->failure);
	parcel_put_text(&parcel, picture->input);
	parcel_put(&parcel, (uint64_t)picture->width);
	parcel_put(&parcel, (uint64_t)picture->height);
	parcel_put(&parcel, (uint64_t)picture->target);
	parcel_put_real(&parcel, picture->target_logit);
	parcel_put_real(&parcel, picture->target_probability);
	parcel_put(&parcel, picture->top_count);
	for (size_t i = 0; i < picture->top_count; i++) {
		parcel_put(&parcel, (uint64_t)picture->top[i].index);
		parcel_put_real(&parcel, picture->top[i].logit);
		parcel_put_real(&parcel, picture->top[i].probability);
		parcel_put_real(&parcel, picture->top[i].area);
	}
	send_off(news, &parcel);
}

void news_start(struct news *news, struct record *record, FILE *report)
{
	size_t jobs = record->plan->job_count;

	*news = (struct news){
		.report = report,
		.record = record,
		.artifacts = record->artifact_count,
		.warnings = record->warning_count,
		.jobs = memory_new(jobs, sizeof(*news->jobs)),
	};
	memcpy(news->jobs, record->jobs, jobs * sizeof(*news->jobs));
	record->listener = (struct record_listener){ send_changes, news };
}

void news_send_pictures(struct news *news)
{
	for (size_t i = 0; i < news->record->plan->picture_count; i++) {
		send_picture(news, i);
	}
}

void news_send_engine(struct news *news)
{
	struct parcel parcel = begin(TOPIC_ENGINE);

	parcel_put_text(&parcel, news->record->engine_name);
	parcel_put_text(&parcel, news->record->engine_description);
	send_off(news, &parcel);
}

void news_send_digest(struct news *news)
{
	struct parcel parcel = begin(TOPIC_DIGEST);

	parcel_put_text(&parcel, news->record->plan->model->digest);
	send_off(news, &parcel);
}

void news_finish(struct news *news)
{
	struct parcel parcel = begin(TOPIC_FINISHED);

	send_off(news, &parcel);
	news->record->listener = (struct record_listener){ NULL, NULL };
	free(news->jobs);
}

/* ---- Receiving ------------------------------------------------------------------------ */

/** A picture's index, or RECORD_NO_PICTURE */
static size_t get_picture(struct parcel *parcel, const struct plan *plan)
{
	uint64_t number = parcel_get(parcel);

	if (number == UINT64_MAX) {
		return RECORD_NO_PICTURE;
	}
	if (number >= plan->picture_count) {
		parcel->broken = true;
		return RECORD_NO_PICTURE;
	}
	return (size_t)number;
}

/** A text that must be there */
static char *get_some_text(struct parcel *parcel)
{
	char *text = parcel_get_text(parcel);

	parcel->broken = parcel->broken || !text;
	return text;
}

/** How many items follow; each takes at least as much as a number. */
static size_t get_count(struct parcel *parcel)
{
	return parcel_get_below(parcel,
			(parcel->length - parcel->place) / sizeof(uint64_t) + 1);
}

static struct record_curve *get_curve(struct parcel *parcel)
{
	if (parcel_get(parcel) == 0) {
		return NULL;
	}
	struct record_curve *curve = memory_new(1, sizeof(*curve));

	curve->axis = get_some_text(parcel);
	curve->line_count = get_count(parcel);
	curve->lines = memory_new(curve->line_count, sizeof(*curve->lines));
	for (size_t i = 0; i < curve->line_count; i++) {
		curve->lines[i] = get_some_text(parcel);
	}
	return curve;
}

static void get_areas(struct parcel *parcel, struct record_artifact *artifact)
{
	artifact->area_count = get_count(parcel);
	if (artifact->area_count == 0) {
		return;
	}
	artifact->areas = memory_new(artifact->area_count, sizeof(*artifact->areas));
	for (size_t i = 0; i < artifact->area_count; i++) {
		struct record_area *area = &artifact->areas[i];

		area->index = (int64_t)parcel_get(parcel);
		area->color = (uint32_t)parcel_get(parcel);
		area->pixels = (int64_t)parcel_get(parcel);
		area->fraction = parcel_get_real(parcel);
	}
}

static void get_figures(struct parcel *parcel, struct record_artifact *artifact)
{
	artifact->figure_count = parcel_get_below(parcel, RECORD_FIGURES + 1);
	for (size_t i = 0; i < artifact->figure_count; i++) {
		char *name = get_some_text(parcel);

		artifact->figures[i].name = name ? record_figure_name(name) : NULL;
		artifact->figures[i].value = parcel_get_real(parcel);
		parcel->broken = parcel->broken || !artifact->figures[i].name;
		free(name);
	}
}

static void take_artifact(struct record *record, struct parcel *parcel)
{
	struct record_artifact artifact = {
		.job = parcel_get_below(parcel, record->plan->job_count),
	};

	artifact.picture = get_picture(parcel, record->plan);
	artifact.target = (int64_t)parcel_get(parcel);
	artifact.name = get_some_text(parcel);
	artifact.kind = (enum record_kind)parcel_get_below(parcel, RECORD_LABELS + 1);
	artifact.path = parcel_get_text(parcel);
	artifact.array = parcel_get_text(parcel);
	artifact.width = (int64_t)parcel_get(parcel);
	artifact.height = (int64_t)parcel_get(parcel);
	artifact.rank = (uint32_t)parcel_get_below(parcel, CNNVIZ_MAX_RANK + 1);
	for (uint32_t i = 0; i < artifact.rank; i++) {
		artifact.shape[i] = (int64_t)parcel_get(parcel);
	}
	artifact.value = parcel_get_real(parcel);
	get_figures(parcel, &artifact);
	artifact.curve = get_curve(parcel);
	get_areas(parcel, &artifact);
	if (parcel->broken) {
		record_curve_free(artifact.curve);
		free(artifact.areas);
	} else {
		record_add(record, &artifact);
	}
	free(artifact.name);
	free(artifact.path);
	free(artifact.array);
}

static void take_warning(struct record *record, struct parcel *parcel)
{
	size_t job = parcel_get_below(parcel, record->plan->job_count);
	size_t picture = get_picture(parcel, record->plan);
	int64_t target = (int64_t)parcel_get(parcel);
	char *text = get_some_text(parcel);

	if (!parcel->broken) {
		record_warn(record, job, picture, target, text);
	}
	free(text);
}

static void take_job(struct record *record, struct parcel *parcel)
{
	size_t job = parcel_get_below(parcel, record->plan->job_count);
	size_t done = (size_t)parcel_get(parcel);
	char *reason = parcel_get_text(parcel);

	if (!parcel->broken) {
		record->jobs[job].done = done;
		if (reason) {
			record_fail(record, job, reason);
		}
	}
	free(reason);
}

static void take_picture(struct record *record, struct parcel *parcel)
{
	size_t index = parcel_get_below(parcel, record->plan->picture_count);
	struct record_picture picture = { .done = parcel_get(parcel) != 0 };

	picture.failure = parcel_get_text(parcel);
	picture.input = parcel_get_text(parcel);
	picture.width = (int64_t)parcel_get(parcel);
	picture.height = (int64_t)parcel_get(parcel);
	picture.target = (int64_t)parcel_get(parcel);
	picture.target_logit = parcel_get_real(parcel);
	picture.target_probability = parcel_get_real(parcel);
	picture.top_count = parcel_get_below(parcel, RECORD_TOP + 1);
	for (size_t i = 0; i < picture.top_count; i++) {
		picture.top[i].index = (int64_t)parcel_get(parcel);
		picture.top[i].logit = parcel_get_real(parcel);
		picture.top[i].probability = parcel_get_real(parcel);
		picture.top[i].area = parcel_get_real(parcel);
	}
	if (parcel->broken) {
		free(picture.failure);
		free(picture.input);
		return;
	}
	free(record->pictures[index].failure);
	free(record->pictures[index].input);
	record->pictures[index] = picture;
}

static void take_engine(struct record *record, struct parcel *parcel)
{
	free(record->engine_name);
	free(record->engine_description);
	record->engine_name = get_some_text(parcel);
	record->engine_description = get_some_text(parcel);
}

static void take_digest(const struct plan *plan, struct parcel *parcel)
{
	char *text = get_some_text(parcel);

	if (text && strlen(text) < sizeof(plan->model->digest)) {
		memcpy(plan->model->digest, text, strlen(text) + 1);
	}
	free(text);
}

static void take_parcel(struct news_inbox *inbox, struct parcel *parcel)
{
	struct record *record = inbox->record;

	switch ((enum topic)parcel_get_below(parcel, TOPIC_COUNT)) {
	case TOPIC_ENGINE:
		take_engine(record, parcel);
		inbox->engine = !parcel->broken;
		break;
	case TOPIC_DIGEST:
		take_digest(record->plan, parcel);
		break;
	case TOPIC_PICTURE:
		take_picture(record, parcel);
		break;
	case TOPIC_ARTIFACT:
		take_artifact(record, parcel);
		break;
	case TOPIC_WARNING:
		take_warning(record, parcel);
		break;
	case TOPIC_JOB:
		take_job(record, parcel);
		break;
	case TOPIC_FINISHED:
		inbox->finished = true;
		break;
	case TOPIC_COUNT:
		break;
	}
	inbox->broken = parcel->broken || parcel->place != parcel->length;
}

void news_take(struct news_inbox *inbox, const char *piece, size_t length)
{
	uint64_t wanted;
	size_t place = 0;

	if (inbox->broken) {
		return;
	}
	inbox->data = memory_resize(inbox->data, inbox->length + length, 1);
	memcpy(inbox->data + inbox->length, piece, length);
	inbox->length += length;
	while (!inbox->broken && inbox->length - place >= sizeof(wanted)) {
		memcpy(&wanted, inbox->data + place, sizeof(wanted));
		if (wanted > LONGEST) {
			inbox->broken = true;
		} else if (inbox->length - place - sizeof(wanted) < wanted) {
			break;
		} else {
			struct parcel parcel = {
				.data = inbox->data + place + sizeof(wanted),
				.length = (size_t)wanted,
			};

			take_parcel(inbox, &parcel);
			place += sizeof(wanted) + (size_t)wanted;
		}
	}
	inbox->length -= place;
	memmove(inbox->data, inbox->data + place, inbox->length);
}

void news_inbox_clear(struct news_inbox *inbox)
{
	free(inbox->data);
	inbox->data = NULL;
	inbox->length = 0;
}
