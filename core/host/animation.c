/**
 * \file    host/animation.c
 * \brief   Writes animations frame by frame
 */
#include "host/animation.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "image/gif.h"
#include "host/artifact_files.h"
#include "host/job.h"

/** Each has an open file and a frame in memory. */
#define ANIMATIONS_MAX 256

struct animation {
	char *name;
	struct gif *gif;
	struct record_artifact artifact;
	struct animation *next;
};

static struct animation *find_animation(const struct cnnviz_job *job, const char *name,
		size_t *count)
{
	struct animation *animation = job->animations;

	for (*count = 0; animation != NULL && strcmp(animation->name, name) != 0;
			++*count) {
		animation = animation->next;
	}
	return animation;
}

static cnnviz_status animation_begin(struct cnnviz_job *job,
		const struct record_artifact *artifact, const struct image *frame,
		struct animation **result)
{
	struct sink *sink = job->session->sink;
	char *relative = artifact_path(sink->plan, artifact, "gif");
	struct writer *writer = NULL;
	struct gif *gif = NULL;
	cnnviz_status status = sink->operations->open(sink, relative, &writer,
			&job->fault->error);

	if (status == CNNVIZ_OK) {
		status = gif_start(writer, frame->width, frame->height, &gif,
				&job->fault->error);
	}
	if (status != CNNVIZ_OK) {
		free(relative);
		return status;
	}
	struct animation *animation = memory_new(1, sizeof(*animation));

	animation->name = memory_text(artifact->name);
	animation->gif = gif;
	animation->artifact = *artifact;
	animation->artifact.name = animation->name;
	animation->artifact.path = relative;
	animation->artifact.rank = 4;
	animation->artifact.shape[1] = frame->channels;
	animation->artifact.shape[2] = animation->artifact.height = frame->height;
	animation->artifact.shape[3] = animation->artifact.width = frame->width;
	animation->next = job->animations;
	job->animations = animation;
	*result = animation;
	return CNNVIZ_OK;
}

cnnviz_status animation_add(struct cnnviz_job *job,
		const struct record_artifact *artifact, const struct image *frame)
{
	size_t count;
	struct animation *animation = find_animation(job, artifact->name, &count);
	cnnviz_status status = CNNVIZ_OK;

	if (animation == NULL && count == ANIMATIONS_MAX) {
		return job_fail(job, CNNVIZ_ERROR_UNSUPPORTED,
				"more than %d animations at once; write fewer",
				ANIMATIONS_MAX);
	}
	if (animation == NULL) {
		status = animation_begin(job, artifact, frame, &animation);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	int64_t *shape = animation->artifact.shape;

	if (shape[1] != frame->channels || shape[2] != frame->height
			|| shape[3] != frame->width) {
		return job_misuse(job,
				"the frames of \"%s\" are (%lld,%lld,%lld), but one is "
				"(%d,%lld,%lld)",
				artifact->name, (long long)shape[1], (long long)shape[2],
				(long long)shape[3], frame->channels,
				(long long)frame->height, (long long)frame->width);
	}
	shape[0]++;
	return gif_add(animation->gif, frame, &job->fault->error);
}

/** Reverse the list, in which the latest animation is first. */
static struct animation *reverse(struct animation *list)
{
	struct animation *reversed = NULL;

	while (list != NULL) {
		struct animation *next = list->next;

		list->next = reversed;
		reversed = list;
		list = next;
	}
	return reversed;
}

cnnviz_status animations_finish(struct cnnviz_job *job, cnnviz_status status,
		struct error *error)
{
	struct animation *animation = reverse(job->animations);

	job->animations = NULL;
	while (animation != NULL) {
		struct animation *next = animation->next;

		if (status == CNNVIZ_OK) {
			status = gif_commit(animation->gif, error);
			if (status == CNNVIZ_OK) {
				record_add(job->session->record, &animation->artifact);
			}
		} else {
			gif_abort(animation->gif);
		}
		free(animation->artifact.path);
		free(animation->name);
		free(animation);
		animation = next;
	}
	return status;
}
