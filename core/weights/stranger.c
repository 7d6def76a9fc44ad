/**
 * \file    weights/stranger.c
 * \brief   Names files that are often given for weights or networks and are neither
 */
#include "weights/stranger.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"

#define SAVE_AGAIN "save the network's state_dict() with torch.save or as safetensors"
#define TO_ONNX(arguments) \
	"convert it with `python3 -m tf2onnx.convert " arguments " --output net.onnx`"
#define FROM_KERAS \
	"save its arrays as safetensors, by the names of PyTorch's tensors and with " \
	"their axes (convolutions: out, in, height, width)"

/* ---- By the first bytes -------------------------------------------------------- */

static const struct {
	size_t at;
	const char *bytes;
	size_t length;
	struct stranger stranger;
} openings[] = {
	{ 0, "version https://git-lfs", 23,
			{ "a Git LFS pointer, not the file itself",
					"fetch it with `git lfs pull`",
					"fetch it with `git lfs pull`" } },
	{ 0, "\x93NUMPY", 6, { "a NumPy array", SAVE_AGAIN, NULL } },
	{ 0, "\x89HDF\r\n\x1a\n", 8,
			{ "an HDF5 file, as Keras writes", FROM_KERAS,
					TO_ONNX("--keras FILE") } },
	{ 4, "TFL3", 4,
			{ "a TensorFlow Lite model",
					"save the weights of the network that it was "
					"made "
					"of as safetensors",
					TO_ONNX("--tflite FILE") } },
	{ 0, "\x1f\x8b", 2,
			{ "compressed with gzip", "unpack it first",
					"unpack it first" } },
	{ 0, "BZh", 3,
			{ "compressed with bzip2", "unpack it first",
					"unpack it first" } },
	{ 0, "\xfd\x37zXZ", 5,
			{ "compressed with xz", "unpack it first", "unpack it first" } },
	{ 0, "GGUF", 4, { "a GGUF file, which is for language models", NULL, NULL } },
	{ 0, "\x89PNG", 4, { "a PNG picture", NULL, NULL } },
	{ 0, "\xff\xd8\xff", 3, { "a JPEG picture", NULL, NULL } },
	{ 0, "\x7f\x45LF", 4, { "a program or library", NULL, NULL } },
	{ 0, "[network]", 9,
			{ "a network description, not its weights",
					"give it as architecture", NULL } },
	{ 257, "ustar", 5,
			{ "a tar archive",
					"unpack it, or if torch.save wrote it before "
					"PyTorch 0.1.10, load it in Python "
					"and " SAVE_AGAIN,
					"unpack it first" } },
};

static const struct stranger web_page = {
	"a web page or XML, perhaps an error message in place of a download",
	"download it again",
	"download it again",
};
static const struct stranger onnx = {
	"an ONNX model",
	"name it as architecture, which takes the weights in it too, or save the "
	"state_dict() "
	"of the network that it was exported from",
	NULL,
};
static const struct stranger saved_model = {
	"TensorFlow's SavedModel",
	FROM_KERAS,
	TO_ONNX("--saved-model FOLDER"),
};

static bool starts_with_markup(const unsigned char *data, size_t size)
{
	size_t i = 0;

	if (size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
		i = 3;
	}
	while (i < size && i < 512 && data[i] != '\0'
			&& strchr(" \t\r\n", data[i]) != NULL) {
		i++;
	}
	return i + 1 < size && data[i] == '<'
			&& (data[i + 1] == '!' || data[i + 1] == '?'
					|| (data[i + 1] | 0x20) == 'h');
}

/**
 * What a protobuf is that starts with field 1, a small number: ONNX's version of its
 * format, now above 2, or SavedModel's, always 1. Then comes ONNX's field 2, 7 or 8,
 * or SavedModel's field 2.
 */
static const struct stranger *protobuf(const unsigned char *data, size_t size)
{
	if (size <= 16 || data[0] != 0x08 || data[1] == 0 || data[1] >= 0x20) {
		return NULL;
	}
	if (data[1] == 1) {
		return data[2] == 0x12 ? &saved_model : NULL;
	}
	return data[2] == 0x12 || data[2] == 0x3a || data[2] == 0x42 ? &onnx : NULL;
}

/* ---- By the records of a zip archive ------------------------------------------- */

