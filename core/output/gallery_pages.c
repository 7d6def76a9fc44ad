/**
 * \file    output/gallery_pages.c
 * \brief   Into how many files a gallery is divided
 */
#include "output/gallery_pages.h"

#include <stdlib.h>
#include <string.h>

#include "base/markup.h"
#include "base/memory.h"

/** Cells that a page has room for; each takes about half a kilobyte */
#define MOST_CELLS 20000
/** Pictures on a page, where their cells would leave room for more, and at least */
#define MOST_PICTURES 1000
#define LEAST_PICTURES 24
/** Of more pages than this, not each has a link on each */
#define MOST_LINKS 30

/** Cells of a picture, on an average: its head, its view and its artifacts */
static size_t count_cells(const struct record *record)
{
	size_t pictures = record->plan->picture_count;

	return 2 + (record->artifact_count + pictures - 1) / pictures;
}

size_t gallery_pages_size(const struct record *record)
{
	size_t pictures = record->plan->picture_count, size;

	if (pictures == 0 || pictures * count_cells(record) <= MOST_CELLS) {
		return pictures;
	}
	size = MOST_CELLS / count_cells(record);
	size = size < MOST_PICTURES ? size : MOST_PICTURES;
	return size > LEAST_PICTURES ? size : LEAST_PICTURES;
}

size_t gallery_pages_count(const struct record *record)
{
	size_t size = gallery_pages_size(record);

	return size == 0 ? 1 : (record->plan->picture_count + size - 1) / size;
}

char *gallery_pages_name(size_t page)
{
	return page == 0 ? memory_text("index.html")
			 : memory_format("page-%zu.html", page + 1);
}

bool gallery_pages_is_name(const char *path)
{
	size_t number = 0;
	int length = 0;

	if (sscanf(path, "page-%zu.html%n", &number, &length) != 1 || number < 2) {
		return false;
	}
	char *name = gallery_pages_name(number - 1);
	bool equal = strcmp(name, path) == 0;

	free(name);
	return equal;
}

/** Whether a page has a link on another: its neighbors, the ends, and some between */
static bool is_linked(size_t page, size_t from, size_t count)
{
	size_t away = page > from ? page - from : from - page;

	return count <= MOST_LINKS || away <= 3 || page == 0 || page + 1 == count
			|| away == 10 || away == 100 || away == 1000;
}

/** Write a page's number as a link, with the pictures that it has. */
static void put_link(FILE *out, const struct record *record, size_t page, bool named)
{
	const struct plan *plan = record->plan;
	size_t size = gallery_pages_size(record), first = page * size;
	size_t end = first + size < plan->picture_count ? first + size
							: plan->picture_count;
	char *name = gallery_pages_name(page);
	char *names = memory_format("%s to %s", plan->pictures[first].name,
			plan->pictures[end - 1].name);

	fprintf(out, "<a href=\"%s\" title=\"", name);
	markup_text(out, names);
	fprintf(out, "\">%zu</a> ", page + 1);
	if (named) {
		markup_text(out, names);
	}
	free(names);
	free(name);
}

/** Write what each page has, folded. */
static void put_contents(FILE *out, const struct record *record, size_t count)
{
	fputs("<details><summary>All pages</summary>\n<ul>\n", out);
	for (size_t page = 0; page < count; page++) {
		fputs("<li>", out);
		put_link(out, record, page, true);
		fputs("</li>\n", out);
	}
	fputs("</ul>\n</details>\n", out);
}

void gallery_pages_links(FILE *out, const struct record *record, size_t page)
{
	size_t count = gallery_pages_count(record), size = gallery_pages_size(record);
	size_t pictures = record->plan->picture_count;

	if (count == 1) {
		return;
	}
	fprintf(out,
			"<nav class=\"pages\" aria-label=\"Pages\">\n<p>Here are "
			"pictures %zu "
			"to %zu of %zu. Pages: ",
			page * size + 1,
			(page + 1) * size < pictures ? (page + 1) * size : pictures,
			pictures);
	for (size_t other = 0; other < count; other++) {
		if (other == page) {
			fprintf(out, "<strong aria-current=\"page\">%zu</strong> ",
					page + 1);
		} else if (is_linked(other, page, count)) {
			put_link(out, record, other, false);
		}
	}
	fputs("</p>\n", out);
	if (page == 0 && count > MOST_LINKS) {
		put_contents(out, record, count);
	}
	fputs("</nav>\n", out);
}
