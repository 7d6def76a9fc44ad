/**
 * \file    host/artifact_files.h
 * \brief   Puts artifacts into the sink, and adds them to the record
 */
#ifndef HOST_ARTIFACT_FILES_H
#define HOST_ARTIFACT_FILES_H

#include "host/session.h"

/**
 * Folder of the network's views; no job can have this name, which is that of a section.
 */
#define ARTIFACT_INPUT_FOLDER "input"

/** An artifact's record without files and shape; the name is borrowed. */
struct record_artifact artifact_describe(const struct plan_job *job, size_t picture,
		int64_t target, enum record_kind kind, const char *name);

/** "job/picture/name.extension" or, without a picture, "job/name.extension" */
char *artifact_path(const struct plan *plan, const struct record_artifact *artifact,
		const char *extension);

/** Artifacts that are in the sink, and are yet to be recorded */
struct artifact_list {
	struct record_artifact *items;
	size_t count;
};

/**
 * \brief   Put NAME.png or NAME.jpg, and add it to a list
 *
 * Like artifact_list_array(), it touches nothing but its arguments, so that threads may
 * call it.
 */
cnnviz_status artifact_list_image(struct sink *sink, struct artifact_list *list,
		struct record_artifact artifact, const struct image *image,
		struct error *error);

/** Put NAME.npy, whatever is packed, and add it to a list. */
cnnviz_status artifact_list_array(struct sink *sink, struct artifact_list *list,
		struct record_artifact artifact, const cnnviz_tensor *array,
		struct error *error);

/** Add a copy of an artifact to a list. */
void artifact_list_add(struct artifact_list *list,
		const struct record_artifact *artifact);

/** Record the artifacts of a list, and free it. */
void artifact_list_record(struct artifact_list *list, struct record *record);

/** Free a list. */
void artifact_list_free(struct artifact_list *list);

/** Put NAME.png or NAME.jpg, and record it */
cnnviz_status artifact_keep_image(struct session *session,
		struct record_artifact artifact, const struct image *image,
		struct error *error);

/**
 * \brief   Put the array of an artifact: into the job's pack, or as NAME.npy
 *
 * In the main thread only, in the order in which artifacts are recorded.
 *
 * \param   artifact    Gets its row, if it is packed
 * \param   path        Gets the file's; malloc'ed, or NULL on an error
 */
cnnviz_status artifact_put_array(const struct session *session,
		struct record_artifact *artifact, const cnnviz_tensor *array, char **path,
		struct error *error);

/** Put an array, and record it */
cnnviz_status artifact_keep_array(struct session *session,
		struct record_artifact artifact, const cnnviz_tensor *array,
		struct error *error);

/**
 * Put the network's view of every picture in the current batch that the run is to say
 * something of, if pictures are drawn.
 */
cnnviz_status artifact_keep_inputs(struct session *session, struct error *error);

#endif
