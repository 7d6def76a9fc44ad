/**
 * \file    weights/pickle.h
 * \brief   Python's pickles as inert values: nothing is imported, nothing is run
 *
 * A pickle is a program for a small stack machine whose GLOBAL and REDUCE
 * instructions import and call anything. This reader knows the instructions of
 * protocols 2 to 5 that data needs, accepts only the globals it is given, and
 * turns a call into a value that says what would have been called with what.
 */
#ifndef WEIGHTS_PICKLE_H
#define WEIGHTS_PICKLE_H

#include "base/error.h"

enum pickle_type {
	PICKLE_NONE,
	PICKLE_BOOL,
	PICKLE_INT,
	PICKLE_BIG, /* an integer of more than 64 bits: its bytes, little-endian */
	PICKLE_FLOAT,
	PICKLE_TEXT,
	PICKLE_BYTES,
	PICKLE_TUPLE,
	PICKLE_LIST,
	PICKLE_SET,
	PICKLE_DICT, /* OrderedDict too: key, value, key, value, ... */
	PICKLE_GLOBAL,
	PICKLE_CALL,       /* two items: the global, the tuple of arguments */
	PICKLE_PERSISTENT, /* one item: the identification of an object kept elsewhere */
};

/** Values may be shared and, in hostile files, form cycles: never recurse freely. */
struct pickle_value {
	enum pickle_type type;
	size_t count; /* of items, or bytes of a TEXT, BYTES, BIG */
	union {
		int64_t integer; /* BOOL, INT */
		double real;     /* FLOAT */
		const unsigned char *
				bytes; /* TEXT, BYTES, BIG: in the pickle itself, no NUL */
		const char *global;    /* GLOBAL: one of the names given, "module.name" */
		struct {
			struct pickle_value **items;
			size_t room;
		};
	};
};

struct pickle {
	const struct pickle_value *root;
	size_t size;                      /* bytes that the pickle took of its input */
	struct pickle_value **persistent; /* every PERSISTENT in the order of reading */
	size_t persistent_count;
	struct pickle_block *blocks; /* private: memory of the values */
};

/**
 * \brief   Read one pickle
 *
 * \param   data        Kept by the caller as long as the values
 * \param   size        Bytes there are; what follows the pickle is not looked at
 * \param   globals     Allowed names ("collections.OrderedDict", ...),
 *                      NULL-terminated; kept by the caller
 *
 * Errors: cut off, not a pickle of protocol 2 to 5, an instruction or a global
 * that is not allowed (named), nested too deeply, more values than any weights
 * file has, no memory. Allocates at most in proportion to the bytes read.
 */
cnnviz_status pickle_read(const unsigned char *data, size_t size,
		const char *const *globals, struct pickle **pickle, struct error *error);

void pickle_free(struct pickle *pickle);

bool pickle_is_text(const struct pickle_value *value, const char *text);

/** Whether value is a call of the global of this name */
bool pickle_is_call(const struct pickle_value *value, const char *global);

/** Value of a DICT's last entry with this text as key, or NULL */
const struct pickle_value *pickle_lookup(const struct pickle_value *dict,
		const char *key);

/** What a value is, for messages: "a list", "a number", ... */
const char *pickle_type_text(const struct pickle_value *value);

#endif
