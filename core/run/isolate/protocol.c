/**
 * \file    run/isolate/protocol.c
 * \brief   What a child's record has got, on its way to the parent's record
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "run/isolate/protocol.h"
#include "run/isolate/message.h"

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

/* No piece of sender is nearly as long. */
#define LONGEST (UINT64_C(1) << 30)

static uint64_t optional(size_t index)
{
	return index == RECORD_NO_PICTURE ? UINT64_MAX : index;
}

static size_t job_index(const struct record *record, const struct plan_job *job)
{
	return (size_t)(job - record->plan->jobs);
}

/* ---- Sending ------------------------------------------------------------------------ */

static struct message begin(enum topic topic)
{
	struct message message = { 0 };

	message_put(&message, topic);
	return message;
}

static void send_off(const struct protocol_sender *sender, struct message *message)
{
	uint64_t length = message->length;

	fwrite(&length, sizeof(length), 1, sender->report);
	fwrite(message->data, 1, message->length, sender->report);
	fflush(sender->report);
	free(message->data);
}

static void put_curve(struct message *message, const struct record_curve *curve)
{
	message_put(message, curve != NULL);
	if (curve == NULL) {
		return;
	}
	message_put_text(message, curve->axis);
	message_put(message, curve->line_count);
	for (size_t i = 0; i < curve->line_count; i++) {
		message_put_text(message, curve->lines[i]);
	}
}

static void put_areas(struct message *message, const struct record_artifact *artifact)
{
	message_put(message, artifact->area_count);
	for (size_t i = 0; i < artifact->area_count; i++) {
		const struct record_area *area = &artifact->areas[i];

		message_put(message, (uint64_t)area->index);
		message_put(message, area->color);
		message_put(message, (uint64_t)area->pixels);
		message_put_real(message, area->fraction);
	}
}

static void send_artifact(const struct protocol_sender *sender,
		const struct record_artifact *artifact)
{
	struct message message = begin(TOPIC_ARTIFACT);

	message_put(&message, job_index(sender->record, artifact->job));
	message_put(&message, optional(artifact->picture));
	message_put(&message, (uint64_t)artifact->target);
	message_put_text(&message, artifact->name);
	message_put(&message, artifact->kind);
	message_put_text(&message, artifact->path);
	message_put_text(&message, artifact->array);
	message_put(&message, (uint64_t)artifact->width);
	message_put(&message, (uint64_t)artifact->height);
	message_put(&message, artifact->rank);
	for (uint32_t i = 0; i < artifact->rank; i++) {
		message_put(&message, (uint64_t)artifact->shape[i]);
	}
	message_put_real(&message, artifact->value);
	message_put(&message, artifact->figure_count);
	for (size_t i = 0; i < artifact->figure_count; i++) {
		message_put_text(&message, artifact->figures[i].name);
		message_put_real(&message, artifact->figures[i].value);
	}
	put_curve(&message, artifact->curve);
	put_areas(&message, artifact);
	send_off(sender, &message);
}

static void send_warning(const struct protocol_sender *sender,
		const struct record_warning *warning)
{
	struct message message = begin(TOPIC_WARNING);

	message_put(&message, job_index(sender->record, warning->job));
	message_put(&message, optional(warning->picture));
	message_put(&message, (uint64_t)warning->target);
	message_put_text(&message, warning->text);
	send_off(sender, &message);
}

static void send_job(const struct protocol_sender *sender, size_t index)
{
	const struct record_job *job = &sender->record->jobs[index];
	struct message message = begin(TOPIC_JOB);

	message_put(&message, index);
	message_put(&message, job->done);
	message_put_text(&message, job->status == RECORD_FAILED ? job->reason : NULL);
	send_off(sender, &message);
}

/** Send what is there and has not been sent. */
static void send_changes(void *context)
{
	struct protocol_sender *sender = context;
	const struct record *record = sender->record;

	while (sender->artifacts < record->artifact_count) {
		send_artifact(sender, &record->artifacts[sender->artifacts++]);
	}
	while (sender->warnings < record->warning_count) {
		send_warning(sender, &record->warnings[sender->warnings++]);
	}
	for (size_t i = 0; i < record->plan->job_count; i++) {
		if (record->jobs[i].done != sender->jobs[i].done
				|| record->jobs[i].status != sender->jobs[i].status) {
			sender->jobs[i] = record->jobs[i];
			send_job(sender, i);
		}
	}
}

static void send_picture(const struct protocol_sender *sender, size_t index)
{
	const struct record_picture *picture = &sender->record->pictures[index];
	struct message message = begin(TOPIC_PICTURE);

	message_put(&message, index);
	message_put(&message, picture->done);
	message_put_text(&message, picture->failure);
	message_put_text(&message, picture->input);
	message_put(&message, (uint64_t)picture->width);
	message_put(&message, (uint64_t)picture->height);
	message_put(&message, (uint64_t)picture->target);
	message_put_real(&message, picture->target_logit);
	message_put_real(&message, picture->target_probability);
	message_put(&message, picture->top_count);
	for (size_t i = 0; i < picture->top_count; i++) {
		message_put(&message, (uint64_t)picture->top[i].index);
		message_put_real(&message, picture->top[i].logit);
		message_put_real(&message, picture->top[i].probability);
		message_put_real(&message, picture->top[i].area);
	}
	send_off(sender, &message);
}

