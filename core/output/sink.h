/**
 * \file    output/sink.h
 * \brief   Where the artifacts of a run go: into the output folder, or elsewhere
 *
 * An artifact is put into the sink while it is drawn, under a path of its own, and counts
 * when it is recorded: what is put and never recorded was of a job that failed. All
 * functions but locate() may be called by several threads at once, for different paths.
 */
#ifndef OUTPUT_SINK_H
#define OUTPUT_SINK_H

#include "base/file.h"
#include "image/image.h"
#include "output/pack.h"
#include "plan/plan.h"

struct sink;

/** What the pixels of a picture are */
enum sink_form {
	SINK_COLORS, /* gray, RGB or RGBA */
	SINK_LABELS, /* one channel of classes, shown in palette_color()'s colors */
};

/** What a sink does; paths are relative to the output folder. */
struct sink_operations {
	/** Put a picture; its path ends in .png, or in .jpg: see image_extension(). */
	cnnviz_status (*image)(struct sink *sink, const char *path,
			const struct image *image, enum sink_form form,
			struct error *error);
	/** Put an array; its path ends in .npy. */
	cnnviz_status (*array)(struct sink *sink, const char *path,
			const cnnviz_tensor *array, struct error *error);
	/** Begin what is written piece by piece; writer_commit() puts it. */
	cnnviz_status (*open)(struct sink *sink, const char *path, struct writer **writer,
			struct error *error);
	/** Where a picture or an array that is recorded can be read; malloc'ed */
	cnnviz_status (*locate)(struct sink *sink, const char *path, char **full,
			struct error *error);
};

/** The first member of a struct that has what a sink needs besides */
struct sink {
	const struct sink_operations *operations;
	const struct plan *plan;
	struct packs *packs; /* of arrays about pictures; NULL: each has its own path */
};

/**
 * A sink that writes into the plan's output folder; large pictures get a thumbnail. Its packs
 * are to be freed.
 */
struct sink sink_of_files(const struct plan *plan);

#endif
