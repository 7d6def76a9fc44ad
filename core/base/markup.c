/**
 * \file    base/markup.c
 * \brief   Escaping for HTML and SVG
 */
#include <stdlib.h>
#include <string.h>

#include "base/markup.h"
#include "base/text.h"

void markup_text(FILE *out, const char *text)
{
	char *valid = text_utf8(text);

	for (const char *c = valid; *c; c++) {
		switch (*c) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			/* Other control characters are not allowed in HTML. */
			putc((unsigned char)*c < 0x20 ? ' ' : *c, out);
		}
	}
	free(valid);
}

void markup_url(FILE *out, const char *path)
{
	for (const unsigned char *c = (const unsigned char *)path; *c; c++) {
		if ((*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z')
				|| (*c >= 'A' && *c <= 'Z')
				|| strchr("-._~/", *c) != NULL) {
			putc(*c, out);
		} else {
			fprintf(out, "%%%02X", *c);
		}
	}
}
