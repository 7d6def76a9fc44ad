/**
 * \file    graph/pt2/archive.h
 * \brief   The records of a file of torch.export.save()
 *
 * A .pt2 file is a zip archive whose records are not compressed: models/NAME.json is the
 * program, data/weights and data/constants have a record for each array and one with their
 * types, sizes and strides, and extra has what the user added. The only pickle in it,
 * data/sample_inputs, is never read.
 *
 * Source: https://docs.pytorch.org/docs/stable/export/pt2_archive.html. PyTorch calls the
 * format unstable; schema version 8 is read.
 */
#ifndef PT2_ARCHIVE_H
#define PT2_ARCHIVE_H

#include <jansson.h>

#include "base/file.h"
#include "weights/zip.h"

struct pt2_archive {
	struct zip zip;
	char *root;                  /* what all names begin with: "resnet/" */
	json_t *program;             /* the object of models/NAME.json */
	json_t *weights, *constants; /* from an array's name to its record and type */
};

/** Whether a file may be such an archive: the name of its first record */
bool pt2_probe(const unsigned char *head, size_t size);

/**
 * \brief   Find the records of a mapped file
 *
 * Errors, without the file's name: no zip archive, damage, no program of torch.export or
 * several, one of an older or newer format.
 *
 * \param   archive Close it with pt2_archive_close(), also after an error
 */
cnnviz_status pt2_archive_open(const struct mapping *mapping, struct pt2_archive *archive,
		struct error *error);

void pt2_archive_close(struct pt2_archive *archive);

/** The record FOLDER/NAME, uncompressed, or NULL */
const struct zip_record *pt2_archive_find(const struct pt2_archive *archive,
		const char *folder, const char *name);

#endif
