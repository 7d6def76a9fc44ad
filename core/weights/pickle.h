/**
 * \file    weights/pickle.h
 * \brief   Reads Python's pickles as inert values: nothing is imported or executed
 *
 * A pickle is a program for a small stack machine whose GLOBAL and REDUCE opcodes can
 * import and call anything. This reader knows only the opcodes of protocols 2 to 5 that
 * data needs, and represents a call by a value that holds the function and its
 * arguments. A global is a name, which means something only if it is one of those that
 * the reader is given; another one is a stranger, and a call of it an object about
 * which nothing else is known. The functions that attacks use are refused.
 */
#ifndef WEIGHTS_PICKLE_H
#define WEIGHTS_PICKLE_H

#include "base/error.h"

enum pickle_type {
	PICKLE_NONE,
	PICKLE_BOOL,
	PICKLE_INT,
	PICKLE_BIG, /* an integer with more than 64 bits: its bytes, little-endian */
	PICKLE_FLOAT,
	PICKLE_TEXT,
	PICKLE_BYTES,
	PICKLE_TUPLE,
	PICKLE_LIST,
	PICKLE_SET,
	PICKLE_DICT, /* OrderedDict too: key, value, key, value, ... */
	PICKLE_GLOBAL,
	PICKLE_STRANGER,   /* two items: module and name, texts, of another global */
	PICKLE_CALL,       /* two items: a GLOBAL or STRANGER, the TUPLE of arguments */
	PICKLE_PERSISTENT, /* one item: the ID of an object stored outside the pickle */
};

/**
 * Values may be shared and, in hostile files, form cycles: never recurse without a
 * limit.
 */
struct pickle_value {
	enum pickle_type type;
	size_t count; /* number of items, or of bytes of a TEXT, BYTES, BIG */
	union {
		int64_t integer;            /* BOOL, INT */
		double real;                /* FLOAT */
		const unsigned char *bytes; /* TEXT, BYTES, BIG: in the pickle, no NUL */
		const char *global;         /* GLOBAL: a known name, "module.name" */
		struct {
			struct pickle_value **items;
			size_t capacity;
		};
	};
};

struct pickle {
	const struct pickle_value *root;
	size_t size;                      /* size of the pickle in bytes */
	struct pickle_value **persistent; /* every PERSISTENT value, in order */
	size_t persistent_count;
	struct pickle_block *blocks; /* private: owns the values */
};

/**
 * \brief   Read one pickle
 *
 * \param   data        Must stay valid as long as the values
 * \param   size        Size of data; bytes after the pickle are ignored
 * \param   globals     Known names ("collections.OrderedDict", ...), NULL-terminated;
 *                     must stay valid as well
 *
 * Errors: truncated, not a pickle of protocol 2 to 5, an opcode or a function that is not
 * allowed (named), nested too deeply, more values than any weights file has, out of
 * memory. Memory is at most proportional to the bytes read.
 */
cnnviz_status pickle_read(const unsigned char *data, size_t size,
		const char *const *globals, struct pickle **pickle, struct error *error);

void pickle_free(struct pickle *pickle);

bool pickle_is_text(const struct pickle_value *value, const char *text);

/** Whether value is a call of the global with this name */
bool pickle_is_call(const struct pickle_value *value, const char *global);

#define PICKLE_NAME_SIZE 128

/** Module and name of a STRANGER, printable and cut where too long; returns text */
const char *pickle_name(const struct pickle_value *stranger, char text[PICKLE_NAME_SIZE]);

/** Value of a DICT's last entry with this text as key, or NULL */
const struct pickle_value *pickle_lookup(const struct pickle_value *dict,
		const char *key);

/** Description of a value's type for messages: "a list", "a number", ... */
const char *pickle_type_text(const struct pickle_value *value);

#endif