void protocol_start(struct protocol_sender *sender, struct record *record, FILE *report)
{
	size_t jobs = record->plan->job_count;

	*sender = (struct protocol_sender){
		.report = report,
		.record = record,
		.artifacts = record->artifact_count,
		.warnings = record->warning_count,
		.jobs = memory_new(jobs, sizeof(*sender->jobs)),
	};
	memcpy(sender->jobs, record->jobs, jobs * sizeof(*sender->jobs));
	record->listener = (struct record_listener){ send_changes, sender };
}

void protocol_send_pictures(struct protocol_sender *sender)
{
	for (size_t i = 0; i < sender->record->plan->picture_count; i++) {
		send_picture(sender, i);
	}
}

void protocol_send_engine(struct protocol_sender *sender)
{
	struct message message = begin(TOPIC_ENGINE);

	message_put_text(&message, sender->record->engine_name);
	message_put_text(&message, sender->record->engine_description);
	send_off(sender, &message);
}

void protocol_send_digest(struct protocol_sender *sender)
{
	struct message message = begin(TOPIC_DIGEST);

	message_put_text(&message, sender->record->plan->model->digest);
	send_off(sender, &message);
}

void protocol_finish(struct protocol_sender *sender)
{
	struct message message = begin(TOPIC_FINISHED);

	send_off(sender, &message);
	sender->record->listener = (struct record_listener){ NULL, NULL };
	free(sender->jobs);
}

/* ---- Receiving ------------------------------------------------------------------------ */

static struct record_job *get_job(const struct record *record, struct message *message)
{
	return &record->jobs[message_get_below(message, record->plan->job_count)];
}

/** A picture's index, or RECORD_NO_PICTURE */
static size_t get_picture(struct message *message, const struct plan *plan)
{
	uint64_t number = message_get(message);

	if (number == UINT64_MAX) {
		return RECORD_NO_PICTURE;
	}
	if (number >= plan->picture_count) {
		message->broken = true;
		return RECORD_NO_PICTURE;
	}
	return (size_t)number;
}

/** A text that must be there */
static char *get_some_text(struct message *message)
{
	char *text = message_get_text(message);

	message->broken = message->broken || text == NULL;
	return text;
}

/** How many items follow; each takes at least as much as a number. */
static size_t get_count(struct message *message)
{
	return message_get_below(message,
			(message->length - message->place) / sizeof(uint64_t) + 1);
}

static struct record_curve *get_curve(struct message *message)
{
	if (message_get(message) == 0) {
		return NULL;
	}
	struct record_curve *curve = memory_new(1, sizeof(*curve));

	curve->axis = get_some_text(message);
	curve->line_count = get_count(message);
	curve->lines = memory_new(curve->line_count, sizeof(*curve->lines));
	for (size_t i = 0; i < curve->line_count; i++) {
		curve->lines[i] = get_some_text(message);
	}
	return curve;
}

static void get_areas(struct message *message, struct record_artifact *artifact)
{
	artifact->area_count = get_count(message);
	if (artifact->area_count == 0) {
		return;
	}
	artifact->areas = memory_new(artifact->area_count, sizeof(*artifact->areas));
	for (size_t i = 0; i < artifact->area_count; i++) {
		struct record_area *area = &artifact->areas[i];

		area->index = (int64_t)message_get(message);
		area->color = (uint32_t)message_get(message);
		area->pixels = (int64_t)message_get(message);
		area->fraction = message_get_real(message);
	}
}

static void get_figures(struct message *message, struct record_artifact *artifact)
{
	artifact->figure_count = message_get_below(message, RECORD_FIGURES + 1);
	for (size_t i = 0; i < artifact->figure_count; i++) {
		char *name = get_some_text(message);

		artifact->figures[i].name = name != NULL ? record_figure_name(name)
							 : NULL;
		artifact->figures[i].value = message_get_real(message);
		message->broken = message->broken || artifact->figures[i].name == NULL;
		free(name);
	}
}