static const struct stranger torchscript = {
	"a TorchScript archive, which holds a program",
	"save its weights with `python3 -c 'import torch; "
	"torch.save(torch.jit.load(\"FILE\").state_dict(), \"weights.pth\")'`",
	"export it with torch.onnx.export(torch.jit.load(\"FILE\"), (example,), "
	"\"net.onnx\"), from PyTorch 2.5 on with dynamo=False",
};
#define STATE_DICT \
	"save its weights with `python3 -c 'import torch; " \
	"torch.save(torch.export.load(\"FILE\").state_dict, \"weights.pth\")'`"
static const struct stranger exported_program = {
	"a program of torch.export (.pt2)",
	"name it as architecture, which takes the weights in it too, or " STATE_DICT,
	"let its name end in .pt2",
};
static const struct stranger old_program = {
	"a program of torch.export (.pt2) of an old format",
	STATE_DICT,
	"save it again with torch.export.save() of PyTorch 2.8 or newer",
};
static const struct stranger keras = {
	"a Keras model",
	FROM_KERAS,
	TO_ONNX("--keras FILE"),
};
static const struct stranger old_torchscript = {
	"an archive of an old TorchScript version",
	SAVE_AGAIN,
	"export the network that it was made of with torch.onnx.export()",
};
static const struct stranger numpy_archive = {
	"a NumPy .npz archive",
	"save the weights with torch.save or as safetensors",
	NULL,
};

/* The first row counts of which a record's name has the end. */
static const struct {
	const char *end;
	const struct stranger *stranger;
} records[] = {
	{ "/constants.pkl", &torchscript },
	{ "archive_format", &exported_program },
	{ "serialized_exported_program.json", &old_program },
	{ "model.weights.h5", &keras },
	{ "config.json", &keras },
	{ "/model.json", &old_torchscript },
	{ ".npy", &numpy_archive },
};

const struct stranger *stranger_in_zip(const struct zip *zip)
{
	for (size_t row = 0; row < sizeof(records) / sizeof(*records); row++) {
		for (size_t i = 0; i < zip->count; i++) {
			if (zip_record_ends(&zip->records[i], records[row].end)) {
				return records[row].stranger;
			}
		}
	}
	return NULL;
}

cnnviz_status stranger_refuse(const struct stranger *stranger, const char *otherwise,
		struct error *error)
{
	if (stranger == NULL) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "%s", otherwise);
	}
	return error_set(error, CNNVIZ_ERROR_INPUT, "this is %s%s%s", stranger->kind,
			stranger->weights != NULL ? "; " : "",
			stranger->weights != NULL ? stranger->weights : "");
}

/* ---- Data, files, folders ------------------------------------------------------ */

static const struct stranger *in_archive(const unsigned char *data, size_t size)
{
	struct zip zip = { NULL, 0 };
	const struct stranger *found = NULL;
	struct error error;

	if (zip_read(data, size, &zip, &error) == CNNVIZ_OK) {
		found = stranger_in_zip(&zip);
	}
	zip_free(&zip);
	return found;
}

const struct stranger *stranger_in_data(const unsigned char *data, size_t size)
{
	if (size >= 4 && memcmp(data, "PK\3\4", 4) == 0) {
		return in_archive(data, size);
	}
	for (size_t i = 0; i < sizeof(openings) / sizeof(*openings); i++) {
		size_t at = openings[i].at;

		if (size >= at + openings[i].length
				&& memcmp(data + at, openings[i].bytes,
						   openings[i].length)
						== 0) {
			return &openings[i].stranger;
		}
	}
	return starts_with_markup(data, size) ? &web_page : protobuf(data, size);
}

static bool folder_has(const char *folder, const char *name)
{
	char *path = path_join(folder, name);
	bool found = path_is_file(path);

	free(path);
	return found;
}

const struct stranger *stranger_at(const char *path)
{
	const struct stranger *found = NULL;
	struct mapping *file;

	if (path_is_folder(path)) {
		return folder_has(path, "saved_model.pb")
						|| folder_has(path, "saved_model.pbtxt")
				? &saved_model
				: NULL;
	}
	if (mapping_open(path, &file, NULL) == CNNVIZ_OK) {
		found = stranger_in_data(file->data, file->size);
		mapping_unref(file);
	}
	return found;
}
