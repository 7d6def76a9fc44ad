/**
 * \file    host/artifact.h
 * \brief   How artifacts become files and records
 */
#ifndef HOST_ARTIFACT_H
#define HOST_ARTIFACT_H

#include "host/session.h"

/** Folder of the network's views; no job can have the name, the section is taken. */
#define ARTIFACT_INPUT_FOLDER "input"

/** An artifact's record without files and shape; the name is borrowed. */
struct record_artifact artifact_describe(size_t job, size_t picture, int64_t target,
		enum record_kind kind, const char *name);

/** "job/picture/name.extension" or, without a picture, "job/name.extension" */
char *artifact_path(const struct plan *plan, const struct record_artifact *artifact,
		const char *extension);

/** Full path of a relative one; its folder exists afterwards */
cnnviz_status artifact_place(const struct plan *plan, const char *relative, char **path,
		struct error *error);

/** Write NAME.npy */
cnnviz_status artifact_write_array(const struct plan *plan, const char *relative,
		const cnnviz_tensor *array, struct error *error);

/** Write NAME.png, and record it */
cnnviz_status artifact_keep_image(struct session *session,
		struct record_artifact artifact, const struct image *image,
		struct error *error);

/** Write NAME.npy, and record it */
cnnviz_status artifact_keep_array(struct session *session,
		struct record_artifact artifact, const cnnviz_tensor *array,
		struct error *error);

/** An animation that a technique has begun */
struct animation {
	char *name;
	struct gif *gif;
	struct record_artifact artifact;
	struct animation *next;
};

/** Append a frame to the animation that an artifact describes, the first one or the next. */
cnnviz_status animation_add(struct cnnviz_job *job,
		const struct record_artifact *artifact, const struct image *frame);

#endif