static void take_artifact(struct record *record, struct message *message)
{
	struct record_artifact artifact = {
		.job = get_job(record, message)->plan,
	};

	artifact.picture = get_picture(message, record->plan);
	artifact.target = (int64_t)message_get(message);
	artifact.name = get_some_text(message);
	artifact.kind = (enum record_kind)message_get_below(message, RECORD_LABELS + 1);
	artifact.path = message_get_text(message);
	artifact.array = message_get_text(message);
	artifact.width = (int64_t)message_get(message);
	artifact.height = (int64_t)message_get(message);
	artifact.rank = (uint32_t)message_get_below(message, CNNVIZ_MAX_RANK + 1);
	for (uint32_t i = 0; i < artifact.rank; i++) {
		artifact.shape[i] = (int64_t)message_get(message);
	}
	artifact.value = message_get_real(message);
	get_figures(message, &artifact);
	artifact.curve = get_curve(message);
	get_areas(message, &artifact);
	if (message->broken) {
		record_curve_free(artifact.curve);
		free(artifact.areas);
	} else {
		record_add(record, &artifact);
	}
	free(artifact.name);
	free(artifact.path);
	free(artifact.array);
}

static void take_warning(struct record *record, struct message *message)
{
	const struct plan_job *job = get_job(record, message)->plan;
	size_t picture = get_picture(message, record->plan);
	int64_t target = (int64_t)message_get(message);
	char *text = get_some_text(message);

	if (!message->broken) {
		record_warn(record, job, picture, target, text);
	}
	free(text);
}

static void take_job(struct record *record, struct message *message)
{
	struct record_job *job = get_job(record, message);
	size_t done = (size_t)message_get(message);
	char *reason = message_get_text(message);

	if (!message->broken) {
		job->done = done;
		if (reason != NULL) {
			record_fail(record, job, reason);
		}
	}
	free(reason);
}

static void take_picture(struct record *record, struct message *message)
{
	size_t index = message_get_below(message, record->plan->picture_count);
	struct record_picture picture = { .done = message_get(message) != 0 };

	picture.failure = message_get_text(message);
	picture.input = message_get_text(message);
	picture.width = (int64_t)message_get(message);
	picture.height = (int64_t)message_get(message);
	picture.target = (int64_t)message_get(message);
	picture.target_logit = message_get_real(message);
	picture.target_probability = message_get_real(message);
	picture.top_count = message_get_below(message, RECORD_TOP + 1);
	for (size_t i = 0; i < picture.top_count; i++) {
		picture.top[i].index = (int64_t)message_get(message);
		picture.top[i].logit = message_get_real(message);
		picture.top[i].probability = message_get_real(message);
		picture.top[i].area = message_get_real(message);
	}
	if (message->broken) {
		free(picture.failure);
		free(picture.input);
		return;
	}
	free(record->pictures[index].failure);
	free(record->pictures[index].input);
	record->pictures[index] = picture;
}

static void take_engine(struct record *record, struct message *message)
{
	free(record->engine_name);
	free(record->engine_description);
	record->engine_name = get_some_text(message);
	record->engine_description = get_some_text(message);
}

static void take_digest(const struct plan *plan, struct message *message)
{
	char *text = get_some_text(message);

	if (text != NULL && strlen(text) < sizeof(plan->model->digest)) {
		memcpy(plan->model->digest, text, strlen(text) + 1);
	}
	free(text);
}

static void take_parcel(struct protocol_receiver *receiver, struct message *message)
{
	struct record *record = receiver->record;

	switch ((enum topic)message_get_below(message, TOPIC_COUNT)) {
	case TOPIC_ENGINE:
		take_engine(record, message);
		receiver->engine = !message->broken;
		break;
	case TOPIC_DIGEST:
		take_digest(record->plan, message);
		break;
	case TOPIC_PICTURE:
		take_picture(record, message);
		break;
	case TOPIC_ARTIFACT:
		take_artifact(record, message);
		break;
	case TOPIC_WARNING:
		take_warning(record, message);
		break;
	case TOPIC_JOB:
		take_job(record, message);
		break;
	case TOPIC_FINISHED:
		receiver->finished = true;
		break;
	case TOPIC_COUNT:
		break;
	}
	receiver->broken = message->broken || message->place != message->length;
}

void protocol_take(struct protocol_receiver *receiver, const char *piece, size_t length)
{
	uint64_t wanted;
	size_t place = 0;

	if (receiver->broken) {
		return;
	}
	receiver->data = memory_resize(receiver->data, receiver->length + length, 1);
	memcpy(receiver->data + receiver->length, piece, length);
	receiver->length += length;
	while (!receiver->broken && receiver->length - place >= sizeof(wanted)) {
		memcpy(&wanted, receiver->data + place, sizeof(wanted));
		if (wanted > LONGEST) {
			receiver->broken = true;
		} else if (receiver->length - place - sizeof(wanted) < wanted) {
			break;
		} else {
			struct message message = {
				.data = receiver->data + place + sizeof(wanted),
				.length = (size_t)wanted,
			};

			take_parcel(receiver, &message);
			place += sizeof(wanted) + (size_t)wanted;
		}
	}
	receiver->length -= place;
	memmove(receiver->data, receiver->data + place, receiver->length);
}

void protocol_receiver_clear(struct protocol_receiver *receiver)
{
	free(receiver->data);
	receiver->data = NULL;
	receiver->length = 0;
}
